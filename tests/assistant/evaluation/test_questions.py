"""Reading question sets: every accepted form, and every wrong line named with its number."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from footnoted.assistant.evaluation.errors import QuestionsError
from footnoted.assistant.evaluation.question_sets.files import (
    corpus_rows,
    read_question_set,
    read_questions,
    spread_sample,
)
from footnoted.assistant.evaluation.question_sets.questions import Evidence, parse_question
from footnoted.assistant.evaluation.running.subject import content_key


def write(path: Path, *rows: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        "".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows), encoding="utf-8"
    )
    return path


def test_all_fields_and_whatever_else_stands_there(tmp_path: Path) -> None:
    turn = {"role": "user", "content": "Who ruled Rome?"}
    row = {"id": "a", "question": "When?", "answers": ["476"], "relevant": ["rome.md"], "evidence": ["It fell in 476."],
           "answerable": True, "history": [turn], "type": "date"}  # fmt: skip
    (question,) = read_questions(write(tmp_path / "q.jsonl", row))
    assert question.history == (turn,)
    assert question.extra == {"type": "date"}
    assert question.evidence == (Evidence("It fell in 476."),)
    assert parse_question(question.to_dict(), "") == question


@pytest.mark.parametrize(
    ("row", "answers", "evidence"),
    [
        ({"user_input": "q", "reference": "Rome", "reference_contexts": ["In Rome."]}, ("Rome",), ["In Rome."]),
        ({"question": "q", "ground_truths": ["Rome", "Roma"]}, ("Rome", "Roma"), []),
        ({"question": "q", "answers": {"text": ["Rome"], "answer_start": [3]}}, ("Rome",), []),
        ({"question": "q", "answers": "Rome"}, ("Rome",), []),
        ({"question": "q", "answers": [3], "evidence": [{"doc": "1", "sentences": ["a", "b"]}]}, ("3",), ["a", "b"]),
        ({"question": "q", "evidence": [{"source": "x", "start": 1, "end": 4}]}, (), [""]),
    ],
    ids=["ragas", "ground truths", "squad", "one text", "scifact", "span"],
)
def test_other_tools_names(row: dict, answers: tuple, evidence: list) -> None:
    question = parse_question(row, "line-1")
    assert (question.id, question.question, question.answers) == ("line-1", "q", answers)
    assert [item.text for item in question.evidence] == evidence
    assert question.answerable is True


def test_a_question_without_any_label_is_not_called_answerable() -> None:
    assert parse_question({"question": "q"}, "1").answerable is None


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("{", "not JSON"),
        ("[1]", "a JSON object {…} is needed, found a list"),
        ({"id": "x"}, '"question" is missing'),
        ({"question": 3}, '"question" must be a string, found a number'),
        ({"question": " "}, '"question" must not be empty'),
        ({"question": "q", "answers": 3}, '"answers" must be a list of strings, found a number'),
        ({"question": "q", "answers": [None]}, "found nothing (null) in it"),
        ({"question": "q", "answerable": "yes"}, '"answerable" must be true or false, found a string'),
        ({"question": "q", "history": [{"role": "system", "content": "x"}]}, 'a turn of "history"'),
        ({"question": "q", "evidence": [{"source": "x", "start": 4, "end": 4}]}, "0 <= start < end"),
        ({"question": "q", "evidence": [{"start": 1, "end": 4}]}, 'needs the "document"'),
        ({"question": "q", "relevant": {"a": "high"}}, 'the grade of "a"'),
        ({"question": "q", "id": None}, '"id" must be a string, found nothing (null)'),
        ({"question": "q", "id": "first"}, 'the id "first" is already used in line 1'),
    ],
)
def test_a_wrong_line_is_named_with_what_is_wrong(tmp_path: Path, line: object, expected: str) -> None:
    path = write(tmp_path / "q.jsonl", {"id": "first", "question": "q"}, "", line)
    with pytest.raises(QuestionsError) as error:
        read_questions(path)
    assert str(path) in str(error.value) and "line 3: " in str(error.value) and expected in str(error.value)


def test_several_wrong_lines_are_all_named(tmp_path: Path) -> None:
    path = write(tmp_path / "q.jsonl", *({"id": str(number)} for number in range(7)))
    with pytest.raises(QuestionsError, match=r"line 1: .*line 5: .*; and 2 more"):
        read_questions(path)


def test_lines_that_are_no_json_are_named_with_the_others(tmp_path: Path) -> None:
    path = write(tmp_path / "q.jsonl", {"id": "a"}, "{", {"question": ""})
    with pytest.raises(QuestionsError, match=r"q.jsonl, line 1: .*line 2: not JSON .*line 3: .*must not be empty\.$"):
        read_questions(path)


def test_bytes_that_are_not_utf8_are_named(tmp_path: Path) -> None:
    path = tmp_path / "q.jsonl"
    path.write_bytes(b'{"question": "fine"}\n{"question": "caf\xe9"}\n')
    with pytest.raises(QuestionsError, match="line 2: not UTF-8"):
        read_questions(path)


def test_a_byte_order_mark_and_odd_line_separators_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "q.jsonl"
    path.write_bytes("\ufeff".encode() + '{"question": "a\u2028b"}\r\n\r\n{"question": "c"}'.encode())
    assert [question.question for question in read_questions(path)] == ["a\u2028b", "c"]


@pytest.mark.parametrize("name", ["nowhere", "."])
def test_what_is_no_question_set_is_said(tmp_path: Path, name: str) -> None:
    with pytest.raises(QuestionsError, match="question set"):
        read_question_set(tmp_path / name)


def test_an_empty_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(QuestionsError, match="contains no questions"):
        read_questions(write(tmp_path / "q.jsonl"))


def test_a_folder_brings_its_corpus(tmp_path: Path) -> None:
    write(tmp_path / "set" / "questions.jsonl", {"question": "q"})
    corpus = write(tmp_path / "set" / "corpus.jsonl", {"id": "1", "text": "t"})
    found = read_question_set(tmp_path / "set")
    assert (found.name, found.corpus) == ("set", corpus)


def test_beirs_three_files(tmp_path: Path) -> None:
    write(tmp_path / "queries.jsonl", {"_id": "1", "text": "first"}, {"_id": "2", "text": "not judged"})
    write(tmp_path / "corpus.jsonl", {"_id": "d", "title": "T", "text": "t"})
    write(tmp_path / "qrels" / "test.tsv", "query-id\tcorpus-id\tscore", "1\td\t2", "1\te\t0")
    (question,) = read_question_set(tmp_path).questions
    assert (question.question, question.relevant, question.answerable) == ("first", {"d": 2}, True)
    assert list(corpus_rows(tmp_path / "corpus.jsonl")) == [{"id": "d", "title": "T", "text": "t"}]


@pytest.mark.parametrize(("files", "grade"), [(("dev", "train"), 1), (("train", "test"), 2), (("custom",), 1)])
def test_the_judgements_of_other_splits(tmp_path: Path, files: tuple, grade: int) -> None:
    write(tmp_path / "queries.jsonl", {"_id": "1", "text": "first"})
    with pytest.raises(QuestionsError, match="no judgements"):
        read_question_set(tmp_path)
    for number, name in enumerate(files, start=1):
        write(tmp_path / "qrels" / f"{name}.tsv", "query-id\tcorpus-id\tscore", f"1\td\t{number}")
    assert read_question_set(tmp_path).questions[0].relevant == {"d": grade}


def test_a_folder_of_documents_may_lie_beside_the_questions(tmp_path: Path) -> None:
    write(tmp_path / "questions.jsonl", {"question": "q"})
    (tmp_path / "corpus").mkdir()
    assert read_question_set(tmp_path).corpus == tmp_path / "corpus"


def test_a_wrong_judgement_is_named(tmp_path: Path) -> None:
    write(tmp_path / "queries.jsonl", {"_id": "1", "text": "first"})
    write(tmp_path / "qrels" / "test.tsv", "query-id\tcorpus-id\tscore", "1\td\tgood")
    with pytest.raises(QuestionsError, match=r"test.tsv, line 2: "):
        read_question_set(tmp_path)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"id": "b"}, '"text" must be'),
        ({"text": "t"}, '"id" must be'),
        ({"id": "a", "text": "t"}, "is already used in line 1"),
    ],
)
def test_a_wrong_line_of_a_corpus_is_named(tmp_path: Path, row: dict, expected: str) -> None:
    path = write(tmp_path / "corpus.jsonl", {"id": "a", "text": "t"}, row)
    with pytest.raises(QuestionsError, match="line 2") as error:
        list(corpus_rows(path))
    assert expected in str(error.value)


def test_the_key_of_a_corpus_is_its_content(tmp_path: Path) -> None:
    one, two = write(tmp_path / "a" / "c.jsonl", {"id": "1"}), write(tmp_path / "b" / "c.jsonl", {"id": "1"})
    assert content_key(one) == content_key(two)
    write(two, {"id": "2"})
    assert content_key(one) != content_key(two)
    before = content_key(tmp_path)
    write(tmp_path / "new.md", "x")
    assert content_key(tmp_path) != before
    with pytest.raises(QuestionsError, match="no corpus"):
        content_key(tmp_path / "nowhere")


def test_a_limit_is_spread_over_the_set() -> None:
    questions = tuple(parse_question({"question": str(number)}, str(number)) for number in range(10))
    assert [question.id for question in spread_sample(questions, 4)] == ["0", "2", "5", "7"]
    assert spread_sample(questions, 99) == spread_sample(questions, None) == questions


@pytest.mark.parametrize("name", ["squad2", "clapnq", "mtrag", "hotpotqa500", "scifact"])
def test_the_shared_sets_are_read(shared: Path, name: str) -> None:
    found = read_question_set(shared / "bench" / name)
    assert len(found.questions) >= 200 and found.corpus is not None
    ids = {row["id"] for row in corpus_rows(found.corpus)}
    assert all(set(question.relevant) <= ids for question in found.questions)
    assert all(question.relevant for question in found.questions if question.answerable)
