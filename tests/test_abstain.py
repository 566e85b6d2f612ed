"""When there is no answer, and why: nothing found, not about it, another number; and confidence in words."""

import pytest
from small_indexes import passage

from assistant.abstain import confidence, is_too_vague, reason_to_refuse
from assistant.extractive import Extract


def extract(score: float) -> Extract:
    return Extract((), (), score, "evidence")


@pytest.mark.parametrize("question", ["what?", "and then?", "tell me", "?!?", "..."])
def test_a_question_that_names_nothing_is_too_vague(question):
    assert is_too_vague(question)


@pytest.mark.parametrize("question", ["When was the report released?", "Terrorism", "什么时候？", "How tall is Kell?"])
def test_a_question_that_names_something_is_not(question):
    assert not is_too_vague(question)


def test_nothing_found_is_refused_with_a_reason():
    assert reason_to_refuse("Who?", [], None, -3.0)
    assert reason_to_refuse("Who?", [passage("text")], None, -3.0)


def test_a_best_sentence_below_the_threshold_is_refused_and_above_it_is_not():
    assert reason_to_refuse("Who?", [passage("text")], extract(-9.0), -3.0)
    assert not reason_to_refuse("Who?", [passage("text")], extract(9.0), -3.0)


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("How many were killed in 2002?", "Five were killed in 2003."),
        ("What did 1,500 people do?", "There were 300 people."),
    ],
)
def test_another_number_is_refused_and_the_number_is_named(question, text):
    reason = reason_to_refuse(question, [passage(text)], extract(9.0), -3.0)
    assert any(number in reason for number in ("2002", "1,500"))


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("How many were killed in 2002?", "In 2002, five were killed."),
        ("What did the 1,500 people do?", "1500 people sang."),
        ("What did the twelve apostles do?", "The 12 apostles walked."),
        ("What happened in the 1990s?", "In the 1990s it rained."),
    ],
)
def test_the_same_number_in_another_form_is_not_refused(question, text):
    assert not reason_to_refuse(question, [passage(text)], extract(9.0), -3.0)


def test_the_words_for_confidence_rise_with_the_score():
    order = ["weak", "likely", "clear"]
    said = [order.index(confidence(score)) for score in range(-12, 13)]
    assert said == sorted(said) and set(said) == {0, 1, 2}
