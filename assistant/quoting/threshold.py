"""The score below which a question is refused: the default, and the calibrated one that an index keeps.

A calibrated threshold counts only with the cross-encoder that it was made with: scores of another one mean something
else.
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from footnoted.index import Index

KEY = "refusal_threshold"  # in the catalog of the index
THRESHOLD = -3.0  # of the best sentence (docs/decisions/answering.md)


def store(index: Index, threshold: float, scorer: str) -> None:
    """Keep a threshold with the index; ``scorer`` names the cross-encoder whose scores it is on."""
    with index.home.writing("footnote calibrate"):
        index.catalog.set(KEY, json.dumps({"threshold": threshold, "scorer": scorer}))


def forget(index: Index) -> bool:
    """Drop the stored threshold; says whether there was one."""
    there = bool(index.catalog.get(KEY))
    with index.home.writing("footnote calibrate --reset"):
        index.catalog.set(KEY, "")
    return there


def stored(index: Index, scorer: str) -> float | None:
    """The threshold kept with the index, if it was made with this cross-encoder."""
    try:
        kept = json.loads(index.catalog.get(KEY) or "{}")
        value = float(kept["threshold"])
    except (ValueError, KeyError, TypeError):
        return None
    return value if kept.get("scorer") == scorer and math.isfinite(value) else None
