"""Tables of values: CSV and TSV files, and how rows (of spreadsheets too) become lines a question can match."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence

from index.loaders.encodings import decode
from index.loaders.source import Source
from index.loaders.text import TextBuilder, clean, one_line, row
from index.types import LoadedDocument

_NUMBER = re.compile(r"[\s()+\-.,:/%$€£¥\d]*\d[\s()+\-.,:/%$€£¥\d]*")
_LONGEST_HEADER = 60


def load_csv(source: Source) -> LoadedDocument:
    """One line per record: ``column: value | column: value`` under a clear header, else ``value | value``."""
    text = clean(decode(source.data).text)
    delimiter = "\t" if source.suffix in (".tsv", ".tab") else best_delimiter(text)
    builder = TextBuilder()
    notes = []
    records = list(_records(text, delimiter))
    if text.count("\n") > 20 and len(records) < text.count("\n") / 20:
        # A quotation mark that never ends has swallowed most of the file.
        records = list(_records(text, delimiter, csv.QUOTE_NONE))
        notes.append("A quotation mark is never closed, so quotation marks were taken as they are.")
    builder.rows(table_lines(records))
    return builder.build(media_type="text/csv", notes=notes)


def _records(text: str, delimiter: str, quoting: int = csv.QUOTE_MINIMAL) -> Iterator[list[str]]:
    csv.field_size_limit(max(csv.field_size_limit(), 10_000_000))
    stream = io.StringIO(text, newline="")
    return csv.reader(stream, delimiter=delimiter, quoting=quoting)  # type: ignore[return-value]


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
    """Rows as lines. Under a header each value is told with its column, so that a row is understood on its own."""
    rows = [[one_line(cell) for cell in record] for record in records]
    rows = [cells for cells in rows if any(cells)]
    if not has_header(rows):
        yield from (row(cells) for cells in rows)
        return
    header = rows[0]
    yield row(header)
    for cells in rows[1:]:
        named = (f"{header[n]}: {cell}" if n < len(header) and header[n] else cell for n, cell in enumerate(cells) if cell)
        yield " | ".join(named)


def has_header(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row names the columns: full, short, distinct words above rows of about the same width."""
    if len(rows) < 2 or len(rows[0]) < 2:
        return False
    header = list(rows[0])
    while header and not header[-1]:
        header.pop()
    if len(header) < 2 or not all(header) or len(set(header)) < len(header):
        return False
    if any(len(name) > _LONGEST_HEADER or _NUMBER.fullmatch(name) for name in header):
        return False
    body = rows[1:200]
    fitting = sum(len(header) >= len([cell for cell in cells if cell]) > len(header) / 3 for cells in body)
    return fitting >= len(body) * 0.8
