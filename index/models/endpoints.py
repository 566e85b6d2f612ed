"""Models on a server: text-embeddings-inference (``tei:URL``) or OpenAI's protocol (``openai:MODEL@URL``).

The name of an embedding model is stored in the index and shown. Keys are not part of names: each time a model is opened
they are read from ``FOOTNOTE_ENDPOINT_KEY`` (embedding) and ``FOOTNOTE_RERANKER_KEY``, or from the files named in the
same variables with ``_FILE`` at the end.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from footnoted.index.errors import ModelUnavailable
from footnoted.index.models.base import TextEmbeddings, generous_count
from footnoted.index.models.keys import key_of, server_address, shown
from footnoted.index.models.stopping import go_on

if TYPE_CHECKING:
    import httpx

PROTOCOLS = ("tei:", "openai:")
EMBEDDING_KEY, RERANKER_KEY = "FOOTNOTE_ENDPOINT_KEY", "FOOTNOTE_RERANKER_KEY"
BATCH = 32  # texts in a request, what text-embeddings-inference takes unless told otherwise
SECONDS = 60.0  # for one request with its reply
LARGEST = 64 << 20  # bytes of a reply; 32 vectors of 4,096 numbers are 3 MB
PAUSES = (0.5, 2.0)  # seconds before each further try
AGAIN = (429, 502, 503, 504)  # the server is starting or busy
NO_KEY = (401, 403)


def limited_reply(client: httpx.Client, address: str, body: object, seconds: float, largest: int) -> tuple[int, bytes]:
    """Status and content of one reply, which may neither trickle in forever nor fill the memory.

    Args:
        body: sent as JSON by POST; ``None`` asks by GET.
        seconds: how long the reply may take in all.
        largest: bytes of a reply.

    Raises:
        httpx.RequestError: no connection, or a reply beyond these limits.
    """
    import httpx

    end, held = time.monotonic() + seconds, bytearray()
    with client.stream("GET" if body is None else "POST", address, json=body) as reply:
        for piece in reply.iter_bytes():
            held += piece
            if time.monotonic() > end:
                raise httpx.ReadTimeout(f"no complete reply in {seconds:g} seconds")
            if len(held) > largest:
                raise httpx.ReadError(f"a reply of more than {largest:,} bytes")
    return reply.status_code, bytes(held)


class Endpoint:
    """JSON to and from one address. Thread-safe; connections are kept."""

    def __init__(
        self,
        address: str,
        *,
        key: str | None = EMBEDDING_KEY,
        seconds: float = SECONDS,
        pauses: Sequence[float] = PAUSES,
        largest: int = LARGEST,
    ) -> None:
        """Raises ModelUnavailable for anything but an http address without a name and password.

        Args:
            key: the environment variable of the key to send; ``None`` sends none.
            seconds: how long a request with its reply may take.
            pauses: seconds before each further try.
            largest: bytes of a reply.
        """
        if server_address(address) is None:
            raise ModelUnavailable(
                f"{shown(address, 'What was given')} is not the address of a model server: give http://HOST:PORT or "
                f"https://HOST/PATH; put a key into {key or EMBEDDING_KEY}."
            )
        self.address, self._seconds, self._pauses = address.rstrip("/"), seconds, tuple(pauses)
        self._key, self._largest = key, largest

    @cached_property
    def _client(self):
        import httpx

        key = key_of(self._key) if self._key else ""
        if not (key.isascii() and key.isprintable()):
            raise ModelUnavailable(f"The key in {self._key} has characters that a key cannot have.")
        headers = {"authorization": f"Bearer {key}"} if key else {}
        # No redirects: the key is for this address alone.
        return httpx.Client(timeout=self._seconds, headers=headers, follow_redirects=False)

    def __del__(self) -> None:
        if client := self.__dict__.get("_client"):  # nothing else closes it: models have no close()
            client.close()

    def ask(self, path: str, body: object = None) -> object:
        """The JSON that the server replies. Raises ModelUnavailable after all tries."""
        import httpx

        for pause in (*self._pauses, None):
            try:
                status, reply = self._reply(path, body)
                if status < 300:
                    return json.loads(reply)
                problem, may_pass = f"status {status}", status in AGAIN
                if status in NO_KEY and not self._key:
                    raise self._keyless(path, problem)
            except httpx.RequestError as error:  # no connection, a timeout, or a reply that cannot be unpacked
                problem, may_pass = str(error) or type(error).__name__, isinstance(error, httpx.ConnectError)
            except (ValueError, RecursionError):
                problem, may_pass = "the reply is not JSON", False
            if pause is None or not may_pass:
                break
            time.sleep(pause)
        raise ModelUnavailable(
            f"The model server {self.address} does not work ({path}: {problem}): check that it runs and that the "
            f"address and {self._key or EMBEDDING_KEY} are right."
        )

    def _reply(self, path: str, body: object) -> tuple[int, bytes]:
        return limited_reply(self._client, self.address + path, body, self._seconds, self._largest)

    def _keyless(self, path: str, problem: str) -> ModelUnavailable:
        """The error for a server that requires a key, when only the data folder, which may be anybody's, names it."""
        return ModelUnavailable(
            f"The model server {self.address} does not work ({path}: {problem}), and no key is sent to an "
            "address that only the data folder names: name the model too (FOOTNOTE_EMBEDDING_MODEL, or embeddings=)."
        )

    def batches(self, texts: Sequence[str], path: str, asked: Callable[[list[str]], dict], read: Callable) -> list:
        """What ``read`` makes of each reply to ``asked``, one after another: a finite number, or a list, for each text.

        Raises ModelUnavailable, also for a reply that is JSON but not that.
        """
        found: list = []
        for start in range(0, len(texts), BATCH):
            go_on()
            part = list(texts[start : start + BATCH])
            reply = self.ask(path, asked(part))
            try:
                values = list(read(reply))
                numbers = [value for row in values for value in (row if isinstance(row, list) else [row])]
                right = len(values) == len(part) and all(map(math.isfinite, numbers)) and [] not in values
            except (TypeError, ValueError, KeyError, OverflowError):
                right = False
            if not right:
                raise self.misunderstood(path)
            found += values
        return found

    def misunderstood(self, path: str) -> ModelUnavailable:
        """The error for a reply that is JSON, but not what was asked for."""
        return ModelUnavailable(f"The model server {self.address} sent an unexpected reply to {path}.")


class _Remote(TextEmbeddings):
    """What both protocols share: batches, and vectors of length 1 that all have the same number of dimensions."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint

    def _vectors(self, texts: list[str]) -> list[list[float]]:
        raise NotImplementedError

    @cached_property
    def dimensions(self) -> int:  # type: ignore[override]
        return len(self._vectors(["dimensions"])[0])

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        found = self._vectors(texts)
        if any(len(vector) != self.dimensions for vector in found):
            raise ModelUnavailable(f"The model server {self._endpoint.address} gave vectors of different lengths.")
        return [_normalized(vector) for vector in found]

    def embed_query(self, text: str) -> list[float]:
        return self.embed_documents([text])[0]


class TEIEmbeddings(_Remote):
    """A text-embeddings-inference server; its interface: https://huggingface.co/docs/text-embeddings-inference."""

    @cached_property
    def _info(self) -> dict:
        return _info(self._endpoint)

    @property
    def identity(self) -> str:  # type: ignore[override]
        return _named(self._info)

    @property
    def max_tokens(self) -> int:  # type: ignore[override]
        return int(self._info.get("max_input_length") or 512)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return self._endpoint.batches(
            texts, "/tokenize", lambda part: {"inputs": part, "add_special_tokens": True}, lambda reply: map(len, reply)
        )

    def _vectors(self, texts: list[str]) -> list[list[float]]:
        return self._endpoint.batches(
            texts, "/embed", lambda part: {"inputs": part, "normalize": True, "truncate": True}, _rows
        )


class OpenAIEmbeddings(_Remote):
    """OpenAI's ``/embeddings``, which many servers offer. It does not say how long texts may be: 512 tokens is safe."""

    max_tokens = 512

    def __init__(self, endpoint: Endpoint, model: str) -> None:
        super().__init__(endpoint)
        self.model = model

    @property
    def identity(self) -> str:  # type: ignore[override]
        return f"openai/{self.model}/{self.dimensions}"

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [generous_count(text) for text in texts]

    def _vectors(self, texts: list[str]) -> list[list[float]]:
        return self._endpoint.batches(
            texts,
            "/embeddings",
            lambda part: {"model": self.model, "input": part, "encoding_format": "float"},
            lambda reply: _rows(_in_order(reply["data"], "embedding")),
        )


class TEIReranker:
    """A cross-encoder on a text-embeddings-inference server; scores are its raw logits."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint

    @cached_property
    def identity(self) -> str:
        """Which model it is, as the server says."""
        return _named(_info(self._endpoint))

    def scores(self, question: str, texts: Sequence[str]) -> list[float]:
        return self._endpoint.batches(
            texts,
            "/rerank",
            lambda part: {"query": question, "texts": part, "raw_scores": True, "truncate": True},
            lambda reply: map(float, _in_order(reply, "score")),
        )


def _rows(vectors: Sequence) -> Iterator[list[float]]:
    return (list(map(float, vector)) for vector in vectors)


def _in_order(rows: Sequence[dict], field: str) -> list:
    """A field of the rows of a reply, in the order of the request. Raises ValueError unless each has one row."""
    ordered = sorted(rows, key=lambda row: row["index"])
    if [row["index"] for row in ordered] != list(range(len(rows))):
        raise ValueError("a row is missing or given twice")
    return [row[field] for row in ordered]


def _info(endpoint: Endpoint) -> dict:
    info = endpoint.ask("/info")
    if not isinstance(info, dict) or not info.get("model_id"):
        raise endpoint.misunderstood("/info")
    return info


def _named(info: dict) -> str:
    return f"tei/{info['model_id']}/{info.get('model_sha') or ''}"


def is_endpoint(name: str) -> bool:
    """Whether a name is that of a model on a server."""
    return name.startswith(PROTOCOLS)


def open_remote_embeddings(name: str, **options) -> TextEmbeddings:
    """``tei:URL`` or ``openai:MODEL@URL``; ``options`` are those of :class:`Endpoint`. Raises ModelUnavailable."""
    protocol, _, rest = name.partition(":")
    if protocol == "tei":
        return TEIEmbeddings(Endpoint(rest, **options))
    model, _, address = rest.partition("@")
    if not model or not address:
        raise ModelUnavailable(f"'{name}' does not name a model and an address: give openai:MODEL@https://HOST/v1.")
    return OpenAIEmbeddings(Endpoint(address, **options), model)


def open_remote_reranker(name: str, **options) -> TEIReranker:
    """``tei:URL``. Raises ModelUnavailable for another protocol: OpenAI's has no reranking."""
    protocol, _, rest = name.partition(":")
    if protocol != "tei":
        raise ModelUnavailable(
            f"'{name}' cannot rerank: OpenAI's protocol has no such call; give tei:http://HOST:PORT."
        )
    return TEIReranker(Endpoint(rest, key=RERANKER_KEY, **options))


def _normalized(vector: list[float]) -> list[float]:
    length = math.sqrt(sum(value * value for value in vector)) or 1.0
    return [value / length for value in vector]
