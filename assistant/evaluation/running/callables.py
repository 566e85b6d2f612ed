"""A Python function as the system that is evaluated: ``module:function``, from a question to an answer."""

from __future__ import annotations

import asyncio
import hashlib
import importlib
import inspect
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from footnoted.assistant.evaluation.errors import EvaluationError, InvalidLine
from footnoted.assistant.evaluation.question_sets.questions import Question
from footnoted.assistant.evaluation.running.other_systems import Given, given_of


class CallableFailed(EvaluationError):
    """The function raised an exception, or returned something that is no answer."""


def load_callable(name: str, what: str = "--callable") -> Callable[..., Any]:
    """The function; its module is also looked for in the working folder. Raises :class:`EvaluationError`."""
    module_name, colon, function_name = name.partition(":")
    if not (module_name and colon and function_name):
        raise EvaluationError(f"{what} must be written as module:function, not {name!r}.")
    here = str(Path.cwd())
    sys.path.insert(0, here)
    try:
        found: Any = importlib.import_module(module_name)
        for part in function_name.split("."):
            found = getattr(found, part)
    except Exception as error:
        raise EvaluationError(f"{name} cannot be loaded: {type(error).__name__}: {error}.") from error
    finally:  # last from now on: what its file imports later is found, and none of our packages is hidden
        sys.path.remove(here)
        sys.path.append(here)
    if not callable(found):
        raise EvaluationError(f"{name} is not a function.")
    return found


def named_callable(given: str | Callable[..., Any]) -> tuple[Callable[..., Any], str]:
    """The function and its name, ``module:function``; a program may give the function itself."""
    if isinstance(given, str):
        return load_callable(given), given
    named = given if hasattr(given, "__qualname__") else type(given)
    return given, f"{named.__module__}:{named.__qualname__}"


def code_of(function: Callable[..., Any]) -> str:
    """A hash of the file in which a function is; empty where there is none. With other code a run starts again."""
    try:
        return hashlib.sha256(Path(inspect.getsourcefile(function) or "").read_bytes()).hexdigest()
    except (TypeError, OSError):
        return ""


def answers_of(function: Callable[..., Any], opened: ExitStack) -> Callable[[Question], Given]:
    """The function that asks ``function``; parameters ``history`` and ``only`` are given what they name."""
    runner: list[asyncio.Runner] = []  # one loop for all questions, since clients belong to theirs
    with_history, with_only = takes(function, "history"), takes(function, "only")

    def give(question: Question) -> Given:
        more: dict[str, Any] = {"history": [dict(turn) for turn in question.history]} if with_history else {}
        more |= {"only": list(question.only)} if with_only else {}
        started = time.perf_counter()
        try:
            value = function(question.question, **more)
            if inspect.isawaitable(value):
                if not runner:
                    runner.append(opened.enter_context(asyncio.Runner()))
                value = runner[0].run(_result_of(value))
        except Exception as error:
            raise CallableFailed(str(error)) from error
        spent = (time.perf_counter() - started) * 1000
        return _timed(value, spent)

    return give


def takes(function: Callable[..., Any], name: str) -> bool:
    """Whether a function has a parameter of this name."""
    try:
        return name in inspect.signature(function).parameters
    except (TypeError, ValueError):
        return False


async def _result_of(value: Any) -> Any:
    return await value


def _timed(value: object, milliseconds: float) -> Given:
    if value is None or isinstance(value, str):
        return Given(value or "", milliseconds=milliseconds)
    if not isinstance(value, Mapping):
        raise CallableFailed(f"it returned {type(value).__name__}, not a text or a dictionary")
    try:
        given = given_of({key: list(item) if isinstance(item, tuple) else item for key, item in value.items()})
    except InvalidLine as error:
        raise CallableFailed(f"it returned a dictionary in which {error}") from error
    return Given(given.answer, given.contexts, given.documents, given.quotes, given.refused, milliseconds)
