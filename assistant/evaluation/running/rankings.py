"""Scores a ranking that something else made: the documents of a TREC run file in place of a search of ours."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from footnoted.assistant.evaluation.errors import QuestionsError
from footnoted.assistant.evaluation.question_sets.questions import Question
from footnoted.assistant.evaluation.question_sets.trec import read_run
from footnoted.assistant.evaluation.running.records import make_record, place_of


def read_ranking(path: Path, questions: Sequence[Question]) -> Callable[[Question], dict]:
    """The function that makes a question's record from the run file; a question it lacks found nothing.

    Raises :class:`QuestionsError` when the file cannot be read or ranks none of these questions.
    """
    run = read_run(path)
    if not any(question.id in run for question in questions):
        raise QuestionsError(
            f"{path} ranks none of the questions: it has other ids, such as {next(iter(run), None)!r}."
        )
    return lambda question: ranked(question, run.get(question.id, ()))


def ranked(question: Question, documents: Sequence[str]) -> dict:
    """The record of a question with these documents, best first. Without passages, evidence is not looked for."""
    record = make_record(replace(question, evidence=()), "", (), None, {}, lambda name: None)
    places = {document: rank for rank, document in enumerate(documents, start=1)}
    ranks = {label: place_of(places[label], None, None) if label in places else None for label in question.relevant}
    return {**record, "gold": None, "documents": list(documents), "relevant_ranks": ranks}
