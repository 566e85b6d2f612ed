"""Raised and lowered characters: 10⁶ is not 106, and a note's mark behind a number is no digit of it."""

from __future__ import annotations

import re
from collections.abc import Sequence

SMALLER = 0.92  # of the letters beside it; typesetters take .58 to .75
HIGHER = 0.12  # of the height of the line: how far its baseline is above theirs
LOWER = 0.05
INITIAL = 1.6  # a first letter this much larger than the rest of its word begins a chapter

_SUPER = dict(
    zip(
        "0123456789+-−–=()abcdefghijklmnoprstuvwxyzABDEGHIJKLMNOPRTUVW",
        "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵀᵁⱽᵂ",
        strict=True,
    )
)
_SUB = dict(zip("0123456789+-−–=()aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉₊₋₋₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", strict=True))
PLAIN = str.maketrans({form: plain for plain, form in _SUPER.items() if plain not in "−–"})
"""Raised characters -> what they are when they stand on the line."""
RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ"
# Endings of numbers and of shortened words, which are as well read on the line: 1st, 19e, Mme, TM.
_ENDINGS = frozenset(["st", "nd", "rd", "th", "er", "re", "ère", "ème", "nde", "me", "mes", "lle", "lles", "te", "tm"])
_ENDINGS |= frozenset(["sm", "ter", "do", "os", "as", "º", "ª"])
_ENDING_OF_NUMBER = re.compile(r"(?<=[\dIVXLC])[ᵉᵒᵃ](?!\w)|(?<=[NnDM])[ᵒʳ](?!\w)")


def raised(text: str) -> str:
    """Characters above the line as what Unicode has for them, else as ``^(…)``; marks like * and ° as they are."""
    if text in ("+", "-", "−"):
        return _SUPER[text]
    if text.lower() in _ENDINGS or (text.isalpha() and len(text) > 4) or not any(map(str.isalnum, text)):
        return text
    return re.sub(r"[^\s,;.*†‡§]+", lambda part: _formed(part[0], _SUPER, "^"), text)


def lowered(text: str) -> str:
    """Characters below the line (CO₂); words and letters that have no such form stay on it."""
    if not any(map(str.isalnum, text)) or (text.isalpha() and (len(text) > 1 or text not in _SUB)):
        return text
    return re.sub(r"[^\s,;.]+", lambda part: _formed(part[0], _SUB, "_"), text)


def _formed(text: str, forms: dict[str, str], sign: str) -> str:
    shown = [forms.get(character) for character in text]
    return "".join(filter(None, shown)) if all(shown) else f"{sign}({text.strip('()')})"


def shown_with_scripts(text: str, heights: Sequence[float], baselines: Sequence[float]) -> str:
    """A word whose characters differ in size: ``heights`` of their boxes, ``baselines`` counted upwards."""
    tallest = max(heights)
    base = max(range(len(heights)), key=lambda place: (heights[place] > 0.97 * tallest, place == 0))
    rest = heights[1:]
    if base == 0 and rest and tallest > INITIAL * max(rest):
        if not text[1:].isalpha() or len(text) == 2:
            return _converted(text, heights, baselines, 0)
        return text
    return _converted(text, heights, baselines, base)


def _converted(text: str, heights: Sequence[float], baselines: Sequence[float], base: int) -> str:
    result, run, kind = "", "", 0
    for character, height, baseline in zip(text, heights, baselines, strict=True):
        shift = (baseline - baselines[base]) / max(heights[base], 0.01)
        own = 0 if height > SMALLER * heights[base] else 1 if shift > HIGHER else -1 if shift < -LOWER else 0
        if own != kind:
            result, run, kind = result + as_kind(run, kind), "", own
        run += character
    return result + as_kind(run, kind)


def is_initial(text: str) -> bool:
    """Whether a word is one capital letter, perhaps behind a quotation mark."""
    return len(text) <= 2 and text[-1:].isupper() and not text[:-1].isalnum()


def as_kind(text: str, kind: int) -> str:
    """Characters that are raised (1), lowered (-1) or neither (0)."""
    return raised(text) if kind > 0 else lowered(text) if kind < 0 else text


def without_endings(text: str) -> str:
    """A text in which the raised ending of a number that is no note's mark stands on the line: 19e, No."""
    return _ENDING_OF_NUMBER.sub(lambda found: found[0].translate(PLAIN), text)
