"""Files of the usual formats in the less usual forms that programs and people give them."""

# ruff: noqa: E501

from __future__ import annotations

import datetime
import json
import zipfile
from collections.abc import Iterable
from pathlib import Path

import pytest
from office_files import WORD as _WORD
from office_files import make_docx, paragraph, run

from footnoted.index.errors import LoadError
from footnoted.index.loaders.load import load, load_isolated
from footnoted.index.types import LoadedDocument


def read(path: Path, content: str | bytes) -> LoadedDocument:
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    (document,) = load(path).documents
    return document


def text_of(path: Path) -> str:
    return load(path).documents[0].text


# Word ----------------------------------------------------------------------------------------------------------------


def test_word_tracked_changes_and_hidden_words(tmp_path: Path) -> None:
    body = f"<w:p>{run('It costs ')}<w:del><w:r><w:delText>fifty</w:delText></w:r></w:del><w:ins>{run('sixty')}</w:ins>"
    body += f"{run(' secret', '<w:vanish/>')}{run(' euros.')}</w:p>"
    body += f"<w:p><w:moveFrom>{run('Away')}</w:moveFrom><w:moveTo>{run('Here')}</w:moveTo></w:p>"
    assert text_of(make_docx(tmp_path / "a.docx", body)) == "It costs sixty euros.\n\nHere"


def test_word_lists_count_as_the_document_shows(tmp_path: Path) -> None:
    def level(depth: int, kind: str, text: str, start: int = 1) -> str:
        return f'<w:lvl w:ilvl="{depth}"><w:start w:val="{start}"/><w:numFmt w:val="{kind}"/><w:lvlText w:val="{text}"/></w:lvl>'

    def item(text: str, number: int, depth: int = 0) -> str:
        return paragraph(text, f'<w:numPr><w:ilvl w:val="{depth}"/><w:numId w:val="{number}"/></w:numPr>')

    numbering = (
        f'<w:numbering><w:abstractNum w:abstractNumId="1">{level(0, "decimal", "%1.")}{level(1, "lowerLetter", "%2)")}'
        f'{level(2, "decimal", "%1.%3")}</w:abstractNum><w:abstractNum w:abstractNumId="2">'
        f'{level(0, "upperRoman", "Article %1", 4)}</w:abstractNum><w:abstractNum w:abstractNumId="3">'
        f"{level(0, 'bullet', 'o')}</w:abstractNum>"
        + "".join(f'<w:num w:numId="{n}"><w:abstractNumId w:val="{n}"/></w:num>' for n in (1, 2, 3))
        + "</w:numbering>"
    )
    body = item("Open", 1) + item("left", 1, 1) + item("right", 1, 1) + item("more", 1, 2) + item("Close", 1)
    body += item("Fees", 2) + item("Fines", 2) + item("dot", 3)
    assert text_of(make_docx(tmp_path / "a.docx", body, numbering=numbering)).split("\n") == [
        "1. Open", "a) left", "b) right", "1.1 more", "2. Close", "Article IV Fees", "Article V Fines", "- dot",
    ]  # fmt: skip


def test_word_footnotes_heads_and_cells_in_cells(tmp_path: Path) -> None:
    def cell(inside: str, properties: str = "") -> str:
        return f"<w:tc><w:tcPr>{properties}</w:tcPr>{inside}</w:tc>"

    inner = f"<w:tbl><w:tr>{cell(paragraph('in1'))}{cell(paragraph('in2'))}</w:tr></w:tbl>"
    first = cell(paragraph("North"), '<w:vMerge w:val="restart"/>')
    body = f"<w:tbl><w:tr>{first}{cell(paragraph('Kiel'))}</w:tr>"
    body += f"<w:tr>{cell(paragraph(''), '<w:vMerge/>')}{cell(inner + paragraph('after'))}</w:tr></w:tbl>"
    note = f'<w:footnotes><w:footnote w:type="separator">{paragraph("---")}</w:footnote>'
    note += f'<w:footnote w:id="2">{paragraph("Built in 1900.")}</w:footnote></w:footnotes>'
    head = f"<w:hdr>{paragraph('Head of the page')}</w:hdr>"
    path = make_docx(tmp_path / "a.docx", body, footnotes=note, header1=head, header2=head)
    assert text_of(path) == "North | Kiel\nNorth | after\n\nin1 | in2\n\nBuilt in 1900.\n\nHead of the page"


def test_entities_in_office_files_are_not_expanded(tmp_path: Path) -> None:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "lol"}">' for n in range(10))
    main = f'<!DOCTYPE x [{entities}<!ENTITY f SYSTEM "file:///etc/passwd">]><w:document xmlns:w="{_WORD}"><w:body>'
    main += f"{paragraph('Before')}{paragraph('&l9;&f;')}</w:body></w:document>"
    assert "root" not in text_of(make_docx(tmp_path / "a.docx", "", main))
    assert len(text_of(tmp_path / "a.docx")) < 100


def test_bombs_are_not_unpacked(tmp_path: Path) -> None:
    make_docx(tmp_path / "bomb.docx", "", " " * 100_000_000)
    with pytest.raises(LoadError, match=r"bomb.docx unpacks to far too much data"):
        load_isolated(tmp_path / "bomb.docx")


@pytest.mark.parametrize("name", ["a.docx", "a.pptx", "a.xlsx", "a.epub"])
@pytest.mark.parametrize("data", [b"<html>I am a page</html>", b"{\\rtf1 hello}", b"PK\x05\x06" + bytes(18)])
def test_files_that_are_something_else(tmp_path: Path, name: str, data: bytes) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(LoadError, match=f"{name} is damaged"):
        load_isolated(tmp_path / name)


# Sheets, slides, tables ----------------------------------------------------------------------------------------------


def test_excel_values_as_they_are_shown(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Prices"
    formats = {
        "Euro": (1234.5, '#,##0.00 "€"'), "Dollar": (-5, '"$"#,##0.00'), "Pound": (7, "[$£-809]#,##0"), "Code": (42, "00000"),
        "Share": (0.0725, "0.00%"), "Hours": (datetime.timedelta(hours=30, minutes=5), "[h]:mm"),
        "Clock": (datetime.datetime(2024, 5, 3, 8, 5), "hh:mm"), "Day": (datetime.date(2024, 5, 3), "dd/mm/yyyy"),
        "Plain": (0.1 + 0.2, "General"),
    }  # fmt: skip
    sheet.append(["Item", *formats])
    sheet.append(["Rope", *(value for value, _ in formats.values())])
    for column, (_, code) in enumerate(formats.values(), 2):
        sheet.cell(2, column).number_format = code
    hidden = book.create_sheet("Old")
    hidden.append(["secret", 1])
    hidden.sheet_state = "hidden"
    far = book.create_sheet("Far")
    far["A1"], far["XFD1048576"] = "near", "far away"
    book.save(tmp_path / "a.xlsx")
    (document,) = load(tmp_path / "a.xlsx").documents
    assert (
        "Item: Rope | Euro: 1234.5 € | Dollar: -$5 | Pound: £7 | Code: 00042 | Share: 7.25% | Hours: 30:05 | "
        "Clock: 08:05 | Day: 2024-05-03 | Plain: 0.3" in document.text
    )
    assert document.text.endswith("near\n\nfar away")
    assert document.notes == ("The sheet Old is hidden; it was read, too.",)


def test_powerpoint_groups_merged_cells_and_hidden_slides(tmp_path: Path) -> None:
    pptx = pytest.importorskip("pptx")
    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[5])
    slide.shapes.title.text = "Ships"
    inner = slide.shapes.add_group_shape().shapes.add_group_shape().shapes.add_textbox(0, 0, 9, 9)
    inner.text_frame.text = "In a group in a group"
    table = slide.shapes.add_table(2, 2, 0, 0, 9, 9).table
    for row, texts in enumerate((("A", "B"), ("", "C"))):
        for column, text in enumerate(texts):
            table.cell(row, column).text = text
    table.cell(0, 0).merge(table.cell(1, 0))
    slide._element.set("show", "0")
    deck.save(tmp_path / "a.pptx")
    (document,) = load(tmp_path / "a.pptx").documents
    assert document.text == "Ships\n\nIn a group in a group\n\nA | B\nA | C"
    assert document.notes == ("Slide 1 is hidden in the show; it was read, too.",)


@pytest.mark.parametrize(
    ("name", "content", "text"),
    [
        ("a.csv", "sep=;\nname;age\nAnn;5\nBob;6\n", "name | age\nname: Ann | age: 5\nname: Bob | age: 6"),
        ("a.csv", "a|b\nx|2\ny|4\n", "a | b\na: x | b: 2\na: y | b: 4"),
        ("a.tsv", "id\tname\n1\tAnn\n", "id | name\nid: 1 | name: Ann"),
        ("a.csv", "Land,2020,2021\nNorway,5,6\nSweden,7,8\n",
         "Land | 2020 | 2021\nLand: Norway | 2020: 5 | 2021: 6\nLand: Sweden | 2020: 7 | 2021: 8"),
        ("a.csv", "Report\n\nregion,q1,q2\nNorth,1,2\n", "Report\nregion | q1 | q2\nregion: North | q1: 1 | q2: 2"),
        ("a.csv", 'name,said\n"Smith, J","He said ""hi"",\nthen left"\nB,x\n',
         'name | said\nname: Smith, J | said: He said "hi", then left\nname: B | said: x'),
        ("a.csv", "a,b,c\n1,2\n3,4,5,6\n\n7\n", "a | b | c\na: 1 | b: 2\na: 3 | b: 4 | c: 5 | 6\n7"),
    ],
    ids=["told separator", "pipes", "tabs", "years as columns", "title above", "quotes", "ragged"],
)  # fmt: skip
def test_tables_of_text(tmp_path: Path, name: str, content: str, text: str) -> None:
    assert read(tmp_path / name, content).text == text


# Messages, books, text -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "title", "words"),
    [
        (b"From: =?utf-8?B?SsO8cmdlbg==?= <j@example.org>\nSubject: =?iso-8859-1?Q?Gr=FC=DFe_aus?= =?utf-8?Q?_K=C3=B6ln?=\n"
         b"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\nH=C3=A4fen sind =\nda.",
         "Grüße aus Köln", "From: Jürgen <j@example.org>\n\nHäfen sind da."),
        (b"Subject: Offer\nContent-Type: text/html; charset=iso-8859-1\n\n<p>Caf\xe9 <b>5</b></p><table><tr><td>Tea<td>3",
         "Offer", "Café 5\n\nTea | 3"),
        (b"Subject: x\nContent-Type: text/plain; charset=x-foo\n\nBody \xe9t\xe9\n", "x", "Body été"),
        (b"Subject: x\nContent-Transfer-Encoding: base64\n\n!!!SGVsbG8gd29ybGQ\n", "x", "Hello world"),
        (b"Subject: x\nMIME-Version: 1.0\nContent-Type: multipart/mixed\n\nNo boundary here\n", "x", "No boundary here"),
        (b"Subject: x\nDate: Fri, 3 May 2024 10:00:00 +0200\n\nI agree.\n> Bob\n", "x", "I agree.\n> Bob"),
    ],
    ids=["encoded words", "only html", "unknown charset", "bad base64", "lost boundary", "reply"],
)  # fmt: skip
def test_messages(tmp_path: Path, message: bytes, title: str, words: str) -> None:
    document = read(tmp_path / "a.eml", message)
    assert document.title == title
    assert document.text.endswith(words)
    assert document.metadata == ({"date": "2024-05-03"} if b"2024" in message else {})


def make_epub(path: Path, spine: Iterable[str], chapters: dict[str, str]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("META-INF/container.xml", '<container><rootfile full-path="O/content.opf"/></container>')
        items = "".join(f'<item id="{n}" href="{n}" media-type="application/xhtml+xml"/>' for n in chapters)
        order = "".join(f'<itemref idref="{name}"/>' for name in spine)
        archive.writestr(
            "O/content.opf",
            '<package xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>Book</dc:title><dc:date>2020-05-01</dc:date>'
            f"<manifest>{items}</manifest><spine>{order}</spine></package>",
        )
        for name, text in chapters.items():
            archive.writestr(f"O/{name}", f"<html><body><p>{text}</p></body></html>")
    return path


def test_books_in_an_odd_order(tmp_path: Path) -> None:
    chapters = {"b.xhtml": "second", "a.xhtml": "first"}
    path = make_epub(tmp_path / "a.epub", ["a.xhtml", "none", "b.xhtml", "b.xhtml"], chapters)
    (document,) = load(path).documents
    assert (document.text, document.metadata) == ("first\n\nsecond", {"date": "2020-05-01"})
    (document,) = load(make_epub(tmp_path / "b.epub", [], chapters)).documents
    assert document.text == "second\n\nfirst"
    assert "does not say the order" in document.notes[0]


def test_notebooks_give_their_text_and_not_their_pictures(tmp_path: Path) -> None:
    cells = [
        {"cell_type": "markdown", "source": ["# Tides\n", "Some text"]},
        {
            "cell_type": "code",
            "source": "print(1)",
            "outputs": [{"text": ["1\n"]}, {"data": {"image/png": "iVBOR" * 99}}],
        },
    ]
    document = read(tmp_path / "a.ipynb", json.dumps({"cells": cells}))
    assert document.text == "# Tides\nSome text\n\nprint(1)\n\n1"
    assert [heading.title for heading in document.headings] == ["Tides"] and document.title == "Tides"
    assert read(tmp_path / "b.ipynb", "no notebook").text == "no notebook"


@pytest.mark.parametrize(
    ("name", "content", "text"),
    [
        ("a.log", b"\x1b[31mError\x1b[0m at 12:00\r\nnext", "Error at 12:00\nnext"),
        ("a.txt", b"one\rtwo", "one\ntwo"),
        ("a.py", "# Größe".encode("latin-1"), "# Größe"),
        ("a.py", "# Größe".encode("utf-16"), "# Größe"),
        ("new\nline.txt", b"text", "text"),
        ("имя 名前.txt", b"text", "text"),
        ("UPPER.TXT", b"text", "text"),
    ],
    ids=["terminal colours", "old line ends", "latin-1", "utf-16", "new line in the name", "other scripts", "capitals"],
)  # fmt: skip
def test_text_and_its_names(tmp_path: Path, name: str, content: bytes, text: str) -> None:
    assert read(tmp_path / name, content).text == text


def test_dates_of_documents(tmp_path: Path) -> None:
    page = '<meta property="article:published_time" content="2023-04-05T10:00"><p>Text'
    assert read(tmp_path / "a.html", page).metadata == {"date": "2023-04-05"}
    assert read(tmp_path / "a.md", "---\ndate: 2024-05-01\n---\nText").metadata == {"date": "2024-05-01"}
    docx = pytest.importorskip("docx")
    document = docx.Document()
    document.add_paragraph("Text")
    document.core_properties.modified = datetime.datetime(2022, 2, 3)
    document.save(tmp_path / "a.docx")
    assert load(tmp_path / "a.docx").documents[0].metadata == {"date": "2022-02-03"}
