"""All routes of the server besides the page's own, and how errors become replies."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException
from starlette.routing import Match, Route

from footnoted.assistant.errors import AssistantError
from footnoted.assistant.server import control
from footnoted.assistant.server.accounts import login
from footnoted.assistant.server.interfaces import agents, api, chat_completions, replies, status
from footnoted.index.errors import IndexingError

if TYPE_CHECKING:
    from starlette.routing import BaseRoute

    from footnoted.assistant.server.state import State


def attach(server: FastAPI, state: State) -> None:
    """Add the routes and the handlers of errors. Call it before anything is mounted at ``/``."""
    described = [status.router(state), api.router(state), chat_completions.router(state)]
    every = [*described, login.router(state)]
    schema = status.described([route for router in described for route in router.routes])
    every.append(status.description_routes(schema))
    for router in every:
        server.include_router(router)
    _add_tools(server, state)
    _add_the_rest(server, [route for router in every for route in router.routes])
    server.add_exception_handler(RequestValidationError, _invalid)  # type: ignore[arg-type]
    server.add_exception_handler(HTTPException, _http)  # type: ignore[arg-type]
    server.add_exception_handler(AssistantError, _ours)
    server.add_exception_handler(IndexingError, _ours)
    server.add_exception_handler(Exception, _unexpected)


def _add_tools(server: FastAPI, state: State) -> None:
    """The tools for agents at ``/mcp``. Without sessions: each request shows its own token, so none is inherited."""
    mounted = agents.Mounted(agents.of_state(state))
    server.router.routes.append(Route("/mcp", mounted, methods=None))
    state.contexts.append(mounted.running)


def announce(server: FastAPI, state: State, url: str) -> None:
    """Let the commands on this machine go through this server while it runs."""
    token = secrets.token_urlsafe(32)
    server.router.routes[:0] = control.router(state, token).routes
    state.contexts.append(control.while_running(state, url, token))


def _add_the_rest(server: FastAPI, known: list[BaseRoute]) -> None:
    """Refuse unknown addresses below our prefixes here, before the page that is mounted at ``/`` gets them."""

    every = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"]

    @server.api_route("/control/{rest:path}", methods=every, include_in_schema=False)
    @server.api_route("/v1/{rest:path}", methods=every, include_in_schema=False)
    @server.api_route("/api/{rest:path}", methods=every, include_in_schema=False)
    async def nothing(request: Request) -> Response:
        for route in known:
            if route.matches(request.scope)[0] is Match.PARTIAL:
                allowed = ", ".join(sorted(getattr(route, "methods", None) or ()))
                raise HTTPException(405, f"This address only accepts {allowed}.", {"allow": allowed})
        raise HTTPException(404)


def lifespan(state: State) -> Callable:
    """What runs as long as the server does."""

    @asynccontextmanager
    async def running(server: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            for context in state.contexts:
                await stack.enter_async_context(context())
            yield

    return running


async def _ours(request: Request, error: Exception) -> Response:
    code, word, message, headers = replies.of_error(error)
    return api.Json(replies.body(word, message), code, headers)


async def _http(request: Request, error: HTTPException) -> Response:
    message = "There is no such page." if error.status_code == 404 else str(error.detail)
    word = replies.CODES.get(error.status_code, "refused")
    return api.Json(replies.body(word, message), error.status_code, dict(error.headers or {}))


async def _invalid(request: Request, error: RequestValidationError) -> Response:
    """The first error, with the name of its field; never the value, which may be a secret."""
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"][1:])
    message = f"{place}: {first['msg']}." if place else f"{first['msg']}."
    return api.Json(replies.body("invalid", message), 422)


async def _unexpected(request: Request, error: Exception) -> Response:
    """An error of ours; the details go to the server's log, not to the caller."""
    return api.Json(replies.body("internal", "Something went wrong; the server's log has the details."), 500)
