"""Blocks as a tree: which lie in which, which have none inside, and how they are packed to be stored or sent."""

from __future__ import annotations

import json
import struct
import sys
import zlib
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence

from footnoted.index.types import BLOCK_KINDS, Block, BlockKind, Heading

_HEAD = struct.Struct("<II")  # how many blocks, and how many bytes of labels
_NUMBER_OF: dict[str, int] = {kind: number for number, kind in enumerate(BLOCK_KINDS)}


def ordered(blocks: Iterable[Block]) -> tuple[Block, ...]:
    """Blocks in the order of the text, each before those inside it; of two with one span the one given first."""
    return tuple(sorted(blocks, key=lambda block: (block.start, -block.end)))


def parents(blocks: Sequence[Block]) -> list[int]:
    """For each block the number of the block that it lies in; -1 for those at the top."""
    found: list[int] = []
    open_blocks: list[int] = []
    for number, block in enumerate(blocks):
        while open_blocks and blocks[open_blocks[-1]].end <= block.start:
            open_blocks.pop()
        found.append(open_blocks[-1] if open_blocks else -1)
        open_blocks.append(number)
    return found


def leaves(blocks: Sequence[Block]) -> list[Block]:
    """Those with no block inside, in order: they hold the words."""
    above = set(parents(blocks))
    return [block for number, block in enumerate(blocks) if number not in above]


def fault(text: str, blocks: Sequence[Block]) -> str:
    """What is wrong with blocks of a text, in words; empty when they nest, are in order and lie inside the text."""
    open_blocks: list[Block] = []
    last = 0
    for block in blocks:
        if block.kind not in _NUMBER_OF:
            return f"there is no kind of block called {block.kind!r}"
        if not 0 <= block.start < block.end <= len(text):
            return f"a {block.kind} lies outside the text or is empty ({block.start} to {block.end})"
        if block.start < last:
            return f"a {block.kind} at {block.start} is out of order"
        last = block.start
        while open_blocks and open_blocks[-1].end <= block.start:
            open_blocks.pop()
        if open_blocks and block.end > open_blocks[-1].end:
            return f"a {block.kind} at {block.start} overlaps the {open_blocks[-1].kind} before it"
        open_blocks.append(block)
    return ""


def headings_of(blocks: Sequence[Block]) -> tuple[Heading, ...]:
    """The headings among blocks."""
    return tuple(
        Heading(block.start, block.end, block.level, block.label) for block in blocks if block.kind == "heading"
    )


def shifted(blocks: Iterable[Block], by: int) -> Iterator[Block]:
    """The same blocks in a text that has ``by`` more characters before them."""
    for block in blocks:
        yield Block(block.kind, block.start + by, block.end + by, block.level, block.label)


class Structure:
    """The blocks of one text, its headings among them, where the last ends, and its language ("en", or empty)."""

    def __init__(self, blocks: Sequence[Block], language: str = "") -> None:
        self.blocks, self.language = blocks, language
        self.headings = [block for block in blocks if block.kind == "heading"]
        self.end = max((block.end for block in blocks), default=0)
        self._tops = [number for number, above in enumerate(parents(blocks)) if above == -1]

    def within(self, start: int, end: int) -> list[Block]:
        """The blocks that share a character with ``text[start:end]``, in order."""
        first = bisect_right(self._tops, start, key=lambda number: self.blocks[number].start) - 1
        found: list[Block] = []
        for number in range(self._tops[max(0, first)] if self._tops else 0, len(self.blocks)):
            block = self.blocks[number]
            if block.start >= end:
                break
            if block.end > start:
                found.append(block)
        return found


# Packing: a table of a hundred thousand cells as JSON would be larger than its text ----------------------------------


def packed(blocks: Sequence[Block]) -> bytes:
    """Blocks in a few bytes each: kinds, distances, lengths, levels and labels in columns, compressed."""
    labels = {label: number for number, label in enumerate(dict.fromkeys(block.label for block in blocks))}
    named = json.dumps(list(labels), ensure_ascii=False).encode("utf-8", "surrogatepass")
    starts = [block.start for block in blocks]
    distances = [start - before for start, before in zip(starts, [0, *starts], strict=False)]
    columns = (
        array("B", (_NUMBER_OF[block.kind] for block in blocks)),
        array("I", distances),
        array("I", (block.end - block.start for block in blocks)),
        array("I", (block.level for block in blocks)),
        array("I", (labels[block.label] for block in blocks)),
    )
    data = b"".join(_in_order(column).tobytes() for column in columns)
    return zlib.compress(_HEAD.pack(len(blocks), len(named)) + named + data)


def unpacked(data: bytes) -> tuple[Block, ...]:
    """The reverse of :func:`packed`. Raises ValueError for bytes that are not of its making."""
    try:
        plain = zlib.decompress(data)
        count, size = _HEAD.unpack_from(plain)
        labels = json.loads(plain[_HEAD.size : _HEAD.size + size].decode("utf-8", "surrogatepass"))
        at, columns = _HEAD.size + size, []
        for code in "BIIII":
            column = array(code)
            column.frombytes(plain[at : at + count * column.itemsize])
            at += count * column.itemsize
            columns.append(_in_order(column))
        blocks, start = [], 0
        for kind, distance, length, level, label in zip(*columns, strict=True):
            start += distance
            blocks.append(Block(_kind(kind), start, start + length, level, labels[label]))
    except (zlib.error, struct.error, IndexError, UnicodeDecodeError) as error:
        raise ValueError(f"The blocks of a text are damaged ({error}).") from error
    if at != len(plain) or len(blocks) != count:
        raise ValueError("The blocks of a text are damaged (they end too early or too late).")
    return tuple(blocks)


def _kind(number: int) -> BlockKind:
    return BLOCK_KINDS[number]


def _in_order(column: array) -> array:
    """The numbers with the lowest byte first, whatever the machine does."""
    if sys.byteorder == "big":
        column = array(column.typecode, column)
        column.byteswap()
    return column
