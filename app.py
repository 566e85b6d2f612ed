"""The web chat: Gradio's page and queue around our own rendering of answers. The only file that imports gradio."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
from collections.abc import AsyncIterator
from contextlib import aclosing

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # before the import: nothing may be asked or told elsewhere
os.environ["GRADIO_ANALYTICS_CACHE_FREQUENCY"] = str(10**9)  # nor counted after each question, with all before it

import gradio as gr
import uvicorn
from fastapi import FastAPI

from assistant.errors import AssistantError
from assistant.server import page, routes
from assistant.server.figures import log_to_stderr
from assistant.server.front import Front
from assistant.server.state import State
from assistant.server.tracing import Tracing
from assistant.web import guard
from assistant.web.answering import answered
from assistant.web.service import Service
from index.errors import IndexClosed, IndexingError

FONTS = ["system-ui", "Segoe UI", "Roboto", "Noto Sans", "sans-serif"]  # names, not files: nothing is loaded
CONTEXT_JS = "(question) => [question, window.footnote.context()]"
FAILED_JS = "() => window.footnote.failed()"
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
    page.attach(server, service, state)
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
        if tracing := Tracing.asked_for():
            state.trace(tracing)
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
    except IndexClosed:  # stopped before it was warm
        pass
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
    with gr.Blocks(title="Footnote", analytics_enabled=False, fill_width=True) as blocks:
        gr.HTML('<div id="fn-history"></div>', elem_id="fn-past", js_on_load=None, apply_default_css=False)
        live = gr.HTML("", elem_id="fn-live", js_on_load=None, apply_default_css=False)
        with gr.Column(elem_id="fn-composer"):
            box = gr.Textbox(
                elem_id="fn-ask", show_label=False, label="Your question", placeholder="Ask your documents …", lines=1,
                max_lines=8, container=False, submit_btn=False, max_length=4000, autofocus=True,
            )  # fmt: skip
            with gr.Row(elem_id="fn-buttons"):
                gr.HTML(guard.asset("tools.html"), elem_id="fn-left", js_on_load=None, apply_default_css=False)
                stop = gr.Button("Stop", elem_id="fn-stop", size="sm")
                send = gr.Button("Ask", elem_id="fn-send", variant="primary", size="sm")
        context = gr.JSON(visible=False)

        async def ask(question: str, asked: dict | None, request: gr.Request) -> AsyncIterator[str]:
            assert request.request is not None
            visit = request.request.scope["footnote"]
            growing = answered(service, visit, question or "", asked or {})
            async with aclosing(growing) as steps:  # type: ignore[type-var]
                async for shown in steps:
                    yield shown

        asking = gr.on(
            [send.click, box.submit], ask, [box, context], live, js=CONTEXT_JS, api_visibility="private",
            show_progress="hidden", concurrency_limit=4,
        )  # fmt: skip
        asking.failure(None, js=FAILED_JS, api_visibility="private")
        stop.click(None, cancels=[asking], js=STOP_JS, api_visibility="private")
    return blocks
