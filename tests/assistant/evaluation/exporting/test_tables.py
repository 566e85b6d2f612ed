"""Runs as tables: CSV that no spreadsheet runs, and Parquet with types."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from other_systems import QUESTIONS, RAGAS, lines

from footnoted.assistant.cli import main
from footnoted.assistant.evaluation import evaluate
from footnoted.assistant.evaluation.exporting.tables import harmless, write_table


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch) -> Path:
    monkeypatch.setenv("FOOTNOTE_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def rows_of(path: Path) -> list[dict[str, str]]:
    with open(path, encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture
def command(place: Path) -> list[str]:
    paths = lines(place / "q.jsonl", QUESTIONS), lines(place / "a.jsonl", RAGAS)
    return ["evaluate", str(paths[0]), "--answers", str(paths[1]), "--output", "run"]


def test_the_command_writes_both_tables(command: list[str], place: Path, capsys) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    assert main([*command, "--export", "records.csv", "--export", "records.parquet"]) == 0
    rows = rows_of(place / "records.csv")
    assert [row["id"] for row in rows] == ["rome", "moon", "cat", "none", "mars"]
    assert [row["right"] for row in rows] == ["true", "true", "false", "true", "false"]
    assert json.loads(rows[0]["contexts"]) == RAGAS[0]["retrieved_contexts"]
    assert rows[0]["retrieval.recall@1"] == "1.0" and rows[3]["retrieval.recall@1"] == ""
    assert rows[3]["outcome"] == "refused rightly" and rows[3]["refused"] == "true"
    table = parquet.read_table(place / "records.parquet").to_pylist()
    assert [row["right"] for row in table] == [True, True, False, True, False]
    assert table[0]["contexts"] == RAGAS[0]["retrieved_contexts"] and table[3]["retrieval.recall@1"] is None
    assert set(table[0]) == set(rows[0])


def test_a_finished_run_is_written_later(command: list[str], place: Path, capsys) -> None:
    assert main(command) == 0
    assert main(["runs", "export", "run", "later.csv"]) == 0
    assert "5 questions written to later.csv." in capsys.readouterr().out
    assert len(rows_of(place / "later.csv")) == 5


def test_no_cell_is_a_formula(place: Path) -> None:
    hostile = '=HYPERLINK("http://x","y")'
    questions = [
        {"question": hostile, "answers": ["+1"], "=cmd": "@SUM(1)", "id": "-2"},
        {"question": "\t=1", "answers": ["a"], "=cmd": "＝1"},
        {"question": " =1", "answers": ["a"], "=cmd": "fine"},
    ]
    result = evaluate(questions, lambda question: "=1+2. -3", metrics=[negative])
    write_table(place / "a.csv", result.records)
    rows = rows_of(place / "a.csv")
    assert [row["question"] for row in rows] == [f"'{hostile}", "'\t=1", "' =1"]
    assert [row["field.=cmd"] for row in rows] == ["'@SUM(1)", "'＝1", "fine"]
    assert rows[0]["answer"].startswith("'=1+2") and rows[0]["id"] == "'-2"
    assert rows[0]["custom.negative"] == "-1.0"  # a number is a number
    for row in rows:
        for name, cell in row.items():
            assert name == "custom.negative" or not cell.lstrip(" ").startswith(tuple("=+-@＝＋－＠\t\r\n"))


def negative(record) -> float:
    return -1.0


def test_harmless_texts_stay_what_they_are() -> None:
    assert harmless("1 = 1") == "1 = 1" and harmless("") == "" and harmless("'=1") == "'=1"


def test_columns_of_one_type_each(place: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    mixed = [None, 1, "two", 2.5, [1], {"a": 1}]
    questions = [
        {"question": f"{number}?", "answers": ["x"], "mixed": value, "whole": number, "part": number / 2, "on": True}
        for number, value in enumerate(mixed)
    ]
    write_table(place / "a.parquet", evaluate(questions, lambda question: "x").records)
    table = parquet.read_table(place / "a.parquet")
    types = {name: str(table.schema.field(f"field.{name}").type) for name in ("mixed", "whole", "part", "on")}
    assert types == {"mixed": "string", "whole": "int64", "part": "double", "on": "bool"}
    assert table.column("field.mixed").to_pylist() == [None, "1", "two", "2.5", "[1]", '{"a": 1}']


@pytest.mark.parametrize(
    ("output", "options", "said"),
    [
        ("there.csv", [], "there.csv already exists"),
        ("away/a.csv", [], "There is no folder away for a.csv"),
        ("a.xlsx", [], "Say with --to what to write to a.xlsx: csv, parquet, mlflow, otlp"),
        ("a.txt", ["--to", "csv"], "a.txt must end in .csv"),
        ("a.csv", ["--project", "p"], "--project has no meaning with --to csv"),
        ("a.csv", ["--header", "a=b"], "--header has no meaning with --to csv"),
    ],
)
def test_what_cannot_be_written(command: list[str], place: Path, capsys, output: str, options: list, said: str) -> None:
    (place / "there.csv").write_text("mine")
    assert main(command) == 0
    capsys.readouterr()
    assert main(["runs", "export", "run", output, *options]) == 2
    assert said in capsys.readouterr().err and (place / "there.csv").read_text() == "mine"
    if not options and output != "a.xlsx":
        assert main([*command[:-1], "other", "--export", output]) == 2
        assert not (place / "other").exists(), "it is said before the questions are asked"


def test_without_a_finished_run(place: Path, capsys) -> None:
    assert main(["runs", "export", "nowhere", "a.csv"]) == 1
    assert "nowhere contains no run" in capsys.readouterr().err


def test_a_missing_package_is_named_before_the_run(command: list[str], place: Path, capsys, monkeypatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    assert main([*command, "--export", "a.parquet"]) == 2
    assert "pip install 'footnoted[tables]'" in capsys.readouterr().err and not (place / "run").exists()
