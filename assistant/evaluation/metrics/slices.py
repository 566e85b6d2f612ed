"""Parts of a run by a field of its questions: which there are, and the headline metrics of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from footnoted.assistant.evaluation.errors import RunError
from footnoted.assistant.evaluation.metrics.catalogue import CUSTOM
from footnoted.assistant.evaluation.metrics.summary import summarise

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
FEW = 10  # questions: a share of fewer says next to nothing
LONGEST = 60  # characters of a value
Slices = dict[str, list[str]]  # value -> ids of its questions


def slice_values(record: Mapping, name: str) -> list[str]:
    """The slices of a field that a record belongs to: several for a list, none for long or nested values."""
    if name == "answerable":
        return [{True: "yes", False: "no"}.get(record["answerable"], "not labelled")]
    if name == "turn":
        return ["follow-up" if record["follow_up"] else "first"]
    value = record["fields"].get(name)
    values = value if isinstance(value, list) else [value]
    texts = [str(item) for item in values if isinstance(item, (str, int, float, bool))]
    return [text for text in dict.fromkeys(texts) if len(text) <= LONGEST]


def slice_fields(records: Sequence[Mapping]) -> list[str]:
    """The fields worth slicing by: those with 2 to 12 values over all records."""
    names = dict.fromkeys([*ALWAYS_SLICED, *(name for record in records for name in record["fields"])])
    kept = []
    for name in names:
        values = {value for record in records for value in slice_values(record, name)}
        if 2 <= len(values) <= MOST_SLICES:
            kept.append(name)
    return kept


def slices_of(records: Sequence[Mapping], name: str) -> Slices:
    """The ids of the questions of each value of a field; raises :class:`RunError` if no question has a short one."""
    groups: Slices = {}
    for record in records:
        for value in slice_values(record, name):
            groups.setdefault(value, []).append(record["id"])
    if not groups:
        known = ", ".join(dict.fromkeys([*ALWAYS_SLICED, *(field for record in records for field in record["fields"])]))
        raise RunError(f'No question has a short value in a field "{name}" to slice by; there are: {known}.')
    return dict(sorted(groups.items()))


def sliced_metrics(records: Sequence[Mapping], names: Sequence[str], retrieval_only: bool = False) -> dict:
    """Field -> value -> ``{"n", "few", "metrics": {"section.metric": entry}}``; ``few``: fewer than 10 questions.

    A metric that a slice does not measure is left out of it.
    """
    by_id = {record["id"]: record for record in records}
    found: dict[str, dict] = {}
    for name in dict.fromkeys(names):
        found[name] = {}
        for value, ids in slices_of(records, name).items():
            sections = summarise([by_id[one] for one in ids], retrieval_only)
            own = [(CUSTOM, metric) for metric in sections.get(CUSTOM, {})]
            entries = {f"{part}.{metric}": sections[part][metric] for part, metric in (*SLICED_METRICS, *own)}
            kept = {metric: entry for metric, entry in entries.items() if entry["value"] is not None}
            found[name][value] = {"n": len(ids), "few": len(ids) < FEW, "metrics": kept}
    return found
