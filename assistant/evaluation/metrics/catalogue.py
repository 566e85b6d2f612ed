"""The list of metrics: what each means in one line, whether higher is better, and the reason if it was not measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

SECTIONS = ("retrieval", "answers", "citations", "abstention", "latency_ms")
CUSTOM = "custom"  # the section of metrics of somebody's own; a run without any has no such section


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric's place and meaning. ``missing`` is the reason given when there is no question to measure it on."""

    section: str
    name: str
    meaning: str
    missing: str
    higher_is_better: bool = True


NO_RELEVANT = "no question names relevant documents"
NO_DEPTH = "the ranking is not that deep (--depth)"
NO_GOLD = "no question has evidence, or an answer that is in its relevant documents"
NO_ANSWERS = "no answerable question has an answer text"
NOT_GRADED = "no answerable question could be graded: a person or a judge has to"
NO_LABEL = "no question is labelled as answerable or not"
NO_ANSWERABLE = "no question is labelled as answerable"
NO_UNANSWERABLE = "no question is labelled as not answerable"
NO_REFUSAL = "the assistant never refused, or no question is labelled as not answerable"
NO_CASES = "these are questions, not claims with the page they cite"
NO_SENTENCES = "the assistant gave no answer"


def retrieval_metrics() -> list[Metric]:
    """Ranking of documents; a document's rank is that of its first passage."""
    meanings = {
        "recall@1": "share of the relevant documents at rank 1",
        "recall@3": "share of the relevant documents among the first 3",
        "recall@5": "share of the relevant documents among the first 5",
        "recall@10": "share of the relevant documents among the first 10",
        "recall@20": "share of the relevant documents among the first 20",
        "recall@50": "share of the relevant documents among the first 50",
        "recall@100": "share of the relevant documents among the first 100",
        "hit@1": "questions with a relevant document at rank 1",
        "hit@5": "questions with a relevant document among the first 5",
        "ndcg@5": "discounted gain of the first 5 against the best order",
        "ndcg@10": "discounted gain of the first 10 against the best order",
        "mrr@10": "1 / rank of the first relevant document, 0 beyond 10",
        "map": "mean precision at the relevant documents' ranks, as deep as the ranking",
    }
    found = [Metric("retrieval", name, meaning, NO_RELEVANT) for name, meaning in meanings.items()]
    for k in (5, 10):
        meaning = f"share of the evidence (or: the answer) that is in the first {k} passages"
        found.append(Metric("retrieval", f"evidence_recall@{k}", meaning, NO_GOLD))
    return found


METRICS: tuple[Metric, ...] = (
    *retrieval_metrics(),
    Metric("answers", "right", "answered correctly, of those that can be graded (see graded_by)", NOT_GRADED),
    Metric("answers", "right_in_brief", "the same, in at most 60 words", NOT_GRADED),
    Metric("answers", "share", "share of what was asked for: items of a list, marked sentences, patterns", NOT_GRADED),
    Metric("answers", "graded", "share of the answerable questions that can be graded", NO_ANSWERABLE),
    Metric("answers", "words", "words in an answer", NO_SENTENCES, False),
    Metric("answers", "contains", "a gold answer is in the answer", NO_ANSWERS),
    Metric("answers", "exact_match", "the answer is a gold answer, normalised as SQuAD does", NO_ANSWERS),
    Metric("answers", "f1", "token F1 against the best gold answer, as SQuAD does", NO_ANSWERS),
    Metric("answers", "token_recall", "share of the gold answer's tokens in the answer", NO_ANSWERS),
    Metric("answers", "highlight_exact_match", "exact match of the words the answer highlights", NO_ANSWERS),
    Metric("answers", "highlight_f1", "token F1 of the words the answer highlights", NO_ANSWERS),
    Metric("answers", "squad2_exact", "SQuAD 2.0 exact over all questions; a refusal is the empty answer", NO_LABEL),
    Metric("answers", "squad2_f1", "SQuAD 2.0 F1 over all questions; a refusal is the empty answer", NO_LABEL),
    Metric("citations", "citation_precision", "share of the citations whose span bears the answer", NO_GOLD),
    Metric("citations", "citation_recall", "share of the evidence that a cited span bears", NO_GOLD),
    Metric("citations", "citation_precision_answered", "the same precision, of the questions answered", NO_GOLD),
    Metric("citations", "relevant_cited", "questions for which a relevant document is cited", NO_RELEVANT),
    Metric("citations", "document_precision", "share of the citations from relevant documents", NO_RELEVANT),
    Metric("citations", "document_recall", "share of the relevant documents that are cited", NO_RELEVANT),
    Metric("citations", "supported_share", "share of the answers' sentences with support and a citation", NO_SENTENCES),
    Metric("citations", "verbatim_share", "share of the citations whose quote is the stored text", "nothing was cited"),
    Metric("citations", "support_accuracy", "claims the citation check judges as their label", NO_CASES),
    Metric("citations", "support_precision", "supported, of the claims it calls supported", NO_CASES),
    Metric("citations", "support_recall", "called supported, of the claims that are", NO_CASES),
    Metric("citations", "support_f1", "harmonic mean of precision and recall", NO_CASES),
    Metric("citations", "support_span", "supported claims whose best span is one that annotators chose", NO_CASES),
    Metric("abstention", "precision", "not answerable, of those refused", NO_REFUSAL),
    Metric("abstention", "recall", "refused, of those not answerable", NO_UNANSWERABLE),
    Metric("abstention", "f1", "harmonic mean of precision and recall", NO_UNANSWERABLE),
    Metric("abstention", "answered_wrongly", "share of all questions that got a wrong answer", NO_LABEL, False),
    Metric("abstention", "answered_unanswerable", "answered, of those not answerable", NO_UNANSWERABLE, False),
    Metric("abstention", "refused_answerable", "refused, of those answerable", NO_ANSWERABLE, False),
)

BY_SECTION: dict[str, dict[str, Metric]] = {
    section: {metric.name: metric for metric in METRICS if metric.section == section} for section in SECTIONS
}


def shown_sections(metrics: Mapping) -> list[str]:
    """The sections of a run in the order of a report, latencies last."""
    return [*SECTIONS[:-1], *([CUSTOM] if CUSTOM in metrics else []), SECTIONS[-1]]


def meaning_of(metrics: Mapping, section: str, name: str) -> str:
    """What a metric means, in one line."""
    if section == CUSTOM:
        return str(metrics.get("run", {}).get("custom_metrics", {}).get(name, {}).get("meaning", ""))
    known = BY_SECTION.get(section, {}).get(name)
    return known.meaning if known else ""


def higher_is_better(section: str, name: str) -> bool:
    """Whether higher values of a metric are better; latencies are better when lower."""
    metric = BY_SECTION.get(section, {}).get(name)
    return metric.higher_is_better if metric else section != "latency_ms"
