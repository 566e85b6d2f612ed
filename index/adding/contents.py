"""Texts into the stores: the key that says whether a text is stored already, its passages, their vectors and words."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence

from footnoted.index.adding.chunk import CHUNKER_VERSION, Span, spans
from footnoted.index.models.base import TextEmbeddings, embedded_text
from footnoted.index.models.embed import EMBEDDED_AT_ONCE
from footnoted.index.store.live import LiveIndex
from footnoted.index.text.blocks import packed
from footnoted.index.types import LoadedDocument

Row = tuple[int, int, str, str, str, str]  # passage id, content id, title, heading, text, columns
BATCH_PASSAGES = 128  # about two seconds of embedding: what a kill can cost
_PART = 256  # passages whose vectors are in memory at a time


def content_key(document: LoadedDocument, identity: str) -> str:
    """The hash that decides whether a text is cut and embedded again: the text and all that shapes its passages."""
    parts = [
        identity,
        CHUNKER_VERSION,
        document.title,
        json.dumps([[s.start, s.end, s.label, s.number] for s in document.sections]),
        json.dumps([[h.start, h.end, h.level, h.title] for h in document.headings]),
        packed(document.blocks).hex() if document.blocks else "",
        document.text,
    ]
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def passages_of(document: LoadedDocument, embeddings: TextEmbeddings) -> list[Span]:
    """The spans of a document, measured with the embedding model that will read them."""
    return spans(document, embeddings.count_tokens, limit=min(512, embeddings.max_tokens))


def store(live: LiveIndex, fresh: Mapping[str, LoadedDocument], told: Callable[[int], None] = lambda _: None) -> int:
    """Cut, embed and store texts by content key, not yet belonging to any document; returns the passages embedded.

    ``told`` is called with the characters of each part that is embedded: one text may be as long as a thousand others.
    """
    if not fresh:
        return 0
    cut = {key: passages_of(document, live.embeddings) for key, document in fresh.items()}
    rows: list[Row] = []
    with live.catalog.transaction() as connection:
        for key, document in fresh.items():
            content, ids = live.catalog.insert_content(connection, key, document, cut[key])
            for number, span in zip(ids, cut[key], strict=True):
                text = document.text[span.start : span.end]
                rows.append((number, content, document.title, span.heading, text, span.columns))
    for start in range(0, len(rows), _PART):
        _derive(live, rows[start : start + _PART], told)
    live.advance()
    return len(rows)


def _derive(live: LiveIndex, rows: Sequence[Row], told: Callable[[int], None]) -> None:
    """Put passages into the vector and the keyword index."""
    vectors: list[list[float]] = []
    for start in range(0, len(rows), EMBEDDED_AT_ONCE):
        part = rows[start : start + EMBEDDED_AT_ONCE]
        vectors += live.embeddings.embed_documents([embedded_text(*row[2:]) for row in part])
        told(sum(len(row[4]) for row in part))
    live.vectors.add([row[0] for row in rows], [row[1] for row in rows], vectors)
    live.keywords.add(row[:5] for row in rows)
