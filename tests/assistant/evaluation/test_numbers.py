"""Numbers are compared by value, whatever their separators, scale, sign and rounding."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footnoted.assistant.evaluation.metrics.numbers import found_in, is_number, says


@pytest.mark.parametrize(
    ("text", "gold", "unit", "right"),
    [
        ("Revenue was $1,234.5 million.", "1,234.5", "million", True),
        ("It was 1.2 million people.", "1,234,567", "", True),
        ("It was 1 million.", "1,400,000", "", False),
        ("The change was (12.5)%.", "-12.5", "%", True),
        ("12.5 percent", "12.5", "percent", True),
        ("a loss of 12", "-12", "", False),
        ("The table says 23,363.", "23,363", "thousand", True),
        ("23,363 thousand", "23,363", "thousand", True),
        ("23,363 million", "23,363", "thousand", False),
        ("three of them", "3", "", True),
        ("In 2019, 45 and 46", "46", "", True),
        ("1.234,5", "1,234.5", "", True),
        ("versions v1234 and A12", "12", "", False),
        ("5,000", "5000", "", True),
        ("It grew by 3.46%.", "3.5", "%", True),
        ("It grew by 34.6%.", "3.46", "", False),
        ("2010-12", "-12", "", False),
        ("12%", "12", "", False),
        ("12.5", "12.8", "", False),
    ],
)
def test_a_number_is_found_by_its_value(text: str, gold: str, unit: str, right: bool) -> None:
    assert says(text, gold, unit) is right


@pytest.mark.parametrize("text", ["23,363", "$3.5 million", "12%", "(5)", "three", "-4.0"])
def test_these_are_numbers(text: str) -> None:
    assert is_number(text)


@pytest.mark.parametrize("text", ["2019", "Sterling", "12 years", "in 3 parts", "", "A12"])
def test_these_are_texts_and_years(text: str) -> None:
    assert not is_number(text)


@given(st.integers(-(10**12), 10**12), st.text("ab .", max_size=10))
def test_a_whole_number_is_found_wherever_it_stands_and_its_neighbour_is_not(value: int, around: str) -> None:
    text = f"{around} {value:,} {around}"
    assert says(text, str(value))
    assert not says(text, str(value + 1)) or value in (-1, 0)


@given(st.text(max_size=200))
def test_any_text_can_be_read(text: str) -> None:
    assert all(isinstance(value, float) for value, _, _ in found_in(text))
