"""Tables in Word: which cells are in which column, which rows are the header, and tables inside of cells."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from footnoted.index.loaders.builder import Cell
from footnoted.index.loaders.office.word_styles import Styles, W, flag, value, whole
from footnoted.index.loaders.office.word_text import NOT_SHOWN, name_of
from footnoted.index.loaders.tables.rows import figures_below, is_number, placed

TextOf = Callable[[Any], str]
_WRAPPERS = ("sdt", "sdtContent", "ins", "customXml", "smartTag", "moveTo")
_MOST_COLUMNS = 1000
_LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class WordTable:
    """A table that was read: its rows, how many of them are a header, and for each row the tables in its cells.

    ``framing``: it has one column, and only frames what is in it. ``elements`` are the rows in the file.
    """

    rows: Sequence[Sequence[Cell]]
    headers: int
    inner: Sequence[Sequence[Any]]
    framing: bool
    elements: Sequence[Any]


@dataclass(frozen=True, slots=True)
class _Cell:
    element: Any
    column: int
    width: int
    continued: bool  # merged with the one above


def read_table(table: Any, styles: Styles, text_of: TextOf) -> WordTable:
    """Read a table. A cell merged with the one above repeats its text, so that each row stands alone."""
    elements = [row for row in _nearest(table, "tr") if not _deleted(row)]
    grid = [list(_placed(row)) for row in elements]
    if all(len(cells) <= 1 for cells in grid):
        return WordTable((), 0, (), True, elements)
    texts, inner = [], []
    above: dict[int, str] = {}
    for cells in grid:
        values: list[tuple[int, str]] = []
        tables: list[Any] = []
        for cell in cells:
            own = list(_inner_tables(cell.element))
            text = " ".join(filter(None, _paragraphs(cell.element, text_of)))
            text = text or above.get(cell.column, "") if cell.continued else text
            above[cell.column] = text
            values.append((cell.column, text))
            tables.extend(own)
        texts.append(values)
        inner.append(tables)
    headers = _header_rows(table, elements, texts, styles)
    if headers:
        texts = [_with_inner(values, cells, styles, text_of) for values, cells in zip(texts, grid, strict=True)]
    rows = [placed(values, header=number < headers) for number, values in enumerate(texts)]
    return WordTable(rows, headers, inner, False, elements)


def cells_in(row: Any) -> Iterator[Any]:
    """The cells of a row."""
    return _nearest(row, "tc")


def _nearest(parent: Any, wanted: str) -> Iterator[Any]:
    """Children called ``wanted``, looking through wrappers such as content controls but not into other tables."""
    for child in parent.iterchildren():
        name = name_of(child)
        if name == wanted:
            yield child
        elif name in _WRAPPERS:
            yield from _nearest(child, wanted)


def _deleted(row: Any) -> bool:
    return row.find(f"{W}trPr/{W}del") is not None


def _placed(row: Any) -> Iterator[_Cell]:
    """The cells of a row with the column that each begins in, without those that an older kind of merging hides."""
    column = 1 + (whole(value(row.find(f"{W}trPr"), "gridBefore")) or 0)
    for element in cells_in(row):
        properties = element.find(f"{W}tcPr")
        width = max(1, min(whole(value(properties, "gridSpan")) or 1, _MOST_COLUMNS))
        vertical = properties.find(f"{W}vMerge") if properties is not None else None
        continued = vertical is not None and vertical.get(f"{W}val") != "restart"
        sideways = properties.find(f"{W}hMerge") if properties is not None else None
        if sideways is None or sideways.get(f"{W}val") == "restart":
            yield _Cell(element, column, width, continued)
        column += width


def _paragraphs(parent: Any, text_of: TextOf) -> Iterator[str]:
    """The paragraphs of a cell, without those of tables inside it."""
    for child in parent.iterchildren():
        name = name_of(child)
        if name == "p":
            yield text_of(child).replace("\n", " ")
        elif name not in NOT_SHOWN and name != "tbl":
            yield from _paragraphs(child, text_of)


def _inner_tables(parent: Any) -> Iterator[Any]:
    for child in parent.iterchildren():
        if name_of(child) == "tbl":
            yield child
        elif name_of(child) not in NOT_SHOWN and name_of(child) != "p":
            yield from _inner_tables(child)


def _with_inner(
    values: list[tuple[int, str]], cells: list[_Cell], styles: Styles, text_of: TextOf
) -> list[tuple[int, str]]:
    """The same cells with the tables inside them on one line: ``Station: North, Depth: 2.4 m; Station: South, …``."""
    found = []
    for (column, text), cell in zip(values, cells, strict=True):
        lines = [_line(read_table(table, styles, text_of), text_of) for table in _inner_tables(cell.element)]
        found.append((column, " ".join(filter(None, (text, *lines)))))
    return found


def _line(table: WordTable, text_of: TextOf) -> str:
    if table.framing:
        cells = (cell for row in table.elements for cell in cells_in(row))
        return " ".join(text for cell in cells for text in _paragraphs(cell, text_of) if text)
    names = {cell.column: cell.text for row in table.rows[: table.headers] for cell in row}
    body = table.rows[table.headers :]
    named = [[replace(cell, name=names.get(cell.column, "")) for cell in row if cell.text] for row in body]
    rows = (", ".join(f"{cell.name}: {cell.text}" if cell.name else cell.text for cell in row) for row in named)
    return "; ".join(filter(None, rows))


def _header_rows(table: Any, rows: Sequence[Any], texts: Sequence[list[tuple[int, str]]], styles: Styles) -> int:
    """How many rows at the top are a header: those that are repeated on each page, else a first row that looks so."""
    marked = 0
    for row in rows:
        if not flag(row.find(f"{W}trPr"), "tblHeader"):
            break
        marked += 1
    if marked:
        return marked if marked < len(rows) else 0
    return int(len(rows) > 1 and _looks_like_header(table, rows, texts, styles))


def _looks_like_header(table: Any, rows: Sequence[Any], texts: Sequence[list[tuple[int, str]]], styles: Styles) -> bool:
    first = [text for _, text in texts[0]]
    if len(first) < 2 or sum(map(bool, first)) < len(first) - 1 or any(len(text) > _LONGEST_NAME for text in first):
        return False
    properties = table.find(f"{W}tblPr")
    look = properties.find(f"{W}tblLook") if properties is not None else None
    wanted = _first_row(look)
    if wanted is False and look is not None:
        return _bold(rows[0]) and not _bold(rows[1])
    styled = styles.find(value(properties, "tblStyle") or "", lambda style: style.first_row or None)
    if (wanted and styled) or (_bold(rows[0]) and not _bold(rows[1])):
        return True
    named = [text for text in first if text]
    if any(map(is_number, named)) or len(set(named)) < len(named):
        return False
    return bool(wanted and len(first) > 2) or figures_below(texts)


def _first_row(look: Any) -> bool | None:
    """Whether the first row of a table is to look otherwise than the rest; ``None`` if the table does not say."""
    if look is None:
        return None
    if written := look.get(f"{W}firstRow"):
        return written not in ("0", "false")
    try:
        return bool(int(look.get(f"{W}val") or "", 16) & 0x20)
    except ValueError:
        return None


def _bold(row: Any) -> bool:
    """Whether all words of a row are in bold letters."""
    runs = [run for run in row.iter(f"{W}r") if "".join(text.text or "" for text in run.iter(f"{W}t")).strip()]
    return bool(runs) and all(flag(run.find(f"{W}rPr"), "b") for run in runs)
