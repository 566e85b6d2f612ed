"""Texts for property tests of sentences and passages, and what must hold of their spans."""

from __future__ import annotations

from hypothesis import strategies as st

# Words, marks and white space as documents have them, so that the interesting cases come up by themselves.
PIECES = st.sampled_from(
    ["Dr. Smith", "word", "End.", "Why?", "e.g.", "3.14", "- item", "1) item", "a | b", "x\ty", "“Quote.”", ")", "...",
     "é", "e\u0301", "😀", "👩‍👩‍👧", "日本語。", "مرحبا", "\x00", " ", "\u00a0", "\u2003", "\t", "\n", "\n\n", "\r\n",
     "\f", "\x85", "\u2028"]
)  # fmt: skip


TEXTS = st.lists(PIECES, max_size=40).map("".join) | st.text(st.characters(exclude_categories=["Cs"]), max_size=200)


def check_spans(text: str, spans, start: int = 0, end: int | None = None) -> None:
    """In order, disjoint, not blank at their ends, and nothing but white space between them."""
    end = len(text) if end is None else end
    position = start
    for begin, stop in spans:
        assert position <= begin < stop <= end
        assert not text[position:begin].strip()
        assert text[begin:stop] == text[begin:stop].strip()
        position = stop
    assert not text[position:end].strip()
