"""Formulas of Word and PowerPoint (OMML) on one line, so that a fraction stays a fraction: ``c = λ/T``, ``√(2h/g)``."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Any

from footnoted.index.loaders.scripts import lowered, raised

_M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_DEEPEST = 40
_ROOTS = {"": "√", "2": "√", "3": "∛", "4": "∜"}
_NOT_SHOWN = frozenset({"del", "moveFrom", "rPr", "ctrlPr", "argPr", "phantPr"})


def formula_text(element: Any) -> str:
    """An ``m:oMath`` (or a paragraph of them) on one line."""
    return " ".join(_linear(element, 0).split())


def _linear(element: Any, depth: int) -> str:
    """What is inside an element."""
    if depth > _DEEPEST:
        return "".join(element.itertext())
    return "".join(_shown(child, depth) for child in element.iterchildren() if isinstance(child.tag, str))


def _shown(element: Any, depth: int) -> str:
    name = element.tag.rpartition("}")[2]
    if name in _NOT_SHOWN:
        return ""
    if name == "t":
        return element.text or ""
    if element.tag == f"{_M}oMath" and depth == 0 and element.getnext() is not None:
        return _linear(element, depth + 1) + " "
    layout = _LAYOUTS.get(name) if element.tag.startswith(_M) else None
    return layout(element, depth + 1) if layout else "" if name.endswith("Pr") else _linear(element, depth + 1)


def _part(element: Any, name: str, depth: int) -> str:
    child = element.find(f"{_M}{name}")
    return _linear(child, depth).strip() if child is not None else ""


def _property(element: Any, name: str, otherwise: str) -> str:
    """A property such as the sign of a sum; one that is there without a value says that there is no sign."""
    for holder in element.iterchildren():
        if isinstance(holder.tag, str) and holder.tag.endswith("Pr"):
            found = holder.find(f"{_M}{name}")
            if found is not None:
                return found.get(f"{_M}val") or ""
    return otherwise


def grouped(text: str, operators: str = "") -> str:
    """A part of a formula in brackets, unless it cannot be read wrongly: one word or number, or a bracket.

    ``operators`` may be in it as well.
    """
    if re.fullmatch(rf"[\w.,∞′%{re.escape(operators)}\u0300-\u036f]*", text) or _in_brackets(text):
        return text
    if text[:1] in _ROOTS.values() and _in_brackets(text[1:]):
        return text
    return f"({text})"


def _in_brackets(text: str) -> bool:
    """Whether the first bracket is closed by the last one, as in "(a+b)" and not in "(a)+(b)"."""
    if text[:1] not in ("(", "[") or text[-1:] not in (")", "]"):
        return False
    depth = 0
    for place, letter in enumerate(text):
        depth += (letter in "([") - (letter in ")]")
        if depth == 0:
            return place == len(text) - 1
    return False


def _fraction(element: Any, depth: int) -> str:
    above, below = _part(element, "num", depth), _part(element, "den", depth)
    if _property(element, "type", "bar") == "noBar":
        return f"{above} over {below}"
    # "2h/g" can be read in one way only, "1/2h" cannot: the part below has to be one number or one letter.
    single = re.fullmatch(r"[\d.,]+|\w[₀-₉⁰¹²³⁴-⁹′]*|[^\W\d]{3,}", below)
    return f"{grouped(above)}/{below if single or _in_brackets(below) else f'({below})'}"


def _base(element: Any, depth: int) -> str:
    text = _part(element, "e", depth)
    return grouped(text)


def _root(element: Any, depth: int) -> str:
    degree, inside = _part(element, "deg", depth), _part(element, "e", depth)
    sign = _ROOTS.get(degree) or f"{raised(degree)}√"
    return f"{sign}{inside if len(inside) == 1 or inside.isdigit() or _in_brackets(inside) else f'({inside})'}"


def _sum(element: Any, depth: int) -> str:
    sign = _property(element, "chr", "∫")
    below, above = _part(element, "sub", depth), _part(element, "sup", depth)
    limits = (lowered(below) if below else "") + (raised(above) if above else "")
    return f"{sign}{limits} {_part(element, 'e', depth)}"


def _brackets(element: Any, depth: int) -> str:
    between = _property(element, "sepChr", "|")
    inside = between.join(_linear(part, depth).strip() for part in element.iterchildren(f"{_M}e"))
    return f"{_property(element, 'begChr', '(')}{inside}{_property(element, 'endChr', ')')}"


def _function(element: Any, depth: int) -> str:
    name, inside = _part(element, "fName", depth), _part(element, "e", depth)
    return f"{name}{inside}" if _in_brackets(inside) else f"{name}({inside})" if inside else name


def _matrix(element: Any, depth: int) -> str:
    rows = (
        ", ".join(_linear(part, depth).strip() for part in row.iterchildren(f"{_M}e"))
        for row in element.iterchildren(f"{_M}mr")
    )
    return f"[{'; '.join(rows)}]"


def _accent(element: Any, depth: int) -> str:
    mark, inside = _property(element, "chr", "\u0302"), _part(element, "e", depth)
    if len(inside) == 1 and len(mark) == 1 and unicodedata.combining(mark):
        return unicodedata.normalize("NFC", inside + mark)
    return inside


def _bar(element: Any, depth: int) -> str:
    inside = _part(element, "e", depth)
    return f"{inside}\u0304" if len(inside) == 1 else inside


_LAYOUTS: dict[str, Callable[[Any, int], str]] = {
    "f": _fraction,
    "sSup": lambda element, depth: f"{_base(element, depth)}{raised(_part(element, 'sup', depth))}",
    "sSub": lambda element, depth: f"{_base(element, depth)}{lowered(_part(element, 'sub', depth))}",
    "sSubSup": lambda element, depth: (
        f"{_base(element, depth)}{lowered(_part(element, 'sub', depth))}{raised(_part(element, 'sup', depth))}"
    ),
    "sPre": lambda element, depth: (
        f"{raised(_part(element, 'sup', depth))}{lowered(_part(element, 'sub', depth))}{_base(element, depth)}"
    ),
    "rad": _root,
    "nary": _sum,
    "d": _brackets,
    "func": _function,
    "limLow": lambda element, depth: f"{_part(element, 'e', depth)}{lowered(_part(element, 'lim', depth))}",
    "limUpp": lambda element, depth: f"{_part(element, 'e', depth)}{raised(_part(element, 'lim', depth))}",
    "m": _matrix,
    "acc": _accent,
    "bar": _bar,
    "eqArr": lambda element, depth: "; ".join(_linear(part, depth).strip() for part in element.iterchildren(f"{_M}e")),
}
