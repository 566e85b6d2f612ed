"""The file of labels: what is read and written, crashes, two processes, and labels of other answers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from footnoted.assistant.evaluation.errors import QuestionsError
from footnoted.assistant.evaluation.workbench.labels import (
    LONGEST_NOTE,
    Label,
    LabelsError,
    answer_hash,
    append_label,
    key_of,
    labels_for,
    labels_path,
    new_label,
    read_labels,
    right_of,
    says_answerable,
    verdict_of,
)

HOSTILE = '<img src=x onerror="alert(1)">\u202e\n"'


def record(text: str = "Rome fell in 476.", kind: str = "answer", **fields) -> dict:
    sentences = [{"text": text, "citations": [1]}] if kind == "answer" else []
    answer = {"kind": kind, "text": f"{text}[1]", "sentences": sentences}
    return {"id": "rome", "question": "When did Rome fall?", "answer": answer, "error": "", **fields}


@pytest.mark.parametrize(
    ("questions", "labels"),
    [
        ("set/my-questions.jsonl", "set/my-questions.labels.jsonl"),
        ("set/people.csv", "set/people.labels.jsonl"),
        ("set/questions.jsonl", "set/labels.jsonl"),
        ("set", "set/labels.jsonl"),
    ],
)
def test_labels_are_beside_the_question_set(tmp_path: Path, questions: str, labels: str) -> None:
    (tmp_path / "set").mkdir()
    assert labels_path(tmp_path / questions) == tmp_path / labels


def test_the_last_line_of_a_grader_counts(tmp_path: Path) -> None:
    path = tmp_path / "labels.jsonl"
    for grader, verdict in (("anna", "wrong"), ("ben", "right"), ("anna", "partly")):
        append_label(path, new_label(record(), verdict, grader, HOSTILE))
    given = labels_for(record(), read_labels(path))
    assert {name: label.verdict for name, label in given.items()} == {"ben": "right", "anna": "partly"}
    assert given["anna"].note == HOSTILE.strip()
    append_label(path, new_label(record(), "", "anna"))
    assert list(labels_for(record(), read_labels(path))) == ["ben"], "withdrawn"
    assert len(path.read_text(encoding="utf-8").splitlines()) == 4, "nothing is ever removed from the file"


def test_a_label_applies_to_the_same_words_only(tmp_path: Path) -> None:
    path = tmp_path / "labels.jsonl"
    append_label(path, new_label(record(), "right", "anna"))
    labels = read_labels(path)
    assert labels_for(record("Rome  fell\nin 476."), labels), "only white space differs"
    assert not labels_for(record("Rome fell in 410."), labels), "another answer"
    assert not labels_for(record() | {"question": "When did Rome rise?"}, labels), "another wording"
    assert not labels_for(record() | {"id": "other"}, labels), "another question"
    assert not labels_for(record(kind="refusal"), labels)
    # What a reader of the documentation computes: sha256 of the text without footnote marks.
    assert key_of(record()) == ("rome", "When did Rome fall?", answer_hash("Rome fell in 476."))
    assert answer_hash("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_all_refusals_of_a_question_are_the_same_answer() -> None:
    assert key_of(record("Nothing found.", "refusal")) == key_of(record("The year is missing.", "refusal"))
    assert key_of(record("Which Rome?", "clarification")) != key_of(record("Which year?", "clarification"))
    assert key_of(record() | {"answer": None}) is None and key_of(record(error="TimeoutError")) is None


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("{", "not JSON"),
        ("[]", "a JSON object {…} is needed, found a list"),
        ('{"id": "a", "question": "b", "answer": "c"}', '"grader" must be a string, found nothing (null)'),
        ('{"id": 7, "question": "b", "answer": "c", "grader": "d"}', '"id" must be a string, found a number'),
        (
            '{"id": "a", "question": "b", "answer": "c", "grader": "d", "verdict": "good"}',
            '"verdict" must be right, par',
        ),
        (
            '{"id": "a", "question": "b", "answer": "c", "grader": "d", "verdict": []}',
            '"verdict" must be right, partly',
        ),
        ('{"id": "a", "question": "b", "answer": "c", "grader": "d", "refused": 1}', '"refused" must be true or false'),
        (b"\xff\xfe", "not UTF-8"),
    ],
)
def test_a_damaged_line_is_named(tmp_path: Path, line: str | bytes, problem: str) -> None:
    path = tmp_path / "labels.jsonl"
    append_label(path, new_label(record(), "right", "anna"))
    with open(path, "ab") as stream:
        stream.write((line if isinstance(line, bytes) else line.encode()) + b"\n")
    append_label(path, new_label(record(), "wrong", "ben"))
    with pytest.raises(QuestionsError, match="labels.jsonl, line 2: ") as raised:
        read_labels(path)
    assert problem in str(raised.value) and "correct or delete this line" in str(raised.value)


def test_what_a_crash_left_of_the_last_line_is_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "labels.jsonl"
    append_label(path, new_label(record(), "right", "anna"))
    whole = path.read_bytes()
    for torn in (whole[:40], whole[:-2], b"\xc3"):
        path.write_bytes(whole + torn)
        assert {label.verdict for label in labels_for(record(), read_labels(path)).values()} == {"right"}
        append_label(path, new_label(record(), "wrong", "ben"))
        assert len(labels_for(record(), read_labels(path))) == 2, "nothing is lost and nothing is damaged"
        assert path.read_bytes().startswith(whole) and torn not in path.read_bytes()[len(whole) :].splitlines()


def test_a_last_line_without_its_end_is_kept_as_some_editors_write_it(tmp_path: Path) -> None:
    path = tmp_path / "labels.jsonl"
    append_label(path, new_label(record(), "right", "anna"))
    path.write_bytes(path.read_bytes().rstrip(b"\n"))
    append_label(path, new_label(record(), "wrong", "ben"))
    assert len(labels_for(record(), read_labels(path))) == 2


def test_two_processes_add_to_the_same_file(tmp_path: Path) -> None:
    path = tmp_path / "labels.jsonl"
    script = (
        "import sys; from pathlib import Path\n"
        "from footnoted.assistant.evaluation.workbench.labels import Label, append_label\n"
        "for number in range(60):\n"
        "    label = Label(f'q{number}', 'Q?', 'a' * 64, 'right', sys.argv[2], note='x' * 900)\n"
        "    append_label(Path(sys.argv[1]), label)\n"
    )
    writers = [
        subprocess.Popen([sys.executable, "-c", script, str(path), name], env=os.environ) for name in ("anna", "ben")
    ]
    assert [writer.wait(60) for writer in writers] == [0, 0]
    assert len(path.read_bytes().splitlines()) == 120
    labels = read_labels(path)
    assert len(labels) == 60 and all(set(given) == {"anna", "ben"} for given in labels.values())


@pytest.mark.parametrize(
    ("verdict", "grader", "note", "problem"),
    [
        ("good", "anna", "", "A verdict is one of right, partly, wrong, refuse."),
        ("right", "  ", "", "A grader needs a name"),
        ("right", "x" * 61, "", "A grader needs a name"),
        ("right", "an\u202ena", "", "A grader needs a name"),
        ("right", "anna", "x" * (LONGEST_NOTE + 1), "A note has at most 2000 characters; this one has 2001."),
    ],
)
def test_a_label_that_makes_no_sense_is_refused(verdict: str, grader: str, note: str, problem: str) -> None:
    with pytest.raises(LabelsError, match=problem):
        new_label(record(), verdict, grader, note)


def test_a_refusal_cannot_be_what_should_have_been_refused() -> None:
    with pytest.raises(LabelsError, match="is a refusal already"):
        new_label(record(kind="refusal"), "refuse", "anna")
    with pytest.raises(LabelsError, match="There is no answer to grade here"):
        new_label(record(error="TimeoutError: too slow"), "right", "anna")


def test_half_a_surrogate_pair_is_kept(tmp_path: Path) -> None:
    path, odd = tmp_path / "labels.jsonl", record("\ud800 rises") | {"question": "What is \ud800?"}
    append_label(path, new_label(odd, "right", "anna"))
    assert labels_for(odd, read_labels(path))
    assert json.loads(path.read_text(encoding="utf-8"))["question"] == "What is \ud800?"


def test_a_file_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "labels.jsonl").mkdir()
    with pytest.raises(LabelsError, match=r"could not be saved in .*labels.jsonl: Is a directory"):
        append_label(tmp_path / "labels.jsonl", new_label(record(), "right", "anna"))
    with pytest.raises(QuestionsError, match="cannot be read"):
        read_labels(tmp_path / "labels.jsonl")


RIGHT = Label("q", "Q?", "a", "right", "anna")
PARTLY, WRONG, REFUSE = (replace(RIGHT, verdict=verdict) for verdict in ("partly", "wrong", "refuse"))


@pytest.mark.parametrize(
    ("given", "verdict", "right"),
    [
        ([], "", None),
        ([RIGHT], "right", True),
        ([PARTLY], "partly", False),
        ([RIGHT, WRONG], "", None),
        ([PARTLY, WRONG], "", False),
        ([RIGHT, RIGHT, WRONG], "right", True),
        ([RIGHT, PARTLY, WRONG], "", False),
        ([REFUSE, REFUSE, RIGHT, RIGHT], "", None),
    ],
)
def test_most_graders_decide(given: list[Label], verdict: str, right: bool | None) -> None:
    assert (verdict_of(given), right_of(given)) == (verdict, right)


@pytest.mark.parametrize(
    ("verdict", "refused", "answerable"),
    [
        ("right", False, True),
        ("partly", False, True),
        ("wrong", False, None),
        ("refuse", False, False),
        ("right", True, False),
        ("wrong", True, True),
    ],
)
def test_what_a_verdict_says_about_the_question(verdict: str, refused: bool, answerable: bool | None) -> None:
    assert says_answerable(replace(RIGHT, verdict=verdict, refused=refused)) is answerable
