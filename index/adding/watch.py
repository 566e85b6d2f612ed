"""Keeps the index in line with folders while they change: one sync after each burst of changes, until it is stopped.

Notifications of the system (``watchfiles``) only wake it up; what changed is decided by looking at the folders. So a
lost notification, a network drive that sends none, and a folder that vanishes and returns need no case of their own.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Container, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from footnoted.index.errors import IndexingError, SourceNotFound
from footnoted.index.loaders.discovery import discover
from footnoted.index.loaders.registry import SUFFIXES
from footnoted.index.pages.fetch import is_url
from footnoted.index.types import Report

Failure = IndexingError | OSError | sqlite3.Error
Seen = frozenset[tuple[str, int, int]]


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds: how long a folder must be ``quiet`` before it is read (and at most waited for), how often the folders
    themselves are looked at, everything in them (``rescan``; ``poll`` without notifications), and after a failure."""

    quiet: float = 1.0
    quiet_at_most: float = 60.0
    glance: float = 2.0
    rescan: float = 60.0
    poll: float = 3.0
    retry: float = 30.0


def watch(
    sync: Callable[[Sequence[Path]], Report],
    paths: Sequence[str | Path],
    *,
    stop: threading.Event | None = None,
    polling: bool = False,
    without: Path | None = None,
    suffixes: Container[str] = SUFFIXES,
    pace: Pace = Pace(),
) -> Iterator[Report | Failure]:
    """Call ``sync`` with the paths that are there, now and after each burst of changes; yields the report of each.

    A failure is yielded too and tried again after a while or at the next change. A path that vanishes is told in a
    report, and nothing is done about it until it returns. ``without`` is a folder that is not looked into, ``suffixes``
    are the endings of files that count.

    Raises:
        SourceNotFound: one of the paths is not there when this begins, or is the address of a page.
    """
    roots = [Path(path).expanduser().absolute() for path in paths if not is_url(path)]
    wrong = [str(path) for path in paths if is_url(path)] or [str(root) for root in roots if not root.exists()]
    if wrong:
        reason = "is not on this machine" if is_url(wrong[0]) else "is not there"
        raise SourceNotFound(f"{wrong[0]} cannot be watched: it {reason}.")
    return _Watcher(sync, roots, stop or threading.Event(), polling, without, suffixes, pace).outcomes()


class _Watcher:
    def __init__(
        self,
        sync: Callable[[Sequence[Path]], Report],
        roots: Sequence[Path],
        stop: threading.Event,
        polling: bool,
        without: Path | None,
        suffixes: Container[str],
        pace: Pace,
    ) -> None:
        self.sync, self.roots, self.stop, self.pace = sync, roots, stop, pace
        self.without, self.suffixes = without, suffixes
        self.bell = _Bell(stop, polling, pace)
        self.missing: set[Path] = set()

    def outcomes(self) -> Iterator[Report | Failure]:
        """One sync after another; returns soon after ``stop`` is set."""
        done: Seen | None = None
        try:
            while not self.stop.is_set():
                there = [root for root in self.roots if root.exists()]
                vanished = set(self.roots) - set(there)
                if vanished - self.missing:
                    yield Report(skipped={str(root): _vanished(root) for root in sorted(vanished - self.missing)})
                self.missing = vanished
                self.bell.watch(there)  # before looking, so that no change falls between the two
                seen = self.look(there)
                if seen != done and there:
                    seen = self.settled(there, seen)
                    if self.stop.is_set():
                        return
                    if not all(root.exists() for root in there):  # it was being removed: what is gone is not read
                        continue
                    outcome = self.synced(there)
                    yield outcome
                    done = seen if isinstance(outcome, Report) else None
                    if done is None:
                        self.bell.wait(self.pace.retry, self.roots)
                    continue
                self.bell.wait(self.pace.rescan, self.roots)
        finally:
            self.bell.close()

    def synced(self, there: Sequence[Path]) -> Report | Failure:
        try:
            return self.sync(there)
        except (IndexingError, OSError, sqlite3.Error) as error:  # a busy index, a full disk: both pass
            return error

    def look(self, there: Sequence[Path]) -> Seen:
        """Every file that would be read, with its size and time."""
        started = time.monotonic()
        found = set()
        for root in there:
            for path in discover(root, without=self.without, suffixes=self.suffixes).files:
                with suppress(OSError):
                    status = path.stat()
                    found.add((str(path), status.st_size, status.st_mtime_ns))
        self.bell.looking_takes(time.monotonic() - started)
        return frozenset(found)

    def settled(self, there: Sequence[Path], seen: Seen) -> Seen:
        """What is there when nothing has changed for a moment: a file may still be on its way."""
        end = time.monotonic() + self.pace.quiet_at_most
        while not self.stop.wait(self.pace.quiet) and time.monotonic() < end:
            now = self.look(there)
            if now == seen:
                break
            seen = now
        return seen


def _vanished(root: Path) -> str:
    return f"{root} is not there now; its documents are kept, and it is watched for its return."


class _Bell:
    """Rings when something may have changed; by the clock alone where the system sends no notifications."""

    def __init__(self, stop: threading.Event, polling: bool, pace: Pace) -> None:
        self._stop, self._polling, self._pace = stop, polling, pace
        self._poll = pace.poll
        self._watched: dict[Path, tuple[int, int]] = {}
        self._changes: Iterator | None = None

    def looking_takes(self, seconds: float) -> None:
        """Looking must not keep the machine busy: at most a twentieth of the time."""
        self._poll = max(self._pace.poll, 20 * seconds)

    def watch(self, there: Sequence[Path]) -> None:
        """Listen at these paths, which may be others than before, or new ones of the same name."""
        wanted = _identities(there)
        if self._polling or wanted == self._watched:
            return
        self.close()
        self._watched = wanted
        if wanted:
            self._changes = self._listening(list(wanted))

    def _listening(self, paths: Sequence[Path]) -> Iterator | None:
        from watchfiles import watch as notified

        changes = notified(
            *paths,
            watch_filter=None,
            debounce=100,
            step=50,
            stop_event=self._stop,
            rust_timeout=max(1, int(self._pace.glance * 1000)),
            yield_on_timeout=True,
            ignore_permission_denied=True,
        )
        return changes

    def wait(self, seconds: float, roots: Sequence[Path]) -> None:
        """Return when something may have changed, a path came or went, ``stop`` is set, or the time is over."""
        end = time.monotonic() + (seconds if self._changes else min(seconds, self._poll))
        before = _identities(roots)
        while not self._stop.is_set() and time.monotonic() < end:
            if self._changes is None:
                self._stop.wait(min(self._pace.glance, max(0.0, end - time.monotonic())))
            else:
                try:
                    if next(self._changes, None):
                        return
                except (OSError, RuntimeError):  # too many folders for the system, or no notifications at all
                    self._polling, self._changes = True, None
                    return
            if _identities(roots) != before:
                return

    def close(self) -> None:
        """Stop listening."""
        if self._changes is not None:
            self._changes.close()  # type: ignore[attr-defined]
        self._changes, self._watched = None, {}


def _identities(paths: Sequence[Path]) -> dict[Path, tuple[int, int]]:
    """The paths that are there, each with what tells a new folder from an old one of the same name."""
    found = {}
    for path in paths:
        with suppress(OSError):
            status = path.stat()
            found[path] = (status.st_dev, status.st_ino)
    return found
