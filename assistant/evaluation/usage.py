"""Tokens that a chat model reports for a question, read from LangChain's own callback."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from assistant.evaluation.summary import measured

KINDS = ("input_tokens", "output_tokens")
MISSING = "no model reported tokens"


class TokenMeter:
    """Listens to an assistant's chat model; the extractive answerer has none and uses no tokens."""

    def __init__(self, assistant: Any) -> None:
        self._handler: Any = None
        model = getattr(assistant, "model", None)
        if model is not None and hasattr(model, "callbacks"):
            from langchain_core.callbacks import UsageMetadataCallbackHandler

            self._handler = UsageMetadataCallbackHandler()
            others = model.callbacks if isinstance(model.callbacks, list) else []
            model.callbacks = [*others, self._handler]

    def take(self) -> dict[str, int] | None:
        """The tokens since the last call, summed over models; None where none were reported."""
        if self._handler is None or not self._handler.usage_metadata:
            return None
        reported = list(self._handler.usage_metadata.values())
        self._handler.usage_metadata = {}
        return {kind: sum(int(usage.get(kind, 0)) for usage in reported) for kind in KINDS}


def token_means(records: Sequence[Mapping]) -> dict[str, dict]:
    """Mean tokens for a question, over those for which a model reported any."""
    reported = [record["usage"] for record in records if record.get("usage")]
    return {kind: measured([(float(usage[kind]), 1.0) for usage in reported], MISSING) for kind in KINDS}
