"""Ranking metrics, computed by ir-measures, which calls pytrec_eval (NIST's trec_eval)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

# Our name -> the name ir-measures knows. Definitions: https://ir-measur.es/en/latest/measures.html
MEASURES = {
    "recall@1": "R@1",
    "recall@3": "R@3",
    "recall@5": "R@5",
    "recall@10": "R@10",
    "recall@20": "R@20",
    "recall@50": "R@50",
    "recall@100": "R@100",
    "hit@1": "Success@1",
    "hit@5": "Success@5",
    "ndcg@5": "nDCG@5",
    "ndcg@10": "nDCG@10",
    "mrr@10": "RR@10",
    "map": "AP",
}

USUAL_DEPTH = 10  # documents that every ranking has; what looks deeper needs a deeper one

Qrels = Mapping[str, Mapping[str, int]]
Run = Mapping[str, Sequence[str]]


def ranking_scores(qrels: Qrels, run: Run) -> dict[str, dict[str, float]]:
    """Question id -> metric -> value, for every question that ``qrels`` judges.

    ``qrels`` maps a question's id to its relevant documents with grades, ``run`` to the documents found, best first.
    recall@k is the share of the relevant documents among the first k; hit@k is 1 when there is at least one;
    ndcg@k discounts grades by log2(rank + 1) against the best order (Järvelin and Kekäläinen 2002); mrr@10 is
    1 / rank of the first relevant one (0 beyond 10); map is the mean precision at the relevant documents' ranks.
    A judged question without results scores 0; an unjudged one is left out: denominators come from the labels.
    """
    import ir_measures

    judged = {question: dict(documents) for question, documents in qrels.items() if documents}
    if not judged:
        return {}
    measures = {ir_measures.parse_measure(theirs): ours for ours, theirs in MEASURES.items()}
    scored = {question: run_scores(run.get(question, ())) for question in judged}
    values = {question: dict.fromkeys(MEASURES, 0.0) for question in judged}
    for result in ir_measures.iter_calc(list(measures), judged, scored):
        values[result.query_id][measures[result.measure]] = float(result.value)
    return values


def deeper_than(depth: int) -> list[str]:
    """The measures that a ranking of ``depth`` documents is too short for: they would be those of a lesser k."""
    return [name for name in MEASURES if name.startswith("recall@") and int(name[7:]) > max(depth, USUAL_DEPTH)]


def run_scores(documents: Sequence[str]) -> dict[str, float]:
    """Documents, best first, with scores that fall strictly: trec_eval orders by score and breaks ties by name."""
    return {document: 1.0 / rank for rank, document in enumerate(dict.fromkeys(documents), start=1)}


def recall_at(ranks: Sequence[int | None], k: int) -> float:
    """Share of the relevant documents (their ranks from 1; None where not found) among the first ``k``."""
    return sum(1 for rank in ranks if rank is not None and rank <= k) / len(ranks)
