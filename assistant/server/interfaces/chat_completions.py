"""``/v1``: the protocol that chat clients speak, with the citations as annotations and as footnotes in the text."""

from __future__ import annotations

import secrets
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from footnoted.assistant.answers import Answer
from footnoted.assistant.errors import AssistantError, QuestionError
from footnoted.assistant.render_text import NOTES, with_notes
from footnoted.assistant.rendering.markdown import render_markdown
from footnoted.assistant.server.interfaces import asking, replies
from footnoted.assistant.server.interfaces.api import ERRORS, STREAMED, Json, events
from footnoted.assistant.server.visit import Visit, visit_of
from footnoted.assistant.web.panels_html import document_key
from footnoted.index.errors import IndexingError

if TYPE_CHECKING:
    from footnoted.assistant.server.state import State

MODEL = "footnote"


class Part(BaseModel):
    """A part of a message; only text is read."""

    model_config = ConfigDict(extra="ignore")
    type: Annotated[str, Field(max_length=40)]
    text: Annotated[str, Field(max_length=20_000)] = ""


class ChatMessage(BaseModel):
    """A message of the conversation."""

    model_config = ConfigDict(extra="ignore")
    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: Annotated[str, Field(max_length=100_000)] | Annotated[list[Part], Field(max_length=100)] | None = None

    def text(self) -> str:
        """The words of the message, without footnotes that a client sends back."""
        content = self.content or ""
        words = content if isinstance(content, str) else "\n".join(part.text for part in content if part.text)
        return words.partition(NOTES)[0].strip()


class ChatRequest(BaseModel):
    """A conversation whose last message asks. How a model samples (temperature and the like) means nothing here."""

    model_config = ConfigDict(extra="ignore")
    model: Annotated[str, Field(max_length=200)] = MODEL
    messages: list[ChatMessage] = Field(min_length=1, max_length=200)
    stream: bool = False


def router(state: State) -> APIRouter:
    """The routes over one server's state."""
    routes = APIRouter(prefix="/v1", tags=["chat clients"], responses=ERRORS, default_response_class=Json)

    @routes.get("/models")
    async def models() -> Response:
        """The one model there is: the documents."""
        return Json({"object": "list", "data": [_model(state)]})

    @routes.get("/models/{name}")
    async def model(name: str) -> Response:
        """The same, by its name."""
        return Json(_model(state))

    @routes.post("/chat/completions", responses=STREAMED)
    async def complete(given: ChatRequest, request: Request) -> Response:
        """Answer the last message from the documents, with footnotes; the whole answer is in ``footnote``."""
        asked, visit, number = _asked(given.messages), visit_of(request), f"chatcmpl-{secrets.token_hex(12)}"
        base = str(request.base_url)
        if given.stream:
            return events(_chunks(state, visit, asked, number, base))
        answer = await asking.answered(state, visit, asked)
        text, annotations = rendered(in_markdown(answer), base)
        message = {
            "role": "assistant", "content": text, "refusal": None, "annotations": annotations,
            "footnote": answer.to_dict(),
        }  # fmt: skip
        return Json({
            "id": number, "object": "chat.completion", "created": int(time.time()), "model": MODEL,
            "choices": [{"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}],
            "usage": {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0},
        })  # fmt: skip

    return routes


def _model(state: State) -> dict:
    return {"id": MODEL, "object": "model", "created": int(state.started), "owned_by": "footnote"}


def _asked(messages: Sequence[ChatMessage]) -> asking.Asked:
    """The last message of the user as the question; what was said before it as the history."""
    last = next((place for place in range(len(messages) - 1, -1, -1) if messages[place].role == "user"), None)
    if last is None:
        raise QuestionError("There is no message of the user to answer.")
    before = [
        {"role": message.role, "content": message.text()}
        for message in messages[:last] if message.role in ("user", "assistant") and message.text()
    ]  # fmt: skip
    question = messages[last].text()
    asking.checked_question(question)
    return asking.Asked(question, before)


def rendered(answer: Answer, base: str) -> tuple[str, list[dict[str, Any]]]:
    """An answer as text with its footnotes below, and where in the text each footnote is called.

    The annotations have the form of web citations, which clients know; ``url`` is the document's text on this server.
    """
    annotations = []
    for note in answer.citations:
        mark, place = f"[{note.number}]", -1
        while (place := answer.text.find(mark, place + 1)) >= 0:
            url = f"{base}api/documents/{document_key(note.source)}/text"
            cited = {"start_index": place, "end_index": place + len(mark), "title": note.title, "url": url}
            extra = {"quote": note.quote, "source": note.source, "start": note.start, "end": note.end}
            annotations.append({"type": "url_citation", "url_citation": cited | extra})
    return with_notes(answer), annotations


def in_markdown(answer: Answer) -> Answer:
    """The answer with its text as Markdown, which the clients of this interface show as lists, tables and code."""
    return replace(answer, text=render_markdown(answer.sentences)) if answer.sentences else answer


async def _chunks(state: State, visit: Visit, asked: asking.Asked, number: str, base: str) -> AsyncIterator[bytes]:
    """The answer as pieces of text. Nothing sent can be taken back: an answer that changes is sent again as a whole."""
    head = {"id": number, "object": "chat.completion.chunk", "created": int(time.time()), "model": MODEL}

    def chunk(delta: dict, finish: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}
        return replies.data(head | {"choices": [choice]})

    sent = ""
    yield chunk({"role": "assistant", "content": ""})
    try:
        async with aclosing(asking.growing(state, visit, asked)) as steps:  # type: ignore[type-var]
            async for step in steps:
                if isinstance(step, int) or not (step.text or step.done):
                    continue
                step = in_markdown(step)
                if step.text.startswith(sent):
                    piece, sent = step.text[len(sent) :], step.text
                elif step.done:
                    piece, sent = f"\n\n{NOTES.strip()}\n\n{step.text}", step.text
                else:  # a sentence changed when it was checked: wait for the final answer
                    continue
                if piece:
                    yield chunk({"content": piece})
                if step.done:
                    text, annotations = rendered(step, base)
                    if tail := text[len(step.text) :]:
                        yield chunk({"content": tail})
                    yield chunk({"annotations": annotations, "footnote": step.to_dict()})
        yield chunk({}, "stop")
    except (AssistantError, IndexingError) as error:
        _, code, message, _ = replies.of_error(error)
        yield replies.data(replies.body(code, message))
    yield b"data: [DONE]\n\n"
