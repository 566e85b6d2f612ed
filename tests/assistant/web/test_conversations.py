"""Conversations: each user's own, safe over restarts, searched and changed by their owner alone."""

from __future__ import annotations

import pytest

from footnoted.assistant.web.conversations.conversations import (
    ConversationNotFound,
    Conversations,
    history_of,
    name_from,
)


@pytest.fixture
def kept(tmp_path):
    conversations = Conversations(tmp_path / "home" / "conversations.sqlite3")
    yield conversations
    conversations.close()


def talk(kept: Conversations, user: str = "ada", *questions: str) -> str:
    conversation = kept.begin(user, questions[0])
    for question in questions:
        kept.add(user, conversation, question, {"text": f"About {question}", "standalone_question": question})
    return conversation


def test_a_conversation_survives_a_restart(tmp_path) -> None:
    path = tmp_path / "conversations.sqlite3"
    first = Conversations(path)
    conversation = talk(first, "ada", "When?", "Why?")
    first.close()
    again = Conversations(path)
    assert [turn.question for turn in again.turns("ada", conversation)] == ["When?", "Why?"]
    assert again.turns("ada", conversation)[0].answer == {"text": "About When?", "standalone_question": "When?"}
    again.close()


def test_it_is_named_by_its_first_question() -> None:
    assert name_from("  When\n was it? ") == "When was it?"
    assert len(name_from("word " * 100)) <= 73
    assert name_from("word " * 100).endswith("word …")


def test_the_latest_comes_first_and_search_reads_names_questions_and_answers(kept) -> None:
    talk(kept, "ada", "Trams", "the cost")
    talk(kept, "ada", "100% of heat")
    assert [item.name for item in kept.listed("ada")] == ["100% of heat", "Trams"]
    assert [item.name for item in kept.listed("ada", "cost")] == ["Trams"]
    assert [item.name for item in kept.listed("ada", "About trams")] == ["Trams"]
    assert [item.name for item in kept.listed("ada", "0%")] == ["100% of heat"], "a percent sign is no wildcard"
    assert kept.listed("ada", "_______") == []


@pytest.mark.parametrize(
    "attempt",
    [
        lambda kept, conversation, turn: kept.get("eve", conversation),
        lambda kept, conversation, turn: kept.turns("eve", conversation),
        lambda kept, conversation, turn: kept.turn("eve", turn),
        lambda kept, conversation, turn: kept.add("eve", conversation, "mine now", {}),
        lambda kept, conversation, turn: kept.update("eve", turn, {}),
        lambda kept, conversation, turn: kept.judge("eve", turn, "down"),
        lambda kept, conversation, turn: kept.rename("eve", conversation, "mine"),
        lambda kept, conversation, turn: kept.delete("eve", conversation),
    ],
    ids=["get", "turns", "turn", "add", "update", "judge", "rename", "delete"],
)
def test_another_user_can_do_nothing_with_it(kept, attempt) -> None:
    conversation = talk(kept, "ada", "Secret?")
    turn = kept.turns("ada", conversation)[0]
    with pytest.raises(ConversationNotFound):
        attempt(kept, conversation, turn.id)
    assert kept.turns("ada", conversation) == [turn]
    assert kept.listed("eve") == []


def test_asking_again_replaces_a_turn_and_what_followed_it(kept) -> None:
    conversation = talk(kept, "ada", "one", "two", "three")
    second = kept.turns("ada", conversation)[1].id
    kept.add("ada", conversation, "two, edited", {"text": "new"}, replacing=second)
    assert [turn.question for turn in kept.turns("ada", conversation)] == ["one", "two, edited"]


def test_rename_judge_and_delete(kept) -> None:
    conversation = talk(kept, "ada", "one")
    assert kept.rename("ada", conversation, "  ").name == "one"
    assert kept.rename("ada", conversation, " Two\nlines ").name == "Two lines"
    turn = kept.turns("ada", conversation)[0].id
    kept.judge("ada", turn, "down", "too long")
    assert (kept.turn("ada", turn).verdict, kept.turn("ada", turn).reason) == ("down", "too long")
    kept.delete("ada", conversation)
    assert kept.listed("ada") == []
    with pytest.raises(ConversationNotFound):
        kept.turn("ada", turn)


def test_history_holds_the_question_as_it_was_understood(kept) -> None:
    conversation = kept.begin("ada", "and when?")
    kept.add("ada", conversation, "and when?", {"text": "In May.", "standalone_question": "When was the vote?"})
    assert history_of(kept.turns("ada", conversation)) == [
        {"role": "user", "content": "When was the vote?"},
        {"role": "assistant", "content": "In May."},
    ]


def test_text_of_any_kind_comes_back_as_it_was(kept) -> None:
    odd = "'; DROP TABLE turns; -- \u202e 😀 \ud800"
    conversation = kept.begin("ada", "q")
    kept.add("ada", conversation, "q", {"text": odd})
    assert kept.turns("ada", conversation)[0].answer["text"] == odd
