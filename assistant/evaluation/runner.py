"""Asks every question of a set, keeps a record of each, and goes on where an interrupted run stopped."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from assistant.errors import AssistantError
from assistant.evaluation.documents import DEPTH, label_of
from assistant.evaluation.questions import Question
from assistant.evaluation.records import RECORDS, RecordFile, drop_torn_line, make_record, read_records
from assistant.evaluation.usage import TokenMeter
from assistant.followup import standalone
from index.errors import IndexingError
from index.types import Passage

PASSAGES = 20  # the first request; the product's reranker reads as many
FIRST_STAGES = 100  # passages: how deep it is looked for documents that the search did not give
WARM_UP = "models are loaded by the first search, which no question should be charged for"
USUAL = {"rerank": True}  # of every other option of a search, None

Told = Callable[[int, int, dict], None]


class DeepIndex:
    """An open index that always searches ``PASSAGES`` deep and remembers the last search.

    An answer is made from the first few passages and a ranking is measured on more of them: both come from one search,
    since the reranker reads as many for 5 as for 20 and ``retrieve(q, 20)[:5] == retrieve(q, 5)`` (a test holds that).
    """

    def __init__(self, index: Any) -> None:
        self.searched = index
        self._last: tuple[str, list[Passage]] = ("", [])

    def __getattr__(self, name: str) -> Any:
        return getattr(self.searched, name)

    def retrieve(self, question: str, k: int = 5, **options: Any) -> list[Passage]:
        """As ``Index.retrieve``; a repeated question within ``PASSAGES`` is answered from memory."""
        if k > PASSAGES or any(value != USUAL.get(name) for name, value in options.items()):
            return self.searched.retrieve(question, k, **options)
        if self._last[0] != question:
            self._last = (question, self.searched.retrieve(question, PASSAGES))
        return self._last[1][:k]


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
    return lambda question: {**ask(question, subject, text_of, depth), "usage": meter.take()}


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
            searched_for = standalone(question.question, question.history)
        else:
            started = time.perf_counter()
            answer = subject.assistant.answer(question.question, question.history)
            timings |= answer.timings
            timings["total"] = milliseconds_since(started)
            searched_for = answer.standalone_question or question.question
        started = time.perf_counter()
        passages = subject.index.retrieve(searched_for, PASSAGES)
        timings.setdefault("retrieve", milliseconds_since(started))
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
