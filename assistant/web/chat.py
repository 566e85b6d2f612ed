"""The chat as Gradio runs it: the composer and the queue around our own rendering of answers. All of gradio is here."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import aclosing

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # before the import: nothing may be sent elsewhere
os.environ["GRADIO_ANALYTICS_CACHE_FREQUENCY"] = str(10**9)  # nor counted after each question, with all before it

import gradio as gr
from fastapi import FastAPI

from footnoted.assistant.web import guard
from footnoted.assistant.web.answering import Ask, answered
from footnoted.assistant.web.gradio_gate import GradioGate, while_read
from footnoted.assistant.web.service import Service

FONTS = ["system-ui", "Segoe UI", "Roboto", "Noto Sans", "sans-serif"]  # names, not files: nothing is loaded
CONTEXT_JS = "(question) => [question, window.footnote.context()]"
FAILED_JS = "() => window.footnote.failed()"
STOP_JS = "() => window.footnote.stopped()"


def mount(server: FastAPI, service: Service, ask: Ask) -> None:
    """Put the chat at ``/`` of a server; ``ask`` answers its questions."""
    # Gradio makes its locks in a running event loop, or makes a loop for each that nobody closes.
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        asyncio.run(_mounted(server, service, ask))
    else:
        _mount(server, service, ask)


async def _mounted(server: FastAPI, service: Service, ask: Ask) -> None:
    _mount(server, service, ask)


def _mount(server: FastAPI, service: Service, ask: Ask) -> None:
    gate = GradioGate(lambda: page.fns, lambda: page._queue.pending_messages_per_session)
    page = _page(service, ask, gate)
    gr.mount_gradio_app(
        server, page, path="/", footer_links=[], run_history=False, show_error=False, ssr_mode=False,
        max_file_size="1kb", theme=gr.themes.Base(font=FONTS, font_mono=["ui-monospace", "monospace"]), pwa=False,
        enable_monitoring=False, mcp_server=False,
    )  # fmt: skip
    mounted = server.routes[-1]
    gate.app, mounted.app = mounted.app, gate  # type: ignore[attr-defined]


def _page(service: Service, ask: Ask, gate: GradioGate) -> gr.Blocks:
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

        async def answer(question: str, asked: dict | None, request: gr.Request) -> AsyncIterator[str]:
            assert request.request is not None
            visit = request.request.scope["footnote"]
            growing = answered(service, ask, visit, question or "", asked or {})
            with gate.listening(request.session_hash) as gone:
                async with aclosing(growing) as steps, aclosing(while_read(steps, gone)) as read:  # type: ignore[type-var]
                    async for shown in read:
                        yield shown

        # The page's script holds back a second question while an answer grows. Gradio's own way ("once") would also
        # drop one, silently, that is asked between the last word of an answer and the end of its event.
        asking = gr.on(
            [send.click, box.submit], answer, [box, context], live, js=CONTEXT_JS, api_visibility="private",
            show_progress="hidden", concurrency_limit=4, trigger_mode="multiple",
        )  # fmt: skip
        asking.failure(None, js=FAILED_JS, api_visibility="private")
        stop.click(None, cancels=[asking], js=STOP_JS, api_visibility="private")
    return blocks
