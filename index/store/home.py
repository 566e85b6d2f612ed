"""The data folder: where it is, what is in it, and the lock that lets one process at a time write."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from footnoted.index.errors import HomeUnusable, IndexBusy, IndexDamaged
from footnoted.index.store.database import full_disk, is_full, unusable
from footnoted.index.store.private import keep_private, private_file

CATALOG = "catalog.sqlite"
DATABASES = (CATALOG, "accounts.sqlite3", "conversations.sqlite3")
FILES = ("lock", "lock.owner", "lock.reindex", "server.json", "chroma.json", "questions.jsonl")
UPLOADS = "uploads"
WAIT_SECONDS = 30.0
FOR_EVER = -1.0


def default_home() -> Path:
    """``FOOTNOTE_HOME``, or ``~/.footnote``. Not in the settings, so that ``open_index()`` finds the same folder."""
    return Path(os.environ.get("FOOTNOTE_HOME") or Path.home() / ".footnote")


def delete_store(path: Path) -> None:
    """Delete a derived index, whether a folder, a file or nothing is in its place."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


@contextmanager
def disk_troubles(folder: Path) -> Iterator[None]:
    """Turn what the stores raise when the disk of ``folder`` is full or fails into one sentence.

    Raises:
        HomeUnusable: what was reported as done before is kept.
    """
    try:
        yield
    except (sqlite3.Error, OSError, ValueError, IndexDamaged) as error:
        if is_full(error, folder):
            raise full_disk(folder) from error
        if isinstance(error, sqlite3.Error):
            raise unusable(error, folder / CATALOG) from error
        if isinstance(error, OSError) and str(error.filename).startswith(str(folder)):
            raise HomeUnusable(
                f"{error.filename} cannot be written ({error.strerror}): check the permissions of the data folder."
            ) from error
        raise


class Home:
    """The paths of one data folder, and its writer's lock."""

    def __init__(self, folder: str | Path | None = None) -> None:
        self.folder = Path(folder).expanduser().absolute() if folder else default_home().expanduser().absolute()
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)  # the texts are their owner's
        except OSError as error:
            raise HomeUnusable(
                f"The data folder {self.folder} cannot be created ({error.strerror}): choose another with --home."
            ) from error
        if not os.access(self.folder, os.R_OK | os.W_OK | os.X_OK):
            raise HomeUnusable(
                f"The data folder {self.folder} is not writable: change its permissions or choose another with --home."
            )
        self._require_places()
        keep_private(self.folder)
        self._guard = threading.RLock()
        self._depth = 0
        self._holder = 0

    def _require_places(self) -> None:
        """Nothing else may be where our files and folders go; a database, which may be restored, says so itself."""
        for name in FILES:
            if (self.folder / name).is_dir():
                raise HomeUnusable(
                    f"{self.folder / name} is a folder, but Footnote keeps a file of this name in its data folder: "
                    "move it away, or choose another data folder with --home."
                )
        if (self.folder / UPLOADS).is_file():
            raise HomeUnusable(
                f"{self.folder / UPLOADS} is a file, but Footnote keeps a folder of this name in its data folder: "
                "move it away, or choose another data folder with --home."
            )

    @property
    def catalog(self) -> Path:
        return self.folder / CATALOG

    def stores(self, edition: int) -> tuple[Path, Path]:
        """Where the vector and the keyword index of an edition are: the first one's in the folder itself."""
        folder = self.folder if edition == 1 else self.folder / f"edition-{edition}"
        return folder / "vectors", folder / "keywords"

    def last_edition(self) -> int:
        """The highest edition of which there is a folder; 0 where there is none."""
        numbers = [folder.name.removeprefix("edition-") for folder in self.folder.glob("edition-*")]
        return max((int(number) for number in numbers if number.isdigit()), default=0)

    def draft(self, edition: int) -> Path:
        """The plan of a reindex that makes this edition, while it is under way."""
        return self.folder / f"edition-{edition}" / "draft.sqlite"

    def delete_old_editions(self, live: int) -> None:
        """Delete what is left of editions before the live one, but for what another process still has open."""
        if live > 1:
            for store in self.stores(1):
                with suppress(OSError):
                    delete_store(store)
        for folder in self.folder.glob("edition-*"):
            if folder.name.removeprefix("edition-").isdigit() and int(folder.name.removeprefix("edition-")) < live:
                with suppress(OSError):
                    delete_store(folder)
        for file in self.draft(live).parent.glob("draft.sqlite*"):
            file.unlink(missing_ok=True)

    def delete_draft(self, live: int) -> None:
        """Delete the edition after the live one, which a reindex has begun."""
        delete_store(self.draft(live + 1).parent)

    @contextmanager
    def reindexing(self) -> Iterator[None]:
        """Hold the lock that lets one process at a time reindex; readers and writers continue. Raises IndexBusy."""
        from filelock import FileLock, Timeout

        try:
            with FileLock(self.folder / "lock.reindex", mode=0o600).acquire(timeout=0), disk_troubles(self.folder):
                yield
        except Timeout:
            raise IndexBusy(f"The index in {self.folder} is being reindexed by another process.") from None

    @property
    def _owner(self) -> Path:
        return self.folder / "lock.owner"

    @property
    def held(self) -> bool:
        """Whether this thread holds the writer's lock."""
        return self._holder == threading.get_ident()

    @contextmanager
    def writing(self, purpose: str, wait: float = WAIT_SECONDS) -> Iterator[None]:
        """Hold the writer's lock; a second thread waits, a second process ``wait`` seconds, then learns who has it.

        Raises:
            IndexBusy: the lock was not free in time. It is freed by the system when its owner dies.
        """
        from filelock import FileLock, Timeout

        with self._guard:
            if self._depth:  # this thread has it already
                self._depth += 1
                try:
                    yield
                finally:
                    self._depth -= 1
                return
            lock = FileLock(self.folder / "lock", mode=0o600)
            try:
                with disk_troubles(self.folder):
                    lock.acquire(timeout=wait)
            except Timeout:
                raise IndexBusy(
                    f"The index in {self.folder} is being written by {self._named()}: try again later."
                ) from None
            self._depth, self._holder = 1, threading.get_ident()
            try:
                with suppress(OSError):  # a courtesy to those who wait
                    private_file(self._owner).write_text(json.dumps({"pid": os.getpid(), "purpose": purpose}))
                with disk_troubles(self.folder):
                    yield
            finally:
                self._depth = self._holder = 0
                self._owner.unlink(missing_ok=True)
                lock.release()

    def _named(self) -> str:
        try:
            owner = json.loads(self._owner.read_text())
            return f"process {owner['pid']} ({owner['purpose']})"
        except (OSError, ValueError, KeyError):
            return "another process"
