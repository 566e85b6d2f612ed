"""Rows of one column as lines: what is a cell of a table, and which lines only continue the cells above them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from statistics import median

from footnoted.index.loaders.pdf.joining import joined, runs_from_right
from footnoted.index.loaders.pdf.layout import Piece, Row
from footnoted.index.loaders.pdf.words import BOLD, FIXED, Word

_CELL_GAP = 2.5  # of the line height: this wide, even a row without neighbours is two cells
_CLOSE = 1.4  # line heights from one line of a cell to the next
_WIDER = 1.12  # times that from one row of the table to the next, or rows cannot be distinguished from lines
_FEWEST_ROWS = 2
_SIGNS = re.compile(r"[{}\[\]=;<>_|\\$#&*+@^~]|\w\(|//|--")
_APART = 1.35  # line heights: more than this between two lines is white space


@dataclass(slots=True)
class Line:
    """One line: ``cells`` has one text, or several for a row of a table; ``broken`` if it ends inside a word.

    ``edges`` are where each cell begins and ends, counted from where reading begins. ``fixed`` says that all letters
    are equally wide: a line of code.
    """

    cells: list[str]
    row: Row
    broken: bool
    edges: list[tuple[float, float]]
    fixed: bool = False

    @property
    def text(self) -> str:
        return " | ".join(self.cells)

    @property
    def bold(self) -> bool:
        """Whether its first and its last word are."""
        first, last = self.row.pieces[0].words[0], self.row.pieces[-1].words[-1]
        return bool(first.style & last.style & BOLD)


def lines_of(rows: Sequence[Row], code: bool = True) -> list[Line]:
    """Rows of one column as lines; wide gaps make cells where a neighbour has a gap at the same place.

    With ``code``, rows in letters of equal width stay as they are.
    """
    lines: list[Line] = []
    fixed = _fixed_rows(rows) if code else set()
    for is_code, group in groupby(rows, lambda row: id(row) in fixed):
        if is_code:
            lines += [Line([_text(row)], row, row.pieces[-1].words[-1].broken, [], True) for row in group]
            continue
        together = _with_wrapped_cells(_with_continuations(list(group)))
        for number, row in enumerate(together):
            neighbours = [together[other] for other in (number - 1, number + 1) if 0 <= other < len(together)]
            cells, edges = _cells(row, neighbours)
            lines.append(Line([joined(words) for words in cells], row, row.pieces[-1].words[-1].broken, edges))
    return lines


def _text(row: Row) -> str:
    return " ".join(piece.text() for piece in row.pieces)


def _fixed_rows(rows: Sequence[Row]) -> set[int]:
    """``id`` of the rows of code. One alone, at the distance of lines from text beside it, is part of that text."""
    found: set[int] = set()
    for places in _runs(rows):
        if not _looks_like_code([rows[place] for place in places]):
            continue
        beside = [rows[place] for place in (places[0] - 1, places[-1] + 1) if 0 <= place < len(rows)]
        row = rows[places[0]]
        if len(places) > 1 or all(abs(row.bottom - other.bottom) > _APART * row.size for other in beside):
            found.update(id(rows[place]) for place in places)
    return found


def _runs(rows: Sequence[Row]) -> list[list[int]]:
    """The numbers of neighbouring rows in letters of equal width, without much white space between them."""
    runs: list[list[int]] = []
    for number, row in enumerate(rows):
        if not _is_fixed(row):
            continue
        if runs and runs[-1][-1] == number - 1 and 0 < row.bottom - rows[number - 1].bottom < 3 * row.size:
            runs[-1].append(number)
        else:
            runs.append([number])
    return runs


def _looks_like_code(rows: Sequence[Row]) -> bool:
    """Whether many rows have signs that prose seldom has: titles and notices are set in such letters, too."""
    signs = sum(any(_SIGNS.search(word.text) for piece in row.pieces for word in piece.words) for row in rows)
    return signs >= 0.4 * len(rows)


def _is_fixed(row: Row) -> bool:
    """Whether all its letters are of a font of equal widths: what fonts say of themselves may be wrong."""
    words = [word for piece in row.pieces for word in piece.words]
    if not all(word.style & FIXED for word in words):
        return False
    widths = [(word.right - word.left) / len(word.text) for word in words if len(word.text) > 1]
    return not widths or max(widths) <= 1.08 * min(widths)


def _with_continuations(rows: Sequence[Row]) -> list[Row]:
    """Join a row of a table without a first cell to the row above when it only fills that row's empty cells.

    The cells must stand under those of a fuller row further up (the head), so that lines of text are left alone.
    """
    result: list[Row] = []
    for row in rows:
        above = result[-1] if result else None
        if above and len(row.pieces) >= 2 and len(above.pieces) >= 2 and _fills_gaps(above, row):
            heads = [head for head in result[-12:-1] if len(head.pieces) >= len(row.pieces) + len(above.pieces)]
            if any(all(_has_column(head, piece) for piece in [*row.pieces, *above.pieces]) for head in heads):
                result[-1] = Row(sorted([*above.pieces, *row.pieces], key=lambda piece: piece.left))
                continue
        result.append(row)
    return result


def _fills_gaps(above: Row, row: Row) -> bool:
    near = row.top - above.bottom < 1.5 * row.size
    clear = all(piece.left > other.right or piece.right < other.left for piece in row.pieces for other in above.pieces)
    return near and clear and row.left > above.left + row.size


def _has_column(head: Row, piece: Piece) -> bool:
    tolerance = 0.4 * piece.size
    return any(
        abs(piece.left - cell.left) < tolerance
        or abs(piece.right - cell.right) < tolerance
        or abs(piece.left + piece.right - cell.left - cell.right) < tolerance
        for cell in head.pieces
    )


def _with_wrapped_cells(rows: Sequence[Row]) -> list[Row]:
    """Rows in which a line that only continues some cells of the row above is part of that row.

    Such a line has fewer cells than the row, each under one of the row's, and stands closer to it than rows of the
    table stand to one another.
    """
    groups: list[list[Row]] = []
    for row in rows:
        if groups and _wraps(groups[-1], row):
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
    return [_merged(group) if len(group) > 1 else group[0] for group in groups]


def _wraps(group: Sequence[Row], row: Row) -> bool:
    """Whether a row only continues cells of the group's first row."""
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


def _merged(group: Sequence[Row]) -> Row:
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


def _is_stretched(row: Row, neighbours: Sequence[Row]) -> bool:
    """Whether this is a line of justified text: equal gaps from margin to margin, between lines without any."""
    if len(row.pieces) < 3 or not neighbours or any(len(other.pieces) > 1 for other in neighbours):
        return False
    gaps = [after.left - before.right for before, after in zip(row.pieces, row.pieces[1:], strict=False)]
    margins = min(other.left for other in neighbours), max(other.right for other in neighbours)
    near = abs(row.left - margins[0]) < row.size and abs(row.right - margins[1]) < row.size
    return near and max(gaps) - min(gaps) < 0.3 * row.size


def _cells(row: Row, neighbours: Sequence[Row]) -> tuple[list[list[Word]], list[tuple[float, float]]]:
    """The words of each cell, in the order of reading, and its edges, from the side at which reading begins."""
    if len(row.pieces) == 1:
        return [row.pieces[0].words], [(row.left, row.right)]
    if _is_stretched(row, neighbours):
        return [[word for piece in row.pieces for word in piece.words]], [(row.left, row.right)]
    aligned = len(row.pieces) >= 3 or any(_share_a_column(row, other) for other in neighbours if len(other.pieces) > 1)
    cells = [list(row.pieces[0].words)]
    edges = [(row.pieces[0].left, row.pieces[0].right)]
    for before, piece in zip(row.pieces, row.pieces[1:], strict=False):
        if aligned or piece.left - before.right > _CELL_GAP * row.size:
            cells.append(list(piece.words))
            edges.append((piece.left, piece.right))
        else:
            cells[-1].extend(piece.words)
            edges[-1] = (edges[-1][0], piece.right)
    if runs_from_right([joined(words) for words in cells]):
        return cells[::-1], [(-right, -left) for left, right in reversed(edges)]
    return cells, edges


def _share_a_column(row: Row, other: Row) -> bool:
    """Whether a piece behind the first one starts, ends or is centred where one of the other row is."""
    tolerance = 0.4 * row.size
    for piece in row.pieces[1:]:
        for facing in other.pieces[1:]:
            offsets = piece.left - facing.left, piece.right - facing.right
            if min(map(abs, offsets)) < tolerance or abs(sum(offsets)) < tolerance:
                return True
    return False
