"""Sixteen threads asking at once: the same passages as one thread, no errors, and no fewer questions a second.

    python tests/benchmarks/concurrency.py [--questions 64] [--rounds 3] [--cache DIR] [--write] [--docs]

One thread and sixteen take turns with the same questions on the index of squad2 that ``retrieval.py`` made. Exit code 1
when an answer differs, when there was an error, or when sixteen are slower than one by more than a tenth.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from cached import KeptBundledEmbeddings
from measures import BENCH, CACHE, REPOSITORY, newest_results, table, write_block, write_results

from footnoted.index import open_index
from footnoted.index.adding.chunk import CHUNKER_VERSION

THREADS = 16
SLOWER = 0.9  # of the throughput of one thread: what differs less is noise on a machine that does other things
PAGE = REPOSITORY / "docs" / "retrieval.md"


def round_of(ask: Callable[[str], object], asked: Sequence[str], threads: int) -> tuple[list, float]:
    """The answers in the order of the questions (an error stands for itself), and questions a second."""

    def answered(question: str) -> object:
        try:
            return ask(question)
        except Exception as error:  # counted, not raised: every question is asked
            return error

    started = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        answers = list(pool.map(answered, asked))
    return answers, len(asked) / (time.perf_counter() - started)


def compared(ask: Callable[[str], object], asked: Sequence[str], rounds: int) -> dict:
    """What differs between one thread and sixteen, and the median of their throughputs."""
    expected, _ = round_of(ask, asked, 1)
    speeds: dict[int, list[float]] = {1: [], THREADS: []}
    different = errors = 0
    for _ in range(rounds):
        for threads in speeds:
            answers, speed = round_of(ask, asked, threads)
            speeds[threads].append(speed)
            errors += sum(isinstance(answer, Exception) for answer in answers)
            different += sum(answer != before for answer, before in zip(answers, expected, strict=True))
    one, many = statistics.median(speeds[1]), statistics.median(speeds[THREADS])
    return {
        "questions": len(asked) * rounds * 2,
        "errors": errors,
        "different": different,
        "one thread, questions a second": round(one, 1),
        "sixteen threads, questions a second": round(many, 1),
        "ratio": round(many / one, 2),
    }


def documentation(results: dict) -> str:
    """The table of docs/retrieval.md."""
    labels = list(results["rows"]["first stage"])
    rows = [[label, *(str(row[label]) for row in results["rows"].values())] for label in labels]
    return f"Measured at commit {results['commit']}.\n\n{table(['', *results['rows']], rows)}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--questions", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--cache", type=Path, default=CACHE)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--docs", action="store_true")
    options = parser.parse_args()
    lines = (BENCH / "squad2" / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    asked = [json.loads(line)["question"] for line in lines][: options.questions]
    home = options.cache / "indexes" / f"squad2-{CHUNKER_VERSION}"
    with open_index(home, embeddings=KeptBundledEmbeddings(options.cache / "vectors.sqlite")) as index:
        index.add(BENCH / "squad2" / "corpus.jsonl")
        found = {
            "first stage": compared(lambda q: index.retrieve(q, 10, rerank=False), asked, options.rounds),
            "with reranking": compared(lambda q: index.retrieve(q, 10), asked, options.rounds),
        }
    met = True
    for stage, row in found.items():
        good = not row["errors"] and not row["different"] and row["ratio"] >= SLOWER
        met = met and good
        print("PASS" if good else "FAIL", stage, json.dumps(row), flush=True)
    if options.write:
        write_results("concurrency", {"rows": found})
    if options.docs:
        write_block(PAGE, "concurrency", documentation(newest_results("concurrency")))
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
