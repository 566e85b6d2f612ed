"""Models behind an address: text-embeddings-inference (``tei:URL``) or OpenAI's protocol (``openai:MODEL@URL``).

What is set of a model's name is kept with the index and shown; the key is not part of it, and comes from
``FOOTNOTE_ENDPOINT_KEY`` or the file that ``FOOTNOTE_ENDPOINT_KEY_FILE`` names, each time a model is opened.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from functools import cached_property
from urllib.parse import urlsplit

from index.embed import TextEmbeddings, generous_count
from index.errors import ModelUnavailable
from index.keys import key_of

PROTOCOLS = ("tei:", "openai:")
BATCH = 32  # texts in a request, what text-embeddings-inference takes unless told otherwise
SECONDS = 60.0  # for one request
PAUSES = (0.5, 2.0)  # seconds before each further try
AGAIN = (429, 502, 503, 504)  # the server is starting or busy


class Endpoint:
    """JSON to and from one address. Thread-safe; connections are kept."""

    def __init__(self, address: str, *, seconds: float = SECONDS, pauses: Sequence[float] = PAUSES) -> None:
        """Raises ModelUnavailable for what is no http address, or holds a name and password."""
        if not _is_address(address):
            shown = "What was given" if "@" in address or "?" in address else repr(address)  # a key is not told
            raise ModelUnavailable(
                f"{shown} is no address of a model server: give http://HOST:PORT or https://HOST/PATH; a key belongs "
                "into FOOTNOTE_ENDPOINT_KEY."
            )
        self.address, self._seconds, self._pauses = address.rstrip("/"), seconds, tuple(pauses)

    @cached_property
    def _client(self):
        import httpx

        key = key_of("FOOTNOTE_ENDPOINT_KEY")
        if not (key.isascii() and key.isprintable()):
            raise ModelUnavailable("The key in FOOTNOTE_ENDPOINT_KEY has characters that no key can have.")
        headers = {"authorization": f"Bearer {key}"} if key else {}
        # No redirects: the key is for this address alone.
        return httpx.Client(timeout=self._seconds, headers=headers, follow_redirects=False)

    def __del__(self) -> None:
        if client := self.__dict__.get("_client"):  # a model has no end of its own at which to close it
            client.close()

    def ask(self, path: str, body: object = None) -> object:
        """The JSON that the server replies. Raises ModelUnavailable after all tries."""
        import httpx

        for pause in (*self._pauses, None):
            try:
                reply = self._client.request("GET" if body is None else "POST", self.address + path, json=body)
                if reply.status_code < 300:
                    return reply.json()
                problem, may_pass = f"status {reply.status_code}", reply.status_code in AGAIN
            except httpx.RequestError as error:  # no connection, a timeout, or a reply that cannot be unpacked
                problem, may_pass = str(error) or type(error).__name__, isinstance(error, httpx.ConnectError)
            except ValueError:
                problem, may_pass = "the reply is no JSON", False
            if pause is None or not may_pass:
                break
            time.sleep(pause)
        raise ModelUnavailable(
            f"The model server {self.address} does not do its work ({path}: {problem}): see that it runs and that the "
            "address and FOOTNOTE_ENDPOINT_KEY are right."
        )

    def misunderstood(self, path: str) -> ModelUnavailable:
        """The error for a reply that is JSON, but not what was asked for."""
        return ModelUnavailable(
            f"The model server {self.address} replied to {path} with something else than asked for."
        )


class _Remote(TextEmbeddings):
    """What both protocols share: batches, vectors of length 1, and that all have the same number of dimensions."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint

    def _vectors(self, texts: list[str]) -> list[list[float]]:
        raise NotImplementedError

    @cached_property
    def dimensions(self) -> int:  # type: ignore[override]
        return len(self._vectors(["dimensions"])[0])

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        found: list[list[float]] = []
        for start in range(0, len(texts), BATCH):
            found += self._vectors(texts[start : start + BATCH])
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
        counts: list[int] = []
        for start in range(0, len(texts), BATCH):
            part = list(texts[start : start + BATCH])
            reply = self._endpoint.ask("/tokenize", {"inputs": part, "add_special_tokens": True})

            def read(reply=reply) -> list[int]:
                return [len(tokens) for tokens in reply]

            counts += _checked(self._endpoint, "/tokenize", len(part), read)
        return counts

    def _vectors(self, texts: list[str]) -> list[list[float]]:
        reply = self._endpoint.ask("/embed", {"inputs": texts, "normalize": True, "truncate": True})
        return _checked(self._endpoint, "/embed", len(texts), lambda: [list(map(float, vector)) for vector in reply])  # type: ignore[attr-defined]


class OpenAIEmbeddings(_Remote):
    """OpenAI's ``/embeddings``, as many servers speak it. It tells no lengths: 512 tokens are taken for sure."""

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
        asked = {"model": self.model, "input": texts, "encoding_format": "float"}
        reply = self._endpoint.ask("/embeddings", asked)

        def read() -> list[list[float]]:
            rows = sorted(reply["data"], key=lambda row: row["index"])  # type: ignore[index,call-overload]
            return [list(map(float, row["embedding"])) for row in rows]

        return _checked(self._endpoint, "/embeddings", len(texts), read)


class TEIReranker:
    """A cross-encoder on a text-embeddings-inference server; scores are its raw logits."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint

    @cached_property
    def _identity(self) -> str:
        return _named(_info(self._endpoint))

    @property
    def identity(self) -> str:
        """Which model it is, as the server tells it."""
        return self._identity

    def scores(self, question: str, texts: Sequence[str]) -> list[float]:
        found: list[float] = []
        for start in range(0, len(texts), BATCH):
            part = list(texts[start : start + BATCH])
            asked = {"query": question, "texts": part, "raw_scores": True, "truncate": True}
            reply = self._endpoint.ask("/rerank", asked)

            def read(reply=reply) -> list[float]:
                return [float(row["score"]) for row in sorted(reply, key=lambda row: row["index"])]

            found += _checked(self._endpoint, "/rerank", len(part), read)
        return found


def _info(endpoint: Endpoint) -> dict:
    info = endpoint.ask("/info")
    if not isinstance(info, dict) or not info.get("model_id"):
        raise endpoint.misunderstood("/info")
    return info


def _named(info: dict) -> str:
    return f"tei/{info['model_id']}/{info.get('model_sha') or ''}"


def is_endpoint(name: str) -> bool:
    """Whether a model's name is that of a model behind an address."""
    return name.startswith(PROTOCOLS)


def open_remote_embeddings(name: str, **options) -> TextEmbeddings:
    """``tei:URL`` or ``openai:MODEL@URL``; ``options`` are those of :class:`Endpoint`. Raises ModelUnavailable."""
    protocol, _, rest = name.partition(":")
    if protocol == "tei":
        return TEIEmbeddings(Endpoint(rest, **options))
    model, _, address = rest.partition("@")
    if not model or not address:
        raise ModelUnavailable(f"'{name}' names no model and address: give openai:MODEL@https://HOST/v1.")
    return OpenAIEmbeddings(Endpoint(address, **options), model)


def open_remote_reranker(name: str, **options) -> TEIReranker:
    """``tei:URL``. Raises ModelUnavailable for another protocol: OpenAI's has no reranking."""
    protocol, _, rest = name.partition(":")
    if protocol != "tei":
        raise ModelUnavailable(
            f"'{name}' cannot rerank: OpenAI's protocol has no such call; give tei:http://HOST:PORT."
        )
    return TEIReranker(Endpoint(rest, **options))


def _is_address(address: str) -> bool:
    try:
        parts = urlsplit(address)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        return False
    return usable and not (parts.username or parts.query or parts.fragment)


def _checked(endpoint: Endpoint, path: str, number: int, read: Callable[[], list]) -> list:
    """What ``read`` makes of a reply, if that is as many finite numbers, or lists of them, as were asked for."""
    try:
        found = read()
        numbers = [value for row in found for value in (row if isinstance(row, list) else [row])]
        right = len(found) == number and all(map(math.isfinite, numbers)) and [] not in found
    except (TypeError, ValueError, KeyError):
        right = False
    if not right:
        raise endpoint.misunderstood(path)
    return found


def _normalized(vector: list[float]) -> list[float]:
    length = math.sqrt(sum(value * value for value in vector)) or 1.0
    return [value / length for value in vector]
