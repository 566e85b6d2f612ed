"""Which files have to be read again: those whose size, time or bytes have changed, or that are read differently now.

A file whose size and time did not change costs one ``stat``; one whose bytes did not change, one hash.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Container, Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from footnoted.index.adding.chunk import CHUNKER_VERSION
from footnoted.index.loaders.load import PARSER_VERSION
from footnoted.index.loaders.own_loaders import OwnLoaders
from footnoted.index.store.catalog import Catalog, FileRecord

_RACY_NS = 2_000_000_000  # a file recorded within two seconds of its last change may have changed again unseen


def reading(own: str = "") -> str:
    """The versions that a document is read and cut with; when they change, every file is read again.

    ``own`` is the version of a program's own loader; see ``OwnLoaders.version``.
    """
    return f"{PARSER_VERSION}{own}.{CHUNKER_VERSION}"


def to_read(catalog: Catalog, loaders: OwnLoaders, files: Iterable[tuple[Path, str]], retry: bool) -> dict[str, int]:
    """The sizes in bytes of the files that will have to be read, judging by size and time."""
    sizes: dict[str, int] = {}
    for path, _ in files:
        with suppress(OSError):
            status = path.stat()
            if not _untouched(status, catalog.file(str(path)), retry, reading(loaders.version(path))):
                sizes[str(path)] = status.st_size
    return sizes


def unsupported(path: str, suffixes: Container[str]) -> bool:
    """Whether a path was skipped because no loader reads its file type."""
    return os.path.isfile(path) and not os.path.islink(path) and Path(path).suffix.lower() not in suffixes


def _untouched(status: os.stat_result, before: FileRecord | None, retry: bool, parser: str) -> bool:
    """Whether a file is as it was recorded, without reading it. ``retry``: one that failed is read again."""
    if before is None or before.parser != parser or (retry and before.error):
        return False
    settled = before.recorded_ns - before.mtime_ns > _RACY_NS
    return settled and (status.st_size, status.st_mtime_ns) == (before.size, before.mtime_ns)


def examined(path: Path, root: str, before: FileRecord | None, retry: bool, parser: str) -> tuple[FileRecord, bool]:
    """What to record about a file, and whether its bytes (and its parser) are those of the last time."""
    status = path.stat()
    current = before is not None and before.parser == parser
    if before is not None and _untouched(status, before, retry, parser):
        return replace(before, root=root or before.root), True
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    record = FileRecord(
        path=str(path),
        root=root or (before.root if before else ""),
        size=status.st_size,
        mtime_ns=status.st_mtime_ns,
        sha256=digest,
        parser=parser,
        error="",
        notes=before.notes if before else (),
        recorded_ns=time.time_ns(),
    )
    same = before is not None and current and not before.error and before.sha256 == digest
    return record, same
