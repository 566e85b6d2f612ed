"""``footnote add | list | show | remove``: documents into the index, out of it, and what is there."""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from footnoted.assistant.commands import watching
from footnoted.assistant.commands.common import AddCommand, counted, field, open_index_for, plain, positive, print_json
from footnoted.index.types import DEFAULT_COLLECTION, DocumentInfo, Report


def add_commands(command: AddCommand) -> None:
    """Register the commands of this module."""
    add = command("add", _add, "Read files and folders into the index; a second run reads only what changed.")
    add.add_argument("paths", nargs="+", metavar="PATH", help="a file, a folder, or the address of a page or sitemap")
    add.add_argument("--collection", metavar="NAME", help="the collection they belong to (default: as before)")
    add.add_argument(
        "--metadata", action="append", type=field, metavar="KEY=VALUE", help="a field to filter by (can be repeated)"
    )
    add.add_argument("--password", help="for encrypted files")
    add.add_argument("--watch", action="store_true", help="watch the folders and index what changes, until Ctrl-C")
    add.add_argument("--max-pages", type=positive, default=500, metavar="N", help="of a sitemap (default: 500)")
    add.add_argument("--embedding-model", help="'bundled', or a sentence-transformers name or folder (new index only)")
    command("list", _list, "Show every document with its passages, pages, size and date, and what could not be read.")
    show = command("show", _show, "Print the stored text of a document.")
    show.add_argument("source", metavar="SOURCE", help="its source, path, or own id, as 'footnote list' shows it")
    remove = command("remove", _remove, "Remove documents from the index (never the files themselves).")
    remove.add_argument(
        "sources", nargs="+", metavar="SOURCE", help="a source, a path, a folder, or a document's own id"
    )


def _add(options: argparse.Namespace) -> int:
    from footnoted.assistant.progress import showing
    from footnoted.assistant.settings import load_settings

    if options.watch:
        with open_index_for(options) as index:
            return watching.watch(index, options)
    with open_index_for(options) as index, showing(quiet=options.json) as progress:
        report = index.add(
            options.paths,
            collection=options.collection,
            metadata=dict(options.metadata) if options.metadata else None,
            progress=progress,
            password=options.password,
            allow=load_settings().allowed_pages,
            max_pages=options.max_pages,
        )
    if options.json:
        print_json(report.to_dict())
    else:
        print(
            f"{len(report.added)} added, {len(report.changed)} changed, {len(report.unchanged)} unchanged, "
            f"{len(report.removed)} removed, {len(report.skipped)} skipped; "
            f"{report.passages_embedded} passages embedded in {report.seconds:.1f} s."
        )
        for line in _skipped(report):
            print(f"skipped: {plain(line)}")
        for path, notes in report.notes.items():
            for note in notes:
                print(f"note: {plain(path if '://' in path else os.path.basename(path))}: {plain(note)}")
    nothing = not (report.added or report.changed or report.unchanged)
    return 1 if report.skipped and (nothing or any(_unread(path, report.skipped) for path in options.paths)) else 0


def _unread(path: str, skipped: Mapping[str, str]) -> bool:
    """Whether a path that was named itself could not be read; a bad file inside a folder is only reported."""
    return path in skipped or _as_stored(path) in skipped


def _as_stored(path: str) -> str:
    """A file's or a page's name as the index spells it."""
    from footnoted.index.errors import FetchError
    from footnoted.index.pages.fetch import is_url, page_url

    try:
        return page_url(path) if is_url(path) else str(Path(path).expanduser().resolve())
    except FetchError:
        return path


def _skipped(report: Report) -> list[str]:
    """A line for each file that was not read; files of a folder that no loader knows are counted by their ending."""
    unsupported = set(report.unsupported)
    if len(unsupported) < 4:
        return list(report.skipped.values())
    endings = Counter(os.path.splitext(path)[1] or "no ending" for path in unsupported)
    listed = ", ".join(f"{ending} ({count})" for ending, count in sorted(endings.items()))
    known = [reason for path, reason in report.skipped.items() if path not in unsupported]
    return [*known, f"{len(unsupported)} files are left out: there is no loader for {listed}."]


def _list(options: argparse.Namespace) -> int:
    with open_index_for(options) as index:
        documents = index.documents()
    if options.json:
        print_json([document.to_dict() for document in documents])
        return 0
    for document in documents:
        print(f"{plain(document.source)}  {_measures(document) if document.status == 'ready' else 'failed'}")
        if document.error:
            print(f"    {plain(document.error)}")
    ready = sum(document.status == "ready" for document in documents)
    passages = sum(document.passages for document in documents)
    print(
        f"{counted(ready, 'document')} in {counted(passages, 'passage')}, {len(documents) - ready} failed."
        if documents
        else "No documents yet: 'footnote add PATH'."
    )
    return 0


def _measures(document: DocumentInfo) -> str:
    """Passages, pages, size, date and collection of a document; a record's size is its text's, not its file's."""
    own_file = document.source == document.path
    parts = [
        counted(document.passages, "passage"),
        counted(document.pages, "page") if document.pages else "",
        _size(document.bytes) if own_file else f"{document.characters:,} characters",
        document.date,
        f"in {plain(document.collection)}" if document.collection != DEFAULT_COLLECTION else "",
    ]
    return ", ".join(part for part in parts if part)


def _size(number: int) -> str:
    """A size in words: "900 bytes", "12 KB", "3.4 MB"."""
    if number < 1000:
        return counted(number, "byte")
    return f"{number / 1000:.0f} KB" if number < 1_000_000 else f"{number / 1_000_000:,.1f} MB"


def _show(options: argparse.Namespace) -> int:
    with open_index_for(options) as index:
        text = index.text_of(options.source)
    if options.json:
        print_json({"source": options.source, "text": text})
    else:
        sys.stdout.write(text if text.endswith("\n") else text + "\n")
    return 0


def _remove(options: argparse.Namespace) -> int:
    with open_index_for(options) as index:
        removed = [source for name in options.sources for source in index.remove(name)]
    if options.json:
        print_json({"removed": removed})
    else:
        for source in removed:
            print(f"removed: {plain(source)}")
    return 0
