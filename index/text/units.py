"""What is read as one: the sentences of paragraphs and items; rows, headings, code and the like as wholes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from footnoted.index.text.blocks import Structure
from footnoted.index.text.sentences import sentences, trimmed
from footnoted.index.types import Block, BlockKind

# Kinds that hold words themselves, whatever lies inside them (the cells of a row, the cues of a speech).
HOLDING: frozenset[BlockKind] = frozenset(
    {"heading", "paragraph", "row", "cell", "code", "caption", "formula", "image", "cue", "field", "entry"}
)
WHOLE: frozenset[BlockKind] = HOLDING - {"paragraph", "caption", "cue"}
"""Kinds that are never cut into sentences."""
_FENCE = re.compile(r"^[ \t>]*(?:`{3,}|~{3,}).*$", re.MULTILINE)
_QUOTED = re.compile(r"(?<=\n)[ \t]*(?:>[ \t]*)+")


@dataclass(frozen=True, slots=True)
class Unit:
    """A stretch of words: ``text[start:end]``, with the block that holds it and those around that, outermost first.

    ``block`` is ``None`` for text that no block claims.
    """

    start: int
    end: int
    block: Block | None = None
    around: tuple[Block, ...] = ()

    @property
    def kind(self) -> BlockKind:
        """The kind of the block that holds it."""
        return self.block.kind if self.block else "paragraph"

    def inside(self, *kinds: BlockKind) -> Block | None:
        """The innermost block of one of these kinds that it lies in."""
        return next((block for block in reversed(self.around) if block.kind in kinds), None)


def units(
    text: str, structure: Structure, start: int | None = None, end: int | None = None, *, at: int = 0
) -> Iterator[Unit]:
    """The units of ``text[start:end]`` in order, cut at its bounds; together they have all of its letters and digits.

    ``at`` is where ``text`` begins in the document, if it is only a part of it; ``start``, ``end`` and all that is
    returned are positions in the document.
    """
    start, end = at if start is None else start, at + len(text) if end is None else end
    done = start
    for unit in _held(structure, start, end):
        first, last = trimmed(text, max(unit.start, done) - at, min(unit.end, end) - at)
        if first >= last:
            continue
        yield from _unclaimed(text, done, first + at, at)
        yield Unit(first + at, last + at, unit.block, unit.around)
        done = last + at
    yield from _unclaimed(text, done, end, at)


def _held(structure: Structure, start: int, end: int) -> Iterator[Unit]:
    """The blocks that hold words. The mark of an item stands with its first paragraph."""
    around: list[Block] = []
    found = structure.within(start, end)
    done, mark = -1, -1
    for number, block in enumerate(found):
        while around and around[-1].end <= block.start:
            around.pop()
        if block.start < done:
            continue
        following = found[number + 1] if number + 1 < len(found) else None
        if block.kind in HOLDING or following is None or following.start >= block.end:
            yield Unit(block.start if mark < 0 else min(mark, block.start), block.end, block, tuple(around))
            done, mark = block.end, -1
            continue
        if mark < 0 and block.kind in ("item", "footnote"):
            mark = block.start
        around.append(block)


def _unclaimed(text: str, start: int, end: int, at: int) -> Iterator[Unit]:
    """What lies between blocks, if it says anything: not the rule below a table's header."""
    first, last = trimmed(text, start - at, end - at)
    if says_something(text[first:last]):
        yield Unit(first + at, last + at)


def says_something(between: str) -> bool:
    """Whether text between two blocks says anything, other than that code begins ("```python")."""
    return any(map(str.isalnum, between)) and any(map(str.isalnum, _FENCE.sub("", between)))


def sentences_of(
    text: str, structure: Structure, start: int | None = None, end: int | None = None, *, at: int = 0
) -> Iterator[Unit]:
    """The same, with running text cut into its sentences."""
    for unit in units(text, structure, start, end, at=at):
        if unit.kind in WHOLE:
            yield unit
            continue
        # The mark of an item ("3.") belongs to its first sentence, and is none itself.
        words = max(unit.start, unit.block.start) if unit.block else unit.start
        for number, (first, last) in enumerate(_cut(text[words - at : unit.end - at], structure.language)):
            yield Unit(first + words if number else unit.start, last + words, unit.block, unit.around)


def _cut(words: str, language: str) -> list[tuple[int, int]]:
    """Sentences of a block; the marks before the lines of a quotation are only a kind of space."""
    return sentences(_QUOTED.sub(lambda mark: " " * len(mark.group()), words), language=language)
