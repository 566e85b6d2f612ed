"""Tables, lists and headings of real files against the gold of tests/benchmarks/formats.py, and how that is counted."""

from __future__ import annotations

import json
import sys

import pytest
from places import REPOSITORY, SHARED

from footnoted.index.loaders.load import load

BENCHMARKS = REPOSITORY / "tests" / "benchmarks"
sys.path.insert(0, str(BENCHMARKS))
try:
    import outlines
    from formats_gold import typed
finally:
    sys.path.pop(0)

GOLD = json.loads((BENCHMARKS / "formats_gold.json").read_text("utf-8"))
WRONG = {  # known and written down in docs/formats.md
    "cases/csv-delim/preamble.csv": "a pair above a table is read as a table of one row",
    "cases/docx-nested-table/form.docx": "the outer table is in two parts, above and below the inner one",
    "files/docx-textboxes.docx": "marks typed into one paragraph are no list",
    "files/html-wikipedia.html": "the pictures of an info box count as rows",
    "files/pdf-korean-tables.pdf": "two tables side by side are read as one",
    "files/pdf-scan-medical-report.pdf": "recognised text has no headings",
    "files/pdf-table-borderless.pdf": "bold lines without numbers are no headings",
    "files/pdf-two-column-paper.pdf": "labels of figures are read as tables",
}


def marks(gold: str, said: str) -> tuple[outlines.Marks, ...]:
    ((_, kept),) = typed(f"=== a.md\n{gold}")
    found = outlines.with_keys(outlines.of_markdown(said), outlines.key)
    one = outlines.from_json(kept)
    return (
        outlines.heading_marks(one.headings, found.headings),
        outlines.list_marks(one.lists, found.lists),
        outlines.table_marks(one.tables, found.tables),
    )


TABLE = "| Mode | Bar | < |\n|-|-|-|\n| Eco | 2 // 2.0 | |\n| ^ | 3 | * |\n"
LIST = "- Turn it\n  - left\n- Wait\n"


@pytest.mark.parametrize(
    ("said", "right", "parts", "named", "too_many"),
    [
        ("| Mode | Bar | |\n|-|-|-|\n| Eco | 2.0 | |\n| Eco | 3 | x |\n", 1, 5, 1, 0),
        ("| MODE | bar | Bar |\n|-|-|-|\n| Eco | 2 | |\n| | 3 | |\n", 1, 5, 1, 0),
        ("| | |\n|-|-|\n| Mode | Bar |\n| Eco | 2 |\n| | 3 |\n", 1, 5, 0, 0),  # a column fewer, and no header
        ("| Mode | Bar |\n|-|-|\n| Eco | 3 |\n| | 2 |\n", 0, 3, 1, 0),  # two values changed places
        ("| Bar | Mode |\n|-|-|\n| 2 | Eco |\n| 3 | |\n", 0, 3, 1, 0),  # and two columns
        ("| Mode | Bar |\n|-|-|\n| Eco | 2 |\n| Boost | 3 |\n| Off | 0 |\n", 0, 5, 1, 0),
        ("| Name | Town |\n|-|-|\n| Ann | Oslo |\n", 0, 0, 0, 1),
        ("Mode: Eco, 2 bar", 0, 0, 0, 0),
    ],
    ids=["same", "covered", "no header", "rows", "columns", "more", "another", "none"],
)
def test_cells_of_a_table_are_right_in_their_row_and_column(said, right, parts, named, too_many) -> None:
    *_, found = marks(TABLE, said)
    assert (found.of, found.parts) == (1, 5)
    assert (found.right, found.parts_right, found.named, found.too_many) == (right, parts, named, too_many)


@pytest.mark.parametrize(
    ("said", "right", "parts", "too_many"),
    [
        ("1. Turn it\n   - left\n2. **Wait**\n", 1, 3, 0),
        ("- Turn it\n- left\n- Wait\n", 0, 2, 0),
        ("- Turn it\n  - left\n\n1. Wait\n", 0, 2, 1),
        ("- Wait\n- Turn it\n  - left\n", 0, 2, 0),
        ("Turn it left", 0, 0, 0),
    ],
    ids=["same", "depth", "two lists", "order", "none"],
)
def test_a_list_is_right_with_all_items_in_order_and_at_their_depth(said, right, parts, too_many) -> None:
    _, found, _ = marks(LIST, said)
    assert (found.of, found.parts, found.right, found.parts_right, found.too_many) == (1, 3, right, parts, too_many)


def test_levels_of_headings_count_by_their_distance() -> None:
    gold = "# Pump // 1. Pump\n\n## Eco\n\n## Boost\n"
    assert marks(gold, "## 1. Pump\n\n### Eco\n\n### Boost\n")[0].right == 3
    assert marks(gold, "# Pump\n\n## Eco\n\n### Boost\n\n# More\n")[0] == outlines.Marks(3, 2, 1, 3, 3)
    assert marks(gold, "# Boost\n\n# Eco\n")[0].right == 1


@pytest.mark.shared
@pytest.mark.skipif(not (SHARED / "files").exists(), reason=f"the shared files are not at {SHARED}")
@pytest.mark.parametrize("name", sorted(set(GOLD) - set(WRONG)))
def test_blocks_of_a_real_file_are_those_of_the_gold(name: str) -> None:
    (document,) = load(SHARED / name).documents
    gold, said = outlines.from_json(GOLD[name]), outlines.with_keys(outlines.of_blocks(document), outlines.key)
    found = {
        "headings": outlines.heading_marks(gold.headings, said.headings),
        "lists": outlines.list_marks(gold.lists, said.lists),
        "tables": outlines.table_marks(gold.tables, said.tables),
    }
    assert {kind: one for kind, one in found.items() if kind in GOLD[name] and one.faulty} == {}
    assert all(one.named == one.of for kind, one in found.items() if kind == "tables" and kind in GOLD[name])
