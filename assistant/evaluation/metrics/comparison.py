"""The records of two runs compared: paired differences with p-values, questions won and lost, and slices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from footnoted.assistant.evaluation.errors import RunError
from footnoted.assistant.evaluation.metrics.catalogue import SECTIONS, higher_is_better
from footnoted.assistant.evaluation.metrics.resampling import holm, randomisation_test, ratio
from footnoted.assistant.evaluation.metrics.summary import ShareTable, resampling_units, share_table, summed_by_unit

SIGNIFICANT = 0.05
SLICED_METRICS = (
    ("retrieval", "recall@5"),
    ("retrieval", "ndcg@10"),
    ("answers", "right"),
    ("answers", "f1"),
    ("citations", "citation_recall"),
    ("abstention", "answered_wrongly"),
)
MOST_SLICES = 12
ALWAYS_SLICED = ("answerable", "turn")
Pairs = Sequence[tuple[Mapping, Mapping]]  # the records of a question in both runs
Tables = tuple[ShareTable, ShareTable]
LABEL_FIELDS = ("question", "history", "answers", "relevant", "answerable")


def compare_records(first: Sequence[Mapping], second: Sequence[Mapping], fields: Sequence[str] | None = None) -> dict:
    """Paired comparison of the questions that both runs have with the same labels; B is ``second``, the later run."""
    earlier = {record["id"]: record for record in first}
    pairs = [(earlier[record["id"]], record) for record in second if record["id"] in earlier]
    same = [graded_alike(a, b) for a, b in pairs if labels_of(a) == labels_of(b)]
    if not same:
        raise RunError(
            "The two runs have no question in common (same id, wording and labels): nothing can be compared."
        )
    tables = share_table([a for a, _ in same]), share_table([b for _, b in same])
    units = resampling_units([a for a, _ in same])
    metrics = {
        section: {name: paired_difference(tables, section, name, units) for name in tables[0][section]}
        for section in SECTIONS[:-1]
    }
    adjust_p_values(metrics)
    return {
        "questions": {
            "both": len(same),
            "labels_differ": len(pairs) - len(same),
            "only_first": len(first) - len(pairs),
            "only_second": len(second) - len(pairs),
        },
        "metrics": metrics,
        "slices": slices(same, tables, fields),
        "changed": changed_questions(same, tables),
    }


def graded_alike(a: Mapping, b: Mapping) -> tuple[Mapping, Mapping]:
    """Both records, without a person's verdict on the one if nothing says whether the other is right.

    Else the run whose answers people have graded would be compared on more questions than the other.
    """
    one, other = (record.get("graded_by") == "person" for record in (a, b))
    if (one and b["right"] is None) or (other and a["right"] is None):
        a, b = ({**record, "right": None, "share": None, "graded_by": ""} for record in (a, b))
    return a, b


def labels_of(record: Mapping) -> list:
    """The labels of a question.

    Which of the answers are in the documents ("gold" without evidence) is left out: it depends on the documents.
    """
    gold = record["gold"]
    return [*(record[name] for name in LABEL_FIELDS), gold if gold and gold["kind"] == "evidence" else None]


def paired_difference(tables: Tables, section: str, name: str, units: Mapping[str, str]) -> dict | None:
    """One metric of both runs over the questions in ``units``, with the p-value of the difference; None if unmeasured.

    ``units`` maps a question to what is swapped together: its conversation, or only itself.
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
        "p": randomisation_test(*(summed_by_unit(side, [units[question] for question in counted]) for side in (a, b))),
    }


def adjust_p_values(metrics: Mapping[str, Mapping[str, dict | None]]) -> None:
    """Add the p-values adjusted for testing all metrics at once, and which of them are significant."""
    entries = [entry for section in metrics.values() for entry in section.values() if entry is not None]
    for entry, value in zip(entries, holm([entry["p"] for entry in entries]), strict=True):
        entry["p_adjusted"], entry["significant"] = value, value < SIGNIFICANT


def slices(same: Pairs, tables: Tables, fields: Sequence[str] | None) -> dict:
    """Field -> value -> metric -> comparison, for the metrics in ``SLICED_METRICS``."""
    found: dict[str, dict] = {}
    units = resampling_units([a for a, _ in same])
    for name in fields if fields is not None else slice_fields([a for a, _ in same]):
        groups: dict[str, list[str]] = {}
        for record, _ in same:
            for value in slice_values(record, name):
                groups.setdefault(value, []).append(record["id"])
        if not groups:
            known = ", ".join(dict.fromkeys([*ALWAYS_SLICED, *(field for a, _ in same for field in a["fields"])]))
            raise RunError(f'No question has a short value in a field "{name}" to slice by; there are: {known}.')
        found[name] = {}
        for value, ids in sorted(groups.items()):
            entries = {
                f"{part}.{metric}": paired_difference(
                    tables, part, metric, {question: units[question] for question in ids}
                )
                for part, metric in SLICED_METRICS
            }
            kept = {metric: entry for metric, entry in entries.items() if entry is not None}
            found[name][value] = {"n": len(ids), "metrics": kept}
    return found


def slice_fields(records: Sequence[Mapping]) -> list[str]:
    """The fields worth slicing by: those with 2 to 12 values over all records."""
    names = dict.fromkeys([*ALWAYS_SLICED, *(name for record in records for name in record["fields"])])
    kept = []
    for name in names:
        values = {value for record in records for value in slice_values(record, name)}
        if 2 <= len(values) <= MOST_SLICES:
            kept.append(name)
    return kept


def slice_values(record: Mapping, name: str) -> list[str]:
    """The slices of a field that a record belongs to: several for a list, none for long or nested values."""
    if name == "answerable":
        return [{True: "yes", False: "no"}.get(record["answerable"], "not labelled")]
    if name == "turn":
        return ["follow-up" if record["follow_up"] else "first"]
    value = record["fields"].get(name)
    values = value if isinstance(value, list) else [value]
    texts = [str(item) for item in values if isinstance(item, (str, int, float, bool))]
    return [text for text in dict.fromkeys(texts) if len(text) <= 60]


def changed_questions(same: Pairs, tables: Tables) -> list[dict]:
    """The questions that were won or lost, losses first: by right or wrong, or by nDCG@10 if there are no answers."""
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
        found.append({**row, "a": run_side(a, before), "b": run_side(b, after)})
    return sorted(found, key=lambda row: row["outcome"] == "won")


def run_side(record: Mapping, score: float) -> dict:
    """What one run did with a question, in brief."""
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


def any_difference(comparison: Mapping) -> bool:
    """Whether any metric or any question differs between the runs (latencies aside)."""
    every = (entry for section in comparison["metrics"].values() for entry in section.values() if entry)
    return bool(comparison["changed"]) or any(map(metric_differs, every))


def metric_differs(entry: Mapping) -> bool:
    """Whether a metric differs, overall or for any question."""
    return bool(entry["wins"] or entry["losses"] or entry["difference"])
