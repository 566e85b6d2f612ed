"""PDFs made here by hand: columns, tables, running heads, hyphens, scanned and encrypted pages."""

from pathlib import Path

import pytest
from pdf_files import HEBREW, Text, make_pdf

from footnoted.index.errors import LoadError, NeedsOCR
from footnoted.index.loaders.load import load


def text_of(path: Path) -> str:
    return load(path, ocr=False).documents[0].text


LEFT = [f"left column line {number} speaks about the old harbour" for number in range(12)]
RIGHT = [f"right column line {number} tells of the new station" for number in range(12)]


@pytest.mark.parametrize("by_line", [False, True], ids=["written by column", "written line by line"])
def test_two_columns_are_read_one_after_the_other(tmp_path: Path, by_line: bool) -> None:
    left = [(40, 100 + 12 * n, text) for n, text in enumerate(LEFT)]
    right = [(320, 100 + 12 * n, text) for n, text in enumerate(RIGHT)]
    body = [text for pair in zip(left, right, strict=True) for text in pair] if by_line else left + right
    text = text_of(
        make_pdf(tmp_path / "two.pdf", [[(150, 60, "A heading as wide as both of the columns together here")] + body])
    )
    places = [text.find(f"column line {number} ") for number in (0, 11)]
    assert text.index("A heading") < text.index("left column line 0") < text.index("left column line 11")
    assert text.index("left column line 11") < text.index("right column line 0") < text.index("right column line 11")
    assert "harbour left column line 1 " in text
    assert -1 not in places


def test_rows_of_a_table_without_lines_stay_on_one_line(tmp_path: Path) -> None:
    rows = [("Item", "Place", "Count"), ("Bolt M4", "A-1", "120"), ("Nut M4", "B-2", "75"), ("Washer", "C-3", "9")]
    page = [(x, 100 + 20 * n, cell) for n, row in enumerate(rows) for x, cell in zip((50, 250, 450), row, strict=True)]
    assert "Item | Place | Count\nBolt M4 | A-1 | 120\nNut M4 | B-2 | 75\nWasher | C-3 | 9" in text_of(
        make_pdf(tmp_path / "table.pdf", [page])
    )


def test_hyphens_at_line_ends_are_joined_as_the_document_writes_the_word(tmp_path: Path) -> None:
    page = [
        (50, 100, "The well-known harbour was long the pride of the whole coun-"),
        (50, 112, "try, and its keeper was a man who had become quite well-"),
        (50, 124, "known for the stories that he told to every single visitor."),
    ]
    text = text_of(make_pdf(tmp_path / "hyphen.pdf", [page]))
    assert "pride of the whole country, and" in text
    assert "quite well-known for the stories" in text


def test_running_heads_and_page_numbers_are_left_out_and_named(tmp_path: Path) -> None:
    pages = [
        [
            (50, 40, "Harbour Board Annual Report"),
            (50, 300, f"Fact {name} stands only here."),
            (290, 770, f"{number} / 5"),
        ]
        for number, name in enumerate(("alpha", "beta", "gamma", "delta", "epsilon"), 1)
    ]
    (document,) = load(make_pdf(tmp_path / "heads.pdf", pages)).documents
    assert "Annual Report" not in document.text
    assert "/ 5" not in document.text
    assert "Fact gamma stands only here." in document.text
    assert any("Harbour Board Annual Report" in note for note in document.notes)
    assert [section.label for section in document.sections] == [f"page {number}" for number in range(1, 6)]
    assert document.text[document.sections[2].start : document.sections[2].end] == "Fact gamma stands only here."


def test_a_paragraph_goes_on_over_a_page_break(tmp_path: Path) -> None:
    first = [
        (50, 700, "The keeper of the harbour wrote a long letter to"),
        (50, 712, "the board in which he asked for a new lantern and"),
    ]
    second = [(50, 100, "for two boats that would not leak in the winter."), (50, 112, "The board agreed to it.")]
    (document,) = load(make_pdf(tmp_path / "over.pdf", [first, second])).documents
    assert "a new lantern and for two boats" in document.text
    assert document.text[document.sections[1].start :].startswith("for two boats")


def test_line_numbers_in_the_margin_are_left_out(tmp_path: Path) -> None:
    def page(day: str) -> list[Text]:
        lines = [f"on {day} the witness said in sentence {name} that he saw nothing" for name in "abcdefghijkl"]
        return [
            part for n, line in enumerate(lines) for part in ((30, 100 + 24 * n, str(n + 1)), (80, 100 + 24 * n, line))
        ]

    text = text_of(make_pdf(tmp_path / "court.pdf", [page(day) for day in ("Monday", "Tuesday", "Friday")]))
    assert "11" not in text
    assert "on Monday the witness said in sentence b that he saw nothing on Monday" in " ".join(text.split())


def test_pages_that_are_pictures_need_ocr(tmp_path: Path) -> None:
    picture = b"q 500 0 0 700 50 50 cm BI /W 1 /H 1 /CS /G /BPC 8 ID \x80 EI Q"
    scanned = make_pdf(tmp_path / "scan.pdf", [[]], extra=picture)
    with pytest.raises(NeedsOCR, match="scan.pdf has no text layer"):
        load(scanned, ocr=False)


def test_what_is_no_pdf_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "not.pdf"
    path.write_bytes(b"this is not a PDF at all" * 50)
    with pytest.raises(LoadError, match=r"not.pdf is damaged or not a PDF file\."):
        load(path)


def test_larger_letters_are_headings_and_the_first_is_the_title(tmp_path: Path) -> None:
    body = [f"Sentence {n} of the running text tells what happened in the harbour on that day." for n in range(30)]
    page: list[Text] = [(50, 60, "The harbour handbook", 20), (50, 100, "1.1 Fire", 14)]
    page += [(50, 130 + 12 * n, text) for n, text in enumerate(body[:20])]
    page += [(50, 400, "2 Fees", 14), *((50, 430 + 12 * n, text) for n, text in enumerate(body[20:]))]
    (document,) = load(make_pdf(tmp_path / "book.pdf", [page])).documents
    assert [(heading.level, heading.title) for heading in document.headings] == [
        (1, "The harbour handbook"), (2, "1.1 Fire"), (2, "2 Fees"),
    ]  # fmt: skip
    assert all(document.text[heading.start : heading.end] == heading.title for heading in document.headings)
    assert document.title == "The harbour handbook"


def test_a_page_of_large_letters_has_no_headings(tmp_path: Path) -> None:
    slide: list[Text] = [(50, 100, "Big words", 30), (50, 200, "Other words", 24), (50, 300, "Small words here", 18)]
    (document,) = load(make_pdf(tmp_path / "slide.pdf", [slide])).documents
    assert document.headings == ()


def test_justified_columns_with_a_lane_as_narrow_as_a_space(tmp_path: Path) -> None:
    """Each line has the same words in another order, so that all are equally wide and the lane is 6 points."""
    words = ["keeper", "wrote", "about", "many", "ships", "and", "stars"]
    orders = [words[number % 7 :] + words[: number % 7] for number in range(16)]
    left: list[Text] = [(40, 100 + 12 * n, " ".join([f"L{n:02}", *order])) for n, order in enumerate(orders)]
    edge = max(word.right for word in _words(make_pdf(tmp_path / "left.pdf", [left])))
    right: list[Text] = [(edge + 6, 100 + 12 * n, " ".join([f"R{n:02}", *order])) for n, order in enumerate(orders)]
    page = [part for pair in zip(left, right, strict=True) for part in pair]
    text = text_of(make_pdf(tmp_path / "narrow.pdf", [page]))
    numbers = [word for word in text.split() if word[0] in "LR" and word[1:].isdigit()]
    assert numbers == [f"L{n:02}" for n in range(16)] + [f"R{n:02}" for n in range(16)]


def _words(path: Path):
    import pypdfium2

    from footnoted.index.loaders.pdf.words import words_of

    pdf = pypdfium2.PdfDocument(path)
    try:
        return words_of(pdf[0])
    finally:
        pdf.close()


def test_cells_of_several_lines_stay_in_their_row(tmp_path: Path) -> None:
    page: list[Text] = [(50, 80, "Name"), (150, 80, "Duties"), (450, 80, "Room")]
    for number, name in enumerate(("Ann", "Bo", "Cy")):
        top = 110 + 50 * number
        page += [(50, top, name), (150, top, f"Keeps light {number} and writes"), (450, top, f"A{number}")]
        page += [(150, top + 12, "the log of every ship that"), (150, top + 24, "passes by.")]
    assert text_of(make_pdf(tmp_path / "wrapped.pdf", [page])).split("\n") == [
        "Name | Duties | Room",
        *(
            f"{name} | Keeps light {number} and writes the log of every ship that passes by. | A{number}"
            for number, name in enumerate(("Ann", "Bo", "Cy"))
        ),
    ]


def test_what_a_form_says_anew_on_each_page_is_kept(tmp_path: Path) -> None:
    amounts = (417, 22, 9034, 650)
    pages = [
        [
            (50, 30, "Harbour Bank"),
            (50, 50, f"Balance: {amount}"),
            (50, 400, "Thank you."),
            (300, 780, f"Page {number}"),
        ]
        for number, amount in enumerate(amounts, 1)
    ]
    text = text_of(make_pdf(tmp_path / "statement.pdf", pages))
    assert [f"Balance: {amount}" in text for amount in amounts] == [True] * 4
    assert "Page 3" not in text and "Harbour Bank" not in text


def test_hyphens_of_addresses_and_of_words_with_several(tmp_path: Path) -> None:
    page = [
        (50, 100, "You find it at https://example.org/long-path/and-more-"),
        (50, 112, "hyphens/index.html in the state-of-the-"),
        (50, 124, "art part of our pages, and only there, as far as we know."),
    ]
    text = text_of(make_pdf(tmp_path / "address.pdf", [page]))
    assert "https://example.org/long-path/and-more-hyphens/index.html" in text
    assert "state-of-the-art" in text


def test_hebrew_is_read_from_right_to_left(tmp_path: Path) -> None:
    """Words stand from right to left, with their letters drawn from left to right; Latin words run the other way."""
    sentence = ["שלום", "עולם", "בשנת", "2020", "Town", "Old", "נבנה"]
    drawn = ["".join(HEBREW.get(letter, letter) for letter in word) for word in sentence]
    drawn = [word[::-1] if word[0] in HEBREW.values() else word for word in drawn]
    apart = make_pdf(tmp_path / "apart.pdf", [[(50, 100 + 50 * n, word) for n, word in enumerate(drawn)]], hebrew=True)
    widths = [word.right - word.left for word in _words(apart)]
    page: list[Text] = []
    right = 550.0
    for word, width in zip(drawn, widths, strict=True):
        page.append((right - width, 100, word))
        right -= width + 3
    path = make_pdf(tmp_path / "hebrew.pdf", [page], hebrew=True)
    assert text_of(path) == "שלום עולם בשנת 2020 Old Town נבנה"


def test_titles_that_programs_write_are_none(tmp_path: Path) -> None:
    from footnoted.index.loaders.pdf.load import _title

    assert [_title(told) for told in ("report.docx", "Untitled", "Microsoft Word - Plan", "A plan (v. 2.0)")] == [
        "", "", "Plan", "A plan (v. 2.0)",
    ]  # fmt: skip


def test_values_of_forms_and_notes_are_read(tmp_path: Path) -> None:
    annotations = [
        b"/Subtype /Widget /FT /Tx /T (surname) /TU (Family name) /V (Muster)",
        b"/Subtype /Widget /FT /Tx /T (empty)",
        b"/Subtype /Widget /FT /Ch /Ff 131072 /T (country) /V (Norway) /Opt [(Norway) (Sweden)]",
        b"/Subtype /Text /Contents (Please check this)",
        b"/Subtype /Link",
    ]
    path = make_pdf(tmp_path / "form.pdf", [[(50, 100, "Application for a berth")]], annotations=annotations)
    (document,) = load(path, ocr=False).documents
    assert document.text == ("Application for a berth\n\nFamily name: Muster\ncountry: Norway\nNote: Please check this")
    assert document.notes == ("Page 1 is followed by what was filled into its form or noted on it.",)
    assert document.sections[0].end == len(document.text)
