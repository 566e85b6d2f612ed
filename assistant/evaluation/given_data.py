"""What a program gives to ``evaluate()`` instead of files: questions, answers, a function, an open assistant."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import Any

from footnoted.assistant.evaluation.errors import QuestionsError
from footnoted.assistant.evaluation.question_sets.files import QuestionSet, checked, from_rows
from footnoted.assistant.evaluation.running.answer_files import AnswerRows
from footnoted.assistant.evaluation.running.subject import CachingReranker, Subject, subject_settings
from footnoted.assistant.settings import Settings

QUESTIONS = Path("the given questions")
DEEPEST = 50  # levels of lists and dictionaries in a value


def questions_from(given: object, columns: Mapping[str, str]) -> Path | QuestionSet:
    """A question set from a path, dictionaries as the lines of a ``questions.jsonl``, or a data frame as a table.

    Raises :class:`QuestionsError` for anything else, and for a row that is no question.
    """
    if isinstance(given, (str, Path)):
        return Path(given)
    if isinstance(given, QuestionSet):
        return given
    rows = rows_from(given)
    if rows is None:
        raise QuestionsError(
            f"questions must be a path, a list of dictionaries or a data frame, not {type(given).__name__}."
        )
    if columns or not isinstance(given, (list, tuple)):
        found, note = from_rows(QUESTIONS, [(f"row {n}", row) for n, row in enumerate(rows, start=1)], columns, True)
        return QuestionSet("questions", QUESTIONS, found, note=note)
    lines = ((f"line {n}", f"line-{n}", row) for n, row in enumerate(rows, start=1))
    return QuestionSet("questions", QUESTIONS, checked(QUESTIONS, lines))


def rows_from(given: object) -> list[dict] | None:
    """The rows of a list of dictionaries or of a data frame (pandas or polars); None if it is neither."""
    rows: Any = given
    if hasattr(given, "to_dicts"):
        rows = given.to_dicts()
    elif hasattr(given, "columns") and hasattr(given, "to_dict"):
        rows = given.to_dict(orient="records")
    if not isinstance(rows, (list, tuple)) or not all(isinstance(row, Mapping) for row in rows):
        return None
    return [json_ready(row) for row in rows]


def json_ready(value: Any, depth: int = 0) -> Any:
    """A value as JSON has it: numbers and arrays of NumPy as Python's, an empty cell (NaN) as None, a day as text."""
    if depth > DEEPEST:
        raise QuestionsError(f"A value is nested more than {DEEPEST} levels deep.")
    if isinstance(value, Mapping):
        return {str(name): json_ready(item, depth + 1) for name, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [json_ready(item, depth + 1) for item in value]
    if hasattr(value, "tolist"):
        return json_ready(value.tolist(), depth + 1)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, date):
        return value.isoformat() if value == value else None  # NaT is a date that equals nothing, itself included
    return None if type(value).__name__ in ("NAType", "NaTType") else str(value)


def system_options(given: object) -> dict[str, Any]:
    """The option of a run that says what is evaluated. Raises :class:`QuestionsError` for what cannot be.

    None: the index in use. An index or assistant of ours, a function, rows of answers, a data frame of them, the path
    of such a file, or the address of a server.
    """
    if given is None:
        return {}
    if isinstance(given, Path):
        return {"answers": given}
    if isinstance(given, str):
        if given.lower().startswith(("http://", "https://")):
            return {"url": given}
        return {"answers": Path(given)} if Path(given).is_file() else {"callable": given}
    if hasattr(given, "retrieve") and hasattr(given, "text_of"):
        return {"subject": opener(given, None)}
    if hasattr(given, "answer") and hasattr(given, "index"):
        settings = getattr(given, "settings", None)
        return {"subject": opener(given.index, given), "model": getattr(settings, "model", None)}
    rows = rows_from(given)
    if rows is not None:
        return {"answers": AnswerRows(tuple(rows))}
    if callable(given):
        return {"callable": given}
    raise QuestionsError(
        f"{type(given).__name__} cannot be evaluated: give an open index or assistant, a function, rows of answers, or "
        "the address of a server."
    )


def opener(index: Any, assistant: Any) -> Callable[[ExitStack, Settings, bool, int], tuple[Subject, dict]]:
    """The function that prepares an open index (and assistant) for a run; afterwards they are as they were before."""

    def opened_subject(opened: ExitStack, settings: Settings, retrieval_only: bool, depth: int) -> tuple[Subject, dict]:
        from footnoted.assistant.chain import open_assistant

        if not index.documents():
            raise QuestionsError("The given index contains no documents: add some first.")
        if (reranker := index.reranker) is not None:
            index.reranker = CachingReranker(reranker)
            opened.callback(setattr, index, "reranker", reranker)
        used = None if retrieval_only else assistant or open_assistant(index=index, settings=settings)
        model = getattr(used, "model", None)
        if model is not None and hasattr(model, "callbacks"):  # the meter of tokens adds one of its own
            opened.callback(setattr, model, "callbacks", model.callbacks)
        subject = Subject(index, used)
        return subject, subject_settings(subject, "", getattr(used, "settings", settings), depth)

    return opened_subject


def names(given: object, what: str) -> Sequence[Any]:
    """A list of several, or of the one that was given alone."""
    if given is None:
        return ()
    if isinstance(given, (list, tuple)):
        return given
    if isinstance(given, (str, Path)) or callable(given):
        return (given,)
    raise QuestionsError(f"{what} must be a list, not {type(given).__name__}.")
