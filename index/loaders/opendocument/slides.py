"""Presentations in OpenDocument: one section for each slide with its text, tables, charts and speaker notes."""

from __future__ import annotations

from typing import Any

from footnoted.index.loaders.builder import TextBuilder
from footnoted.index.loaders.office.slides import NOTES_LABEL
from footnoted.index.loaders.opendocument.package import open_document, styles_of
from footnoted.index.loaders.opendocument.texts import Walker
from footnoted.index.loaders.opendocument.words import is_drawing
from footnoted.index.loaders.registry import Source
from footnoted.index.loaders.text import one_line
from footnoted.index.types import LoadedDocument

MEDIA_TYPE = "application/vnd.oasis.opendocument.presentation"
_PRESENTATION = "{urn:oasis:names:tc:opendocument:xmlns:presentation:1.0}"


def load_odp(source: Source) -> LoadedDocument:
    """The text of all slides in the order they are shown."""
    document = open_document(source)
    builder = TextBuilder()
    walker = Walker(builder, document, styles_of(document))
    first_title = ""
    for number, page in enumerate(document.content.iter("{*}page"), 1):
        with builder.section(f"slide {number}", number):
            title = _slide(page, walker)
        first_title = first_title or title
    title = document.property("title") or first_title
    return builder.build(title=title, media_type=MEDIA_TYPE, metadata=document.metadata())


def _slide(page: Any, walker: Walker) -> str:
    """Add one slide, its title first; returns the title."""
    frames = [child for child in page.iterchildren() if isinstance(child.tag, str)]
    titles = [frame for frame in frames if frame.get(f"{_PRESENTATION}class") == "title"]
    title = one_line(walker.plain_text(titles[0])) if titles else ""
    walker.builder.heading(title, 1)
    for frame in frames:
        if frame in titles[:1] or frame.tag == f"{_PRESENTATION}notes":
            continue
        if is_drawing(frame) and frame.get(f"{_PRESENTATION}class") not in ("page-number", "date-time", "footer"):
            walker.drawing(frame)
            walker.paragraphs.finish()
    for notes in page.iterchildren(f"{_PRESENTATION}notes"):
        for frame in notes.iterchildren():
            if frame.get(f"{_PRESENTATION}class") == "notes" and walker.plain_text(frame):
                walker.builder.paragraph(NOTES_LABEL)
                walker.drawing(frame)
                walker.paragraphs.finish()
    return title
