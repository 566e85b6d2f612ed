"""Damage is told in one sentence and never quoted, taken for emptiness, or shown as a traceback."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from doubles import open_double
from server_doubles import team

from footnoted.assistant.backup import backup, restore
from footnoted.assistant.chain import open_assistant
from footnoted.assistant.cli import main
from footnoted.assistant.errors import AssistantError, BackupError
from footnoted.assistant.server.accounts.accounts import Accounts
from footnoted.assistant.server.state import State
from footnoted.assistant.settings import Settings
from footnoted.assistant.web.conversations.conversations import UNREADABLE, Conversations
from footnoted.index.errors import HomeUnusable, TextDamaged
from footnoted.index.index import LEFT_OUT
from footnoted.index.store.catalog import Catalog
from footnoted.index.store.database import examined, row_digest
from footnoted.index.store.home import DATABASES, Home

TRAM = "The tram line will cost 412 million. It was approved on 14 March 2024.\n"
QUESTION = "What will the tram line cost?"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A data folder with two documents, an account and a conversation."""
    folder, documents = tmp_path / "home", tmp_path / "documents"
    documents.mkdir()
    (documents / "tram.txt").write_text(TRAM)
    (documents / "mill.txt").write_text("The mill of Kell burnt down in 1950.\n")
    with open_double(folder) as index:
        index.add(documents)
    with closing(Accounts(folder / "accounts.sqlite3")) as accounts:
        accounts.add_user("anna", "correct horse")
    with closing(Conversations(folder / "conversations.sqlite3")) as kept:
        kept.add("anna", kept.begin("anna", QUESTION), QUESTION, {"text": "412 million"})
    return folder


def flip(file: Path, old: bytes, new: bytes) -> None:
    """Change bytes on the disk behind everybody's back."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    data = file.read_bytes()
    assert old in data and len(old) == len(new)
    file.write_bytes(data.replace(old, new))


def emptied(file: Path) -> None:
    for beside in file.parent.glob(f"{file.name}-*"):
        beside.unlink()
    file.write_bytes(b"")


def truncated(file: Path) -> None:
    emptied(file.with_name("nothing"))
    file.write_bytes(file.read_bytes()[:5000])


def garbled(file: Path) -> None:
    file.write_bytes(b"\x07" * 8192)


def cut_out(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[4096:] = b"\x07" * (len(data) - 4096)
    file.write_bytes(data)


def made_a_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


DAMAGES = [emptied, truncated, garbled, cut_out, made_a_folder]


def checkpoint(home: Path) -> None:
    for name in DATABASES:
        with closing(sqlite3.connect(home / name)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


@pytest.mark.parametrize("name", DATABASES)
@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_a_broken_database_is_told_with_the_way_out_and_restored(home, name, damage, tmp_path, capsys) -> None:
    backup(Home(home), tmp_path / "all.tar")
    checkpoint(home)
    damage(home / name)
    assert main(["doctor", "--home", str(home)]) == 1
    said = capsys.readouterr()
    assert name in said.out + said.err and "footnote restore" in said.out + said.err
    assert len((said.out + said.err).splitlines()) == 1 and "Traceback" not in said.err
    with pytest.raises(HomeUnusable, match="footnote restore"):
        if name == "catalog.sqlite":
            with open_double(home) as index:
                index.retrieve(QUESTION)
                index.documents()
        elif name == "accounts.sqlite3":
            with closing(Accounts(home / name)) as accounts:
                accounts.users()
        else:
            with closing(Conversations(home / name)) as kept:
                kept.listed("anna")
    with pytest.raises((BackupError, HomeUnusable), match="footnote restore"):
        backup(Home(home), tmp_path / "bad.tar")
    restore(Home(home), tmp_path / "all.tar", replace=True)
    with open_double(home) as index, closing(Accounts(home / "accounts.sqlite3")) as accounts:
        assert index.retrieve(QUESTION, k=1)[0].text == TRAM.strip()
        assert index.check() == [] and [user.name for user in accounts.users()] == ["anna"]


@pytest.mark.parametrize("damage", [emptied, Path.unlink], ids=["emptied", "deleted"])
def test_a_folder_without_its_catalog_is_not_an_empty_one(home, damage, capsys) -> None:
    checkpoint(home)
    damage(home / "catalog.sqlite")
    before = sorted(path for path in (home / "keywords").iterdir() if path.suffix == ".store")
    for command in (["list"], ["ask", QUESTION], ["add", str(home.parent / "documents")], ["doctor"]):
        assert main([*command, "--home", str(home)]) == 1
        said = capsys.readouterr()
        assert "footnote restore" in said.err + said.out and "documents yet" not in said.out
    assert sorted(path for path in (home / "keywords").iterdir() if path.suffix == ".store") == before


def test_a_catalog_that_is_lost_while_it_is_open_does_not_become_an_empty_one(home) -> None:
    catalog = Catalog(home / "catalog.sqlite")
    checkpoint(home)
    (home / "catalog.sqlite").rename(home / "elsewhere")
    catalog._connections._local.held = None  # as in a new thread of a server
    with pytest.raises(HomeUnusable, match="footnote restore"):
        catalog.count_documents()
    assert not (home / "catalog.sqlite").exists()
    catalog.close()


def test_a_changed_byte_of_a_text_is_not_quoted(home, capsys) -> None:
    flip(home / "catalog.sqlite", b"412 million", b"912 million")
    with open_double(home) as index:
        with pytest.raises(TextDamaged, match=r"tram\.txt is damaged .*footnote doctor --repair.*footnote restore"):
            index.text_of(str(home.parent / "documents" / "tram.txt"))
        assert all("912" not in passage.text for passage in index.retrieve(QUESTION))
        assert index.notice == LEFT_OUT
        with open_assistant(index=index, settings=Settings(home=str(home), threshold=-1.0)) as assistant:
            answer = assistant.answer(QUESTION)
            assert "912" not in answer.text and answer.notice == LEFT_OUT
            assert "1950" in assistant.answer("When did the mill of Kell burn down?").text, "the rest is as it was"


@pytest.mark.parametrize("what", ["text of the passage", "text of the document", "no UTF-8"])
def test_one_copy_of_a_text_is_enough_to_be_seen(home, what) -> None:
    with closing(sqlite3.connect(home / "catalog.sqlite")) as connection, connection:
        table = "passages" if what == "text of the passage" else "contents"
        new = "replace(text, '412', '912')" if what != "no UTF-8" else "CAST(x'ff' || substr(text, 2) AS TEXT)"
        connection.execute(f"UPDATE {table} SET text = {new} WHERE text LIKE '%412%'")
    with open_double(home) as index:
        assert all("912" not in passage.text for passage in index.retrieve(QUESTION))
        content = index.catalog.read("SELECT content_id FROM documents WHERE source LIKE '%tram.txt'")[0][0]
        assert index.catalog.excerpt(content, 0, len(TRAM)) == ""
        assert index.notice == LEFT_OUT
        assert len(index.check()) + len(_around(index)) >= 1


def _around(index) -> list[str]:
    from footnoted.index.store.health import examine

    return examine(index.live, index.reranker)


def test_the_doctor_finds_a_damaged_text_and_has_it_read_again(home, capsys, monkeypatch) -> None:
    flip(home / "catalog.sqlite", b"412 million", b"912 million")
    with open_double(home) as index:
        (problem,) = _around(index)
        assert "tram.txt is damaged" in problem
        (done,) = index.repair()
        tram = home.parent / "documents" / "tram.txt"
        assert done == f"{tram} will be read again by 'footnote add {tram}': its stored text is damaged."
        assert index.add(tram).changed == (str(tram),)
        assert index.text_of(str(tram)) == TRAM and _around(index) == [] and index.check() == []
        assert "412" in index.retrieve(QUESTION, k=1)[0].text and index.notice == ""


def test_an_excerpt_is_compared_with_its_passages(tmp_path) -> None:
    text = " ".join(f"Sentence number {number} is about the bridge of Kell." for number in range(300))
    (tmp_path / "long.txt").write_text(text)
    with open_double(tmp_path / "home") as index:
        index.add(tmp_path / "long.txt")
        content = index.catalog.read("SELECT id FROM contents")[0][0]
        assert index.catalog.count_passages() > 3
        for start, end in ((0, 40), (100, 9000), (1234, 5678), (len(text) - 7, len(text)), (2000, 2000)):
            assert index.catalog.excerpt(content, start, end) == text[start:end]
        assert not index.notice


def test_a_digest_tells_fields_apart() -> None:
    rows = [("a", "b"), ("ab",), ("a", None), ("a", "None"), ("a", 1), ("a", "1"), ("a",)]
    assert len({row_digest(*row) for row in rows}) == 7
    assert row_digest("é") == row_digest("é".encode())


def test_a_sound_database_has_nothing_wrong(home) -> None:
    assert [examined(home / name) for name in DATABASES] == ["", "", ""]
    assert examined(home / "not-there") == ""


def test_a_damaged_answer_costs_no_other(home) -> None:
    with closing(sqlite3.connect(home / "conversations.sqlite3")) as connection, connection:
        connection.execute('UPDATE turns SET answer = \'{"text": "412\'')
    with closing(Conversations(home / "conversations.sqlite3")) as kept:
        (conversation,) = kept.listed("anna")
        (turn,) = kept.turns("anna", conversation.id)
        assert turn.answer["text"] == UNREADABLE and turn.question == QUESTION


def test_lost_accounts_let_nobody_in(tmp_path) -> None:
    with team(tmp_path) as people, people.client() as client:
        assert client.get("/api/documents").status_code == 401
        for name in people.tokens:
            people.state.accounts.remove_user(name)
        assert client.get("/api/documents").status_code == 401, "there were accounts a moment ago"
        assistant = people.state.assistant
        people.state.accounts.add_user("dora", "correct horse", admin=True)
        State(assistant).close()
        for file in (tmp_path / "home").glob("accounts.sqlite3*"):
            file.unlink()
        with pytest.raises(AssistantError, match="accounts, is gone.*footnote restore.*users add"):
            State(assistant)


def test_a_folder_of_layout_3_gets_its_digests(home) -> None:
    with closing(sqlite3.connect(home / "catalog.sqlite")) as connection, connection:
        for table in ("contents", "passages"):
            connection.execute(f"ALTER TABLE {table} DROP COLUMN digest")
        connection.execute("UPDATE meta SET value = '3' WHERE key = 'schema'")
    shutil.copytree(home, home.parent / "earlier")
    with open_double(home) as index:
        assert index.catalog.get("schema") == "4"
        assert _around(index) == [] and index.retrieve(QUESTION, k=1)[0].text == TRAM.strip() and not index.notice


def test_what_nobody_foresaw_is_a_sentence(home, capsys) -> None:
    with closing(sqlite3.connect(home / "catalog.sqlite")) as connection, connection:
        connection.execute("UPDATE documents SET metadata = '{'")
        connection.execute("UPDATE meta SET value = '' WHERE key LIKE 'embedding%'")
    assert main(["list", "--home", str(home)]) == 1
    said = capsys.readouterr().err
    assert said.startswith("footnote: ") and "footnote doctor" in said and "Traceback" not in said
