"""Numbers of a text with their units, however written: "three", "3", "2.5 million", "nineteen fifty", "5 km"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_UNITS = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
seventeen eighteen nineteen"""
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_ORDINALS = "zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth"
SMALL = {word: number for number, word in enumerate(_UNITS.split())}
SMALL |= {word: 10 * number for number, word in enumerate(_TENS.split(), start=2)}
ORDINALS = {word: number for number, word in enumerate(_ORDINALS.split()) if number > 2}
SCALES = {"hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12, "bn": 1e9, "mn": 1e6}
_SCALE = "hundred|thousand|million|billion|trillion|bn|mn"

# A unit's dimension and its size in the smallest one named here, so that 1.5 km is 1,500 m and not 1,500 miles.
_MEASURES = {
    "length": "millimetre millimeter mm:1 centimetre centimeter cm:10 metre meter m:1000 "
    "kilometre kilometer km:1000000 inch inches:25.4 foot feet ft:304.8 yard:914.4 mile mi:1609344",
    "mass": "milligram mg:1 gram g:1000 kilogram kilo kg:1000000 tonne:1000000000 "
    "pound lb lbs:453592.37 ounce oz:28349.5",
    "time": "second sec:1 minute min:60 hour hr h:3600 day:86400 week:604800 month:2629800 year yr:31557600 "
    "decade:315576000 century centuries:3155760000",
    "volume": "millilitre milliliter ml:1 litre liter l:1000 gallon:3785.41",
    "share": "percent % percentage:1",
    "dollar": "dollar $ usd:100 cent:1",
    "euro": "euro € eur:1",
    "sterling": "£ gbp:1",
    "celsius": "°c celsius:1",
    "fahrenheit": "°f fahrenheit:1",
}
UNITS: dict[str, tuple[str, float]] = {}
for _dimension, _listed in _MEASURES.items():
    for _group in re.findall(r"[^:]+:[\d.]+", _listed):
        _names, _, _size = _group.partition(":")
        for _name in _names.split():
            UNITS[_name] = (_dimension, float(_size))
            if _name.isalpha() and len(_name) > 3:
                UNITS[_name + "s"] = (_dimension, float(_size))

_WORD = "|".join(sorted([*SMALL, "hundred", "thousand", "million", "billion", "trillion"], key=len, reverse=True))
_DIGITS = r"(?<![\w.])\d+(?:,\d{3})+(?:\.\d+)?|(?<![\w.])\d+(?:\.\d+)?"
_ATTACHED = r"(?=(?:km|cm|mm|m|kg|mg|g|ml|l|mi|ft|lb|min|h|s|k|bn|mn|%)\b)"  # "5km"
_QUANTITY = re.compile(
    rf"(?P<currency>[$€£])?\s?(?P<digits>{_DIGITS})(?:(?:st|nd|rd|th)?\b|{_ATTACHED})(?:[\s-]?(?P<scale>{_SCALE})s?\b)?"
    rf"|\b(?P<words>(?:{_WORD})(?:(?:[\s-]|,\s|\sand\s)(?:{_WORD}))*)(?:-(?P<last>{'|'.join(_ORDINALS.split()[1:10])}))?\b",
    re.IGNORECASE,
)
_RANGE = re.compile(rf"\s*(?:to|and|or|[-–—])\s*(?:[$€£])?\d[\d,.]*\s({_SCALE})s?\b", re.IGNORECASE)
_UNIT = re.compile(r"[\s-]?(%|°[CF]|[A-Za-z]+)")


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number where it stands in a text (``text[start:end]``); ``unit`` is its dimension ("length"), or empty.

    ``value`` is as written, scale words included; ``size`` is it in the dimension's smallest unit.
    """

    start: int
    end: int
    value: float
    unit: str = ""
    size: float = 0.0

    @property
    def plain(self) -> str:
        """The value in one form: "3", "3.5", "2500000"."""
        return plain(self.value)


def plain(value: float) -> str:
    """A number in one form, without an empty fraction."""
    return str(int(value)) if value == int(value) and abs(value) < 1e18 else repr(round(value, 6))


def quantities(text: str) -> list[Quantity]:
    """The numbers of a text in order; "one" alone is left out, being a pronoun more often."""
    return list(_quantities(text))


def _quantities(text: str) -> Iterator[Quantity]:
    for match in _QUANTITY.finditer(text):
        if match["digits"]:
            value = float(match["digits"].replace(",", ""))
            scale = match["scale"]
            if not scale and (ranged := _RANGE.match(text, match.end())):
                scale = ranged[1]  # "2 to 3 million"
            values = [value * SCALES[scale.lower()] if scale else value]
        else:
            values = list(_spelt(match["words"].lower()))
            if match["last"] and values:  # "twenty-first"
                values[-1] += _ORDINALS.split().index(match["last"].lower())
        unit, size = _unit_at(text, match)
        for value in values:
            yield Quantity(match.start(), match.end(), value, unit, value * size)


def _unit_at(text: str, match: re.Match) -> tuple[str, float]:
    if match["currency"]:
        return UNITS.get(match["currency"], ("", 1.0))
    found = _UNIT.match(text, match.end())
    word = found[1] if found else ""
    if len(word) == 1 and word.isalpha() and not text[match.end() : match.end() + 2].endswith(word):
        word = ""
    return UNITS.get(word.lower(), ("", 1.0))


def _spelt(words: str) -> Iterator[float]:
    """The numbers that a run of number words means: "twenty-five", "nineteen fifty", "two hundred and six"."""
    parts = [part for part in re.split(r"[\s,-]+", words) if part != "and"]
    if parts == ["one"]:
        return
    if len(parts) >= 2 and 11 <= SMALL.get(parts[0], 0) <= 20 and SMALL.get(parts[1], 0) >= 10:
        year = SMALL[parts[0]] * 100 + sum(SMALL.get(part, 0) for part in parts[1:3])
        yield float(year)  # a year: "nineteen fifty(-two)"
        return
    total, group, last = 0.0, 0.0, 1e18
    for part in parts:
        if part in SMALL:
            value = SMALL[part]
            if group and value >= last:  # "two three": two numbers
                yield total + group
                total, group = 0.0, 0.0
            group += value
            last = 10 if value >= 20 else 0.5
        elif part == "hundred":
            group, last = max(group, 1) * 100, 100
        else:
            total, group, last = total + max(group, 1) * SCALES[part], 0.0, 1e18
    yield total + group
