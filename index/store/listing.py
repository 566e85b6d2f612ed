"""The list of documents in an index, and removing documents by the names that the list shows."""

from __future__ import annotations

import json
from pathlib import Path

from footnoted.index.errors import SourceNotFound
from footnoted.index.pages.page_url import is_url
from footnoted.index.store.catalog import Catalog
from footnoted.index.types import DocumentInfo


def documents(catalog: Catalog) -> list[DocumentInfo]:
    """Every document, and every file that could not be read, by source."""
    rows = catalog.documents()
    listed = [_info(row) for row in rows]
    known = {row["path"] for row in rows}
    for record in catalog.files():
        if record.error and record.path not in known:
            listed.append(
                DocumentInfo(
                    record.path, Path(record.path).name, Path(record.path).name, "failed", record.error, (), "",
                    0, 0, 0, record.size, "", record.path, record.collection,
                )
            )  # fmt: skip
    return sorted(listed, key=lambda info: info.source)


def remove(catalog: Catalog, source: str) -> list[str]:
    """Remove a document, a file with all its records, or everything below a folder; returns their sources.

    Raises SourceNotFound when nothing of that name is there.
    """
    given = source.rstrip("/") if is_url(source) else str(Path(source).expanduser().resolve())
    every = catalog.documents()
    row = catalog.document(source)
    gone = [row["source"]] if row else [held["source"] for held in every if _is_below(held["path"], given)]
    failed = [record.path for record in catalog.files() if record.error]
    files = [path for path in failed if path == source or _is_below(path, given) or Path(path).name == source]
    if not gone and not files:
        raise unknown(source)
    with catalog.transaction() as connection:
        paths = {held["path"] for held in every if held["source"] in set(gone)} | set(files)
        catalog.remove_sources(connection, gone)
        for path in paths:
            left = connection.execute("SELECT count(*) FROM documents WHERE path = ?", (path,)).fetchone()[0]
            if left:  # the file no longer matches what is stored of it: look at it again next time
                connection.execute("UPDATE files SET sha256 = '', size = -1 WHERE path = ?", (path,))
            else:
                catalog.remove_file(connection, path)
    return gone or files


def unknown(source: str) -> SourceNotFound:
    """The error for a name that no document has."""
    return SourceNotFound(f"No document called {source} is in the index: 'footnote list' shows what is.")


def _is_below(path: str, given: str) -> bool:
    return path == given or path.startswith(given + "/")


def _info(row) -> DocumentInfo:
    sections = json.loads(row["sections"])
    return DocumentInfo(
        source=row["source"],
        document_id=row["document_id"],
        title=row["title"],
        status="ready",
        error=row["error"],
        notes=tuple(json.loads(row["notes"])),
        media_type=row["media_type"],
        passages=row["passages"],
        pages=sum(1 for section in sections if section["number"] is not None),
        characters=row["characters"],
        bytes=row["size"],
        added_at=row["added_at"],
        path=row["path"],
        collection=row["collection"],
        date=row["date"],
        metadata=json.loads(row["metadata"]) | json.loads(row["labels"]),
    )
