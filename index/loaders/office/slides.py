"""Presentations: one section for each slide with its text, tables, charts, diagrams and speaker notes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from footnoted.index.loaders.archive import RELATIONSHIPS, Archive, core_metadata, core_title, open_office
from footnoted.index.loaders.builder import Cell, TextBuilder
from footnoted.index.loaders.office.drawings import A, add_charts, add_image
from footnoted.index.loaders.office.slide_text import (
    TITLES,
    Line,
    P,
    add_shape,
    bullets_of,
    lines_of,
    placeholder,
)
from footnoted.index.loaders.registry import Source
from footnoted.index.loaders.tables.rows import placed
from footnoted.index.loaders.text import one_line
from footnoted.index.types import LoadedDocument

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
_FURNITURE = frozenset({"sldNum", "dt", "ftr", "hdr", "sldImg"})
NOTES_LABEL = "Speaker notes:"


def load_pptx(source: Source) -> LoadedDocument:
    """The text of all slides in the order they are shown."""
    archive, main = open_office(source)
    relations = archive.relations(main)
    builder = TextBuilder()
    notes: list[str] = []
    first_title = ""
    slides = [slide.get(f"{RELATIONSHIPS}id") for slide in archive.xml(main).iter(f"{P}sldId")]
    for number, identifier in enumerate(slides, 1):
        _, part = relations.get(identifier or "", ("", ""))
        if part not in archive:
            notes.append(f"Slide {number} is missing from the file.")
            continue
        if archive.xml(part).get("show") in ("0", "false"):
            notes.append(f"Slide {number} is hidden in the show; it was read, too.")
        with builder.section(f"slide {number}", number):
            title = _slide(archive, part, builder)
        first_title = first_title or title
    title, metadata = core_title(archive) or first_title, core_metadata(archive)
    return builder.build(title=title, media_type=MEDIA_TYPE, notes=notes, metadata=metadata)


def _slide(archive: Archive, part: str, builder: TextBuilder) -> str:
    """Add one slide, its title first; returns the title."""
    root = archive.xml(part)
    bullets = bullets_of(archive, part)
    shapes = [shape for shape in root.iter(f"{P}sp", f"{P}graphicFrame", f"{P}pic") if not _is_copy(shape)]
    titles = [shape for shape in shapes if placeholder(shape) in TITLES]
    title = one_line(" ".join(line.text for line in lines_of(titles[0]))) if titles else ""
    builder.heading(title, 1)
    for shape in shapes:
        if shape in titles[:1] or placeholder(shape) in _FURNITURE:
            continue
        if shape.tag == f"{P}pic":
            for properties in shape.iterfind(f"{P}nvPicPr/{P}cNvPr"):
                add_image(builder, properties)
        elif shape.tag == f"{P}graphicFrame":
            for table in shape.iter(f"{A}tbl"):
                builder.table(_table(table))
            add_charts(builder, archive, part, shape)
        else:
            add_shape(builder, lines_of(shape, bullets.inherited(shape)))
    _notes(archive, part, builder)
    return title


def _notes(archive: Archive, part: str, builder: TextBuilder) -> None:
    """Add the speaker notes of a slide under a line that says what they are."""
    for notes in archive.related(part, "notesSlide"):
        for shape in archive.xml(notes).iter(f"{P}sp"):
            if placeholder(shape) == "body" and (lines := list(lines_of(shape))):
                builder.paragraph(NOTES_LABEL)
                add_shape(builder, iter(lines), tight=True)


def _is_copy(shape: Any) -> bool:
    """Whether this is the simpler copy of a shape, meant for older programs."""
    return any(ancestor.tag.endswith("}Fallback") for ancestor in shape.iterancestors())


def _table(table: Any) -> Iterator[list[Cell]]:
    """The rows; a cell that is merged with the one above repeats its text, one over several columns stands once."""
    properties = table.find(f"{A}tblPr")
    first_row, first_column = (_on(properties, name) for name in ("firstRow", "firstCol"))
    rows = list(table.iter(f"{A}tr"))
    above: dict[int, str] = {}
    for number, table_row in enumerate(rows):
        values = []
        for column, cell in enumerate(table_row.iterchildren(f"{A}tc"), 1):
            if _on(cell, "hMerge"):
                continue
            text = one_line(" ".join(map(_in_cell, lines_of(cell, list(cell.iter(f"{A}lstStyle"))))))
            if _on(cell, "vMerge"):
                text = text or above.get(column, "")
            above[column] = text
            values.append((column, text))
        header = first_row and number == 0 and len(rows) > 1
        cells = placed(values, header=header)
        yield [replace(cell, header=header or (first_column and cell.column == 1)) for cell in cells]


def _in_cell(line: Line) -> str:
    mark = "•" if line.mark.text == "-" else line.mark.text
    return f"{mark} {line.text}" if mark else line.text


def _on(element: Any, name: str) -> bool:
    return element is not None and element.get(name) in ("1", "true")
