"""Raised and lowered characters: Unicode's own signs where there are some, else in brackets behind a sign."""

from __future__ import annotations

import unicodedata

import pytest

from footnoted.index.loaders.scripts import LOWERED_LETTERS, RAISED_LETTERS, in_brackets, lowered, raised


@pytest.mark.parametrize(
    ("text", "above", "below"),
    [
        ("6", "⁶", "₆"),
        ("-3", "⁻³", "₋₃"),
        ("−3", "⁻³", "₋₃"),
        (" 10 ", "¹⁰", "₁₀"),
        ("2n", "²ⁿ", "_(2n)"),
        ("max", "^(max)", "_(max)"),
        ("1.5", "^(1.5)", "_(1.5)"),
        ("(a+b)", "^(a+b)", "_(a+b)"),
        ("(a)+(b)", "^((a)+(b))", "_((a)+(b))"),
        ("(2)", "⁽²⁾", "₍₂₎"),
        ("", "", ""),
        ("  ", "", ""),
    ],
)
def test_raised_and_lowered(text: str, above: str, below: str) -> None:
    assert (raised(text), lowered(text)) == (above, below)


def test_letters_are_raised_only_where_that_is_asked_for() -> None:
    assert (raised("a"), raised("a", letters=True)) == ("^(a)", "ᵃ")
    assert (lowered("x"), lowered("x", letters=True)) == ("_(x)", "ₓ")
    assert raised("q", letters=True) == "^(q)"  # Unicode has none


def test_every_sign_means_the_character_that_it_stands_for() -> None:
    for signs in (RAISED_LETTERS, LOWERED_LETTERS):
        for plain, sign in signs.items():
            assert unicodedata.normalize("NFKC", sign).replace("−", "-") == plain.replace("–", "-").replace("−", "-")


@pytest.mark.parametrize(
    ("text", "whole"),
    [("(a+b)", True), ("((a))", True), ("(a)+(b)", False), ("a+b", False), ("(a", False), ("", False)],
)
def test_in_brackets(text: str, whole: bool) -> None:
    assert in_brackets(text) is whole
