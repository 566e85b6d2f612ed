"""A question under way: the watch of its stages, its answer as it starts, and how well a reading of it is supported."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from footnoted.assistant.answers import Answer
from footnoted.assistant.english.followup import Standalone, Understood
from footnoted.assistant.quoting.abstain import is_too_vague
from footnoted.assistant.quoting.extractive import Extract


class Watch:
    """Milliseconds of each stage."""

    def __init__(self) -> None:
        self._started = time.perf_counter()
        self._stages: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        begun = time.perf_counter()
        try:
            yield
        finally:
            self._stages[name] = self._stages.get(name, 0.0) + round((time.perf_counter() - begun) * 1000, 2)

    def so_far(self) -> dict[str, float]:
        return dict(self._stages)

    def done(self) -> dict[str, float]:
        return self._stages | {"total": round((time.perf_counter() - self._started) * 1000, 2)}


@dataclass(frozen=True, slots=True)
class Turn:
    """A question that was searched for, the answer as it starts, and the watch of its stages."""

    question: Standalone
    start: Answer
    watch: Watch


def searchable(meant: Understood) -> list[Standalone]:
    """The readings of a question that name something, the likelier one first."""
    every = [*meant.readings, *([meant.completed] if meant.completed else [])]
    named = [reading for reading in every if not is_too_vague(reading.text)]
    return [reading for reading in named if reading in meant.readings] or named[:1]


def support(turn: Turn, extract: Extract | None, reason: str, meant: Understood) -> tuple[bool, float]:
    """How well the documents support a reading; the greatest one answers.

    One that is answered beats one that is refused. Otherwise it is the score of the best sentence, and how likely the
    question is meant so: both are logits.
    """
    score = extract.score if extract else 0.0
    return not reason, meant.odds(turn.question) + (score if not reason else 0.0)


async def in_threads(snapshots: Generator[Answer, None, None]) -> AsyncIterator[Answer]:
    """The snapshots for code that runs in an event loop: each is made in a thread."""
    try:
        while (snapshot := await asyncio.to_thread(next, snapshots, None)) is not None:
            yield snapshot
    finally:
        with suppress(ValueError):  # cancelled while the thread is at work: it ends with the snapshot it is making
            snapshots.close()
