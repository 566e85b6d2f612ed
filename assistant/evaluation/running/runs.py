"""The folder of a run: what was asked and how, whether it can be continued there, and how two runs compare."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from footnoted.assistant.evaluation.errors import RunError
from footnoted.assistant.evaluation.metrics.comparison import compare_records, compare_several
from footnoted.assistant.evaluation.running.records import RECORDS, read_records

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
# What the hash of the questions hides: facts of a run, and what a message calls them.
TOLD_OF_QUESTIONS = {"questions": "set", "columns": "columns", "drafts_left_out": "drafts left out"}


def fingerprint(asked: Mapping[str, object]) -> str:
    """A hash of everything that decides the results of a run, as :func:`what_was_asked` gives it."""
    return hashlib.sha256(json.dumps(dict(asked), sort_keys=True, default=str).encode()).hexdigest()


def what_was_asked(settings: Mapping[str, object], facts: Mapping[str, object]) -> dict[str, object]:
    """Everything that decides the results of a run: its settings, and how many questions of the set are asked."""
    return {**settings, "asked": f"{facts['asked']} of {facts['of']}"} if "asked" in facts else dict(settings)


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


def default_folder(name: str, settings: Mapping[str, object], facts: Mapping[str, object]) -> Path:
    """A folder for a run of this set and these settings: an unfinished one, else a new one."""
    stem = f"{name}-{fingerprint(what_was_asked(settings, facts))[:8]}"
    number = 1
    while True:
        folder = Path(RUNS_FOLDER) / (stem if number == 1 else f"{stem}-{number}")
        if not folder.exists() or can_resume(folder, settings, facts):
            return folder
        number += 1


def can_resume(folder: Path, settings: Mapping[str, object], facts: Mapping[str, object]) -> bool:
    """Whether the folder contains an unfinished run of the same questions with these settings."""
    if not (folder / RUN).is_file():
        return False
    run = read_run(folder)
    return not run.get("finished") and not asked_otherwise(run, settings, facts)


def asked_otherwise(before: Mapping, settings: Mapping[str, object], facts: Mapping[str, object]) -> dict[str, str]:
    """In what a run differs from one with these settings and facts: name -> "old -> new"; empty if in nothing."""
    found = differences(what_was_asked(before["settings"], before), what_was_asked(settings, facts))
    if "questions" in found:
        sides = ({told: run.get(name) for name, told in TOLD_OF_QUESTIONS.items()} for run in (before, facts))
        found |= differences(*sides)
    return found


def start(folder: Path, name: str, settings: Mapping[str, object], facts: Mapping[str, object]) -> bool:
    """Prepare the folder and return whether its records are kept, because an interrupted run is continued.

    A finished run of the same questions with the same settings is run again in place, and so is one that other code
    started; what it had is kept beside the new files. Raises :class:`RunError` for other questions or settings.
    """
    folder.mkdir(parents=True, exist_ok=True)
    resume = False
    if (folder / RUN).is_file():
        before = read_run(folder)
        if found := asked_otherwise(before, settings, facts):
            listed = "; ".join(f"{name}: {change}" for name, change in found.items())
            raise RunError(f"{folder} contains a run with other settings ({listed}): choose another --output.")
        resume = not before.get("finished") and before.get("code") == facts.get("code")
    if not resume:
        # Before run.json: killed between the two, records of the old run would else be taken for the new one's.
        keep_earlier(folder)
    run = {
        "name": name,
        "fingerprint": fingerprint(what_was_asked(settings, facts)),
        "settings": dict(settings),
        **facts,
    }
    run |= {"started": datetime.now(UTC).isoformat(timespec="seconds"), "finished": None}
    run["earlier_records"] = sorted(path.name for path in folder.glob("records-*.jsonl"))
    write_json(folder / RUN, run)
    return resume


def keep_earlier(folder: Path) -> None:
    """Rename the records and metrics of an earlier run to ``records-1.jsonl``, ``metrics-1.json`` and so on."""
    if (folder / RECORDS).is_file() and (folder / RECORDS).stat().st_size:
        taken = {path.stem for path in folder.glob("records-*.jsonl")}
        number = next(count for count in range(1, len(taken) + 2) if f"records-{count}" not in taken)
        if (folder / METRICS).is_file():
            os.replace(folder / METRICS, folder / f"metrics-{number}.json")
        os.replace(folder / RECORDS, folder / f"records-{number}.jsonl")
    (folder / METRICS).unlink(missing_ok=True)  # it would be taken for the new run's


def finished(folder: Path) -> dict:
    """The facts of the run as it is finished now; :func:`finish` writes them."""
    return read_run(folder) | {"finished": datetime.now(UTC).isoformat(timespec="seconds")}


def finish(folder: Path, run: Mapping, metrics: Mapping) -> None:
    """Write the metrics, then that the run is finished: one that is called finished has its metrics."""
    write_json(folder / METRICS, dict(metrics))
    write_json(folder / RUN, dict(run))


def changed_settings(first: Mapping, second: Mapping) -> dict[str, str]:
    """Setting -> "old -> new" for the settings in which the runs differ, and whether their code does."""
    found = differences(*(what_was_asked(run.get("settings", {}), run) for run in (first, second)))
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
    if earlier := run.get("earlier_records"):
        found.append(f"The records of an earlier run in this folder are kept as {', '.join(earlier)}.")
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
    return text if len(text) <= 60 else f"…{text[-40:]}" if "/" in text else f"{text[:12]}…"


def compare_runs(first: Path, second: Path, fields: Sequence[str] | None = None) -> dict:
    """Compare the run in ``second`` with the earlier one in ``first``; raises :class:`RunError` if that is impossible.

    ``fields`` are the fields to slice by; None: answerable or not, first or follow-up, and every field with 2 to 12
    values.
    """
    runs = finished_run(first), finished_run(second)
    records = read_records(first), read_records(second)
    result = compare_records(*records, fields, lower_is_better(runs))
    result["runs"] = [{"folder": str(folder), **run} for folder, run in zip((first, second), runs, strict=True)]
    result["settings"] = changed_settings(*runs)
    result["latency_ms"] = latency_differences(read_metrics(first), read_metrics(second))
    return result


def lower_is_better(runs: Sequence[Mapping]) -> set[str]:
    """Those of somebody's own metrics that are better when they are lower, according to the runs."""
    metrics = [item for run in runs for item in run.get("custom_metrics", {}).items()]
    return {name for name, facts in metrics if not facts.get("higher_is_better", True)}


def compare_many(
    folders: Sequence[Path], pairs: Sequence[tuple[int, int]], fields: Sequence[str] | None = None
) -> dict:
    """Compare several runs; ``pairs`` are the numbers (from 0) of an earlier run and a later one.

    Raises :class:`RunError` if a folder has no finished run or is named twice.
    """
    places = [folder.resolve() for folder in folders]
    if len(set(places)) < len(places):
        raise RunError("A run is named twice: each can be compared once.")
    runs = [finished_run(folder) for folder in folders]
    result = compare_several([read_records(folder) for folder in folders], pairs, fields, lower_is_better(runs))
    for pair in result["pairs"]:
        pair["settings"] = changed_settings(runs[pair["first"]], runs[pair["second"]])
    result["runs"] = [{"folder": str(folder), **run} for folder, run in zip(folders, runs, strict=True)]
    return result


def latency_differences(first: Mapping, second: Mapping) -> dict:
    """Both runs' latencies; not tested, since they depend as much on the load of the machine as on the change."""
    names = [name for name in first["latency_ms"] if name in second["latency_ms"]]
    pairs = {name: (first["latency_ms"][name]["value"], second["latency_ms"][name]["value"]) for name in names}
    return {name: {"a": a, "b": b, "difference": b - a} for name, (a, b) in pairs.items()}
