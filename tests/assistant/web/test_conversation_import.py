"""Exported conversations on their way back: whole when they are ours, refused in one sentence when they are not."""

from __future__ import annotations

import json

import pytest
from hostile import HOSTILE
from hostile_answers import hostile_answer

from footnoted.assistant.web.answer_html import turn_html
from footnoted.assistant.web.conversations import conversation_export
from footnoted.assistant.web.conversations.conversation_import import NotAnExport, read
from footnoted.assistant.web.conversations.conversations import Turn


def exported(answer: dict) -> str:
    return conversation_export.to_json([Turn(1, "Why?", answer, "2024-01-01")], "Trams")


def test_an_answer_comes_back_as_it_was() -> None:
    answer = hostile_answer("It is so.")
    name, turns = read(exported(answer.to_dict()))
    assert name == "Trams"
    assert turns == [answer]


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", "null", '{"turns": []}', '{"turns": [1]}', '{"turns": {"a": 1}}', "[" * 9999]
)
def test_what_is_no_export_is_refused(text: str) -> None:
    with pytest.raises(NotAnExport):
        read(text)


@pytest.mark.parametrize(
    "change",
    [
        {"citations": [{"number": "<script>"}]}, {"citations": [{"number": 1}]}, {"sentences": [{"text": 1}]},
        {"sentences": "x"}, {"passages": [{"start": -1}]}, {"score": "high"}, {"question": None}, {"refused": "no"},
        {"contradictions": [[1, 2]]}, {"contradictions": [{"kind": "date", "citations": [1, 2], "values": ["1"]}]},
        {"missing_words": [1]}, {"score": float("nan")}, {"sentences": [{"text": "a", "emphasis": [1]}]},
    ],
    ids=str,
)  # fmt: skip
def test_a_field_of_another_type_is_refused(change: dict) -> None:
    with pytest.raises(NotAnExport):
        read(exported(hostile_answer("a").to_dict() | change))


@pytest.mark.parametrize("word", HOSTILE[:20])
def test_what_comes_back_can_be_shown(word: str) -> None:
    _, turns = read(exported(hostile_answer(word).to_dict() | {"unknown": {"x": word}, "asked_only": [word]}))
    assert "<script" not in turn_html(json.loads(json.dumps(turns[0].to_dict())), turn=1).lower()
