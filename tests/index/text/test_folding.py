"""Characters that can be typed in several ways are compared in one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footnoted.index.text.folding import search_form


@pytest.mark.parametrize(
    ("written", "compared"),
    [
        ("CO₂ in m²", "CO2 in m2"),
        ("m^2", "m2"),
        ("10⁶ and 10⁻³", "10 6 and 10 ⁻3"),
        ("10^6", "10^6"),
        ("101₂", "101 2"),
        ("ﬁre and ﬂame", "fire and flame"),
        ("ＡＢ－１２", "AB－12"),
        ("12½", "12 1⁄2 "),
        ("Foo™ costs €5…", "Foo™ costs €5…"),
        ("cafe\u0301", "café"),
        ("ｶﾞﾗｽ", "ガラス"),
        ("x⁽²⁾", "x⁽2⁾"),
        ("naïve Zürich 東京", "naïve Zürich 東京"),
    ],
)
def test_one_form(written: str, compared: str) -> None:
    assert search_form(written) == compared


@given(st.text())
def test_any_text_has_a_form_that_stays(text: str) -> None:
    once = search_form(text)
    assert search_form(search_form(once)) == search_form(once)
