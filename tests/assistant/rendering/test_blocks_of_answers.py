"""An answer's blocks written out: as text, Markdown and HTML, with every footnote and nothing raw."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from footnoted.assistant.answers import Answer, Sentence, blocks_of, render_text
from footnoted.assistant.rendering.markdown import render_markdown
from footnoted.assistant.rendering.stored import sentences_in
from footnoted.assistant.web.blocks_html import FOLDED, render_html

PROCEDURE = (
    Sentence("Making bread", (1,), form="heading"),
    Sentence("You need an oven.", (1,), paragraph=True),
    Sentence("Mix it.", (2,), form="item", mark="1.", depth=1, paragraph=True),
    Sentence("with a spoon", (2,), form="item", mark="-", depth=2),
    Sentence("Bake it.", (2,), form="item", mark="2.", depth=1),
    Sentence("Flour; Grams: 500", (3,), form="row", cells=("Flour", "500"), columns=("", "Grams")),
    Sentence("Salt; Grams: 10", (3,), form="row", cells=("Salt", "10"), columns=("", "Grams")),
    Sentence("bake --hot\n  now", (4,), form="code", mark="sh"),
)


def note(number: int) -> str:
    return f"<b>{number}</b>"


def test_blocks_are_neighbours_of_one_form() -> None:
    assert [(block.form, len(block.sentences)) for block in blocks_of(PROCEDURE)] == [
        ("heading", 1), ("paragraph", 1), ("list", 3), ("table", 2), ("code", 1),
    ]  # fmt: skip
    assert Answer("q", "q", sentences=PROCEDURE).blocks == blocks_of(PROCEDURE)


def test_as_text() -> None:
    assert render_text(PROCEDURE) == (
        "Making bread\n\nYou need an oven. [1]\n\n1. Mix it.\n  - with a spoon\n2. Bake it. [2]\n\n"
        "- Flour; Grams: 500\n- Salt; Grams: 10 [3]\n\nbake --hot\n  now [4]"
    )


def test_as_markdown() -> None:
    assert render_markdown(PROCEDURE) == (
        "**Making bread**\n\nYou need an oven. [1]\n\n1. Mix it.\n   - with a spoon\n2. Bake it. [2]\n\n"
        "|   | Grams |\n| --- | --- |\n| Flour | 500 |\n| Salt | 10 [3] |\n\n```sh\nbake --hot\n  now\n```\n[4]"
    )
    read = MarkdownIt("commonmark").enable("table").render(render_markdown(PROCEDURE))
    assert read.count("<li>") == 3 and read.count("<td>") == 4 and "<ol>" in read and "<code" in read


def test_as_html() -> None:
    shown = render_html(PROCEDURE, note)
    assert shown.count("<li") == 3 and shown.count("<tr>") == 3 and '<ol><li value="1"' in shown
    assert shown.count("<b>2</b>") == 1, "the footnote of a list stands behind its last item"
    assert "<pre" in shown and "bake --hot\n  now" in shown


def test_a_long_list_is_folded_and_both_parts_have_the_footnote() -> None:
    items = [Sentence(f"item {n}", (1,), form="item", mark="-", depth=1) for n in range(FOLDED + 10)]
    shown = render_html(items, note)
    assert f"Show all {FOLDED + 10} items" in shown and shown.count("<b>1</b>") == 2
    assert all(f"item {n}<" in shown for n in range(FOLDED + 10))


HOSTILE = st.text(st.sampled_from("<>&\"'`|*_[]()#\\{}$\n ab1-"), min_size=1, max_size=20)


@st.composite
def sentence(draw) -> Sentence:
    form = draw(st.sampled_from(["sentence", "heading", "item", "row", "code"]))
    cells = tuple(draw(st.lists(HOSTILE, min_size=1, max_size=3))) if form == "row" else ()
    return Sentence(
        draw(HOSTILE), tuple(draw(st.lists(st.integers(1, 3), min_size=1, max_size=2, unique=True))),
        draw(st.booleans()), (), draw(st.booleans()), form, draw(st.sampled_from(["-", "1.", "b)", "[x]", "<i>"])),
        draw(st.integers(1, 4)), cells, cells,
    )  # fmt: skip


@given(st.lists(sentence(), min_size=1, max_size=12))
def test_nothing_of_a_document_is_markup_and_elements_close(told: list[Sentence]) -> None:
    shown = render_html(told, lambda number: f"[{number}]")
    open_tags: list[str] = []
    for closing, tag in re.findall(r"<(/?)(\w+)[^>]*>", shown):
        if closing:
            assert open_tags.pop() == tag
        else:
            assert tag in {"p", "h3", "ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td", "div", "pre",
                           "code", "span", "details", "summary"}  # fmt: skip
            open_tags.append(tag)
    assert not open_tags
    for one in told:
        assert any(f"[{number}]" in shown for number in one.citations)
    plain = html.unescape(re.sub(r"<[^>]*>", "", shown))
    for one in told:
        if one.form not in ("row",):
            assert "".join(one.text.split()) in "".join(plain.split())


@given(st.lists(sentence(), max_size=8))
def test_what_is_kept_as_json_comes_back(told: list[Sentence]) -> None:
    assert sentences_in(Answer("q", "q", sentences=tuple(told)).to_dict()) == tuple(told)


def test_an_answer_kept_before_there_were_blocks_is_read() -> None:
    old = {
        "sentences": [{"text": "A [1].", "citations": [1], "supported": True, "emphasis": [[0, 1]], "paragraph": False}]
    }
    assert sentences_in(old) == (Sentence("A [1].", (1,), True, ((0, 1),)),)
    assert sentences_in({}) == ()


@pytest.mark.parametrize("code", ["```\ninside", "a ```` b"])
def test_code_with_fences_stays_one_block(code: str) -> None:
    read = MarkdownIt("commonmark").parse(render_markdown([Sentence(code, (1,), form="code")]))
    assert [token.content for token in read if token.type == "fence"] == [f"{code}\n"]
