"""A document's text into passages: spans on sentence, paragraph and heading bounds, measured in the model's tokens."""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from footnoted.index.models.base import shortened_label
from footnoted.index.text.blocks import Structure
from footnoted.index.text.sentences import paragraphs, sentences, trimmed
from footnoted.index.text.structure import structure_of
from footnoted.index.text.units import HOLDING, WHOLE, says_something
from footnoted.index.types import Block, BlockKind, Heading, LoadedDocument, Section

CHUNKER_VERSION = "2"
_KEPT: frozenset[BlockKind | Literal["sentence"]] = WHOLE | {"item", "sentence"}
TARGET_TOKENS = 256
_TOKEN_CHARACTERS = 16

CountTokens = Callable[[Sequence[str]], list[int]]


@dataclass(frozen=True, slots=True)
class Span:
    """A passage as it will be stored: ``text[start:end]``, and the path of headings above it ("Guide > Install").

    ``columns`` are the names of the columns of a table whose header is in an earlier passage ("Year | Sales").
    """

    start: int
    end: int
    heading: str
    columns: str = ""


@dataclass(frozen=True, slots=True)
class _Unit:
    """What stays together on its way into a passage: a sentence, a row, an item (or a piece of an overlong one)."""

    start: int
    end: int
    tokens: int
    opens_paragraph: bool


@dataclass(frozen=True, slots=True)
class _Part:
    """A stretch of text that has not been measured yet: a block with those inside it, or a sentence."""

    start: int
    end: int
    kind: BlockKind | Literal["sentence"]
    inside: Sequence[Block] = ()
    opens: bool = False


def spans(
    document: LoadedDocument, count_tokens: CountTokens, *, target: int = TARGET_TOKENS, limit: int = 512
) -> list[Span]:
    """The passages of ``document`` in order: disjoint, together covering every character that is not white space.

    ``target`` and ``limit`` count tokens of the embedding model; a passage with its title, heading path and the names
    of its columns stays within ``limit``, so that the model reads all of it. Passages of one region are of about equal
    length. No row, item or block of code is cut unless it is longer than a passage.
    """
    result: list[Span] = []
    structure = structure_of(document)
    named = columns_of(document.text, structure)
    for start, end, heading in _regions(document):
        labels = f"{shortened_label(document.title)}\n{shortened_label(heading)}"
        widest = max((text for first, last, text in named if first < end and last > start), key=len, default="")
        room = limit - count_tokens([f"{labels}\n{widest}"])[0] - 2
        budget = max(16, min(target, room))
        units = _units(document.text, structure, start, end, budget, count_tokens)
        region = [
            Span(first.start, last.end, heading, _columns(named, first.start)) for first, last in _packed(units, budget)
        ]
        result.extend(_covering(document.text, start, end, region))
    return result


def read_back(text: str, start: int, passages: Sequence[tuple[int, str]]) -> bool:
    """Whether a piece of a document is what its passages say, with nothing but white space between them.

    Args:
        start: where in the document ``text`` begins.
        passages: where each begins, and its text, in order: all of which some is in the piece.
    """
    place = 0
    for begin, words in passages:
        first, last = max(begin - start, 0), min(begin - start + len(words), len(text))
        if text[place:first].strip() or text[first:last] != words[first - begin + start : last - begin + start]:
            return False
        place = last
    return not text[place:].strip()


def _covering(text: str, start: int, end: int, region: Sequence[Span]) -> Iterator[Span]:
    """Passages that also have what no block claims: a rule below a table, signs alone."""
    for number, span in enumerate(region):
        first = trimmed(text, start, span.end)[0] if number == 0 else span.start
        after = region[number + 1].start if number + 1 < len(region) else end
        yield replace(span, start=first, end=trimmed(text, span.start, after)[1])


def columns_of(text: str, structure: Structure) -> list[tuple[int, int, str]]:
    """For each table with a header, where its rows begin and end, and the names of its columns as one line.

    A table that says the name of its column before each value needs none.
    """
    found: list[tuple[int, int, str]] = []
    blocks = structure.blocks
    for number, table in enumerate(blocks):
        if table.kind != "table":
            continue
        rows = [one for one in _within(blocks, number) if one.kind == "row"]
        header = next((one for one in rows if one.label == "header"), None)
        body = next((one for one in rows if one.label != "header"), None)
        if header is None or body is None:
            continue
        cells = [one for one in _within(blocks, blocks.index(header, number)) if one.kind == "cell"]
        names = [text[cell.start : cell.end] for cell in cells]
        if not any(f"{name}: " in text[body.start : body.end] for name in names):
            found.append((header.end, table.end, shortened_label(" | ".join(names))))
    return found


def _within(blocks: Sequence[Block], number: int) -> Iterator[Block]:
    """The blocks inside one of them."""
    for place in range(number + 1, len(blocks)):
        if blocks[place].start >= blocks[number].end:
            return
        yield blocks[place]


def _columns(named: Sequence[tuple[int, int, str]], start: int) -> str:
    return next((text for first, last, text in named if first <= start < last), "")


def _regions(document: LoadedDocument) -> list[tuple[int, int, str]]:
    """Parts of the text that no passage crosses: below one heading, on one sheet or slide. Pages may be crossed."""
    text, path = document.text, list[Heading]()
    cuts = {section.start for section in document.sections if not is_page(section)}
    cuts |= {section.end for section in document.sections if not is_page(section)}
    headings = {heading.start: heading for heading in document.headings}
    bounds = sorted({0, len(text)} | cuts | set(headings))
    regions: list[tuple[int, int, str]] = []
    for start, end in zip(bounds, bounds[1:], strict=False):
        if heading := headings.get(start):
            path = [above for above in path if above.level < heading.level] + [heading]
        if not text[start:end].strip():
            continue
        label = " > ".join(part.title for part in path)
        bare = heading is not None and not text[heading.end : end].strip()
        if bare and heading is not document.headings[-1]:
            label = " > ".join(part.title for part in path[:-1])
        regions.append((start, end, label))
    return _with_bare_headings_joined(document, regions)


def _with_bare_headings_joined(document: LoadedDocument, regions: list) -> list[tuple[int, int, str]]:
    """Regions where a heading with nothing of its own below it stands with the next region instead of alone."""
    spans_of_headings = sorted((heading.start, heading.end) for heading in document.headings)
    starts = [begin for begin, _ in spans_of_headings]
    hard = {section.start for section in document.sections if not is_page(section)}
    result: list[tuple[int, int, str]] = []
    pending: int | None = None
    for number, (start, end, label) in enumerate(regions):
        own = document.text[start:end]
        for begin, stop in spans_of_headings[bisect_left(starts, start) : bisect_left(starts, end)]:
            if stop <= end:
                own = own.replace(document.text[begin:stop], "", 1)
        last = number == len(regions) - 1 or regions[number + 1][0] in hard
        if not own.strip() and not last:
            pending = start if pending is None else pending
            continue
        result.append((start if pending is None else pending, end, label))
        pending = None
    return result


def is_page(section: Section) -> bool:
    """Whether a section is a page of running text (a sentence may cross its end) and not a slide or a sheet."""
    return section.label.startswith("page ")


def _units(
    text: str, structure: Structure, start: int, end: int, budget: int, count_tokens: CountTokens
) -> list[_Unit]:
    """The units of a region: outermost blocks that fit, of those that do not what is inside them, and so on."""
    found: list[_Unit] = []
    parts = _inside(text, _Part(start, end, "paragraph", structure.within(start, end), True))
    while parts:
        # Blocks that are never a unit themselves are opened without being measured.
        kept = [part for part in parts if part.kind in _KEPT]
        smaller = [one for part in parts if part.kind not in _KEPT for one in _opened(text, structure.language, part)]
        sizes = _sizes(text, [(part.start, part.end) for part in kept], count_tokens) if kept else []
        for part, tokens in zip(kept, sizes, strict=True):
            if tokens <= budget:
                found.append(_Unit(part.start, part.end, tokens, part.opens))
            elif part.kind == "sentence":
                pieces = _pieces(text, part.start, part.end, budget, count_tokens)
                for (first, last), size in zip(pieces, _sizes(text, pieces, count_tokens), strict=True):
                    found.append(_Unit(first, last, size, part.opens and first == part.start))
            else:
                smaller.extend(_opened(text, structure.language, part))
        parts = smaller
    return sorted(found, key=lambda unit: unit.start)


def _opened(text: str, language: str, part: _Part) -> list[_Part]:
    """A part in smaller ones: the blocks inside it, the lines of code, else sentences."""
    if part.inside and part.kind not in HOLDING - {"row"}:
        return _inside(text, part)
    if part.kind == "code":
        lines = re.finditer(r"[^\n]*\S[^\n]*", text[part.start : part.end])
        found = [(part.start + line.start(), part.start + line.end()) for line in lines]
        return [_Part(first, last, "sentence", (), part.opens and first == found[0][0]) for first, last in found]
    if part.kind in WHOLE:
        return [_Part(part.start, part.end, "sentence", (), part.opens)]
    openings = {first for first, _ in paragraphs(text, part.start, part.end)} if part.opens else set()
    return [
        _Part(first, last, "sentence", (), first in openings)
        for first, last in sentences(text, part.start, part.end, language)
    ]


def _inside(text: str, part: _Part) -> list[_Part]:
    """The outermost of the blocks inside a part, and what lies between them if it says anything.

    The mark of an item stays with the first block inside it.
    """
    found: list[_Part] = []
    done, number = part.start, 0
    while number < len(part.inside):
        block, following = part.inside[number], number + 1
        while following < len(part.inside) and part.inside[following].start < block.end:
            following += 1
        first, last = max(done, block.start), min(block.end, part.end)
        if part.kind in ("item", "footnote") and not found:
            first = part.start
        elif says_something(text[done:first]):
            found.append(_Part(*trimmed(text, done, first), "paragraph", (), part.opens))
        first, last = trimmed(text, first, last)
        if first < last:
            opens = part.opens and (part.kind not in ("list", "table", "item", "row") or not found)
            found.append(_Part(first, last, block.kind, part.inside[number + 1 : following], opens))
            done = last
        number = following
    if says_something(text[done : part.end]):
        found.append(_Part(*trimmed(text, done, part.end), "paragraph", (), part.opens))
    return found


def _sizes(text: str, parts: list[tuple[int, int]], count_tokens: CountTokens) -> list[int]:
    """Tokens of each part; at least one for 16 characters, or a line without a space would be one unknown word."""
    counts = count_tokens([text[start:end] for start, end in parts])
    return [max(count, (end - start) // _TOKEN_CHARACTERS) for count, (start, end) in zip(counts, parts, strict=True)]


def _pieces(text: str, start: int, end: int, budget: int, count_tokens: CountTokens) -> list[tuple[int, int]]:
    """An overlong sentence (a table read as one line, code, a list without stops) cut in halves at white space."""
    start, end = trimmed(text, start, end)
    if end - start < 2 or _sizes(text, [(start, end)], count_tokens)[0] <= budget:
        return [(start, end)] if start < end else []
    middle = (start + end) // 2
    gaps = [
        position for mark in " \n\t" for position in (text.rfind(mark, start, middle), text.find(mark, middle, end))
    ]
    cut = min((gap for gap in gaps if gap >= 0), key=lambda gap: abs(gap - middle), default=middle)
    # A lone space near an end divides nothing well: then cut in the middle of the word.
    cut = cut if min(cut - start, end - cut) * 8 >= end - start else middle
    return _pieces(text, start, cut, budget, count_tokens) + _pieces(text, cut, end, budget, count_tokens)


def _packed(units: list[_Unit], budget: int) -> list[tuple[_Unit, _Unit]]:
    """Consecutive units as passages of about equal size up to ``budget``, ended at a paragraph if one is near."""
    total = sum(unit.tokens for unit in units)
    if not units:
        return []
    even = total / math.ceil(total / budget)  # three passages of 200 rather than 256, 256 and 88
    groups: list[list[_Unit]] = [[]]
    size = 0
    for unit in units:
        full = size + unit.tokens > budget
        near = size >= 0.75 * even and unit.opens_paragraph
        enough = size >= even
        if groups[-1] and (full or near or enough):
            groups.append([])
            size = 0
        groups[-1].append(unit)
        size += unit.tokens
    return [(group[0], group[-1]) for group in groups]
