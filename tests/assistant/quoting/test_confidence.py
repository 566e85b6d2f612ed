"""Confidence in words: clear only when the answer holds all that was asked, and nothing in it speaks against it."""

import pytest

from footnoted.assistant.english.followup import Standalone
from footnoted.assistant.quoting.confidence import confidence
from footnoted.index.models.rerank import open_reranker

MILL = "The mill of Kell was built by Anna Brandt in 1871."


class Fixed:
    """A cross-encoder that scores everything alike."""

    def __init__(self, score: float) -> None:
        self.score = score

    def scores(self, question, texts):
        return [self.score for _ in texts]


@pytest.mark.parametrize(
    ("question", "answer", "about", "score", "expected"),
    [
        ("Who built the mill of Kell?", MILL, "", 9.0, "clear"),
        ("Who built the mill of Kell?", "It was built by Anna Brandt.", "The mill of Kell", 9.0, "likely"),
        ("Who built the mill of Kell?", "It was built by Anna Brandt.", "", 9.0, "weak"),
        ("Who built the mill of Kell in 1890?", MILL, "", 9.0, "likely"),
        ("Who built the mill of Kell?", MILL, "", 5.0, "likely"),
        ("Who built the mill of Kell?", MILL, "", 1.0, "weak"),
        ("Who never built the mill of Kell?", MILL, "", 9.0, "likely"),
        ("Who built the mill of Kell?", "The mill of Kell was not built by Anna Brandt.", "", 9.0, "likely"),
        (
            "Who built the mill of Kell?",
            "The mill of Kell was built by Anna Brandt, though rebuilt.",
            "",
            9.0,
            "likely",
        ),
        ("Who built this mill of Kell?", MILL, "", 9.0, "likely"),
        ("Who built this mill? (Kell)", MILL, "", 9.0, "clear"),
        ("The mill of Kell", MILL, "", 9.0, "likely"),
        ("Tell who built the mill of Kell", MILL, "", 9.0, "clear"),
        ("Who built the mill of Kell?", "The mill of Kell, built by Anna Brandt", "", 9.0, "likely"),
        ("Who built the mill of Kell?", "| mill of Kell | built by Anna Brandt |", "", 9.0, "clear"),
        ("?", MILL, "", 9.0, "weak"),
    ],
)
def test_what_makes_an_answer_clear(question, answer, about, score, expected):
    assert confidence(Standalone.of(question), [answer], about, answer, Fixed(score)) == expected


def test_an_answer_whose_sentences_answer_only_together_is_not_clear():
    assert confidence(Standalone("Who built the mill of Kell?"), [MILL], "", MILL, Fixed(9.0), best=5.0) == "likely"


def test_words_that_only_another_sentence_holds_do_not_make_it_clear():
    two = ["Carl Vogt painted the mill in 1690.", "The turbine of Kell was built by Anna Brandt."]
    assert confidence(Standalone("Who built the turbine of Kell in 1690?"), two, "", two[1], Fixed(9.0)) == "likely"
    assert (
        confidence(Standalone("Who built the turbine of Kell in 1690?"), two, "", " ".join(two), Fixed(9.0)) == "clear"
    )


def test_it_never_falls_as_the_score_rises():
    order = ["weak", "likely", "clear"]
    said = [
        order.index(confidence(Standalone("Who built the mill?"), [MILL], "", MILL, Fixed(score)))
        for score in range(-12, 13)
    ]
    assert said == sorted(said) and set(said) == {0, 1, 2}


def test_with_the_real_cross_encoder_the_answer_to_the_question_is_clear_and_another_is_not():
    scorer = open_reranker()
    assert confidence(Standalone("Who built the mill of Kell?"), [MILL], "", MILL, scorer) == "clear"
    assert confidence(Standalone("Who painted the church of Kell?"), [MILL], "", MILL, scorer) == "weak"
