"""The numbers that Word shows before the items of a list: counted, in letters or Roman, with words around them."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from footnoted.index.loaders.archive import Archive

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_BULLETS = ("bullet", "none", "")
_ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"),
          (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Level:
    """How one level of a list counts: its kind of number, the first one, and the text with ``%1`` for the numbers."""

    kind: str
    start: int
    text: str


@dataclass
class Numbering:
    """The lists of a document, and how far each has counted."""

    levels: dict[str, dict[int, _Level]] = field(default_factory=dict)
    counted: dict[str, dict[int, int]] = field(default_factory=lambda: defaultdict(dict))

    def marker(self, identifier: str, depth: int) -> str:
        """What is put before the next item of a list at this depth: "- ", "3. ", "b) ", "Article IV "."""
        levels = self.levels.get(identifier, {})
        level = levels.get(depth)
        if level is None or level.kind in _BULLETS:
            return "- "
        counted = self.counted[identifier]
        counted[depth] = counted.get(depth, level.start - 1) + 1
        for deeper in [other for other in counted if other > depth]:
            del counted[deeper]

        def number(found: re.Match[str]) -> str:
            place = int(found[1]) - 1
            other = levels.get(place, level)
            return _written(counted.get(place, other.start), other.kind)

        shown = re.sub(r"%([1-9])", number, level.text) if "%" in level.text else f"{counted[depth]}."
        return f"{shown.strip()} "


def numbering_of(archive: Archive, main: str) -> Numbering:
    """The lists that the document defines."""
    numbering = Numbering()
    abstract: dict[str, dict[int, _Level]] = {}
    for part in archive.related(main, "numbering"):
        root = archive.xml(part)
        for definition in root.iter(f"{_W}abstractNum"):
            found = {int(level.get(f"{_W}ilvl") or 0): _level(level) for level in definition.iter(f"{_W}lvl")}
            abstract[definition.get(f"{_W}abstractNumId") or ""] = found
        for use in root.iter(f"{_W}num"):
            levels = dict(abstract.get(_value(use, "abstractNumId"), {}))
            for override in use.iter(f"{_W}lvlOverride"):
                depth = int(override.get(f"{_W}ilvl") or 0)
                start = _value(override, "startOverride")
                if start.isdigit() and depth in levels:
                    levels[depth] = _Level(levels[depth].kind, int(start), levels[depth].text)
            numbering.levels[use.get(f"{_W}numId") or ""] = levels
    return numbering


def _level(level: Any) -> _Level:
    start = _value(level, "start")
    return _Level(_value(level, "numFmt"), int(start) if start.isdigit() else 1, _value(level, "lvlText"))


def _value(parent: Any, name: str) -> str:
    child = parent.find(f"{_W}{name}")
    return (child.get(f"{_W}val") or "") if child is not None else ""


def _written(number: int, kind: str) -> str:
    if number < 1 or number > 3999:
        return str(number)
    if kind in ("lowerLetter", "upperLetter"):
        letters = chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1)
        return letters.upper() if kind == "upperLetter" else letters
    if kind in ("lowerRoman", "upperRoman"):
        written = ""
        for value, letters in _ROMAN:
            written, number = written + letters * (number // value), number % value
        return written.upper() if kind == "upperRoman" else written
    return f"{number:02}" if kind == "decimalZero" else str(number)
