"""A corpus: a JSON Lines file with one document on each line."""

from __future__ import annotations

import json
from collections.abc import Iterator

from footnoted.index.errors import LoadError
from footnoted.index.loaders.registry import Loaded, Source
from footnoted.index.loaders.text import clean, one_line
from footnoted.index.types import LoadedDocument


class _BadLine(Exception):
    """Why a line is not a document; only used inside this module."""


def load_jsonl(source: Source) -> Loaded:
    """One document for each line ``{"id", "title", "text", ...}``; other simple values become metadata.

    Raises ``LoadError`` when no line at all is a document.
    """
    documents: list[LoadedDocument] = []
    problems: list[str] = []
    first_line: dict[str, int] = {}
    for number, line in _lines(source.data):
        try:
            document = _document(line, number)
            if document.record_id in first_line:
                raise _BadLine(
                    f"the id {document.record_id!r} was used before in line {first_line[document.record_id]}"
                )
        except _BadLine as error:
            problems.append(f"{source.name}, line {number}: {error}.")
        else:
            first_line[document.record_id or ""] = number
            documents.append(document)
    if problems and not documents:
        raise LoadError(f"{source.name} holds no readable line; the first problem: {problems[0]}")
    return Loaded(tuple(documents), tuple(problems))


def _lines(data: bytes) -> Iterator[tuple[int, str]]:
    """The lines that are not blank, numbered from 1. JSON Lines is UTF-8 by definition."""
    start = 3 if data.startswith(b"\xef\xbb\xbf") else 0
    number = 0
    while start < len(data):
        number += 1
        end = data.find(b"\n", start)
        end = len(data) if end == -1 else end
        line = data[start:end].decode("utf-8", "replace").strip()
        if line:
            yield number, line
        start = end + 1


def _document(line: str, number: int) -> LoadedDocument:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        reason = (
            error.msg if isinstance(error, json.JSONDecodeError) else "it is nested too deeply or holds a huge number"
        )
        raise _BadLine(f"this is not valid JSON ({reason})") from error
    if not isinstance(record, dict):
        raise _BadLine('this is not an object like {"id": ..., "title": ..., "text": ...}')
    text, title = record.pop("text", None), record.pop("title", None)
    identifier = record.pop("id", None)
    if identifier is None:
        identifier = record.pop("_id", None)
    if not isinstance(text, str) or not text.strip():
        raise _BadLine('it has no "text"')
    if isinstance(identifier, bool) or not isinstance(identifier, str | int | float | None):
        raise _BadLine('its "id" is neither a string nor a number')
    record_id = one_line(str(identifier)) if identifier is not None else ""
    metadata = {
        clean(key): clean(value) if isinstance(value, str) else value for key, value in record.items() if _simple(value)
    }
    return LoadedDocument(
        text=clean(text),
        title=one_line(title) if isinstance(title, str) else "",
        record_id=record_id or f"line-{number}",
        media_type="application/jsonl",
        metadata=metadata,
    )


def _simple(value: object) -> bool:
    return isinstance(value, str | int | float) and not isinstance(value, bool) and value == value
