"""The answer object: its text, its JSON, and that no sentence holds what looks like a mark but is none."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_indexes import LOOKS_LIKE_A_MARK, passage

from footnoted.assistant.answers import Answer, Citation, Sentence, render_text, without_marks


def test_text_has_marks_flags_and_paragraphs():
    sentences = (
        Sentence("It opened in 1912.", (1, 2)),
        Sentence("It is red.", (), supported=False),
        Sentence("It has two doors.", (1,), paragraph=True),
    )
    assert render_text(sentences) == (
        "It opened in 1912. [1] [2] It is red. [not supported by your documents]\n\nIt has two doors. [1]"
    )


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Rollo swore fealty.[12]", "Rollo swore fealty.⁽¹²⁾"),
        ("a [1, 2] b 【3】 c ［4］ d [^5] e [ 6 ]", "a ⁽¹, ²⁾ b ⁽³⁾ c ⁽⁴⁾ d ⁽^⁵⁾ e ( 6 )"),
        ("45 [1] million, 12 %[2-4]", "45 ⁽¹⁾ million, 12 %⁽²⁻⁴⁾"),
        ("values in [0, 1] or [1, 5], of [2, 3]", "values in (0, 1) or (1, 5), of (2, 3)"),
        ("[3] Elected in 2019.", "(3) Elected in 2019."),
        ("[HQN] [citation needed] [a] list[i]", "[HQN] [citation needed] [a] list[i]"),
        ("[1", "[1"),
    ],
)
def test_what_looks_like_a_mark_is_made_harmless_at_the_same_length(text, shown):
    assert Sentence(text).text == shown
    assert len(shown) == len(text)


@given(st.text(alphabet="[]【】［］ 0123456789,;^–-ab.\n", max_size=60))
def test_no_sentence_can_hold_a_false_mark(text):
    assert not LOOKS_LIKE_A_MARK.search(Sentence(text).text)
    assert without_marks(without_marks(text)) == without_marks(text)


def test_code_keeps_its_brackets():
    assert Sentence("first = values[0] + values[12]", form="code").text == "first = values[0] + values[12]"


def test_an_answer_becomes_json_with_the_same_fields():
    citation = Citation(1, "7", "/a.txt", "a.txt", "A", None, "", 0, 4, "Four", 1.0)
    answer = Answer(
        "q", "q", "Four [1]", (Sentence("Four", (1,)),), (citation,), (passage("Four"),), timings={"total": 1}
    )
    read = json.loads(json.dumps(answer.to_dict()))
    assert set(read) == set(Answer.__slots__)
    assert read["citations"][0]["quote"] == "Four" and read["passages"][0]["text"] == "Four"
    assert read["timings"] == {"total": 1}
