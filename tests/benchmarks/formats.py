"""The real files of every format beside the repository, read and compared with what their manifest expects, as a table.

    python tests/benchmarks/formats.py [--write]

Each file is read in a process of its own, as ``footnote add`` does it. ``--write`` puts the table into docs/formats.md.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

from footnoted.index.errors import LoadError
from footnoted.index.loaders.isolate import close_workers
from footnoted.index.loaders.load import load_isolated
from footnoted.index.loaders.ocr.engine import engine

REPOSITORY = Path(__file__).resolve().parents[2]
FILES = REPOSITORY.parent / "shared" / "files"
PAGE = REPOSITORY / "docs" / "formats.md"
BEGIN, END = "<!-- begin: tests/benchmarks/formats.py -->\n", "<!-- end -->\n"


def row(case: dict) -> list[str]:
    """What was expected of a file, what came of it, and how long it took."""
    path, expect = FILES / case["file"], case["expect"]
    close_workers()
    started = time.monotonic()
    try:
        (document,) = load_isolated(path, password=expect.get("password")).documents
    except LoadError as error:
        wanted = expect["status"] == "error" or (expect["status"] == "needs_ocr" and not engine())
        result = f"{'as expected' if wanted else 'NOT READ'}: “{error}”"
    else:
        result = _compared(" ".join(document.text.split()), document.text.split("\n"), expect)
    size = f"{path.stat().st_size / 1000:,.0f} kB"
    return [f"`{case['file']}`", size, case["special"], result, f"{time.monotonic() - started:.1f} s"]


def _compared(text: str, lines: list[str], expect: dict) -> str:
    phrases = expect.get("must_contain", [])
    found = sum(" ".join(phrase.split()) in text for phrase in phrases)
    parts = [f"{found} of {len(phrases)} phrases"]
    if cells := expect.get("same_row"):
        together = any(all(cell in line for cell in cells) for line in lines)
        parts.append(f"{len(cells)} cells {'in one row' if together else 'NOT IN ONE ROW'}")
    if menus := expect.get("boilerplate"):
        left = sum(menu in text for menu in menus)
        parts.append("no menus" if not left else f"{left} MENUS LEFT")
    if names := expect.get("attachments"):
        parts.append(f"{sum(name in text for name in names)} of {len(names)} attachments")
    if expect["status"] == "needs_password":
        parts.append("with its password")
    if expect["status"] == "needs_ocr":
        parts.append("by text recognition")
    return ", ".join(parts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    cases = json.loads((FILES / "manifest.json").read_text(encoding="utf-8"))["files"]
    head = ["File", "Size", "What is special", "Read", "Time"]
    lines = [head, ["---"] * len(head), *(row(case) for case in cases)]
    table = "".join(f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |\n" for cells in lines)
    print(table, end="")
    if options.write:
        page = PAGE.read_text(encoding="utf-8")
        before, _, rest = page.partition(BEGIN)
        PAGE.write_text(f"{before}{BEGIN}\n{table}\n{END}{rest.partition(END)[2]}", encoding="utf-8")


if __name__ == "__main__":
    main()
