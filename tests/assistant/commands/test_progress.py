"""The progress of adding and reindexing: a time left that can be believed, and where nothing is written."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest
from doubles import open_double

from footnoted.assistant import progress
from footnoted.index.adding.time_left import Workload
from footnoted.index.types import Progress


def step(done: float, total: float, passages: int = 0) -> Progress:
    return Progress(0, 10, passages, "", done, total)


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_the_time_left_is_steady_at_a_steady_speed() -> None:
    clock = Clock()
    pace = progress.Pace(clock)
    pace.note(step(0, 1000))
    assert pace.seconds_left(step(0, 1000)) is None
    for second in range(1, 60):
        clock.now += 1
        pace.note(step(10 * second, 1000, 2 * second))
        assert pace.seconds_left(step(10 * second, 1000)) == pytest.approx(100 - second)
        assert pace.passages_a_second == pytest.approx(2)
    assert pace.seconds_left(step(1000, 1000)) is None
    clock.now += 3  # a long step under way: the time goes on
    assert pace.seconds_left(step(590, 1000)) == pytest.approx(38)


def test_one_slow_step_moves_the_time_left_a_little() -> None:
    clock = Clock()
    pace = progress.Pace(clock)
    for second in range(41):
        pace.note(step(10 * second, 1000))
        clock.now += 1
    clock.now += 4
    pace.note(step(410, 1000))
    assert 59 < (pace.seconds_left(step(410, 1000)) or 0) < 70


def test_what_an_interrupted_run_had_done_took_no_time() -> None:
    clock = Clock()
    pace = progress.Pace(clock)
    pace.note(step(900, 1000))
    clock.now += 1
    pace.note(step(901, 1000))
    assert pace.seconds_left(step(901, 1000)) == pytest.approx(99)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(None, ""), (0.0, "5 s left"), (42, "40 s left"), (100, "2 min left"), (4800, "1 h 20 min left")],
)
def test_a_time_is_said_as_a_person_does(seconds: float | None, words: str) -> None:
    assert progress.time_left(seconds) == words


def test_the_effort_of_unread_files_is_learnt_from_those_that_were_read() -> None:
    workload = Workload({f"{number}.pdf": 1_000_000 for number in range(100)} | {"note.txt": 1000})
    assert workload.total == pytest.approx(100 * 50_000 + 1000), "what is usual of a PDF, and all of a text"
    for number in range(50):
        workload.read(f"{number}.pdf", 500_000)
        workload.embedded(500_000)
    workload.read("note.txt", 990)
    assert workload.total == pytest.approx(50_000_000, rel=0.01)
    for number in range(50, 100):
        workload.read(f"{number}.pdf", None)  # unchanged after all, or not readable
    workload.embedded(990)
    assert workload.done == workload.total == 25_000_990


def test_a_log_gets_a_line_now_and_then(monkeypatch, capsys) -> None:
    clock = Clock()
    monkeypatch.setattr(progress.time, "monotonic", clock)
    monkeypatch.setattr(progress.Pace.__init__, "__defaults__", (clock,))
    with progress.showing(quiet=False) as update:
        assert update is not None
        for second in range(100):
            update(step(second, 200, 3 * second))
            clock.now += 1
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 4, "after 5 seconds, then every 30"
    assert all("passages/s" in line and "left" in line for line in lines)


def test_a_terminal_gets_a_bar_and_names_cannot_drive_it(monkeypatch, tmp_path: Path) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    (tmp_path / "evil[red]\x1b[2J.txt").write_text("Some words.")
    with open_double(tmp_path / "home") as index, progress.showing(quiet=False) as update:
        index.add(tmp_path, progress=update)
    drawn = terminal.getvalue()
    assert "1 of 1 documents, 1 passages" in drawn
    assert "\x1b[2J" not in drawn


def test_where_json_is_printed_nothing_is_shown(capsys) -> None:
    with progress.showing(quiet=True) as update:
        assert update is None
    assert capsys.readouterr().err == ""
