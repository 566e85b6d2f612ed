"""A misspelt word of a question becomes the documents' word; every other word stays as it was typed."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from small_indexes import index_of

from footnoted.assistant import open_assistant
from footnoted.index.search.spelling import doubtful, is_slip

DOCUMENTS = {
    "mill.txt": "The Hartmanis mill was built by the government in 1950. Its accelerations were measured by Shirley.",
    "fort.txt": "Céloron reached the fort. A cannonball lay in the mud. The development of the model was slow.",
    "secret.txt": "Project Albatross is run by Zuzanna.",
}


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    with index_of(tmp_path_factory.mktemp("spelling"), DOCUMENTS) as opened:
        yield opened


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Who built the Hatmanis mill?", "Who built the Hartmanis mill?"),
        ("What did the goverment build?", "What did the government build?"),
        ("What did the govenrment build?", "What did the government build?"),
        ("Which accelerlations were measured?", "Which accelerations were measured?"),
        ("Where did the canonball's mud lie?", "Where did the cannonball's mud lie?"),
        ("When did Celeron reach the fort?", "When did Céloron reach the fort?"),
        ("what did shirly measure", "what did shirley measure"),
    ],
)
def test_a_letter_too_many_too_few_changed_or_misplaced_is_put_right(index, typed, meant):
    assert index.respelled(typed) == meant


@pytest.mark.parametrize(
    "question",
    [
        "What did the government build?",
        "Who founded the bakery?",  # English, though not in the documents
        "What is a modal verb?",  # "model" differs by a changed letter, which makes another word of a short one
        "Who is Hartman?",  # two letters away
        "What is HX-1950 or hartmani5?",
        "Wer hat die Hatmanis Mühle gebaut und wann war das?",
        "write to hatmanis@example.org or see hatmanis.txt",
        "",
    ],
)
def test_every_other_word_stays(index, question):
    assert index.respelled(question) == question


def test_only_what_is_no_english_word_is_looked_up():
    assert doubtful("What did the goverment of Hatmanis build in 1950?") == ["goverment", "Hatmanis"]
    assert doubtful("Who founded the bakery?") == doubtful("Was kostet die Mühle von Hatmanis und wer?") == []


def test_words_of_documents_that_are_not_asked_are_not_offered(index):
    [secret] = [info.source for info in index.documents() if info.title.startswith("secret")]
    others = [info.source for info in index.documents() if info.source != secret]
    assert index.respelled("What is Albatros?") == "What is Albatross?"
    assert index.respelled("What is Albatros?", sources=others) == "What is Albatros?"
    assert index.respelled("What is Albatros?", sources=[]) == "What is Albatros?"


def test_the_assistant_searches_for_what_was_meant_and_shows_it(index):
    assistant = open_assistant(index=index)
    answer = assistant.answer("What did the goverment build?")
    assert answer.question == "What did the goverment build?"
    assert answer.standalone_question == "What did the government build?"
    as_typed = assistant.answer("What did the goverment build?", search_for="goverment")
    assert as_typed.standalone_question == "goverment"


LETTERS = st.text("abcdef", min_size=5, max_size=9)


@settings(max_examples=200, deadline=None)
@given(LETTERS, st.integers(0, 8), st.sampled_from("abcdef"))
@example("abcde", 4, "f")
def test_a_slip_is_one_letter_and_reads_the_same_both_ways(word, place, letter):
    place = min(place, len(word) - 1)
    shorter, longer = word[:place] + word[place + 1 :], word[:place] + letter + word[place:]
    assert is_slip(word, shorter) and is_slip(longer, word)
    assert not is_slip(word, word) and not is_slip(word, f"{word}{letter}{letter}")
    swapped = word[:place] + word[place + 1 : place + 2] + word[place] + word[place + 2 :]
    assert is_slip(word, swapped) == (swapped != word)
    changed = word[:place] + letter + word[place + 1 :]
    assert is_slip(word, changed) == is_slip(changed, word)
    assert not is_slip("modal", "model")
    assert is_slip("celeron", "celoron")
