"""Sets of claims with the page they cite: does the product's citation check tell what the page supports?

A set is a folder with ``cases.jsonl``: ``{"id", "claim", "label", "evidence": [sentences], "supporting_sentences"}``.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from footnoted.assistant.evaluation.errors import QuestionsError
from footnoted.assistant.evaluation.question_sets.jsonl import read_lines
from footnoted.assistant.evaluation.question_sets.questions import Question
from footnoted.assistant.evaluation.running.records import make_record
from footnoted.assistant.quoting.evidence import Candidate, Scorer
from footnoted.assistant.writing.verify import best_support
from footnoted.index.types import Passage

LABELS = ("supported", "partially_supported", "not_supported")
PAGE = ("evidence_page", "supporting_sentences")


def read_cases(path: Path) -> tuple[Question, ...]:
    """The cases of a file as questions whose extra fields hold page and label; raises :class:`QuestionsError`."""
    cases = []
    for number, row in read_lines(path):
        claim, page, label = row.get("claim"), row.get("evidence"), row.get("label")
        if not isinstance(claim, str) or not isinstance(page, list) or not all(isinstance(line, str) for line in page):
            raise QuestionsError(f'{path}, line {number}: needs a "claim" and its page as "evidence", a list of texts.')
        if label not in LABELS:
            raise QuestionsError(f'{path}, line {number}: "label" must be {", ".join(LABELS)}, found {label!r}.')
        kept = {name: value for name, value in row.items() if name not in ("id", "claim", "evidence")}
        cases.append(Question(str(row.get("id", f"line-{number}")), claim, extra={**kept, "evidence_page": page}))
    if not cases:
        raise QuestionsError(f"{path} holds no cases.")
    return tuple(cases)


def check_case(case: Question, scorer: Scorer) -> dict:
    """The record of one claim: what the check says, against the label.

    A page that supports a claim in part does not support it: the check is to tell whether the sentence may stand.
    ``span_right`` tells, for a supported claim, whether the best span is one that annotators chose.
    """
    extra: dict[str, Any] = dict(case.extra)
    found = spans_of(extra["evidence_page"], str(extra.get("title", "")))
    started = time.perf_counter()
    best = best_support(case.question, found, scorer)
    timings = {"verify": (time.perf_counter() - started) * 1000}
    fields = {name: value for name, value in extra.items() if name not in PAGE}
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
