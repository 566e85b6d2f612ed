"""One web page, fetched within limits and never from an address that is not public.

The standard library's ``http.client`` speaks HTTP over a socket that is opened here: the name is resolved once, every
address of the answer is checked, and the connection goes to an address that was checked. Libraries one level up resolve
again when they connect, follow redirects and obey proxy variables by themselves, and time out between two bytes only.
"""

from __future__ import annotations

import http.client
import io
import re
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import SplitResult, quote, urljoin, urlsplit, urlunsplit

from index.addresses import Allowed, is_public
from index.content_types import suffix_for
from index.errors import FetchError

Resolve = Callable[[str, int], Sequence[str]]
"""(host, port) -> the addresses it is at."""

USER_AGENT = "Footnote/0.1 (reads single pages for a person)"
_ACCEPT = "text/html,application/xhtml+xml,application/pdf,text/plain;q=0.9,*/*;q=0.5"
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PIECE = 1 << 16
_UNPRINTABLE = re.compile(r"[\x00-\x20\x7f\\]")
_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)*\.?")
_PATH_SAFE = "/%:@!$&'()*+,;=~-._"


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """``bytes`` of a page, also unpacked; ``seconds`` for all of it, and for one answer of the server."""

    bytes: int = 50_000_000
    seconds: float = 60.0
    read_seconds: float = 15.0
    redirects: int = 5


@dataclass(frozen=True, slots=True)
class Fetched:
    """A page: its bytes, the suffix of the loader for them, and what to ask with next time.

    ``url`` is the address that was asked for, ``final_url`` the one that answered. ``not_modified``: it is still what
    ``etag`` or ``last_modified`` were told for, and ``data`` is empty.
    """

    url: str
    final_url: str
    data: bytes = b""
    suffix: str = ""
    charset: str | None = None
    etag: str = ""
    last_modified: str = ""
    not_modified: bool = False


def is_url(text: object) -> bool:
    """Whether a path that was given is an address (of any scheme) rather than a file."""
    return isinstance(text, str) and re.match(r"\s*[A-Za-z][A-Za-z0-9+.-]*://", text) is not None


def page_url(text: str) -> str:
    """An address in its one usual spelling, without its fragment.

    Raises:
        FetchError: it is no http or https address, or carries a user name.
    """
    text = text.strip()
    if _UNPRINTABLE.search(text):
        raise FetchError(f"{text!r} is not a web address: it has a space, a control character or a backslash.")
    try:
        parts = urlsplit(text)
        port = parts.port
        host = (parts.hostname or "").encode("idna").decode("ascii").lower() if parts.netloc[:1] != "[" else ""
    except (ValueError, UnicodeError) as error:
        raise FetchError(f"{text!r} is not a web address.") from error
    if parts.scheme not in ("http", "https"):
        raise FetchError(f"{text} cannot be fetched: only http:// and https:// addresses are.")
    if "@" in parts.netloc:
        raise FetchError(
            f"{text.partition(':')[0]}://…@{parts.hostname} cannot be fetched: an address with a user name is not."
        )
    if parts.netloc[:1] == "[":
        host = f"[{_literal(parts.hostname or '', text)}]"
    elif not _HOST.fullmatch(host) or port == 0:
        raise FetchError(f"{text!r} is not a web address.")
    usual = {"http": 80, "https": 443}[parts.scheme]
    place = host if port in (None, usual) else f"{host}:{port}"
    path = quote(parts.path or "/", safe=_PATH_SAFE)
    return urlunsplit((parts.scheme, place, path, quote(parts.query, safe=_PATH_SAFE + "?[]"), ""))


def _literal(host: str, text: str) -> str:
    """An IPv6 address in its usual spelling; one with a zone is of this machine alone, and no web address."""
    try:
        return socket.inet_ntop(socket.AF_INET6, socket.inet_pton(socket.AF_INET6, host))
    except (OSError, ValueError) as error:
        raise FetchError(f"{text!r} is not a web address.") from error


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host, as the system tells them; raises ``OSError``.

    A number in any of its spellings (``127.1``, ``0x7f000001``) is an address itself, and nobody is asked about it.
    """
    with suppress(OSError):
        return [socket.inet_ntoa(socket.inet_aton(host.rstrip(".")))]
    with suppress(OSError):
        return [socket.inet_ntop(socket.AF_INET6, socket.inet_pton(socket.AF_INET6, host))]
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


@dataclass(frozen=True, slots=True)
class Fetcher:
    """Fetches pages within limits; ``allowed`` are the exceptions to "public addresses only"."""

    allowed: tuple[Allowed, ...] = ()
    limits: FetchLimits = FetchLimits()
    resolve: Resolve = resolve
    tls: ssl.SSLContext | None = None

    def fetch(self, url: str, *, etag: str = "", last_modified: str = "", host: str = "") -> Fetched:
        """One page, over at most as many redirects as the limits say.

        Args:
            etag, last_modified: of the version that is known; if it is still the current one, no body is fetched.
            host: stay on this host and port (``example.org:8080``), also when redirected.

        Raises:
            FetchError: with one sentence that names the page and says why it could not, or may not, be fetched.
        """
        first = here = page_url(url)
        clock = _Clock(self.limits)
        visited = set()
        while True:
            parts = urlsplit(here)
            if host and parts.netloc != host:
                raise FetchError(f"{first} is left out: it leads to another host, {parts.netloc}.")
            visited.add(here)
            answer = self._asked(first, parts, clock, etag, last_modified)
            if isinstance(answer, Fetched):
                return answer
            there = page_url(urljoin(here, answer))
            if parts.scheme == "https" and there.startswith("http:"):
                raise FetchError(f"{first} is not fetched: it redirects from https to http.")
            if there in visited:
                raise FetchError(f"{first} cannot be fetched: it redirects in a circle.")
            if len(visited) > self.limits.redirects:
                raise FetchError(f"{first} cannot be fetched: it redirects more than {self.limits.redirects} times.")
            here = there

    def _asked(self, first: str, parts: SplitResult, clock: _Clock, etag: str, last_modified: str) -> Fetched | str:
        """One request: the page, or the address that it redirects to."""
        headers = {"User-Agent": USER_AGENT, "Accept": _ACCEPT, "Accept-Encoding": "gzip", "Connection": "close"}
        headers |= {"If-None-Match": etag} if etag else {}
        headers |= {"If-Modified-Since": last_modified} if last_modified else {}
        path = urlunsplit(("", "", parts.path, parts.query, ""))
        try:
            with self._connected(first, parts, clock) as stream:
                host = parts.hostname or ""
                connection = http.client.HTTPConnection(host, parts.port or _port(parts))
                connection.default_port = _port(parts)  # type: ignore[misc]  # so that Host is without a usual port
                connection.sock = stream  # type: ignore[assignment]
                connection.request("GET", path, headers=headers)
                response = connection.getresponse()
                return self._answer(first, urlunsplit(parts), response, bool(etag or last_modified))
        except FetchError:
            raise
        except TimeoutError as error:
            raise FetchError(f"{first} cannot be fetched: the server is too slow.") from error
        except ssl.SSLCertVerificationError as error:
            raise FetchError(
                f"{first} cannot be fetched: its certificate is not valid ({error.verify_message})."
            ) from error
        except http.client.HTTPException as error:
            raise FetchError(f"{first} cannot be fetched: the server does not answer in proper HTTP.") from error
        except OSError as error:
            raise FetchError(f"{first} cannot be fetched: the connection broke ({error.strerror or error}).") from error

    def _connected(self, first: str, parts: SplitResult, clock: _Clock) -> _Stream:
        """A connection to an address of the host that may be asked."""
        host, port = parts.hostname or "", parts.port or _port(parts)
        addresses = self._addresses(first, host, port, clock)
        problem: OSError = OSError("it has no address")
        for address in addresses:
            try:
                opened = socket.create_connection((address, port), clock.left())
                break
            except TimeoutError:
                problem = TimeoutError()
            except OSError as error:
                problem = error
        else:
            if isinstance(problem, TimeoutError):
                raise problem
            raise FetchError(f"{first} cannot be reached: {problem.strerror or problem}.")
        try:
            if parts.scheme == "https":
                opened.settimeout(clock.left())
                opened = (self.tls or ssl.create_default_context()).wrap_socket(opened, server_hostname=host)
        except BaseException:
            opened.close()
            raise
        return _Stream(opened, clock)

    def _addresses(self, first: str, host: str, port: int, clock: _Clock) -> list[str]:
        """The addresses of a host, when every one of them may be asked."""
        addresses = _in_time(lambda: list(self.resolve(host, port)), clock, first, host)
        for address in addresses:
            if not is_public(address) and not any(entry.covers(host, address, port) for entry in self.allowed):
                at = "" if address == host else f"{host} is at {address}, and "
                raise FetchError(
                    f"{first} is not fetched: {at}{address} is not a public address; FOOTNOTE_FETCH_ALLOW can allow it."
                )
        return addresses

    def _answer(self, first: str, here: str, response: http.client.HTTPResponse, conditional: bool) -> Fetched | str:
        status, headers = response.status, response.headers
        if status in _REDIRECTS and (there := headers.get("Location")):
            return quote(there.encode("latin-1", "replace"), safe=_PATH_SAFE + "?#[]")
        if status == 304 and conditional:
            return Fetched(first, here, not_modified=True)
        if status not in (200, 203):
            raise FetchError(f"{first} {_refusal(status)}.")
        suffix, charset = suffix_for(here, headers)
        return Fetched(
            first,
            here,
            _body(first, response, self.limits.bytes),
            suffix,
            charset,
            headers.get("ETag", "")[:500],
            headers.get("Last-Modified", "")[:100],
        )


def _port(parts: SplitResult) -> int:
    return 443 if parts.scheme == "https" else 80


def _refusal(status: int) -> str:
    if status in (404, 410):
        return f"is gone (the server answers {status})"
    if status in (401, 402, 403, 407, 451):
        return f"is not open to everyone (the server answers {status})"
    if status in (429, 503):
        return f"cannot be fetched now: the server asks to come back later ({status})"
    return f"cannot be fetched: the server answers {status}"


def _body(url: str, response: http.client.HTTPResponse, most: int) -> bytes:
    """The body, unpacked, as long as neither form of it is larger than ``most`` bytes."""
    too_large = FetchError(f"{url} is larger than {most / 1_000_000:g} MB, so it was not fetched.")
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower() or "identity"
    if encoding not in ("identity", "gzip", "x-gzip", "deflate"):
        raise FetchError(f"{url} cannot be read: it is packed in an unknown way ({encoding[:40]}).")
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
        self._inner = zlib.decompressobj(zlib.MAX_WBITS | 32)  # tells gzip and zlib apart by itself
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


class _Clock:
    """How much time is left for a page."""

    def __init__(self, limits: FetchLimits) -> None:
        self._end, self._read = time.monotonic() + limits.seconds, limits.read_seconds

    def left(self) -> float:
        """Seconds that the next step may take; raises ``TimeoutError`` when there are none."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return min(left, self._read)


class _Stream:
    """A socket as ``http.client`` uses one, on which no single byte can be waited for beyond the end of the time."""

    def __init__(self, opened: socket.socket, clock: _Clock) -> None:
        self._socket, self._clock = opened, clock

    def __enter__(self) -> _Stream:
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
    def __init__(self, opened: socket.socket, clock: _Clock) -> None:
        self._socket, self._clock = opened, clock

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        self._socket.settimeout(self._clock.left())
        return self._socket.recv_into(buffer)


def _in_time(ask: Callable[[], list[str]], clock: _Clock, url: str, host: str) -> list[str]:
    """The answer of the system's resolver, which knows no limit of time, in a thread of its own."""
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
