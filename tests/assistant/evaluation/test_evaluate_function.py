"""``evaluate()`` for programs: what can be given, what comes back, and that it is what the command measures."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from doubles import OverlapReranker, open_double
from other_systems import QUESTIONS, RAGAS, ask, chat_double, lines
from scripted_models import ScriptedModel

from footnoted.assistant.chain import open_assistant
from footnoted.assistant.cli import main
from footnoted.assistant.evaluation import Evaluation, EvaluationError, MetricValue, evaluate


async def ask_later(question: str) -> dict:
    await asyncio.sleep(0)
    return ask(question)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch) -> Path:
    monkeypatch.setenv("FOOTNOTE_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def comparable(metrics: dict) -> dict:
    """``metrics.json`` without what the clock decides."""
    run = {name: value for name, value in metrics["run"].items() if name not in ("started", "finished")}
    return {name: part for name, part in metrics.items() if name != "latency_ms" and "turn" not in name} | {"run": run}


def test_command_and_function_give_the_same_metrics(home: Path, monkeypatch) -> None:
    questions, answers = lines(home / "questions.jsonl", QUESTIONS), lines(home / "answers.jsonl", RAGAS)
    gates = ["answers.right>=.6", "recall@1>=.9", "follow_ups.retrieval.recall@5>=.5"]
    given = [part for gate in gates for part in ("--gate", gate)]
    code = main(["evaluate", str(questions), "--answers", str(answers), "--output", str(home / "run"), *given])
    result = evaluate(questions, answers, gates=gates)
    written = json.loads((home / "run" / "metrics.json").read_text())
    assert code == 1 and not result.passed
    assert comparable(result.metrics_json) == comparable(written)
    assert json.loads(json.dumps(result.records)) == [
        json.loads(line) for line in (home / "run" / "records.jsonl").read_text().splitlines()
    ]
    assert [str(gate.gate) for gate in result.failed_gates] == ["recall@1>=0.9"]


def test_what_comes_back_is_typed_and_frozen() -> None:
    result = evaluate(QUESTIONS, ask)
    assert isinstance(result, Evaluation) and result.passed and not result.failed_gates
    right = result.metrics["answers"]["right"]
    assert right == result.metric("answers.right") == MetricValue(pytest.approx(2 / 3), right.interval, 3)
    assert right.interval[0] < 2 / 3 < right.interval[1]
    missing = result.metric("relevant_cited")
    assert missing.value is None and missing.interval is None and missing.n == 0 and "cites" in missing.reason
    with pytest.raises(AttributeError):
        result.records = ()
    with pytest.raises(TypeError):
        result.metrics["answers"]["right"] = missing
    with pytest.raises(EvaluationError, match="no metric called"):
        result.metric("beauty")
    assert re.search(r"^answers\.right 0\.667 \(0\.\d+ to 0\.\d+\), n = 3$", result.summary(), re.M)


def test_without_an_output_nothing_stays_on_disk_and_nothing_is_printed(home: Path, capfd) -> None:
    before = set(home.rglob("*"))
    assert evaluate(QUESTIONS, ask).folder is None
    assert set(home.rglob("*")) == before
    assert capfd.readouterr() == ("", "")


def test_with_an_output_it_holds_what_the_command_writes(home: Path) -> None:
    result = evaluate(QUESTIONS, ask, output="kept")
    assert result.folder == Path("kept")
    written = "junit.xml metrics.json qrels.trec records.jsonl report.html report.md run.json run.trec"
    assert sorted(path.name for path in result.folder.iterdir()) == written.split()
    again = evaluate(QUESTIONS, lambda question: "No idea.", baseline="kept")
    assert again.comparison["metrics"]["answers"]["right"]["losses"] == 2
    assert "comparison.json" not in {path.name for path in result.folder.iterdir()}


def test_several_baselines_slices_and_the_depth_of_rankings(home: Path) -> None:
    questions = [{**row, "domain": "a" if number < 2 else "b"} for number, row in enumerate(QUESTIONS)]
    for name in ("first", "second"):
        evaluate(questions, ask, output=name)
    result = evaluate(questions, lambda question: "No idea.", baseline=["first", "second"], slices=["domain"])
    assert [pair["metrics"]["answers"]["right"]["losses"] for pair in result.comparison["pairs"]] == [2, 2]
    assert result.metrics_json["slices"]["domain"]["a"]["n"] == 2
    with pytest.raises(EvaluationError, match="^depth must be 10 or more"):
        evaluate(questions, depth=3)


@pytest.mark.parametrize("form", ["list", "pandas", "jsonl", "csv"])
def test_questions_in_every_form(home: Path, form: str) -> None:
    rows = [{"question": row["question"], "answers": row.get("answers", [])} for row in QUESTIONS[:3]]
    given: object = rows
    if form == "pandas":
        given = pytest.importorskip("pandas").DataFrame(rows)
    elif form == "jsonl":
        given = lines(home / "q.jsonl", rows)
    elif form == "csv":
        given = home / "q.csv"
        given.write_text("question,answers\n" + "".join(f"{row['question']},{row['answers'][0]}\n" for row in rows))
    assert evaluate(given, ask).metric("answers.right").value == pytest.approx(2 / 3)


@pytest.mark.parametrize("form", ["function", "asynchronous", "rows", "pandas", "file", "named"])
def test_systems_in_every_form(home: Path, form: str, monkeypatch) -> None:
    named = {
        "function": ask,
        "asynchronous": ask_later,
        "rows": RAGAS,
        "file": lines(home / "a.jsonl", RAGAS),
        "named": "other_systems:ask",
    }
    given = pytest.importorskip("pandas").DataFrame(RAGAS) if form == "pandas" else named[form]
    result = evaluate(QUESTIONS, given)
    assert result.metric("answers.right").value == pytest.approx(2 / 3)
    assert result.metric("recall@1").value == pytest.approx(1 / 3)


def test_a_server_by_its_address() -> None:
    with chat_double() as (url, server):
        result = evaluate(QUESTIONS, url, model="scripted")
    assert result.metric("input_tokens").value == 10 and len(server.asked) == 5


def test_an_open_index_and_an_open_assistant_are_left_as_they_were(home: Path, monkeypatch) -> None:
    monkeypatch.setenv("FOOTNOTE_THRESHOLD", "-99")  # the double's scores are no logits
    (home / "rome.txt").write_text("The fall of Rome was in 476. Its last emperor was Romulus.")
    questions = [{"question": "When was the fall of Rome?", "answers": ["476"], "relevant": ["rome.txt"]}]
    with open_double(home / "index") as index:
        index.add(home / "rome.txt")
        index.reranker = reranker = OverlapReranker()
        only = evaluate(questions, index, retrieval_only=True)
        assert only.metric("recall@1").value == 1 and only.metric("answers.right").value is None
        assert index.reranker is reranker
        assert evaluate(questions, index).metric("answers.right").value == 1
        model = ScriptedModel(says="Rome fell in 476 [1].")
        before = model.callbacks
        assistant = open_assistant(index=index, model=model)
        written = evaluate(questions, assistant)
        assert written.metric("answers.right").value == 1 and model.prompts and model.callbacks is before
        assert index.reranker is reranker
        with pytest.raises(EvaluationError, match="model has no meaning with an open assistant"):
            evaluate(questions, assistant, model="openai:gpt")


@pytest.mark.parametrize("system", [ask, ask_later], ids=["function", "asynchronous function"])
def test_inside_a_running_event_loop_as_in_a_notebook(system) -> None:
    async def notebook() -> Evaluation:
        return evaluate(QUESTIONS, system)

    assert asyncio.run(notebook()).metric("answers.right").value == pytest.approx(2 / 3)


def test_in_several_threads_at_once() -> None:
    found: list[float] = []
    threads = [
        threading.Thread(target=lambda: found.append(evaluate(QUESTIONS, ask_later).metric("answers.right").value))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [pytest.approx(2 / 3)] * 4


def test_an_interruption_in_a_notebook_ends_the_run_after_the_question_that_is_asked() -> None:
    from footnoted.assistant.evaluation.api import stoppable

    seen: list[int] = []
    report = stoppable(lambda number, total, record: seen.append(number), lambda: len(seen) == 2)
    for number in (1, 2):
        report(number, 5, {})
    with pytest.raises(EvaluationError, match="interrupted after 3 of 5"):
        report(3, 5, {})


@pytest.mark.parametrize(
    ("questions", "system", "options", "said"),
    [
        (7, ask, {}, "questions must be a path, a list of dictionaries or a data frame, not int"),
        ([{"answers": ["x"]}], ask, {}, 'the given questions, line 1: "question" is missing'),
        (QUESTIONS, 7, {}, "int cannot be evaluated"),
        (QUESTIONS, [{"answer": "x"}], {}, 'the given answers, entry 1: "id" or "question" is missing'),
        (QUESTIONS, RAGAS[:1], {}, "the given answers lacks 4 of 5 questions"),
        (QUESTIONS, ask, {"retrieval_only": True}, "retrieval_only has no meaning with a function"),
        (QUESTIONS, ask, {"limit": 0}, "limit must be a whole number of at least 1, not 0"),
        (QUESTIONS, ask, {"gates": ["beauty>=1"]}, 'no metric called "beauty"'),
        (QUESTIONS, ask, {"baseline": "nowhere"}, "nowhere contains no run"),
        (QUESTIONS, None, {}, "The index in use contains no documents"),
        ("nowhere.jsonl", ask, {}, "There is no question set at nowhere.jsonl"),
    ],
)
def test_what_cannot_be_used_is_said_in_one_sentence(questions, system, options: dict, said: str) -> None:
    with pytest.raises(EvaluationError, match=said) as caught:
        evaluate(questions, system, **options)
    assert "--" not in str(caught.value) or "allow" in str(caught.value) or system is None


def test_values_that_json_does_not_have_are_turned_into_some_that_it_has(home: Path) -> None:
    from datetime import date

    questions = [{**QUESTIONS[0], "asked_on": date(2026, 1, 2), "weight": float("nan"), "tags": {"history"}}]
    (record,) = evaluate(questions, ask, output="kept").records
    assert record["fields"] == {"asked_on": "2026-01-02", "weight": None, "tags": ["history"]}


def test_a_data_frame_has_a_row_for_each_question() -> None:
    pytest.importorskip("pandas")
    frame = evaluate(QUESTIONS, ask).to_dataframe()
    assert list(frame["id"]) == ["rome", "moon", "cat", "none", "mars"]
    assert list(frame["right"]) == [True, True, False, True, False]
    assert frame["retrieval.recall@1"][0] == 1 and frame["contexts"][0] == RAGAS[0]["retrieved_contexts"]


def test_importing_the_function_imports_nothing_heavy() -> None:
    code = "import sys; from footnoted.assistant.evaluation import evaluate; print(*sys.modules)"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {name.split(".")[0] for name in shown} & {"numpy", "langchain_core", "pandas", "pydantic", "rich"}
