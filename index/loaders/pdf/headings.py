"""Headings of a PDF, which does not mark them: short lines in larger letters, or numbered ones in bold letters."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from footnoted.index.loaders.pdf.paragraphs import Block

_LARGER = 1.18  # than the running text; bold letters of the same size are up to a tenth higher
_LONGEST = 150
_SAME = 0.08  # sizes that differ by less are one level
_MOST_LEVELS = 4
_NUMBERED = re.compile(r"(\d{1,2}(?:\.\d{1,2})+)\.?\s+[^\W\d]")
_CHAPTER = re.compile(r"\d{1,2}\.?\s+[^\W\d]")
_REPEATED = 4  # times: a mark of the printer or a head of the page


def heading_levels(pages: Sequence[Sequence[Block]]) -> dict[int, int]:
    """``id`` of each block that is a heading -> its level, 1 for the largest letters.

    A document without running text (slides, a poster, a form) has none: there, size says what is important, not what
    is above what.
    """
    blocks = [block for page in pages for block in page]
    sizes = {id(block): _letter_size(block) for block in blocks}
    weights: Counter[float] = Counter()
    for block in blocks:
        weights[round(sizes[id(block)], 1)] += _length(block)
    if not weights:
        return {}
    body = weights.most_common(1)[0][0]
    running = sum(weight for size, weight in weights.items() if abs(size - body) <= _SAME * body)
    repeated = Counter(_text(block) for block in blocks)
    found = [
        block
        for block in blocks
        if sizes[id(block)] > _LARGER * body and _is_heading(block) and repeated[_text(block)] < _REPEATED
    ]
    if running < 0.5 * sum(weights.values()) or sum(map(_length, found)) > 0.15 * sum(weights.values()):
        return {}
    levels: list[float] = []
    for size in sorted({sizes[id(block)] for block in found}, reverse=True):
        if not levels or size < levels[-1] * (1 - _SAME):
            levels.append(size)
    found_levels = {id(block): _level(sizes[id(block)], levels) for block in found}
    chapter = next((found_levels[id(block)] for block in found if _CHAPTER.match(_text(block))), len(levels) or 1)
    return found_levels | _numbered([block for block in blocks if id(block) not in found_levels], chapter)


def _numbered(blocks: Sequence[Block], chapter: int) -> dict[int, int]:
    """Lines in bold letters of the size of the text that are numbered "2.1", "2.2", "3.1", in this order."""
    found = {}
    for block in blocks:
        number = _NUMBERED.match(_text(block))
        if number and len(block.lines) == 1 and block.lines[0].bold and _is_heading(block):
            found[id(block)] = tuple(map(int, number[1].split(".")))
    numbers = list(found.values())
    if len(numbers) < 2 or any(one >= other for one, other in zip(numbers, numbers[1:], strict=False)):
        return {}
    return {block: min(_MOST_LEVELS, chapter + len(number) - 1) for block, number in found.items()}


def _is_heading(block: Block) -> bool:
    text = _text(block)
    if len(block.lines) > 3 or len(text) > _LONGEST or any(len(line.cells) > 1 for line in block.lines):
        return False
    bare = re.sub(r"^[\d.\s]+|\s", "", text)  # without its number
    letters = sum(character.isalpha() for character in bare)
    if letters < max(3, 0.6 * len(bare)) or text[0].islower():
        return False
    return not re.search(r"[.,;:]$|://", text)


def _text(block: Block) -> str:
    return " ".join(line.text for line in block.lines).strip()


def _letter_size(block: Block) -> float:
    """The height of most of its letters: a superscript makes a line higher, not its words."""
    weights: Counter[float] = Counter()
    for line in block.lines:
        for piece in line.row.pieces:
            for word in piece.words:
                weights[word.bottom - word.top] += len(word.text)
    if len(weights) == 1:
        return next(iter(weights))
    half, passed = sum(weights.values()) / 2, 0
    for size in sorted(weights):
        passed += weights[size]
        if passed >= half:
            return size
    return 0.0


def _length(block: Block) -> int:
    return sum(len(line.text) for line in block.lines)


def _level(size: float, levels: Sequence[float]) -> int:
    return min(_MOST_LEVELS, sum(size < other * (1 - _SAME) for other in levels) + 1)
