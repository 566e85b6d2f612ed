"""The folder of a run: nothing that was paid for is lost, and nothing of another run is taken for this one's."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from evaluation_doubles import STAMP, WrittenAssistant, WrittenIndex, questions_of, run
from scripted_models import ScriptedModel

from footnoted.assistant.errors import ModelError
from footnoted.assistant.evaluation.errors import EvaluationError, QuestionsError, RunError
from footnoted.assistant.evaluation.question_sets.files import QuestionSet
from footnoted.assistant.evaluation.question_sets.trec import read_trec_run, read_trec_scores, write_trec_run
from footnoted.assistant.evaluation.reports.run import write_reports
from footnoted.assistant.evaluation.running import runs
from footnoted.assistant.evaluation.running.evaluate import (
    Options,
    ProgressCallbacks,
    RunExtras,
    evaluate,
    run_in_folder,
)
from footnoted.assistant.evaluation.running.judge import MOST_FAILURES, Judge, judge_settings
from footnoted.assistant.evaluation.running.records import read_records
from footnoted.assistant.evaluation.running.runner import question_asker
from footnoted.assistant.evaluation.running.runs import read_metrics, read_run, warnings
from footnoted.assistant.evaluation.running.subject import Subject
from footnoted.assistant.settings import Settings

TEXTS = {f"d{number}": f"Station {number} opened in {1900 + number}." for number in range(40)}
ROWS = [
    {"id": f"q{number}", "question": f"When did station {number} open?", "answers": [str(1900 + number)],
     "relevant": [f"d{number}"]}
    for number in range(6)
]  # fmt: skip
QUESTIONS = questions_of(*ROWS)
FOUND = {question.question: [f"d{number}", "d7"] for number, question in enumerate(QUESTIONS)}
SAID = {q.question: [(f"d{number}", TEXTS[f"d{number}"])] for number, q in enumerate(QUESTIONS)}


def index() -> WrittenIndex:
    return WrittenIndex(TEXTS, FOUND)


def set_of(folder: Path, rows: list[dict], name: str = "questions.jsonl") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder / name


@pytest.fixture
def answered(tmp_path: Path, monkeypatch) -> Options:
    """A run of a file of answers, whose options can be changed."""
    monkeypatch.setenv("FOOTNOTE_HOME", str(tmp_path / "home"))
    questions = set_of(tmp_path / "set", [*ROWS, {"question": "What else?", "status": "draft"}])
    answers = tmp_path / "answers.jsonl"
    answers.write_text("".join(json.dumps({"id": f"q{n}", "answer": str(1900 + n)}) + "\n" for n in range(6)))
    evaluate(Options(questions, answers=answers, output=tmp_path / "run"))
    return Options(questions, answers=answers, output=tmp_path / "run")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"limit": 3}, r"asked: 6 of 6 -> 3 of 6"),
        ({"drafts": True, "allow_missing": True}, r"asked: 6 of 6 -> 7 of 7.*questions: different; drafts left out: 1"),
        ({"columns": {"answers": "relevant"}}, r"questions: different; columns: none -> answers=relevant"),
        ({"questions": "other"}, r"asked: 6 of 6 -> 5 of 5; questions: different.*set: .*other.jsonl"),
        ({"answers": "other"}, r"answers: different"),
    ],
    ids=["limit", "drafts", "columns", "set", "answers"],
)
def test_a_folder_with_a_run_of_something_else_is_refused_and_left_alone(
    answered: Options, tmp_path: Path, change: dict, told: str
) -> None:
    if "questions" in change:
        change = {"questions": set_of(tmp_path / "set", ROWS[:5], "other.jsonl")}
    if "answers" in change:
        path = tmp_path / "others.jsonl"
        path.write_text(answered.answers.read_text().replace("1900", "1800"))
        change = {"answers": path}
    before = {path.name: path.read_bytes() for path in answered.output.iterdir()}
    with pytest.raises(RunError, match=rf"contains a run with other settings \(.*{told}.*choose another --output"):
        evaluate(replace(answered, **change))
    assert {path.name: path.read_bytes() for path in answered.output.iterdir()} == before


def test_another_depth_is_refused(tmp_path: Path) -> None:
    run(tmp_path / "run", QUESTIONS, index(), SAID, stamp={"depth": [10, 20]})
    with pytest.raises(RunError, match=r"depth: \[10, 20\] -> \[50, 20\]"):
        run(tmp_path / "run", QUESTIONS, index(), SAID, stamp={"depth": [50, 20]})


def test_a_run_that_is_made_again_keeps_what_was_there(tmp_path: Path) -> None:
    first = run(tmp_path / "run", QUESTIONS, index(), SAID)
    old = [(tmp_path / "run" / name).read_bytes() for name in ("records.jsonl", "metrics.json")]
    again = run(tmp_path / "run", QUESTIONS, index(), SAID)
    assert [(tmp_path / "run" / name).read_bytes() for name in ("records-1.jsonl", "metrics-1.json")] == old
    assert warnings(first.run) == []
    assert warnings(again.run) == ["The records of an earlier run in this folder are kept as records-1.jsonl."]
    run(tmp_path / "run", QUESTIONS, index(), SAID)
    assert (tmp_path / "run" / "records-2.jsonl").is_file()


def test_killed_between_setting_up_and_asking_nothing_old_is_taken_for_new(tmp_path: Path, monkeypatch) -> None:
    """Other code starts in the folder of a finished run, and dies as soon as run.json says so."""
    run(tmp_path / "run", QUESTIONS, index(), {})  # all are refused
    path = tmp_path / "run" / "run.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"code": "other"}))
    written = runs.write_json

    def dies(place: Path, value: object) -> None:
        written(place, value)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(runs, "write_json", dies)
        run(tmp_path / "run", QUESTIONS, index(), SAID)
    result = run(tmp_path / "run", QUESTIONS, index(), SAID)
    assert result.metrics["answers"]["right"]["value"] == 1, "the refusals were those of the other run"


def test_a_run_is_called_finished_only_with_its_metrics(tmp_path: Path, monkeypatch) -> None:
    run(tmp_path / "run", QUESTIONS, index(), SAID)
    replaced, count = os.replace, []

    def dies(source: str, target: str) -> None:
        if Path(target).name == "metrics.json":
            count.append(target)
            raise KeyboardInterrupt
        replaced(source, target)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(os, "replace", dies)
        run(tmp_path / "run", QUESTIONS, index(), SAID)
    assert count
    assert not read_run(tmp_path / "run")["finished"]
    with pytest.raises(RunError, match="no metrics.json"):
        read_metrics(tmp_path / "run")


def test_a_question_that_is_asked_again_has_one_record(tmp_path: Path) -> None:
    """Two runs stopped by a judge: what failed at first is not in the file twice, and the order is the set's."""
    failing = SAID | {QUESTIONS[1].question: ModelError("Down.")}
    with pytest.raises(EvaluationError, match="The judge"):
        judged(tmp_path / "run", failing, Failing(says="yes", fails_at={1}))
    judged(tmp_path / "run", SAID, ScriptedModel(says="yes"))
    records = read_records(tmp_path / "run")
    assert [record["id"] for record in records] == [question.id for question in QUESTIONS]
    assert not any(record["error"] for record in records)


class Failing(ScriptedModel):
    """A model that is down at some of the requests, counted from 1."""

    fails_at: set[int] = set()
    count: list[int] = []

    def _stream(self, messages, stop=None, run_manager=None, **kwargs):
        self.count.append(1)
        if len(self.count) in self.fails_at:
            raise RuntimeError("401: no such key")
        yield from super()._stream(messages, stop, run_manager, **kwargs)


def judged(folder: Path, said: dict, model: ScriptedModel):
    found = index()
    judge = Judge(model, "openai:judge", folder.parent / "cache.jsonl")
    subject = Subject(found, WrittenAssistant(found, said))
    result = run_in_folder(
        lambda: question_asker(subject), QuestionSet("tiny", Path("tiny.jsonl"), QUESTIONS), STAMP,
        Options(Path("tiny.jsonl"), output=folder), progress=ProgressCallbacks(), extras=RunExtras(judge),
    )  # fmt: skip
    return result, found


def test_a_judge_that_fails_fails_the_run_and_only_what_failed_is_asked_again(tmp_path: Path) -> None:
    flaky = Failing(says="yes", fails_at={2, 5}, count=[])
    with pytest.raises(EvaluationError, match=r"openai:judge failed 2 times; the first reason: .*401: no such key"):
        judged(tmp_path / "run", SAID, flaky)
    assert len(read_records(tmp_path / "run")) == 6 and not (tmp_path / "run" / "metrics.json").exists()
    good = ScriptedModel(says="yes", prompts=[])
    result, found = judged(tmp_path / "run", SAID, good)
    assert found.asked == [], "no question is asked again"
    assert len(good.prompts) == 2
    assert result.metrics["judge"]["correctness"]["n"] == 6
    assert result.run["judge"] == "openai:judge"


def test_a_judge_that_is_down_is_not_asked_for_ever(tmp_path: Path) -> None:
    down = Failing(says="yes", fails_at=set(range(1, 100)), count=[])
    with pytest.raises(EvaluationError, match=f"failed {MOST_FAILURES} times, after which 7 more were not asked"):
        judged(tmp_path / "run", SAID, down)
    assert len(down.count) == MOST_FAILURES


@pytest.mark.parametrize(
    ("settings", "judge", "expected"),
    [
        ({"model": "openai:small", "base_url": "http://a/v1", "api_key": "A"}, "openai:big", ("http://a/v1", "A")),
        ({"model": "openai:small", "base_url": "http://a/v1", "api_key": "A"}, "anthropic:big", ("", "")),
        ({"base_url": "http://a/v1", "api_key": "A"}, "openai:big", ("http://a/v1", "A")),
        (
            {"model": "openai:small", "base_url": "http://a/v1", "api_key": "A", "judge_base_url": "http://b/v1"},
            "openai:big",
            ("http://b/v1", ""),
        ),
        (
            {"model": "openai:s", "api_key": "A", "judge_base_url": "http://b/v1", "judge_api_key": "B"},
            "openai:big",
            ("http://b/v1", "B"),
        ),
    ],
    ids=["the same provider", "another provider", "no other model", "an address of its own", "and a key"],
)
def test_the_judge_has_its_own_address_and_key(settings: dict, judge: str, expected: tuple[str, str]) -> None:
    chosen = judge_settings(Settings(**settings), judge)
    assert (chosen.model, chosen.base_url, chosen.api_key) == (judge, *expected)


def test_the_key_of_the_judge_is_never_shown() -> None:
    assert "key-of-the-judge" not in repr(Settings(judge_api_key="key-of-the-judge"))


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"depth": 5}, "--depth must be 10 or more"),
        ({"judge_base_url": "http://b/v1"}, "--judge-base-url needs the name of the judge"),
        ({"judge": "openai:x", "retrieval_only": True}, "--judge has no meaning with --retrieval-only"),
        ({"answers": Path("a.jsonl"), "depth": 20}, "--depth has no meaning with --answers"),
    ],
)
def test_options_that_would_be_ignored_are_refused(tmp_path: Path, given: dict, told: str) -> None:
    with pytest.raises(QuestionsError, match=told):
        evaluate(Options(set_of(tmp_path, ROWS), **given))


def test_claims_refuse_what_they_would_ignore(tmp_path: Path) -> None:
    set_of(tmp_path / "claims", [{"claim": "x", "evidence": ["x"], "label": "supported"}], "cases.jsonl")
    with pytest.raises(QuestionsError, match="--depth has no meaning with a set of claims"):
        evaluate(Options(tmp_path / "claims", depth=20))


def test_a_deeper_ranking_gives_deeper_metrics(tmp_path: Path) -> None:
    """The relevant document is the fifteenth: ten documents know nothing of it, twenty do."""
    deep = WrittenIndex(TEXTS, {QUESTIONS[0].question: [f"d{n}" for n in range(39, 0, -1)][:14] + ["d0"]})
    shallow = run(tmp_path / "ten", QUESTIONS[:1], deep).metrics["retrieval"]
    assert shallow["map"]["value"] == 0 and shallow["recall@20"]["value"] is None
    assert shallow["recall@20"]["reason"] == "the ranking is not that deep (--depth)"
    result = run(tmp_path / "twenty", QUESTIONS[:1], deep, depth=20)
    found = result.metrics["retrieval"]
    assert found["recall@20"]["value"] == 1 and found["map"]["value"] == pytest.approx(1 / 15)
    assert found["recall@50"]["value"] is None
    write_reports(result)
    ranked = read_trec_scores(tmp_path / "twenty" / "run.trec")["q0"]
    assert len(ranked) == 15 and [score for _, score in ranked] == pytest.approx([1 / n for n in range(1, 16)])
    assert all(row["n"] for row in (found["recall@20"], found["map"]))


def test_scores_fall_strictly_though_documents_share_them(tmp_path: Path) -> None:
    """trec_eval has 32 bits for a score, and would order equal ones by name."""
    names = ["b", "a", "d", "c"]
    write_trec_run(tmp_path / "run.trec", {"q": names}, {"q": [0.5, 0.5, 0.5 - 1e-12, 0.25]})
    assert read_trec_run(tmp_path / "run.trec") == {"q": names}
    scores = [score for _, score in read_trec_scores(tmp_path / "run.trec")["q"]]
    assert scores[0] == 0.5 and scores[3] == 0.25 and scores[2] == pytest.approx(0.5, abs=1e-6)
