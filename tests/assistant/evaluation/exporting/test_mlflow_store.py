"""Runs in MLflow: a real store in a folder, and one in a database."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

import pytest
from other_systems import QUESTIONS, RAGAS, lines

from footnoted.assistant.cli import main

pytest.importorskip("mlflow", reason="needs the extra 'exports'")
FILES = {"metrics.json", "run.json", "records.jsonl", "report.html", "report.md", "junit.xml"}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch) -> Path:
    monkeypatch.setenv("FOOTNOTE_HOME", str(tmp_path / "home"))
    for name in ("MLFLOW_ALLOW_FILE_STORE", "MLFLOW_DISABLE_TELEMETRY", "MLFLOW_HTTP_REQUEST_MAX_RETRIES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    paths = lines(tmp_path / "q.jsonl", QUESTIONS), lines(tmp_path / "a.jsonl", RAGAS)
    gates = ["--gate", "recall@1>=.9"]
    assert main(["evaluate", str(paths[0]), "--answers", str(paths[1]), "--output", "run", *gates]) == 1
    return tmp_path / "run"


def exported(folder: Path, store: str, *options: str) -> int:
    return main(["runs", "export", str(folder), store, "--to", "mlflow", *options])


@pytest.mark.parametrize("store", ["mlruns", pytest.param("sqlite:///mlflow.db", marks=pytest.mark.slow)])
def test_a_run_is_logged_once_with_parameters_metrics_and_files(folder: Path, capsys, store: str) -> None:
    if store.startswith("sqlite"):
        pytest.importorskip("sqlalchemy", reason="needs the extra 'exports'")
    before = {path.name for path in folder.parent.iterdir()}
    capsys.readouterr()
    assert exported(folder, store, "--experiment", "tests") == 0
    shown = capsys.readouterr()
    assert f"Logged to the experiment tests of {store} (" in shown.out and not shown.err
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from mlflow.tracking import MlflowClient

        from footnoted.assistant.evaluation.exporting.mlflow_store import tracking_uri

        client = MlflowClient(tracking_uri=tracking_uri(store))
        experiment = client.get_experiment_by_name("tests")
        (logged,) = client.search_runs([experiment.experiment_id])
        assert logged.info.status == "FINISHED" and logged.info.run_name == "q"
        assert logged.info.start_time <= logged.info.end_time
        assert logged.data.metrics["answers/right"] == pytest.approx(2 / 3)
        assert logged.data.metrics["retrieval/recall_at_1"] == pytest.approx(1 / 3)
        assert logged.data.metrics["answers/right_low"] < 2 / 3 < logged.data.metrics["answers/right_high"]
        assert "citations/relevant_cited" not in logged.data.metrics, "it was not measured"
        assert logged.data.params["asked"] == "5" and logged.data.params["subject"].startswith("answers of ")
        assert logged.data.tags["footnote.gates_failed"] == "recall@1>=0.9"
        assert {item.path for item in client.list_artifacts(logged.info.run_id)} == FILES
        assert exported(folder, store, "--experiment", "tests") == 0
        assert "already in the experiment" in capsys.readouterr().out
        client.update_run(logged.info.run_id, status="RUNNING")  # as after an export that was interrupted
        assert exported(folder, store, "--experiment", "tests") == 0
        (again,) = client.search_runs([experiment.experiment_id])
        assert again.info.run_id != logged.info.run_id
    made = {path.name for path in folder.parent.iterdir()} - before
    assert made == ({"mlruns"} if store == "mlruns" else {"mlflow.db", "mlartifacts"})


def test_a_store_that_cannot_be_opened_is_one_sentence(folder: Path, capsys) -> None:
    capsys.readouterr()
    for store in ("nonsense:x", "http://user:key-that-stays-here@127.0.0.1:9"):
        assert exported(folder, store) == 1
        said = capsys.readouterr().err
        assert said.startswith("footnote: MLflow") and said.count("\n") == 1 and "key-that-stays-here" not in said


def test_a_missing_package_is_named(folder: Path, capsys, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "mlflow.tracking", None)
    assert exported(folder, "mlruns") == 1
    assert "pip install 'footnoted[exports]'" in capsys.readouterr().err
