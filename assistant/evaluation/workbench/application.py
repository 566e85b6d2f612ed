"""The workbench as a small web application for this computer alone: its page, and what the page asks for as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from importlib import resources
from typing import Any
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from footnoted.assistant.evaluation.errors import EvaluationError, QuestionsError
from footnoted.assistant.evaluation.workbench.bench import Bench
from footnoted.assistant.evaluation.workbench.labels import LabelsError, checked_name
from footnoted.assistant.web.guard import is_loopback

LONGEST_BODY = 64 * 1024
ASSETS = {
    "/": ("workbench.html", "text/html"),
    "/workbench.css": ("workbench.css", "text/css"),
    "/workbench.js": ("workbench.js", "text/javascript"),
}
HEADERS = {
    # What the page shows comes from documents and models: none of it can run, and nothing is loaded from elsewhere.
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}
NOT_HERE = "The workbench answers on this computer only: open it as localhost or 127.0.0.1."
NOT_THE_PAGE = "Only the workbench's own page may do this."


def create_app(bench: Bench) -> Starlette:
    """The application over an open workbench."""

    def start(request: Request) -> Response:
        return reply(bench.start)

    def items(request: Request) -> Response:
        return reply(lambda: bench.rows(*viewer(request)))

    def item(request: Request) -> Response:
        return reply(lambda: bench.item(request.path_params["number"], *viewer(request)))

    async def label(request: Request) -> Response:
        def keep(values: Mapping[str, Any]) -> dict:
            grader = text(values, "grader")
            number = whole(values, "item")
            bench.label(number, text(values, "answer"), text(values, "verdict"), grader, text(values, "note"))
            return bench.item(number, checked_name(grader), values.get("blind") is not False)

        return await written(request, keep)

    async def question(request: Request) -> Response:
        def add(values: Mapping[str, Any]) -> dict:
            said = bench.add_question(whole(values, "item"), text(values, "grader"), text(values, "right"))
            return {"said": said}

        return await written(request, add)

    routes = [
        *(Route(path, asset(name, kind)) for path, (name, kind) in ASSETS.items()),
        Route("/start", start),
        Route("/items", items),
        Route("/items/{number:int}", item),
        Route("/label", label, methods=["POST"]),
        Route("/question", question, methods=["POST"]),
    ]
    application = Starlette(routes=routes)
    application.add_middleware(Guard)
    return application


def asset(name: str, kind: str) -> Callable[[Request], Response]:
    """A function that answers with a file of this folder."""

    def send(request: Request) -> Response:
        content = (resources.files("footnoted.assistant.evaluation.workbench") / name).read_text(encoding="utf-8")
        return Response(content, media_type=kind)

    return send


def reply(result: Callable[[], Any]) -> Response:
    """What a function returns as JSON, or its error as a sentence."""
    try:
        return as_json(result())
    except EvaluationError as error:
        # What cannot be read or saved is no fault of the request; the page shows both.
        return as_json({"error": str(error)}, 500 if isinstance(error, QuestionsError) else 400)


def as_json(value: Any, status: int = 200) -> Response:
    """JSON in ASCII, since a document can hold half a surrogate pair, which no encoding has."""
    return Response(json.dumps(value, ensure_ascii=True), status, media_type="application/json")


async def written(request: Request, act: Callable[[Mapping[str, Any]], dict]) -> Response:
    """The reply to a request that changes something: a JSON object of the page's own, of a sensible size."""
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        return as_json({"error": "The body must be JSON."}, 415)
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LONGEST_BODY:
            return as_json({"error": f"The body may have at most {LONGEST_BODY} bytes."}, 413)
    try:
        values = json.loads(body)
    except (ValueError, RecursionError):
        values = None
    if not isinstance(values, dict):
        return as_json({"error": "The body must be a JSON object."}, 400)
    return await run_in_threadpool(reply, lambda: act(values))


def viewer(request: Request) -> tuple[str, bool]:
    """Who looks, and whether they grade blind, which they do unless they say otherwise."""
    return checked_name(request.query_params.get("grader", "")), request.query_params.get("blind") != "0"


def text(values: Mapping[str, Any], name: str) -> str:
    """A text of a request; raises :class:`LabelsError` for anything else."""
    value = values.get(name, "")
    if not isinstance(value, str):
        raise LabelsError(f'"{name}" must be a text.')
    return value


def whole(values: Mapping[str, Any], name: str) -> int:
    """A whole number of a request; raises :class:`LabelsError` for anything else."""
    value = values.get(name)
    if isinstance(value, bool) or not isinstance(value, int):
        raise LabelsError(f'"{name}" must be a whole number.')
    return value


class Guard:
    """ASGI middleware: refuses other hosts and other pages, and sets the security headers on everything.

    A page elsewhere can point a name of its own at this computer (DNS rebinding): its requests then name that host.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                added = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
                message = {**message, "headers": [*message["headers"], *added]}
            await send(message)

        refusal = refusal_of(scope)
        await (refusal or self.app)(scope, receive, guarded)


def refusal_of(scope: Mapping[str, Any]) -> Response | None:
    """The reply to a request that is not answered; None for one that is."""
    headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
    hosts = [value for name, value in headers if name == "host"]
    if len(hosts) != 1 or not is_loopback(hosts[0]):
        return as_json({"error": NOT_HERE}, 403)
    sent = dict(headers)
    if scope["method"] not in ("GET", "HEAD"):
        origin = urlsplit(sent.get("origin", f"http://{hosts[0]}"))
        same = origin.scheme == "http" and origin.netloc == hosts[0]
        if not same or sent.get("sec-fetch-site", "same-origin") != "same-origin" or sent.get("x-footnote") != "1":
            return as_json({"error": NOT_THE_PAGE}, 403)
    return None
