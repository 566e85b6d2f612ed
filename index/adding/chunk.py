"""A document's text into passages: spans on sentence, paragraph and heading bounds, measured in the model's tokens."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from footnoted.index.models.base import shortened_label
from footnoted.index.text.sentences import paragraphs, sentences, trimmed
from footnoted.index.types import Heading, LoadedDocument, Section

CHUNKER_VERSION = "1"
TARGET_TOKENS = 256
_TOKEN_CHARACTERS = 16

CountTokens = Callable[[Sequence[str]], list[int]]


@dataclass(frozen=True, slots=True)
class Span:
    """A passage as it will be stored: ``text[start:end]``, and the path of headings above it ("Guide > Install")."""

    start: int
    end: int
    heading: str


@dataclass(frozen=True, slots=True)
class _Unit:
    """A sentence (or a piece of an overlong one) on its way into a passage."""

    start: int
    end: int
    tokens: int
    opens_paragraph: bool


def spans(
    document: LoadedDocument, count_tokens: CountTokens, *, target: int = TARGET_TOKENS, limit: int = 512
) -> list[Span]:
    """The passages of ``document`` in order: disjoint, together covering every character that is not white space.

    ``target`` and ``limit`` count tokens of the embedding model; a passage with its title and heading path stays
    within ``limit``, so that the model reads all of it. Passages of one region are of about equal length.
    """
    result: list[Span] = []
    for start, end, heading in _regions(document):
        room = limit - count_tokens([f"{shortened_label(document.title)}\n{shortened_label(heading)}"])[0] - 2
        budget = max(16, min(target, room))
        units = _units(document.text, start, end, budget, count_tokens)
        result.extend(Span(first.start, last.end, heading) for first, last in _packed(units, budget))
    return result


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


def _units(text: str, start: int, end: int, budget: int, count_tokens: CountTokens) -> list[_Unit]:
    found = sentences(text, start, end)
    if not found:
        return []
    openings = {begin for begin, _ in paragraphs(text, start, end)}
    units: list[_Unit] = []
    for (begin, stop), tokens in zip(found, _sizes(text, found, count_tokens), strict=True):
        if tokens <= budget:
            units.append(_Unit(begin, stop, tokens, begin in openings))
            continue
        pieces = _pieces(text, begin, stop, budget, count_tokens)
        sizes = _sizes(text, pieces, count_tokens)
        units.extend(_Unit(a, b, size, a in openings) for (a, b), size in zip(pieces, sizes, strict=True))
    return units


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
