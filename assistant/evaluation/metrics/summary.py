"""The metrics of a run from its records: each a value with a bootstrap interval, or "not measured" with the reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from footnoted.assistant.evaluation.metrics.catalogue import BY_SECTION, CUSTOM, NO_DEPTH, SECTIONS
from footnoted.assistant.evaluation.metrics.grading import Share, metric_shares, scoped
from footnoted.assistant.evaluation.metrics.lacking import by_construction, unmeasured
from footnoted.assistant.evaluation.metrics.power import smallest_difference
from footnoted.assistant.evaluation.metrics.ranking import MEASURES, deeper_than, ranking_scores
from footnoted.assistant.evaluation.metrics.resampling import (
    percentile_interval,
    ratio,
    ratio_interval,
    wilson_interval,
)

RETRIEVAL_ONLY = "only retrieval was run"
NOT_COUNTED = "the metric counts no question"
ONLY_RELEVANT = "the questions are asked about their relevant documents alone"
CLAIMS_ONLY = "these are claims with the page they cite, not questions"
PERCENTILES = (50, 95)

# Section -> metric -> question id -> (numerator, denominator)
ShareTable = dict[str, dict[str, dict[str, Share]]]


def share_table(records: Sequence[Mapping]) -> ShareTable:
    """Each metric's share for each question that counts for it."""
    table: ShareTable = {section: {name: {} for name in BY_SECTION[section]} for section in SECTIONS[:-1]}
    for record in records:
        for section, found in metric_shares(record).items():
            for name, share in found.items():
                table[section][name][record["id"]] = share
    qrels = {record["id"]: record["relevant"] for record in records if record["relevant"] and not scoped(record)}
    run = {record["id"]: record["documents"] for record in records}
    too_deep = deeper_than(ranking_depth(records))
    for question, values in ranking_scores(qrels, run).items():
        for name in values.keys() - set(too_deep):
            table["retrieval"][name][question] = (values[name], 1.0)
    if all(record["answerable"] is not False for record in records):
        for name in ("precision", "f1"):  # in a set in which all can be answered they would always be 0
            table["abstention"][name] = {}
    for section, name in unmeasured(records):
        table[section][name] = {}
    if custom := custom_shares(records):
        table[CUSTOM] = custom
    return table


def custom_shares(records: Sequence[Mapping]) -> dict[str, dict[str, Share]]:
    """The values of metrics of somebody's own, which the records have; None is of a question that does not count."""
    found: dict[str, dict[str, Share]] = {}
    for record in records:
        for name, value in record.get(CUSTOM, {}).items():
            shares = found.setdefault(name, {})
            if value is not None:
                shares[record["id"]] = (float(value), 1.0)
    return found


def custom_entry(found: Mapping[str, Share], units: Mapping[str, str]) -> dict:
    """A metric of somebody's own: its value, interval, and the smallest difference that the set can show."""
    together = [units[question] for question in found]
    entry = metric_entry(found.values(), NOT_COUNTED, together)
    if entry["value"] is not None:
        entry["smallest_difference"] = smallest_difference(summed_by_unit(found.values(), together))
    return entry


def relevant_of(record: Mapping) -> Mapping:
    """The relevant documents of a record."""
    return record["relevant"]


def ranking_depth(records: Sequence[Mapping]) -> int:
    """How many documents deep the rankings are; of another system, as deep as the longest is."""
    return max((record.get("depth") or len(record["documents"]) for record in records), default=0)


def summarise(records: Sequence[Mapping], retrieval_only: bool = False) -> dict[str, dict[str, dict]]:
    """Section -> metric -> ``{"value", "interval": [low, high], "n"}``.

    ``n`` is the number of questions in the denominator. An unmeasured metric has the value None and a "reason". What
    holds by construction says so; the others have the ``smallest_difference`` to another run that can be shown.
    """
    table, units = share_table(records), resampling_units(records)
    not_given = unmeasured(records)
    if any(record["relevant"] for record in records):
        not_given = {("retrieval", name): NO_DEPTH for name in deeper_than(ranking_depth(records))} | not_given
    if any(record["relevant"] for record in records) and all(map(scoped, filter(relevant_of, records))):
        names = [("retrieval", name) for name in MEASURES]
        names += [("citations", name) for name in ("relevant_cited", "document_precision", "document_recall")]
        not_given |= dict.fromkeys(names, ONLY_RELEVANT)
    given_anyway = by_construction(records)
    claims = all("support" in record for record in records)
    sections: dict[str, dict[str, dict]] = {}
    for section in SECTIONS[:-1]:
        sections[section] = {}
        for name, metric in BY_SECTION[section].items():
            reason = RETRIEVAL_ONLY if retrieval_only and section != "retrieval" else metric.missing
            reason = not_given.get((section, name), reason)
            reason = CLAIMS_ONLY if claims and not name.startswith("support_") else reason
            found = table[section][name]
            together = [units[question] for question in found]
            entry = metric_entry(found.values(), reason, together)
            if entry["value"] is not None and (section, name) in given_anyway:
                entry["by_construction"] = True
            elif entry["value"] is not None:
                entry["smallest_difference"] = smallest_difference(summed_by_unit(found.values(), together))
            sections[section][name] = entry
    if CUSTOM in table:
        sections[CUSTOM] = {name: custom_entry(found, units) for name, found in table[CUSTOM].items()}
    sections["latency_ms"] = latencies(records)
    return sections


def resampling_units(records: Sequence[Mapping]) -> dict[str, str]:
    """Question id -> what is drawn together when resampling: its conversation if it names one, else only itself.

    The questions of one conversation tend to be right or wrong together: drawn one by one, they would give too narrow
    intervals.
    """
    conversations = {record["id"]: record["fields"].get("conversation") for record in records}
    return {
        question: f"conversation {name}" if isinstance(name, (str, int)) else question
        for question, name in conversations.items()
    }


def summed_by_unit(found: Iterable[Share], units: Sequence[str] | None = None) -> list[Share]:
    """The shares summed over the questions of each unit, in the order of the units' first questions."""
    if units is None:
        return list(found)
    sums: dict[str, Share] = {}
    for (above, below), unit in zip(found, units, strict=True):
        before = sums.get(unit, (0.0, 0.0))
        sums[unit] = (before[0] + above, before[1] + below)
    return list(sums.values())


def metric_entry(found: Iterable[Share], reason: str, units: Sequence[str] | None = None) -> dict:
    """One metric's value and interval from the shares of its questions; ``units`` says which are drawn together."""
    every = list(found)
    drawn = summed_by_unit(every, units)
    above, below = [share[0] for share in drawn], [share[1] for share in drawn]
    value, interval = ratio(above, below), share_interval(above, below)
    if value is None or interval is None:
        return {"value": None, "interval": None, "n": 0, "reason": reason}
    return {"value": value, "interval": list(interval), "n": sum(1 for share in every if share[1] > 0)}


def share_interval(above: Sequence[float], below: Sequence[float]) -> tuple[float, float] | None:
    """Wilson's interval where each row is right or wrong (or not counted), else the bootstrap's.

    Rows of which all have the same share are no reason to be certain: then Wilson's for that many rows, too.
    """
    counted = [(top, bottom) for top, bottom in zip(above, below, strict=True) if bottom > 0]
    shares = {top / bottom for top, bottom in counted}
    if counted and (shares <= {0.0} or shares <= {1.0} or all(one in ((0.0, 1.0), (1.0, 1.0)) for one in counted)):
        return wilson_interval(sum(top / bottom for top, bottom in counted), len(counted))
    return ratio_interval(above, below)


def latencies(records: Sequence[Mapping]) -> dict[str, dict]:
    """``<stage>_p50`` and ``<stage>_p95`` in milliseconds for each stage that was timed."""
    stages: dict[str, list[float]] = {}
    for record in records:
        for stage, milliseconds in record["timings"].items():
            stages.setdefault(stage, []).append(milliseconds)
    found: dict[str, dict] = {}
    for stage, values in stages.items():
        for percentile in PERCENTILES:
            value, *interval = percentile_interval(values, percentile)
            found[f"{stage}_p{percentile}"] = {"value": value, "interval": interval, "n": len(values)}
    return found


def split_by_turn(records: Sequence[Mapping]) -> dict[str, list[Mapping]]:
    """First questions and follow-ups separately, when there are both."""
    first = [record for record in records if not record["follow_up"]]
    later = [record for record in records if record["follow_up"]]
    return {"first_questions": first, "follow_ups": later} if first and later else {}
