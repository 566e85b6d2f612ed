"""A backup holds everything, is consistent while others write and ask, and nothing but a backup is restored."""

from __future__ import annotations

import contextlib
import io
import json
import stat
import tarfile
import threading
from pathlib import Path

import pytest
from doubles import assert_in_step, contents_of, open_double

from footnoted.assistant import backup
from footnoted.assistant.errors import BackupError
from footnoted.assistant.export import export
from footnoted.assistant.server.accounts.accounts import Accounts
from footnoted.assistant.web.conversations.conversations import Conversations
from footnoted.index.errors import HomeUnusable
from footnoted.index.store.home import Home

MILL = "The mill of Kell was built by Anna Brandt. The mill burnt down in 1950.\n"


def filled(folder: Path, count: int = 3) -> Path:
    """A data folder with documents, an upload, a conversation and an account."""
    home, files = folder / "home", folder / "files"
    uploads = home / "uploads" / "0123"
    for place in (files, uploads):
        place.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        (files / f"{number}.txt").write_text(f"Document {number} tells of the number {number}. {MILL}")
    (uploads / "light.txt").write_text("The lighthouse was built in 1871.")
    with open_double(home) as index:
        assert not index.add([files, uploads / "light.txt"]).skipped
    kept = Conversations(home / "conversations.sqlite3")
    conversation = kept.begin("user", "When was the lighthouse built?")
    kept.add("user", conversation, "When?", {"text": "1871", "citations": [{"source": str(uploads / "light.txt")}]})
    kept.close()
    accounts = Accounts(home / "accounts.sqlite3")
    accounts.add_user("anna", "correct horse")
    accounts.close()
    return home


@pytest.mark.parametrize("name", ["all.tar", "all.tar.gz"])
def test_everything_comes_back_in_another_folder(tmp_path, name):
    home, file = filled(tmp_path), tmp_path / name
    summary = backup.backup(Home(home), file)
    assert (summary.documents, summary.conversations) == (4, 1)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    other = tmp_path / "other"
    assert backup.restore(Home(other), file).documents == 4
    with open_double(home) as before, open_double(other) as after:
        embedded = after.embeddings.embedded
        assert_in_step(after)
        assert not embedded, "the vectors were copied, not made again"
        held = {name.removeprefix(str(home)): value for name, value in contents_of(before, tmp_path / "x").items()}
        got = {name.removeprefix(str(other)): value for name, value in contents_of(after, tmp_path / "x").items()}
        assert held == got
        found = after.retrieve("lighthouse", 1)[0]
        assert found.source == str(other / "uploads" / "0123" / "light.txt") and Path(found.source).is_file()
    kept = Conversations(other / "conversations.sqlite3")
    turn = kept.turns("user", kept.listed("user")[0].id)[0]
    assert turn.answer["citations"][0]["source"] == found.source
    kept.close()
    accounts = Accounts(other / "accounts.sqlite3")
    assert accounts.check_password("anna", "correct horse")
    accounts.close()


def test_an_open_index_goes_on_with_what_was_restored(tmp_path):
    """As a server does: nothing is closed, and the next question is answered from the backup."""
    home = filled(tmp_path)
    backup.backup(Home(home), tmp_path / "all.tar")
    with open_double(home) as index:
        assert index.retrieve("mill", 1)
        (tmp_path / "new.txt").write_text("The zeppelin landed on the roof.")
        index.add([tmp_path / "new.txt"])
        index.remove(str(tmp_path / "files"))
        assert "zeppelin" in index.retrieve("zeppelin", 1)[0].text
        with pytest.raises(BackupError, match="--replace"):
            backup.restore(Home(home), tmp_path / "all.tar")
        backup.restore(Home(home), tmp_path / "all.tar", replace=True)
        assert len(index.documents()) == 4
        assert not any("zeppelin" in passage.text for passage in index.retrieve("zeppelin", 9))
        assert "mill" in index.retrieve("mill", 1)[0].text
        assert_in_step(index)
        index.add([tmp_path / "new.txt"])
        assert "zeppelin" in index.retrieve("zeppelin", 1)[0].text
        assert_in_step(index)


def test_a_backup_while_documents_are_added_is_whole(tmp_path):
    home = filled(tmp_path)
    with open_double(home) as index:
        stop = threading.Event()

        def write() -> None:
            number = 0
            while not stop.is_set():
                path = tmp_path / f"more-{number}.txt"
                path.write_text(f"Another document with the number {number}. {MILL}")
                index.add([path])
                number += 1

        writer = threading.Thread(target=write)
        writer.start()
        try:
            for number in range(2):
                backup.backup(Home(home), tmp_path / f"{number}.tar")
        finally:
            stop.set()
            writer.join()
    for number in range(2):
        backup.restore(Home(tmp_path / f"restored-{number}"), tmp_path / f"{number}.tar")
        with open_double(tmp_path / f"restored-{number}") as index:
            assert_in_step(index)
            assert not index.embeddings.embedded


def test_what_is_no_backup_is_refused_and_changes_nothing(tmp_path):
    home, other = filled(tmp_path), Home(tmp_path / "other")
    file = tmp_path / "all.tar"
    backup.backup(Home(home), file)
    (tmp_path / "cut.tar").write_bytes(file.read_bytes()[: file.stat().st_size // 3])
    (tmp_path / "text.tar").write_text("no archive")
    with tarfile.open(tmp_path / "empty.tar", "w"):
        pass
    for name in ("cut.tar", "text.tar", "empty.tar", "missing.tar"):
        with pytest.raises(BackupError):
            backup.restore(other, tmp_path / name)
        assert not other.catalog.exists()
    with pytest.raises(BackupError, match="nothing was backed up"):
        backup.backup(Home(tmp_path / "nothing"), tmp_path / "x.tar")
    with pytest.raises(BackupError, match="cannot be written"):
        backup.backup(Home(home), tmp_path / "no" / "such" / "folder.tar")


def test_an_archive_cannot_write_elsewhere(tmp_path):
    home, file = filled(tmp_path), tmp_path / "all.tar"
    backup.backup(Home(home), file)
    with tarfile.open(file, "a") as tar:
        for name in ("uploads/../../../evil.txt", "/tmp/evil.txt", "../evil.txt", "evil.txt", "uploads/../evil.txt"):
            item = tarfile.TarInfo(name)
            item.size = 4
            tar.addfile(item, io.BytesIO(b"evil"))
        link = tarfile.TarInfo("uploads/link")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
    with contextlib.suppress(BackupError):
        backup.restore(Home(tmp_path / "other"), file)
    assert not list(tmp_path.rglob("evil.txt")) and not list((tmp_path / "other").rglob("link"))


def test_a_later_version_is_not_restored(tmp_path):
    home = filled(tmp_path)
    with open_double(home) as index:
        index.catalog.set("schema", "999")
    backup.backup(Home(home), tmp_path / "all.tar")
    with pytest.raises(HomeUnusable, match="999"):
        backup.restore(Home(tmp_path / "other"), tmp_path / "all.tar")
    assert not Home(tmp_path / "other").catalog.exists()


def test_all_is_exported_in_open_formats(tmp_path):
    home = filled(tmp_path)
    assert export(Home(home), tmp_path / "out") == {"documents": 4, "passages": 4, "conversations": 1}
    lines = {
        name: [json.loads(line) for line in (tmp_path / "out" / f"{name}.jsonl").read_text().splitlines()]
        for name in ("documents", "passages", "conversations")
    }
    texts = {document["id"]: document["text"] for document in lines["documents"]}
    for passage in lines["passages"]:
        assert texts[passage["source"]][passage["start"] : passage["end"]] == passage["text"]
    assert lines["conversations"][0]["turns"][0]["answer"]["text"] == "1871"
    with open_double(tmp_path / "again") as index:
        assert len(index.add([tmp_path / "out" / "documents.jsonl"]).added) == 4, "a corpus that can be read again"
