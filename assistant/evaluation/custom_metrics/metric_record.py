"""What a metric of somebody's own is given: one question with its labels and what the system answered."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any, TypedDict

from footnoted.assistant.evaluation.metrics.grading import abstained, answer_text


class MetricPassage(TypedDict):
    """A passage that was retrieved; ``document`` is its document's name and ``relevant`` whether the labels name it."""

    text: str
    document: str
    score: float
    relevant: bool


class MetricCitation(TypedDict):
    """A quote that the answer cites, and the document it is from."""

    quote: str
    document: str


class MetricRecord(TypedDict):
    """The argument of a metric. Fields may be added; none of these will go or change its meaning.

    ``question`` with its ``id`` and the earlier turns in ``history`` (``{"role", "content"}``). What the system gave:
    ``answer`` (without footnote marks; empty for a refusal), ``refused``, ``contexts`` (the texts of ``passages``, best
    first), ``documents`` (the ranking), ``citations``, ``error`` (empty unless the question failed), ``timings`` (stage
    to milliseconds), ``usage`` (tokens, or None). The labels: ``gold`` (correct answers), ``evidence`` (texts that
    contain them), ``relevant`` (document to grade), ``answerable`` (None without such a label), and ``fields``, all
    other fields of the question. ``right`` is how the answer was graded; None where it was not.
    """

    id: str
    question: str
    history: list[dict[str, str]]
    answer: str
    refused: bool
    contexts: list[str]
    passages: list[MetricPassage]
    documents: list[str]
    citations: list[MetricCitation]
    gold: list[str]
    evidence: list[str]
    relevant: dict[str, int]
    answerable: bool | None
    right: bool | None
    error: str
    timings: dict[str, float]
    usage: dict[str, int] | None
    fields: dict[str, Any]


def metric_record(record: Mapping) -> MetricRecord:
    """The record of a run in the form that metrics are given; changing it changes nothing."""
    units = record["gold"] or {"kind": "", "units": []}
    answer = record["answer"] or {"citations": []}
    passages: list[MetricPassage] = [
        {name: passage[name] for name in MetricPassage.__annotations__}  # type: ignore[misc]
        for passage in record["passages"]
    ]
    return deepcopy(
        MetricRecord(
            id=record["id"],
            question=record["question"],
            history=list(record["history"]),
            answer=answer_text(record),
            refused=abstained(record),
            contexts=[passage["text"] for passage in passages],
            passages=passages,
            documents=list(record["documents"]),
            citations=[{"quote": item["quote"], "document": item["document"]} for item in answer["citations"]],
            gold=list(record["answers"]),
            evidence=[unit[0] for unit in units["units"]] if units["kind"] == "evidence" else [],
            relevant=dict(record["relevant"]),
            answerable=record["answerable"],
            right=record["right"],
            error=record["error"],
            timings=dict(record["timings"]),
            usage=record.get("usage"),
            fields=dict(record["fields"]),
        )
    )
