"""Writes question sets in the forms other evaluators read: BEIR folders and ragas' jsonl."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from footnoted.assistant.evaluation.question_sets.jsonl import write_lines
from footnoted.assistant.evaluation.question_sets.questions import Question
from footnoted.assistant.evaluation.running.corpus import corpus_rows


def write_beir(folder: Path, questions: Sequence[Question], corpus: Path | None = None) -> None:
    """``queries.jsonl``, ``qrels/test.tsv`` and, given a ``.jsonl`` corpus, ``corpus.jsonl`` (Thakur et al. 2021).

    What BEIR has no field for (answers, evidence, history, whatever else) goes into each query's "metadata".
    """
    (folder / "qrels").mkdir(parents=True, exist_ok=True)
    rows = []
    for question in questions:
        row = question.to_dict()
        kept = {name: row[name] for name in row if name not in ("id", "question", "relevant") and row[name] != []}
        rows.append({"_id": question.id, "text": question.question, "metadata": kept})
    write_lines(folder / "queries.jsonl", rows)
    lines = [f"{q.id}\t{document}\t{grade}\n" for q in questions for document, grade in q.relevant.items()]
    (folder / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\n" + "".join(lines), encoding="utf-8")
    if corpus is not None:
        rows = [{"_id": row["id"], "title": row["title"], "text": row["text"]} for row in corpus_rows(corpus)]
        write_lines(folder / "corpus.jsonl", rows)


def write_ragas(path: Path, questions: Sequence[Question], text_of: Callable[[str], str | None] | None = None) -> None:
    """One line a question as ragas' ``SingleTurnSample`` names them: user_input, reference, reference_contexts.

    The contexts are the evidence texts, else the relevant documents' texts where ``text_of`` knows them.
    """
    rows = []
    for question in questions:
        contexts = [evidence.text for evidence in question.evidence if evidence.text]
        if not contexts and text_of is not None:
            contexts = [text for text in map(text_of, question.relevant) if text]
        row = {"id": question.id, "user_input": question.question, "reference": next(iter(question.answers), "")}
        rows.append({**row, "reference_contexts": contexts, "reference_context_ids": list(question.relevant)})
    path.parent.mkdir(parents=True, exist_ok=True)
    write_lines(path, rows)
