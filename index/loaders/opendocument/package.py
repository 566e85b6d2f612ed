"""An OpenDocument file: its parts, its properties, and what its styles say."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from footnoted.index.errors import LoadError, PasswordNeeded
from footnoted.index.loaders.archive import Archive, parse_xml
from footnoted.index.loaders.office.word_numbering import Mark, written
from footnoted.index.loaders.registry import Source

OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
FO = "{urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0}"
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
DRAW = "{urn:oasis:names:tc:opendocument:xmlns:drawing:1.0}"
_FLAT = (".fodt", ".fods", ".fodp")
_KINDS = {"1": "decimal", "a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman", "I": "upperRoman"}
_DEEPEST = 20


@dataclass(frozen=True, slots=True)
class OpenDocument:
    """The parts of a file that are read. ``archive`` is missing for a file of one piece (.fodt)."""

    content: Any
    styles: Any
    meta: Any
    archive: Archive | None

    def part(self, name: str) -> Any | None:
        """An embedded object such as a chart, or ``None``."""
        path = f"{name.removeprefix('./')}/content.xml"
        return self.archive.xml(path) if self.archive is not None and path in self.archive else None

    def property(self, name: str) -> str:
        """A property of the document, such as its title; empty when it has none."""
        if self.meta is None:
            return ""
        return next((element.text or "" for element in self.meta.iter(f"{{*}}{name}")), "")

    def metadata(self) -> dict[str, str]:
        """When it was last changed: ``{"date": "2024-01-31"}``, or nothing."""
        for name in ("date", "creation-date"):
            if found := re.match(r"(?:19|20)\d\d-\d\d-\d\d", self.property(name)):
                return {"date": found[0]}
        return {}


def open_document(source: Source) -> OpenDocument:
    """The parts of a file; ``LoadError`` when it is damaged, ``PasswordNeeded`` when it is encrypted."""
    if source.suffix in _FLAT:
        root = parse_xml(source.data)
        if root is None or not str(root.tag).startswith(OFFICE):
            raise LoadError(f"{source.name} is damaged: it is not a complete {source.suffix} file.")
        return OpenDocument(root, root, root, None)
    archive = Archive(source)
    if "META-INF/manifest.xml" in archive and b"encryption-data" in archive.read("META-INF/manifest.xml"):
        raise PasswordNeeded(f"{source.name} is encrypted; save it without a password in LibreOffice and add that.")
    content = archive.xml("content.xml")
    parts = {name: archive.xml(name) if name in archive else None for name in ("styles.xml", "meta.xml")}
    return OpenDocument(content, parts["styles.xml"], parts["meta.xml"], archive)


@dataclass(frozen=True, slots=True)
class Style:
    """A style as far as it goes itself; empty or ``None`` where it says nothing and its base is to be asked."""

    name: str = ""
    base: str = ""
    align: str = ""
    font: str = ""
    hidden: bool = False
    list_style: str | None = None
    outline: int | None = None


@dataclass(frozen=True, slots=True)
class ListLevel:
    """How one level of a list counts; ``kind`` is empty for bullets and for levels without any mark."""

    kind: str = ""
    bullet: bool = False
    before: str = ""
    after: str = ""
    shown: int = 1
    start: int = 1


@dataclass
class Styles:
    """The styles of a document, and its lists. ``outline`` is the list that numbers headings."""

    by_name: dict[str, Style] = field(default_factory=dict)
    lists: dict[str, dict[int, ListLevel]] = field(default_factory=dict)
    outline: dict[int, ListLevel] = field(default_factory=dict)

    def chain(self, name: str) -> Iterator[Style]:
        """A style, the one that it is based on, and so on."""
        for _ in range(_DEEPEST):
            style = self.by_name.get(name)
            if style is None:
                return
            yield style
            name = style.base

    def align(self, name: str) -> str:
        """Whether text in a style is raised or lowered."""
        return next((style.align for style in self.chain(name) if style.align), "")

    def font(self, name: str) -> str:
        """The font of a style, if it names one."""
        return next((style.font for style in self.chain(name) if style.font), "")

    def names(self, name: str) -> str:
        """What a style and those below it are called, in lower case, each on a line."""
        return "\n".join(style.name for style in self.chain(name))


def styles_of(document: OpenDocument) -> Styles:
    """The styles that the document defines, with those made for single paragraphs."""
    found = Styles()
    for root in (document.styles, document.content):
        if root is None:
            continue
        for element in root.iter(f"{STYLE}style"):
            name = element.get(f"{STYLE}name") or ""
            found.by_name[name] = _style(element, name)
        for element in root.iter(f"{TEXT}list-style"):
            found.lists[element.get(f"{STYLE}name") or ""] = dict(_levels(element))
        for element in root.iter(f"{TEXT}outline-style"):
            found.outline = dict(_levels(element))
    return found


def _style(element: Any, name: str) -> Style:
    shown = element.get(f"{STYLE}display-name") or name.replace("_20_", " ")
    outline = element.get(f"{STYLE}default-outline-level") or ""
    style = Style(
        shown.lower(),
        element.get(f"{STYLE}parent-style-name") or "",
        list_style=element.get(f"{STYLE}list-style-name"),
        outline=int(outline) if outline.isdigit() and len(outline) < 3 else None,
    )
    for properties in element.iterchildren(f"{STYLE}text-properties"):
        position = (properties.get(f"{STYLE}text-position") or "").split(" ")[0]
        raised = position == "super" or re.fullmatch(r"[1-9][\d.]*%", position)
        lowered = position == "sub" or position.startswith("-")
        align = "superscript" if raised else "subscript" if lowered else ""
        font = properties.get(f"{STYLE}font-name") or properties.get(f"{FO}font-family") or ""
        style = replace(style, align=align, font=font.strip("'\""), hidden=properties.get(f"{TEXT}display") == "none")
    return style


def _levels(element: Any) -> Iterator[tuple[int, ListLevel]]:
    for level in element.iterchildren():
        number = level.get(f"{TEXT}level") or ""
        if not number.isdigit() or len(number) > 2:
            continue
        shown, start = level.get(f"{TEXT}display-levels") or "1", level.get(f"{TEXT}start-value") or "1"
        yield (
            int(number),
            ListLevel(
                _KINDS.get(level.get(f"{STYLE}num-format") or "", ""),
                str(level.tag).endswith("style-bullet"),
                level.get(f"{STYLE}num-prefix") or "",
                level.get(f"{STYLE}num-suffix") or "",
                int(shown) if shown.isdigit() and len(shown) < 3 else 1,
                int(start) if start.isdigit() and len(start) < 8 else 1,
            ),
        )


def next_mark(levels: Mapping[int, ListLevel], depth: int, counts: dict[int, int]) -> Mark:
    """Count one on at a depth (from 1) and say what is shown there; ``counts`` are those of all depths so far."""
    level = levels.get(depth, ListLevel(bullet=True))
    counts[depth] = counts.get(depth, level.start - 1) + 1
    for deeper in [other for other in counts if other > depth]:
        del counts[deeper]
    if not level.kind:
        return Mark("-" if level.bullet else "", False)
    first = max(1, depth - level.shown + 1)
    numbers = [
        written(counts.get(place, levels[place].start), levels[place].kind)
        for place in range(first, depth + 1)
        if place in levels and levels[place].kind
    ]
    return Mark(f"{level.before}{'.'.join(numbers)}{level.after}".strip(), True)
