"""What a route of the page answers with."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Reply:
    """What a route answers: a body (text, or a file's path), its media type, a status, and further headers."""

    body: str | Path
    media_type: str = "text/html; charset=utf-8"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


def as_json(value: object) -> Reply:
    """A reply for the page's script."""
    return Reply(json.dumps(value), "application/json")


def as_text(text: str, status: int = 200) -> Reply:
    """A sentence as it is, for example what went wrong."""
    return Reply(text, "text/plain; charset=utf-8", status)
