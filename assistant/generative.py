"""A chat model's text into a checked answer: its marks resolved, each sentence tied to the span that supports it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import prompts
from assistant.answers import REFUSAL, Citation, Sentence
from assistant.errors import ModelError
from assistant.evidence import Candidate, Scorer
from assistant.extractive import cite
from assistant.verify import SUPPORTED, Support, best_support
from index.sentences import sentences
from index.types import Passage

_MARKS = re.compile(r"\s*[\[【(](?:\s*(?:passage|source)?\s*\d+\s*[,;]?)+[\]】)]", re.IGNORECASE)
MOST_CHARACTERS = 8000  # a model that has not stopped by then is looping


@dataclass(frozen=True, slots=True)
class Written:
    """A sentence of a model's text without its marks, and the numbers of the passages that it named."""

    text: str
    marks: tuple[int, ...]
    paragraph: bool


def prompt(question: str, passages: Sequence[Passage]) -> str:
    """The prompt with numbered passages; titles tell what a passage speaks of."""
    shown = "\n\n".join(
        f"[{number}] {passage.title}\n{_without_marks(passage.text)}" for number, passage in enumerate(passages, start=1)
    )
    return prompts.fill("answer", passages=shown, question=question)


def _without_marks(text: str) -> str:
    """Document text with things that look like our marks made harmless: "[2]" becomes "(2)"."""
    return re.sub(r"\[(\d+)\]", r"(\1)", text)


def streamed(model, text: str) -> Iterator[str]:
    """The model's text as it grows.

    Raises:
        ModelError: the model failed, timed out, or does not stop.
    """
    grown = ""
    try:
        for chunk in model.stream(text):
            piece = chunk.content if isinstance(chunk.content, str) else chunk.text
            if piece:
                grown += piece
                yield grown
            if len(grown) > MOST_CHARACTERS:
                break
    except Exception as error:  # every provider raises its own kinds
        first_line = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise ModelError(f"The model did not answer ({first_line[:200]}).") from error
    if not grown.strip():
        raise ModelError("The model gave an empty answer.")


def written(text: str, complete: bool) -> list[Written]:
    """The sentences of a model's text with the marks that stand in or behind each.

    While a text is still growing (``complete`` is False) its last sentence is left out.
    """
    clean, marks = "", list[tuple[int, int]]()
    position = 0
    for match in _MARKS.finditer(text):
        clean += text[position : match.start()]
        marks.extend((len(clean), int(number)) for number in re.findall(r"\d+", match.group()))
        position = match.end()
    clean += text[position:]
    spans = sentences(clean)
    result = []
    for number, (start, end) in enumerate(spans):
        # A mark belongs to the last sentence that begins before it.
        stop = spans[number + 1][0] if number + 1 < len(spans) else len(clean) + 1
        own = tuple(dict.fromkeys(mark for at, mark in marks if start < at <= stop))
        paragraph = number > 0 and "\n" in clean[spans[number - 1][1] : start]
        result.append(Written(" ".join(clean[start:end].split()), own, paragraph))
    return result if complete else result[:-1]


def is_refusal(text: str) -> bool:
    """Whether a model's whole text says that the answer is not there."""
    folded = " ".join(text.casefold().split()).strip(" .\"'“”*")
    return folded.startswith(REFUSAL.casefold().rstrip(".")) or folded in {"i don't know", "i do not know", "unanswerable"}


class Checker:
    """Checks sentences one after another and numbers their citations in the order of first use."""

    def __init__(self, passages: Sequence[Passage], found: Sequence[Candidate], scorer: Scorer) -> None:
        self._passages, self._found, self._scorer = passages, found, scorer
        self._checked: dict[Written, Support | None] = {}
        self.citations: list[Citation] = []

    def check(self, sentence: Written) -> Sentence:
        """The sentence with the citation of the span that supports it, or marked as unsupported."""
        if sentence not in self._checked:
            marked = frozenset(
                self._passages[mark - 1].id for mark in sentence.marks if 1 <= mark <= len(self._passages)
            )
            self._checked[sentence] = best_support(sentence.text, self._found, self._scorer, marked)
        support = self._checked[sentence]
        if support is None or support.score < SUPPORTED:
            return Sentence(sentence.text, (), False, (), sentence.paragraph)
        return Sentence(sentence.text, (self._number(support),), True, (), sentence.paragraph)

    def _number(self, support: Support) -> int:
        span = support.candidate
        for citation in self.citations:
            if (citation.source, citation.start, citation.end) == (span.passage.source, span.start, span.end):
                return citation.number
        number = len(self.citations) + 1
        self.citations.append(cite(number, span.passage, span.start, span.end, span.text, round(support.score, 4)))
        return number
