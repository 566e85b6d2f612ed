"""The numbers, dates and names of a sentence in one form, however written: "three" is 3, "24 June" is "June 24"."""

from __future__ import annotations

import re

from index.keywords import STOPWORDS

_UNITS = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
seventeen eighteen nineteen"""
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_ORDINALS = "zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth"
_WORDS = {word: str(number) for number, word in enumerate(_UNITS.split())}
_WORDS |= {word: str(10 * number) for number, word in enumerate(_TENS.split(), start=2)}
_WORDS |= {word: str(number) for number, word in enumerate(_ORDINALS.split()) if number > 2}
_MONTHS = {
    name: f"month{number}"
    for number, names in enumerate(
        ["january jan", "february feb", "march mar", "april apr", "may", "june jun", "july jul", "august aug",
         "september sept sep", "october oct", "november nov", "december dec"], start=1,
    )
    for name in names.split()
}  # fmt: skip
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_CAPITALISED = re.compile(r"\b[A-Z][\w’'-]*[\w]")
_AMBIGUOUS = frozenset({"may", "march", "mar", "sep", "second", "one"})  # words of other meanings in running text


def numbers(text: str) -> frozenset[str]:
    """Numbers and months in a text in one form; "one" is left out, being a pronoun more often."""
    found = {match.group().replace(",", "").rstrip(".") for match in _NUMBER.finditer(text)}
    found = {number.removesuffix(".0").lstrip("0") or "0" for number in found}
    for match in re.finditer(r"[A-Za-z]+", text):
        word = match.group()
        lowered = word.casefold()
        if lowered in _MONTHS and (lowered not in _AMBIGUOUS or (word[0].isupper() and lowered in ("may", "march"))):
            if (
                lowered not in _AMBIGUOUS
                or re.match(r"\W{1,2}\d", text[match.end() :])
                or re.search(r"\d\W{1,2}$", text[: match.start()])
            ):
                found.add(_MONTHS[lowered])
        elif lowered in _WORDS and lowered not in _AMBIGUOUS:
            found.add(_WORDS[lowered])
    return frozenset(found)


def names(text: str) -> frozenset[str]:
    """Words written with a capital inside a sentence, in lower case: people, places, organisations.

    The first word of a sentence is left out unless it is all capitals or followed by another capital.
    """
    found = set()
    for match in _CAPITALISED.finditer(text):
        word = match.group()
        starts = not text[: match.start()].strip(" \"“'‘([") or re.search(
            r"[.!?:]\s*[\"“'‘(\[]*$", text[: match.start()]
        )
        followed = re.match(r"\s[A-Z]", text[match.end() :])
        lowered = re.sub(r"['’]s$", "", word.casefold())
        if lowered in STOPWORDS or lowered in _MONTHS or lowered in _WORDS:
            continue
        if not starts or word.isupper() or followed:
            found.add(lowered)
    return frozenset(found)


def missing_facts(sentence: str, evidence: str) -> frozenset[str]:
    """Numbers, dates and names of ``sentence`` that ``evidence`` does not have in any form."""
    lacking = set(numbers(sentence) - numbers(evidence))
    folded = evidence.casefold()
    lacking |= {name for name in names(sentence) if name not in folded}
    return frozenset(lacking)
