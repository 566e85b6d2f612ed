"""What the loaders make of small files of every format but PDF, and how they say what is wrong."""

import json
import os
from pathlib import Path

import pytest

from footnoted.index.errors import EmptyFile, LoadError, PasswordNeeded, UnknownFormat
from footnoted.index.loaders.load import discover, load
from footnoted.index.types import LoadedDocument


def read(path: Path, content: str | bytes) -> LoadedDocument:
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    (document,) = load(path).documents
    for part in (*document.sections, *document.headings):
        assert document.text[part.start : part.end].strip()
    return document


def headings(document: LoadedDocument) -> list[tuple[int, str]]:
    return [(heading.level, heading.title) for heading in document.headings]


def test_empty_unknown_and_missing_files_have_clear_errors(tmp_path: Path) -> None:
    (tmp_path / "empty.txt").touch()
    (tmp_path / "blank.txt").write_text(" \n\n")
    (tmp_path / "x.bin").write_bytes(b"1")
    os.mkfifo(tmp_path / "pipe.txt")
    for name, kind, words in [
        ("empty.txt", EmptyFile, "empty.txt is empty."),
        ("blank.txt", EmptyFile, "blank.txt holds no text."),
        ("x.bin", UnknownFormat, "there is no loader for files ending in .bin"),
        ("missing.txt", LoadError, "missing.txt cannot be opened: No such file"),
        ("pipe.txt", LoadError, "pipe.txt is not a regular file"),
    ]:
        with pytest.raises(kind, match=words.replace(".", r"\.")):
            load(tmp_path / name)


def test_binary_data_in_a_text_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match="is not a text file"):
        read(tmp_path / "picture.txt", bytes(range(32)) * 100 + b"\x80\xff")


def test_text_is_storable(tmp_path: Path) -> None:
    document = read(tmp_path / "a.txt", "one\r\ntwo\rthree\x00 four\ufeff")
    assert document.text == "one\ntwo\nthree four"


def test_lone_surrogates_in_a_corpus_become_storable(tmp_path: Path) -> None:
    document = read(tmp_path / "a.jsonl", '{"id": "a", "text": "half \\ud83d and whole \\ud83d\\ude00"}')
    assert document.text == "half \ufffd and whole \U0001f600"
    document.text.encode("utf-8")


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("utf-8-sig", "Größe"),
        ("utf-16", "Größe"),
        ("utf-16-le", "Plain words in two bytes each"),
        ("cp1252", "können"),
        ("cp1252", "El niño comió piñata; ¿qué pasó?"),
        ("cp1250", "Zażółć gęślą jaźń. Książka leży na półce."),
        ("cp1250", "Příliš žluťoučký kůň úpěl ďábelské ódy"),
        ("cp1251", "Русский язык — один из восточнославянских языков."),
        ("koi8-r", "Русский язык один из восточнославянских языков"),
        ("cp866", "Привет, мир! Русский язык один из восточнославянских языков."),
        ("cp1253", "Η ελληνική γλώσσα ανήκει στην ινδοευρωπαϊκή οικογένεια."),
        ("cp1254", "Türkçe öğreniyorum, İstanbul güzel şehir"),
        ("cp1255", "עברית היא שפה שמית"),
        ("cp1256", "مرحبا بالعالم"),
        ("cp932", "日本語のテキストです。カタカナとひらがな。"),
        ("euc-jp", "日本語のテキストです。カタカナとひらがな。"),
        ("iso2022_jp", "日本語のテキストです。"),
        ("gb18030", "中文维基百科是维基百科协作计划的中文版本。"),
        ("big5", "繁體中文測試文件，請檢查編碼。"),
        ("euc-kr", "한국어는 대한민국과 조선민주주의인민공화국의 공용어이다."),
        ("cp874", "ภาษาไทยเป็นภาษาที่มีระดับเสียง"),
    ],
)
def test_old_encodings_are_detected(tmp_path: Path, encoding: str, text: str) -> None:
    assert read(tmp_path / "old.txt", text.encode(encoding)).text == text


def test_markdown_keeps_its_text_and_tells_its_headings(tmp_path: Path) -> None:
    source = "---\ntitle: Guide\n---\n# One *two*\n\ntext\n\nUnder\n=====\n\n"
    source += "```\n# no heading\n```\n\n## [Link](x) ##\n- a\n---\n"
    document = read(tmp_path / "a.md", source)
    assert document.text == source
    assert document.title == "Guide"
    assert headings(document) == [(1, "One two"), (1, "Under"), (2, "Link")]


def test_rst_headings(tmp_path: Path) -> None:
    document = read(
        tmp_path / "a.rst", "=====\nTitle\n=====\n\nIntro\n\nPart\n----\n\ntext\n\nSub\n~~~\n\nPart 2\n------\n"
    )
    assert headings(document) == [(1, "Title"), (2, "Part"), (3, "Sub"), (2, "Part 2")]
    assert document.title == "Title"


def test_csv_rows_tell_values_with_their_columns(tmp_path: Path) -> None:
    document = read(tmp_path / "a.csv", 'Name;Town;Note\nAnna;Kiel;"two\nlines"\nBo;Umeå;x\n')
    assert (
        document.text
        == "Name | Town | Note\nName: Anna | Town: Kiel | Note: two lines\nName: Bo | Town: Umeå | Note: x"
    )


def test_csv_without_a_header_stays_as_it_is(tmp_path: Path) -> None:
    assert read(tmp_path / "a.csv", "1,2,3\n4,5,6\n").text == "1 | 2 | 3\n4 | 5 | 6"


def test_a_corpus_names_its_wrong_lines_and_keeps_the_good_ones(tmp_path: Path) -> None:
    path = tmp_path / "c.jsonl"
    lines = ['{"id": "a", "title": "T", "text": "one", "url": "u", "n": 3}', "{broken", "", '{"id": 7, "text": "two"}']
    path.write_text("\n".join([*lines, '{"id": "a", "text": "again"}', '{"id": "b"}', "[1]"]), encoding="utf-8")
    loaded = load(path)
    assert [(d.record_id, d.title, d.text) for d in loaded.documents] == [("a", "T", "one"), ("7", "", "two")]
    assert loaded.documents[0].metadata == {"url": "u", "n": 3}
    assert [problem.split(":")[0] for problem in loaded.problems] == [f"c.jsonl, line {n}" for n in (2, 5, 6, 7)]
    path.write_text("nothing here\n", encoding="utf-8")
    with pytest.raises(LoadError, match="line 1"):
        load(path)


MENU = "<nav><ul>" + "".join(f"<li><a href='/{n}'>Menu entry {n}</a></li>" for n in range(20)) + "</ul></nav>"
ARTICLE = "".join(
    f"<p>Paragraph {n} of the article tells at length what happened in the harbour that day.</p>" for n in range(8)
)


def test_html_without_its_menus(tmp_path: Path) -> None:
    table = "<table><tr><th>Ship</th><th>Year</th></tr><tr><td>Vasa</td><td>1628</td></tr></table>"
    page = f"<title>Ships</title><body>{MENU}<main><h1>Old ships</h1>{ARTICLE}{table}<pre>a\n  b</pre></main></body>"
    document = read(tmp_path / "a.html", page)
    assert document.title == "Ships"
    assert "Menu entry" not in document.text
    assert "Paragraph 7 of the article" in document.text
    assert "Ship | Year\nVasa | 1628" in document.text
    assert "a\n  b" in document.text


def test_html_never_loses_its_article(tmp_path: Path) -> None:
    items = "".join(f"<div><span>Entry {n}: the tide of day {n} was high.</span></div>" for n in range(60))
    document = read(
        tmp_path / "a.html",
        f"<body>{MENU}<div><p>{'A short note on the tides. ' * 8}</p></div><div>{items}</div></body>",
    )
    assert all(f"Entry {n}:" in document.text for n in range(60))


def test_html_with_a_meta_charset_that_lies(tmp_path: Path) -> None:
    page = '<meta charset="utf-8"><p>Zażółć gęślą jaźń, książka leży na półce</p>'
    assert read(tmp_path / "a.html", page.encode("cp1250")).text == "Zażółć gęślą jaźń, książka leży na półce"


def test_docx_headings_lists_tables_and_page_heads(tmp_path: Path) -> None:
    docx = pytest.importorskip("docx")
    document = docx.Document()
    document.add_heading("Report", 0)
    document.add_heading("First part", 1)
    document.add_paragraph("Some text.")
    document.add_paragraph("milk", style="List Bullet")
    table = document.add_table(2, 3)
    for row, cells in zip(table.rows, [("A", "", "C"), ("1", "2", "3")], strict=True):
        for cell, text in zip(row.cells, cells, strict=True):
            cell.text = text
    document.sections[0].header.paragraphs[0].text = "Confidential"
    document.save(tmp_path / "a.docx")
    (read_back,) = load(tmp_path / "a.docx").documents
    assert headings(read_back) == [(1, "Report"), (1, "First part")]
    assert "A | | C\n1 | 2 | 3" in read_back.text
    assert read_back.text.endswith("Confidential")


def test_pptx_slides_notes_and_tables(tmp_path: Path) -> None:
    pptx = pytest.importorskip("pptx")
    deck = pptx.Presentation()
    for number in (1, 2):
        slide = deck.slides.add_slide(deck.slide_layouts[1])
        slide.shapes.title.text = f"Slide title {number}"
        slide.placeholders[1].text = f"Point {number}"
        slide.notes_slide.notes_text_frame.text = f"Spoken {number}"
    deck.save(tmp_path / "a.pptx")
    (document,) = load(tmp_path / "a.pptx").documents
    assert [(s.label, document.text[s.start : s.end]) for s in document.sections] == [
        (f"slide {n}", f"Slide title {n}\n\n- Point {n}\n\nSpeaker notes:\nSpoken {n}") for n in (1, 2)
    ]


def test_xlsx_sheets_dates_and_percentages(tmp_path: Path) -> None:
    import datetime

    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Sales"
    for row in (
        ["Region", "Day", "Share"],
        ["North", datetime.date(2024, 3, 1), 0.153],
        ["South", datetime.date(2024, 3, 2), 0.1],
    ):
        sheet.append(row)
    sheet["C2"].number_format = "0.0%"
    book.create_sheet("Empty")
    book.save(tmp_path / "a.xlsx")
    (document,) = load(tmp_path / "a.xlsx").documents
    assert "Region: North | Day: 2024-03-01 | Share: 15.3%" in document.text
    assert [section.label for section in document.sections] == ["sheet Sales"]


def test_damaged_and_old_office_files(tmp_path: Path) -> None:
    (tmp_path / "cut.docx").write_bytes(b"PK\x03\x04 and no more")
    (tmp_path / "old.xlsx").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))
    (tmp_path / "locked.pptx").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"))
    for name, kind, words in [
        ("cut.docx", LoadError, "cut.docx is damaged"),
        ("old.xlsx", LoadError, "old binary Office format"),
        ("locked.pptx", PasswordNeeded, "locked.pptx is encrypted"),
    ]:
        with pytest.raises(kind, match=words):
            load(tmp_path / name)


def test_eml_body_and_attachments(tmp_path: Path) -> None:
    from email.message import EmailMessage

    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = "Tides", "a@example.org", "b@example.org"
    message.set_content("High water at noon.")
    message.add_alternative("<p>High water at noon.</p>", subtype="html")
    message.add_attachment("id,town\n1,Kiel\n", filename="towns.csv")
    message.add_attachment(b"\x00\x01", maintype="application", subtype="x-unknown", filename="thing.bin")
    document = read(tmp_path / "a.eml", message.as_bytes())
    assert document.title == "Tides"
    assert document.text.count("High water at noon.") == 1
    assert "Attachment: towns.csv\n\nid | town\nid: 1 | town: Kiel" in document.text
    assert any("thing.bin" in note for note in document.notes)


def test_discover_is_sorted_and_says_what_it_leaves_out(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    (folder / "sub").mkdir(parents=True)
    (folder / ".git").mkdir()
    (tmp_path / "outside.txt").write_text("x")
    for name in (
        "b.txt",
        "a.md",
        "sub/c.txt",
        "x\ny.txt",
        "日本.txt",
        ".hidden.txt",
        ".git/d.txt",
        "song.mp3",
        "README",
    ):
        (folder / name).write_text("x")
    (folder / "leaves.txt").symlink_to(tmp_path / "outside.txt")
    (folder / "stays.txt").symlink_to(folder / "b.txt")
    (folder / "sub" / "loop").symlink_to(folder)
    os.mkfifo(folder / "pipe.txt")
    found = discover(folder)
    names = [path.relative_to(folder).as_posix() for path in found.files]
    assert names == ["a.md", "b.txt", "stays.txt", "sub/c.txt", "x\ny.txt", "日本.txt"]
    reasons = {Path(path).name: reason for path, reason in found.skipped.items()}
    assert sorted(reasons) == ["README", "leaves.txt", "loop", "pipe.txt", "song.mp3"]
    assert "leaves the folder" in reasons["leaves.txt"]
    assert "no loader for files ending in .mp3" in reasons["song.mp3"]


def test_corpus_records_are_json_of_any_width(tmp_path: Path) -> None:
    path = tmp_path / "c.ndjson"
    path.write_text("".join(json.dumps({"_id": n, "text": f"text {n}"}) + "\n" for n in range(500)), encoding="utf-8")
    assert [document.record_id for document in load(path).documents] == [str(n) for n in range(500)]


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("<h1>A</h1><dl><dt>Bow</dt><dd>The front.</dd><dt>Stern<dd>The rear.<dd>The back.</dl>",
         "A\n\nBow: The front.\n\nStern: The rear.\nThe back."),
        ("<dl><dt>Bow:<dd><p>The front.<p>Of a ship.<dt>Stern<dd><ul><li>rear<li>back</ul></dl>",
         "Bow: The front.\n\nOf a ship.\n\nStern:\n\n- rear\n- back"),
        ("<ol start=3><li>Open<ul><li>left<li>right</ul><li value=9>Close</ol>", "3. Open\n- left\n- right\n9. Close"),
        ("<table><tr><th>Region<th>City<tr><td rowspan=2>North<td>Kiel<tr><td>Bremen<tr><td colspan=2>All</table>",
         "Region | City\nNorth | Kiel\nNorth | Bremen\nAll"),
        ("<table><tr><td><th>2023<th>2024<tr><th>Apples<td>5<td>7</table>", "| 2023 | 2024\nApples | 5 | 7"),
        ("One line<br>and another.<br><br>A paragraph.", "One line\nand another.\n\nA paragraph."),
        ("<frameset><frame src=a><noframes><body><p>Text &amp; more</noframes></frameset>", "Text & more"),
        ("<p>Area is <math><mi>a</mi><mo>=</mo><mn>5</mn><annotation>a</annotation></math>.", "Area is a=5."),
        ("<p>a<p hidden>b<p style='font-size:0'>b<div aria-hidden=true>b</div><template>b</template>", "a"),
        ("<div>" * 1500 + "deep" + "</div>" * 1500, "deep"),
        ("<p>x<img src='data:image/png;base64,iVBORw0KGgo=' alt='b'>y<!-- b --><script>b</script>", "xy"),
        ("<p><ruby>東京<rp>(</rp><rt>とうきょう</rt><rp>)</rp></ruby>です", "東京(とうきょう)です"),
    ],
    ids=["definitions", "definitions of paragraphs",
         "numbered lists", "rowspan", "empty first cell", "line breaks", "frames", "formula", "hidden",
         "deep", "pictures and scripts", "ruby"],
)  # fmt: skip
def test_html_in_its_many_forms(tmp_path: Path, page: str, text: str) -> None:
    assert read(tmp_path / "a.html", page).text == text


def test_html_that_names_its_content_does_not_lose_it(tmp_path: Path) -> None:
    story = "<p>" + "A popular story of the week about nothing in particular. " * 30 + "</p>"
    page = f"<body><div class=promo>{story}</div><div id=content><p>The tower is 91 metres high.</p></div></body>"
    document = read(tmp_path / "a.html", page)
    assert "The tower is 91 metres high." in document.text
    assert document.notes == (
        "The article could not be separated from the rest of the page, so all of its text was kept.",
    )
