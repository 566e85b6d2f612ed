"""Whole evaluations over a written-down index and assistant: records, metrics, going on, gates, reports, comparison."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest
from doubles import OverlapReranker
from evaluation_doubles import WrittenIndex, questions_of, run
from small_indexes import index_of, passage

from footnoted.assistant.chain import Assistant
from footnoted.assistant.errors import ModelError
from footnoted.assistant.evaluation.errors import EvaluationError, GateError, RunError
from footnoted.assistant.evaluation.metrics.catalogue import BY_SECTION, SECTIONS
from footnoted.assistant.evaluation.metrics.comparison import any_difference, compare_records
from footnoted.assistant.evaluation.metrics.gates import check_gate, check_metric_name, parse_gate
from footnoted.assistant.evaluation.question_sets.questions import parse_question
from footnoted.assistant.evaluation.reports.comparison import differences_in_words, verdict, write_comparison
from footnoted.assistant.evaluation.reports.results_table import results_table
from footnoted.assistant.evaluation.reports.run import write_reports
from footnoted.assistant.evaluation.reports.several_runs import write_several
from footnoted.assistant.evaluation.running.evaluate import ProgressCallbacks
from footnoted.assistant.evaluation.running.ranked_documents import (
    PASSAGES,
    gold_units,
    matching_label,
    ranked_documents,
    unknown_labels,
)
from footnoted.assistant.evaluation.running.records import read_records
from footnoted.assistant.evaluation.running.runner import count_documents, extended_to_depth, question_asker
from footnoted.assistant.evaluation.running.runs import compare_many, compare_runs, warnings
from footnoted.assistant.evaluation.running.subject import CachingReranker, Subject
from footnoted.assistant.settings import Settings
from footnoted.index.types import Why

TEXTS = {
    "rome": "Rome fell in 476. Its last emperor was Romulus.",
    "moon": "Armstrong walked on the Moon in 1969.",
    "cat": "A cat sleeps fifteen hours a day.",
}
QUESTIONS = questions_of(
    {"id": "rome", "question": "When did Rome fall?", "answers": ["476"], "relevant": ["rome"]},
    {"id": "moon", "question": "Who walked on the Moon?", "answers": ["Armstrong"], "relevant": ["moon"],
     "evidence": ["Armstrong walked on the Moon"], "history": [{"role": "user", "content": "The Moon?"}]},
    {"id": "cat", "question": "How long does a cat sleep?", "answers": ["fifteen hours"], "relevant": ["cat"]},
    {"id": "none", "question": "Who is the king of Mars?", "answerable": False},
    {"id": "mars", "question": "How wide is Mars?", "answerable": False},
)  # fmt: skip
FOUND = {
    "When did Rome fall?": ["rome", "cat"],
    "Who walked on the Moon?": ["cat", "moon"],
    "How long does a cat sleep?": ["rome"],
    "Who is the king of Mars?": ["moon"],
}
SAID = {
    "When did Rome fall?": [("rome", "Rome fell in 476."), ("cat", TEXTS["cat"])],  # right; 1 of 2 citations bears it
    "Who walked on the Moon?": [("moon", TEXTS["moon"])],  # right
    "Who is the king of Mars?": [("moon", TEXTS["moon"])],  # answered, though it cannot be
}  # the cat and Mars are refused: wrongly and rightly


def index() -> WrittenIndex:
    return WrittenIndex(TEXTS, FOUND)


def values(section: dict) -> dict:
    return {name: entry["value"] for name, entry in section.items()}


def test_all_figures_by_hand(tmp_path: Path) -> None:
    metrics = run(tmp_path / "run", QUESTIONS, index(), SAID).metrics
    retrieval, answers = values(metrics["retrieval"]), values(metrics["answers"])
    assert retrieval["recall@1"] == pytest.approx(1 / 3)  # of the three with labels; the cat is never found
    assert retrieval["recall@5"] == retrieval["hit@5"] == pytest.approx(2 / 3)
    assert retrieval["mrr@10"] == retrieval["map"] == pytest.approx((1 + 1 / 2 + 0) / 3)
    assert retrieval["evidence_recall@5"] == pytest.approx(2 / 3)
    assert answers["right"] == answers["contains"] == pytest.approx(2 / 3)
    assert answers["exact_match"] == 0
    # Rome: "rome fell in 476 cat sleeps fifteen hours day" against "476": 1/9, 1; Moon: "armstrong …" 1/6, 1
    assert answers["f1"] == pytest.approx((2 * (1 / 9) / (1 + 1 / 9) + 2 * (1 / 6) / (1 + 1 / 6)) / 3)
    assert answers["squad2_f1"] == pytest.approx(
        (2 * (1 / 9) / (1 + 1 / 9) + 2 * (1 / 6) / (1 + 1 / 6) + 0 + 0 + 1) / 5
    )
    assert answers["squad2_exact"] == 1 / 5
    citations, abstention = values(metrics["citations"]), values(metrics["abstention"])
    assert citations["citation_precision"] == pytest.approx((1 / 2 + 1 + 0) / 3)
    assert citations["citation_precision_answered"] == pytest.approx((1 / 2 + 1) / 2)
    assert citations["citation_recall"] == citations["document_recall"] == pytest.approx(2 / 3)
    assert citations["document_precision"] == pytest.approx((1 / 2 + 1 + 0) / 3)
    assert citations["supported_share"] == citations["verbatim_share"] == 1
    assert abstention == {
        "precision": 1 / 2,
        "recall": 1 / 2,
        "f1": 1 / 2,
        "answered_wrongly": 1 / 5,
        "answered_unanswerable": 1 / 2,
        "refused_answerable": pytest.approx(1 / 3),
    }
    assert metrics["retrieval"]["recall@1"]["n"] == 3 and metrics["abstention"]["answered_wrongly"]["n"] == 5
    assert metrics["questions"] == {
        "asked": 5, "answerable": 3, "not_answerable": 2, "not_labelled": 0, "follow_ups": 1, "errors": 0, "notices": 0,
        "graded_by": {"number": 1, "refusal": 2, "text": 2}, "not_graded": 0,
    }  # fmt: skip


def test_the_file_has_every_section_flat_with_intervals_around_the_value(tmp_path: Path) -> None:
    run(tmp_path / "run", QUESTIONS, index(), SAID)
    metrics = json.loads((tmp_path / "run" / "metrics.json").read_text())
    for section in SECTIONS:
        assert metrics[section], section
        assert section == "latency_ms" or set(metrics[section]) == set(BY_SECTION[section])
        for name, entry in metrics[section].items():
            if name.startswith("support_") or name in ("recall@20", "recall@50", "recall@100"):
                continue  # claims, not questions; and the ranking is less deep
            low, high = entry["interval"]
            assert low <= entry["value"] <= high and entry["n"] > 0
    assert {"retrieve_p50", "retrieve_p95", "answer_p50", "total_p95"} <= set(metrics["latency_ms"])


def test_first_questions_and_follow_ups_apart(tmp_path: Path) -> None:
    metrics = run(tmp_path / "run", QUESTIONS, index(), SAID).metrics
    assert metrics["first_questions"]["retrieval"]["recall@5"]["value"] == 1 / 2
    assert metrics["follow_ups"]["retrieval"]["recall@5"]["value"] == 1
    assert check_gate(parse_gate("follow_ups.retrieval.recall@5>=1"), metrics).passed


def test_what_was_not_measured_says_why_and_is_never_a_number(tmp_path: Path) -> None:
    only = questions_of({"question": "When did Rome fall?"})
    metrics = run(tmp_path / "run", only, index()).metrics
    for section in SECTIONS[:-1]:
        for entry in metrics[section].values():
            assert entry["value"] is entry["interval"] is None and entry["n"] == 0
            assert entry["reason"]
    assert metrics["retrieval"]["recall@5"]["reason"] == "no question names relevant documents"
    assert metrics["answers"]["f1"]["reason"] == "only retrieval was run"
    assert "NaN" not in (tmp_path / "run" / "metrics.json").read_text()


def test_a_record_tells_why(tmp_path: Path) -> None:
    records = {record["id"]: record for record in run(tmp_path / "run", QUESTIONS, index(), SAID).records}
    moon = records["moon"]
    assert moon["relevant_ranks"]["moon"]["rank"] == 2
    assert records["cat"]["relevant_ranks"] == {"cat": None}
    assert [row["document"] for row in moon["passages"]] == moon["documents"] == ["cat", "moon"]
    assert moon["passages"][1]["relevant"] and moon["passages"][1]["bears"] == [0]
    assert moon["answer"]["citations"][0]["verbatim"] is True
    graded = {name: (record["right"], record["graded_by"]) for name, record in records.items()}
    assert graded == {
        "rome": (True, "number"),
        "moon": (True, "text"),
        "cat": (False, "text"),
        "none": (False, "refusal"),
        "mars": (True, "refusal"),
    }
    assert records["rome"]["searched_for"] == "When did Rome fall?"
    assert list(records) == [record["id"] for record in read_records(tmp_path / "run")]


def test_labels_that_name_no_document_are_told(tmp_path: Path) -> None:
    rows = questions_of({"question": "a", "relevant": ["rome", "mars.md"]}, {"question": "b", "relevant": ["cat.md"]})
    unknown = unknown_labels(rows, [("rome", "/corpus#rome"), ("3", "/folder/cat.md")])
    assert unknown == {"mars.md": "q1"}
    (told,) = warnings({"unknown_labels": unknown})
    assert told.endswith("count as not found: mars.md (q1).")
    assert warnings({"drafts_left_out": 2})[0].startswith("2 drafts")


def test_where_a_relevant_document_stood_that_the_ranking_lacks(tmp_path: Path) -> None:
    """Only the stages before the reranker find the cat: its record says how deep, and no metric counts it."""
    found = index()
    search = found.retrieve
    found.retrieve = lambda question, k=5, *, rerank=True: (
        search(question, k) if rerank else [replace(passage(TEXTS["cat"]), document_id="cat", why=Why(37, 0.1, None))]
    )
    result = run(tmp_path / "run", QUESTIONS, found, SAID, depth=1)
    place = result.records[2]["relevant_ranks"]["cat"]
    assert (place["rank"], place["dense_rank"], place["keyword_rank"]) == (None, 37, None)
    assert result.metrics["retrieval"]["hit@1"]["value"] == pytest.approx(1 / 3)
    write_reports(result)
    assert "cat: not ranked (dense 37, keyword –, fused –)" in (tmp_path / "run" / "report.html").read_text()


def test_a_set_in_which_all_can_be_answered_measures_no_precision_of_refusals(tmp_path: Path) -> None:
    abstention = run(tmp_path / "run", QUESTIONS[:3], index(), SAID).metrics["abstention"]
    assert abstention["precision"]["value"] is abstention["f1"]["value"] is abstention["recall"]["value"] is None
    assert "no question is labelled as not answerable" in abstention["precision"]["reason"]
    assert abstention["refused_answerable"]["value"] == pytest.approx(1 / 3)


def test_a_ranking_that_something_else_made_is_measured(tmp_path: Path) -> None:
    from footnoted.assistant.evaluation.question_sets.trec import write_trec_run
    from footnoted.assistant.evaluation.running.evaluate import Options, evaluate

    questions = tmp_path / "questions.jsonl"
    questions.write_text("".join(json.dumps(question.to_dict()) + "\n" for question in QUESTIONS))
    write_trec_run(tmp_path / "other.trec", {"rome": ["cat", "rome"], "moon": ["moon"]})
    ranking = Options(questions, ranking=tmp_path / "other.trec", output=tmp_path / "run")
    with pytest.raises(EvaluationError, match=r"lacks 3 of 5 questions: cat, none, mars; give --allow-missing"):
        evaluate(ranking)
    result = evaluate(replace(ranking, allow_missing=True))
    assert values(result.metrics["retrieval"])["mrr@10"] == pytest.approx((1 / 2 + 1 + 0) / 3)
    assert result.metrics["retrieval"]["evidence_recall@5"]["value"] is None
    assert result.metrics["answers"]["f1"]["reason"] == "only retrieval was run"
    write_reports(result)
    write_trec_run(tmp_path / "other.trec", {"unknown": ["cat"]})
    with pytest.raises(EvaluationError, match="ranks none of the questions"):
        evaluate(Options(questions, ranking=tmp_path / "other.trec", output=tmp_path / "new"))


def test_a_quote_that_is_not_the_stored_text_is_counted(tmp_path: Path) -> None:
    changed = WrittenIndex(dict(TEXTS), FOUND)
    said = {"When did Rome fall?": [("rome", "Rome fell in 476.")]}
    changed.text_of = lambda name: "Something else."  # the document was swapped under the assistant
    metrics = run(tmp_path / "run", QUESTIONS[:1], changed, said).metrics
    assert metrics["citations"]["verbatim_share"]["value"] == 0


def test_two_runs_give_the_same_figures_and_differ_nowhere(tmp_path: Path) -> None:
    first, second = (run(tmp_path / name, QUESTIONS, index(), SAID) for name in ("a", "b"))
    for section in SECTIONS[:-1]:
        assert first.metrics[section] == second.metrics[section]
    comparison = compare_runs(tmp_path / "a", tmp_path / "b")
    assert not any_difference(comparison)
    assert verdict(comparison) == "The runs do not differ."
    assert all(entry["p"] == 1 for part in comparison["metrics"].values() for entry in part.values() if entry)


class Stop(Exception):
    """Stands for a crash."""


def test_an_interrupted_run_goes_on(tmp_path: Path) -> None:
    def stop(number: int, total: int, record: dict) -> None:
        if number == 2:
            raise Stop

    with pytest.raises(Stop):
        run(tmp_path / "run", QUESTIONS, index(), SAID, progress=ProgressCallbacks(question=stop))
    path = tmp_path / "run" / "records.jsonl"
    path.write_bytes(path.read_bytes() + b'{"id": "cat", "quest')  # the write the crash tore
    second = index()
    result = run(tmp_path / "run", QUESTIONS, second, SAID)
    assert second.asked[1:] == [question.question for question in QUESTIONS[2:]]
    whole = run(tmp_path / "whole", QUESTIONS, index(), SAID)
    assert [record["id"] for record in read_records(tmp_path / "run")] == [question.id for question in QUESTIONS]
    assert all(result.metrics[section] == whole.metrics[section] for section in SECTIONS[:-1])


def test_a_run_that_other_code_began_is_run_anew(tmp_path: Path) -> None:
    def stop(number: int, total: int, record: dict) -> None:
        raise Stop

    with pytest.raises(Stop):
        run(tmp_path / "run", QUESTIONS, index(), SAID, progress=ProgressCallbacks(question=stop))
    path = tmp_path / "run" / "run.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"code": "other"}))
    again = index()
    run(tmp_path / "run", QUESTIONS, again, SAID)
    assert len(again.asked) == 1 + len(QUESTIONS)


def test_a_finished_run_is_run_anew_and_other_settings_are_refused(tmp_path: Path) -> None:
    run(tmp_path / "run", QUESTIONS, index(), SAID)
    again = index()
    run(tmp_path / "run", QUESTIONS, again, SAID)
    assert len(again.asked) == 1 + len(QUESTIONS)
    with pytest.raises(RunError, match="model: written down -> other"):
        run(tmp_path / "run", QUESTIONS, index(), SAID, stamp={"model": "other"})
    with pytest.raises(RunError, match="retrieval_only: False -> True"):
        run(tmp_path / "run", QUESTIONS, index())
    with pytest.raises(RunError, match="own baseline"):
        run(tmp_path / "run", QUESTIONS, index(), SAID, baselines=(tmp_path / "run",))


def test_a_damaged_record_in_the_middle_is_named(tmp_path: Path) -> None:
    run(tmp_path / "run", QUESTIONS, index(), SAID)
    path = tmp_path / "run" / "records.jsonl"
    path.write_text("{\n" + path.read_text())
    with pytest.raises(RunError, match="line 1: not JSON"):
        read_records(tmp_path / "run")


def test_a_failed_question_is_recorded_scores_nothing_and_is_asked_again(tmp_path: Path) -> None:
    said = SAID | {"How wide is Mars?": ModelError("The model is down."), "When did Rome fall?": ModelError("Down.")}
    result = run(tmp_path / "run", QUESTIONS, index(), said)
    assert result.metrics["questions"]["errors"] == 2
    assert result.records[0]["error"] == "ModelError: Down." and result.records[0]["right"] is False
    assert result.metrics["answers"]["right"]["value"] == pytest.approx(1 / 3)
    assert result.metrics["abstention"]["recall"]["value"] == 0, "an error is no abstention"
    assert result.metrics["answers"]["squad2_exact"]["value"] == 0
    with pytest.raises(EvaluationError, match="Every question failed; the first one with: ModelError: Down"):
        run(tmp_path / "all", QUESTIONS[:1], index(), said)
    later = index()
    run(tmp_path / "all", QUESTIONS[:1], later, SAID)
    assert later.asked[1:] == ["When did Rome fall?"]


@pytest.mark.parametrize(
    ("text", "passed"),
    [("recall@5>=.6", True), ("recall@5 >= 0.7", False), ("abstention.f1>=.5", True), ("answered_wrongly<.3", True),
     ("citations.supported_share>=1e0", True), ("retrieve_p95<=60000", True)],
)  # fmt: skip
def test_gates(tmp_path: Path, text: str, passed: bool) -> None:
    result = run(tmp_path / "run", QUESTIONS, index(), SAID, gates=(parse_gate(text),))
    assert result.gates[0].passed is passed
    assert str(parse_gate(text)) in result.gates[0].message
    assert result.metrics["gates"][0]["passed"] is passed


@pytest.mark.parametrize("text", ["recall@5", "recall@5=.9", "recall@5>=", "recall@5>=nan", ">=1", "a b>=1"])
def test_gates_written_otherwise_are_refused(text: str) -> None:
    with pytest.raises(GateError, match="is not written as metric>=value"):
        parse_gate(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("f1>=.5", "in several sections; write answers.f1 or abstention.f1"), ("retrieval.f1>=.5", "no metric called"),
     ("follow_ups.recall@5>=1", 'There is no "follow_ups"')],
)  # fmt: skip
def test_gates_on_metrics_that_are_not_there(tmp_path: Path, text: str, expected: str) -> None:
    metrics = run(tmp_path / "run", QUESTIONS[:1], index(), SAID).metrics
    with pytest.raises(GateError, match=re.escape(expected)):
        check_gate(parse_gate(text), metrics)


def test_a_slip_in_a_gate_is_told_before_the_run_and_nothing_vouches_for_what_was_not_measured(tmp_path: Path) -> None:
    check_metric_name(parse_gate("retrieval.recall@5>=1"))
    check_metric_name(parse_gate("judge_p95<=9"))
    with pytest.raises(GateError, match="no metric called"):
        check_metric_name(parse_gate("recal@5>=1"))
    outcome = check_gate(parse_gate("answers.f1>=0"), run(tmp_path / "run", QUESTIONS, index()).metrics)
    assert not outcome.passed and outcome.message == "answers.f1>=0 failed: not measured, only retrieval was run."


@pytest.mark.parametrize("text", ["verify_p95<=9", "latency_ms.verify_p50<=9", "judge.faithfulness>=.9", "cost<=1"])
def test_a_gate_on_what_only_some_runs_measure_fails_and_does_not_stop_the_run(tmp_path: Path, text: str) -> None:
    result = run(tmp_path / "run", QUESTIONS, index(), SAID, gates=(parse_gate(text),))
    assert not result.gates[0].passed and "not measured" in result.gates[0].message


def many(found_rank: int) -> tuple[tuple, WrittenIndex, dict]:
    """Forty questions whose document stands at the given rank, answered where it is first."""
    texts = {f"d{number}": f"Fact {number} is number {number}." for number in range(40)}
    rows = [
        {"id": f"q{number}", "question": f"What is {number}?", "answers": [f"number {number}"],
         "relevant": [f"d{number}"], "type": "even" if number % 2 == 0 else "odd"}
        for number in range(40)
    ]  # fmt: skip
    found = {}
    for number in range(40):
        others = [f"d{(number + step) % 40}" for step in range(1, 10)]
        found[f"What is {number}?"] = [*others[: found_rank - 1], f"d{number}", *others[found_rank - 1 :]]
    said = {question: [(names[0], texts[names[0]])] for question, names in found.items()}
    return questions_of(*rows), WrittenIndex(texts, found), said


def test_a_planted_regression_is_significant_and_fails_the_gate(tmp_path: Path) -> None:
    gates = (parse_gate("hit@1>=.9"),)
    questions, good, said = many(found_rank=1)
    assert all(gate.passed for gate in run(tmp_path / "good", questions, good, said, gates=gates).gates)
    questions, bad, said = many(found_rank=2)
    assert not run(tmp_path / "bad", questions, bad, said, gates=gates).gates[0].passed
    comparison = compare_runs(tmp_path / "good", tmp_path / "bad")
    assert differences_in_words(comparison)[1] == "40 questions, the same in both."
    lost = comparison["metrics"]["retrieval"]["hit@1"]
    assert (lost["a"], lost["b"], lost["wins"], lost["losses"]) == (1, 0, 0, 40)
    assert lost["significant"] and not lost["better"] and lost["p"] < 0.001
    kept = comparison["metrics"]["retrieval"]["recall@5"]
    assert kept["p"] == 1 and not kept["significant"]
    assert "hit@1 worse (-1.000)" in verdict(comparison)
    assert [row["outcome"] for row in comparison["changed"]] == ["lost"] * 40
    assert comparison["changed"][0]["a"]["answer"] == "Fact 0 is number 0. [1]"
    assert comparison["changed"][0]["b"]["ranks"] == {"d0": 2}
    assert {value: part["n"] for value, part in comparison["slices"]["type"].items()} == {"even": 20, "odd": 20}
    assert comparison["slices"]["type"]["even"]["metrics"]["answers.right"]["difference"] == -1
    better = compare_runs(tmp_path / "bad", tmp_path / "good")
    assert better["metrics"]["retrieval"]["hit@1"]["better"]


def test_a_question_that_counts_in_one_run_alone_is_neither_won_nor_lost(tmp_path: Path) -> None:
    first = run(tmp_path / "a", QUESTIONS, index(), SAID).records
    second = run(tmp_path / "b", QUESTIONS, index(), {**SAID, "When did Rome fall?": []}).records
    found = compare_records(first, second)["metrics"]
    assert (found["answers"]["words"]["wins"], found["answers"]["words"]["losses"]) == (0, 0)
    assert (found["answers"]["right"]["wins"], found["answers"]["right"]["losses"]) == (0, 1)


def test_only_questions_with_the_same_labels_are_compared(tmp_path: Path) -> None:
    first = run(tmp_path / "a", QUESTIONS, index(), SAID).records
    relabelled = [dict(record) for record in first[1:]]
    relabelled[0] |= {"answers": ["Aldrin"]}
    comparison = compare_records(first, relabelled)
    counts = comparison["questions"]
    told = " ".join(differences_in_words({**comparison, "settings": {"reranker": "bundled -> off"}}))
    assert told.startswith("What differs: reranker: bundled -> off. The runs asked different questions: only the 3 ")
    assert "(1 only in A, 1 with different labels in B)" in told
    assert counts == {"both": 3, "labels_differ": 1, "only_first": 1, "only_second": 0}
    with pytest.raises(RunError, match="no question in common"):
        compare_records(first[:1], first[1:])


def test_a_field_to_slice_by_that_no_question_has_is_told(tmp_path: Path) -> None:
    records = run(tmp_path / "a", QUESTIONS, index(), SAID).records
    with pytest.raises(RunError, match='field "domain" to slice by; there are: answerable, turn'):
        compare_records(records, records, ["domain"])
    assert set(compare_records(records, records, ["turn"])["slices"]["turn"]) == {"first", "follow-up"}


def test_what_is_no_finished_run_cannot_be_compared(tmp_path: Path) -> None:
    run(tmp_path / "a", QUESTIONS, index(), SAID)
    with pytest.raises(RunError, match="contains no run"):
        compare_runs(tmp_path / "a", tmp_path / "nowhere")
    path = tmp_path / "a" / "run.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"finished": None}))
    with pytest.raises(RunError, match="not finished"):
        compare_runs(tmp_path / "a", tmp_path / "a")


HOSTILE = '<script>alert(1)</script><img src="http://evil.example/x.png"> ]]> \x00\x1b[31m | [x](http://evil.example)'


class Tags(HTMLParser):
    """Collects the tags and link targets of a page, and checks that all anchors exist."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.anchors: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list) -> None:
        self.tags.add(tag)
        self.links += [value for name, value in attributes if name in ("href", "src", "action")]
        self.anchors |= {value for name, value in attributes if name == "id"}


@pytest.fixture
def hostile_run(tmp_path: Path):
    texts = {'"><b>x': f"Rome fell in 476. {HOSTILE}"}
    question = f"When did Rome fall? {HOSTILE}"
    rows = questions_of(
        {"id": '"><i>', "question": question, "answers": [HOSTILE], "relevant": ['"><b>x'], "kind": HOSTILE}
    )
    found = WrittenIndex(texts, {question: list(texts)})
    result = run(
        tmp_path / "run", rows, found, {question: [('"><b>x', texts['"><b>x'])]}, gates=(parse_gate("hit@1>=1"),)
    )
    write_reports(result)
    return tmp_path / "run"


def test_the_html_report_is_self_contained_and_nothing_in_it_runs(hostile_run: Path) -> None:
    text = (hostile_run / "report.html").read_text(encoding="utf-8")
    page = Tags(text)
    assert not page.tags & {"script", "img", "iframe", "link", "object", "form", "b><i", "i"}
    assert "svg" in page.tags
    assert page.links and all(link.startswith("#") and link[1:] in page.anchors for link in page.links)
    assert "&lt;script&gt;alert(1)" in text
    assert "default-src 'none'" in text


def test_markdown_and_junit_hold_what_documents_say_as_text(hostile_run: Path) -> None:
    markdown = (hostile_run / "report.md").read_text(encoding="utf-8")
    assert "<" not in markdown and "\x1b" not in markdown
    assert not re.search(r"(?<!\\)[\]\[]", markdown), "a link a document made"
    assert "| retrieval.hit@1 | 1.000 |" in markdown
    tree = ElementTree.parse(hostile_run / "junit.xml").getroot()
    suites = {suite.get("name"): suite for suite in tree}
    assert suites["gates"].get("failures") == "0" and suites["questions"].get("tests") == "1"
    assert "<script>" in suites["questions"][0].get("name")


def test_a_failed_gate_is_a_failure_in_junit_and_an_error_an_error(tmp_path: Path) -> None:
    said = SAID | {"How wide is Mars?": ModelError("Down.")}
    write_reports(run(tmp_path / "run", QUESTIONS, index(), said, gates=(parse_gate("hit@1>=1"),)))
    tree = ElementTree.parse(tmp_path / "run" / "junit.xml").getroot()
    assert tree.find(".//failure").get("message").startswith("hit@1>=1 failed: it is 0.3333")
    assert tree.find(".//error").get("message") == "ModelError: Down."


def test_the_comparison_page_shows_both_answers_and_nothing_in_it_runs(tmp_path: Path) -> None:
    run(tmp_path / "a", QUESTIONS, index(), SAID)
    wrong = SAID | {"When did Rome fall?": [("cat", TEXTS["cat"])]}
    run(tmp_path / "b", QUESTIONS, index(), wrong)
    comparison = compare_runs(tmp_path / "a", tmp_path / "b")
    write_comparison(comparison, tmp_path / "out")
    text = (tmp_path / "out" / "comparison.html").read_text(encoding="utf-8")
    assert "Rome fell in 476. [1] A cat sleeps fifteen hours a day. [2]" in text
    assert not Tags(text).tags & {"script", "link", "img"}
    assert "- lost: When did Rome fall?" in (tmp_path / "out" / "comparison.md").read_text()
    assert json.loads((tmp_path / "out" / "comparison.json").read_text())["changed"][0]["outcome"] == "lost"


def test_a_document_goes_by_id_source_or_file_name_and_counts_once() -> None:
    assert matching_label("a.md", "/x/a.md", ["a.md"]) == matching_label("1", "/x/a.md", ["a.md"]) == "a.md"
    assert matching_label("1", "/x/a.md", ["/x/a.md"]) == "/x/a.md"
    assert matching_label("1", "/x/a.md", ["b.md"]) is None
    passages = [passage("one", source="/x/a.md"), passage("two", source="/x/a.md"), passage("three", source="/x/b.md")]
    assert ranked_documents(passages, {"/x/b.md": 1}) == [("a.md", 1), ("/x/b.md", 3)]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"evidence": ["one", "two"]}, {"kind": "evidence", "units": [["one"], ["two"]]}),
        ({"evidence": [{"document": "rome", "start": 0, "end": 9}]}, {"kind": "evidence", "units": [["Rome fell"]]}),
        ({"answers": ["476", "four hundred"], "relevant": ["rome"]}, {"kind": "answer", "units": [["476"]]}),
        ({"answers": ["a free text"], "relevant": ["rome"]}, None),
        ({"answers": ["a free text"], "relevant": ["unknown"]}, {"kind": "answer", "units": [["a free text"]]}),
        ({"answers": ["yes"], "relevant": ["rome"]}, None),
        ({"answers": ["SUPPORT"]}, None),
        ({"answers": ["I do not know"], "answerable": False}, None),
    ],
)
def test_what_a_citation_must_bear(row: dict, expected: dict | None) -> None:
    assert gold_units(parse_question({"question": "q", **row}, "1"), TEXTS.get) == expected


def test_the_assistant_is_measured_as_it_is_and_nothing_is_read_twice(tmp_path: Path) -> None:
    """The answer comes from the product's own search, the ranking from a longer one that reads nothing anew."""
    read: list[tuple[str, str]] = []

    class Counted(OverlapReranker):
        def scores(self, question: str, texts: Sequence[str]) -> list[float]:
            read.extend((question, text) for text in texts)
            return super().scores(question, texts)

    river = " ".join(f"The river rose {number} metres in spring {number}.\n\n" for number in range(80))
    texts = {"river.txt": river, **{f"{n}.txt": f"Report {n} is about spring {n}." for n in range(9)}}
    (question,) = questions_of({"question": "How far did the river rise in spring 7?", "relevant": ["river.txt"]})
    with index_of(tmp_path, texts) as real:
        expected = Assistant(real, None, Settings()).answer(question.question)
        real.reranker = CachingReranker(Counted())
        record_of = question_asker(Subject(real, Assistant(real, None, Settings())))
        read.clear()
        record = record_of(question)
        assert [row["quote"] for row in record["answer"]["citations"]] == [one.quote for one in expected.citations]
        assert [row["id"] for row in record["passages"]][: len(real.documents())] == [
            one.id for one in real.retrieve(question.question, PASSAGES)
        ][: len(real.documents())]
        assert len(read) == len(set(read)) > 0
        before = len(read)
        assert record_of(question)["passages"] == record["passages"]
        assert len(read) == 2 * before, "a question that is asked again costs what it costs"
        assert real.reranker.identity == OverlapReranker.identity
        timings = question_asker(Subject(real))(question)["timings"]
        assert 0 < timings["rerank"] < timings["retrieve"]


def test_ten_documents_are_ranked_though_the_first_passages_are_of_one() -> None:
    """Twenty paragraphs of one document first; the stages before the reranker know of others."""
    first = [passage(f"{n}", number=n, source="/long.txt") for n in range(1, 21)]
    beyond = [passage(f"{n}", number=n, source=f"/{n}.txt" if n > 30 else "/long.txt") for n in range(15, 60)]
    found = extended_to_depth(first, beyond, 10)
    assert found[:20] == first and count_documents(found) == 10
    assert [item.source for item in found[-2:]] == ["/38.txt", "/39.txt"]
    assert len({item.id for item in found}) == len(found)
    assert extended_to_depth(first, [], 10) == first


def test_three_runs_are_compared_in_one_table(tmp_path: Path) -> None:
    """Two earlier runs and a later one: the table stands in the comparison and in the later run's report."""
    run(tmp_path / "a", QUESTIONS, index(), SAID)
    run(tmp_path / "b", QUESTIONS, index(), {})
    last = run(tmp_path / "c", QUESTIONS, index(), SAID | {"When did Rome fall?": [("cat", TEXTS["cat"])]})
    folders = [tmp_path / name for name in "abc"]
    comparison = compare_many(folders, [(0, 2), (1, 2)])
    write_several(comparison, tmp_path / "out")
    header = "| metric | A | B | C | C − A | p (Holm) | C − B | p (Holm) |"
    row = "| answers.right | 0.667 | 0.000 | 0.333 | -0.333 (-1.00 to +0.00) | 1.0000 | +0.333 (+0.00 to +1.00) "
    row += "| 1.0000 |"
    markdown = (tmp_path / "out" / "comparison.md").read_text()
    assert header in markdown and row in markdown
    assert "C − A: no difference is significant." in markdown
    page = (tmp_path / "out" / "comparison.html").read_text()
    assert "C − A: questions lost and won (1)" in page and not Tags(page).tags & {"script", "link", "img"}
    write_reports(last, tmp_path / "a", comparison)
    assert row in (tmp_path / "c" / "report.md").read_text()
    assert "<td>answers.right</td>" in (tmp_path / "c" / "report.html").read_text()
    assert json.loads((tmp_path / "out" / "comparison.json").read_text())["values"]["answers"]["right"][1] == 0
    with pytest.raises(RunError, match="named twice"):
        compare_many([tmp_path / "a", tmp_path / "b", tmp_path / "a"], [(0, 1)])


def test_the_report_says_what_it_cannot_show(tmp_path: Path) -> None:
    many = questions_of(*({"id": f"{n}", "question": "When did Rome fall?", "answers": ["476"], "relevant": ["rome"],
                           "kind": "easy" if n else "hard"} for n in range(12)))  # fmt: skip
    result = run(tmp_path / "run", many, index(), SAID, slices=("kind",))
    write_reports(result)
    markdown, page = ((tmp_path / "run" / name).read_text() for name in ("report.md", "report.html"))
    for text in (markdown, page):
        assert "12 questions can show a difference of .54 or more in recall@5" in text
        assert "by construction, so no result" in text and "citations.verbatim_share 1.000 (12)" in text
        assert "fewer than 10 questions: too few to say much" in text
    assert "| citations.verbatim_share" not in markdown and "<td>verbatim_share</td>" not in page
    assert "- hard (1): fewer than 10" in markdown
    assert "verbatim_share" not in results_table([result.metrics])
    with pytest.raises(RunError, match='field "colour" to slice by; there are: answerable, turn, kind'):
        run(tmp_path / "other", many, index(), SAID, slices=("colour",))
    assert not (tmp_path / "other" / "records.jsonl").exists()


def test_a_question_about_some_documents_alone(tmp_path: Path) -> None:
    """Both files tell of a tram; each question is asked about one of them, by file name and by source."""
    texts = {"north.txt": "The northern tram was opened in 1901.", "south.txt": "The southern tram was opened in 1955."}
    with index_of(tmp_path / "index", texts) as real:
        south = next(info.source for info in real.documents() if info.source.endswith("south.txt"))
        asked = questions_of(
            {"id": "n", "question": "When was the tram opened?", "answers": ["1901"], "only": ["north.txt"]},
            {"id": "s", "question": "When was the tram opened?", "answers": ["1955"], "only": [south]},
        )
        record_of = question_asker(Subject(real, Assistant(real, None, Settings())))
        records = [record_of(question) for question in asked]
        assert [record["right"] for record in records] == [True, True]
        ranked = [[Path(name).name for name in record["documents"]] for record in records]
        assert ranked == [["north.txt"], ["south.txt"]]
        assert question_asker(Subject(real))(asked[0])["passages"][0]["text"].startswith("The northern")
        (wrong,) = questions_of({"id": "w", "question": "When?", "only": ["west.txt"]})
        with pytest.raises(EvaluationError, match="\"w\" is only about 'west.txt', which is no document here"):
            record_of(wrong)
    assert asked[0].to_dict()["only"] == ["north.txt"]
