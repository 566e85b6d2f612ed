"""What a text says of itself at its head, between ``---`` (YAML) or ``+++`` (TOML): title, date, author, tags."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from footnoted.index.loaders.text import one_line
from footnoted.index.types import Block

Value = str | int | float

_HEAD = re.compile(
    r"(?P<fence>---|\+\+\+)[ \t]*\n(?P<body>.*?)^(?:(?P=fence)|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE
)
_LONGEST = 65_536  # characters: what is longer is no head
_MOST_FIELDS = 100
_LONGEST_VALUE = 1000
_FIELD = re.compile(r"^(?P<name>[\w.-]+)[ \t]*[:=][ \t]*(?P<value>\S.*)?$", re.MULTILINE)
# Names that mean one thing.
_SAME = {
    "authors": "author", "creator": "author", "by": "author", "keywords": "tags", "tag": "tags", "categories": "tags",
    "category": "tags", "pubdate": "date", "published": "date", "created": "date", "publishdate": "date",
    "lastmod": "updated", "last_modified": "updated", "modified": "updated", "summary": "description",
    "language": "lang",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """The head of a text: where it ends (0 without one), what it says, and its blocks."""

    end: int = 0
    metadata: Mapping[str, Value] = field(default_factory=dict)
    blocks: tuple[Block, ...] = ()


def front_matter(text: str) -> FrontMatter:
    """The head of a text. One that cannot be parsed is still no content; it only says nothing."""
    found = _HEAD.match(text[:_LONGEST])
    if found is None or not (_FIELD.match(found["body"]) or found["body"].startswith("#")):
        return FrontMatter()
    parsed = _toml(found["body"]) if found["fence"] == "+++" else _yaml(found["body"])
    end = found.end("body") + len(found["fence"])
    blocks = (Block("front_matter", 0, end), *_fields(text, found.start("body"), found.end("body")))
    return FrontMatter(found.end(), metadata_of(parsed), blocks)


def metadata_of(parsed: object) -> dict[str, Value]:
    """The simple values of a mapping, under names that are the same for all texts; lists are joined by commas."""
    told: dict[str, Value] = {}
    if not isinstance(parsed, Mapping):
        return told
    for key, value in list(parsed.items())[:_MOST_FIELDS]:
        name = str(key).strip().lower().replace("-", "_")
        name = _SAME.get(name.replace("_", ""), _SAME.get(name, name))
        if (simple := _simple(value)) not in ("", None) and name not in told:
            told[name] = simple  # type: ignore[assignment]
    return told


def _simple(value: object) -> Value | None:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return value
    if isinstance(value, datetime.datetime | datetime.date):
        return value.isoformat()[:10]
    if isinstance(value, str):
        return one_line(value)[:_LONGEST_VALUE]
    if isinstance(value, Mapping):
        return _simple(value.get("name"))
    if isinstance(value, list):
        parts = [str(part) for one in value[:_MOST_FIELDS] if (part := _simple(one)) not in ("", None)]
        return ", ".join(parts)[:_LONGEST_VALUE] or None
    return None


def _yaml(body: str) -> object:
    import yaml

    try:
        return yaml.safe_load(body)
    except (yaml.YAMLError, ValueError, RecursionError):
        return {found["name"]: (found["value"] or "").strip("\"'") for found in _FIELD.finditer(body)}


def _toml(body: str) -> object:
    import tomllib

    try:
        return tomllib.loads(body)
    except tomllib.TOMLDecodeError:
        return {found["name"]: (found["value"] or "").strip("\"'") for found in _FIELD.finditer(body)}


def _fields(text: str, start: int, end: int) -> Iterator[Block]:
    """The lines ``name: value``, each with the lines below it that belong to it."""
    found = list(_FIELD.finditer(text, start, end))
    for number, line in enumerate(found):
        stop = found[number + 1].start() if number + 1 < len(found) else end
        held = text[line.start() : stop].rstrip()
        yield Block("field", line.start(), line.start() + len(held), 0, line["name"])
