"""What one pass over a question and a passage tells: relevant or not, answered or not, where, and which words show it.

A passage longer than the model's input is read in overlapping windows, whose results are put together here. The
arithmetic is the same for every model: what runs it is a function from windows to outputs.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import exp
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import numpy
    from tokenizers import Tokenizer

Span = tuple[int, int]

LONGEST_SPAN = 40  # tokens of an answer's span: SQuAD's answers have 3 on average, and 99 % of them at most 25
HIGHEST_SHARE = 4  # a span is scored by the highest quarter of its tokens, see Reading.score


@dataclass(frozen=True, slots=True)
class Reading:
    """How a passage answers a question. All spans are characters of the passage as it was given.

    ``relevance`` is a logit as of a cross-encoder: about 0 separates relevant from irrelevant. ``answered`` is the
    probability that the passage answers the question (or supports the claim). ``span`` holds the words that answer
    best, whether or not the question is answered, and is None where the passage has no words; ``span_probability`` is
    that of these very words among all others. ``evidence`` has a logit for each of ``tokens``, the spans of the
    passage's tokens in order: whether the sentence that the token belongs to answers.
    """

    relevance: float
    answered: float
    span: Span | None
    span_probability: float
    tokens: tuple[Span, ...]
    evidence: tuple[float, ...]

    def score(self, start: int, end: int) -> float:
        """How well ``passage[start:end]`` answers, 0 to 1: a sentence, a cell, a list or any other part of it.

        The mean logit of the highest quarter of its tokens: a maximum hangs on a single token at a sentence's edge, and
        a plain mean punishes a list for the items that do not answer. 0 where no token lies in the span.
        """
        first = bisect_left(self.tokens, start, key=lambda token: token[1] - 1)
        last = bisect_left(self.tokens, end, key=lambda token: token[0])
        logits = sorted(self.evidence[first:last], reverse=True)
        highest = logits[: -(-len(logits) // HIGHEST_SHARE)]
        return sigmoid(sum(highest) / len(highest)) if highest else 0.0


class Reader(Protocol):
    """What reads; any object with these members will do."""

    @property
    def identity(self) -> str:
        """Names model, revision and treatment."""

    def read(self, question: str, passages: Sequence[str], *, claim: bool = False) -> list[Reading]:
        """A reading for each passage; ``claim``: the question is a statement, and "answered" means supported."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a model reads at once, in tokens: in all, of the question, and how much neighbouring windows share."""

    tokens: int = 288
    question: int = 128
    overlap: int = 64


@dataclass(frozen=True, slots=True)
class Window:
    """An input of the model: ``[CLS] question [SEP] part of the passage [SEP]``.

    ``types`` is 1 from the first token of the passage on, which is number ``first``; ``offsets`` has the characters of
    each token of the passage part.
    """

    ids: tuple[int, ...]
    types: tuple[int, ...]
    first: int
    offsets: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Outputs:
    """What the model says about a window: two logits, and three arrays with one logit for each token of the passage."""

    relevance: float
    answered: float
    start: numpy.ndarray
    end: numpy.ndarray
    evidence: numpy.ndarray


def framed(question: Sequence[int], passage: Sequence[int], offsets: Sequence[Span], marks: tuple[int, int]) -> Window:
    """The window of these token ids; ``marks`` are the ids of [CLS] and [SEP]."""
    opening = (marks[0], *question, marks[1])
    ids = (*opening, *passage, marks[1])
    return Window(ids, (0,) * len(opening) + (1,) * (len(ids) - len(opening)), len(opening), tuple(offsets))


def marks_of(tokenizer: Tokenizer) -> tuple[int, int]:
    """The ids of [CLS] and [SEP]."""
    first, last = tokenizer.encode("").ids
    return first, last


def windows_of(tokenizer: Tokenizer, question: str, passage: str, limits: Limits) -> list[Window]:
    """The inputs that cover ``passage``, at least one; a tokenizer without padding and truncation is expected."""
    asked = tokenizer.encode(question, add_special_tokens=False).ids[: limits.question]
    encoding = tokenizer.encode(passage, add_special_tokens=False)
    room = limits.tokens - len(asked) - 3
    step = max(1, room - limits.overlap)
    starts = range(0, max(1, len(encoding.ids) - limits.overlap), step) if len(encoding.ids) > room else (0,)
    marks = marks_of(tokenizer)
    return [
        framed(asked, encoding.ids[start : start + room], encoding.offsets[start : start + room], marks)
        for start in starts
    ]


def read_passages(
    question: str,
    passages: Sequence[str],
    tokenizer: Tokenizer,
    limits: Limits,
    run: Callable[[Sequence[Window]], Sequence[Outputs]],
) -> list[Reading]:
    """A reading for each passage; ``run`` is the model, which is given the windows of all passages together."""
    parts = [windows_of(tokenizer, question, passage, limits) for passage in passages]
    outputs = iter(run([window for windows in parts for window in windows]))
    return [together([(window, next(outputs)) for window in windows]) for windows in parts]


def together(read: Sequence[tuple[Window, Outputs]]) -> Reading:
    """The reading of a passage from those of its windows: the most relevant and the best answering one count.

    Where windows overlap, a token has the higher of its evidence logits: it was read there with more around it.
    """
    window, best = max(read, key=lambda one: one[1].answered)
    evidence: dict[Span, float] = {}
    for part, outputs in read:
        for offset, logit in zip(part.offsets, outputs.evidence.tolist(), strict=True):
            evidence[offset] = max(evidence.get(offset, logit), logit)
    ordered = sorted(evidence)
    relevance = max(outputs.relevance for _, outputs in read)
    if not ordered:  # nothing was there to read
        return Reading(relevance, 0.0, None, 0.0, (), ())
    first, last, probability = best_span(best.start, best.end)
    span = (window.offsets[first][0], window.offsets[last][1])
    logits = tuple(evidence[offset] for offset in ordered)
    return Reading(relevance, sigmoid(best.answered), span, probability, tuple(ordered), logits)


def best_span(start: Any, end: Any, longest: int = LONGEST_SPAN) -> tuple[int, int, float]:
    """The first and the last token of the most probable span of at most ``longest`` tokens, and its probability."""
    import numpy

    start, end = (numpy.exp(logits - logits.max()) for logits in (start, end))
    joint = numpy.outer(start / start.sum(), end / end.sum())
    joint = numpy.triu(joint) - numpy.triu(joint, longest)
    first, last = divmod(int(joint.argmax()), joint.shape[1])
    return first, last, float(joint[first, last])


def sigmoid(logit: float) -> float:
    """The probability that a logit stands for."""
    return 1 / (1 + exp(-logit)) if logit >= 0 else 1 - 1 / (1 + exp(logit))
