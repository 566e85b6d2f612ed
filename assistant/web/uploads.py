"""Files added from the browser: indexed in a thread, with progress that the page can ask for and a report in words."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.web.words import escaped, name
from index.errors import IndexingError

if TYPE_CHECKING:
    from index import Index
    from index.types import Progress, Report


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


def add_in_background(index: Index, user: str, paths: Sequence[Path], collection: str | None = None) -> Job:
    """Start indexing files; the job is updated as it goes."""
    job = Job(user, len(paths))

    def update(progress: Progress) -> None:
        job.progress = progress

    def work() -> None:
        try:
            job.report = index.add(list(paths), collection=collection, progress=update)
        except (IndexingError, OSError) as error:
            job.error = str(error)
        finally:
            job.done = True

    threading.Thread(target=work, name="footnote-upload", daemon=True).start()
    return job


def job_html(job: Job) -> str:
    """A progress bar while it runs, then what was added and, for each file that was not, why."""
    if job.error:
        return f'<p class="notice bad">{escaped(job.error)}</p>'
    if job.report is None:
        done = job.progress.documents_done if job.progress else 0
        total = max(job.progress.documents_total if job.progress else job.files, 1)
        current = name(Path(job.progress.current).name) if job.progress else ""
        return (
            f'<label>Reading {done} of {total} <bdi class="soft">{current}</bdi>'
            f'<progress max="{total}" value="{done}"></progress></label>'
        )
    report = job.report
    said = [
        f"{len(sources)} {word}"
        for sources, word in ((report.added, "added"), (report.changed, "updated"), (report.unchanged, "already there"))
        if sources
    ]
    errors = "".join(
        f'<li dir="auto"><bdi>{name(Path(path).name)}</bdi>: {escaped(reason)}</li>'
        for path, reason in report.skipped.items()
    )
    trouble = f'<p>Not added:</p><ul class="notice bad">{errors}</ul>' if errors else ""
    return f"<p>{', '.join(said).capitalize() or 'Nothing was added'}.</p>{trouble}"
