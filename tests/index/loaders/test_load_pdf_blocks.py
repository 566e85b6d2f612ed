"""The blocks of a PDF: headings, paragraphs, lists, tables, captions, code, contents, fields."""

import random
from pathlib import Path

import pytest
from pdf_files import Text, make_pdf

from footnoted.index.loaders.load import load
from footnoted.index.text.blocks import fault, leaves
from footnoted.index.types import Block, LoadedDocument

Page = list[Text | bytes]


def loaded(path: Path, *pages: Page) -> LoadedDocument:
    (document,) = load(make_pdf(path, pages), ocr=False).documents
    assert fault(document.text, document.blocks) == ""
    rest = list(document.text)
    for block in leaves(document.blocks):
        rest[block.start : block.end] = " " * (block.end - block.start)
    for block in document.blocks:
        if block.kind == "item":
            rest[block.start : block.start + len(block.label)] = " " * len(block.label)
        if block.kind == "footnote":
            rest[block.start : block.start + len(block.label) + 2] = " " * (len(block.label) + 2)
    assert not "".join(rest).strip(" \n|")
    return document


def shown(document: LoadedDocument, *kinds: str) -> list[tuple[str, int, str, str]]:
    return [
        (block.kind, block.level, block.label, document.text[block.start : block.end])
        for block in document.blocks
        if block.kind in kinds
    ]


def rows(document: LoadedDocument) -> list[list[tuple[int, str, str]]]:
    """Column, label and text of the cells of each row."""
    result: list[list[tuple[int, str, str]]] = []
    for block in document.blocks:
        if block.kind == "row":
            result.append([])
        elif block.kind == "cell":
            result[-1].append((block.level, block.label, document.text[block.start : block.end]))
    return result


def grid(lines: list[list[str]], top: float, lefts=(60, 200, 300, 400), step: float = 18, font: str = "") -> Page:
    return [
        (lefts[column], top + step * number, cell, 11, font)
        for number, line in enumerate(lines)
        for column, cell in enumerate(line)
        if cell
    ]


PROSE: Page = [
    (60, 500 + 14 * n, f"Line {name} of the running text tells what happened in the harbour.", 11)
    for n, name in enumerate("abcdefghijkl")
]


def test_items_of_a_list_have_their_marks_and_depth(tmp_path: Path) -> None:
    page: Page = [
        (60, 100, "• Bring the lantern, which hangs behind the door of the", 11),
        (72, 114, "old house", 11),
        (60, 128, "• Bring oil:", 11),
        (90, 142, "– of fish", 11),
        (90, 156, "– of seeds", 11),
        (60, 170, "• Bring rope", 11),
    ]
    document = loaded(tmp_path / "list.pdf", page, PROSE)
    assert shown(document, "list", "item")[0][2] == ""
    assert [(level, mark, text) for kind, level, mark, text in shown(document, "item")] == [
        (1, "•", "• Bring the lantern, which hangs behind the door of the old house"),
        (1, "•", "• Bring oil:\n– of fish\n– of seeds"),
        (2, "–", "– of fish"),
        (2, "–", "– of seeds"),
        (1, "•", "• Bring rope"),
    ]


@pytest.mark.parametrize("gap", [14, 30], ids=["tight", "with white space"])
def test_numbered_items_are_an_ordered_list(gap: int, tmp_path: Path) -> None:
    page: Page = [(60, 100 + gap * n, f"{n + 1}. Open valve {name} with care.", 11) for n, name in enumerate("ABC")]
    document = loaded(tmp_path / "numbers.pdf", page, PROSE)
    assert [part[2] for part in shown(document, "list")] == ["ordered"]
    assert [part[2:] for part in shown(document, "item")] == [
        (f"{n}.", f"{n}. Open valve {name} with care.") for n, name in enumerate("ABC", 1)
    ]


def test_a_lone_number_or_dash_begins_a_paragraph(tmp_path: Path) -> None:
    document = loaded(tmp_path / "lone.pdf", [(60, 100, "7. May was a warm day in the harbour.", 11), *PROSE])
    assert not shown(document, "list")


LINES = [["Farm", "Apples", "Pears"], ["Hill", "12", "7"], ["Dale", "30", "41"], ["Moor", "5", ""]]


def test_cells_have_their_column_and_names_are_headers(tmp_path: Path) -> None:
    document = loaded(tmp_path / "table.pdf", [*grid(LINES, 100), *PROSE])
    assert rows(document) == [
        [(1, "header", "Farm"), (2, "header", "Apples"), (3, "header", "Pears")],
        [(1, "header", "Hill"), (2, "", "12"), (3, "", "7")],
        [(1, "header", "Dale"), (2, "", "30"), (3, "", "41")],
        [(1, "header", "Moor"), (2, "", "5")],
    ]
    assert [part[2] for part in shown(document, "row")] == ["header", "", "", ""]
    assert document.text.startswith("Farm | Apples | Pears\nHill | 12 | 7\nDale | 30 | 41\nMoor | 5\n\n")


def test_an_empty_cell_leaves_its_column_free(tmp_path: Path) -> None:
    lines = [
        ["Farm", "Apples", "Pears", "Plums"],
        ["Hill", "1", "2", "3"],
        ["Dale", "", "4", "5"],
        ["Moor", "6", "", "7"],
    ]
    assert [[cell[0] for cell in row] for row in rows(loaded(tmp_path / "gap.pdf", grid(lines, 100)))] == [
        [1, 2, 3, 4], [1, 2, 3, 4], [1, 3, 4], [1, 2, 4],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("lines", "headers"),
    [
        ([["", "2022", "2023"], ["Hill", "12", "7"], ["Dale", "30", "41"]], 1),
        ([["Farm", "2022", "2023"], ["Hill", "12", "7"], ["Dale", "30", "41"]], 1),
        ([["1", "12", "7"], ["2", "30", "41"], ["3", "31", "42"]], 0),
        ([["Ann", "Oslo", "Norway"], ["Bo", "Bergen", "Norway"]], 0),
        ([["", "Fruit", ""], ["Farm", "Apples", "Pears"], ["Hill", "12", "7"], ["Dale", "30", "41"]], 2),
    ],
    ids=["years above numbers", "a name and years", "numbers only", "words only", "two rows"],
)
def test_rows_that_name_columns(lines, headers: int, tmp_path: Path) -> None:
    document = loaded(tmp_path / "names.pdf", [*grid(lines, 100), *PROSE])
    assert [part[2] for part in shown(document, "row")] == ["header"] * headers + [""] * (len(lines) - headers)


def test_a_bold_row_names_the_columns(tmp_path: Path) -> None:
    page = [
        *grid([["Name", "Place", "Land"]], 100, font="bold"),
        *grid([["Ann", "Oslo", "Norway"], ["Bo", "Rome", "Italy"]], 118),
    ]
    document = loaded(tmp_path / "bold.pdf", [*page, *PROSE])
    assert [part[2] for part in shown(document, "row")] == ["header", "", ""]


def test_a_row_of_one_cell_is_part_of_its_table(tmp_path: Path) -> None:
    lines = [*LINES[:3], ["Farms by the sea"], ["Cove", "3", "4"], ["Sand", "1", "2"]]
    document = loaded(tmp_path / "title.pdf", [*grid(lines, 100), *PROSE])
    assert len(shown(document, "table")) == 1
    assert [cell[:2] for cell in rows(document)[3]] == [(1, "")]


@pytest.mark.parametrize("repeated", [True, False], ids=["with its header again", "without"])
def test_a_table_over_pages_is_one(repeated: bool, tmp_path: Path) -> None:
    head = [["Farm", "Apples", "Pears"]]
    first = grid(head + [[f"Farm {n}", str(n), str(2 * n)] for n in range(30)], 100)
    second = grid(head * repeated + [[f"Farm {n}", str(n), str(2 * n)] for n in range(30, 50)], 60)
    document = loaded(tmp_path / "pages.pdf", first, second)
    assert len(shown(document, "table")) == 1
    labels = [part[2] for part in shown(document, "row")]
    assert labels == ["header"] + [""] * 30 + ["header"] * repeated + [""] * 20
    pages = [document.text[section.start : section.end] for section in document.sections]
    assert pages[0].endswith("Farm 29 | 29 | 58")
    assert pages[1].startswith("Farm | Apples | Pears\nFarm 30" if repeated else "Farm 30")


def test_captions_are_told_from_sentences_about_figures(tmp_path: Path) -> None:
    page: Page = [
        (60, 100, "Figure 3: The harbour from the south.", 11),
        (60, 150, "Table 2. Catches of the year.", 11),
        (60, 200, "Figure 3 shows the harbour from the south on a day in May.", 11),
        (60, 250, "Abb. 4 Der Hafen von Norden", 11),
    ]
    document = loaded(tmp_path / "captions.pdf", [*page, *PROSE])
    assert [part[3] for part in shown(document, "caption")] == [
        "Figure 3: The harbour from the south.", "Table 2. Catches of the year.", "Abb. 4 Der Hafen von Norden",
    ]  # fmt: skip


def test_code_keeps_its_lines_and_indentation(tmp_path: Path) -> None:
    code = ["def light(lamp):", "    if lamp.oil:", "        lamp.burn()", "", "light(Lamp())"]
    page: Page = [(60, 100 + 12 * n, line, 10, "mono") for n, line in enumerate(code)]
    document = loaded(tmp_path / "code.pdf", [(60, 70, "Run this:", 11), *page, *PROSE])
    assert [part[3] for part in shown(document, "code")] == ["\n".join(code)]


def test_a_typewritten_document_is_no_code(tmp_path: Path) -> None:
    said = ["The keeper wrote", "A letter came to", "Nobody asked", "It was said by", "Soon enough"]
    page: Page = [(60, 100 + 14 * n, f"{said[n % 5]} the board of the harbour;", 10, "mono") for n in range(12)]
    document = loaded(tmp_path / "typed.pdf", page)
    assert not shown(document, "code")
    assert "Nobody asked the board of the harbour; It was said by the board" in document.text


CHAPTERS = [("Introduction", 1), ("The harbour", 2), ("The light", 4), ("The keeper", 7), ("Index", 9)]


@pytest.mark.parametrize("leaders", [True, False], ids=["with leaders", "under its title"])
def test_contents_are_no_content(leaders: bool, tmp_path: Path) -> None:
    dots = " . . . . . . . . . . . . " if leaders else "   "
    page: Page = [(60, 60, "Contents", 11)]
    page += [(60, 100 + 16 * n, f"{title}{dots}{number}", 11) for n, (title, number) in enumerate(CHAPTERS)]
    document = loaded(tmp_path / "contents.pdf", page, PROSE, PROSE)
    assert "The light" in "".join(part[3] for part in shown(document, "contents"))
    assert not any("The light" in part[3] for part in shown(document, "paragraph", "cell"))


def test_prices_with_leaders_are_content(tmp_path: Path) -> None:
    prices = [("Soup", "7"), ("Bread", "2"), ("Fish", "19"), ("Cheese", "8")]
    page: Page = [(60, 100 + 16 * n, f"{name} . . . . . . . . {price}", 11) for n, (name, price) in enumerate(prices)]
    assert not shown(loaded(tmp_path / "prices.pdf", [*page, *PROSE]), "contents")


def test_fields_have_their_name(tmp_path: Path) -> None:
    annotations = [
        b"/Subtype /Widget /FT /Tx /T (surname) /TU (Family name) /V (Muster)",
        b"/Subtype /Text /Contents (Please check this)",
    ]
    path = make_pdf(tmp_path / "form.pdf", [[(50, 100, "Application for a berth")]], annotations=annotations)
    (document,) = load(path, ocr=False).documents
    assert shown(document, "field") == [
        ("field", 0, "Family name", "Family name: Muster"), ("field", 0, "Note", "Note: Please check this"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("numbers", "font", "levels"),
    [
        (["1.1 Nets", "1.2 Boats"], "bold", [1, 2, 2]),
        (["1.1 Nets", "1.2 Boats", "1.2.1 Sails", "2.1 Crew"], "bold", [1, 2, 2, 3, 2]),
        (["1.1 Nets", "1.2 Boats"], "", [1]),  # as light as the text
        (["2.4 Metres", "1.5 Metres"], "bold", [1]),  # no numbering, but figures
        (["1.1 Nets are mended.", "1.2 Boats are tarred."], "bold", [1]),  # sentences
    ],
    ids=["bold", "deeper", "light", "out of order", "sentences"],
)
def test_numbered_bold_lines_are_headings(tmp_path: Path, numbers: list[str], font: str, levels: list[int]) -> None:
    lines: list = [(50, 60, "1. Work of the harbour", 16)]
    y = 90
    for number in numbers:
        lines.append((50, y, number, 10, font))
        y += 10
        for _ in range(6):
            y += 14
            lines.append((50, y, "The men of the harbour work on the nets and on the boats until the evening comes."))
        y += 30
    (document,) = load(make_pdf(tmp_path / "a.pdf", [lines])).documents
    assert [heading.level for heading in document.headings] == levels
    assert [heading.title for heading in document.headings[1:]] == (numbers if len(levels) > 1 else [])


def test_paragraphs_and_headings_are_blocks(tmp_path: Path) -> None:
    document = loaded(tmp_path / "plain.pdf", [(60, 60, "The harbour", 20), (60, 100, "First fees", 15), *PROSE])
    assert [(part[0], part[1]) for part in shown(document, "heading", "paragraph")] == [
        ("heading", 1), ("heading", 2), ("paragraph", 0),
    ]  # fmt: skip


WORDS = ["harbour", "light", "keeper", "boat", "lantern", "tide", "rope", "wind", "board", "letter", "storm", "oil"]
WORDS += ["door", "house", "salt"]


@pytest.mark.parametrize("seed", range(40))
def test_any_sequence_of_parts_is_read_as_it_was_written(seed: int, tmp_path: Path) -> None:
    """Documents of random headings, paragraphs, lists and tables: the right blocks, in order."""
    chance = random.Random(seed)
    pages: list[Page] = [[]]
    wanted: list[tuple[str, list[str]]] = []
    top = 60.0
    for _ in range(chance.randint(4, 9)):
        kind = chance.choice(["heading", "paragraph", "list", "table"])
        if kind in ("heading", "list") and wanted and wanted[-1][0] == kind:
            kind = "paragraph"
        if top > 560:
            pages.append([])
            top = 60.0
        name = " ".join(chance.sample(WORDS, 3))
        texts: list[str] = []
        if kind == "heading":
            texts = [name.capitalize()]
            pages[-1].append((60, top + 10, texts[0], 18))
            top += 46
        elif kind == "paragraph":
            lines = [" ".join(chance.sample(WORDS, 10)) for _ in range(chance.randint(3, 5))]
            lines[0], lines[-1] = lines[0].capitalize(), f"{lines[-1]}."
            pages[-1] += [(60, top + 14 * n, line, 11) for n, line in enumerate(lines)]
            texts, top = [" ".join(lines)], top + 14 * len(lines) + 24
        elif kind == "list":
            texts = [f"{n}. {' '.join(chance.sample(WORDS, 4))}." for n in range(1, chance.randint(3, 6))]
            pages[-1] += [(72, top + 14 * n, text, 11) for n, text in enumerate(texts)]
            top += 14 * len(texts) + 24
        else:
            lines = [[word.capitalize() for word in chance.sample(WORDS, 3)]] + [
                [chance.choice(WORDS), str(chance.randint(1, 99)), str(chance.randint(100, 999))]
                for _ in range(chance.randint(2, 6))
            ]
            pages[-1] += grid(lines, top)
            texts, top = [cell for line in lines for cell in line], top + 18 * len(lines) + 24
        wanted.append((kind, texts))
    # Where letters of one size are not most of a document, no other size means a heading.
    wanted.append(("paragraph", [" ".join(str(line[2]) for line in PROSE)]))
    document = loaded(tmp_path / "random.pdf", *pages, PROSE)
    found: list[tuple[str, list[str]]] = []
    inside: Block | None = None
    for block in document.blocks:
        text = document.text[block.start : block.end]
        if inside and block.start < inside.end:
            if block.kind in ("item", "cell"):
                found[-1][1].append(text)
        elif block.kind in ("list", "table"):
            inside = block
            found.append((block.kind, []))
        else:
            found.append((block.kind, [text]))
    assert found == wanted
