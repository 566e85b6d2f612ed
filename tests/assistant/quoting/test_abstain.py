"""When there is no answer, and why: nothing found, not about it, another number."""

import pytest
from small_indexes import index_of, passage

from footnoted.assistant import open_assistant
from footnoted.assistant.answers import Sentence
from footnoted.assistant.english.answer_kinds import kind_of
from footnoted.assistant.english.followup import Standalone
from footnoted.assistant.english.negation import otherwise
from footnoted.assistant.quoting.abstain import is_too_vague, reason_to_refuse
from footnoted.assistant.quoting.evidence import candidates
from footnoted.assistant.quoting.extractive import Extract


def extract(score: float) -> Extract:
    return Extract((), (), score, "evidence")


@pytest.mark.parametrize("question", ["what?", "and then?", "tell me", "?!?", "..."])
def test_a_question_that_names_nothing_is_too_vague(question):
    assert is_too_vague(question)


@pytest.mark.parametrize("question", ["When was the report released?", "Terrorism", "什么时候？", "How tall is Kell?"])
def test_a_question_that_names_something_is_not(question):
    assert not is_too_vague(question)


def test_nothing_found_is_refused_with_a_reason():
    assert reason_to_refuse(Standalone("Who?"), [], None, -3.0)
    assert reason_to_refuse(Standalone("Who?"), [passage("text")], None, -3.0)


def test_a_best_sentence_below_the_threshold_is_refused_and_above_it_is_not():
    assert reason_to_refuse(Standalone("Who?"), [passage("text")], extract(-9.0), -3.0)
    assert not reason_to_refuse(Standalone("Who?"), [passage("text")], extract(9.0), -3.0)


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("How many were killed in 2002?", "Five were killed in 2003."),
        ("What did 1,500 people do?", "There were 300 people."),
    ],
)
def test_another_number_is_refused_and_the_number_is_named(question, text):
    reason = reason_to_refuse(Standalone.of(question), [passage(text)], extract(9.0), -3.0)
    assert any(number in reason for number in ("2002", "1,500"))


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("How many were killed in 2002?", "In 2002, five were killed."),
        ("What did the 1,500 people do?", "1500 people sang."),
        ("What did the twelve apostles do?", "The 12 apostles walked."),
        ("What happened in the 1990s?", "In the 1990s it rained."),
    ],
)
def test_the_same_number_in_another_form_is_not_refused(question, text):
    assert not reason_to_refuse(Standalone.of(question), [passage(text)], extract(9.0), -3.0)


def weak(text: str, score: float = -1.0) -> Extract:
    return Extract((Sentence(text, (1,)),), (), score, text, ((candidates(passage(text))[0], score),))


@pytest.mark.parametrize(
    ("question", "refused"),
    [
        ("Who founded the company behind Footnote?", "name"),
        ("When was the company of Footnote founded?", "date"),
        ("How many people work for the company?", "number"),
        ("What does Footnote quote from documents?", ""),
    ],
)
def test_a_weak_answer_must_be_of_the_kind_asked_for(question, refused):
    text = "Footnote is an assistant that quotes from documents of your own."
    reason = reason_to_refuse(Standalone.of(question), [passage(text)], weak(text), -3.0)
    assert (f"none gives the {refused}" in reason) if refused else not reason
    assert not reason_to_refuse(Standalone.of(question), [passage(text)], weak(text, 5.0), -3.0), (
        "a good score is enough"
    )


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("Who signed the lease?", "name"),
        ("To whom do I report a theft?", "name"),
        ("In 1962, who wrote the paper?", "name"),
        ("Tell me who signed the lease.", "name"),
        ("What leave is there for a relative who died?", ""),
        ("What happens to people who are late?", ""),
        ("When was the lease signed?", "date"),
        ("And when was it signed?", "date"),
        ("What do I do when I am ill?", ""),
        ("How many days do I get when I am ill?", "number"),
    ],
)
def test_a_who_or_when_that_belongs_to_a_word_before_it_asks_nothing(question, kind):
    assert kind_of(question) == kind


@pytest.mark.parametrize(
    ("question", "refused"),
    [
        ("How can it be cured? (Herpes lethal disease HIV)", False),
        ("How can it be cured? (the Measles, lethal, and HIV)", True),
        ("How can Anna cure it? (Herpes lethal disease HIV)", True),
    ],
)
def test_of_a_conversation_one_name_is_enough(question, refused):
    text = "There is no cure for Herpes; symptoms are treated. Patients with Herpes live long."
    assert bool(reason_to_refuse(Standalone.of(question), [passage(text)], extract(9.0), -3.0)) is refused


def test_one_of_many_things_that_is_lacking_is_no_reason():
    question = "Which film of Anna Brandt, Carl Vogt and Dana Cole was shown in Kell, Burgdorf and Ulm?"
    text = "The film of Anna Brandt, Carl Vogt and Dana Cole was shown in Kell and Burgdorf."
    assert not reason_to_refuse(Standalone.of(question), [passage(text)], extract(9.0), -3.0)
    assert "Ulm" in reason_to_refuse(Standalone("Which film was shown in Ulm?"), [passage(text)], extract(9.0), -3.0)


@pytest.mark.parametrize(
    ("question", "nearest"),
    [
        ("What is an example of the abnormal force?", "An example of the normal force is a hand on a table."),
        ("What are the non-Islamist groups?", "The Islamist groups take part in elections."),
        ("Which cells are dependent on light?", "The cells are independent of light and heat."),
        ("What does article 288 not say?", "Article 288 says that directives are addressed to states."),
        ("Who bought the hotel?", "Maria Lenz sold the hotel."),
        ("What does the rule not require?", "The rule requires a permit, which was not known."),
        ("Which goods are not taxed?", "Bread and milk are taxed at once, which did not please the bakers."),
        ("Who led the non-Norman army?", "The Norman army, which was not large, was led by Odo."),
        ("What was unfinished in 1900?", "The finished tower, not the bridge, was opened in 1900."),
    ],
)
def test_the_nearest_says_otherwise(question, nearest):
    assert otherwise(question, nearest)


def test_the_opposite_counts_in_the_sentence_that_answers_and_in_the_one_it_takes_to_be_understood(tmp_path):
    laws = "Different frames were tried. The laws are the same in every frame."
    with index_of(tmp_path, {"laws.txt": laws, "polls.txt": "The Greens won the seat. They lost it in 1990."}) as index:
        assistant = open_assistant(index=index)
        refused = assistant.answer("Which laws are different in every frame?")
        assert refused.refused and "same" in refused.reason
        assert not assistant.answer("Who won the seat, and kept it until 1990?").refused


@pytest.mark.parametrize(
    ("question", "nearest"),
    [
        ("If it is unsolved, what follows?", "It is not solved, so nothing follows."),
        ("What is not allowed?", "Dogs are prohibited in the park."),
        ("Wasn't he in the film?", "He was in the film of 2011."),
        ("Is the mill not in Kell?", "The mill is in Kell."),
        ("What was never finished?", "The unfinished tower stands in Kell."),
        ("What is the normal force?", "The normal force acts on a table; an abnormal one does not exist."),
        ("Who invented the engine?", "The engine was invented by Anna Brandt."),
        ("What does the rule not require?", "The rule asks for a permit, but does not require a fee."),
        ("Which goods are not taxed?", "Books, unlike bread, are exempt: nobody pays more, and none are taxed."),
        ("Which goods are not taxed?", "Bread and milk are taxed at once, though books are not."),
        ("Where is swimming not allowed?", "Swimming is allowed in Lake Orvel, but not in Lake Tarn."),
        ("It never expires, correct?", "The card expires after two years."),
        ("If the rent is late, doesn't the fee rise?", "The fee rises when the rent is late."),
        ("Why can I not enter the code?", "To enter the code, have your account confirmed; it is not there before."),
        ("Which army was not Norman?", "The Saxon army was non-Norman."),
        ("Is parking free?", "Parking in the old town is paid on weekdays."),
        ("Are dogs allowed in the park?", "Dogs are prohibited in the park."),
        ("Is the museum open on Mondays?", "The museum is closed on Mondays."),
        ("What is not easily seen?", "Small birds are not seen from the road."),
    ],
)
def test_the_nearest_does_not_say_otherwise(question, nearest):
    assert otherwise(question, nearest) == ""
