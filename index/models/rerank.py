"""The cross-encoder: reads a question together with a text and scores how well the text answers it."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import cached_property
from typing import Protocol

from footnoted.index.errors import ModelUnavailable
from footnoted.index.models import bundled, endpoints
from footnoted.index.models.read import ReaderReranker, open_reader
from footnoted.index.models.stopping import go_on

SCORED_AT_ONCE = 32  # pairs: a batch of sentence-transformers
BUNDLED = "bundled"
OFF = "off"
READER = "reader:"


class Reranker(Protocol):
    """What the index needs from a reranker; any object with these members will do."""

    @property
    def identity(self) -> str:
        """Names model, revision and treatment."""

    def scores(self, question: str, texts: Sequence[str]) -> list[float]:
        """A raw logit for each text: higher is better, and about 0 separates relevant from irrelevant."""


class BundledReranker:
    """cross-encoder/ms-marco-MiniLM-L-12-v2 as int8 ONNX (Apache-2.0), one pair per run.

    One pair at a time because with dynamic int8 the scores of a batch shift by up to .65 with the batch-mates, and a
    batch is not faster here: the same pair always gets the same score.
    """

    identity = "bundled/ms-marco-MiniLM-L-12-v2-int8-onnx"
    max_tokens = 512

    def __init__(self) -> None:
        self._model = bundled.OnnxModel(bundled.RERANKER, self.max_tokens)

    def scores(self, question: str, texts: Sequence[str]) -> list[float]:
        return [float(logit.reshape(-1)[0]) for logit in self._model.run_each([(question, text) for text in texts])]


class SentenceTransformersReranker:
    """Any sentence-transformers cross-encoder by name or folder; scores are its raw logits."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.identity = f"sentence-transformers/{name}"
        self._loading = threading.Lock()

    @cached_property
    def _model(self):
        import torch
        from sentence_transformers import CrossEncoder
        from transformers.utils import logging

        logging.disable_progress_bar()

        try:
            return CrossEncoder(self.name, device="cpu", activation_fn=torch.nn.Identity())
        except (OSError, ValueError) as error:
            raise ModelUnavailable(
                f"The reranker '{self.name}' could not be loaded: give a cross-encoder's name or folder, or 'off' "
                f"({str(error).splitlines()[0]})."
            ) from error

    def scores(self, question: str, texts: Sequence[str]) -> list[float]:
        with self._loading:
            model = self._model
        found: list[float] = []
        for start in range(0, len(texts), SCORED_AT_ONCE):
            go_on()
            pairs = [(question, text) for text in texts[start : start + SCORED_AT_ONCE]]
            found += map(float, model.predict(pairs, show_progress_bar=False))
        return found


def open_reranker(name: str = BUNDLED) -> Reranker | None:
    """The reranker called ``name``.

    "bundled", "off" (none), ``tei:URL``, ``reader:FOLDER`` (the relevance of :func:`~.read.open_reader`'s reader), or
    a cross-encoder's name or folder.
    """
    if name == OFF:
        return None
    if name.startswith(READER):
        reader = open_reader(name.removeprefix(READER))
        return ReaderReranker(reader) if reader else None
    if endpoints.is_endpoint(name):
        return endpoints.open_remote_reranker(name)
    return BundledReranker() if name == BUNDLED else SentenceTransformersReranker(name)
