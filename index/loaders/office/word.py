"""Word documents: paragraphs, headings, lists, tables, text boxes, notes, page headers and footers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from footnoted.index.loaders.archive import Archive, core_metadata, core_title, open_office
from footnoted.index.loaders.builder import TextBuilder, row
from footnoted.index.loaders.office.word_numbering import Numbering, numbering_of
from footnoted.index.loaders.registry import Source
from footnoted.index.loaders.text import one_line, tidy
from footnoted.index.types import LoadedDocument

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_HEADING_NAME = re.compile(r"heading (\d)$", re.IGNORECASE)
_INLINE = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-", "ptab": "\t"}
_NOT_SHOWN = frozenset({"del", "moveFrom", "instrText", "delText", "rPr", "pPr", "fldData", "Fallback"})


def load_docx(source: Source) -> LoadedDocument:
    """The text of a ``.docx`` in document order; page headers, footers and notes come once, at the end."""
    archive, main = open_office(source)
    builder = TextBuilder()
    walker = _Walker(builder, _heading_levels(archive, main), numbering_of(archive, main))
    for body in archive.xml(main).iter(f"{_W}body"):
        walker.blocks(body)
    for kind in ("footnotes", "endnotes"):
        for part in archive.related(main, kind):
            for note in archive.xml(part):
                if note.get(f"{_W}type") is None:
                    walker.blocks(note)
    seen: set[str] = set()
    for kind in ("header", "footer"):
        for part in archive.related(main, kind):
            text = one_line(" ".join(_texts(archive.xml(part))))
            if text not in seen and not text.isdigit():
                seen.add(text)
                builder.paragraph(text)
    title = core_title(archive) or walker.title
    return builder.build(title=title, media_type=MEDIA_TYPE, metadata=core_metadata(archive))


class _Walker:
    """Adds the blocks of a part to the builder."""

    def __init__(self, builder: TextBuilder, levels: dict[str, int], numbering: Numbering) -> None:
        self.builder, self.levels, self.numbering = builder, levels, numbering
        self.in_list = False
        self.title = ""

    def blocks(self, parent: Any) -> None:
        """Paragraphs and tables, also those inside content controls and insertions."""
        for child in parent.iterchildren():
            name = _name(child)
            if name == "p":
                self.paragraph(child)
            elif name == "tbl":
                self.table(child)
            elif name not in _NOT_SHOWN:
                self.blocks(child)

    def paragraph(self, paragraph: Any) -> None:
        text = tidy("".join(_runs(paragraph))).strip()
        style = paragraph.find(f"{_W}pPr/{_W}pStyle")
        level = self.levels.get(style.get(f"{_W}val") or "", 0) if style is not None else 0
        marker = self.marker(paragraph)
        if text and level:
            self.builder.heading(text, level)
            self.title = self.title or (text if level == 1 else "")
        elif text and marker:
            (self.builder.line if self.in_list else self.builder.paragraph)(marker + text)
        elif text:
            self.builder.paragraph(text)
        if text:
            self.in_list = bool(marker) and not level
        for box in _text_boxes(paragraph):
            self.blocks(box)
            self.in_list = False

    def marker(self, paragraph: Any) -> str:
        """What is put before an item of a list: a dash or its number."""
        numbering = paragraph.find(f"{_W}pPr/{_W}numPr")
        if numbering is None:
            return ""
        number, level = numbering.find(f"{_W}numId"), numbering.find(f"{_W}ilvl")
        identifier = number.get(f"{_W}val") if number is not None else ""
        depth = level.get(f"{_W}val") or "0" if level is not None else "0"
        if identifier in (None, "", "0") or not depth.isdigit():
            return ""
        return self.numbering.marker(identifier, int(depth))

    def table(self, table: Any) -> None:
        """One line for each row; a table of a single column only frames its paragraphs."""
        rows = [list(_cells(tr)) for tr in _nearest(table, "tr")]
        self.in_list = False
        if all(len(cells) <= 1 for cells in rows):
            for cells in rows:
                for cell in cells:
                    self.blocks(cell)
            return
        self.builder.rows(_table_lines(rows))


def _table_lines(rows: list[list[Any]]) -> Iterator[str]:
    """Rows as lines; a cell merged with the one above repeats its text, so that each row stands alone."""
    above: dict[int, str] = {}
    for cells in rows:
        values, column = [], 0
        for cell in cells:
            merge = cell.find(f"{_W}tcPr/{_W}vMerge")
            text = one_line(" ".join(_texts(cell)))
            if merge is not None and merge.get(f"{_W}val") != "restart":
                text = text or above.get(column, "")
            above[column] = text
            values.append(text)
            span = cell.find(f"{_W}tcPr/{_W}gridSpan")
            width = span.get(f"{_W}val") or "1" if span is not None else "1"
            column += int(width) if width.isdigit() else 1
        yield row(values)


def _name(element: Any) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _nearest(parent: Any, wanted: str) -> Iterator[Any]:
    """Children called ``wanted``, looking through wrappers such as content controls but not into other tables."""
    for child in parent.iterchildren():
        name = _name(child)
        if name == wanted:
            yield child
        elif name in ("sdt", "sdtContent", "ins", "customXml"):
            yield from _nearest(child, wanted)


def _cells(table_row: Any) -> Iterator[Any]:
    return _nearest(table_row, "tc")


def _texts(parent: Any) -> Iterator[str]:
    """The text of every paragraph inside, text boxes included, each on its own."""
    for paragraph in parent.iter(f"{_W}p"):
        if not any(_name(above) in _NOT_SHOWN for above in paragraph.iterancestors()):
            yield tidy("".join(_runs(paragraph)))


def _runs(element: Any) -> Iterator[str]:
    """The shown characters of a paragraph, without those of text boxes inside it."""
    for child in element.iterchildren():
        name = _name(child)
        if name == "t":
            yield child.text or ""
        elif name in _INLINE:
            yield _INLINE[name]
        elif name in _NOT_SHOWN or name == "txbxContent" or (name == "r" and _hidden(child)):
            continue
        else:
            yield from _runs(child)


def _hidden(run: Any) -> bool:
    vanish = run.find(f"{_W}rPr/{_W}vanish")
    return vanish is not None and (vanish.get(f"{_W}val") or "1") not in ("0", "false")


def _text_boxes(element: Any) -> Iterator[Any]:
    """Text boxes below a paragraph; of a box that is written twice (``Choice``, ``Fallback``) the first one."""
    for child in element.iterchildren():
        name = _name(child)
        if name == "AlternateContent":
            branches = [list(_text_boxes(branch)) for branch in child.iterchildren()]
            yield from next((boxes for boxes in branches if boxes), [])
        elif name == "txbxContent":
            yield child
        elif name not in ("del", "moveFrom"):
            yield from _text_boxes(child)


def _heading_levels(archive: Archive, main: str) -> dict[str, int]:
    """Style id -> heading level, also for styles that are based on a heading style."""
    levels: dict[str, int] = {}
    based_on: dict[str, str] = {}
    for part in archive.related(main, "styles"):
        for style in archive.xml(part).iter(f"{_W}style"):
            identifier = style.get(f"{_W}styleId") or ""
            name, base = style.find(f"{_W}name"), style.find(f"{_W}basedOn")
            outline = style.find(f"{_W}pPr/{_W}outlineLvl")
            words = (name.get(f"{_W}val") or "") if name is not None else ""
            if base is not None:
                based_on[identifier] = base.get(f"{_W}val") or ""
            if found := _HEADING_NAME.match(words):
                levels[identifier] = int(found[1])
            elif words.lower() == "title":
                levels[identifier] = 1
            elif outline is not None and (outline.get(f"{_W}val") or "9") in "012345678":
                levels[identifier] = int(outline.get(f"{_W}val")) + 1
    for identifier in based_on:
        base, steps = identifier, 0
        while base in based_on and base not in levels and steps < 20:
            base, steps = based_on[base], steps + 1
        if base in levels and base.lower() != "title":
            levels.setdefault(identifier, levels[base])
    return levels
