"""E-books: chapters with their blocks, notes in the same file and in another, what a book says about itself."""

from __future__ import annotations

import zipfile
from pathlib import Path

from footnoted.index.loaders.load import load
from footnoted.index.text.blocks import fault
from footnoted.index.types import LoadedDocument

OPS = 'xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops"'


def read(path: Path, chapters: dict[str, str], guide: str = "") -> LoadedDocument:
    """A book with these chapters; one called nav is its navigation."""
    with zipfile.ZipFile(path, "w") as archive:
        items = "".join(
            f'<item id="{name}" href="text/{name}.xhtml" media-type="application/xhtml+xml"'
            f"{' properties=' + chr(34) + 'nav' + chr(34) if name == 'nav' else ''}/>"
            for name in chapters
        )
        archive.writestr(
            "book.opf",
            '<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata>'
            "<dc:title>Tides</dc:title><dc:creator>Ann Lee</dc:creator><dc:creator>Bo Ek</dc:creator>"
            "<dc:language>en-GB</dc:language><dc:publisher>Quay</dc:publisher><dc:date>2020-05-01</dc:date></metadata>"
            f"<manifest>{items}</manifest><spine>"
            + "".join(f'<itemref idref="{name}"/>' for name in chapters)
            + f"</spine><guide>{guide}</guide></package>",
        )
        for name, body in chapters.items():
            archive.writestr(f"text/{name}.xhtml", f"<html {OPS}><head><title/></head><body>{body}</body></html>")
    (document,) = load(path).documents
    assert fault(document.text, document.blocks) == ""
    return document


def words(document: LoadedDocument, kind: str) -> list[tuple[str, str]]:
    return [(block.label, document.text[block.start : block.end]) for block in document.blocks if block.kind == kind]


def test_a_book_says_who_wrote_it(tmp_path: Path) -> None:
    document = read(tmp_path / "a.epub", {"one": "<h1>One</h1><p>Text</p>"})
    assert document.title == "Tides"
    assert document.metadata == {
        "author": "Ann Lee; Bo Ek", "date": "2020-05-01", "language": "en-GB", "publisher": "Quay",
    }  # fmt: skip


def test_notes_of_a_book(tmp_path: Path) -> None:
    one = '<p>The moon<a epub:type="noteref" href="#n1">1</a> pulls<sup><a href="notes.xhtml#n2">2</a></sup>.</p>'
    one += '<p>Page <span epub:type="pagebreak" id="p9">9</span>turned.</p>'
    one += '<aside epub:type="footnote" id="n1"><p>Or the sun.</p></aside>'
    notes = '<h2>Notes</h2><p id="n2"><a href="one.xhtml#r2">2</a>. Twice a day.</p>'
    document = read(tmp_path / "a.epub", {"one": one, "notes": notes})
    assert document.text.startswith("The moon [1] pulls [2].\n\nPage turned.")
    assert words(document, "footnote") == [("[1]", "[1] Or the sun."), ("[2]", "[2] Twice a day.")]


def test_lists_of_contents_are_left_out_or_marked(tmp_path: Path) -> None:
    links = '<ol><li><a href="one.xhtml">Ebb and flood</a></li></ol>'
    guide = '<reference type="toc" href="text/old.xhtml"/>'
    chapters = {
        "nav": f"<nav epub:type='toc'>{links}</nav>",
        "old": links,
        "one": f"<nav epub:type='toc'>{links}</nav>Text",
    }
    document = read(tmp_path / "a.epub", chapters, guide)
    assert document.text == "1. Ebb and flood\n\nText"
    assert words(document, "contents") == [("", "1. Ebb and flood")]
