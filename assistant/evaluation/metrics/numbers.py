"""Numbers in answers, compared by value: separators, scales ("million", "in thousands"), percent, signs, rounding."""

from __future__ import annotations

import re

SCALES = {
    "hundred": 1e2, "thousand": 1e3, "thousands": 1e3, "million": 1e6, "millions": 1e6, "billion": 1e9,
    "billions": 1e9, "trillion": 1e12, "trillions": 1e12, "k": 1e3, "m": 1e6, "mn": 1e6, "bn": 1e9, "tsd": 1e3,
    "mio": 1e6, "mrd": 1e9,
}  # fmt: skip
_NAMES = """
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
    eighteen nineteen twenty
"""
_WORDS = {word: float(value) for value, word in enumerate(_NAMES.split())}
_CURRENCY = r"(?:[$€£¥₹]|US\$|USD|EUR|GBP)"
_DIGITS = r"\d{1,3}(?:[ ,'’.\u00a0\u202f]\d{3})+(?:[.,]\d+)?|\d+(?:[.,]\d+)?"
_NUMBER = re.compile(
    rf"(?P<open>\()?(?P<sign>(?<!\w)[-−–]\s?)?(?:{_CURRENCY}\s?(?P<after>[-−–])?)?(?P<digits>{_DIGITS})(?(open)(?P<close>\))?)"
    rf"\s?(?P<unit>%|percent\b|per cent\b|{'|'.join(sorted(SCALES, key=len, reverse=True))})?(?![\w])",
    re.IGNORECASE,
)
MOST_ROUNDED = 0.05  # of the value: "1 million" is not 1.4 million, however it was rounded


def value_of(digits: str) -> float:
    """The value of a number as it is written; a single group of three behind a separator is thousands."""
    plain = re.sub(r"[ '’\u00a0\u202f]", "", digits)
    commas, points = plain.count(","), plain.count(".")
    if commas and points:
        decimal = "," if plain.rfind(",") > plain.rfind(".") else "."
        plain = plain.replace("." if decimal == "," else ",", "").replace(",", ".")
    elif commas > 1 or points > 1:
        plain = plain.replace(",", "").replace(".", "")
    elif commas:
        whole, _, part = plain.partition(",")
        plain = whole + part if len(part) == 3 and whole != "0" else f"{whole}.{part}"
    return float(plain)


def found_in(text: str) -> list[tuple[float, str, float]]:
    """(value with its scale, "%" or "", the step of its last shown digit, 0 for a whole number) of each number."""
    found = []
    for match in _NUMBER.finditer(text):
        begin = match.start("digits")
        if begin and (text[begin - 1].isalnum() or text[begin - 1] in "_/"):  # a part of a name: "A12", "v1.2"
            continue
        digits, unit = match["digits"], (match["unit"] or "").casefold()
        value, scale = value_of(digits), SCALES.get(unit, 1.0)
        decimals = len(re.split(r"[.,]", digits)[-1]) if value != int(value) else 0
        step = 10.0**-decimals * scale if decimals or scale > 1 else 0.0
        if match["sign"] or match["after"] or match["close"]:
            value = -value
        found.append((value * scale, "%" if unit in ("%", "percent", "per cent") else "", step))
    return found + [(_WORDS[word], "", 0.0) for word in re.findall(r"[a-z]+", text.casefold()) if word in _WORDS]


def is_number(text: str) -> bool:
    """Whether a gold answer is one number with at most a currency and a scale, not a text with a number in it."""
    if re.fullmatch(r"\s*(?:1[0-9]|20)\d\d\s*", text):  # a year is a name of a year
        return False
    match = _NUMBER.fullmatch(text.strip())
    return match is not None or text.strip().casefold() in _WORDS


def says(text: str, gold: str, unit: str = "") -> bool:
    """Whether ``text`` has the number ``gold``.

    ``unit`` is the scale or percent of a gold that is written without. A table writes "23,363" under a heading "in
    thousands": the bare number counts, and so does the whole one; another scale does not.
    """
    wanted = found_in(gold)
    if not wanted:
        return False
    value, percent, step = wanted[0]
    percent = percent or ("%" if unit.casefold() in ("%", "percent") else "")
    values = {value, value * SCALES.get(unit.casefold(), 1.0)}
    return any(
        _same(said, one, max(step, shown)) for said, in_percent, shown in found_in(text)
        if percent or not in_percent for one in values
    )  # fmt: skip


def _same(one: float, other: float, step: float) -> bool:
    """Whether two numbers are the same, up to the rounding of the coarser one."""
    difference = abs(one - other)
    return difference <= 1e-9 or (difference <= 0.5 * step * (1 + 1e-9) and difference <= MOST_ROUNDED * abs(other))
