"""The tables of the catalog, and how those of earlier versions are migrated."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

from footnoted.index.errors import HomeUnusable
from footnoted.index.store.connections import Connections
from footnoted.index.store.database import RESTORE
from footnoted.index.types import Section, section_at

SCHEMA_VERSION = 4

# What a row's digest is made of: all that a reader is shown of a text, and what says where it is.
# As bytes, because a text with a damaged byte may be no text any more.
DIGESTED_CONTENT = "CAST(text AS BLOB), CAST(title AS BLOB), CAST(sections AS BLOB), CAST(headings AS BLOB), blocks"
DIGESTED_PASSAGE = (
    'passages.content_id, start, "end", CAST(heading AS BLOB), CAST(text AS BLOB), page, CAST(location AS BLOB),'
    " CAST(columns AS BLOB)"
)
# What a data folder that has lost its catalog still holds; chroma.json may be there before anything is added.
_STORES = ("vectors", "keywords", "edition-*")

_SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
-- A text as a loader gave it, once, however many documents have it. AUTOINCREMENT: ids are never used again, because
-- the vector store silently ignores an id it has seen. ``blocks`` are packed by index/text/blocks.py; NULL for a text
-- that was read before there were blocks. ``digest`` is the row_digest of DIGESTED_CONTENT: no damaged text is shown.
CREATE TABLE contents (
    id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE, text TEXT NOT NULL, title TEXT NOT NULL,
    sections TEXT NOT NULL, headings TEXT NOT NULL, blocks BLOB, digest BLOB NOT NULL DEFAULT x'');
-- ``columns`` are the names of a table's columns, for the models that read a passage of its rows: not part of the span.
CREATE TABLE passages (
    id INTEGER PRIMARY KEY AUTOINCREMENT, content_id INTEGER NOT NULL REFERENCES contents (id) ON DELETE CASCADE,
    start INTEGER NOT NULL, "end" INTEGER NOT NULL, heading TEXT NOT NULL,
    -- Kept although the span says it all: cutting it out of a text of megabytes takes milliseconds for each passage.
    text TEXT NOT NULL DEFAULT '', page INTEGER, location TEXT NOT NULL DEFAULT '', columns TEXT NOT NULL DEFAULT '',
    digest BLOB NOT NULL DEFAULT x'');
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
# What each version added to the one before.
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
""",
    "2": """
ALTER TABLE contents ADD COLUMN blocks BLOB;
ALTER TABLE passages ADD COLUMN columns TEXT NOT NULL DEFAULT ''
""",
    "3": f"""
ALTER TABLE contents ADD COLUMN digest BLOB NOT NULL DEFAULT x'';
ALTER TABLE passages ADD COLUMN digest BLOB NOT NULL DEFAULT x'';
UPDATE contents SET digest = row_digest({DIGESTED_CONTENT});
UPDATE passages SET digest = row_digest({DIGESTED_PASSAGE})
""",
}


def prepare(connections: Connections, path: Path) -> None:
    """Create the tables in a new file, or migrate those of an earlier version, all or nothing.

    Raises HomeUnusable for a version that is not known, sqlite3.Error where the file cannot be used.
    """
    with connections.transaction() as connection:
        if not connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'meta'").fetchone()[0]:
            if any(found for name in _STORES for found in path.parent.glob(name)):
                raise HomeUnusable(
                    f"{path} is missing or empty, but the folder holds the search index of documents: {RESTORE}. To "
                    "begin with an empty index instead, delete the folder or choose another with --home."
                )
            for statement in _SCHEMA.split(";\n"):
                connection.execute(statement)
            connection.execute("INSERT INTO meta VALUES ('schema', ?)", (str(SCHEMA_VERSION),))
            connection.execute("INSERT INTO meta VALUES ('generation', '0')")
    while _version(connections) in _MIGRATIONS:
        _migrate(connections)
    if (version := _version(connections)) != str(SCHEMA_VERSION):
        raise HomeUnusable(
            f"The data folder {path.parent} has layout version {version}; this Footnote reads version "
            f"{SCHEMA_VERSION}: use the Footnote that made it, or another --home."
        )


def _version(connections: Connections) -> str:
    rows = connections.read("SELECT value FROM meta WHERE key = 'schema'")
    return rows[0][0] if rows else ""


def _migrate(connections: Connections) -> None:
    with connections.transaction() as connection:
        version = connection.execute("SELECT value FROM meta WHERE key = 'schema'").fetchone()[0]
        if version not in _MIGRATIONS:  # another process was first
            return
        for statement in _MIGRATIONS[version].split(";\n"):
            connection.execute(statement)
        if version == "1":
            _fill_passages(connection)
        connection.execute("UPDATE meta SET value = ? WHERE key = 'schema'", (str(int(version) + 1),))


def sections_of(text: str) -> tuple[Section, ...]:
    """The sections that a column holds as JSON."""
    return tuple(Section(**section) for section in json.loads(text))


def _fill_passages(connection: sqlite3.Connection) -> None:
    """Write text, page and location of passages that a catalog of version 1 has only as spans."""
    for content, text, sections in connection.execute("SELECT id, text, sections FROM contents").fetchall():
        parts = sections_of(sections)
        for number, start, end in connection.execute(
            'SELECT id, start, "end" FROM passages WHERE content_id = ?', (content,)
        ).fetchall():
            section = section_at(parts, start)
            connection.execute(
                "UPDATE passages SET text = ?, page = ?, location = ? WHERE id = ?",
                (text[start:end], section.number if section else None, section.label if section else "", number),
            )
