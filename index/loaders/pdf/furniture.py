"""What stands on many pages and is not part of the text: running heads, footers, page numbers, line numbers."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from statistics import median

from footnoted.index.loaders.pdf.layout import Row
from footnoted.index.loaders.pdf.words import Word

_FEWEST_PAGES = 3
_OUTER_ROWS = 3
_LARGER = 1.3  # than the running text: a heading, which a running head never is
_PLACE_TOLERANCE = 8.0  # points
_LINE_NUMBER = re.compile(r"[A-Z]?(\d{1,3})[A-Z]?$")
_FEWEST_NUMBERED = 10  # lines of a page
_ROMAN = re.compile(r"[ivxlc]+$", re.IGNORECASE)
_PAGE_OF = re.compile(r"(?:page|p\.|seite|página|pagina|стр\.)?\s*#\s*(?:of|/|von|de|di|sur|из)\s*#$", re.IGNORECASE)

Page = Sequence[Sequence[Row]]


def running_rows(pages: Sequence[Page]) -> tuple[set[int], dict[str, int]]:
    """``id`` of every row that is furniture, and for the note its text (numbers as #) with its number of pages.

    A line counts when it is among the outermost rows of its page and stands at the same height, with the same words
    (numbers aside), on at least three pages and on at least 30 % of the pages from its first to its last one:
    that catches heads of left pages only, and heads that change with the chapter.
    """
    seen: dict[tuple[str, str], list[tuple[int, float, Row]]] = defaultdict(list)
    for number, page in enumerate(pages):
        for edge, row in _outer_rows(page):
            seen[edge, _key(row)].append((number, row.top if edge == "top" else row.bottom, row))
    furniture: set[int] = set()
    told: dict[str, int] = {}
    body = usual_size(pages)
    for (_, key), places in seen.items():
        height = median(place for _, place, _ in places)
        same = [(number, row) for number, place, row in places if abs(place - height) <= _PLACE_TOLERANCE]
        literal = Counter(_text(row) for _, row in same)
        same = [
            (number, row)
            for number, row in _counting_pages(same)
            if row.size < _LARGER * body or literal[_text(row)] >= _FEWEST_PAGES
        ]
        numbers = {number for number, _ in same}
        span = max(numbers) - min(numbers) + 1 if numbers else 1
        repeated = len(numbers) >= _FEWEST_PAGES and len(numbers) >= 0.3 * span
        if key and (repeated or (_PAGE_OF.match(key) and len(pages) > 1)):
            furniture.update(id(row) for _, row in same)
            if re.search(r"\w", key.replace("#", "")):
                told[key] = len(numbers)
    return furniture, told


def _counting_pages(rows: Sequence[tuple[int, Row]]) -> list[tuple[int, Row]]:
    """Of rows that differ in their numbers only, those whose numbers stay the same or count the pages.

    The others are what a form has different on each page: an account number, an amount.
    """
    numbers = [tuple(map(int, re.findall(r"\d{1,9}", _text(row)))) for _, row in rows]
    usual_length = max(map(len, numbers), default=0)
    kept = set()
    for place in range(usual_length):
        values = [
            found[place] - page if len(found) > place else None for (page, _), found in zip(rows, numbers, strict=True)
        ]
        plain = [found[place] if len(found) > place else None for found in numbers]
        for column in (values, plain):
            usual, count = Counter(value for value in column if value is not None).most_common(1)[0]
            if count >= _FEWEST_PAGES:
                kept.add((place, column is plain, usual))
    result = []
    for (page, row), found in zip(rows, numbers, strict=True):
        if all(
            (place, True, value) in kept or (place, False, value - page) in kept for place, value in enumerate(found)
        ):
            result.append((page, row))
    return result if len(rows) >= _FEWEST_PAGES else list(rows)


def usual_size(pages: Sequence[Page]) -> float:
    """The height of the lines in which most of the document is written."""
    weights: Counter[float] = Counter()
    for page in pages:
        for column in page:
            for row in column:
                weights[round(row.size, 1)] += sum(len(word.text) for piece in row.pieces for word in piece.words)
    return weights.most_common(1)[0][0] if weights else 0.0


def _outer_rows(page: Page) -> list[tuple[str, Row]]:
    """The uppermost and the lowest rows of a page, of all its columns."""
    rows = sorted((row for column in page for row in column), key=lambda row: row.top)
    outer = [("top", row) for row in rows[:_OUTER_ROWS]] + [("bottom", row) for row in rows[-_OUTER_ROWS:]]
    # A row of many cells without numbers is the head of a table that continues over pages, and is kept.
    return [(edge, row) for edge, row in outer if len(row.pieces) <= 3 or "#" in _key(row)]


def _text(row: Row) -> str:
    return " ".join(piece.text() for piece in row.pieces)


def _key(row: Row) -> str:
    text = _text(row)
    text = re.sub(r"\d+", "#", " ".join(text.split()))
    short = len(row.pieces) <= 2 and len(text) < 60
    words = ["#" if short and word.islower() and _ROMAN.match(word) else word for word in text.split()]
    # The number may be before or after the title, depending on the side of the sheet.
    numbers = [word for word in words if word == "#"]
    rest = [word for word in words if word != "#"]
    return " ".join([*rest, *numbers]) if len(numbers) <= 1 else " ".join(words)


def without_line_numbers(pages: Sequence[Sequence[Word]]) -> list[list[Word]]:
    """Pages without the line numbers in the margin (of court papers, manuscripts, proofs), which cut through sentences.

    They count up by one down the margin and start with the same number on many pages. The numbered rows of a table
    continue to count on its next page, and so are kept.
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
    numeric = [word for word in words if _LINE_NUMBER.match(word.text)]
    if len(numeric) < _FEWEST_NUMBERED:
        return None, []
    for at_left in (True, False):
        edge = min(word.left for word in numeric) if at_left else max(word.right for word in numeric)
        near = 2.5 * numeric[0].size
        column = [word for word in numeric if abs((word.left if at_left else word.right) - edge) < near]
        column.sort(key=lambda word: word.top)
        values = [int(_LINE_NUMBER.match(word.text)[1]) for word in column]  # type: ignore[index]
        steps = [after - before for before, after in zip(values, values[1:], strict=False)]
        if len(column) >= _FEWEST_NUMBERED and steps.count(1) >= 0.9 * len(steps):
            return values[0], column
    return None, []
