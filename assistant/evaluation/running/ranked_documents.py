"""From ranked passages to ranked documents, and which of them a question's labels call relevant."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from footnoted.assistant.evaluation.metrics.answers import (
    YES_OR_NO,
    contains_tokens,
    normalise,
    plain,
    plain_contains,
    textual_answers,
)
from footnoted.assistant.evaluation.question_sets.questions import Question
from footnoted.index.types import Passage

PASSAGES = 20  # that a ranking is made from
DEPTH = 10  # documents of a ranking unless --depth says more: what the metrics @10 need


def base_name(source: str) -> str:
    """The file name of a source, which may be a path, a URL or ``<path>#<record>``."""
    return source.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]


def matching_label(document_id: str, source: str, labels: Iterable[str]) -> str | None:
    """The label that names this document by its id, source or file name; None if there is none."""
    known = set(labels)
    return next((name for name in (document_id, source, base_name(source)) if name in known), None)


def unknown_labels(questions: Iterable[Question], documents: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Labels that name none of the documents, which are given as (id, source), each with a question that has it.

    They count as documents that were not found, so a typing mistake in them must be reported.
    """
    known = {name for identity, source in documents for name in (identity, source, base_name(source))}
    return {label: question.id for question in questions for label in question.relevant if label not in known}


def document_key(document_id: str, source: str, labels: Iterable[str]) -> str:
    """The name of a document in the ranking of one question: the label that names it, else its id or source."""
    return matching_label(document_id, source, labels) or document_id or source


def ranked_documents(passages: Sequence[Passage], labels: Mapping[str, int]) -> list[tuple[str, int]]:
    """(document, number of its first passage from 1) in the order of their first passages."""
    found: dict[str, int] = {}
    for number, passage in enumerate(passages, start=1):
        found.setdefault(document_key(passage.document_id, passage.source, labels), number)
    return list(found.items())


def gold_units(question: Question, text_of: Callable[[str], str | None]) -> dict | None:
    """What a citation has to contain: ``{"kind": "evidence" or "answer", "units": [[text, …], …]}``, or None.

    Each evidence text is a unit of its own. Without evidence the gold answers are one unit: only those that are in a
    relevant document, if its text is known (``text_of`` gives None if not), and not "yes" or "no".
    """
    evidence = [text for text in (evidence_text(item, text_of) for item in question.evidence) if text.strip()]
    if evidence:
        return {"kind": "evidence", "units": [[text] for text in evidence]}
    answers = [answer for answer in textual_answers(question.answers) if normalise(answer) not in YES_OR_NO]
    if texts := relevant_texts(question, text_of):
        stored = [normalise(text) for text in texts]
        answers = [answer for answer in answers if any(contains_tokens(text, normalise(answer)) for text in stored)]
    return {"kind": "answer", "units": [answers]} if answers and question.answerable is not False else None


def verbatim_gold(question: Question, text_of: Callable[[str], str | None]) -> bool | None:
    """Whether a relevant document has one of the gold answers word for word; None when their texts are not known."""
    texts = relevant_texts(question, text_of)
    if not texts:
        return None
    stored = [plain(text) for text in texts]  # once: a document may be long, and have many answers looked for in it
    return any(plain_contains(text, answer) for text in stored for answer in question.answers)


def relevant_texts(question: Question, text_of: Callable[[str], str | None]) -> list[str]:
    """The texts of the relevant documents; empty if there are none or one of them is not known."""
    texts = [text for text in (text_of(label) for label in question.relevant) if text is not None]
    return texts if len(texts) == len(question.relevant) else []


def evidence_text(evidence, text_of: Callable[[str], str | None]) -> str:
    """The text of a piece of evidence; for a span without text, that of the document there."""
    if evidence.text or evidence.start is None:
        return evidence.text
    text = text_of(evidence.document)
    return text[evidence.start : evidence.end] if text else ""
