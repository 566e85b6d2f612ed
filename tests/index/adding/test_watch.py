"""A folder kept in line while it changes: bursts, failures, a folder that vanishes, and others who use the index."""

from __future__ import annotations

import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from doubles import open_double

from footnoted.index.adding import watch as watch_module
from footnoted.index.adding.watch import Pace, watch
from footnoted.index.errors import IndexBusy, SourceNotFound
from footnoted.index.types import Report

QUICK = Pace(quiet=0.15, quiet_at_most=2.0, glance=0.1, rescan=0.5, poll=0.1, retry=0.3)
PATIENCE = 10.0


class Watching:
    """A watcher in a thread of its own, and what came of its syncs."""

    def __init__(self, sync: Callable[[Sequence[Path]], Report], *paths: Path, **options) -> None:
        self.stop = threading.Event()
        self.outcomes: queue.Queue[Report | Exception] = queue.Queue()
        going = watch(sync, paths, stop=self.stop, pace=QUICK, **options)
        self.thread = threading.Thread(target=lambda: [self.outcomes.put(outcome) for outcome in going])
        self.thread.start()

    def next(self) -> Report | Exception:
        return self.outcomes.get(timeout=PATIENCE)

    def end(self) -> None:
        self.stop.set()
        self.thread.join(PATIENCE)
        assert not self.thread.is_alive()

    def nothing_more(self, seconds: float = 0.7) -> bool:
        """Whether the watcher is at rest; longer than a rescan takes."""
        try:
            self.outcomes.get(timeout=seconds)
        except queue.Empty:
            return True
        return False


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "papers"
    made.mkdir()
    (made / "a.txt").write_text("one")
    return made


@pytest.fixture(params=[False, True], ids=["notified", "polling"])
def watching(request, folder: Path) -> Iterator[Watching]:
    def sync(there: Sequence[Path]) -> Report:
        return Report(
            unchanged=tuple(sorted(path.name for root in there for path in root.rglob("*") if path.is_file()))
        )

    started = Watching(sync, folder, polling=request.param)
    assert started.next() == Report(unchanged=("a.txt",))
    yield started
    started.end()


def test_a_burst_of_changes_is_one_sync(watching: Watching, folder: Path) -> None:
    (folder / "sub").mkdir()
    for number in range(40):
        (folder / "sub" / f"{number}.txt").write_text("x")
        time.sleep(0.01)
    (folder / "a.txt").unlink()
    assert len(watching.next().unchanged) == 40
    assert watching.nothing_more()


def test_what_is_no_document_wakes_nobody(watching: Watching, folder: Path) -> None:
    (folder / ".a.txt.swp").write_text("x")
    (folder / "a.tmp").write_text("x")
    assert watching.nothing_more()


def test_a_file_still_being_written_is_waited_for(watching: Watching, folder: Path) -> None:
    with (folder / "slow.txt").open("w") as stream:
        for _ in range(8):
            stream.write("x" * 100)
            stream.flush()
            time.sleep(0.08)
    assert "slow.txt" in watching.next().unchanged
    assert watching.nothing_more()


def test_a_folder_that_vanishes_and_returns(watching: Watching, folder: Path) -> None:
    folder.rename(folder.with_name("elsewhere"))  # at once: a removal file by file may be seen half-way
    (reason,) = watching.next().skipped.values()
    assert "is not there now; its documents are kept" in reason
    assert watching.nothing_more()
    folder.mkdir()
    (folder / "b.txt").write_text("two")
    outcome = watching.next()
    if not outcome.unchanged:  # seen before its file was there
        outcome = watching.next()
    assert outcome.unchanged == ("b.txt",)
    (folder / "c.txt").write_text("three")  # the new folder is listened to as well
    assert watching.next().unchanged == ("b.txt", "c.txt")


def test_a_folder_seen_half_removed_is_not_read_as_an_empty_one(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looked = watch_module.discover

    def discover(root: Path, **options):
        found = looked(root, **options)
        if root.exists() and not found.files:  # the look fell between the last file's removal and the folder's
            root.rmdir()
        return found

    monkeypatch.setattr(watch_module, "discover", discover)
    read = []
    watching = Watching(lambda there: read.append(list(folder.iterdir())) or Report(), folder)
    watching.next()
    (folder / "a.txt").unlink()
    (reason,) = watching.next().skipped.values()
    assert "its documents are kept" in reason
    assert read == [[folder / "a.txt"]]
    watching.end()


def test_a_failure_ends_nothing_and_is_tried_again(folder: Path) -> None:
    outcomes: list[Report | Exception] = [IndexBusy("written by process 1"), OSError(28, "No space left"), Report()]

    def sync(there: Sequence[Path]) -> Report:
        outcome = outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    watching = Watching(sync, folder)
    assert [type(watching.next()) for _ in range(3)] == [IndexBusy, OSError, Report]
    watching.end()


def test_without_notifications_it_looks_by_the_clock(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import watchfiles

    def none(*paths, **options):
        raise OSError(28, "OS file watch limit reached")
        yield

    monkeypatch.setattr(watchfiles, "watch", none)
    watching = Watching(lambda there: Report(added=("x",)), folder)
    watching.next()
    (folder / "b.txt").write_text("two")
    assert watching.next() == Report(added=("x",))
    watching.end()


@pytest.mark.parametrize("path", ["missing", "https://example.org/"])
def test_what_cannot_be_watched(path: str) -> None:
    with pytest.raises(SourceNotFound, match="cannot be watched"):
        watch(lambda there: Report(), [path])


def test_an_index_is_kept_in_line_while_others_use_it(folder: Path, tmp_path: Path) -> None:
    """The data folder lies in the watched one, and another reader and writer work on it."""
    home = folder / "data"
    with open_double(home) as index, open_double(home) as other:
        stop = threading.Event()
        outcomes: queue.Queue = queue.Queue()
        going = index.watch(folder, stop=stop, collection="papers")
        thread = threading.Thread(target=lambda: [outcomes.put(outcome) for outcome in going])
        thread.start()
        try:
            assert outcomes.get(timeout=PATIENCE).added == (str(folder / "a.txt"),)
            assert [passage.text for passage in other.retrieve("one", 1)] == ["one"]
            (folder / "b.txt").write_text("lighthouse")
            assert outcomes.get(timeout=PATIENCE).added == (str(folder / "b.txt"),)
            assert other.retrieve("lighthouse", 1)[0].source == str(folder / "b.txt")
            (tmp_path / "c.txt").write_text("written by another")
            started = time.monotonic()
            other.add(tmp_path / "c.txt")  # the lock is free between two syncs
            assert time.monotonic() - started < 5
            (folder / "a.txt").unlink()
            assert outcomes.get(timeout=PATIENCE).removed == (str(folder / "a.txt"),)
            assert {info.collection for info in other.documents()} == {"papers", "default"}
        finally:
            stop.set()
            thread.join(PATIENCE)
        assert not thread.is_alive()


def test_the_command_line(folder: Path, tmp_path: Path) -> None:
    """Plain lines say what was done, and ending it as systems end a service gives exit code 0."""
    (folder / "bad.pdf").write_text("no PDF")
    command = [sys.executable, "-m", "footnoted.assistant", "--home", str(tmp_path / "home")]
    with subprocess.Popen([*command, "add", str(folder), "--watch"], stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        lines: list[str] = []
        while not lines or "skipped" not in lines[-1]:
            lines.append(running.stdout.readline())
            assert lines[-1], lines
        running.send_signal(signal.SIGTERM)
        rest = running.stdout.read()
        assert running.wait(PATIENCE) == 0
    said = [line[20:].strip() for line in lines]
    assert said[0] == f"Watching {folder}. Ctrl-C ends it."
    assert said[1] == f"1 added: {folder / 'a.txt'}"
    assert said[-1] == "skipped: bad.pdf is damaged or not a PDF file."
    assert rest[20:].strip() == "Stopped watching."


def test_the_command_line_refuses_what_it_cannot_watch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    from footnoted.assistant.cli import main

    monkeypatch.setenv("FOOTNOTE_HOME", str(tmp_path / "home"))
    assert main(["add", str(tmp_path / "missing"), "--watch"]) == 1
    assert "missing cannot be watched: it is not there." in capsys.readouterr().err
