"""The plan of a reindex under way: a SQLite file beside the new stores that says which texts are done, and how.

It is deleted when the catalog has taken it over. A killed reindex goes on from it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from footnoted.index.store.private import private_file

_SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
-- ``stands_for`` is the content whose passages these are: another one with the same key, or itself.
CREATE TABLE contents (
    id INTEGER PRIMARY KEY, key TEXT NOT NULL, stands_for INTEGER NOT NULL, stored INTEGER NOT NULL DEFAULT 0);
CREATE INDEX contents_by_key ON contents (key);
CREATE TABLE passages (
    id INTEGER PRIMARY KEY, content_id INTEGER NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL,
    heading TEXT NOT NULL, text TEXT NOT NULL, page INTEGER, location TEXT NOT NULL,
    columns TEXT NOT NULL);
CREATE INDEX passages_of_content ON passages (content_id)
"""


class DraftPassage(NamedTuple):
    """A passage as it will be in the catalog."""

    id: int
    content_id: int
    start: int
    end: int
    heading: str
    text: str
    page: int | None
    location: str
    columns: str = ""


class Draft:
    """One connection of one process; the caller holds the reindex lock.

    Raises:
        sqlite3.Error: the file cannot be read or written; ``Draft.destroy`` and begin again.
    """

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(private_file(path), isolation_level=None)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")
        with self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            if not self._connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                for statement in _SCHEMA.split(";\n"):
                    self._connection.execute(statement)

    def close(self) -> None:
        self._connection.close()

    def get(self, key: str) -> str:
        row = self._connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return row[0] if row else ""

    def note(self, key: str, value: str) -> None:
        self._connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    def begin(self, contents: Iterable[tuple[int, str]], passages: Iterable[DraftPassage]) -> list[int]:
        """Record contents (id, key) and their passages as under way; returns the ids of those that need none.

        A content whose key is there already shares the passages of that one, and its own are left out.
        """
        shared: list[int] = []
        with self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            for content, key in contents:
                twin = self._connection.execute(
                    "SELECT id FROM contents WHERE key = ? AND stands_for = id", (key,)
                ).fetchone()
                if twin:
                    shared.append(content)
                row = (content, key, twin[0] if twin else content, int(bool(twin)))
                self._connection.execute("INSERT INTO contents VALUES (?, ?, ?, ?)", row)
            aside = set(shared)
            self._connection.executemany(
                "INSERT INTO passages VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (passage for passage in passages if passage.content_id not in aside),
            )
        return shared

    def finish(self, contents: Iterable[int]) -> None:
        """Record that their passages are in both new stores."""
        with self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.executemany("UPDATE contents SET stored = 1 WHERE id = ?", [(one,) for one in contents])

    def done(self) -> set[int]:
        """The contents whose passages are in the new stores."""
        return self._ids("SELECT id FROM contents WHERE stored = 1")

    def under_way(self) -> set[int]:
        """The contents that a killed reindex had begun."""
        return self._ids("SELECT id FROM contents WHERE stored = 0")

    def forget(self, contents: Iterable[int]) -> list[int]:
        """Remove contents and those that share their passages; returns the ids of the passages removed with them."""
        gone: list[int] = []
        with self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            for content in contents:
                rows = self._connection.execute("SELECT id FROM passages WHERE content_id = ?", (content,))
                gone.extend(row[0] for row in rows)
                self._connection.execute("DELETE FROM passages WHERE content_id = ?", (content,))
                self._connection.execute("DELETE FROM contents WHERE id = ? OR stands_for = ?", (content, content))
        return gone

    def contents_of(self, passages: Iterable[int]) -> set[int]:
        """The contents that these passages belong to."""
        find = "SELECT content_id FROM passages WHERE id = ?"
        return {row[0] for number in passages for row in self._connection.execute(find, (number,))}

    def passage_ids(self) -> set[int]:
        return self._ids("SELECT id FROM passages")

    def contents(self) -> Iterator[tuple[int, str, int]]:
        """(content id, key, the content whose passages it shares)."""
        yield from self._connection.execute("SELECT id, key, stands_for FROM contents ORDER BY id")

    def passages(self) -> Iterator[DraftPassage]:
        for row in self._connection.execute("SELECT * FROM passages ORDER BY id"):
            yield DraftPassage(*row)

    def _ids(self, query: str) -> set[int]:
        return {row[0] for row in self._connection.execute(query)}


def progress_of(path: Path) -> tuple[str, int] | None:
    """The model and the number of texts done of an unfinished reindex, for a report; ``None`` if there is none."""
    if not path.is_file():
        return None
    try:
        with closing(sqlite3.connect(path)) as connection:
            model = connection.execute("SELECT value FROM meta WHERE key = 'identity'").fetchone()
            done = connection.execute("SELECT count(*) FROM contents WHERE stored = 1").fetchone()
    except sqlite3.Error:
        return None
    return (model[0] if model else "", done[0])
