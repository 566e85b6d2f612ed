"""Outlook's messages (.msg): the same as an e-mail, from the compound file in which Outlook saves it."""

from __future__ import annotations

from email.utils import format_datetime
from typing import Any

from footnoted.index.errors import LoadError
from footnoted.index.loaders.builder import TextBuilder
from footnoted.index.loaders.mail.parts import add_attachment, add_fields, message_metadata, told_once
from footnoted.index.loaders.mail.replies import plain_body, with_replies
from footnoted.index.loaders.registry import Source
from footnoted.index.loaders.text import one_line
from footnoted.index.types import LoadedDocument

_MOST_ATTACHMENTS = 500
_RTF = 0x1009  # PidTagRtfCompressed
_ONLY_RTF = "The body of this message is only there as RTF, which is not read; save the message as .eml and add that."


def load_msg(source: Source) -> LoadedDocument:
    """A message with its attachments; an attachment that cannot be read is named in the notes."""
    try:
        from oxmsg import Message
        from oxmsg.domain import constants
    except ImportError as error:
        raise LoadError(
            f"{source.name} cannot be read without the package python-oxmsg; install it with pip, or save the message "
            "as .eml and add that."
        ) from error
    if not source.data.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        raise LoadError(f"{source.name} is damaged or not a message that Outlook saved.")
    message = Message.load(source.data)
    fields = _fields(message)
    builder = TextBuilder()
    notes: list[str] = []
    add_fields(fields, builder)
    bodies = [plain_body(message.body or ""), _html_body(message, constants)]
    if not any(body.text.strip() for body in bodies) and message.properties.binary_prop_value(_RTF):
        notes.append(_ONLY_RTF)
    for body in told_once(bodies):
        builder.document(body)
        notes.extend(body.notes)
    for number, attachment in enumerate(message.attachments):
        if number >= _MOST_ATTACHMENTS:
            notes.append(f"The message has more than {_MOST_ATTACHMENTS} attachments; the rest was left out.")
            break
        _add_attachment(attachment, constants, source, builder, notes)
    metadata = message_metadata(fields)
    return builder.build(
        title=metadata.get("subject", ""), media_type="application/vnd.ms-outlook", notes=notes, metadata=metadata
    )


def _fields(message: Any) -> list[tuple[str, str]]:
    headers = {name.lower(): value for name, value in message.message_headers.items()}
    people = [
        f"{one.name} <{one.email_address}>" if one.email_address and one.name != one.email_address else one.name
        for one in message.recipients
    ]
    date = headers.get("date") or (format_datetime(message.sent_date) if message.sent_date else "")
    told = {
        "Subject": message.subject,
        "From": message.sender,
        "To": headers.get("to") or ", ".join(people),
        "Cc": headers.get("cc"),
        "Date": date,
    }
    return [(name, _decoded(value or "")) for name, value in told.items()]


def _decoded(value: str) -> str:
    """A field without the encoding of e-mail's own head lines, which Outlook keeps as they came."""
    from email.header import decode_header, make_header

    try:
        return one_line(str(make_header(decode_header(value)))) if "=?" in value else one_line(value)
    except (LookupError, ValueError):
        return one_line(value)


def _html_body(message: Any, constants: Any) -> LoadedDocument:
    from footnoted.index.loaders.markup.html import page_document

    data = message.properties.binary_prop_value(constants.PID_HTML)
    if data is None:
        data = (message.properties.str_prop_value(constants.PID_BODY_HTML) or "").encode("utf-8")
        return with_replies(page_document(data, "utf-8", whole=True)) if data.strip() else LoadedDocument("")
    return with_replies(page_document(data, message.properties.body_encoding, whole=True))


def _add_attachment(attachment: Any, constants: Any, message: Source, builder: TextBuilder, notes: list[str]) -> None:
    properties = attachment.properties
    name = one_line(attachment.file_name or properties.str_prop_value(constants.PID_ATTACH_FILENAME) or "")
    data = attachment.file_bytes
    if data is None:
        title = name or one_line(properties.str_prop_value(constants.PID_DISPLAY_NAME) or "") or "without a name"
        notes.append(
            f"The attachment {title} was not read: it is a message or an object; save it as a file of its own."
        )
        return
    add_attachment(name, data, attachment.mime_type or "application/octet-stream", message, builder, notes)
