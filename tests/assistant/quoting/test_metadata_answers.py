"""What a document says of itself at its head answers questions about the document, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from footnoted.assistant import Assistant, open_assistant
from footnoted.assistant.english.about_documents import asks_for

BOAT = """---
title: Looking after a wooden boat
author: Marta Lindqvist
date: 2021-05-14
tags: [boats, varnish]
version: 3.2
---
# Looking after a wooden boat

Varnish the deck every spring. Two thin coats hold longer than one thick coat.

## Leaks

Small leaks close by themselves when the planks swell. Pump the bilge once a week.
"""
BEES = """+++
title = "Keeping bees in town"
authors = ["Jon Abara", "Ida Roth"]
lastmod = 2023-02-01
+++

Bees need water close to the hive. Put a shallow bowl with stones on the roof.
"""


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("heads")
    (folder / "boat.md").write_text(BOAT)
    (folder / "bees.md").write_text(BEES)
    with open_assistant(folder / "home") as opened:
        opened.index.add([folder / "boat.md", folder / "bees.md"])
        yield opened


@pytest.mark.parametrize(
    ("question", "quoted"),
    [
        ("Who wrote Looking after a wooden boat?", "author: Marta Lindqvist"),
        ("Who is the author of the guide to keeping bees in town?", 'authors = ["Jon Abara", "Ida Roth"]'),
        ("When was the text about wooden boats published?", "date: 2021-05-14"),
        ("When was keeping bees in town last updated?", "lastmod = 2023-02-01"),
        ("Which version is the wooden boat guide?", "version: 3.2"),
    ],
)
def test_the_head_answers_what_is_asked_of_the_document(assistant: Assistant, question: str, quoted: str) -> None:
    answer = assistant.answer(question)
    assert not answer.refused and [one.quote for one in answer.citations] == [quoted]
    note = answer.citations[0]
    assert assistant.index.text_of(note.source)[note.start : note.end] == quoted


@pytest.mark.parametrize(
    "question", ["How often should I varnish the deck?", "What do bees need?", "Who pumps the bilge?"]
)
def test_the_head_answers_nothing_else(assistant: Assistant, question: str) -> None:
    assert all(":" not in note.quote and "=" not in note.quote for note in assistant.answer(question).citations)


@pytest.mark.parametrize(
    ("question", "name", "asked"),
    [
        ("Who wrote this?", "author", True), ("Who wrote this?", "date", False), ("Who painted it?", "author", False),
        ("When was it last changed?", "date", True), ("When was it last changed?", "lastmod", True),
        ("When was the deck varnished?", "date", False), ("What is the review status?", "review_status", True),
        ("What is the status?", "review_status", False), ("Which boats leak?", "tags", False),
    ],
)  # fmt: skip
def test_a_field_is_asked_for_by_its_name_or_another_word_for_it(question: str, name: str, asked: bool) -> None:
    assert asks_for(question, name) is asked
