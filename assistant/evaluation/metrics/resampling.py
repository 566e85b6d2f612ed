"""Bootstrap intervals and randomisation tests, seeded so that the same records give the same results.

What is drawn or swapped is a row: a question, or all questions of one conversation with their shares added up.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

SEED = 20_240_229
RESAMPLES = 2_000
PERMUTATIONS = 10_000
CHUNK = 500


def ratio(numerators: Sequence[float], denominators: Sequence[float]) -> float | None:
    """Sum over sum (a mean when all denominators are 1); None when the denominators add up to 0."""
    total = float(sum(denominators))
    return float(sum(numerators)) / total if total else None


def ratio_interval(numerators: Sequence[float], denominators: Sequence[float]) -> tuple[float, float] | None:
    """A 95 % percentile bootstrap interval of the ratio, resampling rows (Efron 1979); None if undefined."""
    import numpy

    if not numerators or not sum(denominators):
        return None
    above, below = numpy.asarray(numerators, dtype=float), numpy.asarray(denominators, dtype=float)
    values = []
    for rows in resampled_rows(len(above)):
        bottom = below[rows].sum(axis=1)
        defined = bottom > 0
        values.append(above[rows].sum(axis=1)[defined] / bottom[defined])
    low, high = numpy.percentile(numpy.concatenate(values), [2.5, 97.5])
    return float(low), float(high)


def difference_interval(
    first: Sequence[tuple[float, float]], second: Sequence[tuple[float, float]]
) -> tuple[float, float]:
    """A 95 % percentile bootstrap interval of the second ratio minus the first, resampling pairs of rows together."""
    import numpy

    one, two = numpy.asarray(first, dtype=float), numpy.asarray(second, dtype=float)
    values = []
    for rows in resampled_rows(len(one)):
        before, after = one[rows].sum(axis=1), two[rows].sum(axis=1)
        defined = (before[:, 1] > 0) & (after[:, 1] > 0)
        values.append(after[defined, 0] / after[defined, 1] - before[defined, 0] / before[defined, 1])
    low, high = numpy.percentile(numpy.concatenate(values), [2.5, 97.5])
    return float(low), float(high)


def wilson_interval(successes: float, count: int) -> tuple[float, float]:
    """A 95 % interval of a share of independent questions that are each right or wrong (Wilson 1927).

    Unlike the bootstrap it is not empty at 0 and 1: 60 right of 60 give .940 to 1.
    """
    z = 1.959963984540054
    share = successes / count
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count)) / (1 + z * z / count)
    return (middle - half if successes else 0.0), (middle + half if successes < count else 1.0)


def percentile_interval(values: Sequence[float], percentile: float) -> tuple[float, float, float]:
    """The percentile (0..100) of the values, at least one, and its 95 % bootstrap interval."""
    import numpy

    array = numpy.asarray(values, dtype=float)
    drawn = [numpy.percentile(array[rows], percentile, axis=1) for rows in resampled_rows(len(array))]
    low, high = numpy.percentile(numpy.concatenate(drawn), [2.5, 97.5])
    return float(numpy.percentile(array, percentile)), float(low), float(high)


def resampled_rows(count: int):
    """Arrays of row numbers (at most CHUNK resamples each, ``count`` wide), RESAMPLES in all, always the same."""
    import numpy

    generator = numpy.random.default_rng(SEED)
    for start in range(0, RESAMPLES, CHUNK):
        yield generator.integers(0, count, size=(min(CHUNK, RESAMPLES - start), count))


def randomisation_test(first: Sequence[tuple[float, float]], second: Sequence[tuple[float, float]]) -> float:
    """Two-sided p-value that the paired ratios differ by chance: each row's two results are swapped at random.

    Both hold one (numerator, denominator) per row, in the same order. Source: Noreen 1989; for retrieval
    Smucker, Allan and Carterette 2007. With few differing rows all swaps are tried, else PERMUTATIONS; the
    estimate then includes the observed order, so it is never 0.
    """
    import numpy

    one, two = numpy.asarray(first, dtype=float), numpy.asarray(second, dtype=float)
    differing = numpy.any(one != two, axis=1) if len(one) else numpy.zeros(0, dtype=bool)
    count = int(differing.sum())
    if not count:
        return 1.0
    total = (one + two).sum(axis=0)
    gap = one[differing] - two[differing]
    fixed = (one - two)[~differing].sum(axis=0)
    exact = 2**count <= PERMUTATIONS
    observed = ratio_gap(total, fixed + gap.sum(axis=0)[None, :])[0]
    extreme = tried = 0
    for signs in sign_rows(count, exact):
        differences = ratio_gap(total, fixed + signs @ gap)
        extreme += int((numpy.abs(differences) >= abs(observed) - 1e-12).sum())
        tried += len(signs)
    return extreme / tried if exact else (extreme + 1) / (tried + 1)


def ratio_gap(total, differences):
    """Ratio of the first minus that of the second, from their sums' total and difference (rows of two columns)."""
    import numpy

    first, second = (total + differences) / 2, (total - differences) / 2
    with numpy.errstate(divide="ignore", invalid="ignore"):
        ratios = [numpy.where(side[:, 1] > 0, side[:, 0] / side[:, 1], 0.0) for side in (first, second)]
    return ratios[0] - ratios[1]


def sign_rows(count: int, exact: bool):
    """Rows of +1 and -1, ``count`` wide: every combination when ``exact``, else PERMUTATIONS random ones."""
    import numpy

    if exact:
        numbers = numpy.arange(2**count)[:, None]
        yield ((numbers >> numpy.arange(count)) & 1) * 2.0 - 1.0
        return
    generator = numpy.random.default_rng(SEED)
    for start in range(0, PERMUTATIONS, CHUNK):
        yield generator.integers(0, 2, size=(min(CHUNK, PERMUTATIONS - start), count)) * 2.0 - 1.0


def holm(p_values: Sequence[float]) -> list[float]:
    """The p-values adjusted for making that many tests (Holm 1979), in the same order."""
    order = sorted(range(len(p_values)), key=lambda number: p_values[number])
    adjusted = [0.0] * len(p_values)
    highest = 0.0
    for place, number in enumerate(order):
        highest = max(highest, min(1.0, (len(p_values) - place) * p_values[number]))
        adjusted[number] = highest
    return adjusted
