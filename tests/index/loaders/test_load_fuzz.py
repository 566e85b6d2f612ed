"""Truncated and bit-flipped files of every format: text, or a ``LoadError`` that names the file."""

# ruff: noqa: E501

import email.message
import io
import json
import random
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from msg_files import make_msg
from office_files import cell, make_docx, make_open, numbering, paragraph, table
from pdf_files import make_pdf, runs

from footnoted.index.errors import LoadError
from footnoted.index.loaders.load import Limits, load_isolated
from footnoted.index.text.blocks import fault

TRIES = 40


def docx() -> bytes:
    module = pytest.importorskip("docx")
    document = module.Document()
    document.add_heading("Harbour", 1)
    document.add_paragraph("The keeper lit the lantern.")
    document.add_table(2, 2).rows[0].cells[0].text = "cell"
    return saved(document)


def pptx() -> bytes:
    deck = pytest.importorskip("pptx").Presentation()
    deck.slides.add_slide(deck.slide_layouts[0]).shapes.title.text = "Harbour"
    return saved(deck)


def xlsx() -> bytes:
    book = pytest.importorskip("openpyxl").Workbook()
    for row in [["Ship", "Year"], ["Vasa", 1628]]:
        book.active.append(row)
    return saved(book)


def saved(document) -> bytes:
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def epub() -> bytes:
    package = (
        '<package xmlns="http://www.idpf.org/2007/opf"><manifest>'
        '<item id="a" href="a.xhtml" media-type="application/xhtml+xml"/></manifest>'
        '<spine><itemref idref="a"/></spine></package>'
    )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("book.opf", package)
        archive.writestr("a.xhtml", "<html><body><h1>One</h1><p>The first chapter.</p></body></html>")
    return buffer.getvalue()


def eml() -> bytes:
    message = email.message.EmailMessage()
    message["Subject"] = "Tides"
    message.set_content("High water at noon, größer als sonst.")
    message.add_attachment("a,b\n1,2\n", filename="a.csv")
    return message.as_bytes()


def html() -> bytes:
    page = b"<p>A <b>word</b><sup><a href=#n>1</a></sup> and a <td>cell</p><ol type=i><li>x<ul><li>y</ul></ol>"
    page += b"<table><tr><th>a<th>b<tr><td rowspan=2>1<td>2</table>"
    page += b"<math><mfrac><mi>a</mi><mi>b</mi></mfrac></math><p id=n>N"
    return b"<html><meta charset=utf-8><title>T</title><body>" + page * 20


def msg() -> bytes:
    pytest.importorskip("oxmsg")
    attached: list[dict[int, str | bytes]] = [{0x3707: "a.csv", 0x3701: b"a,b\n1,2\n"}]
    return make_msg({0x0037: "Tides", 0x1000: "High water.\n> Noon.", 0x1013: b"<p>High water.</p>"}, attached)


def jsonl() -> bytes:
    return "\n".join(json.dumps({"id": n, "text": f"Größe {n}"}, ensure_ascii=False) for n in range(20)).encode()


def csv() -> bytes:
    return 'name,"quoted, text",größe\n'.encode() + b'a,"b\nc",1\n' * 20


def rtf() -> bytes:
    return (
        rb"{\rtf1\ansi{\fonttbl{\f0 Arial;}}{\stylesheet{\s1 heading 1;}}\pard\s1 Harbour\par\pard The keeper\'e9{\super 2}\par"
        rb"{\listtext 1.\tab}one\par\trowd\cellx1\cellx2\intbl a\cell b\cell\row\pard{\footnote A remark.}\u8364?\par}"
    )


def odt() -> bytes:
    cell = "<table:table-cell table:number-columns-repeated='2'><text:p>cell</text:p></table:table-cell>"
    body = "<text:h text:outline-level='1'>Harbour</text:h><text:p>The keeper <text:s text:c='3'/>lit it.</text:p>"
    body += "<text:list><text:list-item><text:p>one</text:p></text:list-item></text:list>"
    return opened("a.odt", body + f"<table:table><table:table-row>{cell}</table:table-row></table:table>")


def ods() -> bytes:
    cell = "<table:table-cell office:value-type='float' office:value='5'><text:p>5 kg</text:p></table:table-cell>"
    row = f"<table:table-row table:number-rows-repeated='2'>{cell}{cell}</table:table-row>"
    return opened("a.ods", f"<table:table table:name='S'>{row}</table:table>")


def odp() -> bytes:
    frame = (
        "<draw:frame presentation:class='title'><draw:text-box><text:p>Harbour</text:p></draw:text-box></draw:frame>"
    )
    return opened("a.odp", f"<draw:page>{frame}</draw:page>")


def opened(name: str, body: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        return make_open(Path(folder) / name, body).read_bytes()


def rich_docx() -> bytes:
    """Lists, notes, tables in tables, a formula, a field: what python-docx does not write."""
    inner = table(["Station", "Depth"], ["North", "2.4 m"])
    body = paragraph("one", '<w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr>') + table(
        ["a", "b"], [cell(inner), "c"]
    )
    body += "<w:p><w:r><w:t>x</w:t><w:footnoteReference w:id='1'/></w:r><m:oMath><m:f><m:num/><m:den/></m:f></m:oMath></w:p>"
    notes = f"<w:footnotes><w:footnote w:id='1'>{paragraph('A remark.')}</w:footnote></w:footnotes>"
    with tempfile.TemporaryDirectory() as folder:
        parts = {"numbering": numbering([("decimal", "%1.")]), "footnotes": notes}
        return make_docx(Path(folder) / "a.docx", body, **parts).read_bytes()


MAKERS: list[Callable[[], bytes]] = [docx, pptx, xlsx, epub, eml, msg, html, jsonl, csv, rtf, odt, ods, odp]


def mutated(data: bytes, chance: random.Random) -> bytes:
    """The data cut short, with flipped bits, or with a stretch missing or repeated."""
    kind = chance.randrange(4)
    if kind == 0:
        return data[: chance.randrange(1, len(data))]
    changed = bytearray(data)
    if kind == 1:
        for _ in range(chance.randrange(1, 30)):
            changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
        return bytes(changed)
    start = chance.randrange(len(data))
    end = min(len(data), start + chance.randrange(1, 200))
    return data[:start] + (data[start:end] * 3 if kind == 2 else b"") + data[end:]


def check(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    try:
        loaded = load_isolated(path, limits=Limits(seconds=20))
    except LoadError as error:
        assert path.name in str(error)
        assert "\n" not in str(error)
    else:
        for document in loaded.documents:
            document.text.encode("utf-8")
            assert "\x00" not in document.text
            assert fault(document.text, document.blocks) == ""
            for part in (*document.sections, *document.headings):
                assert 0 <= part.start <= part.end <= len(document.text)


@pytest.mark.parametrize("maker", MAKERS, ids=[maker.__name__ for maker in MAKERS])
def test_damaged_files_are_errors_and_nothing_else(maker: Callable[[], bytes], tmp_path: Path) -> None:
    data = maker()
    path = tmp_path / f"damaged.{maker.__name__}"
    path.write_bytes(data)
    assert load_isolated(path).documents[0].text.strip()
    chance = random.Random(20240607)
    for _ in range(TRIES):
        check(path, mutated(data, chance))


def test_damaged_parts_of_office_files_are_errors_and_nothing_else(tmp_path: Path) -> None:
    """The XML inside is damaged, and not the archive around it."""
    chance = random.Random(20240607)
    for maker, name, part in (
        (rich_docx, "a.docx", "word/document.xml"),
        (rich_docx, "b.docx", "word/numbering.xml"),
        (xlsx, "a.xlsx", "xl/worksheets/sheet1.xml"),
        (pptx, "a.pptx", "ppt/slides/slide1.xml"),
        (odt, "a.odt", "content.xml"),
        (ods, "a.ods", "content.xml"),
    ):
        with zipfile.ZipFile(io.BytesIO(maker())) as archive:
            parts = {one: archive.read(one) for one in archive.namelist()}
        for _ in range(TRIES // 2):
            buffer = io.BytesIO()
            with zipfile.ZipFile(buffer, "w") as archive:
                for one, data in parts.items():
                    archive.writestr(one, mutated(data, chance) if one == part else data)
            check(tmp_path / name, buffer.getvalue())


def test_damaged_pdfs_are_errors_and_nothing_else(tmp_path: Path) -> None:
    page = [(50, 100, "The keeper lit the lantern."), runs(50, 120, "It shone 10", ("6", 7, 4), " times.")]
    page += [(50 + 90 * n, 150 + 18 * m, f"{n * m}", 10, "mono") for n in range(3) for m in range(4)]
    page += [(50, 300 + 14 * n, f"{n}. item") for n in range(3)]
    data = make_pdf(tmp_path / "whole.pdf", [page] * 2).read_bytes()
    chance = random.Random(20240607)
    for _ in range(2 * TRIES):
        check(tmp_path / "damaged.pdf", mutated(data, chance))


@pytest.mark.parametrize(
    "suffix",
    [
        "txt",
        "md",
        "rst",
        "html",
        "csv",
        "tsv",
        "jsonl",
        "eml",
        "pdf",
        "docx",
        "epub",
        "py",
        "odt",
        "ods",
        "rtf",
        "doc",
        "xls",
    ],
)
def test_random_bytes_are_errors_or_text(suffix: str, tmp_path: Path) -> None:
    chance = random.Random(7)
    for length in (1, 2, 3, 10, 100, 3000):
        check(tmp_path / f"noise.{suffix}", chance.randbytes(length))
