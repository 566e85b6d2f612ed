"""The folder of a run: its settings, whether it can be continued there, its metrics, and how two runs compare."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from footnoted.assistant.evaluation.errors import RunError
from footnoted.assistant.evaluation.metrics.comparison import compare_records
from footnoted.assistant.evaluation.running.records import read_records

RUN = "run.json"
METRICS = "metrics.json"
RUNS_FOLDER = "footnote-runs"
HASHED_SETTINGS = (
    "questions",
    "corpus",
    "documents",
    "ranking",
    "answers",
)  # these settings are hashes


def fingerprint(settings: Mapping[str, object]) -> str:
    """A hash of everything that decides the results of a run."""
    return hashlib.sha256(json.dumps(dict(settings), sort_keys=True, default=str).encode()).hexdigest()


def write_json(path: Path, value: object) -> None:
    """Write JSON in one step: a reader finds the old file or the new one, never half of it."""
    temporary = path.with_name(f".{path.name}.new")
    temporary.write_text(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")
    os.replace(temporary, path)


def read_json(path: Path, folder: Path) -> dict:
    """A JSON object of a run's folder; raises :class:`RunError` when it is missing or damaged."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise RunError(f"{folder} contains no run: there is no {path.name} in it.") from error
    except (OSError, ValueError) as error:
        raise RunError(f"{path} cannot be read: {error}.") from error
    if not isinstance(value, dict):
        raise RunError(f"{path} is damaged: it contains no JSON object.")
    return value


def read_run(folder: Path) -> dict:
    """What a run was made with."""
    return read_json(folder / RUN, folder)


def finished_run(folder: Path) -> dict:
    """What a finished run was made with; raises :class:`RunError` for one that is not finished."""
    run = read_run(folder)
    if not run.get("finished"):
        raise RunError(f"The run in {folder} is not finished: run the same evaluate command again to continue it.")
    return run


def read_metrics(folder: Path) -> dict:
    """The metrics of a finished run."""
    return read_json(folder / METRICS, folder)


def default_folder(name: str, settings: Mapping[str, object]) -> Path:
    """A folder for a run of this set and these settings: an unfinished one, else a new one."""
    stem = f"{name}-{fingerprint(settings)[:8]}"
    number = 1
    while True:
        folder = Path(RUNS_FOLDER) / (stem if number == 1 else f"{stem}-{number}")
        if not folder.exists() or can_resume(folder, settings):
            return folder
        number += 1


def can_resume(folder: Path, settings: Mapping[str, object]) -> bool:
    """Whether the folder contains an unfinished run with these settings."""
    if not (folder / RUN).is_file():
        return False
    run = read_run(folder)
    return not run.get("finished") and run.get("fingerprint") == fingerprint(settings)


def start(folder: Path, name: str, settings: Mapping[str, object], facts: Mapping[str, object]) -> bool:
    """Prepare the folder and return whether its records are kept, because an interrupted run is continued.

    A finished run with the same settings is run again in place, and so is one that other code started.
    Raises :class:`RunError` for other settings.
    """
    folder.mkdir(parents=True, exist_ok=True)
    resume = False
    if (folder / RUN).is_file():
        before = read_run(folder)
        if before.get("fingerprint") != fingerprint(settings):
            found = "; ".join(f"{name}: {change}" for name, change in differences(before["settings"], settings).items())
            raise RunError(f"{folder} contains a run with other settings ({found}): choose another --output.")
        resume = not before.get("finished") and before.get("code") == facts.get("code")
    run = {"name": name, "fingerprint": fingerprint(settings), "settings": dict(settings), **facts}
    run |= {"started": datetime.now(UTC).isoformat(timespec="seconds"), "finished": None}
    write_json(folder / RUN, run)
    return resume


def finish(folder: Path) -> dict:
    """Mark the run as finished and return its facts."""
    run = read_run(folder) | {"finished": datetime.now(UTC).isoformat(timespec="seconds")}
    write_json(folder / RUN, run)
    return run


def changed_settings(first: Mapping, second: Mapping) -> dict[str, str]:
    """Setting -> "old -> new" for the settings in which the runs differ, and whether their code does."""
    found = differences(first.get("settings", {}), second.get("settings", {}))
    return found | ({"code": "another version"} if first.get("code") != second.get("code") else {})


def differences(one: Mapping[str, object], two: Mapping[str, object]) -> dict[str, str]:
    """Setting -> "old -> new" for those that differ; for hashes, only that they differ."""
    names = [name for name in sorted({*one, *two}) if one.get(name) != two.get(name)]
    return {
        name: "different" if name in HASHED_SETTINGS else f"{shortened(one.get(name))} -> {shortened(two.get(name))}"
        for name in names
    }


def warnings(run: Mapping) -> list[str]:
    """What one should know about the questions before trusting the results."""
    found = []
    if left_out := run.get("drafts_left_out"):
        found.append(f"{left_out} drafts that nobody has reviewed were not asked (--drafts asks them too).")
    if missing := run.get("missing_answers"):
        listed = ", ".join(missing[:5])
        more = f" and {len(missing) - 5} more" if len(missing) > 5 else ""
        found.append(f"{len(missing)} questions are missing from the file and count as not answered: {listed}{more}.")
    if others := run.get("unknown_answers"):
        found.append(f"Entries of the file about other questions, which were left out: {others}.")
    if unknown := run.get("unknown_labels"):
        listed = ", ".join(f"{label} ({question})" for label, question in list(unknown.items())[:5])
        more = f" and {len(unknown) - 5} more" if len(unknown) > 5 else ""
        found.append(f"These labels match no document, so they count as not found: {listed}{more}.")
    return found


def shortened(value: object) -> str:
    """A setting's value, cut to a readable length."""
    text = "none" if value in (None, "") else str(value)
    return text if len(text) <= 60 else f"{text[:12]}…"


def compare_runs(first: Path, second: Path, fields: Sequence[str] | None = None) -> dict:
    """Compare the run in ``second`` with the earlier one in ``first``; raises :class:`RunError` if that is impossible.

    ``fields`` are the fields to slice by; None: answerable or not, first or follow-up, and every field with 2 to 12
    values.
    """
    runs = finished_run(first), finished_run(second)
    records = read_records(first), read_records(second)
    custom = runs[1].get("custom_metrics", {})
    lower = [name for name, facts in custom.items() if not facts.get("higher_is_better", True)]
    result = compare_records(*records, fields, lower)
    result["runs"] = [{"folder": str(folder), **run} for folder, run in zip((first, second), runs, strict=True)]
    result["settings"] = changed_settings(*runs)
    result["latency_ms"] = latency_differences(read_metrics(first), read_metrics(second))
    return result


def latency_differences(first: Mapping, second: Mapping) -> dict:
    """Both runs' latencies; not tested, since they depend as much on the load of the machine as on the change."""
    names = [name for name in first["latency_ms"] if name in second["latency_ms"]]
    pairs = {name: (first["latency_ms"][name]["value"], second["latency_ms"][name]["value"]) for name in names}
    return {name: {"a": a, "b": b, "difference": b - a} for name, (a, b) in pairs.items()}
