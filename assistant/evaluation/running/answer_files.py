"""Files of answers that any system made: JSON lines, a JSON list, or CSV, matched with the questions of a set."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from footnoted.assistant.evaluation.errors import InvalidLine, QuestionsError
from footnoted.assistant.evaluation.question_sets.columns import structured_in
from footnoted.assistant.evaluation.question_sets.jsonl import read_lines
from footnoted.assistant.evaluation.question_sets.questions import Question
from footnoted.assistant.evaluation.running.other_systems import NAMES, Given, NotAnswered, given_of

IDS = ("id", "_id", "query_id", "qid")
QUESTIONS = ("question", "user_input", "query", "input")
LISTS = (*NAMES["contexts"], *NAMES["documents"], *NAMES["quotes"])
LARGEST_CELL = 1 << 26


@dataclass(frozen=True, slots=True)
class AnswerRows:
    """Answers that a program has in memory, as the rows of a file would be."""

    rows: tuple[Mapping, ...]

    def __str__(self) -> str:
        return "the given answers"

    @property
    def key(self) -> str:
        """A hash of the rows."""
        return hashlib.sha256(json.dumps(self.rows, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def read_answers(path: Path | AnswerRows, questions: Sequence[Question]) -> dict[str, Given]:
    """Question id -> what was given; a row about another question is kept under a name that no question has.

    Raises :class:`QuestionsError` for a file that cannot be read, answers a question twice, or answers none.
    """
    ids, texts = {question.id for question in questions}, ids_by_text(questions)
    found: dict[str, Given] = {}
    places: dict[str, str] = {}
    for place, row in numbered_rows(path):
        try:
            given = given_of(row)
            names = names_of(row, ids, texts)
        except InvalidLine as error:
            raise QuestionsError(f"{path}, {place}: {error}.") from error
        for name in names or [f"\0{place}"]:
            if name in found:
                raise QuestionsError(f"{path} answers the question {name} twice: {places[name]} and {place}.")
            found[name], places[name] = given, place
    if not ids & found.keys():
        raise QuestionsError(f"{path} answers none of the questions: its ids and questions are different.")
    return found


def answers_from(found: Mapping[str, Given]) -> Callable[[Question], Given]:
    """The function that looks up what was given for a question."""

    def give(question: Question) -> Given:
        if question.id not in found:
            raise NotAnswered("the file has no answer to this question")
        return found[question.id]

    return give


def folded(text: str) -> str:
    """A question with its white space folded."""
    return " ".join(text.split())


def ids_by_text(questions: Sequence[Question]) -> dict[str, list[str]]:
    """The ids of the questions with each wording."""
    found: dict[str, list[str]] = {}
    for question in questions:
        found.setdefault(folded(question.question), []).append(question.id)
    return found


def names_of(row: Mapping, ids: set[str], texts: Mapping[str, list[str]]) -> list[str]:
    """The ids of the questions that a row answers: by its id, else by its wording; none if they are unknown."""
    identity = next((row[name] for name in IDS if row.get(name) not in (None, "")), None)
    if identity is not None and str(identity) in ids:
        return [str(identity)]
    question = next((row[name] for name in QUESTIONS if row.get(name) not in (None, "")), None)
    if identity is None and question is None:
        raise InvalidLine('"id" or "question" is missing')
    return texts.get(folded(str(question)), []) if question is not None else []


def numbered_rows(path: Path | AnswerRows) -> Iterator[tuple[str, Mapping]]:
    """The rows of a file, each with its place in words."""
    if isinstance(path, AnswerRows):
        yield from ((f"entry {number}", row) for number, row in enumerate(path.rows, start=1))
        return
    kind = path.suffix.casefold()
    if kind == ".jsonl":
        yield from ((f"line {number}", row) for number, row in read_lines(path))
        return
    if kind not in (".json", ".csv"):
        raise QuestionsError(f"{path} must be a .jsonl, .json or .csv file.")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise QuestionsError(f"{path} cannot be read: {error}.") from error
    yield from json_rows(path, text) if kind == ".json" else csv_rows(path, text)


def json_rows(path: Path, text: str) -> Iterator[tuple[str, dict]]:
    """The objects of a JSON list."""
    try:
        rows = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise QuestionsError(f"{path} is not JSON ({error}).") from error
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise QuestionsError(f"{path} must be a list of JSON objects.")
    yield from ((f"entry {number}", row) for number, row in enumerate(rows, start=1))


def csv_rows(path: Path, text: str) -> Iterator[tuple[str, dict]]:
    """The rows of a table; a list stands in its cell as JSON or as Python writes it."""
    before = csv.field_size_limit(LARGEST_CELL)
    try:
        for number, row in enumerate(csv.DictReader(io.StringIO(text, newline="")), start=1):
            cells: dict[str, object] = {name: cell for name, cell in row.items() if name and cell is not None}
            for name in LISTS:
                if name in cells:
                    try:
                        cells[name] = list_in(str(cells[name]))
                    except InvalidLine as error:
                        raise QuestionsError(f"{path}, row {number}, column {name!r}: {error}.") from error
            if "refused" in cells:
                cells["refused"] = flag_in(str(cells["refused"]))
            yield f"row {number}", cells
    except csv.Error as error:
        raise QuestionsError(f"{path} is not CSV ({error}).") from error
    finally:
        csv.field_size_limit(before)


def list_in(cell: str) -> object:
    """The list in a cell; a text that is no list is one context."""
    value = structured_in(cell)
    return value if isinstance(value, list) else cell if not cell.strip() else [cell]


def flag_in(cell: str) -> object:
    """True or false as tables write it; anything else as it is, to be refused."""
    return {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False, "": False}.get(
        cell.strip().casefold(), cell
    )
