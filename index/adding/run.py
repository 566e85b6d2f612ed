"""One run of ``add``: documents are collected until a batch is full, then stored and acknowledged.

The order of writing makes every moment safe to die in. New text, passages, vectors and words are stored first; one
catalog transaction then points the documents to them (that is the acknowledgement); only then is the old content
deleted. What a killed run left behind belongs to no document, is never shown, and is removed by the next writer.
"""

from __future__ import annotations

import json
import re
import stat
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from footnoted.index.adding.changes import examined, reading
from footnoted.index.adding.contents import BATCH_PASSAGES, content_key, store
from footnoted.index.adding.time_left import Workload
from footnoted.index.errors import LoadError
from footnoted.index.loaders.load import load_isolated
from footnoted.index.loaders.own_loaders import OwnLoaders
from footnoted.index.pages.fetch import Fetcher
from footnoted.index.pages.sitemap import MOST_PAGES
from footnoted.index.store.catalog import FileRecord
from footnoted.index.store.live import LiveIndex
from footnoted.index.types import DEFAULT_COLLECTION, LoadedDocument, Progress


@dataclass(frozen=True, slots=True)
class Given:
    """What the caller said about the documents when adding them; see :meth:`footnoted.index.index.Index.add`."""

    collection: str | None = None
    labels: Mapping[str, str | int | float] | None = None
    password: str | None = None
    fetcher: Fetcher = Fetcher()
    most_pages: int = MOST_PAGES


@dataclass(slots=True)
class Tally:
    """The report while it is being made."""

    total: int
    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)
    unsupported: list[str] = field(default_factory=list)
    notes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    embedded: int = 0
    documents: int = 0


@dataclass(frozen=True, slots=True)
class _Pending:
    """A document read and cut, waiting for its batch."""

    row: dict
    key: str
    document: LoadedDocument
    is_new: bool


class Run:
    """One ``add`` under way."""

    def __init__(
        self, live: LiveIndex, loaders: OwnLoaders, tally: Tally, progress: Callable | None, given: Given,
        workload: Workload,
    ) -> None:  # fmt: skip
        self.live, self.catalog, self.loaders = live, live.catalog, loaders
        self.tally, self.progress, self.given, self.workload = tally, progress, given, workload
        self.current = ""
        self.of_roots: dict[str, str | None] = {}
        self.pending: list[_Pending] = []
        self.files: list[tuple[FileRecord, set[str]]] = []
        self.weight = 0

    def file(self, path: Path, root: str) -> None:
        """Read one file if it changed; its documents wait in the batch."""
        before = self.catalog.file(str(path))
        self.tell(path.name)
        try:
            record, same = examined(path, root, before, bool(self.given.password), reading(self.loaders.version(path)))
            record = self.filed(record, before)
            if same:
                self.unchanged(record, before)
                return
            loaded = self.loaders.load(path) or load_isolated(path, password=self.given.password)
        except LoadError as error:
            self.failed(path, root, str(error))
            return
        except OSError as error:
            self.failed(path, root, f"{path.name} cannot be read: {error.strerror or error}.", again=True)
            return
        notes = tuple(note for document in loaded.documents if document.record_id is None for note in document.notes)
        notes += tuple(loaded.problems)
        if notes:
            self.tally.notes[str(path)] = notes
        self.documents(path, replace(record, notes=notes), loaded.documents)

    def filed(self, record: FileRecord, before: FileRecord | None) -> FileRecord:
        """The record with the collection and labels that are given now, were given before, or belong to its folder."""
        if record.root not in self.of_roots:
            self.of_roots[record.root] = self.catalog.collection_of_root(record.root) if record.root else None
        usual = before.collection if before else self.of_roots[record.root] or DEFAULT_COLLECTION
        labels = self.given.labels if self.given.labels is not None else before.labels if before else {}
        return replace(record, collection=self.given.collection or usual, labels=dict(labels))

    def documents(self, path: Path | str, record: FileRecord, documents: Iterable[LoadedDocument]) -> None:
        known = self.catalog.sources_of_path(str(path))
        named = self._named(path, documents)
        keys = {source: content_key(document, self.live.embeddings.identity) for source, document in named.items()}
        new = [source for source, key in keys.items() if known.get(source) != key]
        self.workload.read(str(path), sum(len(named[source].text) for source in new) if new else None)
        self.tally.total += len(named) - 1
        for source, document in named.items():
            key = keys[source]
            self._sort(source, known.get(source), key)
            row = _document_row(source, path, document, record.mtime_ns)
            self.pending.append(_Pending(row, key, document, known.get(source) != key))
            if known.get(source) != key:
                self.weight += max(1, len(document.text) // 800)
            if self.weight >= BATCH_PASSAGES or len(self.pending) >= 1000:
                self.flush()
        self.files.append((record, set(named)))

    def _named(self, path: Path | str, documents: Iterable[LoadedDocument]) -> dict[str, LoadedDocument]:
        """The documents of a file by source."""
        named: dict[str, LoadedDocument] = {}
        for document in documents:
            source = str(path) if document.record_id is None else f"{path}#{document.record_id}"
            if source in named:
                self.tally.skipped[source] = (
                    f"{_name(path)} has the id {document.record_id!r} twice: the first one was kept."
                )
            else:
                named[source] = document
        return named

    def _sort(self, source: str, before: str | None, key: str) -> None:
        heap = self.tally.added if before is None else self.tally.unchanged if before == key else self.tally.changed
        heap.append(source)

    def unchanged(self, record: FileRecord, before: FileRecord | None) -> None:
        self.workload.read(record.path, None)
        self.tally.documents += 1
        if before is not None and before.error:
            self.tally.skipped[record.path] = before.error
            return
        if before != record:
            with self.catalog.transaction() as connection:
                self.catalog.upsert_file(connection, record)
        self.tally.unchanged.extend(self.catalog.sources_of_path(record.path))
        if record.notes:
            self.tally.notes[record.path] = record.notes

    def failed(self, path: Path | str, root: str, reason: str, *, again: bool = False) -> None:
        """Record the failure, so that the list can show it; an earlier good version stays searchable.

        ``again``: the file may become readable without changing (permissions, a network drive), so look next time.
        """
        self.workload.read(str(path), None)
        self.tally.documents += 1
        if self.catalog.sources_of_path(str(path)):
            reason += " The version read before is kept."
        self.tally.skipped[str(path)] = reason
        size, mtime = -1, 0
        if not again:
            with suppress(OSError):
                status = Path(path).stat()
                size, mtime = status.st_size, status.st_mtime_ns
        before = self.catalog.file(str(path))
        if before and isinstance(path, str):  # of a web page that is gone, what the last version was
            size, root = before.size, root or before.root
        parser = reading(self.loaders.version(path))
        record = FileRecord(str(path), root, size, mtime, "", parser, reason, (), time.time_ns())
        record = self.filed(record, before)
        with self.catalog.transaction() as connection:
            self.catalog.upsert_file(connection, record)

    def flush(self) -> None:
        """Store the batch: content, vectors and words first, then the one transaction that makes it visible."""
        catalog = self.catalog
        fresh = {
            item.key: item.document for item in self.pending if item.is_new and catalog.content_id(item.key) is None
        }
        waiting = sum(len(item.document.text) for item in self.pending if item.is_new)

        def part_stored(characters: int) -> None:
            nonlocal waiting
            waiting -= characters
            self.workload.embedded(characters)
            self.tell(self.current)

        self.tally.embedded += store(self.live, fresh, part_stored)
        self.workload.embedded(waiting)  # the same text under another name, and the white space between passages
        with catalog.transaction() as connection:
            for item in self.pending:
                content = catalog.content_id(item.key)
                catalog.upsert_document(connection, item.row | {"content_id": content})
            for record, sources in self.files:
                gone = set(catalog.sources_of_path(record.path)) - sources
                catalog.remove_sources(connection, gone)
                self.tally.removed.extend(sorted(gone))
                catalog.upsert_file(connection, record)
        self.tally.documents += len(self.pending)
        self.pending, self.files, self.weight = [], [], 0
        self.tell("")

    def prune(self, folder: Path, present: set[str]) -> None:
        """Remove what is gone from a folder; an empty or unreachable folder removes nothing."""
        inside = [path for path in self.catalog.paths() if Path(path).is_relative_to(folder)]
        gone = [path for path in inside if path not in present and _is_gone(Path(path))]
        if gone and not any(Path(path).is_relative_to(folder) for path in present):
            self.tally.notes[str(folder)] = (
                f"The folder {folder} holds no readable file now; its {len(gone)} documents were kept. "
                "Use 'footnote remove' to remove them.",
            )
            return
        for path in gone:
            self.tally.removed.extend(sorted(self.catalog.sources_of_path(path)))
            with self.catalog.transaction() as connection:
                self.catalog.remove_file(connection, path)

    def tell(self, current: str) -> None:
        """Report how far this has come; ``current`` is what is being read, or empty when a batch was stored."""
        self.current = current or self.current
        if self.progress is not None:
            tally, workload = self.tally, self.workload
            self.progress(
                Progress(tally.documents, tally.total, tally.embedded, current, workload.done, workload.total)
            )


def _is_gone(path: Path) -> bool:
    """Whether there is certainly no such file any more; one that cannot be reached may still be there."""
    try:
        return stat.S_ISDIR(path.stat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False


def _name(path: Path | str) -> str:
    """What a document is called when it has no title: its file's name, or a page's address."""
    return path.name if isinstance(path, Path) else path


def _document_row(source: str, path: Path | str, document: LoadedDocument, mtime_ns: int) -> dict:
    return {
        "source": source,
        "path": str(path),
        "document_id": document.record_id if document.record_id is not None else _name(path),
        "title": document.title or (_name(path) if document.record_id is None else document.record_id),
        "media_type": document.media_type,
        "notes": json.dumps(document.notes),
        "metadata": json.dumps(dict(document.metadata), ensure_ascii=False),
        "added_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "date": _date(document, mtime_ns),
    }


def _date(document: LoadedDocument, mtime_ns: int) -> str:
    """The document's own date; else, but for a record of a corpus, the day its file last changed (in UTC)."""
    own = re.match(r"\d{4}-\d{2}-\d{2}", str(document.metadata.get("date", "")))
    if own or document.record_id is not None:
        return own.group() if own else ""
    return datetime.fromtimestamp(mtime_ns / 1e9, UTC).date().isoformat()
