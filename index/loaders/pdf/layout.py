"""Reading order: words of a page into pieces, rows and columns, by the white space between them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from footnoted.index.loaders.pdf.columns import ColumnStart, column_starts
from footnoted.index.loaders.pdf.joining import joined
from footnoted.index.loaders.pdf.scripts import INITIAL, SMALLER, is_initial
from footnoted.index.loaders.pdf.words import Word

_JOINING_GAP = 0.85  # of the line height: wider white space starts a new piece (the gutter of columns, a table's cell)
_NUMBER = re.compile(r"[\s()+\-−–.,:/%$€£¥\d]*\d[\s()+\-−–.,:/%$€£¥\d]*")


@dataclass(slots=True)
class Piece:
    """Words that stand close together on one line: a line of a column, or a cell of a table."""

    words: list[Word]
    left: float
    top: float
    right: float
    bottom: float
    opens_column: bool = False

    @property
    def size(self) -> float:
        """The height of its line."""
        return self.bottom - self.top

    @property
    def middle(self) -> float:
        """The height on the page of its centre."""
        return (self.top + self.bottom) / 2

    def text(self) -> str:
        """Its words, with spaces where there is white space."""
        return joined(self.words)


@dataclass(slots=True)
class Row:
    """Pieces side by side, from left to right."""

    pieces: list[Piece]

    @property
    def left(self) -> float:
        return self.pieces[0].left

    @property
    def right(self) -> float:
        return max(piece.right for piece in self.pieces)

    @property
    def top(self) -> float:
        return min(piece.top for piece in self.pieces)

    @property
    def bottom(self) -> float:
        return max(piece.bottom for piece in self.pieces)

    @property
    def size(self) -> float:
        """The height of its tallest piece."""
        return max(piece.size for piece in self.pieces)


def columns_of(words: Sequence[Word]) -> list[list[Row]]:
    """Blocks of rows in reading order: each block is a column, or a part of the page as wide as the page."""
    return [rows for rows in _ordered(_pieces(words, column_starts(words))) if rows]


def _pieces(words: Sequence[Word], starts: Sequence[ColumnStart] = ()) -> list[Piece]:
    """Words in the order of the file, put together as long as they continue along a line and in one column."""
    pieces: list[Piece] = []
    for word in words:
        last = pieces[-1] if pieces else None
        opens = any(start.divides(last.right if last else 0.0, word) for start in starts)
        if last and _goes_on(last, word) and not opens:
            last.words.append(word)
            last.left, last.right = min(last.left, word.left), max(last.right, word.right)
            if word.top != last.top or word.bottom != last.bottom:
                last.top, last.bottom = _heights(last, word)
        else:
            opens = opens or any(start.divides(0.0, word) for start in starts)
            pieces.append(Piece([word], word.left, word.top, word.right, word.bottom, opens))
    return pieces


def _heights(one: Piece, other: Word | Piece) -> tuple[float, float]:
    """Top and bottom of both together: of the taller one if the other is only a raised or lowered mark beside it."""
    size, beside = one.bottom - one.top, other.bottom - other.top
    if size > INITIAL * beside and len(one.words) <= 2 and is_initial(one.words[0].text):
        return other.top, other.bottom  # a letter as tall as the first lines of its chapter
    if beside < SMALLER * size:
        return one.top, one.bottom
    if size < SMALLER * beside:
        return other.top, other.bottom
    return min(one.top, other.top), max(one.bottom, other.bottom)


def _goes_on(piece: Piece, word: Word) -> bool:
    before = piece.words[-1]
    gap = word.left - before.right
    size, own = before.bottom - before.top, word.bottom - word.top
    if not -0.5 * own <= gap <= _JOINING_GAP * max(size, own):
        return False
    return min(before.bottom, word.bottom) - max(before.top, word.top) >= 0.5 * min(size, own)


def rows_of(pieces: Sequence[Piece]) -> list[Row]:
    """Pieces whose heights overlap are one row; rows go from top to bottom."""
    rows: list[list[Piece]] = []
    for piece in sorted(pieces, key=lambda piece: (piece.middle, piece.left)):
        for row in reversed(rows[-3:]):
            main = max(row, key=_size_of_line)
            overlap = min(main.bottom, piece.bottom) - max(main.top, piece.top)
            if overlap > 0.5 * min(main.size, piece.size):
                row.append(piece)
                break
        else:
            rows.append([piece])
    return [Row(_merged(sorted(row, key=lambda piece: piece.left))) for row in rows]


def _size_of_line(piece: Piece) -> float:
    """The height of a piece, and none for a letter alone, which may be as tall as the first lines of a chapter."""
    return 0.0 if len(piece.words) == 1 and is_initial(piece.words[0].text) else piece.size


def _merged(row: list[Piece]) -> list[Piece]:
    """Neighbours without a wide gap (drawn at different times: bold words, superscripts) become one piece."""
    result: list[Piece] = []
    for piece in row:
        last = result[-1] if result else None
        near = last is not None and piece.left - last.right <= _JOINING_GAP * 0.7 * max(last.size, piece.size)
        if last and near and not piece.opens_column:
            words = sorted([*last.words, *piece.words], key=lambda word: word.left)
            top, bottom = _heights(last, piece)
            left, right = min(last.left, piece.left), max(last.right, piece.right)
            result[-1] = Piece(words, left, top, right, bottom, last.opens_column)
        else:
            result.append(piece)
    return result


def _ordered(pieces: list[Piece], depth: int = 0) -> list[list[Row]]:
    """Cut a region at its gutter, if it has columns of text; parts that span the gutter divide it into bands."""
    gutter = _gutter(pieces) if depth < 6 and len(pieces) >= 6 else None
    if gutter is None:
        parts = _cut_across(pieces) if depth < 6 else None
        return [rows for part in parts for rows in _ordered(part, depth + 1)] if parts else [rows_of(pieces)]
    result: list[list[Row]] = []
    for spanning, band in _bands(pieces, gutter):
        left = [piece for piece in band if piece.right <= gutter]
        right = [piece for piece in band if piece.right > gutter]
        if spanning or not left or not right:
            # What spans the gutter, or stands on one side only, may itself have columns elsewhere.
            result.extend([rows_of(band)] if spanning or len(band) == len(pieces) else _ordered(band, depth + 1))
        else:
            result.extend(_ordered(left, depth + 1))
            result.extend(_ordered(right, depth + 1))
    return result


def _cut_across(pieces: Sequence[Piece]) -> tuple[list[Piece], list[Piece]] | None:
    """Cut a region without a gutter at a horizontal white band, if the part above or below it does have one.

    That is a page whose upper part is a figure or a table and whose lower part is set in columns, or the reverse.
    """
    if len(pieces) < 16:
        return None
    rows = rows_of(pieces)
    size = median(piece.size for piece in pieces)
    bottoms: list[float] = []
    lowest = rows[0].bottom
    for row in rows:
        lowest = max(lowest, row.bottom)
        bottoms.append(lowest)
    gaps = [(rows[number].top - bottoms[number - 1], number) for number in range(3, len(rows) - 2)]
    for gap, number in sorted(gaps, reverse=True)[:8]:
        if gap < 0.4 * size:
            break
        above = [piece for row in rows[:number] for piece in row.pieces]
        below = [piece for row in rows[number:] for piece in row.pieces]
        if any(len(part) >= 6 and _gutter(part) is not None for part in (above, below)):
            return above, below
    return None


def _bands(pieces: list[Piece], gutter: float) -> list[tuple[bool, list[Piece]]]:
    """(spans the gutter?, pieces) from top to bottom."""
    bands: list[tuple[bool, list[Piece]]] = []
    rows = rows_of(pieces)
    tables = _table_rows(rows)
    for number, row in enumerate(rows):
        crossing = [piece for piece in row.pieces if piece.left < gutter - 1 and piece.right > gutter + 1]
        spanning = bool(crossing) or number in tables
        if not bands or bands[-1][0] != spanning:
            bands.append((spanning, []))
        bands[-1][1].extend(row.pieces)
    return bands


def _table_rows(rows: Sequence[Row]) -> set[int]:
    """Rows of a table as wide as the page: three or more neighbours of three or more short pieces each."""
    wide = [len(row.pieces) >= 3 and median(len(piece.words) for piece in row.pieces) <= 3 for row in rows]
    found: set[int] = set()
    start = 0
    for number in range(len(rows) + 1):
        if number == len(rows) or not wide[number]:
            if number - start >= 3:
                found.update(range(start, number))
            start = number + 1
    return found


def _gutter(pieces: Sequence[Piece]) -> float | None:
    """The x of the best white lane with columns of running text on both sides, or ``None``."""
    left, right = min(piece.left for piece in pieces), max(piece.right for piece in pieces)
    width = right - left
    size = median(piece.size for piece in pieces)
    if width < 12 * size:
        return None
    best: tuple[float, float] | None = None
    for start, end in _lanes(pieces, left + 0.12 * width, right - 0.12 * width):
        middle = (start + end) / 2
        known = sum(piece.opens_column and abs(piece.left - end) < 2.5 for piece in pieces) >= 3
        if end - start < (0.25 if known else 0.6) * size:
            continue
        score = _columns_score(pieces, middle)
        if score > 0 and (best is None or score + (end - start) / width > best[0]):
            best = (score + (end - start) / width, middle)
    return best[1] if best else None


def _lanes(pieces: Sequence[Piece], low: float, high: float) -> list[tuple[float, float]]:
    """Stretches of x that few pieces cross; few is at most a third of those at the busiest x."""
    events = sorted([(piece.left, 1) for piece in pieces] + [(piece.right, -1) for piece in pieces])
    cover, most = 0, 0
    profile: list[tuple[float, float, int]] = []
    for number, (x, step) in enumerate(events):
        cover += step
        most = max(most, cover)
        after = events[number + 1][0] if number + 1 < len(events) else x
        if after > x:
            profile.append((x, after, cover))
    limit = most / 3
    lanes: list[tuple[float, float]] = []
    minimum = min((cover for start, end, cover in profile if end > low and start < high), default=0)
    for allowed in sorted({minimum, int(limit)}):
        for start, end, cover in profile:
            if cover > allowed or cover > limit or end <= low or start >= high:
                continue
            if lanes and abs(lanes[-1][1] - start) < 0.01:
                lanes[-1] = (lanes[-1][0], end)
            else:
                lanes.append((start, end))
    return lanes


def _columns_score(pieces: Sequence[Piece], gutter: float) -> float:
    """Above 0 when both sides of the gutter look like columns of running text and not like cells of a table."""
    left = [piece for piece in pieces if piece.right <= gutter + 1]
    right = [piece for piece in pieces if piece.left >= gutter - 1]
    crossing = len(pieces) - len(left) - len(right)
    if len(left) < 3 or len(right) < 3:
        return 0.0
    extents = [(min(piece.top for piece in side), max(piece.bottom for piece in side)) for side in (left, right)]
    shared = min(bottom for _, bottom in extents) - max(top for top, _ in extents)
    if shared < 0.5 * min(bottom - top for top, bottom in extents):
        return 0.0
    if not _is_text(left, right) and not _is_written_by_column(left, right):
        return 0.0
    return 1.0 - crossing / len(pieces)


def _is_text(left: Sequence[Piece], right: Sequence[Piece]) -> bool:
    """Lines of several words that fill their column."""
    for side in (left, right):
        start, end = min(piece.left for piece in side), max(piece.right for piece in side)
        fill = [sum(piece.right - piece.left for piece in row.pieces) / (end - start) for row in rows_of(side)]
        letters = [sum(len(word.text) for word in piece.words) for piece in side]
        if median(letters) < 12 or median(fill) < 0.6 or len(fill) < 3:
            return False
        if sum(len(piece.words) >= 3 or len(piece.text()) >= 20 for piece in side) < 0.6 * len(side):
            return False
    return True


def _is_written_by_column(left: Sequence[Piece], right: Sequence[Piece]) -> bool:
    """Whether the file itself writes the left side before the right one, and neither is a column of numbers."""
    for side in (left, right):
        texts = [piece.text() for piece in side]
        if len(side) < 8 or sum(len(text) < 6 or bool(_NUMBER.fullmatch(text)) for text in texts) > 0.3 * len(texts):
            return False
    border = max(piece.words[0].order for piece in left)
    before = sum(piece.words[0].order < border for piece in right)
    return before <= 0.05 * len(right)
