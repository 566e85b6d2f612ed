"""A follow-up takes what it lacks from the questions before it; a complete question is left alone."""

import pytest

from assistant.followup import lacks_something, standalone

TALK = [
    {"role": "user", "content": "When was the Eiffel Tower built?"},
    {"role": "assistant", "content": "It was built in 1889. [1]"},
]


@pytest.mark.parametrize("question", ["How tall is it?", "And who designed it?", "Why?", "What about its cost?"])
def test_a_question_that_points_back_gets_the_topic(question):
    assert lacks_something(question)
    searched = standalone(question, TALK)
    assert "Eiffel" in searched and "Tower" in searched


@pytest.mark.parametrize("question", ["Who is the prime minister of Canada?", "Where do Norwegian salmon spawn?"])
def test_a_new_topic_does_not_drag_the_old_one_along(question):
    assert standalone(question, TALK) == question


def test_without_a_history_nothing_changes():
    assert standalone("How tall is it?") == "How tall is it?"
    assert standalone("How tall is it?", [{"role": "assistant", "content": "Eiffel Tower"}]) == "How tall is it?"


def test_a_chain_of_follow_ups_keeps_the_topic():
    talk = [*TALK, {"role": "user", "content": "How tall is it?"}, {"role": "assistant", "content": "330 m. [1]"}]
    assert "Eiffel" in standalone("And who designed it?", talk)


def test_the_same_history_gives_the_same_words():
    assert standalone("How tall is it?", TALK) == standalone("How tall is it?", list(TALK))
