"""What decides whether an answer is right, and what nothing can decide."""

from __future__ import annotations

import json

import pytest
from places import DATA

from footnoted.assistant.evaluation.metrics.correctness import Gold, Said, judge

FIRST = "The headwaters of the river are located in Dodge County, west of the town of Hayfield."
SECOND = "It ends in Louisa County at the town of Columbus, where it joins another river."


def said(*sentences: str) -> Said:
    return Said(refused=False, sentences=sentences)


@pytest.mark.parametrize(
    ("sentences", "right", "share"),
    [([FIRST, SECOND], True, 1.0), ([FIRST], None, 0.5), (["Rivers are wet."], False, 0.0)],
)
def test_some_of_the_marked_sentences_decide_nothing(sentences, right, share) -> None:
    verdict = judge("Where does it begin and end?", True, Gold(evidence=[FIRST, SECOND]), said(*sentences))
    assert (verdict.right, verdict.share, verdict.by) == (right, share, "evidence")


def test_a_short_conclusion_that_no_document_has_is_not_graded_by_its_evidence() -> None:
    gold = Gold(answers=["Consistent"], evidence=[FIRST, SECOND], verbatim=False)
    assert judge("Are the two reports consistent?", True, gold, said(FIRST, SECOND)).right is None


def test_a_long_answer_in_other_words_than_the_documents_is_graded_by_its_evidence() -> None:
    gold = Gold(answers=["It begins in Dodge County and it ends in Louisa County"], evidence=[FIRST], verbatim=False)
    assert judge("Where does it begin and end?", True, gold, said(FIRST)).right is True


def test_years_among_other_years_are_not_known_to_be_the_answer() -> None:
    gold = Gold(items=[["2019"], ["2018"]])
    assert judge("In which years?", True, gold, said("In 2018 and 2019.")).right is True
    verdict = judge("In which years?", True, gold, said("It was paid in 2017, 2018 and 2019."))
    assert (verdict.right, verdict.why) == (None, "there are other years in it: 2017")
    assert judge("In which years?", True, gold, said("It was paid in 2017 and 2018.")).right is False


def test_answers_graded_by_hand_agree_with_the_automatic_verdict() -> None:
    rows = [json.loads(line) for line in (DATA / "graded_by_hand.jsonl").read_text("utf-8").splitlines()]
    told = [row for row in rows if row["sample"] == "second" and row["automatic"] is not None]
    assert len(told) >= 80 and len({row["set"] for row in rows}) >= 5
    assert sum(row["automatic"] == row["by_hand"] for row in told) >= 0.95 * len(told)
