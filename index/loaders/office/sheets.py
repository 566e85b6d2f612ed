"""Spreadsheets: one section for each sheet, one line for each row, values as a reader sees them."""

from __future__ import annotations

import datetime
import io
import re
from collections.abc import Iterator
from typing import Any

from footnoted.index.errors import LoadError
from footnoted.index.loaders.archive import RELATIONSHIPS, Archive, core_metadata, core_title, open_office
from footnoted.index.loaders.builder import TextBuilder
from footnoted.index.loaders.registry import Source
from footnoted.index.loaders.tables import table_lines
from footnoted.index.types import LoadedDocument

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_REFERENCE = re.compile(r"([A-Z]{1,3})(\d{1,7})")
_BUILT_IN_DATES = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
_BUILT_IN_PERCENT = frozenset({9, 10})
# A currency in a number format: [$€-407], "$", € or a code such as "EUR" in quotation marks.
_CURRENCY = re.compile(
    r"""\[\$(?P<word>[^\]\-]+)(?:-[^\]]*)?\]|"?\s*(?P<sign>[$€£¥₹₩₽₺]|(?<=")\s*[A-Z]{3}(?=\s*"))\s*"?"""
)
_MOST_CELLS = 5_000_000


def load_xlsx(source: Source) -> LoadedDocument:
    """The values of all sheets (of formulas: the last result), empty rows and columns left out."""
    archive, main = open_office(source)
    workbook = archive.xml(main)
    shared = _shared_strings(archive, main)
    formats = _formats(archive, main)
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
        reader = _Sheet(archive.name, shared, formats, epoch)
        with builder.section(f"sheet {name}"):
            builder.rows(table_lines(reader.rows(archive.read(part))))
        if reader.unknown:
            notes.append(
                f"On the sheet {name}, {reader.unknown} formulas have no stored result; they are shown as formulas."
            )
    title, metadata = core_title(archive), core_metadata(archive)
    return builder.build(title=title, media_type=MEDIA_TYPE, notes=notes, metadata=metadata)


class _Sheet:
    """Reads the rows of one sheet."""

    def __init__(self, name: str, shared: list[str], formats: list[str], epoch: datetime.datetime) -> None:
        self.name, self.shared, self.formats, self.epoch = name, shared, formats, epoch
        self.unknown = 0
        self.cells = 0

    def rows(self, data: bytes) -> list[list[str]]:
        """All rows that hold anything, with the columns that are empty everywhere left out."""
        from lxml import etree

        sparse: dict[int, dict[int, str]] = {}
        merged: list[tuple[int, int, int, int]] = []
        events = etree.iterparse(
            io.BytesIO(data), tag=("{*}row", "{*}mergeCell"), resolve_entities=False, no_network=True, recover=True
        )
        number = 0
        for _, element in events:
            if element.tag.endswith("}row"):
                written = element.get("r") or ""
                number = int(written) if written.isdigit() else number + 1
                if values := dict(self.values(element)):
                    sparse[number] = values
            else:
                merged.extend(_range(element.get("ref") or ""))
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]
        _repeat_downwards(sparse, merged)
        columns = sorted({column for values in sparse.values() for column in values})
        return [[sparse[number].get(column, "") for column in columns] for number in sorted(sparse)]

    def values(self, element: Any) -> Iterator[tuple[int, str]]:
        column = 0
        for cell in element.iterchildren("{*}c"):
            found = _REFERENCE.fullmatch(cell.get("r") or "")
            column = _column(found[1]) if found else column + 1
            self.cells += 1
            if self.cells > _MOST_CELLS:
                raise LoadError(f"{self.name} has more than {_MOST_CELLS:,} cells; split it into smaller files.")
            text = self.value(cell)
            if text.strip():
                yield column, text

    def value(self, cell: Any) -> str:
        kind = cell.get("t") or "n"
        if kind == "inlineStr":
            return "".join(text.text or "" for text in cell.iter("{*}t"))
        value, formula = cell.find("{*}v"), cell.find("{*}f")
        raw = (value.text or "") if value is not None else ""
        if not raw:
            if formula is not None and formula.text and kind != "str":
                self.unknown += 1
                return f"={formula.text}"
            return ""
        if kind == "s":
            return self.shared[int(raw)] if raw.isdigit() and int(raw) < len(self.shared) else ""
        if kind == "b":
            return "TRUE" if raw == "1" else "FALSE"
        if kind == "n":
            style = cell.get("s") or "0"
            shown = self.formats[int(style)] if style.isdigit() and int(style) < len(self.formats) else ""
            return _number(raw, shown, self.epoch)
        return raw


def _number(raw: str, shown: str, epoch: datetime.datetime) -> str:
    """A number as it is read: dates as ISO dates, percentages with their sign, no noise of binary fractions."""
    try:
        value = float(raw)
    except ValueError:
        return raw
    if shown == "elapsed":
        minutes, seconds = divmod(round(value * 86400), 60)
        return f"{minutes // 60}:{minutes % 60:02}" + (f":{seconds:02}" if seconds else "")
    if shown in ("date", "time") and 0 <= value < 2_958_466:
        moment = epoch + datetime.timedelta(seconds=round(value * 86400))
        if value < 1 or shown == "time":
            return moment.strftime("%H:%M" if moment.second == 0 else "%H:%M:%S")
        return moment.strftime("%Y-%m-%d" if value == int(value) else "%Y-%m-%d %H:%M")
    if shown == "percent":
        return f"{value * 100:.10g}%"
    plain = f"{value:.15g}" if abs(value) < 1e15 else raw
    kind, _, rest = shown.partition(" ")
    if kind == "zeros":
        return plain.zfill(int(rest)) if plain.isdigit() else plain
    if kind == "before":
        return f"-{rest}{plain[1:]}" if plain.startswith("-") else f"{rest}{plain}"
    return f"{plain} {rest}" if kind == "behind" else plain


def _repeat_downwards(sparse: dict[int, dict[int, str]], merged: list[tuple[int, int, int, int]]) -> None:
    """A cell merged over several rows is repeated in the rows that hold something else, so that each stands alone."""
    for left, top, _, bottom in merged:
        text = sparse.get(top, {}).get(left, "")
        if text and bottom - top < 10_000:
            for number in range(top + 1, bottom + 1):
                if number in sparse:
                    sparse[number].setdefault(left, text)


def _range(reference: str) -> Iterator[tuple[int, int, int, int]]:
    """(left, top, right, bottom) of a range like ``A1:B3``."""
    first, _, last = reference.partition(":")
    start, end = _REFERENCE.fullmatch(first), _REFERENCE.fullmatch(last)
    if start and end:
        yield _column(start[1]), int(start[2]), _column(end[1]), int(end[2])


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def _shared_strings(archive: Archive, main: str) -> list[str]:
    """The texts that cells refer to; phonetic guides are left out."""
    strings = []
    for part in archive.related(main, "sharedStrings"):
        for item in archive.xml(part).iter("{*}si"):
            texts = [text for text in item.iter("{*}t") if not text.getparent().tag.endswith("}rPh")]
            strings.append("".join(text.text or "" for text in texts))
    return strings


def _formats(archive: Archive, main: str) -> list[str]:
    """For every cell style how its numbers are shown: see ``_kind``."""
    kinds: list[str] = []
    for part in archive.related(main, "styles"):
        root = archive.xml(part)
        own = {item.get("numFmtId"): item.get("formatCode") or "" for item in root.iter("{*}numFmt")}
        for styles in root.iter("{*}cellXfs"):
            kinds.extend(_kind(style.get("numFmtId") or "0", own) for style in styles.iterchildren("{*}xf"))
    return kinds


def _kind(identifier: str, own: dict[str | None, str]) -> str:
    """ "date", "time", "elapsed", "percent", "zeros 5" (00042), "before $", "behind €" or ""."""
    code = own.get(identifier)
    if code is None:
        number = int(identifier) if identifier.isdigit() else 0
        return "date" if number in _BUILT_IN_DATES else "percent" if number in _BUILT_IN_PERCENT else ""
    bare = re.sub(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.', "", code.split(";")[0]).lower()
    if "%" in bare:
        return "percent"
    if re.search(r"\[h+\]", code, re.IGNORECASE):
        return "elapsed"
    if re.search(r"h", bare) and not re.search(r"[ydg]", bare) and not re.search(r"[0#]{2}", bare):
        return "time"
    if re.fullmatch(r"0{2,20}", code):
        return f"zeros {len(code)}"
    if re.search(r"[0#]", bare) and (sign := _CURRENCY.search(code.split(";")[0])):
        word = (sign["word"] or sign["sign"]).strip()
        return f"{'before' if not re.search(r'[0#]', code[: sign.start()]) else 'behind'} {word}"
    return "date" if re.search(r"[ymdhs]", bare) and not re.search(r"[0#]{2}", bare) else ""


def _epoch(workbook: Any) -> datetime.datetime:
    """Day 0 of the workbook's dates; 1899-12-30 makes up for Excel's 29 February 1900."""
    for properties in workbook.iter("{*}workbookPr"):
        if (properties.get("date1904") or "").lower() in ("1", "true"):
            return datetime.datetime(1904, 1, 1)
    return datetime.datetime(1899, 12, 30)
