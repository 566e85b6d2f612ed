"""The one answer object with its citations, and its renderings as text and JSON."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from footnoted.index.types import Passage

REFUSAL = "Not in your documents."
_LIKE_A_MARK = re.compile(r"[\[【［](?=[\s,;^–-]*\d)([\s\d,;^–-]+)[\]】］]")


def without_marks(text: str) -> str:
    """``text`` with what looks like one of our marks made harmless, at the same length: "[2]" becomes "(2)"."""
    return _LIKE_A_MARK.sub(r"(\1)", text)


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


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of an answer with the numbers of its citations.

    ``text`` never holds anything that looks like a mark: a "[7]" of a document or a model becomes "(7)".
    ``supported`` is False for a sentence that no shown passage supports: renderings mark it.
    ``emphasis`` holds spans of ``text`` (start, end) that answer the question, where these are known.
    ``paragraph`` is True when the sentence opens a new paragraph.
    """

    text: str
    citations: tuple[int, ...] = ()
    supported: bool = True
    emphasis: tuple[tuple[int, int], ...] = ()
    paragraph: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", without_marks(self.text))


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

    def to_dict(self) -> dict:
        """A JSON-ready dictionary with the same field names."""
        return asdict(self)


def render_text(sentences: tuple[Sentence, ...]) -> str:
    """The sentences joined, each followed by its marks; an unsupported one says so."""
    parts: list[str] = []
    for sentence in sentences:
        marks = "".join(f" [{number}]" for number in sentence.citations)
        flag = "" if sentence.supported else " [not supported by your documents]"
        gap = "" if not parts else ("\n\n" if sentence.paragraph else " ")
        parts.append(f"{gap}{sentence.text}{marks}{flag}")
    return "".join(parts)
