"""What a text is made of where no format says it: paragraphs, lists and rows of tables, found by their lines."""

from __future__ import annotations

import re
from collections.abc import Iterator

from footnoted.index.text.blocks import Structure, ordered
from footnoted.index.text.languages import language_code
from footnoted.index.text.sentences import Span, lines_of_meaning, paragraphs, trimmed
from footnoted.index.types import Block, LoadedDocument

_MARK = re.compile(r"(?P<mark>[-*•‣◦·▪–+]|\(?\d{1,3}[.)]|\(?[a-zA-Z][.)])(?P<gap>\s+)\S")

_BAR = re.compile(r"(?<!\\)\||\t")
_RULE = re.compile(r"[\s|:+-]*-{2,}[\s|:+-]*")  # "|---|---|", which stands below the header of a table


def structure_of(document: LoadedDocument) -> Structure:
    """The blocks of a document, found in its text where its loader gave none, and its language."""
    blocks = document.blocks or tuple(inferred(document))
    return Structure(blocks, language_code(document.text))


def inferred(document: LoadedDocument) -> Iterator[Block]:
    """The blocks that the lines of a text show; its headings and the bounds of its sections are kept."""
    text = document.text
    headings = {heading.start: heading for heading in document.headings}
    bounds = {0, len(text), *headings, *(heading.end for heading in document.headings)}
    cuts = sorted(bounds | {section.start for section in document.sections if not section.label.startswith("page ")})
    for start, end in zip(cuts, cuts[1:], strict=False):
        if heading := headings.get(start):
            yield Block("heading", start, end, heading.level, heading.title)
            continue
        for begin, stop in paragraphs(text, start, end):
            yield from ordered(_parts(text, begin, stop))


def _parts(text: str, start: int, end: int) -> Iterator[Block]:
    """The lists, tables and paragraphs between two blank lines: neighbours of one kind belong together."""
    held: list[Span] = []
    kind = ""
    for span in lines_of_meaning(text, start, end):
        own = _kind(text[span[0] : span[1]])
        if held and own != kind:
            yield from _grouped(text, held, kind)
            held = []
        held.append(span)
        kind = own
    yield from _grouped(text, held, kind)


def _cells(text: str, start: int, end: int, label: str) -> Iterator[Block]:
    """What stands between the bars (or tabs) of a row, each in its column."""
    bars = [found.start() for found in _BAR.finditer(text, start, end)]
    bounds = [*([] if bars and bars[0] == start else [start - 1]), *bars]
    bounds += [] if bars and bars[-1] == end - 1 else [end]
    for column, (before, behind) in enumerate(zip(bounds, bounds[1:], strict=False), 1):
        first, last = trimmed(text, before + 1, behind)
        if first < last:
            yield Block("cell", first, last, column, label)


def _kind(line: str) -> str:
    return "item" if _MARK.match(line) else "row" if "|" in line or "\t" in line else "paragraph"


def _grouped(text: str, spans: list[Span], kind: str) -> Iterator[Block]:
    if not spans:
        return
    if kind == "paragraph":
        yield Block("paragraph", spans[0][0], spans[-1][1])
        return
    first = _MARK.match(text, spans[0][0])
    counted = kind == "item" and first is not None and any(map(str.isalnum, first["mark"]))
    yield Block("list" if kind == "item" else "table", spans[0][0], spans[-1][1], 0, "ordered" if counted else "")
    ruled = {
        before for before, (begin, stop) in zip(spans, spans[1:], strict=False) if _RULE.fullmatch(text, begin, stop)
    }
    for begin, stop in spans:
        mark = _MARK.match(text, begin)
        if _RULE.fullmatch(text, begin, stop):
            continue
        if kind == "row" or mark is None:
            label = "header" if (begin, stop) in ruled else ""
            yield Block("row", begin, stop, 0, label)
            yield from _cells(text, begin, stop, label)
        else:
            yield Block("item", begin, stop, 1, mark["mark"])
            yield Block("paragraph", mark.end("gap"), stop)
