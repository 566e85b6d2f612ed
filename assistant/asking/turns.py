"""A question under way: its answer as it starts, and how well the documents support one way to read it."""

from __future__ import annotations

from dataclasses import dataclass

from footnoted.assistant.answers import Answer
from footnoted.assistant.asking.stages import Watch
from footnoted.assistant.english.followup import Standalone, Understood
from footnoted.assistant.quoting.abstain import is_too_vague
from footnoted.assistant.quoting.extractive import Extract


@dataclass(frozen=True, slots=True)
class Turn:
    """A question that was searched for, the answer as it starts, and the watch of its stages."""

    question: Standalone
    start: Answer
    watch: Watch


def searchable(meant: Understood) -> list[Standalone]:
    """The readings of a question that name something, the likelier one first."""
    every = [*meant.readings, *([meant.completed] if meant.completed else [])]
    named = [reading for reading in every if not is_too_vague(reading.text)]
    return [reading for reading in named if reading in meant.readings] or named[:1]


def support(turn: Turn, extract: Extract | None, reason: str, meant: Understood) -> tuple[bool, float]:
    """How well the documents support a reading; the greatest one answers.

    One that is answered beats one that is refused. Otherwise it is the score of the best sentence, and how likely the
    question is meant so: both are logits.
    """
    score = extract.score if extract else 0.0
    return not reason, meant.odds(turn.question) + (score if not reason else 0.0)
