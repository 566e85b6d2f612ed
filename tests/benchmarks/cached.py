"""The bundled models of Footnote with what they computed kept by content: a benchmark run again costs little."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Sequence
from pathlib import Path

from measures import KeptVectors

from footnoted.index.models.embed import BundledEmbeddings
from footnoted.index.models.rerank import BundledReranker


class KeptBundledEmbeddings(BundledEmbeddings):
    """The bundled embedding model; the vector of a passage is computed once. Questions are embedded each time."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._kept = KeptVectors(path, self.identity)

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return self._kept.get(texts, super().embed_documents)


class KeptScores(BundledReranker):
    """The bundled cross-encoder; the score of a question with a text is computed once."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        path.parent.mkdir(parents=True, exist_ok=True)
        self._connection = sqlite3.connect(path, check_same_thread=False)
        self._connection.execute("CREATE TABLE IF NOT EXISTS scores (key BLOB PRIMARY KEY, score REAL)")

    def scores(self, question: str, texts: Sequence[str]) -> list[float]:
        keys = [hashlib.sha256(f"{self.identity}\0{question}\0{text}".encode()).digest() for text in texts]
        known = {key: row[0] for key in keys if (row := self._row(key))}
        lacking = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
        fresh = dict(zip(lacking, super().scores(question, list(lacking.values())), strict=True))
        self._connection.executemany("INSERT OR IGNORE INTO scores VALUES (?, ?)", fresh.items())
        self._connection.commit()
        return [(known | fresh)[key] for key in keys]

    def _row(self, key: bytes) -> tuple[float] | None:
        return self._connection.execute("SELECT score FROM scores WHERE key = ?", (key,)).fetchone()
