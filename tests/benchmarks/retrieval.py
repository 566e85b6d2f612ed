"""Retrieval quality of every stage, combination and peer, on the question sets next to the repository.

    python tests/benchmarks/retrieval.py [--sets squad2,clapnq,…] [--cache DIR] [--limit N] [--write] [--docs]

"The default" is what ``Index.retrieve`` returns. The combinations beside it are computed from the scores of the
stages, which are asked once for each question. Documents are ranked by their first passage. Vectors and cross-encoder
scores are kept in the cache by content. ``--write`` saves the figures by commit under ``results/``, ``--docs`` puts the
newest ones into docs/retrieval.md. Exit code 1 when a rule (see :func:`rules`) fails.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import peers
from cached import KeptBundledEmbeddings, KeptScores
from measures import (
    BENCH,
    CACHE,
    FIGURES,
    REPOSITORY,
    figures,
    interval,
    newest_results,
    table,
    write_block,
    write_results,
)  # fmt: skip

from footnoted.assistant.english.followup import standalone
from footnoted.index import open_index
from footnoted.index.adding.chunk import CHUNKER_VERSION
from footnoted.index.models.base import embedded_text
from footnoted.index.search.neighbours import copies_in
from footnoted.index.search.retrieve import DENSE_SHARE, READ_FIRST, RERANKED, Retriever, read_in_turns

SETS = ("squad2", "clapnq", "mtrag", "hotpotqa500", "scifact")
VARIANTS = {"mtrag": ("asked", "history", "human")}
SHARES = (0.4, 0.5, 0.6, 0.7)  # of meaning in the sum of normalised scores
READ_AGAIN = (0.5, 0.6)  # shares whose best are also read by the cross-encoder
DEPTHS = (10, 20)  # candidates read by the cross-encoder
WEIGHTS = (0, 2, 4, 6, 8, 12)  # logits that the whole range of the first stage is worth
DEFAULT, COPIES = "the default", "the default, copies counted"
TURNS = "min-max 0.6, cross-encoder in turns, first stage 6"
# The default with stages left out or exchanged. The grid of shares, depths and weights is a search for settings: the
# best of so many is better than any one of them by chance, see :func:`left_out`.
ABLATIONS = (
    "BM25", "dense", "RRF", *(f"min-max {share}" for share in SHARES), "RRF, cross-encoder on 20",
    *(f"min-max {share}, cross-encoder on 20, first stage 0" for share in READ_AGAIN), TURNS,
    "min-max 0.6, cross-encoder on 20, first stage 6", "min-max 0.6, cross-encoder on 30, first stage 6",
)  # fmt: skip
NEAR = 0.005  # what the default may lose to its best ablation: below it a difference means nothing
PAGE = REPOSITORY / "docs" / "retrieval.md"

Scores = dict[int, float]
Ranked = list[tuple[int, float]]
Combination = Callable[[dict], list[int]]


def questions(name: str, variant: str, limit: int) -> list[dict]:
    """The answerable questions of a set, each with the words it is searched with."""
    lines = (BENCH / name / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    chosen = [question for question in map(json.loads, lines) if question["relevant"]]
    if name == "mtrag":  # the same questions in each variant: follow-ups that a person also wrote out in full
        chosen = [question for question in chosen if question.get("history") and question.get("standalone")]
    for question in chosen:
        question["searched"] = {
            "history": lambda q: standalone(q["question"], q.get("history", ())).text,
            "human": lambda q: q["standalone"],
        }.get(variant, lambda q: q["question"])(question)
    return chosen[: limit or None]


# Stages and combinations ---------------------------------------------------------------------------------------------


def trace(index, retriever: Retriever, searched: str) -> dict:
    """The scores of both first stages and, for what any combination reads, of the cross-encoder."""
    dense, keyword = list(retriever.dense(searched)), list(retriever.keyword(searched))
    lists = [reciprocal(dense, keyword), *(summed(dense, keyword, share) for share in READ_AGAIN)]
    stored = index.catalog.passages([number for number, _ in lists[0]])
    lists.append(summed(dense, keyword, DENSE_SHARE)[:RERANKED])
    read = sorted({number for ranked in lists[:-1] for number, _ in ranked[: max(DEPTHS)]} | dict(lists[-1]).keys())
    read = [number for number in read if number in stored]
    texts = [embedded_text(stored[n].title, stored[n].heading, stored[n].text) for n in read]
    return {
        "dense": dense,
        "keyword": keyword,
        "logits": dict(zip(read, index.reranker.scores(searched, texts), strict=True)),
        "documents": {number: passage.document_id for number, passage in stored.items()},
    }


def normalised(ranked: Ranked) -> Scores:
    """Scores mapped to 0..1 by the best and the worst of the list."""
    if not ranked:
        return {}
    low, high = min(score for _, score in ranked), max(score for _, score in ranked)
    return {number: (score - low) / (high - low) if high > low else 1.0 for number, score in ranked}


def ordered(scores: Scores) -> Ranked:
    return sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))


def summed(dense: Ranked, keyword: Ranked, share: float) -> Ranked:
    """Weighted sum of the normalised scores."""
    meaning, words = normalised(dense), normalised(keyword)
    every = meaning.keys() | words.keys()
    return ordered({n: share * meaning.get(n, 0.0) + (1 - share) * words.get(n, 0.0) for n in every})


def reciprocal(dense: Iterable, keyword: Iterable, constant: int = 60) -> Ranked:
    """Reciprocal rank fusion (Cormack, Clarke and Büttcher, SIGIR 2009)."""
    total: Scores = {}
    for ranked in (dense, keyword):
        for rank, (number, _) in enumerate(ranked, start=1):
            total[number] = total.get(number, 0.0) + 1 / (constant + rank)
    return ordered(total)


def read_again(first: Ranked, logits: Scores, depth: int, weight: float) -> list[int]:
    """The first ``depth`` ordered by logit plus ``weight`` times their normalised score; the others as they were."""
    head = [number for number, _ in first if number in logits][:depth]
    scores = normalised(first)
    best = [number for number, _ in ordered({n: logits[n] + weight * scores[n] for n in head})]
    return best + [number for number, _ in first if number not in set(best)]


def combinations() -> dict[str, Combination]:
    """Every combination compared: a trace in, passage ids out, best first."""

    def numbers(ranked: Ranked) -> list[int]:
        return [number for number, _ in ranked]

    found: dict[str, Combination] = {
        "BM25": lambda t: numbers(t["keyword"]),
        "dense": lambda t: numbers(t["dense"]),
        "RRF": lambda t: numbers(reciprocal(t["dense"], t["keyword"])),
        "RRF, cross-encoder on 20": lambda t: read_again(reciprocal(t["dense"], t["keyword"]), t["logits"], 20, 0),
    }
    for share in SHARES:
        found[f"min-max {share}"] = lambda t, share=share: numbers(summed(t["dense"], t["keyword"], share))
    for share in READ_AGAIN:
        for depth in DEPTHS:
            for weight in WEIGHTS:
                found[blend_name(share, depth, weight)] = lambda t, s=share, d=depth, w=weight: read_again(
                    summed(t["dense"], t["keyword"], s), t["logits"], d, w
                )
    found[blend_name(DENSE_SHARE, RERANKED, 6)] = lambda t: read_again(
        summed(t["dense"], t["keyword"], DENSE_SHARE), t["logits"], RERANKED, 6
    )
    found[TURNS] = lambda t: read_again(summed(t["dense"], t["keyword"], DENSE_SHARE), read_of(t), RERANKED, 6)
    return found


def read_of(stages: dict) -> Scores:
    """The logits of what the product reads of a question, which stops reading when nothing unread could win."""
    first = [pair for pair in summed(stages["dense"], stages["keyword"], DENSE_SHARE) if pair[0] in stages["documents"]]
    return read_in_turns(first, lambda part: [stages["logits"][number] for number in part])


def blend_name(share: float, depth: int, weight: float) -> str:
    return f"min-max {share}, cross-encoder on {depth}, first stage {weight:g}"


# Measuring -----------------------------------------------------------------------------------------------------------


def measure(name: str, cache: Path, limit: int, present: Sequence[str]) -> dict[str, dict[str, list[dict]]]:
    """For each variant of a set and each column, the figures of every question."""
    results: dict[str, dict[str, list[dict]]] = {}
    variants = {variant: questions(name, variant, limit) for variant in VARIANTS.get(name, ("asked",))}
    corpus = cache / "indexes" / f"{name}-{CHUNKER_VERSION}"
    kept = KeptScores(cache / "scores.sqlite")
    with open_index(corpus, embeddings=KeptBundledEmbeddings(cache / "vectors.sqlite"), reranker=kept) as index:
        index.add(BENCH / name / "corpus.jsonl")
        retriever = Retriever(index.live, index.reranker)
        for variant, asked in variants.items():
            columns: dict[str, list[dict]] = {}
            for question in asked:
                stages, relevant = trace(index, retriever, question["searched"]), set(question["relevant"])
                turns = len(read_of(stages))
                for label, combine in combinations().items():
                    documents = [stages["documents"][n] for n in combine(stages) if n in stages["documents"]]
                    columns.setdefault(label, []).append(figures(peers.distinct(documents), relevant))
                passages = index.retrieve(question["searched"], peers.CHUNKS)
                documents = peers.distinct([passage.document_id for passage in passages])
                columns.setdefault(DEFAULT, []).append(figures(documents, relevant) | {"read": turns})
                documents = with_copies(index, stages, documents)
                columns.setdefault(COPIES, []).append(figures(documents, relevant))
            results[f"{name} ({variant})" if name in VARIANTS else name] = columns
    add_peers(name, variants, results, cache, present)
    return results


def with_copies(index, stages: dict, documents: list[str]) -> list[str]:
    """The ranking with the documents that say what a better one says right behind that, where the ablations have them.

    The default leaves them out or shows them after the first five, so that no reader is shown a text twice.
    """
    order = [n for n, _ in summed(stages["dense"], stages["keyword"], DENSE_SHARE) if n in stages["documents"]]
    texts = {number: passage.text for number, passage in index.catalog.passages(order).items()}
    result = list(documents)
    for copy, original in copies_in(order, texts).items():
        name, before = stages["documents"][copy], stages["documents"].get(original, "")
        if before not in result or (name in result and result.index(name) < result.index(before)):
            continue
        if name in result and name != before:
            result.remove(name)
        if name not in result:
            result.insert(result.index(before) + 1, name)
    return result


def add_peers(name: str, variants: dict, results: dict, cache: Path, present: Sequence[str]) -> None:
    """The columns of the peers, on the same corpus and the same questions."""
    lines = (BENCH / name / "corpus.jsonl").read_text(encoding="utf-8").splitlines()
    records = [json.loads(line) for line in lines]
    documents = [
        (record["id"], f"{record['title']}\n\n{record['text']}" if record.get("title") else record["text"])
        for record in records
    ]
    for peer in present:
        search = peers.PEERS[peer][0](documents, cache)
        for variant, asked in variants.items():
            rows = [figures(search(question["searched"]), set(question["relevant"])) for question in asked]
            results[f"{name} ({variant})" if name in VARIANTS else name][peer] = rows


def rules(values: dict[str, dict[str, list[float]]]) -> list[dict]:
    """What must hold of nDCG@10, each rule with whether it does; ``values`` are by set, column and question."""
    found = []
    for name, columns in values.items():
        means = {label: sum(column) / len(column) for label, column in columns.items()}
        best = max(ABLATIONS, key=lambda label: means[label])
        # Labels name one of two texts that say the same, and the default shows only the better one.
        lead = means[COPIES] - means[best]
        shown = f"{name}: default {means[COPIES]:.3f}, best ablation {means[best]:.3f} ({best})"
        if means[COPIES] != means[DEFAULT]:
            shown += f"; {means[DEFAULT]:.3f} where a copy of a better one counts at its own place"
        found.append({"rule": f"{shown}, not more than {NEAR} below", "holds": lead >= -NEAR})
        for peer in [label for label in means if label in peers.PEERS]:
            paired = [ours - theirs for ours, theirs in zip(columns[DEFAULT], columns[peer], strict=True)]
            mean, low, high = interval(paired)
            shown = f"{name}: default better than {peer} by {mean:.3f} [{low:.3f}, {high:.3f}]"
            found.append({"rule": shown, "holds": mean > 0})
    if "mtrag (human)" in values:
        asked, history, human = (
            sum(values[f"mtrag ({variant})"][DEFAULT]) / len(values[f"mtrag ({variant})"][DEFAULT])
            for variant in ("asked", "history", "human")
        )
        shown = f"mtrag: history {history:.3f}, last question {asked:.3f}, written out by a person {human:.3f}"
        shown = f"{shown}: at least half of the distance closed"
        found.append({"rule": shown, "holds": history - asked >= (human - asked) / 2})
    return found


def left_out(means: dict[str, dict[str, float]]) -> list[dict]:
    """For each set: share, depth and weight that are best on the other sets, and what they give on this one."""
    family = [blend_name(share, depth, weight) for share in READ_AGAIN for depth in DEPTHS for weight in WEIGHTS]
    sets = {name.partition(" ")[0] for name in means}

    def mean(label: str, among: Iterable[str]) -> float:
        """Over sets; the variants of a set count as one."""
        groups = [[row[label] for name, row in means.items() if name.partition(" ")[0] == group] for group in among]
        return sum(sum(group) / len(group) for group in groups) / len(groups)

    found = []
    for held in sorted(sets, key=SETS.index) if len(sets) > 1 else []:
        chosen = max(family, key=lambda label: mean(label, sets - {held}))
        best = max(family, key=lambda label: mean(label, [held]))
        found.append({
            "set": held, "chosen": chosen, "nDCG@10": round(mean(chosen, [held]), 4),
            "best": best, "best nDCG@10": round(mean(best, [held]), 4),
            "default nDCG@10": round(mean(DEFAULT, [held]), 4),
        })  # fmt: skip
    return found


# Showing -------------------------------------------------------------------------------------------------------------


def spread_of(counts: Sequence[int]) -> list[tuple[str, float]]:
    """Mean, median, and the share that is six or fewer (one turn)."""
    every = sorted(counts)
    settled = sum(count <= READ_FIRST for count in every) / len(every)
    return [("mean", sum(every) / len(every)), ("median", every[len(every) // 2]), ("one turn, %", 100 * settled)]


def shown_columns(every: Iterable[str]) -> list[str]:
    """The columns worth a line in the documentation: of the blends, those with the share that the default has."""
    return [
        label
        for label in every
        if ", first stage " not in label or label.startswith("min-max 0.6") and "cross-encoder on 10" not in label
    ]


def documentation(results: dict) -> str:
    """The tables of docs/retrieval.md: one for nDCG@10 over all sets, one with all figures for each set."""
    sets = results["sets"]
    labels = shown_columns(next(iter(sets.values())))
    first = [
        [label, *(f"{sets[name][label]['nDCG@10'][0]:.3f}" if label in sets[name] else "" for name in sets)]
        for label in labels
    ]
    parts = [f"Measured at commit {results['commit']}.\n\n{table(['nDCG@10', *sets], first)}"]
    for name, columns in sets.items():
        number = results["questions"][name]
        rows = []
        for label in [label for label in labels if label in columns]:
            cells = [columns[label][figure] for figure in FIGURES]
            rows.append([label, *(f"{mean:.3f} [{low:.3f}, {high:.3f}]" for mean, low, high in cells)])
        parts.append(f"### {name}\n\n{number} questions.\n\n{table([name, *FIGURES], rows)}")
    read = [[name, *(f"{value:g}" for value in row.values())] for name, row in results["passages read"].items()]
    header = ["passages read by the cross-encoder", *next(iter(results["passages read"].values()))]
    parts.append(f"### How much is read\n\n{table(header, read)}")
    verdicts = "\n".join(f"- {'PASS' if rule['holds'] else 'FAIL'}: {rule['rule']}" for rule in results["rules"])
    parts.append(f"### Rules\n\n{verdicts}")
    held = [
        [row["set"], row["chosen"], *(f"{row[key]:.3f}" for key in ("nDCG@10", "best nDCG@10", "default nDCG@10"))]
        for row in results["left out"]
    ]
    header = ["left out", "chosen on the other sets", "nDCG@10", "best on this set", "the default"]
    parts.append(f"### Chosen without the set it is measured on\n\n{table(header, held)}")
    used = "\n".join(f"- {peer}: {text}" for peer, text in results["peers"].items())
    parts.append(f"### Versions of the peers\n\n{used}")
    return "\n\n".join(parts)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", default=",".join(SETS))
    parser.add_argument("--cache", type=Path, default=CACHE)
    parser.add_argument("--limit", type=int, default=0)
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--peer-sets", default=",".join(SETS), help="sets on which the peers are run too")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--docs", action="store_true")
    options = parser.parse_args()
    present = {} if options.no_peers else peers.available()
    every: dict[str, dict[str, list[dict]]] = {}
    for name in options.sets.split(","):
        beside = list(present) if name in options.peer_sets.split(",") else []
        for label, columns in measure(name, options.cache, options.limit, beside).items():
            every[label] = columns
            print(f"\n{label} ({len(columns[DEFAULT])} questions)")
            for column in shown_columns(columns):
                cells = (interval([row[figure] for row in columns[column]]) for figure in FIGURES)
                shown = "  ".join(f"{figure} {cell[0]:.3f}" for figure, cell in zip(FIGURES, cells, strict=True))
                print(f"  {column:52} {shown}", flush=True)
    values = {
        name: {label: [row["nDCG@10"] for row in rows] for label, rows in columns.items()}
        for name, columns in every.items()
    }
    results = {
        "questions": {name: len(columns[DEFAULT]) for name, columns in every.items()},
        "passages read": {
            name: {key: round(float(value), 1) for key, value in spread_of([row["read"] for row in columns[DEFAULT]])}
            for name, columns in every.items()
        },
        "peers": present,
        "rules": rules(values),
        "left out": left_out(
            {name: {label: sum(column) / len(column) for label, column in columns.items()}
             for name, columns in values.items()}
        ),
        "sets": {
            name: {
                label: {figure: interval([row[figure] for row in rows]) for figure in FIGURES}
                for label, rows in columns.items()
            }
            for name, columns in every.items()
        },
    }  # fmt: skip
    for rule in results["rules"]:
        print("PASS" if rule["holds"] else "FAIL", rule["rule"])
    for row in results["left out"]:
        print(f"Without {row['set']}: {row['chosen']} gives {row['nDCG@10']:.3f}; best there {row['best nDCG@10']:.3f}")
    if options.write:
        write_results("retrieval", results)
    if options.docs:
        write_block(PAGE, "quality", documentation(newest_results("retrieval")))
    return 0 if all(rule["holds"] for rule in results["rules"]) else 1


if __name__ == "__main__":
    sys.exit(main())
