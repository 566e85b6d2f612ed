"""Tables of contents and indexes: lines that end in the number of a page."""

from __future__ import annotations

import re
from collections.abc import Sequence

from footnoted.index.loaders.pdf.lines import Line
from footnoted.index.loaders.pdf.paragraphs import Block

_LEADER = re.compile(r"(?:[.·] ?){4,}|…{2,}|_{4,}")
_PAGE = re.compile(r"(?:^|[\s.…|_·])(\d{1,4}|[ivxlc]{1,7})\s*$")
_TITLE = re.compile(
    r"(?:table of )?contents|inhalt|inhaltsverzeichnis|table des matières|sommaire|índice|indice|contenido|sumário|"
    r"sommario|inhoud|inhoudsopgave|spis treści|оглавление|содержание|目录|目次|차례|목차",
    re.IGNORECASE,
)
_INDEXED = re.compile(r",\s*\d{1,3}(?:\s*[-–]\s*\d{1,3})?(?:n\b|f{1,2}\.?)?$")
_FEWEST_LINES = 3
_FEWEST_INDEXED = 8
_FEWEST_PAGES_WITH_INDEX = 20


def contents_among(pages: Sequence[Sequence[Block]]) -> set[int]:
    """``id`` of each block that says on which page something is.

    The numbers must rise, and be of pages that the document can have: a list of prices has leaders, too.
    """
    found: set[int] = set()
    titled = False
    for number, page in enumerate(pages):
        titled = _is_titled(page) or (titled and bool(found))
        before = len(found)
        found |= _contents_of(page, len(pages), titled)
        titled = titled and len(found) > before
        if number > 0.75 * len(pages) and len(pages) >= _FEWEST_PAGES_WITH_INDEX:
            found |= {id(block) for block in _index_of(page)}
    return found


def _is_titled(page: Sequence[Block]) -> bool:
    return any(_TITLE.fullmatch(block.lines[0].text.strip(" .:")) for block in page if len(block.lines) == 1)


def _contents_of(page: Sequence[Block], pages: int, titled: bool) -> set[int]:
    blocks: list[Block] = []
    numbers: list[int] = []
    lines = 0
    for block in page:
        ends = [_number(line, titled) for line in block.lines]
        known = [end for end in ends if end is not None]
        if known and len(known) * 2 >= len(ends):
            blocks.append(block)
            lines += len(known)
            numbers += [end for end in known if end > 0]
    rising = sum(after >= before for before, after in zip(numbers, numbers[1:], strict=False))
    if lines < _FEWEST_LINES or rising < 0.9 * (len(numbers) - 1) or max(numbers, default=0) > 1.5 * pages + 30:
        return set()
    return {id(block) for block in blocks}


def _number(line: Line, titled: bool) -> int | None:
    """The page at the end of an entry, 0 for a Roman one."""
    text = line.text.strip()
    found = _PAGE.search(text)
    if not found or not (_LEADER.search(text) or (titled and any(map(str.isalpha, text[: found.start(1)])))):
        return None
    return int(found[1]) if found[1].isdigit() else 0


def _index_of(page: Sequence[Block]) -> list[Block]:
    """The blocks of a page of an index, of which most lines end in page numbers."""
    lines = [line for block in page for line in block.lines]
    ending = [line for line in lines if _INDEXED.search(line.text.strip())]
    if len(ending) < _FEWEST_INDEXED or len(ending) < 0.5 * len(lines):
        return []
    return [block for block in page if any(_INDEXED.search(line.text.strip()) for line in block.lines)]
