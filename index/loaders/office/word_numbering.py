"""The numbers that Word shows before paragraphs: counted, in letters or Roman, with words around them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from footnoted.index.loaders.archive import Archive

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"),
          (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))  # fmt: skip
_DEEPEST = 9


@dataclass(frozen=True, slots=True)
class _Level:
    """How one level of a list counts: its kind of number, the first one, and the text with ``%1`` for the numbers.

    ``legal``: numbers of other levels are shown in digits. ``style``: the paragraphs with this style are on the level.
    ``restart``: the level after which it counts anew, from 1; 0 for never, ``None`` for any above.
    """

    kind: str
    start: int
    text: str
    legal: bool = False
    style: str = ""
    restart: int | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """What stands before a paragraph: "3.", "b)", "Article IV"; "-" for a bullet, empty for a list without marks."""

    text: str
    counted: bool


@dataclass
class Numbering:
    """The lists of a document, and how far each has counted. Lists that are made from one definition count together."""

    levels: dict[str, dict[int, _Level]] = field(default_factory=dict)
    counters: dict[str, str] = field(default_factory=dict)  # list -> its definition
    restarts: dict[str, set[int]] = field(default_factory=dict)  # list -> levels that begin anew with it
    counted: dict[str, dict[int, int]] = field(default_factory=dict)

    def level_of(self, identifier: str, styles: Iterable[str]) -> int:
        """The level of a list, from 0, on which paragraphs are: that of their style, or of one it is based on."""
        of_style = {level.style: depth for depth, level in self.levels.get(identifier, {}).items() if level.style}
        return next((of_style[style] for style in styles if style in of_style), 0)

    def mark(self, identifier: str, depth: int) -> Mark:
        """What stands before the next paragraph of a list at this depth."""
        levels = self.levels.get(identifier, {})
        level = levels.get(depth)
        if level is None or level.kind == "bullet":
            return Mark("-", False)
        counted = self.counted.setdefault(self.counters.get(identifier, identifier), {})
        if depth in self.restarts.get(identifier, ()):
            self.restarts[identifier].discard(depth)
            counted.pop(depth, None)
        counted[depth] = counted.get(depth, level.start - 1) + 1
        for deeper in [other for other in counted if other > depth]:
            restart = levels[deeper].restart if deeper in levels else None
            if restart is None or depth < restart:
                del counted[deeper]
        if level.kind == "none":
            return Mark("" if "%" in level.text else level.text.strip(), False)

        def number(found: re.Match[str]) -> str:
            place = int(found[1]) - 1
            other = levels.get(place, level)
            kind = "decimal" if level.legal and place != depth else other.kind
            return written(counted.get(place, other.start), kind)

        shown = re.sub(r"%([1-9])", number, level.text) if "%" in level.text else level.text
        return Mark(shown.strip(), "%" in level.text)


def numbering_of(archive: Archive, main: str, list_styles: dict[str, str] | None = None) -> Numbering:
    """The lists that the document defines. ``list_styles``: style of a list -> the list that it stands for."""
    numbering = Numbering()
    abstract: dict[str, dict[int, _Level]] = {}
    linked: dict[str, str] = {}
    uses: list[Any] = []
    for part in archive.related(main, "numbering"):
        root = archive.xml(part)
        for definition in root.iter(f"{_W}abstractNum"):
            identifier = definition.get(f"{_W}abstractNumId") or ""
            abstract[identifier] = dict(map(_level, definition.iter(f"{_W}lvl")))
            if style := _value(definition, "numStyleLink"):
                linked[identifier] = style
        uses.extend(root.iter(f"{_W}num"))
    definitions = {use.get(f"{_W}numId") or "": _value(use, "abstractNumId") for use in uses}
    for use in uses:
        identifier = use.get(f"{_W}numId") or ""
        definition = definitions[identifier]
        if definition in linked and list_styles:
            definition = definitions.get(list_styles.get(linked[definition], ""), definition)
        levels = dict(abstract.get(definition, {}))
        for override in use.iter(f"{_W}lvlOverride"):
            _override(override, levels, numbering.restarts.setdefault(identifier, set()))
        numbering.levels[identifier] = levels
        numbering.counters[identifier] = definition
    return numbering


def _override(override: Any, levels: dict[int, _Level], restarts: set[int]) -> None:
    """What a list has otherwise than its definition: a level of its own, another first number."""
    depth = _depth(override)
    for own in override.iterchildren(f"{_W}lvl"):
        levels[depth] = _level(own)[1]
        restarts.add(depth)
    start = _value(override, "startOverride")
    if start.isdigit() and depth in levels:
        levels[depth] = replace(levels[depth], start=int(start[:9]))
        restarts.add(depth)


def _level(level: Any) -> tuple[int, _Level]:
    start, restart = _value(level, "start"), _value(level, "lvlRestart")
    legal = level.find(f"{_W}isLgl")
    return _depth(level), _Level(
        _value(level, "numFmt") or "decimal",
        int(start[:9]) if start.isdigit() else 1,
        _value(level, "lvlText"),
        legal is not None and legal.get(f"{_W}val") not in ("0", "false"),
        _value(level, "pStyle"),
        int(restart[:2]) if restart.isdigit() else None,
    )


def _depth(element: Any) -> int:
    depth = element.get(f"{_W}ilvl") or "0"
    return min(int(depth[:3]), _DEEPEST) if depth.isdigit() else 0


def _value(parent: Any, name: str) -> str:
    child = parent.find(f"{_W}{name}")
    return (child.get(f"{_W}val") or "") if child is not None else ""


def written(number: int, kind: str) -> str:
    """A number as a list shows it; in digits where the kind is not known or cannot show it."""
    if number < 1 or number > 3999:
        return str(number)
    if kind in ("lowerLetter", "upperLetter"):
        letters = chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1)
        return letters.upper() if kind == "upperLetter" else letters
    if kind in ("lowerRoman", "upperRoman"):
        shown = ""
        for value, letters in _ROMAN:
            shown, number = shown + letters * (number // value), number % value
        return shown.upper() if kind == "upperRoman" else shown
    if kind == "ordinal":
        suffix = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
        return f"{number}{suffix}"
    if kind == "decimalEnclosedCircle" and number <= 20:
        return chr(0x2460 + number - 1)
    if kind in ("chineseCounting", "chineseCountingThousand", "japaneseCounting", "ideographDigital") and number < 100:
        digits, (tens, ones) = "〇一二三四五六七八九", divmod(number, 10)
        return (digits[tens] if tens > 1 else "") + ("十" if tens else "") + (digits[ones] if ones else "")
    return f"{number:02}" if kind == "decimalZero" else str(number)
