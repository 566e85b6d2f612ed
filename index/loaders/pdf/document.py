"""The pages of a PDF as one text: paragraphs and tables that go on over a page break stay whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, field, replace

from footnoted.index.loaders.builder import Cell, TextBuilder
from footnoted.index.loaders.pdf.cells import have_same_columns, header_of, table_of
from footnoted.index.loaders.pdf.contents import contents_among
from footnoted.index.loaders.pdf.headings import heading_levels
from footnoted.index.loaders.pdf.layout import Row
from footnoted.index.loaders.pdf.lines import lines_of
from footnoted.index.loaders.pdf.notes import mark_notes, mark_references, notes_of
from footnoted.index.loaders.pdf.paragraphs import Block, blocks_of, continued, words_known
from footnoted.index.loaders.pdf.parts import Part, depths, is_counted, parts_of
from footnoted.index.loaders.pdf.words import FIXED
from footnoted.index.types import LoadedDocument, Section

Place = tuple[int, int]
"""The number of a page, and how long the text was when something of it was added."""


@dataclass(slots=True)
class PageRows:
    """The rows of a page, column by column: those of its text, and those recognised in its pictures.

    ``written`` is what people filled in or noted: the name of a field, and the line for it.
    """

    columns: list[list[Row]]
    recognised: list[list[Row]] = field(default_factory=list)
    written: list[tuple[str, str]] = field(default_factory=list)


def add_pages(builder: TextBuilder, pages: Sequence[PageRows], furniture: Container[int], body: float) -> list[Place]:
    """Add all pages to an empty builder. ``furniture`` are the ``id`` of rows to leave out.

    ``body`` is the height of the lines in which most of the document is written.
    """
    code = not _is_all_fixed(pages)
    texts: list[list[Block]] = []
    feet: list[list[Block]] = []
    for page in pages:
        columns = [found for column in page.columns if (found := _blocks(column, furniture, code))]
        if columns:
            mark_notes(columns, body)
        joined = _joined(columns)
        texts.append([block for block in joined if block.note != "foot"])
        feet.append([block for block in joined if block.note == "foot"])
    known = words_known(line.text for page in texts for block in page for line in block.lines)
    contents = contents_among(texts)
    levels = heading_levels(texts)
    parts = [parts_of(blocks, number, levels, contents, known) for number, blocks in enumerate(texts, 1)]
    parts = [[one for part in own for one in _with_its_notes(part, known)] for own in parts]
    notes = [notes_of(blocks, number, known) for number, blocks in enumerate(feet, 1)]
    mark_references(parts, notes)
    crossing = _joined_over_pages(pages, parts, notes, known)
    places: list[Place] = []
    for number, page in enumerate(pages, 1):
        own, foot = parts[number - 1], notes[number - 1]
        # The notes of a page stand before its last paragraph when that goes on: a sentence is not cut by them.
        last = len(own) - 1 if own and id(own[-1]) in crossing else len(own)
        places += write_parts(builder, [*own[:last], *foot, *own[last:]])
        if page.recognised:
            places += write_recognised(builder, page.recognised, number, furniture)
        if page.written:
            places.append((number, len(builder)))
            for first, (name, line) in enumerate(page.written):
                (builder.line if first else builder.paragraph)(line, "field", label=name)
    return places


def with_pages(document: LoadedDocument, places: Sequence[Place]) -> LoadedDocument:
    """A document with a section for each page that has text."""
    starts: dict[int, int] = {}
    for number, position in places:
        starts.setdefault(number, position)
    bounds = [*starts.values(), len(document.text)]
    sections = []
    for (number, start), end in zip(starts.items(), bounds[1:], strict=True):
        own = document.text[start:end]
        start, end = start + len(own) - len(own.lstrip()), start + len(own.rstrip())
        if start < end:
            sections.append(Section(start, end, f"page {number}", number))
    return replace(document, sections=tuple(sections))


def _with_its_notes(part: Part, known: Counter[str]) -> list[Part]:
    """A part, or the notes that it holds if it is a block of them below a table."""
    return notes_of([part.block], part.page, known) if part.block.note and part.kind == "paragraph" else [part]


def _is_all_fixed(pages: Sequence[PageRows]) -> bool:
    """Whether a document is written on a typewriter, as it were: then such letters do not mean code."""
    rows = [row for page in pages for column in page.columns for row in column]
    return sum(bool(row.pieces[0].words[0].style & FIXED) for row in rows) * 2 > len(rows)


def _blocks(column: Sequence[Row], furniture: Container[int], code: bool) -> list[Block]:
    return blocks_of(lines_of([row for row in column if id(row) not in furniture], code))


def _joined(columns: Sequence[list[Block]]) -> list[Block]:
    """The blocks of a page; a paragraph that goes on in the next column is one."""
    result: list[Block] = []
    last: Block | None = None
    for blocks in columns:
        text = [block for block in blocks if not block.note]
        if last and text and _goes_on(last, text[0]):
            first = text.pop(0)
            last.lines.extend(first.lines)
            blocks = [block for block in blocks if block is not first]
        result.extend(blocks)
        last = text[-1] if text else last
    return result


def _goes_on(before: Block, after: Block) -> bool:
    """Whether a paragraph continues at the top of the next column or page."""
    if before.rows or after.rows or abs(before.size - after.size) > 0.15 * before.size:
        return False
    if before.lines[-1].broken:
        return True
    last, first = before.lines[-1].text.rstrip(), after.lines[0].text.lstrip()
    unfinished = last[-1:].isalnum() or last.endswith((",", "-", "–", ";"))
    return unfinished and first[:1].islower() and len(before.lines) > 1


def _joined_over_pages(
    pages: Sequence[PageRows], parts: list[list[Part]], notes: Sequence[list[Part]], known: Counter[str]
) -> set[int]:
    """Give paragraphs and tables what follows on the next page, and take it away there; returns their ``id``."""
    crossing: set[int] = set()
    opened: Part | None = None
    for number, page in enumerate(pages):
        own = parts[number]
        if opened and own and _continues(opened, own[0]):
            _extend(opened, own.pop(0), known)
            crossing.add(id(opened))
        elif own:
            opened = None
        if page.recognised or page.written or (notes[number] and not own):
            opened = None
        elif own:
            opened = own[-1]
    return crossing


def _continues(part: Part, following: Part) -> bool:
    if part.kind == following.kind == "table":
        first, second = ([line for _, line in one.rows] for one in (part, following))
        head = header_of(second)
        return have_same_columns(first, second) and (not head or head == header_of(first))
    return part.kind == following.kind == "paragraph" and _goes_on(part.block, following.block)


def _extend(part: Part, following: Part, known: Counter[str]) -> None:
    part.rows += following.rows
    if part.kind == "paragraph":
        whole = continued(part.text, following.text, part.block.lines[-1].broken, known)
        part.breaks.append((len(whole) - len(following.text), following.page))
        part.text = whole
    part.block = following.block


# Writing -------------------------------------------------------------------------------------------------------------


def write_recognised(
    builder: TextBuilder, columns: Sequence[Sequence[Row]], page: int, furniture: Container[int] = ()
) -> list[Place]:
    """Add what was recognised in a picture, as a block that says so."""
    blocks = _joined([found for column in columns if (found := _blocks(column, furniture, False))])
    known = words_known(line.text for block in blocks for line in block.lines)
    with builder.block("image", label="recognised"):
        return write_parts(builder, parts_of(blocks, page, {}, set(), known))


def write_parts(builder: TextBuilder, parts: Sequence[Part]) -> list[Place]:
    """Add parts in order; returns where the text of each page begins."""
    places: list[Place] = []
    for part in parts:
        places.append((part.page, len(builder)))
        if part.kind == "heading":
            builder.heading(part.text, part.level)
        elif part.kind == "list":
            _write_list(builder, part)
        elif part.kind == "table" and len(part.rows) > 1:
            _write_table(builder, part, places)
        elif part.kind == "table":
            builder.paragraph(part.rows[0][1].text)
        elif part.kind == "footnote":
            with builder.block("footnote", label=part.label):
                builder.marked(part.text, f"[{part.label}]" if part.label.isalnum() else part.label, tight=False)
        else:
            builder.paragraph(part.text, part.kind)
            start = len(builder) - len(part.text)
            places += [(page, start + offset) for offset, page in part.breaks]
    return places


def _write_table(builder: TextBuilder, part: Part, places: list[Place]) -> None:
    firsts = {number for number, (page, _) in enumerate(part.rows) if number and page != part.rows[number - 1][0]}
    rows = table_of([line for _, line in part.rows], firsts)

    def noted() -> Iterator[list[Cell]]:
        for number, cells in enumerate(rows):
            if number in firsts:
                places.append((part.rows[number][0], len(builder)))
            yield cells

    builder.table(noted())


def _write_list(builder: TextBuilder, part: Part) -> None:
    found = depths(part.items, part.block.size)
    with builder.block("list", label=part.label):
        depth = 0
        for item, own in zip(part.items, found, strict=True):
            while depth > own:
                builder.end()  # the item,
                builder.end()  # and the list in it
                depth -= 1
            if depth == own:
                builder.end()
            elif depth:
                builder.begin("list", label="ordered" if is_counted(item.mark) else "")
            builder.begin("item", own, item.mark)
            builder.marked(item.text, item.mark, tight=item.tight)
            depth = own
        while depth > 0:
            builder.end()
            if depth > 1:
                builder.end()
            depth -= 1
