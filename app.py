"""The web chat: Gradio's page and queue around our own rendering of answers. The only file that imports gradio."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import threading
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # before the import: nothing may be asked or told elsewhere

import gradio as gr
import uvicorn
from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import FileResponse, JSONResponse, Response

from assistant.answers import Answer
from assistant.conversations import history_of
from assistant.errors import AssistantError
from assistant.server import asking, routes, uploads
from assistant.server.figures import log_to_stderr
from assistant.server.front import Front
from assistant.server.state import State
from assistant.web import guard, transcript
from assistant.web.service import Reply, Service, respond
from index.errors import IndexingError
from index.types import Filter

FONTS = ["system-ui", "Segoe UI", "Roboto", "Noto Sans", "sans-serif"]  # names, not files: nothing is loaded
CONTEXT_JS = "(question) => [question, window.footnote.context()]"
STOP_JS = "() => window.footnote.stopped()"

NOBODY_MAY = (
    "On {host} others could read your documents: make an account with 'footnote users add NAME --admin' or set "
    "FOOTNOTE_PASSWORD, or say --insecure."
)


def create_app(assistant, *, local_only: bool = False, accounts_required: bool = False) -> FastAPI:
    """The whole web application for one assistant: Gradio's page at ``/``, what it asks for below ``/chat/``, and the
    interfaces of :mod:`assistant.server`.

    ``local_only`` refuses requests that name another host than this machine; ``accounts_required`` those of nobody.
    """
    service = Service(assistant)
    state = State(assistant, service, local_only=local_only, accounts_required=accounts_required)
    server = FastAPI(title="Footnote", docs_url=None, redoc_url=None, openapi_url=None, lifespan=routes.lifespan(state))
    server.state.service, server.state.footnote = service, state
    routes.attach(server, state)
    _add_routes(server, service, state)
    # Gradio makes its locks in a running event loop, or makes a loop for each that nobody closes.
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        asyncio.run(_mounted(server, service))
    else:
        _mount(server, service)
    server.add_middleware(guard.Guard)
    server.add_middleware(Front, state=state)  # added last, so that it comes first
    return server


async def _mounted(server: FastAPI, service: Service) -> None:
    _mount(server, service)


def _mount(server: FastAPI, service: Service) -> None:
    gr.mount_gradio_app(
        server, _page(service), path="/", footer_links=[], run_history=False, show_error=False, ssr_mode=False,
        max_file_size="1kb", theme=gr.themes.Base(font=FONTS, font_mono=["ui-monospace", "monospace"]), pwa=False,
        enable_monitoring=False, mcp_server=False,
    )  # fmt: skip


def launch(assistant, host: str = "127.0.0.1", port: int = 7860, *, insecure: bool = False) -> None:
    """Serve the chat until interrupted, in one process.

    Raises AssistantError when the address cannot be used, or would let in everybody without ``insecure``.
    """
    _require_free(host, port)
    local, url = guard.is_loopback(host), address_of(host, port)
    server = create_app(assistant, local_only=local, accounts_required=not local and not insecure)
    state = server.state.footnote
    try:
        if not local and not insecure and not state.callers.possible:
            raise AssistantError(NOBODY_MAY.format(host=host))
        if state.settings.log_format == "json":
            log_to_stderr()
        routes.announce(server, state, url)
        threading.Thread(target=_warm_up, args=(assistant, state), daemon=True).start()
        print(f"Footnote is open at {address_of(host, port, local=False)} (Ctrl-C stops it)", flush=True)
        uvicorn.run(
            server, host=host, port=port, log_level="warning", server_header=False, timeout_graceful_shutdown=3,
            proxy_headers=False, ws="none", limit_concurrency=1000,
        )  # fmt: skip
    finally:
        server.state.service.close()


def address_of(host: str, port: int, *, local: bool = True) -> str:
    """The address under which a server is reached, with ``local`` from its own machine."""
    if local and host in ("0.0.0.0", "::", ""):
        host = "127.0.0.1" if host != "::" else "::1"
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def _warm_up(assistant, state: State) -> None:
    """Load the models while the page opens, so that the first question does not wait for them."""
    try:
        assistant.index.warm_up()
        state.warm.set()
    except IndexingError as error:
        print(f"footnote: {error}", flush=True)


def _require_free(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except (OSError, OverflowError) as error:
            raise AssistantError(
                f"Port {port} on {host} cannot be used ({getattr(error, 'strerror', None) or error}): "
                "stop what is using it, or choose another with --port."
            ) from error


def _page(service: Service) -> gr.Blocks:
    with gr.Blocks(title="Footnote", analytics_enabled=False, fill_width=True) as page:
        gr.HTML('<div id="fn-history"></div>', elem_id="fn-past", js_on_load=None, apply_default_css=False)
        live = gr.HTML("", elem_id="fn-live", js_on_load=None, apply_default_css=False)
        with gr.Column(elem_id="fn-composer"):
            gr.HTML('<div id="fn-chips"></div>', elem_id="fn-above", js_on_load=None, apply_default_css=False)
            box = gr.Textbox(
                elem_id="fn-ask", show_label=False, label="Your question", placeholder="Ask your documents …", lines=1,
                max_lines=8, container=False, submit_btn=False, max_length=4000, autofocus=True,
            )  # fmt: skip
            with gr.Row(elem_id="fn-buttons"):
                stop = gr.Button("Stop", elem_id="fn-stop", size="sm")
                send = gr.Button("Ask", elem_id="fn-send", variant="primary", size="sm")
        context = gr.JSON(visible=False)

        async def ask(question: str, asked: dict | None, request: gr.Request) -> AsyncIterator[str]:
            async for shown in _answered(service, question or "", asked or {}, request):
                yield shown

        asking = gr.on(
            [send.click, box.submit], ask, [box, context], live, js=CONTEXT_JS, api_visibility="private",
            show_progress="hidden", concurrency_limit=4,
        )  # fmt: skip
        stop.click(None, cancels=[asking], js=STOP_JS, api_visibility="private")
    return page


async def _answered(service: Service, question: str, asked: dict, request: gr.Request) -> AsyncIterator[str]:
    """One question as growing HTML; what there is when the reader stops it is kept."""
    visit, question = request.request.scope["footnote"], question.strip()
    user = visit.caller.key  # told by the door, not by the browser
    if not question or not user:
        problem = "Type a question first." if user else "Allow this page's cookie first."
        yield _once(transcript.error_html(question or "…", problem))
        return
    last, turn, kept = Answer(question, question, done=False), 0, service.conversations
    try:
        conversation = str(asked.get("conversation") or "") or kept.begin(user, question)
        turns = kept.turns(user, conversation)
        replaced = asked.get("replacing")
        before = [old for old in turns if not isinstance(replaced, int) or old.id < replaced]
        turn = kept.add(
            user, conversation, question, last.to_dict(), replacing=replaced if isinstance(replaced, int) else None
        )
        yield _snapshot(conversation, last, turn)
        sources = [service.document(user, str(key)).source for key in asked.get("only") or []] or None
        wanted = None if sources is None else Filter(sources=sources)
        given = asking.Asked(question, history_of(before), wanted, asked.get("search_for") or None)
        async for step in asking.growing(visit.state, visit, given):
            if isinstance(step, int):  # the place in line
                continue
            last = step
            service.live[turn] = last.to_dict()
            if not last.done:
                yield _snapshot(conversation, last, turn)
        kept.update(user, turn, last.to_dict())
        yield _snapshot(conversation, last, turn)
    except (AssistantError, IndexingError, OSError) as error:
        last = replace(last, text=str(error), kind="clarification", done=True)
        yield _once(transcript.error_html(question, str(error)))
    finally:
        service.live.pop(turn, None)
        if turn and not (last.done and last.kind != "clarification"):
            _keep_stopped(service, user, turn, last)


def _snapshot(conversation: str, answer: Answer, turn: int) -> str:
    shown = transcript.turn_html(answer.to_dict(), turn=turn, last=True)
    return f'<div class="live" data-conversation="{conversation}">{shown}</div>'


def _once(shown: str) -> str:
    """The same HTML, but never equal to what is shown already: a page tells its script of changes alone."""
    return f'<div data-at="{time.time_ns()}">{shown}</div>'


def _keep_stopped(service: Service, user: str, turn: int, last: Answer) -> None:
    with suppress(AssistantError):  # the conversation was deleted meanwhile
        service.conversations.update(user, turn, last.to_dict())


def _add_routes(server: FastAPI, service: Service, state: State) -> None:
    @server.get("/chat/chat.css")
    def style() -> Response:
        return Response(guard.asset("chat.css"), media_type="text/css", headers={"cache-control": "no-cache"})

    @server.get("/chat/chat.js")
    def script() -> Response:
        return Response(guard.asset("chat.js"), media_type="text/javascript", headers={"cache-control": "no-cache"})

    @server.post("/chat/upload")
    async def upload(request: Request) -> Response:
        user = _user(request)
        if not user or request.headers.get("x-footnote") != "1":
            return Response("Open the chat's page first.", 401, media_type="text/plain")
        async with request.form(max_files=2000) as form:
            files = [item for item in form.getlist("files") if not isinstance(item, str)]
            collection = state.access.home_collection(request.scope["footnote"].caller)
            paths = [await run_in_threadpool(uploads.keep, service, item, collection) for item in files]
        return JSONResponse({"job": service.start_adding(user, paths, collection)})

    @server.get("/chat/{action}")
    async def read(action: str, request: Request) -> Response:
        reply = await run_in_threadpool(respond, service, "GET", action, _user(request), dict(request.query_params))
        return _response(reply)

    @server.post("/chat/{action}")
    async def write(action: str, request: Request) -> Response:
        if request.headers.get("x-footnote") != "1":  # another site cannot send this header without being allowed to
            return Response("Only the chat's own page may do this.", 403, media_type="text/plain")
        try:
            values = json.loads(await request.body() or b"{}")
        except ValueError:
            values = None
        if not isinstance(values, dict):
            return Response("This is not a JSON object.", 400, media_type="text/plain")
        return _response(await run_in_threadpool(respond, service, "POST", action, _user(request), values))


def _user(request: Request) -> str:
    return request.scope["footnote"].caller.key


def _response(reply: Reply) -> Response:
    headers = {"cache-control": "no-store", **reply.headers}
    if isinstance(reply.body, Path):
        return FileResponse(reply.body, reply.status, headers, media_type=reply.media_type)
    return Response(reply.body.encode("utf-8", "replace"), reply.status, headers, media_type=reply.media_type)
