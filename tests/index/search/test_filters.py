"""Filters, collections and metadata: exact, before ranking, whatever they are combined with."""

from __future__ import annotations

import json
import os
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest
from doubles import open_double
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from footnoted.assistant.cli import main
from footnoted.index import DocumentInfo, Filter, Index
from footnoted.index.errors import FilterInvalid, SourceNotFound
from footnoted.index.types import CollectionInfo


def write(path: Path, text: str, day: str = "2024-03-01") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    changed = datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp()
    os.utime(path, (changed, changed))
    return path


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("filters")
    records = [
        {"id": "r1", "title": "Frog one", "text": "frogs in a pond", "date": "2020-05-06", "year": 2020, "tag": "a"},
        {"id": "r2", "title": "Frog two", "text": "frogs in a lake", "year": 2021, "tag": "b"},
    ]
    with open_double(folder / "home") as index:
        write(folder / "sales/north.txt", "frogs sell in the north", "2023-12-31")
        write(folder / "sales/south.md", "# Ärger im Süden\n\nfrogs sell in the south", "2024-01-01")
        write(folder / "sales/copy.txt", "frogs in the house", "2024-02-01")
        write(folder / "house/same.txt", "frogs in the house", "2025-02-01")
        write(folder / "corpus.jsonl", "\n".join(map(json.dumps, records)))
        index.add(folder / "sales", collection="Sales")
        index.add(folder / "house", metadata={"tag": "b", "room": "kitchen"})
        index.add(folder / "corpus.jsonl")
        yield index


CASES = {
    "nothing": (Filter(), {"north.txt", "south.md", "same.txt", "r1", "r2"}),
    "a collection": (Filter(collections=["Sales"]), {"north.txt", "south.md", "copy.txt"}),
    "two collections": (Filter(collections=["Sales", "default"]), {"north.txt", "south.md", "same.txt", "r1", "r2"}),
    "no collection": (Filter(collections=[]), set()),
    "the other copy": (Filter(collections=["default"]), {"same.txt", "r1", "r2"}),
    "an ending": (Filter(types=["md"]), {"south.md"}),
    "endings": (Filter(types=[".MD", "jsonl"]), {"south.md", "r1", "r2"}),
    "a media type": (Filter(types=["application/jsonl"]), {"r1", "r2"}),
    "a wild card is none": (Filter(types=["%"]), set()),
    "a title": (Filter(title="frog"), {"r1", "r2"}),
    "words of a title": (Filter(title="TWO frog"), {"r2"}),
    "a title of another script": (Filter(title="süden ÄRGER"), {"south.md"}),
    "from a day": (Filter(after="2024-01-01"), {"south.md", "same.txt"}),
    "before a day": (Filter(before="2024-01-01"), {"north.txt", "r1"}),
    "a year": (Filter(after="2024", before="2025"), {"south.md", "copy.txt"}),
    "a month": (Filter(after="2024-02", before="2024-03"), {"copy.txt"}),
    "a number": (Filter(metadata={"year": 2021}), {"r2"}),
    "a number as text": (Filter(metadata={"year": "2021"}), {"r2"}),
    "one of several": (Filter(metadata={"tag": ["a", "b"]}), {"same.txt", "r1", "r2"}),
    "given by hand": (Filter(metadata={"room": "kitchen"}), {"same.txt"}),
    "two fields": (Filter(metadata={"tag": "b", "year": 2021}), {"r2"}),
    "an unknown field": (Filter(metadata={"zone": "b"}), set()),
    "everything": (Filter(["r1"], ["default"], ["jsonl"], "one", "2020", "2021", {"tag": "a"}), {"r1"}),
    "a contradiction": (Filter(["r1"], ["Sales"]), set()),
}


@pytest.mark.parametrize("name", CASES)
def test_a_filter_gives_exactly_its_documents(index: Index, name: str) -> None:
    chosen, expected = CASES[name]
    found = {passage.document_id for passage in index.retrieve("frogs", 50, filter=chosen)}
    assert found == expected


def test_of_two_copies_the_one_in_the_filter_is_shown(index: Index) -> None:
    (passage,) = index.retrieve("frogs in the house", 50, filter=Filter(collections=["default"], after="2025"))
    assert passage.document_id == "same.txt"
    assert index.text_of(passage.source)[passage.start : passage.end] == passage.text


def test_sources_and_a_filter_must_both_hold(index: Index) -> None:
    both = index.retrieve("frogs", 5, sources=["r1", "r2"], filter=Filter(sources=["r2", "north.txt"]))
    assert {passage.document_id for passage in both} == {"r2"}


@pytest.mark.parametrize("day", ["yesterday", "2024-1-1", "01.02.2024", "2024-01-01' OR 1=1 --"])
def test_what_is_no_date_is_said(index: Index, day: str) -> None:
    with pytest.raises(FilterInvalid, match="is not a date: write 2024"):
        index.retrieve("frogs", filter=Filter(after=day))


def holds(info: DocumentInfo, chosen: Filter) -> bool:
    """The meaning of a filter, said once more and simply."""
    return (
        (chosen.collections is None or info.collection in chosen.collections)
        and (chosen.types is None or any(info.path.endswith("." + ending) for ending in chosen.types))
        and (not chosen.after or info.date >= chosen.after)
        and (not chosen.before or bool(info.date) and info.date < chosen.before)
        and all(str(info.metadata.get(name)) == str(value) for name, value in chosen.metadata.items())
    )


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.builds(
        Filter,
        collections=st.none() | st.lists(st.sampled_from(["Sales", "default", "other"]), unique=True),
        types=st.none() | st.lists(st.sampled_from(["txt", "md", "jsonl", "pdf"]), unique=True),
        after=st.sampled_from(["", "2020", "2024", "2024-01-02"]),
        before=st.sampled_from(["", "2021-01", "2024-01-01", "2030"]),
        metadata=st.dictionaries(st.sampled_from(["tag", "year"]), st.sampled_from(["a", "b", 2020]), max_size=1),
    )
)
def test_any_filter_finds_what_a_look_at_every_document_finds(index: Index, chosen: Filter) -> None:
    wanted = {index.text_of(info.source) for info in index.documents() if holds(info, chosen)}
    passages = index.retrieve("frogs", 50, filter=chosen)
    assert {passage.text for passage in passages} == wanted
    held = {info.source for info in index.documents() if holds(info, chosen)}
    assert {passage.source for passage in passages} <= held


# Collections and metadata over time -------------------------------------------------------------------------------


def collections_of(index: Index) -> dict[str, str]:
    return {info.document_id: info.collection for info in index.documents()}


def test_a_collection_is_kept_and_joined_and_changed(tmp_path: Path) -> None:
    write(tmp_path / "f/a.txt", "one frog")
    with open_double(tmp_path / "home") as index:
        index.add(tmp_path / "f", collection="  Pond   life ")
        write(tmp_path / "f/b.txt", "two frogs")
        write(tmp_path / "f/a.txt", "one frog more")
        write(tmp_path / "f/broken.pdf", "no pdf")
        index.add(tmp_path / "f")
        assert collections_of(index) == {"a.txt": "Pond life", "b.txt": "Pond life", "broken.pdf": "Pond life"}
        report = index.add(tmp_path / "f/b.txt", collection="Other")
        assert not report.passages_embedded
        assert collections_of(index)["b.txt"] == "Other"
        index.set_collection("a.txt", "Other")
        assert index.collections() == [CollectionInfo("Other", 2, 2)]
        with pytest.raises(SourceNotFound):
            index.set_collection("z.txt", "Other")


def test_metadata_given_by_hand_is_kept_until_it_is_given_anew(tmp_path: Path) -> None:
    file = write(tmp_path / "a.txt", "one frog")
    with open_double(tmp_path / "home") as index:
        for given_now, expected in (({"team": "x"}, {"team": "x"}), (None, {"team": "x"}), ({}, {})):
            index.add(file, metadata=given_now)
            assert index.documents()[0].metadata == expected


@pytest.mark.parametrize("name", ["", "  ", "x" * 65, "a\nb\x00"])
def test_what_is_no_name_of_a_collection_is_said(tmp_path: Path, name: str) -> None:
    with open_double(tmp_path / "home") as index, pytest.raises(FilterInvalid, match="A collection's name has 1 to 64"):
        index.add(tmp_path, collection=name)


# An older data folder ---------------------------------------------------------------------------------------------

VERSION_1 = """
ALTER TABLE contents DROP COLUMN blocks;
ALTER TABLE contents DROP COLUMN digest;
ALTER TABLE passages DROP COLUMN digest;
ALTER TABLE passages DROP COLUMN columns;
DROP INDEX files_of_collection;
ALTER TABLE passages DROP COLUMN text;
ALTER TABLE passages DROP COLUMN page;
ALTER TABLE passages DROP COLUMN location;
ALTER TABLE files DROP COLUMN collection;
ALTER TABLE files DROP COLUMN labels;
ALTER TABLE documents DROP COLUMN date;
UPDATE meta SET value = '1' WHERE key = 'schema';
"""


def test_a_data_folder_of_version_1_is_brought_up_to_date(tmp_path: Path) -> None:
    write(tmp_path / "a.txt", "one frog 😀. " * 300)
    (tmp_path / "c.jsonl").write_text('{"id": "r", "text": "a record"}')
    with open_double(tmp_path / "home") as index:
        index.add([tmp_path / "a.txt", tmp_path / "c.jsonl"])
        before, documents = index.retrieve("frog", 20), index.documents()
    connection = sqlite3.connect(tmp_path / "home/catalog.sqlite")
    connection.executescript(VERSION_1)
    connection.close()
    with open_double(tmp_path / "home") as index:
        assert index.catalog.get("schema") == "4"
        assert index.retrieve("frog", 20) == before
        assert index.documents() == documents
        assert index.check() == []
        report = index.add([tmp_path / "a.txt", tmp_path / "c.jsonl"])
        assert len(report.unchanged) == 2 and not report.passages_embedded


def test_the_tags_and_authors_at_the_head_of_a_file_are_fields(tmp_path: Path) -> None:
    write(tmp_path / "a.md", "---\ntags: [pond, b c]\nauthor: Ute\n---\nOne frog lives here.")
    write(tmp_path / "b.md", "Another frog lives there.")
    with open_double(tmp_path / "home") as index:
        index.add([tmp_path / "a.md", tmp_path / "b.md"])

        def found(**fields: object) -> set[str]:
            return {Path(one.source).name for one in index.retrieve("frog", filter=Filter(metadata=fields))}

        assert found(tags="pond") == found(tags=["x", "b c"], author="Ute") == {"a.md"}
        assert found(tags="b") == found(author="U") == set()


def test_the_command_line_adds_to_a_collection_with_fields(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write(tmp_path / "a.txt", "One frog lives in the pond.")
    home = ["--home", str(tmp_path / "home"), "--json"]
    assert (
        main(["add", str(file), "--collection", "Pond", "--metadata", "team=x", "--metadata", "year=2020", *home]) == 0
    )
    capsys.readouterr()
    assert main(["list", *home]) == 0
    (document,) = json.loads(capsys.readouterr().out)
    assert (document["collection"], document["metadata"]) == ("Pond", {"team": "x", "year": "2020"})
    assert document["date"] == "2024-03-01"
    with pytest.raises(SystemExit):
        main(["add", str(file), "--metadata", "team", *home])
    assert "'team' is not of the form KEY=VALUE" in capsys.readouterr().err
