"""Tables of a PDF: in which column each cell stands, which rows name the columns, which cells name a row."""

from __future__ import annotations

import re
from collections.abc import Container, Sequence
from statistics import median

from footnoted.index.loaders.builder import Cell
from footnoted.index.loaders.pdf.lines import Line
from footnoted.index.loaders.tables.rows import names_columns
from footnoted.index.loaders.text import one_line

_NUMBER = re.compile(r"[\s()+\-−–.,:/%$€£¥\d]*\d[\s()+\-−–.,:/%$€£¥\d]*|[-–—]|n/?a", re.IGNORECASE)
_YEAR = re.compile(r"(?:1[89]|20)\d\d(?:[/–-]\d{2,4})?")
_MOST_HEADER_ROWS = 3
_FEWEST_BELOW = 2  # rows under names of which nothing but their place says that they are some
_LONGEST_NAME = 80
_SAME_EDGE = 3.0  # points

Edges = tuple[float, float]


def columns_of_rows(lines: Sequence[Line]) -> list[list[int]]:
    """For each row the column, from 1, of each of its cells: that of the fullest rows which it shares most width with.

    A cell that spans several columns stands in the first of them.
    """
    widest = max(len(line.edges) for line in lines)
    full = [line.edges for line in lines if len(line.edges) == widest]
    of_column = [([edges[place][0] for edges in full], [edges[place][1] for edges in full]) for place in range(widest)]
    # Words aligned at the left and numbers aligned at the right differ in width from row to row.
    columns = [(min(lefts), max(rights)) for lefts, rights in of_column]
    if not all(before[1] < after[0] for before, after in zip(columns, columns[1:], strict=False)):
        columns = [(median(lefts), median(rights)) for lefts, rights in of_column]
    return [_columns_of(line.edges, columns) for line in lines]


def _columns_of(edges: Sequence[Edges], columns: Sequence[Edges]) -> list[int]:
    if len(edges) == len(columns):
        return list(range(1, len(columns) + 1))
    found: list[int] = []
    for number, edge in enumerate(edges):
        first = found[-1] if found else 0
        last = len(columns) - (len(edges) - number - 1)
        choice = range(first, max(first + 1, last))
        best = max(choice, key=lambda place: _shared(edge, columns[place] if place < len(columns) else columns[-1]))
        found.append(best + 1)
    return found


def _shared(edge: Edges, column: Edges) -> float:
    """The part of the narrower one that both have; below zero, how far they are apart."""
    width = max(1.0, min(edge[1] - edge[0], column[1] - column[0]))
    return (min(edge[1], column[1]) - max(edge[0], column[0])) / width


def table_of(lines: Sequence[Line], repeated: Container[int] = ()) -> list[list[Cell]]:
    """The rows of a table as cells; ``repeated`` are the numbers of rows at the top of a page."""
    texts = [[one_line(text) for text in line.cells] for line in lines]
    columns = columns_of_rows(lines)
    grid = _grid(texts, columns)
    headers = header_rows(grid, [line.bold for line in lines])

    def is_header(number: int, place: int) -> bool:
        again = number in repeated and texts[number] in texts[:headers]
        return number < headers or again or (place == 1 and _names_row(grid, number))

    return [
        [Cell(text, place, header=is_header(number, place)) for text, place in zip(*row, strict=True)]
        for number, row in enumerate(zip(texts, columns, strict=True))
    ]


def header_of(lines: Sequence[Line]) -> list[list[str]]:
    """The texts of the rows that name the columns."""
    texts = [[one_line(text) for text in line.cells] for line in lines]
    headers = header_rows(_grid(texts, columns_of_rows(lines)), [line.bold for line in lines])
    return texts[:headers]


def have_same_columns(one: Sequence[Line], other: Sequence[Line]) -> bool:
    """Whether the fullest rows of two tables have as many cells, and some of them begin at the same place."""
    first, second = (max((line.edges for line in lines), key=len) for lines in (one, other))
    together = zip(first, second, strict=False)
    return len(first) == len(second) and any(abs(left[0] - right[0]) < _SAME_EDGE for left, right in together)


def fits_columns(lines: Sequence[Line], row: Line) -> bool:
    """Whether all cells of a row begin where columns of a table do."""
    columns = max((line.edges for line in lines), key=len)
    return all(any(abs(left - column) < _SAME_EDGE for column, _ in columns) for left, _ in row.edges)


def _grid(texts: Sequence[Sequence[str]], columns: Sequence[Sequence[int]]) -> list[list[str]]:
    width = max(column for row in columns for column in row)
    grid = []
    for row, places in zip(texts, columns, strict=True):
        values = [""] * width
        for text, place in zip(row, places, strict=True):
            values[place - 1] = text
        grid.append(values)
    return grid


def header_rows(grid: Sequence[Sequence[str]], bold: Sequence[bool]) -> int:
    """How many of the first rows name the columns."""
    if len(grid) < 2:
        return 0
    heavy = next((number for number, row in enumerate(bold) if not row), 0)
    if 0 < heavy <= _MOST_HEADER_ROWS and sum(map(bool, grid[heavy - 1])) > 1:
        return heavy
    for number in range(min(2, len(grid) - 1)):
        if _names_below(grid[number:]):
            # What stands above it spans several columns.
            return number + 1
        if all(grid[number]) or (grid[number][0] and sum(map(bool, grid[number])) == 1):
            break
    return 0


def _names_below(grid: Sequence[Sequence[str]]) -> bool:
    """Whether the first row has names, above numbers or for every column."""
    head, body = grid[0], grid[1:]
    named = [place for place, text in enumerate(head) if text]
    if len(named) < 2 or any(len(text) > _LONGEST_NAME for text in head):
        return False
    sample = body[:50]
    years = [place for place in named if _YEAR.fullmatch(head[place])]
    plain = [place for place in named if place not in years and _NUMBER.fullmatch(head[place])]
    if plain or (len(years) == len(named) and head[0]):
        return False
    of_numbers = [place for place in named if place > 0 and _is_of_numbers([row[place] for row in sample])]
    if years and any(_YEAR.fullmatch(row[place]) for place in years for row in sample[:3]):
        return False
    if of_numbers and len(of_numbers) * 2 >= len(named) - 1:
        return True
    if not head[0] and _mostly([bool(row[0]) for row in sample]):
        return True
    return len(body) >= _FEWEST_BELOW and names_columns(grid)


def _is_of_numbers(values: Sequence[str]) -> bool:
    return _mostly([bool(_NUMBER.fullmatch(value)) for value in values if value])


def _mostly(values: Sequence[bool]) -> bool:
    return bool(values) and sum(values) >= 0.6 * len(values)


def _names_row(grid: Sequence[Sequence[str]], number: int) -> bool:
    """Whether the first cell of a row is the name of what the numbers behind it say."""
    row = grid[number]
    return not _NUMBER.fullmatch(row[0]) and any(_NUMBER.fullmatch(text) for text in row[1:] if text)
