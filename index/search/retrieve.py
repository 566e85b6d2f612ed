"""A question in, passages out: dense and BM25 search, fused by score, the best read again by the cross-encoder."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import partial

from footnoted.index.models.base import beginning_of, embedded_text
from footnoted.index.models.rerank import Reranker
from footnoted.index.search.filtered_search import matching_within, nearest_within
from footnoted.index.search.filters import condition
from footnoted.index.search.neighbours import UNREPEATED, copies_in, joined, spread, with_copies
from footnoted.index.store.catalog import StoredPassage
from footnoted.index.store.keywords import holds_name, joined_names, matched_words
from footnoted.index.store.live import LiveIndex
from footnoted.index.types import Filter, Passage, Why

POOL = 100  # candidates taken from each first stage
LOOKED_AT = 60  # of both lists together whose texts are read: twice what is read again, for copies and neighbours
RERANKED = 30  # the most that are read again; of most questions far fewer are
READ_FIRST, READ_NEXT = 6, 4  # how many at the beginning, and in every further turn
BEYOND_REACH = 9.0  # logits that an unread passage would have to be better than its first stage says; 8 to 10 do
DENSE_SHARE = 0.6
FIRST_STAGE_WEIGHT = 6.0  # logits that the whole range of the first stage is worth; 4 to 8 do equally well

Ranked = Sequence[tuple[int, float]]


class _Beside:
    """Threads for the keyword search, which runs while the question is embedded. None is started before it is used."""

    def __init__(self) -> None:
        self.renew()
        if hasattr(os, "register_at_fork"):  # a forked process has no thread of its parent: a task would never run
            os.register_at_fork(after_in_child=self.renew)

    def renew(self) -> None:
        self._pool = ThreadPoolExecutor(max_workers=2, thread_name_prefix="keyword-search")

    def submit(self, call: Callable[..., Ranked], *arguments: object) -> Future[Ranked]:
        return self._pool.submit(call, *arguments)


_BESIDE = _Beside()


def normalized(ranked: Ranked) -> dict[int, float]:
    """Scores mapped to 0..1 by the best and the worst of the list (min-max); a list of equal scores maps to 1."""
    if not ranked:
        return {}
    scores = [score for _, score in ranked]
    low, high = min(scores), max(scores)
    return {number: (score - low) / (high - low) if high > low else 1.0 for number, score in ranked}


def fused(dense: Ranked, keyword: Ranked, dense_weight: float = DENSE_SHARE) -> list[tuple[int, float]]:
    """Both lists as one, by the weighted sum of normalised scores; what a list did not find counts as 0 in it.

    Ranks alone (RRF) lose how far ahead the first is: min-max was better on every set measured
    (docs/decisions/searching.md).
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
    as good as the better of the two on every set measured
    (docs/decisions/searching.md).
    """
    return {number: _sigmoid(logit + weight * (first[number] - 0.5)) for number, logit in logits.items()}


def naming(first: Ranked, texts: Mapping[int, str], names: Sequence[str]) -> Ranked:
    """The first stage, with passages moved up that contain names as they are written ("FOOTNOTE_HOME", "HX-1950").

    Their words alone say little: a text has "footnote" and "home" all over. Scores stay between 0 and 1.
    """
    if not names:
        return first
    share = {number: sum(holds_name(texts[number], name) for name in names) / len(names) for number, _ in first}
    if not any(share.values()):
        return first
    return sorted(((number, (score + share[number]) / 2) for number, score in first), key=lambda one: (-one[1], one[0]))


def read_in_turns(
    first: Ranked,
    read: Callable[[list[int]], Sequence[float]],
    *,
    weight: float = FIRST_STAGE_WEIGHT,
    beyond_reach: float = BEYOND_REACH,
    most: int = RERANKED,
) -> dict[int, float]:
    """The cross-encoder's logits of the best of ``first``: as few as it takes, a few at a time.

    Reading ends when the best so far is so far ahead that the next of the first stage, and with it all others, could
    not get there: an easy question is settled by the first turn, a hard one has ``most`` passages read.

    Args:
        first: (passage id, first stage's 0..1 score), best first.
        read: passage ids to their logits.
    """
    scores, logits = dict(first), dict[int, float]()
    for start in [0, *range(READ_FIRST, most, READ_NEXT)]:
        if logits:
            leader = max(logit + weight * scores[number] for number, logit in logits.items())
            if start >= len(first) or leader - weight * first[start][1] >= beyond_reach:
                break
        part = [number for number, _ in first[start : min(most, start + (READ_NEXT if start else READ_FIRST))]]
        logits.update(zip(part, read(part), strict=True))
    return logits


def _sigmoid(value: float) -> float:
    return 1.0 / (1.0 + math.exp(-max(-60.0, min(60.0, value / 2.0))))


class Retriever:
    """The stages over one open index, each callable alone."""

    def __init__(self, live: LiveIndex, reranker: Reranker | None) -> None:
        self._live, self._reranker = live, reranker

    def dense(self, question: str, most: int = POOL, contents: Sequence[int] | None = None) -> Ranked:
        """(passage id, cosine), nearest first."""
        vector, vectors = self._live.embeddings.embed_query(question), self._live.vectors
        if contents is None:
            return vectors.search(vector, most)
        return nearest_within(vectors, self._live.catalog, vector, most, contents)

    def keyword(self, question: str, most: int = POOL, contents: Sequence[int] | None = None) -> Ranked:
        """(passage id, BM25 score), best first."""
        keywords = self._live.keywords
        if contents is None:
            return keywords.search(question, most)
        search = partial(keywords.search, question)
        return matching_within(search, self._live.catalog, most, contents)

    def retrieve(self, question: str, k: int, *, filter: Filter | None = None, rerank: bool = True) -> list[Passage]:
        """See :meth:`footnoted.index.index.Index.retrieve`."""
        # Half a surrogate pair (JSON and command lines can carry one) cannot be encoded for any of the engines.
        question = question.encode("utf-8", "replace").decode("utf-8")
        if not question.strip() or k < 1:
            return []
        question = beginning_of(question, self._live.embeddings.count_tokens)
        catalog = self._live.catalog
        chosen = condition(filter, catalog.sources_named)
        contents = None if chosen is None else catalog.contents_where(chosen)
        pool = max(POOL, 2 * k)
        dense, keyword = self._lists(question, pool, contents)
        both = dict(fused(dense, keyword)[: max(LOOKED_AT, 4 * k)])
        stored = catalog.passages(list(both), chosen)
        held = [number for number in both if number in stored]
        reread = rerank and self._reranker is not None
        # What is not read again stays where it is: of that, twice as many as are wanted can come to be shown.
        compared = max(RERANKED, 2 * k) if reread else 2 * k
        texts = {number: stored[number].text for number in held}
        copies = copies_in(held, texts, compared)
        kept = [(number, both[number]) for number in held if number not in copies]
        first = naming(kept, texts, joined_names(question))
        final, logits = dict(first), dict[int, float]()
        if reread:
            logits = read_in_turns(first, lambda part: self._read(question, [stored[number] for number in part]))
            # What was not read again cannot stand above what was: it keeps its order below.
            floor = blended(final, logits)
            lowest = min(floor.values(), default=0.0)
            final = {number: lowest * score for number, score in first} | floor
        ranking = sorted(final, key=lambda number: (-final[number], number))
        groups = joined(ranking, stored, final, 2 * k)
        documents = {number: one.content_id for number, one in stored.items()}
        shown = with_copies(spread(groups, documents, final, k), copies, documents, k)
        # A copy was not read again: it counts as much as the last of those that it stands behind.
        lowest = min((final[group.best] for group in shown[:UNREPEATED] if group.best in final), default=0.0)
        final |= {group.best: lowest for group in shown if group.best in copies}
        ranks = _ranks(dense), _ranks(keyword), _ranks(first)
        return [
            self._passage([stored[number] for number in group.ids], stored[group.best], final, question, ranks, logits)
            for group in shown
        ]

    def _lists(self, question: str, pool: int, contents: Sequence[int] | None) -> tuple[Ranked, Ranked]:
        """Dense and keyword list. The keyword search runs while the question is embedded, which takes longer."""
        if contents is not None:
            return self.dense(question, pool, contents), self.keyword(question, pool, contents)
        by_words = _BESIDE.submit(self.keyword, question, pool)
        try:
            return self.dense(question, pool), by_words.result()
        finally:
            wait([by_words])  # an index that is mended or closed after an error is not in use any more

    def _read(self, question: str, passages: Sequence[StoredPassage]) -> list[float]:
        assert self._reranker is not None
        texts = [embedded_text(one.title, one.heading, one.text, one.columns) for one in passages]
        return self._reranker.scores(question, texts)

    def _passage(
        self, parts: Sequence[StoredPassage], best: StoredPassage, final: Mapping[int, float], question: str,
        ranks: tuple, logits: Mapping[int, float],
    ) -> Passage:  # fmt: skip
        """One result: the best passage, or it with the neighbours it was joined with."""
        dense, keyword, both = ranks
        dense_rank, dense_score = dense.get(best.id, (None, None))
        keyword_rank, keyword_score = keyword.get(best.id, (None, None))
        fused_rank, fused_score = both.get(best.id, (None, None))
        start, end = parts[0].start, parts[-1].end
        text = best.text if len(parts) == 1 else self._live.catalog.excerpt(best.content_id, start, end)
        if not text:  # removed by another process a moment ago
            parts, start, end, text = [best], best.start, best.end, best.text
        why = Why(
            dense_rank=dense_rank,
            dense_score=dense_score,
            keyword_rank=keyword_rank,
            keyword_score=keyword_score,
            matched_words=matched_words(question, f"{best.title} {best.heading} {text}"),
            fused_rank=fused_rank,
            fused_score=fused_score,
            reranker_score=logits.get(best.id),
            joined=tuple(str(part.id) for part in parts) if len(parts) > 1 else (),
        )
        return Passage(
            id=str(best.id),
            text=text,
            source=best.source,
            document_id=best.document_id,
            title=best.title,
            page=best.page,
            location=best.location,
            heading=best.heading,
            start=start,
            end=end,
            score=final[best.id],
            why=why,
        )


def _ranks(ranked: Ranked) -> dict[int, tuple[int, float]]:
    return {number: (rank, score) for rank, (number, score) in enumerate(ranked, start=1)}
