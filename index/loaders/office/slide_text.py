"""The paragraphs of a slide: their words with raised signs, symbols and formulas, and the bullets they inherit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from footnoted.index.loaders.archive import Archive
from footnoted.index.loaders.builder import TextBuilder
from footnoted.index.loaders.office.drawings import A
from footnoted.index.loaders.office.formulas import formula_text
from footnoted.index.loaders.office.lists import ListBuilder
from footnoted.index.loaders.office.scripts import Piece, in_font, joined
from footnoted.index.loaders.office.word_numbering import Mark, written
from footnoted.index.loaders.text import tidy

P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
TITLES = frozenset({"title", "ctrTitle"})
_BULLETS = ("buNone", "buChar", "buAutoNum", "buBlip")
_NUMBERS = {
    "arabic": "decimal", "alphaLc": "lowerLetter", "alphaUc": "upperLetter", "romanLc": "lowerRoman",
    "romanUc": "upperRoman", "circleNum": "decimalEnclosedCircle", "ea1ChsPeriod": "chineseCounting",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """A paragraph of a shape: its words, its mark if it is an item of a list, and its level from 0."""

    text: str
    mark: Mark
    level: int


def paragraph_text(paragraph: Any) -> str:
    """The words of one paragraph."""
    return tidy(joined(_pieces(paragraph))).strip()


def _pieces(element: Any) -> Iterator[Piece]:
    for child in element.iterchildren():
        name = child.tag.rpartition("}")[2] if isinstance(child.tag, str) else ""
        if name in ("r", "fld"):
            yield _run(child)
        elif name in ("br", "tab"):
            yield Piece(" ")
        elif name in ("oMath", "oMathPara"):
            yield Piece(formula_text(child))
        elif name not in ("pPr", "rPr", "endParaRPr", "Fallback"):
            yield from _pieces(child)


def _run(run: Any) -> Piece:
    text = "".join(part.text or "" for part in run.iterchildren(f"{A}t"))
    properties = run.find(f"{A}rPr")
    if properties is None:
        return Piece(in_font(text, ""))
    baseline = (properties.get("baseline") or "0").rstrip("%")
    align = "" if baseline.strip("-0.") == "" else "subscript" if baseline.startswith("-") else "superscript"
    fonts = [font.get("typeface") or "" for font in properties.iterchildren(f"{A}sym", f"{A}latin")]
    return Piece(in_font(text, fonts[0] if fonts else ""), align)


def placeholder(shape: Any) -> str:
    """The kind of placeholder a shape is, or ""; a placeholder without a kind is a body."""
    for found in shape.iter(f"{P}ph"):
        return found.get("type") or "obj"
    return ""


@dataclass
class Bullets:
    """What a slide inherits from its layout and its master: the styles of each level of each placeholder."""

    layout: Sequence[Any] = ()
    master: Sequence[Any] = ()
    styles: Any = None
    _found: dict[tuple[str, str], list[Any]] = field(default_factory=dict)

    def inherited(self, shape: Any) -> list[Any]:
        """The list styles of a shape, its own first."""
        own = list(shape.iter(f"{A}lstStyle"))[:1]
        for found in shape.iter(f"{P}ph"):
            key = (found.get("type") or "obj", found.get("idx") or "0")
            if key not in self._found:
                self._found[key] = list(self._above(*key))
            return own + self._found[key]
        return own

    def _above(self, kind: str, number: str) -> Iterator[Any]:
        for shape in self.layout:
            for found in shape.iter(f"{P}ph"):
                same = kind in TITLES and (found.get("type") or "obj") in TITLES
                if same or (kind not in TITLES and (found.get("idx") or "0") == number):
                    yield from shape.iter(f"{A}lstStyle")
        wanted = "title" if kind in TITLES else "body"
        for shape in self.master:
            if placeholder(shape) == wanted:
                yield from shape.iter(f"{A}lstStyle")
        if self.styles is not None:
            yield from self.styles.iterchildren(f"{P}{wanted}Style")


def bullets_of(archive: Archive, part: str) -> Bullets:
    """What the slide in ``part`` inherits."""
    for layout in archive.related(part, "slideLayout"):
        shapes = list(archive.xml(layout).iter(f"{P}sp"))
        for master in archive.related(layout, "slideMaster"):
            root = archive.xml(master)
            return Bullets(shapes, list(root.iter(f"{P}sp")), root.find(f"{P}txStyles"))
        return Bullets(shapes)
    return Bullets()


def lines_of(shape: Any, inherited: Sequence[Any] = ()) -> Iterator[Line]:
    """The paragraphs that are not blank, with the bullet or number that each has of its own or inherits."""
    counts: dict[int, tuple[str, int]] = {}
    for paragraph in shape.iter(f"{A}p"):
        text = paragraph_text(paragraph)
        if not text:
            continue
        properties = paragraph.find(f"{A}pPr")
        depth = (properties.get("lvl") or "0") if properties is not None else "0"
        level = min(int(depth), 8) if depth.isdigit() else 0
        bullet = _bullet(properties, level, inherited)
        for deeper in [other for other in counts if other > level]:
            del counts[deeper]
        yield Line(text, _mark(bullet, level, counts), level)


def _bullet(properties: Any, level: int, inherited: Sequence[Any]) -> Any:
    """The nearest element that says which bullet a paragraph has."""
    levels = [style.find(f"{A}lvl{level + 1}pPr") for style in inherited]
    for holder in (properties, *levels):
        if holder is not None:
            for name in _BULLETS:
                found = holder.find(f"{A}{name}")
                if found is not None:
                    return found
    return None


def _mark(bullet: Any, level: int, counts: dict[int, tuple[str, int]]) -> Mark:
    name = bullet.tag.rpartition("}")[2] if bullet is not None else "buNone"
    if name != "buAutoNum":
        counts.pop(level, None)
        return Mark("" if name == "buNone" else "-", False)
    kind, start = bullet.get("type") or "arabicPeriod", bullet.get("startAt") or "1"
    before = counts.get(level, ("", 0))
    number = before[1] + 1 if before[0] == kind else int(start[:5]) if start.isdigit() else 1
    counts[level] = (kind, number)
    base = next((name for name in _NUMBERS if kind.startswith(name)), "arabic")
    shown = written(number, _NUMBERS[base])
    if kind.endswith("ParenBoth"):
        return Mark(f"({shown})", True)
    return Mark(shown + (")" if kind.endswith("ParenR") else "." if kind.endswith("Period") else ""), True)


def add_shape(builder: TextBuilder, lines: Iterator[Line], *, tight: bool = False) -> None:
    """Add the paragraphs of a shape, one under the other; those with marks are lists."""
    lists = ListBuilder(builder)
    for line in lines:
        if line.mark.text:
            lists.item(line.text, line.mark.text, ("", line.level), ordered=line.mark.counted, tight=tight)
        else:
            lists.close()
            (builder.line if tight else builder.paragraph)(line.text)
        tight = True
    lists.close()
