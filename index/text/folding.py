"""One way of writing for what can be typed in several, for searching only: CO₂ and CO2, m² and m2, ﬁ and fi."""

from __future__ import annotations

import re
import unicodedata

# 10⁶ is no 106, nor is a note's mark behind a number a digit of it.
_RAISED_DIGITS = re.compile("(?<=[0-9])(?=[⁺⁻]?[⁰¹²³⁴-⁹]|[₀-₉])")
_TYPED_POWER = re.compile(r"(?<=[^\W\d_])\^(?=\d)")  # m^2 is m²


class _Forms(dict[int, str]):
    """What a letter or digit is without its position, width or ligature (NFKC); other signs stay as they are."""

    def __missing__(self, code: int) -> str:
        sign = chr(code)
        plain = unicodedata.normalize("NFKC", sign) if sign.isalnum() else sign
        alone = all(part.isalnum() or unicodedata.combining(part) for part in plain)
        self[code] = form = plain if alone or plain == sign else f" {plain} "  # ½ is a number by itself
        return form


_FORMS = _Forms()


def search_form(text: str) -> str:
    """A text as it is compared with what somebody types. What is stored and shown stays as it is written."""
    if "^" in text:
        text = _TYPED_POWER.sub("", text)
    if text.isascii():
        return text
    composed = _RAISED_DIGITS.sub(" ", unicodedata.normalize("NFC", text))
    return unicodedata.normalize("NFC", composed.translate(_FORMS))
