"""Every file of a data folder is damaged in every way: what is said is one sentence, and nothing wrong is quoted."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from pathlib import Path

import pytest
from doubles import open_double

from footnoted.assistant.errors import AssistantError
from footnoted.assistant.server.accounts.accounts import Accounts
from footnoted.assistant.web.conversations.conversations import Conversations
from footnoted.index.errors import IndexingError
from footnoted.index.store.damage import damaged_databases
from footnoted.index.store.home import DATABASES, Home

QUESTION = "What will the tram line cost?"
TEXTS = {
    f"{number}.txt": f"Tram line {number} will cost {number + 400} million.\n\nIt has {number} stops in Kell.\n"
    for number in range(20)
}


@pytest.fixture(scope="module")
def original(tmp_path_factory) -> Path:
    """A data folder with everything in it, closed, with its write-ahead logs written back."""
    folder = tmp_path_factory.mktemp("matrix")
    (folder / "documents").mkdir()
    for name, text in TEXTS.items():
        (folder / "documents" / name).write_text(text)
    home = folder / "home"
    with open_double(home) as index:
        index.add(folder / "documents")
    with contextlib.closing(Accounts(home / "accounts.sqlite3")) as accounts:
        accounts.add_user("anna", "correct horse")
    with contextlib.closing(Conversations(home / "conversations.sqlite3")) as kept:
        kept.add("anna", kept.begin("anna", QUESTION), QUESTION, {"text": "412 million"})
    for name in DATABASES:
        with contextlib.closing(sqlite3.connect(home / name)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return home


def emptied(file: Path, place: float) -> None:
    file.write_bytes(b"")


def truncated(file: Path, place: float) -> None:
    file.write_bytes(file.read_bytes()[: int(file.stat().st_size * place)])


def deleted(file: Path, place: float) -> None:
    file.unlink()


def flipped(file: Path, place: float) -> None:
    data = bytearray(file.read_bytes())
    for at in range(int(len(data) * place), min(int(len(data) * place) + 8, len(data))):
        data[at] ^= 0xFF
    file.write_bytes(bytes(data))


def made_a_folder(file: Path, place: float) -> None:
    file.unlink()
    file.mkdir()


DAMAGES = [
    *((damage, 0.0) for damage in (emptied, deleted, made_a_folder)), (truncated, 0.5),
    *((flipped, place) for place in (0.0, 0.3, 0.6, 0.9)),
]  # fmt: skip


def files_of(home: Path) -> list[Path]:
    files = (path.relative_to(home) for path in sorted(home.rglob("*")) if path.is_file() and path.stat().st_size)
    return list({(path.parts[0], path.suffix): path for path in files}.values())  # one of each kind


def assert_a_sentence(error: Exception, about: Path, damage: str) -> None:
    said = str(error)
    assert said and "\n" not in said and len(said) < 600 and "Traceback" not in said, (about, damage, said)


def uses(home: Path):
    """What a person does with a data folder, each as a call."""

    def index() -> None:
        with open_double(home) as opened:
            for passage in opened.retrieve(QUESTION, 10):
                assert any(passage.text in text for text in TEXTS.values()), "quoted as it was not written"
            listed = opened.documents()
            for info in listed:
                with contextlib.suppress(IndexingError):
                    assert opened.text_of(info.source) in TEXTS.values()
            opened.check()
            opened.repair()
            assert opened.check() == []

    def accounts() -> None:
        with contextlib.closing(Accounts(home / "accounts.sqlite3")) as opened:
            opened.users()
            opened.check_password("anna", "correct horse")

    def conversations() -> None:
        with contextlib.closing(Conversations(home / "conversations.sqlite3")) as opened:
            for conversation in opened.listed("anna"):
                opened.turns("anna", conversation.id)

    return index, accounts, conversations, lambda: damaged_databases(Home(home))


@pytest.mark.parametrize(("damage", "place"), DAMAGES, ids=lambda value: getattr(value, "__name__", str(value)))
def test_a_damaged_file_is_a_sentence_or_is_mended(original, tmp_path, damage, place) -> None:
    for file in files_of(original):
        home = tmp_path / "home"
        shutil.copytree(original, home)
        damage(home / file, place)
        failed = []
        for use in uses(home):
            try:
                use()
            except (IndexingError, AssistantError) as error:
                assert_a_sentence(error, file, damage.__name__)
                failed.append(use.__name__)
        if file.parts[0] in ("vectors", "keywords"):
            assert not failed, (file, "is derived: it is made again")
            with open_double(home) as index:
                assert len(index.documents()) == len(TEXTS) and index.retrieve(QUESTION, 3)
        elif str(file) in DATABASES and damage in (emptied, made_a_folder):
            assert failed, "it is not taken for an empty one"
        shutil.rmtree(home)
