"""Sentences are spans: in order, apart, without white space at their ends, and together the whole text."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sentence_spans import TEXTS, check_spans

from footnoted.index.text.sentences import paragraphs, sentences, trimmed


@given(TEXTS)
@example("a\n\u2003\nb")
@example("\x1c\n\x1dA.\n\x1e")
@settings(max_examples=300, deadline=None)
def test_sentences_and_paragraphs_are_spans_that_cover_the_text(text: str) -> None:
    check_spans(text, sentences(text))
    check_spans(text, paragraphs(text))


@given(TEXTS, st.integers(0, 50), st.integers(0, 50))
@settings(max_examples=200, deadline=None)
def test_a_part_of_a_text_is_covered_too(text: str, start: int, length: int) -> None:
    start = min(start, len(text))
    end = min(len(text), start + length)
    check_spans(text, sentences(text, start, end), start, end)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two! Three?", ["One.", "Two!", "Three?"]),
        ("Dr. Smith met Mr. Jones. They spoke.", ["Dr. Smith met Mr. Jones.", "They spoke."]),
        ("He said “Stop.” Then he left.", ["He said “Stop.”", "Then he left."]),
        ("Ümläuts 😀 count once. Next é one.", ["Ümläuts 😀 count once.", "Next é one."]),
        ("Buy:\n- apples\n- pears", ["Buy:", "- apples", "- pears"]),
        ("Name | Age\nAnn | 5", ["Name | Age", "Ann | 5"]),
        ("Heading\n\nBody text.", ["Heading", "Body text."]),
        ("", []),
        (" \n\t ", []),
    ],
)
def test_what_counts_as_a_sentence(text: str, expected: list[str]) -> None:
    assert [text[start:end] for start, end in sentences(text)] == expected


def test_a_hard_wrapped_sentence_is_one() -> None:
    text = (
        "The committee that was appointed in the spring of that year met twice\n"
        "in the old town hall and agreed on nothing at all. A second meeting was\n"
        "called off."
    )
    assert [text[start:end].split()[0] for start, end in sentences(text)] == ["The", "A"]


def test_trimmed_leaves_an_empty_span_of_a_blank_one() -> None:
    assert trimmed("a  b", 1, 3) == (3, 3)
