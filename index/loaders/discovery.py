"""Which files of a folder are to be read, and why the others are not."""

from __future__ import annotations

import os
import stat
from collections.abc import Container, Iterator
from pathlib import Path
from typing import NamedTuple

from footnoted.index.loaders.registry import suffixes_to_look_for


class Found(NamedTuple):
    """The files to read, in sorted order, and for every other one (not hidden) a sentence saying why it is left out."""

    files: tuple[Path, ...]
    skipped: dict[str, str]


def discover(root: str | Path, *, without: Path | None = None, suffixes: Container[str] | None = None) -> Found:
    """The readable files at or under ``root``; hidden files and folders are skipped silently.

    So is the folder ``without``, the data folder: its own files are not documents. ``suffixes`` are the endings for
    which there is a loader.

    A file that is named directly is always in ``files``: reading it gives the better error. Symbolic links are
    followed as long as they stay in the folder. Nothing is raised for what cannot be entered: it is in ``skipped``.
    """
    root = Path(root)
    if not root.is_dir():
        return Found((root,), {})
    files: list[Path] = []
    skipped: dict[str, str] = {}
    suffixes = suffixes_to_look_for() if suffixes is None else suffixes
    inside = os.path.realpath(root)
    closed = os.path.realpath(without) if without is not None else ""
    for path, problem in _walk(root, inside, frozenset({inside}), closed):
        reason = problem or _reason_to_skip(path, inside, suffixes)
        if reason:
            skipped[str(path)] = f"{path.name} is left out: {reason}."
        else:
            files.append(path)
    return Found(tuple(files), skipped)


def _walk(folder: Path, inside: str, above: frozenset[str], closed: str) -> Iterator[tuple[Path, str]]:
    """Every entry that is not a folder, in order, with a problem or ""; ``above``: the real folders on the way here."""
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        yield folder, f"the folder cannot be opened: {error.strerror}"
        return
    for entry in entries:
        if entry.name.startswith("."):
            continue
        path = folder / entry.name
        try:
            is_folder = entry.is_dir()
        except OSError as error:
            yield path, f"it cannot be examined: {error.strerror}"
            continue
        if not is_folder:
            yield path, ""
            continue
        real = os.path.realpath(path)
        if real == closed:
            continue
        if entry.is_symlink() and not _within(real, inside):
            yield path, "it is a symbolic link that leaves the folder"
        elif real in above:
            yield path, "it is a symbolic link to a folder above it"
        else:
            yield from _walk(path, inside, above | {real}, closed)


def _reason_to_skip(path: Path, inside: str, suffixes: Container[str]) -> str:
    if path.is_symlink() and not _within(os.path.realpath(path), inside):
        return "it is a symbolic link that leaves the folder"
    if path.suffix.lower() not in suffixes:
        return f"there is no loader for files ending in {path.suffix}" if path.suffix else "it has no suffix"
    try:
        mode = path.stat().st_mode
    except OSError as error:
        return f"it cannot be examined: {error.strerror}"
    return "" if stat.S_ISREG(mode) else "it is not a regular file"


def _within(real: str, folder: str) -> bool:
    return real == folder or real.startswith(folder.rstrip(os.sep) + os.sep)
