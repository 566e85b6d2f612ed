"""Drawings in Office files: charts as tables, the words of diagrams, and what is said about pictures."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from typing import Any

from footnoted.index.loaders.archive import RELATIONSHIPS, Archive
from footnoted.index.loaders.builder import Cell, TextBuilder
from footnoted.index.loaders.office.number_formats import parsed_format
from footnoted.index.loaders.text import one_line, tidy

A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
_MADE = re.compile(r"\s*Description automatically generated(?: with [\w ]+ confidence)?\.?\s*$", re.IGNORECASE)
_FILE_NAME = re.compile(r"(?:.*[\\/])?[^\\/\s]+\.(?:png|jpe?g|gif|bmp|tiff?|emf|wmf|svg)", re.IGNORECASE)
_EPOCH = datetime.datetime(1899, 12, 30)


def add_charts(builder: TextBuilder, archive: Archive, part: str, frame: Any) -> None:
    """Add the charts and diagrams that a drawing in ``part`` refers to."""
    relations = archive.relations(part)
    for chart in frame.iter(f"{_C}chart"):
        _, target = relations.get(chart.get(f"{RELATIONSHIPS}id") or "", ("", ""))
        if target in archive:
            _add_chart(builder, archive.xml(target))
    for diagram in frame.iter("{*}relIds"):
        _, target = relations.get(diagram.get(f"{RELATIONSHIPS}dm") or "", ("", ""))
        if target in archive:
            add_lines(builder, paragraphs(archive.xml(target)))


def add_lines(builder: TextBuilder, lines: Iterator[str]) -> None:
    """Add lines that stand together, each a paragraph of its own."""
    for number, line in enumerate(filter(None, lines)):
        (builder.line if number else builder.paragraph)(line)


def paragraphs(shape: Any) -> Iterator[str]:
    """The words of each paragraph in DrawingML."""
    for paragraph in shape.iter(f"{A}p"):
        pieces = (
            element.text or "" if element.tag == f"{A}t" else " " for element in paragraph.iter(f"{A}t", f"{A}br")
        )
        yield tidy("".join(pieces)).strip()


def add_image(builder: TextBuilder, properties: Any) -> None:
    """Add what is said about a picture (``docPr``, ``cNvPr``), if a person or a machine said anything."""
    text, machine = described(properties)
    builder.paragraph(text, "image", label="recognised" if machine else "")


def described(properties: Any) -> tuple[str, bool]:
    """The description of a picture, and whether Office made it by itself; nothing for decoration or a file name."""
    for mark in properties.iter("{*}decorative"):
        if mark.get("val") in ("1", "true"):
            return "", False
    written = properties.get("descr") or properties.get("title") or ""
    text = one_line(_MADE.sub("", written))
    return ("" if _FILE_NAME.fullmatch(text) else text), bool(_MADE.search(written))


def _add_chart(builder: TextBuilder, chart: Any) -> None:
    """The title, then a row for each category with the value of every series."""
    title = ""
    for found in chart.iter(f"{_C}title"):
        title = one_line(" ".join(paragraphs(found)))
        break
    builder.paragraph(title, "caption")
    table: dict[str, list[Cell]] = {}
    for number, series in enumerate(chart.iter(f"{_C}ser"), 1):
        name = " ".join(_points(series, "tx").values()) or f"series {number}"
        categories = _points(series, "cat") or _points(series, "xVal")
        for index, text in (_points(series, "val") or _points(series, "yVal")).items():
            category = categories.get(index, index)
            table.setdefault(category, [Cell(category, 1, "", True)]).append(Cell(text, number + 1, name))
    builder.table(table.values(), tight=bool(title))


def _points(series: Any, kind: str) -> dict[str, str]:
    """Index -> value of the points below ``kind`` of a series, shown in their number format."""
    found = {}
    for parent in series.iterchildren(f"{_C}{kind}"):
        code = next((one.text or "" for one in parent.iter(f"{_C}formatCode")), "General")
        shown = parsed_format(code)
        for point in parent.iter(f"{_C}pt"):
            value = point.find(f"{_C}v")
            text = (value.text or "") if value is not None else ""
            found[point.get("idx") or ""] = one_line(shown.shown(text, _EPOCH))
    return found
