"""Scripts that run from right to left (Hebrew, Arabic): words of a line in the order in which they are read."""

from __future__ import annotations

import re
from collections.abc import Sequence

from footnoted.index.loaders.pdf.words import Word

RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f\u0370-\u052f]")
_LEADING_MARKS = re.compile(r"([.,:;!?\u060c\u061b\u061f]+)([^.,:;!?\u060c\u061b\u061f].*)$", re.DOTALL)


def runs_from_right(texts: Sequence[str]) -> bool:
    """Whether most letters of a line are of a script that runs from right to left."""
    rightward = sum(len(RIGHT_TO_LEFT.findall(text)) for text in texts)
    return rightward > sum(len(_LATIN.findall(text)) for text in texts)


def as_read(words: Sequence[Word]) -> list[Word]:
    """The words of one line (given from left to right, or in the order of the file) as they are read.

    Words of the other direction keep their own order among themselves: a Latin name in Arabic, a Hebrew one in English.
    """
    if not any(RIGHT_TO_LEFT.search(word.text) for word in words):
        return list(words)
    lines = _lines(words)
    return [word for line in lines for word in _line_as_read(line)]


def _lines(words: Sequence[Word]) -> list[list[Word]]:
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
