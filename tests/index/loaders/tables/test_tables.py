"""Tables of values: which rows are headers, several tables on one sheet, and CSV files as programs write them."""

# ruff: noqa: E501

from __future__ import annotations

from pathlib import Path

import pytest
from block_checks import check_blocks, outline
from hypothesis import given, settings
from hypothesis import strategies as st

from footnoted.index.loaders.builder import TextBuilder
from footnoted.index.loaders.load import load
from footnoted.index.loaders.tables.regions import Area, Sheet, add_sheet


def sheet(picture: str, **more) -> list[str]:
    """The outline of a sheet that is drawn: a line for each row, bars between cells, nothing for an empty one."""
    lines = [line.strip() for line in picture.strip("\n").split("\n")]
    rows = {
        number: {column: text.strip() for column, text in enumerate(line.split("|"), 1) if text.strip()}
        for number, line in enumerate(lines, 1)
    }
    builder = TextBuilder()
    add_sheet(builder, Sheet({number: cells for number, cells in rows.items() if cells}, **more))
    document = builder.build()
    check_blocks(document)
    return outline(document)


def test_tables_side_by_side_and_below_each_other() -> None:
    found = sheet("""
        Staff    | Room | | Device  | Serial
        Ines Falk| B12  | | Printer | PX-771
        Tom Reyes| C03  | | Scanner | SC-204

        Supplier | Phone
        Nordlys  | 555-0101
    """)
    assert found == [
        "t Staff* | Room*", "t Ines Falk | B12", "t Tom Reyes | C03", "t Device* | Serial*", "t Printer | PX-771",
        "t Scanner | SC-204", "t Supplier* | Phone*", "t Nordlys | 555-0101",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("picture", "more", "headers"),
    [
        ("Ship|Port\nVasa Lund|Kiel Ost\n\nBo Falk|Oslo Vest\nAda Brandt|Umeå Syd", {}, ["Ship* | Port*"]),
        ("Ship|Port\nVasa Lund|Kiel Ost\n\nCrew|Age\nAda Brandt|31", {}, ["Ship* | Port*", "Crew* | Age*"]),
        ("Ship|Port\nVasa|Kiel\n\nShip|Port\nTern|Oslo", {}, ["Ship* | Port*", "Ship* | Port*"]),
        ("Ship|Port\nVasa|Kiel\n\nName|Town|Role\nAnn|Oslo|mate\nBo|Lund|cook", {}, ["Ship* | Port*", "Name* | Town* | Role*"]),
        ("Ship|Port\nVasa|Kiel\n\nTern|Oslo\nSula|Lund", {"bold": frozenset({1})}, ["Ship* | Port*"]),
        ("Ship|Port\nVasa|Kiel\n\nName|Town\nAnn|Lund", {"bold": frozenset({1, 4})}, ["Ship* | Port*", "Name* | Town*"]),
        ("Part|Q1|Q2\nNorth|5|6\n\nTotal|5|6", {}, ["Part* | Q1* | Q2*"]),
        ("Region|Q1|Q2||Q3|Q4\nNorth|5|6||7|8\nSouth|1|2||3|4", {}, ["Region* | Q1* | Q2* | Q3* | Q4*"]),
        ("Name|Town||Phone|Mail\nAnn Bo|Kiel||12 34|a@b.c\nCy Do|Oslo||56 78|d@e.f", {"widths": {3: 1.5}},
         ["Name* | Town* | Phone* | Mail*"]),
        ("EUR||2023\n|Sales|Cost\n\nNorth|5|6\nSouth|7|8\n\nEUR||2022\n|Sales|Cost\n\nNorth|3|4\nSouth|1|2", {},
         ["EUR* | 2023*", "Sales* | Cost*", "EUR* | 2022*", "Sales* | Cost*"]),
        ("EUR||2023\n|Sales|Cost\nNorth|5|6\n\nEUR||2022\n|Men|Ships\nNorth|3|4", {},
         ["EUR* | 2023*", "Sales* | Cost*", "EUR* | 2022*", "Men* | Ships*"]),
        ("Customer:|Alder Ltd\nContact:|Ann Bo\nPaid:|yes", {}, []),
    ],
    ids=["gap in text", "header over numbers", "repeated header", "other width", "no bold below", "bold below", "total",
         "gap in figures", "narrow column", "names apart from figures", "names in two rows", "form"],
)  # fmt: skip
def test_what_begins_a_table_of_its_own(picture: str, more: dict, headers: list[str]) -> None:
    assert [line.removeprefix("t ") for line in sheet(picture, **more) if line.endswith("*")] == headers


def test_titles_parts_and_remarks_of_a_table() -> None:
    found = sheet("""
        Sales of 2023

        Region | Units
        Europe
        North  | 5

        Asia
        East   | 7
        The figures are those of the printed report.
    """)
    assert found == [
        "caption Sales of 2023", "t Region* | Units*", "t Europe", "t North | 5", "t Asia", "t East | 7",
        "paragraph The figures are those of the printed report.",
    ]  # fmt: skip
    assert sheet("Note\nOne long remark about it.\nAnother.") == [
        "paragraph Note", "paragraph One long remark about it.", "paragraph Another.",
    ]  # fmt: skip


def test_headers_in_two_rows_and_tables_that_the_file_names() -> None:
    picture = "Region|2022||2023\n|Units|Revenue|Units|Revenue\nNorth|1|2|3|4"
    builder = TextBuilder()
    rows = {1: {1: "Region", 2: "2022", 4: "2023"}, 2: {1: "Region", 2: "Units", 3: "Money", 4: "Men", 5: "Gain"}}
    merged = [Area(2, 1, 3, 1), Area(4, 1, 5, 1)]
    add_sheet(builder, Sheet({**rows, 3: {1: "North", 2: "1", 3: "2", 4: "3", 5: "4"}}, merged))
    assert builder.build().text.endswith(
        "Region: North | 2022, Units: 1 | 2022, Money: 2 | 2023, Men: 3 | 2023, Gain: 4"
    )
    assert "t North | 1 | 2 | 3 | 4" in sheet(picture)
    years = sheet(
        "Region|2022||2023\nRegion|Units|Gain|Units|Gain\nNorth|1|2|3|4", merged=[Area(2, 1, 3, 1), Area(4, 1, 5, 1)]
    )
    assert years[:2] == ["t Region* | 2022* | 2023*", "t Region* | Units* | Gain* | Units* | Gain*"]
    named = sheet("a|b\nc|d\ne|f", named=[Area(1, 1, 2, 2, 1)])
    assert named == ["t a* | b*", "t c | d", "t e | f"]


@settings(max_examples=80, deadline=None)
@given(
    st.dictionaries(
        st.integers(1, 12), st.dictionaries(st.integers(1, 8), st.sampled_from(["a", "Name", "7", "2024", "two words", "x1"]), min_size=1)
    ),
    st.lists(st.tuples(*[st.integers(1, 8)] * 4), max_size=3),
)  # fmt: skip
def test_every_cell_of_any_sheet_is_in_a_block_once(rows: dict, areas: list) -> None:
    merged = [Area(min(a, c), min(b, d), max(a, c), max(b, d)) for a, b, c, d in areas]
    builder = TextBuilder()
    add_sheet(builder, Sheet(rows, merged, named=merged[:1]))
    document = builder.build()
    check_blocks(document)
    held = sorted(text for cells in rows.values() for text in cells.values())
    kinds = ("cell", "paragraph", "caption")
    assert sorted(document.text[b.start : b.end] for b in document.blocks if b.kind in kinds) == held


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        ("# made by hand\n# in May\nname,age\nAnn,5\n", ["paragraph # made by hand", "paragraph # in May", "t name* | age*", "t Ann | 5"]),
        ("#name,age\nAnn,5\nBo,6\n", ["t #name* | age*", "t Ann | 5", "t Bo | 6"]),
        ("Export\nCreated,2024-05-01\n\nBerth,Boat,Length\nB1,Sula,12 m\nB2,Tern,9 m\n",
         ["caption Export", "t Created | 2024-05-01", "t Berth* | Boat* | Length*", "t B1 | Sula | 12 m", "t B2 | Tern | 9 m"]),
        ("Export of May\nCreated,today\nBerth,Boat,Length\nB1,Sula,12 m\nB2,Tern,9 m\n",
         ["caption Export of May", "t Created | today", "t Berth* | Boat* | Length*", "t B1 | Sula | 12 m", "t B2 | Tern | 9 m"]),
        ("name,town\nAnna,Kiel\n\nBo,Umeå\nCy,Oslo\n", ["t name* | town*", "t Anna | Kiel", "t Bo | Umeå", "t Cy | Oslo"]),
        ("1,2\n3,4\n", ["t 1 | 2", "t 3 | 4"]),
        ("Ann,12 kg,Oslo\nBo,9.5 kg,Umeå\nCy,30 lb,Kiel\n", ["t Ann | 12 kg | Oslo", "t Bo | 9.5 kg | Umeå", "t Cy | 30 lb | Kiel"]),
        ("Name,100 m,200 m\nAnn,12.3,25.1\nBo,12.9,26.0\n",
         ["t Name* | 100 m* | 200 m*", "t Ann | 12.3 | 25.1", "t Bo | 12.9 | 26.0"]),
        ("Crop,2nd week,2022 plan\nRye,5 kg,7 kg\nOats,6 kg,8 kg\n",
         ["t Crop* | 2nd week* | 2022 plan*", "t Rye | 5 kg | 7 kg", "t Oats | 6 kg | 8 kg"]),
        ("Item,2024-01-01,2024-02-01\nRent,5,6\nHeat,7,8\n", ["t Item* | 2024-01-01* | 2024-02-01*", "t Rent | 5 | 6", "t Heat | 7 | 8"]),
    ],
    ids=["remarks", "header behind #", "short lines", "short lines at once", "blank line", "no header", "units", "names with units", "ordinals", "dates as names"],
)  # fmt: skip
def test_csv(tmp_path: Path, content: str, lines: list[str]) -> None:
    (tmp_path / "a.csv").write_text(content, encoding="utf-8")
    (document,) = load(tmp_path / "a.csv").documents
    check_blocks(document)
    assert outline(document) == lines
