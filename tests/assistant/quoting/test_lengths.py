"""Answers made shorter and longer: what is left and what is added are still footnoted spans of the documents."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from small_indexes import assert_holds, index_of

from footnoted.assistant.answers import Contradiction
from footnoted.assistant.chain import open_assistant
from footnoted.assistant.quoting.lengths import MOST, Sized, lengthened, shortened

TEXT = (
    "The lighthouse was built in 1871 by the harbour board. It is painted red and white. Its lamp is electric. "
    "The keeper left in 1964. The stairs have 214 steps. Visitors may climb them in summer. The door is blue. "
    "The bell is silent. The roof is copper. The garden is closed."
)


@pytest.fixture(scope="module")
def assistant(tmp_path_factory):
    with index_of(tmp_path_factory.mktemp("lengths"), {"lighthouse.txt": TEXT}, real=True) as index:
        yield open_assistant(index=index)


@pytest.fixture(scope="module")
def answer(assistant):
    return assistant.answer("When was the lighthouse built, and what is it painted?")


def sized(assistant, length: str, question: str):
    async def last():
        return [step async for step in Sized(assistant, length).astream(question)][-1]

    return asyncio.run(last())


def test_a_short_answer_is_one_sentence_with_its_footnote(assistant) -> None:
    short = sized(assistant, "short", "When was the lighthouse built by the harbour board?")
    assert len(short.sentences) == len(short.citations) == 1
    assert_holds(short, assistant.index.text_of)


def test_a_short_answer_has_one_sentence_for_each_part_of_the_question(answer, assistant) -> None:
    forms = [sentence.form for sentence in answer.sentences]
    assert forms.count("heading") == 2 and len(forms) >= 4
    short = shortened(replace(answer, sentences=(*answer.sentences, replace(answer.sentences[-1], emphasis=()))))
    assert [sentence.form for sentence in short.sentences] == ["heading", "sentence", "heading", "sentence"]
    assert_holds(short, assistant.index.text_of)


def test_a_long_answer_goes_on_where_the_document_does(assistant, answer) -> None:
    long = sized(assistant, "long", answer.question)
    assert len(answer.sentences) < len(long.sentences) <= MOST
    assert {sentence.text for sentence in answer.sentences} <= {sentence.text for sentence in long.sentences}
    assert_holds(long, assistant.index.text_of)


@pytest.mark.parametrize("size", [shortened, lambda answer: lengthened(answer, lambda passage: [])])
def test_an_answer_whose_documents_disagree_stays_whole(answer, size) -> None:
    against = replace(answer, contradictions=(Contradiction("number", (1, 1), ("1", "2")),))
    assert size(against) is against


def test_refusals_and_what_a_model_wrote_stay_as_they_are(assistant, answer) -> None:
    refusal = sized(assistant, "long", "Who is the prime minister of Canada?")
    assert refusal.refused and not refusal.sentences
    written = replace(answer, model="openai:some")
    assert lengthened(written, lambda passage: []) is written
