"""The catalog (SQLite) is the truth: documents, their text, passages as spans, and what the index was built with."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence, Set
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from footnoted.index.adding.chunk import Span, read_back
from footnoted.index.errors import TextDamaged
from footnoted.index.search.filters import Condition
from footnoted.index.store import schema
from footnoted.index.store.connections import Connections
from footnoted.index.store.database import ERRORS, text_damaged, unusable
from footnoted.index.store.schema import sections_of
from footnoted.index.text.blocks import Structure, packed, unpacked
from footnoted.index.text.structure import structure_of
from footnoted.index.types import DEFAULT_COLLECTION, Heading, LoadedDocument, section_at

_MOST_BLOCKS = 200_000  # in memory, of the documents that were asked for last: about 30 MB
_HELD = " WHERE content_id IN (SELECT content_id FROM documents)"


@dataclass(frozen=True, slots=True)
class FileRecord:
    """What is recorded about a file, to see whether it has changed. ``error`` is empty when it was read.

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
    """A passage joined with one document that has it."""

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
    columns: str = ""


class Catalog:
    """One SQLite file in WAL mode: any number of reading threads and processes, one writer at a time."""

    def __init__(self, path: Path) -> None:
        self._connections = Connections(path)
        self._kept: OrderedDict[int, Structure] = OrderedDict()  # by content, the ones asked for last at the end
        self._kept_guard = threading.Lock()
        self._damaged: set[int] = set()  # contents that were not what was stored
        try:
            schema.prepare(self._connections, path)
        except ERRORS as error:
            raise unusable(error, path) from error

    def transaction(self) -> AbstractContextManager[sqlite3.Connection]:
        """All or nothing: commits at the end of the block, rolls back on any exception."""
        return self._connections.transaction()

    def close(self) -> None:
        """Close the connections of all threads; reading afterwards raises IndexClosed."""
        self._connections.close()

    # What the index was built with -------------------------------------------------------------------------------

    def get(self, key: str, default: str = "") -> str:
        row = self.first("SELECT value FROM meta WHERE key = ?", key)
        return row[0] if row else default

    def set(self, key: str, value: str) -> None:
        with self.transaction() as connection:
            connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    def read(self, query: str, *values: object) -> list[sqlite3.Row]:
        """The rows of a query that changes nothing."""
        return self._connections.read(query, values)

    def first(self, query: str, *values: object) -> sqlite3.Row | None:
        """The first row of such a query, if it has any."""
        rows = self._connections.read(query, values)
        return rows[0] if rows else None

    def edition(self) -> int:
        """The number of the live build of the derived indexes, from 1: see :mod:`footnoted.index.adding.reindex`."""
        return int(self.get("edition", "1"))

    def generation(self) -> int:
        """A number that grows with every change of the derived indexes: tells other processes to reopen them."""
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
        row = self.first("SELECT id FROM contents WHERE key = ?", key)
        return row[0] if row else None

    def insert_content(
        self, connection: sqlite3.Connection, key: str, document: LoadedDocument, spans: Sequence[Span]
    ) -> tuple[int, list[int]]:
        """Store a text with its passages; returns its id and theirs. No document points to it yet."""
        cursor = connection.execute(
            "INSERT INTO contents (key, text, title, sections, headings, blocks, digest)"
            " VALUES (?1, ?2, ?3, ?4, ?5, ?6, row_digest(?2, ?3, ?4, ?5, ?6))",
            (
                key,
                document.text,
                document.title,
                json.dumps([asdict(section) for section in document.sections]),
                json.dumps([asdict(heading) for heading in document.headings]),
                packed(document.blocks) if document.blocks else None,
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
                    'INSERT INTO passages (content_id, start, "end", heading, text, page, location, columns, digest)'
                    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, row_digest(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8))",
                    (*row, *where, span.columns),
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
        rows = self.read("SELECT id FROM contents WHERE id NOT IN (SELECT content_id FROM documents)")
        return [(row[0], self.passage_ids(row[0])) for row in rows]

    def delete_contents(self, contents: Iterable[int]) -> None:
        with self.transaction() as connection:
            connection.executemany("DELETE FROM contents WHERE id = ?", [(content,) for content in contents])

    # Reading -----------------------------------------------------------------------------------------------------

    def passage_ids(self, content: int) -> list[int]:
        rows = self.read("SELECT id FROM passages WHERE content_id = ? ORDER BY id", content)
        return [row[0] for row in rows]

    def file(self, path: str) -> FileRecord | None:
        row = self.first("SELECT * FROM files WHERE path = ?", path)
        return _file(row) if row else None

    def collection_of_root(self, root: str) -> str | None:
        """The collection that the files of an added folder are in, if they are all in one."""
        found = self.read("SELECT DISTINCT collection FROM files WHERE root = ? LIMIT 2", root)
        return found[0][0] if len(found) == 1 else None

    def collections(self) -> list[sqlite3.Row]:
        """Name, number of documents and number of passages of every collection, by name."""
        return self.read(
            "SELECT coalesce(files.collection, 'default') AS name, count(*) AS documents,"
            " sum((SELECT count(*) FROM passages WHERE passages.content_id = documents.content_id)) AS passages"
            " FROM documents LEFT JOIN files ON files.path = documents.path GROUP BY 1 ORDER BY 1"
        )

    def files(self) -> list[FileRecord]:
        rows = self.read("SELECT * FROM files ORDER BY path")
        return [_file(row) for row in rows]

    def paths(self) -> list[str]:
        """All recorded files, readable or not."""
        return [row[0] for row in self.read("SELECT path FROM files ORDER BY path")]

    def sources_of_path(self, path: str) -> dict[str, str]:
        """Sources that came from a file, each with the key of its content."""
        rows = self.read(
            "SELECT source, key FROM documents JOIN contents ON contents.id = content_id WHERE path = ?", path
        )
        return {row[0]: row[1] for row in rows}

    def documents(self) -> list[sqlite3.Row]:
        """Every document with the counts that a list shows, ordered by source."""
        return self.read(
            "SELECT documents.*, contents.sections, length(contents.text) AS characters,"
            " (SELECT count(*) FROM passages WHERE passages.content_id = contents.id) AS passages,"
            " coalesce(files.size, 0) AS size, coalesce(files.error, '') AS error,"
            " coalesce(files.collection, 'default') AS collection, coalesce(files.labels, '{}') AS labels"
            " FROM documents JOIN contents ON contents.id = content_id LEFT JOIN files ON files.path = documents.path"
            " ORDER BY source"
        )

    def document(self, name: str) -> sqlite3.Row | None:
        """The document whose source is ``name``, or whose own id is, when only one has it."""
        columns = "SELECT * FROM documents WHERE "
        row = self.first(columns + "source = ?", name)
        if row:
            return row
        rows = self.read(columns + "document_id = ? LIMIT 2", name)
        return rows[0] if len(rows) == 1 else None

    def content(self, content: int) -> LoadedDocument:
        """The stored text with its sections and headings. Raises KeyError, TextDamaged."""
        row = self.first(
            f"SELECT *, digest = row_digest({schema.DIGESTED_CONTENT}) AS whole FROM contents WHERE id = ?", content
        )
        if row is None:
            raise KeyError(content)
        if not row["whole"]:
            raise text_damaged(self._noted(content))
        return LoadedDocument(
            text=row["text"],
            title=row["title"],
            sections=sections_of(row["sections"]),
            headings=tuple(Heading(**heading) for heading in json.loads(row["headings"])),
            blocks=unpacked(row["blocks"]) if row["blocks"] else (),
        )

    def structure(self, source: str) -> Structure:
        """The blocks of a document's text and its language; nothing for a source that is not there."""
        row = self.first("SELECT content_id FROM documents WHERE source = ?", source)
        return self._structure(row[0]) if row else Structure(())

    def _structure(self, content: int) -> Structure:
        """Ids of contents are never used again, so what was read once stays right."""
        with self._kept_guard:
            if content in self._kept:
                self._kept.move_to_end(content)
                return self._kept[content]
        try:
            document = self.content(content)
        except (KeyError, TextDamaged):  # removed a moment ago, or left out with a notice
            return Structure(())
        structure = structure_of(document)
        with self._kept_guard:
            self._kept[content] = structure
            while len(self._kept) > 1 and sum(len(one.blocks) for one in self._kept.values()) > _MOST_BLOCKS:
                self._kept.popitem(last=False)
        return structure

    def excerpt(self, content: int, start: int, end: int) -> str:
        """``text[start:end]`` of a stored text; empty if it was removed in the meantime, or does not read back.

        It is compared with the passages, which together have every character that is not white space: a hash of the
        whole text would take longer for a long one.
        """
        rows = self.read("SELECT substr(text, ?, ?) FROM contents WHERE id = ?", start + 1, end - start, content)
        passages = self.read(
            'SELECT start, text FROM passages WHERE content_id = ? AND "end" > ? AND start < ? ORDER BY start',
            content, start, end,
        )  # fmt: skip
        text = rows[0][0] if rows and passages else ""
        if text and not read_back(text, start, [(row[0], row[1]) for row in passages]):
            self._noted(content)
            return ""
        return text

    def _noted(self, content: int) -> str:
        """Remember that a text is damaged; returns the source of a document that has it."""
        self._damaged.add(content)
        rows = self.read("SELECT source FROM documents WHERE content_id = ? ORDER BY source LIMIT 1", content)
        return rows[0][0] if rows else "a removed document"

    def has_damage(self) -> bool:
        """Whether a document was left out because its stored text is not what was stored, and still is."""
        held = "SELECT 1 FROM documents WHERE content_id = ? LIMIT 1"
        return any(self.first(held, content) for content in tuple(self._damaged))

    def sources_named(self, names: Iterable[str]) -> list[str]:
        """The sources of the documents with these names (sources, or own ids that only one document has)."""
        rows = [self.document(name) for name in names]
        return [row["source"] for row in rows if row is not None]

    def contents_where(self, condition: Condition) -> list[int]:
        """The ids of the contents of the documents that match this condition, in order."""
        rows = self.read(
            "SELECT DISTINCT content_id FROM documents LEFT JOIN files ON files.path = documents.path"
            f" WHERE {condition.sql} ORDER BY content_id",
            *condition.values,
        )
        return [row[0] for row in rows]

    def passages(self, ids: Sequence[int], condition: Condition | None = None) -> dict[int, StoredPassage]:
        """Passages that some document (matching this condition) has, by id; ids that no document has are left out.

        Where several documents have the same text, the first source in alphabetical order stands for them.
        """
        also, values = ("", ()) if condition is None else (f" AND {condition.sql}", condition.values)
        files = "" if condition is None else " LEFT JOIN files ON files.path = documents.path"
        result: dict[int, StoredPassage] = {}
        for start in range(0, len(ids), 500):
            part = ids[start : start + 500]
            marks = ",".join("?" * len(part))
            rows = self.read(
                'SELECT passages.id, passages.content_id, start, "end", heading, text, source, document_id,'
                f" documents.title, page, location, columns, digest = row_digest({schema.DIGESTED_PASSAGE}) AS whole"
                " FROM passages"
                f" JOIN documents ON documents.content_id = passages.content_id{files}"
                f" WHERE passages.id IN ({marks}){also} ORDER BY source DESC",
                *part,
                *values,
            )
            for row in rows:
                if row["whole"]:
                    result[row["id"]] = StoredPassage(*tuple(row)[:-1])
                else:
                    self._noted(row["content_id"])
        return result

    def all_passages(self, after: int = 0, most: int = 1000) -> list[sqlite3.Row]:
        """Up to ``most`` passages with an id above ``after``, with what is embedded of them, for rebuilding."""
        return self.read(
            "SELECT passages.id, passages.content_id, title, heading, passages.text, passages.columns"
            " FROM passages JOIN contents ON contents.id = content_id WHERE passages.id > ?"
            " ORDER BY passages.id LIMIT ?",
            after,
            most,
        )

    def count_passages(self, *, held: bool = False) -> int:
        """The number of passages; ``held``: only of those whose text belongs to a document."""
        return self.read("SELECT count(*) FROM passages" + (_HELD if held else ""))[0][0]

    def all_passage_ids(self, *, held: bool = False) -> Set[int]:
        """The ids of all passages; ``held``: only of those whose text belongs to a document."""
        return {row[0] for row in self.read("SELECT id FROM passages" + (_HELD if held else ""))}

    def count_documents(self) -> int:
        return self.read("SELECT count(*) FROM documents")[0][0]


def _file(row: sqlite3.Row) -> FileRecord:
    return FileRecord(**(dict(row) | {"notes": tuple(json.loads(row["notes"])), "labels": json.loads(row["labels"])}))
