"""Excel and PowerPoint files: tables and their headers, comments, bullets, charts, notes, pictures."""

from __future__ import annotations

from pathlib import Path

import pytest
from block_checks import check_blocks, outline

from footnoted.index.loaders.load import load
from footnoted.index.types import LoadedDocument


def read(path: Path) -> LoadedDocument:
    (document,) = load(path).documents
    check_blocks(document)
    return document


def test_excel_tables_formats_and_comments(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    from openpyxl.comments import Comment
    from openpyxl.worksheet.table import Table

    book = openpyxl.Workbook()
    sheet = book.active
    for row in (["Item", 45292, 45323, "Weight"], ["Rent", 1200, 1250, 3.5], ["Power", 310.5, 298, 4]):
        sheet.append(row)
    for place, code in (("B1", "mmm yyyy"), ("C1", "mmm yyyy"), ("D2", '0.0 "kg"'), ("D3", '0.0 "kg"')):
        sheet[place].number_format = code
    sheet["B2"].comment = Comment("Ann:\nAsk the landlord", "Ann")
    sheet["F1"], sheet["F2"], sheet["G1"], sheet["G2"] = "Key", "k1", "Use", "u1"
    sheet.add_table(Table(displayName="Keys", ref="F1:G2"))
    book.save(tmp_path / "a.xlsx")
    document = read(tmp_path / "a.xlsx")
    assert outline(document) == [
        "t Item* | Jan 2024* | Feb 2024* | Weight*", "t Rent | 1200 | 1250 | 3.5 kg", "t Power | 310.5 | 298 | 4 kg",
        "t Key* | Use*", "t k1 | u1", "footnote B2 Comment on B2: Ann: Ask the landlord",
        "paragraph Ann: Ask the landlord",
    ]  # fmt: skip
    assert "Item: Power | Jan 2024: 310.5 | Feb 2024: 298 | Weight: 4 kg" in document.text


def test_excel_keeps_powers_and_dates_of_old_macs(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    from openpyxl.cell.rich_text import CellRichText, TextBlock
    from openpyxl.cell.text import InlineFont
    from openpyxl.utils.datetime import CALENDAR_MAC_1904

    book = openpyxl.Workbook()
    book.epoch = CALENDAR_MAC_1904
    book.active.append(["Area", "Opened"])
    book.active.append([CellRichText("40 km", TextBlock(InlineFont(vertAlign="superscript"), "2")), 43830])
    book.active["B2"].number_format = "yyyy-mm-dd"
    book.save(tmp_path / "a.xlsx")
    assert read(tmp_path / "a.xlsx").text == "Area | Opened\nArea: 40 km² | Opened: 2024-01-01"


def test_powerpoint_lists_tables_charts_notes_and_pictures(tmp_path: Path) -> None:
    pptx = pytest.importorskip("pptx")
    from pptx.chart.data import CategoryChartData
    from pptx.enum.chart import XL_CHART_TYPE
    from pptx.oxml.ns import qn

    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[1])
    slide.shapes.title.text = "Ships"
    frame = slide.placeholders[1].text_frame
    frame.text = "First"
    for text, level in (("deeper", 1), ("Second", 0)):
        paragraph = frame.add_paragraph()
        paragraph.text, paragraph.level = text, level
    box = slide.shapes.add_textbox(0, 0, 9, 9).text_frame
    box.text = "Steps:"
    for text in ("open", "close"):
        paragraph = box.add_paragraph()
        paragraph.text = text
        bullet = paragraph._p.get_or_add_pPr().makeelement(qn("a:buAutoNum"), {"type": "alphaLcParenR", "startAt": "2"})
        paragraph._p.get_or_add_pPr().append(bullet)
    raised = box.add_paragraph()
    raised.text = "10"
    power = raised.add_run()
    power.text = "6"
    power._r.get_or_add_rPr().set("baseline", "30000")
    table = slide.shapes.add_table(2, 3, 0, 0, 9, 9).table
    for row, texts in enumerate((("Year", "", "Sum"), ("x", "y", "z"))):
        for column, text in enumerate(texts):
            table.cell(row, column).text = text
    table.cell(0, 0).merge(table.cell(0, 1))
    data = CategoryChartData(number_format="0%")
    data.categories = ["North", "South"]
    data.add_series("Share", (0.25, 0.75))
    slide.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, 0, 0, 9, 9, data)
    slide.notes_slide.notes_text_frame.text = "Say it slowly."
    deck.save(tmp_path / "a.pptx")
    document = read(tmp_path / "a.pptx")
    assert outline(document) == [
        "h1 Ships", "  - First", "    - deeper", "  - Second", "paragraph Steps:", "  b) open", "  c) close",
        "paragraph 10⁶", "t Year* | Sum*", "t x | y | z", "t North* | 25%", "t South* | 75%",
        "paragraph Speaker notes:", "paragraph Say it slowly.",
    ]  # fmt: skip
    assert [block.level for block in document.blocks if block.kind == "cell"][:2] == [1, 3]
    assert "North | Share: 25%" in document.text
