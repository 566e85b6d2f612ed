"""Two runs of the same questions: paired differences with p-values, wins and losses by question, and slices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from footnoted.assistant.evaluation.errors import RunError
from footnoted.assistant.evaluation.metrics.catalogue import SECTIONS, higher_is_better
from footnoted.assistant.evaluation.metrics.resampling import holm, randomisation_test, ratio
from footnoted.assistant.evaluation.metrics.summary import Table, pooled, table_of, units_of
from footnoted.assistant.evaluation.running.records import read_records
from footnoted.assistant.evaluation.running.runs import changed_settings, read_metrics, read_run

SIGNIFICANT = 0.05
SLICED = (
    ("retrieval", "recall@5"),
    ("retrieval", "ndcg@10"),
    ("answers", "right"),
    ("answers", "f1"),
    ("citations", "citation_recall"),
    ("abstention", "answered_wrongly"),
)
MOST_SLICES = 12
ALWAYS = ("answerable", "turn")
LABELS = ("question", "history", "answers", "relevant", "answerable")


def compare_runs(first: Path, second: Path, fields: Sequence[str] | None = None) -> dict:
    """Compare the run in ``second`` with the earlier one in ``first``; raises :class:`RunError` when that is no use.

    ``fields`` names what to slice by; None takes answerable or not, first or follow-up, and every field with 2 to 12
    values.
    """
    runs, records = (read_run(first), read_run(second)), (read_records(first), read_records(second))
    for folder, run in zip((first, second), runs, strict=True):
        if not run.get("finished"):
            raise RunError(f"The run in {folder} is not finished: run the same evaluate command again, it goes on.")
    result = compare_records(*records, fields)
    result["runs"] = [{"folder": str(folder), **run} for folder, run in zip((first, second), runs, strict=True)]
    result["settings"] = changed_settings(*runs)
    result["latency_ms"] = latency_differences(read_metrics(first), read_metrics(second))
    return result


def compare_records(first: Sequence[Mapping], second: Sequence[Mapping], fields: Sequence[str] | None = None) -> dict:
    """Paired comparison of the questions that both have with the same labels; B is ``second``, the newer run."""
    earlier = {record["id"]: record for record in first}
    pairs = [(earlier[record["id"]], record) for record in second if record["id"] in earlier]
    same = [(a, b) for a, b in pairs if labels_of(a) == labels_of(b)]
    if not same:
        raise RunError(
            "The two runs have no question in common (same id, wording and labels): nothing can be compared."
        )
    tables = table_of([a for a, _ in same]), table_of([b for _, b in same])
    units = units_of([a for a, _ in same])
    metrics = {
        section: {name: paired(tables, section, name, units) for name in tables[0][section]}
        for section in SECTIONS[:-1]
    }
    adjust(metrics)
    return {
        "questions": {
            "both": len(same),
            "labels_differ": len(pairs) - len(same),
            "only_first": len(first) - len(pairs),
            "only_second": len(second) - len(pairs),
        },
        "metrics": metrics,
        "slices": slices(same, tables, fields),
        "changed": changed(same, tables),
    }


def labels_of(record: Mapping) -> list:
    """What people said about a question.

    Which of the answers stand in the documents ("gold" without evidence) is left out: it changes with the documents.
    """
    gold = record["gold"]
    return [*(record[name] for name in LABELS), gold if gold and gold["kind"] == "evidence" else None]


def paired(tables: tuple[Table, Table], section: str, name: str, units: Mapping[str, str]) -> dict | None:
    """One metric of both runs over the questions in ``units``, with the p-value of the difference; None if unmeasured.

    ``units`` maps a question to what is swapped as a whole: its conversation, or itself.
    """
    one, two = tables[0][section][name], tables[1][section][name]
    counted = [question for question in units if question in one or question in two]
    a, b = ([side.get(question, (0.0, 0.0)) for question in counted] for side in (one, two))
    values = [ratio([share[0] for share in side], [share[1] for share in side]) for side in (a, b)]
    if not counted or values[0] is None or values[1] is None:
        return None
    sign = 1 if higher_is_better(section, name) else -1
    counts_in_both = ((before, after) for before, after in zip(a, b, strict=True) if before[1] and after[1])
    gaps = [sign * (after[0] / after[1] - before[0] / before[1]) for before, after in counts_in_both]
    return {
        "a": values[0],
        "b": values[1],
        "difference": values[1] - values[0],
        "better": sign * (values[1] - values[0]) > 0,
        "wins": sum(gap > 1e-12 for gap in gaps),
        "losses": sum(gap < -1e-12 for gap in gaps),
        "n": sum(1 for before, after in zip(a, b, strict=True) if before[1] or after[1]),
        "p": randomisation_test(*(pooled(side, [units[question] for question in counted]) for side in (a, b))),
    }


def adjust(metrics: Mapping[str, Mapping[str, dict | None]]) -> None:
    """Add the p-values adjusted for testing all metrics at once, and which are significant by them."""
    entries = [entry for section in metrics.values() for entry in section.values() if entry is not None]
    for entry, value in zip(entries, holm([entry["p"] for entry in entries]), strict=True):
        entry["p_adjusted"], entry["significant"] = value, value < SIGNIFICANT


def slices(same: Sequence[tuple[Mapping, Mapping]], tables: tuple[Table, Table], fields: Sequence[str] | None) -> dict:
    """Field -> value -> metric -> comparison, for the metrics in ``SLICED``."""
    found: dict[str, dict] = {}
    units = units_of([a for a, _ in same])
    for name in fields if fields is not None else sliceable([a for a, _ in same]):
        groups: dict[str, list[str]] = {}
        for record, _ in same:
            for value in values_of(record, name):
                groups.setdefault(value, []).append(record["id"])
        if not groups:
            known = ", ".join(dict.fromkeys([*ALWAYS, *(field for a, _ in same for field in a["fields"])]))
            raise RunError(f'No question has a short value in a field "{name}" to slice by; there are: {known}.')
        found[name] = {}
        for value, ids in sorted(groups.items()):
            entries = {
                f"{part}.{metric}": paired(tables, part, metric, {question: units[question] for question in ids})
                for part, metric in SLICED
            }
            kept = {metric: entry for metric, entry in entries.items() if entry is not None}
            found[name][value] = {"n": len(ids), "metrics": kept}
    return found


def sliceable(records: Sequence[Mapping]) -> list[str]:
    """The names worth slicing by: those of 2 to 12 values over all records."""
    names = dict.fromkeys([*ALWAYS, *(name for record in records for name in record["fields"])])
    kept = []
    for name in names:
        values = {value for record in records for value in values_of(record, name)}
        if 2 <= len(values) <= MOST_SLICES:
            kept.append(name)
    return kept


def values_of(record: Mapping, name: str) -> list[str]:
    """The slices of a field that a record belongs to; a list puts it into several, what is long or nested into none."""
    if name == "answerable":
        return [{True: "yes", False: "no"}.get(record["answerable"], "not labelled")]
    if name == "turn":
        return ["follow-up" if record["follow_up"] else "first"]
    value = record["fields"].get(name)
    values = value if isinstance(value, list) else [value]
    texts = [str(item) for item in values if isinstance(item, (str, int, float, bool))]
    return [text for text in dict.fromkeys(texts) if len(text) <= 60]


def changed(same: Sequence[tuple[Mapping, Mapping]], tables: tuple[Table, Table]) -> list[dict]:
    """The questions that were won or lost, losses first: by right or wrong, else (no answers) by nDCG@10."""
    found = []
    for a, b in same:
        question = a["id"]
        before, after = a["right"], b["right"]
        by = "right"
        if before is None or after is None:
            before, after = (table["retrieval"]["ndcg@10"].get(question, (None, 1.0))[0] for table in tables)
            by = "ndcg@10"
        if before is None or after is None or before == after:
            continue
        outcome = "won" if after > before else "lost"
        row = {"id": question, "question": a["question"], "outcome": outcome, "by": by, "answers": a["answers"]}
        found.append({**row, "a": side_of(a, before), "b": side_of(b, after)})
    return sorted(found, key=lambda row: row["outcome"] == "won")


def side_of(record: Mapping, score: float) -> dict:
    """What one run did with a question, briefly."""
    answer = record["answer"]
    ranks = {label: place and place["rank"] for label, place in record["relevant_ranks"].items()}
    text = answer["text"] if answer else ""
    return {
        "score": float(score),
        "answer": text,
        "searched_for": record["searched_for"],
        "ranks": ranks,
        "error": record["error"],
    }


def latency_differences(first: Mapping, second: Mapping) -> dict:
    """Both runs' latencies; they are not tested, since they tell as much of the machine's load as of the change."""
    names = [name for name in first["latency_ms"] if name in second["latency_ms"]]
    pairs = {name: (first["latency_ms"][name]["value"], second["latency_ms"][name]["value"]) for name in names}
    return {name: {"a": a, "b": b, "difference": b - a} for name, (a, b) in pairs.items()}


def differs(comparison: Mapping) -> bool:
    """Whether any metric or any question differs between the runs (latencies aside)."""
    every = (entry for section in comparison["metrics"].values() for entry in section.values() if entry)
    return bool(comparison["changed"]) or any(map(differing, every))


def differing(entry: Mapping) -> bool:
    """Whether a metric is another one, in all or for any question."""
    return bool(entry["wins"] or entry["losses"] or entry["difference"])
