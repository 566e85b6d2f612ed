"""Adding: what is read, embedded, kept and removed when files come, change, move, break and go."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

import pytest
from doubles import HashEmbeddings, assert_in_step, contents_of, open_double
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from footnoted.index.adding import run
from footnoted.index.errors import LoadError
from footnoted.index.index import Index
from footnoted.index.types import Progress


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "apples.txt").write_text("Apples grow on trees.")
    (folder / "bees.txt").write_text("Bees make honey.")
    (folder / "corpus.jsonl").write_text(lines(one="First record.", two="Second record.", three="Third record."))
    return folder


@pytest.fixture
def index(tmp_path: Path):
    with open_double(tmp_path / "home") as index:
        yield index


def lines(**records: str) -> str:
    return "".join(json.dumps({"id": name, "text": text}) + "\n" for name, text in records.items())


def embedded(index: Index) -> list[str]:
    """The texts embedded since this was last asked."""
    assert isinstance(index.embeddings, HashEmbeddings)
    texts, index.embeddings.embedded = index.embeddings.embedded, []
    return texts


def names(sources) -> list[str]:
    return [Path(source).name for source in sources]


def test_adding_twice_changes_and_embeds_nothing(index: Index, folder: Path) -> None:
    first = index.add(folder)
    assert names(first.added) == [
        "apples.txt",
        "bees.txt",
        "corpus.jsonl#one",
        "corpus.jsonl#two",
        "corpus.jsonl#three",
    ]
    assert first.passages_embedded == len(embedded(index)) == 5
    before, generation = index.documents(), index.catalog.generation()
    second = index.add(folder)
    assert sorted(second.unchanged) == sorted(first.added)
    assert (second.added, second.changed, second.removed, second.passages_embedded) == ((), (), (), 0)
    assert embedded(index) == []
    assert index.documents() == before
    assert index.catalog.generation() == generation
    assert_in_step(index)


def test_a_touched_file_is_not_embedded_again(index: Index, folder: Path) -> None:
    index.add(folder)
    embedded(index)
    os.utime(folder / "bees.txt", (1, 1))
    assert index.add(folder).changed == ()
    assert embedded(index) == []


def test_a_changed_file_is_swapped(index: Index, folder: Path) -> None:
    index.add(folder)
    embedded(index)
    (folder / "bees.txt").write_text("Bees dance.")
    report = index.add(folder)
    assert names(report.changed) == ["bees.txt"]
    assert embedded(index) == ["Bees dance."]
    assert index.text_of("bees.txt") == "Bees dance."
    assert all("honey" not in passage.text for passage in index.retrieve("honey", 10))
    assert_in_step(index)


def test_a_change_within_the_same_second_and_size_is_seen(index: Index, folder: Path) -> None:
    file = folder / "bees.txt"
    times = (file.stat().st_atime_ns, file.stat().st_mtime_ns)
    index.add(folder)
    file.write_text("Bees make homey.")
    os.utime(file, ns=times)
    assert names(index.add(folder).changed) == ["bees.txt"]


def test_changing_one_record_of_a_corpus_embeds_one(index: Index, folder: Path) -> None:
    index.add(folder)
    embedded(index)
    (folder / "corpus.jsonl").write_text(lines(one="First record.", two="Another record.", three="Third record."))
    report = index.add(folder)
    assert names(report.changed) == ["corpus.jsonl#two"]
    assert embedded(index) == ["Another record."]
    assert_in_step(index)


def test_a_record_gone_from_a_corpus_is_removed(index: Index, folder: Path) -> None:
    index.add(folder)
    (folder / "corpus.jsonl").write_text(lines(three="Third record.", one="First record."))
    assert names(index.add(folder).removed) == ["corpus.jsonl#two"]
    assert_in_step(index)


def test_unchanged_records_keep_the_time_they_were_added(index: Index, folder: Path) -> None:
    index.add(folder)
    with index.catalog.transaction() as connection:
        connection.execute("UPDATE documents SET added_at = 'long ago'")
    (folder / "corpus.jsonl").write_text(lines(one="First record.", two="Another record.", three="Third record."))
    index.add(folder)
    times = {info.document_id: info.added_at for info in index.documents()}
    assert times["one"] == times["three"] == "long ago" != times["two"]


def test_the_same_content_under_two_names_is_embedded_once(index: Index, folder: Path) -> None:
    shutil.copy(folder / "bees.txt", folder / "copy.txt")
    index.add(folder)
    assert embedded(index).count("Bees make honey.") == 1
    found = index.retrieve("honey", 5, sources=[str(folder / "copy.txt")])
    assert [passage.document_id for passage in found] == ["copy.txt"]
    assert [passage.document_id for passage in index.retrieve("honey", 5)].count("copy.txt") == 0
    assert_in_step(index)


def test_a_renamed_file_is_moved_without_embedding(index: Index, folder: Path) -> None:
    index.add(folder)
    embedded(index)
    (folder / "bees.txt").rename(folder / "wasps.txt")
    report = index.add(folder)
    assert (names(report.added), names(report.removed)) == (["wasps.txt"], ["bees.txt"])
    assert embedded(index) == []
    assert_in_step(index)


def test_a_duplicate_id_keeps_the_first_and_says_so(index: Index, tmp_path: Path) -> None:
    corpus = tmp_path / "twice.jsonl"
    corpus.write_text(lines(a="First.") + lines(a="Second.") + lines(b="Third."))
    report = index.add(corpus)
    assert index.text_of("a") == "First."
    assert len(index.documents()) == 2
    assert "line 2" in " ".join(report.notes[str(corpus)])
    assert_in_step(index)


def test_a_file_without_text_is_listed_as_failed(index: Index, tmp_path: Path) -> None:
    (tmp_path / "blank.txt").write_text(" \n\n ")
    (tmp_path / "empty.txt").write_text("")
    report = index.add([tmp_path / "blank.txt", tmp_path / "empty.txt"])
    assert sorted(names(report.skipped)) == ["blank.txt", "empty.txt"]
    assert {info.document_id: info.status for info in index.documents()} == {
        "blank.txt": "failed",
        "empty.txt": "failed",
    }
    assert index.retrieve("anything") == []
    (tmp_path / "empty.txt").write_text("Now it has a text.")
    assert names(index.add(tmp_path / "empty.txt").added) == ["empty.txt"]
    assert_in_step(index)


def test_a_file_that_becomes_unreadable_keeps_its_version(index: Index, folder: Path, monkeypatch) -> None:
    index.add(folder)
    (folder / "bees.txt").write_bytes(b"")
    report = index.add(folder)
    assert "kept" in report.skipped[str(folder / "bees.txt")]
    assert index.text_of("bees.txt") == "Bees make honey."
    assert [info.error != "" for info in index.documents()] == [False, True, False, False, False]
    again = index.add(folder)
    assert again.skipped == report.skipped
    assert_in_step(index)
    (folder / "bees.txt").write_text("Bees make honey.")
    assert index.add(folder).skipped == {}
    assert all(not info.error for info in index.documents())


def test_a_file_that_could_not_be_opened_is_tried_again_although_it_did_not_change(index, folder, monkeypatch) -> None:
    old = folder / "bees.txt"
    os.utime(old, (1, 1))
    opened = Path.open

    def refuse(self, *arguments, **options):
        if self.name == "bees.txt":
            raise PermissionError(13, "Permission denied")
        return opened(self, *arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", refuse)
        assert "Permission denied" in index.add(folder).skipped[str(old)]
    assert names(index.add(folder).added) == ["bees.txt"]


def test_a_crashing_parser_does_not_stop_the_others(index: Index, folder: Path, monkeypatch) -> None:

    from footnoted.index.loaders.load import load

    def refuse(path, **options):
        if path.name == "apples.txt":
            raise LoadError("apples.txt is damaged.")
        return load(path)

    monkeypatch.setattr("footnoted.index.adding.run.load_isolated", refuse)
    report = index.add(folder)
    assert report.skipped == {str(folder / "apples.txt"): "apples.txt is damaged."}
    assert len(report.added) == 4


def test_files_that_no_loader_knows_are_told_from_those_that_failed(index: Index, folder: Path) -> None:
    for name in ("photo.heic", "noending", "empty.txt"):
        (folder / name).write_bytes(b"")
    report = index.add([folder, folder.parent / "missing"])
    assert names(report.unsupported) == ["noending", "photo.heic"]
    assert sorted(names(report.skipped)) == ["empty.txt", "missing", "noending", "photo.heic"]


def test_the_work_that_is_left_shrinks_to_nothing(index: Index, folder: Path) -> None:
    (folder / "long.txt").write_text(" ".join(f"Sentence {n} of the long text." for n in range(12000)))
    steps: list[Progress] = []
    index.add(folder, progress=steps.append)
    assert [step.work_done for step in steps] == sorted(step.work_done for step in steps)
    assert len({step.work_done for step in steps}) > 3, "a long text moves on while it is embedded"
    assert steps[0].work_total == pytest.approx(sum(file.stat().st_size for file in folder.iterdir()))
    assert (steps[-1].documents_done, steps[-1].work_done) == (steps[-1].documents_total, steps[-1].work_total)
    index.add(folder, progress=steps.append)
    assert steps[-1].work_total == 0 and steps[-1].documents_done == 4


def test_an_emptied_or_missing_folder_removes_nothing(index: Index, folder: Path) -> None:
    index.add(folder)
    before = contents_of(index, folder)
    shutil.move(folder, folder.parent / "away")
    report = index.add(folder)
    assert "There is no file or folder" in report.skipped[str(folder)]
    assert contents_of(index, folder) == before
    folder.mkdir()
    report = index.add(folder)
    assert report.removed == ()
    assert "documents were kept" in report.notes[str(folder)][0]
    assert contents_of(index, folder) == before


def test_an_emptied_folder_is_not_taken_for_its_neighbour_of_a_longer_name(index: Index, tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "ab"
    for folder in (first, second):
        folder.mkdir()
        (folder / "note.txt").write_text(f"A note in {folder.name}.")
    index.add([first, second])
    (first / "note.txt").unlink()
    assert index.add([first, second]).removed == ()
    assert len(index.documents()) == 2


def test_a_file_gone_from_an_added_folder_is_removed(index: Index, folder: Path) -> None:
    index.add(folder)
    (folder / "bees.txt").unlink()
    (folder / "corpus.jsonl").unlink()
    report = index.add(folder)
    assert names(report.removed) == ["bees.txt", "corpus.jsonl#one", "corpus.jsonl#three", "corpus.jsonl#two"]
    assert [info.document_id for info in index.documents()] == ["apples.txt"]
    assert_in_step(index)


def test_a_file_added_through_an_inner_folder_goes_with_the_outer_one(index: Index, folder: Path) -> None:
    inner = folder / "inner"
    inner.mkdir()
    (inner / "cats.txt").write_text("Cats sleep.")
    index.add(folder)
    index.add(inner)
    (inner / "cats.txt").unlink()
    assert names(index.add(folder).removed) == ["cats.txt"]


def test_a_file_that_cannot_be_reached_is_not_taken_for_gone(index: Index, folder: Path, monkeypatch) -> None:
    inner = folder / "inner"
    inner.mkdir()
    (inner / "cats.txt").write_text("Cats sleep.")
    index.add(folder)
    shutil.move(inner, folder.parent / "away")
    stat = Path.stat

    def refuse(self, **options):
        if self.name == "cats.txt":
            raise PermissionError(13, "Permission denied")
        return stat(self, **options)

    monkeypatch.setattr(Path, "stat", refuse)
    assert index.add(folder).removed == ()
    monkeypatch.undo()
    assert names(index.add(folder).removed) == ["cats.txt"]


def test_a_folder_that_takes_the_name_of_a_file(index: Index, folder: Path) -> None:
    index.add(folder)
    (folder / "bees.txt").unlink()
    (folder / "bees.txt").mkdir()
    (folder / "bees.txt" / "inside.txt").write_text("Hidden in a folder.")
    report = index.add(folder)
    assert (names(report.added), names(report.removed)) == (["inside.txt"], ["bees.txt"])


def test_single_files_leave_their_neighbours_alone(index: Index, folder: Path) -> None:
    index.add(folder)
    (folder / "bees.txt").unlink()
    assert index.add(folder / "apples.txt").removed == ()
    assert len(index.documents()) == 5


def test_a_new_parser_reads_everything_again_and_embeds_what_differs(index: Index, folder: Path, monkeypatch) -> None:

    index.add(folder)
    embedded(index)
    monkeypatch.setattr("footnoted.index.adding.changes.PARSER_VERSION", "next")
    assert len(index.add(folder).unchanged) == 5
    assert embedded(index) == []


def test_a_new_chunker_cuts_and_embeds_everything_again(index: Index, folder: Path, monkeypatch) -> None:
    index.add(folder)
    embedded(index)
    for module in ("footnoted.index.adding.contents", "footnoted.index.adding.changes"):
        monkeypatch.setattr(f"{module}.CHUNKER_VERSION", "next")
    assert len(index.add(folder).changed) == 5
    assert len(embedded(index)) == 5
    assert_in_step(index)


def test_progress_and_batches(index: Index, tmp_path: Path) -> None:
    corpus = tmp_path / "big.jsonl"
    corpus.write_text(lines(**{f"r{number}": f"Record number {number}." for number in range(200)}))
    seen = []
    index.add(corpus, progress=lambda step: seen.append((step.passages_done, len(index.documents()))))
    assert len({done for done, _ in seen}) >= 3, "no progress within a long file"
    assert all(done == visible for done, visible in seen), "what is reported as done is not there yet"
    assert_in_step(index)


def test_what_fails_in_the_middle_is_not_shown_and_the_next_run_completes(index: Index, folder: Path) -> None:
    embed, index.embeddings.embed_documents = index.embeddings.embed_documents, None  # type: ignore[method-assign]
    with pytest.raises(TypeError):
        index.add(folder)
    assert index.documents() == []
    index.embeddings.embed_documents = embed  # type: ignore[method-assign]
    assert len(index.add(folder).added) == 5
    assert_in_step(index)


TEXTS = [
    "Apples grow on trees.", "Bees make honey.\n\nThey also dance.", "# Cats\n\nCats sleep.\n\n## Food\n\nFish.",
    "Dogs.", "Emus run — fast 🦤.",
]  # fmt: skip


class Crash(Exception):
    """Stands for a kill."""


class AnySequence(RuleBasedStateMachine):
    """Whatever happened to the files between runs, a run ends where a clean run over the same files ends."""

    @initialize()
    def begin(self) -> None:
        self.room = Path(tempfile.mkdtemp(prefix="footnote-sequence-"))
        self.folder = self.room / "folder"
        self.folder.mkdir()
        (self.folder / "anchor.txt").write_text("This one stays.")  # an emptied folder would remove nothing
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr(run, "BATCH_PASSAGES", 2)
        self.model = "double/words"
        self.index = open_double(self.room / "home")
        self.dirty = True

    def teardown(self) -> None:
        if hasattr(self, "room"):
            self.patch.undo()
            self.index.close()
            shutil.rmtree(self.room)

    def _file(self, number: int) -> Path:
        return self.folder / ["a.txt", "b.md", "inner/c.txt"][number]

    @rule(number=st.integers(0, 2), text=st.sampled_from(TEXTS))
    def write(self, number: int, text: str) -> None:
        self._file(number).parent.mkdir(exist_ok=True)
        self._file(number).write_text(text)
        self.dirty = True

    @rule(records=st.lists(st.tuples(st.sampled_from("xyz"), st.sampled_from(TEXTS)), min_size=1, max_size=4))
    def write_corpus(self, records: list[tuple[str, str]]) -> None:
        text = "".join(json.dumps({"id": name, "text": text}) + "\n" for name, text in records)
        (self.folder / "corpus.jsonl").write_text(text)
        self.dirty = True

    @rule(number=st.integers(0, 2), other=st.integers(0, 2))
    def rename(self, number: int, other: int) -> None:
        if self._file(number).exists():
            self._file(other).parent.mkdir(exist_ok=True)
            self._file(number).rename(self._file(other))
            self.dirty = True

    @rule()
    def rename_folder(self) -> None:
        inner, outer = self.folder / "inner", self.folder / "renamed"
        if inner.exists() and not outer.exists():
            inner.rename(outer)
        elif outer.exists() and not inner.exists():
            outer.rename(inner)
        self.dirty = True

    @rule(after=st.integers(0, 3), stored=st.booleans())
    def crash(self, after: int, stored: bool) -> None:
        """The run ends with an error before or after some batch is stored, and the index is opened anew."""
        store, left = run.store, [after]

        def failing(*arguments, **options) -> int:
            left[0] -= 1
            done = store(*arguments, **options) if left[0] >= 0 or stored else 0
            if left[0] < 0:
                raise Crash
            return done

        with pytest.MonkeyPatch.context() as patch, suppress(Crash):
            patch.setattr(run, "store", failing)
            self.index.add(self.folder)
        self.reopen()
        self.dirty = True

    @rule()
    def reindex(self) -> None:
        self.model = "double/other" if self.model == "double/words" else "double/words"
        self.index.reindex(HashEmbeddings(self.model))

    @rule(name=st.sampled_from(["a.txt", "b.md", "inner/c.txt", "renamed/c.txt", "corpus.jsonl"]))
    def delete(self, name: str) -> None:
        (self.folder / name).unlink(missing_ok=True)
        self.dirty = True

    @rule()
    def add(self) -> None:
        self.index.add(self.folder)
        self.dirty = False

    @rule()
    def reopen(self) -> None:
        self.index.close()
        self.index = open_double(self.room / "home", embeddings=HashEmbeddings(self.model))

    @rule(name=st.sampled_from(["a.txt", "x"]))
    def remove_if_there(self, name: str) -> None:
        if any(info.document_id == name for info in self.index.documents()):
            self.index.remove(name)
            self.dirty = True

    @invariant()
    def equals_a_clean_run(self) -> None:
        if not hasattr(self, "index") or self.dirty:
            return
        self.dirty = True  # compare once
        clean_home = Path(tempfile.mkdtemp(dir=self.room))
        with open_double(clean_home) as clean:
            clean.add(self.folder)
            assert contents_of(self.index, self.folder) == contents_of(clean, self.folder)
            assert_in_step(self.index)
            for opened in (self.index, clean):
                assert opened.retrieve("This one stays.", 1)[0].document_id == "anchor.txt"


AnySequence.TestCase.settings = settings(
    max_examples=12, stateful_step_count=16, deadline=None, suppress_health_check=list(HealthCheck)
)
test_any_sequence_of_edits_ends_where_a_clean_run_ends = AnySequence.TestCase
