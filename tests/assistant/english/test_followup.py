"""A follow-up takes what it lacks from the conversation; a complete question, and so a new topic, is left alone."""

from __future__ import annotations

import pytest
from doubles import OverlapReranker
from hypothesis import given, settings
from hypothesis import strategies as st
from small_indexes import passage

from footnoted.assistant.english.followup import Standalone, lacks_something, standalone
from footnoted.assistant.quoting.extractive import extract


def talk(*turns: str) -> list[dict[str, str]]:
    """A history of questions and answers in turn, the first a question."""
    return [{"role": "assistant" if number % 2 else "user", "content": turn} for number, turn in enumerate(turns)]


TOWER = talk("When was the Eiffel Tower built?", "It was built in 1889. [1]")
AID = talk(
    "When did Washington suspend most of its security assistance to Islamabad?",
    "In January 2018, Washington suspended most of its security assistance to Islamabad. [1]",
)
FOUNDER = talk("Who founded JeM, according to the report?", "Masood Azhar founded JeM in 2000. [1]")
REVENUE = talk("What was the revenue of Acme in 2019?", "The revenue was 5 million. [1]")
CAPITAL = talk("What is the capital of France?", "Paris is the capital of France. [1]")
PHYSICISTS = talk(
    "Was Marie Curie or Lise Meitner born first?", "Marie Curie was born in 1867, Lise Meitner in 1878. [1]"
)
ROOMS = talk("How large are the rooms of the mill?", "Each room has 20 square metres. [1]")

# What was said, the question, words that must be searched for, and words that must not.
DIALOGUES = {
    "it": (TOWER, "How tall is it?", "Eiffel Tower", ""),
    "its": (TOWER, "What was its cost?", "Eiffel Tower", ""),
    "there": (TOWER, "Which restaurant is up there?", "Eiffel Tower", ""),
    "that": (TOWER, "Who paid for that?", "Eiffel Tower", ""),
    "and": (TOWER, "And who designed it?", "Eiffel Tower", ""),
    "why": (TOWER, "Why?", "Eiffel Tower built", ""),
    "what else": (TOWER, "What else?", "Eiffel Tower", ""),
    "what about its": (TOWER, "What about its cost?", "Eiffel Tower", ""),
    "one word": (TOWER, "Height?", "Eiffel Tower", ""),
    "the seed": (AID, "Was it resumed last year?", "security assistance Islamabad", ""),
    "since when": (AID, "Since when?", "security assistance Islamabad", ""),
    "he is who the answer names": (FOUNDER, "Where was he born?", "Masood Azhar", ""),
    "his": (FOUNDER, "Who is his brother?", "Masood Azhar", ""),
    "a place that the answer names": (CAPITAL, "How many people live there?", "Paris", ""),
    "a year in place of a year": (REVENUE, "And in 2020?", "revenue Acme 2020", "2019"),
    "what about a year": (REVENUE, "What about 2021?", "revenue Acme 2021", "2019"),
    "a company in place of a company": (REVENUE, "And for Globex?", "revenue Globex 2019", "Acme"),
    "a country in place of a country": (CAPITAL, "What about Spain?", "capital Spain", "France"),
    "of a country": (CAPITAL, "And of Germany?", "capital Germany", "France"),
    "another thing of the same": (REVENUE, "And the profit?", "profit Acme 2019", ""),
    "how did it": (REVENUE, "How did it develop?", "revenue Acme", ""),
    "the latter": (PHYSICISTS, "Where did the latter work?", "Lise Meitner", "Curie"),
    "the former": (PHYSICISTS, "Where did the former work?", "Marie Curie", "Meitner"),
    "both": (PHYSICISTS, "Did they ever meet?", "Marie Curie Lise Meitner", ""),
    "a comparison": (TOWER, "Is it taller than the Atomium?", "Eiffel Tower Atomium", ""),
    "a bare comparison": (PHYSICISTS, "Who was older?", "Marie Curie Lise Meitner", ""),
    "other": (ROOMS, "Are there any other rooms?", "mill", ""),
    "these": (ROOMS, "Who cleans these?", "rooms mill", ""),
    "how come": (ROOMS, "How come?", "rooms mill", ""),
    "the price": (ROOMS, "What is the price?", "rooms mill", ""),
    "tell me more": (ROOMS, "Tell me more.", "rooms mill", ""),
    "a chain": (
        [*TOWER, *talk("How tall is it?", "It is 330 m high. [1]")], "And who designed it?", "Eiffel Tower", "",
    ),
    "a chain of exchanges": (
        [*REVENUE, *talk("And in 2020?", "It was 6 million. [1]")], "And in 2021?", "revenue Acme 2021", "2020 2019",
    ),
    "the topic before last is gone": (
        [*TOWER, *talk("Who owns the mill of Kell?", "The town owns it. [1]")], "How old is it?", "mill Kell", "Eiffel",
    ),
    "the person asked for last": (
        [*FOUNDER, *talk("Who owns the mill of Kell?", "Anna Brandt owns the mill. [1]")], "Where does she live?",
        "Anna Brandt", "Masood JeM",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", DIALOGUES)
def test_a_follow_up_is_searched_with_what_it_lacks(name: str) -> None:
    history, question, wanted, unwanted = DIALOGUES[name]
    assert lacks_something(question)
    searched = standalone(question, history).text
    assert set(wanted.split()) <= set(searched.replace("(", " ").replace(")", " ").replace("?", " ").split())
    assert not [word for word in unwanted.split() if word in searched]


@pytest.mark.parametrize(
    "question",
    [
        "Who is the prime minister of Canada?",
        "Where do Norwegian salmon spawn?",
        "Is there a tunnel under the Rhine?",
        "How long does it take to fly to Mars?",
        "Is it legal to park on a pavement in Vienna?",
        "How did Rome lose its empire?",
        "When did Obama publish his memoirs?",
        "How does a cat clean its fur?",
        "What happened in Berlin this year?",
        "What is one of the effects of smoking on the lungs?",
        "Which first steps does the guide recommend to beginners?",
        "What does the report say about Pakistan?",
        "List the members of the budget committee.",
        "What is an enterprise?",
        "What are ETFs?",
        "What is inflation?",
        "Who is Angela Merkel?",
        "Where is Canada?",
        "What about the major discoveries of the spacecraft Galileo?",
    ],
)
@pytest.mark.parametrize("history", [TOWER, FOUNDER, REVENUE], ids=["tower", "founder", "revenue"])
def test_a_new_topic_does_not_drag_the_old_one_along(question: str, history: list) -> None:
    assert standalone(question, history).text == question


def test_what_a_follow_up_was_given_is_not_what_it_asks() -> None:
    text = "Washington suspended most of its security assistance to Islamabad. The aid was not resumed last year."
    searched = standalone("Was it resumed last year?", AID)
    assert searched.alone == "Was it resumed last year?"
    assert Standalone.of(searched.text) == searched
    found = extract(searched, [passage(text)], OverlapReranker())
    assert found is not None
    assert found.citations[0].quote == "The aid was not resumed last year."
    for whole in ("Who owns the mill (the old one)?", "Who owns the old mill (Kell)", "Who owns the mill of Kell?"):
        assert Standalone.of(whole) == Standalone(whole)
        assert Standalone.of(whole).alone == ""


def test_without_a_history_nothing_changes() -> None:
    assert standalone("How tall is it?").text == "How tall is it?"
    alone = [{"role": "assistant", "content": "Eiffel Tower"}]
    assert standalone("How tall is it?", alone).text == "How tall is it?"


def test_what_people_say_about_the_talk_is_no_topic() -> None:
    history = talk("I keep seeing the word Kubernetes and do not understand this term", "It is a platform. [1]")
    assert standalone("How does it work?", history).text == "How does it work? (Kubernetes)"


def test_a_long_talk_does_not_drag_all_its_words_along() -> None:
    history = talk("Which colours has the old parrot of Captain Flint?", "Green and red. [1]")
    for question in ("Does it eat nuts or seeds?", "How loud is it at night?", "Where does it sleep in winter?"):
        history += talk(question, "I do not know.")
    searched = standalone("And in summer?", history).text
    assert "Flint" in searched
    assert "nuts" not in searched
    assert len(searched) < 100


def test_the_same_history_gives_the_same_words() -> None:
    assert standalone("How tall is it?", TOWER) == standalone("How tall is it?", list(TOWER))


@settings(deadline=None)
@given(st.text(max_size=80), st.lists(st.text(max_size=80), max_size=4))
def test_any_talk_at_all_gives_a_question_that_holds_the_asked_one_or_takes_its_place(question, turns) -> None:
    searched = standalone(question, talk(*turns)).text
    assert searched == standalone(question, talk(*turns)).text
    assert question.strip() == "" or searched.strip()
