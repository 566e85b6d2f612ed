"""The records of a run as the rows of a table: one for each question, with its value of every metric."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from footnoted.assistant.evaluation.metrics.distributions import outcome
from footnoted.assistant.evaluation.metrics.grading import abstained, answer_text
from footnoted.assistant.evaluation.metrics.summary import share_table

LISTS = ("expected", "relevant", "documents", "contexts", "quotes", "cited_documents")


def table_rows(records: Sequence[Mapping]) -> tuple[list[str], list[dict[str, Any]]]:
    """The columns that at least one question fills, and a row for each question in the order of the records.

    A column is a text, a number, true or false, or a list of texts (``LISTS``). Columns of metrics are called as in a
    gate ("retrieval.recall@5"), those of the time a stage took "milliseconds.retrieve", those of the set's other
    fields "field.domain". A cell without a value is None.
    """
    values = metric_values(records)
    rows = [{**row_of(record), **values[record["id"]]} for record in records]
    names = dict.fromkeys(name for row in rows for name in row)
    used = [name for name in names if any(row.get(name) not in (None, []) for row in rows)]
    return used, [{name: row.get(name) for name in used} for row in rows]


def metric_values(records: Sequence[Mapping]) -> dict[str, dict[str, float]]:
    """Question id -> the metrics that it counts for, each with its value for this question alone."""
    found: dict[str, dict[str, float]] = {record["id"]: {} for record in records}
    for section, metrics in share_table(records).items():
        for name, shares in metrics.items():
            for question, (above, below) in shares.items():
                if below > 0:
                    found[question][f"{section}.{name}"] = above / below
    return found


def row_of(record: Mapping) -> dict[str, Any]:
    """The columns that are not metrics."""
    answer = record["answer"] or {}
    citations = answer.get("citations") or []
    usage = record.get("usage") or {}
    row: dict[str, Any] = {
        "id": record["id"],
        "question": record["question"],
        "follow_up": record["follow_up"],
        "answerable": record["answerable"],
        "expected": list(record["answers"]),
        "relevant": list(record["relevant"]),
        "answer": answer_text(record) or answer.get("text", ""),
        "refused": abstained(record) if answer else None,
        "outcome": outcome(record),
        "right": record["right"],
        "graded_by": record["graded_by"] or None,
        "grading": record.get("grading") or None,
        "error": record["error"] or None,
        "searched_for": record["searched_for"] or None,
        "documents": list(record["documents"]),
        "contexts": [passage["text"] for passage in record["passages"]],
        "quotes": [citation["quote"] for citation in citations],
        "cited_documents": [citation["document"] for citation in citations],
        "score": answer.get("score"),
        **usage,
    }
    row |= {f"milliseconds.{stage}": spent for stage, spent in record["timings"].items()}
    return row | {f"field.{name}": plain_value(value) for name, value in record["fields"].items()}


def plain_value(value: object) -> object:
    """A field of the set as a cell: what is nested as JSON."""
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    return json.dumps(value, ensure_ascii=False)
