"""For operators and their tools: health, readiness, metrics, and the description of the API."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request
from fastapi.openapi.utils import get_openapi
from fastapi.responses import HTMLResponse, Response

from footnoted.assistant.errors import Forbidden
from footnoted.assistant.server.interfaces import schemas as form
from footnoted.assistant.server.interfaces.api import ERRORS, Json
from footnoted.assistant.server.visit import visit_of
from footnoted.assistant.version import VERSION

if TYPE_CHECKING:
    from starlette.routing import BaseRoute

    from footnoted.assistant.server.state import State

TITLE = "Footnote"
ABOUT = "Answers from your own documents, with a verbatim footnote behind every sentence."

HEAD = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Footnote: HTTP API</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
<style>body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
code { font: 14px ui-monospace, monospace }
td, th { text-align: left; padding: .1rem .8rem .1rem 0; vertical-align: top }</style></head><body>
"""
POINTER = '<a href="openapi.json">The OpenAPI schema</a> is for programs.'


def router(state: State) -> APIRouter:
    """Health, readiness and metrics."""
    routes = APIRouter(tags=["status"], default_response_class=Json)

    @routes.get("/health", response_model=form.Status)
    def health() -> Response:
        """The server runs."""
        return Json({"status": "ok"})

    @routes.get("/ready", response_model=form.Status, responses={503: {"model": form.ErrorModel}})
    def ready() -> Response:
        """The models are loaded, and there is a place for a question."""
        if not state.warm.is_set():
            return Json({"error": {"code": "loading", "message": "The models are still being loaded."}}, 503)
        if state.gate.waiting >= max(1, state.settings.questions_waiting):
            return Json({"error": {"code": "busy", "message": "Too many questions are waiting."}}, 503)
        return Json({"status": "ready"})

    @routes.get("/metrics", response_class=Response, responses={401: ERRORS[401], 403: ERRORS[403]})
    def metrics(request: Request) -> Response:
        """Metrics as Prometheus reads them, for administrators."""
        if not visit_of(request).caller.admin:
            raise Forbidden("Only administrators may read the metrics.")
        content, media_type = state.metrics.text()
        return Response(content, media_type=media_type)

    return routes


def described(routes: list[BaseRoute]) -> dict:
    """The OpenAPI schema of these routes."""
    schema = get_openapi(title=TITLE, version=VERSION, description=ABOUT, routes=routes)
    schema.setdefault("components", {})["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    schema["security"] = [{"token": []}, {}]
    return schema


def description_routes(schema: dict) -> APIRouter:
    """The schema itself and a page that shows it without a script, so that nothing is loaded from elsewhere."""
    routes, page = APIRouter(include_in_schema=False), _page(schema)

    @routes.get("/api/openapi.json")
    def openapi() -> Response:
        return Json(schema)

    @routes.get("/api/docs")
    def docs() -> Response:
        policy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'"
        return HTMLResponse(page, headers={"content-security-policy": policy})

    return routes


def _page(schema: dict) -> str:
    parts = [HEAD, f"<h1>HTTP API</h1><p>{html.escape(schema['info']['description'])} {POINTER}</p>"]
    for path, methods in schema["paths"].items():
        for method, about in methods.items():
            parts.append(f"<h2><code>{method.upper()} {html.escape(path)}</code></h2>")
            parts.append(f"<p>{html.escape(about.get('description', about.get('summary', '')))}</p>")
            parts.append(_fields(schema, about))
    return "".join(parts) + "</body></html>"


def _fields(schema: dict, about: dict) -> str:
    rows = [(one["name"], one["in"], one.get("schema", {})) for one in about.get("parameters", ())]
    for media, content in about.get("requestBody", {}).get("content", {}).items():
        name = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
        model = schema["components"]["schemas"].get(name, {})
        rows += [(field, media, kind) for field, kind in model.get("properties", {}).items()]
    cells = "".join(
        f"<tr><td><code>{html.escape(name)}</code></td><td>{html.escape(where)}</td>"
        f"<td>{html.escape(_kind(kind))}</td></tr>"
        for name, where, kind in rows
    )
    return f"<table><tr><th>Field</th><th>In</th><th>Kind</th></tr>{cells}</table>" if cells else ""


def _kind(kind: dict) -> str:
    if "anyOf" in kind:
        return " or ".join(_kind(one) for one in kind["anyOf"])
    name = kind.get("$ref", "").rpartition("/")[2] or str(kind.get("type", "any"))
    limits = [f"{word} {kind[key]}" for key, word in (("maxLength", "up to"), ("minimum", "from")) if key in kind]
    return ", ".join([name, *limits])
