"""Whether a name or a number of a question stands in the passages, in any form that means the same."""

import pytest

from footnoted.assistant.english.facts import missing_facts
from footnoted.assistant.english.mentions import another_of_its_kind, not_mentioned


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("Who sets the agenda for the EU?", "The museum set its agenda in Europe."),
        ("Where was the second fort of Marin?", "The fort held a marine garrison."),
        ("When did Anna Brandt visit Kell?", "Anna Brandt kellered the wine."),
        ("What does the WHO advise about Oslo?", "Nobody knows who advised Bergen."),
        ("How tall is the tower of Iver?", "The river has a tower."),
        ("Is it NQ-complete?", "It is NP-complete, which is a complete class."),
        ("Is the EU large?", "The EUrope project is large."),
        ("What is FOOTNOTE_FOO?", "Footnote, a tool of Foo."),
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
        ("Does inflammatory eye disease (IED) spread?", "Ocular inflammation does not spread."),
        ("Are clocks of NIH 3T3 cells slow?", "The clocks of NIH3T3 cells are slow."),
        ("Do SF1-expressing mice sleep?", "Mice with the SF1 gene sleep."),
        ("What does the Food and Agriculture Organization do?", "The FAO fights hunger."),
    ],
)
def test_a_name_in_another_form_is_mentioned(question, text):
    assert not_mentioned(question, [text]) == []


@pytest.mark.parametrize(
    ("question", "nearest", "before", "expected"),
    [
        ("How many fish live in Lake Orvel?", "In Lake Sime 31 kinds of fish live.", "", ("Lake Orvel", "Lake Sime")),
        ("What does article 5 say?", "Article 6 says that dogs are welcome.", "", ("Article 5", "Article 6")),
        ("When did World War II end?", "World War I ended in 1918.", "", ("War II", "War I")),
        ("How many fish live in Lake Orvel?", "In Lake Sime 31 kinds live.", "Lake Orvel is near.", None),
        ("Are Lake Orvel and Lake Sime deep?", "Lake Sime is deep.", "", None),
        ("How deep is Lake Orvell?", "Lake Orvel is deeper than Lake Sime.", "", None),
        ("Whom did George Bush defeat?", "He defeated George Clinton.", "", None),
        ("Which lake is deep?", "Lake Sime is deep.", "", None),
        ("Whom did General Zia-ul-Haq overthrow?", "In 1977 General Zia-ul-Haq overthrew Ali Bhutto.", "", None),
        ("What opened in May 1912?", "In May 1913 the pier opened.", "In 1912 it was built.", None),
    ],
)
def test_another_name_of_the_same_kind(question, nearest, before, expected):
    assert another_of_its_kind(question, nearest, f"{before} {nearest}") == expected


def test_a_name_inside_another_word_is_no_fact_of_a_citation():
    assert missing_facts("It was signed in the EU.", "It was signed in the museum.") == {"eu"}
    assert not missing_facts("It was signed by Catholic nobles.", "It was signed by nobles, all Catholics.")
    assert not missing_facts("It was signed in the EU.", "The EU's members signed it.")
