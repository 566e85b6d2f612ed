"""Does a passage support a sentence? Stable properties: the right span, more for more of it, none for nothing."""

import pytest
from small_indexes import passage

from footnoted.assistant.quoting.evidence import candidates
from footnoted.assistant.writing.verify import best_support, coverage, support_score
from footnoted.index.models.rerank import open_reranker

BRIDGE = passage("The bridge of Kell crosses the river Alb. It was opened on 3 May 1912. Its colour is red.", number=1)
MILL = passage("The mill of Kell was built by Anna Brandt. The mill burnt down in 1950.", number=2)
SPANS = [*candidates(BRIDGE), *candidates(MILL)]


@pytest.fixture(scope="module")
def scorer():
    return open_reranker()


@pytest.mark.parametrize(
    ("sentence", "quote"),
    [
        ("The mill of Kell was built by Anna Brandt.", "The mill of Kell was built by Anna Brandt."),
        ("Anna Brandt built the mill of Kell.", "The mill of Kell was built by Anna Brandt."),
        ("The bridge was opened on May 3, 1912.", "It was opened on 3 May 1912."),
        ("The mill burnt down in 1950.", "The mill burnt down in 1950."),
    ],
)
def test_a_true_sentence_is_supported_by_its_span(scorer, sentence, quote):
    support = best_support(sentence, SPANS, scorer)
    assert support.candidate.text == quote
    assert support.holds


@pytest.mark.parametrize(
    "sentence",
    [
        "The mill burnt down in 1951.",
        "The mill of Kell was not built by Anna Brandt.",
        "The mill of Kell was built by Carl Vogt.",
        "Napoleon crossed the Alps with forty thousand men.",
        "Bananas are rich in potassium.",
    ],
)
def test_a_false_number_a_false_name_and_another_topic_are_not_supported(scorer, sentence):
    assert not best_support(sentence, SPANS, scorer).holds


def test_without_spans_there_is_no_support(scorer):
    assert best_support("Anything.", [], scorer) is None


def test_of_two_equal_spans_the_one_in_the_marked_passage_wins(scorer):
    copies = [passage("The mill burnt down in 1950.", number=number) for number in (1, 2)]
    spans = [span for copy in copies for span in candidates(copy)]
    for copy in copies:
        support = best_support("The mill burnt down in 1950.", spans, scorer, frozenset({copy.id}))
        assert support.candidate.passage.id == copy.id


def test_coverage_counts_words_in_any_inflection():
    assert coverage("The mills burned", "a mill burning") == 1.0
    assert coverage("The mill burned", "a bridge") == 0.0


def test_more_support_never_scores_less():
    assert support_score(9, 1, 0) > support_score(0, 1, 0) > support_score(0, 0.5, 0) > support_score(0, 0.5, 1)
    assert all(0 <= support_score(logit, 0.5, 0) <= 1 for logit in (-1e9, 0, 1e9))
