"""What a document is made of (headings, lists, tables), from blocks or from Markdown, and how much of a gold is right.

Texts become keys, short hashes of their words, so that a gold can be kept without the sentences of its file.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import TypeVar

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from footnoted.index.text.blocks import parents
from footnoted.index.types import Block, LoadedDocument

One, Other = TypeVar("One"), TypeVar("Other")
KINDS = ("headings", "lists", "tables")
ANY, LEFT, ABOVE = "*", "<", "^"  # in a gold: whatever stands here; the cell to the left, or above, covers this one too
OTHERWISE = " // "  # in a gold, between two ways of writing a text that are both right
_EMPHASIS = re.compile(r"[*`]|\[(?=[^\]]*\]\()|\]\([^)\s]*\)")  # files of Markdown are kept as they are written


Items = Sequence[tuple[int, str]]
"""The items of a list with their depth."""


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of a table, each with one text for every column, empty or not; ``header``: the first names columns."""

    rows: tuple[tuple[str, ...], ...]
    header: bool


@dataclass(frozen=True, slots=True)
class Outline:
    """Headings with their level, lists of items with their depth (from 1), and tables, in the order of the document."""

    headings: tuple[tuple[int, str], ...] = ()
    lists: tuple[tuple[tuple[int, str], ...], ...] = ()
    tables: tuple[Table, ...] = ()


@dataclass(frozen=True, slots=True)
class Marks:
    """How much of a gold was found: ``of`` things, ``right`` of them whole; ``too_many`` are in no gold.

    ``parts`` are cells of tables and items of lists, of which ``parts_right`` are where they belong; ``named`` counts
    the tables of which it is rightly known whether their first row names the columns.
    """

    of: int = 0
    right: int = 0
    too_many: int = 0
    parts: int = 0
    parts_right: int = 0
    named: int = 0

    @property
    def faulty(self) -> bool:
        """Whether something is missing, wrong or too many."""
        return self.right < self.of or self.too_many > 0

    def __add__(self, other: Marks) -> Marks:
        return Marks(*(getattr(self, name) + getattr(other, name) for name in self.__slots__))


# From blocks and from Markdown -------------------------------------------------------------------------------------


def of_blocks(document: LoadedDocument) -> Outline:
    """The outline of a loaded document."""
    inside: dict[int, list[int]] = {}
    for number, above in enumerate(parents(document.blocks)):
        inside.setdefault(above, []).append(number)
    shelf = _Shelf(document.text, document.blocks, inside)
    lists = [number for number, block in enumerate(document.blocks) if block.kind == "list"]
    nested = {below for number in lists for below in shelf.below(number) if below != number}
    return Outline(
        tuple((heading.level, heading.title) for heading in document.headings),
        tuple(tuple(shelf.items(number)) for number in lists if number not in nested),
        tuple(shelf.table(number) for number, block in enumerate(document.blocks) if block.kind == "table"),
    )


@dataclass(frozen=True, slots=True)
class _Shelf:
    text: str
    blocks: Sequence[Block]
    inside: dict[int, list[int]]

    def below(self, number: int) -> Iterator[int]:
        yield number
        for child in self.inside.get(number, ()):
            yield from self.below(child)

    def items(self, number: int, depth: int = 1) -> Iterator[tuple[int, str]]:
        for item in self.inside.get(number, ()):
            if self.blocks[item].kind != "item":
                continue
            yield depth, " ".join(self.words(item))
            for child in self.inside.get(item, ()):
                if self.blocks[child].kind == "list":
                    yield from self.items(child, depth + 1)

    def words(self, number: int) -> Iterator[str]:
        """The texts of a block without the lists, tables and code in it."""
        below = self.inside.get(number, ())
        if not below:
            yield self.text[self.blocks[number].start : self.blocks[number].end]
        for child in below:
            if self.blocks[child].kind not in ("list", "table", "code"):
                yield from self.words(child)

    def table(self, number: int) -> Table:
        rows: list[dict[int, str]] = []
        headers = 0
        for row in self.inside.get(number, ()):
            if self.blocks[row].kind != "row":
                continue
            if headers == len(rows) and self.blocks[row].label == "header":
                headers += 1
            cells = [self.blocks[cell] for cell in self.inside.get(row, ()) if self.blocks[cell].kind == "cell"]
            rows.append({cell.level: self.text[cell.start : cell.end] for cell in cells})
        width = max((column for row in rows for column in row), default=0)
        full = [tuple(row.get(column, "") for column in range(1, width + 1)) for row in rows]
        return Table(tuple(full), headers > 0)


def of_markdown(text: str, *, html: bool = True) -> Outline:
    """The outline of a text in Markdown (CommonMark, with tables as GitHub has them)."""
    parser = MarkdownIt("commonmark", {"html": html}).enable("table")
    headings: list[tuple[int, str]] = []
    lists: list[tuple[tuple[int, str], ...]] = []
    tables: list[Table] = []
    for node in SyntaxTreeNode(parser.parse(text)).walk():
        if node.type == "heading":
            headings.append((int(node.tag[1:]), _plain(node)))
        elif node.type in ("bullet_list", "ordered_list") and not _within_a_list(node):
            lists.append(tuple(_items(node)))
        elif node.type == "table":
            rows = [tuple(_plain(cell) for cell in row.children) for part in node.children for row in part.children]
            named = any(rows[0])
            tables.append(Table(tuple(rows if named else rows[1:]), named))
    return Outline(tuple(headings), tuple(lists), tuple(tables))


def _within_a_list(node: SyntaxTreeNode) -> bool:
    above = node.parent
    while above is not None and above.type != "list_item":
        above = above.parent
    return above is not None


def _items(node: SyntaxTreeNode, depth: int = 1) -> Iterator[tuple[int, str]]:
    for item in node.children:
        yield depth, " ".join(_plain(child) for child in item.children if child.type in ("paragraph", "heading"))
        for child in item.children:
            if child.type in ("bullet_list", "ordered_list"):
                yield from _items(child, depth + 1)


def _plain(node: SyntaxTreeNode) -> str:
    if node.type in ("text", "code_inline"):
        return node.content
    if node.type in ("softbreak", "hardbreak") or (node.type == "html_inline" and node.content.startswith("<br")):
        return " "
    return "".join(_plain(child) for child in node.children)


# Keys --------------------------------------------------------------------------------------------------------------


def key(text: str) -> str:
    """A text as a short hash of its words in small letters, whatever white space and emphasis is in it."""
    plain = " ".join(_EMPHASIS.sub("", text).casefold().split())
    return hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()[:8] if plain else ""


def gold_key(text: str) -> str:
    """A text typed for a gold as its key: the signs stay, and two ways of writing it are two keys with "/" between."""
    text = text.strip()
    return text if text in (ANY, LEFT, ABOVE) else "/".join(key(way) for way in text.split(OTHERWISE))


def with_keys(outline: Outline, of_text: Callable[[str], str]) -> Outline:
    """The same outline with keys in the place of texts."""
    return Outline(
        tuple((level, of_text(text)) for level, text in outline.headings),
        tuple(tuple((depth, of_text(text)) for depth, text in items) for items in outline.lists),
        tuple(
            Table(tuple(tuple(of_text(text) for text in row) for row in table.rows), table.header)
            for table in outline.tables
        ),
    )


def to_json(outline: Outline, kinds: Iterable[str]) -> dict:
    """What is kept of a gold: the kinds that were typed; a row is one string."""
    every = {
        "headings": [f"{level} {text}" for level, text in outline.headings],
        "lists": [[f"{depth} {text}" for depth, text in items] for items in outline.lists],
        "tables": [
            {"header": table.header, "rows": [" | ".join(row) for row in table.rows]} for table in outline.tables
        ],
    }
    return {kind: every[kind] for kind in kinds}


def from_json(kept: dict) -> Outline:
    """The reverse of :func:`to_json`; a kind that was not typed is empty."""
    return Outline(
        tuple(_numbered(line) for line in kept.get("headings", ())),
        tuple(tuple(_numbered(line) for line in items) for items in kept.get("lists", ())),
        tuple(
            Table(tuple(tuple(row.split(" | ")) for row in table["rows"]), table["header"])
            for table in kept.get("tables", ())
        ),
    )


def _numbered(line: str) -> tuple[int, str]:
    number, _, rest = line.partition(" ")
    return int(number), rest


# How much is right -------------------------------------------------------------------------------------------------


def heading_marks(gold: Sequence[tuple[int, str]], said: Sequence[tuple[int, str]]) -> Marks:
    """Headings found in order. A level is right if it differs from the gold's by as much as most levels do."""
    pairs = _aligned(gold, said, lambda one, other: int(other[1] in one[1].split("/")))
    apart = Counter(gold[one][0] - said[other][0] for one, other in pairs)
    return Marks(len(gold), max(apart.values(), default=0), len(said) - len(pairs), len(gold), len(pairs))


def list_marks(gold: Sequence[Items], said: Sequence[Items]) -> Marks:
    """Each list with the one that shares most items with it; right if all items are there in order, and no others."""
    shared = [[len(_aligned(items, other, _same_item)) for other in said] for items in gold]
    pairs = _paired(shared)
    right = sum(len(gold[one]) == len(said[other]) == shared[one][other] for one, other in pairs.items())
    found = sum(shared[one][other] for one, other in pairs.items())
    return Marks(len(gold), right, len(said) - len(pairs), sum(map(len, gold)), found)


def _same_item(gold: tuple[int, str], said: tuple[int, str]) -> int:
    return int(gold[0] == said[0] and said[1] in gold[1].split("/"))


def table_marks(gold: Sequence[Table], said: Sequence[Table]) -> Marks:
    """Each table with the one that has most of its cells in the right row and column; right if it has no others."""
    cells = [sum(value not in ("", ANY, LEFT, ABOVE) for row in table.rows for value in row) for table in gold]
    found = [[_cells(table, other) for other in said] for table in gold]
    pairs = _paired([[right for right, _ in row] for row in found])
    right = sum(found[one][other] == (cells[one], 0) for one, other in pairs.items())
    named = sum(gold[one].header == said[other].header for one, other in pairs.items())
    parts_right = sum(found[one][other][0] for one, other in pairs.items())
    return Marks(len(gold), right, len(said) - len(pairs), sum(cells), parts_right, named)


def _paired(shared: Sequence[Sequence[int]]) -> dict[int, int]:
    """Which of the ones goes with which of the others: the pair that shares most first, none that shares nothing."""
    every = ((worth, -one, -other) for one, row in enumerate(shared) for other, worth in enumerate(row) if worth)
    pairs: dict[int, int] = {}
    for _, one, other in sorted(every, reverse=True):
        if -one not in pairs and -other not in pairs.values():
            pairs[-one] = -other
    return pairs


def _cells(gold: Table, said: Table) -> tuple[int, int]:
    """How many cells of a table stand where they belong, and how many others there are."""
    wanted = [[tuple(value.split("/")) for value in row] for row in gold.rows]
    columns = _aligned(_columns(wanted), _columns([[(value,) for value in row] for row in said.rows]), _alike)

    def right(here: Sequence[tuple[str, ...]], there: Sequence[str]) -> int:
        return sum(bool(there[column]) and there[column] in here[place] for place, column in columns)

    rows = _aligned(wanted, said.rows, right)
    found = sum(right(wanted[one], said.rows[other]) for one, other in rows)
    covered = sum(  # what stands in the place of a merged cell is one cell too many, but that is no fault
        bool(said.rows[other][column]) and wanted[one][place][0] in (ANY, LEFT, ABOVE)
        for one, other in rows
        for place, column in columns
    )
    return found, sum(bool(value) for row in said.rows for value in row) - found - covered


def _columns(rows: Sequence[Sequence[tuple[str, ...]]]) -> list[list[tuple[str, ...]]]:
    columns = zip_longest(*rows, fillvalue=("",))
    return [[ways for ways in column if ways[0] not in ("", ANY, LEFT, ABOVE)] for column in columns]


def _alike(gold: Sequence[tuple[str, ...]], said: Sequence[tuple[str, ...]]) -> int:
    """Twice about how many cells two columns share, in whatever rows; 1 if the gold's has only covered places."""
    known = Counter(way for ways in gold for way in ways)
    return 2 * min(len(gold), (known & Counter(ways[0] for ways in said)).total()) if gold else 1


def _aligned(ones: Sequence[One], others: Sequence[Other], worth: Callable[[One, Other], int]) -> list[tuple[int, int]]:
    """Pairs of places, in order in both, whose worth is largest together; pairs that are worth nothing are left out."""
    values = [[worth(one, other) for other in others] for one in ones]
    best = [[0] * (len(others) + 1) for _ in range(len(ones) + 1)]
    for one in range(len(ones) - 1, -1, -1):
        for other in range(len(others) - 1, -1, -1):
            together = values[one][other] + best[one + 1][other + 1]
            best[one][other] = max(together, best[one + 1][other], best[one][other + 1])
    pairs: list[tuple[int, int]] = []
    one = other = 0
    while one < len(ones) and other < len(others):
        if values[one][other] and best[one][other] == values[one][other] + best[one + 1][other + 1]:
            pairs.append((one, other))
            one, other = one + 1, other + 1
        elif best[one][other] == best[one + 1][other]:
            one += 1
        else:
            other += 1
    return pairs
