"""Texts to vectors behind LangChain's ``Embeddings``; the query side and the passage side are kept apart.

The default is the bundled bge-small-en-v1.5, run by ONNX Runtime without importing torch. Any sentence-transformers
model name or folder can be named instead.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import cached_property

from langchain_core.embeddings import Embeddings

from footnoted.index.errors import ModelUnavailable
from footnoted.index.models import bundled, endpoints
from footnoted.index.models.base import TextEmbeddings, generous_count

BUNDLED = "bundled"
EMBEDDED_AT_ONCE = 32  # passages: a batch of sentence-transformers, and half a second, after which progress is reported


class BundledEmbeddings(TextEmbeddings):
    """BAAI/bge-small-en-v1.5 as int8 ONNX: CLS pooling, L2-normalised, 384 dimensions, 512 tokens.

    Source: https://huggingface.co/BAAI/bge-small-en-v1.5 (MIT), including the instruction before queries.
    """

    identity = "bundled/bge-small-en-v1.5-int8-onnx-cls-normalized"
    max_tokens = 512
    dimensions = 384
    _instruction = "Represent this sentence for searching relevant passages: "

    def __init__(self) -> None:
        self._model = bundled.OnnxModel(bundled.EMBEDDING, self.max_tokens)

    @cached_property
    def _counter(self):
        from tokenizers import Tokenizer

        tokenizer, _, _ = self._model.loaded
        counter = Tokenizer.from_str(tokenizer.to_str())
        counter.no_truncation()
        return counter

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(encoding.ids) for encoding in self._counter.encode_batch(list(texts))]

    @staticmethod
    def _normalized(output) -> list[float]:
        import numpy

        vector = output[0, 0]
        return (vector / numpy.linalg.norm(vector)).tolist()

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        # One text per run: with dynamic int8 a text's vector depends on its batch-mates (cosine .997), and for this
        # model a batch is no faster on a CPU. Same text, same vector, whatever it is added with.
        return [self._normalized(output) for output in self._model.run_each([(text, None) for text in texts])]

    def embed_query(self, text: str) -> list[float]:
        return self._normalized(self._model.run(self._instruction + text))


class SentenceTransformersEmbeddings(TextEmbeddings):
    """Any sentence-transformers model by name or folder, with its own query and passage prompts where it has them."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.identity = f"sentence-transformers/{name}"
        self._loading = threading.Lock()

    @cached_property
    def _model(self):
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging

        logging.disable_progress_bar()  # its bar for loading a file would appear in the middle of our output

        try:
            return SentenceTransformer(self.name, device="cpu")
        except (OSError, ValueError) as error:
            raise ModelUnavailable(
                f"The embedding model '{self.name}' could not be loaded: give a sentence-transformers model name or a "
                f"folder that holds one ({str(error).splitlines()[0]})."
            ) from error

    def _loaded(self):
        with self._loading:
            return self._model

    @property
    def max_tokens(self) -> int:  # type: ignore[override]
        return self._loaded().max_seq_length or 512

    @property
    def dimensions(self) -> int:  # type: ignore[override]
        return self._loaded().get_embedding_dimension()

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        tokenizer = self._loaded().tokenizer
        if hasattr(tokenizer, "encode_batch"):  # static embeddings carry a bare tokenizer
            return [len(encoding.ids) for encoding in tokenizer.encode_batch(list(texts))]
        return [len(ids) for ids in tokenizer(list(texts), truncation=False, verbose=False)["input_ids"]]

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return self._loaded().encode_document(texts, normalize_embeddings=True, show_progress_bar=False).tolist()

    def embed_query(self, text: str) -> list[float]:
        return self._loaded().encode_query([text], normalize_embeddings=True, show_progress_bar=False)[0].tolist()


def open_embeddings(name: str = BUNDLED, *, trusted: bool = True) -> TextEmbeddings:
    """The embedding model ``name``: "bundled", one behind an address, or a sentence-transformers name or folder.

    A name that is not ``trusted``, because it was read from a data folder that may be somebody else's, gets no key.
    """
    if endpoints.is_endpoint(name):
        return endpoints.open_remote_embeddings(name, key=endpoints.EMBEDDING_KEY if trusted else None)
    return BundledEmbeddings() if name == BUNDLED else SentenceTransformersEmbeddings(name)


def as_text_embeddings(embeddings: Embeddings) -> TextEmbeddings:
    """``embeddings`` itself, or a wrapper that gives any LangChain embedding object what else the index needs."""
    return embeddings if isinstance(embeddings, TextEmbeddings) else _Wrapped(embeddings)


class _Wrapped(TextEmbeddings):
    """A caller's own ``Embeddings``, which cannot count tokens."""

    max_tokens = 512

    def __init__(self, embeddings: Embeddings) -> None:
        self._embeddings = embeddings
        name = getattr(embeddings, "model_name", None) or getattr(embeddings, "model", None) or ""
        self.identity = f"{type(embeddings).__module__}.{type(embeddings).__qualname__}/{name}"

    @cached_property
    def dimensions(self) -> int:  # type: ignore[override]
        return len(self._embeddings.embed_query("dimensions"))

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [generous_count(text) for text in texts]

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return self._embeddings.embed_documents(texts)

    def embed_query(self, text: str) -> list[float]:
        return self._embeddings.embed_query(text)
