"""Makes the gold of formats.py (formats_gold.json) from a text typed by somebody who looked at the files.

    python tests/benchmarks/formats_gold.py TYPED.md …

The typed text says in Markdown what is in each file: its headings, lists and tables, and no more. A file begins with

    === cases/html-structures/page.html
    === files/html-wikipedia.html: headings, tables      (where not all kinds were typed)

named from the shared folder. ``//`` between spaces separates two ways of writing a cell, an item or a heading that are
both right. In a table, ``<`` and ``^`` are places that the cell to the left or above covers too, ``*`` is a place where
anything may stand, and a first row without words says that no row names the columns.

Only short hashes of the words are kept, since the sentences of the files are not ours to give away. What is typed must
be what is true of the file, not what some program makes of it. Files typed before stay as they were.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterator
from pathlib import Path

from outlines import KINDS, gold_key, of_markdown, to_json, with_keys

GOLD = Path(__file__).with_name("formats_gold.json")
_FILE = re.compile(r"^=== ([^:\n]+)(?:: *([a-z, ]+))?$", re.M)


def typed(text: str) -> Iterator[tuple[str, dict]]:
    """Each file of a typed text with what is kept of it."""
    parts = _FILE.split(text)
    for name, kinds, body in zip(parts[1::3], parts[2::3], parts[3::3], strict=True):
        chosen = tuple(re.split(r", *", kinds.strip())) if kinds else KINDS
        if unknown := set(chosen) - set(KINDS):
            raise SystemExit(f"{name}: {', '.join(sorted(unknown))} is not one of {', '.join(KINDS)}.")
        yield name.strip(), to_json(with_keys(of_markdown(body, html=False), gold_key), chosen)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("typed", nargs="+", type=Path)
    options = parser.parse_args()
    gold = json.loads(GOLD.read_text(encoding="utf-8")) if GOLD.exists() else {}
    for path in options.typed:
        gold |= dict(typed(path.read_text(encoding="utf-8")))
    GOLD.write_text(json.dumps(dict(sorted(gold.items())), indent=1) + "\n", encoding="utf-8")
    print(f"{GOLD.name} has {len(gold)} files.")


if __name__ == "__main__":
    main()
