"""Rows of a table whose cells have several lines: the lines below the first are put back into their cells."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from footnoted.index.loaders.pdf.layout import Piece, Row

_CLOSE = 1.4  # line heights from one line of a cell to the next
_WIDER = 1.12  # times that from one row of the table to the next, or rows cannot be told from lines
_FEWEST_ROWS = 2


def with_wrapped_cells(rows: Sequence[Row]) -> list[Row]:
    """Rows in which a line that only goes on in some cells of the row above is part of that row.

    Such a line has fewer cells than the row, each under one of the row's, and stands closer to it than rows of the
    table stand to one another.
    """
    groups: list[list[Row]] = []
    for row in rows:
        if groups and _goes_on(groups[-1], row):
            groups[-1].append(row)
        else:
            groups.append([row])
    wrapped = [group for group in groups if len(group) > 1]
    if not wrapped:
        return list(rows)
    inside = [below.bottom - above.bottom for group in wrapped for above, below in zip(group, group[1:], strict=False)]
    between = [
        after[0].bottom - before[-1].bottom
        for before, after in zip(groups, groups[1:], strict=False)
        if len(before[0].pieces) > 1 and len(after[0].pieces) > 1 and after[0].bottom > before[-1].bottom
    ]
    if len(between) < _FEWEST_ROWS or median(between) < _WIDER * max(inside):
        return list(rows)
    return [_joined(group) if len(group) > 1 else group[0] for group in groups]


def _goes_on(group: Sequence[Row], row: Row) -> bool:
    head, last = group[0], group[-1]
    if len(head.pieces) < 2 or len(row.pieces) >= len(head.pieces):
        return False
    step = row.bottom - last.bottom
    if not 0 < step <= _CLOSE * max(row.size, last.size):
        return False
    return all(_cell_above(head, piece) is not None for piece in row.pieces)


def _cell_above(head: Row, piece: Piece) -> int | None:
    """Which cell of the row a piece stands under: same left edge, and not reaching into the next cell."""
    for number, cell in enumerate(head.pieces):
        following = head.pieces[number + 1].left if number + 1 < len(head.pieces) else float("inf")
        if abs(cell.left - piece.left) < 0.5 * piece.size and piece.right < following:
            return number
    return None


def _joined(group: Sequence[Row]) -> Row:
    pieces = [
        Piece(list(piece.words), piece.left, piece.top, piece.right, piece.bottom, piece.opens_column)
        for piece in group[0].pieces
    ]
    for row in group[1:]:
        for piece in row.pieces:
            cell = pieces[_cell_above(group[0], piece) or 0]
            cell.words.extend(piece.words)
            cell.right, cell.bottom = max(cell.right, piece.right), max(cell.bottom, piece.bottom)
    return Row(pieces)
