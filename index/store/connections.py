"""Connections to one SQLite file in WAL mode: one for each thread, and closing them while others read is safe."""

from __future__ import annotations

import sqlite3
import threading
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from footnoted.index.errors import IndexClosed
from footnoted.index.store.database import ERRORS, is_damage, row_digest, unusable
from footnoted.index.store.private import private_file

CACHE_KB = 256  # of each connection, of which a server has one for each thread; the system caches the file anyway
CLOSING_SECONDS = 10.0  # to wait for a thread that is in the middle of a transaction


class _Held:
    """A thread's connection, closed when the thread ends: a server's threads come and go: its files would run out.

    Not left to the connection itself, which is part of a cycle and stays until the garbage collector comes by. The
    lock is held while the thread uses it: SQLite crashes when a connection is closed in the middle of a query.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self.lock = threading.RLock()

    def close(self) -> None:
        if self.lock.acquire(timeout=CLOSING_SECONDS):
            try:
                self.connection.close()
            finally:
                self.lock.release()

    __del__ = close


class Connections:
    """Any number of reading threads and processes, one writer at a time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()
        self._all: weakref.WeakSet[_Held] = weakref.WeakSet()
        self._guard = threading.Lock()
        self._closed = self._made = False

    def read(self, query: str, values: Sequence[object] = ()) -> list[sqlite3.Row]:
        """The rows of a query that changes nothing. Raises IndexClosed after :meth:`close`."""
        held = self._own()
        with held.lock:
            self._require_open()
            try:
                return held.connection.execute(query, values).fetchall()
            except ERRORS as error:
                if is_damage(error):
                    raise unusable(error, self._path) from error
                raise

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing: commits at the end of the block, rolls back on any exception."""
        held = self._own()
        with held.lock:
            self._require_open()
            connection = held.connection
            try:
                connection.execute("BEGIN IMMEDIATE")
                yield connection
                connection.execute("COMMIT")
            except BaseException as error:
                if connection.in_transaction:  # a full disk, for one, has ended it already
                    connection.execute("ROLLBACK")
                if isinstance(error, ERRORS) and is_damage(error):
                    raise unusable(error, self._path) from error
                raise

    def close(self) -> None:
        """Close the connections of all threads, each when its thread is not using it."""
        with self._guard:
            self._closed = True
            known = list(self._all)
            self._all.clear()
        for held in known:
            held.close()
        self._local = threading.local()

    def _require_open(self) -> None:
        if self._closed:
            raise IndexClosed("The index was closed while it was in use: open it again.")

    def _own(self) -> _Held:
        held: _Held | None = getattr(self._local, "held", None)
        if held is None:
            self._require_open()
            try:
                held = _Held(self._opened())
            except ERRORS as error:
                raise unusable(error, self._path) from error
            self._local.held = held
            with self._guard:
                self._all.add(held)
        return held

    def _opened(self) -> sqlite3.Connection:
        # Only the first connection may make the file: a later one that finds none must not begin an empty catalog.
        path = self._path if self._made else private_file(self._path)
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=30, isolation_level=None, check_same_thread=False
        )
        self._made = True
        connection.row_factory = sqlite3.Row
        connection.text_factory = _decoded
        connection.create_function("row_digest", -1, row_digest, deterministic=True)
        connection.create_function("folded", 1, str.casefold, deterministic=True)  # SQLite's own knows ASCII only
        connection.execute("PRAGMA journal_mode = WAL")
        # FULL: what was acknowledged survives a power cut too, not only kill -9.
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute(f"PRAGMA cache_size = -{CACHE_KB}")
        return connection


def _decoded(data: bytes) -> str:
    """A text also where a damaged byte makes it no UTF-8: its digest tells that it is not what was stored."""
    return data.decode("utf-8", "replace")
