"""Spreadsheets in OpenDocument: one section for each sheet, its tables, values as a reader sees them, comments."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from footnoted.index.errors import LoadError
from footnoted.index.loaders.builder import TextBuilder
from footnoted.index.loaders.office.scripts import joined
from footnoted.index.loaders.opendocument.package import OFFICE, STYLE, TABLE, TEXT, open_document, styles_of
from footnoted.index.loaders.opendocument.tables import repeated
from footnoted.index.loaders.opendocument.words import WordReader
from footnoted.index.loaders.registry import Source
from footnoted.index.loaders.tables.regions import Area, Sheet, add_sheet, repeat_downwards
from footnoted.index.loaders.text import one_line
from footnoted.index.types import LoadedDocument

MEDIA_TYPE = "application/vnd.oasis.opendocument.spreadsheet"
_MOST_CELLS = 5_000_000
_MOST_REPEATED = 10_000  # rows or columns that are alike and hold something; more only fill a sheet
_DIGITS = re.compile(r"[-+−]?\d(?:[\d.,'’\s]*\d)?(?:[eE][-+]?\d+)?")
_DURATION = re.compile(r"PT(\d{1,7})H(\d{1,2})M(\d{1,2}(?:\.\d+)?)")


def load_ods(source: Source) -> LoadedDocument:
    """The values of all sheets (of formulas: the last result), each table under its own header, and comments."""
    document = open_document(source)
    styles = styles_of(document)
    hidden = {
        style.get(f"{STYLE}name") or ""
        for style in document.content.iter(f"{STYLE}style")
        for properties in style.iterchildren(f"{STYLE}table-properties")
        if properties.get(f"{TABLE}display") == "false"
    }
    builder = TextBuilder()
    notes: list[str] = []
    for table in document.content.iterfind(f"{OFFICE}body/{OFFICE}spreadsheet/{TABLE}table"):
        name = table.get(f"{TABLE}name") or "?"
        if table.get(f"{TABLE}style-name") in hidden:
            notes.append(f"The sheet {name} is hidden; it was read, too.")
        reader = _Reader(source.name, WordReader(styles))
        with builder.section(f"sheet {name}"):
            add_sheet(builder, reader.sheet(table))
            for place, text in reader.comments:
                with builder.block("footnote", label=place):
                    builder.marked(text, f"Comment on {place}:", tight=False)
    title = document.property("title")
    return builder.build(title=title, media_type=MEDIA_TYPE, notes=notes, metadata=document.metadata())


@dataclass
class _Reader:
    """Reads the rows of one sheet."""

    name: str
    words: WordReader
    comments: list[tuple[str, str]] = field(default_factory=list)
    cells: int = 0

    def sheet(self, table: Any) -> Sheet:
        """All rows that hold anything, and which cells are merged."""
        rows: dict[int, dict[int, str]] = {}
        merged: list[Area] = []
        number = 1
        for row in table.iter(f"{TABLE}table-row"):
            count = repeated(row, "number-rows-repeated", 2_000_000)
            values = dict(self.values(row, number, merged))
            for copy in range(min(count, _MOST_REPEATED) if values else 0):
                rows[number + copy] = values if count == 1 else dict(values)
                self.cells += len(values)
                if self.cells > _MOST_CELLS:
                    raise LoadError(f"{self.name} has more than {_MOST_CELLS:,} cells; split it into smaller files.")
            number += count
        repeat_downwards(rows, merged)
        return Sheet(rows, merged)

    def values(self, row: Any, number: int, merged: list[Area]) -> Iterator[tuple[int, str]]:
        column = 1
        for cell in row.iterchildren(f"{TABLE}table-cell", f"{TABLE}covered-table-cell"):
            count = repeated(cell, "number-columns-repeated", 20_000)
            text = self.value(cell) if len(cell) or cell.get(f"{OFFICE}value-type") else ""
            if text:
                for place in range(column, column + min(count, _MOST_REPEATED)):
                    yield place, text
                wide, high = (repeated(cell, f"number-{name}-spanned", _MOST_REPEATED) for name in ("columns", "rows"))
                if wide > 1 or high > 1:
                    merged.append(Area(column, number, column + wide - 1, number + high - 1))
            for comment in cell.iterchildren(f"{OFFICE}annotation"):
                words = (joined(self.words.pieces(paragraph)) for paragraph in comment.iter(f"{TEXT}p"))
                if said := one_line(" ".join(words)):
                    self.comments.append((f"{_letters(column)}{number}", said))
            column += count

    def value(self, cell: Any) -> str:
        """A value as it is read: dates as ISO dates, numbers exact, with the words around them."""
        kind = cell.get(f"{OFFICE}value-type") or ""
        paragraphs = (joined(self.words.pieces(part)) for part in cell.iterchildren(f"{TEXT}p", f"{TEXT}h"))
        shown = one_line(" ".join(paragraphs))
        if kind == "date":
            return _date(cell.get(f"{OFFICE}date-value") or shown, shown)
        if kind == "time":
            found = _DURATION.match(cell.get(f"{OFFICE}time-value") or "")
            return (
                _time(round(sum(map(float.__mul__, (3600.0, 60.0, 1.0), map(float, found.groups())))))
                if found
                else shown
            )
        if kind == "boolean":
            return "TRUE" if cell.get(f"{OFFICE}boolean-value") == "true" else "FALSE"
        if kind in ("float", "percentage", "currency"):
            return _number(cell.get(f"{OFFICE}value") or "", shown)
        return shown


def _number(raw: str, shown: str) -> str:
    """The exact number inside the words and signs that it is shown with: "3.5 kg", "12.5%", "5 €"."""
    try:
        value = float(raw)
    except ValueError:
        return shown
    if shown and not any(map(str.isdigit, shown)):
        return shown if any(map(str.isalpha, shown)) else f"{value:.15g}"
    around = _DIGITS.sub("\0", shown, count=1)
    if any(map(str.isdigit, around)):  # a fraction, a number with a text of its own around it
        return f"{value:.15g}" if "/" in around else shown
    size = abs(value) * 100 if "%" in around else abs(value)
    if not _same(size, shown):  # shown in thousands or millions
        return shown
    plain = f"{size:.10g}" if "%" in around else f"{size:.15g}"
    before, _, after = around.partition("\0")
    bracketed = before.strip().endswith("(") and after.strip().startswith(")")
    before, after = (before.replace("(", ""), after.replace(")", "")) if bracketed else (before, after)
    sign = "-" if value < 0 else ""
    return f"{sign}{before.replace('-', '').replace('−', '').strip()}{plain}{after.rstrip()}"


def _same(size: float, shown: str) -> bool:
    """Whether a number is the one that is shown, with points and commas in it as any language has them, and rounded."""
    found = _DIGITS.search(shown)
    digits = re.sub(r"[\s'’+\-−]", "", found[0]) if found else ""
    readings = {re.sub("[.,]", "", digits)}
    if marks := re.findall("[.,]", digits):
        whole, _, rest = digits.rpartition(marks[-1])
        readings.add(f"{re.sub('[.,]', '', whole)}.{rest}")
    for reading in readings:
        step = 10.0 ** -len(reading.partition(".")[2])
        try:
            if abs(float(reading) - size) <= step * 0.51 + size * 1e-9:
                return True
        except ValueError:
            continue
    return "e" in digits.lower()


def _date(written: str, shown: str) -> str:
    """A date, with its time if it has one; a month alone where no more is shown."""
    day, _, time = written.partition("T")
    if re.fullmatch(r"[^\W\d]{3,}\.? \d{4}|\d{4}", shown):
        return shown
    return day if time.strip("0:.") == "" else f"{day} {time[:5]}"


def _time(seconds: int) -> str:
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    shown = f"{hours:02}:{minutes:02}" if hours < 24 else f"{hours}:{minutes:02}"
    return f"{shown}:{seconds:02}" if seconds else shown


def _letters(column: int) -> str:
    letters = ""
    while column > 0:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
