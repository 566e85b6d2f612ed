"""A question with its labels, and how it is read from a line of a question set."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from footnoted.assistant.evaluation.errors import InvalidLine
from footnoted.assistant.evaluation.question_sets.jsonl import type_name

# The words other tools use for the same fields: ragas, Hugging Face data sets, BEIR.
OTHER_NAMES = {
    "id": ("_id", "query_id", "qid"),
    "question": ("user_input", "query", "text", "input"),
    "answers": ("reference", "ground_truth", "ground_truths", "answer", "reference_answers"),
    "evidence": ("evidence_sentences", "reference_contexts"),
    "relevant": ("reference_context_ids", "relevant_docs"),
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """A text that contains the answer; ``document`` and the span say where it is, if the label does."""

    text: str = ""
    document: str = ""
    start: int | None = None
    end: int | None = None

    def to_dict(self) -> dict:
        """A JSON-ready dictionary of the known fields."""
        row = {"text": self.text, "document": self.document, "start": self.start, "end": self.end}
        return {name: value for name, value in row.items() if value not in ("", None)}


@dataclass(frozen=True, slots=True)
class Question:
    """One question with its labels.

    ``relevant`` maps a document's id, source or file name to its grade (1 unless graded). ``answerable`` is None
    when there is no such label. ``history`` contains the earlier turns; if there are any, the question is a follow-up.
    ``extra`` keeps every other field of the line, so that results can be sliced by it. ``only`` are the documents that
    the question is asked about; empty: all of them.
    """

    id: str
    question: str
    answers: tuple[str, ...] = ()
    relevant: Mapping[str, int] = field(default_factory=dict)
    evidence: tuple[Evidence, ...] = ()
    answerable: bool | None = None
    history: tuple[Mapping[str, str], ...] = ()
    extra: Mapping[str, object] = field(default_factory=dict)
    only: tuple[str, ...] = ()

    def to_dict(self) -> dict:
        """The line of a ``questions.jsonl`` this question is read from."""
        row: dict = {"id": self.id, "question": self.question, "answers": list(self.answers)}
        graded = any(grade != 1 for grade in self.relevant.values())
        row["relevant"] = dict(self.relevant) if graded else list(self.relevant)
        row["evidence"] = [evidence.to_dict() for evidence in self.evidence]
        if self.answerable is not None:
            row["answerable"] = self.answerable
        if self.history:
            row["history"] = [dict(turn) for turn in self.history]
        if self.only:
            row["only"] = list(self.only)
        return {**dict(self.extra), **row}


def parse_question(row: Mapping, default_id: str) -> Question:
    """Turn one object into a :class:`Question`; raises :class:`InvalidLine` with what is wrong."""
    row = with_standard_names(row)
    question = row.get("question")
    if not isinstance(question, str) or not question.strip():
        found = "must not be empty" if isinstance(question, str) else f"must be a string, found {type_name(question)}"
        found = found if "question" in row else "is missing"
        raise InvalidLine(f'"question" {found}')
    identifier = row.get("id", default_id)
    if isinstance(identifier, bool) or not isinstance(identifier, (str, int)) or not str(identifier).strip():
        raise InvalidLine(f'"id" must be a string, found {type_name(identifier)}')
    answers = parse_answers(row.get("answers"))
    relevant = parse_relevant(row.get("relevant"))
    evidence = parse_evidence(row.get("evidence"))
    answerable = row.get("answerable")
    if answerable is not None and not isinstance(answerable, bool):
        raise InvalidLine(f'"answerable" must be true or false, found {type_name(answerable)}')
    if answerable is None and isinstance(row.get("refuse"), bool):  # a question that is graded by patterns
        answerable = not row["refuse"]
    if answerable is None and (answers or relevant or evidence):
        answerable = True
    check_grading_fields(row)
    ours = ("id", "question", "answers", "relevant", "evidence", "answerable", "history", "only")
    extra = {name: value for name, value in row.items() if name not in ours}
    history = parse_history(row.get("history"))
    only = tuple(dict.fromkeys(text_list("only", row.get("only"))))
    return Question(str(identifier), question, answers, relevant, evidence, answerable, history, extra, only)


def check_grading_fields(row: Mapping) -> None:
    """Raise :class:`InvalidLine` for fields by which an answer is graded that cannot be used for it."""
    for name in ("need", "not"):
        value = row.get(name) or []
        groups = value if isinstance(value, list) else [value]
        for pattern in (one for group in groups for one in (group if isinstance(group, list) else [group])):
            if not isinstance(pattern, str):
                raise InvalidLine(f'"{name}" must be a list of regular expressions, found {type_name(pattern)} in it')
            try:
                re.compile(pattern)
            except re.error as error:
                raise InvalidLine(f'"{name}" has {pattern!r}, which is not a regular expression: {error}') from None
    for name in ("files", "items"):
        value = row.get(name)
        if value is not None and not isinstance(value, list):
            raise InvalidLine(f'"{name}" must be a list, found {type_name(value)}')
    for name in ("max_words", "need_share"):
        value = row.get(name)
        if value is not None and (isinstance(value, bool) or not isinstance(value, (int, float)) or value <= 0):
            raise InvalidLine(f'"{name}" must be a number above 0, found {value!r}')


def with_standard_names(row: Mapping) -> dict:
    """The row with other tools' names for our fields replaced; a field of ours takes precedence."""
    renamed = dict(row)
    for ours, others in OTHER_NAMES.items():
        for name in others:
            if renamed.get(ours) in (None, [], "") and name in renamed:
                renamed[ours] = renamed.pop(name)
    return renamed


def parse_answers(value: object) -> tuple[str, ...]:
    """Answers as texts; a single text and SQuAD's ``{"text": […]}`` are accepted too."""
    if isinstance(value, Mapping) and "text" in value:
        value = value["text"]
    texts = text_list("answers", value)
    return tuple(dict.fromkeys(text for text in texts if text.strip()))


def parse_relevant(value: object) -> dict[str, int]:
    """Relevant documents with grades: a list of names, or a mapping from name to grade."""
    if isinstance(value, Mapping):
        for name, grade in value.items():
            if isinstance(grade, bool) or not isinstance(grade, int):
                raise InvalidLine(
                    f'the grade of "{name}" in "relevant" must be a whole number, found {type_name(grade)}'
                )
        return {str(name): grade for name, grade in value.items() if grade > 0}
    return dict.fromkeys(text_list("relevant", value), 1)


def parse_evidence(value: object) -> tuple[Evidence, ...]:
    """Evidence as texts or as objects with ``text``, ``sentences``, or ``document``, ``start`` and ``end``."""
    if value is None:
        return ()
    found: list[Evidence] = []
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, str):
            found.append(Evidence(item))
        elif isinstance(item, Mapping):
            found.extend(evidence_of(item))
        else:
            raise InvalidLine(f'an entry of "evidence" must be a string or an object, found {type_name(item)}')
    return tuple(evidence for evidence in found if evidence.text.strip() or evidence.start is not None)


def evidence_of(item: Mapping) -> list[Evidence]:
    """The pieces of evidence that one object names."""
    document = str(item.get("document") or item.get("source") or item.get("doc") or "")
    start, end = item.get("start"), item.get("end")
    if (start is None) != (end is None) or not all(isinstance(offset, (int, type(None))) for offset in (start, end)):
        raise InvalidLine('a span of "evidence" needs whole numbers "start" and "end"')
    if start is not None and not 0 <= start < end:
        raise InvalidLine(f'a span of "evidence" must have 0 <= start < end, found {start} and {end}')
    texts = text_list("evidence", item.get("sentences") or item.get("text") or item.get("quote"))
    if start is None and not texts:
        raise InvalidLine('an entry of "evidence" needs a "text", "sentences", or a "start" and an "end"')
    if start is not None and not document:
        raise InvalidLine('a span of "evidence" needs the "document" it is in')
    if start is not None:
        return [Evidence(texts[0] if texts else "", document, start, end)]
    return [Evidence(text, document) for text in texts]


def parse_history(value: object) -> tuple[Mapping[str, str], ...]:
    """Earlier turns, each ``{"role": "user" or "assistant", "content": text}``."""
    if value is None:
        return ()
    if not isinstance(value, list):
        raise InvalidLine(f'"history" must be a list of turns, found {type_name(value)}')
    turns = []
    for turn in value:
        role, content = (turn.get("role"), turn.get("content")) if isinstance(turn, Mapping) else (None, None)
        if role not in ("user", "assistant") or not isinstance(content, str):
            raise InvalidLine('a turn of "history" must be {"role": "user" or "assistant", "content": a string}')
        turns.append({"role": role, "content": content})
    return tuple(turns)


def text_list(name: str, value: object) -> list[str]:
    """A list of texts; None is empty, a single text a list of one, numbers become texts."""
    if value is None:
        return []
    if isinstance(value, str):
        return [value] if value.strip() else []
    if not isinstance(value, list):
        raise InvalidLine(f'"{name}" must be a list of strings, found {type_name(value)}')
    for item in value:
        if isinstance(item, bool) or not isinstance(item, (str, int, float)):
            raise InvalidLine(f'"{name}" must be a list of strings, found {type_name(item)} in it')
    return [str(item) for item in value]
