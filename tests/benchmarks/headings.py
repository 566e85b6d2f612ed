"""What the title and the heading path above a passage are worth to the models that find it, each apart.

    python tests/benchmarks/headings.py [--cache DIR] [--write]

The embedding model and the cross-encoder read a passage below its title and the path of the headings above it. Here
they read it with both, with one of them, or with neither, on the two collections of ``../shared/real``, whose documents
have headings; the keyword search stays as it is. For each question that can be answered and is no follow-up: the rank
of the first passage of a document that must be cited which says the first thing that the answer must say. Printed:
its reciprocal rank and whether it is among the first five, and both beside the default by question, with 95 %
intervals.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from measures import CACHE, interval, table, write_results
from real import REAL, rows_of

from footnoted.index import Passage, open_index
from footnoted.index.adding import contents
from footnoted.index.adding.chunk import CHUNKER_VERSION
from footnoted.index.models.base import embedded_text
from footnoted.index.search import retrieve

BOTH = "title and headings"
VARIANTS: dict[str, Callable[..., str]] = {
    BOTH: embedded_text,
    "title": lambda title, heading, *rest: embedded_text(title, "", *rest),
    "headings": lambda title, heading, *rest: embedded_text("", heading, *rest),
    "neither": lambda title, heading, *rest: embedded_text("", "", *rest),
}
DEPTH = 10


@contextmanager
def reading(read: Callable[..., str]) -> Iterator[None]:
    """While this lasts, models read passages as ``read`` puts them."""
    places = (contents, retrieve)
    for place in places:
        place.embedded_text = read
    try:
        yield
    finally:
        for place in places:
            place.embedded_text = embedded_text


def questions() -> list[dict]:
    """Those that can be answered from a document that is named, without a history."""
    return [row for row in rows_of(REAL) if not row["refuse"] and row["files"] and row["chain"] in (None, 1)]


def rank(row: dict, passages: Sequence[Passage]) -> int:
    """The rank (from 1) of the first passage that says the first thing needed; 0 if there is none."""
    needed = re.compile("|".join(row["need"][0]), re.I) if row.get("need") else re.compile("")
    for number, passage in enumerate(passages, 1):
        if Path(passage.source).name in row["files"] and needed.search(passage.text):
            return number
    return 0


def ranks(variant: str, asked: Sequence[dict], cache: Path) -> list[int]:
    """The rank for each question."""
    found: dict[int, int] = {}
    with reading(VARIANTS[variant]):
        for corpus in sorted({row["corpus"] for row in asked}):
            with open_index(cache / f"headings-{variant.replace(' ', '-')}-{corpus}-{CHUNKER_VERSION}") as index:
                index.add(REAL / corpus)
                for row in (one for one in asked if one["corpus"] == corpus):
                    found[row["id"]] = rank(row, index.retrieve(row["question"], DEPTH))
    return [found[row["id"]] for row in asked]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, default=CACHE)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    asked = questions()
    measured: dict[str, dict[str, list[float]]] = {}
    for variant in VARIANTS:
        found = ranks(variant, asked, options.cache)
        measured[variant] = {
            f"MRR@{DEPTH}": [1 / one if one else 0.0 for one in found],
            "among the first five": [float(0 < one <= 5) for one in found],
        }
    rows, results = [], {}
    for variant, metrics in measured.items():
        row, results[variant] = [variant], {}
        for name, values in metrics.items():
            lost = [one - best for one, best in zip(values, measured[BOTH][name], strict=True)]
            mean, *_ = results[variant][name] = interval(values)
            beside = results[variant][f"{name}, beside the default"] = interval(lost)
            row += [f"{mean:.3f}", "–" if variant == BOTH else "{:+.3f} ({:+.3f} to {:+.3f})".format(*beside)]
        rows.append(row)
    header = [f"{len(asked)} questions"]
    for name in measured[BOTH]:
        header += [name, "beside the default"]
    print(table(header, rows))
    if options.write:
        write_results("headings", {"questions": len(asked)} | results)


if __name__ == "__main__":
    main()
