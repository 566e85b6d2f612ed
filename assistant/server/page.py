"""The routes below ``/chat/`` as HTTP: the page's style and script, uploads, and everything in :mod:`routes`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import FileResponse, JSONResponse, Response

from footnoted.assistant.errors import AssistantError, Forbidden
from footnoted.assistant.server.visit import visit_of
from footnoted.assistant.web import guard
from footnoted.assistant.web.documents.uploads import store_upload
from footnoted.assistant.web.replies import Reply
from footnoted.assistant.web.routes import respond
from footnoted.index.errors import IndexingError
from footnoted.index.types import DEFAULT_COLLECTION

if TYPE_CHECKING:
    from footnoted.assistant.web.service import Service

SCRIPT = ("chat.js", "reading.js", "library.js")
MOST_FILES = 2000  # of one request


def attach(server: FastAPI, service: Service) -> None:
    """Add the routes."""

    @server.get("/chat/chat.css", include_in_schema=False)
    def style() -> Response:
        return Response(guard.asset("chat.css"), media_type="text/css", headers={"cache-control": "no-cache"})

    @server.get("/chat/chat.js", include_in_schema=False)
    def script() -> Response:
        parts = "\n".join(guard.asset(name) for name in SCRIPT)
        return Response(parts, media_type="text/javascript", headers={"cache-control": "no-cache"})

    @server.post("/chat/upload", include_in_schema=False)
    async def upload(request: Request) -> Response:
        return await _uploaded(request, service)

    @server.get("/chat/{action}", include_in_schema=False)
    async def read(action: str, request: Request) -> Response:
        reply = await run_in_threadpool(respond, service, "GET", action, user_of(request), dict(request.query_params))
        return _response(reply)

    @server.post("/chat/{action}", include_in_schema=False)
    async def write(action: str, request: Request) -> Response:
        if request.headers.get("x-footnote") != "1":  # another site cannot send this header without being allowed to
            return _plain("Only the chat's own page may do this.", 403)
        try:
            values = json.loads(await request.body() or b"{}")
        except (ValueError, RecursionError):  # brackets in brackets
            values = None
        if not isinstance(values, dict):
            return _plain("This is not a JSON object.", 400)
        return _response(await run_in_threadpool(respond, service, "POST", action, user_of(request), values))


def user_of(request: Request) -> str:
    """The key of the user who sent the request."""
    return visit_of(request).caller.key


async def _uploaded(request: Request, service: Service) -> Response:
    """Files on their way to disk; the last part of an upload starts the reading."""
    user, asked = user_of(request), request.query_params
    if not user or request.headers.get("x-footnote") != "1":
        return _plain("Open the chat's page first.", 401)
    paths: list[Path] = []
    try:
        collection = service.rights.target(user, asked.get("collection", ""))
        async with request.form(max_files=MOST_FILES) as form:
            files = [item for item in form.getlist("files") if not isinstance(item, str)]
            apart = collection or DEFAULT_COLLECTION
            for item in files:
                paths.append(await run_in_threadpool(store_upload, service.uploads, item.file, item.filename, apart))
        group = asked.get("group", "")
        every = service.hold(user, group, paths, last=not group or bool(asked.get("last")))
        return JSONResponse({"job": service.start_adding(user, every, collection) if every else ""})
    except (AssistantError, IndexingError, OSError) as error:
        service.discard(paths)
        return _plain(str(error), 403 if isinstance(error, Forbidden) else 400)


def _plain(text: str, status: int) -> Response:
    return Response(text, status, media_type="text/plain")


def _response(reply: Reply) -> Response:
    headers = {"cache-control": "no-store", **reply.headers}
    if isinstance(reply.body, Path):
        return FileResponse(reply.body, reply.status, headers, media_type=reply.media_type)
    return Response(reply.body.encode("utf-8", "replace"), reply.status, headers, media_type=reply.media_type)
