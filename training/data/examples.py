"""What an epoch learns from: lines drawn by the shares of their sets, made negatives, and changed looks.

An epoch is a function of the seed and its number alone, so that a run that was killed goes on with the same examples.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from training.data.negatives import OtherPassages, swapped_question, without_answer
from training.data.sources import SOURCES, Line, Span

CLAIM_PREFIX = "Is this true: "
LOWER_CASE, OTHER_END, WITH_TITLE = 0.3, 0.3, 0.3  # shares of questions and passages whose looks are changed
OTHER_PASSAGE, CUT = 0.5, 0.25  # of the made negatives; the rest are swapped words


@dataclass(frozen=True, slots=True)
class Example:
    """A question and a passage as the network sees them; spans are characters of this passage.

    ``evidence`` is None where it is not known. ``kind`` says how it was made, for the counts.
    """

    question: str
    passage: str
    answered: bool
    spans: tuple[Span, ...]
    evidence: tuple[Span, ...] | None
    kind: str
    source: str


class Epochs:
    """The examples of each epoch."""

    def __init__(self, lines: Mapping[str, Sequence[Line]], seed: int, made: float = 1.0) -> None:
        self._lines, self._seed, self._made = lines, seed, made
        self._sources = {source.name: source for source in SOURCES}
        families = defaultdict(list)
        for name, own in lines.items():
            families[self._sources[name].family or name].extend(own)
        self._others = {family: OtherPassages(own) for family, own in families.items()}
        self._hard: dict[tuple[str, str], list[str]] = {}

    def examples(self, epoch: int) -> list[Example]:
        """The examples of an epoch, in the order of the sets."""
        found = []
        for name in sorted(self._lines):
            source = self._sources[name]
            rng = random.Random(f"{self._seed}/{epoch}/{name}")
            for line in self._lines[name]:
                share = source.share / 2 if line.constructed else source.share
                if rng.random() < share:
                    found.append(dressed(line, _example(line), rng))
                drawn = line.answered and rng.random() < share * source.made * self._made
                if drawn and (negative := self._negative(line, rng)):
                    found.append(dressed(line, negative, rng))
        return found

    def hard(self, line: Line) -> list[str]:
        """Other passages that share words with the question; looked up once."""
        key = (line.source, line.id)
        if key not in self._hard:
            source = self._sources[line.source]
            self._hard[key] = self._others[source.family or source.name].hard(line)
        return self._hard[key]

    def _negative(self, line: Line, rng: random.Random) -> Example | None:
        """A made negative of a drawn kind, or else of another kind."""
        drawn = rng.random()
        kinds = ["other", "cut", "swapped"]
        first = "other" if drawn < OTHER_PASSAGE else "cut" if drawn < OTHER_PASSAGE + CUT else "swapped"
        for kind in sorted(kinds, key=lambda one: one != first):
            question, passage = line.question, line.passage
            others = self.hard(line) if kind != "cut" else []
            if kind == "other" and others:
                passage = rng.choice(others)
            elif kind == "cut" and (cut := without_answer(line, rng)):
                passage = cut
            elif kind == "swapped" and line.spans and (swapped := swapped_question(line, others, rng)):
                question = swapped
            else:
                continue
            return Example(question, passage, False, (), (), kind, line.source)
        return None


def _example(line: Line) -> Example:
    return Example(line.question, line.passage, line.answered, line.spans, line.evidence, "given", line.source)


def dressed(line: Line, example: Example, rng: random.Random) -> Example:
    """The example with its question's case and end mark, and the title above the passage, as they may stand in use.

    What the letters look like must not tell which set, and so which answer, is likely.
    """
    question = example.question.strip()
    if rng.random() < LOWER_CASE:
        question = question.lower()
    if rng.random() < OTHER_END:
        question = question.rstrip(" ?.") if question.endswith(("?", ".")) else question + ("." if line.claim else "?")
    if line.claim:
        question = CLAIM_PREFIX + question
    with_title = rng.random() < WITH_TITLE
    # A passage that another article lent has no title of its own here.
    if not with_title or not line.title or example.kind == "other":
        return replace(example, question=question)
    title = line.title + "\n"
    return replace(
        example,
        question=question,
        passage=title + example.passage,
        spans=_moved(example.spans, len(title)),
        evidence=None if example.evidence is None else _moved(example.evidence, len(title)),
    )


def _moved(spans: Sequence[Span], by: int) -> tuple[Span, ...]:
    return tuple((start + by, end + by) for start, end in spans)
