"""Word files: what their parts are, and characters that only a careful reading gets right."""

# ruff: noqa: E501

from __future__ import annotations

from pathlib import Path

import pytest
from block_checks import check_blocks, outline
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from office_files import cell, make_docx, numbering, paragraph, run, style, table

from footnoted.index.loaders.load import load
from footnoted.index.types import LoadedDocument

STYLES = (
    "<w:styles>"
    + "".join(style(f"H{level}", f"heading {level}") for level in (1, 2, 3))
    + style("Cap", "caption")
    + style("Toc1", "toc 1")
    + style("Code", "Source Code")
    + style("Quote", "Quote")
    + style("Mine", "My own", '<w:basedOn w:val="H2"/>')
    + "</w:styles>"
)
DECIMAL = numbering([("decimal", "%1."), ("lowerLetter", "%2)"), ("lowerRoman", "%3.")], [("bullet", "o")] * 3)


def styled(text: str, identifier: str, more: str = "") -> str:
    return paragraph(text, f'<w:pStyle w:val="{identifier}"/>{more}')


def item(text: str, depth: int = 0, number: int = 1) -> str:
    return paragraph(text, f'<w:numPr><w:ilvl w:val="{depth}"/><w:numId w:val="{number}"/></w:numPr>')


def read(path: Path, body: str, **parts: str) -> LoadedDocument:
    parts.setdefault("styles", STYLES)
    (document,) = load(make_docx(path / "a.docx", body, **parts)).documents
    check_blocks(document)
    return document


def test_headings_by_style_base_and_outline_level(tmp_path: Path) -> None:
    body = styled("One", "H1") + styled("Two", "Mine") + paragraph("Three", '<w:outlineLvl w:val="2"/>')
    body += styled("No heading", "H1", '<w:outlineLvl w:val="9"/>') + styled("Words", "H2")
    assert outline(read(tmp_path, body)) == ["h1 One", "h2 Two", "h3 Three", "paragraph No heading", "h2 Words"]


def test_numbers_that_come_from_styles(tmp_path: Path) -> None:
    def numbered(identifier: str, name: str, depth: int | None) -> str:
        level = f'<w:ilvl w:val="{depth}"/>' if depth is not None else ""
        return style(identifier, name, f'<w:pPr><w:numPr>{level}<w:numId w:val="1"/></w:numPr></w:pPr>')

    levels = [("decimal", "%1."), ("decimal", "%1.%2"), ("lowerLetter", "(%3)"), ("none", "")]
    numbers = numbering(levels).replace(
        '<w:lvlText w:val="%1.%2"/>', '<w:pStyle w:val="Clause"/><w:lvlText w:val="%1.%2"/>'
    )
    styles = numbered("H1", "heading 1", 0) + numbered("Clause", "Clause", None) + numbered("Sub", "Sub", 2)
    styles += style("Own", "Own clause", '<w:basedOn w:val="Clause"/>') + numbered("Bare", "Bare", 3)
    body = styled("Parties", "H1") + styled("The landlord.", "Clause") + styled("The tenant.", "Own")
    body += styled("Rent", "H1") + styled("It is 900.", "Clause") + styled("in cash", "Sub") + styled("by bank", "Sub")
    body += styled("Without a number.", "Bare") + styled(
        "No number here.", "Clause", '<w:numPr><w:numId w:val="0"/></w:numPr>'
    )
    body += styled("It is due.", "Clause")
    document = read(tmp_path, body, styles=f"<w:styles>{styles}</w:styles>", numbering=numbers)
    assert document.title == ""  # the first clause is not what the document is called
    assert document.text.split("\n")[:5] == ["1. Parties", "", "1.1 The landlord.", "1.2 The tenant.", ""]
    assert outline(document) == [
        "h1 Parties", "  1.1 The landlord.", "  1.2 The tenant.", "h1 Rent", "  2.1 It is 900.", "    (a) in cash",
        "    (b) by bank", "paragraph Without a number.", "paragraph No number here.", "  2.2 It is due.",
    ]  # fmt: skip


def test_lists_of_one_definition_count_on_and_others_begin_anew(tmp_path: Path) -> None:
    more = '<w:num w:numId="3"><w:abstractNumId w:val="1"/></w:num><w:num w:numId="4"><w:abstractNumId w:val="1"/>'
    more += '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="7"/></w:lvlOverride></w:num>'
    numbers = numbering([("decimal", "%1."), ("decimalZero", "%1.%2")], [("bullet", "o")], more=more)
    body = item("a") + item("b", 1) + paragraph("Between.") + item("c", 0, 3) + item("d", 0, 4) + item("e", 0, 4)
    assert outline(read(tmp_path, body, numbering=numbers)) == [
        "  1. a", "    1.01 b", "paragraph Between.", "  2. c", "  7. d", "  8. e",
    ]  # fmt: skip


def test_a_numbering_style_stands_for_its_list(tmp_path: Path) -> None:
    linked = '<w:abstractNum w:abstractNumId="9"><w:numStyleLink w:val="Legal"/></w:abstractNum>'
    linked += '<w:num w:numId="9"><w:abstractNumId w:val="9"/></w:num>'
    styles = style("Legal", "Legal", '<w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr>', "numbering")
    body = item("First", 0, 9) + item("Second", 1, 9)
    document = read(
        tmp_path, body, styles=f"<w:styles>{styles}</w:styles>",
        numbering=numbering([("upperRoman", "Article %1"), ("decimal", "%1.%2")], more=linked),
    )  # fmt: skip
    assert outline(document) == ["  Article I First", "    I.1 Second"]


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (run("10") + run("6", '<w:vertAlign w:val="superscript"/>') + run(" a"), "10⁶ a"),
        (run("10") + run("-", '<w:vertAlign w:val="superscript"/>') + run("3", '<w:vertAlign w:val="superscript"/>'), "10⁻³"),
        (run("CO") + run("2", '<w:vertAlign w:val="subscript"/>'), "CO₂"),
        (run("x") + run("max", '<w:vertAlign w:val="superscript"/>'), "x^(max)"),
        (run("k") + run("B", '<w:vertAlign w:val="subscript"/>') + run("T"), "k_(B)T"),
        (run("the 1") + run("st", '<w:vertAlign w:val="superscript"/>') + run(" day"), "the 1st day"),
        (run("2 ") + '<w:r><w:sym w:font="Symbol" w:char="F0B1"/></w:r>' + run(" 5 ")
         + '<w:r><w:sym w:font="Symbol" w:char="F06D"/></w:r>' + run("m"), "2 ± 5 µm"),
        ('<w:r><w:sym w:font="Symbol" w:char="F0A3"/></w:r><w:r><w:sym w:font="Wingdings" w:char="F0FC"/></w:r>', "≤✓"),
        ('<w:r><w:sym w:font="Wingdings" w:char="F0E0"/><w:sym w:font="No Such Font" w:char="2192"/></w:r>', "→→"),
        (run("a", '<w:rFonts w:ascii="Symbol"/>') + run("\uf0b0") + run("C"), "α°C"),
        ("<w:r><w:ruby><w:rt><w:r><w:t>とう</w:t></w:r></w:rt><w:rubyBase><w:r><w:t>東</w:t></w:r></w:rubyBase></w:ruby></w:r>", "東"),
        ("<w:r><w:t>a</w:t><w:softHyphen/><w:t>b</w:t><w:noBreakHyphen/><w:t>c</w:t></w:r>", "ab-c"),
        ('<w:sdt><w:sdtPr><w14:checkbox><w14:checked w14:val="1"/></w14:checkbox></w:sdtPr><w:sdtContent><w:r><w:t>☒</w:t></w:r></w:sdtContent></w:sdt>' + run(" yes"), "☑ yes"),
        ('<w:sdt><w:sdtPr><w14:checkbox><w14:checked w14:val="0"/></w14:checkbox></w:sdtPr><w:sdtContent><w:r><w:t>☐</w:t></w:r></w:sdtContent></w:sdt>' + run(" no"), "☐ no"),
        ("<w:sdt><w:sdtPr><w:showingPlcHdr/></w:sdtPr><w:sdtContent><w:r><w:t>Click here</w:t></w:r></w:sdtContent></w:sdt>" + run("Name:"), "Name:"),
        ('<w:r><w:fldChar w:fldCharType="begin"><w:ffData><w:checkBox><w:default w:val="0"/><w:checked/></w:checkBox></w:ffData></w:fldChar></w:r>'
         '<w:r><w:instrText>FORMCHECKBOX</w:instrText></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r>' + run(" paid"), "☑ paid"),
        ('<w:r><w:fldChar w:fldCharType="begin"><w:ffData><w:ddList><w:result w:val="1"/><w:listEntry w:val="red"/><w:listEntry w:val="blue"/></w:ddList></w:ffData></w:fldChar></w:r>'
         '<w:r><w:fldChar w:fldCharType="end"/></w:r>', "blue"),
        ('<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>REF x</w:instrText><w:t>hidden</w:t></w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r>'
         + run("Section 9") + '<w:r><w:fldChar w:fldCharType="end"/></w:r>' + run(" applies."), "Section 9 applies."),
    ],
    ids=["power", "minus", "subscript", "word above", "letter below", "ordinal", "symbols", "signs", "arrow", "font",
         "ruby", "hyphens", "checked", "not checked", "placeholder", "form box", "form choice", "field"],
)  # fmt: skip
def test_characters_as_they_are_shown(tmp_path: Path, body: str, text: str) -> None:
    assert read(tmp_path, f"<w:p>{body}</w:p>").text == text


def m(name: str, *parts: str) -> str:
    return f"<m:{name}>{''.join(parts)}</m:{name}>"


def t(text: str) -> str:
    return f"<m:r><m:t>{text}</m:t></m:r>"


@pytest.mark.parametrize(
    ("formula", "text"),
    [
        (t("c = ") + m("f", m("num", t("λ")), m("den", t("T"))), "c = λ/T"),
        (m("f", m("num", t("a+b")), m("den", t("2c"))), "(a+b)/(2c)"),
        (m("f", m("num", t("2h")), m("den", t("g"))), "2h/g"),
        (m("f", m("num", m("f", m("num", t("a")), m("den", t("b")))), m("den", t("c"))), "(a/b)/c"),
        (m("sSup", m("e", t("c")), m("sup", t("2"))), "c²"),
        (m("sSup", m("e", t("a+b")), m("sup", t("n+1"))), "(a+b)ⁿ⁺¹"),
        (m("sSubSup", m("e", t("x")), m("sub", t("1")), m("sup", t("max"))), "x₁^(max)"),
        (m("rad", m("deg"), m("e", m("f", m("num", t("2h")), m("den", t("g"))))), "√(2h/g)"),
        (m("rad", m("deg", t("3")), m("e", t("x"))), "∛x"),
        (m("nary", '<m:naryPr><m:chr m:val="∑"/></m:naryPr>', m("sub", t("i=1")), m("sup", t("n")), m("e", t("i"))), "∑_(i=1)ⁿ i"),
        (m("d", m("dPr", '<m:begChr m:val="["/>', '<m:endChr m:val="]"/>'), m("e", t("a")), m("e", t("b"))), "[a|b]"),
        (m("func", m("fName", t("sin")), m("e", t("x"))), "sin(x)"),
        (m("m", m("mr", m("e", t("1")), m("e", t("2"))), m("mr", m("e", t("3")), m("e", t("4")))), "[1, 2; 3, 4]"),
        (m("acc", '<m:accPr><m:chr m:val="̄"/></m:accPr>', m("e", t("x"))), "x̄"),
        (m("limLow", m("e", t("lim")), m("lim", t("x→0"))), "lim_(x→0)"),
    ],
)  # fmt: skip
def test_formulas_on_one_line(tmp_path: Path, formula: str, text: str) -> None:
    document = read(
        tmp_path,
        f"<w:p>{run('So ')}<m:oMath>{formula}</m:oMath>{run(' holds.')}</w:p><w:p><m:oMathPara><m:oMath>{formula}</m:oMath></m:oMathPara></w:p>",
    )
    assert outline(document) == [f"paragraph So {text} holds.", f"formula {text}"]


def test_notes_stand_apart_and_come_at_the_end(tmp_path: Path) -> None:
    def reference(identifier: int, kind: str = "footnote", more: str = "") -> str:
        return f'<w:r><w:rPr><w:vertAlign w:val="superscript"/></w:rPr><w:{kind}Reference w:id="{identifier}" {more}/></w:r>'

    body = f"<w:p>{run('It cost 52')}{reference(7)}{run(' in May.')}{reference(3)}{run(' Then less')}{reference(4, 'endnote')}{run('.')}</w:p>"
    custom = '<w:r><w:footnoteReference w:customMarkFollows="1" w:id="9"/><w:t>*</w:t></w:r>'
    body += f"<w:p>{run('Mine')}{custom}</w:p>"
    notes = "".join(
        f'<w:footnote w:id="{number}"><w:p><w:r><w:footnoteRef/></w:r>{run(text)}</w:p></w:footnote>'
        for number, text in ((3, " In May."), (7, " Net."), (9, " Own."))
    )
    ends = f'<w:endnotes><w:endnote w:id="4">{paragraph("Later.")}{paragraph("Much later.")}</w:endnote></w:endnotes>'
    document = read(tmp_path, body, footnotes=f"<w:footnotes>{notes}</w:footnotes>", endnotes=ends)
    assert document.text.startswith("It cost 52 [1] in May.[2] Then less [i].\n\nMine*")
    assert [(b.label, document.text[b.start : b.end]) for b in document.blocks if b.kind == "footnote"] == [
        ("2", "[2] In May."), ("1", "[1] Net."), ("*", "* Own."), ("i", "[i] Later.\n\nMuch later."),
    ]  # fmt: skip


def test_deleted_paragraph_marks_join_and_comments_are_only_counted(tmp_path: Path) -> None:
    gone = "<w:rPr><w:del w:id='1'/></w:rPr>"
    body = paragraph("It takes ", gone) + paragraph("nine ", gone) + paragraph("days.") + paragraph("Last", gone)
    body += f"<w:tbl><w:tr>{cell('A')}{cell('B')}</w:tr><w:tr><w:trPr><w:del/></w:trPr>{cell('C')}{cell('D')}</w:tr></w:tbl>"
    document = read(tmp_path, body, comments=f"<w:comments><w:comment>{paragraph('Why?')}</w:comment></w:comments>")
    assert outline(document) == ["paragraph It takes nine days.", "paragraph Last", "t A | B"]
    assert document.notes == ("It has 1 comment, which was not read.",)


def test_captions_quotes_code_and_contents(tmp_path: Path) -> None:
    def instruction(kind: str, text: str = "") -> str:
        return f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>' + (
            f"<w:r><w:instrText>{text}</w:instrText></w:r>" if text else ""
        )

    body = (
        styled("Intro 3", "Toc1")
        + f"<w:p>{instruction('begin', 'TOC o')}{instruction('separate')}{run('Scope 4')}</w:p>"
    )
    body += f"<w:p>{run('End 5')}{instruction('end')}</w:p>" + paragraph("Text.") + styled("Table 1: Sizes", "Cap")
    body += (
        styled("def f():", "Code")
        + styled("    return 1", "Code")
        + styled("To be.", "Quote")
        + styled("Not to be.", "Quote")
    )
    gallery = '<w:sdtPr><w:docPartObj><w:docPartGallery w:val="Table of Contents"/></w:docPartObj></w:sdtPr>'
    body += f"<w:sdt>{gallery}<w:sdtContent>{styled('Contents', 'H1')}{paragraph('A 1')}</w:sdtContent></w:sdt>{paragraph('Bye.')}"
    document = read(tmp_path, body)
    assert outline(document) == [
        "contents Intro 3", "contents Scope 4", "contents End 5", "paragraph Text.", "caption Table 1: Sizes",
        "code def f():\n    return 1", "quote To be.\n\nNot to be.", "paragraph To be.", "paragraph Not to be.",
        "contents Contents", "contents A 1", "paragraph Bye.",
    ]  # fmt: skip
    assert document.headings == ()


def test_a_field_without_an_end_hides_nothing_for_long(tmp_path: Path) -> None:
    body = '<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>TOC</w:instrText></w:r></w:p>'
    document = read(tmp_path, body + styled("Real", "H1") + paragraph("Words."))
    assert outline(document) == ["h1 Real", "paragraph Words."]


def test_pictures_say_what_is_said_about_them(tmp_path: Path) -> None:
    def picture(properties: str) -> str:
        return f"<w:r><w:drawing><wp:inline><wp:docPr {properties}/></wp:inline></w:drawing></w:r>"

    body = f"<w:p>{run('See')}{picture('descr=' + chr(34) + 'A red boat' + chr(34))}</w:p>"
    body += f"<w:p>{picture('name=' + chr(34) + 'Picture 1' + chr(34))}{picture('descr=' + chr(34) + 'C:/a/b.png' + chr(34))}</w:p>"
    body += (
        f"<w:p>{picture('descr=' + chr(34) + 'A boat&#10;&#10;Description automatically generated' + chr(34))}</w:p>"
    )
    head = f"<w:hdr>{paragraph('Head of the page')}</w:hdr>"
    assert outline(read(tmp_path, body, header1=head, header2=head)) == [
        "paragraph See", "image A red boat", "image recognised A boat", "running_head Head of the page",
    ]  # fmt: skip


LOOK = '<w:tblLook w:val="04A0" w:firstRow="1"/>'


@pytest.mark.parametrize(
    ("made", "rows"),
    [
        (table(["Item", "Price"], ["Rye", "3 euros"], header=1), ["t Item* | Price*", "t Rye | 3 euros"]),
        (table(["Item", "Price"], ["Rye", "3 euros"]), ["t Item* | Price*", "t Rye | 3 euros"]),
        (table(["Site", "Weir"], ["Inspector", "Ola"]), ["t Site | Weir", "t Inspector | Ola"]),
        (table(["Who", "Town", "Boat"], ["Ann", "Kiel", "Tern"], properties=LOOK), ["t Who* | Town* | Boat*", "t Ann | Kiel | Tern"]),
        (table([cell(f"<w:p>{run('Who', '<w:b/>')}</w:p>"), cell(f"<w:p>{run('Town', '<w:b/>')}</w:p>")], ["Ann", "Kiel"]),
         ["t Who* | Town*", "t Ann | Kiel"]),
        (table([cell("2022", '<w:gridSpan w:val="2"/>'), "2023"], ["a", "b", "c"], header=1), ["t 2022* | 2023*", "t a | b | c"]),
        (table([cell("North", '<w:vMerge w:val="restart"/>'), "Kiel"], [cell("", "<w:vMerge/>"), "Rügen"]), ["t North | Kiel", "t North | Rügen"]),
        (table(["a 1", "b 2"], [cell(item("one") + item("two"), ""), cell(item("dot", 0, 2) + item("dash", 0, 2))]),
         ["t a 1 | b 2", "t 1. one 2. two | • dot • dash"]),
        (table(["only one"], ["column"]), ["paragraph only one", "paragraph column"]),
    ],
    ids=["marked", "figures below", "form", "look", "bold", "wide", "tall", "lists in cells", "frame"],
)  # fmt: skip
def test_tables_and_their_headers(tmp_path: Path, made: str, rows: list[str]) -> None:
    assert outline(read(tmp_path, made, numbering=DECIMAL)) == rows


def test_columns_of_cells_that_span_others(tmp_path: Path) -> None:
    rows = table([cell("2022", '<w:gridSpan w:val="2"/>'), "2023"], ["a", "b", "c"])
    columns = [(b.level, b.kind) for b in read(tmp_path, rows).blocks if b.kind == "cell"]
    assert [level for level, _ in columns] == [1, 3, 1, 2, 3]


def test_tables_in_cells_keep_their_rows(tmp_path: Path) -> None:
    inner = table(["Station", "Depth"], ["North", "2.4 m"], ["South", "3.1 m"])
    form = table(["Site", "Weir"], ["Readings", cell(inner + paragraph("checked"))], ["By", "Ola"])
    assert outline(read(tmp_path, form)) == [
        "t Site | Weir", "t Readings | checked", "t Station* | Depth*", "t North | 2.4 m", "t South | 3.1 m", "t By | Ola",
    ]  # fmt: skip
    headed = table(["What", "Values"], ["Readings", cell(inner)], ["By", "Ola"], header=1)
    assert outline(read(tmp_path, headed)) == [
        "t What* | Values*", "t Readings | Station: North, Depth: 2.4 m; Station: South, Depth: 3.1 m", "t By | Ola",
    ]  # fmt: skip


WORDS = (
    st.text(st.sampled_from("abcdeé日 "), min_size=1, max_size=12)
    .map(str.strip)
    .filter(bool)
    .map(lambda text: f"x{text}")
)
PARTS = st.one_of(
    st.tuples(st.just("heading"), st.integers(1, 3), WORDS),
    st.tuples(st.just("paragraph"), st.just(0), WORDS),
    st.tuples(st.sampled_from(["numbers", "dots"]), st.just(0), st.lists(st.tuples(st.integers(0, 2), WORDS), min_size=1, max_size=5)),
    st.tuples(st.just("table"), st.integers(0, 1), st.lists(st.lists(WORDS, min_size=2, max_size=2), min_size=2, max_size=4)),
)  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parts=st.lists(PARTS, min_size=1, max_size=6))
def test_documents_of_any_parts_are_read_as_they_were_made(parts: list, tmp_path: Path) -> None:
    body, expected = "", []
    lists = 0
    uses = ""
    for kind, number, content in parts:
        if kind == "heading":
            body += styled(content, f"H{number}")
            expected.append(f"h{number} {' '.join(content.split())}")
        elif kind == "paragraph":
            body += paragraph(content)
            expected.append(f"paragraph {' '.join(content.split())}")
        elif kind == "table":
            body += table(*content, header=number)
            star = "*" if number else ""
            expected += [
                "t " + " | ".join(" ".join(text.split()) + (star if row == 0 else "") for text in cells)
                for row, cells in enumerate(content)
            ]
        else:
            lists += 1
            body += paragraph("xo")
            expected.append("paragraph xo")
            uses += f'<w:num w:numId="{10 + lists}"><w:abstractNumId w:val="{1 if kind == "numbers" else 2}"/>'
            uses += '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride></w:num>'
            counts, open_levels = [0, 0, 0], list[int]()
            for place, (wanted, text) in enumerate(content):
                depth = 0 if place == 0 else min(wanted, open_levels[-1] + 1)
                open_levels = [level for level in open_levels if level < depth] + [depth]
                counts = [*counts[:depth], counts[depth] + 1, *([0] * (2 - depth))]
                mark = (f"{counts[0]}.", f"{chr(96 + counts[1])})", f"{['', 'i', 'ii', 'iii', 'iv', 'v'][counts[2]]}.")[
                    depth
                ]
                body += item(text, depth, 10 + lists)
                expected.append(f"{'  ' * (depth + 1)}{mark if kind == 'numbers' else '-'} {' '.join(text.split())}")
    lists_of = DECIMAL.replace("</w:numbering>", f"{uses}</w:numbering>")
    assert outline(read(tmp_path, body, numbering=lists_of)) == expected
