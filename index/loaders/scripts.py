"""Raised and lowered characters in plain text: 10⁶ and CO₂ in Unicode's own signs, what has none as x^(max), k_(B)."""

from __future__ import annotations

RAISED_SIGNS = dict(zip("0123456789+-−–=()ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻⁼⁽⁾ⁿⁱ", strict=True))
LOWERED_SIGNS = dict(zip("0123456789+-−–=()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₋₌₍₎", strict=True))
# Raised and lowered letters. What a person types in a search has none of them, so they are for short marks only.
RAISED_LETTERS = RAISED_SIGNS | dict(
    zip(
        "abcdefghijklmnoprstuvwxyzABDEGHIJKLMNOPRTUVW",
        "ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵀᵁⱽᵂ",
        strict=True,
    )
)
LOWERED_LETTERS = LOWERED_SIGNS | dict(zip("aehijklmnoprstuvx", "ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", strict=True))
# What custom raises behind a number or a shortened word, and what is as well read on the line: 1st, Mme, TM.
ENDINGS = frozenset("st nd rd th er ers ère re res ème nde me mes lle lles te ter os as do ta mo sm tm ª º".split())  # noqa: SIM905
LETTER_ENDINGS = frozenset("eèoa")  # 19e, No; a single letter may also be a power or the mark of a note


def raised(text: str, *, letters: bool = False) -> str:
    """A superscript: in Unicode's own signs where every character has one, else in brackets behind ``^``.

    ``letters`` says that letters are raised, too, by those that Unicode has.
    """
    return _scripted(text, RAISED_LETTERS if letters else RAISED_SIGNS, "^")


def lowered(text: str, *, letters: bool = False) -> str:
    """A subscript: in Unicode's own signs where every character has one, else in brackets behind ``_``."""
    return _scripted(text, LOWERED_LETTERS if letters else LOWERED_SIGNS, "_")


def _scripted(text: str, signs: dict[str, str], mark: str) -> str:
    text = text.strip()
    if all(character in signs for character in text):
        return "".join(signs[character] for character in text)
    return f"{mark}{text}" if in_brackets(text) else f"{mark}({text})"


def in_brackets(text: str) -> bool:
    """Whether the bracket that a text begins with is closed by its last character: "(a+b)", not "(a)+(b)"."""
    if not text.startswith("(") or not text.endswith(")"):
        return False
    depth = 0
    for place, sign in enumerate(text):
        depth += (sign == "(") - (sign == ")")
        if depth == 0:
            return place == len(text) - 1
    return False
