"""A data folder written into one file and restored from it, also while a server runs on it."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from footnoted.assistant.errors import BackupError
from footnoted.index.store.database import examined, unusable
from footnoted.index.store.home import Home, delete_store
from footnoted.index.store.private import keep_private, private_file, private_folder

FORMAT = 1
MANIFEST = "manifest.json"
DATABASES = ("conversations.sqlite3", "accounts.sqlite3")
STORES = ("vectors", "keywords")
WAIT = 600.0  # seconds to wait while somebody is adding documents


@dataclass(frozen=True, slots=True)
class Summary:
    """What is in a backup."""

    file: str
    documents: int
    passages: int
    conversations: int
    made_at: str

    def to_dict(self) -> dict:
        """As plain data for JSON."""
        return {name: getattr(self, name) for name in self.__slots__}


def backup(home: Home, target: Path) -> Summary:
    """Write everything in a data folder into a tar file (compressed when its name ends with .gz).

    Readers continue meanwhile and writers wait, so that texts, vectors and keywords match.

    Raises:
        BackupError: there is nothing to back up, or the file cannot be written. IndexBusy: somebody is writing.
    """
    if not os.path.lexists(home.catalog):
        raise BackupError(f"There is no index in {home.folder}: nothing was backed up.")
    partial = target.with_name(f".{target.name}.partial")
    try:
        with (
            tempfile.TemporaryDirectory(dir=home.folder, prefix=".backup-") as scratch,
            home.writing("footnote backup", WAIT),
            _tar(partial, target.name) as tar,
        ):
            summary = _gathered(home, Path(scratch), target, tar)
        partial.replace(target)
    except OSError as error:
        raise BackupError(f"{target} cannot be written ({error.strerror or error}).") from error
    finally:
        partial.unlink(missing_ok=True)
    return summary


def _tar(path: Path, name: str) -> tarfile.TarFile:
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600))  # it holds texts, and hashes of passwords
    if name.endswith((".gz", ".tgz")):
        return tarfile.open(path, "w:gz", compresslevel=1)
    return tarfile.open(path, "w")


def _gathered(home: Home, scratch: Path, target: Path, tar: tarfile.TarFile) -> Summary:
    copies = {"catalog.sqlite": home.catalog} | {name: home.folder / name for name in DATABASES}
    for name, path in copies.items():
        if problem := examined(path):
            raise BackupError(f"Nothing was backed up. {problem}")
        if path.is_file():
            _copy(path, scratch / name)
    with closing(sqlite3.connect(scratch / "catalog.sqlite")) as catalog:
        counts = [catalog.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in ("documents", "passages")]
        edition = _meta(catalog, "edition", 1)
    summary = Summary(str(target), counts[0], counts[1], _conversations(scratch), _now())
    manifest = {"format": FORMAT, "home": str(home.folder), **summary.to_dict()}
    (scratch / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    for name in (MANIFEST, *copies):
        if (scratch / name).is_file():
            tar.add(scratch / name, name)
    for name, folder in zip(STORES, home.stores(edition), strict=True):
        if folder.is_dir():
            tar.add(folder, name)
    if (home.folder / "uploads").is_dir():
        tar.add(home.folder / "uploads", "uploads", filter=lambda item: None if ".partial" in item.name else item)
    return summary


def restore(home: Home, source: Path, *, replace: bool = False) -> Summary:
    """Replace what a data folder holds with a backup, in one step for those who read it meanwhile.

    The copied vectors and keywords become a new edition of the index; a server that runs on the folder sees it at its
    next question. Files that were uploaded before stay where they are.

    Raises:
        BackupError: the file is not a backup or is damaged, or the folder holds documents and ``replace`` is not set.
    """
    with tempfile.TemporaryDirectory(dir=home.folder, prefix=".restore-") as scratch:
        folder = Path(scratch)
        summary, before = _unpacked(source, folder)
        _migrated(folder / "catalog.sqlite")
        _moved(folder, before, home.folder)
        with home.writing("footnote restore", WAIT):
            edition, generation = _live(home, replace)
            with closing(sqlite3.connect(folder / "catalog.sqlite")) as catalog, catalog:
                edition = max(edition, _meta(catalog, "edition", 1)) + 1
                generation = max(generation, _meta(catalog, "generation", 0)) + 1
                for key, value in (("edition", edition), ("generation", generation)):
                    catalog.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, str(value)))
            _placed(folder, home, edition)
            for name in ("catalog.sqlite", *DATABASES):
                if (folder / name).is_file():
                    _copy(folder / name, home.folder / name)
            home.delete_old_editions(edition)
            keep_private(home.folder)
    return summary


def _unpacked(source: Path, folder: Path) -> tuple[Summary, str]:
    try:
        with tarfile.open(source) as tar:
            tar.extractall(folder, members=_ours(tar), filter="data")
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        if manifest["format"] > FORMAT:
            raise BackupError(f"{source} was made by a newer Footnote: restore it with that version.")
        with closing(sqlite3.connect(folder / "catalog.sqlite")) as catalog:
            if catalog.execute("PRAGMA quick_check").fetchone()[0] != "ok":
                raise BackupError(f"{source} is damaged: its catalog cannot be read.")
        return Summary(**{name: manifest[name] for name in Summary.__slots__} | {"file": str(source)}), manifest["home"]
    except FileNotFoundError as error:
        raise BackupError(f"There is no file {error.filename}, or it is not a backup.") from error
    except (tarfile.TarError, OSError, EOFError, ValueError, KeyError, TypeError, sqlite3.Error) as error:
        raise BackupError(f"{source} is not a backup, or it is damaged ({error}).") from error


def _ours(tar: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    """Only plain files and folders with the names that a backup has are extracted."""
    names = {MANIFEST, "catalog.sqlite", *DATABASES}
    for item in tar:
        if item.isdir() or (item.isfile() and (item.name in names or item.name.split("/")[0] in (*STORES, "uploads"))):
            yield item


def _migrated(path: Path) -> None:
    """Bring a catalog of an earlier version up to date before anybody sees it. Raises HomeUnusable for a later one."""
    from footnoted.index.store.catalog import Catalog

    Catalog(path).close()
    with closing(sqlite3.connect(path)) as catalog:
        catalog.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _moved(folder: Path, before: str, now: Path) -> None:
    """Make uploaded documents point to where their files are now."""
    old, new = f"{before}/uploads/", f"{now}/uploads/"
    if old == new:
        return
    with closing(sqlite3.connect(folder / "catalog.sqlite")) as catalog, catalog:
        for table, column in (("documents", "source"), ("documents", "path"), ("files", "path"), ("files", "root")):
            catalog.execute(
                f"UPDATE {table} SET {column} = ? || substr({column}, ?) WHERE substr({column}, 1, ?) = ?",
                (new, len(old) + 1, len(old), old),
            )
    if (folder / "conversations.sqlite3").is_file():
        with closing(sqlite3.connect(folder / "conversations.sqlite3")) as kept, kept:
            words = json.dumps(old)[1:-1], json.dumps(new)[1:-1]
            kept.execute("UPDATE turns SET answer = replace(answer, ?, ?)", words)


def _live(home: Home, replace: bool) -> tuple[int, int]:
    """The edition and the generation that the folder is at, as far as its catalog can be read."""
    if not home.catalog.is_file() or not home.catalog.stat().st_size or examined(home.catalog):
        if os.path.lexists(home.catalog) and not replace:
            raise BackupError(f"{home.catalog} is damaged: add --replace, or restore into another --home.")
        return home.last_edition(), 0
    with closing(sqlite3.connect(home.catalog)) as catalog:
        if not replace and catalog.execute("SELECT count(*) FROM documents").fetchone()[0]:
            raise BackupError(f"{home.folder} holds documents: add --replace, or restore into another --home.")
        return _meta(catalog, "edition", 1), _meta(catalog, "generation", 0)


def _placed(folder: Path, home: Home, edition: int) -> None:
    """Move the new stores and uploads into place: nobody looks there before the catalog names the edition."""
    for name, place in zip(STORES, home.stores(edition), strict=True):
        if place.exists():
            shutil.rmtree(place)
        if (folder / name).is_dir():
            private_folder(place.parent)
            (folder / name).rename(place)
    for file in sorted((folder / "uploads").rglob("*")) if (folder / "uploads").is_dir() else []:
        place = home.folder / file.relative_to(folder)
        if file.is_file() and not place.exists():
            private_folder(home.folder / "uploads")
            private_folder(place.parent)
            file.rename(place)


def _copy(source: Path, target: Path) -> None:
    """Copy one SQLite file into another in one step, even while others use them; a damaged one is replaced."""
    if examined(target):
        for file in (target, *target.parent.glob(f"{target.name}-*")):
            delete_store(file)
    private_file(target)
    try:
        with closing(sqlite3.connect(source, timeout=30)) as old, closing(sqlite3.connect(target, timeout=30)) as new:
            old.backup(new)
    except sqlite3.Error as error:
        raise unusable(error, source) from error


def _meta(catalog: sqlite3.Connection, key: str, default: int) -> int:
    row = catalog.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    return int(row[0]) if row else default


def _conversations(folder: Path) -> int:
    if not (folder / "conversations.sqlite3").is_file():
        return 0
    with closing(sqlite3.connect(folder / "conversations.sqlite3")) as kept:
        return kept.execute("SELECT count(*) FROM conversations").fetchone()[0]


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
