"""One web page, fetched within limits and never from an address that is not public.

The standard library's ``http.client`` speaks HTTP over a socket that is opened here: the name is resolved once, every
address of the answer is checked, and the connection goes to an address that was checked. Libraries one level up resolve
again when they connect, follow redirects and obey proxy variables by themselves, and time out between two bytes only.
"""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import SplitResult, quote, urljoin, urlsplit, urlunsplit

from footnoted.index.errors import FetchError
from footnoted.index.pages.content_types import suffix_for
from footnoted.index.pages.fetch_stream import Clock, FetchLimits, Stream, body_of, in_time
from footnoted.index.pages.page_url import PATH_SAFE, is_url, page_url
from footnoted.index.pages.public_addresses import Allowed, is_public

__all__ = ["Fetched", "Fetcher", "FetchLimits", "Resolve", "is_url", "page_url", "resolve"]

Resolve = Callable[[str, int], Sequence[str]]
"""(host, port) -> the addresses it is at."""

USER_AGENT = "Footnote/0.2 (reads single pages for a person)"
_ACCEPT = "text/html,application/xhtml+xml,application/pdf,text/plain;q=0.9,*/*;q=0.5"
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True)
class Fetched:
    """A page: its bytes, the suffix of the loader for them, and what to send with the next request.

    ``url`` is the address that was asked for, ``final_url`` the one that answered. ``not_modified``: it is still what
    ``etag`` or ``last_modified`` came with, and ``data`` is empty.
    """

    url: str
    final_url: str
    data: bytes = b""
    suffix: str = ""
    charset: str | None = None
    etag: str = ""
    last_modified: str = ""
    not_modified: bool = False


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host, from the system's resolver; raises ``OSError``.

    A number in any of its spellings (``127.1``, ``0x7f000001``) is an address itself, and is not looked up.
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
        """One page, after at most as many redirects as the limits allow.

        Args:
            etag, last_modified: of the version that is known; if it is still the current one, no body is fetched.
            host: stay on this host and port (``example.org:8080``), also when redirected.

        Raises:
            FetchError: with one sentence that names the page and says why it could not, or may not, be fetched.
        """
        first = here = page_url(url)
        clock = Clock(self.limits)
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
                raise FetchError(f"{first} cannot be fetched: it redirects in a loop.")
            if len(visited) > self.limits.redirects:
                raise FetchError(f"{first} cannot be fetched: it redirects more than {self.limits.redirects} times.")
            here = there

    def _asked(self, first: str, parts: SplitResult, clock: Clock, etag: str, last_modified: str) -> Fetched | str:
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

    def _connected(self, first: str, parts: SplitResult, clock: Clock) -> Stream:
        """A connection to an address of the host that is allowed."""
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
        return Stream(opened, clock)

    def _addresses(self, first: str, host: str, port: int, clock: Clock) -> list[str]:
        """The addresses of a host, if every one of them is allowed."""
        addresses = in_time(lambda: list(self.resolve(host, port)), clock, first, host)
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
            return quote(there.encode("latin-1", "replace"), safe=PATH_SAFE + "?#[]")
        if status == 304 and conditional:
            return Fetched(first, here, not_modified=True)
        if status not in (200, 203):
            raise FetchError(f"{first} {_refusal(status)}.")
        suffix, charset = suffix_for(here, headers)
        return Fetched(
            first,
            here,
            body_of(first, response, self.limits.bytes),
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
        return f"cannot be fetched now: the server asks to try again later ({status})"
    return f"cannot be fetched: the server answers {status}"
