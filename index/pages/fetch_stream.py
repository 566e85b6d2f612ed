"""A connection with a limit on time, and the body of a page with a limit on its size."""

from __future__ import annotations

import http.client
import io
import socket
import threading
import time
import zlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from footnoted.index.errors import FetchError

_PIECE = 1 << 16


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """``bytes`` of a page, also unpacked; ``seconds`` for all of it, and for one answer of the server."""

    bytes: int = 50_000_000
    seconds: float = 60.0
    read_seconds: float = 15.0
    redirects: int = 5


class Clock:
    """How much time is left for a page."""

    def __init__(self, limits: FetchLimits) -> None:
        self._end, self._read = time.monotonic() + limits.seconds, limits.read_seconds

    def left(self) -> float:
        """Seconds that the next step may take; raises ``TimeoutError`` when there are none."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return min(left, self._read)


class Stream:
    """A socket as ``http.client`` uses one, which waits for no single byte beyond the end of the time."""

    def __init__(self, opened: socket.socket, clock: Clock) -> None:
        self._socket, self._clock = opened, clock

    def __enter__(self) -> Stream:
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._socket.close()

    def sendall(self, data: bytes) -> None:
        self._socket.settimeout(self._clock.left())
        self._socket.sendall(data)

    def makefile(self, mode: str) -> io.BufferedReader:
        """What the answer is read from, as long as the ``with`` block lasts."""
        return io.BufferedReader(_Reader(self._socket, self._clock))

    def close(self) -> None:
        """Nothing: ``http.client`` closes when the server announces that it will, with the body still to be read."""


class _Reader(io.RawIOBase):
    def __init__(self, opened: socket.socket, clock: Clock) -> None:
        self._socket, self._clock = opened, clock

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        self._socket.settimeout(self._clock.left())
        return self._socket.recv_into(buffer)


def in_time(ask: Callable[[], list[str]], clock: Clock, url: str, host: str) -> list[str]:
    """The answer of the system's resolver, which has no time limit, from a separate thread."""
    result: list[list[str] | OSError | UnicodeError] = []

    def run() -> None:
        try:
            result.append(ask())
        except (OSError, UnicodeError) as error:
            result.append(error)

    thread = threading.Thread(target=run, name="footnote-resolve", daemon=True)
    thread.start()
    thread.join(clock.left())
    if not result:
        raise FetchError(f"{url} cannot be reached: looking up {host} takes too long.")
    if isinstance(result[0], list) and result[0]:
        return result[0]
    raise FetchError(f"{url} cannot be reached: there is no host {host}, or this machine is offline.")


def body_of(url: str, response: http.client.HTTPResponse, most: int) -> bytes:
    """The body, unpacked, as long as neither form of it is larger than ``most`` bytes."""
    too_large = FetchError(f"{url} is larger than {most / 1_000_000:g} MB, so it was not fetched.")
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower() or "identity"
    if encoding not in ("identity", "gzip", "x-gzip", "deflate"):
        raise FetchError(f"{url} cannot be read: it is compressed in an unknown way ({encoding[:40]}).")
    if (response.length or 0) > most:
        raise too_large
    unpacker = None if encoding == "identity" else _Unpacker(most)
    received, body = 0, bytearray()
    while piece := response.read(_PIECE):
        received += len(piece)
        body += unpacker.unpack(piece) if unpacker else piece
        if received > most or len(body) > most:
            raise too_large
    if response.length or (unpacker and not unpacker.complete):
        raise FetchError(f"{url} cannot be fetched: the connection ended in the middle of the page.")
    return bytes(body)


class _Unpacker:
    """gzip or deflate, a piece at a time and never much more than ``most`` bytes in all."""

    def __init__(self, most: int) -> None:
        self._most, self._size = most, 0
        self._inner = zlib.decompressobj(zlib.MAX_WBITS | 32)  # recognises gzip and zlib by itself
        self._first = True

    @property
    def complete(self) -> bool:
        return self._inner.eof

    def unpack(self, piece: bytes) -> bytes:
        try:
            result = self._inner.decompress(piece, self._most + 1 - self._size)
        except zlib.error as error:
            if not self._first:
                raise http.client.HTTPException("damaged") from error
            self._inner = zlib.decompressobj(-zlib.MAX_WBITS)  # "deflate" without its header, as some servers send it
            try:
                result = self._inner.decompress(piece, self._most + 1 - self._size)
            except zlib.error:
                raise http.client.HTTPException("damaged") from error
        self._first = False
        self._size += len(result)
        return result
