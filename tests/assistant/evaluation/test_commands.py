"""The commands as a person types them, on the bundled models: exit codes, files, messages, the cached index."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from footnoted.assistant.cli import main

TEXTS = {
    "rome": "The Colosseum in Rome was built under the emperor Vespasian. It was opened in the year 80.",
    "moon": "Apollo 11 was launched on July 16, 1969. Neil Armstrong was the first to walk on the Moon.",
    "cats": "A grown cat sleeps about fifteen hours a day. Kittens sleep even longer than that.",
}
QUESTIONS = [
    {
        "id": "rome",
        "question": "Under which emperor was the Colosseum built?",
        "answers": ["Vespasian"],
        "relevant": ["rome"],
    },
    {"id": "moon", "question": "When was Apollo 11 launched?", "answers": ["July 16, 1969"], "relevant": ["moon"]},
    {"id": "cats", "question": "How many hours a day does a cat sleep?", "answers": ["fifteen"], "relevant": ["cats"]},
    {"id": "none", "question": "What is the boiling point of tungsten carbide?", "answers": [], "answerable": False},
]


@pytest.fixture(scope="module", autouse=True)
def the_code_stays_as_it_is():
    """Whoever edits the code while the tests run would otherwise have the index built twice, as is right."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("evaluate", "subject"):
            patch.setattr(f"footnoted.assistant.evaluation.running.{name}.code_hash", lambda files: "this code")
        yield


@pytest.fixture(scope="module")
def question_set(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sets") / "tiny"
    folder.mkdir()
    rows = [{"_id": name, "title": name, "text": text} for name, text in TEXTS.items()]
    (folder / "corpus.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (folder / "questions.jsonl").write_text("".join(json.dumps(row) + "\n" for row in QUESTIONS))
    return folder


@pytest.fixture(scope="module")
def finished(question_set: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """(home, run) of one evaluation with answers."""
    home, run = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("runs") / "first"
    assert (
        main(["evaluate", str(question_set), "--output", str(run), "--home", str(home), "--gate", "recall@5>=.9"]) == 0
    )
    return home, run


def test_a_run_leaves_its_files_and_its_figures_are_right(finished: tuple[Path, Path]) -> None:
    _, run = finished
    names = {path.name for path in run.iterdir()}
    assert names == {
        "metrics.json",
        "records.jsonl",
        "run.json",
        "report.html",
        "report.md",
        "junit.xml",
        "run.trec",
        "qrels.trec",
    }
    metrics = json.loads((run / "metrics.json").read_text())
    assert metrics["retrieval"]["recall@1"]["value"] == 1
    assert metrics["answers"]["contains"]["value"] == 1
    assert metrics["citations"]["verbatim_share"]["value"] == metrics["citations"]["supported_share"]["value"] == 1
    assert metrics["abstention"]["recall"]["value"] == 1


def test_the_index_of_a_corpus_is_built_once(finished: tuple[Path, Path], question_set: Path, tmp_path: Path) -> None:
    home, first = finished
    (built,) = (home / "evaluation").iterdir()
    before = (built / "finished.json").stat().st_mtime_ns
    assert not (home / "catalog.sqlite").exists(), "a corpus is never put into the index in use"
    command = ["evaluate", str(question_set), "--output", str(tmp_path / "second"), "--home", str(home)]
    assert main([*command, "--baseline", str(first)]) == 0
    assert [path.name for path in (home / "evaluation").iterdir()] == [built.name]
    assert (built / "finished.json").stat().st_mtime_ns == before
    comparison = json.loads((tmp_path / "second" / "comparison.json").read_text())
    assert comparison["changed"] == [] and comparison["settings"] == {}
    assert main(["compare", str(first), str(tmp_path / "second"), "--fail-if-worse"]) == 0


def test_the_figures_are_the_same_each_time_but_for_the_times(finished: tuple[Path, Path], question_set: Path) -> None:
    home, first = finished
    second = first.parent / "again"
    assert main(["evaluate", str(question_set), "--output", str(second), "--home", str(home)]) == 0
    for name in ("run.trec", "qrels.trec"):
        assert (first / name).read_bytes() == (second / name).read_bytes()
    parts = ("questions", "retrieval", "answers", "citations", "abstention", "usage")
    kept = [{part: json.loads((run / "metrics.json").read_text())[part] for part in parts} for run in (first, second)]
    assert json.dumps(kept[0]) == json.dumps(kept[1])
    without = [
        [{**json.loads(line), "timings": 0} for line in (run / "records.jsonl").read_text().splitlines()]
        for run in (first, second)
    ]
    for records in without:
        for record in records:
            record["answer"]["timings"] = 0
    assert without[0] == without[1]


def test_the_ranking_figures_are_those_pytrec_eval_gives_for_the_files_of_the_run(finished: tuple[Path, Path]) -> None:
    import pytrec_eval

    _, run = finished
    with open(run / "qrels.trec") as judged, open(run / "run.trec") as ranked:
        evaluator = pytrec_eval.RelevanceEvaluator(pytrec_eval.parse_qrel(judged), {"ndcg_cut.10", "map", "recall.5"})
        scores = list(evaluator.evaluate(pytrec_eval.parse_run(ranked)).values())
    retrieval = json.loads((run / "metrics.json").read_text())["retrieval"]
    assert len(scores) == retrieval["map"]["n"] == 3
    for ours, theirs in (("ndcg@10", "ndcg_cut_10"), ("map", "map"), ("recall@5", "recall_5")):
        assert retrieval[ours]["value"] == pytest.approx(sum(row[theirs] for row in scores) / 3, abs=1e-6)


def test_a_killed_run_goes_on_and_gives_the_figures_of_one_that_was_not(question_set: Path, tmp_path: Path) -> None:
    rows = [
        {**row, "id": f"{row['id']}-{number}", "question": f"{row['question'][:-1]}{' really' * number}?"}
        for number in range(3)
        for row in QUESTIONS
    ]
    questions = tmp_path / "many.jsonl"
    questions.write_text("".join(json.dumps(row) + "\n" for row in rows))
    command = ["evaluate", str(questions), "--corpus", str(question_set / "corpus.jsonl"), "--home", str(tmp_path)]
    assert main([*command, "--output", str(tmp_path / "whole")]) == 0
    records = tmp_path / "killed" / "records.jsonl"
    program = "import sys; from footnoted.assistant.evaluation.running import evaluate, subject;"
    program += "evaluate.code_hash = subject.code_hash = lambda files: 'this code';"
    program += "from footnoted.assistant.cli import main; sys.exit(main(sys.argv[1:]))"
    words = [sys.executable, "-c", program, *command, "--output", str(records.parent)]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL)
    try:
        while process.poll() is None and not (records.is_file() and records.read_bytes().count(b"\n") >= 5):
            time.sleep(0.005)
    finally:
        process.kill()
        process.wait()
    before = records.read_bytes()
    before = before[: before.rfind(b"\n") + 1]
    assert 3 <= before.count(b"\n") < len(rows), "killed in the middle"
    subprocess.run(words, stdout=subprocess.DEVNULL, check=True)
    assert records.read_bytes().startswith(before), "what was there is not asked again"
    whole, killed = (json.loads((tmp_path / name / "metrics.json").read_text()) for name in ("whole", "killed"))
    for part in ("questions", "retrieval", "answers", "citations", "abstention"):
        assert whole[part] == killed[part]


def test_a_failed_gate_is_exit_code_1_and_is_named(
    finished: tuple[Path, Path], question_set: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    command = [
        "evaluate",
        str(question_set),
        "--retrieval-only",
        "--output",
        str(tmp_path / "r"),
        "--home",
        str(finished[0]),
    ]
    assert main([*command, "--limit", "2", "--gate", "recall@1>=.5", "--gate", "retrieve_p50<=0"]) == 1
    shown = capsys.readouterr().out
    assert "retrieve_p50<=0 failed: it is" in shown and "recall@1>=0.5 passed" in shown
    assert main([*command, "--json"]) == 1, "four questions are not the two that are there"
    assert "asked: 2 of 4 -> 4 of 4" in capsys.readouterr().err
    command[command.index("--output") + 1] += "-all"
    assert main([*command, "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["questions"]["asked"] == 4
    assert printed["answers"]["f1"]["reason"] == "only retrieval was run"


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["evaluate", "nowhere"], 2, "There is no question set at nowhere."),
        (["evaluate", "SET", "--gate", "recall"], 2, "is not written as metric>=value"),
        (["evaluate", "SET", "--gate", "recal@5>=1"], 2, 'no metric called "recal@5"'),
        (["evaluate", "SET/questions.jsonl", "--home", "EMPTY"], 1, "contains no documents"),
        (["evaluate", "SET", "--corpus", "nowhere"], 2, "There is no corpus at nowhere."),
        (["evaluate", "SET", "--baseline", "nowhere"], 1, "nowhere contains no run"),
        (["compare", "nowhere", "nowhere"], 1, "nowhere contains no run"),
        (["questions", "check", "nowhere"], 2, "There is no question set at nowhere."),
        (["questions", "convert", "SET", "SET", "--to", "beir"], 1, "already exists"),
    ],
)
def test_mistakes_are_told_in_a_sentence(
    words: list[str], code: int, message: str, question_set: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    places = {"SET": str(question_set), "EMPTY": str(tmp_path / "empty")}
    for name, place in places.items():
        words = [word.replace(name, place) for word in words]
    assert main(words) == code
    error = capsys.readouterr().err
    assert error.startswith("footnote: ") and message in error and error.count("\n") == 1


def test_questions_are_drafted_checked_and_converted(
    tmp_path: Path, capsys: pytest.CaptureFixture, question_set: Path
) -> None:
    documents, home, drafts = tmp_path / "documents", str(tmp_path / "home"), tmp_path / "drafts.jsonl"
    documents.mkdir()
    for name, text in TEXTS.items():
        (documents / f"{name}.txt").write_text(text)
    assert main(["add", str(documents), "--home", home]) == 0
    assert main(["questions", "draft", str(drafts), "--home", home]) == 0
    assert main(["questions", "draft", str(drafts), "--home", home]) == 1
    assert main(["questions", "check", str(drafts), "--home", home]) == 0
    command = ["evaluate", str(drafts), "--home", home, "--output", str(tmp_path / "run"), "--gate", "recall@5>=1"]
    assert main(command) == 2 and "are drafts that nobody has reviewed" in capsys.readouterr().err
    assert main([*command, "--drafts"]) == 0
    capsys.readouterr()
    assert main(["questions", "check", str(question_set), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []
    for form in ("beir", "ragas", "footnote"):
        target = tmp_path / form
        assert main(["questions", "convert", str(question_set), str(target), "--to", form]) == 0
        assert main(["questions", "check", str(target), "--home", str(tmp_path / "none")]) in (0, 1)


def test_registering_the_commands_imports_nothing_heavy() -> None:
    code = (
        "import sys, argparse; from footnoted.assistant.evaluation.commands import add_commands;"
        "add_commands(argparse.ArgumentParser().add_subparsers());"
        "print(sorted({'numpy', 'rich', 'ir_measures', 'onnxruntime', 'chromadb'} & set(sys.modules)))"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"


def test_the_seed_questions_run_with_one_command(shared: Path, tmp_path: Path) -> None:
    seed = shared / "seed"
    words = [
        "evaluate",
        str(seed / "questions.jsonl"),
        "--corpus",
        str(next(seed.glob("*.txt"))),
        "--output",
        str(tmp_path),
    ]
    assert (
        main([*words, "--gate", "evidence_recall@5>=.9", "--gate", "supported_share>=1", "--gate", "verbatim_share>=1"])
        == 0
    )


def test_claims_with_the_page_they_cite_measure_the_citation_check(tmp_path: Path) -> None:
    page = ["The library was founded in 1866.", "It holds over 260,000 volumes.", "Visitors are welcome."]
    cases = [
        {"claim": "The library holds over 260,000 volumes.", "label": "supported", "supporting_sentences": [[1]]},
        {"claim": "Napoleon was exiled to Elba in 1814.", "label": "not_supported", "supporting_sentences": [[]]},
    ]
    (tmp_path / "set").mkdir()
    path = tmp_path / "set" / "cases.jsonl"
    path.write_text("".join(json.dumps({**case, "evidence": page}) + "\n" for case in cases))
    command = ["evaluate", str(tmp_path / "set"), "--output", str(tmp_path / "run"), "--gate", "support_accuracy>=1"]
    assert main([*command, "--gate", "support_span>=1"]) == 0
    metrics = json.loads((tmp_path / "run" / "metrics.json").read_text())
    assert metrics["citations"]["support_precision"]["value"] == metrics["citations"]["support_recall"]["value"] == 1
    assert metrics["retrieval"]["recall@5"]["value"] is None
    path.write_text(json.dumps({"claim": "x", "evidence": page, "label": "maybe"}))
    assert main(command) == 2


def test_a_judge_that_cannot_be_used_is_told_before_the_run(question_set: Path, tmp_path: Path, capsys) -> None:
    command = ["evaluate", str(question_set), "--output", str(tmp_path / "run"), "--home", str(tmp_path / "home")]
    assert main([*command, "--judge", "extractive"]) == 1
    assert "cannot judge" in capsys.readouterr().err
    assert main([*command, "--judge", "nonsense"]) == 1
    assert "has no provider" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()
