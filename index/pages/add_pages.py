"""Web pages into the index: each is fetched, read like a file in a separate process, and stored under its address.

Nothing that was fetched stays on disk: the text is in the catalog, and the original is at the address. What a server
sent for the next request (ETag, Last-Modified) is kept with the hash of the bytes that it came with, and used only
while the catalog holds the documents of these same bytes.
"""

from __future__ import annotations

import hashlib
import json
import posixpath
import re
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

from footnoted.index.adding.run import Run
from footnoted.index.errors import FetchError, LoadError
from footnoted.index.loaders.load import load_isolated
from footnoted.index.loaders.registry import Loaded
from footnoted.index.pages.fetch import Fetched, page_url
from footnoted.index.pages.sitemap import is_sitemap, pages_of
from footnoted.index.store.catalog import Catalog, FileRecord

_VALIDATORS = "fetched "  # and the address: the key of the catalog's notes on a page


def add_pages(run: Run, urls: Sequence[str], parser: str) -> None:
    """Update the index from pages, and from the pages of sitemaps; every difficulty is a line of the report.

    ``parser`` says what documents are read and cut with now; a page read with another version is read again.
    """
    for given in urls:
        try:
            url = page_url(given)
        except FetchError as error:
            run.tally.skipped[given] = str(error)
            run.tally.documents += 1
            continue
        fetched = _fetched(run, url, "", "", parser)
        if fetched is None:
            continue
        if not is_sitemap(fetched):
            _read(run, fetched, "", parser)
            continue
        listed = pages_of(fetched, run.given.fetcher, run.given.most_pages)
        if listed.notes:
            run.tally.notes[url] = listed.notes
        if not listed.urls:
            run.tally.skipped[url] = f"{url} is a sitemap that lists no page of its own host."
        run.tally.total += len(listed.urls) - 1
        for page in listed.urls:
            if part := _fetched(run, page, url, listed.host, parser):
                _read(run, part, url, parser)


def _fetched(run: Run, url: str, root: str, host: str, parser: str) -> Fetched | None:
    """The page if there is anything to read; what is unchanged, gone or unreachable is put into the report here."""
    run.tell(url)
    before = run.catalog.file(url)
    known = _validators(run.catalog, before, parser)
    try:
        fetched = run.given.fetcher.fetch(url, **known, host=host)
    except FetchError as error:
        run.failed(url, root, str(error), again=True)
        return None
    if fetched.not_modified and before is not None:
        run.unchanged(run.filed(before, before), before)
        return None
    return fetched


def _read(run: Run, fetched: Fetched, root: str, parser: str) -> None:
    """Read what was fetched, unless it is what was read before."""
    catalog, url = run.catalog, fetched.url
    before = catalog.file(url)
    digest = hashlib.sha256(fetched.data).hexdigest()
    record = run.filed(
        FileRecord(
            path=url,
            root=root or (before.root if before else ""),
            size=len(fetched.data),
            mtime_ns=_changed_at(fetched),
            sha256=digest,
            parser=parser,
            error="",
            notes=before.notes if before else (),
            recorded_ns=time.time_ns(),
        ),
        before,
    )
    known = (before.sha256, before.parser, before.error) == (digest, parser, "") if before else False
    if known:
        run.unchanged(record, before)
    else:
        try:
            loaded = _loaded(fetched, run.given.password)
        except LoadError as error:
            run.failed(url, root, f"{url} cannot be read: {error}", again=True)
            return
        notes = [note for document in loaded.documents if document.record_id is None for note in document.notes]
        notes += loaded.problems
        if fetched.final_url != url:
            notes.append(f"The address leads to {fetched.final_url}.")
        if notes:
            run.tally.notes[url] = tuple(notes)
        run.documents(url, replace(record, notes=tuple(notes)), loaded.documents)
    if fetched.etag or fetched.last_modified:
        told = {"etag": fetched.etag, "last_modified": fetched.last_modified, "sha256": digest}
        catalog.set(_VALIDATORS + url, json.dumps(told))


def _loaded(fetched: Fetched, password: str | None) -> Loaded:
    """What the loader makes of the bytes, which it gets as a file that is deleted right afterwards."""
    stem = posixpath.splitext(posixpath.basename(unquote(urlsplit(fetched.url).path)))[0]
    name = re.sub(r"[^\w.-]+", "-", stem).strip(".-")[:60] or "page"
    with tempfile.TemporaryDirectory(prefix="footnote-") as folder:
        path = Path(folder) / f"{name}{fetched.suffix}"
        path.write_bytes(fetched.data)
        return load_isolated(path, password=password, charset=fetched.charset)


def _validators(catalog: Catalog, before: FileRecord | None, parser: str) -> dict[str, str]:
    """What to send with the request: nothing, unless the catalog has the documents that it came with."""
    if before is None or before.error or before.parser != parser or not catalog.sources_of_path(before.path):
        return {}
    told = json.loads(catalog.get(_VALIDATORS + before.path) or "{}")
    if told.get("sha256") != before.sha256:
        return {}
    return {"etag": told.get("etag", ""), "last_modified": told.get("last_modified", "")}


def _changed_at(fetched: Fetched) -> int:
    """When the page last changed, as its server says, in nanoseconds; now, when it does not say."""
    try:
        return int(parsedate_to_datetime(fetched.last_modified).timestamp() * 1e9)
    except (ValueError, TypeError, OverflowError):
        return time.time_ns()
