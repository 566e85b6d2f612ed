"""Chat models by "provider:model" through LangChain's ``init_chat_model``; "extractive" means none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assistant.errors import ModelError

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from assistant.settings import Settings

EXTRACTIVE = "extractive"


def open_model(settings: Settings) -> BaseChatModel | None:
    """The chat model that the settings name, or ``None`` for the extractive answerer.

    Raises:
        ModelError: the name has no provider, its package is not installed, or it refuses the settings.
    """
    if settings.model == EXTRACTIVE:
        return None
    if ":" not in settings.model:
        raise ModelError(
            f"The model {settings.model!r} has no provider: write it as provider:model, for example "
            "openai:gpt-5-mini or ollama:llama3.2, or 'extractive' for none."
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


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
