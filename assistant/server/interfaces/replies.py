"""Errors as every interface sends them: one status for each kind of error, and ``{"error": {"code", "message"}}``."""

from __future__ import annotations

import json
from collections.abc import Mapping

from footnoted.assistant.errors import (
    AccountError,
    AssistantError,
    Busy,
    Forbidden,
    ModelError,
    QuestionError,
    TooMuch,
)
from footnoted.assistant.web.conversations.conversations import ConversationNotFound
from footnoted.index.errors import (
    FilterInvalid,
    HomeUnusable,
    IndexBusy,
    IndexClosed,
    IndexDamaged,
    IndexingError,
    ModelUnavailable,
    SourceNotFound,
    StoreUnreachable,
    TextDamaged,
)

# The first that fits counts.
KINDS: tuple[tuple[type[Exception], int, str], ...] = (
    (ConversationNotFound, 404, "not_found"),
    (SourceNotFound, 404, "not_found"),
    (Forbidden, 403, "forbidden"),
    (TooMuch, 413, "too_large"),
    (Busy, 503, "busy"),
    (QuestionError, 422, "question_invalid"),
    (FilterInvalid, 422, "filter_invalid"),
    (AccountError, 422, "account_invalid"),
    (ModelError, 502, "model_failed"),
    (IndexBusy, 503, "index_busy"),
    (IndexClosed, 503, "stopping"),
    (ModelUnavailable, 503, "model_unavailable"),
    (StoreUnreachable, 503, "store_unreachable"),
    (IndexDamaged, 503, "index_damaged"),
    (TextDamaged, 503, "text_damaged"),
    (HomeUnusable, 503, "home_unusable"),
    (AssistantError, 400, "refused"),
    (IndexingError, 400, "refused"),
)
CODES = {
    400: "bad_request", 401: "login_required", 403: "forbidden", 404: "not_found", 405: "method_not_allowed",
    406: "not_acceptable", 408: "too_slow", 413: "too_large", 415: "unsupported_media_type", 421: "wrong_host",
    422: "invalid", 429: "too_many_requests", 500: "internal", 503: "busy", 504: "too_slow",
}  # fmt: skip


def of_error(error: Exception) -> tuple[int, str, str, dict[str, str]]:
    """Status, code, message and headers for an error of ours."""
    status, code = next(((status, code) for kind, status, code in KINDS if isinstance(error, kind)), (500, "internal"))
    headers = {"retry-after": str(error.retry_after)} if isinstance(error, Busy) else {}
    if status == 503 and not headers:
        headers = {"retry-after": "5"}
    return status, code, str(error), headers


def body(code: str, message: str) -> dict:
    """What a program is sent for an error."""
    return {"error": {"code": code, "message": message}}


def encoded(code: str, message: str) -> bytes:
    """:func:`body` as bytes of JSON."""
    return json.dumps(body(code, message)).encode()


def sse(event: str, data: object) -> bytes:
    """One server-sent event. JSON has no line breaks of its own, so that no text can begin another event."""
    return f"event: {event}\ndata: {json.dumps(data)}\n\n".encode()


def data(value: object) -> bytes:
    """A server-sent event without a name."""
    return f"data: {json.dumps(value)}\n\n".encode()


async def send_plain(send, status: int, content: bytes, headers: Mapping[str, str]) -> None:
    """A whole response straight to ASGI, for what is refused before any route is reached."""
    raw = [(name.lower().encode("latin-1"), value.encode("latin-1", "replace")) for name, value in headers.items()]
    raw.append((b"content-length", str(len(content)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": content})
