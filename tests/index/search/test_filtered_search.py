"""Search in a part of the index is exact, however many texts are chosen and whichever way is taken."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from doubles import open_double

from footnoted.index import Filter, Index
from footnoted.index.search import filtered_search
from footnoted.index.search.filtered_search import matching_within, nearest_within
from footnoted.index.search.retrieve import Retriever

WORDS = [f"word{number}" for number in range(60)]


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory):
    folder, dice = tmp_path_factory.mktemp("narrow"), random.Random(5)
    records = [
        {"id": str(number), "text": " ".join(dice.choices(WORDS, k=12)), "tenth": number % 10} for number in range(500)
    ]
    (folder / "corpus.jsonl").write_text("\n".join(map(json.dumps, records)))
    with open_double(folder / "home") as index:
        index.add(folder / "corpus.jsonl")
        yield index


def everything(index: Index, question: str, contents: set[int], stage: str) -> list[tuple[int, float]]:
    """The whole ranking of a stage, of which those of the chosen texts are picked."""
    every = getattr(Retriever(index.live, index.reranker), stage)(question, 1000)
    inside = {number for content in contents for number in index.catalog.passage_ids(content)}
    return [(number, score) for number, score in every if number in inside]


@pytest.mark.parametrize("limits", [(3000, 20_000, 5000), (0, 20_000, 10), (0, 0, 7)], ids=["few", "picked", "parts"])
@pytest.mark.parametrize("share", [0.01, 0.1, 0.5, 0.9, 1.0])
@pytest.mark.parametrize("stage", ["dense", "keyword"])
def test_every_way_finds_the_best_of_the_chosen(index: Index, monkeypatch, limits, share: float, stage: str) -> None:
    for name, value in zip(("COMPARED", "LONGEST", "PART"), limits, strict=True):
        monkeypatch.setattr(filtered_search, name, value)
    contents = sorted(random.Random(share).sample(range(1, 501), int(500 * share)))
    found = getattr(Retriever(index.live, index.reranker), stage)("word1 word2 word3", 20, contents)
    wanted = everything(index, "word1 word2 word3", set(contents), stage)[:20]
    assert [score for _, score in found] == pytest.approx([score for _, score in wanted], abs=1e-5)
    assert {number for number, _ in found} <= set(index.catalog.all_passage_ids())
    held = {row[0]: row[1] for row in index.catalog.read("SELECT id, content_id FROM passages")}
    assert {held[number] for number, _ in found} <= set(contents)


def test_texts_that_are_all_far_away_are_found_too(index: Index, monkeypatch) -> None:
    monkeypatch.setattr(filtered_search, "COMPARED", 0)
    monkeypatch.setattr(filtered_search, "LONGEST", 60)  # the list of everything ends before the first of them
    far = sorted(content for content, _ in _by_distance(index)[-30:])
    found = Retriever(index.live, index.reranker).dense("word1", 10, far)
    assert len(found) == 10


def _by_distance(index: Index) -> list[tuple[int, float]]:
    held = {row[0]: row[1] for row in index.catalog.read("SELECT id, content_id FROM passages")}
    return [(held[number], score) for number, score in Retriever(index.live, index.reranker).dense("word1", 1000)]


def test_nothing_chosen_nothing_found(index: Index) -> None:
    vector = index.embeddings.embed_query("word1")
    assert nearest_within(index.vectors, index.catalog, vector, 5, []) == []
    assert (
        matching_within(lambda most, contents: index.keywords.search("word1", most, contents), index.catalog, 5, [])
        == []
    )


def test_more_texts_than_an_engine_takes_are_no_damage(tmp_path: Path) -> None:
    (tmp_path / "one.txt").write_text("one frog")
    with open_double(tmp_path / "home") as index:
        index.add(tmp_path / "one.txt")
        stores = index.vectors
        found = Retriever(index.live, index.reranker).dense("frog", 5, list(range(1, 60_000)))
        assert [number for number, _ in found] == [1]
        assert [
            number for number, _ in Retriever(index.live, index.reranker).keyword("frog", 5, list(range(1, 60_000)))
        ] == [1]
        assert index.vectors is stores, "nothing was made anew"


def test_a_filter_of_nine_in_ten_shows_only_those(index: Index) -> None:
    chosen = Filter(metadata={"tenth": list(range(9))})
    shown = {passage.document_id for passage in index.retrieve("word1 word2", 40, filter=chosen)}
    assert len(shown) == 40
    assert not {number for number in shown if int(number) % 10 == 9}
