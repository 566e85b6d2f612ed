"""One question of the page as growing HTML: asked of the documents that its reader chose, kept in its conversation."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import aclosing, suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from footnoted.assistant.answers import Answer
from footnoted.assistant.errors import AssistantError
from footnoted.assistant.server.interfaces import asking
from footnoted.assistant.web import answer_html
from footnoted.assistant.web.conversations.conversations import Turn, history_of
from footnoted.assistant.web.html import escaped
from footnoted.index.errors import IndexingError

if TYPE_CHECKING:
    from footnoted.assistant.server.visit import Visit
    from footnoted.assistant.web.service import Service

Ask = Callable[["Visit", asking.Asked], AsyncIterator[int | Answer]]
"""Yields a question's place in line, then its growing answers: :func:`asking.growing` of one server."""


@dataclass(slots=True)
class _Turn:
    """A turn under way: where it is kept, and what is known of its answer by now."""

    user: str
    conversation: str
    before: list[Turn]
    number: int
    last: Answer
    only: str = ""  # the names of the documents and collections that are asked, if not all

    def row(self) -> dict:
        """What is stored of it."""
        return self.last.to_dict() | ({"asked_only": self.only} if self.only else {})


async def answered(service: Service, ask: Ask, visit: Visit, question: str, asked: Mapping) -> AsyncIterator[str]:
    """The answer as it grows; what there is when the reader stops it is kept.

    Args:
        ask: answers the question, after its place in line has come.
        visit: who asks.
        asked: what the page's script sends along: the conversation, what to replace, which documents to ask, how.
    """
    user, question = visit.caller.key, question.strip()
    if not question or not user:
        problem = "Type a question first." if user else "Allow this page's cookie first."
        yield _once(answer_html.error_html(question or "…", problem))
        return
    turn: _Turn | None = None
    try:
        turn = _begun(service, user, question, asked)
        yield _snapshot(turn)
        given = _asked(service, turn, asked)
        async with aclosing(ask(visit, given)) as steps:  # type: ignore[type-var]
            async for step in steps:
                if isinstance(step, int):
                    yield _snapshot(turn, waiting=step)
                    continue
                turn.last = step
                service.live[turn.number] = turn.row()
                if not step.done:
                    yield _snapshot(turn)
        service.conversations.update(user, turn.number, turn.row())
        yield _snapshot(turn)  # the page asks for follow-up questions itself: the answer does not wait for them
    except (AssistantError, IndexingError, OSError) as error:
        if turn:
            turn.last = replace(turn.last, text=str(error), kind="clarification", done=True)
        yield _once(answer_html.error_html(question, str(error), turn.number if turn else 0))
    finally:
        if turn:
            service.live.pop(turn.number, None)
            if not turn.last.done or turn.last.kind == "clarification":
                with suppress(AssistantError):  # the conversation was deleted meanwhile
                    service.conversations.update(user, turn.number, turn.row())


def _begun(service: Service, user: str, question: str, asked: Mapping) -> _Turn:
    kept = service.conversations
    conversation = str(asked.get("conversation") or "") or kept.begin(user, question)
    replaced = asked.get("replacing") if isinstance(asked.get("replacing"), int) else None
    before = [old for old in kept.turns(user, conversation) if replaced is None or old.id < replaced]
    empty = Answer(question, question, done=False)
    number = kept.add(user, conversation, question, empty.to_dict(), replacing=replaced)
    return _Turn(user, conversation, before, number, empty)


def _asked(service: Service, turn: _Turn, asked: Mapping) -> asking.Asked:
    wanted, turn.only = service.chosen(turn.user, _texts(asked.get("only")), _texts(asked.get("collections")))
    chosen = service.assistant_for(str(asked.get("model") or ""), str(asked.get("length") or ""))
    search_for = str(asked.get("search_for") or "") or None
    return asking.Asked(turn.last.question, history_of(turn.before), wanted, search_for, chosen)


def _texts(values: object) -> list[str]:
    return [value for value in values if isinstance(value, str)] if isinstance(values, list) else []


def _snapshot(turn: _Turn, waiting: int = 0) -> str:
    shown = answer_html.turn_html(turn.row(), turn=turn.number, last=True, waiting=waiting)
    return f'<div class="live" data-conversation="{escaped(turn.conversation)}">{shown}</div>'


def _once(shown: str) -> str:
    """The same HTML, but never equal to what is shown already: the page's script only notices changes."""
    return f'<div data-at="{time.time_ns()}">{shown}</div>'
