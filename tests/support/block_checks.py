"""What must hold for the blocks of every document, and a short way to write down what they are."""

from __future__ import annotations

from footnoted.index.text.blocks import fault, leaves, parents
from footnoted.index.types import LoadedDocument


def check_blocks(document: LoadedDocument) -> None:
    """Blocks nest; each word is in one leaf, or is the mark of an item or a note, or names a column before a value."""
    text, blocks = document.text, document.blocks
    assert fault(text, blocks) == ""
    rest = list(text)
    for block in leaves(blocks):
        assert text[block.start : block.end].strip()
        for place in range(block.start, block.end):
            assert rest[place], f"two leaves have one character: {block}"
            rest[place] = ""
    for number, above in enumerate(parents(blocks)):
        block = blocks[number]
        assert block.kind != "cell" or blocks[above].kind == "row"
        assert block.kind != "row" or blocks[above].kind == "table"
        assert block.kind != "item" or blocks[above].kind == "list"
        if block.kind in ("item", "footnote"):
            first = next(leaf for leaf in leaves(blocks) if block.start <= leaf.start < block.end)
            assert block.label in text[block.start : first.start]
            rest[block.start : first.start] = [""] * (first.start - block.start)
        if block.kind == "row":
            held = "".join(rest[block.start : block.end])
            for piece in held.split("|"):
                assert not piece.strip() or piece.strip().endswith(":"), piece
            rest[block.start : block.end] = [""] * (block.end - block.start)
    assert not "".join(rest).strip(), "".join(rest)


def outline(document: LoadedDocument) -> list[str]:
    """The blocks as lines: ``h2 Title``, ``p words``, ``1. words`` behind two spaces for each depth, ``t A* | 1``."""
    text, found = document.text, []
    holders = parents(document.blocks)
    for number, block in enumerate(document.blocks):
        words = text[block.start : block.end]
        above = document.blocks[holders[number]] if holders[number] >= 0 else None
        if block.kind == "heading":
            found.append(f"h{block.level} {block.label}")
        elif block.kind == "item":
            found.append(f"{'  ' * block.level}{block.label}")
        elif block.kind == "row":
            found.append("t")
        elif block.kind == "cell":
            found[-1] += f" {words}{'*' if block.label else ''} |"
        elif block.kind == "paragraph" and above is not None and above.kind == "item":
            found[-1] += f" {words}"
        elif block.kind not in ("list", "table"):
            found.append(" ".join(filter(None, (block.kind, block.label, words))))
    return [line.removesuffix(" |") for line in found]
