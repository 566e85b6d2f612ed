"""A chat model's text into a checked answer: its marks resolved, each sentence tied to the span that supports it."""

from __future__ import annotations

import queue
import re
import threading
import time
from collections.abc import Iterator, Sequence
from contextvars import copy_context
from dataclasses import dataclass

from footnoted import prompts
from footnoted.assistant.answers import REFUSAL, Citation, Sentence, without_marks
from footnoted.assistant.english.answer_kinds import VALUED, YES_OR_NO, emphasis, kind_of, same_word, values
from footnoted.assistant.english.claims import Likeness
from footnoted.assistant.english.injection import without_addresses
from footnoted.assistant.english.quantities import quantities
from footnoted.assistant.errors import EmptyAnswer, ModelError
from footnoted.assistant.quoting.citations import cite
from footnoted.assistant.quoting.evidence import Candidate, Scorer
from footnoted.assistant.writing.verify import Support, best_support
from footnoted.index.models.stopping import go_on
from footnoted.index.store.keywords import STOPWORDS, words
from footnoted.index.text.sentences import sentences
from footnoted.index.types import Passage

# "[1]", "[1, 2]", "【3】", "[passage 1]", "(source 2)"; not "(2019)", which is a year. Every repetition is bounded or
# has one way to match: a model's text can hold anything.
_NAMED = r"(?:see\s)?(?:passages?|sources?)\s{1,2}"
_LIST = rf"\d{{1,20}}(?:[\s,;&]{{1,3}}(?:and\s)?(?:{_NAMED})?\d{{1,20}})*\s?"
_MARKS = re.compile(rf"[\[【［]\s?(?:{_NAMED})?\^?{_LIST}[\]】］]|\(\s?{_NAMED}{_LIST}\)", re.IGNORECASE)
# "[-1]", or "[1" where the text was cut off: these point nowhere.
_ANY_MARK = re.compile(rf"{_MARKS.pattern}|[\[【［]\s?(?:[-–]\d{{1,20}}\s?[\]】］]?|\d{{1,20}}$)", re.IGNORECASE)
_ENDED = re.compile(r"[.!?:;…。！？][\"'”’)\]*_`]*$")
_BEFORE_ANSWER = re.compile(
    r"^\s{0,20}(?:the )?answer(?: to (?:the|this|your) question)?(?: is)? ?:\s{0,20}|^\s{0,20}(?:\d{1,2}[.)]|[-*•])\s+",
    re.IGNORECASE | re.MULTILINE,
)
_NOT_THERE = re.compile(
    r"\b(?:answer|information|question)\b[^.!?]{0,80}\bnot (?:\w+ )?"
    r"(?:in|available|provided|given|mentioned|stated|found)\b",
    re.IGNORECASE,
)
_FILLING = frozenset({"one", "used", "called", "following", "answer", "question", "yes"})
BARE = 2  # words of an answer that is no sentence
LOOKED = 0.5  # seconds after which is looked whether anybody still waits
MOST_CHARACTERS = 8000  # a model that has not stopped by then is looping


@dataclass(frozen=True, slots=True)
class Written:
    """A sentence of a model's text without its marks, and the numbers of the passages that it named."""

    text: str
    marks: tuple[int, ...]
    paragraph: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """A text that a model is shown under a number, and the passage it is of."""

    passage: Passage
    text: str


def shown_whole(passages: Sequence[Passage]) -> list[Shown]:
    """The passages as a large model is shown them."""
    return [Shown(passage, passage.text) for passage in passages]


def shown_short(chosen: Sequence[Candidate]) -> list[Shown]:
    """What a small model is shown: the sentences of the extractive answer, which it is to shorten. More confuses it."""
    before = {id(candidate) for candidate in chosen}
    return [
        Shown(one.passage, one.in_context if one.depends and id(one.before) not in before else one.text)
        for one in chosen
    ]


def prompt(question: str, shown: Sequence[Shown], small: bool = False) -> str:
    """The prompt with numbered texts, without what in them speaks to the model; titles say what they speak of.

    Small models are not shown titles: they copy them into the answer.
    """
    parts = []
    for number, one in enumerate(shown, start=1):
        title = " ".join(without_marks(one.passage.title).split())
        text = without_marks(without_addresses(one.text))
        parts.append(f"[{number}] {' '.join(text.split())}" if small else f"[{number}] {title}\n{text}")
    return prompts.fill("answer_small" if small else "answer", passages="\n\n".join(parts), question=question)


def streamed(model, text: str, seconds: float = 120.0) -> Iterator[str]:
    """The model's text as it grows.

    Raises:
        ModelError: the model failed, gave nothing, did not finish within ``seconds``, or does not stop.
    """
    grown = ""
    for chunk in _chunks(model, text, seconds):
        piece = chunk.content if isinstance(chunk.content, str) else chunk.text
        if piece:
            grown += piece
            if len(grown) > MOST_CHARACTERS:
                raise ModelError(f"The model did not stop after {MOST_CHARACTERS:,} characters.")
            yield grown
    if not grown.strip():
        raise EmptyAnswer("The model gave an empty answer.")


def _chunks(model, text: str, seconds: float) -> Iterator:
    """What the model streams, read in a thread of its own: not every provider has a timeout that works."""
    arrived: queue.SimpleQueue = queue.SimpleQueue()
    left = threading.Event()

    def read() -> None:
        try:
            for chunk in model.stream(text):
                if left.is_set():
                    return
                arrived.put((chunk, None))
            arrived.put((None, None))
        except Exception as error:  # every provider raises its own kinds
            arrived.put((None, error))

    deadline = time.monotonic() + seconds
    threading.Thread(target=copy_context().run, args=(read,), name="footnote-model", daemon=True).start()
    try:
        while True:
            go_on()
            try:
                chunk, error = arrived.get(timeout=max(0.0, min(LOOKED, deadline - time.monotonic())))
            except queue.Empty:
                if time.monotonic() < deadline:
                    continue
                raise ModelError(f"The model did not finish within {seconds:g} seconds.") from None
            if error is not None:
                first_line = (str(error).strip().splitlines() or [type(error).__name__])[0]
                raise ModelError(f"The model did not answer ({first_line[:200]}).") from error
            if chunk is None:
                return
            yield chunk
    finally:
        left.set()


def written(text: str, complete: bool) -> list[Written]:
    """The sentences of a model's text, each once, with the marks that stand in or behind each.

    While a text is still growing (``complete`` is False) its last sentence is left out.
    """
    clean, marks = "", list[tuple[int, int]]()
    position = 0
    for match in _ANY_MARK.finditer(text):
        clean += text[position : match.start()].rstrip() + (
            " " if text[match.end() : match.end() + 1].isalnum() else ""
        )
        if _MARKS.fullmatch(match.group()):
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
    once: dict[str, Written] = {}
    for sentence in result if complete else result[:-1]:
        once.setdefault(sentence.text.casefold(), sentence)
    return list(once.values())


def breaks_off(text: str) -> bool:
    """Whether a text ends inside a sentence, with a whole one before it on the same line: the model was cut off."""
    *_, before, last = [None, None, *written(text, complete=True)]
    return bool(
        before and last and not last.paragraph and _ENDED.search(before.text) and not _ENDED.search(last.text)
    )  # fmt: skip


def is_refusal(text: str) -> bool:
    """Whether a model's whole text says that the answer is not there."""
    folded = " ".join(text.casefold().split()).strip(" .\"'“”*")
    return folded.startswith(REFUSAL.casefold().rstrip(".")) or folded in {
        "i don't know",
        "i do not know",
        "unanswerable",
    }


def plain(text: str) -> str:
    """A small model's text without what such models put before an answer: "The answer to the question is:", "1. "."""
    return _BEFORE_ANSWER.sub("", text)


def says_nothing(text: str) -> bool:
    """Whether a small model's text says in words of its own that the answer is not there; empty text does, too."""
    return not text.strip() or is_refusal(text) or bool(_NOT_THERE.search(text))


def only_shortens(question: str, sentences: Sequence[Sentence], citations: Sequence[Citation], lead: Candidate) -> bool:
    """Whether sentences say what they quote, the best sentence ``lead``, in its words and those of the question.

    A small model is trusted with no more: what it puts in words of its own is seldom what the document says.
    """
    quotes = {note.number: note.quote for note in citations}
    if _leaves_out(question, " ".join(one.text for one in sentences), lead.text):
        return False
    if (lead.passage.source, lead.start) not in {(note.source, note.start) for note in citations}:
        return False
    return all(
        one.supported and any(_in_one_piece(question, one.text, quotes[number]) for number in one.citations)
        for one in sentences
    )


def _in_one_piece(question: str, sentence: str, quote: str) -> bool:
    """Whether what a sentence adds to the question stands in the quote without a word left out in between."""
    asked = set(words(question)) | STOPWORDS | _FILLING
    added = [word for word in words(sentence) if word not in asked]
    said = [word for word in words(quote) if word not in asked]
    return f" {' '.join(added)} " in f" {' '.join(said)} "


def _leaves_out(question: str, answer: str, lead: str) -> bool:
    """Whether an answer lacks the words of the best sentence that answer, or is a bare number that may be another."""
    said = set(words(answer))
    marked = [lead[start:end] for start, end in emphasis(question, lead)]
    if not marked:  # there are none, or so many that it is unclear which
        return kind_of(question) in VALUED and len(said) <= BARE
    measured = any(one.unit for value in marked for one in quantities(f"{value} {lead.partition(value)[2][:20]}"))
    if measured and len(said) <= BARE and not any(one.unit for one in quantities(answer)):
        return True
    return not any(set(words(value)) <= said for value in marked)


def why_quotes(
    question: str,
    sentences: Sequence[Sentence],
    citations: Sequence[Citation],
    quotes: Sequence[Sentence],
    lead: Candidate | None,
) -> str:
    """Why quotes are given instead of what a model wrote, as a reader is told; "" when its answer may stand.

    Args:
        quotes: the extractive answer.
        lead: its best sentence, to which a small model has to keep; ``None`` for a large one.
    """
    held = sum(sentence.supported for sentence in sentences)
    if not held or held < len(sentences) / 2:
        return "Most of what the model wrote is not supported by your documents: these are quotes instead."
    if why := no_answer(question, sentences, quotes):
        return f"{why}: these are quotes from your documents instead."
    if lead is not None and not only_shortens(question, sentences, citations, lead):
        return "The model did not keep to the sentence that answers best: these are quotes instead."
    return ""


def no_answer(question: str, sentences: Sequence[Sentence], quotes: Sequence[Sentence]) -> str:
    """Why what a model wrote answers nothing, though all of it may be supported; "" when it may answer.

    It only repeats the question ("the default model is the default model"), or lacks the date, number or name asked
    for where the best ``quotes`` have one.
    """
    kind = kind_of(question)
    if kind == YES_OR_NO:
        return ""
    asked = set(words(question))
    said = [word for one in sentences for word in words(one.text) if word not in STOPWORDS | _FILLING]
    if all(any(same_word(word, other) for other in asked) for word in said):
        return "The model only repeated the question"
    had = [any(values(one.text, kind, question) for one in group) for group in (sentences, quotes)]
    if kind in VALUED and had == [False, True]:
        return f"The model did not give the {kind} asked for"
    return ""


class Checker:
    """Checks the sentences of a growing text; a sentence that was checked before costs nothing."""

    def __init__(
        self,
        passages: Sequence[Passage],
        found: Sequence[Candidate],
        scorer: Scorer,
        likeness: Likeness | None = None,
    ) -> None:
        self._passages, self._found, self._scorer, self._likeness = passages, found, scorer, likeness
        self._checked: dict[Written, Support | None] = {}

    def check(self, text: Sequence[Written]) -> tuple[tuple[Sentence, ...], tuple[Citation, ...]]:
        """Each sentence with the citation of the span that supports it, or marked as unsupported; and the citations.

        They are renumbered each time, in the order of first use: a growing text can still change its sentences.
        """
        checked, citations = list[Sentence](), dict[tuple[str, int, int], Citation]()
        for sentence in text:
            support = self._support(sentence)
            if support is None or not support.holds:
                checked.append(Sentence(sentence.text, (), False, (), sentence.paragraph))
                continue
            numbers = []
            for span in (support.candidate, *support.further):
                citation = citations.setdefault(
                    (span.passage.source, span.start, span.end),
                    cite(len(citations) + 1, span.passage, span.start, span.end, span.text, round(support.score, 4)),
                )
                numbers.append(citation.number)
            checked.append(Sentence(sentence.text, tuple(numbers), True, (), sentence.paragraph))
        return tuple(checked), tuple(citations.values())

    def spans(self, citations: Sequence[Citation]) -> list[Candidate]:
        """The sentences of documents that citations point to."""
        places = {(note.source, note.start, note.end) for note in citations}
        return [span for span in self._found if (span.passage.source, span.start, span.end) in places]

    def _support(self, sentence: Written) -> Support | None:
        if sentence not in self._checked:
            marked = frozenset(
                self._passages[mark - 1].id for mark in sentence.marks if 1 <= mark <= len(self._passages)
            )
            self._checked[sentence] = best_support(sentence.text, self._found, self._scorer, marked, self._likeness)
        return self._checked[sentence]
