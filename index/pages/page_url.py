"""The address of a web page in one usual spelling, so that a page is one document however its address was typed."""

from __future__ import annotations

import re
import socket
from urllib.parse import quote, urlsplit, urlunsplit

from footnoted.index.errors import FetchError

_UNPRINTABLE = re.compile(r"[\x00-\x20\x7f\\]")
_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)*\.?")
PATH_SAFE = "/%:@!$&'()*+,;=~-._"


def is_url(text: object) -> bool:
    """Whether a path that was given is an address (of any scheme) rather than a file."""
    return isinstance(text, str) and re.match(r"\s*[A-Za-z][A-Za-z0-9+.-]*://", text) is not None


def page_url(text: str) -> str:
    """An address in its one usual spelling, without its fragment.

    Raises:
        FetchError: it is not an http or https address, or contains a user name.
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
        raise FetchError(f"{text} cannot be fetched: only http:// and https:// addresses can be.")
    if "@" in parts.netloc:
        raise FetchError(
            f"{text.partition(':')[0]}://…@{parts.hostname} cannot be fetched: "
            "an address with a user name is not allowed."
        )
    if parts.netloc[:1] == "[":
        host = f"[{_literal(parts.hostname or '', text)}]"
    elif not _HOST.fullmatch(host) or port == 0:
        raise FetchError(f"{text!r} is not a web address.")
    usual = {"http": 80, "https": 443}[parts.scheme]
    place = host if port in (None, usual) else f"{host}:{port}"
    path = quote(parts.path or "/", safe=PATH_SAFE)
    return urlunsplit((parts.scheme, place, path, quote(parts.query, safe=PATH_SAFE + "?[]"), ""))


def _literal(host: str, text: str) -> str:
    """An IPv6 address in its usual spelling; one with a zone is valid on this machine only, and not a web address."""
    try:
        return socket.inet_ntop(socket.AF_INET6, socket.inet_pton(socket.AF_INET6, host))
    except (OSError, ValueError) as error:
        raise FetchError(f"{text!r} is not a web address.") from error
