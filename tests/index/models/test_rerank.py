"""The cross-encoder: relevant above irrelevant, and a pair's score is its own."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from footnoted.index.errors import ModelUnavailable
from footnoted.index.models.rerank import BundledReranker, open_reranker

QUESTION = "What do bees produce?"
TEXTS = ["Bees make honey from nectar.", "The parliament met on Tuesday.", "Honey is sweet."]


@pytest.fixture(scope="module")
def reranker() -> BundledReranker:
    return BundledReranker()


def test_an_answer_scores_above_zero_and_anything_else_below(reranker: BundledReranker) -> None:
    answer, other, near = reranker.scores(QUESTION, TEXTS)
    assert answer > 0 > other
    assert answer > near


def test_a_pair_has_one_score_whatever_it_is_scored_with(reranker: BundledReranker) -> None:
    alone = [reranker.scores(QUESTION, [text])[0] for text in TEXTS]
    assert reranker.scores(QUESTION, TEXTS) == alone
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda _: reranker.scores(QUESTION, TEXTS), range(6))) == [alone] * 6


def test_many_pairs_at_once_keep_their_order(reranker: BundledReranker) -> None:
    texts = [TEXTS[number % 3] + f" Number {number}." * (number % 4) for number in range(14)]
    assert reranker.scores(QUESTION, texts) == [reranker.scores(QUESTION, [text])[0] for text in texts]


@pytest.mark.parametrize("text", ["", "x" * 5000, "word " * 3000, "\x00 😀 é", "日本語"])
def test_any_text_can_be_scored(reranker: BundledReranker, text: str) -> None:
    assert len(reranker.scores(QUESTION, [text])) == 1
    assert len(reranker.scores(text, [QUESTION])) == 1


def test_no_texts_no_scores(reranker: BundledReranker) -> None:
    assert reranker.scores(QUESTION, []) == []


def test_rerankers_by_name() -> None:
    assert open_reranker("off") is None
    assert isinstance(open_reranker(), BundledReranker)
    assert isinstance(open_reranker("bundled"), BundledReranker)
    with pytest.raises(ModelUnavailable, match="reranker '/no/such/folder' could not be loaded"):
        open_reranker("/no/such/folder").scores("x", ["y"])
