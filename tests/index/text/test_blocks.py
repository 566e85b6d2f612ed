"""Blocks nest, are packed without loss, and no letter of a text is outside of what is read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footnoted.index.loaders.builder import TextBuilder, cells_of
from footnoted.index.text.blocks import Structure, fault, leaves, packed, parents, unpacked
from footnoted.index.text.structure import structure_of
from footnoted.index.text.units import sentences_of, units
from footnoted.index.types import BLOCK_KINDS, Block, LoadedDocument

WORDS = st.text(st.sampled_from("abc äß日 .\n|-1"), min_size=1, max_size=30)


@st.composite
def built(draw) -> LoadedDocument:
    """A document as loaders build it, of any blocks."""
    builder = TextBuilder()
    for kind in draw(st.lists(st.sampled_from(["heading", "paragraph", "list", "table", "code", "quote"]), max_size=8)):
        texts = draw(st.lists(WORDS, min_size=1, max_size=4))
        if kind == "heading":
            builder.heading(texts[0], draw(st.integers(1, 4)))
        elif kind == "list":
            with builder.block("list", label="ordered"):
                for number, text in enumerate(texts, 1):
                    with builder.block("item", 1, f"{number}."):
                        builder.marked(text, f"{number}.", tight=number > 1)
                        with builder.block("list"):
                            builder.item(texts[0], "-", 2)
        elif kind == "table":
            builder.table([cells_of(texts, header=True), *([cells_of(texts)] * 3)])
        elif kind == "quote":
            with builder.block("quote", 1):
                builder.paragraph(texts[0])
        else:
            builder.paragraph(texts[0], kind)
    return builder.build()


@given(built())
def test_what_is_built_nests_and_its_leaves_have_the_text(document: LoadedDocument) -> None:
    assert fault(document.text, document.blocks) == ""
    rest = list(document.text)
    for block in leaves(document.blocks):
        assert document.text[block.start : block.end].strip()
        for place in range(block.start, block.end):
            assert rest[place], "two leaves have one character"
            rest[place] = ""
    for block in document.blocks:
        if block.kind == "item":
            rest[block.start : block.start + len(block.label)] = ""
            rest[block.start : block.start] = [""] * len(block.label)
    assert not "".join(rest).strip(" \n|")


@given(built())
def test_units_have_every_letter_once_and_in_order(document: LoadedDocument) -> None:
    structure = structure_of(document)
    for found in (list(units(document.text, structure)), list(sentences_of(document.text, structure))):
        assert all(one.end <= other.start for one, other in zip(found, found[1:], strict=False))
        read = "".join(document.text[unit.start : unit.end] for unit in found)
        assert sorted(filter(str.isalnum, read)) == sorted(filter(str.isalnum, document.text))


@given(st.lists(st.tuples(st.sampled_from(BLOCK_KINDS), st.integers(0, 9), st.sampled_from(["", "de", "3."]))))
def test_packing_loses_nothing(kinds) -> None:
    blocks = tuple(Block(kind, 3 * n, 3 * n + 2, level, label) for n, (kind, level, label) in enumerate(kinds))
    assert unpacked(packed(blocks)) == blocks


def test_damaged_bytes_are_an_error() -> None:
    whole = packed([Block("paragraph", 0, 5)])
    for data in (b"", b"nonsense", whole[:-3]):
        with pytest.raises(ValueError, match="damaged"):
            unpacked(data)


@pytest.mark.parametrize(
    ("blocks", "wrong"),
    [
        ([Block("paragraph", 0, 6)], "outside"),
        ([Block("paragraph", 2, 2)], "empty"),
        ([Block("paragraph", 2, 4), Block("code", 0, 1)], "out of order"),
        ([Block("list", 0, 3), Block("item", 2, 4)], "overlaps"),
        ([Block("verse", 0, 3)], "no kind"),  # type: ignore[arg-type]
        ([Block("list", 0, 5), Block("item", 0, 2), Block("item", 2, 5)], ""),
    ],
)
def test_what_is_wrong_with_blocks_is_told(blocks, wrong: str) -> None:
    assert wrong in fault("abcde", blocks)
    assert bool(wrong) == bool(fault("abcde", blocks))


def test_parents_and_the_blocks_of_a_part() -> None:
    blocks = [Block("list", 0, 10), Block("item", 0, 4), Block("item", 5, 10), Block("paragraph", 12, 20)]
    assert parents(blocks) == [-1, 0, 0, -1]
    assert [block.kind for block in leaves(blocks)] == ["item", "item", "paragraph"]
    assert Structure(blocks).within(5, 13) == [blocks[0], blocks[2], blocks[3]]
    assert Structure(blocks).within(11, 12) == []
    assert Structure(()).within(0, 5) == []


def test_the_mark_of_an_item_is_read_with_it() -> None:
    builder = TextBuilder()
    with builder.block("list", label="ordered"):
        builder.item("Open the valve. Wait.", "1.")
        builder.item("Close it.", "2.")
    document = builder.build()
    read = [document.text[unit.start : unit.end] for unit in sentences_of(document.text, structure_of(document))]
    assert read == ["1. Open the valve.", "Wait.", "2. Close it."]


def test_plain_text_shows_its_lists_and_tables() -> None:
    text = "Steps:\n1. Open it.\n2. Close it.\n\nName | Size\nHall | 12 m\n\nThe end.\nIt is late."
    found = structure_of(LoadedDocument(text)).blocks
    assert fault(text, found) == ""
    assert [block.kind for block in found] == [
        "paragraph", "list", "item", "paragraph", "item", "paragraph", "table", "row", "cell", "cell", "row", "cell",
        "cell", "paragraph",
    ]  # fmt: skip
    assert [text[block.start : block.end] for block in found if block.kind == "row"] == ["Name | Size", "Hall | 12 m"]
    cells = [(text[block.start : block.end], block.level) for block in found if block.kind == "cell"]
    assert cells == [("Name", 1), ("Size", 2), ("Hall", 1), ("12 m", 2)]
