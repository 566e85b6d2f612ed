"""Routes for reading: a footnote's source with its words highlighted, a document, what is found in it, its original."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from footnoted.assistant.web import panels_html
from footnoted.assistant.web.conversations.conversations import ConversationNotFound
from footnoted.assistant.web.html import number
from footnoted.assistant.web.replies import Reply
from footnoted.index.errors import SourceNotFound
from footnoted.index.types import section_at

if TYPE_CHECKING:
    from footnoted.assistant.web.service import Service

# Shown as plain text, never as what they are: an HTML file must not run in the chat's own origin.
AS_TEXT = {".txt", ".md", ".rst", ".csv", ".tsv", ".json", ".jsonl", ".xml", ".html", ".htm", ".eml", ".py", ".log"}
MOST_FOUND = 60


def get_source(
    service: Service, user: str, turn: str = "0", note: str = "", passage: str = "", around: str = ""
) -> Reply:
    """A footnote's (or a retrieved passage's) document with the words highlighted."""
    owned = service.conversations.turn(user, number(turn))
    answer = service.live.get(number(turn)) or owned.answer
    passages = {item["id"]: item for item in answer.get("passages", ())}
    if note:
        found = [item for item in answer.get("citations", ()) if str(item["number"]) == note]
    else:
        found = [item for place, item in enumerate(answer.get("passages", ())) if str(place) == passage]
    if not found:
        raise ConversationNotFound("There is no such footnote.")
    item = found[0]
    why = passages.get(item["passage_id"], {}).get("why") if note else item.get("why")
    again = {"action": "source", "turn": turn} | ({"note": note} if note else {"passage": passage})
    shown = panels_html.Shown(item, item["quote"] if note else item["text"], why, item.get("support"), again)
    return _source(service, user, shown, around)


def get_read(
    service: Service, user: str, key: str = "", start: str = "", end: str = "", search: str = "", around: str = ""
) -> Reply:
    """A document from its beginning, or with ``text[start:end]`` highlighted."""
    info = service.document(user, key)
    stored = service.index.stored(info.source)
    first = min(number(start), len(stored.text))
    last = max(first, min(number(end), len(stored.text)))
    part = section_at(stored.sections, first)
    item = info.to_dict() | {
        "start": first, "end": last, "location": part.label if part and last else "",
        "page": part.number if part and last else None,
    }  # fmt: skip
    again = {"action": "read", "key": key, "start": str(first), "end": str(last)}
    return _source(service, user, panels_html.Shown(item, stored.text[first:last], again=again, search=search), around)


def _source(service: Service, user: str, shown: panels_html.Shown, around: str) -> Reply:
    item, stored, original = shown.item, None, None
    try:
        if not any(info.source == item["source"] for info in service.documents(user)):
            raise SourceNotFound("This document is no longer in the index.")
        stored = service.index.stored(item["source"])
        if path := service.index.original_of(item["source"]):
            page = f"#page={int(item['page'])}" if item.get("page") and path.suffix.lower() == ".pdf" else ""
            original = f"./chat/original?key={panels_html.document_key(item['source'])}{page}"
    except SourceNotFound:
        pass
    wide = min(max(number(around, panels_html.AROUND), panels_html.AROUND), panels_html.WIDEST)
    return Reply(panels_html.source_html(shown, stored, original=original, around=wide))


def get_find(service: Service, user: str, key: str = "", search: str = "") -> Reply:
    """Where words are found in a document, in their order and regardless of case and line breaks."""
    info = service.document(user, key)
    stored = service.index.stored(info.source)
    words = [re.escape(word) for word in search.split()[:20]]
    if not words:
        return Reply("")
    places = []
    for found in re.finditer(r"\s+".join(words), stored.text, re.IGNORECASE):
        part = section_at(stored.sections, found.start())
        places.append((found.start(), found.end(), part.label if part else ""))
        if len(places) > MOST_FOUND:
            break
    return Reply(panels_html.found_html(key, stored.text, places[:MOST_FOUND], more=len(places) > MOST_FOUND))


def get_original(service: Service, user: str, key: str = "") -> Reply:
    """The original file of an indexed document: a PDF is shown, text is text, all else is downloaded."""
    info = service.document(user, key)
    path = service.index.original_of(info.source)
    if path is None:
        raise SourceNotFound("The original file is no longer where it was.")
    return original(path)


def original(path: Path) -> Reply:
    """A file as it may be sent to a browser: nothing in it can run here."""
    suffix = path.suffix.lower()
    safe = re.sub(r"[^A-Za-z0-9._-]", "_", path.name)[:100]
    locked: Mapping[str, str] = {
        "content-security-policy": "default-src 'none'; sandbox", "cache-control": "private, no-store",
    }  # fmt: skip
    if suffix == ".pdf":  # Chromium's viewer does not start in a sandbox; a PDF has no scripts of this origin
        shown = {
            "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'",
            "content-disposition": f'inline; filename="{safe}"',
        }
        return Reply(path, "application/pdf", headers={**locked, **shown})
    if suffix in AS_TEXT:
        return Reply(path, "text/plain; charset=utf-8", headers=locked)
    attached = {"content-disposition": f'attachment; filename="{safe}"'}
    return Reply(path, "application/octet-stream", headers={**locked, **attached})
