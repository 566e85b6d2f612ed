"""Measuring the metrics of somebody's own: a value for each question, kept in its record."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from footnoted.assistant.evaluation.custom_metrics.loading import CustomMetric
from footnoted.assistant.evaluation.custom_metrics.metric_record import metric_record
from footnoted.assistant.evaluation.errors import EvaluationError
from footnoted.assistant.evaluation.metrics.catalogue import CUSTOM
from footnoted.assistant.evaluation.question_sets.jsonl import write_lines
from footnoted.assistant.evaluation.running.records import RECORDS

Report = Callable[[int, int, dict], None]


class CustomValues:
    """The values of these metrics for the questions of a run; without metrics it does nothing."""

    def __init__(self, metrics: Sequence[CustomMetric]) -> None:
        self._metrics = metrics
        self._values: dict[str, dict[str, float | None]] = {}

    def measured(self, report: Report | None) -> Report | None:
        """The progress callback that measures each question as soon as its record is there, and calls ``report``.

        So a metric that fails ends the run at the first question, and what was asked is kept: with the metric
        corrected, the same command goes on.
        """
        if not self._metrics:
            return report

        def asked(number: int, total: int, record: dict) -> None:
            self._values[record["id"]] = {metric.name: value_for(metric, record) for metric in self._metrics}
            if report is not None:
                report(number, total, record)

        return asked

    def added(self, records: list[dict], folder: Path) -> list[dict]:
        """The records with their values, which are also written to the run's ``records.jsonl`` in one step."""
        if not self._metrics:
            return records
        found = [{**record, CUSTOM: self._values[record["id"]]} for record in records]
        temporary = folder / f".{RECORDS}.new"
        write_lines(temporary, found)
        os.replace(temporary, folder / RECORDS)
        return found


def value_for(metric: CustomMetric, record: Mapping) -> float | None:
    """The value of one question, true as 1 and false as 0; None where it does not count.

    Raises :class:`EvaluationError`, with the metric's name and why, when the function fails or returns anything else.
    """
    where = f"The metric {metric.name} ({metric.origin}) failed for the question {record['id']}"
    try:
        value: Any = metric.function(metric_record(record))
        if value is not None and hasattr(value, "item"):  # a number of NumPy
            value = value.item()
    except Exception as error:
        raise EvaluationError(f"{where}: {type(error).__name__}: {error}") from error
    if value is None:
        return None
    if not isinstance(value, (bool, int, float)):
        raise EvaluationError(f"{where}: it returned {type(value).__name__}, not a number, true, false or None.")
    if not math.isfinite(value):
        raise EvaluationError(f"{where}: it returned {value}; a question that does not count is None.")
    return float(value)
