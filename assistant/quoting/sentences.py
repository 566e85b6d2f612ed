"""What is quoted as the sentences of an answer: words as a reader sees them, items with their marks, rows by column."""

from __future__ import annotations

import re
from collections.abc import Sequence

from footnoted.assistant.answers import Sentence
from footnoted.assistant.english.answer_kinds import emphasis
from footnoted.assistant.quoting.evidence import Candidate
from footnoted.assistant.quoting.shown import shown
from footnoted.index.store.keywords import content_words, stem

_MARK = re.compile(r"(?:[-*+•‣◦·▪–]|\(?\w{1,4}[.)]|\[[ x]\])[ \t]+")


def sentence_of(
    question: str, candidate: Candidate, number: int, *, paragraph: bool = False, alone: bool = False
) -> Sentence:
    """A candidate as a sentence of an answer, with one footnote.

    ``alone``: it is not shown among those around it, so an item needs no mark, and of a row only the columns are shown
    that the question names, if it names any.
    """
    source = candidate.passage.source
    if candidate.kind == "code":
        language = candidate.unit.block.label if candidate.unit and candidate.unit.block else ""
        return Sentence(candidate.text.rstrip(), (number,), form="code", mark=language, paragraph=paragraph)
    if candidate.kind == "heading":
        return Sentence(shown(candidate.text, source), (number,), form="heading", paragraph=True)
    if candidate.cells:
        return row_of(question, candidate, number, alone=alone)
    item = candidate.unit.inside("item") if candidate.unit else None
    if item is not None and candidate.start == item.start and not alone:
        text = shown(_MARK.sub("", candidate.text, count=1), source)
        return Sentence(
            text, (number,), True, emphasis(question, text), paragraph, "item", item.label or "-", max(1, item.level)
        )
    text = shown(_MARK.sub("", candidate.text, count=1) if item is not None else candidate.text, source)
    return Sentence(text, (number,), True, emphasis(question, text), paragraph)


def row_of(question: str, candidate: Candidate, number: int, *, alone: bool = False) -> Sentence:
    """A row of a table: its text says the name of each column before the value."""
    source = candidate.passage.source
    told = _asked_for(question, candidate.cells) if alone else candidate.cells
    columns = tuple(shown(name, source) for name, _ in told)
    cells = tuple(shown(value, source) for _, value in told)
    text = row_text(columns, cells)
    return Sentence(text, (number,), True, emphasis(question, text), False, "row", cells=cells, columns=columns)


def _asked_for(question: str, cells: Sequence[tuple[str, str]]) -> Sequence[tuple[str, str]]:
    """The cells whose columns the question names, behind the one that says what the row is about; else all."""
    asked = {stem(word) for word in content_words(question)}
    names = [{stem(word) for word in content_words(name)} for name, _ in cells]
    shared = set.intersection(*names) if names else set()
    hits = [len(asked & (words - shared)) for words in names]
    if len(cells) < 3 or not max(hits[1:], default=0):
        return cells
    return [cell for place, cell in enumerate(cells) if place == 0 or hits[place] == max(hits[1:])]


def row_text(columns: tuple[str, ...], cells: tuple[str, ...]) -> str:
    """A row in words: "Hall; Size: 12 m"."""
    return "; ".join(
        f"{name}: {cell}" if name and name != cell else cell for name, cell in zip(columns, cells, strict=True)
    )
