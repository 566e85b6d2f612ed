"""The model of follow-up questions: what its examples teach, what is kept from it, and that it comes out the same."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tiny_reader import written_lines

from training.__main__ import main
from training.data.followups import NATURAL, Example, examples, for_training
from training.followups import fitted, is_held_out, judged, known_words, make

PLACES = ("Ostheim", "Rabenau", "Lindfurt", "Talbrück", "Weilers", "Kronach", "Seeburg", "Almstadt")


def lines() -> list[dict]:
    """Talks about towns in the form of the real ones: "it" lacks the town, a question that names its town does not."""
    found = []
    for number in range(48):
        town = f"{PLACES[number % 8]} {PLACES[number // 8]}"
        name = "canard-dev" if number % 2 else "cast-2019"
        first = {"role": "user", "content": f"When was the castle of {town} built by the monks?"}
        history = [first, {"role": "assistant", "content": "It was built in 1320."}] if number % 2 else [first]
        common = {
            "set": name, "history": history, "topic_switch": None, "rewrite_covered": True, "group": town,
            "constructed": False,
        }  # fmt: skip
        found.append(
            common | {"id": f"{number}#1", "question": "How tall is it?", "needs_history": True,
                      "standalone": f"How tall is the castle of {town}?"}
        )  # fmt: skip
        other = f"Who owns the inn of {PLACES[(number + 3) % 8]}?"
        found.append(
            common | {"id": f"{number}#2", "question": other, "standalone": other, "needs_history": False}
        )  # fmt: skip
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("followups")
    written_lines(made, "followups", lines())
    for name in NATURAL:
        asked = [
            {
                "question": f"who painted the {noun} of {name}", "title": noun.title(), "group": noun,
                "answers": [f"Anna {noun.title()}"], "evidence": [[0, 30]],
                "passage": f"Anna {noun.title()} painted it, they say.",
            }
            for noun in ("ceiling", "portrait", "gate", "window")
        ]  # fmt: skip
        written_lines(made, name, asked)
    return made


def test_the_words_that_a_rewrite_adds_are_lacking(folder: Path) -> None:
    first = next(one for one in examples(folder) if one.kind == "human")
    assert first.text == "How tall is it?"
    assert first.lacking == {"castl", "ostheim"}
    assert {one.kind for one in examples(folder)} >= {"human", "switch", "exchange"}


def test_a_switch_comes_from_another_topic_and_lacks_nothing(folder: Path) -> None:
    switches = [one for one in examples(folder) if one.kind == "switch"]
    assert switches
    assert all(len(set(one.groups)) > 1 and not one.needs for one in switches)


def test_an_exchange_lacks_all_but_the_part_that_it_exchanges(folder: Path) -> None:
    made = [one for one in examples(folder) if one.kind == "exchange"]
    assert made
    for one in made:
        last = {token.stem for token in one.talk[-1].whole if token.content}
        assert one.lacking < last


def test_a_seed_gives_the_same_examples_and_weights(folder: Path) -> None:
    assert examples(folder, seed=3) == examples(folder, seed=3)
    chosen = examples(folder)
    assert for_training(chosen) == for_training(chosen)
    assert fitted(chosen) == fitted(chosen)


def test_words_of_a_topic_are_not_known(folder: Path) -> None:
    known = known_words(examples(folder))
    assert {"how", "is", "it", "the"} <= known
    assert not known & {"ostheim", "castle", "ceiling"}


def test_what_is_taught_holds_for_a_topic_never_seen(folder: Path) -> None:
    chosen = examples(folder)
    held: list[Example] = [one for one in chosen if one.kind == "human" and any("Kronach" in g for g in one.groups)]
    weights = fitted([one for one in chosen if not any("Kronach" in group for group in one.groups)])
    rows = judged(weights, held)
    assert min(row.needs for row in rows if row.example.needs) > max(
        row.needs for row in rows if not row.example.needs
    )  # fmt: skip
    for row in (row for row in rows if row.example.needs):
        best = sorted(row.words, key=lambda pair: -pair[1])[: len(row.example.lacking)]
        assert {word for word, _ in best} == row.example.lacking


def test_topics_kept_for_the_benchmark_are_not_taught(folder: Path, tmp_path: Path) -> None:
    said: list[str] = []
    make(folder, tmp_path / "all.json", figures=False, held_out=0.0, say=said.append)
    make(folder, tmp_path / "some.json", figures=False, held_out=0.3, say=said.append)
    every, some = (json.loads((tmp_path / f"{name}.json").read_text()) for name in ("all", "some"))
    groups = [one.groups for one in examples(folder)]
    taught = sum(not any(is_held_out(group, 0.3) for group in own) for own in groups)
    assert every["made"].split("; ")[1] == f"{len(groups)} examples"
    assert some["made"].split("; ")[1] == f"{taught} examples"
    assert 0 < taught < len(groups)


def test_the_command_writes_weights_and_figures_by_set(folder: Path, tmp_path: Path, capsys) -> None:
    assert main(["followups", "--data", str(folder), "--out", str(tmp_path / "new.json")]) == 0
    said = capsys.readouterr().out
    assert "CANARD: human, needs it" in said
    assert "CAsT: switch" in said
    assert set(json.loads((tmp_path / "new.json").read_text())) >= {"known", "needs", "lacks", "alone_below"}


def test_data_that_is_missing_is_said_in_one_sentence(tmp_path: Path, capsys) -> None:
    assert main(["followups", "--data", str(tmp_path), "--out", str(tmp_path / "new.json"), "--no-figures"]) == 1
    said = capsys.readouterr().err
    assert "followups.jsonl.xz cannot be read" in said
    assert "--data" in said
