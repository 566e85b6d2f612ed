"""Paragraphs of Word and OpenDocument as they are added: lists, code, quotations and notes that several make up."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from footnoted.index.loaders.builder import Cell, TextBuilder
from footnoted.index.loaders.office.lists import ListBuilder
from footnoted.index.loaders.office.scripts import Piece
from footnoted.index.loaders.office.word_numbering import Mark
from footnoted.index.loaders.office.word_text import code_of, text_of
from footnoted.index.types import BlockKind

_KINDS: dict[str, BlockKind] = {"caption": "caption", "contents": "contents"}


class Paragraphs:
    """Adds paragraphs to the builder, and knows which list, code, quotation or note is open.

    ``title`` is the first heading of the highest level that has no number.
    """

    def __init__(self, builder: TextBuilder) -> None:
        self.builder, self.lists = builder, ListBuilder(builder)
        self.title = ""
        self._code: list[str] = []
        self._quoting = False
        self._note = ""  # the mark of a note, before its first paragraph

    @property
    def opens_note(self) -> bool:
        """Whether the next paragraph is the first of a note."""
        return bool(self._note)

    def code(self, pieces: list[Piece]) -> None:
        """Add a line of code to those before it."""
        self.lists.close()
        self._code.append(code_of(pieces))

    def end_code(self) -> None:
        """Add the lines of code that were collected, as one block."""
        lines, self._code = self._code, []
        self.builder.paragraph("\n".join(lines), "code")

    def end_quote(self) -> None:
        """End the quotation that was begun."""
        if self._quoting:
            self.builder.end()
            self._quoting = False

    def finish(self) -> None:
        """End the lists, the quotation and the code that were begun."""
        self.lists.close()
        self.end_quote()
        self.end_code()

    def heading(self, pieces: list[Piece], level: int, mark: Mark) -> None:
        """Add a heading, without the marks of notes."""
        self.lists.close()
        text = text_of([piece for piece in pieces if piece.align != "note"])
        self.builder.heading(text, level, mark.text if mark.counted else "")
        self.title = self.title or (text if level == 1 and not mark.counted else "")

    def running(self, pieces: list[Piece], role: str, *, in_item: bool = False) -> None:
        """Add a paragraph that is neither a heading nor the first of an item."""
        text = text_of(pieces)
        if not in_item:
            self.lists.close()
        if self._note:
            self.builder.marked(text, self._note, tight=False)
            self._note = ""
        elif all(piece.align == "formula" or not piece.text.strip() for piece in pieces):
            self.builder.paragraph(text, "formula")
        elif role == "quote":
            if not self._quoting:
                self.builder.begin("quote", 1)
                self._quoting = True
            self.builder.paragraph(text)
        elif in_item:
            self.builder.line(text)
        else:
            self.builder.paragraph(text, _KINDS.get(role, "paragraph"))

    @contextmanager
    def note(self, mark: str) -> Iterator[None]:
        """What is added inside the ``with`` is a footnote or endnote behind its mark."""
        with self.builder.block("footnote", label=mark):
            self._note = f"[{mark}]" if mark[:1].isalnum() else mark
            yield
            self.finish()
            self._note = ""

    def rows(
        self, rows: Sequence[Sequence[Cell]], inner: Sequence[Sequence[Any]], add_table: Callable[[Any], None]
    ) -> None:
        """Add the rows of a table; ``inner`` are the tables in the cells of each, which come after it."""
        begun = 0
        for number, tables in enumerate(inner):
            if tables:
                self.builder.table(rows[begun : number + 1])
                begun = number + 1
                for table in tables:
                    add_table(table)
        self.builder.table(rows[begun:])
