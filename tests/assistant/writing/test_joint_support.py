"""Sentences that several spans support together; and those put together of spans that do not say so."""

import pytest
from small_indexes import passage

from footnoted.assistant.quoting.evidence import candidates
from footnoted.assistant.writing.verify import best_support
from footnoted.index.models.rerank import open_reranker

MILL = "The mill of Kell was built by Anna Brandt. The mill burnt down in 1950."
# (sentence, text)
FALSE = [
    ("The mill of Kell was built by Anna Brandt in 1950.", MILL),
    ("Anna Brandt was born in 1871.", "Anna Brandt founded the school. Carl Vogt was born in 1871."),
    ("The museum opened in 1998 and has 40 rooms.", "The museum opened in 1998. The hotel has 40 rooms."),
    ("The bridge is 90 m long.", "The bridge is 40 m long. The tunnel is 90 m long."),
    ("The bridge of Kell is 90 m long.", "The bridge of Kell is red. The tunnel is 90 m long."),
    ("The mill burnt down in 1951.", "The mill burnt down in 1950. The museum opened in 1951."),
    ("The mill burnt down in 1951.", "The mill burnt down in 1950. The mill was sold in 1951."),
    ("Anna Brandt closed the school in 1871.", "Anna Brandt founded the school in 1871. Carl Vogt closed the inn."),
    ("Carl Vogt built the mill of Kell.", "Anna Brandt built the mill of Kell. Carl Vogt painted it."),
    ("Norvik bought Holm for 3 million euros.", "Norvik bought Holm in 2004. Ulm paid 3 million euros for Kell."),
    ("The plan was not approved in 2004.", "The plan was approved. It was drawn in 2004."),
    ("Dana Cole won the prize in 1990.", "Dana Cole won the prize. Her brother died in 1990."),
    ("Dana Cole directed the film in 1990.", "Dana Cole wrote the film. Erik Holm directed a play in 1990."),
]  # fmt: skip
TRUE = [
    ("The mill of Kell was built by Anna Brandt and burnt down in 1950.", MILL),
    (
        "The bridge of Kell crosses the Alb and was opened in 1912 by Carl Vogt.",
        "The bridge of Kell crosses the river Alb. It was opened on 3 May 1912. Carl Vogt opened it.",
    ),
    (
        "Dana Cole, born in Ulm in 1920, wrote the novel “The Weir”.",
        "Dana Cole was born in Ulm in 1920. She is a teacher. In Kell she wrote the novel “The Weir”.",
    ),
    (
        "The aid was suspended in 2018 and resumed in 2019.",
        "The aid was suspended in 2018. In 2019 the aid was resumed by the council.",
    ),
    (
        "The museum opened in 1998, has 40 rooms and is closed on Mondays.",
        "The museum opened in 1998. The museum has 40 rooms. The museum is closed on Mondays.",
    ),
]


@pytest.mark.parametrize(("sentence", "text"), FALSE)
def test_a_claim_put_together_of_two_sentences_that_do_not_say_so_is_not_supported(support, sentence, text):
    assert not support(sentence, text).holds


@pytest.mark.parametrize(("sentence", "text"), TRUE)
def test_what_two_sentences_say_together_is_supported_by_both(support, sentence, text):
    found = support(sentence, text)
    assert found.holds and found.further
    assert len({span.start for span in (found.candidate, *found.further)}) == 1 + len(found.further)


def test_spans_of_two_documents_do_not_support_together():
    one, other = (passage(text, number=number) for number, text in enumerate(MILL.split(". "), start=1))
    spans = [*candidates(one), *candidates(other)]
    assert not best_support(
        "The mill of Kell was built by Anna Brandt and burnt down in 1950.", spans, open_reranker()
    ).holds
