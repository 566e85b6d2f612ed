"""A question in, passages out: dense and BM25 search, fused by score, the best read again by the cross-encoder."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from index.chunk import embedded_text
from index.filters import condition
from index.keywords import content_words, stem, words
from index.types import Filter, Passage, Why

if TYPE_CHECKING:
    from index.index import Index

POOL = 100  # candidates taken from each first stage
RERANKED = 20  # reading 50 is no better than 20, and takes more than twice the time
DENSE_SHARE = 0.6
FIRST_STAGE_WEIGHT = 6.0  # logits that the whole range of the first stage is worth; 4 to 8 do equally well

Ranked = Sequence[tuple[int, float]]


def normalized(ranked: Ranked) -> dict[int, float]:
    """Scores mapped to 0..1 by the best and the worst of the list (min-max); a list of equal scores maps to 1."""
    if not ranked:
        return {}
    scores = [score for _, score in ranked]
    low, high = min(scores), max(scores)
    return {number: (score - low) / (high - low) if high > low else 1.0 for number, score in ranked}


def fused(dense: Ranked, keyword: Ranked, dense_weight: float = DENSE_SHARE) -> list[tuple[int, float]]:
    """One list of both, by the weighted sum of normalised scores; what a list did not find counts 0 in it.

    Ranks alone (RRF) lose how far ahead the first is: min-max was better on every set measured (docs/decisions.md).
    """
    by_meaning, by_words = normalized(dense), normalized(keyword)
    total = {
        number: dense_weight * by_meaning.get(number, 0.0) + (1 - dense_weight) * by_words.get(number, 0.0)
        for number in by_meaning.keys() | by_words.keys()
    }
    return sorted(total.items(), key=lambda pair: (-pair[1], pair[0]))


def blended(
    first: Mapping[int, float], logits: Mapping[int, float], weight: float = FIRST_STAGE_WEIGHT
) -> dict[int, float]:
    """Cross-encoder and first stage as one score in 0..1: the logit plus ``weight`` times the first stage's 0..1 score.

    The cross-encoder alone lost to the first stage on claims and on questions of two hops; together they are at least
    as good as the better of the two on every set measured (docs/decisions.md).
    """
    return {number: _sigmoid(logit + weight * (first[number] - 0.5)) for number, logit in logits.items()}


def _sigmoid(value: float) -> float:
    return 1.0 / (1.0 + math.exp(-max(-60.0, min(60.0, value / 2.0))))


class Retriever:
    """The stages over one open index, each callable alone."""

    def __init__(self, index: Index) -> None:
        self._index = index

    def dense(self, question: str, most: int = POOL, contents: Sequence[int] | None = None) -> Ranked:
        """(passage id, cosine), nearest first."""
        return self._index.vectors.search(self._index.embeddings.embed_query(question), most, contents)

    def keyword(self, question: str, most: int = POOL, contents: Sequence[int] | None = None) -> Ranked:
        """(passage id, BM25 score), best first."""
        return self._index.keywords.search(question, most, contents)

    def retrieve(self, question: str, k: int, *, filter: Filter | None = None, rerank: bool = True) -> list[Passage]:
        """See :meth:`index.index.Index.retrieve`."""
        # Half a surrogate pair (JSON and command lines can carry one) cannot be encoded for any of the engines.
        question = question.encode("utf-8", "replace").decode("utf-8")
        if not question.strip() or k < 1:
            return []
        catalog = self._index.catalog
        chosen = condition(filter, catalog.sources_named)
        contents = None if chosen is None else catalog.contents_where(chosen)
        pool = max(POOL, 2 * k)
        dense, keyword = self.dense(question, pool, contents), self.keyword(question, pool, contents)
        first = fused(dense, keyword)
        stored = catalog.passages([number for number, _ in first], chosen)
        first = self._distinct([(number, score) for number, score in first if number in stored], stored)
        final, logits = dict(first), dict[int, float]()
        if rerank and self._index.reranker is not None:
            head = [number for number, _ in first[: max(RERANKED, k)]]
            texts = [
                embedded_text(stored[number].title, stored[number].heading, stored[number].text) for number in head
            ]
            logits = dict(zip(head, self._index.reranker.scores(question, texts), strict=True))
            # What was not read again cannot stand above what was: it keeps its order below.
            floor = blended(dict(first), logits)
            lowest = min(floor.values(), default=0.0)
            final = {number: lowest * score for number, score in first} | floor
        order = sorted(final, key=lambda number: (-final[number], number))[:k]
        ranks = _ranks(dense), _ranks(keyword), _ranks(first)
        return [self._passage(stored[number], final[number], question, ranks, logits.get(number)) for number in order]

    @staticmethod
    def _distinct(ranked: Ranked, stored: Mapping) -> list[tuple[int, float]]:
        """The list without passages whose words were all said, in the same order, by a better one."""
        seen: set[str] = set()
        result = []
        for number, score in ranked:
            text = " ".join(stored[number].text.casefold().split())
            if text not in seen:
                seen.add(text)
                result.append((number, score))
        return result

    def _passage(self, stored, score: float, question: str, ranks: tuple, logit: float | None) -> Passage:
        dense, keyword, both = ranks
        dense_rank, dense_score = dense.get(stored.id, (None, None))
        keyword_rank, keyword_score = keyword.get(stored.id, (None, None))
        fused_rank, fused_score = both.get(stored.id, (None, None))
        why = Why(
            dense_rank=dense_rank,
            dense_score=dense_score,
            keyword_rank=keyword_rank,
            keyword_score=keyword_score,
            matched_words=matched_words(question, f"{stored.title} {stored.heading} {stored.text}"),
            fused_rank=fused_rank,
            fused_score=fused_score,
            reranker_score=logit,
        )
        return Passage(
            id=str(stored.id),
            text=stored.text,
            source=stored.source,
            document_id=stored.document_id,
            title=stored.title,
            page=stored.page,
            location=stored.location,
            heading=stored.heading,
            start=stored.start,
            end=stored.end,
            score=score,
            why=why,
        )


def _ranks(ranked: Ranked) -> dict[int, tuple[int, float]]:
    return {number: (rank, score) for rank, (number, score) in enumerate(ranked, start=1)}


def matched_words(question: str, text: str) -> tuple[str, ...]:
    """The words of the question (stop words aside) that the text contains in any inflection, in question order."""
    stems = {stem(word) for word in words(text)}
    return tuple(word for word in content_words(question) if stem(word) in stems)


def langchain_retriever(index: Index, k: int, **options):
    """The index as a LangChain ``BaseRetriever``."""
    from langchain_core.callbacks import CallbackManagerForRetrieverRun
    from langchain_core.documents import Document
    from langchain_core.retrievers import BaseRetriever

    class FootnoteRetriever(BaseRetriever):
        """Passages as LangChain documents, with the span they were cut from in the metadata."""

        def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
            return [
                Document(
                    page_content=passage.text,
                    id=passage.id,
                    metadata={
                        "source": passage.source,
                        "document_id": passage.document_id,
                        "title": passage.title,
                        "page": passage.page,
                        "location": passage.location,
                        "start": passage.start,
                        "end": passage.end,
                        "score": passage.score,
                    },
                )
                for passage in index.retrieve(query, k, **options)
            ]

    return FootnoteRetriever()
