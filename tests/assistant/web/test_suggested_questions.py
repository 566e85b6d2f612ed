"""Suggested questions: made from plain statements alone, one document after another, and answered by the documents."""

from __future__ import annotations

import pytest
from small_indexes import index_of

from footnoted.assistant.chain import open_assistant
from footnoted.assistant.web.suggested_questions import LOOKED_AT, questions_of, suggestions

GUIDE = """# Guide

The default port of the web chat is 7860. It is open to this machine alone. The port that you set is kept.

- The list item is no sentence of a text.

Footnote is a chat assistant for your own documents. The command is short.
"""
TOWN = "The old stone bridge was rebuilt by the town in 1871. Rosa Lind was born on 3 May 1902. It was sold in 1999."


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (GUIDE, ["What is the default port of the web chat?", "What is Footnote?"]),
        (TOWN, ["When was the old stone bridge rebuilt?", "When was Rosa Lind born?"]),
        ("The melting point of gallium\nis 29.76 degrees Celsius.", ["What is the melting point of gallium?"]),
        ("The council was pleased with the tram line.", []),
        ("The tram line was approved by the council.", []),
        ("Nothing is said here", []),
        ("x " * LOOKED_AT + "\n\nThe default port of the chat is 7860.", []),
        ("", []),
    ],
)
def test_only_plain_statements_become_questions(text: str, expected: list[str]) -> None:
    assert list(questions_of(text)) == expected


def test_every_document_is_asked_before_one_is_asked_twice() -> None:
    asked = suggestions([GUIDE, "", TOWN, TOWN])
    assert asked[:2] == ["What is the default port of the web chat?", "When was the old stone bridge rebuilt?"]
    assert asked[2:] == ["What is Footnote?"]
    assert suggestions([]) == []
    both = "A thin passage is a span of text. The longest passage is 512 tokens."
    assert suggestions([both]) == ["What is the longest passage?", "What is a thin passage?"], "the definite one first"


def test_a_long_line_does_not_hold_the_page_up() -> None:
    assert list(questions_of("The a " * 10_000)) == []
    assert list(questions_of("The aaaa was " * 3_000 + "in 1999.")) == []


def test_what_is_suggested_is_answered(tmp_path) -> None:
    with index_of(tmp_path, {"guide.md": GUIDE, "town.txt": TOWN}, real=True) as index:
        assistant = open_assistant(index=index)
        for question in suggestions([GUIDE, TOWN]):
            assert not assistant.answer(question).refused, question
