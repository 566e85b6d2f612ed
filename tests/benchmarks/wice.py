"""The citation check on claims with the page they cite (WiCE), beside a plain cosine and a plain word overlap.

    python tests/benchmarks/wice.py [--limit N] [--write]

A claim counts as positive when annotators found all of it supported. ``auc`` is the chance that a supported claim
scores above another one: against claims that the page does not support at all, and against those supported in part as
well. The operating point is the check's own: what it calls supported. The limits of cosine and overlap are put where
they keep as many supported claims as the check does, so that the three can be compared. The check's figures on either
half of the claims, parted by their ids, tell how much they hang on the choice of claims. Intervals are 95 % bootstrap
intervals over the claims.
"""

from __future__ import annotations

import argparse
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from answers import measured, write  # the benchmark beside this one

from footnoted.assistant.evaluation.metrics.resampling import resampled_rows
from footnoted.assistant.evaluation.question_sets.files import read_cases
from footnoted.assistant.evaluation.running.without_index import spans_of
from footnoted.assistant.writing.verify import best_support, coverage
from footnoted.index.models.embed import open_embeddings
from footnoted.index.models.rerank import open_reranker

CASES = Path(__file__).resolve().parents[3] / "shared" / "bench" / "wice" / "cases.jsonl"
METHODS = ("the check", "cosine", "word overlap")


def scored(limit: int) -> list[dict]:
    """Each claim's label, the score of each method, and whether the check lets it stand."""
    scorer, embeddings = open_reranker(), open_embeddings()
    assert scorer is not None

    def likeness(one: str, other: str) -> float:
        return float(np.dot(embeddings.embed_query(one), embeddings.embed_query(other)))

    rows = []
    cases = read_cases(CASES)
    step = max(1, len(cases) // limit) if limit else 1
    for case in cases[::step]:
        page = [str(line) for line in case.extra["evidence_page"]]  # type: ignore[attr-defined]
        best = best_support(case.question, spans_of(page, str(case.extra.get("title", ""))), scorer, likeness=likeness)
        vectors = np.asarray(embeddings.embed_documents(page))
        cosine = float((vectors @ np.asarray(embeddings.embed_query(case.question))).max())
        overlap = max(coverage(case.question, line) for line in page)
        stands = best is not None and best.holds
        # What a check does with a missing fact is part of it: such a claim scores below all that stand.
        score = 0.0 if best is None else best.score - (not best.holds)
        rows.append(
            {
                "half": zlib.crc32(case.id.encode()) % 2,
                "label": case.extra["label"],
                "the check": score,
                "cosine": cosine,
                "word overlap": overlap,
                "stands": stands,
                "spans": 1 + len(best.further) if best else 0,
            }
        )
    return rows


def auc(positive: np.ndarray, negative: np.ndarray) -> float:
    """The chance that a positive scores above a negative; a tie counts half."""
    if not len(positive) or not len(negative):
        return float("nan")
    above = (positive[:, None] > negative[None, :]).mean()
    return float(above + 0.5 * (positive[:, None] == negative[None, :]).mean())


def interval(rows: Sequence[dict], figure: Callable[[Sequence[dict]], float]) -> dict:
    """A figure with its 95 % bootstrap interval."""
    drawn = [
        figure([rows[number] for number in sample]) for block in resampled_rows(len(rows)) for sample in block[:100]
    ]
    low, high = np.nanpercentile(drawn, [2.5, 97.5])
    return {"value": figure(rows), "interval": [float(low), float(high)], "n": len(rows)}


def area(method: str, against: Sequence[str]) -> Callable[[Sequence[dict]], float]:
    def figure(rows: Sequence[dict]) -> float:
        positive = np.array([row[method] for row in rows if row["label"] == "supported"])
        return auc(positive, np.array([row[method] for row in rows if row["label"] in against]))

    return figure


def kept(label: str, stands: Callable[[dict], bool]) -> Callable[[Sequence[dict]], float]:
    def figure(rows: Sequence[dict]) -> float:
        group = [stands(row) for row in rows if row["label"] == label]
        return sum(group) / len(group) if group else float("nan")

    return figure


def table(rows: Sequence[dict]) -> dict[str, dict]:
    """Every figure of every method."""
    found: dict[str, dict] = {}
    recall = kept("supported", lambda row: row["stands"])(rows)
    supported = [row for row in rows if row["label"] == "supported"]
    for method in METHODS:
        found[f"{method}: auc against not supported"] = interval(rows, area(method, ("not_supported",)))
        rest = ("not_supported", "partially_supported")
        found[f"{method}: auc against the rest"] = interval(rows, area(method, rest))
        limit = float(np.quantile([row[method] for row in supported], 1.0 - recall))
        for label in ("supported", "partially_supported", "not_supported"):
            stands = (lambda row: row["stands"]) if method == "the check" else at_least(method, limit)
            found[f"{method}: {label} called supported"] = interval(rows, kept(label, stands))
    for half in (0, 1):
        own = [row for row in rows if row["half"] == half]
        for against in (("not_supported",), rest):
            name = "the rest" if len(against) > 1 else "not supported"
            found[f"half {half + 1}: auc against {name}"] = interval(own, area("the check", against))
        for label in ("supported", *rest[::-1]):
            found[f"half {half + 1}: {label} called supported"] = interval(own, kept(label, lambda row: row["stands"]))
    standing = [float(row["spans"] > 1) for row in rows if row["stands"]]
    found["of those called supported, by several spans"] = measured(standing)
    return found


def at_least(method: str, limit: float) -> Callable[[dict], bool]:
    return lambda row: row[method] >= limit


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--limit", type=int, default=0)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    results = table(scored(options.limit))
    for name, entry in results.items():
        low, high = entry["interval"]
        print(f"{name:50} {entry['value']:.3f}  {low:.3f} to {high:.3f}")
    if options.write:
        write("wice", results)


if __name__ == "__main__":
    main()
