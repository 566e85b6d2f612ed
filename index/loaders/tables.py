"""Tables of values: CSV and TSV files, and how rows (of spreadsheets too) become lines a question can match."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from footnoted.index.loaders.builder import TextBuilder, row
from footnoted.index.loaders.registry import Source
from footnoted.index.loaders.text import clean, one_line
from footnoted.index.text.encodings import decode
from footnoted.index.types import LoadedDocument

_NUMBER = re.compile(r"[\s()+\-.,:/%$€£¥\d]*\d[\s()+\-.,:/%$€£¥\d]*")
_YEAR = re.compile(r"(?:1[89]|20)\d\d(?:[/-]\d{2,4})?")
_LONGEST_NAME = 80


def load_csv(source: Source) -> LoadedDocument:
    """One line per record: ``column: value | column: value`` under a clear header, else ``value | value``."""
    text = clean(decode(source.data, source.charset).text)
    told = re.match(r"sep=(.)\n", text)  # Excel's own way to say it
    text = text[told.end() :] if told else text
    delimiter = told[1] if told else "\t" if source.suffix in (".tsv", ".tab") else best_delimiter(text)
    builder = TextBuilder()
    notes = []
    records = list(_records(text, delimiter))
    if text.count("\n") > 20 and len(records) < text.count("\n") / 20:
        # A quotation mark that never ends has swallowed most of the file.
        records = list(_records(text, delimiter, csv.QUOTE_NONE))
        notes.append("A quotation mark is never closed, so quotation marks were kept as they are.")
    builder.rows(table_lines(records))
    return builder.build(media_type="text/csv", notes=notes)


def _records(text: str, delimiter: str, quoting: Literal[0, 3] = csv.QUOTE_MINIMAL) -> Iterator[list[str]]:
    csv.field_size_limit(max(csv.field_size_limit(), 10_000_000))
    stream = io.StringIO(text, newline="")
    return csv.reader(stream, delimiter=delimiter, quoting=quoting)


def best_delimiter(text: str) -> str:
    """The separator that cuts the first lines into the same number (above one) of fields most often."""
    sample = "\n".join(text.split("\n", 200)[:200])[:100_000]
    best, best_score = ",", 0.0
    for delimiter in (",", ";", "\t", "|"):
        widths = [len(record) for record in _records(sample, delimiter) if record]
        usual = max(set(widths), key=widths.count, default=1)
        if usual > 1:
            score = widths.count(usual) / len(widths) + usual / 1000
            if score > best_score:
                best, best_score = delimiter, score
    return best


def table_lines(records: Iterable[Sequence[str]]) -> Iterator[str]:
    """Rows as lines. Under a header each value is given with its column, so that a row can be understood on its own."""
    rows = [[one_line(cell) for cell in record] for record in records]
    rows = [cells for cells in rows if any(cells)]
    header: list[str] = []
    of_numbers = True
    for number, cells in enumerate(rows):
        if number == 0 and names_columns(rows):
            header, of_numbers = list(cells), False
            yield row(cells)
        elif of_numbers and _starts_table(rows, number):
            header = _qualified(rows, number)
            yield row(cells)
        elif sum(map(bool, cells)) == 1 or (of_numbers and not any(map(_is_number, cells))):
            yield row(cells)
        else:
            yield " | ".join(_named(header, cells))


def _named(header: Sequence[str], cells: Sequence[str]) -> Iterator[str]:
    for number, cell in enumerate(cells):
        if cell:
            name = header[number] if number < len(header) else ""
            yield f"{name}: {cell}" if name and name != cell else cell


def names_columns(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row names the columns: full, short, distinct words above rows of about the same width."""
    if len(rows) < 2:
        return False
    header = list(rows[0])
    while header and not header[-1]:
        header.pop()
    if len(header) < 2 or not all(header) or len(set(header)) < len(header) or not _are_names(header, rows[1]):
        return False
    body = rows[1:200]
    fitting = sum(len(header) >= len([cell for cell in cells if cell]) > len(header) / 3 for cells in body)
    return fitting >= len(body) * 0.8


def _starts_table(rows: Sequence[Sequence[str]], number: int) -> bool:
    """Whether a later row is a header: only names, and mostly numbers right below them."""
    if number + 1 >= len(rows):
        return False
    named = [column for column, cell in enumerate(rows[number]) if cell]
    below = rows[number + 1]
    if len(named) < 2 or not _are_names([rows[number][column] for column in named], below):
        return False
    numbers = sum(column < len(below) and _is_number(below[column]) for column in named)
    return numbers >= 1 and numbers >= (len(named) - 1) / 2


def _qualified(rows: Sequence[Sequence[str]], number: int) -> list[str]:
    """The names of the columns; when two are the same, what spans them in the row above is put before each."""
    header = list(rows[number])
    used = [name for name in header if name]
    if len(set(used)) == len(used) or number == 0:
        return header
    spanning, result = "", []
    for column, name in enumerate(header):
        spanning = (rows[number - 1][column] if column < len(rows[number - 1]) else "") or spanning
        result.append(f"{spanning}, {name}" if name and spanning and used.count(name) > 1 else name)
    return result


def _are_names(cells: Sequence[str], below: Sequence[str]) -> bool:
    """Whether cells name columns: words, and after at least one word also years, unless there are years below."""
    years = [cell for cell in cells if _YEAR.fullmatch(cell)]
    if not years or any(_YEAR.fullmatch(cell) for cell in below):
        return all(map(_is_name, cells))
    return _is_name(cells[0]) and all(_is_name(cell) or cell in years for cell in cells)


def _is_name(cell: str) -> bool:
    return len(cell) <= _LONGEST_NAME and not _is_number(cell)


def _is_number(cell: str) -> bool:
    return len(cell) < 40 and _NUMBER.fullmatch(cell) is not None
