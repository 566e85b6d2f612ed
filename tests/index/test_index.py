"""The open index: models, damage and repair, removal, and what another process or thread sees."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest
from doubles import HashEmbeddings, assert_in_step, contents_of, open_double

from footnoted.index.adding.reindex import stale
from footnoted.index.errors import HomeUnusable, ModelMismatch, SourceNotFound
from footnoted.index.index import Index
from footnoted.index.store import repair


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture(scope="module")
def template(tmp_path_factory) -> Path:
    """Twenty notes, each about an animal of its own, and a home that holds them; copied for each test."""
    template = tmp_path_factory.mktemp("template")
    (template / "notes").mkdir()
    for number in range(20):
        (template / "notes" / f"{number:02}.txt").write_text(
            f"Note {number} tells of animal{number} and of nothing else.\n"
        )
    shutil.copytree(template / "notes", template / "unchanged")
    with open_double(template / "home") as index:
        assert len(index.add(template / "notes").added) == 20
        assert_in_step(index)
    return template


@pytest.fixture
def folder(template: Path) -> Path:
    """The notes, as they were when they were added to the home."""
    shutil.rmtree(template / "notes")
    return Path(shutil.copytree(template / "unchanged", template / "notes"))


@pytest.fixture
def filled(home: Path, folder: Path, template: Path) -> Path:
    """A home that holds the notes."""
    return Path(shutil.copytree(template / "home", home))


def best(index: Index, question: str, **options) -> str:
    return Path(index.retrieve(question, 1, **options)[0].source).name


# Damage -----------------------------------------------------------------------------------------------------------


def vectors_gone(home: Path) -> None:
    shutil.rmtree(home / "vectors")


def vectors_a_file(home: Path) -> None:
    shutil.rmtree(home / "vectors")
    (home / "vectors").write_text("in the way")


def vectors_database_gone(home: Path) -> None:
    for file in (home / "vectors").glob("chroma.sqlite3*"):
        file.unlink()


def vectors_database_overwritten(home: Path) -> None:
    (home / "vectors" / "chroma.sqlite3").write_bytes(b"junk" * 1000)


def vectors_database_cut(home: Path) -> None:
    file = home / "vectors" / "chroma.sqlite3"
    file.write_bytes(file.read_bytes()[:20_000])


def keywords_gone(home: Path) -> None:
    shutil.rmtree(home / "keywords")


def keywords_a_file(home: Path) -> None:
    shutil.rmtree(home / "keywords")
    (home / "keywords").write_text("in the way")


def keywords_meta_broken(home: Path) -> None:
    (home / "keywords" / "meta.json").write_text("{")


def keywords_words_gone(home: Path) -> None:
    for file in (home / "keywords").glob("*.term"):
        file.unlink()


def both_gone(home: Path) -> None:
    vectors_gone(home)
    keywords_gone(home)


DAMAGE = [
    vectors_gone, vectors_a_file, vectors_database_gone, vectors_database_overwritten, vectors_database_cut,
    keywords_gone, keywords_a_file, keywords_meta_broken, keywords_words_gone, both_gone,
]  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_index_repairs_itself_when_it_is_read(filled: Path, damage) -> None:
    damage(filled)
    with open_double(filled) as index:
        assert best(index, "animal7") == "07.txt"
        assert index.retrieve("animal7", 1)[0].why.dense_rank == 1
        assert_in_step(index)
        assert index.check() == []


@pytest.mark.parametrize("damage", [vectors_gone, keywords_meta_broken])
def test_a_damaged_index_repairs_itself_when_it_is_written(filled: Path, folder: Path, damage) -> None:
    damage(filled)
    (folder / "new.txt").write_text("Something about zebras.")
    (folder / "00.txt").write_text("Something about gnus.")
    with open_double(filled) as index:
        report = index.add(folder)
        assert (len(report.added), len(report.changed), len(report.unchanged)) == (1, 1, 19)
        assert_in_step(index)
        assert best(index, "zebras") == "new.txt"


def test_check_names_the_damage_and_repair_says_what_it_did(filled: Path) -> None:
    vectors_database_overwritten(filled)
    with open_double(filled) as index:
        index.keywords.delete([1, 2, 3])
    vectors_database_overwritten(filled)
    with open_double(filled) as index:
        problems = index.check()
        assert len(problems) == 2
        assert problems[0].startswith("The vector index in ")
        assert problems[1] == "3 passages are not in the keyword index."
        assert index.repair() == [
            "The vector index could not be used and was rebuilt.",
            "20 passages were put back into the vector index.",
            "3 passages were put back into the keyword index.",
        ]
        assert index.check() == []
        assert index.repair() == []
        assert_in_step(index)


def test_passages_that_the_catalog_does_not_know_are_found_and_deleted(filled: Path) -> None:
    with open_double(filled) as index:
        index.vectors.add([900, 901], [900, 900], HashEmbeddings().embed_documents(["animal7", "x"]))
        index.keywords.add([(900, 900, "", "", "animal7")])
        assert index.check() == [
            "2 passages are in the vector index but in no document.",
            "1 passage is in the keyword index but in no document.",
        ]
    with open_double(filled) as index:
        assert best(index, "animal7") == "07.txt"  # opening it repaired it
        assert_in_step(index)


def test_damage_while_the_index_is_open_is_repaired_at_the_next_question(filled: Path) -> None:
    with open_double(filled) as index:
        before = [passage.source for passage in index.retrieve("animal3 animal4", 2)]
        index.live._stores.vectors._collection.delete(ids=[str(n) for n in index.vectors.ids()])
        index.live._stores.vectors.close()  # every use of a closed client fails
        assert [passage.source for passage in index.retrieve("animal3 animal4", 2)] == before
        assert_in_step(index)


def test_words_are_searched_while_many_vectors_are_made_again(filled: Path, monkeypatch) -> None:
    monkeypatch.setattr(repair, "LONG", 5)
    monkeypatch.setattr(repair, "_BATCH", 4)
    vectors_database_overwritten(filled)
    with open_double(filled, embeddings=HashEmbeddings(delay=0.1)) as index:
        found = index.retrieve("animal7", 1)[0]
        assert Path(found.source).name == "07.txt"
        assert (found.why.dense_rank, found.why.keyword_rank) == (None, 1)
        assert index.restoring
        end = time.monotonic() + 30
        while index.restoring and time.monotonic() < end:
            assert best(index, "animal3") == "03.txt"
        assert index.retrieve("animal7", 1)[0].why.dense_rank == 1
        assert len(index.embeddings.embedded) == 20
        assert_in_step(index)
        assert index.check() == []


def test_making_vectors_again_goes_on_where_a_closed_index_left_it(filled: Path, monkeypatch) -> None:
    monkeypatch.setattr(repair, "LONG", 5)
    monkeypatch.setattr(repair, "_BATCH", 4)
    vectors_gone(filled)
    embedded = 0
    for _ in range(3):
        with open_double(filled, embeddings=HashEmbeddings(delay=0.05)) as index:
            index.retrieve("animal7", 1)
            time.sleep(0.1)
        embedded += len(index.embeddings.embedded)
    with open_double(filled) as index:
        index.retrieve("animal7", 1)
        index.add(filled.parent / "nothing")  # a writer waits for the vectors
        assert not index.restoring
        assert embedded + len(index.embeddings.embedded) == 20
        assert_in_step(index)


def test_a_keyword_index_of_another_version_is_up_to_date_once_it_is_made_again(filled: Path) -> None:
    with open_double(filled) as index:
        index.catalog.set("keywords_version", "1")
        assert stale(index.catalog, index.embeddings) == ["The keyword index was made by another version of Footnote."]
    keywords_meta_broken(filled)
    with open_double(filled) as index:
        assert best(index, "animal7") == "07.txt"
        assert stale(index.catalog, index.embeddings) == []


def test_repair_embeds_only_what_is_missing(filled: Path) -> None:
    with open_double(filled) as index:
        index.vectors.delete([4])
        index.embeddings.embedded.clear()
        index.repair()
        assert index.embeddings.embedded == ["Note 3 tells of animal3 and of nothing else."]
    with open_double(filled) as index:
        index.retrieve("animal3")
        assert index.embeddings.embedded == []


def test_a_full_disk_is_not_taken_for_damage(filled: Path, monkeypatch) -> None:
    vectors_database_overwritten(filled)
    keep = sorted(path for path in (filled / "vectors").rglob("*"))
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**9, 10**9 - 10**6, 10**6))
    with open_double(filled) as index, pytest.raises(HomeUnusable, match="1 MB left"):
        index.retrieve("animal3")
    assert sorted((filled / "vectors").rglob("*")) == keep


def test_a_destroyed_catalog_is_said_in_a_sentence(filled: Path) -> None:
    for extra in filled.glob("catalog.sqlite-*"):
        extra.unlink()
    (filled / "catalog.sqlite").write_bytes(b"junk" * 1000)
    with pytest.raises(HomeUnusable, match=r"catalog\.sqlite is damaged .*footnote restore"):
        open_double(filled)


def test_a_catalog_of_another_version_is_left_alone(filled: Path) -> None:
    with open_double(filled) as index:
        index.catalog.set("schema", "99")
    with pytest.raises(HomeUnusable, match="layout version 99"):
        open_double(filled)


# Models -----------------------------------------------------------------------------------------------------------


def test_another_model_is_refused_and_nothing_is_lost(filled: Path) -> None:
    with open_double(filled) as index:
        before = contents_of(index, filled)
    with pytest.raises(ModelMismatch, match="made with the embedding model double/words, but double/other is set"):
        open_double(filled, embeddings=HashEmbeddings("double/other"))
    with open_double(filled) as index:
        assert contents_of(index, filled) == before
        assert_in_step(index)


def test_a_model_of_other_dimensions_can_take_over_an_emptied_index(filled: Path, folder: Path) -> None:
    with open_double(filled) as index:
        index.remove(str(folder))
        assert index.documents() == []
    with open_double(filled, embeddings=HashEmbeddings("double/wide", dimensions=300)) as index:
        index.add(folder)
        assert_in_step(index)
        assert best(index, "animal7") == "07.txt"


def test_two_processes_cannot_fill_one_new_home_with_two_models(home: Path, folder: Path) -> None:
    with open_double(home) as first, open_double(home, embeddings=HashEmbeddings("double/other")) as second:
        first.add(folder)
        with pytest.raises(ModelMismatch):
            second.add(folder)
        with pytest.raises(ModelMismatch):
            second.retrieve("animal7")
        assert_in_step(first)


def test_an_index_opens_with_the_model_it_was_made_with(home: Path, folder: Path, monkeypatch) -> None:
    made: list[tuple[str, bool]] = []

    def open_named(name: str, *, trusted: bool = True) -> HashEmbeddings:
        made.append((name, trusted))
        return HashEmbeddings(f"double/{name}")

    monkeypatch.setattr("footnoted.index.store.live.open_embeddings", open_named)
    with open_double(home, embeddings="some-model") as index:
        index.add(folder)
    with open_double(home, embeddings=None) as index:
        assert index.embeddings.identity == "double/some-model"
        assert best(index, "animal7") == "07.txt"
    assert made == [("some-model", True), ("some-model", False)]  # what only the folder says gets no key


# Removing and reading ---------------------------------------------------------------------------------------------


def test_removing_by_source_name_and_folder(filled: Path, folder: Path) -> None:
    with open_double(filled) as index:
        assert index.remove(str(folder / "00.txt")) == [str(folder / "00.txt")]
        assert index.remove("01.txt") == [str(folder / "01.txt")]
        with pytest.raises(SourceNotFound):
            index.remove("01.txt")
        assert_in_step(index)
        assert len(index.remove(str(folder))) == 18
        assert index.documents() == []
        assert_in_step(index)
        assert index.retrieve("animal7") == []


def test_removing_a_file_takes_its_records_and_nothing_else(home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "mixed"
    folder.mkdir()
    (folder / "a.jsonl").write_text('{"id": "1", "text": "First record."}\n{"id": "2", "text": "Second record."}\n')
    (folder / "a.jsonl#3.txt").write_text("A file whose name looks like a record.")
    with open_double(home) as index:
        index.add(folder)
        assert len(index.documents()) == 3
        assert index.remove(str(folder / "a.jsonl")) == [f"{folder}/a.jsonl#1", f"{folder}/a.jsonl#2"]
        assert [info.document_id for info in index.documents()] == ["a.jsonl#3.txt"]


def test_a_removed_record_comes_back_when_its_file_is_added_again(home: Path, tmp_path: Path) -> None:
    corpus = tmp_path / "a.jsonl"
    corpus.write_text('{"id": "1", "text": "First record."}\n{"id": "2", "text": "Second record."}\n')
    with open_double(home) as index:
        index.add(corpus)
        index.remove("2")
        assert [info.document_id for info in index.documents()] == ["1"]
        assert index.add(corpus).added == (f"{corpus}#2",)


def test_texts_are_found_by_source_path_and_unambiguous_name(filled: Path, folder: Path, tmp_path: Path) -> None:
    with open_double(filled) as index:
        text = (folder / "03.txt").read_text().strip()
        assert index.text_of(str(folder / "03.txt")).strip() == text
        assert index.text_of("03.txt").strip() == text
        assert index.original_of("03.txt") == folder / "03.txt"
        (folder / "03.txt").unlink()
        assert index.original_of("03.txt") is None
        other = tmp_path / "other" / "04.txt"
        other.parent.mkdir()
        other.write_text("Another four.")
        index.add(other)
        with pytest.raises(SourceNotFound):
            index.text_of("04.txt")


def test_no_passage_is_lost_when_two_documents_share_a_text(home: Path, folder: Path) -> None:
    (folder / "twin.txt").write_text((folder / "05.txt").read_text())
    with open_double(home) as index:
        assert index.add(folder).passages_embedded == 20
        index.remove("05.txt")
        assert best(index, "animal5") == "twin.txt"
        assert_in_step(index)
