"""What every kind of message has: fields at its head, a body that may come in two forms, attachments."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from email.utils import parsedate_to_datetime

from footnoted.index.errors import EmptyFile, LoadError, NeedsOCR
from footnoted.index.loaders.builder import TextBuilder
from footnoted.index.loaders.registry import SUFFIXES, Source, load_source
from footnoted.index.loaders.text import one_line
from footnoted.index.text.structure import inferred
from footnoted.index.types import LoadedDocument

SHOWN = ("Subject", "From", "To", "Cc", "Date")
DEEPEST = 3


def add_fields(fields: Iterable[tuple[str, str]], builder: TextBuilder) -> None:
    """The head of a message, one field on each line: ``Subject: Tides``."""
    add = builder.paragraph
    for name, value in fields:
        if value:
            add(f"{name}: {value}", "field", 0, name)
            add = builder.line


def message_metadata(fields: Iterable[tuple[str, str]]) -> dict[str, str]:
    """``subject``, ``from`` and ``to`` as the message has them, ``date`` as YYYY-MM-DD; each only if it is there."""
    told = {name.lower(): value for name, value in fields if value and name != "Cc"}
    with suppress(ValueError, TypeError, OverflowError):
        told |= {"date": parsedate_to_datetime(told.pop("date", "")).date().isoformat()}
    return told


def told_once(bodies: Sequence[LoadedDocument]) -> list[LoadedDocument]:
    """The forms of a body that say something of their own: mostly a plain one and one in HTML say the same.

    Then the plain one is kept, unless the other has tables, which plain text loses.
    """
    kept: list[LoadedDocument] = []
    for body in bodies:
        shown = " ".join(one.text for one in kept)
        if not body.text.strip():
            continue
        tables = any(block.kind == "table" for block in body.blocks)
        if kept and tables and is_repetition(kept[-1].text, body.text):
            kept[-1] = body
        elif not is_repetition(body.text, shown):
            kept.append(body)
    return kept


def is_repetition(text: str, shown: str) -> bool:
    """Whether nearly all words of ``text`` were shown before."""
    told = text.split()
    known = set(shown.split())
    return sum(word in known for word in told) >= 0.9 * len(told)


def add_attachment(
    name: str, data: bytes, media_type: str, message: Source, builder: TextBuilder, notes: list[str]
) -> None:
    """The name of an attachment and what stands in it; one that cannot be read is named in the notes."""
    kind, _, form = media_type.partition("/")
    name = one_line(name) or f"attachment.{form}"
    builder.paragraph(f"Attachment: {name}", "field", 0, "Attachment")
    inside = Source(name, data, message.password, message.ocr, message.depth + 1)
    if inside.suffix not in SUFFIXES:
        if kind != "text":
            if kind != "image":
                notes.append(f"The attachment {name} was not read: there is no loader for this kind of file.")
            return
        inside = Source(f"{name}.txt", inside.data, None, None, inside.depth)
    if inside.depth > DEEPEST or not inside.data.strip():
        notes.append(f"The attachment {name} was not read: it is {'empty' if inside.depth <= DEEPEST else 'too deep'}.")
        return
    try:
        for document in load_source(inside).documents:
            builder.document(document if document.blocks else replace(document, blocks=tuple(inferred(document))))
            notes.extend(document.notes)
    except LoadError as error:
        # A logo without words is no loss.
        if not (kind == "image" and isinstance(error, EmptyFile | NeedsOCR)):
            notes.append(f"The attachment {name} was not read: {error}")
