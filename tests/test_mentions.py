"""Whether a name or a number of a question stands in the passages, in any form that means the same."""

import pytest

from assistant.facts import missing_facts
from assistant.mentions import not_mentioned


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("Who sets the agenda for the EU?", "The museum set its agenda in Europe."),
        ("Where was the second fort of Marin?", "The fort held a marine garrison."),
        ("When did Anna Brandt visit Kell?", "Anna Brandt kellered the wine."),
        ("What does the WHO advise about Oslo?", "Nobody knows who advised Bergen."),
        ("How tall is the tower of Iver?", "The river has a tower."),
    ],
)
def test_letters_inside_another_word_are_no_mention(question, text):
    assert not_mentioned(question, [text])


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("Who sets the agenda for the EU?", "The European Union has an agenda."),
        ("Who leads the European Union?", "The EU is led by a council."),
        ("Who leads the US army?", "The U.S. Army is led by a general."),
        ("Who leads the U.S. army?", "The United States Army is led by a general."),
        ("Where did the Catholic settlers go?", "Most Catholics went to Cuba."),
        ("Who was on Celeron's expedition?", "Céloron took 200 men."),
        ("What do the people of Germany drink?", "Most Germans drink coffee."),
        ("Which of the Colonies grew?", "The colony of Virginia grew."),
        ("who leads the European Union?", "the european union is led by a council."),
        ("What does the Food and Agriculture Organization do?", "The FAO fights hunger."),
    ],
)
def test_a_name_in_another_form_is_mentioned(question, text):
    assert not_mentioned(question, [text]) == []


def test_a_name_inside_another_word_is_no_fact_of_a_citation():
    assert missing_facts("It was signed in the EU.", "It was signed in the museum.") == {"eu"}
    assert not missing_facts("It was signed by Catholic nobles.", "It was signed by nobles, all Catholics.")
    assert not missing_facts("It was signed in the EU.", "The EU's members signed it.")
