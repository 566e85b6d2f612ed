"""What the styles of a Word document say: headings and their level, lists, captions, quotes, code, contents."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from footnoted.index.loaders.archive import Archive

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
Role = Literal["paragraph", "caption", "quote", "code", "contents", "title"]

_HEADING = re.compile(r"heading (\d)$", re.IGNORECASE)
_ROLES: tuple[tuple[Role, re.Pattern[str]], ...] = (
    ("contents", re.compile(r"(?:toc|contents|index) (?:\d|heading)|table of (?:figures|authorities)|toa heading")),
    ("caption", re.compile(r"caption|(?:table|figure|image) (?:caption|title)")),
    ("quote", re.compile(r"(?:intense |block ?)?(?:quotes?|quotations?|block ?text)")),
    ("code", re.compile(r"(?:source )?code(?: ?block)?|html preformatted|preformatted(?: text)?|macro text|listing|"
                        r"verbatim|program(?: ?listing)?|source text")),
    ("title", re.compile(r"title")),
)  # fmt: skip
_NONE = 9  # the outline level of body text
_DEEPEST = 20
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Style:
    """One style, as far as it goes itself; ``None`` where it says nothing and its base is to be asked."""

    name: str = ""
    base: str = ""
    outline: int | None = None
    number: str | None = None
    depth: int | None = None
    align: str | None = None
    hidden: bool | None = None
    font: str | None = None
    first_row: bool = False


@dataclass
class Styles:
    """The styles of a document by their id."""

    by_id: dict[str, Style] = field(default_factory=dict)
    default: str = ""
    list_styles: dict[str, str] = field(default_factory=dict)

    def chain(self, identifier: str) -> Iterator[str]:
        """The ids of a style, the one that it is based on, and so on."""
        for _ in range(_DEEPEST):
            if identifier not in self.by_id:
                return
            yield identifier
            identifier = self.by_id[identifier].base

    def find(self, identifier: str, wanted: Callable[[Style], Found | None]) -> Found | None:
        """What a style says, or else the one that it is based on, and so on."""
        for one in self.chain(identifier):
            if (found := wanted(self.by_id[one])) is not None:
                return found
        return None

    def heading_level(self, identifier: str) -> int:
        """The level of a heading, from 1; 0 for other paragraphs."""
        if identifier not in self.by_id:  # a document without styles; the ids of Word's own begin with their names
            found = _HEADING.match(re.sub(r"(?i)heading(\d)", r"heading \1", identifier))
            return int(found[1]) if found else 0
        level = self.find(identifier, _own_level)
        if level is None and self.role(identifier) == "title" and self.by_id[identifier].name == "title":
            return 1
        return level or 0

    def role(self, identifier: str) -> Role:
        """What a paragraph in this style is, if it is no heading."""
        return self.find(identifier, _own_role) or "paragraph"

    def numbering(self, identifier: str) -> tuple[str, int | None]:
        """The list that a style puts its paragraphs in (or nothing), and on which level, if it says that."""
        number = self.find(identifier, lambda style: style.number) or ""
        return number, self.find(identifier, lambda style: style.depth)


def heading_of(name: str) -> int:
    """The level of the headings whose style has this name, in lower case; 0 if it is no style of headings."""
    found = _HEADING.match(name)
    return int(found[1]) if found else 0


def _own_level(style: Style) -> int | None:
    if found := heading_of(style.name):
        return found
    if style.outline is None or _own_role(style) == "contents":
        return None
    return 0 if style.outline >= _NONE else style.outline + 1


def _own_role(style: Style) -> Role | None:
    return role_of(style.name)


def role_of(name: str) -> Role | None:
    """What paragraphs are whose style has this name, in lower case; ``None`` if it says nothing."""
    return next((role for role, words in _ROLES if words.fullmatch(name)), None)


def styles_of(archive: Archive, main: str) -> Styles:
    """The styles that the document defines."""
    found = Styles()
    for part in archive.related(main, "styles"):
        for element in archive.xml(part).iter(f"{W}style"):
            identifier = element.get(f"{W}styleId") or ""
            number = element.find(f"{W}pPr/{W}numPr")
            if element.get(f"{W}type") == "numbering" and number is not None:
                found.list_styles[identifier] = value(number, "numId") or ""
            else:
                found.by_id[identifier] = _style(element, number)
            if element.get(f"{W}type") == "paragraph" and element.get(f"{W}default") in ("1", "true"):
                found.default = identifier
    return found


def _style(element: Any, number: Any) -> Style:
    outline = value(element.find(f"{W}pPr"), "outlineLvl")
    properties = element.find(f"{W}rPr")
    return Style(
        name=(value(element, "name") or "").lower(),
        base=value(element, "basedOn") or "",
        outline=int(outline) if outline and outline.isdigit() else None,
        number=value(number, "numId"),
        depth=whole(value(number, "ilvl")),
        align=value(properties, "vertAlign"),
        hidden=flag(properties, "vanish"),
        font=font_of(properties),
        first_row=any(part.get(f"{W}type") == "firstRow" for part in element.iterchildren(f"{W}tblStylePr")),
    )


def value(parent: Any, name: str) -> str | None:
    """The value of a child element; ``None`` if there is no such child."""
    child = parent.find(f"{W}{name}") if parent is not None else None
    return child.get(f"{W}val") if child is not None else None


def whole(text: str | None) -> int | None:
    """A small whole number, if a text is one."""
    return int(text[:4]) if text and text.isascii() and text.isdigit() else None


def flag(parent: Any, name: str) -> bool | None:
    """A property that is on when its element is there without a value; ``None`` if it is not there."""
    child = parent.find(f"{W}{name}") if parent is not None else None
    return None if child is None else (child.get(f"{W}val") or "1") not in ("0", "false", "off")


def font_of(properties: Any) -> str | None:
    """The font of a run, if its properties name one."""
    fonts = properties.find(f"{W}rFonts") if properties is not None else None
    return fonts.get(f"{W}ascii") or fonts.get(f"{W}hAnsi") if fonts is not None else None
