"""A filter as a condition on the catalog's documents, and what may be said in one."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import NamedTuple

from footnoted.index.errors import FilterInvalid
from footnoted.index.types import Filter

_DATE = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")
_LONGEST_NAME = 64


class Condition(NamedTuple):
    """SQL on ``documents`` joined with ``files``, and the values of its question marks."""

    sql: str
    values: tuple[str, ...]


def condition(chosen: Filter | None, sources_named: Callable[[Iterable[str]], list[str]]) -> Condition | None:
    """The condition that a filter stands for; ``None`` when it restricts nothing.

    Args:
        sources_named: from sources and own ids to the sources that are there.

    Raises:
        FilterInvalid: a date is not one.
    """
    if chosen is None:
        return None
    parts: list[tuple[str, list[str]]] = []
    if chosen.sources is not None:
        parts.append(_one_of("documents.source", sources_named(chosen.sources)))
    if chosen.collections is not None:
        parts.append(_one_of("coalesce(files.collection, 'default')", chosen.collections))
    if chosen.types is not None:
        parts.append(_types(chosen.types))
    for word in chosen.title.split():
        parts.append(("instr(folded(documents.title), ?)", [word.casefold()]))
    if chosen.after:
        parts.append(("documents.date >= ?", [_date(chosen.after)]))
    if chosen.before:
        parts.append(("documents.date <> '' AND documents.date < ?", [_date(chosen.before)]))
    parts += [_field(name, value) for name, value in chosen.metadata.items()]
    if not parts:
        return None
    return Condition(
        " AND ".join(f"({sql})" for sql, _ in parts), tuple(value for _, every in parts for value in every)
    )


def restricted(chosen: Filter | None, sources: Iterable[str]) -> Filter:
    """The filter, of whose documents only those in ``sources`` are left."""
    if chosen is None or chosen.sources is None:
        return replace(chosen or Filter(), sources=list(sources))
    wanted = set(chosen.sources)
    return replace(chosen, sources=[source for source in sources if source in wanted])


def _one_of(column: str, values: Iterable[str]) -> tuple[str, list[str]]:
    return f"{column} IN (SELECT value FROM json_each(?))", [json.dumps(list(values))]


def _types(types: Iterable[str]) -> tuple[str, list[str]]:
    """Media types as they are; anything without a slash as the ending of the file's name."""
    every = [name.strip().lower() for name in types]
    media, values = _one_of("documents.media_type", [name for name in every if "/" in name])
    endings = ["." + name.lstrip(".") for name in every if name and "/" not in name]
    if not endings:
        return media, values
    ends = " OR ".join("substr(folded(documents.path), -length(?)) = ?" for _ in endings)
    return f"{media} OR {ends}", values + [ending for ending in endings for _ in range(2)]


def _date(text: str) -> str:
    if not _DATE.fullmatch(text.strip()):
        raise FilterInvalid(f"{text!r} is not a date: write 2024, 2024-03 or 2024-03-01.")
    return text.strip()


def _field(name: str, value: object) -> tuple[str, list[str]]:
    """What was given by hand counts before what the file says of itself; numbers and words are compared as written.

    A field with several values ("water, heat", as tags and authors are) has each of them.
    """
    possible = [str(one) for one in (value if isinstance(value, list | tuple | set | frozenset) else [value])]
    return (
        "EXISTS (SELECT 1 FROM json_each(json_patch(documents.metadata, coalesce(files.labels, '{}'))) AS given,"
        " json_each(?) AS wanted WHERE given.key = ? AND"
        " instr(', ' || CAST(given.value AS TEXT) || ', ', ', ' || wanted.value || ', ') > 0)",
        [json.dumps(possible), name],
    )


def collection_name(name: str) -> str:
    """A collection's name without surrounding spaces. Raises FilterInvalid if it is not a valid name."""
    name = " ".join(name.split())
    if not name or len(name) > _LONGEST_NAME or not name.isprintable():
        raise FilterInvalid(f"A collection's name has 1 to {_LONGEST_NAME} printable characters, not {name[:80]!r}.")
    return name


__all__ = ["Condition", "collection_name", "condition", "restricted"]
