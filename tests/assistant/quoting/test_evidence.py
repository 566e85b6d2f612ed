"""Sentences of passages as candidates: spans of the document, without headings, menus and questions."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_indexes import passage

from footnoted.assistant.quoting.evidence import candidates
from footnoted.index.text.blocks import Structure
from footnoted.index.types import Block

PARAGRAPHS = st.lists(
    st.text(alphabet="abc ABC 123 .!?…:;\n\"'()[]|-•éß字🙂", min_size=1, max_size=80), min_size=1, max_size=6
).map("\n\n".join)


@given(PARAGRAPHS, st.integers(0, 50))
@settings(max_examples=60)
def test_a_candidate_is_a_span_of_its_document(text, offset):
    document = "x" * offset + text
    for candidate in candidates(passage(text, start=offset)):
        assert document[candidate.start : candidate.end] == candidate.text
        if candidate.before is not None:
            assert candidate.before.end <= candidate.start


@pytest.mark.parametrize(
    "text",
    [
        "Accessibility links",
        "Breaking News",
        "When was the bridge opened to the public and by whom?",
        "* * *",
        "Home",
        "Configuring Jumbo Frames for CentOS and Red Hat Enterprise Linux",
        "On the Path Towards Unprecedented Science – The Bridge of Kell",
        "To open the bridge by hand, complete the following steps:",
    ],
)
def test_headlines_menus_and_questions_answer_nothing(text):
    assert candidates(passage(text)) == []


@pytest.mark.parametrize(
    "text",
    [
        "The bridge of Kell was opened in 1912 by Carl Vogt",
        "The river flows from the Alb to the northern sea",
        "Mayors of Kell and Ulm: Anna Brandt, Carl Vogt",
    ],
)
def test_a_sentence_without_a_mark_at_its_end_is_no_headline(text):
    assert [candidate.text for candidate in candidates(passage(text))] == [text]


def test_a_mark_that_a_template_left_is_no_part_of_a_sentence():
    assert [one.text for one in candidates(passage(": The bridge opens at noon."))] == ["The bridge opens at noon."]


@pytest.mark.parametrize("text", ["Opening hours: 9 to 5", "- Flour, 300 g", "| Flour | 300 g |"])
def test_rows_of_lists_and_tables_answer(text):
    assert [candidate.text for candidate in candidates(passage(text))] == [text]


def test_markup_is_no_part_of_a_sentence_and_one_that_breaks_off_goes_on():
    text = "<!-- <section id=pages> --> Large pages are cut in two.\nYou can visit the\n\nlaw library. Ouch."
    assert [one.text for one in candidates(passage(text))] == [
        "Large pages are cut in two.",
        "You can visit the\n\nlaw library.",
    ]


def test_a_row_of_a_table_stands_below_its_header_which_answers_nothing_itself():
    table = "| Town | Inhabitants |\n|---|---:|\n| Kell | 5,200 |\n| Ulm | 120,000 |"
    text = f"The towns:\n\n{table}\n\nMore is not known of them."
    found = candidates(passage(text))
    rows = [one for one in found if one.row]
    assert [one.text for one in rows] == ["| Kell | 5,200 |", "| Ulm | 120,000 |"]
    assert {one.before.text for one in rows} == {"| Town | Inhabitants |"} and all(one.depends for one in rows)
    assert "| Town | Inhabitants |" not in [one.text for one in found] and not found[-1].row


def test_headings_of_the_document_are_left_out():
    text = "The history of the old stone bridge in the valley.\n\nIt was opened to the public in 1912."
    line = 100 + text.index("\n")
    blocks = [Block("heading", 100, line, 1, "The history"), Block("paragraph", line + 2, 100 + len(text))]
    found = candidates(passage(text, start=100), Structure(blocks))
    assert [candidate.text for candidate in found] == ["It was opened to the public in 1912."]
    assert found[0].before is None, "a heading is not the sentence before"


def test_a_sentence_that_points_back_depends_on_the_one_before():
    text = "The bridge stands in Kell. It was opened in 1912. Trains cross the river daily."
    first, second, third = candidates(passage(text))
    assert (first.depends, second.depends, third.depends) == (False, True, False)
    assert second.before == first


@pytest.mark.parametrize(
    ("text", "depends"),
    [
        ("Perhaps his most notable work is the bridge.", True),
        ("In 1912 he moved to the coast.", True),
        ("The following day the wreck was found.", True),
        ("Anna Brandt left her mill to the town.", False),
        ("In 1912 Anna Brandt moved her works to the coast.", False),
        ("Trains cross the river every day.", False),
    ],
)
def test_a_sentence_that_does_not_say_of_whom_depends_on_the_one_before(text, depends):
    assert candidates(passage(f"The bridge stands in Kell. {text}"))[1].depends is depends


def test_a_sentence_that_opens_a_paragraph_depends_on_nothing():
    _, second = candidates(passage("The bridge stands in the town of Kell.\n\nIt was opened to the public in 1912."))
    assert not second.depends
