"""The words of a PDF page with their places, read from pdfium without decoding a single image."""

from __future__ import annotations

import ctypes
import math
import re
from collections import Counter
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from footnoted.index.loaders.pdf.scripts import INITIAL, SMALLER, shown_with_scripts
from footnoted.index.loaders.text import clean

_HYPHENS = frozenset("\x02\ufffe\xad")  # what pdfium makes of a hyphen at the end of a line, and a soft one there
_LINE_ENDS = frozenset(["", "\r", "\n"])
_WORD = re.compile("(?:[^\\s\\0\x02\ufeff\ufffe\xad]|\xad(?![\r\n]|$))+")
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
BOLD, FIXED = 1, 2  # letters of a heavy font, and of one whose letters are all equally wide
_BOLD_FONT = re.compile(r"bold|black|heavy|demi|cmbx|-medi(?:ital)?\b|[-,]bd\b", re.IGNORECASE)  # Nimbus calls it Medi
_FIXED_FONT = re.compile(
    r"courier|mono(?!type)|consol|typewriter|cmtt|menlo|fixed|inconsolata|sourcecode", re.IGNORECASE
)
_LINES_BELOW = 0.8
_CLOSING = ".,;:!?)]}\u201d\u2019\"'"


@dataclass(slots=True)
class Word:
    """A word and its box; ``top`` < ``bottom``, in points from the upper left corner of the page as it is read.

    ``order`` is its place in the file. ``broken`` says that the line ended inside the word, at a hyphen. ``style`` has
    the bits ``BOLD`` and ``FIXED``; inside a line it may be that of the line's first word. What is raised or lowered in
    a word is so in its text: "10⁶".
    """

    text: str
    left: float
    top: float
    right: float
    bottom: float
    order: int
    broken: bool = False
    style: int = 0

    @property
    def size(self) -> float:
        """The height of the line, about 1.2 times the font size."""
        return self.bottom - self.top


def words_of(page: Any) -> list[Word]:
    """All words of a pypdfium2 page, turned so that most of the text is upright."""
    import pypdfium2.raw as pdfium

    text_page = page.get_textpage()
    try:
        text = "".join(map(chr, _codes(pdfium, text_page, max(0, pdfium.FPDFText_CountChars(text_page)))))
        found: list[tuple[int, Word]] = []
        style, boxes = 0, (pdfium.FS_RECTF(), pdfium.FS_RECTF())
        done = -1
        for part in _WORD.finditer(text):
            start, end = part.span()
            following = text[end : end + 1]
            turns, word = _word(pdfium, text_page, part[0], start, boxes)
            word.broken = following in _HYPHENS
            opens = done < 0 or "\n" in text[done:start]
            if opens or style & FIXED or following in _LINE_ENDS:
                word.style = _style(pdfium, text_page, start)
                style = word.style if opens else style
            else:
                word.style = style
            found.append((turns, word))
            done = end
    finally:
        text_page.close()
    return _upright(found, *page.get_size())


def _style(pdfium: Any, text_page: Any, index: int) -> int:
    """The font of a character as the bits of ``Word.style``."""
    buffer, flags = ctypes.create_string_buffer(96), ctypes.c_int(0)
    pdfium.FPDFText_GetFontInfo(text_page, index, buffer, 96, ctypes.byref(flags))
    return _style_of_font(buffer.value, flags.value)


@lru_cache(maxsize=500)
def _style_of_font(name: bytes, flags: int) -> int:
    shown = name.decode("utf-8", "replace")
    bold = BOLD if flags & 1 << 18 or _BOLD_FONT.search(shown) else 0
    return bold | (FIXED if flags & 1 or _FIXED_FONT.search(shown) else 0)


def _codes(pdfium: Any, text_page: Any, count: int) -> list[int]:
    """The UTF-16 code of every character: in one call, or one by one where pdfium's own list leaves some out."""
    buffer = (ctypes.c_ushort * (count + 1))()
    written = pdfium.FPDFText_GetText(text_page, 0, count, buffer) if count else 1
    if written == count + 1:
        return list(buffer)[:count]
    return [pdfium.FPDFText_GetUnicode(text_page, index) for index in range(count)]


def _word(pdfium: Any, text_page: Any, text: str, start: int, boxes: tuple[Any, Any]) -> tuple[int, Word]:
    """The word whose characters begin at ``start``; its y still counts from the bottom of the page.

    Before it stands its direction in quarter turns, or -1 when a single character does not show it. ``boxes`` are
    written over.
    """
    first, last = boxes
    pdfium.FPDFText_GetLooseCharBox(text_page, start, first)
    left, top, right, bottom = first.left, first.top, first.right, first.bottom
    if len(text) == 1:
        return -1, Word(text if text.isprintable() else clean(text), left, top, right, bottom, start)
    pdfium.FPDFText_GetLooseCharBox(text_page, start + len(text) - 1, last)
    other = last.left, last.top, last.right, last.bottom
    rightward, up = other[0] + other[2] - left - right, other[1] + other[3] - top - bottom
    turns = 0
    if abs(up) > abs(rightward):
        turns = 1 if up > 0 else 3
    elif rightward < 0 and abs(pdfium.FPDFText_GetCharAngle(text_page, start) - math.pi) < 0.5:
        turns = 2  # upside down; words of other scripts may simply run from right to left
    height, its = top - bottom, other[1] - other[3]
    uneven = turns == 0 and (its < SMALLER * height or height < SMALLER * its)
    if turns == 0:
        if not text.isascii() and _RIGHT_TO_LEFT.search(text):
            text = _as_read(pdfium, text_page, text, start)
        if uneven or _may_hide_scripts(text):
            text = _with_scripts(pdfium, text_page, text, start)
    if not (text.isascii() and text.isprintable()):
        text = clean(text)
    if uneven:  # a raised number does not make the line higher
        first_is_taller = height > its
        if height > INITIAL * its and other[3] - bottom > _LINES_BELOW * its and text[1:].isalpha():
            first_is_taller = False  # nor does the first letter of a chapter, which stands on a line further down
        top, bottom = (top, bottom) if first_is_taller else (other[1], other[3])
    else:
        top, bottom = max(top, other[1]), min(bottom, other[3])
    return turns, Word(text, min(left, other[0]), top, max(right, other[2]), bottom, start)


def _may_hide_scripts(text: str) -> bool:
    """Whether letters of another size may be inside a word: "2022².", "H₂O". To measure all would take too long."""
    if text.isalpha():
        return False
    bare = text.rstrip(_CLOSING)
    if bare != text and bare[-1:].isdigit() and len(bare) > 1:
        return True
    return any(map(str.isdigit, text[1:-1])) and any(map(str.isalpha, text))


def _with_scripts(pdfium: Any, text_page: Any, text: str, start: int) -> str:
    heights, baselines = [], []
    box = pdfium.FS_RECTF()
    x, y = ctypes.c_double(), ctypes.c_double()
    for index in range(start, start + len(text)):
        pdfium.FPDFText_GetLooseCharBox(text_page, index, ctypes.byref(box))
        pdfium.FPDFText_GetCharOrigin(text_page, index, ctypes.byref(x), ctypes.byref(y))
        heights.append(box.top - box.bottom)
        baselines.append(y.value)
    return text if min(heights) > SMALLER * max(heights) else shown_with_scripts(text, heights, baselines)


def _as_read(pdfium: Any, text_page: Any, text: str, start: int) -> str:
    """The characters of a word, those of a script from right to left turned if the file has them as they are drawn."""
    places = [found.start() for found in _RIGHT_TO_LEFT.finditer(text)]
    if len(places) < 2:
        return text
    first, last = pdfium.FS_RECTF(), pdfium.FS_RECTF()
    pdfium.FPDFText_GetLooseCharBox(text_page, start + places[0], ctypes.byref(first))
    pdfium.FPDFText_GetLooseCharBox(text_page, start + places[-1], ctypes.byref(last))
    if last.left + last.right <= first.left + first.right:
        return text
    end = places[-1] + 1
    return text[: places[0]] + text[places[0] : end][::-1] + text[end:]


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
    return Word(word.text, *box, word.order, word.broken, word.style)
