"""Metrics that say nothing about a run: what another system did not give for them, and what holds by construction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from footnoted.assistant.evaluation.metrics.catalogue import BY_SECTION

CONTEXTS, DOCUMENTS, CITATIONS = "contexts", "documents", "citations"
CITED_DOCUMENTS, SENTENCE_CITATIONS, TEXTS = "cited documents", "citations of each sentence", "texts of documents"

REASONS = {
    CONTEXTS: "the system gave no contexts, or not the documents that they come from",
    DOCUMENTS: "the system named no documents",
    CITATIONS: "the system gave no citations, or not the documents that they come from",
    CITED_DOCUMENTS: "the system did not say which documents it cites",
    SENTENCE_CITATIONS: "the system did not say which sentences its citations belong to",
    TEXTS: "the texts of the system's documents are not known",
}
_EVIDENCE = ("evidence_recall@5", "evidence_recall@10")
NEEDS: dict[str, tuple[tuple[str, str], ...]] = {
    CONTEXTS: tuple(("retrieval", name) for name in _EVIDENCE),
    DOCUMENTS: tuple(("retrieval", name) for name in BY_SECTION["retrieval"] if name not in _EVIDENCE),
    CITATIONS: tuple(
        ("citations", name) for name in ("citation_precision", "citation_recall", "citation_precision_answered")
    ),
    CITED_DOCUMENTS: tuple(("citations", name) for name in ("relevant_cited", "document_precision", "document_recall")),
    SENTENCE_CITATIONS: (("citations", "supported_share"),),
    TEXTS: (("citations", "verbatim_share"),),
}


def lacking(records: Sequence[Mapping]) -> set[str]:
    """What no record has. A record of our own assistant lacks nothing; what one question has, the others could have."""
    found = [set(record.get("lacks", ())) for record in records]
    return set.intersection(*found) if found else set()


def unmeasured(records: Sequence[Mapping]) -> dict[tuple[str, str], str]:
    """(section, metric) -> why it cannot be measured on these records."""
    missing = lacking(records)
    return {metric: REASONS[lack] for lack, metrics in NEEDS.items() if lack in missing for metric in metrics}


# Footnote cites by span, so its quotes are the stored text; a quote answer's sentences are those quotes.
OF_ALL_ANSWERS = ("citations", "verbatim_share")
OF_QUOTES = ("citations", "supported_share")
QUOTING = "extractive"


def by_construction(records: Sequence[Mapping]) -> set[tuple[str, str]]:
    """(section, metric) of what our own answers fulfil because of how they are made: anything but 1 is a defect.

    It says nothing about how good the answers are.
    """
    answers = [record["answer"] for record in records if record.get("answer") and record["answer"]["kind"] == "answer"]
    if not answers:
        return set()
    found = {OF_QUOTES} if all(one.get("model") == QUOTING and not one.get("notice") for one in answers) else set()
    # What another system quotes, be it a Footnote elsewhere, is looked up in the corpus: that is a measurement.
    return found if any("lacks" in record for record in records) else found | {OF_ALL_ANSWERS}
