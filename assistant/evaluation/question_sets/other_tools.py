"""Question sets of other tools in JSON and YAML: lists and columns of records, SQuAD, DeepEval and promptfoo.

Each reader gives the place of a question in its file, for messages, and its record: with the names of the file where
:mod:`columns` has to find ours, or with our own names.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from footnoted.assistant.evaluation.errors import InvalidLine, QuestionsError
from footnoted.assistant.evaluation.question_sets.columns import GUESSES, normal, text_of
from footnoted.assistant.evaluation.question_sets.jsonl import type_name
from footnoted.assistant.evaluation.question_sets.opening import optional_package, read_text

Records = list[tuple[str, dict]]
# Under which tools keep the list: Hugging Face, DeepEval, and what people call it.
LISTS = ("data", "rows", "questions", "examples", "samples", "goldens", "test_cases", "testCases", "dataset", "queries")
LABELS = ("id", "answers", "relevant", "evidence", "answerable", "history")  # what a test's metadata may hold of ours
ONE_TEXT = ("contains", "icontains", "equals")
ONE_OF = ("contains-any", "icontains-any")
ALL_OF = ("contains-all", "icontains-all")
RUBRIC = "llm-rubric"
MOST_NODES = 1_000_000  # of a YAML file with its aliases written out


def read_json(path: Path) -> object:
    """The value of a JSON file; raises :class:`QuestionsError`."""
    try:
        return json.loads(read_text(path).removeprefix("\ufeff"))
    except json.JSONDecodeError as error:
        reason = f"{error.msg} at line {error.lineno}, column {error.colno}"
        raise QuestionsError(f"{path} is not JSON ({reason}).") from error
    except RecursionError as error:
        raise QuestionsError(f"{path} is nested too deeply.") from error
    except ValueError as error:
        raise QuestionsError(f"{path} is not JSON that can be read: a number in it is too long.") from error


def read_yaml(path: Path) -> object:
    """The value of a YAML file. Only plain data is read: a tag that asks for a Python object is an error."""
    yaml = optional_package("yaml", "PyYAML", path)
    dates = "tag:yaml.org,2002:timestamp"
    resolvers = {
        first: [(tag, pattern) for tag, pattern in known if tag != dates]  # a date stays the text that it is in JSON
        for first, known in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    plain = type("PlainLoader", (yaml.SafeLoader,), {"yaml_implicit_resolvers": resolvers})
    try:
        loader = plain(read_text(path))
        node = loader.get_single_node()
        if node is None:
            return None
        check_aliases(path, node)
        return loader.construct_document(node)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" at line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        reason = " ".join(str(getattr(error, "problem", None) or "it is not valid").split())
        raise QuestionsError(f"{path} is not YAML that can be read ({reason}{where}).") from error
    except RecursionError as error:
        raise QuestionsError(f"{path} is nested too deeply.") from error
    except ValueError as error:
        raise QuestionsError(f"{path} is not YAML that can be read: a number in it is too long.") from error


def check_aliases(path: Path, root: Any) -> None:
    """Raise :class:`QuestionsError` for a file that its aliases blow up: a few lines can stand for billions of nodes.

    This looks at the nodes as they are written, before anything is made of them: merging mappings would take as long.
    """
    sizes: dict[int, int] = {}

    def size_of(node: Any) -> int:
        if id(node) in sizes:
            if not sizes[id(node)]:
                raise QuestionsError(f"{path}, line {node.start_mark.line + 1}: a part of it contains itself.")
            return sizes[id(node)]
        sizes[id(node)] = 0  # being counted
        inside = node.value if isinstance(node.value, list) else ()
        parts = (part for entry in inside for part in (entry if isinstance(entry, tuple) else (entry,)))
        sizes[id(node)] = 1 + sum(map(size_of, parts))
        return sizes[id(node)]

    whole = size_of(root)
    if whole > max(MOST_NODES, len(sizes)):
        raise QuestionsError(
            f"{path} would have {whole:,} parts with its aliases written out; at most {MOST_NODES:,} are read."
        )


def records_of(path: Path, data: object, column: str | None = None) -> tuple[Records, bool]:
    """The questions of a value, whichever tool wrote it; true when they already have our names.

    ``column`` is the one that was chosen for the questions. Raises :class:`QuestionsError`.
    """
    if isinstance(data, Mapping) and "tests" in data:
        return promptfoo_records(path, data["tests"]), True
    if isinstance(data, Mapping) and is_squad(data.get("data")):
        return squad_records(path, data["data"]), True
    if isinstance(data, list) and any(isinstance(entry, Mapping) and "vars" in entry for entry in data):
        return promptfoo_records(path, data), True
    if isinstance(data, Mapping):
        data = list_in(data, column)
    if not isinstance(data, list):
        raise QuestionsError(f"{path}: a list of questions is needed, found {type_name(data)}.")
    return [(f"entry {number}", flat(path, number, entry)) for number, entry in enumerate(data, start=1)], False


def list_in(data: Mapping, column: str | None) -> object:
    """The list of questions in an object: under a usual name, in columns, or the object itself as the only one."""
    for name in LISTS:
        if isinstance(data.get(name), list) and all(isinstance(entry, Mapping) for entry in data[name]):
            return data[name]
    known = (normal(column),) if column else GUESSES["question"]
    texts = next((value for name, value in data.items() if normal(str(name)) in known), None)
    if isinstance(texts, list):
        return [
            {name: values[number] for name, values in data.items() if isinstance(values, list) and number < len(values)}
            for number in range(len(texts))
        ]
    if isinstance(texts, Mapping):  # pandas' to_json: {"question": {"0": …}}
        return [
            {name: values[key] for name, values in data.items() if isinstance(values, Mapping) and key in values}
            for key in texts
        ]
    return [data]


def flat(path: Path, number: int, entry: object) -> dict:
    """One record; the viewer of Hugging Face wraps it in "row", and DeepEval keeps our labels in its metadata."""
    if not isinstance(entry, Mapping):
        raise QuestionsError(f"{path}, entry {number}: an object {{…}} is needed, found {type_name(entry)}.")
    row = entry["row"] if isinstance(entry.get("row"), Mapping) else entry
    record = {str(name): value for name, value in row.items()}
    metadata = record.get("additional_metadata")
    if "input" in record and isinstance(metadata, Mapping):
        del record["additional_metadata"]
        ours = {name: value for name, value in metadata.items() if value is not None}
        overridden = {guess for name in LABELS if name in ours for guess in GUESSES[name]}
        record = {name: value for name, value in record.items() if normal(name) not in overridden} | ours
    for name in GUESSES["answers"]:
        given = record.get(name)
        if isinstance(given, Mapping) and given.get("text") == []:  # a question of SQuAD 2.0 without an answer
            record.setdefault("answerable", False)
    return record


def is_squad(data: object) -> bool:
    """Whether it is the list of articles of a SQuAD file."""
    return isinstance(data, list) and any(isinstance(entry, Mapping) and "paragraphs" in entry for entry in data)


def squad_records(path: Path, articles: Sequence[object]) -> Records:
    """The questions of SQuAD 1.1 or 2.0; the title names the document, the paragraph is the evidence."""
    records = []
    for number, article in enumerate(articles, start=1):
        place = f"article {number}"
        about = _object(path, place, article)
        title = str(about.get("title") or "").strip()
        for index, paragraph in enumerate(_list(path, place, about, "paragraphs"), start=1):
            inside = f"{place}, paragraph {index}"
            context = str(_object(path, inside, paragraph).get("context") or "")
            for position, question in enumerate(_list(path, inside, paragraph, "qas"), start=1):
                here = f"{inside}, question {position}"
                records.append((here, squad_question(path, here, question, title, context)))
    return records


def squad_question(path: Path, place: str, question: object, title: str, context: str) -> dict:
    """One entry of "qas" under our names. What makes an impossible question look possible is left out."""
    entry = _object(path, place, question)
    row = {name: entry[name] for name in ("id", "question") if entry.get(name) is not None}
    if entry.get("is_impossible") is True:
        return {**row, "answerable": False}
    given = _list(path, place, {"answers": []} | dict(entry), "answers")
    answers = [_object(path, f"{place}, answer", answer).get("text") for answer in given]
    row["answers"] = [answer for answer in answers if answer is not None]
    row["relevant"] = [title] if title else []
    return {**row, "evidence": [{"text": context, "document": title}] if context.strip() else []}


def _object(path: Path, place: str, value: object) -> Mapping:
    if not isinstance(value, Mapping):
        raise QuestionsError(f"{path}, {place}: an object {{…}} is needed, found {type_name(value)}.")
    return value


def _list(path: Path, place: str, value: Mapping, name: str) -> list:
    if not isinstance(value.get(name), list):
        raise QuestionsError(f'{path}, {place}: "{name}" must be a list, found {type_name(value.get(name))}.')
    return value[name]


def promptfoo_records(path: Path, tests: object) -> Records:
    """The tests of a promptfoo configuration: the question from "vars", the gold from "assert"."""
    if not isinstance(tests, list):
        raise QuestionsError(f'{path}: "tests" must be a list of tests, found {type_name(tests)}.')
    records = []
    for number, test in enumerate(tests, start=1):
        place = f"test {number}"
        if isinstance(test, str):
            raise QuestionsError(f"{path}, {place}: its tests are in another file ({test[:80]}): read that one.")
        try:
            records.append((place, promptfoo_question(_object(path, place, test))))
        except InvalidLine as error:
            raise QuestionsError(f"{path}, {place}: {error}.") from error
    return records


def promptfoo_question(test: Mapping) -> dict:
    """One test under our names; raises :class:`InvalidLine`."""
    variables = test.get("vars")
    if not isinstance(variables, Mapping):
        raise InvalidLine(f'"vars" must be an object, found {type_name(variables)}')
    by_name = {normal(str(name)): value for name, value in variables.items()}
    question = next((by_name[name] for name in GUESSES["question"] if name in by_name), None)
    if question is None and len(by_name) == 1:
        question = next(iter(by_name.values()))
    if not isinstance(question, str):
        raise InvalidLine(f'"vars" needs a "question" or a "query" that is a string, found {type_name(question)}')
    asserted = test.get("assert") or []
    if not isinstance(asserted, list) or not all(isinstance(entry, Mapping) for entry in asserted):
        raise InvalidLine('"assert" must be a list of objects with a "type"')
    metadata = test["metadata"] if isinstance(test.get("metadata"), Mapping) else {}
    row: dict = {"question": question, **gold_of(asserted)}
    if metadata.get("answerable") is False:
        row.pop("rubric", None)  # that it says so, which our own export asserts
    description = {"description": test["description"]} if isinstance(test.get("description"), str) else {}
    return {**row, **description, **{str(name): value for name, value in metadata.items() if name not in row}}


def gold_of(asserted: Sequence[Mapping]) -> dict:
    """What the assertions say about the answer: alternatives, a list of which all are wanted, or patterns.

    All assertions of a test have to hold. A single one with texts is a gold answer; several are a list.
    """
    wanted: list[list[str]] = []  # all of these, each of them in any of its wordings
    patterns: list[str] = []
    row: dict = {}
    for entry in asserted:
        kind, value = str(entry.get("type", "")), entry.get("value")
        if kind in ONE_TEXT or kind in ONE_OF:
            wanted.append(texts_in(kind, value))
        elif kind in ALL_OF:
            wanted.extend([text] for text in texts_in(kind, value))
        elif kind == "regex":
            patterns.extend(compiled(text) for text in texts_in(kind, value))
        elif kind in ("not-contains", "not-icontains"):
            row.setdefault("not", []).extend(re.escape(text) for text in texts_in(kind, value))
        elif kind == "not-regex":
            row.setdefault("not", []).extend(compiled(text) for text in texts_in(kind, value))
        elif kind == RUBRIC and isinstance(value, str):
            row["rubric"] = f"{row['rubric']}\n{value}" if "rubric" in row else value
        else:
            row.setdefault("assertions_not_read", []).append(kind)
    if patterns or "not" in row:  # a question is graded in one way: texts are patterns too, beside other patterns
        groups = [[re.escape(text) for text in texts] for texts in wanted]
        return {**row, "need": [*groups, *([one] for one in patterns)], "refuse": False}
    if len(wanted) == 1:
        row["answers"] = wanted[0]
    elif wanted:
        row["items"] = [texts[0] if len(texts) == 1 else texts for texts in wanted]
        row["answerable"] = True
    return row


def texts_in(kind: str, value: object) -> list[str]:
    """The texts of an assertion's value: one, a list, or a number as it is written."""
    if isinstance(value, str) and kind in (*ONE_OF, *ALL_OF):
        value = [part.strip() for part in value.split(",")]  # as promptfoo reads it
    values = value if isinstance(value, list) else [value]
    if not values or any(item is None or isinstance(item, (Mapping, list)) for item in values):
        raise InvalidLine(f'the value of "{kind}" must be a text, found {type_name(value)}')
    return [item if isinstance(item, str) else text_of(item) for item in values]


def compiled(pattern: str) -> str:
    """The pattern, if Python understands it too; promptfoo's are JavaScript's."""
    try:
        re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        raise InvalidLine(f'the pattern "{pattern[:80]}" of "regex" cannot be used: {error}') from error
    return pattern
