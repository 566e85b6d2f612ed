"""What is known of one request: who sent it, from where, and what goes into its log line and its span."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fastapi import Request

    from footnoted.assistant.server.accounts.callers import Caller


@dataclass(slots=True)
class Visit:
    """One request, kept in ``scope["footnote"]`` for the routes; ``log`` goes into its log line."""

    caller: Caller
    request_id: str
    address: str
    secure: bool
    log: dict[str, object] = field(default_factory=dict)


def visit_of(request: Request) -> Visit:
    """What :mod:`footnoted.assistant.server.front` found out about a request."""
    return request.scope["footnote"]
