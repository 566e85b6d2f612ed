"""Files and folders that only their owner can read, whatever the umask and whoever made the folder they lie in."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TextIO

# Everything that Footnote keeps in a data folder. The folder itself may hold other things, which are left alone.
KEPT = (
    "catalog.sqlite*", "accounts.sqlite3*", "conversations.sqlite3*", "questions.jsonl*", "lock*", "server.json",
    "chroma.json", "vectors", "keywords", "edition-*", "uploads", "evaluation",
)  # fmt: skip


def private_file(path: Path) -> Path:
    """Make an empty file with mode 0600 where there is none; SQLite gives its other files the same mode.

    One that is there is not even opened: closing it again would end the locks that SQLite has on it in this process.
    """
    with suppress(OSError):  # it is there, or it cannot be made, which whoever opens it will say
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    return path


def private_folder(path: Path) -> Path:
    """Make a folder with mode 0700 where there is none, and the folders above it."""
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path


def write_private(path: Path) -> TextIO:
    """Open a file for writing text anew, with mode 0600 also where it was there before."""
    private_file(path)
    _close_to_others(path)
    return path.open("w", encoding="utf-8")


def keep_private(home: Path) -> None:
    """Take what Footnote keeps in a data folder away from other users, as far as the files are ours.

    A folder of mode 0700 closes everything below it.
    """
    for pattern in KEPT:
        for path in home.glob(pattern):
            _close_to_others(path)


def _close_to_others(path: Path) -> None:
    with suppress(OSError):  # somebody else's file, a disk without modes, or gone by now
        mode = path.lstat().st_mode
        if mode & 0o077 and not path.is_symlink():
            path.chmod(mode & 0o700)
