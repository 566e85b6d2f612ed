"""Natural questions on real documents, by kind of question: facts, lists, procedures, tables, follow-ups, refusals, …

    python tests/benchmarks/real.py [--report FILE.md] [--cache DIR] [--write]

Asks the questions of ``../shared/real`` and grades each answer by the patterns beside them (``keys.jsonl``): what it
must say and must not say, which document it must cite, how long it may be, or that it must refuse. Follow-ups are asked
with the answers that were really given before. Printed by kind with Wilson's 95 % intervals; ``--report`` writes every
question with its answer and what was wrong with it, to be read; ``--write`` keeps the table by commit.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from measures import CACHE, REPOSITORY, write_results

from footnoted.assistant import Answer, open_assistant
from footnoted.assistant.evaluation.metrics.resampling import wilson_interval
from footnoted.assistant.evaluation.question_sets.questions import parse_question
from footnoted.assistant.evaluation.running.records import make_record
from footnoted.index.adding.chunk import CHUNKER_VERSION

REAL = REPOSITORY.parent / "shared" / "real"
GATED = ("right and sufficient", "refused, of those that must be", "refused, of those that must not be")


def rows_of(folder: Path) -> list[dict]:
    """The questions, each with its key."""
    keys = {key["id"]: key for key in map(json.loads, (folder / "keys.jsonl").read_text("utf-8").splitlines())}
    return [
        row | {name: value for name, value in keys[row["id"]].items() if name != "id"}
        for row in map(json.loads, (folder / "questions.jsonl").read_text("utf-8").splitlines())
    ]


def asked(folder: Path, cache: Path) -> Iterator[tuple[dict, Answer, dict]]:
    """Each question with its answer and its record, collection by collection."""
    rows = rows_of(folder)
    for corpus in dict.fromkeys(row["corpus"] for row in rows):
        history: list[dict[str, str]] = []
        with open_assistant(cache / f"real-{corpus}-{CHUNKER_VERSION}") as assistant:
            assistant.index.add(folder / corpus)
            for row in (row for row in rows if row["corpus"] == corpus):
                if row["chain"] in (None, 1):  # the first question of a conversation, or one by itself
                    history = []
                answer = assistant.answer(row["question"], history)
                question = parse_question({"question": row["question"]} | graded_by(row), str(row["id"]))
                yield row, answer, make_record(question, "", (), answer, answer.timings, assistant.index.text_of)
                history += [
                    {"role": "user", "content": row["question"]}, {"role": "assistant", "content": answer.text},
                ]  # fmt: skip


def graded_by(row: dict) -> dict:
    """The fields of a row that its answer is graded by."""
    names = ("need", "need_share", "not", "files", "max_words", "refuse")
    return {name: row[name] for name in names if name in row}


def table(records: Sequence[tuple[dict, dict]]) -> dict[str, dict]:
    """Kind of question -> how many were right and sufficient, with the interval; and the shares that are gated."""
    found: dict[str, dict] = {}
    kinds = sorted({row["kind"].rstrip("123") for row, _ in records})
    for kind in kinds:
        found[kind] = share([record["right"] for row, record in records if row["kind"].rstrip("123") == kind])
    refusing = {
        name: [r["answer"]["kind"] != "answer" for row, r in records if row["refuse"] is name] for name in (True, False)
    }
    answerable = [record["right"] for row, record in records if not row["refuse"]]
    found |= dict(zip(GATED, (share(answerable), share(refusing[True]), share(refusing[False])), strict=True))
    words = [len(r["answer"]["text"].split()) for row, r in records if r["answer"]["kind"] == "answer"]
    found["words in an answer"] = {"value": sum(words) / len(words), "interval": None, "n": len(words)}
    return found


def share(values: Sequence[bool]) -> dict:
    """A share with Wilson's interval."""
    right = sum(values)
    return {"value": right / len(values), "interval": list(wilson_interval(right, len(values))), "n": len(values)}


def report(records: Sequence[tuple[dict, dict]]) -> str:
    """Every question with its answer, for a person to read."""
    lines = ["# Answers on real documents", ""]
    for row, record in records:
        verdict = (
            "right" if record["right"] else f"**wrong** ({record['grading'] or 'answered, though it should not be'})"
        )
        cited = ", ".join(dict.fromkeys(Path(note["source"]).name for note in record["answer"]["citations"]))
        text = "\n> ".join(record["answer"]["text"].splitlines())
        lines += [
            f"## {row['question']}",
            "",
            f"{row['corpus']}, {row['kind']}: {verdict}. Expected: {row['gold']}",
            "",
        ]
        lines += [f"> {text}", "", f"Cited: {cited or 'nothing'}", ""]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--report", type=Path, metavar="FILE.md")
    parser.add_argument("--cache", type=Path, default=CACHE)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    options.cache.mkdir(parents=True, exist_ok=True)
    records = [(row, record) for row, _, record in asked(REAL, options.cache)]
    found = table(records)
    for name, entry in found.items():
        bounds = "{:.2f} to {:.2f}".format(*entry["interval"]) if entry["interval"] else ""
        print(f"{name:36} {entry['value']:7.3f}  {bounds:14} n {entry['n']}")
    if options.report:
        options.report.write_text(report(records), encoding="utf-8")
    if options.write:
        write_results("real", {"real": found})


if __name__ == "__main__":
    main()
