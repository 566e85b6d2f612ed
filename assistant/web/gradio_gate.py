"""What of Gradio's own routes is open, and to whom: a session of its queue belongs to the caller who began it.

Gradio lets the browser choose the name of a session and sends its events to whoever names it. Here each caller has
names of their own: what the browser chose is replaced, on its way in, by a hash of it and of the caller's key.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlencode

PAGE = {"/", "/config", "/theme.css", "/favicon.ico", "/gradio_api/app_id"}  # the last to find a server again
FILES = ("/assets/", "/static/")
JOIN, DATA, CANCEL = "/gradio_api/queue/join", "/gradio_api/queue/data", "/gradio_api/cancel"
_SESSION = re.compile(r"[A-Za-z0-9_-]{1,64}")
_SENT = {"data", "event_data", "fn_index", "trigger_id", "session_hash", "event_id"}  # by the page; all else is dropped


class GradioGate:
    """ASGI middleware around Gradio alone. What the page does not need is not there."""

    def __init__(self, functions: Callable[[], Collection[int]], sessions: Callable[[], Collection[str]]) -> None:
        """``functions`` gives the numbers of the functions that there are, ``sessions`` those that have begun."""
        self.app: Any = None  # Gradio's own, as soon as there is one
        self._functions, self._sessions = functions, sessions
        self._listening: dict[str, asyncio.Event] = {}  # by session: set when its reader has gone

    @property
    def routes(self) -> list:
        """Gradio's own routes, open and closed."""
        return self.app.routes

    async def __call__(self, scope, receive, send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path, method = scope["path"], scope["method"]
        if method == "GET" and (path in PAGE or path.startswith(FILES)):
            await self.app(scope, receive, send)
        elif method == "GET" and path == DATA:
            await self._read(scope, receive, send)
        elif method == "POST" and path in (JOIN, CANCEL):
            await self._called(scope, receive, send)
        else:
            await _refuse(send, 404, "There is no such page.")

    @contextmanager
    def listening(self, session: str | None):
        """Gives an event that is set when nobody reads this session's stream any more."""
        gone = asyncio.Event()
        if session:
            self._listening[session] = gone
        try:
            yield gone
        finally:
            if session and self._listening.get(session) is gone:
                del self._listening[session]

    async def _read(self, scope, receive, send) -> None:
        asked = parse_qs(scope["query_string"].decode("latin-1"))
        session = _own(scope, asked.get("session_hash", [""])[0])
        if not session:
            await _refuse(send, 400, "This is no session.")
            return
        if session not in self._sessions():
            await _refuse(send, 404, "There is no such session of yours.")
            return
        try:
            query = urlencode({"session_hash": session}).encode()
            await self.app(scope | {"query_string": query}, receive, send)
        finally:
            if gone := self._listening.get(session):
                gone.set()

    async def _called(self, scope, receive, send) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            if message["type"] != "http.request":
                return
            body, more = body + message.get("body", b""), message.get("more_body", False)
        try:
            given = json.loads(body)
            values = {name: value for name, value in given.items() if name in _SENT}
            data, number = values.get("data", []), values.get("fn_index")
            right = isinstance(data, list) and isinstance(number, int) and number in self._functions()
            values["session_hash"] = _own(scope, values.get("session_hash"))
            body = json.dumps(values).encode()
        except (ValueError, AttributeError, RecursionError):
            right = False
        if not right or not values["session_hash"]:
            await _refuse(send, 400, "This is not what the chat's own page sends.")
            return
        headers = [pair for pair in scope["headers"] if pair[0] != b"content-length"]
        length = (b"content-length", str(len(body)).encode())
        sent = False

        async def changed():
            nonlocal sent
            if sent:
                return await receive()
            sent = True
            return {"type": "http.request", "body": body, "more_body": False}

        await self.app(scope | {"headers": [*headers, length]}, changed, send)


async def while_read(steps: AsyncIterator[str], gone: asyncio.Event) -> AsyncIterator[str]:
    """The steps until ``gone`` is set; then the work on the next one is cancelled."""
    leaving = asyncio.ensure_future(gone.wait())
    following: asyncio.Task | None = None
    try:
        while True:
            following = asyncio.ensure_future(anext(steps, None))  # type: ignore[arg-type]
            await asyncio.wait((following, leaving), return_when=asyncio.FIRST_COMPLETED)
            if not following.done() or (step := following.result()) is None:
                return
            yield step
    finally:
        for task in filter(None, (following, leaving)):
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


def _own(scope, session: object) -> str:
    """The name under which Gradio knows a session of this caller; empty where there is none."""
    if not isinstance(session, str) or not _SESSION.fullmatch(session):
        return ""
    return hashlib.sha256(f"{scope['footnote'].caller.key} {session}".encode()).hexdigest()[:32]


async def _refuse(send, status: int, text: str) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(text)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": text.encode()})
