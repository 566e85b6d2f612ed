"""What an evaluation adds to the searches it makes: retrieval only, on real questions, against the bare retriever.

    python tests/benchmarks/evaluation_speed.py [--questions N] [--sets squad2,clapnq,…] [--home DIR] [--write]

Both do the same questions in turns, block by block and each first every other time, so that whatever else the machine
does meets both. The evaluation's side is everything behind the search too: records, metrics, intervals and reports.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from footnoted.assistant.english.followup import standalone
from footnoted.assistant.evaluation.question_sets.files import read_question_set
from footnoted.assistant.evaluation.question_sets.questions import Question
from footnoted.assistant.evaluation.reports.run import write_reports
from footnoted.assistant.evaluation.running.evaluate import Result, metrics_of
from footnoted.assistant.evaluation.running.ranked_documents import PASSAGES
from footnoted.assistant.evaluation.running.records import RecordFile
from footnoted.assistant.evaluation.running.runner import question_asker
from footnoted.assistant.evaluation.running.subject import open_subject
from footnoted.assistant.settings import load_settings

BENCH = Path(__file__).resolve().parents[3] / "shared" / "bench"
SETS = ("squad2", "clapnq", "mtrag", "hotpotqa500")
BLOCK = 20


class Watch:
    """Seconds, of the clock and of the processors, spent on each kind of work."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = {}

    def time(self, kind: str, work: Callable[[], object]) -> None:
        started = time.perf_counter(), time.process_time()
        work()
        for unit, before, now in zip(
            ("clock", "cpu"), started, (time.perf_counter(), time.process_time()), strict=True
        ):
            self.spent[f"{kind}_{unit}"] = self.spent.get(f"{kind}_{unit}", 0.0) + now - before


def measure(name: str, questions: Sequence[Question], home: Path) -> dict[str, float]:
    """What the bare retriever, asking through the evaluation, and metrics and reports took, for one set."""
    with ExitStack() as opened, tempfile.TemporaryDirectory() as folder:
        corpus = read_question_set(BENCH / name).corpus
        subject, _ = open_subject(opened, corpus, load_settings(home=home), retrieval_only=True)
        index, ask = subject.index, question_asker(subject)
        file, records = RecordFile(Path(folder) / "records.jsonl"), list[dict]()

        def search(block: Sequence[Question]) -> None:
            for question in block:
                index.reranker.forget()
                index.retrieve(standalone(question.question, question.history).text, PASSAGES)

        def evaluate(block: Sequence[Question]) -> None:
            for question in block:
                records.append(ask(question))
                file.append(records[-1])

        watch, sides = Watch(), {"retriever": search, "evaluation": evaluate}
        for number, start in enumerate(range(0, len(questions), BLOCK)):
            for kind in sorted(sides, reverse=bool(number % 2)):
                watch.time(kind, partial(sides[kind], questions[start : start + BLOCK]))
        file.close()

        def summarise() -> None:
            run = {"name": name, "settings": {}, "finished": ""}
            metrics = {**metrics_of(records, run, True), "gates": []}
            write_reports(Result(Path(folder), run, records, metrics))

        watch.time("metrics", summarise)
        return watch.spent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--questions", type=int, default=1000)
    parser.add_argument("--sets", default=",".join(SETS))
    parser.add_argument("--home", type=Path, default=Path.home() / ".cache" / "footnote-benchmarks" / "home")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    left, rows = options.questions, {}
    for name in options.sets.split(","):
        questions = read_question_set(BENCH / name).questions[:left]
        left -= len(questions)
        if questions:
            rows[name] = {"questions": len(questions), **measure(name, questions, options.home)}
            print(name, {key: round(value, 2) for key, value in rows[name].items()}, flush=True)
    total = {key: sum(row[key] for row in rows.values()) for key in next(iter(rows.values()))}
    overhead = {}
    for unit in ("clock", "cpu"):
        bare, asked, after = (total[f"{kind}_{unit}"] for kind in ("retriever", "evaluation", "metrics"))
        overhead[unit] = (asked + after) / bare - 1
        print(
            f"{total['questions']} questions, {unit}: retriever {bare:.1f} s, evaluation {asked:.1f} s, "
            f"metrics and reports {after:.1f} s: {overhead[unit]:+.1%} over the retriever alone"
        )
    if options.write:
        asked = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=True)
        path = Path(__file__).parent / "results" / f"evaluation-speed-{asked.stdout.strip()}.json"
        path.write_text(json.dumps({**rows, "total": total, "overhead": overhead}, indent=1) + "\n")


if __name__ == "__main__":
    main()
