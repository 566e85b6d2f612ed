"""Questions whose answer stands in a table, asked of the bundled models: the row with the names of its columns."""

from __future__ import annotations

import pytest
from small_indexes import index_of

from footnoted.assistant import REFUSAL
from footnoted.assistant.chain import open_assistant

FILES = {
    "pump.md": "# Pump\n\nThe pump has three modes.\n\n| Mode | Pressure |\n|---|---|\n| Eco | 2 bar |\n"
    "| Boost | 4 bar |\n| Night | 1 bar |\n\nClean it once a year.\n",
    "valve.md": "# Valves\n\n| Valve | Torque |\n|---|---|\n| K9 | 12 Nm |\n",
    "fees.html": "<h1>Fees</h1><p>Each pass has a fee.</p><table><tr><th>Pass</th><th>Fee</th><th>Days</th></tr>"
    "<tr><td>Silver</td><td>30 euros</td><td>7</td></tr><tr><td>Gold</td><td>80 euros</td><td>30</td></tr></table>",
    "crew.csv": "Ship,Captain,Home port\nTern,Ada Brandt,Umea\nSula,Bo Falk,Oslo\n",
    "lakes.html": "<h1>Lakes</h1><table><tr><th></th><th>Depth</th><th>Area</th></tr><tr><th>Lake Arn</th><td>40 m</td>"
    "<td>9 km²</td></tr><tr><th>Lake Bol</th><td>75 m</td><td>21 km²</td></tr></table>",
}


@pytest.fixture(scope="module")
def assistant(tmp_path_factory):
    index = index_of(tmp_path_factory.mktemp("tables"), FILES, real=True)
    with open_assistant(index=index) as assistant:
        yield assistant


@pytest.mark.parametrize(
    ("question", "row"),
    [
        ("What pressure does Boost mode have?", "Mode: Boost; Pressure: 4 bar"),
        ("What is the pressure in Night mode?", "Mode: Night; Pressure: 1 bar"),
        ("Which mode has a pressure of 2 bar?", "Mode: Eco; Pressure: 2 bar"),
        ("What torque does the K9 valve need?", "Valve: K9; Torque: 12 Nm"),
        ("How much does the Gold pass cost?", "Pass: Gold; Fee: 80 euros; Days: 30"),
        ("Who is the captain of the Sula?", "Ship: Sula; Captain: Bo Falk"),
        ("What depth does Lake Bol have?", "Lake Bol; Depth: 75 m"),
    ],
)
def test_a_value_is_answered_by_its_row(assistant, question: str, row: str) -> None:
    answer = assistant.answer(question)
    assert [sentence.text for sentence in answer.sentences] == [row], answer.text


@pytest.mark.parametrize("question", ["What is the pressure of Turbo mode?", "What fee does the Bronze pass have?"])
def test_names_of_columns_alone_are_no_answer(assistant, question: str) -> None:
    assert assistant.answer(question).text == REFUSAL


def test_a_question_for_all_is_answered_by_all_rows(assistant) -> None:
    answer = assistant.answer("Which modes does the pump have?")
    rows = [sentence.text for sentence in answer.sentences if sentence.form == "row"]
    assert rows == ["Mode: Eco; Pressure: 2 bar", "Mode: Boost; Pressure: 4 bar", "Mode: Night; Pressure: 1 bar"]
