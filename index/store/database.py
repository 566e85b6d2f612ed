"""The SQLite files of a data folder: damage is found by hashes and said in one sentence, not taken for emptiness."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from footnoted.index.errors import HomeUnusable, TextDamaged
from footnoted.index.store.private import private_file, private_folder

RESTORE = "'footnote restore BACKUP --replace' brings back what a backup holds"
# How SQLite, Chroma, tantivy and the system say that a disk, a quota or a file is full.
FULL = ("disk is full", "No space left", "os error 28", "Disk quota", "File too large", "os error 27", "(code: 778)")
NOTHING = 500_000  # bytes left on a disk on which a store failed: it is full, whatever the store says
# What SQLite raises; a message about a damaged name may be no UTF-8 itself, which Python's module does not expect.
ERRORS = (sqlite3.Error, UnicodeDecodeError)
_OURS = (sqlite3.ProgrammingError, sqlite3.IntegrityError)  # mistakes of a program, not of a file
_BROKEN = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR)
_TABLES = {
    "catalog.sqlite": {"meta", "contents", "passages", "files", "documents"},
    "accounts.sqlite3": {"users", "tokens", "sessions", "collections", "shares"},
    "conversations.sqlite3": {"conversations", "turns"},
}


def row_digest(*values: str | int | bytes | None) -> bytes:
    """A hash of what a row holds, 16 bytes: SQLite notices no change inside a text. A text counts as its UTF-8."""
    digest = hashlib.blake2b(digest_size=16)
    for value in values:
        kind = "text" if isinstance(value, (str, bytes)) else type(value).__name__
        data = value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")
        digest.update(f"{kind} {len(data)} ".encode())
        digest.update(data)
    return digest.digest()


def full_disk(folder: Path) -> HomeUnusable:
    """The error for a disk without room."""
    return HomeUnusable(
        f"The disk of the data folder {folder} is full: make room and run the same command again; what was "
        "reported as done is kept."
    )


def is_full(error: Exception, folder: Path) -> bool:
    """Whether a store failed because there is no room."""
    if any(sign in str(error) for sign in FULL):
        return True
    return folder.is_dir() and shutil.disk_usage(folder).free < NOTHING


def is_damage(error: Exception) -> bool:
    """Whether a file is broken, rather than busy or used wrongly."""
    if isinstance(error, UnicodeDecodeError):
        return True
    if isinstance(error, _OURS):
        return False
    code = (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF
    return code in _BROKEN or any(sign in str(error) for sign in ("no such table", "no such column", "decode"))


def unusable(error: Exception, path: Path) -> HomeUnusable:
    """One sentence for what SQLite says of a file."""
    if is_full(error, path.parent):
        return full_disk(path.parent)
    if is_damage(error):
        return damaged(path, _reason(error))
    return HomeUnusable(f"{path} cannot be read or written ({_reason(error)}): check its disk and its permissions.")


def damaged(path: Path, reason: str) -> HomeUnusable:
    """The error for a file that is broken or gone."""
    return HomeUnusable(f"{path} is damaged or cannot be opened ({reason}): {RESTORE}.")


def text_damaged(source: str) -> TextDamaged:
    """The error for a text that is not what was stored."""
    return TextDamaged(
        f"The stored text of {source} is damaged and is not shown: run 'footnote doctor --repair', then 'footnote add' "
        "with this file reads it again; or restore a backup with 'footnote restore'."
    )


def _reason(error: Exception) -> str:
    return " ".join(str(error).split())[:100]  # SQLite quotes the text that it cannot read


def examined(path: Path, *, thorough: bool = True) -> str:
    """What is wrong with a database, as one sentence; empty for a sound one, or where none is.

    Without ``thorough`` only its tables are listed, not all its pages read.
    """
    if not os.path.lexists(path):
        return ""
    if not path.is_file() or not path.stat().st_size:
        return str(damaged(path, "the file is empty" if path.is_file() else "it is no file"))
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=10)) as connection:
            connection.text_factory = bytes
            found = "ok"
            if thorough:
                found = connection.execute("PRAGMA quick_check(1)").fetchone()[0].decode("utf-8", "replace")
            names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    except ERRORS as error:
        return str(unusable(error, path))
    missing = _TABLES.get(path.name, set()) - {name.decode("utf-8", "replace") for (name,) in names}
    reason = found if found != "ok" else f"it has no table {min(missing)!r}" if missing else ""
    return str(damaged(path, " ".join(reason.split())[:100])) if reason else ""


class Database:
    """One connection to a small SQLite file, for any thread; several processes may have it open."""

    def __init__(self, path: Path, schema: str) -> None:
        """Open the file, or make it with this schema. Raises HomeUnusable for one that is damaged."""
        self.path = path
        self._lock = threading.RLock()
        private_folder(path.parent)
        if not os.path.lexists(path):
            _make(path, schema)
        if path.is_file() and not path.stat().st_size:
            raise damaged(path, "the file is empty")
        with self._said():
            self._connection = _connected(path, schema)

    def rows(self, sql: str, values: Sequence[object] = ()) -> list[tuple]:
        """The rows of a query that changes nothing. Raises HomeUnusable."""
        with self._lock, self._said(), closing(self._connection.execute(sql, tuple(values))) as cursor:
            return cursor.fetchall()

    @contextmanager
    def changing(self) -> Iterator[sqlite3.Connection]:
        """All or nothing. Raises HomeUnusable where it cannot be written."""
        with self._lock, self._said(), self._connection:
            yield self._connection

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def _said(self) -> Iterator[None]:
        try:
            yield
        except _OURS:
            raise
        except ERRORS as error:
            raise unusable(error, self.path) from error


def _connected(path: Path, schema: str) -> sqlite3.Connection:
    connection = sqlite3.connect(path, check_same_thread=False, timeout=10)
    try:
        with connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA foreign_keys = ON")
            connection.executescript(schema)
    except ERRORS:
        connection.close()
        raise
    return connection


def _make(path: Path, schema: str) -> None:
    """A new file appears with its tables: an empty one is a damaged one, even after a kill."""
    partial = private_file(path.with_name(f".{path.name}.{secrets.token_hex(4)}"))
    try:
        _connected(partial, schema).close()
        with suppress(FileExistsError):  # another process was first
            os.link(partial, path)
    except (OSError, sqlite3.Error):  # a disk without links, or that cannot be written, which opening will say
        private_file(path)
        with suppress(sqlite3.Error):
            _connected(path, schema).close()
    finally:
        for leftover in partial.parent.glob(f"{partial.name}*"):
            leftover.unlink(missing_ok=True)
