"""What pages show of texts and names."""

from __future__ import annotations

import pytest

from footnoted.assistant.web.html import readable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("# Figures\n\n- `p50`, `p95` and **all**", "Figures p50, p95 and all"),
        ("| a | b |\n|---|---|\n| 1 | `x` |", "a b 1 x"),
        ("> quoted\n\n***\n\nand __init__.py", "quoted and __init__.py"),
        ("  two   spaces\n\nand lines ", "two spaces and lines"),
    ],
)
def test_a_look_at_a_passage_is_without_what_markdown_puts_around_words(text: str, shown: str) -> None:
    assert readable(text) == shown
