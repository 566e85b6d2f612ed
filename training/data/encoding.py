"""Examples as token ids and targets, and batches of like length."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from footnoted.index.models.reading import Limits, Window, framed, marks_of
from training.data.examples import Example
from training.data.sources import Span

UNKNOWN = -1.0  # a target that nobody marked
SORTED_TOGETHER = 50  # batches: so many are sorted by length, then shuffled
STEP = 32  # lengths are rounded up to it: oneDNN prepares itself anew for each shape


@dataclass(frozen=True, slots=True)
class Encoded:
    """A window with its targets: for each token of its passage part whether it begins, ends, is evidence."""

    window: Window
    answered: float
    start: np.ndarray
    end: np.ndarray
    evidence: np.ndarray


@dataclass(frozen=True, slots=True)
class Batch:
    """Tensors of shape (pairs, tokens), or (pairs,) for ``answered``; ``windows`` are the same pairs as they came."""

    input_ids: torch.Tensor
    attention_mask: torch.Tensor
    token_type_ids: torch.Tensor
    answered: torch.Tensor
    start: torch.Tensor
    end: torch.Tensor
    evidence: torch.Tensor
    windows: tuple[Window, ...]


class Encoder:
    """Turns examples into windows of at most ``limits.tokens``."""

    def __init__(self, tokenizer, limits: Limits) -> None:
        self._tokenizer, self._limits, self._marks = tokenizer, limits, marks_of(tokenizer)

    def encode(self, examples: Sequence[Example], rng: random.Random) -> list[Encoded]:
        """One window of each example; one that is too long is cut round its answer, or left out if that is unknown."""
        plain = {"add_special_tokens": False}
        questions = self._tokenizer.encode_batch([example.question for example in examples], **plain)
        passages = self._tokenizer.encode_batch([example.passage for example in examples], **plain)
        found = []
        for example, question, passage in zip(examples, questions, passages, strict=True):
            asked = question.ids[: self._limits.question]
            room = self._limits.tokens - len(asked) - 3
            begin = _begin(example, passage.offsets, room, rng)
            if begin is not None and passage.ids:
                ids, offsets = passage.ids[begin : begin + room], passage.offsets[begin : begin + room]
                found.append(_with_targets(example, framed(asked, ids, offsets, self._marks)))
        return found


def _begin(example: Example, offsets: Sequence[Span], room: int, rng: random.Random) -> int | None:
    """The first token of the window that is cut from a passage; 0 where all of it fits, None where it must not be cut.

    The answer stands at a random place of its window, or "the middle" would come to mean "the answer".
    """
    if len(offsets) <= room:
        return 0
    if not example.answered:
        return rng.randrange(len(offsets) - room + 1)
    marked = example.spans or example.evidence
    if not marked:
        return None
    start, end = rng.choice(marked)
    first = sum(1 for _, stop in offsets if stop <= start)
    last = sum(1 for begin, _ in offsets if begin < end)  # one after the last token
    lowest, highest = max(0, last - room), min(first, len(offsets) - room)
    return rng.randint(lowest, highest) if lowest <= highest else None


def _with_targets(example: Example, window: Window) -> Encoded:
    count = len(window.offsets)
    start, end, evidence = (np.zeros(count, dtype=np.float32) for _ in range(3))
    first, last = window.offsets[0][0], window.offsets[-1][1]
    for begin, stop in example.spans:
        touched = [place for place, (one, other) in enumerate(window.offsets) if one < stop and begin < other]
        if touched and first <= begin and stop <= last:
            start[touched[0]] = end[touched[-1]] = 1
    for begin, stop in example.evidence or ():
        evidence[[place for place, (one, other) in enumerate(window.offsets) if one < stop and begin < other]] = 1
    if example.evidence is None:
        evidence[:] = UNKNOWN
    return Encoded(window, float(example.answered), start, end, evidence)


def batched(encoded: Sequence[Encoded], size: int, rng: random.Random) -> list[list[Encoded]]:
    """Batches of like length in random order; all examples are in one of them."""
    order = list(encoded)
    rng.shuffle(order)
    batches = []
    for begin in range(0, len(order), size * SORTED_TOGETHER):
        part = sorted(order[begin : begin + size * SORTED_TOGETHER], key=lambda one: len(one.window.ids))
        batches += [part[place : place + size] for place in range(0, len(part), size)]
    rng.shuffle(batches)
    return batches


def padded(windows: Sequence[Window]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """(token ids, attention mask, token types) of windows, each of shape (windows, a multiple of STEP)."""
    width = -(-max(len(window.ids) for window in windows) // STEP) * STEP
    ids, mask, types = (torch.zeros(len(windows), width, dtype=torch.long) for _ in range(3))
    for row, window in enumerate(windows):
        length = len(window.ids)
        ids[row, :length] = torch.tensor(window.ids)
        types[row, :length] = torch.tensor(window.types)
        mask[row, :length] = 1
    return ids, mask, types


def collated(encoded: Sequence[Encoded]) -> Batch:
    """A batch, padded."""
    windows = tuple(one.window for one in encoded)
    ids, mask, types = padded(windows)
    start, end = (torch.zeros(ids.shape) for _ in range(2))
    evidence = torch.full(ids.shape, UNKNOWN)
    for row, one in enumerate(encoded):
        first = one.window.first
        for target, values in ((start, one.start), (end, one.end), (evidence, one.evidence)):
            target[row, first : first + len(values)] = torch.from_numpy(values)
    answered = torch.tensor([one.answered for one in encoded])
    return Batch(ids, mask, types, answered, start, end, evidence, windows)


class Batches:
    """The batches from any step on, epoch after epoch; what is at a step depends on the seed and the step alone."""

    def __init__(self, examples: Callable[[int], Sequence[Example]], encoder: Encoder, size: int, seed: int) -> None:
        self._examples, self._encoder, self._size, self._seed = examples, encoder, size, seed

    def epoch(self, number: int) -> list[list[Encoded]]:
        rng = random.Random(f"{self._seed}/{number}/batches")
        return batched(self._encoder.encode(self._examples(number), rng), self._size, rng)

    def after(self, epoch: int, position: int) -> Iterator[tuple[int, int, Batch]]:
        """(epoch, position, batch), beginning with batch ``position`` of ``epoch``; without an end."""
        while True:
            batches = self.epoch(epoch)
            if not batches:
                raise ValueError("No example is left to train on: all are longer than --tokens, or the sets are empty.")
            for place, batch in enumerate(batches[position:], start=position):
                yield epoch, place, collated(batch)
            epoch, position = epoch + 1, 0
