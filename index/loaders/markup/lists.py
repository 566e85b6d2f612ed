"""The marks of items: numbers and letters as the list counts, dashes, boxes to tick."""

from __future__ import annotations

from footnoted.index.loaders.markup.elements import Element, classes_of, roles_of, style_of, tag_of, whole_number

Counters = dict[Element, int]
_ROMAN = tuple(zip((1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1),
                   "m cm d cd c xc l xl x ix v iv i".split(), strict=True))  # fmt: skip # noqa: SIM905
_STYLES = {
    "lower-alpha": "a", "lower-latin": "a", "upper-alpha": "A", "upper-latin": "A", "lower-roman": "i",
    "upper-roman": "I", "decimal-leading-zero": "01", "decimal": "1",
}  # fmt: skip
_MENUS = ("toggle", "dropdown", "menu", "switch-input")


def marker(item: Element, counters: Counters) -> str:
    """The mark before an item of a list: its number when the list counts, else a dash."""
    holder = item.getparent()
    if holder is None or tag_of(holder) != "ol":
        return "-"
    backwards = holder.get("reversed") is not None
    if holder not in counters:
        items = sum(tag_of(child) == "li" for child in holder) if backwards else 1
        counters[holder] = whole_number(holder.get("start"), items)
    number = whole_number(item.get("value"), counters[holder])
    counters[holder] = number + (-1 if backwards else 1)
    return f"{_written(number, _style(item) or _style(holder) or '1')}."


def _style(element: Element) -> str:
    """How a list counts: "1", "a", "A", "i" or "I"; empty if it does not say."""
    for declaration in style_of(element).split(";"):
        name, _, value = declaration.partition(":")
        if name in ("list-style-type", "list-style"):
            for word, kind in _STYLES.items():
                if value.startswith(word):
                    return kind
    kind = (element.get("type") or "").strip()
    return kind if kind in ("1", "a", "A", "i", "I") else ""


def _written(number: int, kind: str) -> str:
    if kind == "01":
        return f"{number:02d}"
    if kind in "aA" and number > 0:
        return _letters(number) if kind == "a" else _letters(number).upper()
    if kind in "iI" and 0 < number < 4000:
        return _roman(number) if kind == "i" else _roman(number).upper()
    return str(number)


def _letters(number: int) -> str:
    """1 is a, 26 is z, 27 is aa."""
    found = ""
    while number:
        number, place = divmod(number - 1, 26)
        found = chr(ord("a") + place) + found
    return found


def _roman(number: int) -> str:
    found = ""
    for value, letters in _ROMAN:
        found += letters * (number // value)
        number %= value
    return found


def box(element: Element) -> str:
    """``[x]`` or ``[ ]`` for a box to tick; empty for what is none, and for switches of menus."""
    if (element.get("type") or "").strip().lower() not in ("checkbox", "radio"):
        return ""
    names = " ".join((*classes_of(element), (element.get("id") or "").lower()))
    if "button" in roles_of(element) or any(word in names for word in _MENUS) or "display:none" in style_of(element):
        return ""
    return "[x]" if element.get("checked") is not None else "[ ]"


def leading_box(item: Element) -> Element | None:
    """The box that an item of a list begins with, as in a list of tasks."""
    for element in item.iter():
        if element is not item and tag_of(element) == "input" and box(element):
            return element
        if element is not item and tag_of(element) not in ("p", "label", "span", "div"):
            return None
        if (element.text or "").strip():
            return None
    return None
