"""What another system gave for a question, and the record that is made of it; no index of ours is used."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from footnoted.assistant.answers import REFUSAL, Answer, Citation, Sentence
from footnoted.assistant.evaluation.errors import EvaluationError, InvalidLine, QuestionsError
from footnoted.assistant.evaluation.metrics.lacking import (
    CITATIONS,
    CITED_DOCUMENTS,
    CONTEXTS,
    DOCUMENTS,
    SENTENCE_CITATIONS,
    TEXTS,
)
from footnoted.assistant.evaluation.question_sets.jsonl import type_name
from footnoted.assistant.evaluation.question_sets.questions import Question, text_list
from footnoted.assistant.evaluation.running.corpus_texts import TextOf, quoted_verbatim
from footnoted.assistant.evaluation.running.records import make_record, rank_entry
from footnoted.index.text.sentences import sentences
from footnoted.index.types import Passage

NAMED = 5  # questions that a message names
# The words that other tools use for the same fields: ragas, DeepEval, promptfoo.
NAMES = {
    "answer": ("answer", "response", "output", "actual_output"),
    "contexts": ("contexts", "retrieved_contexts", "context", "retrieval_context"),
    "documents": ("documents", "retrieved_context_ids"),
    "quotes": ("quotes",),
    "refused": ("refused",),
}
_MARKS = re.compile(r"\s*\[(\d+(?:\s*,\s*\d+)*)\]")


class NotAnswered(EvaluationError):
    """A file has no answer to this question."""


@dataclass(frozen=True, slots=True)
class Quote:
    """A text that the answer cites; ``document`` is empty where the system does not name it."""

    text: str
    document: str = ""


@dataclass(frozen=True, slots=True)
class Given:
    """What a system gave for one question.

    ``documents`` belong to the contexts one by one if there are as many; else they are a ranking of their own.
    """

    answer: str = ""
    contexts: Sequence[str] = ()
    documents: Sequence[str] = ()
    quotes: Sequence[Quote] = ()
    refused: bool = False
    milliseconds: float | None = None
    usage: Mapping[str, int] | None = None
    said: Answer | None = None  # of a Footnote, which says which sentence has which footnote

    @property
    def no_answer(self) -> bool:
        """Whether it refused: it says so, it said nothing, or it said what our assistant says then."""
        said = " ".join(self.answer.split()).casefold()
        return self.refused or not said or said.startswith(REFUSAL.casefold().rstrip("."))


def given_of(row: Mapping) -> Given:
    """The fields of a row (of a file, or of what a function returned); raises :class:`InvalidLine`."""
    found = {ours: next((row[name] for name in names if name in row), None) for ours, names in NAMES.items()}
    answer, refused = found["answer"], found["refused"]
    if refused is not None and not isinstance(refused, bool):
        raise InvalidLine(f'"refused" must be true or false, found {type_name(refused)}')
    if not refused and not any(name in row for name in NAMES["answer"]):
        raise InvalidLine('"answer" is missing')
    if isinstance(answer, (list, dict, bool)):
        raise InvalidLine(f'"answer" must be a string, found {type_name(answer)}')
    return Given(
        "" if answer is None else str(answer),
        text_list("contexts", found["contexts"]),
        text_list("documents", found["documents"]),
        quotes_of(found["quotes"]),
        bool(refused),
    )


def quotes_of(value: object) -> list[Quote]:
    """Quotes as texts, or as objects with ``text`` (or ``quote``) and ``document``."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise InvalidLine(f'"quotes" must be a list, found {type_name(value)}')
    found = []
    for item in value:
        text = (item.get("text") or item.get("quote")) if isinstance(item, Mapping) else item
        if not isinstance(text, str):
            raise InvalidLine('an entry of "quotes" must be a string, or an object with a "text" and a "document"')
        document = item.get("document") or "" if isinstance(item, Mapping) else ""
        found.append(Quote(text, str(document)))
    return found


def unknown_text(name: str) -> str | None:
    """The text of a document, none of which is known."""
    return None


def recorder(
    give: Callable[[Question], Given], subject: str, text_of: TextOf = unknown_text
) -> Callable[[Question], dict]:
    """The function that makes a question's record of what ``give`` gives; an error of it is the record's error.

    ``text_of`` gives the text of a document, in which the gold is looked up; None if it is not known.
    """

    def record_of(question: Question) -> dict:
        try:
            given = give(question)
        except EvaluationError as failure:
            name = type(failure.__cause__ or failure).__name__
            return failed_record(question, f"{name}: {failure}", text_of)
        return given_record(question, given, subject, text_of)

    return record_of


def failed_record(question: Question, error: str, text_of: TextOf) -> dict:
    """The record of a question for which there is nothing but an error."""
    record = make_record(question, "", (), None, {}, text_of, error)
    lacks = [CONTEXTS, DOCUMENTS, CITATIONS, CITED_DOCUMENTS, SENTENCE_CITATIONS, TEXTS]
    return {**record, "lacks": lacks, "usage": None}


def given_record(question: Question, given: Given, subject: str, text_of: TextOf) -> dict:
    """The record of what was given, graded as an answer of our own."""
    paired = len(given.documents) == len(given.contexts)
    names = list(given.documents) if paired else [""] * len(given.contexts)
    passages = [
        passage_of(question, number, text, name)
        for number, (text, name) in enumerate(zip(given.contexts, names, strict=True), start=1)
    ]
    answer = given.said or answer_of(question, given, passages, subject)
    timings = {} if given.milliseconds is None else {"total": given.milliseconds}
    searched_for = answer.standalone_question or question.question
    record = make_record(question, searched_for, passages, answer, timings, text_of)
    for citation in record["answer"]["citations"]:  # its place in the document may not be known: its words are
        citation["verbatim"] = quoted_verbatim(citation["quote"], citation["document_id"], text_of)
    if not paired or not given.documents:
        record |= ranking_of(question, given.documents)
    lacks = [] if given.said and given.said.sentences else [SENTENCE_CITATIONS]
    lacks += [TEXTS] if all(one["verbatim"] is None for one in record["answer"]["citations"]) else []
    cited = any(citation.document_id for citation in answer.citations)
    # A short answer may be anywhere by chance: it counts only in a document that is known to be relevant.
    anywhere = bool(record["gold"]) and record["gold"]["kind"] == "answer" and bool(question.relevant)
    if anywhere and passages and not any(names) and not cited:
        record["gold"] = None
    lacks += [CONTEXTS] if not passages or (anywhere and not any(names)) else []
    lacks += [DOCUMENTS] if not given.documents else []
    lacks += [CITATIONS] if not answer.citations or (anywhere and not cited) else []
    lacks += [CITED_DOCUMENTS] if not cited else []
    return {**record, "lacks": lacks, "usage": dict(given.usage) if given.usage else None}


def ranking_of(question: Question, documents: Sequence[str]) -> dict:
    """The fields of a record that say how documents were ranked, where no passages say it."""
    ranked = list(dict.fromkeys(documents))
    places = {document: rank for rank, document in enumerate(ranked, start=1)}
    ranks = {label: rank_entry(places[label], None, None) if label in places else None for label in question.relevant}
    return {"documents": ranked, "scores": [], "relevant_ranks": ranks}


def passage_of(question: Question, number: int, text: str, name: str) -> Passage:
    """A context as a passage of the document with this name."""
    source = name or f"context {number}"
    return Passage(f"{question.id} {number}", text, source, name, "", None, "", "", 0, len(text), 1 / number)


def answer_of(question: Question, given: Given, passages: Sequence[Passage], subject: str) -> Answer:
    """What was said as an answer: its sentences, and its quotes as citations of no sentence in particular."""
    asked = Answer(question.question, question.question, model=subject)
    if given.no_answer:
        return replace(asked, text=given.answer, refused=True, kind="refusal")
    text = without_own_marks(given.answer, max(len(given.contexts), len(given.quotes)))
    said = tuple(Sentence(text[start:end]) for start, end in sentences(text))
    cited = tuple(citation_of(question, n, quote, passages) for n, quote in enumerate(given.quotes, start=1))
    return replace(asked, text=text, sentences=said, citations=cited)


def without_own_marks(text: str, most: int) -> str:
    """The text without its footnote marks ("[2]"), which would count as numbers; others stay what they are."""
    return _MARKS.sub(lambda mark: "" if all(1 <= int(n) <= most for n in mark[1].split(",")) else mark[0], text)


def citation_of(question: Question, number: int, quote: Quote, passages: Sequence[Passage]) -> Citation:
    """A quote as a citation of the context it is in, if there is one."""
    home = next((passage for passage in passages if quote.text in passage.text), None)
    document = quote.document or (home.document_id if home else "")
    start = home.text.index(quote.text) if home else 0
    return Citation(
        number=number,
        passage_id=home.id if home else f"{question.id} quote {number}",
        source=document or f"quote {number}",
        document_id=document,
        title="",
        page=None,
        location="",
        start=start,
        end=start + len(quote.text),
        quote=quote.text,
        support=1.0,
    )


def checked_answers(
    path: object, chosen: Sequence[Question], every: Sequence[Question], found: Mapping, allow_missing: bool
) -> dict[str, object]:
    """Facts for ``run.json`` about questions that a file lacks or has too many.

    Raises :class:`QuestionsError` where it lacks some and that is not allowed.
    """
    missing = [question.id for question in chosen if question.id not in found]
    if missing and not allow_missing:
        more = f" and {len(missing) - NAMED} more" if len(missing) > NAMED else ""
        raise QuestionsError(
            f"{path} lacks {len(missing)} of {len(chosen)} questions: {', '.join(missing[:NAMED])}{more}; give "
            "--allow-missing to count them as not answered."
        )
    known = {question.id for question in every}
    return {"missing_answers": missing, "unknown_answers": sum(name not in known for name in found)}
