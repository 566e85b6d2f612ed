"""Answers to questions of several parts: joined under their own lines, with footnotes numbered through."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from footnoted.assistant import Answer, Assistant, open_assistant
from footnoted.assistant.answers import Citation, Sentence
from footnoted.assistant.asking.in_parts import answered_in_parts
from footnoted.assistant.asking.request import Request
from footnoted.assistant.english.parts import parts_of

MILL = "The mill was built in 1871. Its wheel turned until the flood."
FERRY = "The ferry costs two crowns. It sails at noon."


def cited(question: str, text: str, source: str = "mill.txt", start: int = 0, confidence: str = "likely") -> Answer:
    note = Citation(1, "p", source, source, source, None, "", start, start + len(text), text, 1.0)
    said = (Sentence(text, (1,)),)
    return Answer(question, question, f"{text} [1]", said, (note,), confidence=confidence, timings={"total": 2.0})


def refused(question: str) -> Answer:
    return Answer(
        question, question, "Not in your documents.", refused=True, kind="refusal", reason="Nothing was found."
    )


def told(answers: dict[str, Answer]) -> tuple[Callable[[Request], Answer], list[Request]]:
    asked: list[Request] = []

    def answered(request: Request) -> Answer:
        asked.append(request)
        return answers.get(request.question) or refused(request.question)

    return answered, asked


def test_each_part_stands_under_its_own_line() -> None:
    question = "When was the mill built, and who painted the town hall?"
    built = cited("When was the mill built?", "The mill was built in 1871.")
    hall = cited("Who painted the town hall?", "Ida Roth painted the town hall.", "hall.txt", confidence="weak")
    answered, asked = told({built.question: built, hall.question: hall})
    first, last = answered_in_parts(Request(question), parts_of(question), answered)
    assert not first.done and last.done and last.question == question
    assert [(one.form, one.text, one.citations) for one in last.sentences] == [
        ("heading", "When was the mill built?", ()), ("sentence", "The mill was built in 1871.", (1,)),
        ("heading", "Who painted the town hall?", ()), ("sentence", "Ida Roth painted the town hall.", (2,)),
    ]  # fmt: skip
    assert [(note.number, note.source) for note in last.citations] == [(1, "mill.txt"), (2, "hall.txt")]
    assert last.confidence == "weak" and last.timings == {"total": 4.0}
    assert not asked[1].history, "a part that names what it asks about does not lean on the one before"


def test_a_part_that_names_nothing_leans_on_the_one_before() -> None:
    question = "When was the mill built, and who built it?"
    built = cited("When was the mill built?", "The mill was built in 1871.")
    answered, asked = told({built.question: built, "Who built it?": cited("", "Ida Roth built it.", start=40)})
    *_, last = answered_in_parts(Request(question), parts_of(question), answered)
    assert [message["content"] for message in asked[1].history] == [built.question, built.text]
    assert [note.number for note in last.citations] == [1, 2]


def test_a_heading_that_only_repeats_the_line_above_is_left_out() -> None:
    question = "What is the difference between the mill and the ferry?"
    mill, ferry = cited("The mill", MILL), cited("The ferry", FERRY, "ferry.txt")
    ferry = replace(ferry, sentences=(Sentence("The ferry", (1,), form="heading"), *ferry.sentences))
    answered, _ = told({"The mill": mill, "The ferry": ferry})
    *_, last = answered_in_parts(Request(question), parts_of(question), answered)
    assert [one.text for one in last.sentences if one.form == "heading"] == ["The mill", "The ferry"]


def test_what_is_missing_is_said_for_its_part() -> None:
    question = "When was the mill built, and how much is the ferry?"
    answered, _ = told({"When was the mill built?": cited("", "The mill was built in 1871.", confidence="clear")})
    *_, last = answered_in_parts(Request(question), parts_of(question), answered)
    assert last.kind == "answer" and not last.refused and last.confidence == "likely"
    assert (last.sentences[-1].form, last.sentences[-1].text) == ("note", "Not in your documents. Nothing was found.")
    assert len(last.citations) == 1


def test_a_question_that_nothing_answers_is_refused_as_a_whole() -> None:
    question = "When was the mill built, and how much is the ferry?"
    answered, _ = told({})
    *_, last = answered_in_parts(Request(question), parts_of(question), answered)
    assert last.refused and last.question == question


def test_one_sentence_that_answers_both_parts_is_shown_once() -> None:
    question = "When was the mill built, and who built it?"
    one = cited("", "The mill was built in 1871 by Ida Roth.")
    answered, _ = told({"When was the mill built?": one, "Who built it?": one})
    *_, last = answered_in_parts(Request(question), parts_of(question), answered)
    assert [sentence.form for sentence in last.sentences] == ["sentence"] and last.question == question


def test_things_are_compared_by_one_text_where_it_tells_of_both() -> None:
    question = "What is the difference between a ferry and a mill?"
    both = cited(question, "A ferry floats, while a mill stands.")
    answered, asked = told({question: both})
    assert list(answered_in_parts(Request(question), parts_of(question), answered)) == [both] and len(asked) == 1
    answered, asked = told({question: cited(question, MILL), "A ferry": cited("", FERRY), "A mill": cited("", MILL)})
    talk = [{"role": "user", "content": "Where is the harbour?"}, {"role": "assistant", "content": "In Sandby. [1]"}]
    *_, last = answered_in_parts(Request(question, talk), parts_of(question), answered)
    assert [one.text for one in last.sentences if one.form == "heading"] == ["A ferry", "A mill"]
    assert asked[0].history == talk and not asked[1].history and not asked[2].history, "a bare name lacks nothing"


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("town")
    Path(folder / "mill.txt").write_text(MILL)
    Path(folder / "ferry.txt").write_text(FERRY)
    with open_assistant(folder / "home") as opened:
        opened.index.add([folder / "mill.txt", folder / "ferry.txt"])
        yield opened


def test_both_parts_are_answered_from_their_documents(assistant: Assistant) -> None:
    answer = assistant.answer("When was the mill built, and how much does the ferry cost?")
    assert [Path(note.source).name for note in answer.citations] == ["mill.txt", "ferry.txt"]
    assert all(assistant.index.text_of(one.source)[one.start : one.end] == one.quote for one in answer.citations)
    half = assistant.answer("When was the mill built, and who painted the town hall?")
    assert half.sentences[-1].form == "note" and half.sentences[-1].text.startswith("Not in your documents.")
