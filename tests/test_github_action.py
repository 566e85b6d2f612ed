"""The action for GitHub: its file is read, and its steps are run in bash as GitHub runs them."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from other_systems import QUESTIONS, RAGAS, lines
from places import REPOSITORY

PATH = REPOSITORY / ".github" / "actions" / "evaluate" / "action.yml"
ACTION = yaml.safe_load(PATH.read_text(encoding="utf-8"))
STEPS = {step.get("name", step.get("uses")): step for step in ACTION["runs"]["steps"]}
EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A checkout with a question set and answers, and the command ``footnote`` on the path."""
    lines(tmp_path / "questions.jsonl", QUESTIONS)
    lines(tmp_path / "answers.jsonl", RAGAS)
    (tmp_path / "bin").mkdir()
    command = tmp_path / "bin" / "footnote"
    command.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m footnoted.assistant "$@"\n')
    command.chmod(0o755)
    return tmp_path


def run(place: Path, name: str, **inputs: str) -> subprocess.CompletedProcess[str]:
    """A step with its inputs, as GitHub runs it: https://docs.github.com/actions/reference/workflows-and-actions."""
    values = {key: value.get("default", "") for key, value in ACTION["inputs"].items()}
    values |= {key.replace("_", "-"): value for key, value in inputs.items()}

    def filled(text: str) -> str:
        return EXPRESSION.sub(lambda found: values[found[1].strip().removeprefix("inputs.")], text)

    step = STEPS[name]
    script = place / "step.sh"
    script.write_text(step["run"])
    given = {key: filled(value) for key, value in step.get("env", {}).items()}
    files = {key: str(place / key) for key in ("GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT", "GITHUB_PATH")}
    more = {"FOOTNOTE_HOME": str(place / "home"), "RUNNER_TEMP": str(place), "GITHUB_ACTION_PATH": str(PATH.parent)}
    path = {"PATH": f"{place / 'bin'}:{os.environ['PATH']}"}
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],
        cwd=place, env={**os.environ, **files, **more, **path, **given}, capture_output=True, text=True, timeout=120,
    )  # fmt: skip


def outputs(place: Path) -> dict[str, str]:
    return dict(line.split("=", 1) for line in (place / "GITHUB_OUTPUT").read_text().splitlines())


def test_nothing_that_a_workflow_gives_is_put_into_a_script() -> None:
    for step in ACTION["runs"]["steps"]:
        assert not EXPRESSION.search(step.get("run", "")) and (step.get("shell") == "bash" or "uses" in step)
    used = set(re.findall(r"inputs\.([\w-]+)", PATH.read_text()))
    assert used == set(ACTION["inputs"]), "every input is used, and no other"
    assert ACTION["runs"]["using"] == "composite" and all("description" in value for value in ACTION["inputs"].values())


def test_a_gate_that_holds(place: Path) -> None:
    gates = "answers.right>=.6\n\n  recall@5>=.5  \n"
    done = run(place, "Evaluate", questions="questions.jsonl", answers="answers.jsonl", gates=gates)
    assert done.returncode == 0, done.stderr
    assert outputs(place)["passed"] == "true"
    summary = (place / "GITHUB_STEP_SUMMARY").read_text()
    assert summary.startswith("# Evaluation of ") and "passed: answers.right&gt;=0.6" in summary
    assert "passed: recall@5&gt;=0.5" in summary
    for name in ("metrics", "report", "junit"):
        assert (place / outputs(place)[name]).is_file()
    assert json.loads((place / outputs(place)["metrics"]).read_text())["questions"]["asked"] == 5


def test_a_gate_that_fails_still_leaves_the_report(place: Path) -> None:
    done = run(place, "Evaluate", questions="questions.jsonl", answers="answers.jsonl", gates="recall@1>=.9")
    assert done.returncode == 1 and outputs(place)["passed"] == "false"
    assert "**failed**: recall@1&gt;=0.9" in (place / "GITHUB_STEP_SUMMARY").read_text()
    assert (place / outputs(place)["junit"]).is_file()


def test_a_baseline_and_the_other_options(place: Path) -> None:
    wrong = [{**row, "response": "No idea."} if row["response"] else row for row in RAGAS]
    lines(place / "wrong.jsonl", wrong)
    given = {"questions": "questions.jsonl", "answers": "answers.jsonl"}
    assert run(place, "Evaluate", **given, output="before").returncode == 0
    again = run(place, "Evaluate", **given, baseline="before", fail_if_worse="true", limit="3")
    assert again.returncode == 0 and outputs(place)["folder"] == "footnote-run", again.stderr
    assert json.loads((place / "footnote-run" / "metrics.json").read_text())["questions"]["asked"] == 3
    assert (place / "footnote-run" / "comparison.json").is_file()


@pytest.mark.slow
def test_a_real_corpus(place: Path) -> None:
    (place / "docs").mkdir()
    (place / "docs" / "rome.md").write_text("# Rome\n\nThe Colosseum was opened in the year 80.\n")
    lines(place / "own.jsonl", [{"question": "When was the Colosseum opened?", "answers": ["80"]}])
    done = run(place, "Evaluate", questions="own.jsonl", corpus="docs", gates="answers.right>=1")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "inputs",
    [
        {"questions": '"; touch hacked; "'},
        {"questions": "$(touch hacked)"},
        {"questions": "--help"},
        {"questions": "questions.jsonl", "gates": "a>=1; touch hacked"},
        {"questions": "questions.jsonl", "limit": "1 --callable=os:getcwd"},
        {"questions": "questions.jsonl", "output": "run\npassed=true"},
        {"questions": "questions.jsonl", "retrieval_only": "yes"},
    ],
)
def test_hostile_inputs_are_only_texts(place: Path, inputs: dict[str, str]) -> None:
    done = run(place, "Evaluate", **{"answers": "answers.jsonl", **inputs})
    assert done.returncode == 2 and not (place / "hacked").exists()
    if (place / "GITHUB_OUTPUT").exists():
        assert outputs(place)["passed"] == "false"
        assert "gave no report" in (place / "GITHUB_STEP_SUMMARY").read_text()


def test_the_job_in_the_documentation_gives_inputs_that_exist() -> None:
    page = (REPOSITORY / "docs" / "evaluation.md").read_text(encoding="utf-8")
    jobs = [yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", page, re.S)]
    (step,) = [
        step
        for job in jobs
        for step in job["evaluate"]["steps"]
        if step.get("uses", "").partition("@")[0].endswith(".github/actions/evaluate")
    ]
    assert set(step["with"]) <= set(ACTION["inputs"]) and step["id"] == "quality"
    assert set(re.findall(r"steps\.quality\.outputs\.(\w+)", page)) <= set(ACTION["outputs"])


def test_it_installs_this_repository_with_its_pinned_versions(place: Path) -> None:
    python = place / "bin" / "python"
    python.write_text(
        '#!/bin/sh\necho "$@" >> asked\nif [ "$2" = venv ]; then mkdir -p "$3/bin" && cp "$0" "$3/bin/python"; fi\n'
    )
    python.chmod(0o755)
    done = run(place, "Install Footnote")
    assert done.returncode == 0, done.stderr
    assert (place / "GITHUB_PATH").read_text() == f"{place}/footnote/bin\n"
    asked = (place / "asked").read_text().splitlines()
    words = shlex.split(asked[1])
    assert words[:3] == ["-m", "pip", "install"] and words[-1] == f"{REPOSITORY}[openai,tables]"
    assert Path(words[words.index("--constraint") + 1]) == REPOSITORY / "constraints.txt"
    assert (REPOSITORY / "constraints.txt").is_file()
