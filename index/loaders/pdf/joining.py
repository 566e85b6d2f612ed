"""Words of one line as text: where there is a space between two, in which order they are read, which are raised."""

from __future__ import annotations

import re
from collections.abc import Sequence

from footnoted.index.loaders.pdf.scripts import HIGHER, INITIAL, LOWER, SMALLER, as_kind, is_initial
from footnoted.index.loaders.pdf.words import Word

_SPACE_GAP = 0.12  # narrower than this there is no space between two words
_TOUCHING = 0.35  # of the height of the line: wider white space is between cells, and says nothing
_BASELINE = 0.2  # of the height of a letter's box is below its baseline
RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f\u0370-\u052f]")
_LEADING_MARKS = re.compile(r"([.,:;!?\u060c\u061b\u061f]+)([^.,:;!?\u060c\u061b\u061f].*)$", re.DOTALL)


def joined(words: Sequence[Word]) -> str:
    """Words of one line as text, in the order of reading; words that touch are written together."""
    if len(words) == 1:
        return words[0].text
    from_right = runs_from_right([word.text for word in words])
    ordered = as_read(words)
    kinds = None if from_right else kinds_of(ordered)
    pieces: list[str] = []
    before: Word | None = None
    for number, word in enumerate(ordered):
        kind = kinds[number] if kinds else 0
        if before is not None:
            if before.broken:
                pieces.append("-")
            gap = before.left - word.right if from_right and word.left < before.left else word.left - before.right
            backwards = word.left < before.left and not from_right
            size, other = word.bottom - word.top, before.bottom - before.top
            chapter = other > INITIAL * size and is_initial(before.text) and word.text[:1].islower()
            narrow = _TOUCHING if kind or chapter else _SPACE_GAP
            size = min(size, other)
            if backwards or gap > narrow * size or gap < -2 * (word.bottom - word.top):
                pieces.append(" ")
        pieces.append(marks_behind(word.text) if from_right else as_kind(word.text, kind))
        before = word
    return "".join(pieces)


def kinds_of(words: Sequence[Word]) -> list[int]:
    """For each word of a line 1 if it is raised beside the one that it touches, -1 if it is lowered, else 0."""
    heights = [word.bottom - word.top for word in words]
    kinds = [0] * len(words)
    if len(words) < 2 or min(heights) > SMALLER * max(heights):
        return kinds
    base: int | None = None
    for number, word in enumerate(words):
        if base is not None:
            kinds[number] = _kind(word, words[base], words[number - 1])
        if not kinds[number]:
            base = number
    if heights[0] < SMALLER * heights[1] and not kinds[1] and (len(words[0].text) == 1 or not words[0].text.isalpha()):
        kinds[0] = _kind(words[0], words[1], words[1])
    return kinds


def _kind(word: Word, base: Word, beside: Word) -> int:
    size = base.bottom - base.top
    own = word.bottom - word.top
    if own > SMALLER * size or own < 0.35 * size:
        return 0
    gap = max(word.left - beside.right, beside.left - word.right)
    if not -_TOUCHING * size < gap < _TOUCHING * size:
        return 0
    shift = ((base.bottom - _BASELINE * size) - (word.bottom - _BASELINE * own)) / size
    return 1 if shift > HIGHER else -1 if shift < -LOWER else 0


# Scripts that run from right to left (Hebrew, Arabic) -----------------------------------------------------------------


def runs_from_right(texts: Sequence[str]) -> bool:
    """Whether most letters of a line are of a script that runs from right to left."""
    rightward = sum(len(RIGHT_TO_LEFT.findall(text)) for text in texts if not text.isascii())
    if not rightward:
        return False
    return rightward > sum(len(_LATIN.findall(text)) for text in texts)


def as_read(words: Sequence[Word]) -> list[Word]:
    """The words of one line (given from left to right, or in the order of the file) as they are read.

    Words of the other direction keep their own order among themselves: a Latin name in Arabic, a Hebrew one in English.
    """
    if all(word.text.isascii() or not RIGHT_TO_LEFT.search(word.text) for word in words):
        return list(words)
    lines = _by_line(words)
    return [word for line in lines for word in _line_as_read(line)]


def _by_line(words: Sequence[Word]) -> list[list[Word]]:
    """Words of a cell may come from several lines: those whose heights overlap are one."""
    lines: list[list[Word]] = []
    for word in words:
        if lines and word.top < lines[-1][-1].bottom - 0.5 * word.size and word.bottom > lines[-1][-1].top:
            lines[-1].append(word)
        else:
            lines.append([word])
    return lines


def _line_as_read(words: Sequence[Word]) -> list[Word]:
    from_right = runs_from_right([word.text for word in words])
    ordered = sorted(words, key=lambda word: -word.left if from_right else word.left)
    other = _LATIN if from_right else RIGHT_TO_LEFT
    result: list[Word] = []
    run: list[Word] = []
    for word in ordered:
        if other.search(word.text):
            run.append(word)
            continue
        result += [*reversed(run), word]
        run = []
    return result + run[::-1]


def marks_behind(text: str) -> str:
    """A number with the full stop that ends its sentence: on the page it is on the left, in the text it comes after."""
    found = _LEADING_MARKS.match(text)
    return found[2] + found[1] if found and not RIGHT_TO_LEFT.search(text) else text
