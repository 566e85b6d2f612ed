"""Records made without an index: from a ranking in a TREC run file, and by the citation check on claims."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from footnoted.assistant.evaluation.errors import QuestionsError
from footnoted.assistant.evaluation.question_sets.questions import Question
from footnoted.assistant.evaluation.question_sets.trec import read_trec_scores
from footnoted.assistant.evaluation.running.other_systems import ranking_of
from footnoted.assistant.evaluation.running.records import make_record
from footnoted.assistant.quoting.evidence import Candidate, Scorer
from footnoted.assistant.writing.verify import best_support
from footnoted.index.types import Passage

PAGE_FIELDS = ("evidence_page", "supporting_sentences")


def read_ranking(path: Path, questions: Sequence[Question]) -> dict[str, list[tuple[str, float]]]:
    """Question id -> documents with their scores, best first, of a TREC run file.

    Raises :class:`QuestionsError` when the file cannot be read or ranks none of these questions.
    """
    run = read_trec_scores(path)
    if not any(question.id in run for question in questions):
        raise QuestionsError(
            f"{path} ranks none of the questions: its ids are different, such as {next(iter(run), None)!r}."
        )
    return run


def ranking_record(question: Question, ranked: Sequence[tuple[str, float]]) -> dict:
    """The record of a question with these documents, best first. There are no passages to look for evidence in."""
    record = make_record(replace(question, evidence=()), "", (), None, {}, lambda name: None)
    scores = dict(reversed(ranked))  # the best score of a document that is listed twice
    placed = ranking_of(question, [document for document, _ in ranked])
    return {**record, "gold": None, **placed, "scores": [scores[document] for document in placed["documents"]]}


def check_case(case: Question, scorer: Scorer) -> dict:
    """The record of one claim: the result of the check, compared with the label.

    A page that supports a claim in part does not support it: the check has to decide about the whole sentence.
    ``span_right``, for a supported claim: whether the best span is one that annotators chose.
    """
    extra: dict[str, Any] = dict(case.extra)
    found = spans_of(extra["evidence_page"], str(extra.get("title", "")))
    started = time.perf_counter()
    best = best_support(case.question, found, scorer)
    timings = {"verify": (time.perf_counter() - started) * 1000}
    fields = {name: value for name, value in extra.items() if name not in PAGE_FIELDS}
    record = make_record(Question(case.id, case.question, extra=fields), "", (), None, timings, lambda name: None)
    expected, said = extra["label"] == "supported", best is not None and best.holds
    chosen = {number for group in extra.get("supporting_sentences") or () for number in group}
    place = next((number for number, span in enumerate(found) if best and span is best.candidate), None)
    record["support"] = {
        "expected": expected,
        "said": said,
        "score": best.score if best else 0.0,
        "span": best.candidate.text if best else "",
        "span_right": place in chosen if expected and chosen else None,
    }
    record["right"], record["graded_by"] = said == expected, "support"
    return record


def spans_of(page: list[str], title: str) -> list[Candidate]:
    """The sentences of a page as spans of one passage."""
    text = "\n".join(page)
    passage = Passage("page", text, "page", "page", title, None, "", "", 0, len(text), 1.0)
    found: list[Candidate] = []
    start = 0
    for sentence in page:
        before = found[-1] if found else None
        found.append(Candidate(passage, start, start + len(sentence), sentence, before))
        start += len(sentence) + 1
    return found
