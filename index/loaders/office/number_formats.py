"""How a spreadsheet shows a number: as a date, a share or an amount, with the words and signs of its format around it.

The number itself stays exact: a format that rounds (``0.0``) does not round what is read, unless it also scales
("12.3 M"). Formats are described in ECMA-376 part 1, 18.8.30 and 18.8.31.
"""

from __future__ import annotations

import datetime
import operator
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

_BUILT_IN_DATES = frozenset({*range(14, 17), *range(18, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
_BUILT_IN = {9: "0%", 10: "0.00%", 17: "mmm-yy", 46: "[h]:mm:ss"}
_SIGNS = "$€£¥₹₩₽₺"
_CODE = re.compile(rf"\s*(?:[{_SIGNS}]|[A-Z]{{3}})\s*")
# A currency or a literal, a condition, a colour, space as wide as a sign, a fill, a sign after a backslash, digits.
_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"|\[\$(?P<currency>[^\]\-]*)(?:-[^\]]*)?\]|\[(?P<condition>[<>=]+)(?P<bound>-?[\d.]+)\]|'
    r"\[[^\]]*\]|_.|\*.|\\(?P<escaped>.)|(?P<number>[0#?](?:[0#?., /]*[0#?.,])?(?:[eE][+-][0#?]+)?|General)|"
    r"(?P<text>@)|(?P<other>.)",
    re.IGNORECASE | re.DOTALL,
)
_COMPARISONS = {
    "<": operator.lt, ">": operator.gt, "=": operator.eq, "<=": operator.le, ">=": operator.ge, "<>": operator.ne,
}  # fmt: skip
_MONTHS = "January February March April May June July August September October November December".split()  # noqa: SIM905
Kind = Literal["number", "date", "month", "long month", "year month", "year", "time", "elapsed"]


@dataclass(frozen=True, slots=True)
class _Section:
    """One part of a format (for positive or negative numbers, zero, text): what stands before and after the number."""

    before: str
    after: str
    number: bool
    text: bool
    percent: bool
    scale: int  # thousands that are left out
    decimals: int
    zeros: int  # digits at least
    condition: tuple[str, float] | None


@dataclass(frozen=True, slots=True)
class NumberFormat:
    """How a cell shows what is in it."""

    kind: Kind = "number"
    sections: tuple[_Section, ...] = ()

    def shown(self, raw: str, epoch: datetime.datetime) -> str:
        """A number as it is read, with no noise of binary fractions; what is no number stays as it is."""
        try:
            value = float(raw)
        except ValueError:
            return raw
        if self.kind == "elapsed":
            minutes, seconds = divmod(round(value * 86400), 60)
            return f"{minutes // 60}:{minutes % 60:02}" + (f":{seconds:02}" if seconds else "")
        if self.kind != "number" and 0 <= value < 2_958_466:
            return _date(value, self.kind, epoch)
        if not self.sections:
            return _plain(value, raw)
        return _number(value, raw, self.sections)

    def text(self, text: str) -> str:
        """A text as it is read: a format can put words around it."""
        for section in self.sections:
            if section.text and (section.before.strip() or section.after.strip()):
                return f"{section.before}{text}{section.after}".strip()
        return text


def number_format(identifier: str, own: Mapping[str | None, str]) -> NumberFormat:
    """The format with a number, of those that the workbook defines and those that every workbook knows."""
    number = int(identifier) if identifier.isascii() and identifier.isdigit() else 0
    code = own.get(identifier, _BUILT_IN.get(number))
    if code is None:
        return NumberFormat("date" if number in _BUILT_IN_DATES else "number")
    return parsed_format(code)


def parsed_format(code: str) -> NumberFormat:
    """A format code such as ``#,##0.00 "EUR";[Red]-#,##0.00 "EUR"``."""
    code = code[:255]
    parts = _split(code)
    bare = re.sub(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.', "", parts[0]).lower()
    if re.search(r"\[[hms]+\]", parts[0], re.IGNORECASE) and not re.search("[yd]", bare):
        return NumberFormat("elapsed")
    if "general" not in bare and re.search(r"[ymdhsg]", bare) and not re.search(r"[0#]{2}|[#%]", bare):
        return NumberFormat(_date_kind(bare))
    if bare in ("general", "@", "") and len(parts) == 1 and bare == parts[0].lower():
        return NumberFormat()
    return NumberFormat("number", tuple(_section(part) for part in parts[:4]))


def _split(code: str) -> list[str]:
    """The sections of a code: what semicolons divide that are not quoted."""
    return [found[0] for found in re.finditer(r'(?:"[^"]*"|\\.|[^;"\\]|"|\\)+|(?<=;)(?=;)|^(?=;)|(?<=;)$', code)] or [
        ""
    ]


def _date_kind(bare: str) -> Kind:
    if "h" in bare or "s" in bare:
        return "date" if re.search("[yd]", bare) else "time"
    if "d" in bare or "g" in bare or "y" not in bare:
        return "date"
    months = re.search("m+", bare)
    if months is None:
        return "year"
    return "long month" if len(months[0]) > 3 else "month" if len(months[0]) == 3 else "year month"


def _section(code: str) -> _Section:
    before, after, number, percent, scale, decimals, zeros = "", "", False, False, 0, 0, 0
    text = False
    condition = None
    for found in _TOKEN.finditer(code):
        literal = found["quoted"] or found["currency"] or found["escaped"] or ""
        if found["condition"] in _COMPARISONS:
            condition = (found["condition"], float(found["bound"].strip(".") or 0))
        elif found["number"] and not found["number"].strip("? "):
            continue  # only room for digits
        elif found["number"]:
            number = True
            digits = found["number"].rstrip(",")
            scale += len(found["number"]) - len(digits)
            decimals = len(re.sub("[^0#?]", "", digits.partition(".")[2])) if "." in digits else 0
            zeros = len(digits) if re.fullmatch("0{2,20}", digits) else 0
        elif found["text"]:
            text = True
        elif found["other"] == "%":
            percent = True
        elif found["other"] and found["other"] not in "?#0.,":
            literal = found["other"]
        if number or text or percent:
            after += literal
        else:
            before += literal
    return _Section(before, after, number, text, percent, scale, decimals, zeros, condition)


def _plain(value: float, raw: str) -> str:
    return f"{value:.15g}" if abs(value) < 1e15 else raw


def _chosen(value: float, sections: tuple[_Section, ...]) -> tuple[_Section, bool]:
    """The section for a value, and whether the value is shown there without its sign."""
    sections = tuple(section for section in sections if not (section.text and not section.number))
    if any(section.condition for section in sections):
        for section in sections:
            if section.condition is None or _COMPARISONS[section.condition[0]](value, section.condition[1]):
                return section, False
    elif value < 0 and len(sections) > 1:
        return sections[1], True
    elif value == 0 and len(sections) > 2:
        return sections[2], False
    return (sections[0] if sections else _section("General")), False


def _number(value: float, raw: str, sections: tuple[_Section, ...]) -> str:
    section, unsigned = _chosen(value, sections)
    words = (section.before + section.after).strip()
    if not section.number and not section.percent and not section.text:
        # A section without digits shows its words instead: "none" for 0. A dash, or nothing, would hide the number.
        if any(map(str.isalnum, words)) and not words.startswith(("-", "–", "—")):
            return words
        if not sections[0].number:
            return _plain(value, raw)
        section, unsigned = sections[0], False
        words = (section.before + section.after).strip()
    before, after = section.before, section.after
    bracketed = unsigned and before.strip().endswith("(") and after.strip().startswith(")")
    signed = bracketed or (unsigned and (before.strip("( ").startswith(("-", "−")) or after.strip().endswith("-")))
    told = unsigned and any(map(str.isalpha, _CODE.sub("", words)))  # "5 loss" says without a sign what it is
    before = before.replace("(", "", 1).replace("-", "", 1).replace("−", "", 1) if signed else before
    after = after.replace(")", "", 1) if bracketed else re.sub(r"-\s*$", "", after) if signed else after
    size = abs(value)
    if section.percent:
        plain = f"{size * 100:.10g}%"
    elif section.scale:
        plain = f"{size / 1000**section.scale:.{section.decimals}f}"
        plain = plain.rstrip("0").rstrip(".") if section.decimals else plain
    else:
        plain = _plain(size, raw.lstrip("-"))
        plain = plain.zfill(section.zeros) if plain.isdigit() else plain
    sign = "-" if value < 0 and not told else ""
    if _CODE.fullmatch(after):  # "5 €", however close the format puts it
        after = f" {after.strip()}"
    return f"{sign}{before.strip() if _CODE.fullmatch(before) else before.lstrip()}{plain}{after.rstrip()}"


def _date(value: float, kind: str, epoch: datetime.datetime) -> str:
    """Dates as ISO dates; where a format shows a month or a year, no more than that."""
    moment = epoch + datetime.timedelta(seconds=round(value * 86400))
    if kind == "time" or (value < 1 and kind == "date"):
        return moment.strftime("%H:%M" if moment.second == 0 else "%H:%M:%S")
    if kind == "year":
        return f"{moment.year}"
    if kind == "year month":
        return f"{moment.year}-{moment.month:02}"
    if kind in ("month", "long month"):
        month = _MONTHS[moment.month - 1]
        return f"{month if kind == 'long month' else month[:3]} {moment.year}"
    return moment.strftime("%Y-%m-%d" if value == int(value) else "%Y-%m-%d %H:%M")
