"""``footnote backup | restore | export``: the data folder into one file and back, and into open formats."""

from __future__ import annotations

import argparse
from pathlib import Path

from footnoted.assistant.commands.common import AddCommand, print_result


def add_commands(command: AddCommand) -> None:
    """Register the commands of this module."""
    backup = command("backup", _backup, "Write the whole data folder into one file, also while a server runs on it.")
    backup.add_argument("file", metavar="FILE", help="a .tar, or .tar.gz to compress it")
    restore = command("restore", _restore, "Replace what the data folder holds with a backup.")
    restore.add_argument("file", metavar="FILE", help="what 'footnote backup' wrote")
    restore.add_argument("--replace", action="store_true", help="replace the documents in the data folder")
    export = command("export", _export, "Write documents, passages and conversations as lines of JSON.")
    export.add_argument("folder", metavar="FOLDER", help="where to write documents.jsonl and the others")


def _home(options: argparse.Namespace):
    from footnoted.assistant.settings import load_settings
    from footnoted.index.store.home import Home

    return Home(load_settings(home=options.home).home or None)


def _backup(options: argparse.Namespace) -> int:
    from footnoted.assistant.backup import backup

    summary = backup(_home(options), Path(options.file).expanduser().absolute())
    return print_result(options, summary.to_dict(), f"{options.file}: {_counted(summary)}.")


def _restore(options: argparse.Namespace) -> int:
    from footnoted.assistant.backup import restore

    summary = restore(_home(options), Path(options.file).expanduser().absolute(), replace=options.replace)
    return print_result(options, summary.to_dict(), f"Restored as of {summary.made_at}: {_counted(summary)}.")


def _export(options: argparse.Namespace) -> int:
    from footnoted.assistant.export import export

    counts = export(_home(options), Path(options.folder).expanduser().absolute())
    return print_result(
        options, counts, ", ".join(f"{count} {name}" for name, count in counts.items()) + f" in {options.folder}."
    )


def _counted(summary) -> str:
    return f"{summary.documents} documents, {summary.passages} passages, {summary.conversations} conversations"
