"""Vector search (Chroma, cosine). The only file that imports chromadb."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path

COLLECTION = "passages"
_BATCH = 2000  # well below Chroma's limit of 5461 rows a call


class Vectors:
    """A Chroma collection in ``folder``: embedded, one writing process at a time (the index holds the lock)."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._open()

    def _open(self) -> None:
        import chromadb
        from chromadb.config import Settings

        self._folder.mkdir(parents=True, exist_ok=True)
        self._client = chromadb.PersistentClient(
            path=str(self._folder), settings=Settings(anonymized_telemetry=False, allow_reset=False)
        )
        self._collection = self._client.get_or_create_collection(
            COLLECTION,
            embedding_function=None,  # or Chroma downloads a model
            configuration={"hnsw": {"space": "cosine", "ef_construction": 200, "max_neighbors": 32, "ef_search": 200}},
        )

    def close(self) -> None:
        """Let go of the files; a Chroma client otherwise lives as long as its process."""
        self._client.close()

    def reopen(self) -> None:
        """See what another process wrote: an open embedded client would give stale results without an error."""
        with self._lock:
            self.close()
            self._open()

    @classmethod
    def destroy(cls, folder: Path) -> None:
        """Delete the files of a store that cannot be opened."""
        shutil.rmtree(folder, ignore_errors=True)

    def add(self, ids: Sequence[int], contents: Sequence[int], vectors: Sequence[Sequence[float]]) -> None:
        """Add vectors under passage ids that were never used before."""
        for start in range(0, len(ids), _BATCH):
            part = slice(start, start + _BATCH)
            self._collection.add(
                ids=[str(number) for number in ids[part]],
                embeddings=list(vectors[part]),
                metadatas=[{"content": content} for content in contents[part]],
            )

    def delete(self, ids: Iterable[int]) -> None:
        """Remove passages by id; ids that are not there are passed over."""
        every = [str(number) for number in ids]
        for start in range(0, len(every), _BATCH):
            self._collection.delete(ids=every[start : start + _BATCH])

    def count(self) -> int:
        """The number of vectors."""
        return self._collection.count()

    def ids(self) -> set[int]:
        """The ids of all passages in the store."""
        found: set[int] = set()
        total = self.count()
        for offset in range(0, total, 10_000):
            page = self._collection.get(limit=10_000, offset=offset, include=[])
            found.update(int(number) for number in page["ids"])
        return found

    def search(self, vector: Sequence[float], most: int, contents: Sequence[int] | None = None) -> list[tuple[int, float]]:
        """(passage id, cosine) of the nearest passages, nearest first; only from ``contents`` when given."""
        total = self.count()
        if not total or (contents is not None and not contents):
            return []
        where = None if contents is None else {"content": {"$in": [int(content) for content in contents]}}
        answer = self._collection.query(
            query_embeddings=[list(vector)], n_results=min(most, total), where=where, include=["distances"]
        )
        distances = answer["distances"]
        assert distances is not None
        found = [(int(number), 1.0 - float(away)) for number, away in zip(answer["ids"][0], distances[0], strict=True)]
        return sorted(found, key=lambda pair: (-pair[1], pair[0]))
