"""A hash of the product's own code: a cached index or a half-finished run of other code is not gone on with."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

PRODUCT = Path(__file__).resolve().parents[2]
# What decides the passages that a text becomes and how they are stored; a change elsewhere leaves an index as it is.
MAKES_PASSAGES = (
    "index/adding/chunk.py",
    "index/text/sentences.py",
    "index/models/embed.py",
    "index/store/keywords.py",
    "index/store/vectors.py",
)
READS_FILES = ("index/load*",)
READS_JSONL = ("index/loaders/corpus.py",)
DECIDES_FIGURES = ("index", "assistant", "prompts")


def makes_index(corpus: Path) -> tuple[str, ...]:
    """The code that decides how the index of this corpus turns out."""
    return MAKES_PASSAGES + (READS_JSONL if corpus.suffix == ".jsonl" else READS_FILES)


def code_key(parts: Sequence[str], root: Path = PRODUCT) -> str:
    """A hash of the code files below ``root`` that these patterns match; a folder stands for all in it."""
    files: set[Path] = set()
    for pattern in parts:
        for path in root.glob(pattern):
            files |= {path} if path.is_file() else {*path.rglob("*.py"), *path.rglob("*.md")}
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(f"{path.relative_to(root).as_posix()}:{path.stat().st_size}:".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
