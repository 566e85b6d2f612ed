"""``/api``: answers, passages, documents, collections and conversations for programs."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, File, Form, Query, Request, UploadFile
from fastapi.responses import JSONResponse, Response, StreamingResponse

from footnoted.assistant.answers import Answer
from footnoted.assistant.asking.request import checked_question
from footnoted.assistant.errors import AssistantError, Forbidden
from footnoted.assistant.server.interfaces import asking, replies
from footnoted.assistant.server.interfaces import schemas as form
from footnoted.assistant.server.visit import Visit, visit_of
from footnoted.assistant.web.documents import document_routes
from footnoted.assistant.web.documents.uploads import store_upload
from footnoted.assistant.web.panels_html import document_key
from footnoted.index.errors import IndexingError, SourceNotFound
from footnoted.index.pages.fetch import page_url
from footnoted.index.search.filters import collection_name

if TYPE_CHECKING:
    from footnoted.assistant.server.state import State
    from footnoted.assistant.web.documents.uploads import Job
    from footnoted.index.types import DocumentInfo

ERRORS: dict[int | str, dict[str, Any]] = {
    status: {"model": form.ErrorModel, "description": description}
    for status, description in {
        400: "Refused", 401: "Log in or send a token", 403: "Not allowed", 404: "Not found", 413: "Too large",
        422: "Not valid", 429: "Too many requests", 503: "Busy",
    }.items()
}  # fmt: skip
_EVENT = {"type": "object", "properties": {"event": {"type": "string"}, "data": {"type": "string"}}}
STREAMED: dict[int | str, dict[str, Any]] = {
    200: {"description": "The answer, or its events", "content": {"text/event-stream": {"itemSchema": _EVENT}}}
}


class Json(JSONResponse):
    """JSON in ASCII: half a surrogate pair in a document's text cannot be sent otherwise."""

    def render(self, content: object) -> bytes:
        """The bytes of a reply."""
        return json.dumps(content, ensure_ascii=True, allow_nan=False).encode()


def router(state: State) -> APIRouter:
    """The routes over one server's state."""
    routes = APIRouter(prefix="/api", responses=ERRORS, default_response_class=Json)
    _questions(routes, state)
    _documents(routes, state)
    _collections(routes, state)
    _conversations(routes, state)
    return routes


# Questions ---------------------------------------------------------------------------------------------------------


def _questions(routes: APIRouter, state: State) -> None:
    @routes.post("/answer", tags=["questions"], response_model=form.AnswerModel, responses=STREAMED)
    async def answer(given: form.AnswerRequest, request: Request) -> Response:
        """Answer a question from the documents, with footnotes; a refusal is an answer too.

        With ``"stream": true``, or when only ``text/event-stream`` is accepted, the answer comes as server-sent events:
        ``waiting`` (the place in line), ``answer`` (growing, the last one has ``"done": true``) or ``error``.
        """
        asked = asking.Asked(
            given.question,
            [message.model_dump() for message in given.history],
            given.filter.as_filter() if given.filter else None,
            given.search_for,
        )
        if given.stream or request.headers.get("accept", "").startswith("text/event-stream"):
            checked_question(given.question)
            return events(_answer_events(state, visit_of(request), asked))
        return Json((await asking.answered(state, visit_of(request), asked)).to_dict())

    @routes.post("/search", tags=["questions"], response_model=form.SearchResult)
    async def search(given: form.SearchRequest, request: Request) -> Response:
        """The passages that are found for a question, best first, each with the reason for its place."""
        wanted = given.filter.as_filter() if given.filter else None
        found = await asking.found(state, visit_of(request), given.question, given.k, wanted, rerank=given.rerank)
        return Json({"passages": [passage.to_dict() for passage in found]})


def events(stream: AsyncIterator[bytes]) -> StreamingResponse:
    """Server-sent events that no proxy buffers."""
    return StreamingResponse(
        stream, media_type="text/event-stream", headers={"cache-control": "no-store", "x-accel-buffering": "no"}
    )


async def _answer_events(state: State, visit: Visit, asked: asking.Asked) -> AsyncIterator[bytes]:
    try:
        async with aclosing(asking.growing(state, visit, asked)) as steps:  # type: ignore[type-var]
            async for step in steps:
                if isinstance(step, Answer):
                    yield replies.sse("answer", step.to_dict())
                else:
                    yield replies.sse("waiting", {"place": step})
    except (AssistantError, IndexingError) as error:
        _, code, message, _ = replies.of_error(error)
        yield replies.sse("error", replies.body(code, message)["error"])


# Documents ---------------------------------------------------------------------------------------------------------


def described(info: DocumentInfo) -> dict:
    """A document as programs see it."""
    return info.to_dict() | {"key": document_key(info.source)}


def _documents(routes: APIRouter, state: State) -> None:
    service = state.service

    @routes.get("/documents", tags=["documents"], response_model=form.DocumentList)
    def documents(
        request: Request,
        collection: Annotated[str | None, Query(max_length=64)] = None,
        offset: Annotated[int, Query(ge=0, le=10**9)] = 0,
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    ) -> Response:
        """The documents that the caller may read, by source; those that could not be read say why."""
        listed = state.access.visible(visit_of(request).caller, state.index.documents())
        if collection is not None:
            listed = [info for info in listed if info.collection == collection]
        page = [described(info) for info in listed[offset : offset + limit]]
        return Json({"documents": page, "total": len(listed)})

    @routes.post("/documents", tags=["documents"], status_code=202, response_model=form.JobModel)
    def add(
        request: Request,
        files: Annotated[list[UploadFile], File(description="the files; several parts of this name")],
        collection: Annotated[str | None, Form(max_length=64)] = None,
    ) -> Response:
        """Upload files. They are read in the background: the job reports the progress."""
        caller = visit_of(request).caller
        chosen = collection_name(collection) if collection else state.access.home_collection(caller)
        state.access.require_write(caller, chosen)
        paths: list[Path] = []
        try:
            for item in files:
                paths.append(store_upload(service.uploads, item.file, item.filename, chosen))
            job = service.start_adding(caller.key, paths, chosen)
        except (AssistantError, IndexingError, OSError):
            service.discard(paths)
            raise
        return Json(_progress(service.jobs[job]), 202, {"location": f"/api/jobs/{job}"})

    @routes.post("/pages", tags=["documents"], status_code=202, response_model=form.JobModel)
    def fetch(given: form.PageRequest, request: Request) -> Response:
        """Read a public web page, or the pages of a sitemap; for administrators where there are accounts."""
        caller = visit_of(request).caller
        chosen = collection_name(given.collection) if given.collection else state.access.home_collection(caller)
        state.access.require_write(caller, chosen)
        job = service.start_adding(caller.key, [page_url(given.url)], chosen)
        return Json(_progress(service.jobs[job]), 202, {"location": f"/api/jobs/{job}"})

    @routes.get("/jobs/{job}", tags=["documents"], response_model=form.JobModel)
    def progress(job: str, request: Request) -> Response:
        """The progress of one of the caller's uploads and, at the end, the result for each file."""
        found = service.jobs.get(job)
        if found is None or found.user != visit_of(request).caller.key:
            raise SourceNotFound("There is no such upload.")
        return Json(_progress(found))

    @routes.get("/documents/{key}", tags=["documents"], response_model=form.DocumentModel)
    def document(key: str, request: Request) -> Response:
        """One document, by the key that the list shows."""
        return Json(described(_found(state, request, key)))

    @routes.get("/documents/{key}/text", tags=["documents"], response_model=form.DocumentText)
    def text(key: str, request: Request) -> Response:
        """The stored text, which footnotes are spans of."""
        info = _found(state, request, key)
        return Json({"source": info.source, "text": state.index.text_of(info.source)})

    @routes.delete("/documents/{key}", tags=["documents"], response_model=form.Removed)
    def remove(key: str, request: Request) -> Response:
        """Remove a document from the index; an uploaded file is deleted too."""
        info = _found(state, request, key)
        state.access.require_write(visit_of(request).caller, info.collection)
        document_routes.post_remove(service, visit_of(request).caller.key, key)
        return Json({"removed": [info.source]})


def _found(state: State, request: Request, key: str) -> DocumentInfo:
    for info in state.access.visible(visit_of(request).caller, state.index.documents()):
        if document_key(info.source) == key:
            return info
    raise SourceNotFound("There is no such document.")


def _progress(job: Job) -> dict:
    so_far = job.progress
    return {
        "job": job.id, "done": job.done, "documents_done": so_far.documents_done if so_far else 0,
        "documents_total": so_far.documents_total if so_far else job.files,
        "passages_done": so_far.passages_done if so_far else 0, "error": job.error,
        "report": job.report.to_dict() if job.report else None,
    }  # fmt: skip


# Collections -------------------------------------------------------------------------------------------------------


def _collections(routes: APIRouter, state: State) -> None:
    @routes.get("/collections", tags=["collections"], response_model=form.CollectionList)
    def collections(request: Request) -> Response:
        """The collections that the caller may read, and who else may."""
        return Json({"collections": _listed_collections(state, visit_of(request))})

    @routes.put("/collections/{name}", tags=["collections"], response_model=form.CollectionList)
    def share(name: str, given: form.Sharing, request: Request) -> Response:
        """Create a collection, or set who may read it: nobody else (the default), some accounts, or all."""
        visit = visit_of(request)
        if visit.caller.user is None:
            raise Forbidden("There are no accounts here to share with: 'footnote users add' creates one.")
        state.access.share(visit.caller, name, public=given.public, shared_with=given.shared_with)
        return Json({"collections": _listed_collections(state, visit)})


def _listed_collections(state: State, visit: Visit) -> list[dict]:
    rules = state.accounts.rules()
    held = {info.name: info for info in state.index.collections()}
    names = {user.id: user.name for user in state.accounts.users()}
    listed = []
    for name in sorted({*held, *rules}):
        if not state.access.may_read(visit.caller, name):
            continue
        _, public, shared = rules.get(name, (None, name == "default", frozenset()))
        writable = state.access.may_write(visit.caller, name)
        listed.append(
            {
                "name": name, "documents": held[name].documents if name in held else 0,
                "passages": held[name].passages if name in held else 0, "writable": writable, "public": public,
                "shared_with": sorted(names[one] for one in shared if one in names) if writable else [],
            }
        )  # fmt: skip
    return listed


# Conversations -----------------------------------------------------------------------------------------------------


def _conversations(routes: APIRouter, state: State) -> None:
    kept = state.service.conversations

    @routes.get("/conversations", tags=["conversations"], response_model=form.ConversationList)
    def conversations(request: Request, search: Annotated[str, Query(max_length=200)] = "") -> Response:
        """The caller's own conversations in the chat, latest first."""
        listed = kept.listed(visit_of(request).caller.key, search.strip())
        return Json({"conversations": [asdict(one) for one in listed]})

    @routes.get("/conversations/{conversation}", tags=["conversations"], response_model=form.ConversationTurns)
    def conversation(conversation: str, request: Request) -> Response:
        """The questions and answers of one of them."""
        key = visit_of(request).caller.key
        turns = kept.turns(key, conversation)
        return Json({"name": kept.get(key, conversation).name, "turns": [asdict(turn) for turn in turns]})

    @routes.delete("/conversations/{conversation}", tags=["conversations"], status_code=204, response_model=None)
    def forget(conversation: str, request: Request) -> Response:
        """Delete one of them."""
        kept.delete(visit_of(request).caller.key, conversation)
        return Response(status_code=204)
