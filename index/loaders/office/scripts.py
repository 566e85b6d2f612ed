"""Superscripts, subscripts and letters of symbol fonts in plain text: 10⁶ and ± instead of 106 and a lost sign."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from footnoted.index.loaders.scripts import ENDINGS, LETTER_ENDINGS, lowered, raised

# Signs that custom raises, and what is in brackets or quotation marks.
_PLAIN_RAISED = re.compile(r"°|[®™©]|\*+|[†‡§]|['’\"”]+|[(\[].*[)\]]")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text, and whether it is raised ("superscript") or lowered ("subscript")."""

    text: str
    align: str = ""


def joined(pieces: Iterable[Piece]) -> str:
    """Pieces in one text; neighbours that are raised or lowered alike are taken together."""
    shown: list[str] = []
    for align, group in groupby(pieces, key=lambda piece: piece.align):
        text = "".join(piece.text for piece in group)
        bare = text.strip()
        if not bare or align not in ("superscript", "subscript"):
            shown.append(text)
            continue
        before = "".join(shown)[-1:]
        if align == "superscript":
            new = {"TM": "™"}.get(bare, bare) if _by_custom(bare, before) else raised(bare)
        else:
            new = lowered(bare)
        shown.append(text.replace(bare, new, 1))
    return "".join(shown)


def _by_custom(text: str, before: str) -> bool:
    """Whether a text is raised by custom only: nothing is a power, and words with such letters would not be found."""
    if text.lower() in ENDINGS or _PLAIN_RAISED.fullmatch(text):
        return True
    return text.lower() in LETTER_ENDINGS and before.isdigit()


# Fonts whose letters are signs ---------------------------------------------------------------------------------------

# Adobe's Symbol encoding, which the font Symbol keeps to. A space stands for what has no sign of its own.
_SYMBOL = {
    **dict(zip(range(0x20, 0x7F), " !∀#∃%&∋()∗+,−./0123456789:;<=>?≅ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ[∴]⊥_‾αβχδεφγηιϕκλμνοπθρστυϖωξψζ{|}∼", strict=True)),  # noqa: E501
    0x6D: "\u00b5",  # as a unit's prefix, which it nearly always is, and as keyboards write it
    **dict(zip(range(0xA0, 0xFF), "€ϒ′≤⁄∞ƒ♣♦♥♠↔←↑→↓°±″≥×∝∂•÷≠≡≈…⏐⎯↵ℵℑℜ℘⊗⊕∅∩∪⊃⊇⊄⊂⊆∈∉∠∇®©™∏√⋅¬∧∨⇔⇐⇑⇒⇓◊〈®©™∑⎛⎜⎝⎡⎢⎣⎧⎨⎩⎪ 〉∫⌠⎮⌡⎞⎟⎠⎤⎥⎦⎫⎬⎭", strict=True)),  # noqa: E501
}  # fmt: skip
_WINGDINGS = {
    0x22: "✂", 0x28: "☎", 0x29: "✆", 0x2A: "✉", 0x36: "⌛", 0x41: "✌", 0x43: "👍", 0x44: "👎", 0x45: "☜", 0x46: "☞",
    0x47: "☝", 0x48: "☟", 0x4A: "☺", 0x4B: "😐", 0x4C: "☹", 0x6C: "●", 0x6D: "❍", 0x6E: "■", 0x6F: "□", 0x70: "❐",
    0x71: "❑", 0x72: "❒", 0x73: "⬧", 0x74: "⧫", 0x75: "◆", 0x76: "❖", 0x77: "⬥", 0x9E: "·", 0x9F: "•", 0xA1: "○",
    0xA2: "⭕", 0xA4: "◉", 0xA5: "◎", 0xA7: "▪", 0xA8: "☐", 0xAA: "✦", 0xAB: "★", 0xAC: "✶", 0xB6: "☆", 0xD5: "⌫",
    0xD8: "➢", 0xDC: "➲", 0xDF: "←", 0xE0: "→", 0xE1: "↑", 0xE2: "↓", 0xE3: "↖", 0xE4: "↗", 0xE5: "↙", 0xE6: "↘",
    0xE7: "🡸", 0xE8: "➔", 0xE9: "🡹", 0xEA: "🡻", 0xEF: "⇦", 0xF0: "⇨", 0xF1: "⇧", 0xF2: "⇩", 0xF3: "⬄", 0xF4: "⇳",
    0xFB: "✗", 0xFC: "✓", 0xFD: "☒", 0xFE: "☑",
    **{0x80 + number: sign for number, sign in enumerate("⓪①②③④⑤⑥⑦⑧⑨⑩⓿❶❷❸❹❺❻❼❽❾❿")},
}  # fmt: skip
_TABLES: dict[str, dict[int, str]] = {
    "symbol": _SYMBOL,
    "wingdings": _WINGDINGS,
    "wingdings 2": {
        0x4F: "✗", 0x50: "✓", 0x51: "☒", 0x52: "☑", 0x53: "☒", 0x54: "☒", 0x2A: "☐", 0xA3: "☐", 0x97: "●", 0x9F: "■",
        **{0x69 + number: sign for number, sign in enumerate("⓪①②③④⑤⑥⑦⑧⑨⑩")},
    },
    "wingdings 3": {0x66: "←", 0x67: "→", 0x68: "↑", 0x69: "↓", 0x70: "▲", 0x71: "▼", 0x74: "◀", 0x75: "▶", 0x7D: "▶"},
    "webdings": {0x61: "✔", 0x63: "☐", 0x67: "■", 0x6E: "●", 0x72: "✖", 0x33: "◀", 0x34: "▶", 0x35: "▲", 0x36: "▼"},
}  # fmt: skip
_PRIVATE = re.compile("[\uf020-\uf0ff]")
UNKNOWN_SIGN = "\ufffd"


def symbol(code: int, font: str) -> str:
    """The sign that a font shows for a code (of which Word writes 0xF000 more); a replacement mark if not known."""
    private = 0xF000 <= code <= 0xF0FF
    table = _TABLES.get(font.strip().lower())
    if table is None:
        if not private:
            return chr(code) if 0x20 <= code < 0x110000 and not 0xD800 <= code < 0xE000 else ""
        return _SYMBOL.get(code - 0xF000, UNKNOWN_SIGN)
    if not private and code > 0xFF:
        return chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else ""
    return table.get(code & 0xFF, " " if code & 0xFF == 0x20 else UNKNOWN_SIGN)


def in_font(text: str, font: str) -> str:
    """A text as its font shows it: letters of symbol fonts are signs."""
    if font.strip().lower() in _TABLES:
        return "".join(symbol(ord(letter), font) for letter in text)
    return _PRIVATE.sub(lambda found: symbol(ord(found[0]), font), text) if _PRIVATE.search(text) else text
