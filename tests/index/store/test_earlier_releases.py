"""Data of earlier releases: a folder opens without being rebuilt, and a backup restores.

The files in ``data/`` were made by release 0.2.0 with its bundled models, from two short texts on a mill and a bridge.
"""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest
from places import DATA

from footnoted.assistant import open_assistant
from footnoted.assistant.cli import main
from footnoted.index import open_index
from footnoted.index.models.embed import BundledEmbeddings

QUESTION = "When did the mill burn down?"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    with tarfile.open(DATA / "home-0.2.0.tar.gz") as archive:
        archive.extractall(tmp_path, filter="data")
    return tmp_path / "home"


def test_a_folder_of_the_last_release_opens_without_a_rebuild(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a stored text is embedded again")

    monkeypatch.setattr(BundledEmbeddings, "embed_documents", refuse)
    with open_index(home) as index:
        before = index.vectors.ids(), index.catalog.generation(), index.catalog.edition()
        found = index.retrieve(QUESTION, k=1)[0]
        assert "burnt down in 1950" in found.text
        assert index.text_of(found.source)[found.start : found.end] == found.text
        assert index.check() == []
        assert before == (index.vectors.ids(), index.catalog.generation(), index.catalog.edition())


def test_a_folder_of_the_last_release_answers(home: Path) -> None:
    with open_assistant(home) as assistant:
        answer = assistant.answer(QUESTION)
        assert "1950" in answer.text and not answer.refused
        for note in answer.citations:
            assert assistant.index.text_of(note.source)[note.start : note.end] == note.quote


def test_a_backup_of_the_last_release_restores(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = str(tmp_path / "home")
    assert main(["restore", str(DATA / "backup-0.2.0.tar.gz"), "--home", home]) == 0
    assert main(["list", "--home", home]) == 0
    shown = capsys.readouterr().out
    assert "mill.md" in shown and "bridge.txt" in shown
    with open_index(home) as index:
        assert "burnt down in 1950" in index.retrieve(QUESTION, k=1)[0].text
        assert index.check() == []
