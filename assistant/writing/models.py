"""Chat models by "provider:model" through LangChain's ``init_chat_model``; "extractive" means none."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from footnoted.assistant.errors import ModelError
from footnoted.assistant.writing.local_model import PREFIX, open_local

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from footnoted.assistant.settings import Settings

EXTRACTIVE = "extractive"
SMALL = 3.0  # thousand million parameters


def open_model(settings: Settings) -> BaseChatModel | None:
    """The chat model that the settings name, or ``None`` for the extractive answerer.

    Raises:
        ModelError: the name has no provider, its package is not installed, or it refuses the settings.
    """
    if settings.model == EXTRACTIVE:
        return None
    if settings.model.startswith(PREFIX):
        return open_local(settings.model, settings.model_timeout)
    if ":" not in settings.model:
        raise ModelError(
            f"The model {settings.model!r} has no provider: write it as provider:model, for example "
            "openai:gpt-5-mini or ollama:llama3.2, gguf:PATH for a model file, or 'extractive' for none."
        )
    from langchain.chat_models import init_chat_model

    options: dict[str, Any] = {"temperature": 0, "timeout": settings.model_timeout, "max_retries": 1}
    if settings.base_url:
        options["base_url"] = settings.base_url
    if settings.api_key:
        options["api_key"] = settings.api_key
    elif settings.base_url and settings.model.startswith("openai:"):
        options["api_key"] = "none"  # local servers want a key to be there, whatever it is
    if settings.model.startswith("ollama:"):
        del options["timeout"], options["max_retries"]
    try:
        return init_chat_model(settings.model, **options)
    except ImportError as error:
        raise ModelError(
            f"The model {settings.model} needs a package that is not installed: {_first_line(error)}"
        ) from error
    except Exception as error:  # providers raise their own kinds for a missing key or a bad name
        raise ModelError(f"The model {settings.model} cannot be used: {_first_line(error)}") from error


def is_small(name: str) -> bool:
    """Whether a model's name says that it is small: a file run here, or at most 3 billion parameters ("…:1b")."""
    if name.startswith(PREFIX):
        return True
    sizes = re.findall(r"(?<![\w.])(\d+(?:\.\d+)?)([bm])(?![a-z])", name.casefold())
    return any(float(number) * (1.0 if unit == "b" else 1e-3) <= SMALL for number, unit in sizes)


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
