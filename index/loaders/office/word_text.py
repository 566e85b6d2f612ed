"""The characters of a paragraph in Word as they are shown: fields, marks of notes, symbols, formulas, check boxes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from footnoted.index.loaders.office.formulas import formula_text
from footnoted.index.loaders.office.scripts import Piece, in_font, joined, symbol
from footnoted.index.loaders.office.word_numbering import written
from footnoted.index.loaders.office.word_styles import Styles, W, flag, font_of, value, whole
from footnoted.index.loaders.text import clean, tidy

_INLINE = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-", "ptab": "\t"}
NOT_SHOWN = frozenset(
    """
    del moveFrom instrText delText delInstrText rPr pPr tblPr trPr tcPr tblGrid sectPr fldData Fallback rt drawing pict
    object txbxContent footnoteRef endnoteRef annotationRef sdtPr sdtEndPr
    """.split()  # noqa: SIM905
)
_SHOWN = frozenset({"t", *_INLINE, "sym", "oMath", "oMathPara", "footnoteReference", "endnoteReference"})
CHECKED, UNCHECKED = "☑", "☐"


def name_of(element: Any) -> str:
    """The local name of an element; empty for a comment."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


@dataclass(slots=True)
class Notes:
    """The marks of footnotes or endnotes, counted in the order of the references to them."""

    kind: str = "decimal"
    start: int = 1
    marks: dict[str, str] = field(default_factory=dict)
    counted: int = 0

    def mark(self, identifier: str) -> str:
        """The mark of a note at a reference to it."""
        if identifier not in self.marks:
            self.marks[identifier] = written(self.start + self.counted, self.kind)
            self.counted += 1
        return self.marks[identifier]


@dataclass(slots=True)
class _Field:
    """A field (a page number, a reference): its instruction, and whether what follows is its result."""

    instruction: str = ""
    result: bool = False


@dataclass(frozen=True, slots=True)
class _Look:
    """How a run is shown."""

    align: str = ""
    font: str = ""


class TextReader:
    """Reads paragraphs one after another: fields go on from one to the next, and notes are counted."""

    def __init__(self, styles: Styles, footnotes: Notes, endnotes: Notes) -> None:
        self.styles, self.notes = styles, {"footnote": footnotes, "endnote": endnotes}
        self.fields: list[_Field] = []

    @property
    def in_contents(self) -> bool:
        """Whether a table of contents, which is a field, has begun and not ended."""
        return any(one.instruction.split()[:1] in (["TOC"], ["TOA"], ["INDEX"]) for one in self.fields)

    def pieces(self, paragraph: Any) -> list[Piece]:
        """The shown stretches of a paragraph, without those of text boxes inside it."""
        found = list(self._inside(paragraph, _Look()))
        for one in self.fields:
            one.result = True  # an instruction ends with its paragraph: a damaged one must not hide the rest
        return found

    def _inside(self, element: Any, look: _Look) -> Iterator[Piece]:
        for child in element.iterchildren():
            name = name_of(child)
            if name == "r":
                yield from self._run(child, look)
            elif name in NOT_SHOWN:
                if name == "instrText" and self.fields:
                    self.fields[-1].instruction += child.text or ""
            elif name == "fldChar":
                yield from self._field(child)
            elif name == "sdt":
                yield from self._control(child, look)
            elif name not in _SHOWN:
                yield from self._inside(child, look)
            elif all(one.result for one in self.fields):
                yield from self._shown(child, name, look)

    def _shown(self, element: Any, name: str, look: _Look) -> Iterator[Piece]:
        if name == "t":
            yield Piece(in_font(element.text or "", look.font), look.align)
        elif name in _INLINE:
            yield Piece(_INLINE[name])
        elif name == "sym":
            yield Piece(_symbol(element), look.align)
        elif name in ("oMath", "oMathPara"):
            yield Piece(formula_text(element), "formula")
        else:
            yield from self._reference(element, name.removesuffix("Reference"))

    def _run(self, run: Any, look: _Look) -> Iterator[Piece]:
        properties = run.find(f"{W}rPr")
        if properties is None:
            yield from self._inside(run, look)
            return
        style = value(properties, "rStyle") or ""
        hidden = flag(properties, "vanish")
        if hidden is None and style:
            hidden = self.styles.find(style, lambda one: one.hidden)
        if hidden:
            return
        align = value(properties, "vertAlign") or (style and self.styles.find(style, lambda one: one.align)) or ""
        font = font_of(properties) or (style and self.styles.find(style, lambda one: one.font)) or ""
        yield from self._inside(run, _Look(align, font))

    def _reference(self, reference: Any, kind: str) -> Iterator[Piece]:
        """The mark of a note, apart from the word before it; a mark of the writer's own follows as text."""
        identifier = reference.get(f"{W}id") or ""
        if (reference.get(f"{W}customMarkFollows") or "0") not in ("0", "false"):
            parts = [other.text or "" for other in reference.itersiblings(f"{W}t")]
            parts += [_symbol(other) for other in reference.itersiblings(f"{W}sym")]
            self.notes[kind].marks[identifier] = "".join(parts).strip() or "*"
            return
        yield Piece(f"[{self.notes[kind].mark(identifier)}]", "note")

    def _control(self, control: Any, look: _Look) -> Iterator[Piece]:
        """A content control: a check box as its sign, what was filled in, and not the words that ask for it."""
        box = control.find(f"{W}sdtPr/{{*}}checkbox")
        if box is not None:
            checked = box.find("{*}checked")
            on = checked is not None and not {"0", "false"} & {str(text) for text in checked.values()}
            yield Piece(CHECKED if on else UNCHECKED)
        elif not flag(control.find(f"{W}sdtPr"), "showingPlcHdr"):
            yield from self._inside(control, look)

    def _field(self, mark: Any) -> Iterator[Piece]:
        kind = mark.get(f"{W}fldCharType")
        if kind == "begin":
            shown = _form_field(mark)
            if shown and all(one.result for one in self.fields):
                yield Piece(shown)
            self.fields.append(_Field())
        elif kind == "separate" and self.fields:
            self.fields[-1].result = True
        elif kind == "end" and self.fields:
            self.fields.pop()


def _form_field(mark: Any) -> str:
    """A check box or a choice of an old form, whose state stands in the field itself."""
    for box in mark.iter(f"{W}checkBox"):
        on = flag(box, "checked")
        on = flag(box, "default") if on is None else on
        return CHECKED if on else UNCHECKED
    for choice in mark.iter(f"{W}ddList"):
        entries = [entry.get(f"{W}val") or "" for entry in choice.iterchildren(f"{W}listEntry")]
        number = whole(value(choice, "result") or value(choice, "default")) or 0
        return entries[number] if number < len(entries) else ""
    return ""


def _symbol(element: Any) -> str:
    try:
        code = int(element.get(f"{W}char") or "", 16)
    except ValueError:
        return ""
    return symbol(code, element.get(f"{W}font") or "")


def text_of(pieces: list[Piece]) -> str:
    """Pieces as the text of a paragraph."""
    return tidy(_with_notes(pieces)).strip()


def code_of(pieces: list[Piece]) -> str:
    """Pieces as lines of code: spaces are kept."""
    return clean("".join(piece.text for piece in pieces)).rstrip()


def _with_notes(pieces: list[Piece]) -> str:
    """The text; a mark of a note stands apart from the word or number before it."""
    shown, start = "", 0
    for number, piece in enumerate(pieces):
        if piece.align == "note":
            shown += joined(pieces[start:number])
            shown += f" {piece.text}" if shown[-1:].isalnum() else piece.text
            start = number + 1
    return shown + joined(pieces[start:])


def drawings(element: Any) -> Iterator[Any]:
    """Drawings, pictures and embedded objects of a paragraph; of two versions of one (``Choice``, ``Fallback``) one."""
    for child in element.iterchildren():
        name = name_of(child)
        if name == "AlternateContent":
            branches = [list(drawings(branch)) for branch in child.iterchildren()]
            yield from next((found for found in branches if found), [])
        elif name in ("drawing", "pict", "object"):
            yield child
        elif name not in ("del", "moveFrom"):
            yield from drawings(child)


def text_boxes(drawing: Any) -> Iterator[Any]:
    """The text boxes inside a drawing, outermost only; of a box that is written twice the first one."""
    for child in drawing.iterchildren():
        name = name_of(child)
        if name == "AlternateContent":
            branches = [list(text_boxes(branch)) for branch in child.iterchildren()]
            yield from next((boxes for boxes in branches if boxes), [])
        elif name == "txbxContent":
            yield child
        elif name not in ("del", "moveFrom"):
            yield from text_boxes(child)
