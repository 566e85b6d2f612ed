"""The result of ``evaluate()``: metrics with their intervals, the records of the questions, and the gates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from footnoted.assistant.evaluation.errors import EvaluationError
from footnoted.assistant.evaluation.metrics.gates import GateResult, find_metric
from footnoted.assistant.evaluation.running.runs import warnings

if TYPE_CHECKING:
    from footnoted.assistant.evaluation.running.evaluate import Result


@dataclass(frozen=True, slots=True)
class MetricValue:
    """A metric of a run: its value, its 95 % interval, and the number of questions that count (``n``).

    One that could not be measured has the value None and a ``reason``.
    """

    value: float | None
    interval: tuple[float, float] | None
    n: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A finished run.

    ``metrics`` maps a section ("retrieval", "answers", "citations", "abstention", "latency_ms", "usage", "custom",
    "judge") to its metrics by name. ``metrics_json`` is the content of ``metrics.json`` as it is, with the parts for
    first questions and follow-ups. ``records`` are as in ``records.jsonl``, ``comparison`` is as in
    ``comparison.json`` (None without a baseline). ``folder`` is None when nothing was kept on disk.
    """

    metrics: Mapping[str, Mapping[str, MetricValue]]
    records: Sequence[Mapping[str, Any]]
    gates: tuple[GateResult, ...]
    run: Mapping[str, Any]
    metrics_json: Mapping[str, Any]
    comparison: Mapping[str, Any] | None = None
    folder: Path | None = None
    note: str = ""

    @property
    def failed_gates(self) -> tuple[GateResult, ...]:
        """The gates that failed; ``str(gate.gate)`` is how one was written, ``gate.message`` says why."""
        return tuple(gate for gate in self.gates if not gate.passed)

    @property
    def passed(self) -> bool:
        """Whether no gate failed; true without gates."""
        return not self.failed_gates

    @property
    def warnings(self) -> tuple[str, ...]:
        """What one should know about the questions before trusting the results."""
        return tuple(warnings(self.run))

    def metric(self, name: str) -> MetricValue:
        """A metric by its name as in a gate: "recall@5", "abstention.f1", "follow_ups.answers.right".

        Raises :class:`EvaluationError` when no metric has that name, or several have.
        """
        return value_of(find_metric(name, self.metrics_json))

    def to_dataframe(self) -> Any:
        """A pandas data frame with a row for each question; the columns are those of an exported table.

        Raises :class:`EvaluationError` when pandas is not installed.
        """
        from footnoted.assistant.evaluation.exporting.rows import table_rows

        try:
            import pandas
        except ImportError as error:
            raise EvaluationError("A data frame needs the package pandas: pip install 'footnoted[tables]'.") from error
        columns, rows = table_rows(self.records)
        return pandas.DataFrame(rows, columns=columns)

    def summary(self) -> str:
        """The results in a few lines of text, as the command prints them: measured metrics, warnings and gates."""
        return "\n".join(summary_lines(self))

    def __repr__(self) -> str:
        counts = self.metrics_json["questions"]
        failed = f", {len(self.failed_gates)} gates failed" if self.gates and not self.passed else ""
        return f"<Evaluation of {counts['asked']} questions, {counts['errors']} errors{failed}>"


def evaluation_of(result: Result, comparison: Mapping | None, folder: Path | None, note: str) -> Evaluation:
    """The public form of a run's result."""
    sections = {
        name: MappingProxyType({metric: value_of(entry) for metric, entry in section.items()})
        for name, section in result.metrics.items()
        if is_section(section)
    }
    return Evaluation(
        MappingProxyType(sections), tuple(result.records), result.gates, MappingProxyType(dict(result.run)),
        MappingProxyType(dict(result.metrics)), comparison, folder, note,
    )  # fmt: skip


def is_section(part: object) -> bool:
    """Whether a part of ``metrics.json`` maps names to metrics."""
    if not isinstance(part, Mapping):
        return False
    return all(isinstance(entry, Mapping) and {"value", "n"} <= entry.keys() for entry in part.values())


def value_of(entry: Mapping) -> MetricValue:
    """An entry of ``metrics.json`` as a typed value."""
    interval = entry.get("interval")
    both = (float(interval[0]), float(interval[1])) if interval else None
    return MetricValue(entry["value"], both, int(entry.get("n", 0)), str(entry.get("reason", "")))


def summary_lines(found: Evaluation) -> Iterator[str]:
    """The lines of a summary."""
    counts = found.metrics_json["questions"]
    yield (
        f"{found.run['name']}: {counts['asked']} questions, {counts['answerable']} answerable, "
        f"{counts['not_answerable']} not, {counts['errors']} errors, {counts['not_graded']} not graded"
    )
    yield from found.warnings
    for section, metrics in found.metrics.items():
        places = 1 if section == "latency_ms" else 3
        for name, metric in metrics.items():
            if metric.value is None:
                continue
            between = "" if metric.interval is None else " ({:.{p}f} to {:.{p}f})".format(*metric.interval, p=places)
            yield f"{section}.{name} {metric.value:.{places}f}{between}, n = {metric.n}"
    yield from (f"gate {gate.message}" for gate in found.gates)
