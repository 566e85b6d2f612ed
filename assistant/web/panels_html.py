"""The panels beside the answers, as HTML: a source with its quote highlighted, conversations, the first page."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from footnoted.assistant.web.conversations.conversations import Conversation
from footnoted.assistant.web.html import escaped, name
from footnoted.index.types import LoadedDocument

AROUND = 3000  # characters of the document shown on either side of a quote, to begin with
WIDEST = 200_000
_WIDER = 4


def document_key(source: str) -> str:
    """The id by which a page names a document: a path never stands in an address."""
    return hashlib.sha256(source.encode("utf-8", "surrogatepass")).hexdigest()[:24]


@dataclass(frozen=True, slots=True)
class Shown:
    """What to show of a document.

    ``item`` is the citation or passage, with source, title, document_id, page, location, start and end; ``quote`` what
    it said when it was cited; ``again`` how the page asks for the same once more; ``search`` what was searched for.
    """

    item: Mapping
    quote: str
    why: Mapping | None = None
    support: float | None = None
    again: Mapping[str, str] = field(default_factory=dict)
    search: str = ""


def source_html(
    shown: Shown, stored: LoadedDocument | None, *, original: str | None = None, around: int = AROUND
) -> str:
    """A document with a quote highlighted in its context.

    Args:
        stored: the stored text, or ``None`` when the document is gone: then the quote stands alone.
        original: the address of the original file.
        around: how many characters of the text are shown on either side.
    """
    item = shown.item
    note, inside = "", ""
    if stored is None or stored.text[item["start"] : item["end"]] != shown.quote:
        said = "This document is no longer in the index" if stored is None else "This document has changed since"
        note = f'<p class="notice" role="note">{said}; this is what it said.</p>'
        body = f'<mark id="fn-mark" tabindex="-1">{escaped(shown.quote)}</mark>'
    else:
        body = _in_context(stored, item["start"], item["end"], around, shown.again)
    if stored is not None:
        inside = _inside(document_key(item["source"]), shown.search)
    title = name(item.get("title") or item.get("document_id") or "Source")
    return (
        f'<header><h2 id="fn-source-title" tabindex="-1" dir="auto">{title}</h2>'
        f'<p class="where">{_where(item, stored, original)}</p></header>{inside}'
        f'{note}<div class="doc" dir="auto">{body}</div>{_why(shown.why, shown.support)}'
    )


def _where(item: Mapping, stored: LoadedDocument | None, original: str | None) -> str:
    named = str(item.get("document_id") or "")
    where = [f"<bdi>{name(named)}</bdi>"] if named and named != item.get("title") else []
    pages = sum(1 for section in stored.sections if section.number is not None) if stored else 0
    if item.get("location"):
        location = str(item["location"])
        counted = pages and item.get("page") and location.startswith("page")
        where.append(name(f"{location} of {pages}" if counted else location))
    elif pages > 1:
        where.append(f"{pages} pages")
    if original:
        where.append(f'<a href="{escaped(original)}" target="_blank" rel="noopener noreferrer">open original</a>')
    return " · ".join(where)


def _inside(key: str, search: str) -> str:
    opened = " open" if search else ""
    return (
        f"<details{opened}><summary>Search in this document</summary>"
        '<label class="hidden" for="fn-inside">Words to find in this document</label>'
        f'<input id="fn-inside" type="search" data-key="{key}" value="{escaped(search)}" placeholder="Words to find"'
        ' autocomplete="off"><div id="fn-found" aria-live="polite"></div></details>'
    )


def _in_context(stored: LoadedDocument, start: int, end: int, around: int, again: Mapping[str, str]) -> str:
    first, last = max(0, start - around), min(len(stored.text), end + around)
    return (
        (_more("before", "Show the text before", around, again) if first else "")
        + f'<span class="dim">{_with_headings(stored, first, start)}</span>'
        f'<mark id="fn-mark" tabindex="-1">{escaped(_unwrapped(stored.text[start:end]))}</mark>'
        f'<span class="dim">{_with_headings(stored, end, last)}</span>'
        + (_more("after", "Show the text after", around, again) if last < len(stored.text) else "")
    )


def _more(edge: str, label: str, around: int, again: Mapping[str, str]) -> str:
    if around >= WIDEST:
        return '<span class="dim"> … </span>'
    data = "".join(f' data-{key}="{escaped(value)}"' for key, value in again.items())
    wider = f'data-do="around" data-edge="{edge}" data-around="{around * _WIDER}"'
    return f'<button type="button" class="around" {wider}{data}>{label}</button>'


def _with_headings(stored: LoadedDocument, start: int, end: int) -> str:
    """A stretch of the text whose headings look like headings, without the marks that made them so."""
    parts, position = [], start
    for heading in stored.headings:
        if position <= heading.start and heading.end <= end:
            parts.append(escaped(_unwrapped(stored.text[position : heading.start])))
            line = stored.text[heading.start : heading.end].strip("\n")
            parts.append(f'<span class="h">{escaped(re.sub(r"^#+ +", "", line))}</span>')
            position = heading.start + len(stored.text[heading.start : heading.end].rstrip("\n"))
    return "".join([*parts, escaped(_unwrapped(stored.text[position:end]))])


def _unwrapped(text: str) -> str:
    """Lines that an editor broke inside a sentence, joined: the panel is narrower and breaks them elsewhere."""
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
    if not rows:
        return ""
    return f'<details class="why"><summary>Why this passage?</summary><table>{table}</table></details>'


def found_html(key: str, text: str, places: Sequence[tuple[int, int, str]], *, more: bool = False) -> str:
    """Where words are found in a document: (start, end, label of the page) each, as buttons that go there."""
    if not places:
        return '<p class="soft">Not found in this document.</p>'
    rows = []
    for start, end, label in places:
        before, after = text[max(0, start - 40) : start], text[end : end + 60]
        line = f"… {escaped(' '.join(before.split()))} <b>{escaped(' '.join(text[start:end].split()))}</b>"
        where = f'<span class="soft">{name(label)}: </span>' if label else ""
        rows.append(
            f'<li><button type="button" data-do="found" data-key="{key}" data-start="{start}" data-end="{end}"'
            f' dir="auto">{where}{line} {escaped(" ".join(after.split()))} …</button></li>'
        )
    count = f"The first {len(places)} places" if more else f"{len(places)} place{'s' if len(places) > 1 else ''}"
    return f'<p class="soft">{count}</p><ul>{"".join(rows)}</ul>'


def conversations_html(
    conversations: Sequence[Conversation], current: str = "", *, minutes: int = 0, now: datetime | None = None
) -> str:
    """The user's conversations as links, so that each can be opened in a tab and bookmarked, grouped by day.

    ``minutes`` is how far the reader's clock is ahead of UTC.
    """
    if not conversations:
        return '<p class="empty">No conversations yet</p>'
    ahead = timedelta(minutes=max(-900, min(minutes, 900)))
    today = ((now or datetime.now(UTC)) + ahead).date()
    parts, last = [], ""
    for item in conversations:
        days = (today - (datetime.fromisoformat(item.updated_at) + ahead).date()).days
        group = "Today" if days <= 0 else "Yesterday" if days == 1 else "This week" if days < 7 else "Earlier"
        if group != last:
            parts.append(f"{'</ul>' if last else ''}<h2>{group}</h2><ul>")
            last = group
        parts.append(_conversation(item, item.id == current))
    return "".join(parts) + "</ul>"


def _conversation(item: Conversation, here: bool) -> str:
    shown, key = name(item.name), escaped(item.id)
    return (
        f'<li{" class=here" if here else ""}><a href="./?c={key}" data-conversation="{key}" dir="auto"'
        f' title="{shown}"{" aria-current=page" if here else ""}>{shown}</a><button type="button" data-do="more"'
        f' data-id="{key}" data-name="{shown}" aria-haspopup="menu" aria-expanded="false"'
        f' aria-label="Rename, export or delete {shown}">⋯</button></li>'
    )


def welcome_html(documents: int, suggestions: Sequence[str], problem: str = "") -> str:
    """What an empty conversation shows: what to do first, or questions that these documents can answer."""
    notice = f'<p class="notice" role="note" dir="auto">{escaped(problem)}</p>' if problem else ""
    if not documents:
        return (
            '<section class="welcome"><h2>Ask your own documents</h2>'
            "<p>Add a few files first: drop them anywhere on this page, or choose them. They stay on this computer, "
            "and every sentence of an answer has a footnote that opens the passage it comes from.</p>"
            f'{notice}<div class="next"><button type="button" class="first" data-do="documents">Add documents</button>'
            '<button type="button" data-do="samples">Try it with the sample documents</button></div></section>'
        )
    count = f"{documents:,} document{'s' if documents != 1 else ''}"
    return (
        '<section class="welcome"><h2>Ask your documents</h2><p>Every sentence of an answer has a footnote that opens '
        f"the passage it comes from. Ready to answer from {count}.</p>{notice}"
        f"{questions_html(suggestions, 'Suggested questions')}</section>"
    )


def questions_html(questions: Sequence[str], label: str) -> str:
    """Questions as buttons that ask them."""
    chips = "".join(
        f'<button type="button" data-do="suggest" data-question="{escaped(question)}" dir="auto">'
        f"{escaped(question)}</button>"
        for question in questions
    )
    return f'<div class="next" role="group" aria-label="{label}">{chips}</div>' if chips else ""
