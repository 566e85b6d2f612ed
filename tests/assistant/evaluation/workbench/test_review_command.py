"""``footnote review`` as a person types it: exit codes, sentences, the summary with gates, and the server."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from server_doubles import free_port
from workbench_doubles import two_runs

from footnoted.assistant.cli import main
from footnoted.assistant.evaluation.workbench.items import read_runs
from footnoted.assistant.evaluation.workbench.labels import append_label, new_label


@pytest.fixture(scope="module")
def folders(tmp_path_factory) -> tuple[Path, Path]:
    made = two_runs(tmp_path_factory.mktemp("runs"))
    for run, verdicts in zip(read_runs(made), ({"rome": "wrong", "cats": "right"}, {"rome": "right"}), strict=True):
        for name, verdict in verdicts.items():
            append_label(run.labels, new_label(run.records[name], verdict, "anna"))
    return made


@pytest.mark.parametrize(
    ("arguments", "code", "problem"),
    [
        ([], 1, "Name the folder of a run, or give --chat"),
        (["nowhere"], 1, "nowhere contains no run: there is no run.json in it."),
        (["RUN", "--grader", " "], 1, "A grader needs a name"),
        (["RUN", "--gate", "right_by_people>=.5"], 1, "--gate has no meaning without --summary."),
        (["RUN", "--json"], 1, "--json has no meaning without --summary."),
        (["RUN", "--labels", "labels.csv"], 1, "--labels needs the name of a .jsonl file, not labels.csv."),
        (["RUN", "--add-to", "set.xlsx"], 1, "--add-to needs the name of a .jsonl file, not set.xlsx."),
        (["--chat"], 1, "has called an answer not helpful: nothing to grade."),
        (["--chat", "--summary"], 1, "--summary needs the folder of a run."),
        (["RUN", "--summary", "--gate", "nonsense>=1"], 2, 'There is no metric called "nonsense"'),
    ],
)
def test_what_cannot_be_done_is_one_sentence(
    folders, tmp_path, monkeypatch, capsys, arguments: list[str], code: int, problem: str
) -> None:
    monkeypatch.setenv("FOOTNOTE_HOME", str(tmp_path / "home"))
    assert main(["review", *(str(folders[0]) if part == "RUN" else part for part in arguments)]) == code
    said = capsys.readouterr().err
    assert problem in said and said.startswith("footnote: ") and said.count("\n") == 1


def test_a_port_that_is_taken_is_said(folders, capsys) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        number = taken.getsockname()[1]
        assert main(["review", str(folders[0]), "--port", str(number), "--no-browser"]) == 1
        assert f"Port {number} on 127.0.0.1 cannot be used" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["review", str(folders[0]), "--port", "70000"])


def test_the_summary_and_its_gates(folders, capsys) -> None:
    assert main(["review", *map(str, folders), "--summary", "--gate", "right_by_people>=.5"]) == 0
    said = capsys.readouterr().out
    assert "first:" in said and "right_by_people: 0.500" in said and "Graded by people: anna (2)." in said
    assert "gate right_by_people>=0.5 passed: it is 1.0000." in said
    assert main(["review", *map(str, folders), "--summary", "--json", "--gate", "labels.right_by_people>.5"]) == 1
    found = json.loads(capsys.readouterr().out)["first"]
    assert found["labels"]["right_by_people"]["n"] == 2 and "failed" in found["gates"][0]


def test_the_workbench_runs_until_it_is_stopped(folders) -> None:
    port = free_port()
    command = [sys.executable, "-m", "footnoted.assistant", "review", str(folders[0]), "--no-browser"]
    process = subprocess.Popen(
        [*command, "--port", str(port), "--grader", "ben"], env=os.environ, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        assert f"http://127.0.0.1:{port}/" in process.stdout.readline()
        started = httpx.get(f"http://127.0.0.1:{port}/start", timeout=30).json()
        assert (started["grader"], started["blind"], started["runs"]) == ("ben", True, ["first"])
    finally:
        process.send_signal(2)
        _, errors = process.communicate(timeout=30)
    assert process.returncode in (0, 130) and "Traceback" not in errors
