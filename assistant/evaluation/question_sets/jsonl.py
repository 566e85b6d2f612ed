"""Reading and writing JSON lines, with the number of the line in every error."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from footnoted.assistant.evaluation.errors import InvalidLine, QuestionsError


def read_lines(path: Path, wrong: list[str] | None = None) -> Iterator[tuple[int, dict]]:
    """Yield (line number from 1, object) for each line that is not blank.

    Raises :class:`QuestionsError` for a file that cannot be read and for a line that is not a JSON object; given
    ``wrong``, such errors are added to it instead, and reading continues.
    """
    try:
        with open(path, "rb") as stream:
            for number, raw in enumerate(stream, start=1):
                try:
                    row = parse_line(raw, first=number == 1)
                except InvalidLine as error:
                    if wrong is None:
                        raise QuestionsError(f"{path}, line {number}: {error}.") from error
                    wrong.append(f"line {number}: {error}")
                    continue
                if row is not None:
                    yield number, row
    except OSError as error:
        raise QuestionsError(f"{path} cannot be read: {error.strerror or error}.") from error


def parse_line(raw: bytes, first: bool = False) -> dict | None:
    """The object of one line, or None for a blank one; raises :class:`InvalidLine`."""
    try:
        text = raw.decode("utf-8-sig" if first else "utf-8").strip()
    except UnicodeDecodeError as error:
        raise InvalidLine(f"not UTF-8 text (byte {error.start + 1} of the line)") from error
    if not text:
        return None
    try:
        row = json.loads(text)
    except json.JSONDecodeError as error:
        raise InvalidLine(f"not JSON ({error.msg} at column {error.colno})") from error
    except RecursionError as error:
        raise InvalidLine("nested too deeply") from error
    except ValueError as error:  # Python reads no number of more than 4,300 digits
        raise InvalidLine("a number in it is too long") from error
    if not isinstance(row, dict):
        raise InvalidLine(f"a JSON object {{…}} is needed, found {type_name(row)}")
    return row


def write_lines(path: Path, rows: Iterable[Mapping]) -> int:
    """Write one JSON object per line in UTF-8 and return how many."""
    count = 0
    with open(path, "w", encoding="utf-8", newline="\n") as stream:
        for row in rows:
            stream.write(json.dumps(row, ensure_ascii=False) + "\n")
            count += 1
    return count


class RewrittenFile:
    """A file of JSON lines that is rewritten while the chat may append lines to it, which are kept."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.rows = [row for _, row in read_lines(path)]
        self._size = path.stat().st_size

    def save(self, rows: Iterable[Mapping]) -> None:
        """Write these rows in one step, followed by the lines that were appended since."""
        appended = self._path.read_bytes()[self._size :]
        temporary = self._path.with_name(f".{self._path.name}.new")
        write_lines(temporary, rows)
        self._size = temporary.stat().st_size
        with open(temporary, "ab") as stream:
            stream.write(appended)
        os.replace(temporary, self._path)


def type_name(value: object) -> str:
    """The name of a JSON value's type in plain words, for messages."""
    if value is None:
        return "nothing (null)"
    names = {bool: "true or false", str: "a string", list: "a list", dict: "an object"}
    return names.get(type(value), "a number")
