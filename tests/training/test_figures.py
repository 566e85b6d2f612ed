"""The figures on numbers that can be checked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from footnoted.index.models.reading import Reading
from training.figures import FIGURES, Probe, Row, area, character_f1, figures, interval, refused, row_of, sentence_right


def test_area_and_refused() -> None:
    answered, not_answered = np.array([0.9, 0.8, 0.5, 0.1]), np.array([0.5, 0.2])
    assert area(answered, not_answered) == pytest.approx((2 + 2 + 1.5 + 0) / 8)
    many = np.arange(100) / 100
    assert refused(many, np.array([0.01, 0.04, 0.2, 0.9]), 0.05) == 0.5
    assert np.isnan(area(answered, np.array([]))) and np.isnan(refused(np.array([]), answered, 0.05))


def test_spans_and_sentences() -> None:
    assert character_f1((0, 4), (2, 6)) == 0.5 and character_f1((0, 4), (4, 8)) == 0
    probe = Probe("s", "g", "?", "One is here. Two is there.", True, spans=((0, 3),), evidence=((13, 26),))
    reading = Reading(2.0, 0.7, (0, 3), 0.5, ((0, 3), (13, 16)), (-1.0, 2.0))
    row = row_of(probe, reading, 1.5)
    assert (row.span, row.exact, row.sentence, row.relevance, row.taught) == (1.0, 1.0, 1.0, 2.0, 1.5)
    assert sentence_right(probe, lambda start, end: -start) == 0.0
    assert row_of(probe, Reading(2.0, 0.7, None, 0.0, (), ())).span == 0.0
    assert row_of(Probe("s", "g", "?", "One.", False), reading).span is None


def test_groups_are_drawn_as_one() -> None:
    alike = [Row(str(group), answered, float(group % 2)) for group in range(8) for answered in (True, False) * 10]
    each = [Row(f"{number}", row.answered, row.score) for number, row in enumerate(alike)]
    widths = [np.subtract(*interval(rows, FIGURES["area"])[::-1]) for rows in (alike, each)]
    assert widths[0] == 0, "in every group the answered score as the others, so no draw of groups changes the area"
    assert widths[1] > 0.1


def test_only_figures_that_apply_are_given() -> None:
    assert figures([Row("g", True, 0.5)]).keys() == set()
    assert figures([Row("g", True, 0.5), Row("g", False, 0.1, relevance=1.0)]).keys() == {
        "area", "refused at 5 %", "refused at 10 %",
    }  # fmt: skip
