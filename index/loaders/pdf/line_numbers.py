"""Numbers of lines in the margin (of court papers, manuscripts, proofs): left out, since they cut through sentences."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from footnoted.index.loaders.pdf.words import Word

_NUMBER = re.compile(r"[A-Z]?(\d{1,3})[A-Z]?$")
_FEWEST_LINES = 10
_FEWEST_PAGES = 3


def without_line_numbers(pages: Sequence[Sequence[Word]]) -> list[list[Word]]:
    """Pages without them. They count up by one down the margin and start with the same number on many pages.

    (The numbered rows of a table go on counting on its next page, so that they are kept.)
    """
    columns = [_numbered_margin(words) for words in pages]
    starts = Counter(first for first, _ in columns if first is not None)
    usual = {first for first, count in starts.items() if count >= _FEWEST_PAGES}
    result = []
    for words, (first, numbers) in zip(pages, columns, strict=True):
        drop = {id(word) for word in numbers} if first in usual else set()
        result.append([word for word in words if id(word) not in drop])
    return result


def _numbered_margin(words: Sequence[Word]) -> tuple[int | None, list[Word]]:
    """The first number and all words of a column of numbers at the very left or right of a page."""
    numeric = [word for word in words if _NUMBER.match(word.text)]
    if len(numeric) < _FEWEST_LINES:
        return None, []
    for at_left in (True, False):
        edge = min(word.left for word in numeric) if at_left else max(word.right for word in numeric)
        near = 2.5 * numeric[0].size
        column = [word for word in numeric if abs((word.left if at_left else word.right) - edge) < near]
        column.sort(key=lambda word: word.top)
        values = [int(_NUMBER.match(word.text)[1]) for word in column]  # type: ignore[index]
        steps = [after - before for before, after in zip(values, values[1:], strict=False)]
        if len(column) >= _FEWEST_LINES and steps.count(1) >= 0.9 * len(steps):
            return values[0], column
    return None, []
