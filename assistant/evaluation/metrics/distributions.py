"""Outcomes, curves and distributions over the records of a run, for the plots of a report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from footnoted.assistant.evaluation.metrics.grading import abstained
from footnoted.assistant.evaluation.metrics.ranking import recall_at

Points = list[tuple[float, float]]
DEEPEST = 10
OUTCOMES = (
    "answered rightly",
    "refused rightly",
    "judged rightly",
    "refused wrongly",
    "answered wrongly",
    "answered, though not answerable",
    "judged wrongly",
    "failed",
    "not graded",
)


def outcomes(records: Sequence[Mapping]) -> dict[str, int]:
    """How many questions had each outcome, the good ones first; outcomes without questions are left out."""
    counts = dict.fromkeys(OUTCOMES, 0)
    for record in records:
        counts[outcome(record)] += 1
    return {name: count for name, count in counts.items() if count}


def outcome(record: Mapping) -> str:
    """The outcome of a question, one of ``OUTCOMES``."""
    if record["error"]:
        return "failed"
    if record["right"] is None:
        return "not graded"
    if "support" in record:
        return "judged rightly" if record["right"] else "judged wrongly"
    if record["answerable"]:
        return "answered rightly" if record["right"] else "refused wrongly" if abstained(record) else "answered wrongly"
    return "refused rightly" if record["right"] else "answered, though not answerable"


def recall_by_k(records: Sequence[Mapping]) -> Points:
    """(k, mean recall at k) for k from 1 to 10, over the questions that name relevant documents."""
    ranks = [
        [place["rank"] if place else None for place in record["relevant_ranks"].values()]
        for record in records
        if record["relevant"]
    ]
    if not ranks:
        return []
    return [(float(k), sum(recall_at(row, k) for row in ranks) / len(ranks)) for k in range(1, DEEPEST + 1)]


def accuracy_by_coverage(records: Sequence[Mapping]) -> Points:
    """(share of all questions answered, share of those answers that are right) for falling thresholds on the score.

    The last point is the present state; to its left, all answers with lower scores would be refused.
    """
    graded = [record for record in records if record["right"] is not None and record["answer"]]
    answered = sorted((record for record in graded if not abstained(record)), key=lambda r: -r["answer"]["score"])
    points, right = [], 0
    for number, record in enumerate(answered, start=1):
        right += record["right"]
        tied = number < len(answered) and answered[number]["answer"]["score"] == record["answer"]["score"]
        if not tied:
            points.append((number / len(graded), right / number))
    return points


def score_groups(records: Sequence[Mapping]) -> dict[str, list[float]]:
    """Scores of right and wrong answers; if there are no answers, of first passages that are relevant or not."""
    groups: dict[str, list[float]] = {}
    for record in records:
        if record["answer"] and record["right"] is not None and not abstained(record):
            groups.setdefault("right" if record["right"] else "wrong", []).append(record["answer"]["score"])
        elif "support" in record:
            groups.setdefault("right" if record["right"] else "wrong", []).append(record["support"]["score"])
        elif record["answer"] is None and record["passages"] and record["relevant"]:
            first = record["passages"][0]
            groups.setdefault("relevant" if first["relevant"] else "not relevant", []).append(first["score"])
    return {name: groups[name] for name in ("right", "wrong", "relevant", "not relevant") if name in groups}


def latency_groups(records: Sequence[Mapping]) -> dict[str, list[float]]:
    """Milliseconds of the whole answer, and of search and verification."""
    stages = ("total", "retrieve", "verify")
    found = {stage: [row["timings"][stage] for row in records if stage in row["timings"]] for stage in stages}
    return {stage: values for stage, values in found.items() if values}


def worst_first(records: Sequence[Mapping], ndcg: Mapping[str, tuple[float, float]]) -> list[Mapping]:
    """Errors, answers to unanswerable questions, wrong answers, wrong refusals, right ones; each by falling score.

    If there are no answers: by rising nDCG@10 (``ndcg`` as in the metrics' table).
    """

    def badness(record: Mapping) -> tuple:
        if record["error"]:
            return (0, 0.0)
        if "support" in record:
            return (4 if record["right"] else 2, -abs(record["support"]["score"] - 0.5))
        if record["answer"] is None:
            return (2, ndcg.get(record["id"], (2.0, 1.0))[0])
        if record["right"] is False:
            wrong = 3 if abstained(record) else (1 if record["answerable"] is False else 2)
            return (wrong, -record["answer"]["score"])
        return (4, -record["answer"]["score"])

    return sorted(records, key=badness)
