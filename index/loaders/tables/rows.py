"""Rows of a table of values: which are its header, and what each value is called, so that a row stands alone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from footnoted.index.loaders.builder import Cell, TextBuilder, cells_of

Row = Sequence[str]

_NUMBER = re.compile(r"[\s()+\-.,:/%$€£¥\d]*\d[\s()+\-.,:/%$€£¥\d]*")
_TIME = re.compile(
    r"(?:1[89]|20)\d\d(?:[/-]\d{2,4})?|(?:1[89]|20)\d\d-\d\d-\d\d(?: \d\d:\d\d)?|\d{1,2}([./])\d{1,2}\1(?:\d\d){1,2}"
)
_MEASURED = re.compile(  # neither "2nd week" nor "2022 plan"
    r"[<>≤≥~±$€£ ]*(?!(?:1[89]|20)\d\d\b)\d[\d.,/–-]*\s?(?!(?:st|nd|rd|th)\b)[^\W\d_]"
)
_LONGEST_NAME = 80
_SAMPLE = 200  # rows by which a table is judged
_FARTHEST_HEADER = 8  # rows of remarks that may stand above a header
_PROSE = 4  # words from which a line below a table is read as a sentence


@dataclass(frozen=True, slots=True)
class Grid:
    """The values of one table, on one line each, in the same columns; no row is empty.

    ``spans`` has, for a row, its cells that are merged over columns (first and last, from 0). ``header_rows`` is how
    many rows at the top are a header, where the file says it.
    """

    rows: Sequence[Row]
    spans: Mapping[int, Sequence[tuple[int, int]]] = field(default_factory=dict)
    header_rows: int | None = None


def add_grid(builder: TextBuilder, grid: Grid, *, tight: bool = False) -> None:
    """Add a table: a title above it as its caption, its rows, and sentences below it as paragraphs.

    A single column is no table but lines.
    """
    first, last = (0, len(grid.rows)) if grid.header_rows else _bounds(grid.rows)
    for number, cells in enumerate(grid.rows[:first]):
        add = builder.line if number or tight else builder.paragraph
        add(_only(cells), "caption" if last > first else "paragraph")
    if last > first:
        builder.table(islice(labelled(grid, first), first, last), tight=tight or first > 0)
    for cells in grid.rows[last:]:
        builder.line(_only(cells))


def placed(values: Sequence[tuple[int, str]], *, header: bool = False) -> list[Cell]:
    """A row of cells with the columns (from 1) that they begin in; one over several columns counts once."""
    cells = cells_of((text for _, text in values), header=header)
    return [replace(cell, column=values[cell.column - 1][0]) for cell in cells]


def _bounds(rows: Sequence[Row]) -> tuple[int, int]:
    """Where the table begins and ends between single cells above (a title) and sentences below it."""
    first, last = 0, len(rows)
    while first < last and _filled(rows[first]) == 1 and not is_number(_only(rows[first])):
        first += 1
    if any(_filled(cells) > 1 for cells in rows[first:last]):
        while last > first and _filled(rows[last - 1]) == 1 and len(_only(rows[last - 1]).split()) >= _PROSE:
            last -= 1
    elif all(len(cells) == 1 for cells in rows):
        first = last
    return first, last


def _filled(cells: Row) -> int:
    return sum(map(bool, cells))


def _only(cells: Row) -> str:
    return next(filter(None, cells), "")


def labelled(grid: Grid, first: int = 0) -> Iterator[list[Cell]]:
    """The rows. Under a header each value is given with its column, so that a row can be understood on its own.

    ``first`` is where the table begins, below its title.
    """
    rows = grid.rows
    top = grid.header_rows - 1 if grid.header_rows else header_at(rows, first)
    header: Sequence[str] = ()
    for number, cells in enumerate(rows):
        if number <= top:
            if number == top:
                header = _qualified(grid, number)
            named = number == top or grid.header_rows is not None or number in grid.spans
            yield cells_of(cells, header=named and _filled(cells) > 1)
        elif top < 0 and starts_table(rows, number):
            header = _qualified(grid, number)
            yield cells_of(cells, header=True)
        elif top >= 0 and cells == rows[top] or top < 0 and heads_names(rows, number, merged=number in grid.spans):
            yield cells_of(cells, header=True)
        elif _filled(cells) == 1 or (top < 0 and not any(map(is_number, cells))):
            yield cells_of(cells)
        else:
            yield _named(header, cells)


def heads_names(rows: Sequence[Row], number: int, *, merged: bool = False) -> bool:
    """Whether a row is a part of the header above the names of the columns: only words and years, or merged cells."""
    return (merged or only_names(rows[number])) and starts_table(rows, number + 1)


def only_names(cells: Row) -> bool:
    """Whether a row has several cells, all of them words, or years behind a word."""
    filled = [cell for cell in cells if cell]
    return len(filled) > 1 and _are_names(filled, ())


def _named(header: Sequence[str], cells: Row) -> list[Cell]:
    known = len(header)
    found = []
    for column, cell in enumerate(cells):
        if cell:
            name = header[column] if column < known else ""
            found.append(Cell(cell, column + 1, name if name != cell else ""))
    return found


def header_at(rows: Sequence[Row], first: int = 0) -> int:
    """Which row names the columns: the first, or one below remarks that are shorter than the rows; -1 for none."""
    sizes = [_filled(cells) for cells in rows[first : first + 50]]
    usual = max(set(sizes), key=lambda size: (sizes.count(size), size), default=0)
    for number, size in enumerate(sizes[:_FARTHEST_HEADER], first):
        if names_columns(rows[number : number + _SAMPLE]):
            return number
        if size >= usual:
            break
    return -1


def names_columns(rows: Sequence[Row]) -> bool:
    """Whether the first row names the columns: full, short, distinct words above rows of about the same width."""
    if len(rows) < 2:
        return False
    header = list(rows[0])
    while header and not header[-1]:
        header.pop()
    if len(header) < 2 or not all(header) or len(set(header)) < len(header) or not _are_names(header, rows[1]):
        return False
    if header[0].endswith(":"):  # a form: "Customer: | Alder Ltd"
        return False
    body = rows[1:_SAMPLE]
    measured = [column for column, name in enumerate(header) if _MEASURED.match(name)]
    if any(_are_measured(cells[column] for cells in body if column < len(cells)) for column in measured):
        return False
    fitting = sum(len(header) >= _filled(cells) > len(header) / 3 for cells in body)
    return fitting >= len(body) * 0.8


def _are_measured(cells: Iterable[str]) -> bool:
    """Whether most values have a unit, "12 kg": then one with a unit above them is a value like them."""
    filled = [cell for cell in cells if cell]
    return sum(_MEASURED.match(cell) is not None for cell in filled) > 0.6 * len(filled)


def starts_table(rows: Sequence[Row], number: int) -> bool:
    """Whether a later row is a header: only names, and mostly numbers right below them."""
    if number + 1 >= len(rows):
        return False
    cells, below = rows[number], rows[number + 1]
    named = [column for column, cell in enumerate(cells) if cell]
    if len(named) < 2:
        return False
    times = all(_TIME.fullmatch(cells[column]) for column in named)
    if times and (named[0] == 0 or not below[0] or is_number(below[0])):
        return False
    if not times and not _are_names([cells[column] for column in named], below):
        return False
    numbers = sum(column < len(below) and is_number(below[column]) for column in named)
    return numbers >= 1 and numbers >= (len(named) - 1) / 2


def _qualified(grid: Grid, number: int) -> list[str]:
    """The names of the columns, each with what spans it in the rows above: "2022, Units"."""
    rows = grid.rows
    header = list(rows[number])
    used = [name for name in header if name]
    if number and len(set(used)) < len(used) and number - 1 not in grid.spans:
        return _told_apart(header, rows[number - 1])
    for above in range(number - 1, -1, -1):
        for first, last in grid.spans.get(above, ()):
            spanning = rows[above][first]
            if spanning and (first > 0 or last < len(header) - 1):
                for column in range(first, last + 1):
                    if header[column] and header[column] != spanning:
                        header[column] = f"{spanning}, {header[column]}"
        if above not in grid.spans:
            break
    return header


def _told_apart(header: Sequence[str], above: Row) -> list[str]:
    """Names that occur twice, with what stands above them or to the left of that."""
    spanning, result = "", []
    for column, name in enumerate(header):
        spanning = (above[column] if column < len(above) else "") or spanning
        result.append(f"{spanning}, {name}" if name and spanning and header.count(name) > 1 else name)
    return result


def _are_names(cells: Row, below: Row) -> bool:
    """Whether cells name columns: words, and after at least one word also years or dates, unless those are below."""
    times = [cell for cell in cells if _TIME.fullmatch(cell)]
    if not times or any(_TIME.fullmatch(cell) for cell in below):
        return all(map(_is_name, cells))
    return _is_name(cells[0]) and all(_is_name(cell) or cell in times for cell in cells)


def _is_name(cell: str) -> bool:
    return len(cell) <= _LONGEST_NAME and not is_number(cell)


def is_number(cell: str) -> bool:
    """Whether a value is a number, an amount, a date or a phone number."""
    return len(cell) < 40 and _NUMBER.fullmatch(cell) is not None


def figures_below(rows: Sequence[Sequence[tuple[int, str]]]) -> bool:
    """Whether some column has figures in all rows but the first, which has words; rows of columns and texts."""
    below = [dict(values) for values in rows[1:_SAMPLE]]
    return any(
        text
        and not any(map(str.isdigit, text))
        and all(any(map(str.isdigit, cells.get(column, ""))) for cells in below)
        for column, text in rows[0]
    )


def kind_of(cell: str) -> str:
    """Roughly what a value looks like, to compare the rows of a table with one that may be a header."""
    if not cell or is_number(cell):
        return "number" if cell else ""
    if any(map(str.isdigit, cell)) or "@" in cell:
        return "code"
    return "words" if " " in cell else "word"
