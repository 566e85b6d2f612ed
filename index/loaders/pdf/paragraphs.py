"""Rows of a column into paragraphs: lines joined, hyphens at line ends undone, rows of tables kept on one line."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from footnoted.index.loaders.pdf.direction import runs_from_right
from footnoted.index.loaders.pdf.layout import Piece, Row, joined

_ITEM = re.compile(r"(?:[•▪▫‣●○◦■□–—*·]|[-] |\(?\d{1,3}[.)]|\(?[a-zA-Z][.)]) *\S")
_BULLET = re.compile(r"[•▪▫‣●○◦■□]")
_LEADER = re.compile(r"(?:\. ?){4,}|…{2,}")
_ENDS_SENTENCE = re.compile(r"[.!?:;。！？：][\"'”’)\]]*$")
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u3000-\u303f\uff00-\uffef]")
_CELL_GAP = 2.5  # of the line height: this wide, even a row without neighbours is two cells
_CLOSE = 1.4  # line heights from one line of a cell to the next
_WIDER = 1.12  # times that from one row of the table to the next, or rows cannot be distinguished from lines
_FEWEST_ROWS = 2


@dataclass(slots=True)
class Line:
    """One line: ``cells`` has one text, or several for a row of a table; ``broken`` if it ends inside a word."""

    cells: list[str]
    row: Row
    broken: bool

    @property
    def text(self) -> str:
        return " | ".join(self.cells)


@dataclass(slots=True)
class Block:
    """Lines that belong together; ``rows`` when each of them is a row (of a table) or an item by itself."""

    lines: list[Line]
    rows: bool = False

    @property
    def size(self) -> float:
        """The height of its lines."""
        return median(line.row.size for line in self.lines)


def lines_of(rows: Sequence[Row]) -> list[Line]:
    """Rows of one column as lines; wide gaps make cells where a neighbour has a gap at the same place."""
    lines = []
    rows = _with_wrapped_cells(_with_continuations(rows))
    for number, row in enumerate(rows):
        neighbours = [rows[other] for other in (number - 1, number + 1) if 0 <= other < len(rows)]
        broken = row.pieces[-1].words[-1].broken
        lines.append(Line(_cells(row, neighbours), row, broken))
    return lines


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


def _cells(row: Row, neighbours: Sequence[Row]) -> list[str]:
    if len(row.pieces) == 1:
        return [row.pieces[0].text()]
    if _is_stretched(row, neighbours):
        return [joined([word for piece in row.pieces for word in piece.words])]
    aligned = len(row.pieces) >= 3 or any(_share_a_column(row, other) for other in neighbours if len(other.pieces) > 1)
    cells = [list(row.pieces[0].words)]
    for before, piece in zip(row.pieces, row.pieces[1:], strict=False):
        if aligned or piece.left - before.right > _CELL_GAP * row.size:
            cells.append(list(piece.words))
        else:
            cells[-1].extend(piece.words)
    texts = [joined(words) for words in cells]
    return texts[::-1] if runs_from_right(texts) else texts


def _share_a_column(row: Row, other: Row) -> bool:
    """Whether a piece behind the first one starts, ends or is centred where one of the other row is."""
    tolerance = 0.4 * row.size
    for piece in row.pieces[1:]:
        for facing in other.pieces[1:]:
            offsets = piece.left - facing.left, piece.right - facing.right
            if min(map(abs, offsets)) < tolerance or abs(sum(offsets)) < tolerance:
                return True
    return False


def blocks_of(lines: Sequence[Line]) -> list[Block]:
    """Group the lines of one column into paragraphs and tables."""
    if not lines:
        return []
    left = median(line.row.left for line in lines)
    right = max(line.row.right for line in lines)
    steps = [after.row.bottom - line.row.bottom for line, after in zip(lines, lines[1:], strict=False)]
    pitch = median(step for step in steps if step > 0) if any(step > 0 for step in steps) else lines[0].row.size
    blocks = [Block([lines[0]], len(lines[0].cells) > 1)]
    for number in range(1, len(lines)):
        line, before = lines[number], lines[number - 1]
        if _is_new_block(before, line, pitch, left, right):
            blocks.append(Block([line], len(line.cells) > 1))
        elif len(line.cells) > 1 or blocks[-1].rows or _stands_alone(before, line, left, right):
            if not blocks[-1].rows and len(blocks[-1].lines) > 1:
                blocks.append(Block([line], True))
            else:
                blocks[-1].rows = True
                blocks[-1].lines.append(line)
        else:
            blocks[-1].lines.append(line)
    return blocks


def _is_new_block(before: Line, line: Line, pitch: float, left: float, right: float) -> bool:
    """White space above, another font size, a first-line indent, or a last line that ended early."""
    em = line.row.size
    step = line.row.bottom - before.row.bottom
    if len(line.cells) > 1 and len(before.cells) > 1:
        return step > 3.2 * max(pitch, em) or step < 0
    same_large = line.row.size > 1.15 * pitch and len(line.cells) == 1
    if step > (1.5 * em if same_large else 1.35 * max(min(pitch, 1.6 * em), 0.9 * em)) or step < 0:
        return True
    if abs(line.row.size - before.row.size) > 0.15 * max(line.row.size, before.row.size) and not before.broken:
        return True
    if (len(line.cells) > 1) != (len(before.cells) > 1):
        return True
    if len(line.cells) > 1 or before.broken:
        return False
    indented = line.row.left - before.row.left > 0.6 * em and before.row.left < left + 0.3 * em
    sentence_ended = bool(_ENDS_SENTENCE.search(before.text))
    if indented and (sentence_ended or line.row.left - before.row.left < 3 * em) and not _ITEM.match(before.text):
        return sentence_ended
    return sentence_ended and before.row.right < right - 0.2 * (right - left)


def _stands_alone(before: Line, line: Line, left: float, right: float) -> bool:
    """Items of a list, entries with leaders, and lines after one that ended far before the margin."""
    if before.broken:
        return False
    if _LEADER.search(before.text) or _BULLET.match(line.text):
        return True
    if _ITEM.match(line.text) and (_ENDS_SENTENCE.search(before.text) or _ITEM.match(before.text)):
        return True
    return before.row.right < right - 0.4 * (right - left)


def block_text(block: Block, known: Counter[str]) -> str:
    """The text of a block: rows stay on lines of their own, lines of a paragraph become one."""
    if block.rows:
        pieces: list[str] = []
        broken = False
        for line in block.lines:
            if broken and pieces and len(line.cells) == 1:
                pieces[-1] = continued(pieces[-1], line.text, True, known)
            else:
                pieces.append(line.text)
            broken = line.broken
        return "\n".join(pieces)
    text = block.lines[0].text
    for before, line in zip(block.lines, block.lines[1:], strict=False):
        text = continued(text, line.text, before.broken, known)
    return text


def continued(text: str, following: str, broken: bool, known: Counter[str]) -> str:
    """Two lines of a paragraph as one; ``broken`` if a hyphen at the end of the first was removed already."""
    ends_with_hyphen = text.endswith(("-", "\u2010")) and len(text) > 1 and text[-2].isalpha()
    if broken or ends_with_hyphen:
        stem = text if broken else text[:-1]
        if not following[:1].isalpha():
            return stem + ("-" if broken or ends_with_hyphen else "") + following
        return stem + _hyphen_between(stem, following, known) + following
    if _CJK.match(text[-1:]) and _CJK.match(following[:1]):
        return text + following
    return f"{text} {following}"


def _hyphen_between(stem: str, following: str, known: Counter[str]) -> str:
    """Nothing for a word that was only divided at the line's end, "-" for one that is written with a hyphen.

    The document itself decides, by how it writes the word elsewhere; else a capital or a digit keeps the hyphen, and
    so does what has hyphens already (state-of-the-art) and every address.
    """
    token = stem.split()[-1] if stem.split() else ""
    if re.search(r"[/@\\]|[^\W\d_]-[^\W\d_]", token):
        return "-"
    first = re.split(r"[^\w\-']", stem)[-1].lower()
    second = re.split(r"[^\w\-']", following)[0].lower()
    together, apart = known[first + second], known[f"{first}-{second}"]
    if together != apart:
        return "" if together > apart else "-"
    return "" if following[:1].islower() and not first[-1:].isdigit() else "-"


def words_known(texts: Iterable[str]) -> Counter[str]:
    """How often each word is written inside a line, for ``_hyphen_between``."""
    known: Counter[str] = Counter()
    for text in texts:
        known.update(word.strip("-'") for word in re.findall(r"[\w\-']+", text.lower()))
    return known
