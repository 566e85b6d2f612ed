"""The sentences of retrieved passages as candidates for an answer: spans of documents, scored by a cross-encoder."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from footnoted.assistant.english.about_documents import read_as
from footnoted.assistant.english.claims import AUXILIARY, is_verb
from footnoted.index.store.keywords import STOPWORDS, holds_name, joined_names
from footnoted.index.text.blocks import Structure, shifted
from footnoted.index.text.structure import structure_of
from footnoted.index.text.units import WHOLE, Unit, sentences_of
from footnoted.index.types import NO_CONTENT, BlockKind, LoadedDocument, Passage

# Who a sentence speaks of is said in the one before it.
_DEPENDENT = re.compile(
    r"[\"“'‘(\[]*(?:he|she|it|they|his|her|its|their|this|these|those|such|both|the (?:former|latter|two|three)|"
    r"however|but|instead|therefore|thus|also|moreover|furthermore|in addition|as a result|for example|then)\b",
    re.IGNORECASE,
)
# "In 1912 he moved …", "Perhaps his most notable work …": no name stands before the pronoun.
_NAMELESS = re.compile(r"(?P<before>[^.!?]{1,60}?)\b(?:he|she|his|her|him)\b")
_THEN = re.compile(
    r"(?:the (?:following|next|same|previous) (?:\w+ )?(?:day|night|week|month|year|season)|later|soon)\b",
    re.IGNORECASE,
)
READ_IN_CONTEXT = 5  # reading more of them again with their predecessor changed no answer, and doubled the time
FEWEST_WORDS = 3
BEHIND = 1.5  # logits: sentences without a name of the question come no nearer to one that has it
_RULE = re.compile(r"[\s|:+-]*-{2,}[\s|:+-]*")  # "|---|---|", which stands below the header of a table
_RULE_BEHIND = re.compile(r"[ \t]{0,8}\n[ \t|:+-]*-{2,}[ \t|:+-]*\Z")
_MARKUP_BEFORE = re.compile(r"\s*(?:</?\w[^<>]{0,200}>|<!?--|-->|\"> ?-->)\s*")
_MARKUP_BEHIND = re.compile(r"\s{0,8}(?:</?\w[^<>]{0,200}>|<!?--|-->)\s*\Z")
_BREAKS_OFF = re.compile(r"\b(?:the|an?|of|to|and|or|in|for|with|by|at|from|that|is|are|was|were)\Z|,\Z", re.IGNORECASE)
_MENU = re.compile(r"^[^.!?。]{0,60}$")
_TITLE = re.compile(r"[A-Z][^.!?。]{0,120}")
_ANNOUNCES = re.compile(r"\b(?:following|below|steps|as follows|these)\b[^.!?]{0,60}:\Z", re.IGNORECASE)
_MARK_BEFORE = re.compile(r"[:;,.][ \t]+")  # what a template left before a sentence


class Scorer(Protocol):
    """A cross-encoder: a raw logit for each text, how well it answers the question."""

    def scores(self, question: str, texts: Sequence[str]) -> list[float]: ...


@dataclass(frozen=True, slots=True, eq=False)  # compared by identity: each holds the chain of all before it
class Candidate:
    """A sentence of a passage: ``text_of(passage.source)[start:end] == text``.

    ``before`` is the sentence ahead of it in the same passage, if there is one; ``opens`` says that it opens a
    paragraph, so that ``before`` explains nothing. ``row`` says that it is a row of a table and ``before`` the table's
    header.
    """

    passage: Passage
    start: int
    end: int
    text: str
    before: Candidate | None = None
    opens: bool = False
    row: bool = False
    unit: Unit | None = field(default=None, repr=False)
    cells: tuple[tuple[str, str], ...] = field(
        default=(), repr=False
    )  # of a row: the name of the column, and the value

    @property
    def kind(self) -> BlockKind:
        """What kind of block it is or lies in."""
        return self.unit.kind if self.unit else "paragraph"

    @property
    def metadata(self) -> str:
        """The name of the field, if it is one of a document's head ("author: …"), which tells of the document."""
        return self.unit.block.label if self.unit and self.unit.block and _is_metadata(self.unit) else ""

    @property
    def in_context(self) -> str:
        """Its text behind the sentence before it, where there is one; of a row each value with its column's name."""
        if self.cells:
            return ", ".join(f"{name}: {value}" if name else value for name, value in self.cells)
        if self.metadata:
            return read_as(self.passage.title, self.metadata, self.text)
        if self.kind == "field" and self.unit and self.unit.block:
            return f"{self.unit.block.label}: {self.text}"
        if self.before is None or self.row:
            return self.text
        return f"{self.before.text} {self.text}"

    @property
    def in_place(self) -> str:
        """Its text in context, behind title and heading: all that says what it speaks of."""
        return f"{self.passage.title} {self.passage.heading} {self.in_context}"

    @property
    def understood(self) -> str:
        """Its text, behind the sentence before it where it takes that to be understood."""
        return self.in_context if self.depends else self.text

    @property
    def depends(self) -> bool:
        """Whether it takes the sentence before it to be understood ("It was founded …")."""
        if self.row:
            return True
        if self.before is None or self.opens:
            return False
        if _DEPENDENT.match(self.text) or _THEN.match(self.text):
            return True
        nameless = _NAMELESS.match(self.text)
        return nameless is not None and not re.search(r"\w.*\b[A-Z]\w", nameless["before"])


def candidates(
    passage: Passage, structure: Structure | None = None, left_out: Iterable[tuple[int, int]] = (), *,
    everything: bool = False,
) -> list[Candidate]:  # fmt: skip
    """The sentences, rows, items and blocks of code of a passage that can answer something: no headings, no menus.

    ``structure`` are the blocks of its document, found in the passage's own lines without it; ``left_out`` are spans
    of the document that are no evidence. ``everything`` keeps headings, questions and short lines too.
    """
    structure = structure or _structure_of(passage)
    taken = [span for span in left_out if span[0] < passage.end and span[1] > passage.start]
    found: list[Candidate] = []
    previous: Candidate | None = None
    header: Candidate | None = None
    for unit in _units(passage, structure):
        text = passage.text[unit.start - passage.start : unit.end - passage.start]
        if (unit.kind == "heading" and not everything) or any(
            unit.start < end and unit.end > start for start, end in taken
        ):
            previous = header = None
            continue
        if (unit.kind in NO_CONTENT or unit.inside(*NO_CONTENT)) and not _is_metadata(unit):
            continue
        header = header if unit.kind == "row" else None
        opens = "\n\n" in passage.text[previous.end - passage.start : unit.start - passage.start] if previous else True
        cells = _cells(passage, structure, unit) if unit.kind == "row" else ()
        before = header or previous
        current = Candidate(passage, unit.start, unit.end, text, before, opens, header is not None, unit, cells)
        previous = current
        if unit.block is not None and unit.kind == "row" and unit.block.label == "header":
            header = current  # of a table: it answers nothing itself
        elif everything or _answers_something(text, unit.kind):
            found.append(current)
    return found


def _is_metadata(unit: Unit) -> bool:
    return unit.kind == "field" and unit.inside("front_matter") is not None


def _cells(passage: Passage, structure: Structure, row: Unit) -> tuple[tuple[str, str], ...]:
    """The values of a row, each with the name of its column: as the row says it, or the header of its table."""
    text, at = passage.text, passage.start
    inside = [one for one in structure.within(row.start, row.end) if one.kind == "cell"]
    table = row.inside("table")
    header = [] if table is None else [one for one in structure.within(table.start, row.start) if one.kind == "row"]
    names: dict[int, str] = {}
    for one in header[:1]:
        if one.label == "header" and one.start >= at:
            cells = (cell for cell in structure.within(one.start, one.end) if cell.kind == "cell")
            names = {cell.level: text[cell.start - at : cell.end - at] for cell in cells}
    found, done = [], row.start
    for cell in inside:
        told = text[done - at : cell.start - at].lstrip(" |")
        name = told[:-2] if told.endswith(": ") else names.get(cell.level, "")
        found.append((name, text[cell.start - at : cell.end - at]))
        done = cell.end
    return tuple(found)


def _structure_of(passage: Passage) -> Structure:
    alone = structure_of(LoadedDocument(passage.text))
    return Structure(tuple(shifted(alone.blocks, passage.start)), alone.language)


def _units(passage: Passage, structure: Structure) -> list[Unit]:
    """The units of a passage without markup at their ends; one that breaks off in the middle goes on in the next."""
    text, at = passage.text, passage.start
    found: list[Unit] = []
    for unit in sentences_of(text, structure, at=at):
        start, end = unit.start - at, unit.end - at
        if unit.kind in WHOLE:
            found.append(unit)
            continue
        while opening := _MARKUP_BEFORE.match(text, start, end) or _MARK_BEFORE.match(text, start, end):
            start = opening.end()
        if ruled := _RULE_BEHIND.search(text, start, end):
            end = ruled.start()
        while closing := _MARKUP_BEHIND.search(text, start, end):
            end = closing.start()
        if start >= end or _RULE.fullmatch(text, start, end):
            continue
        last = found[-1] if found and found[-1].kind not in WHOLE else None
        if last and _breaks_off(text[last.start - at : last.end - at], text[last.end - at : start]):
            found[-1] = replace(last, end=end + at)
        else:
            found.append(replace(unit, start=start + at, end=end + at))
    return found


def _breaks_off(before: str, between: str) -> bool:
    return _BREAKS_OFF.search(before) is not None and not between.strip()


def _answers_something(text: str, kind: BlockKind) -> bool:
    """Not a question, not a lone label: a menu entry or a title has few words and no sentence mark."""
    if kind in ("code", "field", "entry", "formula"):
        return any(character.isalnum() for character in text)
    if text.rstrip(" \"'”’)").endswith("?") or not any(character.isalnum() for character in text):
        return False
    if _ANNOUNCES.search(text) or _is_title(text):
        return False
    if any(mark in text for mark in ("|", ": ", "\t")) or re.match(r"\s*(?:[-*•‣◦·▪–+]|\(?\d{1,3}[.)])\s", text):
        return True  # a row of a table or an item of a list
    if len(re.findall(r"\w+", text)) < FEWEST_WORDS and not re.search(r"[^\x00-\x7f]", text):
        return False  # "Ouch."
    return not (_MENU.match(text) and len(text.split()) < 7)


def _is_title(text: str) -> bool:
    """Whether a text reads like a headline: no mark at its end, no verb, and most of its words with a capital."""
    found = re.findall(r"[^\W\d_][\w'’-]*", text)
    if not _TITLE.fullmatch(text) or any(mark in text for mark in ("|", ": ", "\t", ", ")) or len(found) > 16:
        return False
    if any(word.lower() in AUXILIARY or is_verb(word.lower(), text) for word in found):
        return False
    own = [word for word in found if word.lower() not in STOPWORDS]
    return sum(word[0].isupper() for word in own) > len(own) / 2


def scored(question: str, found: Sequence[Candidate], passage_logits: dict[str, float], scorer: Scorer) -> list[float]:
    """How well each candidate answers: .4 the sentence alone, .3 with the one before it, .3 its passage (logits).

    The weights are those that held the answer most often in the best sentence.
    """
    alone = scorer.scores(question, [one.in_context if one.row or one.metadata else one.text for one in found])
    first = [0.7 * alone[number] + 0.3 * passage_logits[found[number].passage.id] for number in range(len(found))]
    best = sorted(range(len(found)), key=lambda number: (-first[number], number))[:READ_IN_CONTEXT]
    with_before = [number for number in best if found[number].before is not None]
    pairs = scorer.scores(question, [found[number].in_context for number in with_before])
    context = dict(zip(with_before, pairs, strict=True))
    return [
        0.4 * alone[number] + 0.3 * context.get(number, alone[number]) + 0.3 * passage_logits[candidate.passage.id]
        for number, candidate in enumerate(found)
    ]


def naming(question: str, found: Sequence[Candidate], scores: Sequence[float]) -> list[float]:
    """The scores with those sentences ahead that have the names as the question writes them ("FOOTNOTE_HOME").

    A sentence has a name also by its title, its heading or the sentence before it.
    """
    names = joined_names(question)
    having = [all(holds_name(one.in_place, name) for name in names) for one in found]
    if not names or not any(having):
        return list(scores)
    most = max(score for score, has in zip(scores, having, strict=True) if has) - BEHIND
    return [score if has else min(score, most) for score, has in zip(scores, having, strict=True)]


def as_asked(asked: str, found: Sequence[Candidate], scores: Sequence[float], scorer: Scorer) -> list[float]:
    """The scores for a follow-up: what it was given from the conversation says where to look, not what is asked.

    With "Was it resumed last year? (security assistance suspend)" the sentence that was quoted before, which holds all
    of the words, scores higher than the answer. So the best few are read with the question as it was asked too, and
    the mean of both decides; the leader keeps its score, against which limits are held.
    """
    best = sorted(range(len(found)), key=lambda number: (-scores[number], number))[:READ_IN_CONTEXT]
    alone = scorer.scores(asked, [found[number].text for number in best])
    mean = {number: (scores[number] + score) / 2 for number, score in zip(best, alone, strict=True)}
    lead = max(best, key=lambda number: (mean[number], -number))
    above = scores[lead] - mean[lead]
    least = min(mean.values()) + above
    return [mean[number] + above if number in mean else min(scores[number], least) for number in range(len(found))]
