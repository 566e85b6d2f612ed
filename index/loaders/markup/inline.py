"""Words inside a line: what is raised or lowered, readings of characters, boxes to tick, formulas, marks of notes."""

from __future__ import annotations

import re
from collections.abc import Callable

from footnoted.index.loaders.markup.elements import (
    BLOCKS,
    LISTS,
    NEVER,
    Element,
    classes_of,
    own_cells,
    own_rows,
    roles_of,
    style_of,
    tag_of,
    visible_text,
)
from footnoted.index.loaders.markup.formulas import formula_text, tex_text
from footnoted.index.loaders.markup.lists import Counters, box, marker
from footnoted.index.loaders.markup.notes import Page
from footnoted.index.loaders.scripts import ENDINGS, LETTER_ENDINGS, lowered, raised
from footnoted.index.loaders.text import one_line

_UP, _DOWN, _END, _BORDER = "\x1c", "\x1d", "\x1e", "\x1f"
_DEEPEST = 20
_SCRIPT = re.compile(f"(?P<kind>[{_UP}{_DOWN}])(?P<inner>[^{_UP}-{_END}]*){_END}")
_UNITS = frozenset("inch inches foot feet mile miles yard yards acre metre metres meter meters".split())  # noqa: SIM905
_NOTE_NUMBER = re.compile(r"\d{1,3}(?:\s*[,;\u2013-]\s*\d{1,3})*")
_WORD = re.compile(r"[^\W\d_]{4,}$")
_YEAR = re.compile(r"(?<![\d.,])(?:1[5-9]|20)\d\d$")
_IDEOGRAPH = re.compile("[\u3041-\u30ff\u3400-\u9fff\uac00-\ud7a3]$")


def whole(element: Element, tag: str, page: Page, depth: int = 0) -> str | None:
    """The text of an element that is read as a whole; ``None`` for one whose parts are read one by one."""
    if element in page.references:
        return f"{_UP}{page.references[element]}{_END}"
    read = _WHOLE.get(tag)
    return read(element, page, depth) if read and depth < _DEEPEST else None


def words(
    element: Element, page: Page, between: str = " ", depth: int = 0, without: frozenset[str] = frozenset()
) -> str:
    """What a reader sees inside, on one line; ``between`` separates blocks inside (items of a list in a cell)."""
    if not len(element):
        return one_line(element.text or "")
    pieces: list[str] = []
    counters: Counters = {}
    stack: list[tuple[Element, bool]] = [(element, False)]
    while stack:
        current, leaving = stack.pop()
        tag = tag_of(current)
        if leaving:
            pieces += (_BORDER if tag in BLOCKS else "", current.tail or "")
            continue
        if current is not element:
            stack.append((current, True))
            if not tag or tag in NEVER or tag in without or current in page.skip:
                continue
            text = whole(current, tag, page, depth)
            if text is None and tag == "table" and depth < _DEEPEST:
                text = f"{_BORDER}{_table(current, page, depth + 1)}{_BORDER}"
            if text is not None:
                pieces.append(text)
                continue
            pieces.append(_BORDER if tag in BLOCKS else "\n" if tag == "br" else "")
            if tag == "li" and (mark := marker(current, counters)) != "-":
                pieces.append(f"{mark} ")
        pieces.append(current.text or "")
        stack.extend((child, False) for child in reversed(current))
    parts = [one_line(resolved(part)) for part in "".join(pieces).split(_BORDER)]
    return between.join(part for part in parts if part)


def _table(table: Element, page: Page, depth: int) -> str:
    """A table inside a cell: its rows apart by ";", its cells by ",", with the names of its columns before them."""
    rows = [[words(cell, page, ", ", depth) for cell in own_cells(row)] for row in own_rows(table)]
    first = next(iter(own_rows(table)), None)
    if first is not None and len(rows) > 1 and all(tag_of(cell) == "th" for cell in own_cells(first)):
        names, *rows = rows
        rows = [
            [f"{name}: {cell}" if name else cell for name, cell in zip(names, row, strict=False) if cell]
            + row[len(names) :]
            for row in rows
        ]
    return "; ".join(filter(None, (", ".join(filter(None, row)) for row in rows)))


# Above and below the line ---------------------------------------------------------------------------------------------


def resolved(text: str) -> str:
    """Superscripts and subscripts written out, by what stands before and after them."""
    if _UP not in text and _DOWN not in text:
        return text
    found: list[str] = []
    at = 0
    for script in _SCRIPT.finditer(text):
        found.append(text[at : script.start()])
        before, after = "".join(found[-4:])[-24:], text[script.end() : script.end() + 4]
        write = _above if script["kind"] == _UP else _below
        found.append(write(before, script["inner"].strip(), after))
        at = script.end()
    found.append(text[at:])
    return re.sub(f"[{_UP}-{_END}]", "", "".join(found))


def _above(before: str, inner: str, after: str) -> str:
    """``10⁶`` and ``m²``; ``1st``; ``[3]`` for a number behind a word, a year or the end of a sentence."""
    apart = " " if before[-1:].isalnum() else ""  # behind a full stop it stays with its sentence
    if inner.startswith("[") or " " in inner and any(map(str.isalpha, inner)):
        return f"{apart}{inner}"
    word = _WORD.search(before)
    behind_word = bool(word and word[0].lower() not in _UNITS) or bool(_IDEOGRAPH.search(before))
    if len(inner) == 1 and inner in "abcdefgh" and (behind_word or re.search(r"\d[.,]?\d$", before)):
        return f"{apart}[{inner}]"
    if (
        inner.lower().rstrip(".") in ENDINGS | LETTER_ENDINGS
        and before[-1:].isalnum()
        and not re.search(r"(?<!\w)[a-z]$", before)
    ):
        return inner
    if not any(map(str.isalnum, inner)) and not inner.startswith(("+", "-", "−", "–")):
        return inner
    line = before.rpartition("\n")[2]
    if not line.strip() and _NOTE_NUMBER.fullmatch(inner):
        opens = after[:1].isspace() or bool(re.match(r"[A-Z][a-z]{2}", after))
        return f"[{inner}]{'' if after[:1].isspace() else ' '}" if opens else raised(inner)
    number = bool(_NOTE_NUMBER.fullmatch(inner))
    ended = before.endswith((".", ",", ";", ":", "!", "?", '"', "”", "’", "»", "。", "、"))
    if number and (behind_word or ended or _YEAR.search(before)):
        return f"{apart}[{inner}]"
    return raised(inner)


def _below(before: str, inner: str, after: str) -> str:
    """``H2O`` and ``CO2`` as everybody writes them; ``10₂`` and ``log₂`` where digits would run together."""
    joined = re.search(r"(?:[^\W\d_]|[)\]])$", before) and re.fullmatch(r"\w+(?:[.,]\w+)*", inner)
    apart = after[:1].isdigit() or after.startswith(_UP) or (inner.isdigit() and re.search(r"[a-z]{2}$", before))
    return inner if joined and not apart else lowered(inner)


def _superscript(element: Element, page: Page, depth: int) -> str:
    inner = words(element, page, depth=depth + 1)
    return f"{_UP}{inner}{_END}" if inner else ""


def _subscript(element: Element, page: Page, depth: int) -> str:
    inner = words(element, page, depth=depth + 1)
    return f"{_DOWN}{inner}{_END}" if inner else ""


# Others ---------------------------------------------------------------------------------------------------------------


def _ruby(element: Element, page: Page, depth: int) -> str:
    """Characters, and behind them in brackets how they are read."""
    readings = "".join(words(part, page, depth=depth + 1) for part in element.iter("rt", "{*}rt"))
    base = words(element, page, depth=depth + 1, without=frozenset({"rt", "rtc", "rp"}))
    base = base if any(map(str.isascii, base.replace(" ", ""))) else base.replace(" ", "")
    return f"{base}({readings})" if readings else base


def _quotation(element: Element, page: Page, depth: int) -> str:
    inner = words(element, page, depth=depth + 1)
    return f"“{inner}”" if inner and not inner.startswith(("“", '"', "«", "„")) else inner


def _input(element: Element, page: Page, depth: int) -> str:
    mark = box(element)
    return f"{mark} " if mark else ""


def _formula(element: Element, page: Page, depth: int) -> str:
    return formula_text(element)


def _time(element: Element, page: Page, depth: int) -> str | None:
    """A date that a script would write out: from its attribute."""
    empty = not visible_text(element).strip()
    return (element.get("datetime") or element.get("value") or "")[:10] if empty else None


def _image(element: Element, page: Page, depth: int) -> str:
    """A picture that stands for a sign (a smile) or a formula."""
    alt = one_line(element.get("alt") or "")
    if any("math" in name or "tex" in name.split("-") or name == "latex" for name in classes_of(element)):
        parent = element.getparent()
        shown = parent is not None and next(parent.iter("math", "{*}math"), None) is not None
        return "" if shown else tex_text(alt)
    return alt if alt and len(alt) < 8 and not any(sign.isalnum() or sign.isascii() for sign in alt) else ""


_WHOLE: dict[str, Callable[[Element, Page, int], str | None]] = {
    "sup": _superscript,
    "sub": _subscript,
    "ruby": _ruby,
    "q": _quotation,
    "input": _input,
    "math": _formula,
    "time": _time,
    "data": _time,
    "img": _image,
}

_SAYS_LITTLE = re.compile(
    r"(?:\w+ ){0,4}(?:logo|icon|image|photo|picture|avatar|banner|thumbnail|spacer|bild|foto|imagen|img)"
    r"[ _-]*\d*\.?",
    re.IGNORECASE,
)
_FILE_NAME = re.compile(r"\S+\.(?:jpe?g|png|gif|svg|webp|bmp|tiff?)", re.IGNORECASE)


def described(image: Element) -> str:
    """The words that stand for a picture, if they say something: no file name, no "logo", no single words."""
    alt = one_line(image.get("alt") or "")
    few = len(alt.split()) < 3 and not _IDEOGRAPH.search(alt[:1])
    if few or "://" in alt or _SAYS_LITTLE.fullmatch(alt) or _FILE_NAME.fullmatch(alt.replace(" ", "_")):
        return ""
    if roles_of(image) & {"presentation", "none"} or _is_small(image) or "math" in (image.get("class") or ""):
        return ""
    figure = next(image.iterancestors("figure"), None)
    caption = one_line(visible_text(figure)) if figure is not None else ""
    return "" if alt.casefold() in caption.casefold() else alt


def _is_small(image: Element) -> bool:
    """A sign on a button or a line between two parts."""
    sizes = [(image.get(name) or "").removesuffix("px") for name in ("width", "height")]
    return any(size.isdecimal() and int(size) <= 24 for size in sizes) or "display:none" in style_of(image)


def named_by_image(cell: Element) -> str:
    """What a cell says that only holds pictures: a tick, a flag."""
    return ", ".join(filter(None, (one_line(image.get("alt") or "") for image in cell.iter("img"))))


def is_list(tag: str) -> bool:
    """Whether it holds items or terms."""
    return tag in LISTS or tag == "dl"
