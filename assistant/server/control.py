"""What commands on the same machine ask of the running server, with a secret from the data folder."""

from __future__ import annotations

import asyncio
import json
import os
import queue
import secrets
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse

from footnoted.assistant.errors import AssistantError
from footnoted.assistant.server.remote_index import ANNOUNCEMENT, RESULTS, proof, revived
from footnoted.index.errors import IndexingError, SourceNotFound
from footnoted.index.models.stopping import GivenUp, given_up_when
from footnoted.index.types import Filter

if TYPE_CHECKING:
    from footnoted.assistant.server.state import State
    from footnoted.index import Index

COMPARED = ("model", "base_url", "embedding_model", "reranker", "threshold", "passages")
QUESTIONS = {"answer", "retrieve"}  # given up when the command has gone; what writes ends after a document
_BEAT = 5.0  # seconds after which a line is sent although nothing happened


class Stopped(AssistantError):
    """The command that asked for this has gone away."""


def router(state: State, token: str) -> APIRouter:
    """The two routes; ``token`` is the secret of this server's run."""
    routes = APIRouter(prefix="/control", include_in_schema=False)

    @routes.get("/hello")
    def hello(nonce: str = "") -> Response:
        return JSONResponse({"proof": proof(token, nonce[:64])})

    @routes.post("/call")
    async def call(request: Request) -> Response:
        shown = request.headers.get("authorization", "").removeprefix("Bearer ")
        if not secrets.compare_digest(shown.encode(), token.encode()):
            return JSONResponse({"error": "This needs the secret of the data folder."}, 401)
        try:
            asked = json.loads(await request.body())
        except (ValueError, RecursionError):
            asked = None
        if not isinstance(asked, dict) or not isinstance(asked.get("given"), dict):
            return JSONResponse({"error": "This is not a call."}, 400)
        if asked.get("name") not in RESULTS:
            return JSONResponse({"error": "There is no such call."}, 404)
        return StreamingResponse(_lines(state, asked["name"], asked["given"]), media_type="application/x-ndjson")

    return routes


@contextmanager
def announced(state: State, url: str, token: str) -> Iterator[None]:
    """Write down where the server is, for the commands on this machine, as long as it runs."""
    path, content = state.folder / ANNOUNCEMENT, {"url": url, "token": token, "pid": os.getpid()}
    content |= {"settings": {name: getattr(state.settings, name) for name in COMPARED}}
    _write_secret(path, json.dumps(content))
    try:
        yield
    finally:
        with suppress(OSError, ValueError):
            if json.loads(path.read_text(encoding="utf-8"))["token"] == token:  # not another server's by now
                path.unlink()


def while_running(state: State, url: str, token: str) -> Callable:
    """:func:`announced` as a context that lasts as long as the server runs."""

    @asynccontextmanager
    async def running() -> AsyncIterator[None]:
        with announced(state, url, token):
            yield

    return running


def _write_secret(path: Path, text: str) -> None:
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    partial.replace(path)


async def _lines(state: State, name: str, given: dict[str, Any]) -> AsyncIterator[bytes]:
    """A line of JSON for each step of the progress, then one with the result or the error."""
    messages: queue.Queue[dict] = queue.Queue()
    gone = threading.Event()

    def update(progress) -> None:
        if gone.is_set():  # what was stored so far stays, as after Ctrl-C
            raise Stopped("The command was stopped.")
        messages.put({"progress": asdict(progress)})

    def work() -> None:
        try:
            with given_up_when(gone.is_set if name in QUESTIONS else lambda: False):
                messages.put({"result": plain(_called(state, name, given, update))})
        except GivenUp:
            pass
        except (AssistantError, IndexingError, OSError) as error:
            messages.put({"error": {"kind": type(error).__name__, "message": str(error)}})
        except Exception as error:
            messages.put(
                {"error": {"kind": "AssistantError", "message": f"The server failed ({type(error).__name__})."}}
            )
            raise

    threading.Thread(target=work, name=f"footnote-{name}", daemon=True).start()
    try:
        while True:
            try:
                message = await asyncio.to_thread(messages.get, True, _BEAT)
            except queue.Empty:
                message = {}
            yield json.dumps(message).encode() + b"\n"
            if "result" in message or "error" in message:
                return
    finally:
        gone.set()


def _called(state: State, name: str, given: dict[str, Any], update: Callable) -> Any:
    index = state.index
    if given.get("filter") is not None:
        given["filter"] = revived(Filter, given["filter"])
    if name == "answer":
        return state.assistant.answer(**given)
    if name == "add":
        given["allow"] = [*(given.get("allow") or ()), *state.settings.allowed_pages]
        return index.add(**given, progress=update)
    if "path" in given:
        given["source"] = _meant(index, given["source"], given.pop("path"))
        return getattr(index, name)(*given.values())
    return getattr(index, name)(**given)


def _meant(index: Index, name: str, path: str) -> str:
    """What the person means by a name: a source or own id, else a path seen from where they are, else a failed file."""
    if row := index.catalog.document(name):
        return row["source"]
    failed = [record.path for record in index.catalog.files() if record.error]
    if any(held == path or held.startswith(path + "/") for held in _paths(index)) or "://" in name:
        return path
    named = [held for held in failed if Path(held).name == name]
    if named:
        return named[0]
    raise SourceNotFound(f"No document called {name} is in the index: 'footnote list' shows what is.")


def _paths(index: Index) -> Iterator[str]:
    yield from (row["path"] for row in index.catalog.documents())
    yield from (record.path for record in index.catalog.files())


def plain(value: Any) -> Any:
    """A result as JSON can carry it."""
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    return [plain(one) for one in value] if isinstance(value, list | tuple) else value
