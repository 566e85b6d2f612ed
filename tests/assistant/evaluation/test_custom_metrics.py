"""Metrics of somebody's own: from an installed package, by name, in gates, slices, reports and comparisons."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path

import pytest
from other_systems import QUESTIONS, RAGAS, ask, lines

from footnoted.assistant.cli import main
from footnoted.assistant.evaluation import EvaluationError, MetricRecord, evaluate

MODULE = '''
"""Metrics of a small package."""

def digits(record):
    """Digits in an answer.

    More is not said.
    """
    return None if record["refused"] else sum(letter.isdigit() for letter in record["answer"])

digits.higher_is_better = False

def short(record) -> bool:
    """Answers of at most three words."""
    return len(record["answer"].split()) <= 3

def broken(record):
    return 1 / len(record["contexts"])

def nothing(record):
    return None

def texts(record):
    return "good"

def infinite(record):
    return float("inf")

async def later(record):
    return 1.0

VALUE = 7
'''
ENTRIES = """[footnoted.metrics]
digits = house_metrics:digits
short-answers = house_metrics:short
broken = house_metrics:broken
nothing = house_metrics:nothing
texts = house_metrics:texts
infinite = house_metrics:infinite
later = house_metrics:later
gone = house_metrics:gone
value = house_metrics:VALUE
f1 = house_metrics:short
"""


@pytest.fixture(autouse=True)
def package(tmp_path: Path, monkeypatch) -> Path:
    """A folder on the path in which a distribution with metrics is installed."""
    monkeypatch.setenv("FOOTNOTE_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    place = tmp_path / "site-packages"
    installed(place, "house-metrics", ENTRIES)
    (place / "house_metrics.py").write_text(MODULE)
    monkeypatch.syspath_prepend(place)
    importlib.invalidate_caches()
    yield place
    sys.modules.pop("house_metrics", None)


def installed(place: Path, name: str, entries: str) -> None:
    """What pip leaves of a distribution."""
    folder = place / f"{name.replace('-', '_')}-1.2.dist-info"
    folder.mkdir(parents=True)
    (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.2\n")
    (folder / "entry_points.txt").write_text(entries)
    (folder / "RECORD").write_text("")


def test_a_metric_of_an_installed_package_is_measured_when_it_is_named() -> None:
    gates = ["digits<=2", "custom.short-answers>=.9"]
    result = evaluate(QUESTIONS, ask, metrics=["digits", "short-answers"], gates=gates)
    digits = result.metric("digits")  # 476: 3, Armstrong: 0, ten hours: 0, a refusal does not count, 6792: 4
    assert (digits.value, digits.n) == (7 / 4, 4) and digits.interval[0] < 7 / 4 < digits.interval[1]
    short = result.metrics["custom"]["short-answers"]  # 4, 2, 2, 0 and 2 words
    assert (short.value, short.n) == (4 / 5, 5) and 0.3 < short.interval[0] < short.interval[1] < 1
    assert [str(gate.gate) for gate in result.failed_gates] == ["custom.short-answers>=0.9"]
    assert [record["custom"]["digits"] for record in result.records] == [3, 0, 0, None, 4]
    assert result.metric("follow_ups.digits").value == 0
    assert result.run["custom_metrics"]["digits"]["origin"] == "house-metrics 1.2"
    assert result.run["custom_metrics"]["digits"]["meaning"] == "Digits in an answer."


def test_what_is_installed_is_not_measured_by_itself() -> None:
    result = evaluate(QUESTIONS, ask)
    assert "custom" not in result.metrics and "custom" not in result.records[0]
    assert "house_metrics" not in sys.modules


def test_a_function_is_given_the_documented_record_and_cannot_change_the_run() -> None:
    seen: list[MetricRecord] = []

    def looks(record: MetricRecord) -> bool:
        seen.append(record)
        record["contexts"].clear()
        record["fields"]["domain"] = "changed"
        return True

    questions = [{**QUESTIONS[1], "domain": "space"}]
    result = evaluate(questions, ask, metrics=looks)
    (record,) = seen
    assert set(record) == set(MetricRecord.__annotations__)
    assert record["question"] == "Who walked on the Moon?" and record["answer"] == "Armstrong did."
    assert record["gold"] == ["Armstrong"] and record["evidence"] == ["Armstrong walked on the Moon"]
    assert record["relevant"] == {"moon": 1} and record["documents"] == ["cat", "moon"] and record["right"] is True
    assert [passage["relevant"] for passage in record["passages"]] == [False, True]
    assert record["history"] == [{"role": "user", "content": "The Moon?"}] and not record["refused"]
    assert result.records[0]["fields"] == {"domain": "space"} and len(result.records[0]["passages"]) == 2
    assert result.metric("looks").value == 1


@pytest.mark.parametrize(
    ("metric", "said"),
    [
        ("broken", r"The metric broken \(house-metrics 1.2\) failed for the question none: ZeroDivisionError"),
        ("texts", "metric texts .* it returned str, not a number, true, false or None"),
        ("infinite", "it returned inf"),
        ("later", "is asynchronous"),
        ("gone", "The metric gone of house-metrics 1.2 cannot be loaded: AttributeError"),
        ("value", "value is not a function"),
        ("f1", "There already is a metric called f1"),
        ("unknown", "No installed package offers a metric called unknown; installed are: broken, digits, "),
        (lambda record: 1, "'<lambda>' cannot be the name of a metric"),
        (["digits", "digits"], "digits was given twice"),
        ("no_module_here:f", "cannot be loaded: ModuleNotFoundError"),
    ],
)
def test_a_metric_that_cannot_be_used_ends_the_run_with_its_name_and_why(metric, said: str) -> None:
    with pytest.raises(EvaluationError, match=said):
        evaluate(QUESTIONS, ask, metrics=metric)


def test_two_packages_with_the_same_name_are_both_named(package: Path) -> None:
    installed(package, "other-metrics", "[footnoted.metrics]\ndigits = house_metrics:short\n")
    importlib.invalidate_caches()
    with pytest.raises(EvaluationError, match=r"metric called digits: house-metrics 1.2, other-metrics 1.2"):
        evaluate(QUESTIONS, ask, metrics=["digits"])


def test_one_that_counts_no_question_says_so() -> None:
    nothing = evaluate(QUESTIONS, ask, metrics=["nothing"]).metric("custom.nothing")
    assert nothing.value is None and nothing.reason == "the metric counts no question"


def test_what_was_asked_is_kept_when_a_metric_fails(package: Path) -> None:
    asked: list[str] = []

    def counted(question: str) -> dict:
        asked.append(question)
        return ask(question)

    with pytest.raises(EvaluationError, match="broken"):
        evaluate(QUESTIONS, counted, metrics=["broken"], output="run")
    assert len(asked) == 4  # it fails at the first question without contexts, not after the last one
    corrected = evaluate(QUESTIONS, counted, metrics=["digits"], output="run")
    assert len(asked) == 5 and corrected.metric("digits").n == 4
    assert json.loads(Path("run/records.jsonl").read_text().splitlines()[0])["custom"] == {"digits": 3.0}


def test_the_command(tmp_path: Path, capsys) -> None:
    questions = [{**row, "domain": "short" if "?" in row["question"][:20] else "long"} for row in QUESTIONS]
    paths = lines(tmp_path / "q.jsonl", questions), lines(tmp_path / "a.jsonl", RAGAS)
    command = ["evaluate", str(paths[0]), "--answers", str(paths[1])]
    one = [*command, "--output", "one", "--metric", "digits", "--metric", "house_metrics:short"]
    assert main([*one, "--gate", "digits>=1", "--gate", "custom.short>=.5"]) == 0
    shown = capsys.readouterr().out
    assert "digits" in shown and "1.750" in shown and "gate digits>=1 passed" in shown
    for report in ("report.html", "report.md"):
        assert "digits" in Path("one", report).read_text()
    assert "Digits in an answer." in Path("one/report.html").read_text()
    rows = [{**row, "response": row["response"] + " 12345"} if row["response"] else row for row in RAGAS]
    two = [*command[:-1], str(lines(tmp_path / "b.jsonl", rows)), "--output", "two", "--metric", "digits"]
    assert main([*two, "--baseline", "one"]) == 0
    compared = json.loads(Path("two/comparison.json").read_text())
    digits = compared["metrics"]["custom"]["digits"]  # fewer digits are better
    assert (digits["difference"], digits["better"], digits["wins"], digits["losses"]) == (5.0, False, 0, 4)
    assert "short" not in compared["metrics"]["custom"]
    assert compared["slices"]["domain"]["long"]["metrics"]["custom.digits"]["difference"] == 5.0


def test_the_command_says_what_is_wrong(tmp_path: Path, capsys) -> None:
    command = ["evaluate", str(lines(tmp_path / "q.jsonl", QUESTIONS)), "--callable", "other_systems:ask"]
    assert main([*command, "--metric", "broken"]) == 1
    assert main([*command, "--metric", "unknown"]) == 2
    assert main([*command, "--gate", "digits>=1"]) == 2
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 3 and "The metric broken" in said[0] and "Traceback" not in "".join(said)


def test_the_list_of_metrics(capsys) -> None:
    with pytest.raises(SystemExit) as end:
        main(["evaluate", "--list-metrics"])
    shown = capsys.readouterr().out
    assert end.value.code == 0
    assert "retrieval.recall@5: share of" in shown
    assert "custom.digits: house_metrics:digits, of house-metrics 1.2; measured with --metric digits" in shown
