"""Reindexing: another model beside the live index, killed and gone on with, and what other processes see of it."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest
from doubles import HashEmbeddings, assert_in_step, contents_of, open_double

from footnoted.index.adding import reindex
from footnoted.index.errors import HomeUnusable, IndexBusy, ModelMismatch
from footnoted.index.store.home import Home


class Other(HashEmbeddings):
    """Another model: other dimensions, and one word counts two tokens, so that passages are cut elsewhere."""

    def __init__(self, identity: str = "double/other", delay: float = 0.0) -> None:
        super().__init__(identity, dimensions=300, delay=delay)

    def count_tokens(self, texts) -> list[int]:
        return [2 * count for count in super().count_tokens(texts)]


class Shifted(HashEmbeddings):
    """Another model of the same dimensions, whose vectors mean something else: nothing tells them apart but a name."""

    def __init__(self) -> None:
        super().__init__("double/shifted")

    def _vector(self, text: str) -> list[float]:
        vector = super()._vector(text)
        return vector[7:] + vector[:7]


class Stopped(Exception):
    """Stands for a kill: nothing after it is done."""


@pytest.fixture(scope="module")
def template(tmp_path_factory) -> Path:
    """A home of thirty notes, two of them with the same words, and one long text."""
    template = tmp_path_factory.mktemp("template")
    (template / "notes").mkdir()
    for number in range(30):
        (template / "notes" / f"{number:02}.txt").write_text(f"Note {number} tells of animal{number}.\n")
    (template / "notes" / "twin.txt").write_text("Note 7 tells of animal7.\n")
    (template / "notes" / "long.txt").write_text(" ".join(f"Sentence {n} of the long text." for n in range(300)))
    with open_double(template / "home") as index:
        index.add(template / "notes")
    return template


@pytest.fixture
def home(template: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(template / "home", tmp_path / "home"))


def first(index, question: str) -> str:
    return Path(index.retrieve(question, 1)[0].source).name


def spans_of(index) -> list[tuple]:
    rows = index.catalog.read('SELECT source, start, "end", heading FROM passages JOIN documents USING (content_id)')
    return sorted(tuple(row) for row in rows)


def test_another_model_takes_over(home: Path, template: Path, tmp_path: Path) -> None:
    other = Other()
    with open_double(home) as index, open_double(tmp_path / "clean", embeddings=Other()) as clean:
        old, cited = index.catalog.all_passage_ids(), index.retrieve("animal12", 1)[0]
        done = index.reindex(other)
        clean.add(template / "notes")
        assert index.embeddings is other
        assert (done.embedding_model, done.documents) == ("double/other", 32)
        assert done.passages == done.passages_embedded == len(other.embedded) == clean.catalog.count_passages()
        assert other.embedded.count("Note 7 tells of animal7.") == 1, "the same text under two names is embedded once"
        assert spans_of(index) == spans_of(clean) and contents_of(index, template) == contents_of(clean, template)
        assert not index.catalog.all_passage_ids() & old, "an id is never used again"
        assert index.text_of(cited.source)[cited.start : cited.end] == cited.text, "citations stay good"
        assert_in_step(index)
        assert index.check() == [] and first(index, "animal12") == "12.txt"
        assert index.add(template / "notes").passages_embedded == 0
    assert sorted(path.name for path in home.iterdir() if path.is_dir()) == ["edition-2"]
    with open_double(home, embeddings=Other()) as index:
        assert_in_step(index)


def test_nothing_is_done_when_nothing_would_change(home: Path) -> None:
    with open_double(home) as index:
        before = index.catalog.generation()
        assert index.reindex().documents == 0
        assert index.catalog.generation() == before and index.catalog.edition() == 1
        index.embeddings.embedded.clear()
        assert index.reindex(everything=True).passages_embedded == len(index.embeddings.embedded) > 30
        assert_in_step(index)


def test_an_index_without_documents_takes_another_model(tmp_path: Path) -> None:
    with open_double(tmp_path / "home") as index:
        assert index.reindex(Other(), everything=True, progress=lambda _: None).passages == 0
        assert index.embeddings.identity == "double/other"
        (tmp_path / "note.txt").write_text("Zebras have stripes.")
        index.add(tmp_path / "note.txt")
        assert_in_step(index)


def test_a_new_version_of_the_keyword_index_embeds_nothing(home: Path, monkeypatch) -> None:
    monkeypatch.setattr(reindex, "KEYWORDS_VERSION", "next")
    with open_double(home) as index:
        vectors = index.vectors.vectors_of(index.vectors.ids())
        assert reindex.stale(index.catalog, index.embeddings) == [
            "The keyword index was made by another version of Footnote."
        ]
        index.embeddings.embedded.clear()
        assert index.reindex().documents == 32
        assert index.embeddings.embedded == []
        assert sorted(map(tuple, vectors.values())) == sorted(
            map(tuple, index.vectors.vectors_of(index.vectors.ids()).values())
        )
        assert reindex.stale(index.catalog, index.embeddings) == []
        assert_in_step(index)
        assert first(index, "animal12") == "12.txt"


def test_a_new_version_of_the_chunker_cuts_everything_again(home: Path, template: Path, monkeypatch) -> None:
    for module in (
        "footnoted.index.adding.reindex",
        "footnoted.index.adding.contents",
        "footnoted.index.adding.changes",
    ):
        monkeypatch.setattr(f"{module}.CHUNKER_VERSION", "next")
    with open_double(home) as index:
        assert reindex.stale(index.catalog, index.embeddings) == [
            "31 texts were cut into passages by another version of Footnote."
        ]
        index.reindex()
        assert reindex.stale(index.catalog, index.embeddings) == []
        index.embeddings.embedded.clear()
        report = index.add(template / "notes")
        assert (len(report.unchanged), index.embeddings.embedded) == (32, [])
        assert_in_step(index)


def test_texts_of_two_versions_become_one(home: Path, template: Path, monkeypatch) -> None:
    """A file added since the upgrade has the same text as one from before it."""
    for module in (
        "footnoted.index.adding.reindex",
        "footnoted.index.adding.contents",
        "footnoted.index.adding.changes",
    ):
        monkeypatch.setattr(f"{module}.CHUNKER_VERSION", "next")
    with open_double(home) as index:
        (template / "late.txt").write_text("Note 3 tells of animal3.\n")
        index.add(template / "late.txt")
        assert index.catalog.read("SELECT count(*) FROM contents")[0][0] == 32
        index.reindex()
        assert index.catalog.read("SELECT count(*) FROM contents")[0][0] == 31
        assert index.text_of("late.txt") == index.text_of("03.txt")
        assert_in_step(index)


@pytest.mark.parametrize("moment", range(6))
def test_stopped_anywhere_the_old_index_is_whole_and_the_next_run_goes_on(home, template, monkeypatch, moment) -> None:
    other = Other()
    steps = ["begin", "finish", "add words", "catch_up", "switch", "clear"]
    calls = {"left": 2}

    def stop_after(owner, name: str, *, before: bool) -> None:
        original = getattr(owner, name)

        def stopping(*arguments, **options):
            calls["left"] -= 1
            if calls["left"] <= 0 and before:
                raise Stopped
            result = original(*arguments, **options)
            if calls["left"] <= 0:
                raise Stopped
            return result

        monkeypatch.setattr(owner, name, stopping)

    where = steps[moment]
    monkeypatch.setattr(reindex, "BATCH_PASSAGES", 8)
    if where in ("begin", "finish"):
        stop_after(reindex.Draft, where, before=False)
    elif where == "add words":
        stop_after(reindex.Keywords, "add", before=False)
    elif where in ("catch_up", "switch"):
        calls["left"] = 1
        stop_after(reindex._Work, where, before=where == "switch")
    else:
        stop_after(Home, "delete_old_editions", before=True)
    with open_double(home) as index:
        before = contents_of(index, template)
        with pytest.raises(Stopped):
            index.reindex(other)
        if where != "clear":
            assert index.check() == [] and first(index, "animal12") == "12.txt"
            assert contents_of(index, template) == before
    monkeypatch.undo()
    embedded = len(other.embedded)
    with open_double(home, embeddings=HashEmbeddings() if where != "clear" else other) as index:
        done = index.reindex(other)
        assert first(index, "animal12") == "12.txt"
        assert_in_step(index)
        if where in ("catch_up", "switch", "clear"):
            assert len(other.embedded) == embedded, "what was embedded is not embedded again"
        assert where == "clear" or done.passages == index.catalog.count_passages()
        index.add(template / "notes")  # a writer clears away what a killed reindex left
    assert sorted(path.name for path in home.iterdir() if path.is_dir()) == ["edition-2"]
    assert sorted(path.name for path in (home / "edition-2").iterdir()) == ["keywords", "vectors"]


def test_a_draft_for_another_model_or_a_broken_one_is_begun_anew(home: Path, monkeypatch) -> None:
    def stop(*_) -> None:
        raise Stopped

    with open_double(home) as index:
        with monkeypatch.context() as patch, pytest.raises(Stopped):
            patch.setattr(reindex._Work, "switch", stop)
            index.reindex(Other())
        third = Other("double/third")
        with monkeypatch.context() as patch, pytest.raises(Stopped):
            patch.setattr(reindex._Work, "switch", stop)
            index.reindex(third)
        assert len(third.embedded) > 30
        (home / "edition-2" / "draft.sqlite").write_bytes(b"junk" * 1000)
        assert index.reindex(third).passages_embedded * 2 == len(third.embedded)
        assert_in_step(index)


def test_what_is_added_and_removed_meanwhile_is_in_the_new_index(home: Path, template: Path, tmp_path: Path) -> None:
    (tmp_path / "new.txt").write_text("Something about zebras.")
    with open_double(home) as index, open_double(home) as writer:
        seen = []

        def meanwhile(step) -> None:
            if not seen:
                writer.add(tmp_path / "new.txt")
                writer.remove("05.txt")
            seen.append((step.work_done, step.work_total, first(writer, "animal12")))

        index.reindex(Other(), progress=meanwhile)
        assert {best for _, _, best in seen} == {"12.txt"}, "the live index answers meanwhile"
        assert seen == sorted(seen)
        names = {info.document_id for info in index.documents()}
        assert "new.txt" in names and "05.txt" not in names
        assert first(index, "zebras") == "new.txt"
        assert_in_step(index)


def test_another_open_index_follows_or_says_what_to_do(home: Path, monkeypatch) -> None:
    models = {"bundled": HashEmbeddings, "double/shifted": Shifted}
    monkeypatch.setattr("footnoted.index.store.live.open_embeddings", lambda name, **_: models[name]())
    with (
        open_double(home, embeddings=None) as index,
        open_double(home, embeddings=None) as follower,
        open_double(home) as fixed,
    ):
        for opened in (index, follower, fixed):
            assert first(opened, "animal12") == "12.txt"
        index.reindex("double/shifted")
        found = follower.retrieve("Note 12 tells of animal12", 1)[0]
        assert (Path(found.source).name, found.why.dense_score) == ("12.txt", pytest.approx(1.0))
        assert follower.embeddings.identity == "double/shifted"
        assert_in_step(follower)
        for refused in (lambda: fixed.retrieve("animal12"), lambda: fixed.add(home.parent / "nothing.txt")):
            with pytest.raises(ModelMismatch, match="'footnote reindex'"):
                refused()
    with open_double(home, embeddings=None) as index:
        assert index.embeddings.identity == "double/shifted"


def test_an_index_exchanged_between_search_and_look_up_is_searched_again(home: Path, monkeypatch) -> None:
    other = Shifted()
    monkeypatch.setattr(
        "footnoted.index.store.live.open_embeddings", lambda name, **_: other if name == "other" else HashEmbeddings()
    )
    with open_double(home, embeddings=None) as index, open_double(home) as writer:
        search = type(index.keywords).search

        def searching(self, *arguments):
            found = search(self, *arguments)
            if writer.catalog.edition() == 1:
                writer.reindex("other")
            return found

        monkeypatch.setattr(type(index.keywords), "search", searching)
        found = index.retrieve("Note 12 tells of animal12", 1)[0]
        assert (Path(found.source).name, found.why.dense_score) == ("12.txt", pytest.approx(1.0))


def test_one_reindex_at_a_time(home: Path) -> None:
    with open_double(home) as index, Home(home).reindexing(), pytest.raises(IndexBusy, match="is being reindexed"):
        index.reindex(Other())


def test_too_little_room_is_said_before_anything_is_done(home: Path, monkeypatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**9, 10**9 - 10**6, 10**6))
    with open_double(home) as index:
        with pytest.raises(HomeUnusable, match=r"needs about \d+ MB .* only 1 MB are left"):
            index.reindex(Other())
        assert not (home / "edition-2").exists()


def test_what_was_lost_from_the_new_stores_is_made_again_before_the_switch(home: Path, monkeypatch) -> None:
    catch_up = reindex._Work.catch_up

    def losing(self) -> None:
        self.vectors.delete(sorted(self.draft.passage_ids())[:3])
        self.keywords.delete(sorted(self.draft.passage_ids())[2:4])
        catch_up(self)

    monkeypatch.setattr(reindex._Work, "catch_up", losing)
    with open_double(home) as index:
        index.reindex(Other())
        assert_in_step(index)
        assert index.check() == []


def test_the_vectors_of_a_damaged_live_index_are_embedded_again(home: Path, monkeypatch) -> None:
    monkeypatch.setattr(reindex, "KEYWORDS_VERSION", "next")
    (home / "vectors" / "chroma.sqlite3").write_bytes(b"junk" * 1000)
    with open_double(home) as index:
        assert index.reindex().passages_embedded == index.catalog.count_passages()
        assert_in_step(index)


def test_an_index_made_by_an_object_can_be_reindexed_to_a_named_model(home: Path, monkeypatch) -> None:
    """The object that made it may be gone; nothing of the old model is needed."""
    from footnoted.index.index import Index

    monkeypatch.setattr("footnoted.index.store.live.open_embeddings", lambda name, **_: Other(f"named/{name}"))
    with pytest.raises(ModelMismatch):
        open_double(home, embeddings=None)
    with Index(Home(home), None, "off", check_model=False) as index:
        assert len(index.documents()) == 32
        assert index.reindex().embedding_model == "named/bundled"
    with open_double(home, embeddings=None) as index:
        assert first(index, "animal12") == "12.txt"


def test_a_draft_survives_and_shares_what_is_equal(tmp_path: Path) -> None:
    from footnoted.index.adding.reindex_draft import Draft, DraftPassage

    draft = Draft(tmp_path / "draft.sqlite")
    passages = [DraftPassage(number, content, 0, 5, "", "words", None, "") for number, content in ((1, 10), (2, 11))]
    assert draft.begin([(10, "a"), (11, "a")], passages) == [11]
    assert (draft.passage_ids(), draft.done(), draft.under_way()) == ({1}, {11}, {10})
    draft.close()
    draft = Draft(tmp_path / "draft.sqlite")
    draft.finish([10])
    assert list(draft.contents()) == [(10, "a", 10), (11, "a", 10)]
    assert draft.forget([10]) == [1]
    assert list(draft.contents()) == list(draft.passages()) == []
    draft.close()
    with pytest.raises(sqlite3.ProgrammingError):
        draft.done()
