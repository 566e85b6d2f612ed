"""Random pages: every heading, item, cell and listing is a block, at its depth and with its mark."""

# ruff: noqa: E501

from __future__ import annotations

from html import escape

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from footnoted.index.loaders.markup.html import page_document
from footnoted.index.text.blocks import fault, leaves, parents
from footnoted.index.types import LoadedDocument

ROMAN = ["i", "ii", "iii", "iv", "v", "vi"]
MARKS = {
    "ul": lambda number: "-",
    "1": lambda number: f"{number}.",
    "a": lambda number: f"{'abcdef'[number - 1]}.",
    "A": lambda number: f"{'ABCDEF'[number - 1]}.",
    "i": lambda number: f"{ROMAN[number - 1]}.",
    "I": lambda number: f"{ROMAN[number - 1].upper()}.",
}
WORDS = (
    st.text(st.sampled_from("abcdé 日<&"), min_size=1, max_size=12)
    .filter(str.strip)
    .map(lambda text: "w" + " ".join(text.split()))
)
LEAVES = st.one_of(
    st.tuples(st.just("p"), WORDS),
    st.tuples(st.just("h"), st.integers(1, 6), WORDS),
    st.tuples(st.just("pre"), st.sampled_from(["", "python"]), st.lists(WORDS, min_size=1, max_size=3)),
    st.tuples(
        st.just("table"), st.booleans(), st.lists(st.lists(WORDS, min_size=2, max_size=2), min_size=2, max_size=3)
    ),
)
BLOCKS = st.recursive(
    LEAVES,
    lambda inside: st.one_of(
        st.tuples(
            st.just("list"),
            st.sampled_from(sorted(MARKS)),
            st.lists(st.tuples(WORDS, st.lists(inside, max_size=2)), min_size=1, max_size=4),
        ),
        st.tuples(st.just("quote"), st.lists(inside, min_size=1, max_size=2)),
    ),
    max_leaves=8,
)


def page_of(block: tuple) -> str:
    """The HTML of a block."""
    kind = block[0]
    if kind == "p":
        return f"<p>{escape(block[1])}</p>"
    if kind == "h":
        return f"<h{block[1]}>{escape(block[2])}</h{block[1]}>"
    if kind == "pre":
        language = f' class="language-{block[1]}"' if block[1] else ""
        return f"<pre><code{language}>{escape(chr(10).join(block[2]))}</code></pre>"
    if kind == "table":
        rows = [
            "".join(
                f"<{tag}>{escape(cell)}</{tag}>" for tag in ["th" if block[1] and number == 0 else "td"] for cell in row
            )
            for number, row in enumerate(block[2])
        ]
        return f"<table>{''.join(f'<tr>{row}</tr>' for row in rows)}</table>"
    if kind == "quote":
        return f"<blockquote>{''.join(map(page_of, block[1]))}</blockquote>"
    tag, kind = ("ul", "") if block[1] == "ul" else ("ol", f' type="{block[1]}"')
    items = "".join(f"<li>{escape(words)}{''.join(map(page_of, inside))}</li>" for words, inside in block[2])
    return f"<{tag}{kind}>{items}</{tag}>"


def expected(block: tuple, path: tuple, lists: int = 0, quotes: int = 0) -> list[tuple]:
    """What is to be read of it: for each leaf its words and the blocks around it."""
    kind = block[0]
    if kind == "p":
        return [(*path, ("paragraph", 0, ""), block[1])]
    if kind == "h":
        return [(*path, ("heading", block[1], block[2]), block[2])]
    if kind == "pre":
        return [(*path, ("code", 0, block[1]), "\n".join(block[2]))]
    if kind == "table":
        return [
            (*path, ("table", 0, ""), ("row", 0, label), ("cell", column, label), cell)
            for number, row in enumerate(block[2])
            for label in ["header" if block[1] and number == 0 else ""]
            for column, cell in enumerate(row, 1)
        ]
    if kind == "quote":
        inside = (*path, ("quote", quotes + 1, ""))
        return [leaf for one in block[1] for leaf in expected(one, inside, lists, quotes + 1)]
    found = []
    for number, (words, blocks) in enumerate(block[2], 1):
        label = "" if block[1] == "ul" else "ordered"
        inside = (*path, ("list", 0, label), ("item", lists + 1, MARKS[block[1]](number)))
        found.append((*inside, ("paragraph", 0, ""), words))
        found += [leaf for one in blocks for leaf in expected(one, inside, lists + 1, quotes)]
    return found


def read(document: LoadedDocument) -> list[tuple]:
    """The leaves of a document in the same form."""
    above = parents(document.blocks)
    found = []
    for number, block in enumerate(document.blocks):
        if number in set(above):
            continue
        path = [document.text[block.start : block.end]]
        while number >= 0:
            one = document.blocks[number]
            path.append((one.kind, one.level, one.label))
            number = above[number]
        found.append(tuple(reversed(path)))
    return found


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(BLOCKS, min_size=1, max_size=4))
def test_a_page_is_read_as_what_it_is_made_of(blocks: list[tuple]) -> None:
    page = "<body>" + "".join(map(page_of, blocks))
    document = page_document(page.encode(), "utf-8", whole=True)
    assert fault(document.text, document.blocks) == ""
    assert read(document) == [leaf for block in blocks for leaf in expected(block, ())]
    rest = list(document.text)
    for leaf in leaves(document.blocks):
        rest[leaf.start : leaf.end] = [""] * (leaf.end - leaf.start)
    for word in "".join(rest).split():
        assert word == "|" or word in {block.label for block in document.blocks if block.kind == "item"}


TAGS = ["p", "li", "ul", "ol", "dl", "dt", "dd", "td", "tr", "table", "th", "div", "blockquote", "pre", "h2", "sup", "ruby",
        "rt", "math", "mfrac", "mi", "figure", "figcaption", "caption", "q", "del", "a href='#n'", "aside role=doc-footnote",
        "sup><a href='#n'", "p id=n", "li id=n", "img alt='one two three'", "input type=checkbox", "br", "ul class=toc",
        "math display=block", "summary", "td rowspan=2", "th colspan=0", "section", "nav"]  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.one_of(st.sampled_from(TAGS), WORDS, st.just("/")), max_size=30))
def test_tags_in_any_order_lose_no_nesting(pieces: list[str]) -> None:
    open_tags: list[str] = []
    page = ""
    for piece in pieces:
        if piece in TAGS:
            open_tags.append(piece.split()[0].split(">")[0])
            page += f"<{piece}>"
        elif piece == "/":
            page += f"</{open_tags.pop()}>" if open_tags else ""
        else:
            page += escape(piece)
    document = page_document(page.encode(), "utf-8", whole=True)
    assert fault(document.text, document.blocks) == ""
    for leaf in leaves(document.blocks):
        assert document.text[leaf.start : leaf.end].strip()
