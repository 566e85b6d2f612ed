"""Metrics that are used when they are named: those that installed packages offer, a function in a module, a function.

A package offers one as an entry point of the group ``footnoted.metrics``. Merely installing it changes no run.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from footnoted.assistant.evaluation.errors import EvaluationError, QuestionsError
from footnoted.assistant.evaluation.metrics.catalogue import METRICS
from footnoted.assistant.evaluation.metrics.gates import LATENCY_NAME, OPTIONAL_SECTIONS
from footnoted.assistant.evaluation.running.callables import code_of, load_callable

GROUP = "footnoted.metrics"
NAME = re.compile(r"[A-Za-z][\w@-]*")  # what a gate can name


@dataclass(frozen=True, slots=True)
class CustomMetric:
    """A function from a :class:`MetricRecord` to a number, true, false or None (this question does not count).

    ``higher_is_better`` is the function's attribute of that name (true without it), ``meaning`` the first line of its
    docstring, and ``origin`` where it is from.
    """

    name: str
    function: Callable[..., Any]
    origin: str = ""
    meaning: str = ""
    higher_is_better: bool = True

    def facts(self) -> dict[str, object]:
        """What ``run.json`` keeps about it."""
        facts = {"origin": self.origin, "meaning": self.meaning, "higher_is_better": self.higher_is_better}
        return {**facts, "code": code_of(self.function)}


def installed_metrics() -> list[EntryPoint]:
    """What the installed packages offer, by name."""
    return sorted(entry_points(group=GROUP), key=lambda entry: (entry.name, origin_of(entry)))


def origin_of(entry: EntryPoint) -> str:
    """The package that an entry point is from, with its version."""
    return f"{entry.dist.name} {entry.dist.version}" if entry.dist is not None else entry.value


def load_metrics(given: Sequence[str | Callable[..., Any]]) -> tuple[CustomMetric, ...]:
    """The metrics that were named: of an installed package, ``module:function``, or a function itself.

    Raises :class:`EvaluationError` for one that is not there or cannot be loaded, and for names that are used already.
    """
    found = tuple(named_metric(item) if isinstance(item, str) else metric_of(item, "") for item in given)
    taken = {metric.name for metric in METRICS} | {name for names in OPTIONAL_SECTIONS.values() for name in names}
    for number, metric in enumerate(found):
        if not NAME.fullmatch(metric.name):
            raise QuestionsError(
                f"{metric.name!r} cannot be the name of a metric: it must begin with a letter and have only letters, "
                "digits, _, - and @."
            )
        if metric.name in taken or LATENCY_NAME.fullmatch(metric.name):
            raise QuestionsError(f"There already is a metric called {metric.name}: give yours another name.")
        if metric.name in {other.name for other in found[:number]}:
            raise QuestionsError(f"The metric {metric.name} was given twice.")
    return found


def named_metric(name: str) -> CustomMetric:
    """The metric of an installed package, or the function ``module:function``."""
    if ":" in name:
        return metric_of(load_callable(name, "A metric"), name)
    entries = [entry for entry in installed_metrics() if entry.name == name]
    if not entries:
        known = ", ".join(dict.fromkeys(entry.name for entry in installed_metrics())) or "none"
        raise QuestionsError(f"No installed package offers a metric called {name}; installed are: {known}.")
    if len(entries) > 1:
        raise QuestionsError(f"Several packages offer a metric called {name}: {', '.join(map(origin_of, entries))}.")
    (entry,) = entries
    try:
        function = entry.load()
    except Exception as error:
        raise EvaluationError(
            f"The metric {name} of {origin_of(entry)} cannot be loaded: {type(error).__name__}: {error}."
        ) from error
    return metric_of(function, origin_of(entry), name)


def metric_of(function: Any, origin: str, name: str = "") -> CustomMetric:
    """A function as a metric; its own name is the metric's, unless an entry point gives it another."""
    if not callable(function):
        raise QuestionsError(f"{name or origin or repr(function)} is not a function, so it cannot be a metric.")
    own = name or getattr(function, "__name__", type(function).__name__)
    if inspect.iscoroutinefunction(function):
        raise QuestionsError(f"The metric {own} is asynchronous; a metric must be a plain function.")
    meaning = (inspect.getdoc(function) or "").partition("\n")[0] if hasattr(function, "__name__") else ""
    module = getattr(function, "__module__", "")
    return CustomMetric(
        own, function, origin or f"{module}:{own}", meaning, bool(getattr(function, "higher_is_better", True))
    )
