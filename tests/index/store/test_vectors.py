"""Vector search: nearest first, restricted exactly, the same after reopening, and honest about damage."""

from __future__ import annotations

import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy
import pytest
from doubles import HashEmbeddings

from footnoted.index.errors import IndexDamaged
from footnoted.index.store.vectors import Vectors, breadth

embed = HashEmbeddings(dimensions=32)


@pytest.fixture
def vectors(tmp_path: Path):
    vectors = Vectors(tmp_path / "vectors")
    yield vectors
    vectors.close()


def fill(vectors: Vectors, *texts: str, start: int = 1) -> None:
    numbers = range(start, start + len(texts))
    vectors.add(numbers, [number * 10 for number in numbers], embed.embed_documents(list(texts)))


def test_an_empty_store_finds_nothing(vectors: Vectors) -> None:
    assert vectors.search(embed.embed_query("bees"), 5) == []
    assert (vectors.count(), vectors.ids()) == (0, set())
    vectors.delete([1, 2])
    vectors.probe()


def test_the_nearest_is_first_and_scores_are_cosines(vectors: Vectors) -> None:
    fill(vectors, "bees make honey", "bees", "cats")
    ranked = vectors.search(embed.embed_query("bees"), 5)
    assert [number for number, _ in ranked] == [2, 1, 3]
    assert [score for _, score in ranked] == pytest.approx([1.0, 3**-0.5, 0.0], abs=1e-5)


def test_equal_scores_come_in_the_order_of_ids(vectors: Vectors) -> None:
    fill(vectors, *["the same"] * 20)
    assert [number for number, _ in vectors.search(embed.embed_query("same"), 20)] == list(range(1, 21))


def test_contents_restrict_exactly(vectors: Vectors) -> None:
    fill(vectors, *(f"bees word{number}" for number in range(300)))
    for contents in ([10], [20, 50], [3000], [7], []):
        found = {number for number, _ in vectors.search(embed.embed_query("bees"), 100, contents)}
        assert found == {content // 10 for content in contents if content % 10 == 0}
    many = list(range(10, 3001, 10))
    assert len(vectors.search(embed.embed_query("bees"), 100, many)) == 100


def test_deleted_ids_are_gone(vectors: Vectors) -> None:
    fill(vectors, "bees", "cats", "dogs")
    vectors.delete([2, 99])
    assert vectors.ids() == {1, 3}
    assert [number for number, _ in vectors.search(embed.embed_query("cats"), 5)] == [1, 3]


def test_another_opening_sees_it_after_reopening(vectors: Vectors, tmp_path: Path) -> None:
    other = Vectors(tmp_path / "vectors")
    fill(vectors, "bees", "cats")
    other.reopen()
    assert other.ids() == {1, 2}
    assert other.search(embed.embed_query("cats"), 1)[0][0] == 2
    other.close()
    assert vectors.search(embed.embed_query("cats"), 1)[0][0] == 2, "closing one left the other closed"


def test_a_closed_store_says_so(tmp_path: Path) -> None:
    vectors = Vectors(tmp_path / "vectors")
    vectors.close()
    vectors.close()
    with pytest.raises(IndexDamaged, match="was closed"):
        vectors.search(embed.embed_query("bees"), 1)


@pytest.mark.parametrize("damage", ["junk", "cut"])
def test_a_damaged_graph_is_found_by_the_probe(tmp_path: Path, damage: str) -> None:
    vectors = Vectors(tmp_path / "vectors")
    fill(vectors, *(f"text number{number}" for number in range(1100)))  # 1000 is when Chroma writes its graph
    vectors.close()
    files = [path for path in (tmp_path / "vectors").glob("*/*") if path.stat().st_size]
    assert files
    for file in files:
        data = file.read_bytes()
        file.write_bytes(b"junk" * 50 if damage == "junk" else data[: len(data) // 2])
    with pytest.raises(IndexDamaged, match="The vector index in .* cannot be used"):
        Vectors(tmp_path / "vectors").probe()
    Vectors.destroy(tmp_path / "vectors")
    vectors = Vectors(tmp_path / "vectors")
    fill(vectors, "bees")
    assert vectors.ids() == {1}
    vectors.close()


def latent(number: int, seed: int) -> numpy.ndarray:
    """Vectors of length 1 that vary in 48 directions and a little in all, as in tests/benchmarks/vectors.py."""
    random, spread = numpy.random.default_rng(seed), numpy.random.default_rng(0).standard_normal((48, 384))
    rows = random.standard_normal((number, 48)) @ spread + 0.7 * random.standard_normal((number, 384))
    return rows / numpy.linalg.norm(rows, axis=1, keepdims=True)


def nearest(rows: numpy.ndarray, vector: numpy.ndarray) -> set[int]:
    return set((numpy.argsort(-(rows @ vector))[:10] + 1).tolist())


def test_the_nearest_ten_are_those_of_an_exact_search(vectors: Vectors) -> None:
    rows, asked = latent(3000, 1), latent(50, 2)
    vectors.add(range(1, 3001), range(1, 3001), rows.tolist())
    found = [{number for number, _ in vectors.search(vector.tolist(), 100)[:10]} for vector in asked]
    hits = sum(len(nearest(rows, vector) & ids) for vector, ids in zip(asked, found, strict=True))
    assert hits >= 0.99 * 10 * len(asked)


def test_threads_find_at_once_what_one_finds_alone(vectors: Vectors) -> None:
    vectors.add(range(1, 1501), range(1, 1501), latent(1500, 1).tolist())
    asked = latent(40, 2).tolist()
    alone = [vectors.search(vector, 20) for vector in asked]
    with ThreadPoolExecutor(16) as threads:
        for _ in range(3):
            assert list(threads.map(lambda vector: vectors.search(vector, 20), asked)) == alone


def kept_candidates(vectors: Vectors) -> int:
    return vectors._collection.configuration_json["hnsw"]["ef_search"]


def test_larger_stores_are_searched_more_broadly() -> None:
    assert breadth(0) == breadth(100_000) < breadth(1_000_000)


def test_a_store_made_with_a_narrower_search_is_widened_by_the_next_add(tmp_path: Path) -> None:
    vectors = Vectors(tmp_path / "vectors")
    fill(vectors, "bees", "cats")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        vectors._collection.modify(configuration={"hnsw": {"ef_search": 20}})
    vectors.close()
    vectors = Vectors(tmp_path / "vectors")
    assert kept_candidates(vectors) == 20, "opening writes nothing: another process may be writing"
    assert vectors.search(embed.embed_query("cats"), 5)[0][0] == 2
    fill(vectors, "dogs", start=3)
    assert kept_candidates(vectors) == breadth(3)
    assert [number for number, _ in vectors.search(embed.embed_query("dogs"), 1)] == [3]
    vectors.close()
    vectors = Vectors(tmp_path / "vectors")
    assert (kept_candidates(vectors), vectors.ids()) == (breadth(3), {1, 2, 3})
    vectors.close()
