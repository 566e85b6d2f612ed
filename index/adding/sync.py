"""Files, folders and web pages into the index: find out what changed, and process only that."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from footnoted.index.adding.changes import reading, to_read, unsupported
from footnoted.index.adding.run import Given, Run, Tally
from footnoted.index.adding.time_left import Workload
from footnoted.index.loaders.load import discover
from footnoted.index.loaders.own_loaders import OwnLoaders
from footnoted.index.pages.add_pages import add_pages
from footnoted.index.pages.fetch import is_url
from footnoted.index.store.live import LiveIndex
from footnoted.index.types import Progress, Report


def add(
    live: LiveIndex,
    loaders: OwnLoaders,
    paths: Sequence[str | Path],
    *,
    progress: Callable[[Progress], None] | None = None,
    given: Given,
) -> Report:
    """Bring the index in line with ``paths``: files, folders with all that is under them, or addresses of web pages.

    A file whose size and time did not change costs one ``stat``; one whose bytes did not change, one hash. Documents
    gone from a folder that was added before are removed, unless the folder is missing or now holds no file at all.
    A file that cannot be read (any more) keeps its last good version, and is reported.
    """
    started = time.monotonic()
    with live.writing("footnote add"):
        urls = [str(path) for path in paths if is_url(path)]
        files, skipped, folders = _found(live.home.folder, loaders, [path for path in paths if not is_url(path)])
        strange = [path for path in skipped if unsupported(path, loaders.suffixes)]
        tally = Tally(len(files) + len(urls), skipped=skipped, unsupported=strange)
        workload = Workload(to_read(live.catalog, loaders, files, bool(given.password)))
        run = Run(live, loaders, tally, progress, given, workload)
        for path, root in files:
            run.file(path, root)
        add_pages(run, urls, reading())
        run.flush()
        for folder in folders:
            run.prune(folder, {str(path) for path, _ in files})
        live.collect_garbage()
    return Report(
        added=tuple(tally.added),
        changed=tuple(tally.changed),
        unchanged=tuple(tally.unchanged),
        removed=tuple(tally.removed),
        skipped=dict(tally.skipped),
        unsupported=tuple(tally.unsupported),
        notes=dict(tally.notes),
        passages_embedded=tally.embedded,
        seconds=time.monotonic() - started,
    )


def _found(
    home: Path, loaders: OwnLoaders, paths: Sequence[str | Path]
) -> tuple[list[tuple[Path, str]], dict[str, str], list[Path]]:
    """The files under ``paths``, each with the folder it was found in; what was skipped and why; the folders."""
    files: dict[Path, str] = {}
    skipped: dict[str, str] = {}
    folders = []
    for given in paths:
        path = Path(given).expanduser().absolute()
        if path.is_dir():
            folder = Path(path).resolve()
            found, passed_over = discover(folder, without=home, suffixes=loaders.suffixes)
            skipped.update(passed_over)
            files.update((file, str(folder)) for file in found)
            folders.append(folder)
        elif path.is_file():
            files.setdefault(path.resolve(), "")
        elif path.exists():  # reading a named pipe would wait for ever
            skipped[str(given)] = f"{given} is neither a file nor a folder."
        else:
            skipped[str(given)] = f"There is no file or folder {given}."
    return list(files.items()), skipped, folders
