"""An assistant as a LangChain ``Runnable``, so that it can stand in a chain: a question in, an ``Answer`` out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from assistant.answers import Answer
from assistant.errors import QuestionError

if TYPE_CHECKING:
    from langchain_core.runnables import Runnable

    from assistant.chain import Assistant

_KEYS = ("question", "history", "search_for", "sources")


def as_runnable(assistant: Assistant) -> Runnable[str | Mapping[str, Any], Answer]:
    """A Runnable from a question, or {"question", and if wanted "history", "search_for", "sources"}, to an Answer."""
    from langchain_core.runnables import RunnableLambda

    def answer(given: str | Mapping[str, Any]) -> Answer:
        return assistant.answer(**_arguments(given))

    async def aanswer(given: str | Mapping[str, Any]) -> Answer:
        return await assistant.aanswer(**_arguments(given))

    return RunnableLambda(answer, afunc=aanswer, name="footnote")


def _arguments(given: str | Mapping[str, Any]) -> dict[str, Any]:
    if isinstance(given, str):
        return {"question": given}
    if not isinstance(given, Mapping) or not isinstance(given.get("question"), str) or set(given) - set(_KEYS):
        raise QuestionError(f"Give a question as text, or a mapping with 'question' and any of {', '.join(_KEYS[1:])}.")
    return dict(given)
