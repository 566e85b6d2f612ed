"""The smallest difference between two runs that a set of questions can show: paired, 80 % power, alpha .05."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

ALPHA_QUANTILE = 1.959963984540054  # of the normal distribution, two-sided .05
POWER_QUANTILE = 0.8416212335729143  # 80 %
FEWEST = 6  # questions: even if all of five are won, the paired test gives p = 2/32
STEPS = 60  # of halving the range in which the difference is

Share = tuple[float, float]


def contributions(shares: Sequence[Share]) -> list[float]:
    """How far each row (a question or a conversation) moves the ratio, in units of the ratio; their mean is 0.

    The usual linearisation of a ratio: (numerator - ratio * denominator) / mean denominator (Cochran 1977, 6.3).
    """
    total = sum(below for _, below in shares)
    ratio = sum(above for above, _ in shares) / total
    mean = total / len(shares)
    return [(above - ratio * below) / mean for above, below in shares]


def smallest_difference(shares: Sequence[Share]) -> float | None:
    """The smallest difference to one other run that can be shown, from one run alone; None for too few questions.

    Conservative: two runs that agree on a question no more often than by chance differ by twice the variance.
    """
    counted = [share for share in shares if share[1] > 0]
    if len(counted) < FEWEST:
        return None
    variance = sum(value * value for value in contributions(counted)) / (len(counted) - 1)
    return _solved(2 * variance, len(counted), _bounded(counted))


def smallest_paired_difference(first: Sequence[Share], second: Sequence[Share]) -> float | None:
    """The same from the differences that were observed between two runs, row by row; None for too few questions."""
    pairs = [pair for pair in zip(first, second, strict=True) if pair[0][1] > 0 or pair[1][1] > 0]
    sides = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    if len(pairs) < FEWEST or not all(sum(below for _, below in side) for side in sides):
        return None
    one, two = (contributions(side) for side in sides)
    ratios = [sum(above for above, _ in side) / sum(below for _, below in side) for side in sides]
    squares = [(after - before + ratios[1] - ratios[0]) ** 2 for before, after in zip(one, two, strict=True)]
    return _solved(sum(squares) / len(squares), len(pairs), _bounded([*sides[0], *sides[1]]))


def _bounded(shares: Sequence[Share]) -> bool:
    """Whether every question has a value from 0 to 1."""
    return all(0 <= above <= below for above, below in shares)


def _solved(discordance: float, count: int, bounded: bool) -> float | None:
    """The difference d with ``d * sqrt(n) = z_alpha * sqrt(D) + z_power * sqrt(D - d * d)`` (Connor 1987, McNemar).

    D is the mean square of the questions' differences: for right and wrong, the share of questions on which the runs
    differ. It cannot be less than the difference itself, whatever was observed. For other values, such as words, it
    is the variance.
    """
    if not bounded:
        found = (ALPHA_QUANTILE + POWER_QUANTILE) * math.sqrt(discordance / count)
        return found or None
    low, high = 0.0, 1.0
    for _ in range(STEPS):
        middle = (low + high) / 2
        spread = max(discordance, middle)
        needed = ALPHA_QUANTILE * math.sqrt(spread) + POWER_QUANTILE * math.sqrt(max(0.0, spread - middle * middle))
        low, high = (low, middle) if middle * math.sqrt(count) >= needed else (middle, high)
    return high


def in_words(entries: Mapping[str, Mapping]) -> str:
    """One sentence about the metrics that have a smallest difference; empty if none has."""
    parts: list[str] = []
    for name, entry in entries.items():
        if (least := entry.get("smallest_difference")) is not None:
            shown = f"{least:.1f}" if least >= 1 else f"{least:.2f}".removeprefix("0")
            parts.append(
                f"one of {shown} in {name} ({entry['n']})"
                if parts
                else f"{entry['n']} questions can show a difference of {shown} or more in {name}"
            )
    return f"{', '.join(parts)} (paired, 80 % power, p below .05)." if parts else ""
