"""Whether a question asks for what a document says of itself at its head: its author, its date, its version."""

from __future__ import annotations

import re

from footnoted.index.store.keywords import content_words, stem

_AUTHOR = (
    r"\bwho (?:wrote|made|created|authored|published|maintains)\b|\bauthors?\b|\bby whom\b|\b(?:written|published) by\b"
)
_DATE = r"\bwhen (?:was|were|did) .{1,80}\b(?:written|published|created|made|posted|appear)\b|\bdate\b|\bpublished\b"
_UPDATED = r"\b(?:updated|changed|modified|revised)\b|\bhow (?:old|recent|current)\b"
_TAGS = r"\b(?:tags?|topics?|keywords?|categor(?:y|ies))\b"
_ASKED = {
    name: re.compile(pattern, re.IGNORECASE)
    for pattern, names in (
        (_AUTHOR, "author authors creator by maintainer owner"),
        (f"{_DATE}|{_UPDATED}", "date published pubdate publishdate created"),
        (_UPDATED, "updated lastmod modified last_modified"),
        (_TAGS, "tags tag keywords categories category"),
    )
    for name in names.split()
}
# What a model reads in place of a bare name.
_READ_AS = {
    "author": "written by", "authors": "written by", "creator": "written by", "by": "written by",
    "date": "published on", "published": "published on", "pubdate": "published on", "publishdate": "published on",
    "created": "written on", "lastmod": "last updated on", "updated": "last updated on", "modified": "last updated on",
}  # fmt: skip


def read_as(title: str, name: str, field: str) -> str:
    """A field of a document's head as a sentence would say it, for a model to read."""
    value = re.sub(r"^[\w.-]+[ \t]*[:=][ \t]*", "", field)
    return f"{title}: {_READ_AS.get(name.lower(), name)} {value}"


def asks_for(question: str, name: str) -> bool:
    """Whether a question asks for the field ``name`` of a document's head, by its name or by another word for it."""
    known = _ASKED.get(name.lower())
    if known is not None and known.search(question):
        return True
    own = {stem(word) for word in content_words(re.sub(r"[._-]", " ", name))}
    return bool(own) and own <= {stem(word) for word in content_words(question)}
