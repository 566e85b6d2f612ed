"""What a page says about itself: author, date, description, keywords, from its ``meta`` elements and its JSON-LD."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from footnoted.index.loaders.text import one_line

_NAMES = {
    "date": (
        "article:modified_time", "og:updated_time", "last-modified", "dcterms.modified", "datemodified",
        "article:published_time", "dcterms.date", "dc.date", "date", "datepublished",
    ),
    "author": ("author", "article:author", "dc.creator", "dcterms.creator", "citation_author", "parsely-author"),
    "description": ("description", "og:description", "dc.description", "twitter:description"),
    "keywords": ("keywords", "news_keywords", "dc.subject"),
}  # fmt: skip
_DATE = re.compile(r"(?:19|20)\d\d-\d\d-\d\d")
_ARTICLES = re.compile(r"Article|Posting|WebPage|Report|Book|Recipe|Product|Event|Dataset|CreativeWork|HowTo|Review")
_LONGEST = 500
_MOST = 1000


def page_metadata(tree: Any) -> dict[str, str]:
    """Author, date (of the last change, else of publication), description and keywords, each only if it is told."""
    told: dict[str, list[str]] = {}
    for meta in tree.iter("meta"):
        name = (meta.get("property") or meta.get("name") or meta.get("itemprop") or "").lower()
        if value := one_line(meta.get("content") or ""):
            told.setdefault(name, []).append(value)
    for name, value in _linked_data(tree):
        told.setdefault(name, []).append(value)
    found: dict[str, str] = {}
    for field, names in _NAMES.items():
        values = [value for name in names for value in told.get(name, ()) if _fits(field, value)]
        if values and field == "author":
            first = next(name for name in names if any(_fits(field, value) for value in told.get(name, ())))
            found[field] = "; ".join(dict.fromkeys(filter(lambda value: _fits("author", value), told[first])))
        elif values:
            found[field] = values[0][:10] if field == "date" else values[0]
        found.update({field: found[field][:_LONGEST].rstrip()} if field in found else {})
    return found


def _fits(field: str, value: str) -> bool:
    """A date has the form of one, and an author is no address of a profile."""
    if field == "date":
        return bool(_DATE.match(value))
    return field != "author" or "://" not in value


def _linked_data(tree: Any) -> Iterator[tuple[str, str]]:
    """Fields of the articles that the page's JSON-LD describes, under the names of ``meta`` elements."""
    for script in tree.iter("script"):
        if (script.get("type") or "").strip().lower() != "application/ld+json":
            continue
        try:
            # An edge: a page may nest its data as deep as it likes.
            data = json.loads(script.text or "", strict=False)
        except (ValueError, RecursionError):
            continue
        for part in _objects(data):
            if _ARTICLES.search(str(part.get("@type") or "")):
                yield from _fields(part)


def _objects(data: Any) -> Iterator[dict[str, Any]]:
    """The objects of a list or a graph at the top."""
    waiting = [data]
    for _ in range(_MOST):
        if not waiting:
            return
        part = waiting.pop(0)
        if isinstance(part, list):
            waiting = part + waiting
        elif isinstance(part, dict):
            yield part
            waiting.append(part.get("@graph"))


def _fields(part: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for name in ("dateModified", "datePublished", "description", "keywords"):
        value = part.get(name)
        text = ", ".join(str(one) for one in value if isinstance(one, str)) if isinstance(value, list) else value
        if isinstance(text, str) and (text := one_line(text)):
            yield name.lower(), text
    authors = part.get("author")
    for author in authors if isinstance(authors, list) else [authors]:
        told = author.get("name") if isinstance(author, dict) else author
        if isinstance(told, str) and (told := one_line(told)):
            yield "author", told
