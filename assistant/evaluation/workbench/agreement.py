"""How far two graders agree: the share of equal verdicts, and Cohen's kappa, which takes chance into account."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from footnoted.assistant.evaluation.metrics.resampling import wilson_interval

NONE_IN_COMMON = "no answer has a verdict of both"
ONE_VERDICT = "both gave the same verdict every time, so chance alone explains that they agree"


@dataclass(frozen=True, slots=True)
class Agreement:
    """``observed`` is the share of equal verdicts and ``expected`` the one by chance, each in 0..1; None if ``n`` is 0.

    ``kappa`` is at most 1, and 0 where the two agree as often as by chance; None where it is not defined, with the
    ``reason``. The intervals are 95 % intervals.
    """

    n: int
    observed: float | None = None
    observed_interval: tuple[float, float] | None = None
    expected: float | None = None
    kappa: float | None = None
    kappa_interval: tuple[float, float] | None = None
    reason: str = NONE_IN_COMMON


def agreement(pairs: Sequence[tuple[Hashable, Hashable]]) -> Agreement:
    """The agreement of two graders; ``pairs`` has their two verdicts on each answer that both judged.

    kappa = (observed - expected) / (1 - expected), where ``expected`` multiplies the shares of each verdict (Cohen
    1960). As in Cohen's own standard error, its interval takes ``expected`` as known; the interval of ``observed`` is
    Wilson's, so that ten equal verdicts of ten are not taken as certainty.
    """
    n = len(pairs)
    if not n:
        return Agreement(0)
    equal = sum(one == other for one, other in pairs)
    observed, (low, high) = equal / n, wilson_interval(equal, n)
    first, second = Counter(one for one, _ in pairs), Counter(other for _, other in pairs)
    expected = sum(first[verdict] * second[verdict] for verdict in first) / (n * n)
    if expected >= 1.0:
        return Agreement(n, observed, (low, high), expected, reason=ONE_VERDICT)

    def beyond_chance(share: float) -> float:
        return (share - expected) / (1.0 - expected)

    interval = (max(-1.0, beyond_chance(low)), beyond_chance(high))
    return Agreement(n, observed, (low, high), expected, beyond_chance(observed), interval, "")


def share_entry(found: Agreement, reason: str) -> dict:
    """The share of equal verdicts as an entry of ``metrics.json``; ``reason`` says why there is none."""
    if found.observed is None or found.observed_interval is None:
        return {"value": None, "interval": None, "n": 0, "reason": reason}
    return {"value": found.observed, "interval": list(found.observed_interval), "n": found.n}


def kappa_entry(found: Agreement, reason: str) -> dict:
    """Cohen's kappa as an entry of ``metrics.json``; ``reason`` says why there is none when no answer has both."""
    if found.kappa is None or found.kappa_interval is None:
        return {"value": None, "interval": None, "n": found.n, "reason": found.reason if found.n else reason}
    return {"value": found.kappa, "interval": list(found.kappa_interval), "n": found.n}
