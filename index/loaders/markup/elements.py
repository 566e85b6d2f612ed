"""What an element of HTML is: its kind, its names and roles, and all text inside it as it stands."""

from __future__ import annotations

from collections.abc import Container
from typing import Any

HEADINGS = {f"h{level}": level for level in range(1, 7)}
BLOCKS = frozenset(
    """
    address article aside blockquote body caption center dd details dir div dl dt fieldset figcaption figure footer form
    header hgroup hr html legend li main menu nav ol p section summary table tbody td tfoot th thead tr ul
    """.split()  # noqa: SIM905
)
NEVER = frozenset(
    """
    annotation annotation-xml audio button canvas datalist del embed head iframe link map meta noscript object option
    rp s script select source strike style svg template textarea title track video
    """.split()  # noqa: SIM905
)
"""Elements that are not read: no text, text for a program, or words that are struck out."""

LISTS = frozenset({"ol", "ul", "menu", "dir"})
VERBATIM = frozenset({"pre", "listing", "xmp"})
_BORDER = "\x1f"
Element = Any  # lxml's elements have no public type


def tag_of(element: Element) -> str:
    """The local name in lower case; empty for comments and processing instructions."""
    return element.tag.rpartition("}")[2].lower() if isinstance(element.tag, str) else ""


def classes_of(element: Element) -> list[str]:
    """The names of its classes in lower case."""
    return (element.get("class") or "").lower().split()


def roles_of(element: Element) -> frozenset[str]:
    """What it says to be: its ``role`` without "doc-", and its ``epub:type``."""
    if not element.attrib:
        return frozenset()
    kinds = element.get("epub:type") or element.get("{http://www.idpf.org/2007/ops}type") or ""
    return frozenset(name.removeprefix("doc-") for name in f"{element.get('role') or ''} {kinds}".lower().split())


def style_of(element: Element) -> str:
    """Its own style in lower case, without spaces."""
    return "".join((element.get("style") or "").split()).lower()


def whole_number(value: str | None, otherwise: int) -> int:
    """The number that an attribute holds, if it holds one of a sensible size."""
    value = (value or "").strip()
    return int(value) if value.isascii() and value.removeprefix("-").isdecimal() and len(value) < 10 else otherwise


def visible_text(element: Element, skip: Container[Element] = frozenset(), between: str = " ") -> str:
    """All text inside as it stands, on one stretch; ``between`` separates blocks inside."""
    if not len(element) and element not in skip and tag_of(element) not in NEVER:
        return element.text or ""
    pieces: list[str] = []
    stack: list[tuple[Element, bool]] = [(element, False)]
    while stack:
        current, leaving = stack.pop()
        tag = tag_of(current)
        if leaving:
            pieces.append(_BORDER if tag in BLOCKS else "")
            pieces.append(current.tail or "")
            continue
        if current is not element:
            stack.append((current, True))
        if not tag or tag in NEVER or current in skip:
            continue
        pieces.append(_BORDER if tag in BLOCKS and current is not element else "\n" if tag == "br" else "")
        pieces.append(current.text or "")
        stack.extend((child, False) for child in reversed(current))
    parts = "".join(pieces).split(_BORDER)
    return parts[0] if len(parts) == 1 else between.join(part.strip() for part in parts if part.strip())


def code_of(element: Element, skip: Container[Element] = frozenset()) -> str:
    """The text of a listing with its lines and spaces; elements that are blocks (one for each line) end a line."""
    pieces: list[str] = []
    stack: list[tuple[Element, bool]] = [(element, False)]
    while stack:
        current, leaving = stack.pop()
        tag = tag_of(current)
        if leaving:
            if tag in BLOCKS and not "".join(pieces[-1:]).endswith("\n"):
                pieces.append("\n")
            pieces.append(current.tail or "")
            continue
        if current is not element:
            stack.append((current, True))
        if not tag or tag in NEVER or current in skip:
            continue
        pieces.append("\n" if tag == "br" else "")
        pieces.append(current.text or "")
        stack.extend((child, False) for child in reversed(current))
    return "".join(pieces)


def language_of(listing: Element) -> str:
    """The programming language of a listing, as the usual class names tell it; or nothing."""
    parent = listing.getparent()
    for element in (*listing.iterchildren("code"), listing, *([parent] if parent is not None else [])):
        for name in classes_of(element):
            for prefix in ("language-", "lang-", "highlight-source-", "highlight-", "brush:"):
                if name.startswith(prefix) and len(name) > len(prefix):
                    return name.removeprefix(prefix)
        if "sourcecode" in (names := classes_of(element)) and len(names) > 1:
            return next(name for name in (*names, "") if name != "sourcecode")
    return ""


def own_rows(table: Element) -> list[Element]:
    """The rows of a table in the order in which they are shown, without those of tables in its cells."""
    heads: list[Element] = []
    bodies: list[Element] = []
    feet: list[Element] = []
    for part in table:
        kind = tag_of(part)
        if kind == "tr":
            bodies.append(part)
        elif kind in ("thead", "tbody", "tfoot"):
            rows = [row for row in part if tag_of(row) == "tr"]
            (heads if kind == "thead" else feet if kind == "tfoot" else bodies).extend(rows)
    return heads + bodies + feet


def own_cells(row: Element) -> list[Element]:
    """The cells of a row."""
    return [cell for cell in row if tag_of(cell) in ("td", "th")]
