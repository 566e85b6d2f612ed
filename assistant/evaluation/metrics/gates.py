"""Gates: bounds on the metrics of a run, written as "recall@5>=.9" or "citations.supported_share>=0.95"."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from footnoted.assistant.evaluation.errors import GateError
from footnoted.assistant.evaluation.metrics.catalogue import CUSTOM, METRICS, SECTIONS

OPTIONAL_SECTIONS = {
    "usage": ("input_tokens", "output_tokens", "cost"),
    "judge": ("faithfulness", "correctness", "agreement_people", "kappa_people"),
    "labels": (
        "right_by_people", "partly_by_people", "wrong_by_people", "should_have_refused", "graded_by_people",
        "agreement_automatic", "kappa_automatic", "agreement_graders", "kappa_graders",
    ),
}  # fmt: skip
ALL_SECTIONS = (*SECTIONS, *OPTIONAL_SECTIONS, CUSTOM)
LATENCY_NAME = re.compile(r"\w+_p(50|95)")
OPTIONAL_METRIC = re.compile(
    rf"(?:latency_ms\.)?{LATENCY_NAME.pattern}|(?:judge\.)?(?:{'|'.join(OPTIONAL_SECTIONS['judge'])})"
    rf"|(?:labels\.)?(?:{'|'.join(OPTIONAL_SECTIONS['labels'])})"
)
OPERATORS = {">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt}
GATE_PATTERN = re.compile(r"\s*([\w.@-]+?)\s*(>=|<=|>|<)\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*")


@dataclass(frozen=True, slots=True)
class Gate:
    """A bound on one metric; ``metric`` may begin with a section, and before it with first_questions or follow_ups."""

    metric: str
    comparison: str
    bound: float

    def __str__(self) -> str:
        return f"{self.metric}{self.comparison}{self.bound:g}"


@dataclass(frozen=True, slots=True)
class GateResult:
    """The result of a gate; a metric that was not measured fails, since nothing shows that the bound is kept.

    ``empty``: the metric holds by construction, so that the gate means nothing.
    """

    gate: Gate
    value: float | None
    passed: bool
    message: str
    empty: bool = False


def parse_gate(text: str) -> Gate:
    """Read "metric>=value"; raises :class:`GateError` when it is not written like that."""
    match = GATE_PATTERN.fullmatch(text)
    if match is None or not math.isfinite(float(match[3])):
        raise GateError(f'The gate "{text}" is not written as metric>=value, for example "recall@5>=0.9".')
    return Gate(match[1], match[2], float(match[3]))


def check_gate(gate: Gate, metrics: Mapping) -> GateResult:
    """Check one gate against the metrics of a run; raises :class:`GateError` when no metric has that name."""
    entry = find_metric(gate.metric, metrics)
    value = entry["value"]
    if value is None:
        return GateResult(gate, None, False, f"{gate} failed: not measured, {entry.get('reason', 'no reason given')}.")
    passed = OPERATORS[gate.comparison](value, gate.bound)
    message = f"{gate} {'passed' if passed else 'failed'}: it is {value:.4f}."
    if entry.get("by_construction"):
        message += " This holds by construction, so the gate says nothing about the answers: gate another metric."
    return GateResult(gate, value, passed, message, bool(entry.get("by_construction")))


def find_metric(name: str, metrics: Mapping) -> Mapping:
    """The entry of a metric by its name, with or without its section; without, it must be in one section only."""
    scope, rest = metrics, name
    for group in ("first_questions", "follow_ups"):
        if name.startswith(f"{group}."):
            if group not in metrics:
                raise GateError(f'There is no "{group}": the run does not have both first questions and follow-ups.')
            scope, rest = metrics[group], name.removeprefix(f"{group}.")
    section, _, metric = rest.partition(".")
    if metric:
        found = [scope.get(section, {}).get(metric)]
    else:
        found = [scope[section][rest] for section in ALL_SECTIONS if rest in scope.get(section, {})]
    if not found or found[0] is None:
        if OPTIONAL_METRIC.fullmatch(rest):
            return {"value": None, "reason": "this run, or this part of it, did not measure it"}
        known = ", ".join(sorted({known for section in ALL_SECTIONS for known in scope.get(section, {})}))
        raise GateError(f'There is no metric called "{name}"; the metrics are: {known}.')
    if len(found) > 1:
        places = " or ".join(f"{section}.{rest}" for section in ALL_SECTIONS if rest in scope.get(section, {}))
        raise GateError(f'"{name}" is in several sections; write {places}.')
    return found[0]


def check_metric_name(gate: Gate, custom: Iterable[str] = ()) -> None:
    """Raise :class:`GateError` for a name that no run can have, so that a mistake is reported before a long run.

    ``custom`` are the names of metrics of somebody's own that the run measures.
    """
    metric = gate.metric.rpartition(".")[2]
    known = {metric.name for metric in METRICS} | {name for names in OPTIONAL_SECTIONS.values() for name in names}
    known |= set(custom)
    if metric not in known and not LATENCY_NAME.fullmatch(metric):
        names = ", ".join(sorted(known))
        raise GateError(
            f'There is no metric called "{metric}"; the metrics are: {names}, and latencies such as retrieve_p95.'
        )
