"""The records of runs compared: paired differences with p-values, questions won and lost, and slices."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from footnoted.assistant.evaluation.errors import RunError
from footnoted.assistant.evaluation.metrics.catalogue import CUSTOM, SECTIONS, higher_is_better
from footnoted.assistant.evaluation.metrics.lacking import by_construction
from footnoted.assistant.evaluation.metrics.power import smallest_paired_difference
from footnoted.assistant.evaluation.metrics.resampling import difference_interval, holm, randomisation_test, ratio
from footnoted.assistant.evaluation.metrics.slices import FEW, SLICED_METRICS, slice_fields, slices_of
from footnoted.assistant.evaluation.metrics.summary import ShareTable, resampling_units, share_table, summed_by_unit

SIGNIFICANT = 0.05
Pairs = Sequence[tuple[Mapping, Mapping]]  # the records of a question in both runs
Tables = tuple[ShareTable, ShareTable]
LABEL_FIELDS = ("question", "history", "answers", "relevant", "answerable")


def compare_records(
    first: Sequence[Mapping],
    second: Sequence[Mapping],
    fields: Sequence[str] | None = None,
    lower_is_better: Collection[str] = (),
) -> dict:
    """Paired comparison of the questions that both runs have with the same labels; B is ``second``, the later run.

    ``lower_is_better`` are those of somebody's own metrics that are better when they are lower.
    """
    earlier = {record["id"]: record for record in first}
    pairs = [(earlier[record["id"]], record) for record in second if record["id"] in earlier]
    same = [graded_alike(a, b) for a, b in pairs if labels_of(a) == labels_of(b)]
    if not same:
        raise RunError(
            "The two runs have no question in common (same id, wording and labels): nothing can be compared."
        )
    tables = share_table([a for a, _ in same]), share_table([b for _, b in same])
    units = resampling_units([a for a, _ in same])
    nothing_said = by_construction(first) & by_construction(second)
    metrics = {
        section: {
            name: None if (section, name) in nothing_said else paired_difference(tables, section, name, units)
            for name in tables[0][section]
        }
        for section in SECTIONS[:-1]
    }
    if custom := custom_differences(tables, units, lower_is_better):
        metrics[CUSTOM] = custom
    adjust_p_values([metrics])
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
    marked = gold if gold and gold["kind"] == "evidence" else None
    return [*(record[name] for name in LABEL_FIELDS), record.get("only", []), marked]


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
    rows = [summed_by_unit(side, [units[question] for question in counted]) for side in (a, b)]
    return {
        "a": values[0],
        "b": values[1],
        "difference": values[1] - values[0],
        "interval": list(difference_interval(*rows)),
        "smallest_difference": smallest_paired_difference(*rows),
        "better": sign * (values[1] - values[0]) > 0,
        "wins": sum(gap > 1e-12 for gap in gaps),
        "losses": sum(gap < -1e-12 for gap in gaps),
        "n": sum(1 for before, after in zip(a, b, strict=True) if before[1] or after[1]),
        "p": randomisation_test(*rows),
    }


def custom_differences(
    tables: Tables, units: Mapping[str, str], lower_is_better: Collection[str]
) -> dict[str, dict | None]:
    """The differences in those of somebody's own metrics that both runs have."""
    first, second = (table.get(CUSTOM, {}) for table in tables)
    found = {name: paired_difference(tables, CUSTOM, name, units) for name in first if name in second}
    for name, entry in found.items():
        if entry is not None and name in lower_is_better:
            entry["better"] = entry["difference"] < 0
            entry["wins"], entry["losses"] = entry["losses"], entry["wins"]
    return found


def compare_several(
    runs: Sequence[Sequence[Mapping]],
    pairs: Sequence[tuple[int, int]],
    fields: Sequence[str] | None = None,
    lower_is_better: Collection[str] = (),
) -> dict:
    """Several runs over the questions that all of them have with the same labels; ``pairs`` says which are compared.

    ``values`` has each metric of each run; the p-values are adjusted for all metrics of all pairs at once.
    """
    chosen = in_common(runs)
    tables = [share_table(records) for records in chosen]
    values = {
        section: {name: [ratio_of(table[section][name]) for table in tables] for name in tables[0][section]}
        for section in SECTIONS[:-1]
    }
    if all(CUSTOM in table for table in tables):
        names = [name for name in tables[0][CUSTOM] if all(name in table[CUSTOM] for table in tables)]
        values[CUSTOM] = {name: [ratio_of(table[CUSTOM][name]) for table in tables] for name in names}
    found = [
        {"first": first, "second": second, **compare_records(chosen[first], chosen[second], fields, lower_is_better)}
        for first, second in pairs
    ]
    adjust_p_values([pair["metrics"] for pair in found])
    left_out = [len(records) - len(chosen[0]) for records in runs]
    return {"questions": {"all": len(chosen[0]), "left_out": left_out}, "values": values, "pairs": found}


def in_common(runs: Sequence[Sequence[Mapping]]) -> list[list[Mapping]]:
    """The records of the questions that all runs have with the same labels, in the order of the first run."""
    known = [{record["id"]: record for record in records} for records in runs]
    ids = [
        record["id"]
        for record in runs[0]
        if all(record["id"] in other and labels_of(other[record["id"]]) == labels_of(record) for other in known)
    ]
    if not ids:
        raise RunError("The runs have no question in common (same id, wording and labels): nothing can be compared.")
    return [[records[question] for question in ids] for records in known]


def ratio_of(found: Mapping[str, tuple[float, float]]) -> float | None:
    """A metric's value from the shares of its questions; None if there are none."""
    return ratio([above for above, _ in found.values()], [below for _, below in found.values()])


def adjust_p_values(tested: Sequence[Mapping[str, Mapping[str, dict | None]]]) -> None:
    """Add the p-values adjusted for testing all metrics of all pairs at once, and which of them are significant."""
    entries = [
        entry for metrics in tested for section in metrics.values() for entry in section.values() if entry is not None
    ]
    for entry, value in zip(entries, holm([entry["p"] for entry in entries]), strict=True):
        entry["p_adjusted"], entry["significant"] = value, value < SIGNIFICANT


def slices(same: Pairs, tables: Tables, fields: Sequence[str] | None) -> dict:
    """Field -> value -> metric -> comparison, for the metrics in ``SLICED_METRICS``."""
    found: dict[str, dict] = {}
    records = [a for a, _ in same]
    units = resampling_units(records)
    custom = [(CUSTOM, name) for name in tables[0].get(CUSTOM, {}) if name in tables[1].get(CUSTOM, {})]
    for name in fields if fields is not None else slice_fields(records):
        found[name] = {}
        for value, ids in slices_of(records, name).items():
            entries = {
                f"{part}.{metric}": paired_difference(
                    tables, part, metric, {question: units[question] for question in ids}
                )
                for part, metric in (*SLICED_METRICS, *custom)
            }
            kept = {metric: entry for metric, entry in entries.items() if entry is not None}
            found[name][value] = {"n": len(ids), "few": len(ids) < FEW, "metrics": kept}
    return found


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
