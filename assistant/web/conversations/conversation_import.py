"""The import of an exported conversation: read strictly, so that a file can only yield answers."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from footnoted.assistant.answers import Answer, Citation, Contradiction, Sentence
from footnoted.assistant.errors import AssistantError
from footnoted.assistant.rendering.stored import sentences_in
from footnoted.index.types import Passage, Why

MOST_TURNS = 500
LONGEST = 100_000  # characters of one text


class NotAnExport(AssistantError):
    """The file is not an exported conversation."""


def read(exported: str) -> tuple[str, list[Answer]]:
    """The name and the answers of ``export.to_json``'s text. Raises NotAnExport."""
    try:
        data = json.loads(exported)
        turns = [_answer(turn["answer"]) for turn in data["turns"][:MOST_TURNS]]
        title = data.get("name") or ""
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise NotAnExport("This is not an exported conversation: choose the JSON file of an export.") from None
    if not turns or not isinstance(title, str):
        raise NotAnExport("There is no question in this file.")
    return title, turns


def _answer(row: Mapping) -> Answer:
    """An answer whose every field is of its type, with numbers in their bounds."""
    values = _typed(Answer, row)
    for sentence in row.get("sentences", ()):
        _typed(Sentence, sentence)
        _numbers(sentence.get("citations", ()))
    values["sentences"] = sentences_in(row)
    values["citations"] = tuple(Citation(**_typed(Citation, one)) for one in row.get("citations", ()))
    values["passages"] = tuple(_passage(one) for one in row.get("passages", ()))
    values["contradictions"] = tuple(_contradiction(one) for one in row.get("contradictions", ()))
    values["missing_words"] = _texts(row.get("missing_words", ()))
    values["timings"] = {}
    values["done"] = True
    return Answer(**values)


def _passage(row: Mapping) -> Passage:
    why = row.get("why") or {}
    values = _typed(Passage, row)
    values["why"] = Why(**(_typed(Why, why) | {"matched_words": _texts(why.get("matched_words", ()))}))
    return Passage(**values)


def _contradiction(row: Mapping) -> Contradiction:
    numbers, values, dates = _numbers(row["citations"]), _texts(row["values"]), _texts(row.get("dates", ()))
    if len(numbers) != len(values) or (dates and len(dates) != len(numbers)):
        raise ValueError("a contradiction without its values")
    return Contradiction(_text(row["kind"]), numbers, values, dates)


def _typed(kind: type, row: Mapping) -> dict[str, Any]:
    """The plain fields of a dataclass that are there, each checked; tuples and nested values are left out."""
    values: dict[str, Any] = {}
    for item in fields(kind):
        if item.name not in row:
            continue
        declared, value = str(item.type), row[item.name]
        if value is None and "None" in declared:
            values[item.name] = None
        elif declared == "str":
            values[item.name] = _text(value)
        elif declared == "bool":
            values[item.name] = _a(value, bool)
        elif declared.startswith("int"):
            values[item.name] = _number(value)
        elif declared.startswith("float"):
            values[item.name] = _finite(value)
    return values


def _a(value: Any, kind: Any) -> Any:
    if not isinstance(value, kind):
        raise ValueError("not of its type")
    return value


def _text(value: object) -> str:
    return str(_a(value, str))[:LONGEST]


def _number(value: object) -> int:
    if isinstance(value, bool) or not 0 <= _a(value, int) < 2**40:
        raise ValueError("not a number of something")
    return int(value)  # type: ignore[call-overload]


def _finite(value: object) -> float:
    if not math.isfinite(_a(value, (int, float))):
        raise ValueError("not a number")
    return float(value)  # type: ignore[arg-type]


def _numbers(values: object) -> tuple[int, ...]:
    return tuple(_number(value) for value in _a(values, (list, tuple)))


def _texts(values: object) -> tuple[str, ...]:
    return tuple(_text(value) for value in _a(values, (list, tuple)))
