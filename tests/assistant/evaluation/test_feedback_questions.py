"""Answers that readers judged, as lines of a question set: read by the evaluation, replaced rather than doubled."""

from __future__ import annotations

import json

import pytest
from small_indexes import index_of

from footnoted.assistant.chain import open_assistant
from footnoted.assistant.evaluation.question_sets.files import read_question_set, without_drafts
from footnoted.assistant.web.conversations.feedback_questions import IS_ANSWERED, NO_ANSWER, line_of, save_line


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    documents = {"tram.txt": "The council approved the tram line on 14 March 2024. It will cost 412 million euros."}
    with index_of(tmp_path_factory.mktemp("lines"), documents, real=True) as index:
        assistant = open_assistant(index=index)
        yield {
            "good": assistant.answer("When did the council approve the tram line?").to_dict(),
            "refused": assistant.answer("Who is the prime minister of Canada?").to_dict(),
        }


@pytest.mark.parametrize(
    ("which", "given", "answerable", "answers_kept", "evidence"),
    [
        ("good", {"verdict": "up"}, True, ["The council approved the tram line on 14 March 2024."], 1),
        ("good", {"verdict": "down"}, True, [], 0),
        ("good", {"verdict": "down", "right": "In May."}, True, ["In May."], 0),
        ("good", {"verdict": "down", "fault": NO_ANSWER, "right": "None."}, False, [], 0),
        ("refused", {"verdict": "up"}, False, [], 0),
        ("refused", {"verdict": "down", "fault": IS_ANSWERED}, True, [], 0),
        ("refused", {"verdict": "down", "right": "In May."}, True, ["In May."], 0),
    ],
)
def test_what_a_reader_thinks_becomes_labels(answers, which, given, answerable, answers_kept, evidence) -> None:
    line = line_of(answers[which], 7, **given)
    assert (line["answerable"], line["answers"], len(line["evidence"])) == (answerable, answers_kept, evidence)
    assert line["status"] == "draft" and line["id"] == "chat-7"
    if evidence:
        note = answers[which]["citations"][0]
        assert line["relevant"] == [note["source"]]
        assert line["evidence"][0] == {
            "document": note["source"], "start": note["start"], "end": note["end"], "text": note["quote"],
        }  # fmt: skip


def test_the_evaluation_reads_the_lines(answers, tmp_path) -> None:
    path = tmp_path / "questions.jsonl"
    assert save_line(path, line_of(answers["good"], 1, verdict="up")) == 1
    history = [{"role": "user", "content": "Trams?"}, {"role": "assistant", "content": "Yes."}]
    follow_up = answers["refused"] | {"standalone_question": "Who is it of the trams?"}
    assert save_line(path, line_of(follow_up, 2, verdict="up", history=history)) == 2
    assert save_line(path, line_of(answers["good"], 1, verdict="down", right="In May.")) == 2, (
        "a second opinion replaces it"
    )
    questions = without_drafts(read_question_set(path), drafts=True).questions
    assert [(question.id, question.answerable) for question in questions] == [("chat-2", False), ("chat-1", True)]
    assert questions[0].history[0]["content"] == "Trams?" and questions[1].answers == ("In May.",)
    path.write_text(path.read_text() + "broken\n", encoding="utf-8")
    assert save_line(path, line_of(answers["good"], 3, verdict="up")) == 4, "what others wrote there is left alone"
    assert json.loads(path.read_text().splitlines()[-1])["id"] == "chat-3"
