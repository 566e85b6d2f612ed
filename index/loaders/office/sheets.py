"""Excel: one section for each sheet, its tables, one line for each row, values as a reader sees them."""

from __future__ import annotations

import datetime
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from footnoted.index.errors import LoadError
from footnoted.index.loaders.archive import RELATIONSHIPS, Archive, core_metadata, core_title, open_office
from footnoted.index.loaders.builder import TextBuilder
from footnoted.index.loaders.office.number_formats import NumberFormat, number_format
from footnoted.index.loaders.office.scripts import Piece, joined
from footnoted.index.loaders.registry import Source
from footnoted.index.loaders.tables.regions import Area, Sheet, add_sheet, repeat_downwards
from footnoted.index.loaders.text import one_line
from footnoted.index.types import LoadedDocument

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_REFERENCE = re.compile(r"\$?([A-Z]{1,3})\$?(\d{1,7})")
_MOST_CELLS = 5_000_000


@dataclass(frozen=True, slots=True)
class _Style:
    """How the cells of one style are shown."""

    format: NumberFormat = NumberFormat()
    bold: bool = False


def load_xlsx(source: Source) -> LoadedDocument:
    """The values of all sheets (of formulas: the last result), each table under its own header, and comments."""
    archive, main = open_office(source)
    workbook = archive.xml(main)
    shared = _shared_strings(archive, main)
    styles = _styles(archive, main)
    epoch = _epoch(workbook)
    relations = archive.relations(main)
    builder = TextBuilder()
    notes: list[str] = []
    for sheet in workbook.iter("{*}sheet"):
        name = sheet.get("name") or "?"
        if (sheet.get("state") or "visible") != "visible":
            notes.append(f"The sheet {name} is hidden; it was read, too.")
        kind, part = relations.get(sheet.get(f"{RELATIONSHIPS}id") or "", ("", ""))
        if kind != "worksheet":
            continue
        if part not in archive:
            notes.append(f"The sheet {name} is missing from the file.")
            continue
        reader = _Reader(archive.name, shared, styles, epoch)
        with builder.section(f"sheet {name}"):
            add_sheet(builder, reader.sheet(archive.read(part), list(_named_tables(archive, part))))
            for place, text in _comments(archive, part):
                with builder.block("footnote", label=place):
                    builder.marked(text, f"Comment on {place}:", tight=False)
        if reader.unknown:
            notes.append(
                f"On the sheet {name}, {reader.unknown} formulas have no stored result; they are shown as formulas."
            )
    title, metadata = core_title(archive), core_metadata(archive)
    return builder.build(title=title, media_type=MEDIA_TYPE, notes=notes, metadata=metadata)


class _Reader:
    """Reads the rows of one sheet."""

    def __init__(self, name: str, shared: list[str], styles: dict[str, _Style], epoch: datetime.datetime) -> None:
        self.name, self.shared, self.styles, self.epoch = name, shared, styles, epoch
        self.unknown = 0
        self.cells = 0
        self.bold = False  # whether all of the row that is being read

    def sheet(self, data: bytes, named: list[Area]) -> Sheet:
        """All rows that hold anything, and what shows which tables they are."""
        from lxml import etree

        rows: dict[int, dict[int, str]] = {}
        merged: list[Area] = []
        bold: set[int] = set()
        widths: dict[int, float] = {}
        tags = ("{*}row", "{*}mergeCell", "{*}col")
        number = 0
        for _, element in etree.iterparse(
            io.BytesIO(data), tag=tags, resolve_entities=False, no_network=True, recover=True
        ):
            tag = element.tag.rpartition("}")[2]
            if tag == "row":
                written = element.get("r") or ""
                number = int(written) if written.isdigit() else number + 1
                self.bold = True
                if values := dict(self.values(element)):
                    rows[number] = values
                    if self.bold:
                        bold.add(number)
            elif tag == "mergeCell":
                merged.extend(_area(element.get("ref") or ""))
            else:
                widths.update(_width(element))
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]
        repeat_downwards(rows, merged)
        return Sheet(rows, merged, named, frozenset(bold), widths)

    def values(self, element: Any) -> Iterator[tuple[int, str]]:
        column = 0
        for cell in element.iterchildren("{*}c"):
            column = _column((cell.get("r") or "").rstrip("0123456789")) or column + 1
            self.cells += 1
            if self.cells > _MOST_CELLS:
                raise LoadError(f"{self.name} has more than {_MOST_CELLS:,} cells; split it into smaller files.")
            style = self.styles.get(cell.get("s") or "0", _PLAIN)
            text = one_line(self.value(cell, style.format))
            if text:
                self.bold = self.bold and style.bold
                yield column, text

    def value(self, cell: Any, shown: NumberFormat) -> str:
        kind = cell.get("t") or "n"
        if kind == "inlineStr":
            return shown.text("".join(_string(item) for item in cell.iterchildren("{*}is")))
        value, formula = cell.find("{*}v"), cell.find("{*}f")
        raw = (value.text or "") if value is not None else ""
        if not raw:
            if formula is not None and formula.text and kind != "str":
                self.unknown += 1
                return f"={formula.text}"
            return ""
        if kind == "s":
            return shown.text(self.shared[int(raw)]) if raw.isdigit() and int(raw) < len(self.shared) else ""
        if kind == "b":
            return "TRUE" if raw == "1" else "FALSE"
        if kind == "n":
            return shown.shown(raw, self.epoch)
        return shown.text(raw) if kind == "str" else raw


def _area(reference: str, headers: int = 0) -> Iterator[Area]:
    """The area of a range like ``A1:B3``."""
    first, _, last = reference.partition(":")
    start, end = _REFERENCE.fullmatch(first), _REFERENCE.fullmatch(last or first)
    if start and end:
        yield Area(_column(start[1]), int(start[2]), _column(end[1]), int(end[2]), headers)


def _width(element: Any) -> Iterator[tuple[int, float]]:
    """The width of columns in characters, from a ``col`` that stands for several."""
    try:
        first, last = int(element.get("min") or ""), int(element.get("max") or "")
        width = 0.0 if element.get("hidden") in ("1", "true") else float(element.get("width") or "")
    except ValueError:
        return
    for column in range(first, min(last, first + 200) + 1):
        yield column, width


def _named_tables(archive: Archive, part: str) -> Iterator[Area]:
    """Where the tables of a sheet are that were made with "Format as table"."""
    for target in archive.related(part, "table"):
        root = archive.xml(target)
        headers = root.get("headerRowCount") or "1"
        yield from _area(root.get("ref") or "", int(headers) if headers.isdigit() else 1)


def _comments(archive: Archive, part: str) -> Iterator[tuple[str, str]]:
    """The comments on a sheet: the name of the cell, and the text."""
    for target in archive.related(part, "comments"):
        for comment in archive.xml(target).iter("{*}comment"):
            said = " ".join(_string(text) for text in comment.iterchildren("{*}text"))
            if text := one_line(said.partition("Comment:\n")[2] or said):  # what is before is advice from Excel
                yield comment.get("ref") or "?", text


@lru_cache(20_000)
def _column(letters: str) -> int:
    """The number of a column, from 1; 0 for letters that name none."""
    if not re.fullmatch("[A-Z]{1,3}", letters):
        return 0
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def _shared_strings(archive: Archive, main: str) -> list[str]:
    """The texts that cells refer to."""
    return [
        _string(item) for part in archive.related(main, "sharedStrings") for item in archive.xml(part).iter("{*}si")
    ]


def _string(item: Any) -> str:
    """A text without its phonetic guides; raised and lowered signs stay so."""
    if len(item) == 1 and len(item[0]) == 0:
        return item[0].text or ""
    pieces: list[Piece] = []
    for text in item.iter("{*}t"):
        holder = text.getparent()
        if not holder.tag.endswith("}rPh"):
            align = holder.find("{*}rPr/{*}vertAlign")
            pieces.append(Piece(text.text or "", (align.get("val") or "") if align is not None else ""))
    return joined(pieces)


_PLAIN = _Style()


def _styles(archive: Archive, main: str) -> dict[str, _Style]:
    """Every cell style by its number, as cells name it."""
    styles: dict[str, _Style] = {}
    for part in archive.related(main, "styles"):
        root = archive.xml(part)
        own: dict[str | None, str] = {
            item.get("numFmtId"): item.get("formatCode") or "" for item in root.iter("{*}numFmt")
        }
        fonts = [font.find("{*}b") for fonts in root.iterchildren("{*}fonts") for font in fonts.iterchildren("{*}font")]
        bold = [mark is not None and mark.get("val") not in ("0", "false") for mark in fonts]
        for holder in root.iter("{*}cellXfs"):
            for style in holder.iterchildren("{*}xf"):
                font = style.get("fontId") or ""
                heavy = font.isdigit() and int(font) < len(bold) and bold[int(font)]
                styles[str(len(styles))] = _Style(number_format(style.get("numFmtId") or "0", own), heavy)
    return styles


def _epoch(workbook: Any) -> datetime.datetime:
    """Day 0 of the workbook's dates; 1899-12-30 makes up for Excel's 29 February 1900."""
    for properties in workbook.iter("{*}workbookPr"):
        if (properties.get("date1904") or "").lower() in ("1", "true"):
            return datetime.datetime(1904, 1, 1)
    return datetime.datetime(1899, 12, 30)
