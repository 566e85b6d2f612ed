"""Questions that a passage seems to answer and does not, made from those that it answers."""

from __future__ import annotations

import math
import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from training.data.sources import YES_NO, Line, Span, sentences_with

HARDEST = 4  # of the passages that share most words with a question, one is drawn
LEAST_LEFT = 150  # characters of a passage from which the answer was cut

_WORD = re.compile(r"\w+")
_NUMBER = re.compile(r"\b\d[\d,.]*\b")
_NAME = re.compile(r"(?<=[a-z,] )[A-Z][\w'’-]+(?: [A-Z][\w'’-]+)*")
OPPOSITES = (
    ("first", "last"), ("largest", "smallest"), ("highest", "lowest"), ("most", "least"), ("before", "after"),
    ("more", "fewer"), ("oldest", "youngest"), ("longest", "shortest"), ("increase", "decrease"), ("win", "lose"),
    ("won", "lost"), ("north", "south"), ("east", "west"), ("northern", "southern"), ("eastern", "western"),
    ("buy", "sell"), ("accept", "reject"), ("begin", "end"), ("began", "ended"), ("open", "close"),
    ("allow", "forbid"), ("cause", "prevent"), ("best", "worst"), ("male", "female"), ("early", "late"),
    ("include", "exclude"), ("support", "oppose"), ("maximum", "minimum"), ("above", "below"), ("with", "without"),
)  # fmt: skip
_OPPOSITE = {one: other for pair in OPPOSITES for one, other in (pair, pair[::-1])}


class OtherPassages:
    """For a question, passages of the same article that share words with it and do not hold its answer.

    Where an article has one passage only, those of the whole set are taken.
    """

    def __init__(self, lines: Iterable[Line]) -> None:
        self._passages: list[tuple[str, str, str]] = []  # fold key, passage, the same case-folded
        self._postings: dict[str, list[int]] = defaultdict(list)
        self._by_fold: dict[str, list[int]] = defaultdict(list)
        known: set[tuple[str, str]] = set()
        for line in lines:
            if (line.fold, line.passage) in known:
                continue
            known.add((line.fold, line.passage))
            self._by_fold[line.fold].append(len(self._passages))
            folded = line.passage.casefold()
            for word in set(_WORD.findall(folded)):
                self._postings[word].append(len(self._passages))
            self._passages.append((line.fold, line.passage, folded))

    def hard(self, line: Line) -> list[str]:
        """At most HARDEST passages, those with most words of the question (by inverse document frequency) first."""
        siblings = set(self._by_fold[line.fold])
        same = len(siblings) > 1
        shared: Counter[int] = Counter()
        for word in set(_WORD.findall(line.question.casefold())):
            postings = self._postings.get(word, [])
            weight = math.log(1 + len(self._passages) / (1 + len(postings)))
            for number in postings:
                if (number in siblings) == same:
                    shared[number] += weight
        found = []
        for number, _ in shared.most_common():
            if len(found) == HARDEST:
                break
            fold, passage, folded = self._passages[number]
            # An unmarked passage of the same text cut elsewhere, or one that says the answer too, is no negative.
            if passage != line.passage and line.passage not in passage and not _holds(folded, line):
                found.append(passage)
        return found


def _holds(folded: str, line: Line) -> bool:
    return line.source not in YES_NO and any(answer.casefold() in folded for answer in line.answers if answer.strip())


def without_answer(line: Line, rng: random.Random) -> str | None:
    """The passage without the sentences that answer, or only what stands before them; None where too little is left."""
    cut: Sequence[Span] = sentences_with(line.passage, line.spans) or line.evidence or ()
    if not cut:
        return None
    before = line.passage[: cut[0][0]].rstrip()
    rest, position = [], 0
    for start, end in sorted(cut):
        rest.append(line.passage[position:start])
        position = max(position, end)
    removed = re.sub(r"  +", " ", "".join([*rest, line.passage[position:]])).strip()
    choices = [text for text in (before, removed) if len(text) >= LEAST_LEFT and not _holds(text.casefold(), line)]
    return rng.choice(choices) if choices else None


def swapped_question(line: Line, others: Sequence[str], rng: random.Random) -> str | None:
    """The question with another number, name or the opposite word; None where it has none of them.

    ``others`` are other passages of the article, where names come from that the question could have meant. A name of
    the sentence that answers is never put in: the question could still be answered.
    """
    answering = " ".join(line.passage[start:end] for start, end in sentences_with(line.passage, line.spans))
    changes = []
    for pattern, kind in ((_NUMBER, "number"), (_NAME, "name")):
        for match in pattern.finditer(line.question):
            changes.append((kind, match.span(), match.group()))
    for match in _WORD.finditer(line.question):
        if match.group().lower() in _OPPOSITE and match.group() != "with":  # "with" is more often no condition
            changes.append(("opposite", match.span(), match.group()))
    rng.shuffle(changes)
    for kind, (start, end), old in changes:
        if new := _replacement(kind, old, line, answering, others, rng):
            return line.question[:start] + new + line.question[end:]
    return None


def _replacement(
    kind: str, old: str, line: Line, answering: str, others: Sequence[str], rng: random.Random
) -> str | None:
    if kind == "opposite":
        return _OPPOSITE[old.lower()]
    pattern = _NUMBER if kind == "number" else _NAME
    near = rng.random() < 0.5  # from the same passage, where the wrong name stands too; or from another one
    text = line.passage if near or not others else rng.choice(others)
    found = {match.group() for match in pattern.finditer(text)}
    if kind == "number":
        found = {number for number in found if len(number) == len(old)} or {_other_number(old, rng)}
    kept = sorted(one for one in found if one not in line.question and one not in answering and one not in line.answers)
    return rng.choice(kept) if kept else None


def _other_number(number: str, rng: random.Random) -> str:
    """The number with one digit changed, not the first one, so that it stays of the same size."""
    places = [place for place, letter in enumerate(number) if letter.isdigit()]
    place = rng.choice(places[1:] or places)
    digit = rng.choice([digit for digit in "123456789" if digit != number[place]])
    return number[:place] + digit + number[place + 1 :]
