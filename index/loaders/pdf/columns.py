"""Where columns of text begin, found by words that are exactly below one another to the right of a narrow white lane.

In one line, a lane as narrow as two spaces looks like the spaces of justified text; in twenty lines it does not.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from footnoted.index.loaders.pdf.words import Word

_FEWEST_LINES = 8
_ALIGNED = 1.0  # points
_NARROWEST = 0.3  # of the line height
_LEFT_OF_IT = 6.0  # line heights of text that must stand beside it, or it is the text of a list behind its numbers


@dataclass(frozen=True, slots=True)
class ColumnStart:
    """The left edge of a column of text, and from where to where down the page it goes."""

    left: float
    top: float
    bottom: float

    def divides(self, before: float, word: Word) -> bool:
        """Whether ``word`` opens the column, and what ends at ``before`` belongs to the one on its left."""
        return (
            abs(word.left - self.left) <= 2 * _ALIGNED
            and before <= self.left + _ALIGNED
            and self.top - 1 <= word.top
            and word.bottom <= self.bottom + 1
        )


def column_starts(words: Sequence[Word]) -> list[ColumnStart]:
    """The left edges of columns that have another one close to their left."""
    if len(words) < 4 * _FEWEST_LINES:
        return []
    size = median(word.size for word in words)
    lines = _lines(words)
    openings: list[tuple[float, float, float]] = []  # left, top, bottom of words behind a gap and enough text
    for line in lines:
        begin = line[0].left
        for before, word in zip(line, line[1:], strict=False):
            gap = word.left - before.right
            if gap > 3 * size:
                begin = word.left
            elif gap >= _NARROWEST * size and before.right - begin >= _LEFT_OF_IT * size:
                openings.append((word.left, word.top, word.bottom))
                if gap >= size:
                    begin = word.left
    openings.sort()
    edges = [left for left, _, _ in openings]
    found: list[ColumnStart] = []
    for left in edges:
        if found and left - found[-1].left < size:
            continue
        group = openings[bisect_left(edges, left - 0.01) : bisect_left(edges, left + _ALIGNED)]
        start = ColumnStart(left, min(top for _, top, _ in group), max(bottom for _, _, bottom in group))
        if len(group) >= _FEWEST_LINES and _is_free(start, lines, len(group)):
            found.append(start)
    return found


def _is_free(start: ColumnStart, lines: Sequence[Sequence[Word]], openings: int) -> bool:
    """Whether most lines from its first to its last word have a word there, and hardly one runs across its edge."""
    beside = [line for line in lines if start.top <= line[0].top + 1 and line[0].bottom <= start.bottom + 1]
    edge = start.left - _ALIGNED
    crossing = sum(any(word.left < edge and word.right > edge + _ALIGNED for word in line) for line in beside)
    return crossing <= 0.1 * openings and openings >= 0.6 * len(beside)


def _lines(words: Sequence[Word]) -> list[list[Word]]:
    """Words whose heights overlap by half, from left to right."""
    lines: list[list[Word]] = []
    for word in sorted(words, key=lambda word: (word.top + word.bottom, word.left)):
        last = lines[-1][-1] if lines else None
        if last and min(last.bottom, word.bottom) - max(last.top, word.top) > 0.5 * min(last.size, word.size):
            lines[-1].append(word)
        else:
            lines.append([word])
    return [sorted(line, key=lambda word: word.left) for line in lines]
