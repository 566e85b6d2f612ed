"""Everything that a data folder holds in open formats: a line of JSON for each document, passage and conversation."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path

from footnoted.index.store.catalog import Catalog
from footnoted.index.store.database import damaged
from footnoted.index.store.home import Home
from footnoted.index.store.private import private_folder, write_private


def export(home: Home, folder: Path) -> dict[str, int]:
    """Write ``documents.jsonl``, ``passages.jsonl`` and ``conversations.jsonl``; returns how many lines each has.

    ``documents.jsonl`` is a corpus that ``footnote add`` reads. A passage is ``text[start:end]`` of its document.
    """
    private_folder(folder)
    catalog = Catalog(home.catalog)
    try:
        return {
            "documents": _written(folder / "documents.jsonl", _documents(catalog)),
            "passages": _written(folder / "passages.jsonl", _passages(catalog)),
            "conversations": _written(folder / "conversations.jsonl", _conversations(home)),
        }
    finally:
        catalog.close()


def _written(path: Path, lines: Iterable[dict]) -> int:
    count = 0
    with write_private(path) as file:
        for line in lines:
            file.write(json.dumps(line) + "\n")
            count += 1
    return count


def _documents(catalog: Catalog) -> Iterator[dict]:
    for row in catalog.documents():
        yield {
            "id": row["source"], "title": row["title"], "text": catalog.content(row["content_id"]).text,
            "document_id": row["document_id"], "path": row["path"], "media_type": row["media_type"],
            "collection": row["collection"], "date": row["date"], "added_at": row["added_at"],
            "metadata": json.loads(row["metadata"]) | json.loads(row["labels"]),
        }  # fmt: skip


def _passages(catalog: Catalog) -> Iterator[dict]:
    rows = catalog.read(
        'SELECT source, passages.id, start, "end", heading, page, location, text FROM passages'
        " JOIN documents ON documents.content_id = passages.content_id ORDER BY source, start"
    )
    for row in rows:
        yield dict(row)


def _conversations(home: Home) -> Iterator[dict]:
    path = home.folder / "conversations.sqlite3"
    if not path.is_file():
        return
    try:
        with closing(sqlite3.connect(path)) as kept:
            kept.row_factory = sqlite3.Row
            for row in kept.execute("SELECT * FROM conversations ORDER BY created_at"):
                turns = kept.execute("SELECT * FROM turns WHERE conversation = ? ORDER BY id", (row["id"],))
                yield dict(row) | {"turns": [dict(turn) | {"answer": json.loads(turn["answer"])} for turn in turns]}
    except (sqlite3.Error, ValueError) as error:
        raise damaged(path, str(error)[:100]) from error
