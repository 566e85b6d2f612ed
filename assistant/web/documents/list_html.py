"""The documents as HTML: the list with what can be done with each, and the choice of which to ask."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from footnoted.assistant.web.html import escaped, name
from footnoted.assistant.web.panels_html import document_key
from footnoted.index.types import DEFAULT_COLLECTION, DocumentInfo

MOST_TO_CHOOSE = 100


def fitting(
    documents: Sequence[DocumentInfo], search: str = "", collection: str = "", state: str = ""
) -> list[DocumentInfo]:
    """The documents with these words in their name, of this collection, and in this state.

    ``state`` is "ready", "remarks", "failed" or empty for any.
    """
    words = search.casefold().split()
    return [
        info
        for info in documents
        if all(word in f"{info.title} {info.document_id} {info.path}".casefold() for word in words)
        and (not collection or info.collection == collection)
        and (not state or state == info.status or (state == "remarks" and info.status == "ready" and info.notes))
    ]


def documents_html(documents: Sequence[DocumentInfo], shown: Sequence[DocumentInfo], most: int = 100) -> str:
    """The list of documents with their state, remarks, and what can be done with each.

    Args:
        documents: all that there are.
        shown: those that match the search.
        most: how many rows are made at once.
    """
    if not documents:
        return '<p class="empty">No documents yet. Drop files anywhere on this page, or choose them above.</p>'
    if not shown:
        return '<p class="empty">No document matches.</p>'
    rows = "".join(_document(info) for info in shown[:most])
    left = len(shown) - most
    more = ""
    if left > 0:
        more = (
            f'<p class="tools"><button type="button" data-do="all">Show {min(left, 400)} more</button>'
            f'<span class="soft">{left:,} more match</span></p>'
        )
    return f'<ul class="documents">{rows}</ul>{more}'


def _document(info: DocumentInfo) -> str:
    key, title = document_key(info.source), name(info.title or info.document_id)
    named = name(info.document_id) if info.document_id != info.title else ""
    facts = [f"<bdi>{named}</bdi>"] if named else []
    if info.status == "ready":
        heading = (
            f'<button type="button" class="title" data-do="read" data-key="{key}" aria-label="Open {title}"'
            f' title="{title}">{title}</button>'
        )
        only = f'<button type="button" data-do="only" data-key="{key}" data-name="{title}">Ask only this</button>'
        facts += [counted(info.pages, "page")] if info.pages else []
        facts += ["ready", counted(info.passages, "passage"), size(info.bytes)]
    else:
        heading, only = f'<span class="name">{title}</span>', ""
        only = f'<button type="button" data-do="again" data-key="{key}">Try again</button>'
        facts += ['<span class="bad">could not be read</span>', size(info.bytes)]
    if info.collection != DEFAULT_COLLECTION:
        facts.append(f'<span class="tag">{name(info.collection)}</span>')
    notes = (info.error, *info.notes)
    remarks = "".join(f'<p class="remark" dir="auto">{escaped(note)}</p>' for note in notes if note)
    return (
        f'<li data-status="{escaped(info.status)}"><p dir="auto">{heading}</p>'
        f'<p class="soft">{" · ".join(facts)}</p>'
        f'<p class="acts">{only}<button type="button" data-do="act" data-key="{key}" data-name="{title}"'
        f' data-ready="{int(info.status == "ready")}" data-collection="{name(info.collection)}" aria-haspopup="menu"'
        f' aria-expanded="false" aria-label="Read again, move or remove {title}">⋯</button></p>{remarks}</li>'
    )


def counted(number: int, word: str) -> str:
    """ "1 page", "2 pages"."""
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def size(count: int) -> str:
    """A file's size in words."""
    if count < 1000:
        return f"{count} bytes"
    return f"{count / 1000:.0f} kB" if count < 1_000_000 else f"{count / 1_000_000:.1f} MB"


def scope_html(
    documents: Sequence[DocumentInfo], collections: Mapping[str, int], search: str,
    chosen: Collection[str], chosen_collections: Collection[str],
) -> str:  # fmt: skip
    """Boxes to tick: collections, then documents, those that are ticked first."""
    ready = [info for info in documents if info.status == "ready"]
    fit = fitting(ready, search)
    keys = {document_key(info.source): info for info in ready}
    ticked = [keys[key] for key in chosen if key in keys]
    others = [info for info in fit if document_key(info.source) not in set(chosen)]
    parts = []
    if len(collections) > 1 and not search:
        boxes = "".join(_collection_box(at, count, at in chosen_collections) for at, count in collections.items())
        parts.append(f"<h3>Collections</h3>{boxes}")
    shown = [*ticked, *others[: max(0, MOST_TO_CHOOSE - len(ticked))]]
    if shown:
        boxes = "".join(_document_box(info, document_key(info.source) in set(chosen)) for info in shown)
        parts.append(f"<h3>Documents</h3>{boxes}")
    if not shown:
        parts.append('<p class="empty">No document has this in its name.</p>')
    if (left := len(ticked) + len(others) - len(shown)) > 0:
        parts.append(f'<p class="empty">{left:,} more: search to see them.</p>')
    return "".join(parts)


def _collection_box(collection: str, count: int, ticked: bool) -> str:
    return (
        f'<label><input type="checkbox" data-collection="{name(collection)}"{" checked" if ticked else ""}>'
        f' <bdi>{name(collection)}</bdi> <span class="soft">{counted(count, "document")}</span></label>'
    )


def _document_box(info: DocumentInfo, ticked: bool) -> str:
    title = name(info.title or info.document_id)
    return (
        f'<label><input type="checkbox" data-key="{document_key(info.source)}" data-name="{title}"'
        f"{' checked' if ticked else ''}> <bdi>{title}</bdi></label>"
    )
