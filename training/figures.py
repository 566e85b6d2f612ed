"""How well a reader reads: areas, refused questions, spans, sentences, and their intervals."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from footnoted.index.models.reading import Reading
from training.data.sources import Span

RIGHT_SHARE = 0.5  # F1 in characters from which a span counts as right
DRAWN = 1000  # bootstrap samples


@dataclass(frozen=True, slots=True)
class Probe:
    """A question and a passage whose answer is known: what is measured. ``group`` is drawn as one in a bootstrap."""

    set: str
    group: str
    question: str
    passage: str
    answered: bool
    spans: tuple[Span, ...] = ()
    evidence: tuple[Span, ...] = ()
    claim: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """What came of a probe; None where it does not apply.

    ``relevance`` is the reader's, ``taught`` the teacher's.
    """

    group: str
    answered: bool
    score: float
    span: float | None = None
    exact: float | None = None
    sentence: float | None = None
    relevance: float | None = None
    taught: float | None = None


def row_of(probe: Probe, reading: Reading, taught: float | None = None) -> Row:
    """A probe with what the reader says of it; its probability is the score."""
    found = reading.span or (0, 0)
    marked = probe.spans if probe.answered else ()
    return Row(
        group=probe.group,
        answered=probe.answered,
        score=reading.answered,
        span=float(max(character_f1(found, span) for span in marked) >= RIGHT_SHARE) if marked else None,
        exact=float(found in marked) if marked else None,
        sentence=sentence_right(probe, reading.score) if probe.answered and probe.evidence else None,
        relevance=reading.relevance,
        taught=taught,
    )


def character_f1(one: Span, other: Span) -> float:
    """The harmonic mean of precision and recall in characters."""
    shared = min(one[1], other[1]) - max(one[0], other[0])
    return 2 * shared / (one[1] - one[0] + other[1] - other[0]) if shared > 0 else 0.0


def sentence_right(probe: Probe, score: Callable[[int, int], float]) -> float | None:
    """1 if the sentence that ``score`` puts first lies in the evidence by half or more; None with one sentence only."""
    from footnoted.index.text.sentences import sentences

    spans = sentences(probe.passage)
    if len(spans) < 2:
        return None
    start, end = max(spans, key=lambda span: score(*span))
    shared = sum(max(0, min(end, stop) - max(start, begin)) for begin, stop in probe.evidence)
    return float(shared >= (end - start) / 2)


def area(answered: np.ndarray, not_answered: np.ndarray) -> float:
    """The chance that an answered question scores above another one (AUROC); a tie counts half."""
    if not len(answered) or not len(not_answered):
        return float("nan")
    ordered = np.sort(not_answered)
    below = np.searchsorted(ordered, answered, "left") + np.searchsorted(ordered, answered, "right")
    return float(below.mean() / 2 / len(ordered))


def refused(answered: np.ndarray, not_answered: np.ndarray, wrongly: float) -> float:
    """The share of unanswered questions below the score under which ``wrongly`` of the answered ones lie."""
    if not len(answered) or not len(not_answered):
        return float("nan")
    return float((not_answered < np.quantile(answered, wrongly)).mean())


def correlation(rows: Sequence[Row]) -> float:
    """Pearson's, of the reader's relevance with the teacher's."""
    pairs = [(row.relevance, row.taught) for row in rows if row.taught is not None]
    return float(np.corrcoef(np.array(pairs, dtype=float).T)[0, 1]) if len(pairs) > 2 else float("nan")


def _parted(rows: Sequence[Row]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([row.score for row in rows if row.answered]), np.array([r.score for r in rows if not r.answered])


def _mean(name: str) -> Callable[[Sequence[Row]], float]:
    def mean(rows: Sequence[Row]) -> float:
        values = [getattr(row, name) for row in rows if getattr(row, name) is not None]
        return float(np.mean(values)) if values else float("nan")

    return mean


FIGURES: Mapping[str, Callable[[Sequence[Row]], float]] = {
    "area": lambda rows: area(*_parted(rows)),
    "refused at 5 %": lambda rows: refused(*_parted(rows), 0.05),
    "refused at 10 %": lambda rows: refused(*_parted(rows), 0.10),
    "span right": _mean("span"),
    "span exact": _mean("exact"),
    "sentence right": _mean("sentence"),
    "relevance correlation": correlation,
}


def figures(rows: Sequence[Row]) -> dict[str, float]:
    """Every figure that the rows give."""
    found = {name: figure(rows) for name, figure in FIGURES.items()}
    return {name: round(value, 4) for name, value in found.items() if not np.isnan(value)}


def interval(rows: Sequence[Row], figure: Callable[[Sequence[Row]], float], seed: int = 0) -> tuple[float, float]:
    """The 95 % bootstrap interval of a figure; groups (articles) are drawn, since their questions are alike.

    With fewer than five groups the questions themselves are drawn: four articles cannot be drawn in many ways.
    """
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row.group, []).append(row)
    units = list(groups.values()) if len(groups) >= 5 else [[row] for row in rows]
    generator = np.random.default_rng(seed)
    drawn = []
    for _ in range(DRAWN):
        chosen = generator.integers(0, len(units), len(units))
        drawn.append(figure([row for number in chosen for row in units[number]]))
    low, high = np.nanpercentile(drawn, [2.5, 97.5])
    return float(low), float(high)
