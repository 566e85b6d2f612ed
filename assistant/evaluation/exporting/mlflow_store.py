"""A run as a run of MLflow: its settings as parameters, its metrics with their intervals, its files as artifacts."""

from __future__ import annotations

import logging
import os
import re
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from footnoted.assistant.evaluation.errors import EvaluationError
from footnoted.assistant.evaluation.exporting.traces import run_key
from footnoted.assistant.evaluation.metrics.catalogue import shown_sections

INSTALL = "pip install 'footnoted[exports]'"
RUN_TAG = "footnote.run"
ARTIFACTS = ("metrics.json", "run.json", "records.jsonl", "report.html", "report.md", "junit.xml", "comparison.json")
LONGEST = 500  # characters of a parameter, which every store of MLflow takes
BATCH = 500  # metrics of a request, of which it takes at most 1000 entries
OTHER_PARTS = ("usage", "judge")


def log_run(address: str, experiment: str, folder: Path, run: Mapping, metrics: Mapping) -> str:
    """Log a finished run, and return what was done in a sentence. A run that is already there is not logged again.

    ``address`` is a tracking URI: that of a server, a database (``sqlite:///mlflow.db``), or a folder.
    Raises :class:`EvaluationError` when a package is missing or the store refuses.
    """
    uri = tracking_uri(address)
    with quiet():
        client = open_client(uri, address)
        try:
            identity = experiment_id(client, uri, experiment)
            known = client.search_runs([identity], filter_string=f"tags.`{RUN_TAG}` = '{run_key(run)}'")
            done = [other for other in known if other.info.status == "FINISHED"]
            if done:
                name = done[0].info.run_id
                return f"This run is already in the experiment {experiment} of {shown(address)} ({name})."
            for broken in known:  # what an interrupted export left
                client.delete_run(broken.info.run_id)
            made = write(client, identity, folder, run, metrics)
            return f"Logged to the experiment {experiment} of {shown(address)} ({made})."
        except EvaluationError:
            raise
        except Exception as error:
            reason = reason_in(error)
            raise EvaluationError(f"MLflow at {shown(address)} did not take the run: {reason}.") from error


def open_client(uri: str, address: str) -> Any:
    """MLflow's client; it sends no usage data of its own anywhere."""
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")  # else a wrong address takes minutes to be noticed
    if uri.startswith("file:"):
        os.environ.setdefault("MLFLOW_ALLOW_FILE_STORE", "true")  # MLflow would rather have a database
    try:
        from mlflow.tracking import MlflowClient
    except ImportError as error:
        raise EvaluationError(f"Logging to MLflow needs the package mlflow-skinny: {INSTALL}.") from error
    try:
        return MlflowClient(tracking_uri=uri)
    except Exception as error:
        reason = reason_in(error)
        if "sqlalchemy" in reason.lower() or "UnsupportedModelRegistry" in type(error).__name__:
            raise EvaluationError(
                f"MLflow cannot open {shown(address)} here; a database needs the packages SQLAlchemy and alembic: "
                f"{INSTALL}."
            ) from error
        raise EvaluationError(f"MLflow at {shown(address)} cannot be opened: {reason}.") from error


def tracking_uri(address: str) -> str:
    """The URI of a store; a plain path is a folder."""
    return address if re.match(r"[A-Za-z][A-Za-z0-9+.-]+:", address) else Path(address).resolve().as_uri()


def shown(address: str) -> str:
    """An address without the password that it may contain."""
    return re.sub(r"//[^/@]*@", "//", address)


def reason_in(error: Exception) -> str:
    """What an exception says, on one line."""
    return shown(" ".join(str(error).split()))[:300].rstrip(".") or type(error).__name__


def experiment_id(client: Any, uri: str, name: str) -> str:
    """The experiment with this name, made if there is none; the files of a database's lie beside it."""
    found = client.get_experiment_by_name(name)
    if found is not None:
        return found.experiment_id
    place = None
    if uri.startswith("sqlite:///"):
        place = (Path(uri.removeprefix("sqlite:///")).resolve().parent / "mlartifacts").as_uri()
    return client.create_experiment(name, artifact_location=place)


def write(client: Any, experiment: str, folder: Path, run: Mapping, metrics: Mapping) -> str:
    """Make the run and return its id; it is marked as finished when everything is there."""
    from mlflow.entities import Metric, Param, RunTag

    begun, ended = (milliseconds(run[name]) for name in ("started", "finished"))
    made = client.create_run(experiment, start_time=begun, run_name=str(run["name"]))
    identity = made.info.run_id
    failed = [gate["gate"] for gate in metrics["gates"] if not gate["passed"]]
    tags = {
        RUN_TAG: run_key(run),
        "footnote.gates_failed": ", ".join(failed),
        "mlflow.source.name": "footnote evaluate",
    }
    params = {**run["settings"], **{name: run.get(name) for name in ("questions", "asked", "of", "subject", "code")}}
    client.log_batch(
        identity,
        params=[Param(allowed(name), str(value)[:LONGEST]) for name, value in params.items()],
        tags=[RunTag(name, value) for name, value in tags.items()],
    )
    values = [Metric(name, value, ended, 0) for name, value in metric_values(metrics).items()]
    for start in range(0, len(values), BATCH):
        client.log_batch(identity, metrics=values[start : start + BATCH])
    for name in ARTIFACTS:
        if (folder / name).is_file():
            client.log_artifact(identity, str(folder / name))
    client.set_terminated(identity, "FINISHED", ended)
    return identity


def metric_values(metrics: Mapping) -> dict[str, float]:
    """MLflow's name of each measured metric -> its value; ``_low`` and ``_high`` are the ends of its interval."""
    found: dict[str, float] = {}
    for section in (*shown_sections(metrics), *OTHER_PARTS):
        for name, entry in metrics.get(section, {}).items():
            if entry["value"] is None:
                continue
            own = allowed(f"{section}/{name}")
            found[own] = float(entry["value"])
            if entry.get("interval"):
                found[f"{own}_low"], found[f"{own}_high"] = map(float, entry["interval"])
    return found


def allowed(name: str) -> str:
    """A name in the characters that MLflow allows: "recall@5" is recall_at_5."""
    return re.sub(r"[^\w\-. :/]", "_", name.replace("@", "_at_"), flags=re.ASCII)


def milliseconds(moment: str) -> int:
    """A moment of ``run.json`` in milliseconds since 1970."""
    return int(datetime.fromisoformat(moment).timestamp() * 1000)


@contextmanager
def quiet() -> Iterator[None]:
    """No messages of MLflow and of what it uses about what they are doing."""
    loggers = [logging.getLogger(name) for name in ("mlflow", "alembic", "urllib3")]
    before = [logger.level for logger in loggers]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for logger in loggers:
                logger.setLevel(logging.ERROR)
            yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)
