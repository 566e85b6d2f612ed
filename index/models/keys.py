"""Addresses and keys of servers that the index uses. Keys come from the environment, and are never stored or shown.

They are read here and not in the assistant's settings, because ``open_index()`` has to work without those.
"""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from footnoted.index.errors import HomeUnusable


def key_of(variable: str) -> str:
    """The key in an environment variable, or in the file that ``<variable>_FILE`` names; empty when there is none.

    Raises HomeUnusable for a file that cannot be read.
    """
    path = os.environ.get(f"{variable}_FILE")
    if not path:
        return os.environ.get(variable, "").strip()
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise HomeUnusable(f"The file {path} of {variable}_FILE cannot be read ({error}).") from None


def key_for(url: str, variable: str, named_by: str) -> str:
    """The key in a variable, if another variable names the server at ``url``; else empty.

    An address that only a data folder names gets no key: the folder may be somebody else's.
    """
    return key_of(variable) if same_server(os.environ.get(named_by, ""), url) else ""


def server_address(url: str) -> SplitResult | None:
    """The parts of an http address that names a server and holds no key; ``None`` for anything else."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        return None
    return parts if usable and not (parts.username or parts.query or parts.fragment) else None


def same_server(one: str, other: str) -> bool:
    """Whether two addresses belong to one server, so that what is meant for one may be sent to the other."""
    parts, others = server_address(one), server_address(other)
    return parts is not None and others is not None and origin(parts) == origin(others)


def origin(parts: SplitResult) -> tuple[str, str, int]:
    """Scheme, host and port."""
    return parts.scheme, parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)


def shown(url: str, instead: str) -> str:
    """A wrong address, as a message shows it; ``instead`` when it may contain a key."""
    return instead if "@" in url or "?" in url else repr(url)
