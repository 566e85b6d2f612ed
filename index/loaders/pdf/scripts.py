"""Raised and lowered characters: 10⁶ is not 106, and a note's mark behind a number is no digit of it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from footnoted.index.loaders.scripts import ENDINGS, LOWERED_LETTERS, RAISED_LETTERS, lowered, raised

SMALLER = 0.92  # of the letters beside it; typesetters take .58 to .75
HIGHER = 0.12  # of the height of the line: how far its baseline is above theirs
LOWER = 0.05
INITIAL = 1.6  # a first letter this much larger than the rest of its word begins a chapter

PLAIN = str.maketrans({form: plain for plain, form in RAISED_LETTERS.items() if plain not in "−–"})
"""Raised characters -> what they are when they stand on the line."""
RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ"
_ENDING_OF_NUMBER = re.compile(r"(?<=[\dIVXLC])[ᵉᵒᵃ](?!\w)|(?<=[NnDM])[ᵒʳ](?!\w)")


def above_line(text: str) -> str:
    """Characters above the line as what Unicode has for them, else as ``^(…)``; marks like * and ° as they are."""
    if text in ("+", "-", "−"):
        return raised(text)
    if text.lower() in ENDINGS or (text.isalpha() and len(text) > 4) or not any(map(str.isalnum, text)):
        return text
    return re.sub(r"[^\s,;.*†‡§]+", lambda part: raised(part[0], letters=True), text)


def below_line(text: str) -> str:
    """Characters below the line (CO₂); words and letters that have no such form stay on it."""
    if not any(map(str.isalnum, text)) or (text.isalpha() and (len(text) > 1 or text not in LOWERED_LETTERS)):
        return text
    return re.sub(r"[^\s,;.]+", lambda part: lowered(part[0], letters=True), text)


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
    return above_line(text) if kind > 0 else below_line(text) if kind < 0 else text


def without_endings(text: str) -> str:
    """A text in which the raised ending of a number that is no note's mark stands on the line: 19e, No."""
    return _ENDING_OF_NUMBER.sub(lambda found: found[0].translate(PLAIN), text)
