"""What kind of file a web page is: its content type, and where that says little the end of its address, as a suffix."""

from __future__ import annotations

import posixpath
from email.message import Message
from urllib.parse import unquote, urlsplit

from footnoted.index.errors import FetchError
from footnoted.index.loaders.registry import SUFFIXES, TEXTUAL

_OFFICE = "application/vnd.openxmlformats-officedocument."
_OPEN = "application/vnd.oasis.opendocument."
_SUFFIX_OF = {
    "text/html": ".html",
    "application/xhtml+xml": ".xhtml",
    "text/markdown": ".md",
    "text/x-markdown": ".md",
    "text/x-rst": ".rst",
    "text/csv": ".csv",
    "text/tab-separated-values": ".tsv",
    "application/pdf": ".pdf",
    "application/x-pdf": ".pdf",
    f"{_OFFICE}wordprocessingml.document": ".docx",
    f"{_OFFICE}presentationml.presentation": ".pptx",
    f"{_OFFICE}spreadsheetml.sheet": ".xlsx",
    "application/msword": ".doc",
    "application/vnd.ms-excel": ".xls",
    "application/vnd.ms-powerpoint": ".ppt",
    "application/rtf": ".rtf",
    "text/rtf": ".rtf",
    f"{_OPEN}text": ".odt",
    f"{_OPEN}presentation": ".odp",
    f"{_OPEN}spreadsheet": ".ods",
    "application/epub+zip": ".epub",
    "message/rfc822": ".eml",
    "application/json": ".json",
    "application/x-ndjson": ".jsonl",
    "application/jsonl": ".jsonl",
    "text/xml": ".xml",
    "application/xml": ".xml",
    "application/rss+xml": ".xml",
    "application/atom+xml": ".xml",
    "application/yaml": ".yaml",
    "application/toml": ".toml",
    "application/javascript": ".js",
}
# Types that servers give to whatever they do not know.
_SAYS_NOTHING = frozenset(
    """
    application/octet-stream binary/octet-stream application/zip application/x-zip-compressed application/download
    application/x-download application/force-download application/gzip application/x-gzip application/unknown
    """.split()  # noqa: SIM905
)


def suffix_for(url: str, headers: Message) -> tuple[str, str | None]:
    """The suffix of the loader for an answer with these headers, and the character set that they declare.

    Raises:
        FetchError: nothing here can read it, so its body need not be fetched.
    """
    given = headers.get("Content-Type") is not None
    kind = headers.get_content_type() if given else ""
    charset = headers.get_content_charset() if given else None
    named = _named(url, headers)
    if kind in _SUFFIX_OF:
        return _SUFFIX_OF[kind], charset
    if kind.startswith("text/"):  # plain text, and source code under many names
        return (named if SUFFIXES.get(named) in TEXTUAL else ".txt"), charset
    if not kind or kind in _SAYS_NOTHING:
        if named:
            return named, charset
        raise FetchError(f"{url} cannot be read: the server does not say what kind of file it is.")
    if named and kind.startswith(("application/", "image/")):
        return named, charset
    raise FetchError(f"{url} cannot be read: there is no loader for the type {kind}.")


def _named(url: str, headers: Message) -> str:
    """The suffix of the name that the server or the address gives the file, if a loader knows it, else ""."""
    path = unquote(urlsplit(url).path)
    if path.lower().endswith(".xml.gz"):  # a packed sitemap
        return ".xml"
    for name in (headers.get_filename() or "", posixpath.basename(path)):
        suffix = posixpath.splitext(name)[1].lower()
        if suffix in SUFFIXES:
            return suffix
    return ""
