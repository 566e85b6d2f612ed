"""The metrics, on cases small enough to compute by hand, and the ranking ones against pytrec_eval."""

from __future__ import annotations

import math
import random

import pytest

from footnoted.assistant.evaluation.metrics import abstention, resampling
from footnoted.assistant.evaluation.metrics.answers import contains, exact_match, normalise, token_f1, token_recall
from footnoted.assistant.evaluation.metrics.citations import (
    bears_answer,
    bears_evidence,
    citation_precision,
    citation_recall,
    document_precision,
    document_recall,
    matched_units,
    support_shares,
    supported_sentences,
)
from footnoted.assistant.evaluation.metrics.comparison import compare_records, compare_several
from footnoted.assistant.evaluation.metrics.gates import check_gate, parse_gate
from footnoted.assistant.evaluation.metrics.lacking import by_construction
from footnoted.assistant.evaluation.metrics.power import smallest_difference, smallest_paired_difference
from footnoted.assistant.evaluation.metrics.ranking import ranking_scores, recall_at
from footnoted.assistant.evaluation.metrics.slices import sliced_metrics
from footnoted.assistant.evaluation.metrics.summary import (
    metric_entry,
    resampling_units,
    summarise,
    summed_by_unit,
)
from footnoted.assistant.evaluation.question_sets.trec import read_trec_run, write_qrels, write_trec_run


def test_ranking_by_hand() -> None:
    scores = ranking_scores({"q": {"a": 1, "b": 1}}, {"q": ["x", "a", "y", "b"]})["q"]
    assert scores["recall@1"] == 0
    assert scores["recall@3"] == 0.5
    assert scores["recall@5"] == 1
    assert (scores["hit@1"], scores["hit@5"]) == (0, 1)
    assert scores["mrr@10"] == 0.5
    assert scores["map"] == (1 / 2 + 2 / 4) / 2
    ideal = 1 / math.log2(2) + 1 / math.log2(3)
    assert scores["ndcg@10"] == pytest.approx((1 / math.log2(3) + 1 / math.log2(5)) / ideal)


def test_ndcg_uses_grades() -> None:
    scores = ranking_scores({"q": {"a": 2, "b": 1}}, {"q": ["b", "a"]})["q"]
    assert scores["ndcg@5"] == pytest.approx((1 + 2 / math.log2(3)) / (2 + 1 / math.log2(3)))


def test_denominators_come_from_the_labels() -> None:
    scores = ranking_scores({"unfound": {"a": 1}, "unlabelled": {}}, {"unlabelled": ["a"], "unknown": ["a"]})
    assert list(scores) == ["unfound"]
    assert set(scores["unfound"].values()) == {0.0}


def test_nothing_labelled_gives_nothing() -> None:
    assert ranking_scores({}, {"q": ["a"]}) == {}


def test_ranking_equals_pytrec_eval_on_the_same_run_file(tmp_path) -> None:
    import pytrec_eval

    dice = random.Random(7)
    documents = [f"doc {number} ä" for number in range(40)]
    qrels = {
        f"q{number}": {name: dice.choice([1, 1, 2, 3]) for name in dice.sample(documents, 4)} for number in range(60)
    }
    run = {name: dice.sample(documents, dice.randint(1, 20)) for name in list(qrels)[:-3]}
    write_trec_run(tmp_path / "run.trec", run)
    write_qrels(tmp_path / "qrels.trec", qrels)
    assert read_trec_run(tmp_path / "run.trec") == run
    with open(tmp_path / "qrels.trec") as stream:
        judged = pytrec_eval.parse_qrel(stream)
    with open(tmp_path / "run.trec") as stream:
        ranked = pytrec_eval.parse_run(stream)
    measures = {"recall.1,3,5,10,20,50,100", "success.1,5", "ndcg_cut.5,10", "map", "recip_rank"}
    expected = pytrec_eval.RelevanceEvaluator(judged, measures).evaluate(ranked)
    ours = ranking_scores(qrels, run)
    theirs = {"recall@": "recall_", "hit@": "success_", "ndcg@": "ndcg_cut_"}
    assert len(expected) == 57
    for question, values in expected.items():
        for name, value in ours[question].items():
            known = next((name.replace(a, b) for a, b in theirs.items() if name.startswith(a)), name)
            theirs_value = values["recip_rank" if name == "mrr@10" else known]
            if name == "mrr@10" and theirs_value < 1 / 10:  # trec_eval has no cut-off for it
                theirs_value = 0.0
            assert value == pytest.approx(theirs_value, abs=1e-6), (question, name)


def test_recall_at_a_rank() -> None:
    assert [recall_at([2, None, 4, 11], k) for k in (1, 2, 5)] == [0, 0.25, 0.5]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The  Cat's hat!", "cats hat"),
        ("an apple, a pear", "apple pear"),
        ("Theory of a thing", "theory of thing"),
        ("the", ""),
        ("“Ünïcode” quotes", "“ünïcode” quotes"),  # only ASCII punctuation goes, as in the official script
    ],
)
def test_normalisation_is_squads(text: str, expected: str) -> None:
    assert normalise(text) == expected


@pytest.mark.parametrize(
    ("prediction", "golds", "exact", "f1"),
    [
        ("The Eiffel Tower", ["Eiffel tower."], 1, 1),
        ("in Paris, France", ["Paris"], 0, 0.5),  # precision 1/3, recall 1
        ("Paris", ["Lyon", "Paris France"], 0, 2 / 3),  # the best gold answer counts
        ("", ["Paris"], 0, 0),  # refused, though answerable
        ("", [], 1, 1),  # refused, and rightly
        ("Paris", [], 0, 0),  # answered, though not answerable
        ("anything", ["the"], 0, 0),  # a gold answer that normalises to nothing means "not answerable"
        ("", ["the"], 1, 1),
        ("a b b", ["b b c"], 0, 0.8),  # "a" is an article: precision 2/2, recall 2/3
    ],
)
def test_exact_match_and_f1_are_squads(prediction: str, golds: list[str], exact: float, f1: float) -> None:
    assert exact_match(prediction, golds) == exact
    assert token_f1(prediction, golds) == pytest.approx(f1)


def test_contains_and_recall() -> None:
    assert contains("It was released on June 24.", ["June 24"]) == 1
    assert contains("It was released on June 245.", ["June 24"]) == 0
    assert contains("", ["June 24"]) == 0
    assert token_recall("released in June", ["June 24"]) == 0.5


def test_a_quote_bears_answers_on_word_bounds_and_evidence_by_letters() -> None:
    assert bears_answer("It cost 3 euros.", ["3"])
    assert not bears_answer("It cost 31 euros.", ["3"])
    assert bears_evidence("The coat is called a “double coat”, and it is soft.", "called a `` double coat ''")
    assert bears_evidence("the coat is a double coat with", "The coat is a double coat with a soft undercoat")
    assert not bears_evidence("soft", "The coat is a double coat with a soft undercoat")
    assert not bears_evidence("", "x") and not bears_evidence("x", "…")


def test_citations_by_hand() -> None:
    found = matched_units(
        ["Rome fell in 476.", "The sky is blue.", "In 476 it ended."], [["476"], ["blue", "azure"]], "answer"
    )
    assert found == [{0}, {1}, {0}]
    assert citation_precision([{0}, set(), {0}]) == pytest.approx(2 / 3)
    assert citation_recall([{0}, set(), {0}], units=2) == 0.5
    assert citation_precision([]) == 0 and citation_recall([], units=1) == 0
    assert document_precision([True, False]) == 0.5 and document_precision([]) == 0
    assert document_recall(["a", "a", "x"], ["a", "b"]) == 0.5
    assert supported_sentences([(True, 1), (True, 0), (False, 0)]) == (1, 3)


def test_the_citation_check_by_hand() -> None:
    """Three claims: rightly called supported, wrongly called so, wrongly not called so."""
    cases = [(True, True, True), (False, True, None), (True, False, False)]
    shares = [support_shares({"expected": e, "said": s, "span_right": right}) for e, s, right in cases]
    totals = {}
    for name in shares[0]:
        known = [share[name] for share in shares if name in share]
        totals[name] = sum(share[0] for share in known) / sum(share[1] for share in known)
    assert totals == {
        "support_accuracy": pytest.approx(1 / 3),
        "support_precision": 1 / 2,
        "support_recall": 1 / 2,
        "support_f1": 1 / 2,
        "support_span": 1 / 2,
    }


def test_abstention_by_hand() -> None:
    # (answerable, abstained): 2 rightly refused, 1 wrongly refused, 1 wrongly answered, 4 answered (one of them wrong)
    cases = [(False, True)] * 2 + [(True, True)] + [(False, False)] + [(True, False)] * 4
    right = [True, True, False, False, True, True, True, False]

    def total(metric) -> float:
        shares = [metric(*case) for case in cases]
        return resampling.ratio([a for a, _ in shares], [b for _, b in shares])

    assert total(abstention.precision) == pytest.approx(2 / 3)
    assert total(abstention.recall) == pytest.approx(2 / 3)
    assert total(abstention.f1) == pytest.approx(2 / 3)
    assert total(abstention.answered_unanswerable) == pytest.approx(1 / 3)
    assert total(abstention.refused_answerable) == pytest.approx(1 / 5)
    assert abstention.answered_wrongly(True, False, None) == (0, 0), "no label tells whether it was wrong"
    wrong = [abstention.answered_wrongly(*case, is_right) for case, is_right in zip(cases, right, strict=True)]
    assert sum(share[0] for share in wrong) / sum(share[1] for share in wrong) == 2 / 8


def test_intervals_are_the_same_each_time_and_hold_the_value() -> None:
    values = [1.0] * 30 + [0.0] * 70
    low, high = resampling.ratio_interval(values, [1.0] * 100)
    assert (low, high) == resampling.ratio_interval(values, [1.0] * 100)
    # The normal approximation: 0.3 ± 1.96 · sqrt(0.3 · 0.7 / 100) = 0.21 to 0.39
    assert low == pytest.approx(0.21, abs=0.02) and high == pytest.approx(0.39, abs=0.02)


def test_a_ratio_without_denominator_is_none_and_never_nan() -> None:
    assert resampling.ratio([0.0], [0.0]) is None
    assert resampling.ratio_interval([0.0], [0.0]) is None
    assert resampling.ratio_interval([], []) is None
    low, high = resampling.ratio_interval([1.0, 0.0], [1.0, 0.0])  # some resamples have none
    assert (low, high) == (1.0, 1.0)


def test_the_questions_of_a_conversation_are_drawn_together() -> None:
    """Ten conversations of ten questions that go right or wrong together are ten results, not a hundred."""
    records = [
        {"id": f"{talk}-{turn}", "fields": {"conversation": talk} if talk else {}} for talk in range(10)
        for turn in range(10)
    ]  # fmt: skip
    units = resampling_units(records)
    assert len(set(units.values())) == 10 + 9, "without a name each question is by itself"
    shares = [(float(number // 10 % 2), 1.0) for number in range(100)]
    alone = metric_entry(shares, "")
    together = metric_entry(shares, "", [str(number // 10) for number in range(100)])
    assert alone["value"] == together["value"] == 0.5 and alone["n"] == together["n"] == 100
    width = [interval[1] - interval[0] for interval in (alone["interval"], together["interval"])]
    assert width[1] > 2.5 * width[0]  # sqrt(10) in theory
    assert summed_by_unit([(1, 1), (0, 1), (1, 2)], ["a", "b", "a"]) == [(2, 3), (0, 1)]


def test_percentiles_by_hand() -> None:
    value, low, high = resampling.percentile_interval([10.0, 20.0, 30.0], 50)
    assert value == 20 and 10 <= low <= 20 <= high <= 30


def test_the_randomisation_test_by_hand() -> None:
    """Three questions lost by 1: of the 8 ways to swap, the observed one and its mirror are as extreme: p = 2/8."""
    before, after = [(1.0, 1.0)] * 3 + [(0.5, 1.0)] * 5, [(0.0, 1.0)] * 3 + [(0.5, 1.0)] * 5
    assert resampling.randomisation_test(before, after) == 0.25
    assert resampling.randomisation_test(before, before) == 1.0


def test_a_consistent_loss_is_significant_and_noise_is_not() -> None:
    dice = random.Random(3)
    noise = [(float(dice.random() < 0.5), 1.0) for _ in range(100)]
    other = [(float(dice.random() < 0.5), 1.0) for _ in range(100)]
    worse = [(value * float(dice.random() < 0.6), 1.0) for value, _ in noise]
    assert resampling.randomisation_test(noise, other) > 0.05
    assert resampling.randomisation_test(noise, worse) < 0.01


def test_the_randomisation_test_swaps_numerators_with_denominators() -> None:
    """Abstention precision 1/1 against 0/1: both swaps of the one question are as extreme."""
    assert resampling.randomisation_test([(1.0, 1.0)], [(0.0, 1.0)]) == 1.0


def test_p_values_are_adjusted_by_holm() -> None:
    assert resampling.holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert resampling.holm([]) == []


def test_the_smallest_difference_by_hand() -> None:
    """60 questions, half of them right: chance agreement differs on half, so d * sqrt(60) = 1.96 sqrt(.5) + …"""
    half = [(1.0, 1.0)] * 30 + [(0.0, 1.0)] * 30
    d = smallest_difference(half)
    discordance = 2 * 0.25 * 60 / 59
    assert d * math.sqrt(60) == pytest.approx(
        1.959964 * math.sqrt(discordance) + 0.841621 * math.sqrt(discordance - d * d)
    )
    assert d == pytest.approx(0.253, abs=0.002)


def test_certain_questions_can_show_no_less_than_all_differing_in_one_direction() -> None:
    """60 of 60 right: the discordance is the difference itself, and 7.5 lost questions are found 8 times in 10."""
    d = smallest_difference([(1.0, 1.0)] * 60)
    assert d * math.sqrt(60) == pytest.approx(1.959964 * math.sqrt(d) + 0.841621 * math.sqrt(d - d * d))
    assert d == pytest.approx(0.126, abs=0.002)
    # Exactly: McNemar's test needs 6 of 6 (p = 2 / 64); so many questions are lost with a probability of about .8.
    found = sum(math.comb(60, lost) * d**lost * (1 - d) ** (60 - lost) for lost in range(6, 61))
    assert found == pytest.approx(0.8, abs=0.03)


def test_the_smallest_difference_of_two_runs_is_that_of_their_disagreement() -> None:
    """Ten of a hundred questions differ, in both directions alike."""
    before = [(1.0, 1.0)] * 5 + [(0.0, 1.0)] * 5 + [(1.0, 1.0)] * 45 + [(0.0, 1.0)] * 45
    after = [(0.0, 1.0)] * 5 + [(1.0, 1.0)] * 5 + [(1.0, 1.0)] * 45 + [(0.0, 1.0)] * 45
    d = smallest_paired_difference(before, after)
    assert d * 10 == pytest.approx(1.959964 * math.sqrt(0.1) + 0.841621 * math.sqrt(0.1 - d * d))
    assert d < smallest_difference(before), "the runs agree more often than by chance"
    assert smallest_paired_difference(before, before) == pytest.approx(smallest_difference([(1.0, 1.0)] * 100))


def test_too_few_questions_show_no_difference() -> None:
    assert smallest_difference([(1.0, 1.0)] * 5) is None
    assert smallest_difference([(1.0, 1.0)] * 6) is not None
    assert smallest_paired_difference([(1.0, 1.0)] * 5, [(0.0, 1.0)] * 5) is None


def test_values_above_one_are_measured_by_their_spread() -> None:
    words = [(float(10 + number % 2), 1.0) for number in range(100)]  # a variance of 25 / 99
    assert smallest_difference(words) == pytest.approx((1.959964 + 0.841621) * math.sqrt(2 * 25 / 99 / 100), rel=1e-5)


def test_the_interval_of_a_difference_by_hand() -> None:
    """Of 100 questions 20 are lost: -.2 plus or minus 1.96 sqrt(.2 * .8 / 100)."""
    before = [(1.0, 1.0)] * 100
    after = [(0.0, 1.0)] * 20 + [(1.0, 1.0)] * 80
    low, high = resampling.difference_interval(before, after)
    assert (low, high) == pytest.approx((-0.278, -0.122), abs=0.015)
    assert resampling.difference_interval(before, before) == (0.0, 0.0)


def test_a_share_over_conversations_has_no_interval_of_independent_questions() -> None:
    """Six conversations of ten questions each, all right or all wrong: Wilson over 60 would be far too narrow."""
    shares = [(float(talk < 3), 1.0) for talk in range(6) for _ in range(10)]
    units = [str(talk) for talk in range(6) for _ in range(10)]
    low, high = metric_entry(shares, "", units)["interval"]
    alone = resampling.wilson_interval(30, 60)
    assert high - low > 2 * (alone[1] - alone[0])
    certain = metric_entry([(1.0, 1.0)] * 60, "", units)["interval"]
    assert certain == [pytest.approx(resampling.wilson_interval(6, 6)[0]), 1.0]


def record(name: str, right: bool, **changes: object) -> dict:
    """What the comparison of runs reads of a record."""
    answer = {"kind": "answer", "model": "extractive", "notice": "", "text": "x", "citations": [], "sentences": []}
    kept = {"id": name, "question": name, "history": [], "answers": ["x"], "relevant": {}, "answerable": True}
    kept |= {"gold": None, "fields": {}, "follow_up": False, "documents": [], "passages": [], "error": ""}
    kept |= {"right": right, "share": None, "graded_by": "text", "answer": answer, "timings": {}}
    return kept | {"relevant_ranks": {}, "searched_for": name} | changes


def test_several_runs_are_compared_on_what_all_have_and_adjusted_together() -> None:
    """One run loses eight of ten questions: alone its p is .0078, among two pairs it is more."""
    names = [f"q{number}" for number in range(10)]
    good = [record(name, True) for name in names]
    bad = [record(name, number < 2) for number, name in enumerate(names)]
    found = compare_several([good, bad, good], [(0, 1), (0, 2)])
    entries = [pair["metrics"]["answers"]["right"] for pair in found["pairs"]]
    assert [entry["p"] for entry in entries] == [2 / 2**8, 1.0]
    assert found["values"]["answers"]["right"] == [1.0, pytest.approx(0.2), 1.0]
    every = [entry for pair in found["pairs"] for part in pair["metrics"].values() for entry in part.values() if entry]
    tests = len(every)
    smaller = sum(entry["p"] < entries[0]["p"] for entry in every)
    assert tests > 10 and entries[0]["p_adjusted"] == pytest.approx(min(1.0, (tests - smaller) * 2 / 2**8))
    fewer = [*good[:5], record("q5", True, answers=["other"])]
    assert compare_several([good, bad, fewer], [(0, 1)])["questions"] == {"all": 5, "left_out": [5, 5, 1]}


def test_what_holds_by_construction_is_said_and_not_compared() -> None:
    quote = {"verbatim": True, "relevant": False, "quote": "x", "document": "d", "source": "d"}
    said = [{"text": "x", "supported": True, "citations": [1], "emphasis": []}]
    answer = record("a", True)["answer"] | {"citations": [quote], "sentences": said}
    quoted, written = ({**answer, "model": model} for model in ("extractive", "openai:x"))
    both = {("citations", "verbatim_share"), ("citations", "supported_share")}
    assert by_construction([record("a", True, answer=quoted)]) == both
    assert by_construction([record("a", True, answer=quoted), record("b", True, answer=written)]) == {
        ("citations", "verbatim_share")
    }
    assert by_construction([record("a", True, answer=written, lacks=["texts"])]) == set()
    assert by_construction([record("a", True, answer=None)]) == set()
    metrics = summarise([record(f"q{n}", True, answer=quoted) for n in range(8)])
    assert metrics["citations"]["verbatim_share"]["by_construction"] is True
    assert "smallest_difference" not in metrics["citations"]["verbatim_share"]
    assert metrics["answers"]["right"]["smallest_difference"] == smallest_difference([(1.0, 1.0)] * 8)
    runs = [[record(f"q{n}", True, answer=quoted) for n in range(8)] for _ in range(2)]
    assert compare_records(*runs)["metrics"]["citations"]["verbatim_share"] is None
    gate = check_gate(parse_gate("verbatim_share>=1"), metrics)
    assert gate.passed and gate.empty and "holds by construction" in gate.message
    assert not check_gate(parse_gate("right>=1"), metrics).empty


def test_slices_have_their_numbers_and_say_when_they_are_few() -> None:
    records = [record(f"q{n}", n < 11, fields={"kind": "table" if n < 12 else "text"}) for n in range(15)]
    found = sliced_metrics(records, ["kind"])["kind"]
    assert [(value, part["n"], part["few"]) for value, part in found.items()] == [
        ("table", 12, False), ("text", 3, True),
    ]  # fmt: skip
    assert found["table"]["metrics"]["answers.right"]["value"] == pytest.approx(11 / 12)
    assert found["text"]["metrics"]["answers.right"]["interval"][0] == 0
    compared = compare_records(records, records, ["kind"])["slices"]["kind"]
    assert [part["few"] for part in compared.values()] == [False, True]


def test_a_ranking_is_not_measured_deeper_than_it_is() -> None:
    found = [record(f"q{n}", True, relevant={"d": 1}, documents=["d"], depth=depth) for n, depth in ((0, 20), (1, 20))]
    metrics = summarise(found)["retrieval"]
    assert metrics["recall@20"]["value"] == 1 and metrics["recall@50"]["value"] is None
    assert summarise([one | {"depth": 10} for one in found])["retrieval"]["recall@20"]["value"] is None
    assert summarise([one | {"depth": 19} for one in found])["retrieval"]["recall@20"]["value"] is None


def test_finding_what_the_question_is_scoped_to_is_no_result() -> None:
    found = {"relevant": {"d": 1}, "documents": ["d"], "depth": 10}
    bound, free = record("a", True, **found, only=["d"]), record("b", True, **found, only=["d", "e"])
    alone = summarise([bound])
    assert alone["retrieval"]["recall@5"]["value"] is alone["citations"]["relevant_cited"]["value"] is None
    assert alone["retrieval"]["recall@5"]["reason"] == "the questions are asked about their relevant documents alone"
    assert alone["answers"]["right"]["value"] == 1
    assert summarise([bound, free])["retrieval"]["recall@5"]["n"] == 1
