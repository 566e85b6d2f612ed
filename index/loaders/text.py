"""Cleaning of text: what can be stored, and what a format with layout leaves in it."""

from __future__ import annotations

import re
import unicodedata

_NEWLINES = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_UNSTORABLE = re.compile("[\x00-\x08\x0e-\x1f\x7f\ufeff\ufffe\uffff]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_SPACES = re.compile("[ \t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]+")
_INVISIBLE = re.compile("[\u00ad\u200b\u2060\ufeff]")
_LIGATURES = str.maketrans(
    {"\ufb00": "ff", "\ufb01": "fi", "\ufb02": "fl", "\ufb03": "ffi", "\ufb04": "ffl", "\ufb05": "st", "\ufb06": "st"}
)


def clean(text: str) -> str:
    """``text`` as it can be stored: ``\\n`` for every kind of line break, no control characters, no lone surrogates.

    Everything else stays as it is. SQLite cannot hold lone surrogates and cuts text at NUL in places.
    """
    text = _UNSTORABLE.sub("", _NEWLINES.sub("\n", text))
    if _SURROGATE.search(text):
        # Halves of a pair that arrived as two characters become one again; a half alone is replaced.
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def tidy(text: str) -> str:
    """``clean`` text of a format with layout: one space for a run of them, composed letters, no invisible marks."""
    text = _INVISIBLE.sub("", clean(text)).translate(_LIGATURES)
    return unicodedata.normalize("NFC", _SPACES.sub(" ", text))


def one_line(text: str) -> str:
    """``tidy`` text on a single line, without spaces at its ends."""
    if text.isascii() and text.isprintable():  # most cells of tables: nothing to tidy but spaces
        return " ".join(text.split()) if " " in text else text
    return " ".join(tidy(text).split())
