"""Abstention metrics: does the assistant say "not in your documents" when, and only when, it should?

Each function gives one question's share of a ratio, (numerator, denominator); the metric is the sum of the numerators
over the sum of the denominators. ``answerable`` is the label, ``abstained`` whether the assistant made no claim.
"""

from __future__ import annotations

Share = tuple[float, float]


def precision(answerable: bool, abstained: bool) -> Share:
    """Of the questions the assistant abstained on, the share that cannot be answered. Undefined if it never did."""
    return float(abstained and not answerable), float(abstained)


def recall(answerable: bool, abstained: bool) -> Share:
    """Of the questions that cannot be answered, the share the assistant abstained on."""
    return float(abstained and not answerable), float(not answerable)


def f1(answerable: bool, abstained: bool) -> Share:
    """Harmonic mean of precision and recall: 2 TP / (2 TP + FP + FN), abstaining being the positive class."""
    right = float(abstained and not answerable)
    return 2 * right, float(abstained) + float(not answerable)


def answered_wrongly(answerable: bool, abstained: bool, right: bool | None) -> Share:
    """Of all questions, the share that got a wrong answer, or an answer although there is none.

    ``right`` is None where no label says what would be right: such a question does not count.
    """
    return float(not abstained and (not answerable or right is False)), float(not answerable or right is not None)


def answered_unanswerable(answerable: bool, abstained: bool) -> Share:
    """Of the questions that cannot be answered, the share that got an answer anyway."""
    return float(not abstained and not answerable), float(not answerable)


def refused_answerable(answerable: bool, abstained: bool) -> Share:
    """Of the questions that can be answered, the share the assistant abstained on."""
    return float(abstained and answerable), float(answerable)
