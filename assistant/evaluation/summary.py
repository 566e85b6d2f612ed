"""All records of a run into its metrics: each a value with a bootstrap interval, or "not measured" with the reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from assistant.evaluation.grading import Share, shares
from assistant.evaluation.metrics.catalogue import BY_SECTION, SECTIONS
from assistant.evaluation.metrics.ranking import ranking_scores
from assistant.evaluation.metrics.resampling import percentile_interval, ratio, ratio_interval

RETRIEVAL_ONLY = "only retrieval was run"
CLAIMS_ONLY = "these are claims with the page they cite, not questions"
PERCENTILES = (50, 95)

# Section -> metric -> question id -> (numerator, denominator)
Table = dict[str, dict[str, dict[str, Share]]]


def table_of(records: Sequence[Mapping]) -> Table:
    """Each metric's share for each question that counts for it."""
    table: Table = {section: {name: {} for name in BY_SECTION[section]} for section in SECTIONS[:-1]}
    for record in records:
        for section, found in shares(record).items():
            for name, share in found.items():
                table[section][name][record["id"]] = share
    qrels = {record["id"]: record["relevant"] for record in records if record["relevant"]}
    run = {record["id"]: record["documents"] for record in records}
    for question, values in ranking_scores(qrels, run).items():
        for name, value in values.items():
            table["retrieval"][name][question] = (value, 1.0)
    return table


def summarise(records: Sequence[Mapping], retrieval_only: bool = False) -> dict[str, dict[str, dict]]:
    """Section -> metric -> ``{"value", "low", "high", "n"}``.

    ``n`` is the number of questions in the denominator. What could not be measured has the value None and a "reason".
    """
    table = table_of(records)
    claims = all("support" in record for record in records)
    sections: dict[str, dict[str, dict]] = {}
    for section in SECTIONS[:-1]:
        sections[section] = {}
        for name, metric in BY_SECTION[section].items():
            reason = RETRIEVAL_ONLY if retrieval_only and section != "retrieval" else metric.missing
            reason = CLAIMS_ONLY if claims and not name.startswith("support_") else reason
            sections[section][name] = measured(table[section][name].values(), reason)
    sections["latency_ms"] = latencies(records)
    return sections


def measured(found: Iterable[Share], reason: str) -> dict:
    """One metric's value and interval from the shares of its questions."""
    every = list(found)
    above, below = [share[0] for share in every], [share[1] for share in every]
    value, interval = ratio(above, below), ratio_interval(above, below)
    if value is None or interval is None:
        return {"value": None, "low": None, "high": None, "n": 0, "reason": reason}
    return {"value": value, "low": interval[0], "high": interval[1], "n": sum(1 for share in below if share > 0)}


def latencies(records: Sequence[Mapping]) -> dict[str, dict]:
    """``<stage>_p50`` and ``<stage>_p95`` in milliseconds for each stage that was timed."""
    stages: dict[str, list[float]] = {}
    for record in records:
        for stage, milliseconds in record["timings"].items():
            stages.setdefault(stage, []).append(milliseconds)
    found: dict[str, dict] = {}
    for stage, values in stages.items():
        for percentile in PERCENTILES:
            value, low, high = percentile_interval(values, percentile)
            found[f"{stage}_p{percentile}"] = {"value": value, "low": low, "high": high, "n": len(values)}
    return found


def split_by_turn(records: Sequence[Mapping]) -> dict[str, list[Mapping]]:
    """First questions and follow-ups apart, when there are both."""
    first = [record for record in records if not record["follow_up"]]
    later = [record for record in records if record["follow_up"]]
    return {"first_questions": first, "follow_ups": later} if first and later else {}
