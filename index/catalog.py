"""The catalog (SQLite) is the truth: documents, their text, passages as spans, and what the index was built with."""

from __future__ import annotations

import json
import sqlite3
import threading
import weakref
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from index.chunk import Span
from index.errors import HomeUnusable
from index.filters import Condition
from index.types import DEFAULT_COLLECTION, Heading, LoadedDocument, Section, section_at

SCHEMA_VERSION = 2

_SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
-- A text as a loader gave it, once, however many documents have it. AUTOINCREMENT: ids are never used again, because
-- the vector store silently ignores an id it has seen.
CREATE TABLE contents (
    id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE, text TEXT NOT NULL, title TEXT NOT NULL,
    sections TEXT NOT NULL, headings TEXT NOT NULL);
CREATE TABLE passages (
    id INTEGER PRIMARY KEY AUTOINCREMENT, content_id INTEGER NOT NULL REFERENCES contents (id) ON DELETE CASCADE,
    start INTEGER NOT NULL, "end" INTEGER NOT NULL, heading TEXT NOT NULL,
    -- Kept although the span says it all: cutting it out of a text of megabytes takes milliseconds for each passage.
    text TEXT NOT NULL DEFAULT '', page INTEGER, location TEXT NOT NULL DEFAULT '');
CREATE INDEX passages_of_content ON passages (content_id);
CREATE TABLE files (
    path TEXT PRIMARY KEY, root TEXT NOT NULL, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, sha256 TEXT NOT NULL,
    parser TEXT NOT NULL, error TEXT NOT NULL, notes TEXT NOT NULL, recorded_ns INTEGER NOT NULL,
    collection TEXT NOT NULL DEFAULT 'default', labels TEXT NOT NULL DEFAULT '{}');
CREATE INDEX files_of_collection ON files (collection);
CREATE TABLE documents (
    id INTEGER PRIMARY KEY AUTOINCREMENT, source TEXT NOT NULL UNIQUE, path TEXT NOT NULL, document_id TEXT NOT NULL,
    title TEXT NOT NULL, media_type TEXT NOT NULL, notes TEXT NOT NULL, metadata TEXT NOT NULL,
    content_id INTEGER NOT NULL REFERENCES contents (id), added_at TEXT NOT NULL, date TEXT NOT NULL DEFAULT '');
CREATE INDEX documents_of_path ON documents (path);
CREATE INDEX documents_of_content ON documents (content_id);
CREATE INDEX documents_by_id ON documents (document_id);
"""
# What each version added to the one before; ``_fill_passages`` then writes the new columns of passages.
_MIGRATIONS = {
    "1": """
ALTER TABLE passages ADD COLUMN text TEXT NOT NULL DEFAULT '';
ALTER TABLE passages ADD COLUMN page INTEGER;
ALTER TABLE passages ADD COLUMN location TEXT NOT NULL DEFAULT '';
ALTER TABLE files ADD COLUMN collection TEXT NOT NULL DEFAULT 'default';
ALTER TABLE files ADD COLUMN labels TEXT NOT NULL DEFAULT '{}';
CREATE INDEX files_of_collection ON files (collection);
ALTER TABLE documents ADD COLUMN date TEXT NOT NULL DEFAULT '';
UPDATE documents SET date = coalesce((SELECT strftime('%Y-%m-%d', mtime_ns / 1000000000, 'unixepoch')
    FROM files WHERE files.path = documents.path AND mtime_ns > 0), '') WHERE source = path
"""
}
_HELD = " WHERE content_id IN (SELECT content_id FROM documents)"


@dataclass(frozen=True, slots=True)
class FileRecord:
    """What is remembered of a file, to tell whether it changed. ``error`` is empty when it was read.

    ``collection`` and ``labels`` (metadata given by hand) belong to all documents of the file.
    """

    path: str
    root: str
    size: int
    mtime_ns: int
    sha256: str
    parser: str
    error: str
    notes: tuple[str, ...]
    recorded_ns: int
    collection: str = DEFAULT_COLLECTION
    labels: Mapping[str, str | int | float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StoredPassage:
    """A passage joined with one document that holds it."""

    id: int
    content_id: int
    start: int
    end: int
    heading: str
    text: str
    source: str
    document_id: str
    title: str
    page: int | None
    location: str


class _Held:
    """A thread's connection, closed when the thread ends: a server's threads come and go, its files would run out.

    Not left to the connection itself, which is part of a cycle and stays until the garbage collector comes by.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    def close(self) -> None:
        self.connection.close()

    __del__ = close


class Catalog:
    """One SQLite file in WAL mode: any number of reading threads and processes, one writer at a time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()
        self._connections: weakref.WeakSet[_Held] = weakref.WeakSet()
        self._guard = threading.Lock()
        try:
            self._prepare()
        except sqlite3.Error as error:
            raise HomeUnusable(
                f"The catalog {path} cannot be opened ({error}): check that its folder is writable and not damaged."
            ) from error

    def _prepare(self) -> None:
        with self.transaction() as connection:
            tables = connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'meta'").fetchone()[0]
            if not tables:
                for statement in _SCHEMA.split(";\n"):
                    connection.execute(statement)
                connection.execute("INSERT INTO meta VALUES ('schema', ?)", (str(SCHEMA_VERSION),))
                connection.execute("INSERT INTO meta VALUES ('generation', '0')")
        self._migrate()
        version = self.get("schema")
        if version != str(SCHEMA_VERSION):
            raise HomeUnusable(
                f"The data folder {self._path.parent} has layout version {version}; this Footnote reads version "
                f"{SCHEMA_VERSION}: use the Footnote that made it, or another --home."
            )

    def _migrate(self) -> None:
        """Bring a catalog of an earlier version to this one, all or nothing."""
        while self.get("schema") in _MIGRATIONS:
            with self.transaction() as connection:
                version = connection.execute("SELECT value FROM meta WHERE key = 'schema'").fetchone()[0]
                if version not in _MIGRATIONS:  # another process was first
                    return
                for statement in _MIGRATIONS[version].split(";\n"):
                    connection.execute(statement)
                _fill_passages(connection)
                connection.execute("UPDATE meta SET value = ? WHERE key = 'schema'", (str(int(version) + 1),))

    @property
    def _connection(self) -> sqlite3.Connection:
        held: _Held | None = getattr(self._local, "held", None)
        if held is None:
            connection = sqlite3.connect(self._path, timeout=30, isolation_level=None, check_same_thread=False)
            held = _Held(connection)
            connection.row_factory = sqlite3.Row
            connection.create_function("folded", 1, str.casefold, deterministic=True)  # SQLite's own knows ASCII only
            connection.execute("PRAGMA journal_mode = WAL")
            # FULL: what was acknowledged survives a power cut too, not only kill -9.
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA foreign_keys = ON")
            self._local.held = held
            with self._guard:
                self._connections.add(held)
        return held.connection

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing: commits at the end of the block, rolls back on any exception."""
        connection = self._connection
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:  # a full disk, for one, has ended it already
                connection.execute("ROLLBACK")
            raise

    def close(self) -> None:
        """Close the connections of all threads."""
        with self._guard:
            for held in list(self._connections):
                held.close()
            self._connections.clear()
        self._local = threading.local()

    # What the index was built with -------------------------------------------------------------------------------

    def get(self, key: str, default: str = "") -> str:
        row = self._connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return row[0] if row else default

    def set(self, key: str, value: str) -> None:
        with self.transaction() as connection:
            connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    def read(self, query: str, *values: object) -> list[sqlite3.Row]:
        """The rows of a query that changes nothing."""
        return self._connection.execute(query, values).fetchall()

    def edition(self) -> int:
        """Which making of the derived indexes is the live one, from 1: see :mod:`index.reindex`."""
        return int(self.get("edition", "1"))

    def generation(self) -> int:
        """A number that grows with every change of the derived indexes: tells other processes to open them anew."""
        return int(self.get("generation", "0"))

    def advance(self) -> int:
        """Count one change of the derived indexes; returns the new generation."""
        with self.transaction() as connection:
            row = connection.execute(
                "UPDATE meta SET value = CAST(CAST(value AS INTEGER) + 1 AS TEXT) WHERE key = 'generation'"
                " RETURNING value"
            ).fetchone()
        return int(row[0])

    # Writing -----------------------------------------------------------------------------------------------------

    def content_id(self, key: str) -> int | None:
        row = self._connection.execute("SELECT id FROM contents WHERE key = ?", (key,)).fetchone()
        return row[0] if row else None

    def insert_content(
        self, connection: sqlite3.Connection, key: str, document: LoadedDocument, spans: Sequence[Span]
    ) -> tuple[int, list[int]]:
        """Store a text with its passages; returns its id and theirs. No document points to it yet."""
        cursor = connection.execute(
            "INSERT INTO contents (key, text, title, sections, headings) VALUES (?, ?, ?, ?, ?)",
            (
                key,
                document.text,
                document.title,
                json.dumps([asdict(section) for section in document.sections]),
                json.dumps([asdict(heading) for heading in document.headings]),
            ),
        )
        content = cursor.lastrowid
        assert content is not None
        ids = []
        for span in spans:
            section = section_at(document.sections, span.start)
            row = (content, span.start, span.end, span.heading, document.text[span.start : span.end])
            where = (section.number, section.label) if section else (None, "")
            ids.append(
                connection.execute(
                    'INSERT INTO passages (content_id, start, "end", heading, text, page, location)'
                    " VALUES (?, ?, ?, ?, ?, ?, ?)",
                    row + where,
                ).lastrowid
            )
        return content, ids  # type: ignore[return-value]

    def upsert_document(self, connection: sqlite3.Connection, row: dict) -> None:
        """Point a source to a content: from this commit on, its old text is gone and its new one is there."""
        connection.execute(
            "INSERT INTO documents"
            " (source, path, document_id, title, media_type, notes, metadata, content_id, added_at, date)"
            " VALUES (:source, :path, :document_id, :title, :media_type, :notes, :metadata, :content_id, :added_at,"
            " :date) ON CONFLICT (source) DO UPDATE SET path = :path, document_id = :document_id, title = :title,"
            " media_type = :media_type, notes = :notes, metadata = :metadata, content_id = :content_id, date = :date,"
            " added_at = iif(content_id = :content_id, added_at, :added_at)",
            {"date": ""} | row,
        )

    def upsert_file(self, connection: sqlite3.Connection, record: FileRecord) -> None:
        values = asdict(record) | {"notes": json.dumps(record.notes), "labels": json.dumps(dict(record.labels))}
        connection.execute(
            "INSERT OR REPLACE INTO files"
            " (path, root, size, mtime_ns, sha256, parser, error, notes, recorded_ns, collection, labels) VALUES"
            " (:path, :root, :size, :mtime_ns, :sha256, :parser, :error, :notes, :recorded_ns, :collection, :labels)",
            values,
        )

    def set_collection(self, path: str, collection: str) -> None:
        """Move a file with all its documents to a collection."""
        with self.transaction() as connection:
            connection.execute("UPDATE files SET collection = ? WHERE path = ?", (collection, path))

    def remove_sources(self, connection: sqlite3.Connection, sources: Iterable[str]) -> None:
        connection.executemany("DELETE FROM documents WHERE source = ?", [(source,) for source in sources])

    def remove_file(self, connection: sqlite3.Connection, path: str) -> None:
        connection.execute("DELETE FROM documents WHERE path = ?", (path,))
        connection.execute("DELETE FROM files WHERE path = ?", (path,))

    def orphans(self) -> list[tuple[int, list[int]]]:
        """Contents that no document points to, with the ids of their passages."""
        rows = self._connection.execute(
            "SELECT id FROM contents WHERE id NOT IN (SELECT content_id FROM documents)"
        ).fetchall()
        return [(row[0], self.passage_ids(row[0])) for row in rows]

    def delete_contents(self, contents: Iterable[int]) -> None:
        with self.transaction() as connection:
            connection.executemany("DELETE FROM contents WHERE id = ?", [(content,) for content in contents])

    # Reading -----------------------------------------------------------------------------------------------------

    def passage_ids(self, content: int) -> list[int]:
        rows = self._connection.execute("SELECT id FROM passages WHERE content_id = ? ORDER BY id", (content,))
        return [row[0] for row in rows]

    def file(self, path: str) -> FileRecord | None:
        row = self._connection.execute("SELECT * FROM files WHERE path = ?", (path,)).fetchone()
        return _file(row) if row else None

    def collection_of_root(self, root: str) -> str | None:
        """The collection that the files of an added folder are in, if they are all in one."""
        rows = self._connection.execute("SELECT DISTINCT collection FROM files WHERE root = ? LIMIT 2", (root,))
        found = rows.fetchall()
        return found[0][0] if len(found) == 1 else None

    def collections(self) -> list[sqlite3.Row]:
        """Name, number of documents and number of passages of every collection, by name."""
        return self._connection.execute(
            "SELECT coalesce(files.collection, 'default') AS name, count(*) AS documents,"
            " sum((SELECT count(*) FROM passages WHERE passages.content_id = documents.content_id)) AS passages"
            " FROM documents LEFT JOIN files ON files.path = documents.path GROUP BY 1 ORDER BY 1"
        ).fetchall()

    def files(self) -> list[FileRecord]:
        rows = self._connection.execute("SELECT * FROM files ORDER BY path").fetchall()
        return [_file(row) for row in rows]

    def paths(self) -> list[str]:
        """The files that are known, readable or not."""
        return [row[0] for row in self.read("SELECT path FROM files ORDER BY path")]

    def sources_of_path(self, path: str) -> dict[str, str]:
        """Sources that came from a file, each with the key of its content."""
        rows = self._connection.execute(
            "SELECT source, key FROM documents JOIN contents ON contents.id = content_id WHERE path = ?", (path,)
        )
        return {row[0]: row[1] for row in rows}

    def documents(self) -> list[sqlite3.Row]:
        """Every document with the counts that a list shows, ordered by source."""
        return self._connection.execute(
            "SELECT documents.*, contents.sections, length(contents.text) AS characters,"
            " (SELECT count(*) FROM passages WHERE passages.content_id = contents.id) AS passages,"
            " coalesce(files.size, 0) AS size, coalesce(files.error, '') AS error,"
            " coalesce(files.collection, 'default') AS collection, coalesce(files.labels, '{}') AS labels"
            " FROM documents JOIN contents ON contents.id = content_id LEFT JOIN files ON files.path = documents.path"
            " ORDER BY source"
        ).fetchall()

    def document(self, name: str) -> sqlite3.Row | None:
        """The document whose source is ``name``, or whose own id is, when only one has it."""
        columns = "SELECT * FROM documents WHERE "
        row = self._connection.execute(columns + "source = ?", (name,)).fetchone()
        if row:
            return row
        rows = self._connection.execute(columns + "document_id = ? LIMIT 2", (name,)).fetchall()
        return rows[0] if len(rows) == 1 else None

    def content(self, content: int) -> LoadedDocument:
        """The stored text with its sections and headings. Raises KeyError."""
        row = self._connection.execute("SELECT * FROM contents WHERE id = ?", (content,)).fetchone()
        if row is None:
            raise KeyError(content)
        return LoadedDocument(
            text=row["text"],
            title=row["title"],
            sections=_sections(row["sections"]),
            headings=tuple(Heading(**heading) for heading in json.loads(row["headings"])),
        )

    def excerpt(self, content: int, start: int, end: int) -> str:
        """``text[start:end]`` of a stored text; empty when it was removed meanwhile."""
        rows = self.read("SELECT substr(text, ?, ?) FROM contents WHERE id = ?", start + 1, end - start, content)
        return rows[0][0] if rows else ""

    def headings(self, source: str) -> list[tuple[int, int]]:
        """The spans of a document's text that are headings."""
        row = self._connection.execute(
            "SELECT headings FROM contents JOIN documents ON content_id = contents.id WHERE source = ?", (source,)
        ).fetchone()
        return [(heading["start"], heading["end"]) for heading in json.loads(row[0])] if row else []

    def sources_named(self, names: Iterable[str]) -> list[str]:
        """The sources of the documents of these names (sources, or own ids that only one document has)."""
        rows = [self.document(name) for name in names]
        return [row["source"] for row in rows if row is not None]

    def contents_where(self, condition: Condition) -> list[int]:
        """The ids of the contents that documents of this condition have, in order."""
        rows = self._connection.execute(
            "SELECT DISTINCT content_id FROM documents LEFT JOIN files ON files.path = documents.path"
            f" WHERE {condition.sql} ORDER BY content_id",
            condition.values,
        )
        return [row[0] for row in rows]

    def passages(self, ids: Sequence[int], condition: Condition | None = None) -> dict[int, StoredPassage]:
        """Passages that some document (of this condition) holds, by id; ids that none holds (any more) are left out.

        Where several documents have the same text, the first source in alphabetical order stands for them.
        """
        also, values = ("", ()) if condition is None else (f" AND {condition.sql}", condition.values)
        files = "" if condition is None else " LEFT JOIN files ON files.path = documents.path"
        result: dict[int, StoredPassage] = {}
        for start in range(0, len(ids), 500):
            part = ids[start : start + 500]
            marks = ",".join("?" * len(part))
            rows = self._connection.execute(
                'SELECT passages.id, passages.content_id, start, "end", heading, text, source, document_id,'
                " documents.title, page, location FROM passages"
                f" JOIN documents ON documents.content_id = passages.content_id{files}"
                f" WHERE passages.id IN ({marks}){also} ORDER BY source DESC",
                (*part, *values),
            )
            for row in rows:
                result[row["id"]] = StoredPassage(*row)
        return result

    def all_passages(self, after: int = 0, most: int = 1000) -> list[sqlite3.Row]:
        """Up to ``most`` passages with an id above ``after``, with what is embedded of them, for rebuilding."""
        return self._connection.execute(
            "SELECT passages.id, passages.content_id, title, heading, passages.text"
            " FROM passages JOIN contents ON contents.id = content_id WHERE passages.id > ?"
            " ORDER BY passages.id LIMIT ?",
            (after, most),
        ).fetchall()

    def count_passages(self, *, held: bool = False) -> int:
        """The number of passages; ``held``: only of those whose text belongs to a document."""
        return self._connection.execute("SELECT count(*) FROM passages" + (_HELD if held else "")).fetchone()[0]

    def all_passage_ids(self, *, held: bool = False) -> Set[int]:
        """The ids of all passages; ``held``: only of those whose text belongs to a document."""
        return {row[0] for row in self._connection.execute("SELECT id FROM passages" + (_HELD if held else ""))}

    def count_documents(self) -> int:
        return self._connection.execute("SELECT count(*) FROM documents").fetchone()[0]


def _file(row: sqlite3.Row) -> FileRecord:
    return FileRecord(**(dict(row) | {"notes": tuple(json.loads(row["notes"])), "labels": json.loads(row["labels"])}))


def _fill_passages(connection: sqlite3.Connection) -> None:
    """Write text, page and location of passages that a catalog of version 1 has only as spans."""
    for content, text, sections in connection.execute("SELECT id, text, sections FROM contents").fetchall():
        parts = _sections(sections)
        for number, start, end in connection.execute(
            'SELECT id, start, "end" FROM passages WHERE content_id = ?', (content,)
        ).fetchall():
            section = section_at(parts, start)
            connection.execute(
                "UPDATE passages SET text = ?, page = ?, location = ? WHERE id = ?",
                (text[start:end], section.number if section else None, section.label if section else "", number),
            )


def _sections(text: str) -> tuple[Section, ...]:
    return tuple(Section(**section) for section in json.loads(text))
