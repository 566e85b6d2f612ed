"""TREC's run and qrels files, which trec_eval and every ranking tool read; names with spaces are percent-encoded."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote, unquote

from footnoted.assistant.evaluation.errors import QuestionsError
from footnoted.assistant.evaluation.metrics.ranking import run_scores
from footnoted.assistant.evaluation.question_sets.questions import Question

TAG = "footnote"
KEPT = "!#$&'()*+,-./:;<=>?@[]^_`{|}~"


def encoded_name(text: str) -> str:
    """The name of a document or question without spaces, since the formats have columns."""
    return quote(text, safe=KEPT)


def write_trec_run(
    path: Path, run: Mapping[str, Sequence[str]], scores: Mapping[str, Sequence[float]] | None = None
) -> None:
    """One line for each document found: ``question Q0 document rank score tag``; scores fall with the rank.

    ``scores`` are those of a question's documents one by one; a question without them gets 1 / rank.
    """
    with open(path, "w", encoding="utf-8", newline="\n") as stream:
        for question, documents in run.items():
            given = (scores or {}).get(question, ())
            ranked = dict(zip(documents, falling(given), strict=True)) if given else run_scores(documents)
            for rank, (document, score) in enumerate(ranked.items(), start=1):
                stream.write(f"{encoded_name(question)} Q0 {encoded_name(document)} {rank} {score} {TAG}\n")


def falling(scores: Sequence[float]) -> list[str]:
    """Scores as texts that fall strictly: equal ones are moved by the least that trec_eval's 32 bits can tell.

    It orders by score and breaks ties by name, which would not be the order in which the documents were found.
    """
    import numpy

    found: list[str] = []
    before = numpy.float32(numpy.inf)
    for score in scores:
        before = min(numpy.float32(score), numpy.nextafter(before, numpy.float32(-numpy.inf)))
        found.append(str(before))
    return found


def write_qrels(path: Path, qrels: Mapping[str, Mapping[str, int]]) -> None:
    """One line for each relevant document: ``question 0 document grade``."""
    with open(path, "w", encoding="utf-8", newline="\n") as stream:
        for question, documents in qrels.items():
            for document, grade in documents.items():
                stream.write(f"{encoded_name(question)} 0 {encoded_name(document)} {grade}\n")


def read_trec_run(path: Path) -> dict[str, list[str]]:
    """Question -> documents, best first, of a TREC run file."""
    return {question: [document for document, _ in ranked] for question, ranked in read_trec_scores(path).items()}


def read_trec_scores(path: Path) -> dict[str, list[tuple[str, float]]]:
    """Question -> (document, score) by falling score (ties by name, falling, as trec_eval does) of a TREC run file."""
    scored: dict[str, list[tuple[float, str]]] = {}
    for number, cells in numbered_cells(path):
        try:
            question, _, document, _, score, _ = cells
            number_of = float(score)
            if not math.isfinite(number_of):
                raise ValueError(score)
            scored.setdefault(unquote(question), []).append((number_of, unquote(document)))
        except ValueError as error:
            raise QuestionsError(f'{path}, line {number}: needs "question Q0 document rank score tag".') from error
    return {
        question: [(document, score) for score, document in sorted(rows, reverse=True)]
        for question, rows in scored.items()
    }


def read_qrels(path: Path) -> dict[str, dict[str, int]]:
    """Judgements as question id -> document -> grade above 0, from BEIR's tsv or TREC's four columns."""
    judgements: dict[str, dict[str, int]] = {}
    for number, cells in numbered_cells(path):
        if number == 1 and not cells[-1].lstrip("-").isdigit():
            continue
        if len(cells) not in (3, 4) or not cells[-1].lstrip("-").isdigit():
            raise QuestionsError(f'{path}, line {number}: needs "question document grade", found {" ".join(cells)!r}.')
        documents = judgements.setdefault(cells[0], {})
        if int(cells[-1]) > 0:
            documents[cells[-2]] = int(cells[-1])
    return judgements


def with_qrels(questions: tuple[Question, ...], qrels: Mapping[str, Mapping[str, int]]) -> tuple[Question, ...]:
    """The questions with the relevant documents of the judgements; those that are not judged keep their own.

    Raises :class:`QuestionsError` when none is judged.
    """
    if not any(question.id in qrels for question in questions):
        raise QuestionsError("The judgements judge none of the questions: they have other ids.")
    return tuple(
        replace(question, relevant=qrels[question.id], answerable=bool(qrels[question.id]) or question.answerable)
        if question.id in qrels
        else question
        for question in questions
    )


def numbered_cells(path: Path) -> Iterator[tuple[int, list[str]]]:
    """The cells of each line that is not blank, separated by tabs if there are any, else by spaces."""
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise QuestionsError(f"{path} cannot be read: {error}.") from error
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield number, line.strip("\r\n").split("\t") if "\t" in line else line.split()
