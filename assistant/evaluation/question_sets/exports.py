"""Writing a question set for other tools, and saying what a format has no place for."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from footnoted.assistant.evaluation.question_sets.opening import optional_package
from footnoted.assistant.evaluation.question_sets.questions import Question
from footnoted.assistant.evaluation.question_sets.tables import write_csv, write_xlsx

TextOf = Callable[[str], str | None]
SAYS_SO = "Says that the documents do not answer the question."
BY_SUFFIX = {
    ".csv": "csv", ".tsv": "tsv", ".xlsx": "xlsx", ".jsonl": "footnote", ".yaml": "promptfoo", ".yml": "promptfoo",
}  # fmt: skip


def write_other(form: str, path: Path, questions: Sequence[Question], text_of: TextOf) -> None:
    """Write the questions as csv, tsv, xlsx, json, squad, deepeval or promptfoo."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if form in ("csv", "tsv"):
        write_csv(path, questions, "\t" if form == "tsv" else ",")
    elif form == "xlsx":
        write_xlsx(path, questions)
    elif form == "promptfoo" and path.suffix.lower() != ".json":
        yaml = optional_package("yaml", "PyYAML", path)
        text = yaml.safe_dump({"tests": [promptfoo_test(question) for question in questions]}, **YAML)
        path.write_text(text, encoding="utf-8", newline="\n")
    else:
        rows: object = [question.to_dict() for question in questions]
        if form == "squad":
            rows = squad(questions, text_of)
        elif form == "deepeval":
            rows = [golden(question, text_of) for question in questions]
        elif form == "promptfoo":
            rows = {"tests": [promptfoo_test(question) for question in questions]}
        path.write_text(json.dumps(rows, ensure_ascii=False, indent=2) + "\n", encoding="utf-8", newline="\n")


YAML = {"allow_unicode": True, "sort_keys": False, "width": 120}


def contexts(question: Question, text_of: TextOf) -> list[str]:
    """The evidence texts, else the relevant documents' texts where ``text_of`` knows them."""
    texts = [evidence.text for evidence in question.evidence if evidence.text]
    return texts or [text for text in map(text_of, question.relevant) if text]


def labels(question: Question, left_out: Sequence[str] = ("question",)) -> dict:
    """All fields that have a value, for a tool's own metadata."""
    row = question.to_dict()
    return {name: value for name, value in row.items() if name not in left_out and value not in ([], {}, None)}


def golden(question: Question, text_of: TextOf) -> dict:
    """A question as DeepEval's golden; what that has no field for is in its metadata."""
    return {
        "input": question.question,
        "expected_output": next(iter(question.answers), None),
        "context": contexts(question, text_of) or None,
        "source_file": next(iter(question.relevant), None),
        "additional_metadata": labels(question),
    }


def promptfoo_test(question: Question) -> dict:
    """A question as a test of promptfoo; its answers are assertions, its other labels are metadata."""
    asserted: list[dict] = []
    if question.answerable is False:
        asserted.append({"type": "llm-rubric", "value": SAYS_SO})
    elif len(question.answers) == 1:
        asserted.append({"type": "icontains", "value": question.answers[0]})
    elif question.answers:
        asserted.append({"type": "icontains-any", "value": list(question.answers)})
    left_out = ("question", "answers") if question.answerable is not False else ("question",)
    test: dict = {"vars": {"question": question.question}, "metadata": labels(question, left_out)}
    return {**test, "assert": asserted} if asserted else test


def squad(questions: Sequence[Question], text_of: TextOf) -> dict:
    """SQuAD 2.0. Questions of one document are one article; an answer that is not in its paragraph begins at -1."""
    articles: dict[str, dict[str, list[dict]]] = {}
    for question in questions:
        texts = contexts(question, text_of)
        fitting = [text for text in texts if any(answer in text for answer in question.answers)]
        context = (fitting or texts or [""])[0]
        entry = {
            "id": question.id,
            "question": question.question,
            "answers": [{"text": answer, "answer_start": context.find(answer)} for answer in question.answers],
            "is_impossible": question.answerable is False,
        }
        paragraphs = articles.setdefault(next(iter(question.relevant), ""), {})
        paragraphs.setdefault(context, []).append(entry)
    data = [
        {"title": title, "paragraphs": [{"context": context, "qas": qas} for context, qas in paragraphs.items()]}
        for title, paragraphs in articles.items()
    ]
    return {"version": "v2.0", "data": data}


def without_place(form: str, questions: Sequence[Question]) -> str:
    """One line about the labels that the format cannot hold, empty when it holds all that there are."""
    counts: Counter[str] = Counter()
    for question in questions:
        counts.update(_lost(form, question))
    listed = ", ".join(f"{name} ({count})" for name, count in counts.items())
    return f"{form} has no place for: {listed}, counted in questions." if listed else ""


def _lost(form: str, question: Question) -> list[str]:
    """The names of what one question has and the format has no place for."""
    if form not in ("ragas", "squad"):
        return []
    graded = any(grade != 1 for grade in question.relevant.values())
    tests: Mapping[str, object] = {
        "answers after the first": form == "ragas" and len(question.answers) > 1,
        "answerable: false": form == "ragas" and question.answerable is False,
        "relevant documents after the first": form == "squad" and len(question.relevant) > 1,
        "relevant documents without an answer": form == "squad" and question.answerable is False and question.relevant,
        "grades": graded,
        "evidence spans": any(evidence.start is not None for evidence in question.evidence),
        "evidence after the first": form == "squad" and len(question.evidence) > 1,
        "history": question.history,
        **dict.fromkeys(question.extra, True),
    }
    return [name for name, lost in tests.items() if lost]
