"""Cohen's kappa against numbers worked out by hand, which scikit-learn's cohen_kappa_score gives, too."""

from __future__ import annotations

import pytest

from footnoted.assistant.evaluation.workbench.agreement import ONE_VERDICT, agreement, kappa_entry, share_entry


def test_kappa_of_the_usual_example() -> None:
    """20 yes of both, 5 and 10 where they differ, 15 no of both: .7 observed, .5 expected, so .4."""
    pairs = [("yes", "yes")] * 20 + [("yes", "no")] * 5 + [("no", "yes")] * 10 + [("no", "no")] * 15
    found = agreement(pairs)
    assert (found.n, found.observed, found.expected) == (50, 0.7, pytest.approx(0.5))
    assert found.kappa == pytest.approx(0.4)
    # Wilson's interval of 35 of 50 is .5625 to .8090: each end minus .5, by .5.
    assert found.observed_interval == pytest.approx((0.5625, 0.8090), abs=1e-4)
    assert found.kappa_interval == pytest.approx((0.1250, 0.6180), abs=2e-4)


def test_kappa_of_four_verdicts() -> None:
    """5 of 8 are equal; by chance (3 * 3 + 2 * 2 + 2 * 3 + 1 * 0) / 64 would be."""
    one = ["right", "right", "partly", "wrong", "refuse", "wrong", "right", "partly"]
    other = ["right", "partly", "partly", "wrong", "wrong", "wrong", "right", "right"]
    found = agreement(list(zip(one, other, strict=True)))
    assert found.observed == 5 / 8
    assert found.expected == pytest.approx(19 / 64)
    assert found.kappa == pytest.approx((5 / 8 - 19 / 64) / (1 - 19 / 64)) == pytest.approx(0.4666666667)


def test_graders_who_never_agree_are_below_chance() -> None:
    found = agreement([("right", "wrong"), ("right", "wrong"), ("wrong", "right"), ("wrong", "right")])
    assert found.kappa == -1.0
    assert found.kappa_interval is not None and found.kappa_interval[0] == -1.0 < found.kappa_interval[1]


def test_ten_equal_verdicts_are_not_certainty() -> None:
    found = agreement([("right", "right")] * 9 + [("wrong", "wrong")])
    assert found.kappa == 1.0
    assert found.kappa_interval is not None and found.kappa_interval[0] < 0 and found.kappa_interval[1] == 1.0


def test_kappa_is_not_defined_when_both_always_say_the_same() -> None:
    found = agreement([("right", "right")] * 4)
    assert (found.observed, found.kappa, found.reason) == (1.0, None, ONE_VERDICT)
    assert kappa_entry(found, "nobody")["reason"] == ONE_VERDICT
    assert share_entry(found, "nobody")["value"] == 1.0


def test_nothing_in_common_is_not_measured() -> None:
    for entry in (kappa_entry(agreement([]), "nobody"), share_entry(agreement([]), "nobody")):
        assert entry == {"value": None, "interval": None, "n": 0, "reason": "nobody"}
