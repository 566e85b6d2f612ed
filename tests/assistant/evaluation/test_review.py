"""Looking through drafts: each choice, going back, stopping, and a file that the chat appends to meanwhile."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from footnoted.assistant.cli import main
from footnoted.assistant.evaluation.errors import QuestionsError
from footnoted.assistant.evaluation.question_sets.files import read_question_set, without_drafts
from footnoted.assistant.evaluation.question_sets.review import HELP, review

# As the chat writes them.
FROM_CHAT = {
    "id": "chat-1",
    "question": "When did Rome fall?",
    "answers": ["Rome fell in 476."],
    "relevant": ["/docs/rome.txt"],
    "evidence": [{"document": "/docs/rome.txt", "start": 0, "end": 17, "text": "Rome fell in 476."}],
    "answerable": True,
    "status": "draft",
}


def drafts(count: int) -> list[dict]:
    return [{**FROM_CHAT, "id": f"q{number}", "question": f"q{number}?"} for number in range(count)]


def reviewed(rows: list[dict], *typed: str) -> tuple[list[dict], list[list[dict]], str]:
    """(what is left, every saved state, what was shown) when a person types this."""
    given, saved, told = iter(typed), [], []

    def ask(prompt: str) -> str:
        try:
            return next(given)
        except StopIteration:
            raise EOFError from None

    return review(rows, saved.append, ask, told.append), saved, "\n".join(told)


def test_a_person_accepts_drops_corrects_and_stops() -> None:
    rows = [{"question": "mine"}, *drafts(5)]
    kept, saved, shown = reviewed(rows, "a", "d", "c", "Better?", "one | two", "s", "q")
    assert [(row["question"], row.get("status")) for row in kept] == [
        ("mine", None), ("q0?", "accepted"), ("Better?", "corrected"), ("q3?", "draft"), ("q4?", "draft"),
    ]  # fmt: skip
    assert kept[2]["answers"] == ["one", "two"]
    assert saved[-1] == kept and len(saved) == 3, "saved after each decision"
    assert "Draft 1 of 5" in shown and "“Rome fell in 476.” /docs/rome.txt" in shown


def test_a_question_that_the_documents_do_not_answer() -> None:
    (row,), _, _ = reviewed(drafts(1), "n")
    assert (row["answerable"], row["answers"], row["relevant"], row["evidence"]) == (False, [], [], [])
    assert row["status"] == "accepted"


def test_going_back_changes_a_decision_and_a_slip_decides_nothing() -> None:
    kept, _, shown = reviewed(drafts(2), "d", "b", "a", "x", "", "a")
    assert [row["status"] for row in kept] == ["accepted", "accepted"]
    assert shown.count(HELP) == 2


def test_the_end_of_the_input_loses_nothing() -> None:
    rows = drafts(2)
    assert reviewed(rows)[0] == rows
    assert reviewed(rows, "c", "only the question")[0] == rows, "half a correction is none"


def test_what_a_document_says_drives_no_terminal() -> None:
    row = {**FROM_CHAT, "question": "q\x1b[2J", "evidence": [{"text": "e\x1b]0;x\x07"}]}
    assert not {"\x1b", "\x07"} & set(reviewed([row], "a")[2])


def write(path: Path, *rows: dict) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def test_lines_that_the_chat_appends_meanwhile_are_kept(tmp_path: Path, monkeypatch, capsys) -> None:
    path = tmp_path / "questions.jsonl"
    write(path, *drafts(2))
    typed = iter(["a", "d"])

    def ask(prompt: str) -> str:
        with path.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps({**FROM_CHAT, "id": f"appended-{path.stat().st_size}"}) + "\n")
        return next(typed)

    monkeypatch.setattr("builtins.input", ask)
    assert main(["questions", "review", str(path)]) == 0
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    assert [row["status"] for row in rows] == ["accepted", "draft", "draft"]
    assert "1 questions to ask, 0 drafts left, 1 dropped." in capsys.readouterr().out


def test_a_file_without_drafts_is_left_alone(tmp_path: Path, capsys) -> None:
    path = tmp_path / "questions.jsonl"
    write(path, {"question": "mine"})
    before = path.stat().st_mtime_ns
    assert main(["questions", "review", str(path)]) == 0
    assert "contains no drafts" in capsys.readouterr().out and path.stat().st_mtime_ns == before


def test_drafts_are_not_asked_unless_they_are_wanted(tmp_path: Path) -> None:
    path = tmp_path / "questions.jsonl"
    write(path, {**FROM_CHAT, "id": "a", "status": "accepted"}, {"question": "no status"}, *drafts(3))
    found = read_question_set(path)
    left = without_drafts(found)
    assert [question.id for question in left.questions] == ["a", "line-2"] and left.drafts_left_out == 3
    assert without_drafts(found, drafts=True) == found
    (question,) = [question for question in found.questions if question.id == "q0"]
    assert question.evidence[0].start == 0 and question.relevant == {"/docs/rome.txt": 1}
    write(path, *drafts(3))
    with pytest.raises(QuestionsError, match="All 3 questions .* are drafts .*--drafts"):
        without_drafts(read_question_set(path))
