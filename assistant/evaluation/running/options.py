"""The options of ``footnote evaluate``, and which of them go together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from footnoted.assistant.evaluation.custom_metrics.loading import CustomMetric
from footnoted.assistant.evaluation.errors import QuestionsError
from footnoted.assistant.evaluation.metrics.gates import Gate
from footnoted.assistant.evaluation.question_sets.files import QuestionSet
from footnoted.assistant.evaluation.running.answer_files import AnswerRows
from footnoted.assistant.evaluation.running.ranked_documents import DEPTH

# What takes the place of our own assistant, and the options that mean nothing with it.
EXCLUDED = {
    "answers": ("retrieval_only", "model", "prices", "depth"),
    "callable": ("retrieval_only", "model", "prices", "allow_missing", "depth"),
    "url": ("retrieval_only", "allow_missing", "depth"),
    "ranking": ("corpus", "model", "judge", "prices", "depth"),
    "subject": ("corpus", "allow_missing"),
}


@dataclass(frozen=True, slots=True)
class Options:
    """The options of ``footnote evaluate``; None means the default.

    A program that calls ``evaluate()`` may give what it has in memory: a question set, rows of answers, a function, and
    as ``subject`` a function that gives its open index and assistant with the settings that decide the results.
    """

    questions: Path | QuestionSet
    corpus: Path | None = None
    limit: int | None = None
    retrieval_only: bool = False
    model: str | None = None
    output: Path | None = None
    baselines: tuple[Path, ...] = ()
    gates: tuple[Gate, ...] = ()
    home: str | None = None
    judge: str | None = None
    judge_base_url: str | None = None
    depth: int | None = None  # documents of a ranking
    ranking: Path | None = None
    answers: Path | AnswerRows | None = None
    callable: str | Callable[..., Any] | None = None
    url: str | None = None
    allow_missing: bool = False
    prices: Path | None = None
    drafts: bool = False
    slices: tuple[str, ...] = ()  # fields of the questions
    columns: Mapping[str, str] = field(default_factory=dict)  # our field -> the column of the file that has it
    subject: Callable[..., Any] | None = None
    metrics: tuple[CustomMetric, ...] = ()


def other_system(options: Options) -> bool:
    """Whether the answers come from another system than our assistant."""
    return options.answers is not None or options.callable is not None or options.url is not None


def flag(name: str) -> str:
    """An option as it is written in a command."""
    return f"--{name.replace('_', '-')}"


def check_options(options: Options, spelled: Callable[[str], str] = flag) -> None:
    """Raises :class:`QuestionsError` for options that do not go together; ``spelled`` writes their names."""
    systems = [name for name in EXCLUDED if getattr(options, name) is not None]
    if len(systems) > 1:
        raise QuestionsError(f"Only one of {' and '.join(map(spelled, systems))} can be evaluated at a time.")
    for name in systems:
        for other in EXCLUDED[name]:
            if getattr(options, other):
                raise QuestionsError(f"{spelled(other)} has no meaning with {spelled(name)}: leave one of them out.")
    if options.allow_missing and not systems:
        raise QuestionsError(
            f"{spelled('allow_missing')} needs the file of {spelled('answers')} or {spelled('ranking')}."
        )
    if options.judge_base_url and not options.judge:
        raise QuestionsError(f"{spelled('judge_base_url')} needs the name of the judge: give {spelled('judge')}.")
    if options.judge and options.retrieval_only:
        raise QuestionsError(
            f"{spelled('judge')} has no meaning with {spelled('retrieval_only')}: leave one of them out."
        )
    if options.depth is not None and options.depth < DEPTH:
        raise QuestionsError(f"{spelled('depth')} must be {DEPTH} or more, since some metrics look that deep.")


def check_options_of_claims(options: Options) -> None:
    """Raises :class:`QuestionsError` for options that mean nothing for a set of claims, which asks no question."""
    for name in ("corpus", "retrieval_only", "model", "judge", "prices", "depth"):
        if getattr(options, name):
            raise QuestionsError(f"{flag(name)} has no meaning with a set of claims: leave it out.")
