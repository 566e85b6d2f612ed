"""Answers without a model: verbatim, no more than the question needs, in reading order, the same every time."""

import re

import pytest
from doubles import OverlapReranker
from hypothesis import given, settings
from hypothesis import strategies as st
from small_indexes import passage

from footnoted.assistant.english.answer_kinds import emphasis
from footnoted.assistant.english.followup import Standalone
from footnoted.assistant.quoting.extractive import extract
from footnoted.index.models.rerank import open_reranker

BRIDGE = passage(
    "The bridge of Kell crosses the river Alb. It was opened on 3 May 1912. Its colour is red. "
    "Many painters came to Kell because of the light.",
    number=1,
)
MILL = passage("The mill of Kell was built by Anna Brandt.  It burnt down in 1950.", number=2)


TOWNS = [("Kell", "5,200", "1180"), ("Ulmstadt", "120,000", "854"), ("Burgdorf", "31,000", "1250")]


@pytest.fixture(scope="module")
def scorer():
    return open_reranker()


def documents(*passages):
    return {item.source: item.text for item in passages}


@given(
    st.lists(st.text(alphabet="abcd ABC12.!? \n", min_size=1, max_size=120), min_size=1, max_size=4),
    st.text(alphabet="abcd ABC12?", min_size=1, max_size=30),
)
@settings(max_examples=60, deadline=None)
def test_every_sentence_is_a_verbatim_span_whatever_the_documents_say(texts, question):
    passages = [passage(text, number=number) for number, text in enumerate(texts, start=1)]
    extracted = extract(Standalone.of(question), passages, OverlapReranker())
    if extracted is None:
        return
    texts_of = documents(*passages)
    assert [citation.number for citation in extracted.citations] == [*range(1, len(extracted.sentences) + 1)]
    for sentence, citation in zip(extracted.sentences, extracted.citations, strict=True):
        assert texts_of[citation.source][citation.start : citation.end] == citation.quote
        assert sentence.text == " ".join(citation.quote.split())
        assert sentence.citations == (citation.number,) and sentence.supported and citation.support == 1.0
    assert len({(c.source, c.start) for c in extracted.citations}) == len(extracted.citations), "none twice"


def test_the_answer_is_the_sentence_that_answers(scorer):
    extracted = extract(Standalone("Who built the mill of Kell?"), [MILL, BRIDGE], scorer)
    assert "Anna Brandt" in extracted.sentences[0].text
    assert len(extracted.sentences) <= 2


def test_a_sentence_that_points_back_brings_the_one_before(scorer):
    extracted = extract(Standalone("When was the bridge opened?"), [BRIDGE, MILL], scorer)
    texts = [sentence.text for sentence in extracted.sentences]
    assert texts[:2] == ["The bridge of Kell crosses the river Alb.", "It was opened on 3 May 1912."]


def test_who_it_was_is_brought_where_it_is_said_beside_the_answer(scorer):
    text = "Andre Frank was an economist. Perhaps his most notable work is Capitalism in Latin America."
    extracted = extract(Standalone("Who wrote Capitalism in Latin America?"), [passage(text)], scorer)
    assert "Andre Frank" in " ".join(sentence.text for sentence in extracted.sentences)


def test_a_sentence_that_says_little_brings_what_follows_in_its_paragraph():
    question = "Where did the Spanish settlers move after the change?"
    little = "The change prompted most settlers to leave. Cuba took them in. Oaks grow slowly."
    much = "The change prompted most of the Spanish settlers to move away. Cuba took them in. Oaks grow slowly."

    class OnlyTheFirst:
        def scores(self, question, texts):
            return [8.0 if text.startswith("The change") and "Cuba" not in text else -2.0 for text in texts]

    for text, count in ((little, 2), (little.replace("leave. ", "leave.\n\n"), 1), (much, 1)):
        shown = extract(Standalone.of(question), [passage(text)], OnlyTheFirst()).sentences
        assert [sentence.text for sentence in shown] == re.split(r"(?<=\.)\s+", text)[:count]


def test_a_name_written_in_one_piece_is_answered_by_what_has_it(scorer):
    table = "| Variable | What it sets |\n|---|---|\n| `KELL_MILL` | the port |\n| `KELL_HOME` | the folder |\n"
    about = passage("Kell is a mill with a home. The mill of Kell sets the pace of every home.", number=2)
    shown = extract(Standalone("What does KELL_MILL set?"), [about, passage(table)], scorer).sentences
    assert [sentence.text for sentence in shown] == ["Variable: KELL_MILL; What it sets: the port"]


def test_a_name_in_one_piece_counts_in_the_title_too(scorer):
    text = "The HX-1950 is sold in Kell. Oaks grow slowly."
    own = passage("It weighs 412 kg with a full tank. Oaks grow slowly.", number=2, title="Data of the HX-1950")
    shown = extract(Standalone("How much does the HX-1950 weigh?"), [own, passage(text)], scorer).sentences
    assert shown[0].text == "It weighs 412 kg with a full tank."


def test_of_a_table_the_row_that_answers_is_given_with_the_columns_that_were_asked_for(scorer):
    rows = "\n".join(f"| {town} | {count} | {year} |" for town, count, year in TOWNS)
    text = f"| Town | Inhabitants | Founded |\n|---|---|---|\n{rows}\n"
    for town, count, year in TOWNS:
        for question, told in (
            (f"How many inhabitants does {town} have?", f"Inhabitants: {count}"),
            (f"When was {town} founded?", f"Founded: {year}"),
        ):
            shown = extract(Standalone.of(question), [passage(text)], scorer).sentences
            assert [sentence.text for sentence in shown] == [f"Town: {town}; {told}"]


def test_an_explanation_goes_on_where_the_text_does(scorer):
    text = "The mill closed for want of water. The river had moved away from the mill. Oaks grow slowly."
    extracted = extract(Standalone("Why did the mill close?"), [passage(text)], scorer)
    assert "The river had moved away from the mill." in [sentence.text for sentence in extracted.sentences]


def test_the_sentences_of_a_document_stand_in_the_order_of_its_text(scorer):
    extracted = extract(Standalone("Why is Kell known, and what happened there?"), [BRIDGE, MILL], scorer)
    for one, other in zip(extracted.citations, extracted.citations[1:], strict=False):
        assert one.source != other.source or one.start < other.start


def test_what_two_documents_say_in_the_same_words_is_said_once(scorer):
    twice = [passage(f"The mill was built by Anna Brandt{end}", number=n) for n, end in ((1, "."), (2, ", they say."))]
    assert len(extract(Standalone("Who built the mill?"), twice, scorer).sentences) == 1


def test_the_same_question_gives_the_same_answer(scorer):
    one, other = (extract(Standalone("When did the mill burn down?"), [MILL, BRIDGE], scorer) for _ in range(2))
    assert one == other


def test_a_passage_of_very_many_sentences_is_no_trouble():
    text = " ".join(f"The mill number {number} burnt down." for number in range(3000))
    extracted = extract(Standalone("Why did the mill number 2500 burn?"), [passage(text)], OverlapReranker())
    assert any("2500" in sentence.text for sentence in extracted.sentences)


def test_passages_without_a_sentence_give_nothing(scorer):
    assert extract(Standalone("When?"), [passage("Accessibility links")], scorer) is None
    assert extract(Standalone("When?"), [], scorer) is None


@pytest.mark.parametrize(
    ("question", "text", "marked"),
    [
        ("When was it released?", "The report was released on June 24.", ["June 24"]),
        ("In which year did it close?", "It closed in 1950.", ["1950"]),
        ("How many cases were there?", "He was indicted in three cases.", ["three"]),
        ("Who founded it?", "It was founded by Masood Azhar.", ["Masood Azhar"]),
        ("Who founded it?", "Although Azhar founded it in Kell, it moved.", ["Azhar"]),
        ("How old was she when she died?", "She died at the age of 71.", ["71"]),
        ("Why did it close?", "It closed in 1950.", []),
        ("When was that?", "In 1901, 1902, 1903 and 1904.", []),
    ],
)
def test_the_words_that_answer_are_marked_where_they_can_be_told(question, text, marked):
    assert [text[start:end] for start, end in emphasis(question, text)] == marked
