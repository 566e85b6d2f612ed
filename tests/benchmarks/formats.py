"""Real files of every format: their text against their manifest, their tables, lists and headings against a gold.

    python tests/benchmarks/formats.py [--only WORDS] [--markitdown COMMAND] [--write]

Each file is read in a process of its own, as ``footnote add`` does it. The gold (formats_gold.json) was typed by hand
from the files, see formats_gold.py; a table counts as right if every cell stands in its row and column and no others
are there, a list if all its items are there in order and at their depth and no others, a heading if its level is as far
from the gold's as that of most headings. What markitdown makes of the same files is printed beside it where that
program is installed; its Markdown is parsed by markdown-it-py. ``--write`` puts the tables into docs/formats.md and the
figures of each file under results/.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from measures import commit, table, write_results
from outlines import (
    Marks,
    Outline,
    from_json,
    heading_marks,
    key,
    list_marks,
    of_blocks,
    of_markdown,
    table_marks,
    with_keys,
)

from footnoted.index.errors import LoadError
from footnoted.index.loaders.isolate import close_workers
from footnoted.index.loaders.load import load_isolated
from footnoted.index.loaders.ocr.engine import engine

REPOSITORY = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("FOOTNOTE_SHARED") or REPOSITORY.parent / "shared")
FILES = SHARED / "files"
GOLD = Path(__file__).with_name("formats_gold.json")
PAGE = REPOSITORY / "docs" / "formats.md"
BEGIN, END = "<!-- begin: tests/benchmarks/formats.py -->\n", "<!-- end -->\n"
BLOCKS = "<!-- begin: blocks, tests/benchmarks/formats.py -->\n"


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


# Tables, lists and headings ----------------------------------------------------------------------------------------


def marked(gold: Outline, kinds: dict, said: Outline) -> dict[str, Marks]:
    """How much of the kinds of block that a gold knows of a file was found."""
    found = {
        "tables": table_marks(gold.tables, said.tables),
        "lists": list_marks(gold.lists, said.lists),
        "headings": heading_marks(gold.headings, said.headings),
    }
    return {kind: marks for kind, marks in found.items() if kind in kinds}


def blocks_of_files(only: str, markitdown: str | None) -> Iterator[dict]:
    """Each file of the gold with the marks of both programs."""
    for name, kept in json.loads(GOLD.read_text(encoding="utf-8")).items():
        if only not in name:
            continue
        path, gold = SHARED / name, from_json(kept)
        (document,) = load_isolated(path).documents
        said = {"footnote": of_blocks(document)}
        if markitdown:
            ran = subprocess.run([markitdown, path], capture_output=True, timeout=600, check=False)
            said["markitdown"] = of_markdown(ran.stdout.decode("utf-8", "replace"))
        marks = {program: marked(gold, kept, with_keys(outline, key)) for program, outline in said.items()}
        yield {"file": name, "marks": marks}


def counted(found: list[dict]) -> str:
    """The figures by format, Footnote's first, as a table."""
    formats: dict[str, list[dict]] = {}
    for entry in found:
        formats.setdefault(Path(entry["file"]).suffix[1:], []).append(entry)
    head = ["Format", "Files", "Tables", "Cells", "Column names", "Lists", "Items", "Headings", "Too many"]
    ordered = sorted(formats.items(), key=lambda pair: pair[0])
    rows = [_counted_row(name, entries) for name, entries in [*ordered, ("all", found)]]
    return table(head, rows)


def _counted_row(name: str, entries: list[dict]) -> list[str]:
    programs = list(entries[0]["marks"])

    def total(program: str, kind: str) -> Marks:
        return sum((one for entry in entries if (one := entry["marks"][program].get(kind))), Marks())

    def cell(kind: str, right: str, of: str) -> str:
        marks = {program: total(program, kind) for program in programs}
        whole = getattr(marks[programs[0]], of)
        return f"{' / '.join(str(getattr(one, right)) for one in marks.values())} of {whole}" if whole else ""

    too_many = (sum(total(program, kind).too_many for kind in ("tables", "lists", "headings")) for program in programs)
    return [
        name, str(len(entries)), cell("tables", "right", "of"), cell("tables", "parts_right", "parts"),
        cell("tables", "named", "of"), cell("lists", "right", "of"), cell("lists", "parts_right", "parts"),
        cell("headings", "right", "of"), " / ".join(map(str, too_many)),
    ]  # fmt: skip


def read_table() -> str:
    """What was read of each file of the manifest, as a table."""
    cases = json.loads((FILES / "manifest.json").read_text(encoding="utf-8"))["files"]
    head = ["File", "Size", "What is special", "Read", "Time"]
    lines = [head, ["---"] * len(head), *(row(case) for case in cases)]
    return "".join(f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |\n" for cells in lines)


def write_between(begin: str, text: str) -> None:
    """Put ``text`` between a mark of docs/formats.md and the end mark behind it."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(begin)
    PAGE.write_text(f"{before}{begin}\n{text}\n{END}{rest.partition(END)[2]}", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", help="count the blocks only of files with these words in their name")
    parser.add_argument("--markitdown", default=shutil.which("markitdown"), help="the program to compare with")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    read = "" if options.only else read_table()
    print(read)
    found = []
    for entry in blocks_of_files(options.only, options.markitdown):
        found.append(entry)
        for program, marks in entry["marks"].items():
            print(f"{entry['file']}: {program}: {faults_of(marks)}")
    programs = " / ".join(found[0]["marks"])
    print(f"\n{programs}\n\n{(counts := counted(found))}")
    if options.write and not options.only:
        write_between(BEGIN, read)
        write_between(BLOCKS, f"{programs}, measured at commit {commit()}:\n\n{counts}\n")
        write_results("formats", {"files": {entry["file"]: kept(entry["marks"]) for entry in found}})


def faults_of(marks: dict[str, Marks]) -> str:
    """What is wrong with the blocks of a file, in words."""
    faulty = {kind: one for kind, one in marks.items() if one.faulty}
    return "; ".join(
        f"{kind} {one.right} of {one.of} right, {one.too_many} too many" for kind, one in faulty.items()
    ) or "all right"  # fmt: skip


def kept(marks: dict[str, dict[str, Marks]]) -> dict:
    """The marks of a file as they are kept."""
    return {program: {kind: asdict(one) for kind, one in kinds.items()} for program, kinds in marks.items()}


if __name__ == "__main__":
    main()
