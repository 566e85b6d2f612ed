"""A caller's question: its place in line, the documents the caller may read, a growing answer, and a time limit."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from footnoted.assistant.answers import Answer
from footnoted.assistant.asking.request import History, checked_question
from footnoted.assistant.english.small_talk import reply_to
from footnoted.assistant.errors import Busy
from footnoted.index.models.stopping import given_up_when
from footnoted.index.types import Filter, Passage

if TYPE_CHECKING:
    from footnoted.assistant.chain import Assistant
    from footnoted.assistant.quoting.lengths import Sized
    from footnoted.assistant.server.accounts.callers import Caller
    from footnoted.assistant.server.state import State
    from footnoted.assistant.server.visit import Visit


Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with all that belongs to it; see :meth:`footnoted.assistant.chain.Assistant.stream`."""

    question: str
    history: History = ()
    wanted: Filter | None = None
    search_for: str | None = None
    assistant: Assistant | Sized | None = None  # another than the server's own, over the same index


async def growing(state: State, visit: Visit, asked: Asked) -> AsyncIterator[int | Answer]:
    """The place in line as long as others go before, then growing answers, of which the last is done.

    Raises:
        QuestionError, FilterInvalid: it cannot be asked. Busy: the line is full, or the time is up.
    """
    checked_question(asked.question)
    allowed = state.access.narrowed(visit.caller, asked.wanted)
    async with state.gate.place() as place:
        async for number in place.come():
            yield number
        until = time.monotonic() + state.settings.answer_seconds
        answering = asked.assistant or state.assistant
        stream = answering.astream(asked.question, asked.history, search_for=asked.search_for, filter=allowed)
        async with aclosing(stream):  # type: ignore[type-var]
            while (answer := await _next(stream, until)) is not None:
                shown = await asyncio.to_thread(_shown, state, visit.caller, answer, allowed)
                if shown.done:
                    _noted(state, visit, shown)
                yield shown


async def answered(state: State, visit: Visit, asked: Asked) -> Answer:
    """The last of :func:`growing`. Raises Busy as soon as the client has gone, which stops the work."""

    async def last() -> Answer:
        answer: Answer | None = None
        async with aclosing(growing(state, visit, asked)) as steps:  # type: ignore[type-var]
            async for step in steps:
                answer = step if isinstance(step, Answer) else answer
        assert answer is not None
        return answer

    return await waited_for(visit, last())


async def waited_for(visit: Visit, work: Coroutine[None, None, Result]) -> Result:
    """The result of some work, which is cancelled when the client closes the connection. Raises Busy then."""
    working, leaving = asyncio.ensure_future(work), asyncio.ensure_future(visit.until_gone())
    try:
        await asyncio.wait((working, leaving), return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise Busy("The client has gone.")
        return working.result()
    finally:
        for task in (working, leaving):
            task.cancel()
        await asyncio.gather(working, leaving, return_exceptions=True)


async def found(
    state: State, visit: Visit, question: str, k: int, wanted: Filter | None, *, rerank: bool = True
) -> list[Passage]:
    """The passages for a question among the caller's own documents, after waiting in the same line as answers.

    Raises:
        QuestionError, FilterInvalid: it cannot be asked. Busy: the line is full.
    """
    question = checked_question(question)
    allowed = state.access.narrowed(visit.caller, wanted)
    gone = threading.Event()

    def retrieved() -> list[Passage]:
        with given_up_when(gone.is_set):
            return state.index.retrieve(question, k, filter=allowed, rerank=rerank)

    async def work() -> list[Passage]:
        async with state.gate.place() as place:
            async for _ in place.come():
                pass
            try:
                return await asyncio.to_thread(retrieved)
            finally:
                gone.set()

    return await waited_for(visit, work())


async def _next(stream: AsyncIterator[Answer], until: float) -> Answer | None:
    try:
        return await asyncio.wait_for(anext(stream, None), max(0.0, until - time.monotonic()))
    except TimeoutError:
        raise Busy("The answer took longer than allowed here: ask again, or ask something simpler.") from None


def _shown(state: State, caller: Caller, answer: Answer, allowed: Filter | None) -> Answer:
    """The answer without anything about documents that the caller may not read."""
    if state.access.readable(caller) is None:
        return answer
    if answer.kind == "small_talk":
        count = len(state.access.visible(caller, state.index.documents()))
        return replace(answer, text=reply_to(answer.question, count) or answer.text)
    if answer.missing_words:
        return replace(answer, missing_words=state.access.missing_words(answer.standalone_question, allowed))
    return answer


def _noted(state: State, visit: Visit, answer: Answer) -> None:
    state.metrics.answered(answer)
    visit.log |= {"kind": answer.kind, "stages": dict(answer.timings), "model": answer.model}
    if state.settings.log_questions:
        visit.log["question"] = answer.question
