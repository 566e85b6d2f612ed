"""A follow-up takes what it lacks from the conversation; a complete question, and so a new topic, is left alone."""

from __future__ import annotations

import pytest
from doubles import OverlapReranker
from hypothesis import given, settings
from hypothesis import strategies as st
from small_indexes import passage

from footnoted.assistant.answers import REFUSAL
from footnoted.assistant.english.followup import Standalone, Understood, standalone, talk_of, understood
from footnoted.assistant.english.followup_features import answer_tokens, question_features, tokens, word_features
from footnoted.assistant.quoting.extractive import extract


def talk(*turns: str) -> list[dict[str, str]]:
    """A history of questions and answers in turn, the first a question."""
    return [{"role": "assistant" if number % 2 else "user", "content": turn} for number, turn in enumerate(turns)]


TOWER = talk("When was the Eiffel Tower built?", "It was built in 1889. [1]")
AID = talk(
    "When did Washington suspend most of its security assistance to Islamabad?",
    "In January 2018, Washington suspended most of its security assistance to Islamabad. [1]",
)
REVENUE = talk("What was the revenue of Acme in 2019?", "The revenue was 5 million. [1]")
MICROSOFT = talk("When was Microsoft founded?", "Microsoft was founded on April 4, 1975. [1]")
ROOMS = talk("Which rooms can be booked at the mill of Kell?", "- Red Room [1]\n- Blue Room [1]\n- Attic [1]")

# What was said, the question, words that must be searched for, and words that must not.
DIALOGUES = {
    "it": (TOWER, "How tall is it?", "Eiffel Tower", ""),
    "its": (TOWER, "What was its cost?", "Eiffel Tower", ""),
    "that": (TOWER, "Who paid for that?", "Eiffel Tower", ""),
    "and who": (TOWER, "And who designed it?", "Eiffel Tower", ""),
    "why": (TOWER, "Why?", "Eiffel Tower built", ""),
    "one word": (TOWER, "Height?", "Eiffel Tower", ""),
    "lower case": (TOWER, "how tall is it", "Eiffel Tower", ""),
    "the seed": (AID, "Was it resumed last year?", "security assistance Islamabad", ""),
    "since when": (AID, "Since when?", "security assistance Islamabad", ""),
    "a year in place of a year": (REVENUE, "And in 2020?", "revenue Acme 2020", "2019"),
    "another year": (REVENUE, "What about 2021?", "revenue Acme 2021", "2019"),
    "a month": (REVENUE, "In March?", "revenue Acme", ""),
    "another thing of the same": (REVENUE, "And the profit?", "profit Acme", ""),
    "the second of a list": (ROOMS, "How large is the second one?", "Blue", "Attic"),
    "the last of a list": (ROOMS, "And the last one?", "Attic", "Blue"),
    "of those": (ROOMS, "Of those, which is the cheapest?", "Kell", ""),
    "a chain": (
        [*TOWER, *talk("How tall is it?", "It is 330 m high. [1]")], "And who designed it?", "Eiffel Tower", "",
    ),
    "a chain of years": (
        [*REVENUE, *talk("And in 2020?", "It was 6 million. [1]")], "And in 2021?", "revenue Acme 2021", "2020 2019",
    ),
    "the topic before last is gone": (
        [*TOWER, *talk("Who owns the mill of Kell?", "The town owns it. [1]")], "How old is it?", "mill Kell", "Eiffel",
    ),
}  # fmt: skip


def searched_words(question: Standalone) -> set[str]:
    return {token.text for token in tokens(question.text)}


@pytest.mark.parametrize("name", DIALOGUES)
def test_a_follow_up_is_searched_with_what_it_lacks(name: str) -> None:
    history, question, wanted, unwanted = DIALOGUES[name]
    meant = understood(question, history)
    assert meant.completed in meant.readings
    assert set(wanted.split()) <= searched_words(meant.completed)
    assert not set(unwanted.split()) & searched_words(meant.completed)


@pytest.mark.parametrize(
    "question",
    [
        "What is copyright?",
        "Who is the prime minister of Canada?",
        "Where do Norwegian salmon spawn?",
        "Is there a tunnel under the Rhine?",
        "Is it legal to park on a pavement in Vienna?",
        "How did Rome lose its empire?",
        "What are ETFs?",
        "Who is Angela Merkel?",
        "how many vacation days do I get",
        "List the members of the budget committee.",
    ],
)
@pytest.mark.parametrize("history", [TOWER, MICROSOFT, REVENUE, ROOMS], ids=["tower", "microsoft", "revenue", "rooms"])
def test_a_new_topic_does_not_drag_the_old_one_along(question: str, history: list) -> None:
    assert understood(question, history).readings[0] == Standalone(question)


def test_in_doubt_there_are_two_readings_and_each_names_the_other() -> None:
    meant = Understood(Standalone("What is the price?"), Standalone("What is the price?", "mill Kell"), needs=0.6)
    assert meant.readings == (meant.completed, meant.alone)
    assert meant.other_than(meant.completed) == "What is the price?"
    assert meant.other_than(meant.alone) == "What is the price? (mill Kell)"
    assert meant.odds(meant.completed) == -meant.odds(meant.alone) > 0
    unlikely = Understood(meant.alone, meant.completed, needs=0.4)
    assert unlikely.readings == (meant.alone, meant.completed)


@pytest.mark.parametrize(("needs", "read", "other"), [(0.999, "completed", "What?"), (0.001, "alone", "")])
def test_without_doubt_there_is_one_reading(needs: float, read: str, other: str) -> None:
    meant = Understood(Standalone("What?"), Standalone("What?", "mill"), needs)
    assert meant.readings == (getattr(meant, read),)
    assert meant.other_than(meant.readings[0]) == other


def test_what_a_person_set_is_the_only_reading_and_the_way_back_is_known() -> None:
    alone, completed = Standalone("What is copyright?"), Standalone("What is copyright?", "Microsoft")
    assert Understood(alone, completed, 0.01, chosen=completed).other_than(completed) == alone.text
    assert Understood(alone, completed, 0.01, chosen=alone).other_than(alone) == completed.text
    other = Standalone("Who owns the mill?")
    meant = Understood(alone, completed, 0.99, chosen=other)
    assert meant.readings == (other,)
    assert meant.other_than(other) == ""


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


def test_a_question_without_an_end_mark_gets_one_before_what_it_is_given() -> None:
    searched = Standalone("how tall is it", "Eiffel Tower")
    assert searched.text == "how tall is it? (Eiffel Tower)"
    assert Standalone.of(searched.text).given == "Eiffel Tower"


def test_without_a_history_nothing_changes() -> None:
    assert standalone("How tall is it?").text == "How tall is it?"
    alone = [{"role": "assistant", "content": "Eiffel Tower"}]
    assert standalone("How tall is it?", alone).text == "How tall is it?"


def test_a_conversation_that_keeps_what_was_searched_for_is_understood_by_it() -> None:
    kept = [*TOWER, *talk("How tall is it? (Atomium)", "It is 102 m high. [1]")]
    searched = searched_words(understood("And who designed it?", kept).completed)
    assert "Atomium" in searched


def test_thanks_refusals_and_footnotes_are_no_part_of_a_talk() -> None:
    plain = talk_of(TOWER)
    assert talk_of([*TOWER, *talk("Thanks!", "You are welcome.")]) == plain
    refused = talk_of(talk("When was the Eiffel Tower built?", f"{REFUSAL} No passage answers this."))
    assert refused[0].answer == ()
    noted = talk_of(talk("When was the Eiffel Tower built?", "It was built in 1889. [1]\n\n---\n[1] Paris: “x”"))
    assert noted == plain


def test_a_long_talk_does_not_drag_all_its_words_along() -> None:
    history = talk("Which colours has the old parrot of Captain Flint?", "Green and red. [1]")
    for question in ("Does it eat nuts or seeds?", "How loud is it at night?", "Where does it sleep in winter?"):
        history += talk(question, "I do not know.")
    searched = understood("And in summer?", history).completed
    assert {"parrot", "Flint"} & searched_words(searched)
    assert len(searched.given.split()) <= 12


def test_features_do_not_know_what_a_talk_is_about() -> None:
    """The same features for other names, or a model of them would know topics and not questions."""
    known = {"how", "is", "it", "when", "was", "the"}
    tower, mill = (
        talk_of(talk(f"When was the {name} built?", "In 1889.")) for name in ("Eiffel Tower", "Grimble Manor")
    )
    asked = tokens("How tall is it?")
    assert question_features(asked, tower, known) == question_features(asked, mill, known)
    one, other = (word_features(asked, before, known) for before in (tower, mill))
    assert [features for _, features in one] == [features for _, features in other]
    assert [token.text for token, _ in other] == ["Grimble", "Manor", "built", "1889"]


@pytest.mark.parametrize(
    ("answer", "item"),
    [
        ("There are three: [1]\n\n- Red Room\n- Blue Room [1]\n- Attic", (2, -2)),
        ("1. Red Room [1]\n2. Blue Room [1]\n3. Attic [1]", (2, -2)),
        ("Red Room, Blue Room and the Attic", (2, -2)),
        ("The Red Room is upstairs. The Blue Room is not.", (0, 0)),
    ],
)
def test_items_of_a_list_have_their_places(answer: str, item: tuple[int, int]) -> None:
    blue = next(token for token in answer_tokens(answer) if token.text == "Blue")
    assert (blue.item, blue.from_end) == item


def test_the_same_history_gives_the_same_words() -> None:
    assert standalone("How tall is it?", TOWER) == standalone("How tall is it?", list(TOWER))


@settings(deadline=None)
@given(st.text(max_size=80), st.lists(st.text(max_size=80), max_size=4))
def test_any_talk_at_all_gives_a_question_that_holds_the_asked_one(question, turns) -> None:
    meant = understood(question, talk(*turns))
    assert 0 <= meant.needs <= 1
    assert meant.alone.text == " ".join(question.split())
    for reading in meant.readings:
        assert reading.text.startswith(meant.alone.text)
