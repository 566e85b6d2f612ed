"""What is known of one request: who sent it, from where, and what goes into its log line and its span."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fastapi import Request

    from footnoted.assistant.server.accounts.callers import Caller


@dataclass(slots=True)
class Visit:
    """One request, kept in ``scope["footnote"]`` for the routes; ``log`` goes into its log line.

    ``gone`` waits for the client to leave.
    """

    caller: Caller
    request_id: str
    address: str
    secure: bool
    log: dict[str, object] = field(default_factory=dict)
    gone: Callable[[], Awaitable[None]] | None = None

    async def until_gone(self) -> None:
        """Returns when the client has closed its connection; call it once the body was read."""
        if self.gone is None:
            await asyncio.Event().wait()
        else:
            await self.gone()


def visit_of(request: Request) -> Visit:
    """What :mod:`footnoted.assistant.server.front` found out about a request."""
    return request.scope["footnote"]
