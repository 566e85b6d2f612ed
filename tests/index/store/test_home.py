"""The data folder: what is refused, and who may write."""

from __future__ import annotations

import multiprocessing
import threading
import time
from pathlib import Path

import pytest
from doubles import open_double

from footnoted.index.errors import HomeUnusable, IndexBusy
from footnoted.index.store.home import FILES, Home, default_home


def test_a_home_is_made_with_its_parents(tmp_path: Path) -> None:
    home = Home(tmp_path / "a" / "b")
    assert home.folder.is_dir()
    assert {home.catalog.parent, *(store.parent for store in home.stores(1))} == {home.folder}


def test_the_default_home_is_the_environments(monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FOOTNOTE_HOME", str(tmp_path / "mine"))
    assert default_home() == tmp_path / "mine"
    assert Home().folder == tmp_path / "mine"
    monkeypatch.delenv("FOOTNOTE_HOME")
    assert default_home().name == ".footnote"


def test_a_file_in_the_way_is_refused_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(HomeUnusable, match=r"cannot be created \((File exists|Not a directory)\): choose another"):
            open_double(folder)


def test_a_home_that_nobody_can_write_is_refused_in_a_sentence() -> None:
    with pytest.raises(HomeUnusable, match="choose another"):  # not even root makes folders there
        open_double(Path("/proc/footnote"))
    with pytest.raises(HomeUnusable, match="cannot be opened|not writable"):
        open_double(Path("/proc/self"))


def test_a_folder_without_permission_is_refused_in_a_sentence(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("os.access", lambda *_: False)  # tests may run as root, whom nothing is forbidden
    with pytest.raises(HomeUnusable, match="is not writable"):
        Home(tmp_path)


def test_a_full_disk_at_the_lock_is_no_traceback(tmp_path: Path, monkeypatch) -> None:
    home = Home(tmp_path)

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with home.writing("noting the owner is a courtesy"):
        pass


def test_the_lock_is_reentrant_in_its_thread(tmp_path: Path) -> None:
    home = Home(tmp_path)
    with home.writing("outer"), home.writing("inner"):
        assert (tmp_path / "lock.owner").exists()
    assert not (tmp_path / "lock.owner").exists()
    with home.writing("again"):
        pass


def test_a_second_thread_waits(tmp_path: Path) -> None:
    home, order = Home(tmp_path), []

    def write() -> None:
        with home.writing("second"):
            order.append("second")

    thread = threading.Thread(target=write)
    with home.writing("first"):
        thread.start()
        time.sleep(0.1)
        order.append("first")
    thread.join()
    assert order == ["first", "second"]


def hold(folder: Path, held) -> None:
    with Home(folder).writing("footnote add"):
        held.send("held")
        time.sleep(60)


def test_a_second_process_is_told_who_is_writing(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    held, child = spawn.Pipe()
    process = spawn.Process(target=hold, args=(tmp_path, child))
    process.start()
    try:
        assert held.poll(60)
        with (
            pytest.raises(IndexBusy, match=rf"is being written by process {process.pid} \(footnote add\)"),
            Home(tmp_path).writing("footnote remove", wait=0.1),
        ):
            pass
        process.kill()  # a lock is freed by the system when its owner dies
        process.join()
        with Home(tmp_path).writing("footnote remove", wait=5):
            pass
    finally:
        process.kill()
        process.join()


def test_an_exception_frees_the_lock(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), Home(tmp_path).writing("failing"):
        raise RuntimeError
    with Home(tmp_path).writing("next", wait=0):
        pass


@pytest.mark.parametrize("name", FILES)
def test_a_folder_where_a_file_goes_is_said_as_it_is(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    with pytest.raises(HomeUnusable, match=rf"{name} is a folder, but Footnote keeps a file .*: move it away"):
        Home(tmp_path)


def test_a_file_where_uploads_go_is_said_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "uploads").touch()
    with pytest.raises(HomeUnusable, match="uploads is a file, but Footnote keeps a folder"):
        Home(tmp_path)
