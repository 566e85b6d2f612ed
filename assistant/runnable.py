"""An assistant as a LangChain ``Runnable`` for chains, and as a tool for agents: a question in, an ``Answer`` out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

from footnoted.assistant.answers import Answer
from footnoted.assistant.errors import QuestionError
from footnoted.assistant.render_text import with_notes

if TYPE_CHECKING:
    from langchain_core.runnables import Runnable
    from langchain_core.tools import BaseTool

    from footnoted.index.types import Filter

# ``Assistant.answer`` and ``Assistant.aanswer``: handed in, so that this module does not import the chain.
Answers = Callable[..., Answer]
AsyncAnswers = Callable[..., Awaitable[Answer]]

_ABOUT = (
    "Answers a whole question from the user's own documents, with a verbatim footnote behind every sentence, or says "
    "that they hold no answer."
)
_KEYS = ("question", "history", "search_for", "sources", "filter")


def as_runnable(answer: Answers, aanswer: AsyncAnswers) -> Runnable[str | Mapping[str, Any], Answer]:
    """A Runnable from a question, or a mapping with "question" and what else ``answer`` takes, to an Answer."""
    from langchain_core.runnables import RunnableLambda

    def run(given: str | Mapping[str, Any]) -> Answer:
        return answer(**_arguments(given))

    async def arun(given: str | Mapping[str, Any]) -> Answer:
        return await aanswer(**_arguments(given))

    return RunnableLambda(run, afunc=arun, name="footnote")


def as_tool(answer: Answers, aanswer: AsyncAnswers, *, filter: Filter | None = None) -> BaseTool:
    """A LangChain tool that answers one question in text with footnotes; its artifact is the ``Answer``.

    Args:
        filter: the documents that the agent may ask, whatever it asks.
    """
    from langchain_core.tools import StructuredTool

    def run(question: str) -> tuple[str, Answer]:
        given = answer(question, filter=filter)
        return with_notes(given), given

    async def arun(question: str) -> tuple[str, Answer]:
        given = await aanswer(question, filter=filter)
        return with_notes(given), given

    return StructuredTool.from_function(
        run, arun, name="documents", description=_ABOUT, response_format="content_and_artifact",
        handle_tool_error=True,
    )  # fmt: skip


def _arguments(given: str | Mapping[str, Any]) -> dict[str, Any]:
    if isinstance(given, str):
        return {"question": given}
    if not isinstance(given, Mapping) or not isinstance(given.get("question"), str) or set(given) - set(_KEYS):
        raise QuestionError(f"Give a question as text, or a mapping with 'question' and any of {', '.join(_KEYS[1:])}.")
    return dict(given)
