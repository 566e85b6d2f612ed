"""What stands beside the answers, as HTML: a source with its quote highlighted, documents, conversations."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence

from assistant.conversations import Conversation
from assistant.web.words import escaped, name
from index.types import DocumentInfo

AROUND = 3000  # characters of the document shown on either side of a quote


def document_key(source: str) -> str:
    """The id by which a page names a document: a path never stands in an address."""
    return hashlib.sha256(source.encode("utf-8", "surrogatepass")).hexdigest()[:24]


def source_html(
    item: Mapping, *, text: str | None, start: int, end: int, quote: str, why: Mapping | None = None,
    support: float | None = None, original: str | None = None, pages: int = 0,
) -> str:  # fmt: skip
    """A cited document with ``text[start:end]`` highlighted in its context.

    Args:
        item: the citation or passage, with title, document_id, page and location.
        text: the stored text, or ``None`` when the document is gone: then the quote stands alone.
        original: the address of the original file.
    """
    where = [f"<bdi>{name(item.get('document_id') or '')}</bdi>"]
    if item.get("location"):
        location = str(item["location"])
        counted = pages and item.get("page") and location.startswith("page")
        where.append(name(f"{location} of {pages}" if counted else location))
    if original:
        where.append(f'<a href="{escaped(original)}" target="_blank" rel="noopener noreferrer">open original</a>')
    note = ""
    if text is None or text[start:end] != quote:
        said = "This document is no longer in the index" if text is None else "This document has changed since"
        note = f'<p class="notice" role="note">{said}; this is what it said.</p>'
        body = f'<mark id="fn-mark" tabindex="-1">{escaped(quote)}</mark>'
    else:
        body = _in_context(text, start, end)
    title = name(item.get("title") or item.get("document_id") or "Source")
    return (
        f'<header><h2 id="fn-source-title" tabindex="-1" dir="auto">{title}</h2>'
        f'<p class="where">{" · ".join(where)}</p></header>'
        f'{note}<div class="doc" dir="auto">{body}</div>{_why(why, support)}'
    )


def _in_context(text: str, start: int, end: int) -> str:
    first = max(0, start - AROUND)
    last = min(len(text), end + AROUND)
    before, after = text[first:start], text[end:last]
    lead = "… " if first else ""
    trail = " …" if last < len(text) else ""
    return (
        f'<span class="dim">{lead}{escaped(_unwrapped(before))}</span>'
        f'<mark id="fn-mark" tabindex="-1">{escaped(_unwrapped(text[start:end]))}</mark>'
        f'<span class="dim">{escaped(_unwrapped(after))}{trail}</span>'
    )


def _unwrapped(text: str) -> str:
    """Lines that an editor broke inside a sentence, joined: the panel is narrower and breaks them anew."""
    text = re.sub(r"(?<=[^\s|])\n(?=[a-z(“\"`])", " ", text)
    return re.sub(r"(?<=[^\n|]{50}[\w,;])\n(?=[^\W_])", " ", text)  # before a capital only after a long, open line


def _why(why: Mapping | None, support: float | None) -> str:
    rows = []
    if why:
        words = ", ".join(escaped(word) for word in why.get("matched_words", ()))
        for rank, score, label in (
            ("keyword_rank", "keyword_score", f"Words: {words}" if words else "Words"),
            ("dense_rank", "dense_score", "Meaning"),
            ("fused_rank", "fused_score", "Both together"),
        ):
            if why.get(rank) is not None:
                rows.append((label, f"rank {int(why[rank])} · {float(why[score] or 0):.2f}"))
        if why.get("reranker_score") is not None:
            rows.append(("Read with the question", f"{float(why['reranker_score']):.1f}"))
    if support is not None:
        rows.append(("Supports the sentence", f"{support:.2f}"))
    table = "".join(f'<tr><th scope="row" dir="auto">{label}</th><td>{value}</td></tr>' for label, value in rows)
    return f"<details><summary>Why this passage?</summary><table>{table}</table></details>" if rows else ""


def documents_html(documents: Sequence[DocumentInfo], search: str = "") -> str:
    """The list of documents with their state, what was remarked, and what can be done with each."""
    wanted = search.casefold()
    shown = [info for info in documents if wanted in f"{info.title} {info.document_id}".casefold()]
    if not documents:
        return '<p class="empty">No documents yet. Drop files anywhere on this page, or choose them above.</p>'
    if not shown:
        return '<p class="empty">No document has this in its name.</p>'
    more = f'<p class="empty">{len(shown) - 300} more: search to see them.</p>' if len(shown) > 300 else ""
    return f'<ul class="documents">{"".join(_document(info) for info in shown[:300])}</ul>{more}'


def _document(info: DocumentInfo) -> str:
    key, title = document_key(info.source), name(info.title or info.document_id)
    if info.status == "ready":
        pages = [f"{info.pages} page{'s' if info.pages != 1 else ''}"] if info.pages else []
        passages = f"{info.passages} passage{'s' if info.passages != 1 else ''}"
        facts = " · ".join(["ready", *pages, passages, _size(info.bytes)])
        only = f'<button type="button" data-do="only" data-key="{key}" data-name="{title}">Ask only this</button>'
        opened = f'<button type="button" data-do="read" data-key="{key}" aria-label="Open {title}">Open</button>'
    else:
        facts, only, opened = "could not be read", "", ""
    notes = (info.error, *info.notes)
    remarks = "".join(f'<p class="remark" dir="auto">{escaped(note)}</p>' for note in notes if note)
    return (
        f'<li data-status="{escaped(info.status)}"><p class="title" dir="auto">{title}</p>'
        f'<p class="soft"><bdi>{name(info.document_id)}</bdi> · {facts}</p>{remarks}<p class="tools">{opened}{only}'
        f'<button type="button" data-do="remove" data-key="{key}" data-name="{title}"'
        f' aria-label="Remove {title}">Remove</button></p></li>'
    )


def _size(count: int) -> str:
    if count < 1000:
        return f"{count} bytes"
    return f"{count / 1000:.0f} kB" if count < 1_000_000 else f"{count / 1_000_000:.1f} MB"


def conversations_html(conversations: Sequence[Conversation], current: str = "") -> str:
    """The user's conversations as links, so that each can be opened in a tab and kept."""
    return "".join(
        f'<li><a href="./?c={escaped(item.id)}" data-conversation="{escaped(item.id)}" dir="auto"'
        f'{" aria-current=page" if item.id == current else ""}>{name(item.name)}</a></li>'
        for item in conversations
    ) or '<li class="empty">None yet</li>'  # fmt: skip


def welcome_html(documents: int, suggestions: Sequence[str]) -> str:
    """What an empty conversation shows: what to do first, or questions that these documents can answer."""
    if not documents:
        return (
            '<section class="welcome"><h2>Ask your own documents</h2>'
            "<p>Add a few files first: drop them anywhere on this page, or "
            '<button type="button" class="link" data-do="documents">choose them</button>. '
            "They stay on this computer.</p></section>"
        )
    chips = "".join(
        f'<button type="button" data-do="suggest" data-question="{escaped(question)}" dir="auto">'
        f"{escaped(question)}</button>"
        for question in suggestions
    )
    count = f"{documents:,} document{'s' if documents != 1 else ''}"
    return (
        '<section class="welcome"><h2>Ask your documents</h2><p>Every sentence of an answer has a footnote that opens '
        f'the passage it comes from. Ready to answer from {count}.</p><div class="next">{chips}</div></section>'
    )
