"""The pages that a sitemap lists: of its own host only, and no more than a limit."""

from __future__ import annotations

import posixpath
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

from footnoted.index.errors import FetchError
from footnoted.index.loaders.archive import parse_xml
from footnoted.index.pages.fetch import Fetched, Fetcher, page_url

MOST_PAGES = 500
_MOST_SITEMAPS = 50
_DEEPEST = 2


@dataclass(frozen=True, slots=True)
class Pages:
    """What a sitemap gave: addresses in its order, the host (with its port) to stay on, and notes for the report."""

    urls: tuple[str, ...]
    host: str
    notes: tuple[str, ...]


def is_sitemap(fetched: Fetched) -> bool:
    """Whether a page that was fetched is a sitemap, or a list of sitemaps."""
    return fetched.suffix == ".xml" and _root(fetched) is not None


def pages_of(fetched: Fetched, fetcher: Fetcher, most: int = MOST_PAGES) -> Pages:
    """The pages of a sitemap, and of those that it lists, without duplicates.

    A part that cannot be fetched is a note; raises ``FetchError`` only if ``fetched`` is not a sitemap.
    """
    host = urlsplit(fetched.final_url).netloc
    waiting: list[tuple[str, Fetched | None, int]] = [(fetched.final_url, fetched, 0)]
    found: dict[str, None] = {}
    notes: list[str] = []
    elsewhere = sitemaps = 0
    while waiting and len(found) <= most:
        url, known, depth = waiting.pop(0)
        sitemaps += 1
        try:
            root = _root(known or fetcher.fetch(url, host=host))
        except FetchError as error:
            notes.append(str(error))
            continue
        if root is None:
            notes.append(f"{url} is not a sitemap.")
            continue
        for location in _locations(root, url):
            if len(found) > most:
                break
            if location is None or urlsplit(location).netloc != host:
                elsewhere += 1
            elif _name(root) == "urlset":
                found.setdefault(location)
            elif depth < _DEEPEST and sitemaps + len(waiting) < _MOST_SITEMAPS:
                waiting.append((location, None, depth + 1))
            else:
                notes.append(f"{location} is left out: there are too many sitemaps.")
    if len(found) > most:
        notes.append(f"The sitemap lists more than {most} pages; the first {most} were read.")
    if elsewhere:
        notes.append(f"{elsewhere} addresses of the sitemap lead to another host or are not valid, and were left out.")
    return Pages(tuple(found)[:most], host, tuple(notes[:20]))


def _locations(root: Any, base: str) -> Iterator[str | None]:
    """The addresses of a sitemap; ``None`` for anything else."""
    for entry in root.iterchildren("{*}url", "{*}sitemap"):
        for location in entry.iterchildren("{*}loc"):
            try:
                yield page_url(urljoin(base, (location.text or "").strip()))
            except FetchError:
                yield None


def _root(fetched: Fetched) -> Any | None:
    """The root element of a sitemap, or ``None`` for anything else."""
    data = fetched.data
    if data[:2] == b"\x1f\x8b" and posixpath.splitext(urlsplit(fetched.final_url).path)[1] == ".gz":
        unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16)
        try:
            data = unpacker.decompress(data, 50_000_000)  # what the sitemap protocol allows
        except zlib.error:
            return None
    root = parse_xml(data) if b"<urlset" in data[:20_000] or b"<sitemapindex" in data[:20_000] else None
    return root if root is not None and _name(root) in ("urlset", "sitemapindex") else None


def _name(root: Any) -> str:
    return root.tag.rpartition("}")[2] if isinstance(root.tag, str) else ""
