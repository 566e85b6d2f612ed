"""Numbers as a spreadsheet shows them, with the words and signs of their format."""

from __future__ import annotations

import datetime

import pytest

from footnoted.index.loaders.office.number_formats import number_format, parsed_format

EPOCH = datetime.datetime(1899, 12, 30)


@pytest.mark.parametrize(
    ("code", "raw", "shown"),
    [
        ('0.0 "kg"', "3.5", "3.5 kg"),
        ('0.0 "kg"', "-3.25", "-3.25 kg"),
        ('0" kg"', "75", "75 kg"),
        ('0\\ "m²"', "40", "40 m²"),
        ('"No. "0', "5", "No. 5"),
        ('#,##0.00 "EUR"', "1234.5", "1234.5 EUR"),
        ('#,##0.00"€"', "5", "5 €"),
        ('"$"#,##0.00', "-5", "-$5"),
        ("[$£-809]#,##0", "7", "£7"),
        ("#,##0;(#,##0)", "-4200", "-4200"),
        ("(0)", "5", "(5)"),
        ("[Red]0;[Red]0", "-5", "-5"),
        ('0" profit";0" loss";"none"', "-5", "5 loss"),
        ('0" profit";0" loss";"none"', "0", "none"),
        ('_-* #,##0.00 "€"_-;-* #,##0.00 "€"_-;_-* "-"?? "€"_-;_-@_-', "0", "0 €"),
        ('_-* #,##0.00 "€"_-;-* #,##0.00 "€"_-;_-* "-"?? "€"_-;_-@_-', "-7.5", "-7.5 €"),
        (";;;", "5", "5"),
        ('[=1]"yes";[=0]"no";General', "1", "yes"),
        ('[=1]"yes";[=0]"no";General', "7", "7"),
        ('[>=1000]0.0,"k";0', "1500", "1.5k"),
        ('0.0,," M"', "12345678", "12.3 M"),
        ('0.0%" growth"', "0.05", "5% growth"),
        ("0.00%", "0.0725", "7.25%"),
        ("00000", "42", "00042"),
        ("# ?/?", "0.75", "0.75"),
        ("0.00E+00", "12345", "12345"),
        ("mmm yyyy", "45292", "Jan 2024"),
        ("[$-409]mmmm\\-yy", "45292", "January 2024"),
        ("yyyy-mm", "45292", "2024-01"),
        ("yyyy", "45292", "2024"),
        ("dd.mm.yyyy hh:mm", "45366.604166666664", "2024-03-15 14:30"),
        ('yyyy"年"m"月"d"日"', "45292", "2024-01-01"),
        ("[h]:mm", "1.2708333", "30:30"),
        ("h:mm AM/PM", "0.75", "18:00"),
        ("General", "0.30000000000000004", "0.3"),
        ("0", "no number", "no number"),
    ],
)
def test_numbers(code: str, raw: str, shown: str) -> None:
    assert parsed_format(code).shown(raw, EPOCH) == shown


def test_texts_and_formats_that_every_workbook_knows() -> None:
    assert parsed_format('0;0;0;@" (draft)"').text("Plan") == "Plan (draft)"
    assert parsed_format("0.00").text("Plan") == "Plan"
    assert number_format("17", {}).shown("45292", EPOCH) == "Jan 2024"
    assert number_format("14", {}).shown("45292", EPOCH) == "2024-01-01"
    assert number_format("9", {}).shown("0.5", EPOCH) == "50%"
    assert number_format("99", {}).shown("5", EPOCH) == "5"


@pytest.mark.parametrize(
    "code", ['"', "\\", "[", ";", '""""', "[=]", "[>x]0", "0" * 300, "%%%", "@@;;@", "_", "*", "[h", "E+"]
)
def test_no_format_is_too_odd(code: str) -> None:
    for raw in ("5", "-5", "0", "1e300"):
        assert isinstance(parsed_format(code).shown(raw, EPOCH), str)
