"""The reader: one pass over a question and a passage tells whether and where the passage answers.

A reader is a folder that ``python -m training export`` wrote (an ONNX model, its tokenizer and ``reader.json``), or a
question answering model of transformers by name or folder.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from footnoted.index.errors import ModelUnavailable
from footnoted.index.models import bundled
from footnoted.index.models.reading import Limits, Outputs, Reader, Reading, Window, read_passages

OFF = "off"
MANIFEST = "reader.json"
FORMAT = 1
OUTPUTS = ("relevance", "answered", "start", "end", "evidence")
FILES = ("model.onnx", "tokenizer.json")


@dataclass(frozen=True, slots=True)
class Manifest:
    """What ``reader.json`` says: the name, the limits, what stands before a claim, and the SHA-256 of each file."""

    name: str
    limits: Limits
    claim_prefix: str
    sha256: dict[str, str]


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a reader's folder.

    Raises:
        ModelUnavailable: it is missing or not one that this version reads.
    """
    path = folder / MANIFEST
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if found["format"] != FORMAT:
            raise ModelUnavailable(
                f"The reader in {folder} has format {found['format']}; this version of Footnote reads format {FORMAT}."
            )
        limits = Limits(**{name: int(found["limits"][name]) for name in ("tokens", "question", "overlap")})
        sha256 = {file: str(found["sha256"][file]) for file in FILES}
        manifest = Manifest(str(found["name"]), limits, str(found["claim_prefix"]), sha256)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelUnavailable(f"The reader's {path} cannot be read: export the reader again ({error!r}).") from error
    if limits.overlap < 0 or limits.tokens < limits.question + limits.overlap + 4:
        raise ModelUnavailable(f"The limits in {path} leave no room for a passage: export the reader again.")
    return manifest


class FolderReader:
    """A reader that was exported to a folder, run by ONNX Runtime, one window per run and one run per core at a time.

    One at a time because with dynamic int8 a window's numbers would depend on what it is run with. Its files are
    checked against the SHA-256 of the manifest, or against those given here, at first use.
    """

    def __init__(self, folder: str | Path, sha256: dict[str, str] | None = None) -> None:
        self.folder = Path(folder)
        self.manifest = read_manifest(self.folder)
        self._sha256 = sha256 or self.manifest.sha256
        self._loading = threading.Lock()

    @property
    def identity(self) -> str:
        return f"reader/{self.manifest.name}/{self._sha256['model.onnx'][:12]}"

    @cached_property
    def _loaded(self) -> tuple[Any, Any]:
        from tokenizers import Tokenizer

        for file, expected in self._sha256.items():
            try:
                with (self.folder / file).open("rb") as stream:
                    found = hashlib.file_digest(stream, "sha256").hexdigest()
            except OSError as error:
                raise ModelUnavailable(f"The reader's file {self.folder / file} cannot be read ({error}).") from error
            if found != expected:
                raise ModelUnavailable(f"The reader's file {self.folder / file} was changed: export the reader again.")
        try:
            tokenizer = Tokenizer.from_file(str(self.folder / "tokenizer.json"))
            session = bundled.onnx_session(self.folder / "model.onnx")
        except Exception as error:  # both libraries raise errors of their own, some of them bare exceptions
            raise ModelUnavailable(f"The reader in {self.folder} cannot be loaded ({error}).") from error
        if missing := set(OUTPUTS) - {item.name for item in session.get_outputs()}:
            raise ModelUnavailable(
                f"The model in {self.folder} is not a reader: it has no {', '.join(sorted(missing))}."
            )
        tokenizer.no_padding()
        tokenizer.no_truncation()
        return tokenizer, session

    @property
    def loaded(self) -> tuple[Any, Any]:
        """(tokenizer, session)."""
        with self._loading:  # cached_property is not thread-safe by itself
            return self._loaded

    def _run(self, window: Window) -> Outputs:
        import numpy

        inputs = {
            "input_ids": numpy.array([window.ids], dtype=numpy.int64),
            "attention_mask": numpy.ones((1, len(window.ids)), dtype=numpy.int64),
            "token_type_ids": numpy.array([window.types], dtype=numpy.int64),
        }
        relevance, answered, *tokens = self.loaded[1].run(list(OUTPUTS), inputs)
        start, end, evidence = (logits[0, window.first : window.first + len(window.offsets)] for logits in tokens)
        return Outputs(float(relevance[0]), float(answered[0]), start, end, evidence)

    def read(self, question: str, passages: Sequence[str], *, claim: bool = False) -> list[Reading]:
        asked = self.manifest.claim_prefix + question if claim else question
        tokenizer, _ = self.loaded
        return read_passages(
            asked, passages, tokenizer, self.manifest.limits, lambda windows: bundled.run_each(self._run, windows)
        )


class ReaderReranker:
    """A reader's relevance in the place of a cross-encoder's score."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader

    @property
    def identity(self) -> str:
        return self.reader.identity

    def scores(self, question: str, texts: Sequence[str]) -> list[float]:
        return [reading.relevance for reading in self.reader.read(question, texts)]


def open_reader(name: str) -> Reader | None:
    """The reader called ``name``: "off" (none), an exported folder, or a question answering model of transformers."""
    if name == OFF:
        return None
    if (Path(name) / MANIFEST).is_file():
        return FolderReader(name)
    from footnoted.index.models.read_transformers import TransformersReader

    return TransformersReader(name)
