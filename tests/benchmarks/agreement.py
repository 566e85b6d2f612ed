"""How often the automatic verdict on an answer is that of a person who graded it without seeing it.

    python tests/benchmarks/agreement.py [--runs DIR]

``tests/data/graded_by_hand.jsonl`` has a line for each of 184 answers of six public question sets: which question, a
hash of the answer, the person's verdict (right or not) and the automatic one. In the first sample the automatic verdict
was wrong so often for answers with some of the marked sentences (5 of 11 disagreements) that these are not graded any
more; the second was drawn afterwards, from other questions, and nothing was changed after it. ``--runs`` names a
folder of runs that ``answers.py`` made: then the answers are graded again by the present rules, as far
as they are still the same. The figures are shares with Wilson's 95 % intervals.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

from footnoted.assistant.evaluation.metrics.grading import grade
from footnoted.assistant.evaluation.metrics.resampling import wilson_interval

GRADED = Path(__file__).resolve().parents[1] / "data" / "graded_by_hand.jsonl"


def graded_again(rows: Iterable[dict], folder: Path) -> list[dict]:
    """The rows whose answers are in the folder's records, with the verdicts of the present rules."""
    found: list[dict] = []
    records: dict[tuple[str, str], dict] = {}
    for path in sorted(folder.glob("*/records.jsonl")):
        for line in path.read_text("utf-8").splitlines():
            record = json.loads(line)
            records[path.parent.name.rpartition("-")[0], str(record["id"])] = record
    for row in rows:
        record = records.get((row["set"], str(row["id"])))
        if record and record["answer"] and _hash(record["answer"]["text"]) == row["answer_sha256"]:
            found.append(row | {"automatic": grade(record).right})
    return found


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def line(name: str, rows: list[dict]) -> str:
    """The agreement where there is an automatic verdict, and how often there is none."""
    told = [row for row in rows if row["automatic"] is not None]
    same = sum(row["automatic"] == row["by_hand"] for row in told)
    low, high = wilson_interval(same, len(told))
    interval = f"{same / len(told):.3f} ({low:.3f} to {high:.3f})" if told else "-"
    return f"{name:8} {same} of {len(told)} alike: {interval}, {len(rows) - len(told)} not graded"


def main() -> None:
    """Print the agreement in each sample and in both."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=Path)
    options = parser.parse_args()
    rows = [json.loads(text) for text in GRADED.read_text("utf-8").splitlines()]
    if options.runs:
        rows = graded_again(rows, options.runs)
        print(f"{len(rows)} answers are still the same and were graded again.")
    for sample in ("first", "second"):
        print(line(sample, [row for row in rows if row["sample"] == sample]))
    print(line("both", rows))


if __name__ == "__main__":
    main()
