"""Rows and cells of tables in OpenDocument, where one element can stand for many."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from footnoted.index.loaders.opendocument.package import TABLE

_MOST_COLUMNS = 1000


def repeated(element: Any, name: str, most: int) -> int:
    """How often an element stands for itself, or how many others it spans."""
    count = element.get(f"{TABLE}{name}") or "1"
    return max(1, min(int(count), most)) if count.isdigit() and len(count) < 10 else 1


def rows_of(table: Any) -> tuple[int, list[Any]]:
    """The rows of a table, and how many at its top are its header."""
    headers, rows = 0, []
    for row in table.iter(f"{TABLE}table-row"):
        above = next(row.iterancestors(f"{TABLE}table"), None)
        if above is not table:
            continue
        rows.append(row)
        if row.getparent().tag == f"{TABLE}table-header-rows" and headers == len(rows) - 1:
            headers += 1
    return (headers if headers < len(rows) else 0), rows


def cells_of(row: Any) -> Iterator[tuple[int, int, Any]]:
    """The cells of a row: the column that each begins in, how many rows it spans, and the element."""
    column = 1
    for cell in row.iterchildren(f"{TABLE}table-cell", f"{TABLE}covered-table-cell"):
        count = repeated(cell, "number-columns-repeated", _MOST_COLUMNS)
        if cell.tag == f"{TABLE}table-cell":
            for _ in range(count if len(cell) else 1):
                yield column, repeated(cell, "number-rows-spanned", 10_000), cell
                column += 1
            column += 0 if len(cell) else count - 1
        else:
            column += count


def inner_tables(cell: Any) -> Iterator[Any]:
    """The tables inside a cell, without those inside of them."""
    for table in cell.iter(f"{TABLE}table"):
        if next(table.iterancestors(f"{TABLE}table-cell"), None) is cell:
            yield table
