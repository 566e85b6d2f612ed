"""E-mail (.eml): its head, its body with what it repeats of earlier messages, and its attachments."""

from __future__ import annotations

from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage

from footnoted.index.errors import LoadError
from footnoted.index.loaders.builder import TextBuilder
from footnoted.index.loaders.mail.parts import (
    DEEPEST,
    SHOWN,
    add_attachment,
    add_fields,
    message_metadata,
    told_once,
)
from footnoted.index.loaders.mail.replies import plain_body, with_replies
from footnoted.index.loaders.registry import Source
from footnoted.index.loaders.text import clean, one_line
from footnoted.index.text.encodings import decode
from footnoted.index.types import LoadedDocument

_MOST_PARTS = 500


def load_eml(source: Source) -> LoadedDocument:
    """A message with its attachments; an attachment that cannot be read is named in the notes."""
    message = message_from_bytes(source.data, policy=policy.default)
    if not any(message.get(name) for name in (*SHOWN, "Received", "Message-ID")):
        raise LoadError(f"{source.name} is not a message: it has no header lines.")
    builder = TextBuilder()
    notes: list[str] = []
    _add_message(message, source, builder, notes)
    metadata = message_metadata(_fields(message))
    return builder.build(title=metadata.get("subject", ""), media_type="message/rfc822", notes=notes, metadata=metadata)


def _fields(message: EmailMessage) -> list[tuple[str, str]]:
    return [(name, _header(message, name)) for name in SHOWN]


def _add_message(message: EmailMessage, source: Source, builder: TextBuilder, notes: list[str]) -> None:
    add_fields(_fields(message), builder)
    parts = list(_leaves(message))
    if len(parts) > _MOST_PARTS:
        notes.append(f"The message has more than {_MOST_PARTS} parts; the rest was left out.")
    bodies: list[LoadedDocument] = []
    others: list[EmailMessage] = []
    for part in parts[:_MOST_PARTS]:
        if part.get_content_type() == "message/rfc822" or _is_attachment(part):
            others.append(part)
        elif part.get_content_maintype() in ("text", "multipart"):  # a multipart without parts has lost its boundary
            bodies.append(_body(part))
    for body in told_once(bodies):
        builder.document(body)
        notes.extend(body.notes)
    for part in others:
        if part.get_content_type() == "message/rfc822":
            _add_forwarded(part, source, builder, notes)
        else:
            add_attachment(part.get_filename() or "", _payload(part), part.get_content_type(), source, builder, notes)


def _is_attachment(part: EmailMessage) -> bool:
    return bool(part.get_filename()) or part.get_content_disposition() == "attachment"


def _leaves(message: EmailMessage) -> Iterator[EmailMessage]:
    """The parts that are not containers, in order; messages inside are not entered."""
    stack = [message]
    while stack:
        part = stack.pop()
        if part.is_multipart() and part.get_content_type() != "message/rfc822":
            stack.extend(inside for inside in reversed(list(part.get_payload())) if isinstance(inside, EmailMessage))
        else:
            yield part


def _header(message: EmailMessage, name: str) -> str:
    try:
        value = message.get(name)
        return one_line(str(value)) if value is not None else ""
    except Exception:  # an edge: the standard library's header parser raises anything on malformed headers
        return ""


def _payload(part: EmailMessage) -> bytes:
    data = part.get_payload(decode=True)
    return data if isinstance(data, bytes) else b""


def _body(part: EmailMessage) -> LoadedDocument:
    data = _payload(part)
    if not data.strip():
        return LoadedDocument("")
    if part.get_content_subtype() == "html":
        from footnoted.index.loaders.markup.html import page_document

        return with_replies(page_document(data, _charset(part), whole=True))
    flowed = one_line(str(part.get_param("format") or "")).lower() == "flowed"
    return plain_body(clean(decode(data, _charset(part)).text), flowed=flowed)


def _charset(part: EmailMessage) -> str | None:
    try:
        return part.get_content_charset()
    except (LookupError, UnicodeError, ValueError):
        return None


def _add_forwarded(part: EmailMessage, source: Source, builder: TextBuilder, notes: list[str]) -> None:
    inside = part.get_payload()
    message = inside[0] if isinstance(inside, list) and inside else None
    if isinstance(message, EmailMessage) and source.depth < DEEPEST:
        deeper = Source(source.name, b"", source.password, source.ocr, source.depth + 1)
        _add_message(message, deeper, builder, notes)
