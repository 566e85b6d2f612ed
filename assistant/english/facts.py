"""The numbers, dates and names of a sentence in one form, however written: "three" is 3, "24 June" is "June 24"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from footnoted.assistant.english.quantities import ORDINALS, SMALL, Quantity, quantities
from footnoted.index.store.keywords import STOPWORDS

MONTHS = {
    name: number
    for number, names in enumerate(
        ["january jan", "february feb", "march mar", "april apr", "may", "june jun", "july jul", "august aug",
         "september sept sep", "october oct", "november nov", "december dec"], start=1,
    )
    for name in names.split()
}  # fmt: skip
_CAPITALISED = re.compile(r"\b[A-Z][\w’'-]*[\w]")
_AMBIGUOUS = frozenset({"may", "march", "mar", "sep", "second", "one"})  # words of other meanings in running text
ASKING = frozenset(
    """
    compare define describe discuss explain find give list name outline show summarise summarize tell
    """.split()  # noqa: SIM905
)
_LONG = 4  # letters of a name that other words may begin with
_CLOSE = 0.005  # two measures of one length, however rounded


def numbers(text: str) -> frozenset[str]:
    """Numbers and months in a text in one form; "one" is left out, being a pronoun more often."""
    read = quantities(text)
    found = {quantity.plain for quantity in read}
    for match in re.finditer(r"[A-Za-z]+", text):
        word = match.group()
        lowered = word.casefold()
        if lowered in MONTHS:
            if lowered not in _AMBIGUOUS or (word[0].isupper() and _beside_a_number(text, match)):
                found.add(f"month{MONTHS[lowered]}")
        elif lowered in ORDINALS:
            found.add(str(ORDINALS[lowered]))
    for match in re.finditer(r"\b(\d{4})s\b|\b(\d{4})-(\d{2})-(\d{2})\b|\d(?:[\d,.]*\d)?", text):
        if match[1]:
            found.add(match[1])
        elif match[2]:
            found |= {match[2], f"month{int(match[3])}", str(int(match[4]))}
        elif not any(one.start <= match.start() and match.end() <= one.end for one in read):
            # As it stands, for what is no plain number: "3.5.2", "A4".
            written = match.group().replace(",", "")
            found.add(written.lstrip("0") or "0" if "." not in written else written.removesuffix(".0"))
    return frozenset(found)


def _beside_a_number(text: str, match: re.Match) -> bool:
    return bool(re.match(r"\W{1,2}\d", text[match.end() :]) or re.search(r"\d\W{1,2}$", text[: match.start()]))


def names(text: str, fragment: bool = False) -> frozenset[str]:
    """Words written with a capital inside a sentence, in lower case: people, places, organisations.

    The first word of a sentence is left out unless it is all capitals or followed by another capital.

    Args:
        fragment: the text is a piece out of a sentence, so that its first word has no capital without being a name.
    """
    found = set()
    for match in _CAPITALISED.finditer(text):
        word = match.group()
        before = text[: match.start()]
        starts = (not fragment and not before.strip(" \"“'‘([")) or re.search(r"[.!?:]\s*[\"“'‘(\[]*$", before)
        followed = re.match(r"\s[A-Z]", text[match.end() :])
        lowered = re.sub(r"['’]s$", "", word.casefold())
        if lowered in STOPWORDS or lowered in MONTHS or lowered in SMALL or lowered in ORDINALS:
            continue
        if starts and lowered in ASKING:  # "Explain Kali Linux": what is asked for is behind it
            continue
        if not starts or word.isupper() or followed:
            found.add(lowered)
    return frozenset(found)


def missing_facts(sentence: str, evidence: str) -> frozenset[str]:
    """Numbers, dates and names of ``sentence`` that ``evidence`` does not have in any form."""
    there, asked = quantities(evidence), quantities(sentence)
    held = numbers(evidence)
    same = {quantity.plain for quantity in asked if _measured(quantity, there)}
    lacking = set(numbers(sentence) - held - same)
    lacking |= {f"{quantity.plain} ({quantity.unit})" for quantity in asked if _other_unit(quantity, there)}
    folded = evidence.casefold()
    lacking |= {name for name in names(sentence) if not _named(name, folded)}
    return frozenset(lacking)


def _named(name: str, folded: str) -> bool:
    """Whether a word in lower case begins with a name: "catholics" with "catholic", but "museum" not with "eu"."""
    ending = r"\w*" if len(name) >= _LONG else r"(?:['’]?s)?"
    return re.search(rf"(?<!\w){re.escape(name)}{ending}(?!\w)", folded) is not None


def _measured(quantity: Quantity, there: Sequence[Quantity]) -> bool:
    """Whether the same measure stands there in another unit: 1.5 km and 1,500 m."""
    return quantity.unit != "" and any(
        other.unit == quantity.unit and abs(other.size - quantity.size) <= _CLOSE * abs(quantity.size)
        for other in there
    )


def _other_unit(quantity: Quantity, there: Sequence[Quantity]) -> bool:
    """Whether the number stands there with another unit only: 5 miles where it says 5 km."""
    alike = [other for other in there if other.plain == quantity.plain]
    if not quantity.unit or not alike or _measured(quantity, there):
        return False
    return all(other.unit for other in alike)
