"""OpenDocument files: texts, presentations, spreadsheets."""

# ruff: noqa: E501

from __future__ import annotations

from pathlib import Path

import pytest
from block_checks import check_blocks, outline
from office_files import make_open

from footnoted.index.errors import LoadError, PasswordNeeded
from footnoted.index.loaders.load import load
from footnoted.index.types import LoadedDocument

STYLES = (
    '<office:styles><style:style style:name="Preformatted_20_Text" style:display-name="Preformatted Text"/>'
    '<style:style style:name="Quotations"/><style:style style:name="Caption"/><style:style style:name="Table" style:parent-style-name="Caption"/>'
    '<style:style style:name="Table_20_Heading" style:display-name="Table Heading"/>'
    '<text:outline-style><text:outline-level-style text:level="1" style:num-format="1" style:num-suffix="."/>'
    '<text:outline-level-style text:level="2" style:num-format=""/></text:outline-style></office:styles>'
    "<office:master-styles><style:master-page><style:header><text:p>Head of the page</text:p></style:header>"
    "<style:footer><text:p>7</text:p></style:footer></style:master-page></office:master-styles>"
)
AUTOMATIC = (
    '<style:style style:name="Up"><style:text-properties style:text-position="super 58%"/></style:style>'
    '<style:style style:name="Sym"><style:text-properties style:font-name="Symbol"/></style:style>'
    '<style:style style:name="Gone"><style:text-properties text:display="none"/></style:style>'
    '<text:list-style style:name="L1"><text:list-level-style-number text:level="1" style:num-format="1" style:num-suffix="."/>'
    '<text:list-level-style-number text:level="2" style:num-format="a" style:num-suffix=")" text:display-levels="2"/></text:list-style>'
    '<text:list-style style:name="L2"><text:list-level-style-bullet text:level="1"/></text:list-style>'
)


def read(path: Path, body: str, **parts: str) -> LoadedDocument:
    (document,) = load(make_open(path, body, styles=STYLES, automatic=AUTOMATIC, **parts)).documents
    check_blocks(document)
    return document


def p(text: str, style: str = "") -> str:
    return f'<text:p text:style-name="{style}">{text}</text:p>'


def cells(*texts: str, tag: str = "table-cell") -> str:
    return "".join(f"<table:{tag}>{text if text.startswith('<') else p(text)}</table:{tag}>" for text in texts)


def row(*texts: str) -> str:
    return f"<table:table-row>{cells(*texts)}</table:table-row>"


def test_a_text_with_all_its_parts(tmp_path: Path) -> None:
    note = "<text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>Net.</text:p></text:note-body></text:note>"
    body = "<text:tracked-changes><text:p>never</text:p></text:tracked-changes>"
    body += "<text:table-of-content><text:index-body><text:p>Sums 2</text:p></text:index-body></text:table-of-content>"
    body += '<text:h text:outline-level="1">Sums</text:h><text:h text:outline-level="2">Of May</text:h>'
    body += p(
        f'It cost 10<text:span text:style-name="Up">6</text:span>{note} euros<text:s text:c="2"/>once.<text:span text:style-name="Gone">secret</text:span>'
    )
    body += p(
        '2 <text:span text:style-name="Sym">\uf0b1</text:span> 1<office:annotation><text:p>Why?</text:p></office:annotation>'
    )
    inner = f"<text:list><text:list-item>{p('inner')}</text:list-item></text:list>"
    body += f'<text:list text:style-name="L1"><text:list-item>{p("one")}{inner}</text:list-item><text:list-item>{p("two")}{p("more of two")}</text:list-item></text:list>'
    body += f'<text:list text:style-name="L2"><text:list-item>{p("dot")}</text:list-item></text:list>'
    body += f'<text:list text:style-name="L1" text:continue-numbering="true"><text:list-item>{p("three")}</text:list-item></text:list>'
    body += (
        p("a = 1", "Preformatted_20_Text")
        + p("b = 2", "Preformatted_20_Text")
        + p("To be.", "Quotations")
        + p("Table 1", "Table")
    )
    body += f"<table:table><table:table-header-rows>{row('Town', 'Sum')}</table:table-header-rows>"
    body += f'<table:table-row><table:table-cell table:number-rows-spanned="2">{p("Kiel")}</table:table-cell>{cells("x")}</table:table-row>'
    body += f"<table:table-row><table:covered-table-cell/>{cells('y')}</table:table-row></table:table>"
    body += p("<draw:frame><draw:image/><svg:desc>A red boat</svg:desc></draw:frame>")
    body += p(f"<draw:frame><draw:text-box>{p('In a box')}</draw:text-box></draw:frame>")
    document = read(
        tmp_path / "a.odt",
        body,
        meta="<office:document-meta><dc:title>Report</dc:title><dc:date>2024-05-03T10:00</dc:date></office:document-meta>",
    )
    assert outline(document) == [
        "contents Sums 2", "h1 Sums", "h2 Of May", "paragraph It cost 10⁶ [1] euros once.", "paragraph 2 ± 1",
        "  1. one", "    1.a) inner", "  2. two more of two", "  - dot", "  3. three", "code a = 1\nb = 2", "quote To be.", "paragraph To be.",
        "caption Table 1", "t Town* | Sum*", "t Kiel | x", "t Kiel | y", "image A red boat", "paragraph In a box",
        "footnote 1 [1] Net.", "paragraph Net.", "running_head Head of the page",
    ]  # fmt: skip
    assert "1. Sums" in document.text and (document.title, document.metadata) == ("Report", {"date": "2024-05-03"})


def test_formulas_charts_and_tables_in_cells(tmp_path: Path) -> None:
    formula = "<math:math><math:mfrac><math:mi>λ</math:mi><math:mi>T</math:mi></math:mfrac></math:math>"
    chart = f"<office:document-content><office:body><office:chart><table:table>{row('', 'Share')}{row('North', '5')}</table:table></office:chart></office:body></office:document-content>"
    body = p('c = <draw:frame><draw:object xlink:href="./Object 1"/></draw:frame> holds.')
    body += p('<draw:frame><draw:object xlink:href="./Object 2"/></draw:frame>')
    inner = f"<table:table>{row('Station', 'Depth')}{row('North', '2 m')}</table:table>"
    body += f"<table:table>{row('Site', 'Weir')}{row('Readings', inner)}{row('By', 'Ola')}</table:table>"
    parts = {"Object 1_content": formula, "Object 2_content": chart}
    assert outline(read(tmp_path / "a.odt", body, **parts)) == [
        "paragraph c = λ/T holds.", "t Share*", "t North | 5", "t Site | Weir", "t Readings", "t Station* | Depth*",
        "t North | 2 m", "t By | Ola", "running_head Head of the page",
    ]  # fmt: skip


def test_slides(tmp_path: Path) -> None:
    def frame(kind: str, inside: str) -> str:
        return f'<draw:frame presentation:class="{kind}"><draw:text-box>{inside}</draw:text-box></draw:frame>'

    items = f'<text:list text:style-name="L2"><text:list-item>{p("first")}</text:list-item><text:list-item>{p("second")}</text:list-item></text:list>'
    page = (
        frame("outline", items)
        + frame("title", p("Ships"))
        + f"<draw:custom-shape>{p('In a shape')}</draw:custom-shape>"
    )
    page += f"<draw:frame><table:table>{row('Town', 'Sum')}{row('Kiel', '5')}</table:table></draw:frame>"
    page += f"<presentation:notes>{frame('notes', p('Say it slowly.'))}</presentation:notes>"
    document = read(
        tmp_path / "a.odp", f"<draw:page>{page}</draw:page><draw:page>{frame('title', p('End'))}</draw:page>"
    )
    assert outline(document) == [
        "h1 Ships", "  - first", "  - second", "paragraph In a shape", "t Town* | Sum*", "t Kiel | 5",
        "paragraph Speaker notes:", "paragraph Say it slowly.", "h1 End",
    ]  # fmt: skip
    assert [section.label for section in document.sections] == ["slide 1", "slide 2"]


def value(kind: str, raw: str, shown: str, more: str = "") -> str:
    attribute = {"date": "date-value", "time": "time-value", "boolean": "boolean-value"}.get(kind, "value")
    return (
        f'<table:table-cell office:value-type="{kind}" office:{attribute}="{raw}" {more}>{p(shown)}</table:table-cell>'
    )


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        (value("float", "3.5", "3.5 kg"), "3.5 kg"),
        (value("float", "1234.5678", "1.234,57 €"), "1234.5678 €"),
        (value("float", "-4200", "(4,200)"), "-4200"),
        (value("float", "12345678", "12.3 M"), "12.3 M"),
        (value("percentage", "0.0725", "7.3%"), "7.25%"),
        (value("float", "1", "yes"), "yes"),
        (value("float", "0.75", "3/4"), "0.75"),
        (value("date", "2024-05-03", "03.05.24"), "2024-05-03"),
        (value("date", "2024-05-03T14:30:00", "03.05.24"), "2024-05-03 14:30"),
        (value("date", "2024-05-01", "May 2024"), "May 2024"),
        (value("time", "PT30H29M59.99S", "30:30"), "30:30"),
        (value("boolean", "true", "TRUE"), "TRUE"),
    ],
)  # fmt: skip
def test_values_of_a_spreadsheet(tmp_path: Path, cell: str, shown: str) -> None:
    body = f"<table:table table:name='S'><table:table-row>{cell}{cells('x')}</table:table-row></table:table>"
    assert read(tmp_path / "a.ods", body).text == f"{shown} | x"


def test_sheets_with_repeated_and_merged_cells_and_comments(tmp_path: Path) -> None:
    blank = '<table:table-row table:number-rows-repeated="1048570"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
    note = f"<table:table-cell>{p('North')}<office:annotation><dc:date>2024</dc:date>{p('Ask Ann')}</office:annotation></table:table-cell>"
    rows = f"<table:table-row>{cells('Region')}<table:table-cell/>{cells('Sum')}</table:table-row>"
    rows += f'<table:table-row table:number-rows-repeated="2">{note}<table:table-cell/>{value("float", "5", "5")}</table:table-row>'
    document = read(tmp_path / "a.ods", f'<table:table table:name="One">{rows}{blank}</table:table>')
    assert outline(document) == [
        "t Region* | Sum*",
        "t North | 5",
        "t North | 5",
        "footnote A2 Comment on A2: Ask Ann",
        "paragraph Ask Ann",
    ]
    assert document.sections[0].label == "sheet One"


def test_damaged_and_encrypted_files(tmp_path: Path) -> None:
    manifest = "<manifest><file-entry><encryption-data/></file-entry></manifest>"
    make_open(tmp_path / "locked.odt", p("x"), **{"META-INF_manifest": manifest})
    with pytest.raises(PasswordNeeded, match="locked.odt is encrypted"):
        load(tmp_path / "locked.odt")
    for name in ("a.odt", "a.ods", "a.odp", "a.fodt"):
        (tmp_path / name).write_bytes(b"no such file")
        with pytest.raises(LoadError, match=f"{name} is damaged"):
            load(tmp_path / name)
