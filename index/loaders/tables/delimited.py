"""CSV and TSV files: their separator, the lines before the header, and rows that name their columns."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from typing import Literal

from footnoted.index.loaders.builder import TextBuilder
from footnoted.index.loaders.registry import Source
from footnoted.index.loaders.tables.regions import add_records
from footnoted.index.loaders.text import clean, one_line
from footnoted.index.text.encodings import decode
from footnoted.index.types import LoadedDocument

_REMARK = re.compile(r"[ \t]*#[^\n]*(?:\n|$)")


def load_csv(source: Source) -> LoadedDocument:
    """One line per record: ``column: value | column: value`` under a clear header, else ``value | value``.

    Remarks before the header (lines with ``#``) and lines that are shorter than the records come first.
    """
    text = clean(decode(source.data, source.charset).text)
    told = re.match(r"sep=(.)\n", text)  # Excel's own way to say it
    text = text[told.end() :] if told else text
    separator = told[1] if told else "\t" if source.suffix in (".tsv", ".tab") else ""
    remarks, text = _remarks(text, separator)
    delimiter = separator or best_delimiter(text)
    builder = TextBuilder()
    for remark in remarks:
        builder.line(remark)
    notes = []
    records = list(_records(text, delimiter))
    if text.count("\n") > 20 and len(records) < text.count("\n") / 20:
        # A quotation mark that never ends has swallowed most of the file.
        records = list(_records(text, delimiter, csv.QUOTE_NONE))
        notes.append("A quotation mark is never closed, so quotation marks were kept as they are.")
    add_records(builder, ([one_line(cell) for cell in record] for record in records))
    return builder.build(media_type="text/csv", notes=notes)


def _remarks(text: str, separator: str) -> tuple[list[str], str]:
    """The lines with ``#`` at the top, and the rest; the last is the header if it is cut like the record below it."""
    found, place = [], 0
    while remark := _REMARK.match(text, place):
        found.append(remark[0].strip())
        place = remark.end()
    if found:
        delimiter = separator or best_delimiter(text[place:])
        width = len(next(_records(text[place : place + 10_000], delimiter), []))
        if width > 1 and found[-1].count(delimiter) == width - 1:
            place = text.rindex("#", 0, place)
            found.pop()
    return found, text[place:]


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
