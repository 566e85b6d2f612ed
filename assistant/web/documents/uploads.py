"""Files and pages added from the browser: stored in pieces, indexed in a thread, with their progress and a report."""

from __future__ import annotations

import hashlib
import re
import secrets
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING

from footnoted.assistant.web.html import escaped, labelled, name
from footnoted.index.errors import IndexingError
from footnoted.index.store.private import private_folder
from footnoted.index.types import DEFAULT_COLLECTION

if TYPE_CHECKING:
    from footnoted.index import Index
    from footnoted.index.types import Progress, Report

UNSAFE_IN_NAMES = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|\u202a-\u202e\u2066-\u2069]')
LEFT_SECONDS = 86_400.0  # after which an upload that was not finished will not be
_PIECE = 1 << 20  # bytes


def upload_path(uploads: Path, filename: str, content_hash: str) -> Path:
    """Where an uploaded file is stored: by its content, so that no file replaces another of the same name."""
    safe = UNSAFE_IN_NAMES.sub("_", filename.replace("\\", "/").rsplit("/", 1)[-1])
    stem, dot, suffix = safe.strip(". ").rpartition(".")
    safe = f"{stem[:80]}{dot}{suffix[:20]}" if stem else safe.strip(". ")[:80] or "document"
    return uploads / content_hash[:16] / safe


def store_upload(uploads: Path, file: IO[bytes], filename: str | None, collection: str) -> Path:
    """Write an uploaded file below ``uploads`` piece by piece, never whole in memory; returns its path.

    Each collection has a folder of its own, so that the same file in two collections is two documents.
    """
    private_folder(uploads)
    partial = uploads / f".{secrets.token_hex(8)}.partial"
    digest = hashlib.sha256()
    try:
        with partial.open("wb") as target:
            while piece := file.read(_PIECE):
                digest.update(piece)
                target.write(piece)
        path = upload_path(uploads, filename or "document", digest.hexdigest())
        if collection != DEFAULT_COLLECTION:
            path = uploads / hashlib.sha256(collection.encode()).hexdigest()[:16] / path.relative_to(uploads)
        private_folder(path.parent)
        partial.rename(path)
    finally:
        partial.unlink(missing_ok=True)
    return path


def discard(index: Index, paths: Sequence[Path | str], uploads: Path) -> None:
    """Delete uploaded files that the index knows nothing of, because their upload was refused or failed."""
    for path in map(Path, paths):
        if path.is_relative_to(uploads) and index.catalog.file(str(path)) is None:
            with suppress(OSError):
                path.unlink(missing_ok=True)
                path.parent.rmdir()  # unless another file of the same content is in it


def discard_unreadable(index: Index, report: Report, uploads: Path) -> None:
    """Delete uploaded files that nobody can ever read, empty ones and those of an unknown kind, and forget them.

    A file that is damaged, or needs a password or text recognition, stays in the list with its reason.
    """
    for path in map(Path, report.skipped):
        if not path.is_relative_to(uploads) or not path.is_file():
            continue
        if not path.stat().st_size or path.suffix.lower() not in index.loaders.suffixes:
            with suppress(IndexingError, OSError):
                index.remove(str(path))
                path.unlink()
                path.parent.rmdir()


def sweep(index: Index, uploads: Path, seconds: float = LEFT_SECONDS) -> None:
    """Delete what interrupted uploads left behind: files older than a day that the index knows nothing of."""
    if uploads.is_dir():
        known, before = set(index.catalog.paths()), time.time() - seconds
        for path in list(uploads.rglob("*")):
            with suppress(OSError):
                if path.is_file() and str(path) not in known and path.stat().st_mtime < before:
                    path.unlink()
                    path.parent.rmdir()


@dataclass(slots=True)
class Job:
    """An upload that is being indexed; ``error`` is one sentence when all of it failed."""

    user: str
    files: int
    id: str = field(default_factory=lambda: secrets.token_urlsafe(9))
    progress: Progress | None = None
    report: Report | None = None
    error: str = ""
    done: bool = False
    waiting: bool = True
    began: float = field(default_factory=time.monotonic)
    paths: tuple[Path | str, ...] = ()


def add_in_background(
    index: Index, user: str, paths: Sequence[Path | str], collection: str | None = None,
    one_at_a_time: threading.Lock | None = None, allow: Sequence[str] = (),
    over: Callable[[Job], None] = lambda _: None,
) -> Job:  # fmt: skip
    """Start indexing files; the job is updated as it goes, and waits for ``one_at_a_time``.

    ``allow`` lists addresses that pages may be fetched from although they are not public. ``over`` is called
    with the job when it is done.
    """
    job = Job(user, len(paths), paths=tuple(paths))

    def update(progress: Progress) -> None:
        job.progress = progress

    def work() -> None:
        with one_at_a_time or threading.Lock():
            job.waiting, job.began = False, time.monotonic()
            try:
                job.report = index.add(list(paths), collection=collection, progress=update, allow=allow)
            except (IndexingError, OSError) as error:
                job.error = str(error)
            finally:
                over(job)
                job.done = True

    threading.Thread(target=work, name="footnote-upload", daemon=True).start()
    return job


def job_html(job: Job) -> str:
    """A progress bar while it runs, then what was added and, for each file that was not, why."""
    if job.error:
        return f'<p class="notice bad">{escaped(job.error)}</p>'
    if job.report is None:
        return _running(job)
    report = job.report
    said = [
        f"{len(sources):,} {word}"
        for sources, word in (
            (report.added, "added"), (report.changed, "updated"), (report.unchanged, "already there"),
            (report.removed, "removed"),
        )
        if sources
    ]  # fmt: skip
    errors = _lines({path: (reason,) for path, reason in report.skipped.items()})
    trouble = f'<p>Not added:</p><ul class="notice bad">{errors}</ul>' if errors else ""
    remarks = _lines(report.notes)
    noted = f'<p>Added, but:</p><ul class="notice">{remarks}</ul>' if remarks else ""
    return f"<p>{', '.join(said).capitalize() or 'Nothing was added'}.</p>{trouble}{noted}"


def _lines(said: Mapping[str, Sequence[str]]) -> str:
    return "".join(f'<li dir="auto">{labelled(_label(path), " ".join(words))}</li>' for path, words in said.items())


def _label(path: str) -> str:
    """A file's name, or a page's whole address."""
    return path if "://" in path else Path(path).name


def _running(job: Job) -> str:
    if job.waiting:
        return "<label>Waiting for another upload<progress></progress></label>"
    progress = job.progress
    done, total = (progress.documents_done, max(progress.documents_total, 1)) if progress else (0, max(job.files, 1))
    current = name(_label(progress.current)) if progress else ""
    value, most = float(done), float(total)
    if progress and progress.work_total:
        value, most = progress.work_done, progress.work_total
    left = _left(value / most, time.monotonic() - job.began)
    return (
        f'<label>Reading {min(done + 1, total):,} of {total:,} <bdi class="soft">{current}</bdi>{left}'
        f'<progress max="{most:.0f}" value="{min(value, most):.0f}"></progress></label>'
    )


def _left(share: float, seconds: float) -> str:
    """About how long it will take, once it can be estimated."""
    if seconds < 4 or share < 0.03:
        return ""
    left = seconds / share - seconds
    words = f"{left / 60:.0f} min" if left > 90 else f"{max(5, round(left / 5) * 5)} s"
    return f' <span class="soft">· about {words} left</span>'


def job_in_short(job: Job) -> str:
    """The same in a few words, as text."""
    if job.done:
        return "Done"
    if job.waiting or job.progress is None:
        return "Waiting to read …"
    total = job.progress.documents_total
    return f"Reading {min(job.progress.documents_done + 1, total):,} of {total:,}"
