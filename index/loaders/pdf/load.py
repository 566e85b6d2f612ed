"""PDF files: text in reading order with one section for each page, without running heads; scanned pages by OCR."""

from __future__ import annotations

import datetime
import re
from collections.abc import Container, Sequence
from dataclasses import replace
from typing import Any

from footnoted.index.errors import EmptyFile, LoadError, NeedsOCR, PasswordNeeded
from footnoted.index.loaders.builder import TextBuilder
from footnoted.index.loaders.ocr.pages import has_pictures, recognise, share_of_pictures
from footnoted.index.loaders.pdf.document import PageRows, add_pages, with_pages
from footnoted.index.loaders.pdf.forms import written_on
from footnoted.index.loaders.pdf.furniture import running_rows, usual_size, without_line_numbers
from footnoted.index.loaders.pdf.layout import columns_of
from footnoted.index.loaders.pdf.words import Word, words_of
from footnoted.index.loaders.registry import Source
from footnoted.index.loaders.text import one_line
from footnoted.index.types import LoadedDocument

_FEW_CHARACTERS = 8
_LITTLE_TEXT = 120  # characters: less than a caption and a page number
_LARGE_PICTURE = 0.3  # of the page


def load_pdf(source: Source) -> LoadedDocument:
    """The text of a PDF; images are decoded only for text recognition, of pages without or with little text.

    Raises:
        PasswordNeeded: it is encrypted and the password is missing or wrong.
        NeedsOCR: no page has a text layer, and there is no engine to recognise text.
        LoadError: it is damaged beyond repair.
    """
    pdf = _opened(source)
    try:
        words, written, scanned, pictured = _read(pdf)
        recognised = recognise(source, pdf, scanned, {number: words[number - 1] for number in pictured})
        unread = [number for number in scanned if number not in recognised]
        if not any(words) and not recognised and not written:
            if unread:
                raise NeedsOCR(
                    f"{source.name} has no text layer: its pages are images. To read it, install text recognition "
                    "(pip install 'footnoted[ocr]') or add a version with recognised text."
                )
            raise EmptyFile(f"{source.name} holds no text.")
        title = _title(pdf.get_metadata_value("Title") or "")
        dated = _date(pdf.get_metadata_value("ModDate") or pdf.get_metadata_value("CreationDate") or "")
    finally:
        pdf.close()
    pages = [
        PageRows(columns_of(own), columns_of(recognised.get(number, ())), written.get(number, []))
        for number, own in enumerate(without_line_numbers(words), 1)
    ]
    rows = [[*page.columns, *page.recognised] for page in pages]
    furniture, told = running_rows(rows)
    notes = _note_on_furniture(told)
    if unread:
        notes.append(f"{_numbers(unread)} without a text layer (images), not read.")
    if written:
        notes.append(f"{_numbers(list(written))} followed by what was filled into its form or noted on it.")
    if recognised:
        notes.append(_note_on_recognition(recognised, scanned))
    if furniture and all(id(row) in furniture for page in rows for column in page for row in column):
        furniture, notes = set(), []  # every line is repeated
    builder = TextBuilder()
    places = add_pages(builder, pages, furniture, usual_size([page.columns for page in pages]))
    document = builder.build(
        title=title,
        media_type="application/pdf",
        notes=notes,
        metadata={"pages": len(pages)} | ({"date": dated} if dated else {}),
    )
    return _titled(with_pages(document, places))


def _titled(document: LoadedDocument) -> LoadedDocument:
    """A document without a title is called after the highest heading on its first page, if that comes first."""
    first = document.headings[0] if document.headings else None
    if document.title or first is None or first.level > 1 or first.end >= document.sections[0].end:
        return document
    return replace(document, title=first.title)


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


def _read(pdf: Any) -> tuple[list[list[Word]], dict[int, list[tuple[str, str]]], list[int], list[int]]:
    """The words of every page, and for its number (from 1) the values of its form and its notes; then the numbers of
    pages that show something but have no text, and of those that have a picture and little text."""
    import pypdfium2

    pdf.init_forms()  # before the first page is opened
    written: dict[int, list[tuple[str, str]]] = {}
    pages: list[list[Word]] = []
    scanned: list[int] = []
    pictured: list[int] = []
    for index in range(len(pdf)):
        words: list[Word] = []
        try:
            page = pdf[index]
            words = words_of(page)
            if lines := written_on(page):
                written[index + 1] = lines
            characters = sum(len(word.text) for word in words) if len(words) < _LITTLE_TEXT else _LITTLE_TEXT
            if characters < _FEW_CHARACTERS and has_pictures(page):
                scanned.append(index + 1)
            elif characters < _LITTLE_TEXT and share_of_pictures(page) >= _LARGE_PICTURE:
                pictured.append(index + 1)
            page.close()
        except pypdfium2.PdfiumError:
            scanned.append(index + 1)
        pages.append(words)
    return pages, written, scanned, pictured


def _note_on_recognition(recognised: Container[int], scanned: Sequence[int]) -> str:
    whole = [number for number in scanned if number in recognised]
    told = _numbers(whole) if whole else "Text in pictures is"
    return f"{told} read by text recognition (OCR), which makes mistakes."


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
