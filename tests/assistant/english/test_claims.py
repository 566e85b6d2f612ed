"""A sentence that has all words of a span and claims something else: roles swapped, denied, another deed."""

import pytest

# (sentence, span)
FALSE = [
    ("The mill was built in 1950.", "The mill burnt down in 1950."),
    ("The tower was painted in 1900.", "The tower was demolished in 1900."),
    ("The river flooded the mill in 1950.", "The river powered the mill in 1950."),
    ("Saeed was acquitted in three cases.", "Saeed was indicted in three cases."),
    ("Anna Brandt founded the school in 1871.", "Anna Brandt closed the school in 1871."),
    ("Anna Brandt was born in 1871.", "Anna Brandt died in 1871."),
    ("The museum opened in 1998.", "The museum closed in 1998."),
    ("The company sold the mill in 1950.", "The company bought the mill in 1950."),
    ("The plan was approved by the council.", "The plan was rejected by the council."),
    ("Kell beat Ulm in the final.", "Ulm beat Kell in the final."),
    ("Kell was beaten by Ulm.", "Kell beat Ulm in 1990."),
    ("Norvik bought Holm Ltd in 2004.", "Holm Ltd bought Norvik in 2004."),
    ("Germany invaded Poland in 1939.", "Poland invaded Germany in 1939."),
    ("The director Holm fired Berg.", "Berg fired Holm, the director."),
    ("Brandt taught Vogt.", "Vogt taught Brandt."),
    ("The aid was resumed in 2018.", "The aid was not resumed in 2018."),
    ("The drug reduces pain.", "The drug does not reduce pain."),
    ("The trail is 5 miles long.", "The trail is 5 km long."),
    ("The mill burnt down in nineteen fifty-one.", "The mill burnt down in 1950."),
]
TRUE = [
    ("The mill was destroyed by fire in 1950.", "The mill burnt down in 1950."),
    ("The tower was torn down in 1900.", "The tower was demolished in 1900."),
    ("Ulm beat Kell in the final.", "Kell was beaten by Ulm in the final."),
    ("Holm Ltd was bought by Norvik.", "Norvik bought Holm Ltd in 2004."),
    ("Norvik acquired Holm Ltd in 2004.", "Norvik bought Holm Ltd in 2004."),
    ("The school was established by Anna Brandt in 1871.", "Anna Brandt founded the school in 1871."),
    ("Anna Brandt passed away in 1871.", "Anna Brandt died in 1871."),
    ("Anna Brandt met Carl Vogt in Kell.", "Carl Vogt met Anna Brandt in Kell."),
    ("Anna Brandt married Carl Vogt.", "Carl Vogt married Anna Brandt."),
    ("Germany attacked Poland in 1939.", "Germany invaded Poland in 1939."),
    ("The report was published on June 24.", "The report was released on 24 June."),
    ("The bridge was constructed in 1912.", "The bridge was built in 1912."),
    ("The novel was written by Dana Cole.", "Dana Cole wrote the novel in 1920."),
    ("The trail is 1,500 m long.", "The trail is 1.5 km long."),
    ("The mill burnt down in nineteen fifty.", "The mill burnt down in 1950."),
    ("Five people died in the fire.", "5 people died in the fire."),
]


@pytest.mark.parametrize(("sentence", "span"), FALSE)
def test_another_claim_in_the_words_of_a_span_is_not_supported(support, sentence, span):
    assert not support(sentence, span).holds


@pytest.mark.parametrize(("sentence", "span"), TRUE)
def test_the_same_claim_in_other_words_is_supported(support, sentence, span):
    assert support(sentence, span).holds


@pytest.mark.parametrize("span", sorted({span for _, span in [*FALSE, *TRUE]}))
def test_a_span_supports_itself(support, span):
    assert support(span, span).holds
