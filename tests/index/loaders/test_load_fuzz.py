"""Truncated and bit-flipped files of every format: text, or a ``LoadError`` that names the file."""

import email.message
import io
import json
import random
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
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
    return b"<html><meta charset=utf-8><title>T</title><body>" + b"<p>A <b>word</b> and a <td>cell</p>" * 20


def jsonl() -> bytes:
    return "\n".join(json.dumps({"id": n, "text": f"Größe {n}"}, ensure_ascii=False) for n in range(20)).encode()


def csv() -> bytes:
    return 'name,"quoted, text",größe\n'.encode() + b'a,"b\nc",1\n' * 20


MAKERS: list[Callable[[], bytes]] = [docx, pptx, xlsx, epub, eml, html, jsonl, csv]


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
            for part in (*document.sections, *document.headings):
                assert 0 <= part.start <= part.end <= len(document.text)
            assert fault(document.text, document.blocks) == ""


@pytest.mark.parametrize("maker", MAKERS, ids=[maker.__name__ for maker in MAKERS])
def test_damaged_files_are_errors_and_nothing_else(maker: Callable[[], bytes], tmp_path: Path) -> None:
    data = maker()
    path = tmp_path / f"damaged.{maker.__name__}"
    path.write_bytes(data)
    assert load_isolated(path).documents[0].text.strip()
    chance = random.Random(20240607)
    for _ in range(TRIES):
        check(path, mutated(data, chance))


def test_damaged_pdfs_are_errors_and_nothing_else(tmp_path: Path) -> None:
    page = [(50, 100, "The keeper lit the lantern."), runs(50, 120, "It shone 10", ("6", 7, 4), " times.")]
    page += [(50 + 90 * n, 150 + 18 * m, f"{n * m}", 10, "mono") for n in range(3) for m in range(4)]
    page += [(50, 300 + 14 * n, f"{n}. item") for n in range(3)]
    data = make_pdf(tmp_path / "whole.pdf", [page] * 2).read_bytes()
    chance = random.Random(20240607)
    for _ in range(2 * TRIES):
        check(tmp_path / "damaged.pdf", mutated(data, chance))


@pytest.mark.parametrize(
    "suffix", ["txt", "md", "rst", "html", "csv", "tsv", "jsonl", "eml", "pdf", "docx", "epub", "py"]
)
def test_random_bytes_are_errors_or_text(suffix: str, tmp_path: Path) -> None:
    chance = random.Random(7)
    for length in (1, 2, 3, 10, 100, 3000):
        check(tmp_path / f"noise.{suffix}", chance.randbytes(length))
