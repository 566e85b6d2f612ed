"""The settings: one frozen dataclass, and the only place (but for the home folder's) that reads the environment."""

from __future__ import annotations

import math
import os
import threading
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from assistant.errors import SettingsError


@dataclass(frozen=True, slots=True)
class Settings:
    """What can be set. Each is read from ``FOOTNOTE_<NAME>`` unless given on the command line or in code.

    ``model`` is "extractive" or a LangChain chat model as "provider:model" ("openai:gpt-5-mini", "ollama:llama3.2").
    ``base_url`` points an OpenAI-compatible provider elsewhere; ``api_key`` is passed on and never shown.
    ``embedding_model`` and ``reranker`` are "bundled", or a sentence-transformers name or folder ("off": no reranker);
    an empty ``embedding_model`` means the one that the index was made with.
    ``threshold`` is the score (a logit) that the best sentence must reach, or the question is refused.
    ``passages`` is how many passages an answer is made from; ``model_timeout`` is in seconds.
    ``fetch_allow`` names, with commas between them, what pages may be fetched from although it is not public.
    """

    home: str = ""
    model: str = "extractive"
    base_url: str = ""
    api_key: str = ""
    embedding_model: str = ""
    reranker: str = "bundled"
    threshold: float = -3.0
    passages: int = 5
    model_timeout: float = 120.0
    fetch_allow: str = ""

    def __repr__(self) -> str:
        shown = ((item.name, getattr(self, item.name)) for item in fields(self))
        return (
            "Settings("
            + ", ".join(f"{name}={'…' if name == 'api_key' and value else repr(value)[:200]}" for name, value in shown)
            + ")"
        )


def load_settings(**overrides: object) -> Settings:
    """Settings from ``overrides`` (those that are not None), else the environment, else the defaults.

    Raises:
        SettingsError: a value is not of its kind; the message names the variable.
    """
    values: dict[str, object] = {}
    for item in fields(Settings):
        given = overrides.pop(item.name, None)
        variable = f"FOOTNOTE_{item.name.upper()}"
        raw = os.environ.get(variable) if given is None else given
        if raw is None or raw == "":
            continue
        kind: type[Any] = type(item.default)  # type: ignore[assignment]
        try:
            values[item.name] = kind(raw) if not isinstance(raw, Path) else str(raw)
        except (TypeError, ValueError):
            raise SettingsError(
                f"{variable} must be {'a number' if kind in (int, float) else 'text'}, not {raw!r}."
            ) from None
    if overrides:
        raise SettingsError(f"There is no setting called {', '.join(sorted(overrides))}.")
    settings = Settings(**values)  # type: ignore[arg-type]
    if settings.passages < 1:
        raise SettingsError("FOOTNOTE_PASSAGES must be 1 or more.")
    if not math.isfinite(settings.threshold):
        raise SettingsError("FOOTNOTE_THRESHOLD must be a finite number.")
    if not 0 < settings.model_timeout < threading.TIMEOUT_MAX:
        raise SettingsError("FOOTNOTE_MODEL_TIMEOUT must be a number of seconds above 0.")
    return settings
