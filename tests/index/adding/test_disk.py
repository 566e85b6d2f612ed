"""A full disk, a home that may not be written, and Ctrl-C: one clear sentence, nothing lost, and well again later."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from doubles import HashEmbeddings, assert_in_step, open_double
from places import SUPPORT

from footnoted.index.errors import HomeUnusable
from footnoted.index.store.catalog import Catalog
from footnoted.index.store.home import disk_troubles

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(SUPPORT)}

WRITE = """
import resource
import sys
from pathlib import Path
from doubles import HashEmbeddings, open_double
from footnoted.index.errors import HomeUnusable

home, folder, most, other = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
if most:
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
try:
    with open_double(home) as index:
        index.reindex(HashEmbeddings(other)) if other else index.add(folder)
except HomeUnusable as error:
    print(error)
"""

FORBIDDEN = """
import os
import sys
from pathlib import Path
from doubles import open_double
from footnoted.index.errors import HomeUnusable

home, folder, spare = (Path(name) for name in sys.argv[1:])
with open_double(spare) as index:  # what is imported late may lie where the other user may not read
    index.add(folder)
    index.retrieve("animal")
    index.check()
    index.repair()
if os.getuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
for use in (lambda index: index.add(folder), lambda index: index.retrieve("animal1", 1), lambda index: index.repair()):
    try:
        with open_double(home) as index:
            use(index)
            print("done")
    except HomeUnusable as error:
        print(error)
"""


def in_a_process(script: str, *arguments: object) -> list[str]:
    """The lines that a script prints; anything on standard error is a failure."""
    run = subprocess.run(
        [sys.executable, "-c", script, *map(str, arguments)], capture_output=True, text=True, env=ENVIRONMENT,
        timeout=120,
    )  # fmt: skip
    assert (run.returncode, run.stderr) == (0, ""), run.stderr[-3000:]
    return run.stdout.splitlines()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "folder"
    folder.mkdir()
    for number in range(150):
        words = " ".join(f"word{number * n % 997}" for n in range(500))
        (folder / f"{number:03}.txt").write_text(f"File {number} tells of animal{number}.\n\n{words}")
    return folder


@contextmanager
def small_disk(room: Path, megabytes: int):
    """A disk of this size mounted at ``room``; yields the most bytes a file may have where none can be mounted."""
    room.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(room)]
    if os.getuid() != 0 or subprocess.run(mount, capture_output=True).returncode != 0:
        yield megabytes * 200_000
        return
    try:
        yield 0
    finally:
        subprocess.run(["umount", "-l", str(room)], check=True)


@pytest.mark.parametrize("megabytes", [1, 2])
def test_a_full_disk_is_one_sentence_and_loses_nothing(tmp_path: Path, folder: Path, megabytes: int) -> None:
    room = tmp_path / "room"
    with small_disk(room, megabytes) as most:
        (said,) = in_a_process(WRITE, room / "home", folder, most, "")
        assert said.startswith("The disk of the data folder") and "make room and run the same command again" in said
        kept = Catalog(room / "home" / "catalog.sqlite").count_documents()
        assert kept < 150
        if not most:
            subprocess.run(["mount", "-o", "remount,size=100m", str(room)], check=True)
        with open_double(room / "home") as index:
            assert all(index.text_of(info.source) for info in index.documents())
            report = index.add(folder)
            assert (len(report.added), len(report.unchanged)) == (150 - kept, kept)
            assert index.check() == []
            assert_in_step(index)
            assert index.retrieve("animal7", 1)[0].document_id == "007.txt"


def test_a_disk_that_fills_up_while_reindexing_leaves_the_old_index(tmp_path: Path, folder: Path) -> None:
    with open_double(tmp_path / "home") as index:
        index.add(folder)
    largest = max(file.stat().st_size for file in (tmp_path / "home").rglob("*") if file.is_file())
    (said,) = in_a_process(WRITE, tmp_path / "home", folder, largest // 4, "double/other")
    assert "make room and run the same command again" in said or "cannot be read or written" in said
    with open_double(tmp_path / "home") as index:
        assert index.retrieve("animal7", 1)[0].document_id == "007.txt"
        assert index.check() == []
        index.reindex(HashEmbeddings("double/other"))
        assert_in_step(index)


@pytest.mark.parametrize("what", ["the folder", "its files"])
def test_a_home_that_may_not_be_written_is_one_sentence(tmp_path: Path, folder: Path, what: str) -> None:
    room = Path(tempfile.mkdtemp(prefix="footnote-room-"))  # others may not enter the folders of pytest
    room.chmod(0o755)
    home = room / "home"
    with open_double(home) as index:
        index.add(folder)
    before = {file: file.read_bytes() for file in home.rglob("*") if file.is_file() and file.name != "lock"}
    for path in home.rglob("*"):
        path.chmod(0o555 if path.is_dir() else 0o444)
    home.chmod(0o555 if what == "the folder" else 0o777)
    try:
        lines = in_a_process(FORBIDDEN, home, folder, tmp_path / "spare")
    finally:
        for path in (home, *home.rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)
    assert len(lines) == 3
    for line in lines:
        assert "permissions" in line or "check that its folder is writable" in line
    assert before == {file: file.read_bytes() for file in before}
    with open_double(home) as index:
        assert len(index.add(folder).unchanged) == 150
        assert_in_step(index)
    shutil.rmtree(room)


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (OSError(28, "No space left on device", "/home/vectors"), "is full: make room"),
        (ValueError("An IO error occurred: 'File too large (os error 27)'"), "is full: make room"),
        (PermissionError(13, "Permission denied", "/vectors/x"), "check the permissions"),
    ],
    ids=["no space", "a limit", "no permission"],
)
def test_the_disks_troubles_are_said_in_a_sentence(tmp_path: Path, error: Exception, sentence: str) -> None:
    if isinstance(error, PermissionError):
        error.filename = f"{tmp_path}/vectors"
    with pytest.raises(HomeUnusable, match=sentence), disk_troubles(tmp_path):
        raise error


@pytest.mark.parametrize("error", [OSError(2, "No such file", "/elsewhere"), ValueError("a mistake of ours")], ids=str)
def test_other_errors_are_left_alone(tmp_path: Path, error: Exception) -> None:
    with pytest.raises(type(error)) as raised, disk_troubles(tmp_path):
        raise error
    assert raised.value is error


def test_ctrl_c_in_the_middle_keeps_what_was_done_and_the_next_run_goes_on(tmp_path: Path) -> None:
    folder, home = tmp_path / "folder", tmp_path / "home"
    folder.mkdir()
    for number in range(600):
        (folder / f"{number:03}.txt").write_text(f"File {number} tells of an animal. " * 4)
    # A shell lets what it starts in the background ignore Ctrl-C, these tests for one: the command would, too.
    hears = "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL); os.execv(sys.argv[1], sys.argv[1:])"
    said = ["-m", "footnoted.assistant", "--home", str(home), "add", str(folder)]
    command = [sys.executable, "-c", hears, sys.executable, *said]
    process = subprocess.Popen(command, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    end = time.monotonic() + 60
    while time.monotonic() < end and process.poll() is None:
        if (home / "catalog.sqlite").exists() and Catalog(home / "catalog.sqlite").count_documents():
            break
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, "")
    assert err.splitlines()[-1].startswith("Stopped. What was reported as done is kept") and "Traceback" not in err
    kept = Catalog(home / "catalog.sqlite").count_documents()
    assert 0 < kept < 600
    again = subprocess.run([*command, "--json"], env=ENVIRONMENT, capture_output=True, text=True, timeout=120)
    assert again.returncode == 0
    with open_double(home, embeddings=None) as index:
        assert len(index.documents()) == 600
        assert index.check() == []
        assert_in_step(index)
