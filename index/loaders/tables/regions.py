"""The tables on one sheet: below each other, side by side, or both; rows behind a gap may belong to the one above."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile

from footnoted.index.loaders.builder import TextBuilder
from footnoted.index.loaders.tables.rows import (
    Grid,
    Row,
    add_grid,
    header_at,
    heads_names,
    kind_of,
    names_columns,
    only_names,
    starts_table,
)

Cells = Mapping[int, str]
"""The values of one row by their column, from 1; empty ones are missing."""
_MOST_GAPS = 50  # in one block; more of them are no tables but scattered cells
_HEAD = 60  # rows by which a table is known
_LAST = 50  # tables among which a block looks for the one that it continues
_FARTHEST_REPEATED = 4  # rows of a block among which the header of the table above may come again
_NARROW = 3.5  # widths of a column in characters up to which it only keeps others apart


@dataclass(frozen=True, slots=True)
class Area:
    """A stretch of a sheet, all counted from 1; ``headers`` is how many of its rows are a header."""

    left: int
    top: int
    right: int
    bottom: int
    headers: int = 0


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a sheet holds: its rows by number, merged cells, tables that the file names, bold rows, narrow columns."""

    rows: Mapping[int, Cells]
    merged: Sequence[Area] = ()
    named: Sequence[Area] = ()
    bold: frozenset[int] = frozenset()
    widths: Mapping[int, float] = field(default_factory=dict)


@dataclass(slots=True)
class _Region:
    """A table while its rows are found: numbers of rows, and what they hold."""

    numbers: list[int]
    rows: list[Cells]
    columns: set[int]
    header: int | None = None  # the number of the row that names the columns, as far as that is known
    headers: int | None = None

    def dense(self, most: int | None = None) -> list[list[str]]:
        columns = sorted(self.columns)
        return [[cells.get(column, "") for column in columns] for cells in self.rows[:most]]


def add_sheet(builder: TextBuilder, sheet: Sheet) -> None:
    """Add the tables of a sheet in the order of their first cells, each under its own header."""
    for region in _regions(sheet):
        add_grid(builder, _grid(region, sheet.merged))


def repeat_downwards(rows: dict[int, dict[int, str]], merged: Sequence[Area]) -> None:
    """A cell merged over several rows is repeated in the rows that hold something else, so that each stands alone."""
    for area in merged:
        text = rows.get(area.top, {}).get(area.left, "")
        if text and area.bottom - area.top < 10_000:
            for number in range(area.top + 1, area.bottom + 1):
                if number in rows:
                    rows[number].setdefault(area.left, text)


def add_records(builder: TextBuilder, records: Iterable[Row]) -> None:
    """Add the records of a text file, where blank lines may end one table and begin the next."""
    blocks: list[list[Row]] = [[]]
    for cells in records:
        if any(cells):
            blocks[-1].append(cells)
        elif blocks[-1]:
            blocks.append([])
    tables: list[list[Row]] = []
    for block in filter(None, blocks):
        title_only = len(tables) == 1 and all(sum(map(bool, cells)) == 1 for cells in tables[0])
        if tables and (title_only or not _begins(block, tables[-1], False)):
            tables[-1].extend(block)
        else:
            tables.append(block)
    for rows in tables:
        add_grid(builder, Grid(rows))


def _grid(region: _Region, merged: Sequence[Area]) -> Grid:
    place = {column: number for number, column in enumerate(sorted(region.columns))}
    row_of = {number: place for place, number in enumerate(region.numbers)}
    spans: dict[int, list[tuple[int, int]]] = {}
    for area in merged:
        if area.top not in row_of or area.left not in place:
            continue
        inside = [place[column] for column in range(area.left, area.right + 1) if column in place]
        if len(inside) > 1:
            spans.setdefault(row_of[area.top], []).append((inside[0], inside[-1]))
    return Grid(region.dense(), spans, region.headers)


def _regions(sheet: Sheet) -> list[_Region]:
    """The tables that the file names, and those that gaps show in the rest."""
    rows: dict[int, Cells] = dict(sheet.rows)
    found: list[_Region] = []
    for area in sheet.named:
        if region := _cut_out(rows, area):
            found.append(region)
    done: list[_Region] = []
    pending: list[_Region] = []
    for block in _blocks(rows):
        for group in _side_by_side(block, sheet):
            _place(group, done, pending, sheet.bold)
    done.extend(pending)
    return sorted(found + done, key=lambda region: (region.numbers[0], min(region.columns)))


def _cut_out(rows: dict[int, Cells], area: Area) -> _Region | None:
    """A named table, taken out of the rows."""
    region = _Region([], [], set(), None, area.headers or None)
    for number in range(area.top, min(area.bottom, max(rows, default=0)) + 1):
        cells = rows.get(number, {})
        inside = {column: text for column, text in cells.items() if area.left <= column <= area.right}
        if inside:
            rows[number] = {column: text for column, text in cells.items() if column not in inside}
            region.numbers.append(number)
            region.rows.append(inside)
            region.columns |= inside.keys()
    if not region.numbers or (region.headers and region.numbers[0] != area.top):
        region.headers = None
    return region if region.numbers else None


def _blocks(rows: Mapping[int, Cells]) -> Iterator[_Region]:
    """Stretches of rows without an empty one between."""
    block = _Region([], [], set())
    for number in sorted(number for number, cells in rows.items() if cells):
        if block.numbers and number > block.numbers[-1] + 1:
            yield block
            block = _Region([], [], set())
        block.numbers.append(number)
        block.rows.append(rows[number])
        block.columns |= rows[number].keys()
    if block.numbers:
        yield block


def _side_by_side(block: _Region, sheet: Sheet) -> list[_Region]:
    """The parts of a block that empty columns divide and that are tables by themselves."""
    columns = sorted(block.columns)
    gaps = [gap for gap in zip(columns, columns[1:], strict=False) if gap[1] > gap[0] + 1]
    if len(gaps) > _MOST_GAPS:
        return [block]
    cuts = [behind for before, behind in gaps if not _joined(before, behind, block, sheet)]
    if not cuts:
        return [block]
    bounds = [columns[0], *cuts, columns[-1] + 1]
    parts = [_part(block, first, end) for first, end in zip(bounds, bounds[1:], strict=False)]
    result = [parts[0]]
    for part in parts[1:]:
        if _is_table(result[-1]) and _is_table(part):
            result.append(part)
        else:
            result[-1] = _part(block, min(result[-1].columns), max(part.columns) + 1)
    return result


def _joined(before: int, behind: int, block: _Region, sheet: Sheet) -> bool:
    """Whether the gap between two columns is only space inside a table: narrow, or below a cell merged over it."""
    if all(sheet.widths.get(column, 99) <= _NARROW for column in range(before + 1, behind)):
        return True
    first, last = block.numbers[0], block.numbers[-1]
    wide = {number for number, cells in zip(block.numbers, block.rows, strict=True) if len(cells) > 1}
    over = (area for area in sheet.merged if first <= area.top <= last and area.left < behind <= area.right)
    return any(area.top in wide for area in over)


def _part(block: _Region, first: int, end: int) -> _Region:
    part = _Region([], [], set())
    for number, cells in zip(block.numbers, block.rows, strict=True):
        inside = {column: text for column, text in cells.items() if first <= column < end}
        if inside:
            part.numbers.append(number)
            part.rows.append(inside)
            part.columns |= inside.keys()
    return part


def _is_table(part: _Region) -> bool:
    """Whether cells have a header of their own and something to the left that says what a row is about."""
    if len(part.columns) < 2:
        return False
    rows = part.dense(_HEAD)
    for number in range(min(4, len(rows))):
        if names_columns(rows[number:]) or starts_table(rows, number):
            return any(kind_of(cells[0]) not in ("number", "") for cells in rows[number + 1 :])
    return False


def _place(group: _Region, done: list[_Region], pending: list[_Region], bold: frozenset[int]) -> None:
    """Put the rows of a block below the table that they continue, or begin a new one.

    Single cells (a title, the name of a part) wait for what comes below them.
    """
    waiting = next((one for one in pending if one.columns & group.columns), None)
    if all(len(cells) == 1 for cells in group.rows):
        if waiting is None:
            pending.append(group)
        else:
            _extend(waiting, group)
        return
    open_table = next(
        (one for one in done[: -_LAST - 1 : -1] if one.columns & group.columns and len(one.columns) > 1), None
    )
    if open_table is not None and not _begins_below(group, open_table, bold):
        if waiting is not None:
            _extend(open_table, waiting)
            pending.remove(waiting)
        _extend(open_table, group)
        return
    if waiting is not None:
        pending.remove(waiting)
        _extend(waiting, group)
        group = waiting
    done.append(group)


def _extend(region: _Region, other: _Region) -> None:
    region.numbers.extend(other.numbers)
    region.rows.extend(other.rows)
    region.columns |= other.columns


def _begins_below(group: _Region, table: _Region, bold: frozenset[int]) -> bool:
    """Whether a block begins a table of its own, and does not continue the one above it."""
    if not group.columns <= table.columns:
        return True
    columns = sorted(table.columns)
    rows = [[cells.get(column, "") for column in columns] for cells in group.rows]
    first = next(number for number, cells in zip(group.numbers, group.rows, strict=True) if len(cells) > 1)
    if len(group.numbers) < 2 or group.numbers[-1] == first:
        return False
    above = table.dense(_HEAD)
    if _repeats_header(rows, above):
        return True
    header = header_at(above)
    if bold & set(group.numbers):
        return first in bold and group.numbers[-1] not in bold
    if header >= 0 and table.numbers[header] in bold:
        return False
    return _begins(rows, above, True)


def _repeats_header(rows: Sequence[Row], above: Sequence[Row]) -> bool:
    """Whether one of the first rows has the very words that stand above the figures of the table before."""
    wide = [cells for cells in above if sum(map(bool, cells)) > 1]
    names = list(takewhile(only_names, wide))
    return len(names) < len(wide) and any(cells in names for cells in rows[:_FARTHEST_REPEATED])


def _begins(rows: Sequence[Row], above: Sequence[Row], in_doubt: bool) -> bool:
    """The same, by what the cells hold: names of columns, unlike the values above and below them."""
    first = next((number for number, cells in enumerate(rows) if sum(map(bool, cells)) > 1), len(rows))
    if first >= len(rows) - 1:
        return False
    if starts_table(rows, first) or heads_names(rows, first):
        return True
    trimmed = [_trimmed(cells) for cells in rows[first : first + 200]]
    if not names_columns(trimmed):
        return False
    top = header_at(above)
    if top < 0 or len(_trimmed(above[top])) != len(trimmed[0]):
        return True
    if _trimmed(above[top]) == trimmed[0]:
        return True
    like_header = like_value = 0
    for column, cell in enumerate(trimmed[0]):
        usual = Counter(kind_of(cells[column]) for cells in above[top + 1 : top + 50] if column < len(cells))
        value = usual.most_common(1)[0][0] if usual else ""
        if (named := kind_of(above[top][column])) != value:
            like_header += kind_of(cell) == named
            like_value += kind_of(cell) == value
    return like_header > like_value or (like_header == like_value and in_doubt)


def _trimmed(cells: Row) -> list[str]:
    found = list(cells)
    while found and not found[-1]:
        found.pop()
    return found
