"""The question sets next to the repository, as the benchmarks ask them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from footnoted.assistant.evaluation.question_sets.files import read_question_set
from footnoted.assistant.evaluation.question_sets.questions import Question

SHARED = Path(__file__).resolve().parents[3] / "shared"
SETS = (
    "squad2", "clapnq", "hotpotqa500", "mtrag", "scifact", "lihua", "tatqa", "nq_open", "multihoprag_evidence",
    "pubmedqa", "xquad", "seed",
)  # fmt: skip
CLAIMS = "wice"  # claims with the page they cite: not asked, but checked


def folder_of(name: str) -> Path:
    """Where a set lies."""
    return SHARED / "seed" if name == "seed" else SHARED / "bench" / name


def questions_of(name: str) -> Sequence[Question]:
    """The questions of a set; one whose ``context_bound`` is true is asked about its own document alone."""
    found = read_question_set(folder_of(name) / "questions.jsonl" if name == "seed" else folder_of(name)).questions
    # "What was the revenue?" has an answer only in the report that it was asked about.
    bound = (question.extra.get("context_bound") is True for question in found)
    return [replace(one, only=tuple(one.relevant)) if scoped else one for one, scoped in zip(found, bound, strict=True)]


def evaluated_files(name: str, folder: Path) -> list[str]:
    """What ``footnote evaluate`` is given for a set: its folder, or questions and corpus apart.

    Questions that are asked about their own document alone are written into ``folder``.
    """
    own = folder_of(name)
    if name == "seed":
        return [str(own / "questions.jsonl"), "--corpus", str(next(own.glob("*.txt")))]
    asked = () if name == CLAIMS else questions_of(name)
    if not any(question.only for question in asked):
        return [str(own)]
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.jsonl"
    rows = [json.loads(line) for line in (own / "questions.jsonl").read_text(encoding="utf-8").splitlines()]
    only = {question.id: question.only for question in asked}
    lines = [json.dumps(row | {"only": list(only[str(row["id"])])}, ensure_ascii=False) for row in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return [str(path), "--corpus", str(own / "corpus.jsonl")]
