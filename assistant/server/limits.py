"""Limits: requests a minute, wrong passwords, waiting questions, the size of a request and the time it may take."""

from __future__ import annotations

import asyncio
import ipaddress
import math
import time
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from footnoted.assistant.errors import Busy, TooMuch

MOST_KEYS = 10_000  # callers remembered at once: an attacker's made-up names must not fill the memory
SLOW_CLIENT_SECONDS = 30.0  # without a byte of the body
BODY_SECONDS = 900.0  # for all of it
SMALL_BODY = 1_000_000  # bytes of a request that uploads nothing


class Rate:
    """A bucket for each caller that fills evenly and holds a quarter of a minute's requests at most."""

    def __init__(self, a_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._each = a_minute / 60.0
        self._most = max(a_minute / 4.0, 1.0)
        self._clock = clock
        self._held: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str) -> int:
        """0 when the request may go on, else the seconds after which it may."""
        now = self._clock()
        left, since = self._held.pop(key, (self._most, now))
        left = min(self._most, left + (now - since) * self._each)
        wait = 0 if left >= 1.0 else math.ceil((1.0 - left) / self._each)
        self._held[key] = (left if wait else left - 1.0, now)
        while len(self._held) > MOST_KEYS:
            self._held.popitem(last=False)
        return wait


@dataclass(frozen=True, slots=True)
class Allowed:
    """How many mistakes cost nothing, and the longest wait in seconds after each further one."""

    mistakes: int
    longest: float = 900.0


class Attempts:
    """Tries of passwords and tokens: after some mistakes a key (a name, an address, both) has to wait, ever longer.

    A try counts as a mistake from its beginning, or as many as one likes could be made at the same time.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failed: OrderedDict[str, tuple[int, float]] = OrderedDict()

    def take(self, keys: Mapping[str, Allowed]) -> int:
        """0 when a try may be made, which is counted; else the seconds after which it may."""
        now = self._clock()
        if wait := math.ceil(max(0.0, *(self._until(key, allowed) - now for key, allowed in keys.items()))):
            return wait
        for key in keys:
            count, last = self._failed.pop(key, (0, now))
            self._failed[key] = (1 if now - last > 3600.0 else count + 1, now)
        while len(self._failed) > MOST_KEYS:
            self._failed.popitem(last=False)
        return 0

    def _until(self, key: str, allowed: Allowed) -> float:
        count, last = self._failed.get(key, (0, 0.0))
        over = count - allowed.mistakes
        return last + min(2.0 ** min(over + 1, 20), allowed.longest) if over >= 0 else -math.inf

    def succeeded(self, keys: Mapping[str, Allowed], forgotten: str) -> None:
        """It was no mistake: all of one key's are forgotten, but of what others share only this one."""
        for key in keys:
            count, last = self._failed.pop(key, (0, 0.0))
            if key != forgotten and count > 1:
                self._failed[key] = (count - 1, last)


def client_of(address: str) -> str:
    """What limits count an address as: of IPv6 the network of 64 bits, all of which one machine can have."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(parsed.ipv4_mapped or ipaddress.ip_network((parsed, 64), strict=False))
    return address


class Gate:
    """A limited number of questions at a time; the others wait in line, first come, first served."""

    def __init__(self, at_once: int, waiting: int) -> None:
        self._free, self._most = at_once, waiting
        self._at_once = at_once
        self._line: deque[asyncio.Event] = deque()

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._line)

    @property
    def running(self) -> int:
        """How many are being answered."""
        return self._at_once - self._free

    @asynccontextmanager
    async def place(self, limit: float = 600.0) -> AsyncIterator[Place]:
        """A place in line, to be waited for with :meth:`Place.come`. Raises Busy when the line is full."""
        if self._free <= 0 and len(self._line) >= self._most:
            raise Busy(f"{len(self._line)} questions are waiting already: try again in a moment.", 10)
        place = Place(self, limit)
        try:
            yield place
        finally:
            place.leave()


class Place:
    """One question's place: number 0 is being answered, 1 is next."""

    def __init__(self, gate: Gate, limit: float) -> None:
        self._gate, self._until = gate, time.monotonic() + limit
        self._turn = asyncio.Event()
        self._in = False
        if gate._free > 0 and not gate._line:
            self._enter()
        else:
            gate._line.append(self._turn)

    def _enter(self) -> None:
        self._gate._free -= 1
        self._in = True

    @property
    def number(self) -> int:
        """The place in line, counting from 1; 0 when it is our turn."""
        if self._in or self._turn.is_set():
            return 0
        return self._gate._line.index(self._turn) + 1

    async def come(self, every: float = 1.0) -> AsyncIterator[int]:
        """Yields the place each time it may have changed, until it is our turn. Raises Busy after the limit."""
        while not self._in:
            if self._turn.is_set():
                self._in = True  # the one who left has handed us the place
                return
            if time.monotonic() > self._until:
                raise Busy("The questions before yours took too long: try again later.", 30)
            yield self.number
            try:
                await asyncio.wait_for(self._turn.wait(), every)
            except TimeoutError:
                continue

    def leave(self) -> None:
        """Give the place to the next, or step out of the line."""
        if not (self._in or self._turn.is_set()):
            self._gate._line.remove(self._turn)
        elif self._gate._line:
            self._gate._line.popleft().set()
        else:
            self._gate._free += 1


def limited(receive, most: int, client_seconds: float = SLOW_CLIENT_SECONDS, body_seconds: float = BODY_SECONDS):
    """An ASGI ``receive`` that raises TooMuch for a body above ``most`` bytes, Busy for a client that is too slow."""
    read, complete, until = 0, False, time.monotonic() + body_seconds

    async def counted():
        nonlocal read, complete
        if complete:  # what comes now is the disconnection, whenever that may be
            return await receive()
        try:
            message = await asyncio.wait_for(receive(), max(0.0, min(client_seconds, until - time.monotonic())))
        except TimeoutError:
            raise Busy("The request took too long to arrive.") from None
        if message["type"] == "http.request":
            read += len(message.get("body", b""))
            complete = not message.get("more_body", False)
            if read > most:
                raise TooMuch(f"The request is larger than the {most:,} bytes allowed here.")
        return message

    return counted
