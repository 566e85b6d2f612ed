"""Numbers, dates and names of a sentence in one form, however they are written."""

import pytest

from footnoted.assistant.english.facts import missing_facts, names, numbers


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("three cases", "3 cases"),
        ("on June 24", "on 24 June"),
        ("Jun 24, 2019", "24 June 2019"),
        ("1,200 people", "1200 people"),
        ("twelve apostles", "12 apostles"),
        ("the third time", "the 3rd time"),
        ("March 3", "3 March"),
        ("in nineteen fifty", "in 1950"),
        ("in nineteen fifty-two", "in 1952"),
        ("twenty-five people", "25 people"),
        ("two hundred and six bones", "206 bones"),
        ("2.5 million euros", "2,500,000 euros"),
        ("2 to 3 million", "two million to three million"),
        ("the twenty-first time", "the 21st time"),
        ("5km", "five km"),
    ],
)
def test_the_same_fact_in_two_forms(one, other):
    assert numbers(one) == numbers(other) != frozenset()


@pytest.mark.parametrize(
    ("one", "other"), [("1912", "1921"), ("June 24", "July 24"), ("3.5", "35"), ("ten", "100"), ("3", "3 million")]
)
def test_different_facts_stay_different(one, other):
    assert numbers(one) != numbers(other)


def test_words_that_only_may_be_numbers_are_left_out():
    assert numbers("One may march on for a second.") == frozenset()


def test_names_are_capitals_inside_a_sentence():
    assert names("The report named Masood Azhar and NATO.") == {"masood", "azhar", "nato"}
    assert names("Nothing here.") == frozenset()


def test_missing_facts_are_those_that_the_evidence_has_in_no_form():
    evidence = "Masood Azhar was indicted in three cases on 24 June."
    assert missing_facts("On June 24, Masood Azhar faced 3 cases.", evidence) == frozenset()
    assert missing_facts("In 2008, Sajid Mir faced 3 cases.", evidence) >= {"2008", "sajid", "mir"}


@pytest.mark.parametrize(
    ("sentence", "evidence"),
    [
        ("The trail is 1,500 m long.", "The trail is 1.5 km long."),
        ("It costs 2,500,000 dollars.", "It costs $2.5 million."),
        ("It takes 90 minutes.", "It takes 1.5 hours."),
        ("It has 5 km of walls.", "It has 5 kilometres of walls."),
    ],
)
def test_a_measure_in_another_unit_is_the_same_fact(sentence, evidence):
    assert missing_facts(sentence, evidence) == missing_facts(evidence, sentence) == frozenset()


@pytest.mark.parametrize(
    ("sentence", "evidence"),
    [
        ("The trail is 5 miles long.", "The trail is 5 km long."),
        ("It costs 12 euros.", "It costs $12."),
        ("It takes 20 hours.", "It takes 20 minutes."),
    ],
)
def test_the_same_number_of_another_unit_is_another_fact(sentence, evidence):
    assert missing_facts(sentence, evidence)
