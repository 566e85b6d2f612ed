"""Which questions ask for several things, and which only look as if they did."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footnoted.assistant.english.parts import MOST, parts_of


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        ("When was the bridge built, and who designed it?", ["When was the bridge built?", "Who designed it?"]),
        ("How do I apply and is there a fee?", ["How do I apply?", "Is there a fee?"]),
        ("Where is the pump? And how often is it oiled?", ["Where is the pump?", "How often is it oiled?"]),
        ("what are the hours and how much is a ticket", ["What are the hours?", "How much is a ticket?"]),
        ("Explain how a lease works and what it costs", ["Explain how a lease works?", "What it costs?"]),
        ("Is breakfast included, when is it served and where do I park?",
         ["Is breakfast included, when is it served?", "Where do I park?"]),
        ("Does the mayor want a bridge, while the council wants a ferry?",
         ["Does the mayor want a bridge?", "The council wants a ferry"]),
    ],
)  # fmt: skip
def test_questions_in_one_sentence_are_told_apart(question: str, parts: list[str]) -> None:
    found = parts_of(question)
    assert [part.question for part in found] == parts and not any(part.compared for part in found)


@pytest.mark.parametrize(
    ("question", "labels", "first"),
    [
        ("What is the difference between a lease and a loan?", ["A lease", "A loan"], "A lease"),
        ("Compare parental leave with sick leave.", ["Parental leave", "Sick leave"], "Parental leave"),
        ("How does the oak differ from the ash?", ["The oak", "The ash"], "The oak"),
        ("ferry vs bridge", ["Ferry", "Bridge"], "Ferry"),
        ("Which is older, the tower or the bridge?", ["The tower", "The bridge"], "Which is older, the tower?"),
        ("Is the red boat faster than the blue one?", ["The red boat", "The blue one"], "Is the red boat faster?"),
        ("difference between primary and archaeological sources", ["Primary sources", "Archaeological sources"],
         "Primary sources"),
    ],
)  # fmt: skip
def test_two_things_are_compared(question: str, labels: list[str], first: str) -> None:
    found = parts_of(question)
    assert [part.label for part in found] == labels and found[0].question == first
    assert all(part.compared for part in found)


@pytest.mark.parametrize(
    "question",
    [
        "Where and when was the mayor born?",
        "Who knows what happened and when?",
        "What do bears eat and drink?",
        "What happens when water and oil mix?",
        "In 1962, who wrote the paper?",
        "When the pump stops, what should I do?",
        "Who is the painter that sold the mill and was buried there?",
        "What is the name of the man who built it and who sold it?",
        "Which writer lived here and is known for his letters?",
        "Does it make sense to use them together rather than apart?",
        "Is it safe for ships larger than 7 metres?",
        "the one who came and what he did",
        "What is the capital of Bosnia and Herzegovina?",
        "",
        "and?",
    ],
)
def test_one_question_stays_whole(question: str) -> None:
    assert parts_of(question) == ()


WORDS = "and or what is the difference between who when where vs than , ; ? why he it does a mill ferry"


@given(st.text(max_size=300) | st.lists(st.sampled_from(WORDS.split(" ")), max_size=40).map(" ".join))
def test_any_text_has_no_part_or_a_few_that_ask_something(text: str) -> None:
    found = parts_of(text)
    assert len(found) == 0 or 2 <= len(found) <= MOST
    assert all(part.question.strip() and part.label.strip() for part in found)
