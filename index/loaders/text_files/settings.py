"""Settings and data in text files (JSON, YAML, TOML, INI): verbatim; each value is a field named by its path."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from footnoted.index.loaders.registry import Source
from footnoted.index.loaders.text_files.plain import code_blocks, text_of
from footnoted.index.text.blocks import ordered
from footnoted.index.types import Block, LoadedDocument

_LONGEST = 300_000  # characters: beyond that a parser of YAML takes too long
_MOST_FIELDS = 20_000
_SECTION = re.compile(r"\s*\[\[?\s*([^\[\]]+?)\s*\]\]?\s*(?:[#;].*)?$")
_ASSIGNED = re.compile(r"\s*(?:export\s+)?(?P<name>[\w.\-\"'/]+)\s*[=:]\s*(?P<value>\S.*)$")


def load_settings(source: Source) -> LoadedDocument:
    """The file as it was written; where it cannot be parsed, its lines are code."""
    text = text_of(source)
    language = source.suffix.lstrip(".")
    blocks: tuple[Block, ...] = ()
    if source.suffix in (".json", ".json5", ".yaml", ".yml"):
        blocks = ordered(_of_tree(text)) if len(text) <= _LONGEST else ()
    elif source.suffix in (".toml", ".ini", ".cfg", ".conf", ".properties"):
        blocks = tuple(_of_lines(text))
    return LoadedDocument(
        text=text, blocks=blocks or tuple(code_blocks(text, language)), media_type=f"text/x-{language or 'source'}"
    )


def _of_tree(text: str) -> Iterator[Block]:
    """The values of YAML, of which JSON is a part, each from its key to its end."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        roots = list(yaml.compose_all(text, Loader=loader))
        found: list[Block] = []
        for root in roots:
            _fields(text, root, found)
    except (yaml.YAMLError, ValueError, RecursionError):
        return
    if len(found) <= _MOST_FIELDS:
        yield from found


def _fields(text: str, root: Any, found: list[Block]) -> None:
    """Walk without recursion; a node that was met before (an alias) says nothing new."""
    import yaml

    stack: list[tuple[Any, str, int]] = [(root, "", -1)]
    seen: set[int] = set()
    while stack and len(found) <= _MOST_FIELDS:
        node, path, start = stack.pop()
        if id(node) in seen or node is None:
            continue
        seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                name = str(key.value) if isinstance(key, yaml.ScalarNode) else "?"
                stack.append((value, f"{path}.{name}" if path else name, key.start_mark.index))
        elif isinstance(node, yaml.SequenceNode) and not all(isinstance(one, yaml.ScalarNode) for one in node.value):
            for number, value in enumerate(node.value):
                stack.append((value, f"{path}[{number}]", -1))
        else:
            begin = start if start >= 0 else node.start_mark.index
            held = text[begin : node.end_mark.index].rstrip()
            if held and path:
                found.append(Block("field", begin, begin + len(held), 0, path[:300]))


def _of_lines(text: str) -> Iterator[Block]:
    """``name = value`` below ``[section]``; what goes on over several lines belongs to the name before it."""
    section, start, name, end = "", -1, "", 0
    position = 0
    for line in text.split("\n"):
        assigned = _ASSIGNED.match(line)
        bare = line.strip()
        ends = not bare or bare[0] in "#;!" or _SECTION.match(line) is not None or assigned is not None
        if start >= 0 and ends:
            yield Block("field", start, end, 0, name)
            start = -1
        if headed := _SECTION.match(line) if not assigned else None:
            section = headed[1].strip("\"'")
        elif assigned and bare[0] not in "#;!":
            start = position + len(line) - len(line.lstrip())
            own = assigned["name"].strip("\"'")
            name = f"{section}.{own}" if section else own
        if start >= 0:
            end = position + len(line.rstrip())
        position += len(line) + 1
    if start >= 0:
        yield Block("field", start, end, 0, name)
