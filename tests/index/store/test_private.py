"""What is kept in a data folder is its owner's alone, whatever the umask and whoever made the folder."""

from __future__ import annotations

import os
import stat
from contextlib import closing
from pathlib import Path

import pytest
from doubles import open_double

from footnoted.assistant.backup import backup, restore
from footnoted.assistant.export import export
from footnoted.assistant.server.accounts.accounts import Accounts
from footnoted.assistant.web.conversations.conversations import Conversations
from footnoted.assistant.web.conversations.feedback_questions import save_line
from footnoted.assistant.web.documents.uploads import store_upload
from footnoted.index.store.home import Home
from footnoted.index.store.private import KEPT, private_file, write_private


@pytest.fixture(autouse=True)
def open_umask():
    """A umask that takes nothing away from others."""
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def readable_by_others(folder: Path) -> list[str]:
    """What another user can read below a folder that they can enter."""
    found = []
    for path in folder.iterdir():
        if mode(path) & 0o077:
            found.append(path.name)
            found += readable_by_others(path) if path.is_dir() else []
    return found


def used(home: Path, documents: Path) -> None:
    """A data folder with everything in it that Footnote can put there."""
    documents.mkdir()
    (documents / "tram.txt").write_text("The tram line will cost 412 million.")
    with open_double(home) as index:
        index.add(documents)
        index.reindex(everything=True)
    with closing(Accounts(home / "accounts.sqlite3")) as accounts:
        accounts.add_user("anna", "correct horse")
    with closing(Conversations(home / "conversations.sqlite3")) as kept:
        kept.begin("anna", "What does the tram line cost?")
    save_line(home / "questions.jsonl", {"id": "chat-1"})
    with (documents / "tram.txt").open("rb") as file:
        store_upload(home / "uploads", file, "tram.txt", "default")


def test_a_folder_that_was_there_before_holds_nothing_that_others_can_read(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o755)
    used(home, tmp_path / "documents")
    held = set(os.listdir(home))
    assert {"catalog.sqlite", "conversations.sqlite3", "questions.jsonl", "uploads", "edition-2"} <= held
    assert readable_by_others(home) == []
    assert mode(home) == 0o755, "the folder itself is left as its owner made it"


def test_files_of_an_earlier_version_are_closed_when_the_folder_is_opened(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o755)
    used(home, tmp_path / "documents")
    (home / "theirs.txt").touch(mode=0o644)
    for path in home.iterdir():
        path.chmod(0o755 if path.is_dir() else 0o644)
    Home(home)
    assert readable_by_others(home) == ["theirs.txt"], "what is not Footnote's is left alone"
    assert all(any(path.match(pattern) for pattern in KEPT) for path in home.iterdir() if path.name != "theirs.txt")


def test_what_leaves_the_folder_is_closed_too(tmp_path: Path) -> None:
    used(tmp_path / "home", tmp_path / "documents")
    exported, other = tmp_path / "exported", tmp_path / "other"
    for folder in (exported, other):
        folder.mkdir(mode=0o755)
    (exported / "documents.jsonl").touch(mode=0o644)
    export(Home(tmp_path / "home"), exported)
    assert len(os.listdir(exported)) == 3 and readable_by_others(exported) == []
    backup(Home(tmp_path / "home"), tmp_path / "all.tar")
    assert mode(tmp_path / "all.tar") == 0o600
    restore(Home(other), tmp_path / "all.tar")
    assert {"catalog.sqlite", "conversations.sqlite3", "uploads"} <= set(os.listdir(other))
    assert readable_by_others(other) == []


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o755)
    home = tmp_path / "home"
    home.mkdir()
    (home / "uploads").symlink_to(elsewhere)
    Home(home)
    assert mode(elsewhere) == 0o755


def test_a_file_that_is_there_keeps_its_content(tmp_path: Path) -> None:
    path = tmp_path / "kept"
    path.write_text("kept")
    assert private_file(path).read_text() == "kept"
    with write_private(path) as file:
        file.write("anew")
    assert (path.read_text(), mode(path)) == ("anew", 0o600)
