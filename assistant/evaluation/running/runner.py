"""Asks every question of a set, keeps a record of each, and goes on where an interrupted run stopped."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from footnoted.assistant.english.followup import standalone
from footnoted.assistant.errors import AssistantError
from footnoted.assistant.evaluation.question_sets.questions import Question
from footnoted.assistant.evaluation.running.ranked_documents import DEPTH, label_of
from footnoted.assistant.evaluation.running.records import (
    RECORDS,
    RecordFile,
    drop_torn_line,
    make_record,
    read_records,
)
from footnoted.assistant.evaluation.running.usage import TokenMeter
from footnoted.index.errors import IndexingError
from footnoted.index.types import Passage

PASSAGES = 20  # what a ranking is made from
FIRST_STAGES = 100  # passages: how deep it is looked for documents that the search did not give
WARM_UP = "models are loaded by the first search, which no question should be charged for"

Told = Callable[[int, int, dict], None]


class Remembering:
    """A reranker that remembers the logits of the question at hand.

    The assistant searches for the few passages of its answer, and the ranking is measured on a longer list of its own,
    since a search for more is not a search for fewer with more behind it. Both read the same passages with the
    cross-encoder, which takes nearly all of a search's time: so the second one is almost free.
    """

    def __init__(self, reranker: Any) -> None:
        self._reranker = reranker
        self._known: dict[tuple[str, str], float] = {}
        self.spent = 0.0  # milliseconds since it last forgot

    def __getattr__(self, name: str) -> Any:
        return getattr(self._reranker, name)

    def forget(self) -> None:
        """Make the next question cost what it costs, though it was asked before."""
        self._known.clear()
        self.spent = 0.0

    def scores(self, question: str, texts: Sequence[str]) -> list[float]:
        """As the reranker's own."""
        lacking = [text for text in dict.fromkeys(texts) if (question, text) not in self._known]
        if lacking:
            started = time.perf_counter()
            found = self._reranker.scores(question, lacking)
            self.spent += milliseconds_since(started)
            self._known |= {(question, text): logit for text, logit in zip(lacking, found, strict=True)}
        return [self._known[question, text] for text in texts]


@dataclass(slots=True)
class Subject:
    """What is evaluated: an open index and, unless only retrieval is run, an open assistant on it."""

    index: Any
    assistant: Any = None

    def text_of(self, name: str) -> str | None:
        """The stored text of a document by source, id or file name; None where the index has no such document."""
        try:
            return self.index.text_of(name)
        except (IndexingError, KeyError):
            return None


def asking(subject: Subject) -> Callable[[Question], dict]:
    """The function that makes a question's record, with the models loaded."""
    depth = min(DEPTH, len(subject.index.documents()))
    text_of = lru_cache(maxsize=256)(subject.text_of)
    subject.index.retrieve(WARM_UP, PASSAGES)
    meter = TokenMeter(subject.assistant)

    def record_of(question: Question) -> dict:
        if isinstance(subject.index.reranker, Remembering):
            subject.index.reranker.forget()
        return {**ask(question, subject, text_of, depth), "usage": meter.take()}

    return record_of


def run_questions(
    questions: Sequence[Question],
    prepare: Callable[[], Callable[[Question], dict]],
    folder: Path,
    told: Told | None = None,
    resume: bool = False,
) -> list[dict]:
    """Ask all questions, append a record of each to ``folder/records.jsonl`` and return the records in their order.

    ``prepare`` gives the function that asks one; it is called once, and only when there is something to ask.

    With ``resume`` questions that have a record without an error are not asked again. ``told(done, total, record)``
    is called after each question.
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
            if told:
                told(number, len(questions), done[question.id])
    finally:
        file.close()
    return [done[question.id] for question in questions]


def ask(question: Question, subject: Subject, text_of: Callable[[str], str | None], depth: int) -> dict:
    """One question's record. What the product itself reports as failed is kept as the record's error."""
    timings: dict[str, float] = {}
    answer, passages, beyond, error = None, [], [], ""
    searched_for = question.question
    try:
        if subject.assistant is None:
            searched_for = standalone(question.question, question.history).text
        else:
            started = time.perf_counter()
            answer = subject.assistant.answer(question.question, question.history)
            timings |= answer.timings
            timings["total"] = milliseconds_since(started)
            searched_for = answer.standalone_question or question.question
        started = time.perf_counter()
        passages = subject.index.retrieve(searched_for, PASSAGES)
        if subject.assistant is None:
            timings["retrieve"] = milliseconds_since(started)
            if isinstance(subject.index.reranker, Remembering):
                timings["rerank"] = subject.index.reranker.spent
        if documents_of(passages) < depth or lacking(question, passages):
            beyond = subject.index.retrieve(searched_for, FIRST_STAGES, rerank=False)
            passages = deepened(passages, beyond, depth)
    except (AssistantError, IndexingError) as failure:
        error = f"{type(failure).__name__}: {failure}"
    return make_record(question, searched_for, passages, answer, timings, text_of, error, beyond)


def lacking(question: Question, passages: Sequence[Passage]) -> bool:
    """Whether a relevant document is not among those the passages come from."""
    found = (label_of(passage.document_id, passage.source, question.relevant) for passage in passages)
    return bool(set(question.relevant) - set(found))


def documents_of(passages: Sequence[Passage]) -> int:
    """How many documents the passages come from."""
    return len({passage.source for passage in passages})


def deepened(passages: Sequence[Passage], beyond: Sequence[Passage], depth: int) -> list[Passage]:
    """The passages, with those of the stages before the reranker behind them until they come from ``depth`` documents.

    Asking the whole search for more would have the reranker read more, which costs many times the search itself and
    would change the order of what was found first.
    """
    found, known = list(passages), {passage.id for passage in passages}
    for passage in beyond:
        if documents_of(found) >= depth:
            break
        if passage.id not in known:
            found.append(passage)
    return found


def milliseconds_since(started: float) -> float:
    """Milliseconds since a reading of ``time.perf_counter``."""
    return (time.perf_counter() - started) * 1000
