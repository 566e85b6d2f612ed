"""The one answer object with its citations, and its renderings as text and JSON."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Literal

from footnoted.index.types import Passage

REFUSAL = "Not in your documents."
_LIKE_A_MARK = re.compile(r"[\[【［](?=[\s,;^–-]*\d)([\s\d,;^–-]+)[\]】］]")
_NO_INTERVAL = "".join(rf"(?<!\b{word})" for word in "in of to or and from by range interval between".split())  # noqa: SIM905
_NOTE = re.compile(
    rf"(?<=[\w.,;:!?%)\]’”\"]){_NO_INTERVAL} ?[\[【［]\^?[1-9]\d{{0,2}}(?:\s?[,;–-]\s?[1-9]\d{{0,2}})*[\]】］]"
)
_RAISED = str.maketrans("[]【】［］0123456789-–", "⁽⁾⁽⁾⁽⁾⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁻")


def without_marks(text: str) -> str:
    """``text`` with what looks like one of our marks made harmless, at the same length: "[2]" becomes "(2)"."""
    return _LIKE_A_MARK.sub(r"(\1)", text)


def as_shown(text: str) -> str:
    """The same for a reader. Behind a word or a number it is raised, "45 ⁽¹⁾ million": (1) can be read as -1."""
    if not _LIKE_A_MARK.search(text):
        return text
    return without_marks(_NOTE.sub(lambda found: found[0].translate(_RAISED), text))


@dataclass(frozen=True, slots=True)
class Citation:
    """A footnote: ``text_of(source)[start:end] == quote``, always.

    ``number`` counts from 1 in the order of first use; ``support`` in 0..1 is how strongly the quote supports its
    sentence (1.0 for a sentence quoted verbatim).
    """

    number: int
    passage_id: str
    source: str
    document_id: str
    title: str
    page: int | None
    location: str
    start: int
    end: int
    quote: str
    support: float


Form = Literal["sentence", "heading", "item", "row", "code", "note"]


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of an answer with the numbers of its citations; or an item, a row, a piece of code, a heading.

    ``text`` never holds anything that looks like a mark: a "[7]" of a document or a model becomes ⁽⁷⁾ behind a word or
    a number, and "(7)" elsewhere. Only code keeps it: ``list[7]`` is no footnote, and ``list(7)`` is other code.
    ``supported`` is False for a sentence that no shown passage supports: renderings mark it.
    ``emphasis`` holds spans of ``text`` (start, end) that answer the question, where these are known.
    ``paragraph`` is True when the sentence opens a new paragraph. ``form`` says what it is: an item has a ``mark``
    ("-", "3.") and a ``depth`` from 1, neither of them in its text; a row has ``cells`` and the names of its
    ``columns`` (empty where a table has none), and its text names both; ``mark`` of code is its language. A note is
    the assistant's own word ("Not in your documents.") and has no footnote.
    """

    text: str
    citations: tuple[int, ...] = ()
    supported: bool = True
    emphasis: tuple[tuple[int, int], ...] = ()
    paragraph: bool = False
    form: Form = "sentence"
    mark: str = ""
    depth: int = 0
    cells: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.form != "code":
            object.__setattr__(self, "text", as_shown(self.text))
        object.__setattr__(self, "cells", tuple(map(as_shown, self.cells)))
        object.__setattr__(self, "columns", tuple(map(as_shown, self.columns)))


BlockForm = Literal["paragraph", "heading", "list", "table", "code"]
_BLOCK_OF: dict[str, BlockForm] = {"heading": "heading", "item": "list", "row": "table", "code": "code"}


@dataclass(frozen=True, slots=True)
class AnswerBlock:
    """Neighbouring sentences of an answer that are shown as one: a paragraph, a list, a table, code or a heading.

    ``marks`` are the footnotes that are shown behind each sentence: a heading and what announces a list leave theirs to
    what is below, and of items and rows that share theirs the last one has them.
    """

    form: BlockForm
    sentences: tuple[Sentence, ...]
    marks: tuple[tuple[int, ...], ...]


def blocks_of(sentences: Sequence[Sentence]) -> tuple[AnswerBlock, ...]:
    """Sentences as the blocks they make; a row of other columns begins another table."""
    groups: list[list[tuple[Sentence, tuple[int, ...]]]] = []
    for place, sentence in enumerate(sentences):
        following = sentences[place + 1] if place + 1 < len(sentences) else None
        told = (sentence, () if _has_the_marks(following, sentence) else sentence.citations)
        if groups and _go_together(groups[-1][-1][0], sentence):
            groups[-1].append(told)
        else:
            groups.append([told])
    return tuple(
        AnswerBlock(_BLOCK_OF.get(group[0][0].form, "paragraph"), *map(tuple, zip(*group, strict=True)))
        for group in groups
    )


def _has_the_marks(following: Sentence | None, sentence: Sentence) -> bool:
    if following is None or following.citations != sentence.citations:
        return False
    announces = sentence.form == "sentence" and sentence.text.endswith(":") and following.form != "sentence"
    return (
        sentence.form == "heading"
        or announces
        or (sentence.form in ("item", "row") and _go_together(sentence, following))
    )


def _go_together(before: Sentence, sentence: Sentence) -> bool:
    if before.form != sentence.form or sentence.form in ("heading", "code"):
        return False
    if sentence.form == "row":
        return before.columns == sentence.columns and before.citations == sentence.citations
    return not sentence.paragraph


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Sentences of an answer's documents that disagree on what was asked.

    ``kind`` is "date", "number", "name" or "yes or no"; ``citations`` are the numbers of the citations that disagree,
    ``values`` what each says ("1950", "1951"; for yes and no the words that deny), ``dates`` the day of each one's
    document (YYYY-MM-DD, or empty if unknown).
    """

    kind: str
    citations: tuple[int, ...]
    values: tuple[str, ...]
    dates: tuple[str, ...] = ()

    def in_words(self) -> str:
        """One line for a reader: "1950 [1] (document of 2019-03-01) against 1951 [2] (document of 2021-07-30)"."""
        dates = self.dates or ("",) * len(self.citations)
        return " against ".join(
            f"{value} [{number}]" + (f" (document of {date})" if date else "")
            for number, value, date in zip(self.citations, self.values, dates, strict=True)
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """Everything a reader, a program or an evaluator may want to know about one answer.

    ``kind`` is "answer", "refusal", "small_talk" or "clarification"; ``refused`` is True for "refusal" alone.
    ``text`` is the sentences with their marks ("… on June 24. [1]"). ``reason`` says in words why it refused.
    ``standalone_question`` is what was searched for. Where a question may lack words of the conversation or not,
    ``other_question`` is the other way to read it; ask with ``search_for`` to have it answered.
    ``notice`` says what else a reader must know ("the model did not answer; these are quotes").
    ``passages`` are what was retrieved, best first: on a refusal the nearest ones.
    ``missing_words`` are words of the question that no document contains. ``confidence`` is "clear", "likely",
    "weak" or "" (refusals). ``contradictions`` say which citations disagree, and on what.
    ``timings`` maps a stage to milliseconds. ``done`` is False for the growing snapshots of a stream.
    """

    question: str
    standalone_question: str
    text: str = ""
    sentences: tuple[Sentence, ...] = ()
    citations: tuple[Citation, ...] = ()
    passages: tuple[Passage, ...] = ()
    refused: bool = False
    kind: str = "answer"
    reason: str = ""
    notice: str = ""
    confidence: str = ""
    score: float = 0.0
    missing_words: tuple[str, ...] = ()
    contradictions: tuple[Contradiction, ...] = ()
    model: str = "extractive"
    timings: Mapping[str, float] = field(default_factory=dict)
    done: bool = True
    other_question: str = ""

    @property
    def blocks(self) -> tuple[AnswerBlock, ...]:
        """The sentences as paragraphs, lists, tables, code and headings."""
        return blocks_of(self.sentences)

    def to_dict(self) -> dict:
        """A JSON-ready dictionary with the same field names."""
        return asdict(self)


def render_text(sentences: Sequence[Sentence]) -> str:
    """The sentences as plain text, each followed by its marks; an unsupported one says so.

    Items stand on lines of their own behind their marks, and so do rows, with the name of the column before each value.
    """
    parts: list[str] = []
    for block in blocks_of(sentences):
        lines: list[str] = []
        for sentence, numbers in zip(block.sentences, block.marks, strict=True):
            marks = "".join(f" [{number}]" for number in numbers)
            flag = "" if sentence.supported else " [not supported by your documents]"
            indent = "  " * (sentence.depth - 1)
            mark = f"{indent}{sentence.mark} " if sentence.form == "item" and sentence.mark else ""
            bullet = "- " if sentence.form == "row" and len(block.sentences) > 1 else ""
            lines.append(f"{mark}{bullet}{sentence.text}{marks}{flag}")
        parts.append((" " if block.form == "paragraph" else "\n").join(lines))
    return "\n\n".join(parts)
