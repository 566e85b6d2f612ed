"""The stages of an answer: how long each takes, and the threads that they run in until nobody waits for them."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Generator, Iterator
from contextlib import contextmanager, suppress

from footnoted.assistant.answers import Answer
from footnoted.index.models.stopping import given_up_when, go_on


async def in_threads(snapshots: Generator[Answer, None, None]) -> AsyncIterator[Answer]:
    """The snapshots for code that runs in an event loop: each is made in a thread, as long as somebody waits for it."""
    gone = threading.Event()

    def following() -> Answer | None:
        with given_up_when(gone.is_set):
            return next(snapshots, None)

    try:
        while (snapshot := await asyncio.to_thread(following)) is not None:
            yield snapshot
    finally:
        gone.set()
        with suppress(ValueError):  # cancelled while the thread is at work: it ends between two runs of a model
            snapshots.close()


class Watch:
    """Milliseconds of each stage."""

    def __init__(self) -> None:
        self._started = time.perf_counter()
        self._stages: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Measure what runs inside; GivenUp is raised before it when nobody waits any more."""
        go_on()
        begun = time.perf_counter()
        try:
            yield
        finally:
            self._stages[name] = self._stages.get(name, 0.0) + round((time.perf_counter() - begun) * 1000, 2)

    def so_far(self) -> dict[str, float]:
        """What was measured until now."""
        return dict(self._stages)

    def done(self) -> dict[str, float]:
        """The same with the total."""
        return self._stages | {"total": round((time.perf_counter() - self._started) * 1000, 2)}
