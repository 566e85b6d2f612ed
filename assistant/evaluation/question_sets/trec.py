"""TREC's run and qrels files, which trec_eval and every ranking tool read; names with blanks are percent-encoded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import quote, unquote

from footnoted.assistant.evaluation.errors import QuestionsError
from footnoted.assistant.evaluation.metrics.ranking import run_scores
from footnoted.assistant.evaluation.question_sets.read import read_cells

TAG = "footnote"
KEPT = "!#$&'()*+,-./:;<=>?@[]^_`{|}~"


def name(text: str) -> str:
    """A document's or question's name without blanks, as the formats' columns need."""
    return quote(text, safe=KEPT)


def write_run(path: Path, run: Mapping[str, Sequence[str]]) -> None:
    """One line for each document found: ``question Q0 document rank score tag``; scores fall with the rank."""
    with open(path, "w", encoding="utf-8", newline="\n") as stream:
        for question, documents in run.items():
            for rank, (document, score) in enumerate(run_scores(documents).items(), start=1):
                stream.write(f"{name(question)} Q0 {name(document)} {rank} {score:.6f} {TAG}\n")


def write_qrels(path: Path, qrels: Mapping[str, Mapping[str, int]]) -> None:
    """One line for each relevant document: ``question 0 document grade``."""
    with open(path, "w", encoding="utf-8", newline="\n") as stream:
        for question, documents in qrels.items():
            for document, grade in documents.items():
                stream.write(f"{name(question)} 0 {name(document)} {grade}\n")


def read_run(path: Path) -> dict[str, list[str]]:
    """Question -> documents by falling score (ties by name, falling, as trec_eval does) of a TREC run file."""
    scored: dict[str, list[tuple[float, str]]] = {}
    for number, cells in read_cells(path):
        try:
            question, _, document, _, score, _ = cells
            scored.setdefault(unquote(question), []).append((float(score), unquote(document)))
        except ValueError as error:
            raise QuestionsError(f'{path}, line {number}: needs "question Q0 document rank score tag".') from error
    return {question: [document for _, document in sorted(rows, reverse=True)] for question, rows in scored.items()}
