"""A question after a talk into one that stands alone, without a language model: what it lacks is taken from before.

A small model that was taught by talks of people (docs/followups.md) says how likely the question needs the talk, and
which words of it. Where it is in doubt, there are two readings, and the documents decide.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from footnoted.assistant.answers import REFUSAL
from footnoted.assistant.english.followup_features import (
    MOST_TURNS,
    Features,
    Turn,
    question_features,
    tokens,
    turn,
    word_features,
)
from footnoted.assistant.english.small_talk import reply_to

_WITH_GIVEN = re.compile(r"(.+[?.!。？！]) \(([^()?]+)\)")
_ENDS = re.compile(r"[?.!。？！]$")
_NOTES = re.compile(r"\n+---\n")  # below it stand the footnotes of an answer
MOST_GIVEN = 12  # words


@dataclass(frozen=True, slots=True)
class Standalone:
    """A question that can be searched for: what was asked, and the words that the conversation gave it.

    >>> Standalone("How tall is it?", "Eiffel Tower").text
    'How tall is it? (Eiffel Tower)'
    """

    asked: str
    given: str = ""

    @classmethod
    def of(cls, text: str) -> Standalone:
        """The question of a text alone, where the words in brackets behind it may have been given to it."""
        match = _WITH_GIVEN.fullmatch(text)
        return cls(match[1], match[2]) if match else cls(text)

    @property
    def text(self) -> str:
        """The whole, as it is searched for."""
        if not self.given:
            return self.asked
        return f"{self.asked}{'' if _ENDS.search(self.asked) else '?'} ({self.given})"

    @property
    def alone(self) -> str:
        """What was asked without what it was given; empty when nothing was given, or a lone "?" was asked."""
        return self.asked if self.given and len(self.asked) > 1 else ""


@dataclass(frozen=True, slots=True)
class Understood:
    """A question as it stands, and with the words of the conversation that it may lack (``None``: it has none).

    ``needs`` is the probability that it needs them. Between the two bounds of the model it is in doubt. ``chosen`` is
    what a person set instead.
    """

    alone: Standalone
    completed: Standalone | None = None
    needs: float = 0.0
    chosen: Standalone | None = None

    @property
    def readings(self) -> tuple[Standalone, ...]:
        """The likelier reading first; the other one only where it is in doubt."""
        if self.chosen is not None:
            return (self.chosen,)
        if self.completed is None:
            return (self.alone,)
        model = _model()
        if self.needs < model.alone_below:
            return (self.alone,)
        if self.needs > model.completed_above:
            return (self.completed,)
        both = (self.completed, self.alone)
        return both if self.needs > 0.5 else both[::-1]

    def odds(self, reading: Standalone) -> float:
        """The logarithm of how much likelier a reading is than the other one."""
        odds = math.log((self.needs + 1e-6) / (1 - self.needs + 1e-6))
        return odds if reading == self.completed else -odds

    def other_than(self, reading: Standalone) -> str:
        """What else a reader may have meant; empty where a question hardly needs the conversation."""
        if self.completed is None:
            return ""
        if reading == self.completed:
            return self.alone.text
        possible = self.chosen is not None or self.needs >= _model().alone_below
        return self.completed.text if reading == self.alone and possible else ""


@dataclass(frozen=True, slots=True)
class _Model:
    """Weights of two logistic regressions, and from where on they count."""

    known: frozenset[str]
    needs: Mapping[str, float]
    lacks: Mapping[str, float]
    alone_below: float
    completed_above: float
    lacking_above: float


@cache
def _model() -> _Model:
    kept = json.loads(files(__package__).joinpath("followups.json").read_text(encoding="utf-8"))
    return _Model(
        frozenset(kept["known"]), kept["needs"], kept["lacks"], kept["alone_below"], kept["completed_above"],
        kept["lacking_above"],
    )  # fmt: skip


def probability(weights: Mapping[str, float], features: Features) -> float:
    """What a logistic regression says; a feature that it does not have counts nothing."""
    total = sum(weights.get(name, 0.0) * value for name, value in features.items())
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))


def understood(question: str, history: Sequence[Mapping[str, str]] = ()) -> Understood:
    """A question after a talk, as it may be meant.

    Args:
        history: ``[{"role": "user" | "assistant", "content": …}, …]``, oldest first.
    """
    return _understood(question, talk_of(history))


def standalone(question: str, history: Sequence[Mapping[str, str]] = ()) -> Standalone:
    """The likelier reading of a question after a talk."""
    return understood(question, history).readings[0]


def talk_of(history: Sequence[Mapping[str, str]]) -> list[Turn]:
    """The turns of a conversation, each question with what it lacked; greetings and thanks are none."""
    pairs: list[list[str]] = []
    for message in history:
        content = message.get("content", "")
        if message.get("role") == "user":
            pairs.append([content, ""])
        elif pairs and message.get("role") == "assistant":
            pairs[-1][1] = "" if content.startswith(REFUSAL) else _NOTES.split(content)[0]
    talk: list[Turn] = []
    for asked, answer in [pair for pair in pairs if reply_to(pair[0], 0) is None][-2 * MOST_TURNS :]:
        known = Standalone.of(" ".join(asked.split()))  # a conversation may keep what was searched for
        whole = known.text if known.given else _understood(asked, talk).readings[0].text
        talk.append(turn(known.asked, whole, answer))
    return talk


def _understood(question: str, talk: Sequence[Turn]) -> Understood:
    question = " ".join(question.split())
    alone, read = Standalone.of(question), tokens(question)
    if not talk or alone.given:
        return Understood(alone)
    model = _model()
    needs = probability(model.needs, question_features(read, talk, model.known))
    words = [(token.text, probability(model.lacks, own)) for token, own in word_features(read, talk, model.known)]
    best = sorted(words, key=lambda pair: -pair[1])
    chosen = [pair for pair in best if pair[1] >= model.lacking_above][:MOST_GIVEN] or best[:1]
    given = " ".join(text for text, chance in words if (text, chance) in chosen)
    return Understood(alone, Standalone(question, given) if given else None, needs)
