"""The progress of an ``add``: a bar on a terminal, a line now and then in a log, nothing where JSON is printed."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from index.types import Progress

LOG_EVERY_SECONDS = 10.0


@contextmanager
def showing(quiet: bool) -> Iterator[Callable[[Progress], None] | None]:
    """A function to give ``Index.add`` as ``progress``; writes to standard error."""
    if quiet:
        yield None
    elif sys.stderr.isatty():
        with _bar() as update:
            yield update
    else:
        yield _lines()


@contextmanager
def _bar() -> Iterator[Callable[[Progress], None]]:
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (
        BarColumn(), MofNCompleteColumn(), TextColumn("files"), TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(), TextColumn("{task.description}"),
    )  # fmt: skip
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None, rate="")
        started = time.monotonic()

        def update(progress: Progress) -> None:
            rate = f"{progress.passages_done / max(time.monotonic() - started, 1e-3):.0f} passages/s"
            name = "".join(c if c.isprintable() else " " for c in progress.current)[:40]
            bar.update(
                task, total=progress.documents_total, completed=progress.documents_done, rate=rate,
                description=escape(name),
            )  # fmt: skip

        yield update


def _lines() -> Callable[[Progress], None]:
    started = last = time.monotonic()

    def update(progress: Progress) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= LOG_EVERY_SECONDS:
            last = now
            print(
                f"{progress.documents_done} of {progress.documents_total} files, {progress.passages_done} passages, "
                f"{progress.passages_done / (now - started):.0f} passages/s",
                file=sys.stderr,
                flush=True,
            )

    return update
