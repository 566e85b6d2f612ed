"""What a question asks for."""

from __future__ import annotations

import pytest

from footnoted.assistant.english.wanted import wanted


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("When was the bridge opened?", "fact"),
        ("How many arches does it have?", "fact"),
        ("Who built the bridges that are still standing?", "fact"),
        ("Is it open on Sundays?", "fact"),
        ("How do I change the filter?", "procedure"),
        ("What are the steps for descaling?", "procedure"),
        ("How to reset it", "procedure"),
        ("Which keys are on the remote?", "list"),
        ("What ingredients do I need?", "list"),
        ("List the rooms", "list"),
        ("What is a heat pump?", "definition"),
        ("pet insurance", "explanation"),
        ("Why does it beep?", "explanation"),
        ("What is the difference between the two modes?", "explanation"),
    ],
)
def test_wanted(question: str, kind: str) -> None:
    assert wanted(question) == kind
