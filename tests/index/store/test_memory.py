"""What a write used goes back to the system, and writing goes on where that cannot be asked for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from doubles import open_double
from places import REPOSITORY

from footnoted.index.store import live

# Pieces below the size from which the C library takes memory from the system for each alone; the last one stays.
PIECES = """
from pathlib import Path
from footnoted.index.store.live import _return_memory

def held():
    return int(Path("/proc/self/status").read_text().partition("VmRSS:")[2].split()[0]) // 1000

pieces = [bytes([number % 250 + 1]) * 60_000 for number in range(3000)]
del pieces[:-1]
before = held()
_return_memory()
print(before - held())
"""


@pytest.mark.skipif(live._trimmer() is None, reason="this C library has no malloc_trim")
def test_freed_pieces_go_back() -> None:
    command = [sys.executable, "-c", PIECES]
    ran = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert int(ran.stdout) > 100, "of 180 MB"


def test_another_c_library_is_left_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(live, "_trimmer", lambda: None)
    (tmp_path / "a.txt").write_text("one")
    with open_double(tmp_path / "home") as index:
        assert index.add(tmp_path / "a.txt").added


def test_every_write_does_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked: list[int] = []
    monkeypatch.setattr(live, "_trimmer", lambda: asked.append)
    (tmp_path / "a.txt").write_text("one")
    with open_double(tmp_path / "home") as index:
        index.add(tmp_path / "a.txt")
        index.remove("a.txt")
    assert asked == [0, 0]
