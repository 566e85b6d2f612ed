"""PDFs made here by hand: columns, tables, running heads, hyphens, scanned and encrypted pages."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from index.errors import LoadError, NeedsOCR
from index.load import load

Text = tuple[float, float, str]


def make_pdf(path: Path, pages: Sequence[Sequence[Text]], size: int = 10, extra: bytes = b"") -> Path:
    """A PDF with (x, y from the top, text) on pages of 600 x 800 points, in Helvetica."""
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b"", b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    kids = []
    for page in pages:
        escaped = [
            (x, 800 - y, text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")) for x, y, text in page
        ]
        shown = "".join(f"BT /F1 {size} Tf {x} {y} Td ({text}) Tj ET\n" for x, y, text in escaped)
        stream = shown.encode("latin-1") + extra
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream))
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents %d 0 R "
            b"/Resources << /Font << /F1 3 0 R >> >> >>" % len(objects)
        )
        kids.append(b"%d 0 R" % len(objects))
    objects[1] = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(kids), b" ".join(kids))
    body, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    start = len(body)
    body += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    body += b"".join(b"%010d 00000 n \n" % place for place in places)
    body += b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    path.write_bytes(body)
    return path


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
