"""Question sets as people have them: each format in, out and back, and what is said about a file that is wrong."""

from __future__ import annotations

import csv
import json
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path

import openpyxl
import pytest
import yaml

from footnoted.assistant.cli import main
from footnoted.assistant.evaluation.errors import QuestionsError
from footnoted.assistant.evaluation.question_sets import tables
from footnoted.assistant.evaluation.question_sets.columns import parse_column
from footnoted.assistant.evaluation.question_sets.files import read_question_set
from footnoted.assistant.evaluation.question_sets.questions import Question

OURS = [
    {
        "id": "rome",
        "question": 'Who built the "Colosseum"; and when, exactly?',
        "answers": ["Vespasian", "Titus | his son"],
        "relevant": ["rome.txt", "emperors.txt"],
        "evidence": [{"text": "Vespasian built it, Titus | his son opened it.", "document": "rome.txt"}],
    },
    {"id": "sum", "question": "What stands in\nthe second line?", "answers": ["=1+1"], "relevant": {"sums.txt": 2}},
    {"id": "none", "question": "Wer baute den Turm zu Köln?", "answerable": False},
    {
        "id": "list",
        "question": "Which moons?",
        "items": ["Io", ["Europa", "Europe"]],
        "max_words": 40,
        "history": [{"role": "user", "content": "Jupiter?"}],
    },
]


def written(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def read(path: Path, **columns: str) -> dict[str, Question]:
    return {question.id: question for question in read_question_set(path, columns).questions}


def workbook(path: Path, rows: Sequence[Sequence[object]]) -> Path:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


@pytest.fixture
def own(tmp_path: Path) -> Path:
    return written(tmp_path / "own.jsonl", "".join(json.dumps(row) + "\n" for row in OURS))


@pytest.mark.parametrize(
    ("name", "to"),
    [
        ("set.csv", None), ("set.tsv", None), ("set.xlsx", None), ("set.jsonl", None), ("set.yaml", None),
        ("set.json", "json"), ("set.json", "deepeval"), ("set", "json"), ("set.json", "promptfoo"),
    ],
)  # fmt: skip
def test_there_and_back_keeps_everything(
    name: str, to: str | None, own: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    words = ["questions", "convert", str(own), str(tmp_path / name), *(["--to", to] if to else [])]
    assert main(words) == 0
    assert capsys.readouterr().err == ""
    before, after = read(own), read(tmp_path / name)
    if name == "set.yaml":  # a list of items is no assertion of one text, but stays in the metadata
        assert yaml.safe_load((tmp_path / name).read_text())["tests"][1]["assert"] == [
            {"type": "icontains", "value": "=1+1"}
        ]
    assert after == before


def test_squad_there_and_back(own: Path, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    target = tmp_path / "squad.json"
    assert main(["questions", "convert", str(own), str(target), "--to", "squad"]) == 0
    said = capsys.readouterr().err
    assert said.startswith("squad has no place for: relevant documents after the first (1)") and said.count("\n") == 1
    assert "grades (1)" in said and "history (1)" in said and "items (1)" in said
    before, after = read(own), read(target)
    assert list(after) == list(before)
    for name, question in after.items():
        assert question.question == before[name].question and question.answers == before[name].answers
        assert list(question.relevant) == list(before[name].relevant)[:1]
    assert after["none"].answerable is False and after["rome"].answerable is True
    first = json.loads(target.read_text())["data"][0]["paragraphs"][0]
    for answer in first["qas"][0]["answers"]:
        start = answer["answer_start"]
        assert first["context"][start : start + len(answer["text"])] == answer["text"]


def test_ragas_and_beir_there_and_back(own: Path, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    assert main(["questions", "convert", str(own), str(tmp_path / "ragas.jsonl"), "--to", "ragas"]) == 0
    said = capsys.readouterr().err
    assert "ragas has no place for: answers after the first (1)" in said and "answerable: false (1)" in said
    after = read(tmp_path / "ragas.jsonl")
    assert after["rome"].answers == ("Vespasian",)
    assert list(after["rome"].relevant) == ["rome.txt", "emperors.txt"]
    assert main(["questions", "convert", str(own), str(tmp_path / "beir"), "--to", "beir"]) == 0
    assert read(tmp_path / "beir")["rome"].answers == read(own)["rome"].answers


@pytest.mark.parametrize("text", ["Frage;Antwort\n", "Frage,Antwort\n", "Frage\tAntwort\n"], ids=[";", ",", "tab"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_table_in_any_delimiter_and_encoding(text: str, encoding: str, tmp_path: Path) -> None:
    row = "Wie heißt die schöne Stadt an der Förde?;Flensburg\nWer führte über die Brücke zurück?;Müller\n"
    row = row.replace(";", text[5])
    path = written(tmp_path / "leute.csv", (text + row).encode(encoding))
    found = read(path, question="Frage", answers="Antwort")
    assert found["row-2"].question == "Wie heißt die schöne Stadt an der Förde?"
    assert found["row-3"].answers == ("Müller",) and found["row-3"].answerable is True


def test_columns_are_guessed_and_said(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    path = written(
        tmp_path / "people.csv", "ID,Prompt,Expected Output,Source,Topic\n7,Who?,Anna | Bob,a.txt,x\n\n,,,,\n"
    )
    found = read_question_set(path)
    assert found.note == (
        "question from the column 'Prompt', id from 'ID', answers from 'Expected Output', relevant from 'Source'"
    )
    (question,) = found.questions
    assert question.id == "7" and question.answers == ("Anna | Bob",) and question.extra == {"Topic": "x"}
    assert question.relevant == {"a.txt": 1}
    assert main(["questions", "convert", str(path), str(tmp_path / "out.jsonl")]) == 0
    assert capsys.readouterr().err == found.note + "\n"


def test_several_answers_in_a_cell(tmp_path: Path) -> None:
    rows = 'id,question,answers,relevant,answerable\na,q,x | y,d1|d2,yes\nb,q,"[""x|y""]","{""d"": 3}",TRUE\nc,q,,,no\n'
    found = read(written(tmp_path / "a.csv", rows))
    assert found["a"].answers == ("x", "y") and found["b"].answers == ("x|y",)
    assert found["a"].relevant == {"d1": 1, "d2": 1} and found["b"].relevant == {"d": 3}
    assert [question.answerable for question in found.values()] == [True, True, False]


def test_a_chosen_column_is_taken_before_a_guess(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    path = written(tmp_path / "two.csv", "question,Frage\nno,ja\n")
    assert read(path, question="frage")["row-2"].question == "ja"
    target = str(tmp_path / "out.json")
    words = ["questions", "convert", str(path), target, "--to", "json"]
    assert main([*words, "--column", "question=nowhere"]) == 2
    assert "has no column 'nowhere'; its columns are 'question', 'Frage'" in capsys.readouterr().err
    assert main([*words, "--column", "question=Frage"]) == 0
    assert json.loads(Path(target).read_text())[0]["question"] == "ja"


@pytest.mark.parametrize("text", ["question", "question=", "colour=Farbe", "=x"])
def test_a_wrong_column_option(text: str) -> None:
    with pytest.raises(ValueError, match="OURS=THEIRS"):
        parse_column(text)


def test_columns_of_json_lines(tmp_path: Path) -> None:
    path = written(tmp_path / "a.jsonl", '{"Frage": "Wer?", "answer": "Ich"}\n')
    assert read(path, question="Frage")["line-1"].answers == ("Ich",)


def test_a_workbook_with_dates_numbers_and_truth_values(tmp_path: Path) -> None:
    import datetime

    rows = [
        ["Question", "Answer", "Answerable"], ["When?", datetime.datetime(2020, 5, 1), True],
        ["How many?", 3.0, 1], [None, None, None], ["None?", None, False],
    ]  # fmt: skip
    found = read(workbook(tmp_path / "a.xlsx", rows))
    assert [question.answers for question in found.values()] == [("2020-05-01",), ("3",), ()]
    assert list(found) == ["row-2", "row-3", "row-5"] and found["row-5"].answerable is False


def test_a_workbook_is_recognised_by_its_content(tmp_path: Path) -> None:
    workbook(tmp_path / "a.xlsx", [["question"], ["Who?"]]).rename(tmp_path / "a.csv")
    assert read(tmp_path / "a.csv")["row-2"].question == "Who?"


def test_a_formula_is_not_computed_and_a_text_is_no_formula(own: Path, tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", [["question", "answer"], ["Who?", '=HYPERLINK("http://x")']])
    with pytest.raises(QuestionsError, match=r"row 2, column 'answer': the formula has no stored result"):
        read_question_set(path)
    assert main(["questions", "convert", str(own), str(tmp_path / "b.xlsx")]) == 0
    cells = [cell for row in openpyxl.load_workbook(tmp_path / "b.xlsx").active.iter_rows() for cell in row]
    assert "=1+1" in [cell.value for cell in cells] and "f" not in [cell.data_type for cell in cells]


HF = {"question": ["Who?", "When?"], "ground_truth": ["Anna", "1999"], "contexts": [["It was Anna."], []]}
SQUAD1 = {
    "version": "1.1",
    "data": [
        {
            "title": "Rome",
            "paragraphs": [
                {
                    "context": "Vespasian built it.",
                    "qas": [
                        {
                            "id": "q",
                            "question": "Who built it?",
                            "answers": [{"text": "Vespasian", "answer_start": 0}] * 3,
                        }
                    ],
                }
            ],
        }
    ],
}


@pytest.mark.parametrize(
    "data",
    [
        [{"user_input": "Who?", "reference": "Anna", "reference_contexts": ["It was Anna."]}],
        {"data": [{"query": "Who?", "gold": "Anna", "context": "It was Anna."}]},
        HF,
        {name: {str(number): value for number, value in enumerate(values)} for name, values in HF.items()},
        {"rows": [{"row": {"query": "Who?", "answers": {"text": ["Anna"]}, "context": "It was Anna."}}]},
        [{"input": "Who?", "actual_output": None, "expected_output": "Anna", "context": ["It was Anna."]}],
        {"goldens": [{"input": "Who?", "expected_output": "Anna", "retrieval_context": ["It was Anna."]}]},
        {"question": "Who?", "answer": "Anna", "evidence": "It was Anna."},
    ],
)  # fmt: skip
def test_shapes_of_json(data: object, tmp_path: Path) -> None:
    question = read_question_set(written(tmp_path / "a.json", json.dumps(data))).questions[0]
    assert question.question == "Who?" and question.answers == ("Anna",) and question.answerable is True
    assert [evidence.text for evidence in question.evidence] == ["It was Anna."]


def test_json_lines_that_are_called_json(tmp_path: Path) -> None:
    path = written(tmp_path / "a.json", '{"prompt": "a"}\n{"prompt": "b"}\n')
    assert [question.question for question in read_question_set(path).questions] == ["a", "b"]


def test_squad_in_both_versions(tmp_path: Path) -> None:
    (question,) = read_question_set(written(tmp_path / "a.json", json.dumps(SQUAD1))).questions
    assert (question.id, question.answers, dict(question.relevant)) == ("q", ("Vespasian",), {"Rome": 1})
    assert question.evidence[0].text == "Vespasian built it." and question.evidence[0].document == "Rome"
    second = json.loads(json.dumps(SQUAD1))
    second["data"][0]["paragraphs"][0]["qas"][0] |= {
        "is_impossible": True, "answers": [], "plausible_answers": [{"text": "built", "answer_start": 10}],
    }  # fmt: skip
    (question,) = read_question_set(written(tmp_path / "b.json", json.dumps(second))).questions
    assert question.answerable is False and question.answers == () and not question.relevant
    flat = {"question": ["Who?"], "answers": [{"text": [], "answer_start": []}]}
    assert read(written(tmp_path / "c.json", json.dumps(flat)))["entry-1"].answerable is False
    second["data"][0]["paragraphs"][0]["qas"] = None
    with pytest.raises(QuestionsError, match='article 1, paragraph 1: "qas" must be a list'):
        read_question_set(written(tmp_path / "d.json", json.dumps(second)))


PROMPTFOO = """
prompts: ["{{question}}"]
tests:
  - vars: {question: 'Who?'}
    assert: [{type: icontains, value: Anna}]
  - vars: {query: 'Which two?'}
    assert: [{type: contains, value: Anna}, {type: icontains-any, value: [Bob, Rob]}]
  - description: a pattern
    vars: {question: 'When?'}
    assert: [{type: regex, value: '19\\d\\d'}, {type: contains, value: a.m.}, {type: not-contains, value: "?"}]
  - vars: {question: 'Why?'}
    assert: [{type: llm-rubric, value: Names the reason.}, {type: javascript, value: "1"}]
  - vars: {question: 'How many?'}
    assert: [{type: equals, value: 3}]
"""


def test_promptfoo(tmp_path: Path) -> None:
    found = list(read(written(tmp_path / "promptfooconfig.yaml", PROMPTFOO)).values())
    assert found[0].answers == ("Anna",) and found[0].id == "test-1"
    assert found[1].extra["items"] == ["Anna", ["Bob", "Rob"]] and found[1].answerable is True
    assert found[2].extra["need"] == [["a\\.m\\."], ["19\\d\\d"]] and found[2].extra["not"] == ["\\?"]
    assert found[2].answerable is True and found[2].extra["description"] == "a pattern"
    assert found[3].extra == {"rubric": "Names the reason.", "assertions_not_read": ["javascript"]}
    assert found[3].answerable is None and found[4].answers == ("3",)


@pytest.mark.parametrize(
    ("test", "message"),
    [
        ("file://tests.csv", "test 1: its tests are in another file"),
        ({"vars": {"question": ["a", "b"], "x": 1}}, 'test 1: "vars" needs a "question"'),
        ({"vars": {"question": "a"}, "assert": [{"type": "regex", "value": "("}]}, "test 1: the pattern"),
        ({"vars": {"question": "a"}, "assert": [{"type": "contains"}]}, "test 1: the value of"),
        ({"vars": {"question": "a"}, "assert": "x"}, 'test 1: "assert" must be a list'),
        (5, "test 1: an object"),
    ],
)
def test_a_wrong_test_of_promptfoo(test: object, message: str, tmp_path: Path) -> None:
    with pytest.raises(QuestionsError, match="^.*" + message):
        read_question_set(written(tmp_path / "a.yaml", yaml.safe_dump({"tests": [test]})))


WRONG = {
    "no question.csv": ("topic,answer\na,b\n", "its columns are 'topic', 'answer': name it with --column question="),
    "answerable.csv": ("question,answerable\na,yes\nb,maybe\n", "row 3, column 'answerable': must be true or false"),
    "missing.csv": ("question,Antwort\na,b\n,c\n", "row 3, column 'question': the question is missing"),
    "grades.csv": ('question,relevant\na,"{""d"": ""x""}"\n', "row 2, column 'relevant': the grade of"),
    "twice.csv": ("id,question\na,b\na,c\n", 'row 3: the id "a" is already used in row 2'),
    "columns.csv": ("question,x,x\na,b,c\n", "2 columns are called 'x'"),
    "ragged.csv": ("question,answer\na,b\nc,d,e\n", "row 3: has 3 cells, but the first row has 2"),
    "long.csv": ("question,answer\na,b\nc," + "x" * 5_000_000 + "\n", "row 3: a cell has more than 131,072 characters"),
    "quote.csv": ('question,answer\na,b\n"c,d\ne,f\n', "row 3: unexpected end of data"),
    "binary.csv": (bytes(range(256)) * 40, "is not a text file"),
    "binary.json": (bytes(range(256)) * 40, "is not a text file"),
    "empty.csv": ("", "contains no questions"),
    "header.csv": ("question,answer\n\n", "contains no questions"),
    "broken.xlsx": (b"PK\x03\x04 and no more", "cannot be read as an Excel workbook"),
    "text.xlsx": ("question\n", "cannot be read as an Excel workbook"),
    "old.xlsx": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "is an old or encrypted Excel file"),
    "number.json": ("42", "a list of questions is needed, found a number"),
    "null.json": ("null", "a list of questions is needed, found nothing"),
    "numbers.json": ("[1, 2]", "entry 1: an object {…} is needed, found a number"),
    "none.json": ("[]", "contains no questions"),
    "half.json": ('[{"question": ', "is not JSON (Expecting value at line 1, column 15)"),
    "deep.json": ("[" * 100_000, "is nested too deeply"),
    "digits.json": ("[" + "1" * 5000 + "]", "a number in it is too long"),
    "answers.json": ('[{"question": "a", "gold": {"b": 1}}]', "entry 1, column 'gold': \"answers\" must be a list"),
    "digits.jsonl": ('{"question": "a", "x": ' + "1" * 5000 + "}", "line 1: a number in it is too long"),
    "text.json": ('[{"question": 5}]', "entry 1, column 'question': a question must be a string, found a number"),
    "python.yaml": ("tests: !!python/object/apply:os.system ['touch executed']", "is not YAML that can be read (could"),
    "broken.yaml": ("tests: [", "is not YAML that can be read ("),
    "digits.yaml": ("a: " + "1" * 5000, "a number in it is too long"),
    "deep.yaml": ("[" * 500, "is nested too deeply"),
    "text.yaml": ("hello", "a list of questions is needed, found a string"),
    "tests.yaml": ("tests: file://x.csv", '"tests" must be a list of tests'),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_said_in_a_sentence(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text, message = WRONG[name]
    path = written(tmp_path / name, text)
    assert main(["questions", "check", str(path)]) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"footnote: {path}") and message in error
    assert error.count("\n") == 1 and error.endswith(".\n") and len(error) < 600
    assert not (tmp_path / "executed").exists()


@pytest.mark.parametrize(
    ("name", "module", "package", "text"),
    [
        ("a.xlsx", "openpyxl", "openpyxl", b"PK\x03\x04"),
        ("a.parquet", "pyarrow", "pyarrow", b"PAR1"),
        ("a.yml", "yaml", "PyYAML", b"tests: []"),
    ],
)
def test_a_missing_package_is_named(
    name: str, module: str, package: str, text: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for known in [known for known in sys.modules if known.split(".")[0] == module]:
        monkeypatch.delitem(sys.modules, known)
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(QuestionsError, match=rf"needs the package {package} .*: pip install 'footnoted\[tables\]'"):
        read_question_set(written(tmp_path / name, text))


def test_what_a_workbook_cannot_hold(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    for text, message in (
        ("x" * 40_000, "a cell of a workbook holds at most 32,767 characters"),
        ("a\x01b", "has control characters"),
    ):
        path = written(tmp_path / "a.jsonl", json.dumps({"question": text}) + "\n")
        assert main(["questions", "convert", str(path), str(tmp_path / "a.xlsx")]) == 2
        assert f"row 2, column 'question': {message}" in capsys.readouterr().err
        assert not (tmp_path / "a.xlsx").exists()


def test_a_list_in_yaml_keeps_dates_as_texts(tmp_path: Path) -> None:
    path = written(tmp_path / "a.yml", "- {prompt: 'When?', answer: 2020-01-01, since: 1999-12-31}\n")
    question = read(path)["entry-1"]
    assert question.answers == ("2020-01-01",) and question.extra == {"since": "1999-12-31"}


def test_answers_of_squad_have_to_be_a_list(tmp_path: Path) -> None:
    data = json.loads(json.dumps(SQUAD1))
    data["data"][0]["paragraphs"][0]["qas"][0]["answers"] = 5
    with pytest.raises(QuestionsError, match='question 1: "answers" must be a list, found a number'):
        read_question_set(written(tmp_path / "a.json", json.dumps(data)))


def test_json_has_to_be_chosen(own: Path, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    for name in ("out.json", "out"):
        assert main(["questions", "convert", str(own), str(tmp_path / name)]) == 1
        assert "Say with --to in which format to write" in capsys.readouterr().err


def test_a_folder_with_a_table(tmp_path: Path) -> None:
    written(tmp_path / "questions.csv", "question\nWho?\n")
    written(tmp_path / "corpus.jsonl", '{"id": "a", "text": "b"}\n')
    found = read_question_set(tmp_path)
    assert found.name == tmp_path.name and found.corpus == tmp_path / "corpus.jsonl" and len(found.questions) == 1


def test_a_table_is_evaluated_and_calibrated(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    written(tmp_path / "corpus.jsonl", '{"id": "rome", "text": "The Colosseum was built under Vespasian."}\n')
    path = written(tmp_path / "leute.csv", "Frage;Antwort;Dok\nWho built the Colosseum?;Vespasian;rome\n")
    columns = ["--column", "question=Frage", "--column", "answers=Antwort", "--column", "relevant=Dok"]
    words = ["evaluate", str(path), "--corpus", str(tmp_path / "corpus.jsonl"), "--home", str(tmp_path / "home")]
    words += ["--retrieval-only", "--json", "--output", str(tmp_path / "run")]
    assert main([*words, *columns]) == 0
    shown = capsys.readouterr()
    assert json.loads(shown.out)["retrieval"]["recall@1"]["value"] == 1
    assert "question from the column 'Frage', answers from 'Antwort', relevant from 'Dok'" in shown.err
    assert main(["calibrate", str(path), "--home", str(tmp_path / "home"), *columns]) != 0
    assert "question from the column 'Frage'" in capsys.readouterr().err


def bomb(levels: int, merged: bool = False) -> str:
    """A few lines of YAML whose aliases stand for ten to the power of ``levels`` parts."""
    lines = ["a0: &a0 {question: x}" if merged else "a0: &a0 [x]"]
    for level in range(1, levels):
        inside = ", ".join([f"*a{level - 1}"] * 10)
        lines.append(f"a{level}: &a{level} {{<<: [{inside}]}}" if merged else f"a{level}: &a{level} [{inside}]")
    return "\n".join([*lines, f"questions: [*a{levels - 1}]"])


@pytest.mark.timeout(20)
@pytest.mark.parametrize("merged", [False, True], ids=["lists", "merged mappings"])
def test_a_bomb_of_aliases_is_refused_at_once(merged: bool, tmp_path: Path) -> None:
    with pytest.raises(QuestionsError, match=r"q.yaml would have [\d,]+ parts with its aliases written out; at most"):
        read(written(tmp_path / "q.yaml", bomb(12, merged)))


def test_a_part_that_contains_itself(tmp_path: Path) -> None:
    with pytest.raises(QuestionsError, match=r"q.yaml, line 1: a part of it contains itself"):
        read(written(tmp_path / "q.yaml", "&a [*a, {question: x}]"))


def test_ordinary_aliases_are_read(tmp_path: Path) -> None:
    text = 'labels: &labels {answers: ["476"], relevant: [rome.txt]}\nquestions:\n'
    text += '  - {question: "When did Rome fall?", <<: *labels}\n  - {question: "When did it end?", <<: *labels}\n'
    questions = read(written(tmp_path / "q.yaml", text))
    assert [question.answers for question in questions.values()] == [("476",), ("476",)]


def zipped(path: Path, sheet: str) -> Path:
    """A workbook whose only sheet is replaced."""
    small = workbook(path.with_name("small.xlsx"), [["question"], ["x?"]])
    with zipfile.ZipFile(small) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, sheet if name == "xl/worksheets/sheet1.xml" else old.read(name))
    return path


SHEET = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>'
)


@pytest.mark.timeout(60)
def test_a_workbook_that_is_a_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cell = '<c r="{0}{1}" t="inlineStr"><is><t>{2}</t></is></c>'
    head = f'<row r="1">{cell.format("A", 1, "question")}</row>'
    wide = "".join(f'<row r="{n}">{cell.format("XFD", n, "x")}</row>' for n in range(2, 400))
    with pytest.raises(QuestionsError, match="wide.xlsx has more than 5,000,000 cells"):
        read(zipped(tmp_path / "wide.xlsx", SHEET.format(head + wide)))
    monkeypatch.setattr(tables, "MOST_UNPACKED", 1 << 20)
    big = zipped(tmp_path / "big.xlsx", SHEET.format(head + " " * (3 << 20)))
    assert big.stat().st_size < 20_000
    with pytest.raises(QuestionsError, match="big.xlsx has 3 MB unpacked; at most 1 are read"):
        read(big)
    monkeypatch.setattr(tables, "MOST_ROWS", 3)
    rows = [["question"], *[[f"{number}?"] for number in range(3)]]
    with pytest.raises(QuestionsError, match="long.xlsx has more than 3 rows"):
        read(workbook(tmp_path / "long.xlsx", rows))
    with pytest.raises(QuestionsError, match="long.csv has more than 3 rows"):
        read(written(tmp_path / "long.csv", "\n".join(row[0] for row in rows)))


def test_a_stray_cell_far_below_does_no_harm(tmp_path: Path) -> None:
    """Excel saves a formatted cell in row 1,048,576 where somebody once pressed a key."""
    book = openpyxl.Workbook()
    book.active.append(["question", "answers"])
    book.active.append(["When did Rome fall?", "476"])
    book.active.cell(60_000, 1).number_format = "0.00"
    book.save(tmp_path / "stray.xlsx")
    assert list(read(tmp_path / "stray.xlsx")) == ["row-2"]


@pytest.mark.parametrize(
    ("cell", "answers"),
    [
        ("['a', 'b']", ("a", "b")),
        ("['a' 'b']", ("a", "b")),  # as NumPy writes it: Python alone would read one text, "ab"
        ("['it\\'s', \"x, y\"]", ("it's", "x, y")),
        ("['a'\n 'b'\n 'c']", ("a", "b", "c")),
        ("{'text': ['a'], 'answer_start': [3]}", ("a",)),
        ("['\\d']", ("\\d",)),
        ("[sic]", ("[sic]",)),
        ("['unfinished]", ("['unfinished]",)),
        ("[__import__('os')]", ("[__import__('os')]",)),
    ],
)
def test_lists_as_python_writes_them(cell: str, answers: tuple[str, ...], tmp_path: Path) -> None:
    with open(tmp_path / "q.csv", "w", newline="") as stream:
        csv.writer(stream).writerows([["question", "answers"], ["What?", cell]])
    assert read(tmp_path / "q.csv")["row-2"].answers == answers


def test_a_python_list_that_is_too_long_is_refused_and_not_taken_for_a_text(tmp_path: Path) -> None:
    with open(tmp_path / "q.csv", "w", newline="") as stream:
        csv.writer(stream).writerows([["question", "answers"], ["What?", f"['{'x' * 100_001}']"]])
    with pytest.raises(QuestionsError, match=r"q.csv, row 2, column 'answers': a Python list of more than 100,000"):
        read(tmp_path / "q.csv")


@pytest.mark.parametrize("name", ["queries.jsonl", "cases.jsonl"])
def test_columns_that_would_be_ignored_are_refused(name: str, tmp_path: Path) -> None:
    written(tmp_path / name, '{"_id": "1", "text": "x"}\n')
    with pytest.raises(QuestionsError, match=f"--column has no effect on .*{name} have fixed names"):
        read(tmp_path, question="text")


def test_names_in_json_lines_are_guessed_as_in_tables(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    rows = [
        {"Prompt": "When did Rome fall?", "expected_output": "476", "source": "rome.txt", "topic": "history"},
        {"question": "Who fell?", "answers": ["Romulus"], "document": {"title": "no name of a document"}},
        {"prompt": "How wide is Mars?", "is_answerable": False},
    ]
    path = written(tmp_path / "q.jsonl", "".join(json.dumps(row) + "\n" for row in rows))
    first, second, third = read(path).values()
    assert (first.question, first.answers, dict(first.relevant)) == ("When did Rome fall?", ("476",), {"rome.txt": 1})
    assert first.extra == {"topic": "history"}
    assert second.extra == {"document": {"title": "no name of a document"}} and not second.relevant
    assert third.answerable is False
    assert main(["questions", "check", str(path), "--home", str(tmp_path / "home")]) in (0, 1)
    assert "question from the field 'Prompt', answers from the field 'expected_output'" in capsys.readouterr().err


def test_own_names_are_never_overruled_by_guesses(tmp_path: Path) -> None:
    row = {"question": "x?", "answers": [], "relevant": [], "answer": "y", "source": "z", "answerable": False}
    (question,) = read(written(tmp_path / "q.jsonl", json.dumps({**row, "expected_output": "w"}))).values()
    assert not question.relevant and question.extra["source"] == "z" and question.extra["expected_output"] == "w"
