"""PDF files: text in reading order with one section for each page, without running heads; scanned pages by OCR."""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from typing import Any

from footnoted.index.errors import EmptyFile, LoadError, NeedsOCR, PasswordNeeded
from footnoted.index.loaders import ocr
from footnoted.index.loaders.pdf.forms import written_on
from footnoted.index.loaders.pdf.furniture import running_rows, without_line_numbers
from footnoted.index.loaders.pdf.headings import heading_levels
from footnoted.index.loaders.pdf.layout import Row, columns_of
from footnoted.index.loaders.pdf.paragraphs import Block, block_text, blocks_of, continued, lines_of, words_known
from footnoted.index.loaders.pdf.words import Word, words_of
from footnoted.index.loaders.registry import Source
from footnoted.index.loaders.text import clean, one_line, tidy
from footnoted.index.types import Heading, LoadedDocument, Section

_FEW_CHARACTERS = 8


def load_pdf(source: Source) -> LoadedDocument:
    """The text of a PDF; images are never decoded for it.

    Raises:
        PasswordNeeded: it is encrypted and the password is missing or wrong.
        NeedsOCR: no page has a text layer, and there is no engine to recognise text.
        LoadError: it is damaged beyond repair.
    """
    pdf = _opened(source)
    try:
        pages, unread, written = _pages(pdf)
        recognised = ocr.recognise(source, pdf, unread)
        unread = [number for number in unread if number not in recognised]
        if not any(pages) and not recognised and not written:
            if unread:
                raise NeedsOCR(
                    f"{source.name} has no text layer: its pages are images. To read it, install Tesseract "
                    "or add a version with recognised text."
                )
            raise EmptyFile(f"{source.name} holds no text.")
        title = _title(pdf.get_metadata_value("Title") or "")
        dated = _date(pdf.get_metadata_value("ModDate") or pdf.get_metadata_value("CreationDate") or "")
    finally:
        pdf.close()
    furniture, told = running_rows(pages)
    notes = _note_on_furniture(told)
    if unread:
        notes.append(f"{_numbers(unread)} without a text layer (images), not read.")
    if written:
        notes.append(f"{_numbers(list(written))} followed by what was filled into its form or noted on it.")
    if recognised:
        notes.append(f"{_numbers(recognised)} read by text recognition (OCR), which makes mistakes.")
    blocks = [_page_blocks(page, furniture) for page in pages]
    if not any(blocks) and any(pages):
        notes, blocks = [], [_page_blocks(page, set()) for page in pages]  # every line is repeated
    text, sections, headings = _assembled(blocks, _behind(recognised, written))
    if not title and headings and headings[0].level == 1 and headings[0].end < sections[0].end:
        title = headings[0].title
    return LoadedDocument(
        text=text,
        title=title,
        sections=tuple(sections),
        headings=tuple(headings),
        media_type="application/pdf",
        notes=tuple(notes),
        metadata={"pages": len(pages)} | ({"date": dated} if dated else {}),
    )


def _title(stored: str) -> str:
    """The title in the file's properties, unless it is what a program writes when nobody gave one."""
    title = re.sub(r"^Microsoft (?:Word|PowerPoint|Excel) - ", "", one_line(stored))
    nobody = title.lower() in ("untitled", "(anonymous)", "anonymous", "unknown", "untitled document")
    named_by_file = re.search(
        r"\.(?:docx?|html?|indd|tex|dvi|qxd|pptx?|xlsx?|pdf|p65|pmd|fm|cdr|ai|eps|rtf|odt)$", title, re.I
    )
    return "" if nobody or named_by_file else title


def _date(stored: str) -> str:
    """``D:20240131…`` as 2024-01-31, or nothing."""
    found = re.match(r"(?:D:)?(\d{4})(\d{2})(\d{2})", stored)
    try:
        return datetime.date(*map(int, found.groups())).isoformat() if found else ""
    except ValueError:
        return ""


def _opened(source: Source) -> Any:
    import pypdfium2

    try:
        return pypdfium2.PdfDocument(source.data, password=source.password)
    except pypdfium2.PdfiumError as error:
        if "password" not in str(error).lower():
            raise LoadError(f"{source.name} is damaged or not a PDF file.") from error
        if source.password is None:
            raise PasswordNeeded(f"{source.name} is encrypted; give its password to read it.") from error
        raise PasswordNeeded(f"{source.name} is encrypted and the password given is not the right one.") from error


def _behind(recognised: dict[int, str], written: dict[int, list[str]]) -> dict[int, str]:
    """What follows the text of each page: what was recognised in its images, and what was written on it."""
    numbers = sorted(recognised.keys() | written.keys())
    parts = {number: [recognised.get(number, ""), "\n".join(written.get(number, ()))] for number in numbers}
    return {number: "\n\n".join(part.strip() for part in parts[number] if part.strip()) for number in numbers}


def _pages(pdf: Any) -> tuple[list[list[list[Row]]], list[int], dict[int, list[str]]]:
    """The columns of every page, the numbers (from 1) of pages that show something but have no text, and for each page
    number the values of its form and its notes."""
    import pypdfium2

    pdf.init_forms()  # before the first page is opened
    written: dict[int, list[str]] = {}
    pages: list[list[Word]] = []
    unread: list[int] = []
    for index in range(len(pdf)):
        words: list[Word] = []
        try:
            page = pdf[index]
            words = words_of(page)
            if lines := written_on(page):
                written[index + 1] = lines
            if sum(len(word.text) for word in words) < _FEW_CHARACTERS and ocr.has_pictures(page):
                unread.append(index + 1)
            page.close()
        except pypdfium2.PdfiumError:
            unread.append(index + 1)
        pages.append(words)
    return [columns_of(words) for words in without_line_numbers(pages)], unread, written


def _page_blocks(page: Sequence[Sequence[Row]], furniture: set[int]) -> list[Block]:
    blocks: list[Block] = []
    for column in page:
        found = blocks_of(lines_of([row for row in column if id(row) not in furniture]))
        if blocks and found and _goes_on(blocks[-1], found[0]):
            blocks[-1].lines.extend(found.pop(0).lines)
        blocks.extend(found)
    return blocks


def _goes_on(before: Block, after: Block) -> bool:
    """Whether a paragraph continues at the top of the next column or page."""
    if before.rows or after.rows or abs(before.size - after.size) > 0.15 * before.size:
        return False
    if before.lines[-1].broken:
        return True
    last, first = before.lines[-1].text.rstrip(), after.lines[0].text.lstrip()
    unfinished = last[-1:].isalnum() or last.endswith((",", "-", "–", ";"))
    return unfinished and first[:1].islower() and len(before.lines) > 1


def _assembled(
    pages: Sequence[Sequence[Block]], recognised: dict[int, str]
) -> tuple[str, list[Section], list[Heading]]:
    """All pages as one text. A paragraph that crosses a page break stays one paragraph, in two sections."""
    known = words_known(line.text for page in pages for block in page for line in block.lines)
    levels = heading_levels(pages)
    headings: list[Heading] = []
    pieces: list[str] = []
    length = 0
    sections: list[Section] = []
    last: Block | None = None
    for number, page in enumerate(pages, 1):
        start: int | None = None
        for block in page:
            text = tidy(block_text(block, known)).strip()
            if not text:
                continue
            separator = "\n\n" if pieces else ""
            if last is not None and start is None and _goes_on(last, block):
                # Only what must stand between the two parts: a space, a kept hyphen, or nothing.
                whole = continued(last.lines[-1].text, text, last.lines[-1].broken, known)
                separator = whole[len(last.lines[-1].text) : len(whole) - len(text)] if whole.endswith(text) else " "
            start = length + len(separator) if start is None else start
            if id(block) in levels and separator in ("", "\n\n"):
                begin = length + len(separator)
                headings.append(Heading(begin, begin + len(text), levels[id(block)], one_line(text)))
            pieces += [separator, text]
            length += len(separator) + len(text)
            last = block
        if number in recognised:
            separator = "\n\n" if pieces else ""
            start = length + len(separator) if start is None else start
            page_text = clean(recognised[number]).strip()
            pieces += [separator, page_text]
            length += len(separator) + len(page_text)
            last = None
        if start is not None:
            sections.append(Section(start, length, f"page {number}", number))
    return "".join(pieces), sections, headings


def _note_on_furniture(told: dict[str, int]) -> list[str]:
    usual = sorted(told, key=lambda text: -told[text])
    shown = ", ".join(f"“{text}” ({told[text]} pages)" for text in usual[:5])
    more = f" and {len(usual) - 5} more" if len(usual) > 5 else ""
    return [f"Left out as running heads or footers: {shown}{more}."] if usual else []


def _numbers(pages: Sequence[int] | dict[int, str]) -> str:
    """Page numbers as words: "Page 3 was" or "Pages 1-4, 7 were"."""
    ranges: list[list[int]] = []
    for number in sorted(pages):
        if ranges and number == ranges[-1][1] + 1:
            ranges[-1][1] = number
        else:
            ranges.append([number, number])
    told = ", ".join(f"{first}-{last}" if last > first else f"{first}" for first, last in ranges)
    return f"Page {told} is" if len(pages) == 1 else f"Pages {told} are"
