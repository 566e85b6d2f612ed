"""Tables of HTML: which hold data and which lay out a page, and the rows of cells of the former."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from footnoted.index.loaders.builder import Cell
from footnoted.index.loaders.markup.elements import (
    HEADINGS,
    VERBATIM,
    Element,
    own_cells,
    own_rows,
    roles_of,
    tag_of,
    visible_text,
)
from footnoted.index.loaders.markup.inline import named_by_image, words
from footnoted.index.loaders.markup.notes import Page
from footnoted.index.loaders.text import one_line

_LONGEST_CELL = 1500
_WIDEST = 1000


def is_data_table(table: Element) -> bool:
    """Whether a table holds data. Those that lay out a page hold listings, headings or long blocks in their cells.

    One with tables in its cells holds data if its own rows have several cells, one with lists if any of them has.
    """
    if roles_of(table) & {"presentation", "none"}:
        return False
    rows = own_rows(table)
    named = any(tag_of(cell) == "th" for row in rows for cell in own_cells(row)) or table.find("caption") is not None
    holds = {tag_of(inside) for inside in table.iterdescendants("table", "li")}
    several = _rows_with_several(rows) if holds else 0
    if ("table" in holds and (several == 0 if named else several < 2 or several * 2 <= len(rows))) or (
        "li" in holds and several == 0
    ):
        return False
    for inside in table.iterdescendants(*HEADINGS, *VERBATIM):
        tag = tag_of(inside)
        if tag in HEADINGS and not (named and tag_of(inside.getparent()) in ("th", "caption")):
            return False
        if tag in VERBATIM and "\n" in visible_text(inside).strip():
            return False
    longest = max((len(visible_text(cell)) for row in rows for cell in own_cells(row)), default=0)
    return longest <= _LONGEST_CELL


def _rows_with_several(rows: list[Element]) -> int:
    """How many rows have several cells with words."""
    return sum(sum(bool(visible_text(cell).strip()) for cell in own_cells(row)) > 1 for row in rows)


@dataclass(frozen=True, slots=True)
class _Value:
    text: str
    header: bool = False


def cells_of_table(table: Element, page: Page) -> Iterator[list[Cell]]:
    """The rows of a table. A cell over several rows or columns is repeated, so that each row stands alone."""
    rows = [row for row in own_rows(table) if row not in page.skip]
    emphasised = _first_row_is_emphasised(rows)
    hanging: dict[int, tuple[_Value, int]] = {}  # column -> a value that continues, and for how many more rows
    group: Element = None
    for number, row in enumerate(rows):
        if (parent := row.getparent()) is not group:
            group = parent
            hanging.clear()
        in_head = tag_of(parent) == "thead" or (number == 0 and emphasised)
        yield _shown(_values(row, page, hanging, in_head), row)


def _values(row: Element, page: Page, hanging: dict[int, tuple[_Value, int]], in_head: bool) -> dict[int, _Value]:
    """What stands in each column of a row; ``hanging`` is brought up to date."""
    cells = [cell for cell in own_cells(row) if cell not in page.skip]
    headers = [in_head or _is_header(cell) for cell in cells]
    values: dict[int, _Value] = {}
    column, begun = 0, dict(hanging)
    for cell, header in zip(cells, headers, strict=True):
        while column in begun:
            column += 1
        text = one_line(words(cell, page, ", ")) or named_by_image(cell)
        value, width = _Value(text, header), _span(cell, "colspan")
        # The name of several columns stands over each of them; a label over the whole row stands once.
        repeated = len(cells) > 1 and (column > 0 or (header and all(headers)))
        for place in range(column, column + (width if repeated else 1)):
            values[place] = value
            if (rest := _span(cell, "rowspan") - 1) > 0:
                hanging[place] = (value, rest + 1)
        column += width
    for place, (value, left) in list(hanging.items()):
        if place in begun and values:
            values.setdefault(place, value)
        hanging[place] = (value, left - 1)
        if left <= 1:
            del hanging[place]
    return values


def _shown(values: dict[int, _Value], row: Element) -> list[Cell]:
    """The cells of a row in their columns. Empty ones keep their place, unless most of the row is empty."""
    found = [values.get(place, _Value("")) for place in range(max(values, default=-1) + 1)]
    while found and not found[-1].text:
        found.pop()
    # A name of a row whose values are missing names no columns.
    lone = sum(bool(value.text) for value in found) == 1 and any(tag_of(cell) == "td" for cell in own_cells(row))
    cells = [
        Cell(value.text, column, "", value.header and not (lone and tag_of(row.getparent()) != "thead"))
        for column, value in enumerate(found, 1)
    ]
    filled = [cell for cell in cells if cell.text]
    return filled if len(filled) < 2 or len(filled) * 2 < len(cells) else cells


def _is_header(cell: Element) -> bool:
    if tag_of(cell) == "th" or roles_of(cell) & {"columnheader", "rowheader"}:
        return True
    return (cell.get("scope") or "").lower() in ("row", "col", "rowgroup", "colgroup")


def _first_row_is_emphasised(rows: list[Element]) -> bool:
    """Whether only the first row is in bold: old pages name their columns like that."""
    if len(rows) < 2 or any(tag_of(cell) == "th" for row in rows[:3] for cell in own_cells(row)):
        return False
    return _is_bold(rows[0]) and not any(_is_bold(row) for row in rows[1:3])


def _is_bold(row: Element) -> bool:
    cells = [cell for cell in own_cells(row) if visible_text(cell).strip()]
    return len(cells) > 1 and all(
        "".join(visible_text(cell).split())
        == "".join("".join(visible_text(part) for part in cell.iter("b", "strong")).split())
        for cell in cells
    )


def _span(cell: Element, name: str) -> int:
    """How many rows or columns a cell spans; no more than a table can sensibly have. 0 rows is all the rest."""
    value = (cell.get(name) or "1").strip()
    if not value.isdecimal() or len(value) > 9:
        return 1
    return min(_WIDEST, int(value)) or (_WIDEST if name == "rowspan" else 1)
