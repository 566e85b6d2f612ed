"""Reading files from strangers in separate processes, with limits on time and memory.

A small pool of worker processes (``loaders.worker``) is kept and reused, so that not every file has to wait for
Python to start. A worker that hangs, crashes or grows too large is killed and its file gets a ``LoadError``.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import selectors
import struct
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import footnoted
from footnoted.index.errors import LoadError
from footnoted.index.loaders.registry import IN_PROCESS, Loaded, loader_name, read_file

# Where this package was found, for a worker whose path may not lead there; a checkout is found by its installation.
_FOLDERS = [str(Path(folder).parent) for folder in footnoted.__path__ if Path(folder).is_dir()]
_START = "import sys; sys.path[:0] = sys.argv[1:]; from footnoted.index.loaders.worker import main; main()"
_LOOK_EVERY = 0.05  # seconds between two looks at a worker's memory
_FILES_PER_WORKER = 200  # then a fresh one starts, so that no parser's leak adds up
_MOST_IDLE = 4


@dataclass(frozen=True, slots=True)
class Limits:
    """What reading one file may take: ``seconds`` of wall clock and ``megabytes`` of memory.

    A reading that reports each step of its work (recognising page after page) has ``seconds`` for every step, and
    ``most_seconds`` in all.
    """

    seconds: float = 120.0
    megabytes: int = 1500
    most_seconds: float = 3600.0


class _Failed(Exception):
    """Why a worker gave no answer."""


def load_isolated(
    path: str | Path, *, password: str | None = None, charset: str | None = None, limits: Limits = Limits()
) -> Loaded:
    """Like ``load``, but a file that hangs, crashes or eats memory is a ``LoadError`` and nothing more.

    Plain text formats cannot do any of that and are read in this process. Safe to call from several threads.
    ``charset`` is an encoding declared from outside, by a web server.
    """
    from footnoted.index.loaders.worker import rebuilt

    path = Path(path)
    if loader_name(path) in IN_PROCESS:
        return read_file(path, password, charset=charset)
    request = {
        "path": os.fsencode(path.absolute()).hex(),
        "password": password,
        "charset": charset,
        "seconds": limits.seconds,
        "megabytes": limits.megabytes,
    }
    try:
        message = _POOL.ask(request, limits)
    except _Failed as error:
        raise LoadError(f"{path.name} could not be read: {error}.") from error
    return rebuilt(message)


class _Worker:
    """One worker process and its pipes."""

    def __init__(self) -> None:
        # -P and our own path: the current folder must not decide what is imported.
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-c", _START, *_FOLDERS],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
        )
        assert self.process.stdin is not None and self.process.stdout is not None
        self.input, self.output = self.process.stdin, self.process.stdout
        self.files = 0

    def ask(self, request: dict[str, Any], limits: Limits) -> dict[str, Any]:
        """Send a request and wait for the answer as long as the limits allow; raises ``_Failed``."""
        self.files += 1
        data = json.dumps(request).encode("ascii")
        try:
            self.input.write(struct.pack(">I", len(data)) + data)
        except OSError as error:
            raise _Failed("the reading process ended") from error
        last = time.monotonic() + limits.most_seconds
        message: dict[str, Any] = {"working": True}
        while "working" in message:
            end = min(last, time.monotonic() + limits.seconds)
            (length,) = struct.unpack(">I", self._receive(4, end, limits))
            if length > limits.megabytes * 1_000_000:
                raise _Failed("its text is too large")
            message = json.loads(self._receive(length, end, limits))
        if message.get("error") == "LoadError" and message["peak"] > 0.8 * limits.megabytes:
            # Parsers that run out of memory report anything but that.
            raise _Failed(f"reading it needed more than {limits.megabytes} MB of memory")
        return message

    def _receive(self, length: int, end: float, limits: Limits) -> bytes:
        data = bytearray()
        with selectors.DefaultSelector() as selector:
            selector.register(self.output, selectors.EVENT_READ)
            while len(data) < length:
                if time.monotonic() > end:
                    raise _Failed(f"reading it took longer than {limits.seconds:g} seconds")
                if self._megabytes() > limits.megabytes:
                    raise _Failed(f"reading it needed more than {limits.megabytes} MB of memory")
                if selector.select(_LOOK_EVERY):
                    piece = os.read(self.output.fileno(), min(1 << 20, length - len(data)))
                    if not piece:
                        raise _Failed("the program that reads it crashed, so the file is probably damaged")
                    data += piece
        return bytes(data)

    def _megabytes(self) -> float:
        """Resident memory now; 0 where the system does not say (then only the worker's own limit applies)."""
        try:
            pages = Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]
        except (OSError, IndexError):
            return 0.0
        return int(pages) * os.sysconf("SC_PAGE_SIZE") / 1_000_000

    def stop(self) -> None:
        """Kill the process at once and free its pipes."""
        self.process.kill()
        self.process.wait()
        for pipe in (self.input, self.output):
            with contextlib.suppress(OSError):
                pipe.close()


class _Pool:
    """Workers that wait for the next file; each serves one thread at a time."""

    def __init__(self) -> None:
        self._idle: list[_Worker] = []
        self._lock = threading.Lock()

    def ask(self, request: dict[str, Any], limits: Limits) -> dict[str, Any]:
        """Let a worker answer; one that fails is killed, a healthy one goes back into the pool."""
        worker = self._take()
        healthy = False
        try:
            message = worker.ask(request, limits)
            healthy = True
            return message
        finally:
            if healthy and worker.files < _FILES_PER_WORKER:
                self._give_back(worker)
            else:
                worker.stop()

    def _take(self) -> _Worker:
        with self._lock:
            while self._idle:
                worker = self._idle.pop()
                if worker.process.poll() is None:
                    return worker
                worker.stop()
        return _Worker()

    def _give_back(self, worker: _Worker) -> None:
        with self._lock:
            if len(self._idle) < _MOST_IDLE:
                self._idle.append(worker)
                return
        worker.stop()

    def close(self) -> None:
        """Stop all waiting workers."""
        with self._lock:
            idle, self._idle = self._idle, []
        for worker in idle:
            worker.stop()


_POOL = _Pool()
atexit.register(_POOL.close)
# A forked child must not talk to its parent's workers.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_POOL.__init__)  # type: ignore[misc]


def close_workers() -> None:
    """Stop the waiting workers; the next file starts a new one."""
    _POOL.close()
