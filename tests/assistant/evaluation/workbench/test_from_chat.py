"""A thumbs-down of the chat arrives in the workbench, and grading it makes a line that the evaluation asks."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest
from doubles import open_double
from server_doubles import serving

from footnoted.assistant.chain import open_assistant
from footnoted.assistant.evaluation.question_sets.files import read_question_set, without_drafts
from footnoted.assistant.evaluation.workbench.application import create_app
from footnoted.assistant.evaluation.workbench.bench import Bench, Opened
from footnoted.assistant.evaluation.workbench.from_chat import QUESTION_SET, chat_items
from footnoted.assistant.evaluation.workbench.labels import LONGEST_NOTE, LabelsError, read_labels
from footnoted.assistant.settings import Settings
from footnoted.assistant.web.conversations.conversations import Conversations
from footnoted.index.errors import HomeUnusable

GIVEN = "The council approved the tram line on 14 March 2024."
REASON = "<b>wrong</b> It is from another year."


@pytest.fixture(scope="module")
def answers(tmp_path_factory) -> dict[str, dict]:
    folder = tmp_path_factory.mktemp("chat")
    (folder / "tram.txt").write_text("The council approved the tram line on 14 March 2024. It costs 412 million.")
    index = open_double(folder / "home")
    index.add([folder / "tram.txt"])
    assistant = open_assistant(index=index, settings=Settings(home=str(folder / "home"), threshold=-1.0))
    yield {
        "given": assistant.answer("When did the council approve the tram line?").to_dict(),
        "refused": assistant.answer("Who painted the ceiling?").to_dict(),
    }
    index.close()


@pytest.fixture
def home(tmp_path: Path, answers) -> Path:
    kept = Conversations(tmp_path / "conversations.sqlite3")
    for user, verdict in (("anna", "down"), ("ben", "up"), ("ben", ""), ("carl", "down")):
        conversation = kept.begin(user, "Trams?")
        kept.add(user, conversation, "Hello?", answers["refused"])
        answer = answers["refused" if user == "carl" else "given"]
        turn = kept.add(user, conversation, answer["question"], answer)
        kept.judge(user, turn, verdict, REASON)
    yield tmp_path
    kept.close()


def bench(home: Path) -> Bench:
    return Bench(Opened(chat_items(home), [], [], "anna", home / QUESTION_SET))


def line(home: Path) -> dict:
    return json.loads((home / QUESTION_SET).read_text(encoding="utf-8").splitlines()[-1])


def test_only_what_readers_did_not_like_is_there_while_the_chat_is_open(home: Path, answers) -> None:
    found = chat_items(home)
    assert [item.record["question"] for item in found] == [answers["given"]["question"], answers["refused"]["question"]]
    shown = bench(home).item(0, "anna", True)
    assert shown["reason"] == REASON and shown["chat"] and shown["id"] == f"chat-{found[0].turn}"
    (answer,) = shown["answers"]
    (note,) = answer["footnotes"]
    assert note["quote"] in answers["given"]["text"] and "412 million" in note["before"] + note["after"]


def line_with(answerable: bool, *answers: str, status: str = "accepted") -> dict:
    return {"answerable": answerable, "status": status, "answers": list(answers)}


@pytest.mark.parametrize(
    ("item", "verdict", "right", "expected"),
    [
        (0, "right", "", line_with(True, GIVEN)),
        (0, "refuse", "ignored", line_with(False)),
        (0, "wrong", "In May.", line_with(True, "In May.")),
        (0, "wrong", "", line_with(True, status="draft")),
        (0, "partly", "On 14 March.", line_with(True, "On 14 March.")),
        (1, "right", "", line_with(False)),
        (1, "wrong", "Ada.", line_with(True, "Ada.")),
        (1, "wrong", "", line_with(True, status="draft")),
    ],
)
def test_grading_makes_a_line(home: Path, item: int, verdict: str, right: str, expected: dict) -> None:
    opened = bench(home)
    with pytest.raises(LabelsError, match="Grade the answer first"):
        opened.add_question(item, "anna", right)
    opened.label(item, opened.find(item).answers()[0][0], verdict, "anna")
    assert "which has 1 question now" in opened.add_question(item, "anna", right)
    assert {name: line(home)[name] for name in expected} == expected
    asked = without_drafts(read_question_set(home / QUESTION_SET), drafts=True).questions
    assert [question.answerable for question in asked] == [expected["answerable"]]
    assert bool(line(home)["evidence"]) == (item == 0 and verdict == "right")
    assert list(read_labels(home / "labels.jsonl")), "the label is beside the set that the line is in"
    opened.add_question(item, "anna", right)
    assert len((home / QUESTION_SET).read_text(encoding="utf-8").splitlines()) == 1, "in place of the earlier line"


def test_what_the_reader_gave_as_the_right_answer_is_offered(home: Path) -> None:
    number = chat_items(home)[0].turn
    (home / QUESTION_SET).write_text(
        "broken\n" + json.dumps({"id": f"chat-{number}", "question": "Q?", "answers": ["In May."]}) + "\n",
        encoding="utf-8",
    )
    assert bench(home).item(0, "anna", True)["right_answer"] == "In May."
    assert bench(home).item(1, "anna", True)["right_answer"] == ""


def test_over_http_and_refused_where_it_cannot_be_written(home: Path) -> None:
    (home / "labels.jsonl").unlink(missing_ok=True)
    with serving(create_app(bench(home))) as address, httpx.Client(base_url=address) as client:
        shown = client.get("/items/0", params={"grader": "anna"}).json()
        own = {"headers": {"x-footnote": "1"}}
        label = {"item": 0, "answer": shown["answers"][0]["key"], "verdict": "wrong", "grader": "anna"}
        assert client.post("/label", json=label, **own).status_code == 200
        long = client.post("/question", json={"item": 0, "grader": "anna", "right": "x" * (LONGEST_NOTE + 1)}, **own)
        assert long.status_code == 400 and "at most 2000 characters" in long.json()["error"]
        (home / QUESTION_SET).mkdir()
        reply = client.post("/question", json={"item": 0, "grader": "anna", "right": "In May."}, **own)
        assert reply.status_code == 400 and "questions.jsonl cannot be written: Is a directory" in reply.json()["error"]


def test_no_conversations_and_damaged_ones(tmp_path: Path) -> None:
    assert chat_items(tmp_path) == [] and not list(tmp_path.iterdir()), "looking makes no file"
    (tmp_path / "conversations.sqlite3").write_bytes(b"not a database" * 100)
    with pytest.raises(HomeUnusable, match=r"conversations.sqlite3 is damaged .*not a database.*footnote restore"):
        chat_items(tmp_path)
