"""The words of a PDF page with their places, read from pdfium without decoding a single image."""

from __future__ import annotations

import ctypes
import math
from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

from footnoted.index.loaders.text import clean

_HYPHENS = frozenset({0x02, 0xFFFE})  # what pdfium makes of a hyphen at the end of a line
_SOFT_HYPHEN = 0xAD


@dataclass(frozen=True, slots=True)
class Word:
    """A word and its box; ``top`` < ``bottom``, in points from the upper left corner of the page as it is read.

    ``order`` is its place in the file. ``broken`` says that the line ended inside the word, at a hyphen.
    """

    text: str
    left: float
    top: float
    right: float
    bottom: float
    order: int
    broken: bool = False

    @property
    def size(self) -> float:
        """The height of the line, about 1.2 times the font size."""
        return self.bottom - self.top


def words_of(page: Any) -> list[Word]:
    """All words of a pypdfium2 page, turned so that most of the text is upright."""
    import pypdfium2.raw as pdfium

    text_page = page.get_textpage()
    try:
        count = max(0, pdfium.FPDFText_CountChars(text_page))
        codes = _codes(pdfium, text_page, count)
        found: list[tuple[int, Word]] = []
        start = None
        for index in range(count + 1):
            code = codes[index] if index < count else 32
            if code in _HYPHENS or (code == _SOFT_HYPHEN and _ends_line(codes, index)):
                if start is not None:
                    found.append(_word(pdfium, text_page, codes, start, index, broken=True))
                start = None
            elif code == 0 or code == 0xFEFF or chr(code).isspace():
                if start is not None:
                    found.append(_word(pdfium, text_page, codes, start, index))
                start = None
            elif start is None:
                start = index
    finally:
        text_page.close()
    return _upright(found, *page.get_size())


def _codes(pdfium: Any, text_page: Any, count: int) -> list[int]:
    """The UTF-16 code of every character: in one call, or one by one where pdfium's own list leaves some out."""
    buffer = (ctypes.c_ushort * (count + 1))()
    written = pdfium.FPDFText_GetText(text_page, 0, count, buffer) if count else 1
    if written == count + 1:
        return list(buffer)[:count]
    return [pdfium.FPDFText_GetUnicode(text_page, index) for index in range(count)]


def _ends_line(codes: list[int], index: int) -> bool:
    return index + 1 >= len(codes) or chr(codes[index + 1]) in "\r\n"


def _word(
    pdfium: Any, text_page: Any, codes: list[int], start: int, end: int, broken: bool = False
) -> tuple[int, Word]:
    """The word of the characters ``start`` to ``end``; its y still counts from the bottom of the page.

    Before it stands its direction in quarter turns, or -1 when a single character does not show it.
    """
    first, last = pdfium.FS_RECTF(), pdfium.FS_RECTF()
    pdfium.FPDFText_GetLooseCharBox(text_page, start, ctypes.byref(first))
    pdfium.FPDFText_GetLooseCharBox(text_page, end - 1, ctypes.byref(last))
    right, up = last.left + last.right - first.left - first.right, last.top + last.bottom - first.top - first.bottom
    turns = -1 if end - start == 1 else 0
    if abs(up) > abs(right):
        turns = 1 if up > 0 else 3
    elif right < 0 and abs(pdfium.FPDFText_GetCharAngle(text_page, start) - math.pi) < 0.5:
        turns = 2  # upside down; words of other scripts may simply run from right to left
    text = clean(
        "".join(map(chr, _as_read(pdfium, text_page, codes[start:end], start) if turns == 0 else codes[start:end]))
    )
    box = (
        min(first.left, last.left),
        max(first.top, last.top),
        max(first.right, last.right),
        min(first.bottom, last.bottom),
    )
    return turns, Word(text, *box, start, broken)


def _as_read(pdfium: Any, text_page: Any, codes: list[int], start: int) -> list[int]:
    """The characters of a word, those of a script from right to left turned if the file has them as they are drawn."""
    places = [place for place, code in enumerate(codes) if _is_right_to_left(code)]
    if len(places) < 2:
        return codes
    first, last = pdfium.FS_RECTF(), pdfium.FS_RECTF()
    pdfium.FPDFText_GetLooseCharBox(text_page, start + places[0], ctypes.byref(first))
    pdfium.FPDFText_GetLooseCharBox(text_page, start + places[-1], ctypes.byref(last))
    if last.left + last.right <= first.left + first.right:
        return codes
    end = places[-1] + 1
    return [*codes[: places[0]], *reversed(codes[places[0] : end]), *codes[end:]]


def _is_right_to_left(code: int) -> bool:
    return 0x0590 <= code <= 0x08FF or 0xFB1D <= code <= 0xFDFF or 0xFE70 <= code <= 0xFEFC


def _upright(found: list[tuple[int, Word]], width: float, height: float) -> list[Word]:
    """The words in coordinates in which the usual direction of the page's text is from left to right."""
    usual = Counter(turns for turns, _ in found if turns >= 0).most_common(1)
    turns = usual[0][0] if usual else 0
    words = []
    for own, word in found:
        turned = _turned(word, turns, width, height)
        if own not in (turns, -1):
            # Text across the page (a stamp in the margin) is kept, as if it stood below everything else.
            extent = max(width, height)
            turned = replace(turned, left=0.0, right=float(len(word.text)), top=2 * extent, bottom=2 * extent + 10)
            turned = replace(turned, top=turned.top + 20 * turned.order, bottom=turned.bottom + 20 * turned.order)
        if turned.text:
            words.append(turned)
    return words


def _turned(word: Word, turns: int, width: float, height: float) -> Word:
    left, right, low, high = word.left, word.right, word.bottom, word.top
    if turns == 1:  # read from bottom to top
        box = (low, left, high, right)
    elif turns == 3:  # read from top to bottom
        box = (height - high, width - right, height - low, width - left)
    elif turns == 2:
        box = (width - right, low, width - left, high)
    else:
        box = (left, height - high, right, height - low)
    return Word(word.text, *box, word.order, word.broken)
