"""A question for steps, members or an explanation is answered by the part of a document that holds them, whole."""

from __future__ import annotations

import pytest
from small_indexes import index_of

from footnoted.assistant.chain import open_assistant

GUIDE = """# The coffee machine

A machine for the office kitchen.

## Descaling

Do it every three months. You need:

- a bottle of descaler
- a bowl of two litres
  - not of glass

Then:

1. Fill the tank with descaler. Wait.
2. Press the **clean** button.
3. Rinse it twice.

## Errors

| Code | Meaning | What to do |
|---|---|---|
| E1 | No water | Fill the tank |
| E2 | Too hot | Wait for ten minutes |

## Settings

```sh
coffee set --strength 3
coffee save
```

### Strength

From one to five.

### Heat

From warm to hot.

### Milk

With or without.
"""


@pytest.fixture(scope="module")
def assistant(tmp_path_factory):
    index = index_of(
        tmp_path_factory.mktemp("blocks"), {"guide.md": GUIDE, "other.txt": "The lift is broken."}, real=True
    )
    with open_assistant(index=index) as assistant:
        yield assistant


def forms(answer) -> list[tuple[str, int]]:
    return [(block.form, len(block.sentences)) for block in answer.blocks]


def texts(answer, form: str) -> list[str]:
    return [sentence.text for sentence in answer.sentences if sentence.form == form]


def holds(answer, assistant) -> None:
    for note in answer.citations:
        assert assistant.index.text_of(note.source)[note.start : note.end] == note.quote
    assert {number for one in answer.sentences for number in one.citations} == {one.number for one in answer.citations}
    assert not any(raw in answer.text for raw in ("**", "##", "|", "```", "- [", "](")), answer.text


def test_a_procedure_is_all_of_its_steps(assistant) -> None:
    answer = assistant.answer("How do I descale the coffee machine?")
    holds(answer, assistant)
    steps = [one for one in answer.sentences if one.form == "item" and one.mark[0].isdigit()]
    assert [one.mark for one in steps] == ["1.", "2.", "3."]
    assert "Press the clean button." in texts(answer, "item")
    assert len({one.citations for one in answer.sentences}) == 1, "one footnote for the list and what announces it"
    assert answer.text.count("[1]") == 1


def test_a_list_is_all_of_its_items_under_what_announces_it(assistant) -> None:
    answer = assistant.answer("What things are needed for descaling?")
    holds(answer, assistant)
    assert {"a bottle of descaler", "a bowl of two litres", "not of glass"} <= set(texts(answer, "item"))
    assert [one.depth for one in answer.sentences if one.text == "not of glass"] == [2]


def test_of_a_table_a_fact_needs_one_row_with_the_names_of_its_columns(assistant) -> None:
    answer = assistant.answer("What is the meaning of code E2?")
    holds(answer, assistant)
    assert any("Meaning: Too hot" in one.text for one in answer.sentences), answer.text
    assert not any("E1" in one.text for one in answer.sentences)


def test_a_fact_stays_a_sentence(assistant) -> None:
    answer = assistant.answer("How often must the coffee machine be descaled?")
    holds(answer, assistant)
    assert texts(answer, "sentence")[0] == "Do it every three months."
    assert not texts(answer, "item")
