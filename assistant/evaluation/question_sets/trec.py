"""TREC's run and qrels files, which trec_eval and every ranking tool read; names with spaces are percent-encoded."""

from __future__ import annotations

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


def write_trec_run(path: Path, run: Mapping[str, Sequence[str]]) -> None:
    """One line for each document found: ``question Q0 document rank score tag``; scores fall with the rank."""
    with open(path, "w", encoding="utf-8", newline="\n") as stream:
        for question, documents in run.items():
            for rank, (document, score) in enumerate(run_scores(documents).items(), start=1):
                stream.write(f"{encoded_name(question)} Q0 {encoded_name(document)} {rank} {score:.6f} {TAG}\n")


def write_qrels(path: Path, qrels: Mapping[str, Mapping[str, int]]) -> None:
    """One line for each relevant document: ``question 0 document grade``."""
    with open(path, "w", encoding="utf-8", newline="\n") as stream:
        for question, documents in qrels.items():
            for document, grade in documents.items():
                stream.write(f"{encoded_name(question)} 0 {encoded_name(document)} {grade}\n")


def read_trec_run(path: Path) -> dict[str, list[str]]:
    """Question -> documents by falling score (ties by name, falling, as trec_eval does) of a TREC run file."""
    scored: dict[str, list[tuple[float, str]]] = {}
    for number, cells in numbered_cells(path):
        try:
            question, _, document, _, score, _ = cells
            scored.setdefault(unquote(question), []).append((float(score), unquote(document)))
        except ValueError as error:
            raise QuestionsError(f'{path}, line {number}: needs "question Q0 document rank score tag".') from error
    return {question: [document for _, document in sorted(rows, reverse=True)] for question, rows in scored.items()}


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
