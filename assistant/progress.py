"""The progress of an ``add`` or a ``reindex``: a bar on a terminal, a line now and then in a log, else nothing."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from footnoted.index.types import Progress

LOG_AFTER_SECONDS = 5.0  # shorter work needs only its report
LOG_EVERY_SECONDS = 30.0
_HALF_LIFE_SECONDS = 60.0  # after which a speed counts half


class Pace:
    """The speed of the work and the time left, as a slowly fading average so that they stay steady."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._last = clock()
        self._before: Progress | None = None
        self._work = self._time = self._passages = 0.0

    def note(self, progress: Progress) -> None:
        """Take in a step; what was done before the first one (by a run that was interrupted) took no time."""
        now = self._clock()
        before, self._before = self._before or progress, progress
        if progress.work_done <= before.work_done and progress.passages_done <= before.passages_done:
            return
        fade = 0.5 ** ((now - self._last) / _HALF_LIFE_SECONDS)
        self._work = self._work * fade + progress.work_done - before.work_done
        self._passages = self._passages * fade + progress.passages_done - before.passages_done
        self._time = self._time * fade + now - self._last
        self._last = now

    @property
    def passages_a_second(self) -> float:
        return self._passages / self._time if self._time else 0.0

    def seconds_left(self, progress: Progress) -> float | None:
        """Seconds until all is done; ``None`` when nothing can be said, or nothing is left."""
        if not self._work or progress.work_done >= progress.work_total:
            return None
        expected = (progress.work_total - progress.work_done) * self._time / self._work
        return max(0.0, expected - (self._clock() - self._last))


@contextmanager
def showing(quiet: bool) -> Iterator[Callable[[Progress], None] | None]:
    """A function to give ``Index.add`` or ``Index.reindex`` as ``progress``; writes to standard error."""
    if quiet:
        yield None
    elif sys.stderr.isatty():
        with _bar() as update:
            yield update
    else:
        yield _lines()


def time_left(seconds: float | None) -> str:
    """The time left in words: "40 s left", "3 min left", "1 h 20 min left"."""
    if seconds is None:
        return ""
    if seconds < 60:
        return f"{max(5, 5 * round(seconds / 5)):.0f} s left"
    minutes = round(seconds / 60)
    return f"{minutes} min left" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min left"


@contextmanager
def _bar() -> Iterator[Callable[[Progress], None]]:
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, TextColumn
    from rich.progress import Progress as Bar

    columns = (BarColumn(), TextColumn("{task.fields[counts]}"), TextColumn("{task.description}"))
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None, counts="")
        pace = Pace()

        def update(progress: Progress) -> None:
            pace.note(progress)
            name = "".join(c if c.isprintable() else " " for c in progress.current)[:40]
            known = progress.work_total > 0
            bar.update(
                task,
                total=progress.work_total if known else max(1, progress.documents_total),
                completed=progress.work_done if known else progress.documents_done,
                counts=_counts(progress, pace),
                description=escape(name),
            )

        yield update


def _lines() -> Callable[[Progress], None]:
    pace = Pace()
    shown = time.monotonic() - LOG_EVERY_SECONDS + LOG_AFTER_SECONDS

    def update(progress: Progress) -> None:
        nonlocal shown
        pace.note(progress)
        now = time.monotonic()
        if now - shown >= LOG_EVERY_SECONDS:
            shown = now
            print(_counts(progress, pace), file=sys.stderr, flush=True)

    return update


def _counts(progress: Progress, pace: Pace) -> str:
    parts = [
        f"{progress.documents_done} of {progress.documents_total} documents",
        f"{progress.passages_done} passages",
        f"{pace.passages_a_second:.0f} passages/s" if pace.passages_a_second else "",
        time_left(pace.seconds_left(progress)),
    ]
    return ", ".join(part for part in parts if part)
