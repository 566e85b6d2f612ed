"""The same text once, adjacent passages as one, and no document before all others: by hand, and over whole indexes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest
from doubles import open_double
from hypothesis import given, settings
from hypothesis import strategies as st

from footnoted.index.search.neighbours import JOINED_CHARACTERS, Group, copies_in, joined, spread

LONG = (
    "The tenant of the upper floor keeps the stairs clean in even weeks and the landlord in odd weeks. Bicycles stand "
    "in the yard, prams below the stairs. Whoever loses a key tells the caretaker, who has the lock changed and sends "
    "the bill to the tenant. Music is played quietly after ten in the evening, and the washing room is open from seven "
    "until nine. Pets are welcome as long as nobody complains about them in writing to the caretaker of the house."
)


@dataclass(frozen=True)
class Stored:
    content_id: int
    start: int
    end: int
    heading: str = ""
    text: str = ""
    page: int | None = None
    location: str = ""


def distinct(order, texts):
    """``order`` without its copies."""
    copies = copies_in(order, texts)
    return [number for number in order if number not in copies]


def row(content: int, number: int, **other) -> Stored:
    return Stored(content, number * 100, number * 100 + 99, **other)


# Near-duplicates --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "copy",
    [
        LONG,
        LONG.upper(),
        LONG.replace(" ", "  \n"),
        LONG.replace("quietly", "softly"),
        LONG + " Print this page",
        "Home\n\n" + LONG,
    ],
    ids=["the same", "capitals", "spaces", "another word", "a line below", "a line above"],
)
def test_a_copy_is_left_out(copy: str) -> None:
    assert distinct([2, 1], {1: LONG, 2: copy}) == [2]


@pytest.mark.parametrize(
    "other",
    [
        LONG.replace("ten in", "11 in"),
        LONG + " In 2024.",
        LONG.replace("Pets are welcome", "Pets are not welcome"),
        LONG.replace("Bicycles", "Canoes"),
        LONG[: len(LONG) // 2],
        "Something else altogether.",
    ],
    ids=["a number", "a year", "a not", "a name", "half of it", "another text"],
)
def test_another_statement_is_kept(other: str) -> None:
    assert distinct([1, 2], {1: LONG, 2: other}) == [1, 2]


def test_texts_that_differ_in_a_number_are_all_kept() -> None:
    texts = {number: f"The price of item{number} is {number} euros. " + LONG for number in range(20)}
    assert distinct(list(texts), texts) == list(texts)


@settings(deadline=None)
@given(st.lists(st.sampled_from(["", "a", "one two three", "one two three four", LONG, LONG + " x"]), max_size=12))
def test_what_is_kept_is_in_order_and_of_each_text_one(texts: list[str]) -> None:
    kept = distinct(range(len(texts)), dict(enumerate(texts)))
    assert kept == sorted(kept)
    assert len({texts[number] for number in kept}) == len(kept)
    assert not texts or kept[0] == 0


# Neighbours -------------------------------------------------------------------------------------------------------


def test_good_neighbours_are_one() -> None:
    stored = {number: row(1, number) for number in (1, 2, 3, 4)} | {9: row(2, 1)}
    scores = {2: 0.9, 9: 0.8, 1: 0.7, 3: 0.6, 4: 0.3}
    assert joined([2, 9, 1, 3, 4], stored, scores, 5) == [Group((1, 2, 3), 2), Group((9,), 9), Group((4,), 4)]


def test_a_gap_is_filled_by_what_comes_later() -> None:
    stored = {number: row(1, number) for number in (1, 2, 3)}
    assert joined([3, 1, 2], stored, {3: 0.9, 1: 0.8, 2: 0.7}, 5) == [Group((1, 2, 3), 3)]
    assert joined([3, 1], stored, {3: 0.9, 1: 0.8}, 5) == [Group((3,), 3), Group((1,), 1)]


@pytest.mark.parametrize(
    "second",
    [
        row(2, 2), row(1, 2, heading="Other"), row(1, 2, page=2), row(1, 2, location="sheet B"),
        Stored(1, 200, 100 + JOINED_CHARACTERS + 1),
    ],
    ids=["another text", "another heading", "another page", "another sheet", "too long"],
)  # fmt: skip
def test_others_stay_apart(second: Stored) -> None:
    assert joined([1, 2], {1: row(1, 1), 2: second}, {1: 0.9, 2: 0.8}, 5) == [Group((1,), 1), Group((2,), 2)]


def test_no_more_results_than_asked_for_and_joined_ones_make_room() -> None:
    stored = {1: row(1, 1), 2: row(1, 2), 5: row(2, 1), 7: row(3, 1)}
    scores = {1: 0.9, 5: 0.8, 2: 0.7, 7: 0.6}
    assert joined([1, 5, 2, 7], stored, scores, 2) == [Group((1, 2), 1), Group((5,), 5)]
    assert joined([1, 5, 2, 7], stored, scores, 3) == [Group((1, 2), 1), Group((5,), 5), Group((7,), 7)]


# One long document ------------------------------------------------------------------------------------------------


def ranking(*scores: float) -> tuple[list[Group], dict[int, float]]:
    return [Group((number,), number) for number in range(len(scores))], dict(enumerate(scores))


def best(groups: list[Group]) -> list[int]:
    return [group.best for group in groups]


def test_others_that_are_about_as_good_get_half_of_the_places() -> None:
    groups, scores = ranking(0.9, 0.9, 0.9, 0.88, 0.87, 0.86, 0.2)
    documents = {0: 1, 1: 1, 2: 1, 3: 1, 4: 2, 5: 3, 6: 4}
    assert best(spread(groups, documents, scores, 4)) == [0, 1, 4, 5]


def test_where_one_document_holds_everything_it_has_all_places() -> None:
    groups, scores = ranking(0.9, 0.9, 0.9, 0.88, 0.3, 0.2)
    assert best(spread(groups, {0: 1, 1: 1, 2: 1, 3: 1, 4: 2, 5: 3}, scores, 4)) == [0, 1, 2, 3]


def test_the_best_stays_the_best() -> None:
    groups, scores = ranking(0.9, 0.89)
    assert best(spread(groups, {0: 1, 1: 1}, scores, 1)) == [0]
    assert best(spread(groups, {0: 1, 1: 2}, scores, 1)) == [0]


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1), st.integers(0, 3)), max_size=14), st.integers(1, 6))
def test_spreading_keeps_the_number_the_first_and_the_order(given_: list[tuple[float, int]], k: int) -> None:
    rows = sorted(given_, reverse=True)
    groups, scores = ranking(*(score for score, _ in rows))
    shown = spread(groups, {number: document for number, (_, document) in enumerate(rows)}, scores, k)
    assert len(shown) == len(set(shown)) == min(k, len(rows))
    assert [scores[group.best] for group in shown] == sorted((scores[group.best] for group in shown), reverse=True)
    assert not rows or scores[shown[0].best] == rows[0][0]


# In an index ------------------------------------------------------------------------------------------------------


def test_a_joined_passage_reads_back_and_says_what_it_is_made_of(tmp_path: Path) -> None:
    sentence = "The walrus of number {} sleeps on the ice among many other walruses of the same family and age."
    (tmp_path / "walrus.txt").write_text("\n\n".join(sentence.format(n) for n in range(40)))
    (tmp_path / "other.txt").write_text("A walrus sleeps on the ice.")
    with open_double(tmp_path / "home") as index:
        index.add([tmp_path / "walrus.txt", tmp_path / "other.txt"])
        pieces = len(index.catalog.all_passage_ids()) - 1
        assert pieces > 2
        passages = index.retrieve("walrus sleeps on the ice", 10)
        long = next(passage for passage in passages if passage.document_id == "walrus.txt")
        assert len(long.why.joined) > 1
        assert long.id in long.why.joined
        assert index.text_of(long.source)[long.start : long.end] == long.text
        assert len(long.text) <= JOINED_CHARACTERS
        alone = next(passage for passage in passages if passage.document_id == "other.txt")
        assert alone.why.joined == ()
        assert json.loads(json.dumps(long.to_dict()))["why"]["joined"] == list(long.why.joined)


def test_versions_of_a_text_do_not_fill_the_list(tmp_path: Path) -> None:
    for number in range(6):
        (tmp_path / f"copy{number}.txt").write_text(LONG + " Print this page" * (number % 2) + " " * number)
    (tmp_path / "fees.txt").write_text("The caretaker takes no fee for a key that was lost and found again.")
    with open_double(tmp_path / "home") as index:
        index.add([path for path in tmp_path.iterdir() if path.suffix == ".txt"])
        passages = index.retrieve("Who tells the caretaker about a key?", 5)
    assert len(passages) == 2
    assert {passage.document_id for passage in passages} >= {"fees.txt"}


def test_a_long_document_leaves_room_for_the_others(tmp_path: Path) -> None:
    chapters = [f"# Chapter {n}\n\nfrogs live in ponds of the valley number {n}." for n in range(12)]
    (tmp_path / "book.md").write_text("\n\n".join(chapters))
    for name in ("letter", "memo", "note"):
        (tmp_path / f"{name}.txt").write_text(f"frogs live in ponds, says this {name}.")
    with open_double(tmp_path / "home") as index:
        index.add([path for path in tmp_path.iterdir() if path.suffix in {".md", ".txt"}])
        passages = index.retrieve("frogs live in ponds", 5)
        only = index.retrieve("frogs live in ponds", 5, sources=[str(tmp_path / "book.md")])
    shown = [passage.document_id for passage in passages]
    assert shown.count("book.md") <= 3
    assert len(set(shown)) >= 3
    assert len(only) == 5


def test_one_copy_of_another_document_stands_behind_the_first_five(tmp_path: Path) -> None:
    for number in range(4):
        (tmp_path / f"copy{number}.txt").write_text(LONG + " Print this page" * (number % 2) + " " * number)
    for number in range(7):
        (tmp_path / f"key{number}.txt").write_text(f"Key number {number} of the caretaker opens room {number}.")
    with open_double(tmp_path / "home") as index:
        index.add([path for path in tmp_path.iterdir() if path.suffix == ".txt"])
        ten = index.retrieve("Who tells the caretaker about a key?", 10)
        five = index.retrieve("Who tells the caretaker about a key?", 5)
    assert [passage.id for passage in ten[:5]] == [passage.id for passage in five]
    assert [passage.document_id.startswith("copy") for passage in ten].count(True) == 2
    assert [passage.document_id.startswith("copy") for passage in five].count(True) == 1
    assert ten[5].document_id.startswith("copy")
    scores = [passage.score for passage in ten]
    assert scores == sorted(scores, reverse=True)
    assert len({passage.id for passage in ten}) == len(ten) == 9
