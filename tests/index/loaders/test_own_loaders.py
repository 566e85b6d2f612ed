"""A program's own loaders: what they may give, what happens when they fail, and when their files are read again."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from doubles import assert_in_step, open_double
from langchain_core.documents import Document

from footnoted.index import Filter, LoadedDocument, Section
from footnoted.index.errors import HomeUnusable
from footnoted.index.store.health import examine

LOG = "1950|The mill of Kell burnt down.\n1951|It was built again."


def told(path: Path) -> str:
    """A log's lines as sentences."""
    lines = [line.split("|") for line in path.read_text().splitlines()]
    return "\n".join(f"In {year}: {text}" for year, text in lines)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "papers"
    made.mkdir()
    (made / "mill.mlog").write_text(LOG)
    (made / "note.txt").write_text("The baker of Kell is called Anna.")
    return made


def test_a_folder_with_files_that_only_the_program_can_read(tmp_path: Path, folder: Path) -> None:
    with open_double(tmp_path / "home", loaders={".mlog": told}) as index:
        report = index.add(folder)
        assert sorted(Path(one).name for one in report.added) == ["mill.mlog", "note.txt"]
        (found,) = [one for one in index.retrieve("When did the mill burn down?", 3) if one.document_id == "mill.mlog"]
        assert "In 1950: The mill of Kell burnt down." in found.text
        assert index.text_of(found.source)[found.start : found.end] == found.text
        assert not index.add(folder).added and len(index.add(folder).unchanged) == 2
        assert_in_step(index)
        assert not [one for one in examine(index.live, index.reranker) if "another version" in str(one)]


def test_without_the_loader_its_documents_are_kept_and_it_is_said_why_they_are_not_read(tmp_path, folder) -> None:
    with open_double(tmp_path / "home", loaders={".MLOG": told}) as index:
        index.add(folder)
    (folder / "mill.mlog").write_text(LOG + "\n1952|The wheel was sold.")
    with open_double(tmp_path / "home") as index:
        report = index.add(folder)
        assert not report.removed and "no loader for files ending in .mlog" in str(report.skipped)
        assert [Path(one).name for one in report.unsupported] == ["mill.mlog"]
        assert index.retrieve("mill", 1)[0].document_id == "mill.mlog"


def test_another_version_of_a_loader_reads_its_files_again(tmp_path: Path, folder: Path) -> None:
    class Log:
        def __init__(self, version: str, before: str) -> None:
            self.version, self.before = version, before

        def __call__(self, path: Path) -> str:
            return self.before + told(path)

    for version, before, changed in (("1", "", 0), ("1", "never read", 0), ("1.1", "A log. ", 1)):
        with open_double(tmp_path / "home", loaders={".mlog": Log(version, before)}) as index:
            assert len(index.add(folder).changed) == changed
    with open_double(tmp_path / "home") as index:
        assert index.text_of(str(folder / "mill.mlog")).startswith("A log. In 1950")


def test_langchain_documents_are_the_parts_of_one_file(tmp_path: Path, folder: Path) -> None:
    def pages(path: Path) -> list[Document]:
        return [
            Document(
                page_content=line, metadata={"page": number, "title": "Annals", "source": str(path), "author": "Ada"}
            )
            for number, line in enumerate(told(path).splitlines())
        ]

    with open_double(tmp_path / "home", loaders={".mlog": pages}) as index:
        index.add(folder / "mill.mlog")
        (one,) = index.documents()
        assert (one.title, one.pages, one.metadata["author"]) == ("Annals", 2, "Ada")
        assert "source" not in one.metadata
        found = index.retrieve("built again", 5, filter=Filter(metadata={"author": "Ada"}))
        text = index.text_of(found[0].source)
        assert text == "In 1950: The mill of Kell burnt down.\n\nIn 1951: It was built again."
        assert {passage.page for passage in found} <= {1, 2}


def test_a_document_of_our_own_kind(tmp_path: Path, folder: Path) -> None:
    def load(path: Path) -> LoadedDocument:
        text = told(path)
        return LoadedDocument(text, "Annals", (Section(0, len(text), "sheet Kell"),), metadata={"date": "1960-01-01"})

    with open_double(tmp_path / "home", loaders={".mlog": load}) as index:
        index.add(folder / "mill.mlog")
        assert index.documents()[0].date == "1960-01-01"
        assert index.retrieve("mill", 1)[0].location == "sheet Kell"


@pytest.mark.parametrize(
    ("loader", "said"),
    [
        (lambda path: 1 / 0, "failed (ZeroDivisionError: division by zero)"),
        (lambda path: "", "holds no text"),
        (lambda path: [], "holds no text"),
        (lambda path: None, "failed (TypeError"),
        (lambda path: ["a string"], "failed (AttributeError"),
        (lambda path: LoadedDocument("a\r\nb"), "characters that cannot be stored"),
    ],
)
def test_a_loader_that_fails_is_one_sentence_and_loses_nothing(tmp_path, folder, loader, said) -> None:
    with open_double(tmp_path / "home", loaders={".mlog": told}) as index:
        index.add(folder)
    with open_double(tmp_path / "home", loaders={".mlog": loader}) as index:
        report = index.add(folder)
        (reason,) = [reason for path, reason in report.skipped.items() if path.endswith("mill.mlog")]
        assert said in reason and reason.startswith("mill.mlog") and "\n" not in reason
        assert index.retrieve("mill", 1)[0].document_id == "mill.mlog", "the last good version stays"


@pytest.mark.parametrize(
    ("loaders", "said"),
    [
        ({"mlog": told}, "not a file ending"),
        ({"": told}, "not a file ending"),
        ({".a/b": told}, "no"),
        ({".mlog": 3}, "called"),
    ],
)
def test_what_can_be_no_loader_is_refused_at_once(tmp_path: Path, loaders: dict, said: str) -> None:
    with pytest.raises(HomeUnusable, match=said):
        open_double(tmp_path / "home", loaders=loaders)


def test_one_of_ours_can_be_replaced(tmp_path: Path, folder: Path) -> None:
    with open_double(tmp_path / "home", loaders={".txt": lambda path: path.read_text().upper()}) as index:
        index.add(folder / "note.txt")
        assert index.text_of(str(folder / "note.txt")) == "THE BAKER OF KELL IS CALLED ANNA."


def test_a_watched_folder_sees_such_files_too(tmp_path: Path, folder: Path) -> None:
    stop = threading.Event()
    with open_double(tmp_path / "home", loaders={".mlog": told}) as index:
        going = index.watch(folder, stop=stop, polling=True)
        assert len(next(going).added) == 2
        (folder / "mill.mlog").unlink()
        assert [Path(one).name for one in next(going).removed] == ["mill.mlog"]
        stop.set()
        assert list(going) == []
