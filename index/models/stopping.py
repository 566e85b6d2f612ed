"""Giving up what nobody waits for any more: models look, before each run or batch, whether they should go on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_stopped: ContextVar[Callable[[], bool] | None] = ContextVar("stopped", default=None)


class GivenUp(Exception):
    """Nobody waits for this any more. It is no error: nobody is told."""


@contextmanager
def given_up_when(stopped: Callable[[], bool]) -> Iterator[None]:
    """What runs inside, in this thread, ends with :class:`GivenUp` soon after ``stopped`` says so."""
    token = _stopped.set(stopped)
    try:
        yield
    finally:
        _stopped.reset(token)


def go_on() -> None:
    """Called between two pieces of work. Raises GivenUp when nobody waits for them."""
    stopped = _stopped.get()
    if stopped is not None and stopped():
        raise GivenUp
