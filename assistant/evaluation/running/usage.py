"""Tokens that a chat model reports for a question, read from LangChain's callback, and their cost."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from footnoted.assistant.evaluation.errors import EvaluationError
from footnoted.assistant.evaluation.metrics.summary import metric_entry, resampling_units

KINDS = ("input_tokens", "output_tokens")
NO_TOKENS = "no model reported tokens"
NO_PRICES = "no prices were given (--prices)"


class TokenMeter:
    """Listens to an assistant's chat model; the extractive answerer has none and uses no tokens."""

    def __init__(self, assistant: Any) -> None:
        self._handler: Any = None
        model = getattr(assistant, "model", None)
        if model is not None and hasattr(model, "callbacks"):
            from langchain_core.callbacks import UsageMetadataCallbackHandler

            self._handler = UsageMetadataCallbackHandler()
            if getattr(model, "stream_usage", True) in (None, False):
                model.stream_usage = True  # langchain-openai asks only OpenAI's own servers for it
            others = model.callbacks if isinstance(model.callbacks, list) else []
            model.callbacks = [*others, self._handler]

    def take(self) -> dict[str, int] | None:
        """The tokens since the last call, summed over models; None if none were reported."""
        if self._handler is None or not self._handler.usage_metadata:
            return None
        reported = list(self._handler.usage_metadata.values())
        self._handler.usage_metadata = {}
        return {kind: sum(int(usage.get(kind, 0)) for usage in reported) for kind in KINDS}


@dataclass(frozen=True, slots=True)
class Price:
    """The price of a model per million input and output tokens, in ``currency``."""

    input: float
    output: float
    currency: str = ""


def read_price(path: Path, model: str) -> Price:
    """A model's price from a JSON file ``{"provider:model": {"input", "output", "currency"}}``, per million tokens.

    Prices are not built in: they change, and differ between contracts. Raises :class:`EvaluationError`.
    """
    try:
        listed = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise EvaluationError(f"The prices in {path} cannot be read: {error}.") from error
    found = listed.get(model) if isinstance(listed, dict) else None
    if found is None:
        raise EvaluationError(f"{path} has no price for the model {model}.")
    if not isinstance(found, dict) or not all(is_price(found.get(name)) for name in ("input", "output")):
        raise EvaluationError(
            f'{path}: the price of {model} needs "input" and "output", each a price per 1,000,000 tokens.'
        )
    return Price(float(found["input"]), float(found["output"]), str(found.get("currency", "")))


def is_price(value: object) -> bool:
    """Whether this is a number of 0 or more."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < float("inf")


def usage_metrics(records: Sequence[Mapping], price: Price | None = None) -> dict[str, dict]:
    """Mean tokens and cost of a question, over the questions for which a model reported tokens."""
    units, given = resampling_units(records), [record for record in records if record.get("usage")]
    reported, together = [record["usage"] for record in given], [units[record["id"]] for record in given]
    section = {
        kind: metric_entry([(float(usage[kind]), 1.0) for usage in reported], NO_TOKENS, together) for kind in KINDS
    }
    costs = [cost_of(usage, price) for usage in reported] if price else []
    reason = NO_TOKENS if price else NO_PRICES
    section["cost"] = metric_entry([(cost, 1.0) for cost in costs], reason, together if price else None)
    if price and price.currency and costs:
        section["cost"]["currency"] = price.currency
    return section


def cost_of(usage: Mapping[str, int], price: Price) -> float:
    """The cost of one question's tokens."""
    return (usage["input_tokens"] * price.input + usage["output_tokens"] * price.output) / 1_000_000
