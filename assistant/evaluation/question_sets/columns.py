"""Which column of somebody's table or JSON holds what, and what its cells mean."""

from __future__ import annotations

import ast
import datetime
import io
import json
import tokenize
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from footnoted.assistant.evaluation.errors import InvalidLine, QuestionsError
from footnoted.assistant.evaluation.question_sets.jsonl import type_name
from footnoted.assistant.evaluation.question_sets.questions import (
    OTHER_NAMES,
    parse_answers,
    parse_evidence,
    parse_history,
    parse_relevant,
    with_standard_names,
)

# In the order in which they are taken when a table has several of them.
GUESSES = {
    "id": ("id", "_id", "question_id", "query_id", "qid"),
    "question": ("question", "query", "user_input", "input", "prompt", "questions"),
    "answers": (
        "answers", "answer", "reference", "ground_truth", "ground_truths", "expected_output", "gold", "gold_answer",
        "gold_answers", "reference_answer", "reference_answers", "expected_answer",
    ),
    "relevant": (
        "relevant", "reference_context_ids", "context_ids", "relevant_docs", "relevant_documents", "document",
        "documents", "document_id", "document_ids", "doc_id", "source", "sources", "source_file",
    ),
    "evidence": (
        "evidence", "evidence_sentences", "reference_contexts", "context", "contexts", "retrieval_context",
        "retrieved_contexts",
    ),
    "answerable": ("answerable", "is_answerable"),
    "history": ("history",),
}  # fmt: skip
FIELDS = tuple(GUESSES)
CHECKS: dict[str, Callable[[object], object]] = {
    "answers": parse_answers,
    "relevant": parse_relevant,
    "evidence": parse_evidence,
    "history": parse_history,
}
YES, NO = ("true", "yes", "1"), ("false", "no", "0")
GRADING = ("need_share", "max_words", "refuse")  # fields of ours that are no texts, as they stand in a cell
COLUMNS_SHOWN = 12
LONGEST_LITERAL = 100_000  # characters of a Python list: its parser is not made for hostile input


@dataclass(frozen=True, slots=True)
class Columns:
    """The column that holds each of our fields, as far as there is one."""

    named: Mapping[str, str]

    def __str__(self) -> str:
        """One line for a person, empty when every column has our own name."""
        if all(ours == theirs for ours, theirs in self.named.items()):
            return ""
        parts: list[str] = []
        for ours in ("question", *(name for name in self.named if name != "question")):
            words = f"{ours} from" if parts else f"{ours} from the column"
            parts.append(f"{words} {self.named[ours]!r}")
        return ", ".join(parts)


def normal(name: str) -> str:
    """A column's name as it is compared: "Expected Output" is expected_output."""
    return "_".join(name.casefold().replace("-", " ").split())


def parse_column(text: str) -> tuple[str, str]:
    """``--column OURS=THEIRS`` as a pair; raises ``ValueError`` with a sentence."""
    ours, equals, theirs = text.partition("=")
    if not equals or not theirs.strip() or ours.strip() not in FIELDS:
        raise ValueError(f"must be OURS=THEIRS, where OURS is one of {', '.join(FIELDS)}, not {text!r}")
    return ours.strip(), theirs.strip()


def find_columns(path: Path, there: Sequence[str], chosen: Mapping[str, str]) -> Columns:
    """The columns that were chosen, and guesses for the other fields.

    Raises :class:`QuestionsError` when a chosen column does not exist, or none holds the questions.
    """
    by_name = {normal(name): name for name in reversed(there)}
    named: dict[str, str] = {}
    for ours, wanted in chosen.items():
        found = wanted if wanted in there else by_name.get(normal(wanted))
        if found is None:
            raise QuestionsError(f"{path} has no column {wanted!r}; {_listed(there)}.")
        named[ours] = found
    for ours, guesses in GUESSES.items():
        free = (by_name[name] for name in guesses if name in by_name and by_name[name] not in named.values())
        if ours not in named and (found := next(free, None)) is not None:
            named[ours] = found
    if "question" not in named:
        raise QuestionsError(
            f"{path} has no column that is known to hold the questions; {_listed(there)}: "
            "name it with --column question=NAME."
        )
    return Columns({ours: named[ours] for ours in FIELDS if ours in named})


def with_guessed_names(row: Mapping[str, object], taken: dict[str, str]) -> dict[str, object]:
    """A line of JSON with guesses for the fields that it lacks; ``taken`` collects what they were called.

    A value that the field cannot have is left where it is: a field of ours need not be meant.
    """
    named = with_standard_names(row)
    for ours, names in OTHER_NAMES.items():
        found = next((name for name in names if name in row and name not in named), None)
        if found is not None and ours in named and row.get(ours) in (None, [], ""):
            taken.setdefault(ours, found)
    by_name = {normal(name): name for name in reversed(list(named)) if name not in FIELDS}
    for ours, guesses in GUESSES.items():
        if ours in named:
            continue
        for theirs in (by_name[name] for name in guesses if name in by_name and by_name[name] in named):
            try:
                if missing(named[theirs]):
                    continue
                named[ours] = checked(ours, named[theirs])
            except InvalidLine:
                continue
            del named[theirs]
            taken.setdefault(ours, theirs)
            break
    return named


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - COLUMNS_SHOWN} more" if len(names) > COLUMNS_SHOWN else ""
    return f"its columns are {', '.join(map(repr, names[:COLUMNS_SHOWN]))}{more}" if names else "it has no columns"


def all_names(rows: Iterable[Mapping[str, object]]) -> list[str]:
    """Every name that occurs in the rows, in the order in which it first does."""
    return list(dict.fromkeys(name for row in rows for name in row))


def with_our_names(row: Mapping[str, object], columns: Columns, cells: bool = False) -> dict[str, object]:
    """A row under our names, its other columns kept; ``cells``: what it has are the cells of a table.

    Raises :class:`InvalidLine`, which begins with the column.
    """
    taken = set(columns.named.values())
    # A second column with one of our names would take the place of the one that was chosen.
    named: dict[str, object] = {
        name: from_cell(name, value) if cells else value
        for name, value in row.items()
        if name not in taken and name not in FIELDS and not missing(value)
    }
    for ours, theirs in columns.named.items():
        value = row.get(theirs)
        if missing(value):
            if ours == "question":
                raise InvalidLine(f"column {theirs!r}: the question is missing")
            continue
        try:
            named[ours] = checked(ours, from_column(ours, theirs, value) if cells else value)
        except InvalidLine as error:
            raise InvalidLine(f"column {theirs!r}: {error}") from error
    return named


def missing(value: object) -> bool:
    """Whether a cell is empty; parquet writes a missing text as NaN."""
    return value is None or value != value or (isinstance(value, str) and not value.strip())


def checked(ours: str, value: object) -> object:
    """The value, if it is one that a field of ours can have."""
    if ours == "question" and not isinstance(value, str):
        raise InvalidLine(f"a question must be a string, found {type_name(value)}")
    if ours == "id" and (isinstance(value, bool) or not isinstance(value, (str, int))):
        raise InvalidLine(f"an id must be a string, found {type_name(value)}")
    if ours == "answerable" and not isinstance(value, bool):
        raise InvalidLine(f"must be true or false, found {type_name(value)}")
    if ours in CHECKS:
        CHECKS[ours](value)
    return value


def from_column(ours: str, theirs: str, value: object) -> object:
    """What a cell of the column ``theirs`` means as our field ``ours``."""
    value = plain(value)
    if ours == "answerable":
        word = str(value).strip().casefold()
        if word not in (*YES, *NO):
            raise InvalidLine(f"must be true or false, found {str(value)[:40]!r}")
        return word in YES
    if not isinstance(value, (str, list, dict)):
        return text_of(value)
    if not isinstance(value, str) or ours in ("id", "question"):
        return value
    structured = structured_in(value)
    if structured is not None:
        return structured
    plural = normal(theirs) == ours or normal(theirs).endswith("s")
    if ours in ("answers", "relevant") and "|" in value and plural:
        return [part.strip() for part in value.split("|") if part.strip()]
    return value


def from_cell(name: str, value: object) -> object:
    """A cell of a column that no field of ours is read from: structured where it is JSON, else as it is."""
    value = plain(value)
    if not isinstance(value, str):
        return value if isinstance(value, (bool, int, float, list, dict)) else text_of(value)
    if name in GRADING:
        try:
            return json.loads(value.lower())
        except ValueError:
            return value
    structured = structured_in(value)
    return value if structured is None else structured


def structured_in(text: str) -> list | dict | None:
    """The list or object that a cell is, in JSON or as Python writes it; None for a plain text."""
    found = json_of(text)
    return python_of(text) if found is None else found


def python_of(text: str) -> list | dict | None:
    """The list or dictionary that a text is as Python writes it, which is what pandas leaves in a cell: ``['a', 'b']``.

    NumPy's ``['a' 'b']``, without commas, is two texts too. Raises :class:`InvalidLine` for a very long one.
    """
    stripped = text.strip()
    if not (stripped.startswith(("['", '["', "[[", "{'")) and stripped.endswith(("]", "}"))):
        return None
    if len(stripped) > LONGEST_LITERAL:
        raise InvalidLine(f"a Python list of more than {LONGEST_LITERAL:,} characters is not read: write it as JSON")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of Python about a backslash in a text
            found = ast.literal_eval(with_commas(stripped))
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return None
    return found if isinstance(found, (list, dict)) else None


def with_commas(text: str) -> str:
    """The text with a comma between strings that follow one another, which Python would join into one."""
    lines = text.splitlines(keepends=True)
    gaps, before = [], None
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.STRING and before is not None:
            gaps.append(before)
        if token.type not in (tokenize.NL, tokenize.NEWLINE):
            before = token.end if token.type == tokenize.STRING else None
    for row, column in reversed(gaps):
        lines[row - 1] = f"{lines[row - 1][:column]},{lines[row - 1][column:]}"
    return "".join(lines)


def json_of(text: str) -> list | dict | None:
    """The list or object that a text is, in JSON."""
    if not text.lstrip().startswith(("[", "{")):
        return None
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, (list, dict)) else None


def plain(value: object) -> object:
    """The value with tuples as lists; a whole number that a spreadsheet stores as 3.0 is 3."""
    if isinstance(value, tuple):
        return list(value)
    return int(value) if isinstance(value, float) and value.is_integer() else value


def text_of(value: object) -> str:
    """A number, a date or a truth value of a spreadsheet as a text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        return value.date().isoformat()
    return str(value)
