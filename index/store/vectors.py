"""Vector search (Chroma, cosine). The only file that imports chromadb."""

from __future__ import annotations

import itertools
import threading
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from footnoted.index.errors import IndexDamaged, IndexingError, StoreUnreachable
from footnoted.index.store.database import examined
from footnoted.index.store.home import delete_store
from footnoted.index.store.private import private_folder
from footnoted.index.store.vector_server import VectorServer, server_of

THOROUGHLY = 32_000_000  # bytes of Chroma's database that are read at each opening: a tenth of a second
COLLECTION = "passages"
_BATCH = 2000  # well below Chroma's limit of 5461 rows a call
# Chroma's defaults (16 neighbours, 100 and 100) find .82 of the nearest ten among 100,000: docs/retrieval.md.
_GRAPH: dict[str, Any] = {"space": "cosine", "max_neighbors": 32, "ef_construction": 200}
# Candidates that a search keeps (ef_search), by the number of vectors from which on: the more, the more are needed.
_BREADTHS = ((0, 300), (150_000, 400), (400_000, 1000))
SERVER_SECONDS = 60.0  # without a reply, a Chroma server counts as gone
_openings = itertools.count()


def _spelled_anew(folder: Path) -> str:
    """The folder in a spelling that no client of this process has used.

    Chroma keeps one state for all clients of one spelling: it would outlive a reopening while another client is open,
    showing old results, and would be found again after a failed opening. Each client must have a state of its own.
    """
    return f"{folder}/" + "".join("./" if bit == "1" else "/" for bit in f"{next(_openings):b}")


def _unreachable(server: VectorServer, error: Exception) -> StoreUnreachable:
    if _turned_away(error):
        return StoreUnreachable(
            f"The Chroma server at {server.url} asks for a key: set FOOTNOTE_CHROMA_KEY to the right one, and "
            "FOOTNOTE_CHROMA_URL to the server's address, for it is sent to no other."
        )
    reason = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
    return StoreUnreachable(
        f"The Chroma server at {server.url} does not answer ({reason}): start it again; nothing is lost meanwhile."
    )


def _turned_away(error: BaseException | None) -> bool:
    """Whether a server refused for want of a key: Chroma's own errors, or the status behind one that it wraps."""
    from chromadb.errors import AuthorizationError, ChromaAuthError

    while error is not None:
        status = getattr(getattr(error, "response", None), "status_code", None)
        if isinstance(error, AuthorizationError | ChromaAuthError) or status in (401, 403):
            return True
        error = error.__cause__ or error.__context__
    return False


def _connected(server: VectorServer) -> Any:
    """A client of a server, with a limit on how long it waits."""
    import chromadb
    from chromadb.config import Settings

    settings = Settings(anonymized_telemetry=False, allow_reset=False)
    key = server.key
    # The first is what Chroma Cloud asks for, the second what most that stands before a server does.
    headers = {"x-chroma-token": key, "authorization": f"Bearer {key}"} if key else None
    client = chromadb.HttpClient(
        server.host, server.port, server.secure, headers, settings, tenant=server.tenant, database=server.database
    )
    for session in _sessions(client):
        session.timeout = SERVER_SECONDS
    return client


def _sessions(client: Any) -> list[Any]:
    """The HTTP sessions of a client, its administrator's own one too; none where Chroma is embedded."""
    servers = (getattr(one, "_server", None) for one in (client, getattr(client, "_admin_client", None)))
    return [session for server in servers if (session := getattr(server, "_session", None)) is not None]


def _close(client: Any) -> None:
    """Let go of a client, and of its connections, which Chroma leaves open."""
    sessions = _sessions(client)
    client.close()
    for session in sessions:
        session.close()


def _delete_collection(server: VectorServer) -> None:
    from chromadb.errors import NotFoundError

    try:
        client = _connected(server)
        with suppress(NotFoundError):
            client.delete_collection(server.collection)
        _close(client)
    except Exception as error:
        raise _unreachable(server, error) from error


def breadth(number: int) -> int:
    """How many candidates a search among ``number`` vectors keeps, for .99 of the nearest ten to be found."""
    return max(candidates for least, candidates in _BREADTHS if number >= least)


def _require_sound(folder: Path) -> None:
    """Chroma ends the whole process when its database is damaged: see first. Raises IndexDamaged."""
    file = folder / "chroma.sqlite3"
    if file.is_file() and (problem := examined(file, thorough=file.stat().st_size < THOROUGHLY)):
        raise IndexDamaged(f"The vector index in {folder} cannot be used: {problem.partition(': ')[0]}.")


class Vectors:
    """A Chroma collection in ``folder``, or on the server that stands for it: one writer at a time (by the lock).

    Every method raises IndexDamaged when Chroma cannot read its files, StoreUnreachable when the server is silent.
    """

    def __init__(self, folder: Path) -> None:
        self._folder, self._server = folder, server_of(folder)
        self._lock = threading.RLock()  # no search runs while the client is exchanged
        self._closed = False
        with self._using():
            self._open()

    def _open(self) -> None:
        import chromadb
        from chromadb.config import Settings

        self._client: Any
        if self._server is not None:
            self._client = _connected(self._server)
        else:
            private_folder(self._folder)
            _require_sound(self._folder)
            self._client = chromadb.PersistentClient(
                path=_spelled_anew(self._folder), settings=Settings(anonymized_telemetry=False, allow_reset=False)
            )
        self._collection = self._client.get_or_create_collection(
            self._server.collection if self._server else COLLECTION,
            embedding_function=None,  # or Chroma downloads a model
            configuration={"hnsw": {**_GRAPH, "ef_search": breadth(0)}},  # type: ignore[arg-type]
        )

    @contextmanager
    def _using(self) -> Iterator[None]:
        from chromadb.errors import ChromaError, NotFoundError

        with self._lock:
            if self._closed:  # by another thread, which found it damaged
                raise IndexDamaged(f"The vector index in {self._folder} was closed.")
            try:
                yield
            except IndexingError:
                raise
            except Exception as error:
                if self._server is not None and not isinstance(error, NotFoundError):
                    raise _unreachable(self._server, error) from error
                if not isinstance(error, ChromaError | OSError):
                    raise
                reason = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
                raise IndexDamaged(f"The vector index in {self._folder} cannot be used ({reason}).") from error

    def close(self) -> None:
        """Let go of the files; a Chroma client otherwise lives as long as its process."""
        with self._lock:
            if not self._closed:
                self._closed = True
                _close(self._client)

    def reopen(self) -> None:
        """See what another process wrote: an open embedded client would give stale results without an error."""
        with self._using():
            _close(self._client)
            self._open()

    @classmethod
    def destroy(cls, folder: Path) -> None:
        """Delete a store that cannot be used: its files, or its collection on the server."""
        if server := server_of(folder):
            _delete_collection(server)
        delete_store(folder)

    def add(self, ids: Sequence[int], contents: Sequence[int], vectors: Sequence[Sequence[float]]) -> None:
        """Add vectors under passage ids that were never used before."""
        for start in range(0, len(ids), _BATCH):
            part = slice(start, start + _BATCH)
            with self._using():
                self._collection.add(
                    ids=[str(number) for number in ids[part]],
                    embeddings=list(vectors[part]),
                    metadatas=[{"content": content} for content in contents[part]],
                )
        self._widen()

    def _widen(self) -> None:
        """Let searches keep as many candidates as the store needs by now; also one that was made with fewer."""
        with self._using():
            wanted = breadth(self._collection.count())
            if self._collection.configuration_json["hnsw"]["ef_search"] >= wanted:
                return
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)  # that it has no embedding function of its own
                self._collection.modify(configuration={"hnsw": {"ef_search": wanted}})
            _close(self._client)
            self._open()  # it acts when the graph is loaded

    def delete(self, ids: Iterable[int]) -> None:
        """Remove passages by id; ids that are not there are passed over."""
        every = [str(number) for number in ids]
        for start in range(0, len(every), _BATCH):
            with self._using():
                self._collection.delete(ids=every[start : start + _BATCH])

    def count(self) -> int:
        """The number of vectors."""
        with self._using():
            return self._collection.count()

    def ids(self) -> set[int]:
        """The ids of all passages in the store."""
        found: set[int] = set()
        with self._using():
            for offset in range(0, self.count(), 10_000):
                page = self._collection.get(limit=10_000, offset=offset, include=[])
                found.update(int(number) for number in page["ids"])
        return found

    def vectors_of(self, ids: Iterable[int]) -> dict[int, list[float]]:
        """The vectors of passages by id; those that are not there are left out."""
        every = [str(number) for number in ids]
        found: dict[int, list[float]] = {}
        for start in range(0, len(every), _BATCH):
            with self._using():
                page = self._collection.get(ids=every[start : start + _BATCH], include=["embeddings"])
            vectors = page["embeddings"]
            assert vectors is not None
            found.update((int(number), list(vector)) for number, vector in zip(page["ids"], vectors, strict=True))
        return found

    def probe(self) -> None:
        """Read one vector, so that damage shows now and not in the middle of a question. Raises IndexDamaged."""
        with self._using():
            self._collection.get(limit=1, include=["embeddings"])

    def search(
        self, vector: Sequence[float], most: int, contents: Sequence[int] | None = None
    ) -> list[tuple[int, float]]:
        """(passage id, cosine) of the nearest passages, nearest first; only from ``contents`` when given.

        A condition is slow, and fails beyond some ten thousand contents: ``filtered_search`` knows better.
        """
        if contents is not None and not contents:
            return []
        where = None if contents is None else {"content": {"$in": [int(content) for content in contents]}}
        with self._using():
            answer = self._collection.query(
                query_embeddings=[list(vector)],  # type: ignore[arg-type]
                n_results=most,
                where=where,  # type: ignore[arg-type]
                include=["distances"],
            )
        distances = answer["distances"]
        assert distances is not None
        found = [(int(number), 1.0 - float(away)) for number, away in zip(answer["ids"][0], distances[0], strict=True)]
        return sorted(found, key=lambda pair: (-pair[1], pair[0]))
