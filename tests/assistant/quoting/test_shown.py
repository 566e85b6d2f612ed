"""Quoted text without what makes it bold, a link or a heading; characters that mean themselves stay."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footnoted.assistant.quoting.shown import shown


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("A **bold** and *soft* word, `code_here` and __more__.", "A bold and soft word, code_here and more."),
        ('See [the guide](https://x.org/a_(b) "title") or [ref][1].', "See the guide or ref."),
        ("![A bridge](b.png) stands.", "A bridge stands."),
        ("## Install it ##", "Install it"),
        ("Title\n=====", "Title"),
        ("He said\n> so\n> > twice", "He said so twice"),
        ("Half<br>a line <!-- no --> here", "Half a line here"),
        ("~~Old~~ new[^3] price <https://x.org>", "Old new price https://x.org"),
        ("2 * 3 * 4 and snake_case_name and a\\*b", "2 * 3 * 4 and snake_case_name and a*b"),
        ("if a < b and c > d", "if a < b and c > d"),
        ("`**kept**` in code", "**kept** in code"),
    ],
)
def test_markdown(text: str, words: str) -> None:
    assert shown(text, "/a/b.md") == words


@pytest.mark.parametrize("text", ["*p < .05, n = 3*", "a_b_c", "5 > 4 > 3", "# of rows: 3", "C:\\temp\\*"])
def test_other_documents_keep_what_may_mean_itself(text: str) -> None:
    assert shown(text, "/a/b.pdf") == text


@given(st.text("ab *_`[]()<>#~!\\\n1", max_size=60))
def test_letters_and_digits_outside_of_links_and_tags_stay(text: str) -> None:
    plain = "".join(filter(str.isalnum, text))
    kept = "".join(filter(str.isalnum, shown(text, "a.md")))
    assert set(kept) <= set(plain) and len(kept) <= len(plain)
    if not set("[<!`") & set(text):
        assert kept == plain
