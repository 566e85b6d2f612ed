"""Small Office files for tests, written as their XML, so that each test says exactly what is in them."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from pathlib import Path

_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_SPACES = (
    f'xmlns:w="{WORD}" xmlns:r="{_OFFICE}" xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math" '
    'xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml" '
    'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"'
)
_OPEN = " ".join(
    f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for short, name in {
        "office": "office", "style": "style", "text": "text", "table": "table", "draw": "drawing",
        "presentation": "presentation", "fo": "xsl-fo-compatible", "svg": "svg-compatible", "meta": "meta",
    }.items()
)  # fmt: skip
_OPEN += ' xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:dc="http://purl.org/dc/elements/1.1/"'
_OPEN += ' xmlns:math="http://www.w3.org/1998/Math/MathML"'


def make_docx(path: Path, body: str, main: str = "", **parts: str) -> Path:
    """A Word file of one body and further parts (numbering, styles, footnotes, header1), without any other program."""

    def relations(entries: Iterable[tuple[str, str]]) -> str:
        inner = "".join(
            f'<Relationship Id="r{number}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
            for number, (kind, target) in enumerate(entries)
        )
        return f'<Relationships xmlns="{_RELATIONS}">{inner}</Relationships>'

    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("_rels/.rels", relations([("officeDocument", "word/document.xml")]))
        kinds = [(name.rstrip("0123456789"), f"{name}.xml") for name in parts]
        archive.writestr("word/_rels/document.xml.rels", relations(kinds))
        archive.writestr("word/document.xml", main or f"<w:document {_SPACES}><w:body>{body}</w:body></w:document>")
        for name, content in parts.items():
            archive.writestr(f"word/{name}.xml", content.replace(">", f" {_SPACES}>", 1))
    return path


def run(text: str, properties: str = "") -> str:
    """A run of text in Word."""
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def paragraph(text: str, properties: str = "") -> str:
    """A paragraph in Word."""
    return f"<w:p><w:pPr>{properties}</w:pPr>{run(text)}</w:p>"


def style(identifier: str, name: str, properties: str = "", kind: str = "paragraph") -> str:
    """A style in Word."""
    return f'<w:style w:type="{kind}" w:styleId="{identifier}"><w:name w:val="{name}"/>{properties}</w:style>'


def numbering(*lists: Iterable[tuple[str, str]], more: str = "") -> str:
    """Definitions of lists, the first with the id 1: for each level the kind of its number and its text."""
    abstract = "".join(
        f'<w:abstractNum w:abstractNumId="{number}">'
        + "".join(
            f'<w:lvl w:ilvl="{depth}"><w:start w:val="1"/><w:numFmt w:val="{kind}"/><w:lvlText w:val="{text}"/></w:lvl>'
            for depth, (kind, text) in enumerate(levels)
        )
        + "</w:abstractNum>"
        for number, levels in enumerate(lists, 1)
    )
    uses = "".join(
        f'<w:num w:numId="{number}"><w:abstractNumId w:val="{number}"/></w:num>' for number in range(1, len(lists) + 1)
    )
    return f"<w:numbering>{abstract}{uses}{more}</w:numbering>"


def cell(inside: str, properties: str = "") -> str:
    """A cell of a table in Word; words are put in a paragraph."""
    inside = inside if inside.startswith("<") else paragraph(inside)
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{inside}</w:tc>"


def table(*rows: Iterable[str], properties: str = "", header: int = 0) -> str:
    """A table in Word, of cells or the words of cells; ``header`` rows are marked as such."""
    inner = "".join(
        f"<w:tr><w:trPr>{'<w:tblHeader/>' if number < header else ''}</w:trPr>"
        + "".join(one if one.startswith("<w:tc>") else cell(one) for one in cells)
        + "</w:tr>"
        for number, cells in enumerate(rows)
    )
    return f"<w:tbl><w:tblPr>{properties}</w:tblPr>{inner}</w:tbl>"


def make_open(path: Path, body: str, *, styles: str = "", automatic: str = "", **parts: str) -> Path:
    """An OpenDocument file: what is inside its body, its styles, and further parts by their names with _ for /."""
    kind = {".odt": "text", ".odp": "presentation", ".ods": "spreadsheet"}[path.suffix]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", f"application/vnd.oasis.opendocument.{kind}")
        archive.writestr(
            "content.xml",
            f"<office:document-content {_OPEN}><office:automatic-styles>{automatic}</office:automatic-styles>"
            f"<office:body><office:{kind}>{body}</office:{kind}></office:body></office:document-content>",
        )
        archive.writestr("styles.xml", f"<office:document-styles {_OPEN}>{styles}</office:document-styles>")
        for name, content in parts.items():
            archive.writestr(name.replace("_", "/") + ".xml", content.replace(">", f" {_OPEN}>", 1))
    return path
