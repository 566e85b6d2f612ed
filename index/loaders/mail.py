"""Messages (.eml): header lines, the text of the body, and the text of attachments that can be read."""

from __future__ import annotations

from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime

from footnoted.index.errors import EmptyFile, LoadError, NeedsOCR
from footnoted.index.loaders.builder import TextBuilder
from footnoted.index.loaders.registry import SUFFIXES, Source, load_source
from footnoted.index.loaders.text import clean, one_line
from footnoted.index.text.encodings import decode
from footnoted.index.types import LoadedDocument

_SHOWN = ("Subject", "From", "To", "Cc", "Date")
_DEEPEST = 3
_MOST_PARTS = 500


def load_eml(source: Source) -> LoadedDocument:
    """A message with its attachments; an attachment that cannot be read is named in the notes."""
    message = message_from_bytes(source.data, policy=policy.default)
    if not any(message.get(name) for name in (*_SHOWN, "Received", "Message-ID")):
        raise LoadError(f"{source.name} is not a message: it has no header lines.")
    builder = TextBuilder()
    notes: list[str] = []
    _add_message(message, source, builder, notes)
    return builder.build(
        title=_header(message, "Subject"), media_type="message/rfc822", notes=notes, metadata=_date(message)
    )


def _date(message: EmailMessage) -> dict[str, str]:
    try:
        return {"date": parsedate_to_datetime(_header(message, "Date")).date().isoformat()}
    except (ValueError, TypeError, OverflowError):
        return {}


def _add_message(message: EmailMessage, source: Source, builder: TextBuilder, notes: list[str]) -> None:
    lines = [f"{name}: {value}" for name in _SHOWN if (value := _header(message, name))]
    builder.paragraph("\n".join(lines))
    shown = ""
    for number, part in enumerate(_leaves(message)):
        if number >= _MOST_PARTS:
            notes.append(f"The message has more than {_MOST_PARTS} parts; the rest was left out.")
            return
        if part.get_content_type() == "message/rfc822":
            _add_forwarded(part, source, builder, notes)
        elif part.get_filename() or part.get_content_disposition() == "attachment":
            _add_attachment(part, source, builder, notes)
        elif part.get_content_maintype() in ("text", "multipart"):  # a multipart without parts has lost its boundary
            text = _body(part, source)
            # The alternatives of a body mostly say the same; what was shown already is not shown again.
            if text and not _is_repetition(text, shown):
                builder.paragraph(text)
                shown += " " + text


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


def _body(part: EmailMessage, source: Source) -> str:
    data = _payload(part)
    if part.get_content_subtype() == "html":
        from footnoted.index.loaders.markup.html import page_document

        return page_document(data, _charset(part), whole=True).text if data.strip() else ""
    return clean(decode(data, _charset(part)).text).strip()


def _charset(part: EmailMessage) -> str | None:
    try:
        return part.get_content_charset()
    except (LookupError, UnicodeError, ValueError):
        return None


def _is_repetition(text: str, shown: str) -> bool:
    """Whether nearly all words of ``text`` were shown before."""
    words = text.split()
    known = set(shown.split())
    return sum(word in known for word in words) >= 0.9 * len(words)


def _add_attachment(part: EmailMessage, source: Source, builder: TextBuilder, notes: list[str]) -> None:
    name = one_line(part.get_filename() or "") or f"attachment.{part.get_content_subtype()}"
    builder.paragraph(f"Attachment: {name}")
    inside = Source(name, _payload(part), source.password, source.ocr, source.depth + 1)
    if inside.suffix not in SUFFIXES:
        if part.get_content_maintype() != "text":
            if part.get_content_maintype() != "image":
                notes.append(f"The attachment {name} was not read: there is no loader for this kind of file.")
            return
        inside = Source(f"{name}.txt", inside.data, None, None, inside.depth)
    if inside.depth > _DEEPEST or not inside.data.strip():
        notes.append(
            f"The attachment {name} was not read: it is {'empty' if inside.depth <= _DEEPEST else 'too deep'}."
        )
        return
    try:
        for document in load_source(inside).documents:
            builder.document(document)
            notes.extend(document.notes)
    except LoadError as error:
        if not (part.get_content_maintype() == "image" and isinstance(error, (EmptyFile, NeedsOCR))):
            notes.append(f"The attachment {name} was not read: {error}")


def _add_forwarded(part: EmailMessage, source: Source, builder: TextBuilder, notes: list[str]) -> None:
    inside = part.get_payload()
    message = inside[0] if isinstance(inside, list) and inside else None
    if isinstance(message, EmailMessage) and source.depth < _DEEPEST:
        deeper = Source(source.name, b"", source.password, source.ocr, source.depth + 1)
        _add_message(message, deeper, builder, notes)
