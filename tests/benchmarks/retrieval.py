"""Retrieval quality of every stage and combination, on the question sets next to the repository.

    python tests/benchmarks/retrieval.py [--sets squad2,clapnq,…] [--cache DIR] [--limit N] [--write]

Every stage runs once for each question and its scores are kept in the cache folder; the combinations are then computed
from them. Documents are ranked by their first passage. ``--write`` saves the table under ``results/`` by commit.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path

from assistant.followup import standalone
from index import open_index
from index.chunk import CHUNKER_VERSION, embedded_text
from index.retrieve import FIRST_STAGE_WEIGHT, RERANKED, Retriever, blended, fused, normalized

BENCH = Path(__file__).resolve().parents[3] / "shared" / "bench"
SETS = ("squad2", "clapnq", "mtrag", "hotpotqa500", "scifact")
VARIANTS = {"mtrag": ("asked", "history", "human")}
READ = 30  # candidates read by the cross-encoder; combinations that read fewer use the first of them

Scores = dict[int, float]


def questions(name: str, variant: str, limit: int) -> list[dict]:
    """The answerable questions of a set, each with the words it is searched with."""
    lines = (BENCH / name / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    chosen = [question for question in map(json.loads, lines) if question["relevant"]]
    if name == "mtrag":  # the same questions in each variant: follow-ups that a person also wrote out in full
        chosen = [question for question in chosen if question.get("history") and question.get("standalone")]
    for question in chosen:
        question["searched"] = {
            "history": lambda q: standalone(q["question"], q.get("history", ())),
            "human": lambda q: q["standalone"],
        }.get(variant, lambda q: q["question"])(question)
    return chosen[: limit or None]


def traces(index, asked: list[dict], cache: Path) -> list[dict]:
    """The scores of every stage for each question, from the cache where they are there."""
    known = {}
    if cache.exists():
        known = {trace["searched"]: trace for trace in map(json.loads, cache.read_text().splitlines())}
    retriever, result = Retriever(index), []
    with cache.open("a") as stream:
        for question in asked:
            trace = known.get(question["searched"]) or first_stages(index, retriever, question["searched"])
            if read_again(index, trace):
                known[trace["searched"]] = trace
                stream.write(json.dumps(trace) + "\n")
                stream.flush()
            result.append(trace)
    return result


def first_stages(index, retriever: Retriever, searched: str) -> dict:
    """What both first stages found for a question."""
    dense, keyword = retriever.dense(searched), retriever.keyword(searched)
    stored = index.catalog.passages([number for number, _ in fused(dense, keyword)])
    documents = {number: passage.document_id for number, passage in stored.items()}
    return {"searched": searched, "dense": dense, "keyword": keyword, "logits": [], "documents": documents}


def read_again(index, trace: dict) -> bool:
    """Add the cross-encoder's logits that a combination needs and the trace lacks; whether there were any."""
    lists = [fused(trace["dense"], trace["keyword"])[:READ], reciprocal(trace["dense"], trace["keyword"])[:20]]
    wanted = {number for ranked in lists for number, _ in ranked}
    lacking = sorted(wanted - {number for number, _ in trace["logits"]})
    stored = index.catalog.passages(lacking)
    texts = [embedded_text(stored[n].title, stored[n].heading, stored[n].text) for n in lacking]
    logits = index.reranker.scores(trace["searched"], texts) if lacking else []
    trace["logits"] += list(zip(lacking, logits, strict=True))
    return bool(lacking)


def reciprocal(dense: Iterable, keyword: Iterable, constant: int = 60) -> list[tuple[int, float]]:
    """Reciprocal rank fusion (Cormack, Clarke and Büttcher, SIGIR 2009)."""
    total: Scores = {}
    for ranked in (dense, keyword):
        for rank, (number, _) in enumerate(ranked, start=1):
            total[number] = total.get(number, 0.0) + 1 / (constant + rank)
    return sorted(total.items(), key=lambda pair: (-pair[1], pair[0]))


def combinations() -> dict[str, Callable[[dict], list[int]]]:
    """Every combination compared: a trace in, passage ids out, best first."""

    def ordered(scores: Scores) -> list[int]:
        return sorted(scores, key=lambda number: (-scores[number], number))

    def reranked(depth: int, weight: float, first_stage: Callable = fused) -> Callable[[dict], list[int]]:
        def combine(trace: dict) -> list[int]:
            first = first_stage(trace["dense"], trace["keyword"])
            logits = dict(trace["logits"])
            head = [number for number, _ in first[:depth] if number in logits]
            scores = normalized(first) if first_stage is reciprocal else dict(first)
            best = ordered(blended(scores, {number: logits[number] for number in head}, weight))
            return best + [number for number, _ in first if number not in set(best)]

        return combine

    found: dict[str, Callable[[dict], list[int]]] = {
        "BM25": lambda trace: [number for number, _ in trace["keyword"]],
        "dense": lambda trace: [number for number, _ in trace["dense"]],
        "RRF": lambda trace: [number for number, _ in reciprocal(trace["dense"], trace["keyword"])],
    }
    for weight in (0.4, 0.5, 0.6):
        found[f"min-max {weight}"] = lambda trace, weight=weight: [
            number for number, _ in fused(trace["dense"], trace["keyword"], weight)
        ]
    found["RRF, cross-encoder on 20"] = reranked(20, 0.0, reciprocal)
    for depth in (10, 20, 30):
        for weight in (0, 2, 4, 6, 8, 12):
            found[f"min-max, cross-encoder on {depth}, first stage {weight}"] = reranked(depth, weight)
    default = found[f"min-max, cross-encoder on {RERANKED}, first stage {FIRST_STAGE_WEIGHT:g}"]
    return found | {"the default": default}


def figures(ranked: list[str], relevant: set[str]) -> dict[str, float]:
    """nDCG@10, Recall@5, Recall@10 and MRR@10 of one ranked list of documents, with binary relevance."""
    gains = [1 / math.log2(rank + 1) for rank, document in enumerate(ranked[:10], start=1) if document in relevant]
    ideal = sum(1 / math.log2(rank + 1) for rank in range(1, min(10, len(relevant)) + 1))
    first = next((rank for rank, document in enumerate(ranked[:10], start=1) if document in relevant), 0)
    return {
        "nDCG@10": sum(gains) / ideal,
        "Recall@5": len(relevant & set(ranked[:5])) / len(relevant),
        "Recall@10": len(relevant & set(ranked[:10])) / len(relevant),
        "MRR@10": 1 / first if first else 0.0,
    }


def measure(name: str, variant: str, cache: Path, limit: int) -> dict[str, dict[str, float]]:
    """Mean figures of every combination on one set."""
    home = cache / f"{name}-{CHUNKER_VERSION}"
    with open_index(home) as index:
        index.add(BENCH / name / "corpus.jsonl")
        asked = questions(name, variant, limit)
        found = traces(index, asked, cache / f"{name}-{CHUNKER_VERSION}-{READ}.jsonl")
    table = {}
    for label, combine in combinations().items():
        rows = []
        for question, trace in zip(asked, found, strict=True):
            documents = {int(number): document for number, document in trace["documents"].items()}
            ranked = list(dict.fromkeys(documents[number] for number in combine(trace) if number in documents))
            rows.append(figures(ranked, set(question["relevant"])))
        table[label] = {key: round(sum(row[key] for row in rows) / len(rows), 4) for key in rows[0]}
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", default=",".join(SETS))
    parser.add_argument("--cache", type=Path, default=Path.home() / ".cache" / "footnote-benchmarks")
    parser.add_argument("--limit", type=int, default=0)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    options.cache.mkdir(parents=True, exist_ok=True)
    results = {}
    for name in options.sets.split(","):
        for variant in VARIANTS.get(name, ("asked",)):
            label = name if variant == "asked" and name not in VARIANTS else f"{name} ({variant})"
            results[label] = measure(name, variant, options.cache, options.limit)
            print(f"\n{label}", flush=True)
            for combination, row in results[label].items():
                shown = "  ".join(f"{key} {value:.3f}" for key, value in row.items())
                print(f"  {combination:44} {shown}", flush=True)
    if options.write:
        commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=True)
        path = Path(__file__).parent / "results" / f"retrieval-{commit.stdout.strip()}.json"
        path.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
