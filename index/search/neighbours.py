"""A ranking made fit to read: the same text once, adjacent passages as one, and no document before all others.

Everything here works on ids in the order of the ranking, so that each step can be tried alone.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Protocol

ALIKE = 0.9  # of the runs of three words of two passages that say the same
LONG, FEW_LONG = 9, 4  # characters of a long word; fewer of them tell nothing about a text
COMPARED = 30  # of a ranking that are compared with one another: as many as are read again
UNREPEATED = 5  # results, from the first, among which no text stands twice
JOINED_CHARACTERS = 3600  # about three passages: what is longer is no passage any more
JOINED_SHARE = 0.5  # of the better one's score that a neighbour needs
CLOSE_SHARE = 0.8  # of a passage's score that makes one of another document a fair replacement

_WORD = re.compile(r"\w+(?:['’.,:/-]\w+)*")
_NEGATION = frozenset("no not never none neither nor without cannot".split())  # noqa: SIM905


class Stored(Protocol):
    """What is asked of a stored passage."""

    @property
    def content_id(self) -> int: ...
    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...
    @property
    def heading(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def page(self) -> int | None: ...
    @property
    def location(self) -> str: ...


def copies_in(order: Sequence[int], texts: Mapping[int, str], most: int = COMPARED) -> dict[int, int]:
    """The passages that say what a better one says, but for a few characters, in order, each with that better one.

    A passage with another number, name or "not" is no copy, however much else it shares: a new version of a rule
    differs from the old one in just that.

    The first ``most`` are compared with one another; exact copies are found anywhere.
    """
    copies: dict[int, int] = {}
    compared: list[tuple[int, frozenset]] = []
    seen: dict[str, int] = {}
    runs = cache(lambda number: _runs(texts[number]))
    for number in order:
        words = texts[number].casefold().split()
        original = seen.setdefault(" ".join(words), number)
        if original == number and len(compared) < most:
            long = frozenset([word for word in words if len(word) >= LONG])
            likely = (other for other, others in compared if _may_be_alike(long, others))
            alike = (other for other in likely if _alike(runs(number), runs(other)))
            original = next((other for other in alike if _same_facts(texts[number], texts[other])), number)
            if original == number:
                compared.append((number, long))
        if original != number:
            copies[number] = copies.get(original, original)
    return copies


def with_copies(shown: Sequence[Group], copies: Mapping[int, int], documents: Mapping[int, int], k: int) -> list[Group]:
    """The best ``k`` with one copy of each of the first results behind them, where a copy is of another document.

    A reader of the first results is shown no text twice; who looks further learns that another document says the same.
    """
    if k <= UNREPEATED:
        return list(shown)
    found: dict[int, int] = {}
    for copy, original in copies.items():
        if documents[copy] != documents[original]:
            found.setdefault(original, copy)
    before = list(shown[:UNREPEATED])
    behind = [Group((found[group.best],), found[group.best]) for group in before if group.best in found]
    return [*before, *behind, *shown[UNREPEATED:]][:k]


def _runs(text: str) -> frozenset:
    words = _WORD.findall(text.casefold())
    return frozenset(zip(words, words[1:], words[2:], strict=False))


def _facts(text: str) -> tuple[frozenset, frozenset]:
    """Words that make another statement of an otherwise equal one: numbers and negations; names."""
    words = _WORD.findall(text)
    figures = {word for word in words if any(letter.isdigit() for letter in word)}
    denials = {word for word in map(str.casefold, words) if word in _NEGATION or word.endswith(("n't", "n’t"))}
    names = {word for word in words if word[0].isupper()}
    return frozenset(figures | denials), frozenset(names)


def _may_be_alike(one: frozenset, other: frozenset) -> bool:
    """Whether the long words leave it open: most pairs are told apart by them, and runs are costly to find.

    Texts that share nine tenths of their runs share more than half of their long words, unless they have very few.
    """
    fewer, more = (len(one), len(other)) if len(one) < len(other) else (len(other), len(one))
    return more <= fewer + FEW_LONG + fewer // 4 and (fewer < FEW_LONG or 2 * len(one & other) > fewer)


def _alike(one: frozenset, other: frozenset) -> bool:
    """Whether nearly all runs are common; of most pairs their number tells that they are not."""
    fewer, more = sorted((len(one), len(other)))
    if not fewer or fewer < ALIKE * more:
        return False
    common = len(one & other)
    return common >= ALIKE * (fewer + more - common)


def _same_facts(one: str, other: str) -> bool:
    """Asked of the few pairs that are alike: finding the facts takes longer than all else here."""
    (figures, names), (other_figures, other_names) = _facts(one), _facts(other)
    return figures == other_figures and (names <= other_names or other_names <= names)


@dataclass(frozen=True, slots=True)
class Group:
    """One or several adjacent passages of a text; ``best`` is the one it was found by, ``ids`` are in reading order."""

    ids: tuple[int, ...]
    best: int


def joined(order: Sequence[int], stored: Mapping[int, Stored], scores: Mapping[int, float], most: int) -> list[Group]:
    """The first ``most`` results of a ranking, in which good neighbours are one: best first.

    Passages are neighbours when nothing but white space lies between them and they stand below the same heading and on
    the same page, so that heading and page are true of the whole. (Ids of one text are given in reading order.)
    """
    groups: list[Group] = []
    of: dict[int, Group] = {}
    for number in order:
        merged = Group((number,), number)
        for beside in (number - 1, number + 1):
            if beside in of and _may_join(of[beside], merged, stored, scores):
                old = of[beside]
                groups.remove(old)
                first, second = sorted((old, merged), key=lambda group: group.ids)
                merged = Group(first.ids + second.ids, max(first.best, second.best, key=lambda one: scores[one]))
        if len(groups) >= most:
            break
        groups.append(merged)
        of.update(dict.fromkeys(merged.ids, merged))
    return sorted(groups, key=lambda group: (-scores[group.best], group.best))


def _may_join(one: Group, other: Group, stored: Mapping[int, Stored], scores: Mapping[int, float]) -> bool:
    first, second = sorted((one, other), key=lambda group: group.ids)
    left, right = stored[first.ids[-1]], stored[second.ids[0]]
    weaker, better = sorted((scores[one.best], scores[other.best]))
    return (
        second.ids[0] == first.ids[-1] + 1
        and (left.content_id, left.heading) == (right.content_id, right.heading)
        and (left.page, left.location) == (right.page, right.location)
        and stored[second.ids[-1]].end - stored[first.ids[0]].start <= JOINED_CHARACTERS
        and weaker >= JOINED_SHARE * better
    )


def spread(groups: Sequence[Group], documents: Mapping[int, int], scores: Mapping[int, float], k: int) -> list[Group]:
    """The best ``k`` groups, at most half of them from one document where others are about as good.

    Args:
        groups: more than ``k``, best first.
        documents: passage id to the text it is from.
    """
    kept, rest = list(groups[:k]), list(groups[k:])
    held = Counter(documents[group.best] for group in kept)
    cap = math.ceil(k / 2)
    for group in reversed(groups[:k]):
        document = documents[group.best]
        if held[document] <= cap:
            continue
        enough = CLOSE_SHARE * scores[group.best]
        other = next((one for one in rest if held[documents[one.best]] < cap and documents[one.best] != document), None)
        if other is None or scores[other.best] < enough:
            continue
        kept.remove(group)
        rest.remove(other)
        kept.append(other)
        held[document] -= 1
        held[documents[other.best]] += 1
    return sorted(kept, key=lambda group: (-scores[group.best], group.best))
