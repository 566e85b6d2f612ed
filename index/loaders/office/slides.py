"""Presentations: one section for each slide with its text, tables, charts, diagrams and speaker notes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from footnoted.index.loaders.archive import RELATIONSHIPS, Archive, core_metadata, core_title, open_office
from footnoted.index.loaders.builder import TextBuilder, row
from footnoted.index.loaders.registry import Source
from footnoted.index.loaders.text import one_line, tidy
from footnoted.index.types import LoadedDocument

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
_C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
_TITLES = frozenset({"title", "ctrTitle"})
_FURNITURE = frozenset({"sldNum", "dt", "ftr", "hdr", "sldImg"})


def load_pptx(source: Source) -> LoadedDocument:
    """The text of all slides in the order they are shown."""
    archive, main = open_office(source)
    relations = archive.relations(main)
    builder = TextBuilder()
    notes: list[str] = []
    first_title = ""
    slides = [slide.get(f"{RELATIONSHIPS}id") for slide in archive.xml(main).iter(f"{_P}sldId")]
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
    shapes = [shape for shape in root.iter(f"{_P}sp", f"{_P}graphicFrame") if not _is_copy(shape)]
    titles = [shape for shape in shapes if _placeholder(shape) in _TITLES]
    title = one_line(" ".join(_paragraphs(titles[0]))) if titles else ""
    builder.heading(title, 1)
    for shape in shapes:
        if shape in titles[:1] or _placeholder(shape) in _FURNITURE:
            continue
        if shape.tag == f"{_P}graphicFrame":
            _graphic(archive, part, shape, builder)
        else:
            builder.paragraph("\n".join(_paragraphs(shape)))
    for notes_part in archive.related(part, "notesSlide"):
        for shape in archive.xml(notes_part).iter(f"{_P}sp"):
            if _placeholder(shape) == "body":
                builder.paragraph("\n".join(_paragraphs(shape)))
    return title


def _is_copy(shape: Any) -> bool:
    """Whether this is the simpler copy of a shape, meant for older programs."""
    return any(ancestor.tag.endswith("}Fallback") for ancestor in shape.iterancestors())


def _placeholder(shape: Any) -> str:
    """The kind of placeholder a shape is, or ""; a placeholder without a kind is a body."""
    for found in shape.iter(f"{_P}ph"):
        return found.get("type") or "obj"
    return ""


def _paragraphs(shape: Any) -> Iterator[str]:
    """The paragraphs that are not blank; items of a list get a dash if they are marked as such."""
    for paragraph in shape.iter(f"{_A}p"):
        text = _paragraph(paragraph)
        if text:
            bullet = paragraph.find(f"{_A}pPr/{_A}buChar")
            yield f"- {text}" if bullet is not None else text


def _paragraph(paragraph: Any) -> str:
    pieces = []
    for element in paragraph.iter(f"{_A}t", f"{_A}br", f"{_A}tab"):
        pieces.append(element.text or "" if element.tag == f"{_A}t" else " ")
    return tidy("".join(pieces)).strip()


def _graphic(archive: Archive, part: str, frame: Any, builder: TextBuilder) -> None:
    """A table, a chart or a diagram."""
    for table in frame.iter(f"{_A}tbl"):
        builder.rows(_table(table))
    relations = archive.relations(part)
    for chart in frame.iter(f"{_C}chart"):
        _, target = relations.get(chart.get(f"{RELATIONSHIPS}id") or "", ("", ""))
        if target in archive:
            builder.rows(_chart(archive.xml(target)))
    for diagram in frame.iter("{*}relIds"):
        _, target = relations.get(diagram.get(f"{RELATIONSHIPS}dm") or "", ("", ""))
        if target in archive:
            builder.paragraph("\n".join(_paragraphs(archive.xml(target))))


def _table(table: Any) -> Iterator[str]:
    """Rows as lines; a cell that is merged with the one above repeats its text."""
    above: dict[int, str] = {}
    for table_row in table.iter(f"{_A}tr"):
        values = []
        for column, cell in enumerate(table_row.iterchildren(f"{_A}tc")):
            if cell.get("hMerge") in ("1", "true"):
                continue
            text = one_line(" ".join(_paragraph(paragraph) for paragraph in cell.iter(f"{_A}p")))
            if cell.get("vMerge") in ("1", "true"):
                text = text or above.get(column, "")
            above[column] = text
            values.append(text)
        yield row(values)


def _chart(chart: Any) -> Iterator[str]:
    """The title, then a row for each category with the value of every series."""
    for title in chart.iter(f"{_C}title"):
        yield one_line(" ".join(_paragraph(paragraph) for paragraph in title.iter(f"{_A}p")))
        break
    names: list[str] = []
    table: dict[str, list[str]] = {}
    for number, series in enumerate(chart.iter(f"{_C}ser")):
        names.append(" ".join(_points(series, "tx").values()) or f"series {number + 1}")
        categories = _points(series, "cat") or _points(series, "xVal")
        for index, value in (_points(series, "val") or _points(series, "yVal")).items():
            table.setdefault(categories.get(index, index), []).append(f"{names[-1]}: {value}")
    for category, values in table.items():
        yield row([category, *values])


def _points(series: Any, kind: str) -> dict[str, str]:
    """Index -> value of the points below ``kind`` of a series."""
    found = {}
    for parent in series.iterchildren(f"{_C}{kind}"):
        for point in parent.iter(f"{_C}pt"):
            value = point.find(f"{_C}v")
            found[point.get("idx") or ""] = one_line(value.text or "") if value is not None else ""
    return found
