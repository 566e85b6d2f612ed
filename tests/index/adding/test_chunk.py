"""Passages are spans: disjoint, in order, covering all but white space, within the model's limit with their heading."""

from __future__ import annotations

import time

import pytest
from doubles import HashEmbeddings
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sentence_spans import TEXTS, check_spans

from footnoted.index.adding.chunk import spans
from footnoted.index.loaders.builder import TextBuilder, cells_of
from footnoted.index.models.base import embedded_text
from footnoted.index.models.embed import open_embeddings
from footnoted.index.types import Heading, LoadedDocument, Section

count = HashEmbeddings().count_tokens  # a token is a word, and two more for each text


@st.composite
def documents(draw) -> LoadedDocument:
    """A text with headings and sections anywhere, as loaders give them: spans that do not overlap their own kind."""
    parts = draw(st.lists(TEXTS, min_size=1, max_size=6))
    kinds = draw(
        st.lists(st.sampled_from(["text", "heading", "slide", "page"]), min_size=len(parts), max_size=len(parts))
    )
    text, headings, sections = "", [], []
    for number, (part, kind) in enumerate(zip(parts, kinds, strict=True), start=1):
        start = len(text)
        text += part
        if kind == "heading" and part.strip():
            headings.append(Heading(start, len(text), draw(st.integers(1, 3)), part.strip()))
        elif kind in ("slide", "page") and part:
            sections.append(Section(start, len(text), f"{kind} {number}", number))
        text += draw(st.sampled_from(["", "\n", "\n\n"]))
    title = draw(st.sampled_from(["", "Title", "A title of many words " * 40]))
    return LoadedDocument(text, title, tuple(sections), tuple(headings))


@given(documents())
@example(LoadedDocument("word " * 5000))
@example(LoadedDocument("x" * 100_000))
@example(LoadedDocument("é😀" * 20_000 + " end"))
@example(LoadedDocument(" \n"))
@example(LoadedDocument("T\n\nU", headings=(Heading(0, 1, 1, "T"), Heading(3, 4, 2, "U"))))
@settings(max_examples=200, deadline=None)
def test_passages_cover_the_text_within_the_limit(document: LoadedDocument) -> None:
    cut = spans(document, count, target=40, limit=120)
    check_spans(document.text, [(span.start, span.end) for span in cut])
    for span in cut:
        text = document.text[span.start : span.end]
        assert len(text) <= 120 * 20
        assert count([embedded_text(document.title, span.heading, text)])[0] <= 120


@given(documents())
@settings(max_examples=50, deadline=None)
def test_the_same_document_is_always_cut_alike(document: LoadedDocument) -> None:
    assert spans(document, count) == spans(document, count)


def test_a_passage_knows_the_headings_above_it() -> None:
    text = "Guide\n\nHello there.\n\nInstall\n\nRun it.\n\nUse\n\nAsk."
    headings = tuple(
        Heading(text.index(title), text.index(title) + len(title), level, title)
        for title, level in (("Guide", 1), ("Install", 2), ("Use", 2))
    )
    cut = spans(LoadedDocument(text, headings=headings), count)
    assert [(text[span.start : span.end], span.heading) for span in cut] == [
        ("Guide\n\nHello there.", "Guide"),
        ("Install\n\nRun it.", "Guide > Install"),
        ("Use\n\nAsk.", "Guide > Use"),
    ]


def test_a_heading_without_a_text_stands_with_what_follows() -> None:
    text = "Part\n\nChapter\n\nIt begins."
    headings = (Heading(0, 4, 1, "Part"), Heading(6, 13, 2, "Chapter"))
    cut = spans(LoadedDocument(text, headings=headings), count)
    assert [(span.start, span.end, span.heading) for span in cut] == [(0, len(text), "Part > Chapter")]


def test_no_passage_crosses_a_slide_but_pages_may_be_crossed() -> None:
    text = "The first half and\nthe second half."
    both = (0, 18), (19, len(text))
    slides = tuple(Section(start, end, f"slide {number}", number) for number, (start, end) in enumerate(both, 1))
    pages = tuple(Section(start, end, f"page {number}", number) for number, (start, end) in enumerate(both, 1))
    assert len(spans(LoadedDocument(text, sections=slides), count)) == 2
    assert len(spans(LoadedDocument(text, sections=pages), count)) == 1


def test_passages_of_one_region_are_about_equal() -> None:
    text = " ".join(f"Sentence {number} has exactly seven words here." for number in range(100))
    sizes = [len(text[span.start : span.end].split()) for span in spans(LoadedDocument(text), count, target=256)]
    assert len(sizes) > 2
    assert max(sizes) - min(sizes) <= 0.35 * max(sizes)


@pytest.mark.parametrize(
    "line", ["x" * 50_000, "QUJD" * 10_000, "日本語のながい文" * 3000], ids=["x", "base64", "japanese"]
)
def test_a_long_unbroken_line_is_cut_for_the_real_model(line: str) -> None:
    embeddings = open_embeddings()
    cut = spans(LoadedDocument(f"Before.\n\n{line}\n\nAfter."), embeddings.count_tokens)
    assert max(span.end - span.start for span in cut) <= 256 * 20
    assert max(embeddings.count_tokens([line[: span.end - span.start] for span in cut])) <= 512


def test_a_long_title_does_not_crowd_out_the_text() -> None:
    text = "The answer is here."
    assert embedded_text("Long title " * 500, "", text).endswith(text)
    assert count([embedded_text("Long title " * 500, "Deep > " * 500, text)])[0] < 120


@pytest.mark.parametrize(
    ("title", "heading", "text", "expected"),
    [
        ("Guide", "Install", "Run it.", "Guide\nInstall\nRun it."),
        ("Guide", "Guide > Install", "Run it.", "Guide > Install\nRun it."),
        ("Guide", "", "The guide says so.", "The guide says so."),
        ("", "", "Run it.", "Run it."),
    ],
)
def test_nothing_is_embedded_twice(title: str, heading: str, text: str, expected: str) -> None:
    assert embedded_text(title, heading, text) == expected


def test_many_headings_take_no_time() -> None:
    text, headings = "", []
    for number in range(8000):
        headings.append(Heading(len(text), len(text) + 5, 1 + number % 3, "Title"))
        text += "Title\n\nA text.\n\n"
    started = time.process_time()
    cut = spans(LoadedDocument(text, headings=tuple(headings)), count)
    assert len(cut) == 8000
    assert time.process_time() - started < 6


def test_no_row_item_or_code_is_cut_unless_it_is_longer_than_a_passage() -> None:
    builder = TextBuilder()
    with builder.block("list"):
        for number in range(30):
            builder.item(f"Step {number} has two sentences. Here is the other one of them.", "-")
    builder.table(
        [cells_of(["Name. First", "Size"], header=True), *[cells_of([f"a. b. {n}", "c. d"]) for n in range(30)]]
    )
    for number in range(6):
        builder.paragraph("\n".join(f"line_{number} = {n}. # so" for n in range(8)), "code")
    document = builder.build()
    cut = spans(document, count, target=45, limit=120)
    assert len(cut) > 10
    for block in document.blocks:
        if block.kind in ("row", "item", "code"):
            assert sum(span.start < block.end and span.end > block.start for span in cut) == 1
    table = next(block for block in document.blocks if block.kind == "table")
    later = [span for span in cut if span.start > table.start and span.end <= table.end]
    assert later and all(span.columns == "Name. First | Size" for span in later)
    assert all(not span.columns for span in cut if span.start <= table.start)
