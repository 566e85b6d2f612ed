"""The web chat (Gradio): renders Answer snapshots; no logic of its own. The only file that imports gradio."""

from __future__ import annotations

import hashlib
import json
import os
import queue
import re
import shutil
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # before gradio is imported: it would call home

import gradio as gr
from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.responses import FileResponse, JSONResponse

from assistant import Answer, Assistant, AssistantError
from assistant.web import render
from index import IndexingError, Progress, Report

WEB = Path(__file__).parent / "assistant" / "web"
MOST_UPLOAD = "200mb"
# Gradio's page needs inline script and style; nothing may come from, or go to, another host.
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; object-src 'none'; frame-src 'none'; "
    "base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)


@dataclass(frozen=True, slots=True)
class Turn:
    """A question and what came of it: an answer, or the reason why there is none."""

    question: str
    answer: Answer | None = None
    problem: str = ""


class Page:
    """The handlers of the page over one assistant. What belongs to a visitor is in the state they pass around."""

    def __init__(self, assistant: Assistant) -> None:
        self.assistant, self.index = assistant, assistant.index

    # Asking -------------------------------------------------------------------------------------------------------

    def ask(self, question: str, turns: list[Turn], search_for: str | None = None) -> Iterator[tuple[str, str, list[Turn]]]:
        """Snapshots of (transcript, emptied question box, turns) while an answer grows."""
        question = question.strip()
        if not question:
            yield self.transcript(turns), "", turns
            return
        yield self.transcript(turns, render.waiting(question, len(turns))), "", [*turns, Turn(question)]
        try:
            for answer in self.assistant.stream(question, _history(turns), search_for=search_for):
                grown = [*turns, Turn(question, answer)]
                yield self.transcript(grown), "", grown
        except (AssistantError, IndexingError) as error:
            grown = [*turns, Turn(question, problem=str(error))]
            yield self.transcript(grown), "", grown

    def act(self, action: str, turns: list[Turn]) -> Iterator[tuple[str, str, list[Turn]]]:
        """A button inside the transcript: ask a question again, differently, or with another search."""
        try:
            wanted = json.loads(action)
            kind, number = wanted.get("do"), int(wanted.get("turn", 0))
        except (ValueError, TypeError, AttributeError):
            return
        if kind not in ("retry", "ask", "search") or not 0 <= number < len(turns):
            return
        text = str(wanted.get("text", ""))
        question = text if kind == "ask" else turns[number].question
        yield from self.ask(question, turns[:number], text if kind == "search" else None)

    def transcript(self, turns: list[Turn], more: str = "") -> str:
        """The whole conversation as HTML."""
        if not turns and not more:
            return f'<div class="column">{render.welcome(self.index.catalog.count_documents())}</div>'
        parts = []
        for number, turn in enumerate(turns):
            if turn.answer is not None:
                parts.append(render.turn(turn.answer, number, self._text_of))
            elif turn.problem:
                parts.append(render.problem(turn.question, number, turn.problem))
            else:
                parts.append(render.problem(turn.question, number, "Stopped."))
        return f'<div class="column" role="log" aria-live="polite">{"".join(parts)}{more}</div>'

    def _text_of(self, source: str) -> str:
        try:
            return self.index.text_of(source)
        except IndexingError:
            return ""  # removed since: the quote in the answer is all that is left

    @staticmethod
    def stopped(turns: list[Turn]) -> list[Turn]:
        """The turns with an unfinished last answer kept as it is."""
        if turns and turns[-1].answer is not None and not turns[-1].answer.done:
            notice = "Stopped before the end."
            return [*turns[:-1], replace(turns[-1], answer=replace(turns[-1].answer, done=True, notice=notice))]
        return turns

    # Documents ----------------------------------------------------------------------------------------------------

    def upload(self, files: list[str] | None) -> Iterator[tuple[str, str]]:
        """Snapshots of (status, list of documents) while uploaded files are read into the index."""
        if not files:
            yield "", render.documents(self.index.documents())
            return
        kept = [_keep(Path(file), self.index.home.folder / "uploads") for file in files]
        updates: queue.Queue[Progress | Report | Exception] = queue.Queue()

        def work() -> None:
            try:
                updates.put(self.index.add(kept, progress=updates.put))
            except Exception as error:  # shown to the reader: a thread's traceback would be seen by nobody
                updates.put(error)

        threading.Thread(target=work, daemon=True).start()
        listed = render.documents(self.index.documents())
        while True:
            update = updates.get()
            if isinstance(update, Progress):
                share = update.documents_done / max(1, update.documents_total)
                name = render.escaped(update.current or "")
                yield f'<progress value="{share:.3f}" aria-label="Progress"></progress> {name}', listed
                continue
            if isinstance(update, Report):
                yield _told(update), render.documents(self.index.documents())
            else:
                words = str(update) if isinstance(update, IndexingError) else "The files could not be read: see the log."
                yield f'<span role="alert">{render.escaped(words)}</span>', render.documents(self.index.documents())
            return

    def remove(self, action: str) -> tuple[str, str]:
        """Remove the document that a button in the list names; the upload kept for it goes too."""
        status = ""
        try:
            wanted = json.loads(action)
            if wanted.get("do") == "remove":
                self.index.remove(str(wanted.get("source", "")))
                status = "Removed."
        except (ValueError, AttributeError):
            pass
        except IndexingError as error:
            status = render.escaped(str(error))
        return status, render.documents(self.index.documents())


def _history(turns: list[Turn]) -> list[dict[str, str]]:
    history = []
    for turn in turns:
        if turn.answer is not None:
            # The question as it was understood: an edited search is what the next question refers to.
            history.append({"role": "user", "content": turn.answer.standalone_question})
            history.append({"role": "assistant", "content": turn.answer.text})
    return history


def _keep(file: Path, folder: Path) -> Path:
    """Copy an upload into the data folder, under the hash of its bytes: two files of one name stay two."""
    with file.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()[:16]
    name = re.sub(r"[\x00-\x1f/\\]", "_", file.name).lstrip(".") or "upload"
    target = folder / digest / name
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_name(target.name + ".partial")
        shutil.copyfile(file, partial)
        partial.rename(target)
    return target


def _told(report: Report) -> str:
    parts = [f"{len(report.added)} added"]
    parts += [f"{len(report.changed)} changed"] if report.changed else []
    parts += [f"{len(report.unchanged)} already there"] if report.unchanged else []
    problems = "".join(f'<div role="alert">{render.escaped(reason)}</div>' for reason in report.skipped.values())
    return f"{', '.join(parts)}.{problems}"


def create_blocks(assistant: Assistant) -> gr.Blocks:
    """The page."""
    page = Page(assistant)
    with gr.Blocks(title="Footnote", fill_width=True, analytics_enabled=False) as blocks:
        turns = gr.State([])
        with gr.Row(elem_id="page", equal_height=False):
            with gr.Column(elem_id="side"):
                gr.HTML("<h1>Footnote<sup>1</sup></h1>")
                new = gr.Button("New conversation", elem_id="new")
                upload = gr.UploadButton("Add documents", elem_id="upload", file_count="multiple", type="filepath")
                status = gr.HTML(elem_id="status")
                gr.HTML('<h2 style="font-size:14px;margin:6px 0 0;color:var(--soft)">Documents</h2>')
                listed = gr.HTML(lambda: render.documents(page.index.documents()), elem_id="documents")
            with gr.Column(elem_id="talk-column"):
                gr.HTML(
                    '<div id="menu"><span>Footnote</span><button type="button" id="menu-button" '
                    'aria-label="Documents and menu">☰</button></div>'
                )
                talk = gr.HTML(lambda: page.transcript([]), elem_id="talk")
                with gr.Row(elem_id="composer"):
                    question = gr.Textbox(
                        placeholder="Ask your documents …", show_label=False, label="Your question", elem_id="question",
                        lines=1, max_lines=6, autofocus=True, container=False, max_length=4000,
                    )  # fmt: skip
                    ask = gr.Button("Ask", elem_id="ask", variant="primary", min_width=60)
                    stop = gr.Button("Stop", elem_id="stop", min_width=60)
            with gr.Column(elem_id="source-column"):
                gr.HTML(
                    '<aside id="source-panel" class="is-empty" aria-label="Source"><button type="button" id="source-close" '
                    'aria-label="Close the source">×</button><div id="source-content"><p class="empty">Open a footnote to '
                    "read its source here.</p></div></aside>"
                )
        with gr.Row(elem_classes="offscreen"):
            action = gr.Textbox(elem_id="action", show_label=False, label="Action")
            act = gr.Button("Act", elem_id="act")
        private = {"api_visibility": "private", "show_progress": "hidden"}
        asked = [
            event(page.ask, [question, turns], [talk, question, turns], concurrency_limit=4, **private)
            for event in (question.submit, ask.click)
        ]
        acted = act.click(page.act, [action, turns], [talk, question, turns], concurrency_limit=4, **private)
        act.click(page.remove, action, [status, listed], **private)
        stop.click(page.stopped, turns, turns, cancels=[*asked, acted], **private).then(
            page.transcript, turns, talk, **private
        )
        new.click(lambda: ([], page.transcript([])), None, [turns, talk], cancels=[*asked, acted], **private)
        upload.upload(page.upload, upload, [status, listed], concurrency_limit=2, **private)
    return blocks


def create_app(assistant: Assistant) -> FastAPI:
    """The web application: the page, the originals of indexed documents, and ``/health``."""
    server = FastAPI(title="Footnote", docs_url=None, redoc_url=None, openapi_url=None)

    @server.middleware("http")
    async def guard(request: Request, call_next) -> Response:
        response = await call_next(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["X-Frame-Options"] = "DENY"
        return response

    @server.get("/health")
    def health() -> JSONResponse:
        return JSONResponse({"status": "ok", "documents": assistant.index.catalog.count_documents()})

    @server.get("/original/{key}")
    def original(key: str) -> FileResponse:
        """The file a document was read from: only files that the index knows. PDFs open in place, text is shown as text."""
        try:
            path = assistant.index.original_of(render.source_of(key))
        except (IndexingError, ValueError, OSError):
            path = None
        if path is None:
            raise HTTPException(404, "This document is not in the index, or its file is gone.")
        return _shown(path)

    return gr.mount_gradio_app(
        server, create_blocks(assistant), path="/", css=(WEB / "chat.css").read_text(encoding="utf-8"),
        js=(WEB / "chat.js").read_text(encoding="utf-8"), max_file_size=MOST_UPLOAD, show_error=False, footer_links=[],
        ssr_mode=False,
    )  # fmt: skip


def _shown(path: Path) -> FileResponse:
    """A file that cannot do anything in the page: a PDF, plain text, or a download."""
    if path.suffix.casefold() == ".pdf":
        return FileResponse(path, media_type="application/pdf", content_disposition_type="inline", filename=path.name)
    text = path.suffix.casefold() in {".txt", ".md", ".rst", ".csv", ".tsv", ".json", ".html", ".htm", ".eml", ".py"}
    return FileResponse(
        path,
        media_type="text/plain; charset=utf-8" if text else "application/octet-stream",
        content_disposition_type="inline" if text else "attachment",
        filename=path.name,
        headers={"Content-Security-Policy": "sandbox; default-src 'none'"},
    )


def launch(assistant: Assistant, host: str = "127.0.0.1", port: int = 7860) -> None:
    """Serve the chat until Ctrl-C.

    Raises:
        AssistantError: the address cannot be listened on, with one sentence saying why.
    """
    import uvicorn

    _check_free(host, port)
    server = create_app(assistant)
    threading.Thread(target=_warm_up, args=(assistant,), daemon=True).start()
    print(f"Footnote is ready: http://{'[' + host + ']' if ':' in host else host}:{port} (Ctrl-C stops it)", flush=True)
    uvicorn.run(server, host=host, port=port, log_level="warning", workers=1)


def _warm_up(assistant: Assistant) -> None:
    """Load the models while the page opens, so that the first question does not wait for them."""
    try:
        assistant.index.warm_up()
    except IndexingError as error:
        print(f"footnote: {error}", flush=True)


def _check_free(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except (OSError, OverflowError) as error:
            raise AssistantError(
                f"Port {port} on {host} cannot be used ({getattr(error, 'strerror', None) or error}): "
                "stop what is using it, or choose another with --port."
            ) from error
