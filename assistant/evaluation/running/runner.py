"""Asks every question of a set, keeps a record of each, and continues where an interrupted run stopped."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from footnoted.assistant.english.followup import standalone
from footnoted.assistant.errors import AssistantError
from footnoted.assistant.evaluation.errors import EvaluationError
from footnoted.assistant.evaluation.question_sets.questions import Question
from footnoted.assistant.evaluation.running.ranked_documents import DEPTH, PASSAGES, base_name, matching_label
from footnoted.assistant.evaluation.running.records import (
    RECORDS,
    RecordFile,
    drop_torn_line,
    make_record,
    read_records,
    write_records,
)
from footnoted.assistant.evaluation.running.subject import CachingReranker, Subject
from footnoted.assistant.evaluation.running.usage import TokenMeter
from footnoted.index.errors import IndexingError
from footnoted.index.types import Passage

FIRST_STAGE_PASSAGES = 100  # how deep to look for documents that the search did not return
WARM_UP = "models are loaded by the first search, whose time should count for no question"

QuestionProgress = Callable[[int, int, dict], None]


def question_asker(subject: Subject, depth: int = DEPTH) -> Callable[[Question], dict]:
    """A function that asks a question and gives its record with ``depth`` documents ranked; the models are loaded."""
    known = subject.index.documents()
    sources = sources_by_name(known)
    text_of = lru_cache(maxsize=256)(subject.text_of)
    subject.index.retrieve(WARM_UP, PASSAGES)
    meter = TokenMeter(subject.assistant)

    def record_of(question: Question) -> dict:
        if isinstance(subject.index.reranker, CachingReranker):
            subject.index.reranker.forget()
        scope = scope_of(question, sources)
        enough = min(depth, len(known) if scope is None else len(scope))
        return {**ask(question, subject, text_of, depth, enough, scope), "usage": meter.take()}

    return record_of


def run_questions(
    questions: Sequence[Question],
    prepare: Callable[[], Callable[[Question], dict]],
    folder: Path,
    progress: QuestionProgress | None = None,
    resume: bool = False,
) -> list[dict]:
    """Ask all questions, append a record of each to ``folder/records.jsonl`` and return the records in their order.

    ``prepare`` gives the function that asks one; it is called once, and only if there is something to ask.

    With ``resume``, questions that have a record without an error are not asked again. ``progress(done, total,
    record)`` is called after each question. In the end the file has one record for each question, in their order.
    """
    path = folder / RECORDS
    done: dict[str, dict] = {}
    if resume and path.is_file():
        drop_torn_line(path)
        done = {record["id"]: record for record in read_records(folder) if not record["error"]}
    else:
        path.write_text("", encoding="utf-8")
    ask_one = prepare() if any(question.id not in done for question in questions) else None
    file = RecordFile(path)
    try:
        for number, question in enumerate(questions, start=1):
            if question.id not in done and ask_one:
                done[question.id] = ask_one(question)
                file.append(done[question.id])
            if progress:
                progress(number, len(questions), done[question.id])
    finally:
        file.close()
    records = [done[question.id] for question in questions]
    if resume:  # what had failed was appended when it was asked again
        write_records(path, records)
    return records


def ask(
    question: Question,
    subject: Subject,
    text_of: Callable[[str], str | None],
    depth: int,
    enough: int,
    scope: list[str] | None = None,
) -> dict:
    """One question's record. An error of ours is kept as the record's error.

    ``depth`` documents are ranked, of which there are ``enough``. ``scope`` are the sources of the documents that the
    question is asked about; None: all.
    """
    within: dict[str, Any] = {} if scope is None else {"sources": scope}
    timings: dict[str, float] = {}
    answer, passages, beyond, error = None, [], [], ""
    searched_for = question.question
    try:
        if subject.assistant is None:
            searched_for = standalone(question.question, question.history).text
        else:
            started = time.perf_counter()
            answer = subject.assistant.answer(question.question, question.history, **within)
            timings |= answer.timings
            timings["total"] = milliseconds_since(started)
            searched_for = answer.standalone_question or question.question
        started = time.perf_counter()
        passages = subject.index.retrieve(searched_for, PASSAGES, **within)
        if subject.assistant is None:
            timings["retrieve"] = milliseconds_since(started)
            if isinstance(subject.index.reranker, CachingReranker):
                timings["rerank"] = subject.index.reranker.spent
        if count_documents(passages) < enough or lacks_relevant(question, passages):
            beyond = first_stages(subject, searched_for, enough, within)
            passages = extended_to_depth(passages, beyond, enough)
    except (AssistantError, IndexingError) as failure:
        error = f"{type(failure).__name__}: {failure}"
    return make_record(question, searched_for, passages, answer, timings, text_of, error, beyond, depth)


def sources_by_name(documents: Sequence[Any]) -> dict[str, str]:
    """Each name that a document goes by (its id, source or file name) to its source."""
    return {name: info.source for info in documents for name in (base_name(info.source), info.source, info.document_id)}


def scope_of(question: Question, sources: Mapping[str, str]) -> list[str] | None:
    """The sources of the documents that a question is asked about; None for all of them.

    ``sources`` maps each name of a document to its source. Raises :class:`EvaluationError` for one that it lacks: the
    question would be asked about nothing.
    """
    unknown = [name for name in question.only if name not in sources]
    if unknown:
        raise EvaluationError(f'Question "{question.id}" is only about {unknown[0]!r}, which is no document here.')
    return [sources[name] for name in question.only] or None


def first_stages(subject: Subject, searched_for: str, enough: int, within: Mapping[str, Any]) -> list[Passage]:
    """What the stages before the reranker find, as deep as it takes to find ``enough`` documents."""
    most = FIRST_STAGE_PASSAGES
    while True:
        found = subject.index.retrieve(searched_for, most, rerank=False, **within)
        if count_documents(found) >= enough or len(found) < most:
            return found
        most *= 4


def lacks_relevant(question: Question, passages: Sequence[Passage]) -> bool:
    """Whether a relevant document is missing among those of the passages."""
    found = (matching_label(passage.document_id, passage.source, question.relevant) for passage in passages)
    return bool(set(question.relevant) - set(found))


def count_documents(passages: Sequence[Passage]) -> int:
    """How many documents the passages come from."""
    return len({passage.source for passage in passages})


def extended_to_depth(passages: Sequence[Passage], beyond: Sequence[Passage], depth: int) -> list[Passage]:
    """The passages, followed by some from the stages before the reranker until they come from ``depth`` documents.

    A longer search would have the reranker score more passages, which takes many times as long and would change the
    order of the first ones. As in the search itself, what was not reranked has a share of the lowest score.
    """
    found, known = list(passages), {passage.id for passage in passages}
    lowest = min((passage.score for passage in passages), default=1.0)
    for passage in beyond:
        if count_documents(found) >= depth:
            break
        if passage.id not in known:
            found.append(replace(passage, score=lowest * passage.score))
    return found


def milliseconds_since(started: float) -> float:
    """Milliseconds since a reading of ``time.perf_counter``."""
    return (time.perf_counter() - started) * 1000
