"""Word documents: paragraphs, headings, lists, tables, text boxes, notes, page headers and footers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from footnoted.index.loaders.archive import Archive, core_metadata, core_title, open_office
from footnoted.index.loaders.builder import TextBuilder
from footnoted.index.loaders.office.drawings import add_charts, add_image
from footnoted.index.loaders.office.paragraphs import Paragraphs
from footnoted.index.loaders.office.scripts import Piece
from footnoted.index.loaders.office.word_numbering import Mark, Numbering, numbering_of
from footnoted.index.loaders.office.word_styles import Styles, W, flag, styles_of, value, whole
from footnoted.index.loaders.office.word_tables import cells_in, read_table
from footnoted.index.loaders.office.word_text import (
    NOT_SHOWN,
    Notes,
    TextReader,
    drawings,
    name_of,
    text_boxes,
    text_of,
)
from footnoted.index.loaders.registry import Source
from footnoted.index.loaders.text import one_line
from footnoted.index.types import LoadedDocument

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_CONTENTS = frozenset({"Table of Contents", "Table of Figures", "Index"})


def load_docx(source: Source) -> LoadedDocument:
    """The text of a ``.docx`` in document order; notes, page headers and footers come once, at the end."""
    archive, main = open_office(source)
    root = archive.xml(main)
    styles = styles_of(archive, main)
    footnotes, endnotes = _notes(archive, main, root, "footnote"), _notes(archive, main, root, "endnote")
    numbering = numbering_of(archive, main, styles.list_styles)
    builder = TextBuilder()
    walker = _Walker(builder, archive, main, TextReader(styles, footnotes, endnotes), numbering)
    for body in root.iter(f"{W}body"):
        walker.blocks(body)
    walker.finish()
    for kind, notes in (("footnotes", footnotes), ("endnotes", endnotes)):
        for part in archive.related(main, kind):
            for note in archive.xml(part):
                if note.get(f"{W}type") is None:
                    walker.note(note, notes.marks.get(note.get(f"{W}id") or "", ""))
    _add_running_heads(builder, archive, main, walker)
    title = core_title(archive) or walker.paragraphs.title
    remarks = _remarks(archive, main)
    return builder.build(title=title, media_type=MEDIA_TYPE, notes=remarks, metadata=core_metadata(archive))


def _add_running_heads(builder: TextBuilder, archive: Archive, main: str, walker: _Walker) -> None:
    seen: set[str] = set()
    for kind in ("header", "footer"):
        for part in archive.related(main, kind):
            text = one_line(walker.plain_text(archive.xml(part)))
            if text not in seen and not text.isdigit():
                seen.add(text)
                builder.paragraph(text, "running_head")


def _notes(archive: Archive, main: str, root: Any, kind: str) -> Notes:
    """How footnotes or endnotes are counted: as the document's settings say, or one of its sections."""
    settings = [archive.xml(part) for part in archive.related(main, "settings")]
    found = Notes("decimal" if kind == "footnote" else "lowerRoman")
    for holder in (*settings, root):
        for properties in holder.iter(f"{W}{kind}Pr"):
            found.kind = value(properties, "numFmt") or found.kind
            found.start = whole(value(properties, "numStart")) or found.start
    return found


def _remarks(archive: Archive, main: str) -> Iterator[str]:
    count = sum(len(archive.xml(part).findall(f"{W}comment")) for part in archive.related(main, "comments"))
    if count:
        yield f"It has {count} comment{'s' if count > 1 else ''}, which {'were' if count > 1 else 'was'} not read."


class _Walker:
    """Adds the blocks of a part to the builder."""

    def __init__(
        self, builder: TextBuilder, archive: Archive, main: str, reader: TextReader, numbering: Numbering
    ) -> None:
        self.builder, self.archive, self.main, self.reader, self.numbering = builder, archive, main, reader, numbering
        self.styles: Styles = reader.styles
        self.paragraphs = Paragraphs(builder)
        self.carried: tuple[Any, list[Piece]] | None = None  # a paragraph whose end was deleted
        self.in_contents = 0

    def blocks(self, parent: Any) -> None:
        """Paragraphs and tables, also those inside content controls and insertions."""
        for child in parent.iterchildren():
            name = name_of(child)
            if name == "p":
                self.paragraph(child)
            elif name == "tbl":
                self.table(child)
            elif name == "sdt":
                self.control(child)
            elif name not in NOT_SHOWN:
                self.blocks(child)

    def control(self, control: Any) -> None:
        """A content control around blocks: a table of contents, or anything else."""
        gallery = control.find(f"{W}sdtPr/{W}docPartObj/{W}docPartGallery")
        contents = gallery is not None and gallery.get(f"{W}val") in _CONTENTS
        self.in_contents += contents
        if not flag(control.find(f"{W}sdtPr"), "showingPlcHdr"):
            for content in control.iterchildren(f"{W}sdtContent"):
                self.blocks(content)
        self.in_contents -= contents

    def paragraph(self, paragraph: Any) -> None:
        in_contents = self.reader.in_contents or bool(self.in_contents)
        pieces = self.reader.pieces(paragraph)
        in_contents = in_contents or self.reader.in_contents
        if self.carried is not None:
            pieces = [*self.carried[1], *pieces]
            self.carried = None
        mark = paragraph.find(f"{W}pPr/{W}rPr")
        if mark is not None and (mark.find(f"{W}del") is not None or mark.find(f"{W}moveFrom") is not None):
            self.carried = (paragraph, pieces)
        else:
            self.add(paragraph, pieces, in_contents)
        for drawing in drawings(paragraph):
            self.drawing(drawing)

    def finish(self) -> None:
        """Add what waits for something that did not come, and end the lists."""
        if self.carried is not None:
            paragraph, pieces = self.carried
            self.carried = None
            self.add(paragraph, pieces, False)
        self.paragraphs.finish()

    def add(self, paragraph: Any, pieces: list[Piece], in_contents: bool) -> None:
        """Add one paragraph as what its style says it is."""
        properties = paragraph.find(f"{W}pPr")
        style = value(properties, "pStyle") or self.styles.default
        role = self.styles.role(style)
        mark = self.mark(properties, style)
        if role == "code":
            self.paragraphs.code(pieces)
            return
        self.paragraphs.end_code()
        text = text_of(pieces)
        level = self.level(properties, style)
        if level:
            self.reader.fields = [one for one in self.reader.fields if not in_contents]
        if not text:
            return
        if role != "quote":
            self.paragraphs.end_quote()
        if (in_contents and not level) or role == "contents" or self.in_contents:
            self.paragraphs.lists.close()
            self.builder.paragraph(text, "contents")
        elif level:
            self.paragraphs.heading(pieces, level, mark)
        elif mark.text and not self.paragraphs.opens_note:
            self.paragraphs.lists.item(text, mark.text, self.place(properties, style), ordered=mark.counted)
        else:
            self.paragraphs.running(pieces, role)

    def level(self, properties: Any, style: str) -> int:
        """The level of a heading, from 1; 0 for other paragraphs. What the paragraph itself says comes first."""
        own = whole(value(properties, "outlineLvl"))
        if own is not None:
            return own + 1 if own < 9 else 0
        return self.styles.heading_level(style)

    def place(self, properties: Any, style: str) -> tuple[str, int]:
        """The list that a paragraph is in and its level there, from 0; ("", 0) for none."""
        own = properties.find(f"{W}numPr") if properties is not None else None
        number, depth = self.styles.numbering(style)
        identifier = value(own, "numId")
        identifier = number if identifier is None else identifier
        if identifier in ("", "0"):
            return "", 0
        depth = whole(value(own, "ilvl")) if value(own, "ilvl") is not None else depth
        return identifier, self.numbering.level_of(identifier, self.styles.chain(style)) if depth is None else depth

    def mark(self, properties: Any, style: str) -> Mark:
        """What is put before an item of a list or a heading: its number, a dash, or nothing."""
        identifier, depth = self.place(properties, style)
        return self.numbering.mark(identifier, depth) if identifier else Mark("", False)

    def drawing(self, drawing: Any) -> None:
        """Add what a drawing says: text boxes, a chart, the description of a picture."""
        for box in text_boxes(drawing):
            self.finish()
            self.blocks(box)
            self.finish()
        if any(name_of(inside) in ("chart", "relIds") for inside in drawing.iter("{*}chart", "{*}relIds")):
            self.finish()
            add_charts(self.builder, self.archive, self.main, drawing)
        for properties in drawing.iter("{*}docPr"):
            if properties.get("descr") or properties.get("title"):
                self.paragraphs.lists.close()
                add_image(self.builder, properties)
            break

    def table(self, table: Any) -> None:
        """One line for each row; a table of a single column only frames its paragraphs.

        A table inside a cell comes after its row, and the rest of the outer table after that; but under a header it
        stays in its cell.
        """
        self.finish()
        read = read_table(table, self.styles, self.cell_text)
        if read.framing:
            for row in read.elements:
                for cell in cells_in(row):
                    self.blocks(cell)
                    self.finish()
            return
        self.paragraphs.rows(read.rows, () if read.headers else read.inner, self.table)

    def cell_text(self, paragraph: Any) -> str:
        """A paragraph of a cell, with its number or bullet, its text boxes, and what is said about its pictures."""
        properties = paragraph.find(f"{W}pPr")
        mark = self.mark(properties, value(properties, "pStyle") or self.styles.default)
        text = text_of(self.reader.pieces(paragraph))
        shown = mark.text if mark.counted else "•" if mark.text == "-" and text else mark.text
        return " ".join(filter(None, (shown, text, *map(self.drawing_text, drawings(paragraph)))))

    def drawing_text(self, drawing: Any) -> str:
        """The words of a drawing on one line."""
        words = " ".join(self.plain_text(box) for box in text_boxes(drawing))
        described = (properties.get("descr") or "" for properties in drawing.iter("{*}docPr"))
        return one_line(words) or one_line(next(described, ""))

    def plain_text(self, parent: Any) -> str:
        """All words inside, with those of tables and text boxes."""
        found = []
        for child in parent.iterchildren():
            if name_of(child) == "p":
                found.append(text_of(self.reader.pieces(child)))
                found.extend(map(self.drawing_text, drawings(child)))
            elif name_of(child) not in NOT_SHOWN:
                found.append(self.plain_text(child))
        return " ".join(filter(None, found))

    def note(self, note: Any, mark: str) -> None:
        """A footnote or endnote behind its mark."""
        with self.paragraphs.note(mark):
            self.blocks(note)
            self.finish()
