"""docs/evaluation.md says what is true: every metric and file is in it, and the example of a CI job can be run."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from pathlib import Path

import pytest
from evaluation_doubles import WrittenIndex, questions_of, run
from places import REPOSITORY

from footnoted.assistant.cli import main
from footnoted.assistant.evaluation.metrics.catalogue import METRICS
from footnoted.assistant.evaluation.metrics.gates import check_metric_name, parse_gate
from footnoted.assistant.evaluation.reports.results_table import main as print_table
from footnoted.assistant.evaluation.reports.results_table import results_table, turns_table

PAGE = (REPOSITORY / "docs" / "evaluation.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [metric.name for metric in METRICS])
def test_every_metric_is_explained(name: str) -> None:
    assert f"`{name}`" in PAGE


def commands_of_the_job() -> list[list[str]]:
    """The words of the commands that the example of a job runs."""
    job = re.search(r"```yaml\n(.*?)```", PAGE, re.S).group(1)
    return [shlex.split(words) for words in re.findall(r"footnote ((?:evaluate|compare) .*?)(?=\n    -)", job, re.S)]


def test_the_job_for_continuous_integration_runs_as_it_is_written(tmp_path: Path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "docs").mkdir()
    (tmp_path / "evaluation").mkdir()
    text = tmp_path / "docs" / "rome.md"
    text.write_text("# Rome\n\nThe Colosseum was opened in the year 80.\n\nThe city of Rome has fourteen districts.\n")
    rows = [
        {"question": "When was the Colosseum opened?", "answers": ["80"], "relevant": ["rome.md"]},
        {"question": "How many districts does Rome have?", "answers": ["fourteen"], "relevant": ["rome.md"]},
    ]
    (tmp_path / "evaluation" / "questions.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (baseline,) = (shlex.split(words) for words in re.findall(r"`footnote (evaluate [^`]*baseline)`", PAGE))
    assert main(baseline) == 0
    evaluate, compare = commands_of_the_job()
    assert main(evaluate) == 0 and main(compare) == 0
    assert (tmp_path / "run" / "junit.xml").is_file()
    text.write_text("# Rome\n\nNothing is said here of buildings.\n")
    shutil.rmtree(tmp_path / "run")
    capsys.readouterr()
    assert main(evaluate) == 1 and "gate evidence_recall@5>=0.9 failed" in capsys.readouterr().out


def test_the_gates_that_are_shown_exist() -> None:
    shown = re.findall(r"`([\w.@]+[<>]=[\d.]+)`", PAGE)
    assert len(shown) >= 4
    for gate in shown:
        check_metric_name(parse_gate(gate))


def test_the_table_of_results_has_a_dash_for_what_was_not_measured(tmp_path: Path, capsys) -> None:
    index = WrittenIndex({"a": "Rome fell in 476."}, {"When?": ["a"]})
    metrics = run(tmp_path / "run", questions_of({"question": "When?", "relevant": ["a"]}), index).metrics
    lines = results_table([metrics]).splitlines()
    assert lines[0] == "| | tiny (1 of 1) |"
    assert "| retrieval.recall@5 | 1.000 (0.21–1.00) |" in lines and "| latency_ms.total_p50 | – |" in lines
    assert not any("answers.f1" in line for line in lines), "no run measured it"
    answered = run(tmp_path / "other", questions_of({"question": "When?", "answers": ["476"]}), index, {}).metrics
    lines = results_table([metrics, answered]).splitlines()
    assert (
        "| answers.f1 | – | 0.000 (0.00–0.79) |" in lines and "| retrieval.recall@5 | 1.000 (0.21–1.00) | – |" in lines
    )
    assert print_table([str(tmp_path / "run")]) == 0 and capsys.readouterr().out == results_table([metrics])
    assert print_table([]) == 2 and print_table([str(tmp_path)]) == 1


def test_first_questions_and_follow_ups_have_a_table_of_their_own(tmp_path: Path) -> None:
    index = WrittenIndex({"a": "Rome fell in 476."}, {"When?": ["a"], "And then?": []})
    talk = [{"role": "user", "content": "Rome?"}]
    rows = ({"question": "When?", "relevant": ["a"]}, {"question": "And then?", "relevant": ["a"], "history": talk})
    lines = turns_table(run(tmp_path / "run", questions_of(*rows), index).metrics).splitlines()
    assert lines[0] == "| | first questions (1) | follow-ups (1) |"
    assert "| retrieval.recall@5 | 1.000 (0.21–1.00) | 0.000 (0.00–0.79) |" in lines
