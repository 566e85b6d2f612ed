"""Clients that are too slow are cut off by the server itself, without a proxy: those that send, those that read.

The body of a request has limits of its own: see :func:`footnoted.assistant.server.limits.limited`.
"""

from __future__ import annotations

import asyncio
from typing import Any

HEADER_SECONDS = 30.0  # from the connection, or from the first byte of its next request, to the end of the headers
READ_SECONDS = 60.0  # in which a reader that has stopped has to take something of what waits for it


class TimeLimits:
    """For one of uvicorn's protocols to inherit before its own: two time limits, after which a connection is closed.

    >>> class Timed(TimeLimits, SomeProtocolOfUvicorn): ...  # doctest: +SKIP
    """

    cycle: Any
    transport: asyncio.Transport
    header_seconds, read_seconds = HEADER_SECONDS, READ_SECONDS
    _waiting: asyncio.TimerHandle | None = None  # for headers
    _stopped: asyncio.TimerHandle | None = None  # until the reader goes on

    def connection_made(self, transport: asyncio.Transport) -> None:
        """A client connects: its first request has to come."""
        super().connection_made(transport)  # type: ignore[misc]
        self._wait()

    def data_received(self, data: bytes) -> None:
        """A part of a request has come, perhaps the end of its headers."""
        super().data_received(data)  # type: ignore[misc]
        if self.cycle is not None and not self.cycle.response_complete:
            self._end_waiting()
        elif self._waiting is None:
            self._wait()

    def on_response_complete(self) -> None:
        """From here on uvicorn's own limit for idle connections counts, until a next request begins."""
        self._end_waiting()
        super().on_response_complete()  # type: ignore[misc]

    def pause_writing(self) -> None:
        """The client does not read what waits for it."""
        super().pause_writing()  # type: ignore[misc]
        if self._stopped is None:
            self._stopped = asyncio.get_running_loop().call_later(self.read_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        """It reads again."""
        super().resume_writing()  # type: ignore[misc]
        self._end_stopped()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is closed."""
        self._end_waiting()
        self._end_stopped()
        super().connection_lost(exc)  # type: ignore[misc]

    def _wait(self) -> None:
        self._waiting = asyncio.get_running_loop().call_later(self.header_seconds, self.transport.abort)

    def _end_waiting(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _end_stopped(self) -> None:
        if self._stopped is not None:
            self._stopped.cancel()
            self._stopped = None
