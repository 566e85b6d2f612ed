"""Doubles that a reader can compute by hand (embeddings that hash words, a reranker that counts them), and what
two indexes must have in common to be called the same."""

from __future__ import annotations

import math
import re
import time
import zlib
from collections.abc import Sequence
from pathlib import Path

from footnoted.index.index import Index, open_index
from footnoted.index.models.base import TextEmbeddings


def bag(text: str) -> list[str]:
    """The words of a text in lower case."""
    return re.findall(r"\w+", text.lower())


class HashEmbeddings(TextEmbeddings):
    """A text is its bag of words: each word counts one in the dimension its CRC-32 names; length 1.

    A token is a word, so that the limits of passages can be counted by eye. ``embedded`` collects every text that was
    embedded as a document; ``delay`` is the seconds one takes, for tests that kill or wait.
    """

    def __init__(self, identity: str = "double/words", dimensions: int = 256, delay: float = 0.0) -> None:
        self.identity, self.dimensions, self.delay = identity, dimensions, delay
        self.max_tokens = 512
        self.embedded: list[str] = []

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(bag(text)) + 2 for text in texts]

    def _vector(self, text: str) -> list[float]:
        vector = [0.0] * self.dimensions
        for word in bag(text) or [""]:
            vector[zlib.crc32(word.encode("utf-8", "replace")) % self.dimensions] += 1.0
        length = math.sqrt(sum(value * value for value in vector))
        return [value / length for value in vector]

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        self.embedded.extend(texts)
        time.sleep(self.delay * len(texts))
        return [self._vector(text) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        return self._vector(text)


class OverlapReranker:
    """A text's logit is the share of the question's distinct words that it contains, from -3 (none) to 3 (all)."""

    identity = "double/overlap"

    def scores(self, question: str, texts: Sequence[str]) -> list[float]:
        asked = set(bag(question)) or {""}
        return [6.0 * len(asked & set(bag(text))) / len(asked) - 3.0 for text in texts]


def open_double(home: Path, **options) -> Index:
    """An index with the doubles of this file instead of models."""
    return open_index(home, **({"embeddings": HashEmbeddings(), "reranker": OverlapReranker()} | options))


def contents_of(index: Index, below: Path) -> dict[str, tuple]:
    """What the index holds, without ids and times, by source relative to ``below``: equal for equal indexes."""
    held = {}
    for info in index.documents():
        stored = index.stored(info.source) if info.status == "ready" else None
        spans = [] if stored is None else [
            (row["start"], row["end"], row["heading"])
            for row in index.catalog.read(
                'SELECT start, "end", heading FROM passages JOIN documents USING (content_id) WHERE source = ?'
                " ORDER BY start",
                info.source,
            )
        ]  # fmt: skip
        name = str(info.source).removeprefix(str(below))
        held[name] = (info.document_id, info.title, info.status, bool(info.error), stored, spans)
    return held


def assert_in_step(index: Index) -> None:
    """The catalog, the vectors and the keywords hold exactly the same passages, and each belongs to a document."""
    rows = index.catalog.read("SELECT id FROM passages WHERE content_id IN (SELECT content_id FROM documents)")
    held = {row[0] for row in rows}
    assert index.catalog.count_passages() == len(held), "passages of no document were left behind"
    assert index.vectors.ids() == held
    assert index.keywords.ids() == held
    assert (index.vectors.count(), index.keywords.count()) == (len(held), len(held))
