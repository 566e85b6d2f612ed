"""Puts a text together piece by piece, and keeps the spans of its sections and blocks right while it grows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from footnoted.index.loaders.text import clean, one_line
from footnoted.index.text.blocks import headings_of, ordered, shifted
from footnoted.index.types import Block, BlockKind, LoadedDocument, Section


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table: its text on one line, the name of its column where it is written before it, and its column.

    ``column`` counts from 1. ``header`` says that it names a column or a row.
    """

    text: str
    column: int
    name: str = ""
    header: bool = False


def cells_of(values: Iterable[str], *, header: bool = False, names: Sequence[str] = ()) -> list[Cell]:
    """A row of a table from its values in order, ``cell | cell``.

    Empty cells keep their place, so that columns stay aligned, unless most of the row is empty. ``names`` are the
    names of the columns, written before each value.
    """
    found = [one_line(value) for value in values]
    while found and not found[-1]:
        found.pop()
    cells = [
        Cell(value, column, names[column - 1] if value and column <= len(names) else "", header)
        for column, value in enumerate(found, 1)
    ]
    filled = [cell for cell in cells if cell.text]
    return filled if names or len(filled) < 2 or len(filled) * 2 < len(cells) else cells


class TextBuilder:
    """Puts a text together piece by piece and records where its sections and blocks are."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._length = 0
        self._sections: list[Section] = []
        self._blocks: list[Block] = []
        self._open: list[tuple[int, int, int]] = []  # of blocks begun: their number, and the pieces and length before
        self._gap: str | None = None  # what stands between a mark and what comes behind it

    def __len__(self) -> int:
        return self._length

    def _append(self, text: str) -> None:
        self._pieces.append(text)
        self._length += len(text)

    def _add(self, text: str, separator: str) -> int:
        """Append ``text`` after ``separator`` (nothing at the very start); returns where it starts."""
        if self._length:
            self._append(separator if self._gap is None else self._gap)
        self._gap = None
        start = self._length
        self._append(text)
        return start

    def _leaf(self, text: str, start: int, kind: BlockKind, level: int, label: str) -> None:
        """Record a block of a text that starts at ``start``, without the spaces at its ends."""
        begin = start + len(text) - len(text.lstrip()) if kind != "code" else start
        self._blocks.append(Block(kind, begin, start + len(text.rstrip()), level, label))

    def paragraph(self, text: str, kind: BlockKind = "paragraph", level: int = 0, label: str = "") -> None:
        """Add a block of text, set off by a blank line. Its own line breaks stay. Blank text adds nothing."""
        text = clean(text).strip("\n").rstrip()
        if text.strip():
            self._leaf(text, self._add(text, "\n\n"), kind, level, label)

    def line(self, text: str, kind: BlockKind = "paragraph", level: int = 0, label: str = "") -> None:
        """Add one line directly under the last one."""
        text = clean(text).strip()
        if text:
            self._leaf(text, self._add(text, "\n"), kind, level, label)

    def item(self, text: str, mark: str, depth: int = 1, *, tight: bool = True) -> None:
        """Add an item of a list behind its mark ("-", "3."), under the last one unless ``tight`` is false.

        Blocks that belong to it go into a surrounding ``with builder.block("item", …)``, which this is not.
        """
        with self.block("item", depth, mark):
            self.marked(text, mark, tight=tight)

    def marked(self, text: str, mark: str, *, tight: bool = True) -> None:
        """Add a paragraph behind a mark that is not part of it."""
        text = clean(text).strip()
        if text:
            start = self._add(f"{mark} " if mark else "", "\n" if tight else "\n\n") + len(f"{mark} " if mark else "")
            self._append(text)
            self._leaf(text, start, "paragraph", 0, "")

    def mark(self, mark: str, *, tight: bool = True, gap: str = " ") -> None:
        """Write a mark that is part of no block; what is added next, of whatever kind, stands behind it."""
        self._add(mark, "\n" if tight else "\n\n")
        self._gap = gap

    def table(self, rows: Iterable[Sequence[Cell]], *, tight: bool = False) -> None:
        """Add a table: a blank line (unless ``tight``), then one line for each row, its cells with bars between."""
        with self.block("table"):
            separator = "\n" if tight else "\n\n"
            for cells in rows:
                if any(cell.text for cell in cells):
                    self._row(cells, separator)
                    separator = "\n"

    def _row(self, cells: Sequence[Cell], separator: str) -> None:
        """Add one row. Tables can have a million cells, so this is written to be fast."""
        start = position = self._add("", separator)
        pieces: list[str] = []
        blocks: list[Block] = []
        before, headers, end = "", True, start
        for cell in cells:
            text = cell.text
            lead = f"{before}{cell.name}: " if cell.name else before
            position += len(lead)
            pieces.append(lead)
            before = " | " if text else "| "
            if text:
                pieces.append(text)
                end = position + len(text)
                blocks.append(Block("cell", position, end, cell.column, "header" if cell.header else ""))
                headers = headers and cell.header
                position = end
        self._pieces.append("".join(pieces)[: end - start])
        self._length = end
        self._blocks.append(Block("row", start, end, 0, "header" if headers else ""))
        self._blocks.extend(blocks)

    def heading(self, title: str, level: int, mark: str = "") -> None:
        """Add a heading on a line of its own, behind its number if it has one."""
        title = one_line(title)
        if title:
            shown = f"{mark} {title}" if mark else title
            self._leaf(shown, self._add(shown, "\n\n"), "heading", max(1, min(level, 9)), title)

    @contextmanager
    def block(self, kind: BlockKind, level: int = 0, label: str = "") -> Iterator[None]:
        """All blocks that are added inside the ``with`` lie in one of this kind; one without any is not kept."""
        self.begin(kind, level, label)
        yield
        self.end()

    def begin(self, kind: BlockKind, level: int = 0, label: str = "") -> None:
        """Begin a block that holds others; :meth:`end` ends the one begun last."""
        self._open.append((len(self._blocks), len(self._pieces), self._length))
        self._blocks.append(Block(kind, self._length, self._length, level, label))

    def end(self) -> None:
        """End the block that was begun last; one without any inside is not kept."""
        place, piece, before = self._open.pop()
        if len(self._blocks) == place + 1:
            del self._blocks[place]
            return
        own = "".join(self._pieces[piece:])
        start, end = before + len(own) - len(own.lstrip()), before + len(own.rstrip())
        self._blocks[place] = replace(self._blocks[place], start=start, end=end)

    @contextmanager
    def section(self, label: str, number: int | None = None) -> Iterator[None]:
        """Everything added inside the ``with`` belongs to this section; one without text is not kept."""
        before = self._length
        yield
        if self._length > before:
            start = before + 2 if before else 0
            self._sections.append(Section(start, self._length, label, number))

    def document(self, part: LoadedDocument) -> None:
        """Add another document's text with its blocks (an attachment, a chapter)."""
        if not part.text.strip():
            return
        start = self._add(part.text, "\n\n")
        self._blocks.extend(shifted(part.blocks, start))

    def build(
        self,
        *,
        title: str = "",
        media_type: str = "text/plain",
        notes: Iterable[str] = (),
        metadata: Mapping[str, str | int | float] | None = None,
    ) -> LoadedDocument:
        """The finished document."""
        blocks = ordered(self._blocks)
        return LoadedDocument(
            text="".join(self._pieces),
            title=one_line(title),
            sections=tuple(self._sections),
            headings=headings_of(blocks),
            blocks=blocks,
            media_type=media_type,
            notes=tuple(notes),
            metadata=dict(metadata or {}),
        )
