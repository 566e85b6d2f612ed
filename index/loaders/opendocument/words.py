"""The characters of a paragraph in OpenDocument: raised signs, notes, spaces, and what lies in frames on its line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from footnoted.index.loaders.office.formulas import grouped
from footnoted.index.loaders.office.scripts import Piece, in_font
from footnoted.index.loaders.opendocument.package import OFFICE, TEXT, OpenDocument, Styles
from footnoted.index.loaders.scripts import lowered, raised

_NOT_SHOWN = frozenset({f"{TEXT}ruby-text", f"{OFFICE}annotation", f"{TEXT}tracked-changes", f"{TEXT}script"})
_SPACE = " "
_DEEPEST = 60
XLINK = "{http://www.w3.org/1999/xlink}"


@dataclass
class WordReader:
    """Reads paragraphs, and collects the notes that they refer to."""

    styles: Styles
    document: OpenDocument | None = None
    notes: list[tuple[str, Any]] = field(default_factory=list)

    def pieces(self, paragraph: Any) -> list[Piece]:
        """The shown stretches of a paragraph, without those of frames inside it."""
        style = paragraph.get(f"{TEXT}style-name") or ""
        return list(self._inside(paragraph, self.styles.align(style), self.styles.font(style)))

    def _inside(self, element: Any, align: str, font: str) -> Iterator[Piece]:
        yield Piece(in_font(_collapsed(element.text), font), align)
        for child in element.iterchildren():
            if isinstance(child.tag, str):
                yield from self._child(child, align, font)
            yield Piece(in_font(_collapsed(child.tail), font), align)

    def _child(self, child: Any, align: str, font: str) -> Iterator[Piece]:
        name = child.tag.rpartition("}")[2]
        if is_drawing(child):
            yield Piece(formula_in(child, self.document), "formula")
            return
        if child.tag in _NOT_SHOWN:
            return
        if name == "s":
            yield Piece(_SPACE)
        elif name in ("tab", "line-break"):
            yield Piece("\t" if name == "tab" else "\n")
        elif name == "note":
            citation = child.find(f"{TEXT}note-citation")
            mark = "".join(citation.itertext()).strip() if citation is not None else ""
            self.notes.append((mark, child.find(f"{TEXT}note-body")))
            yield Piece(f"[{mark}]" if mark[:1].isalnum() else mark, "note")
        elif name == "span":
            style = child.get(f"{TEXT}style-name") or ""
            if not any(one.hidden for one in self.styles.chain(style)):
                yield from self._inside(child, self.styles.align(style) or align, self.styles.font(style) or font)
        else:
            yield from self._inside(child, align, font)


def is_drawing(element: Any) -> bool:
    """Whether an element is drawn (a frame, a shape) and no part of the line that it stands on."""
    return (
        isinstance(element.tag, str)
        and ("xmlns:drawing:" in element.tag or "xmlns:dr3d:" in element.tag)
        and (not element.tag.endswith("}a"))
    )


def formula_in(drawing: Any, document: OpenDocument | None) -> str:
    """The formula that a frame holds, on one line; empty for any other frame."""
    if document is None or not drawing.tag.endswith("}frame"):
        return ""
    for element in drawing.iterchildren("{*}object"):
        inside = next((child for child in element.iterchildren("{*}math")), None)
        root = inside if inside is not None else document.part(element.get(f"{XLINK}href") or "")
        if root is not None and root.tag.endswith("}math"):
            return " ".join(_linear(root, 0).split())
    return ""


def _linear(element: Any, depth: int) -> str:
    """MathML on one line, so that a fraction stays a fraction."""
    name = element.tag.rpartition("}")[2]
    if name.startswith("annotation"):
        return ""
    children = [child for child in element.iterchildren() if isinstance(child.tag, str)]
    if depth > _DEEPEST or not children:
        return " ".join("".join(element.itertext()).split())
    parts = [_linear(child, depth + 1) for child in children]
    if name == "mfrac" and len(parts) == 2:
        return f"{grouped(parts[0])}/{grouped(parts[1])}"
    if name in ("msup", "mover") and len(parts) == 2:
        return f"{grouped(parts[0])}{raised(parts[1])}"
    if name in ("msub", "munder") and len(parts) == 2:
        return f"{grouped(parts[0])}{lowered(parts[1])}"
    if name in ("msubsup", "munderover") and len(parts) == 3:
        return f"{grouped(parts[0])}{lowered(parts[1])}{raised(parts[2])}"
    if name == "msqrt":
        inside = "".join(parts)
        return f"√{inside if len(inside) == 1 or inside.isdigit() else f'({inside})'}"
    if name == "mroot" and len(parts) == 2:
        return f"{raised(parts[1])}√({parts[0]})"
    if name == "mtable":
        return "; ".join(parts)
    return (", " if name == "mtr" else "").join(parts)


def drawings(element: Any) -> Iterator[Any]:
    """The drawings that a paragraph carries."""
    for child in element.iterchildren():
        if is_drawing(child):
            yield child
        elif isinstance(child.tag, str) and child.tag not in _NOT_SHOWN and not child.tag.endswith("}note"):
            yield from drawings(child)


def _collapsed(text: str | None) -> str:
    """White space in the file is one space."""
    if not text:
        return ""
    inner = " ".join(text.split())
    return f"{' ' if text[0].isspace() else ''}{inner}{' ' if inner and text[-1].isspace() else ''}"
