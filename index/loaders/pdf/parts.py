"""What the blocks of a page are: headings, paragraphs, lists, tables, captions, code, notes at its foot."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from statistics import median

from footnoted.index.loaders.pdf.cells import fits_columns, have_same_columns, header_of
from footnoted.index.loaders.pdf.lines import Line
from footnoted.index.loaders.pdf.paragraphs import Block, block_text, continued
from footnoted.index.loaders.text import tidy
from footnoted.index.types import BlockKind

# Glyphs of symbol fonts come as characters for private use.
_BULLET = "•▪▫‣●○◦■□·▶►➢➤✓✔☐☑☒\uf0b7\uf0a7\uf0d8\uf0fc\uf076"
_MARK = re.compile(
    rf"(?P<mark>[{_BULLET}](?=\s*\S)|(?:[-–—*o]|\(?\d{{1,3}}[.)]|\[\d{{1,3}}\]|\(?[a-z][.)]|\(?[ivx]{{1,5}}[.)]"
    r"|\([A-Z]\)|[A-Z]\))(?=\s+\S))\s*"
)
_ONLY_MARK = re.compile(rf"[{_BULLET}]|[-–—*o]|\(?\d{{1,3}}[.)]|\[\d{{1,3}}\]|\(?[a-zA-Z][.)]|\(?[ivx]{{1,5}}[.)]")
_CAPTION = re.compile(
    r"(?:Figure|Fig\.|Table|Tab\.|Chart|Scheme|Box|Plate|Exhibit|Listing|Algorithm|Map|Abbildung|Abb\.|Tabelle|Figura"
    r"|Tabla|Tableau|Tabella|Figuur|Рис\.|Рисунок|Таблица|表|図|图|그림|표)\s*(?:[A-Z][.-]?)?\d{1,3}(?:[.-]\d{1,3})*"
    r"(?P<then>\s*[.:|—–](?:\s|$)|\s*$|\s+(?=[A-Z]))",
    re.IGNORECASE,
)
_LONGEST_CAPTION = 600
_INDENTED = 0.9  # of the line height: further in than the item above, and not only a shorter number
_HANGING = 0.3
_NEAR = 0.8  # line heights of white space: no more than between the rows of a table


@dataclass(slots=True)
class Item:
    """An item of a list; ``left`` is where its mark stands, ``tight`` if no white space is above it."""

    mark: str
    text: str
    left: float
    tight: bool = False


@dataclass(slots=True)
class Part:
    """A paragraph, heading, caption, piece of code, list or table of a page, as it will be in the document.

    ``block`` are the lines it comes from. ``rows`` are those of a table with the page of each. ``breaks`` are places in
    ``text`` where another page begins, with its number. ``label`` of a note is its mark.
    """

    kind: BlockKind
    page: int
    block: Block
    text: str = ""
    level: int = 0
    label: str = ""
    items: list[Item] = field(default_factory=list)
    rows: list[tuple[int, Line]] = field(default_factory=list)
    breaks: list[tuple[int, int]] = field(default_factory=list)


def parts_of(
    blocks: Sequence[Block], page: int, levels: dict[int, int], contents: set[int], known: Counter[str]
) -> list[Part]:
    """The parts of a page, in the order of reading.

    ``levels`` are those of blocks that are headings, and ``contents`` blocks that tell where something is, by ``id``.
    """
    found: list[Part] = []
    for block in blocks:
        if id(block) in contents:
            found.append(Part("contents", page, block, _lines_of_text(block, known)))
        elif id(block) in levels:
            text = tidy(block_text(block, known)).strip()
            found.append(Part("heading", page, block, text, levels[id(block)]))
        elif block.fixed:
            found.append(Part("code", page, block, block_text(block, known)))
        elif block.rows:
            found.extend(_of_rows(block, page, known))
        else:
            found.append(_of_lines(block, page, known))
    return _with_whole_tables(_with_lists([part for part in found if part.text or part.items or part.rows]))


def _lines_of_text(block: Block, known: Counter[str]) -> str:
    return "\n".join(map(str.strip, tidy(block_text(block, known)).split("\n"))).strip()


def _of_lines(block: Block, page: int, known: Counter[str]) -> Part:
    text = tidy(block_text(block, known)).strip()
    if is_caption(text):
        return Part("caption", page, block, text)
    if mark := _MARK.match(text):
        item = Item(mark["mark"], text[mark.end() :], block.lines[0].row.left)
        return Part("item", page, block, text, items=[item])
    return Part("paragraph", page, block, text)


def is_caption(text: str) -> bool:
    """Whether a text names a figure or table: "Figure 3: …", and not "Figure 3 shows …"."""
    found = _CAPTION.match(text) if len(text) <= _LONGEST_CAPTION else None
    if found is None:
        return False
    return bool(found["then"].strip()) or (len(text) < 150 and not text.endswith("."))


def _of_rows(block: Block, page: int, known: Counter[str]) -> Iterator[Part]:
    """The parts of a block whose lines stand alone: rows of a table, items, or plain lines."""
    lines = block.lines
    wide = [number for number, line in enumerate(lines) if len(line.cells) > 1 and not _is_item(line)]
    table = range(0)
    if wide and len(wide) * 2 > wide[-1] - wide[0] + 1:
        table = range(wide[0], wide[-1] + 1)
    kinds = ["table" if number in table else "item" if _is_item(line) else "plain" for number, line in enumerate(lines)]
    for number in range(1, len(lines)):
        if kinds[number] == "plain" and kinds[number - 1] in ("item", "more") and _continues(lines, number):
            kinds[number] = "more"
    for kind, group in groupby(zip(kinds, lines, strict=True), lambda pair: pair[0].replace("more", "item")):
        pairs = list(group)
        own = Block([line for _, line in pairs], True, block.note)
        if kind == "table":
            for rows in _tables(own.lines):
                whole = Block(list(rows), True, block.note)
                yield Part("table", page, whole, rows=[(page, line) for line in rows])
        elif kind == "item":
            yield from _items(pairs, block, page, known)
        else:
            text = _lines_of_text(own, known)
            yield Part("caption" if is_caption(text) else "paragraph", page, own, text)


def _tables(lines: Sequence[Line]) -> list[Sequence[Line]]:
    """Rows in one or more tables: another begins with names of columns below more white space than between rows."""
    gaps = [after.row.top - before.row.bottom for before, after in zip(lines, lines[1:], strict=False)]
    usual = median(gaps) if gaps else 0.0
    cuts = [
        number
        for number, gap in enumerate(gaps, 1)
        if gap > usual + 0.5 * lines[number].row.size and number + 1 < len(lines) and header_of(lines[number:])
    ]
    bounds = [0, *cuts, len(lines)]
    return [lines[start:end] for start, end in zip(bounds, bounds[1:], strict=False)]


def _is_item(line: Line) -> bool:
    if len(line.cells) == 1:
        return _MARK.match(line.text) is not None
    first, last = line.cells[0].strip(), line.cells[-1].strip()
    return len(line.cells) == 2 and bool(_ONLY_MARK.fullmatch(first)) and not _ONLY_MARK.fullmatch(last)


def _continues(lines: Sequence[Line], number: int) -> bool:
    """Whether a line belongs to the item above it: it hangs, or that line was full and its sentence went on."""
    line, before = lines[number], lines[number - 1]
    first = next(other for other in reversed(lines[:number]) if _is_item(other))
    if line.row.left > first.row.left + _HANGING * line.row.size:
        return True
    right = max(other.row.right for other in lines)
    return before.broken or (before.row.right > right - 4 * line.row.size and before.text[-1:] not in ".!?:;")


def _items(pairs: Sequence[tuple[str, Line]], block: Block, page: int, known: Counter[str]) -> Iterator[Part]:
    groups: list[list[Line]] = []
    for kind, line in pairs:
        if kind == "more":
            groups[-1].append(line)
        else:
            groups.append([line])
    for lines in groups:
        text = " ".join(lines[0].cells)
        for before, line in zip(lines, lines[1:], strict=False):
            text = continued(text, line.text, before.broken, known)
        text = tidy(text).strip()
        mark = _MARK.match(text)
        own = Block(list(lines), False, block.note)
        if mark:
            item = Item(mark["mark"], text[mark.end() :], lines[0].row.left)
            yield Part("item", page, own, text, items=[item])
        else:
            yield Part("paragraph", page, own, text)


def _with_lists(parts: Sequence[Part]) -> list[Part]:
    """Neighbouring items as one list. A dash or number that no other follows begins a paragraph."""
    result: list[Part] = []
    for is_item, group in groupby(parts, lambda part: part.kind == "item" and not part.block.note):
        members = list(group)
        if not is_item:
            for part in members:
                part.kind = "paragraph" if part.kind == "item" else part.kind
            result += members
        elif len(members) > 1 or members[0].items[0].mark in _BULLET:
            items = [item for part in members for item in part.items]
            for above, part in zip(members, members[1:], strict=False):
                part.items[0].tight = _is_near(above, part)
            label = "ordered" if is_counted(items[0].mark) else ""
            result.append(Part("list", members[0].page, members[-1].block, label=label, items=items))
        else:
            members[0].kind, members[0].items = "paragraph", []
            result += members
    return result


def _with_whole_tables(parts: Sequence[Part]) -> list[Part]:
    """Tables with the rows of one cell that are in them: a title between rows, a name above several columns."""
    result: list[Part] = []
    for part in parts:
        if part.kind == "table" and result and _is_row_above(result[-1], part):
            row = result[-1]
            before = result[-2] if len(result) > 1 else None
            lines = [line for _, line in part.rows]
            if before and _is_one_table(before, row, part):
                result.pop()
                before.rows += [(row.page, row.block.lines[0]), *part.rows]
                before.block = part.block
                continue
            beside = max((line.edges for line in lines), key=len)[0][1]
            if row.block.lines[0].row.left > beside and not (
                before and before.kind == "table" and _is_near(before, row)
            ):
                result.pop()
                part.rows.insert(0, (row.page, row.block.lines[0]))
        result.append(part)
    return result


def _is_row_above(part: Part, table: Part) -> bool:
    if part.kind != "paragraph" or len(part.block.lines) != 1 or len(part.block.lines[0].cells) != 1:
        return False
    return _is_near(part, table)


def _is_one_table(before: Part, row: Part, after: Part) -> bool:
    """Whether a row of one cell is between rows of one table, and not the title of a second."""
    if before.kind != "table" or not _is_near(before, row):
        return False
    lines, above = [line for _, line in after.rows], [line for _, line in before.rows]
    same = have_same_columns(above, lines) or (
        fits_columns(above, lines[0]) and fits_columns(above, row.block.lines[0])
    )
    return same and not header_of(lines)


def _is_near(above: Part, below: Part) -> bool:
    """Whether no more than a line would fit between two parts."""
    gap = below.block.lines[0].row.top - above.block.lines[-1].row.bottom
    return -below.block.size < gap < _NEAR * below.block.size


def is_counted(mark: str) -> bool:
    """Whether a mark is a number or a letter."""
    return any(map(str.isalnum, mark)) and mark != "o"


def depths(items: Sequence[Item], size: float) -> list[int]:
    """How deep each item lies, from 1, by where its mark stands."""
    lefts: list[float] = []
    found = []
    for item in items:
        while lefts and item.left < lefts[-1] - _INDENTED * size:
            lefts.pop()
        if not lefts or item.left > lefts[-1] + _INDENTED * size:
            lefts.append(item.left)
        found.append(len(lefts))
    return found
