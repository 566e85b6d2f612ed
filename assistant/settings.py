"""The settings: one frozen dataclass, and the only place (but for the home folder's) that reads the environment."""

from __future__ import annotations

import math
import os
import threading
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from footnoted.assistant.errors import SettingsError

SECRETS = (
    "api_key",
    "password",
    "evaluation_key",
    "judge_api_key",
)  # also read from the file that FOOTNOTE_<NAME>_FILE names, and never shown


@dataclass(frozen=True, slots=True)
class Settings:
    """What can be set. Each is read from ``FOOTNOTE_<NAME>`` unless given on the command line or in code.

    ``model`` is "extractive" or a LangChain chat model as "provider:model" ("openai:gpt-5-mini", "ollama:llama3.2").
    ``base_url`` points an OpenAI-compatible provider elsewhere; ``api_key`` is passed on and never shown.
    ``embedding_model`` and ``reranker`` are "bundled", a sentence-transformers name or folder, or a model server as in
    :mod:`footnoted.index.models.endpoints` ("off": no reranker); an empty ``embedding_model`` means the index's own.
    ``threshold`` is the score (a logit) that the best sentence must reach, or the question is refused; without it the
    one that was calibrated for the index counts, or else -3.
    ``passages`` is how many passages an answer is made from; ``model_timeout`` is in seconds.
    ``fetch_allow`` lists, separated by commas, addresses that are not public and may be fetched from all the same.

    ``chroma_url`` names a Chroma server that holds the vectors from now on ("embedded": the data folder again).
    ``evaluation_key`` is sent to the server that ``footnote evaluate --url`` asks; ``judge_base_url`` and
    ``judge_api_key`` are for the model of ``--judge``.

    The rest is for a server that many use. ``password`` opens it as ``admin``. ``hosts``, ``trusted_proxies`` and
    ``proxy_user_header`` say which names it answers to and whom it trusts; the numbers are limits.
    """

    home: str = ""
    model: str = "extractive"
    base_url: str = ""
    api_key: str = ""
    embedding_model: str = ""
    reranker: str = "bundled"
    threshold: float | None = None
    passages: int = 5
    model_timeout: float = 120.0
    fetch_allow: str = ""
    chroma_url: str = ""
    evaluation_key: str = ""
    judge_base_url: str = ""
    judge_api_key: str = ""
    password: str = ""
    hosts: str = ""
    trusted_proxies: str = ""
    proxy_user_header: str = ""
    questions_at_once: int = 4
    questions_waiting: int = 100
    answer_seconds: float = 180.0
    requests_a_minute: int = 300
    upload_megabytes: int = 200
    log_format: str = "off"
    log_questions: bool = False

    @property
    def allowed_pages(self) -> list[str]:
        """The entries of ``fetch_allow``."""
        return [entry.strip() for entry in self.fetch_allow.split(",") if entry.strip()]

    def __repr__(self) -> str:
        shown = ((item.name, getattr(self, item.name)) for item in fields(self))
        return (
            "Settings("
            + ", ".join(f"{name}={'…' if name in SECRETS and value else repr(value)[:200]}" for name, value in shown)
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
        raw = _from_environment(item.name, variable) if given is None else given
        if raw is None or raw == "":
            continue
        kind: type[Any] = float if item.default is None else type(item.default)  # type: ignore[assignment]
        try:
            values[item.name] = _flag(raw) if kind is bool else kind(raw) if not isinstance(raw, Path) else str(raw)
        except (TypeError, ValueError):
            wanted = {bool: "yes or no", str: "text"}.get(kind, "a number")
            raise SettingsError(f"{variable} must be {wanted}, not {raw!r}.") from None
    if overrides:
        raise SettingsError(f"There is no setting called {', '.join(sorted(overrides))}.")
    settings = Settings(**values)  # type: ignore[arg-type]
    if settings.passages < 1:
        raise SettingsError("FOOTNOTE_PASSAGES must be 1 or more.")
    for name in ("questions_at_once", "requests_a_minute", "upload_megabytes"):
        if getattr(settings, name) < 1:
            raise SettingsError(f"FOOTNOTE_{name.upper()} must be 1 or more.")
    if settings.log_format not in ("off", "json"):
        raise SettingsError(f"FOOTNOTE_LOG_FORMAT must be 'off' or 'json', not {settings.log_format!r}.")
    if not 0 < settings.answer_seconds < threading.TIMEOUT_MAX:
        raise SettingsError("FOOTNOTE_ANSWER_SECONDS must be a number of seconds above 0.")
    if settings.threshold is not None and not math.isfinite(settings.threshold):
        raise SettingsError("FOOTNOTE_THRESHOLD must be a finite number.")
    if not 0 < settings.model_timeout < threading.TIMEOUT_MAX:
        raise SettingsError("FOOTNOTE_MODEL_TIMEOUT must be a number of seconds above 0.")
    return settings


def _from_environment(name: str, variable: str) -> str | None:
    """A variable's value; a secret's also from the file that ``FOOTNOTE_<NAME>_FILE`` names (usual in containers)."""
    path = os.environ.get(f"{variable}_FILE") if name in SECRETS else None
    if not path:
        return os.environ.get(variable)
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"The file {path} of {variable}_FILE cannot be read ({error}).") from None


def _flag(raw: object) -> bool:
    word = str(raw).strip().casefold()
    if word not in ("1", "0", "true", "false", "yes", "no", "on", "off"):
        raise ValueError(word)
    return word in ("1", "true", "yes", "on")
