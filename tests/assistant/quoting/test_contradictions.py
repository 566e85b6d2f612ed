"""Documents that disagree are both shown; documents that only speak of different things are not called so."""

import pytest
from scripted_models import ScriptedModel
from small_indexes import assert_holds, index_of, passage

from footnoted.assistant import open_assistant
from footnoted.assistant.quoting.contradictions import disagreement
from footnoted.assistant.quoting.evidence import candidates
from footnoted.assistant.render_text import answer_for_terminal
from footnoted.assistant.settings import Settings

# (kind, question, what one document says, what another says)
DISAGREE = [
    (
        "date",
        "When did the mill burn down?",
        "The mill of Kell burnt down in 1950.",
        "The mill of Kell burnt down in 1951.",
    ),
    ("date", "When did the mill burn down?", "The mill burnt down in 1950.", "A fire destroyed the mill in 1952."),
    (
        "date",
        "When was the bridge opened?",
        "The bridge was opened on 3 May 1912.",
        "The bridge was opened on May 5, 1912.",
    ),
    (
        "date",
        "When is the deadline for applications?",
        "The deadline for applications is 31 March 2024.",
        "The deadline for applications is 15 April 2024.",
    ),
    (
        "date",
        "In which year was the company founded?",
        "Norvik Ltd was founded in 1987 in Bergen.",
        "The company Norvik Ltd was founded in Bergen in 1989.",
    ),
    (
        "date",
        "When does the contract end?",
        "The contract ends on 2025-06-30.",
        "The contract ends on 31 December 2025.",
    ),
    ("date", "When did Anna Brandt die?", "Anna Brandt died in 1871 in Kell.", "Anna Brandt died in Kell in 1874."),
    ("date", "When was the museum opened?", "The museum opened its doors in 1998.", "The museum was opened in 2001."),
    (
        "date",
        "When will the new library open?",
        "The new library will open in September 2026.",
        "The new library opens in January 2027.",
    ),
    (
        "date",
        "When was the first train line to Kell built?",
        "The first train line to Kell was built in 1881.",
        "The first train line to Kell was built in 1885.",
    ),
    ("number", "How many people live in Kell?", "Kell has 5,200 inhabitants.", "Kell has 8,100 inhabitants."),
    (
        "number",
        "How many cases was Saeed indicted in?",
        "Saeed was indicted in three cases.",
        "Saeed was indicted in five cases.",
    ),
    ("number", "How long is the bridge?", "The bridge is 340 metres long.", "The bridge is 410 metres long."),
    ("number", "How much does the ticket cost?", "A ticket costs 12 euros.", "A ticket costs 15 euros."),
    ("number", "How many employees does Norvik have?", "Norvik employs 1,200 people.", "Norvik employs 900 people."),
    (
        "number",
        "What is the population of Kell?",
        "The population of Kell is 5,200.",
        "The population of Kell is 6,900.",
    ),
    ("number", "How high is the tower?", "The tower is 55 m high.", "The tower is 61 metres high."),
    (
        "number",
        "How many vacation days do employees get?",
        "Employees get 25 vacation days a year.",
        "Employees get 28 vacation days a year.",
    ),
    (
        "number",
        "How many people were killed in the attack?",
        "The attack killed 40 people.",
        "The attack killed 44 people.",
    ),
    ("number", "What is the dose for adults?", "The dose for adults is 500 mg.", "The dose for adults is 250 mg."),
    (
        "number",
        "How old was Anna Brandt when she built the mill?",
        "Anna Brandt was 31 years old when she built the mill.",
        "When she built the mill, Anna Brandt was 29 years old.",
    ),
    ("number", "How many rooms does the hotel have?", "The hotel has 120 rooms.", "There are 140 rooms in the hotel."),
    ("number", "What is the notice period?", "The notice period is three months.", "The notice period is 6 months."),
    ("number", "How many seats does the theatre have?", "The theatre seats 450.", "The theatre has 600 seats."),
    ("name", "Who built the mill?", "The mill was built by Anna Brandt.", "The mill was built by Carl Vogt."),
    ("name", "Who built the mill?", "Anna Brandt built the mill.", "The mill was built by Carl Vogt."),
    (
        "name",
        "Who is the head of the department?",
        "The head of the department is Maria Lenz.",
        "The head of the department is Peter Olsen.",
    ),
    ("name", "Who founded Norvik?", "Norvik was founded by Lars Holm.", "Norvik was founded by Ida Berg."),
    ("name", "Who wrote the report?", "The report was written by Dana Cole.", "The report was written by Rui Costa."),
    ("name", "Who won the race?", "The race was won by Ines Marques.", "Tom Baker won the race."),
    (
        "name",
        "What is the capital of Kellia?",
        "The capital of Kellia is Albstadt.",
        "The capital of Kellia is Burgdorf.",
    ),
    (
        "name",
        "Who discovered the comet?",
        "The comet was discovered by Jana Novak.",
        "The comet was discovered by Pierre Blanc.",
    ),
    ("name", "Where was Anna Brandt born?", "Anna Brandt was born in Kell.", "Anna Brandt was born in Albstadt."),
    ("name", "Who owns the hotel?", "The hotel is owned by Maria Lenz.", "The hotel is owned by Omar Haddad."),
    (
        "yes or no",
        "Is the museum open on Mondays?",
        "The museum is open on Mondays.",
        "The museum is not open on Mondays.",
    ),
    (
        "yes or no",
        "Is the museum open on Mondays?",
        "The museum is open on Mondays.",
        "The museum is closed on Mondays.",
    ),
    ("yes or no", "Are dogs allowed in the park?", "Dogs are allowed in the park.", "Dogs are prohibited in the park."),
    ("yes or no", "Was the aid resumed?", "The aid was resumed.", "The aid was never resumed."),
    (
        "yes or no",
        "Is breakfast included in the price?",
        "Breakfast is included in the price.",
        "Breakfast is not included in the price.",
    ),
    (
        "yes or no",
        "Does the warranty cover batteries?",
        "The warranty covers batteries.",
        "The warranty does not cover batteries.",
    ),
    (
        "yes or no",
        "Is the drug safe during pregnancy?",
        "The drug is safe during pregnancy.",
        "The drug is not safe during pregnancy.",
    ),
    (
        "yes or no",
        "Did the council approve the plan?",
        "The council approved the plan.",
        "The council rejected the plan.",
    ),
    (
        "yes or no",
        "Can members cancel at any time?",
        "Members can cancel at any time.",
        "Members cannot cancel at any time.",
    ),
    ("yes or no", "Is the mill still standing?", "The mill is still standing.", "The mill is no longer standing."),
    ("number", "How many votes did the plan get?", "The plan got twenty-two votes.", "The plan got 27 votes."),
    (
        "date",
        "When was the treaty signed?",
        "The treaty was signed on 4 July 1776.",
        "The treaty was signed on 2 August 1776.",
    ),
]
# (question, what one document says, what another says): the same in other words, or of something else
AGREE = [
    ("When did the mill burn down?", "The mill burnt down in 1950.", "The mill burnt down on 3 May 1950."),
    ("When did the mill burn down?", "The mill of Kell burnt down in 1950.", "The mill of Burg burnt down in 1951."),
    ("How many people live in Kell?", "In 2010, Kell had 5,200 inhabitants.", "In 2020, Kell had 8,100 inhabitants."),
    ("How many people live in Kell?", "Kell has 5,200 inhabitants.", "Kell has 12 schools."),
    ("Who built the mill?", "Anna Brandt built the mill.", "The mill was built by Brandt."),
    ("How long is the bridge?", "The bridge is 1.5 km long.", "The bridge is 1,500 metres long."),
    ("How many cases?", "He was indicted in three cases.", "He was indicted in 3 cases."),
    ("When was it opened?", "The first bridge was opened in 1912.", "The second bridge was opened in 1950."),
    ("When did Brandt visit Kell?", "Brandt visited Kell in 1912.", "Brandt moved his factory to Kell in 1930."),
    ("Who built the mill?", "The mill was built by Anna Brandt.", "The mill was sold by Carl Vogt."),
    ("How much rain falls?", "400 mm of rain fall in May.", "900 mm of rain fall in June."),
    ("Is the museum open on Mondays?", "The museum is open on Mondays.", "The museum is not open on Sundays."),
    ("How many people live in Kell?", "Kell has about 5,000 inhabitants.", "Kell has 5,036 inhabitants."),
    ("Who founded Norvik?", "Norvik was founded by Lars Holm.", "Norvik was founded in Bergen."),
    ("How long is the bridge?", "The bridge is 340 metres long.", "The bridge is 12 metres wide."),
]


def said(text: str, number: int):
    return candidates(passage(text, number=number, title="notes"))[-1]


@pytest.mark.parametrize(("kind", "question", "one", "other"), DISAGREE)
def test_a_disagreement_is_found_whichever_comes_first(likeness, kind, question, one, other):
    for first, second in ((one, other), (other, one)):
        found = disagreement(question, said(first, 1), said(second, 2), likeness)
        assert found is not None and found.kind == kind
        assert kind == "yes or no" or (found.one in first and found.other in second)


@pytest.mark.parametrize(("question", "one", "other"), AGREE)
def test_what_agrees_or_speaks_of_something_else_is_no_disagreement(likeness, question, one, other):
    assert disagreement(question, said(one, 1), said(other, 2), likeness) is None
    assert disagreement(question, said(other, 2), said(one, 1), likeness) is None


DOCUMENTS = {
    "history.txt": "The mill of Kell was built by Anna Brandt. The mill burnt down in 1950. A museum stands there now.",
    "guide.txt": "Kell is worth a visit. The mill of Kell burnt down in 1952. There are two inns.",
    "trees.txt": "Oaks grow slowly. Beeches like chalk. Elms are rare in the valley since 1970.",
}


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    with index_of(tmp_path_factory.mktemp("contradictions"), DOCUMENTS, real=True) as opened:
        yield opened


@pytest.mark.parametrize("says", [None, "The mill burnt down in 1950. [1]", "The mill burnt down in 1952. [1]"])
def test_both_sides_are_in_the_answer_with_their_sources_and_dates(index, says):
    model = None if says is None else ScriptedModel(says=says)
    answer = open_assistant(index=index, model=model, settings=Settings()).answer(
        "When did the mill of Kell burn down?"
    )
    assert_holds(answer, index.text_of)
    (found,) = answer.contradictions
    quotes = {citation.number: citation for citation in answer.citations}
    assert found.kind == "date" and set(found.values) == {"1950", "1952"}
    for number, value, date in zip(found.citations, found.values, found.dates, strict=True):
        assert value in quotes[number].quote
        assert date == next(info.date for info in index.documents() if info.source == quotes[number].source) != ""
    assert {quotes[number].document_id for number in found.citations} == {"history.txt", "guide.txt"}
    assert answer.confidence != "clear"
    shown = answer_for_terminal(answer)
    assert "Your documents disagree:" in shown and "1950" in shown and "1952" in shown
    assert answer.to_dict()["contradictions"][0]["citations"] == found.citations


@pytest.mark.parametrize(
    ("question", "documents", "expected"),
    [
        (
            "When did the mill of Kell burn down?",
            (
                "The mill of Kell burnt down in 1950. Anna Brandt built it.",
                "In the night the mill of Kell was destroyed by fire. It burnt down in 1952 and was never rebuilt.",
            ),
            {"1950", "1952"},
        ),
        (
            "How much is a day ticket?",
            (
                "| Ticket | Price | Valid |\n|---|---|---|\n| Single | 3 euros | 2 h |\n| Day | 9 euros | 24 hours |",
                "Tickets: the day ticket costs 10 euros.",
            ),
            {"9 euros", "10 euros"},
        ),
    ],
)
def test_a_disagreement_is_found_where_one_side_leans_on_what_is_before_it(tmp_path, question, documents, expected):
    with index_of(tmp_path, {f"{n}.md": text for n, text in enumerate(documents)}, real=True) as index:
        answer = open_assistant(index=index, settings=Settings()).answer(question)
        assert_holds(answer, index.text_of)
    assert [set(found.values) for found in answer.contradictions] == [expected]
    assert len(answer.citations) == 3, "what one side leans on is quoted, too"


def test_an_answer_that_nothing_contradicts_has_no_contradictions(index):
    answer = open_assistant(index=index, settings=Settings()).answer("Who built the mill of Kell?")
    assert answer.contradictions == () and "disagree" not in answer_for_terminal(answer)
