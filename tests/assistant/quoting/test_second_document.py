"""Questions that one sentence cannot answer: of two things, or of a thing that only another document names."""

import pytest
from doubles import OverlapReranker
from small_indexes import passage

from footnoted.assistant.english.followup import Standalone
from footnoted.assistant.quoting.extractive import extract

DUKE = passage("Duke Energy is an electric power company based in Charlotte.", number=1, title="Duke Energy")
GROUP = passage(
    "Affiliated Managers Group is an investment company based in Massachusetts. It owns stakes in other firms.",
    number=2,
    title="Affiliated Managers Group",
)
SNACKS = passage("Handi-Snacks are a snack line sold by Mondelez International.", number=3, title="Handi-Snacks")
MAKER = passage(
    "Mondelez International is a confectionery company based in Illinois. It has 80,000 employees.",
    number=4,
    title="Mondelez International (company)",
)
TREES = passage("Oaks grow slowly in the valley. Beeches like chalk.", number=5, title="Trees")


def sources(question, *passages):
    extracted = extract(Standalone.of(question), passages, OverlapReranker())
    return [citation.source for citation in extracted.citations]


@pytest.mark.parametrize("order", [(DUKE, GROUP, TREES), (GROUP, DUKE, TREES)])
def test_a_question_of_two_things_gets_a_sentence_on_each(order):
    found = sources("Are both Duke Energy and Affiliated Managers Group based in Massachusetts?", *order)
    assert {DUKE.source, GROUP.source} <= set(found) and TREES.source not in found


def test_a_thing_that_the_answer_names_brings_what_is_said_of_it():
    found = sources("Handi-Snacks are sold by a confectionery company with how many employees?", SNACKS, TREES, MAKER)
    assert found == [SNACKS.source, MAKER.source]


def test_a_question_that_one_sentence_answers_gets_no_more():
    assert sources("Who are Handi-Snacks sold by?", SNACKS, MAKER, TREES) == [SNACKS.source]


def test_a_sentence_of_another_year_is_no_second_answer():
    texts = ("The 2017 season is the 86th of the club.", "The 2006 season was the 29th season of the club.")
    seasons = [passage(text, number=number) for number, text in enumerate(texts, start=1)]
    assert sources("Which season of the club is 2017?", *seasons) == [seasons[0].source]
