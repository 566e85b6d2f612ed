"""A run of 500 questions that is killed five times ends as one that was not."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

COUNT = 500
MODULE = """
import time

def ask(question):
    time.sleep(0.001)  # a run that is over at once cannot be killed in the middle
    number = int(question.split()[2].rstrip("?"))
    if number % 7 == 0:
        return ""
    said = number + 1 if number % 11 == 0 else number
    return {"answer": f"Station {number} opened in {1000 + said}. " * 3, "documents": [f"d{said}", "d1"]}
"""
# Starting Python anew for each run would take most of the time: the runs are forks of one process.
PROGRAM = """
import json, os, random, signal, sys, time
from pathlib import Path
import ir_measures, numpy
from footnoted.assistant.cli import main
from footnoted.assistant.evaluation.running import evaluate

evaluate.code_hash = lambda files: "this code"  # somebody may change the code of this repository meanwhile

def begin(folder):
    child = os.fork()
    if not child:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os._exit(main([*words, "--output", folder]))
    return child

def written(folder):
    path = Path(folder, "records.jsonl")
    return path.read_bytes().count(b"\\n") if path.is_file() else 0

words, moments = json.load(sys.stdin)
dice, codes = random.Random(20), []
for moment in moments:
    child = begin("killed")
    while not (Path("killed/run.json").is_file() and written("killed") >= moment):
        time.sleep(0.004)
    time.sleep(dice.random() * 0.01 if moment < max(moments) else 0)
    os.kill(child, signal.SIGKILL)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    codes.append([code, written("killed"), Path("killed/metrics.json").exists()])
ends = [os.waitstatus_to_exitcode(os.waitpid(begin(folder), 0)[1]) for folder in ("killed", "whole")]
print(json.dumps([codes, ends]))
"""


@pytest.fixture
def command(tmp_path: Path) -> list[str]:
    rows = [
        {"id": f"q{number}", "question": f"When did {number}?", "answers": [str(1000 + number)],
         "relevant": [f"d{number}"], "answerable": True, "conversation": number // 3}
        for number in range(COUNT)
    ]  # fmt: skip
    (tmp_path / "questions.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "stations.py").write_text(MODULE)
    return ["evaluate", "questions.jsonl", "--callable", "stations:ask", "--home", str(tmp_path / "home")]


def without_times(folder: Path) -> tuple[list[dict], dict]:
    """The records and the metrics of a run but for what the clock says."""
    records = [json.loads(line) for line in (folder / "records.jsonl").read_text().splitlines()]
    metrics = json.loads((folder / "metrics.json").read_text())
    for part in [*records, metrics, metrics["run"]]:
        for name in ("timings", "latency_ms", "started", "finished"):
            part.pop(name, None)
    return records, metrics


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_five_kills_change_nothing(tmp_path: Path, command: list[str]) -> None:
    """At the start, three times in the middle, and when all is asked but the metrics are not written."""
    moments = [0, *sorted(random.Random(20).sample(range(20, COUNT - 100), 3)), COUNT]
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=tmp_path, input=json.dumps([command, moments]), capture_output=True,
        text=True, timeout=300,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    kills, ends = json.loads(ran.stdout.splitlines()[-1])
    assert [code for code, _, _ in kills] == [-signal.SIGKILL] * 5, "one was over before it was killed"
    assert not any(measured for _, _, measured in kills)
    assert kills[-1][1] == COUNT and ends == [0, 0]
    killed, whole = without_times(tmp_path / "killed"), without_times(tmp_path / "whole")
    assert killed[0] == whole[0] and len(whole[0]) == COUNT
    assert killed[1] == whole[1] and 0 < whole[1]["answers"]["right"]["value"] < 1
    assert sorted(path.name for path in (tmp_path / "killed").glob("records*")) == ["records.jsonl"]
