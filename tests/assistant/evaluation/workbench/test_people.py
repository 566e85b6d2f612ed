"""What people's labels do to a run: metrics by hand, gates, decided answers, differences, the judge, calibration."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from evaluation_doubles import questions_of, run
from workbench_doubles import EVIL, FIRST, ROWS, SECOND, question_file, written_index

from footnoted.assistant.cli import main
from footnoted.assistant.evaluation.errors import GateError, QuestionsError
from footnoted.assistant.evaluation.metrics.gates import check_gate, check_metric_name, parse_gate
from footnoted.assistant.evaluation.question_sets.questions import parse_question
from footnoted.assistant.evaluation.reports.people import people_lines
from footnoted.assistant.evaluation.reports.run import write_reports
from footnoted.assistant.evaluation.running.judge import judge_records
from footnoted.assistant.evaluation.running.records import read_records
from footnoted.assistant.evaluation.running.runs import compare_runs
from footnoted.assistant.evaluation.workbench.labels import append_label, labels_path, new_label, read_labels
from footnoted.assistant.evaluation.workbench.people import (
    NO_LABELS,
    NO_SECOND_GRADER,
    answerable_by_people,
    label_metrics,
    people_verdicts,
)

EVIL_ID = ROWS[3]["id"]


def graded(folder: Path, *given: tuple[str, str, str], said: dict = FIRST, **options):
    """A run made after people gave these (question's id, grader, verdict) to the answers of an earlier one."""
    questions = question_file(folder)
    before = run(folder / "before", questions_of(*ROWS), written_index(), said, path=questions)
    records = {record["id"]: record for record in before.records}
    for name, grader, verdict in given:
        append_label(labels_path(questions), new_label(records[name], verdict, grader))
    return run(folder / "after", questions_of(*ROWS), written_index(), said, path=questions, **options)


def test_the_metrics_by_hand(tmp_path: Path) -> None:
    """The automatic grading calls Rome and Mars wrong, and cannot grade the answer about cats."""
    metrics = graded(
        tmp_path, ("rome", "anna", "partly"), ("rome", "ben", "partly"), ("cats", "anna", "right"),
        ("cats", "ben", "right"), ("mars", "anna", "right"), ("mars", "ben", "refuse"),
    ).metrics  # fmt: skip
    labels = metrics["labels"]
    # On Mars the two differ, so that nobody decides: cats are right and Rome is in part.
    assert labels["right_by_people"]["value"] == labels["partly_by_people"]["value"] == 1 / 2
    assert labels["wrong_by_people"]["value"] == labels["should_have_refused"]["value"] == 0
    assert (labels["graded_by_people"]["value"], labels["graded_by_people"]["n"]) == (3 / 4, 4)
    assert labels["graded_by_people"]["interval"] == pytest.approx([0.3006, 0.9544], abs=1e-4)  # Wilson's of 3 of 4
    # Rome alone has a verdict of people and an automatic one, and both say that it is not right.
    assert (labels["agreement_automatic"]["value"], labels["agreement_automatic"]["n"]) == (1.0, 1)
    assert labels["kappa_automatic"]["value"] is None and labels["kappa_automatic"]["n"] == 1
    # anna: partly, right, right; ben: partly, right, refuse. 2 of 3; by chance (1 + 2) / 9.
    assert labels["agreement_graders"]["value"] == 2 / 3
    assert labels["kappa_graders"]["value"] == pytest.approx((2 / 3 - 1 / 3) / (1 - 1 / 3))
    assert metrics["people"]["graders"] == {"anna": 3, "ben": 3}
    history = metrics["people"]["slices"]["topic"]["history"]["right_by_people"]
    assert (history["value"], history["n"]) == (0.0, 1)
    (row,) = metrics["people"]["differences"]
    assert row["id"] == "mars" and row["people"] == {"anna": "right", "ben": "should have refused"}


def test_people_decide_what_the_automatic_grading_cannot(tmp_path: Path) -> None:
    result = graded(tmp_path, ("cats", "anna", "right"), ("rome", "anna", "right"))
    cats, rome = (next(record for record in result.records if record["id"] == name) for name in ("cats", "rome"))
    assert (cats["right"], cats["graded_by"], cats["share"]) == (True, "person", 1.0)
    assert (rome["right"], rome["graded_by"]) == (False, "number"), "what was graded stays as it is"
    assert result.metrics["questions"]["graded_by"]["person"] == 1
    assert result.metrics["answers"]["right"]["n"] == 3 and result.metrics["answers"]["right"]["value"] == 1 / 3
    assert read_records(result.folder) == json.loads(json.dumps(result.records)), "compare sees it, too"
    # Read again, the person's verdict is not taken for an automatic one.
    again = label_metrics(result.records, read_labels(tmp_path / "set.labels.jsonl"))
    assert (again["agreement_automatic"]["value"], again["agreement_automatic"]["n"]) == (0.0, 1)


def test_a_label_of_another_answer_is_not_used(tmp_path: Path) -> None:
    graded(tmp_path, ("rome", "anna", "wrong"), ("cats", "anna", "right"))
    new = run(tmp_path / "new", questions_of(*ROWS), written_index(), SECOND, path=tmp_path / "set.jsonl")
    assert new.metrics["labels"]["graded_by_people"]["value"] == 1 / 4, "cats alone are answered as before"


def test_without_labels_nothing_is_measured_and_nothing_is_changed(tmp_path: Path) -> None:
    metrics = graded(tmp_path).metrics
    for name, entry in metrics["labels"].items():
        if name != "graded_by_people":
            assert (entry["value"], entry["reason"]) == (None, NO_LABELS), name
    assert metrics["labels"]["graded_by_people"]["value"] == 0
    assert "person" not in metrics["questions"]["graded_by"] and metrics["people"]["differences"] == []
    one = graded(tmp_path, ("cats", "anna", "right")).metrics["labels"]
    assert one["kappa_graders"]["reason"] == NO_SECOND_GRADER


def test_a_gate_can_name_them(tmp_path: Path) -> None:
    metrics = graded(tmp_path, ("cats", "anna", "right"), ("rome", "anna", "wrong")).metrics
    gates = {"labels.right_by_people>=.5": True, "right_by_people>.5": False, "agreement_automatic>=1": True}
    for text, passed in gates.items():
        check_metric_name(parse_gate(text))
        assert check_gate(parse_gate(text), metrics).passed is passed, text
    outcome = check_gate(parse_gate("labels.kappa_graders>=.6"), metrics)
    assert not outcome.passed and NO_SECOND_GRADER in outcome.message
    assert check_gate(parse_gate("right>=0"), metrics).passed, "the short name of an older metric still means that one"
    with pytest.raises(GateError):
        check_metric_name(parse_gate("labels.right_by_nobody>=1"))


def test_the_reports_show_what_differs(tmp_path: Path) -> None:
    result = graded(tmp_path, ("rome", "anna", "right"), ("rome", EVIL[:28], "right"))
    write_reports(result)
    html = (result.folder / "report.html").read_text(encoding="utf-8")
    assert "Graded by people" in html and "Verdicts that differ" in html and "wrong (by number)" in html
    assert "<img" not in html and "<script>" not in html
    markdown = (result.folder / "report.md").read_text(encoding="utf-8")
    assert "## Graded by people" in markdown and "rome: automatic wrong (by number), people" in markdown


def test_a_damaged_file_of_labels_stops_the_run_before_it_begins(tmp_path: Path) -> None:
    (tmp_path / "set.labels.jsonl").write_text("{}\n{}\n")
    asked = written_index()
    with pytest.raises(QuestionsError, match="set.labels.jsonl, line 1: "):
        run(tmp_path / "run", questions_of(*ROWS), asked, FIRST, path=tmp_path / "set.jsonl")
    assert not asked.asked


class Says:
    """A judge that calls every answer right."""

    unclear = 0

    def says_yes(self, prompt: str) -> bool:
        return True


def test_a_judge_is_measured_against_people(tmp_path: Path) -> None:
    result = graded(tmp_path, ("rome", "anna", "wrong"), ("cats", "anna", "right"))
    labels = read_labels(tmp_path / "set.labels.jsonl")
    section = judge_records(result.records, Says(), people_verdicts(result.records, labels))
    assert (section["agreement_people"]["value"], section["agreement_people"]["n"]) == (1 / 2, 2)
    assert section["kappa_people"]["value"] == pytest.approx(0.0), "always yes is no better than chance"
    alone = judge_records(result.records, Says())
    assert alone["agreement_people"]["value"] is alone["kappa_people"]["value"] is None


def test_labels_say_whether_questions_can_be_answered(tmp_path: Path) -> None:
    rows = [{"id": row["id"], "question": row["question"]} for row in ROWS[:3]]
    open_ones = tuple(parse_question(row, "") for row in rows)
    graded(tmp_path, ("rome", "anna", "right"), ("mars", "anna", "refuse"), ("cats", "anna", "wrong"))
    labels = read_labels(tmp_path / "set.labels.jsonl")
    questions, decided, opposed = answerable_by_people(open_ones, labels)
    assert [question.answerable for question in questions] == [True, None, False]
    assert (decided, opposed) == (["rome", "mars"], [])
    against = tuple(replace(question, answerable=question.id == "mars") for question in open_ones)
    questions, decided, opposed = answerable_by_people(against, labels)
    assert (questions, decided, opposed) == (against, [], ["rome", "mars"]), "the question set counts"
    reworded = tuple(replace(question, question="Another?") for question in open_ones)
    assert answerable_by_people(reworded, labels) == (reworded, [], [])


def test_metrics_json_holds_it_all(tmp_path: Path) -> None:
    result = graded(tmp_path, (EVIL_ID, "anna", "right"))
    kept = json.loads((result.folder / "metrics.json").read_text(encoding="utf-8"))
    assert kept["labels"] == result.metrics["labels"] and kept["people"] == result.metrics["people"]


def test_answers_that_changed_since_they_were_graded_are_counted_and_compared_with_nothing(tmp_path: Path) -> None:
    """A wrong answer that nobody has graded again must not make the new run look better."""
    old = graded(tmp_path, ("cats", "anna", "wrong"), said=FIRST)
    said = FIRST | {"How do the cats differ?": [("cats", "Russian Blues are soft.")]}
    new = run(tmp_path / "new", questions_of(*ROWS), written_index(), said, path=tmp_path / "set.jsonl")
    assert old.metrics["people"]["new_answers"] == [] and new.metrics["people"]["new_answers"] == ["cats"]
    (line,) = people_lines(new.metrics)
    assert "(1): cats" in line and "new since people graded" in line
    assert (old.metrics["answers"]["right"]["n"], new.metrics["answers"]["right"]["n"]) == (3, 2)
    right = compare_runs(old.folder, new.folder)["metrics"]["answers"]["right"]
    assert (right["a"], right["b"], right["n"]) == (right["b"], right["b"], 2), "without the cats on both sides"
    append_label(tmp_path / "set.labels.jsonl", new_label(new.records[1], "right", "anna"))
    again = run(tmp_path / "new", questions_of(*ROWS), written_index(), said, path=tmp_path / "set.jsonl")
    right = compare_runs(old.folder, again.folder)["metrics"]["answers"]["right"]
    assert (right["wins"], right["n"]) == (1, 3) and people_lines(again.metrics)[0] == "Graded by people: anna (1)."


def test_calibrate_takes_them_from_the_file_beside_the_questions(tmp_path: Path, capsys) -> None:
    graded(tmp_path, ("rome", "anna", "right"), ("mars", "anna", "right"), ("cats", "anna", "partly"))
    rows = [{"id": row["id"], "question": row["question"]} for row in ROWS[:2]] + [ROWS[2]]
    (tmp_path / "set.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    assert main(["calibrate", str(tmp_path / "set.jsonl"), "--dry-run"]) == 1
    said = capsys.readouterr().err
    assert "Labels of people say whether 2 questions can be answered." in said
    assert "Labels of people contradict the question set, which counts: mars." in said
    assert "2 answerable and 1 unanswerable questions are too few" in said
    (tmp_path / "set.labels.jsonl").write_text("{\n{}\n", encoding="utf-8")
    assert main(["calibrate", str(tmp_path / "set.jsonl")]) == 1
    assert "set.labels.jsonl, line 1: not JSON" in capsys.readouterr().err
