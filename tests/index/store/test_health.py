"""What doctor looks for around the index, each problem with what mends it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from doubles import HashEmbeddings, open_double

from footnoted.index.adding import reindex
from footnoted.index.errors import ModelUnavailable
from footnoted.index.index import Index
from footnoted.index.store import health
from footnoted.index.store.damage import damaged_databases


@pytest.fixture
def index(tmp_path: Path):
    (tmp_path / "note.txt").write_text("Zebras have stripes.")
    with open_double(tmp_path / "home") as index:
        index.add(tmp_path / "note.txt")
        yield index


def test_a_sound_index_has_no_problem(index: Index) -> None:
    assert health.examine(index.live, index.reranker) == []
    assert health.unfinished(index.live) == ""


def test_a_missing_model_is_named(index: Index, monkeypatch) -> None:
    def missing(*_: object) -> None:
        raise ModelUnavailable("The model file is missing: reinstall the wheel.")

    monkeypatch.setattr(index.embeddings, "embed_query", missing)
    monkeypatch.setattr(index.reranker, "scores", missing)
    assert health.examine(index.live, index.reranker) == ["The model file is missing: reinstall the wheel."] * 2


def test_little_room_is_named(index: Index, monkeypatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**9, 10**9 - 10**6, 10**6))
    (problem,) = health.examine(index.live, index.reranker)
    assert problem.startswith("Only 1 MB are left on the disk of") and "make room" in problem


def test_files_of_another_person_are_named(index: Index, monkeypatch) -> None:
    access = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: "keywords" not in str(path) and access(path, mode))
    (problem,) = health.examine(index.live, index.reranker)
    assert "keywords and " in problem and "chown -R" in problem


def test_another_version_is_named_with_its_command(index: Index, monkeypatch) -> None:
    monkeypatch.setattr(health, "PARSER_VERSION", "next")
    monkeypatch.setattr(reindex, "KEYWORDS_VERSION", "next")
    assert health.examine(index.live, index.reranker) == [
        "The keyword index was made by another version of Footnote. Run 'footnote reindex'.",
        "1 file was read by another version of Footnote: 'footnote add' reads what it is given again.",
    ]


def test_a_damaged_catalog_is_named(index: Index) -> None:
    with index.catalog.transaction() as connection:
        connection.executemany(
            "INSERT INTO meta VALUES (?, ?)", [(f"key {n}", "x" * 100) for n in range(2000)]
        )  # enough pages to lose one of
    index.close()
    file = index.home.catalog
    data = bytearray(file.read_bytes())
    data[-3 * 4096 : -4096] = b"\x07" * 8192
    file.write_bytes(data)
    (problem,) = damaged_databases(index.home)
    assert "is damaged" in problem and "footnote restore" in problem


def test_an_interrupted_reindex_is_mentioned(index: Index, monkeypatch) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(reindex._Work, "switch", stop)
        index.reindex(HashEmbeddings("double/other"))
    assert "Reindexing with double/other was begun and has 1 of 1 documents" in health.unfinished(index.live)
    assert health.examine(index.live, index.reranker) == []
    (index.home.draft(2)).write_bytes(b"junk" * 1000)
    assert health.unfinished(index.live) == ""
