"""What an evaluation is asked to do, whom it tells how far it is, and what it comes to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from footnoted.assistant.evaluation.metrics.gates import Gate, GateResult
from footnoted.index.types import Progress


@dataclass(frozen=True, slots=True)
class Options:
    """What ``footnote evaluate`` was asked to do; None means the default."""

    questions: Path
    corpus: Path | None = None
    limit: int | None = None
    retrieval_only: bool = False
    model: str | None = None
    output: Path | None = None
    baseline: Path | None = None
    gates: tuple[Gate, ...] = ()
    home: str | None = None
    judge: str | None = None
    ranking: Path | None = None
    prices: Path | None = None
    drafts: bool = False


@dataclass(slots=True)
class Told:
    """Where to tell how far an evaluation has come; by default nowhere."""

    corpus: Callable[[Progress], None] | None = None
    question: Callable[[int, int, dict], None] | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """A finished run: its folder, facts, records and metrics, and what the gates came to."""

    folder: Path
    run: Mapping
    records: Sequence[Mapping]
    metrics: Mapping
    gates: tuple[GateResult, ...] = field(default=())
