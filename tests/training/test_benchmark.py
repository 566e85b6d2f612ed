"""The benchmark of readers: none is measured on an article that it saw, and its passages are the right ones."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from places import REPOSITORY

from footnoted.index.models.reading import Reading
from training.data.sources import Split, fold_of


@pytest.fixture(scope="module")
def benchmark():
    sys.path.insert(0, str(REPOSITORY / "tests" / "benchmarks"))
    try:
        import reader
    finally:
        sys.path.pop(0)
    return reader


class Remembering:
    """A reader that remembers which counties it read about."""

    identity = "remembering"

    def __init__(self) -> None:
        self.read_about: set[str] = set()

    def read(self, question, passages, *, claim=False):
        self.read_about |= {passage.split("county ")[1].split(" ")[0] for passage in passages}
        return [Reading(0.0, 0.5, (0, 4), 1.0, ((0, 4),), (0.0,)) for _ in passages]


def test_each_article_is_read_by_the_run_that_never_saw_it(benchmark, data: Path) -> None:
    readers = [Remembering(), Remembering(), Remembering()]
    runs = benchmark.Readers([(one, Split(("squad2_dev_six",), fold, 3)) for fold, one in enumerate(readers)])
    rows = runs.unseen("squad2_dev_nineteen", 0, data)
    assert len(rows) == 36
    for fold, one in enumerate(readers):
        assert one.read_about == {str(n) for n in range(6) if fold_of(f"nineteen/County {n}", 3) == fold}
    runs.unseen("squad2_dev_six", 0, data)
    assert len(readers[0].read_about) == 6, "all runs held it out: the first one reads it"
    assert runs.knows("squad2") is False
    assert benchmark.Readers([(readers[0], Split((), None))]).knows("squad2")
    assert benchmark.Readers([(readers[0], Split((), None))]).unseen("squad2_dev_six", 0, data) == []


def test_pages_are_read_in_parts_of_whole_lines(benchmark) -> None:
    lines = [f"Line {number} " + "x" * 300 for number in range(7)]
    parts = benchmark.parts_of({"evidence": lines})
    assert len(parts) == 6 and all(any(line in part for part in parts) for line in lines)
    assert benchmark.parts_of({"evidence": ["y" * 2000]}) == ["y" * 2000]


def test_answers_are_whole_words(benchmark) -> None:
    assert benchmark.occurrences("In 1820 they built 18 mills.", ["18", "Mills", "82"]) == ((19, 21), (22, 27))
