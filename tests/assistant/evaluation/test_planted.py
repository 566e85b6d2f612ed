"""Regressions planted into a real index and assistant: the comparison finds each, says what differs, its gate fails.

With doubles for the models, so that it is fast; ``tests/benchmarks/planted.py`` does the same with the bundled ones.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
from doubles import open_double
from evaluation_doubles import questions_of

from footnoted.assistant.chain import Assistant
from footnoted.assistant.evaluation.metrics.comparison import any_difference
from footnoted.assistant.evaluation.metrics.gates import parse_gate
from footnoted.assistant.evaluation.question_sets.files import QuestionSet
from footnoted.assistant.evaluation.question_sets.questions import Question
from footnoted.assistant.evaluation.reports.comparison import measured_metrics
from footnoted.assistant.evaluation.running.evaluate import Options, ProgressCallbacks, Result, run_in_folder
from footnoted.assistant.evaluation.running.runner import question_asker
from footnoted.assistant.evaluation.running.runs import compare_runs
from footnoted.assistant.evaluation.running.subject import Subject, subject_settings
from footnoted.assistant.settings import Settings
from footnoted.index import Index
from footnoted.index.adding import contents

COUNT = 32
GATES = ("ndcg@10>=.9", "evidence_recall@5>=.9", "right>=.9")


@pytest.fixture(scope="module", autouse=True)
def the_code_stays_as_it_is():
    """Whoever edits the code while the tests run would otherwise find that named as what differs, as is right."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("footnoted.assistant.evaluation.running.evaluate.code_hash", lambda files: "this code")
        yield


def documents() -> dict[str, str]:
    """For each number one document that tells the colour, and one that repeats the number's name and tells nothing."""
    texts = {}
    for number in range(COUNT):
        told = " ".join(f"filler{number}x{word}" for word in range(90))
        texts[f"told-{number}.txt"] = (
            f"The crate called crate{number} in the harbour has the colour shade{number} {told}."
        )
        texts[f"noise-{number}.txt"] = f"Crate{number} crate{number} crate{number}."
    return texts


def questions() -> tuple[Question, ...]:
    texts = documents()
    return questions_of(
        *(
            {
                "question": f"Which colour has the crate called crate{number} in the harbour?",
                "answers": [f"shade{number}"],
                "relevant": [f"told-{number}.txt"],
                "evidence": [texts[f"told-{number}.txt"]],
            }
            for number in range(COUNT)
        )
    )


def built(folder: Path, tokens: int = 256) -> Index:
    """An index of all documents with passages of this length."""
    files = folder / "files"
    files.mkdir()
    for name, text in documents().items():
        (files / name).write_text(text)
    index = open_double(folder / "home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(contents, "spans", partial(contents.spans, target=tokens))
        index.add(files)
    return index


def evaluated(index: Index, folder: Path, threshold: float = -3.0, rerank: bool = True) -> Result:
    """Ask all questions and hold what came of it against the gates."""
    settings = Settings(threshold=threshold)
    assistant = Assistant(index, None, settings)
    with pytest.MonkeyPatch.context() as patch:
        if not rerank:
            patch.setattr(index, "reranker", None)
        options = Options(Path("crates.jsonl"), output=folder, gates=tuple(map(parse_gate, GATES)))
        subject = Subject(index, assistant)
        stamp = subject_settings(subject, "crates", settings)
        question_set = QuestionSet("crates", Path("crates.jsonl"), questions())
        return run_in_folder(lambda: question_asker(subject), question_set, stamp, options, ProgressCallbacks())


def outcome(good: Result, other: Result) -> tuple[dict, list[str], list[str]]:
    """(what differs in the settings, the metrics that are significantly worse, the gates that fail)."""
    comparison = compare_runs(good.folder, other.folder)
    worse = [name for name, entry in measured_metrics(comparison) if entry["significant"] and not entry["better"]]
    return comparison["settings"], worse, [str(gate.gate) for gate in other.gates if not gate.passed]


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory):
    with built(tmp_path_factory.mktemp("index")) as index:
        yield index


@pytest.fixture(scope="module")
def good(index: Index, tmp_path_factory: pytest.TempPathFactory) -> Result:
    return evaluated(index, tmp_path_factory.mktemp("runs") / "good")


def test_the_good_run_passes_its_gates_and_its_twin_differs_nowhere(index: Index, good: Result, tmp_path: Path) -> None:
    assert all(gate.passed for gate in good.gates)
    twin = evaluated(index, tmp_path / "twin")
    assert not any_difference(compare_runs(good.folder, twin.folder))
    assert outcome(good, twin) == ({}, [], [])


def test_a_reranker_that_is_off(index: Index, good: Result, tmp_path: Path) -> None:
    settings, worse, failed = outcome(good, evaluated(index, tmp_path / "off", rerank=False))
    assert settings == {"reranker": "double/overlap -> off"}
    assert {"retrieval.ndcg@10", "retrieval.mrr@10", "retrieval.hit@1"} <= set(worse)
    assert failed == ["ndcg@10>=0.9"]


def test_passages_of_fifty_tokens(good: Result, tmp_path: Path) -> None:
    with built(tmp_path, tokens=50) as small:
        settings, worse, failed = outcome(good, evaluated(small, tmp_path / "run"))
    files, passages = 2 * COUNT, 4 * COUNT
    assert settings["indexed"] == f"{files} documents, {files} passages -> {files} documents, {passages} passages"
    assert {"retrieval.evidence_recall@5", "citations.citation_recall"} <= set(worse)
    assert failed == ["evidence_recall@5>=0.9"]


def test_a_threshold_of_99(index: Index, good: Result, tmp_path: Path) -> None:
    settings, worse, failed = outcome(good, evaluated(index, tmp_path / "run", threshold=99.0))
    assert settings == {"threshold": "-3.0 -> 99.0"}
    assert {"answers.right", "abstention.refused_answerable"} <= set(worse)
    assert failed == ["right>=0.9"]
