"""Raised and lowered characters of a PDF, and the notes that raised marks point to."""

from pathlib import Path

import pytest
from pdf_files import Text, make_pdf, runs

from footnoted.index.loaders.load import load
from footnoted.index.text.blocks import fault
from footnoted.index.types import LoadedDocument


def up(text: str, size: float = 7) -> tuple[str, float, float]:
    return text, size, 4


def down(text: str) -> tuple[str, float, float]:
    return text, 7, -2


def loaded(path: Path, *pages: list[Text | bytes]) -> LoadedDocument:
    (document,) = load(make_pdf(path, pages), ocr=False).documents
    assert fault(document.text, document.blocks) == ""
    return document


@pytest.mark.parametrize(
    ("parts", "read"),
    [
        (["The lab counted 3 × 10", up("6"), " cells."], "The lab counted 3 × 10⁶ cells."),
        (["A rate of 10", up("-3"), " per hour."], "A rate of 10⁻³ per hour."),
        (["The plant stores CO", down("2"), " in tanks."], "The plant stores CO₂ in tanks."),
        (["Water is H", down("2"), "O, as ever."], "Water is H₂O, as ever."),
        (["A tank of 80 m", up("3"), "."], "A tank of 80 m³."),
        (["Then x", up("2"), " grows, x", down("i"), " does not."], "Then x² grows, xᵢ does not."),
        (["It holds e", up("2q"), " at most."], "It holds e^(2q) at most."),
        (["The values T", down("max"), " are high."], "The values Tmax are high."),
        (["It was the 1", up("st"), " of May."], "It was the 1st of May."),
        (["Au 19", up("e"), " on danse."], "Au 19e on danse."),
        (["Buy the Lantern", up("TM"), " now."], "Buy the LanternTM now."),
        (["The S", ("MALL CAPS", 8, 0), " are letters."], "The SMALL CAPS are letters."),
        ([("T", 34, -12), "he chapter begins here."], "The chapter begins here."),
        (["The budget was 45", up("1"), " million crowns."], "The budget was 45¹ million crowns."),
        (["The budget was 45", up("(1)"), " million crowns."], "The budget was 45⁽¹⁾ million crowns."),
        (["It cost more in 2022", up("2"), "."], "It cost more in 2022²."),
        (["The old master", up("1,2"), " agreed."], "The old master¹,² agreed."),
        (["A room of 21", up("°"), " and 5* of 9."], "A room of 21° and 5* of 9."),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_raised_and_lowered_characters_are_no_part_of_the_number(parts, read: str, tmp_path: Path) -> None:
    assert loaded(tmp_path / "line.pdf", [runs(60, 100, *parts)]).text == read


BODY: list[Text | bytes] = [
    (60, 200 + 14 * n, f"Line {name} of the running text tells what happened in the harbour.", 11)
    for n, name in enumerate("abcdefghijklmnop")
]


def note(mark: str, y: float, text: str, *, raised: bool = True) -> bytes:
    return runs(60, y, (mark, 6, 3) if raised else mark, f" {text}", size=8)


@pytest.mark.parametrize(
    ("parts", "notes", "read"),
    [
        (["The budget was 45", up("1"), " million."], ["1"], "The budget was 45 [1] million."),
        (["The budget was 45", up("(1)"), " million."], ["(1)"], "The budget was 45 [1] million."),
        (["Vera Stoltz", up("1"), " has 80 m", up("2"), "."], ["1", "2"], "Vera Stoltz [1] has 80 m²."),
        (["Vera Stoltz.", up("2"), " It has 10", up("2"), " rooms."], ["2"], "Vera Stoltz. [2] It has 10² rooms."),
        (["The old master", up("1,2"), " agreed."], ["1", "2"], "The old master [1, 2] agreed."),
        (["The old master", up("1-3"), " agreed."], ["1", "2", "3"], "The old master [1, 2, 3] agreed."),
        (["The catch was 12.5", up("a"), " tonnes."], ["a"], "The catch was 12.5 [a] tonnes."),
        (["The old master", up("4"), " agreed."], ["1"], "The old master⁴ agreed."),
        (["In 2022", up("2"), " he", up("2"), " had 7", up("2"), "."], ["2"], "In 2022 [2] he [2] had 7²."),
        (["So E = mc", up("2"), ", he", up("2"), " said."], ["2"], "So E = mc², he [2] said."),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_raised_mark_with_a_note_at_the_foot_is_set_apart(parts, notes, read: str, tmp_path: Path) -> None:
    foot = [note(mark, 740 + 12 * n, f"Said in note {'xyz'[n]}.") for n, mark in enumerate(notes)]
    document = loaded(tmp_path / "note.pdf", [runs(60, 100, *parts), *BODY, *foot])
    assert document.text.startswith(f"{read}\n\n")
    shown = [
        (block.label, document.text[block.start : block.end]) for block in document.blocks if block.kind == "footnote"
    ]
    marks = [mark.strip("()") for mark in notes]
    assert shown == [(mark, f"[{mark}] Said in note {'xyz'[n]}.") for n, mark in enumerate(marks)]


def test_a_note_whose_mark_stands_on_the_line_is_known_by_its_place_and_size(tmp_path: Path) -> None:
    foot = [note("1", 740, "The costs of the new crane are not in it.", raised=False), (60, 752, "They come later.", 8)]
    document = loaded(tmp_path / "plain.pdf", [runs(60, 100, "The budget", up("1"), " was high."), *BODY, *foot])
    assert document.text.startswith("The budget [1] was high.")
    assert document.text.endswith("[1] The costs of the new crane are not in it. They come later.")


def test_a_number_at_the_foot_is_no_note_without_a_mark_in_the_text(tmp_path: Path) -> None:
    document = loaded(tmp_path / "none.pdf", [*BODY, (60, 740, "2 boats lie in the dock today.", 8)])
    assert not [block for block in document.blocks if block.kind == "footnote"]
    assert document.text.endswith("2 boats lie in the dock today.")


def test_notes_at_the_end_of_the_document_are_found(tmp_path: Path) -> None:
    first: list[Text | bytes] = [runs(60, 100, "The light was built by hand.", up("2"), " It stands."), *BODY]
    last: list[Text | bytes] = [(60, 60, "Notes", 18), *BODY]
    last += [(60, 500 + 30 * n, f"{n}. Harbour Board, letter {n}.", 11) for n in (1, 2, 3)]
    assert loaded(tmp_path / "end.pdf", first, last).text.startswith("The light was built by hand. [2] It stands.")


def test_a_sentence_over_a_page_break_is_not_cut_by_the_notes_between(tmp_path: Path) -> None:
    foot = note("1", 740, "Said in a letter.")
    first = [
        *BODY,
        runs(60, 450, "The keeper", up("1"), " wrote a long letter to the"),
        (60, 464, "board in which he asked for a", 11),
        foot,
    ]
    second: list[Text | bytes] = [
        (60, 60, "new lantern that would not go out in the wind. The", 11),
        (60, 74, "board agreed.", 11),
    ]
    document = loaded(tmp_path / "over.pdf", first, second)
    assert "The keeper [1] wrote a long letter to the board in which he asked for a new lantern that" in document.text
    first_page, second_page = document.sections
    assert "Said in a letter." in document.text[first_page.start : first_page.end]
    assert document.text[second_page.start : second_page.end].startswith("new lantern that would")


def test_a_tall_first_letter_belongs_to_its_first_line(tmp_path: Path) -> None:
    lines = ["he valley had a good year, and its farms", "sold more fruit than in any year", "before the war."]
    page: list[Text | bytes] = [(60, 114, "T", 32)]
    page += [(82 if n < 2 else 60, 100 + 14 * n, line, 11) for n, line in enumerate(lines)]
    document = loaded(tmp_path / "initial.pdf", [*page, *BODY])
    assert document.text.startswith("The valley had a good year, and its farms sold more fruit than in any year\n")


def test_cells_at_other_heights_are_not_raised(tmp_path: Path) -> None:
    page: list[Text | bytes] = []
    for number, (name, unit) in enumerate([("Length", "12"), ("Width", "7"), ("Height", "3")]):
        page += [(60, 100 + 20 * number, name, 12), (150, 98 + 20 * number, unit, 8), (250, 100 + 20 * number, "m", 12)]
    assert loaded(tmp_path / "cells.pdf", page).text == "Length | 12 | m\nWidth | 7 | m\nHeight | 3 | m"
