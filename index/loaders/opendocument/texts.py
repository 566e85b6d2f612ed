"""Texts in OpenDocument: headings, lists, tables, notes, and what is in frames."""

from __future__ import annotations

import re
from typing import Any

from footnoted.index.loaders.builder import TextBuilder
from footnoted.index.loaders.office.paragraphs import Paragraphs
from footnoted.index.loaders.office.scripts import Piece
from footnoted.index.loaders.office.word_numbering import Mark
from footnoted.index.loaders.office.word_styles import role_of
from footnoted.index.loaders.office.word_text import text_of
from footnoted.index.loaders.opendocument.package import (
    OFFICE,
    STYLE,
    TABLE,
    TEXT,
    ListLevel,
    OpenDocument,
    Styles,
    next_mark,
    open_document,
    styles_of,
)
from footnoted.index.loaders.opendocument.tables import cells_of, inner_tables, rows_of
from footnoted.index.loaders.opendocument.words import XLINK, WordReader, drawings, is_drawing
from footnoted.index.loaders.registry import Source
from footnoted.index.loaders.tables.rows import figures_below, placed
from footnoted.index.loaders.text import one_line
from footnoted.index.types import LoadedDocument

_TEXT_TYPE = "application/vnd.oasis.opendocument.text"
_CONTENTS = frozenset(
    f"{TEXT}{name}" for name in ("table-of-content", "illustration-index", "table-index", "object-index",
                                 "user-index", "alphabetical-index")
)  # fmt: skip
_LEFT_OUT = frozenset({f"{TEXT}tracked-changes", f"{OFFICE}annotation", f"{OFFICE}forms", f"{TEXT}sequence-decls"})
_CAPTIONS = ("illustration", "table", "text", "drawing", "figure")


def load_odt(source: Source) -> LoadedDocument:
    """The text in document order; notes, page headers and footers come once, at the end."""
    document = open_document(source)
    builder = TextBuilder()
    walker = Walker(builder, document, styles_of(document))
    for body in document.content.iterfind(f"{OFFICE}body/{OFFICE}text"):
        walker.blocks(body)
    walker.paragraphs.finish()
    walker.add_notes()
    _add_running_heads(builder, document, walker)
    title = document.property("title") or walker.paragraphs.title
    return builder.build(title=title, media_type=_TEXT_TYPE, metadata=document.metadata())


def _add_running_heads(builder: TextBuilder, document: OpenDocument, walker: Walker) -> None:
    seen: set[str] = set()
    if document.styles is None:
        return
    for page in document.styles.iter(f"{STYLE}master-page"):
        for head in page.iterchildren():
            text = one_line(walker.plain_text(head))
            if text and text not in seen and not text.isdigit():
                seen.add(text)
                builder.paragraph(text, "running_head")


class Walker:
    """Adds the blocks of a document to the builder."""

    def __init__(self, builder: TextBuilder, document: OpenDocument, styles: Styles) -> None:
        self.builder, self.document, self.styles = builder, document, styles
        self.reader = WordReader(styles, document)
        self.paragraphs = Paragraphs(builder)
        self.counts: dict[str, dict[int, int]] = {}
        self.outline: dict[int, int] = {}
        self.in_contents = False
        self.mark: tuple[Mark, tuple[str, int]] | None = None  # of the item that its next paragraph begins

    def blocks(self, parent: Any) -> None:
        """All blocks inside an element."""
        for child in parent.iterchildren():
            if not isinstance(child.tag, str) or child.tag in _LEFT_OUT:
                continue
            if child.tag in (f"{TEXT}p", f"{TEXT}h"):
                self.paragraph(child)
            elif child.tag == f"{TEXT}list":
                self.items(child, 1, "")
            elif child.tag == f"{TABLE}table":
                self.table(child)
            elif child.tag in _CONTENTS:
                self.in_contents = True
                for body in child.iterchildren(f"{TEXT}index-body"):
                    self.blocks(body)
                self.in_contents = False
            elif is_drawing(child):
                self.drawing(child)
            else:
                self.blocks(child)

    def paragraph(self, paragraph: Any) -> None:
        style = paragraph.get(f"{TEXT}style-name") or ""
        pieces = self.reader.pieces(paragraph)
        role = self.role(style)
        if role == "code" and self.mark is None:
            self.paragraphs.code(pieces)
            return
        self.paragraphs.end_code()
        if role != "quote":
            self.paragraphs.end_quote()
        text = text_of(pieces)
        if text and self.in_contents:
            self.paragraphs.finish()
            self.builder.paragraph(text, "contents")
        elif text and (level := self.level(paragraph, style, role)):
            self.heading(paragraph, pieces, level)
        elif text and self.mark is not None and self.mark[0].text and not self.paragraphs.opens_note:
            (mark, place), self.mark = self.mark, None
            self.paragraphs.lists.item(text, mark.text, place, ordered=mark.counted)
        elif text:
            in_item = self.mark is None and paragraph.getparent().tag == f"{TEXT}list-item"
            self.paragraphs.running(pieces, role, in_item=in_item)
        for drawing in drawings(paragraph):
            self.drawing(drawing)

    def role(self, style: str) -> str:
        """What a paragraph in a style is, by the names of the style and those that it is based on."""
        for one in self.styles.chain(style):
            if one.name in _CAPTIONS:
                return "caption"
            if found := role_of(one.name):
                return found
        return "paragraph"

    def level(self, paragraph: Any, style: str, role: str) -> int:
        """The level of a heading, from 1; 0 for other paragraphs."""
        if paragraph.tag == f"{TEXT}h":
            written = paragraph.get(f"{TEXT}outline-level") or "1"
            return max(1, min(int(written), 9)) if written.isdigit() and len(written) < 4 else 1
        if found := re.search(r"^heading (\d)$", self.styles.names(style), re.MULTILINE):
            return int(found[1])
        return int(role == "title" and self.styles.names(style).split("\n")[-1] in ("title", "heading"))

    def heading(self, paragraph: Any, pieces: list[Piece], level: int) -> None:
        """Add a heading with the number that its list or the outline of the document gives it."""
        mark = Mark("", False)
        if self.mark is not None:
            mark, self.mark = self.mark[0], None
        elif paragraph.tag == f"{TEXT}h" and paragraph.get(f"{TEXT}is-list-header") != "true":
            mark = next_mark(self.styles.outline or {level: ListLevel()}, level, self.outline)
        self.paragraphs.finish()
        self.paragraphs.heading(pieces, level, mark)

    def items(self, element: Any, depth: int, above: str) -> None:
        """The items of a list, and the lists inside them."""
        style = element.get(f"{TEXT}style-name") or above
        counts = self.counts.setdefault(style, {})
        continued = element.get(f"{TEXT}continue-numbering") == "true" or element.get(f"{TEXT}continue-list")
        if not continued:
            for level in [level for level in counts if level >= depth]:
                del counts[level]
        for item in element.iterchildren(f"{TEXT}list-item", f"{TEXT}list-header"):
            start = item.get(f"{TEXT}start-value") or ""
            if start.isdigit() and len(start) < 8:
                counts[depth] = int(start) - 1
            bare = not any(child.tag != f"{TEXT}list" for child in item.iterchildren())
            if item.tag == f"{TEXT}list-item" and not bare:
                mark = next_mark(self.styles.lists.get(style, {}), depth, counts)
                self.mark = (mark, (style, depth))
            for child in item.iterchildren():
                if child.tag == f"{TEXT}list":
                    self.mark = None
                    self.items(child, depth + 1, style)
                elif child.tag in (f"{TEXT}p", f"{TEXT}h"):
                    self.paragraph(child)
            self.mark = None

    def table(self, table: Any) -> None:
        """One line for each row; a table of a single column only frames its blocks."""
        self.paragraphs.finish()
        headers, rows = rows_of(table)
        grid = [list(cells_of(row)) for row in rows]
        if all(len(cells) <= 1 for cells in grid):
            for cells in grid:
                for _, _, cell in cells:
                    self.blocks(cell)
                    self.paragraphs.finish()
            return
        texts: list[list[tuple[int, str]]] = []
        hanging: dict[int, tuple[str, int]] = {}  # a text that continues below, and for how many rows
        inner: list[list[Any]] = []
        for cells in grid:
            values = {column: (text, 1) for column, (text, left) in hanging.items() if left > 0}
            hanging = {column: (text, left - 1) for column, (text, left) in hanging.items() if left > 1}
            for column, rows_spanned, cell in cells:
                text = one_line(self.plain_text(cell))
                values[column] = (text, 1)
                if rows_spanned > 1:
                    hanging[column] = (text, rows_spanned - 1)
            texts.append([(column, values[column][0]) for column in sorted(values)])
            inner.append([found for _, _, cell in cells for found in inner_tables(cell)])
        if not headers and len(texts) > 1 and (self._headed(grid[0]) or figures_below(texts)):
            headers = 1
        placed_rows = [placed(values, header=number < headers) for number, values in enumerate(texts)]
        self.paragraphs.rows(placed_rows, inner, self.table)

    def _headed(self, cells: list[tuple[int, int, Any]]) -> bool:
        """Whether all cells of a row are in the style of table headings."""
        styles = [
            paragraph.get(f"{TEXT}style-name") or "" for _, _, cell in cells for paragraph in cell.iter(f"{TEXT}p")
        ]
        return bool(styles) and all("table heading" in self.styles.names(style) for style in styles)

    def drawing(self, drawing: Any) -> None:
        """Add what a frame or shape says: its words, a table, a chart, a formula, what is said about a picture."""
        for child in drawing.iterchildren():
            if not isinstance(child.tag, str):
                continue
            name = child.tag.rpartition("}")[2]
            if name in ("p", "list"):
                self.blocks(drawing)
                return
            if name in ("text-box", "table"):
                self.paragraphs.finish()
                self.blocks(child if name == "text-box" else drawing)
                self.paragraphs.finish()
                return
            if name == "object":
                self.embedded(child)
            elif is_drawing(child):
                self.drawing(child)
        described = [one_line(text.text or "") for text in drawing.iterchildren("{*}desc", "{*}title")]
        if text := max(described, key=len, default=""):
            self.paragraphs.lists.close()
            self.builder.paragraph(text, "image")

    def embedded(self, element: Any) -> None:
        """A chart as the table that it shows. Formulas are read where they stand in their line."""
        root = self.document.part(element.get(f"{XLINK}href") or "")
        if root is None:
            return
        for table in root.iter(f"{TABLE}table"):
            self.table(table)

    def plain_text(self, parent: Any) -> str:
        """All words inside, without those of tables in it."""
        found = []
        for child in parent.iterchildren():
            if not isinstance(child.tag, str) or child.tag in _LEFT_OUT or child.tag == f"{TABLE}table":
                continue
            if child.tag in (f"{TEXT}p", f"{TEXT}h"):
                found.append(text_of(self.reader.pieces(child)))
                found.extend(map(self.plain_text, drawings(child)))
            else:
                found.append(self.plain_text(child))
        return " ".join(filter(None, found))

    def add_notes(self) -> None:
        """Add the notes that the text refers to, each behind its mark."""
        for mark, body in self.reader.notes:
            with self.paragraphs.note(mark):
                if body is not None:
                    self.blocks(body)
