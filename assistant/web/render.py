"""Answers, sources and documents as HTML. Every text that comes from outside passes through :func:`escaped`."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Callable, Sequence

from assistant.answers import Answer, Citation, Sentence
from index.types import DocumentInfo, Passage

AROUND = 700  # characters of a document shown on either side of a quote
ReadText = Callable[[str], str]

# Characters that reorder or hide text: a document could show a reader something else than it says.
_BIDI = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_WORDS = {"clear": "clear", "likely": "likely", "weak": "weak: read the source"}


def escaped(text: str) -> str:
    """Text for the inside of an element or a quoted attribute. Braces too: the page's templates give them a meaning."""
    text = _CONTROL.sub(" ", _BIDI.sub("", text))
    return html.escape(text, quote=True).translate({ord("{"): "&#123;", ord("}"): "&#125;", ord("$"): "&#36;", ord("`"): "&#96;"})


def key_of(source: str) -> str:
    """A source as one URL path segment."""
    return base64.urlsafe_b64encode(source.encode("utf-8", "surrogatepass")).decode().rstrip("=")


def source_of(key: str) -> str:
    """The source of a key; "" when it is none."""
    try:
        return base64.urlsafe_b64decode(key + "=" * (-len(key) % 4)).decode("utf-8", "surrogatepass")
    except ValueError:
        return ""


def turn(answer: Answer, number: int, text_of: ReadText) -> str:
    """One question with its answer, its footnotes, and (hidden until they are opened) the sources they open."""
    panels = [_panel(f"t{number}n{note.number}", note, _passage_of(note, answer), text_of) for note in answer.citations]
    if answer.refused:
        panels += [
            _panel(f"t{number}p{place}", passage, passage, text_of)
            for place, passage in enumerate(answer.passages[:3], start=1)
        ]
    return (
        f'<article class="turn" id="t{number}" data-turn="{number}" aria-busy="{str(not answer.done).lower()}">'
        f'<h2 class="q" dir="auto">{escaped(answer.question)}</h2>'
        f"{_searched(answer)}{_notice(answer)}{_body(answer, number)}{_meta(answer)}"
        f'<div hidden>{"".join(panels)}</div></article>'
    )


def waiting(question: str, number: int) -> str:
    """A question whose answer has not begun yet."""
    return (
        f'<article class="turn" id="t{number}" aria-busy="true"><h2 class="q" dir="auto">{escaped(question)}</h2>'
        '<p class="working" role="status">Reading your documents …</p></article>'
    )


def problem(question: str, number: int, message: str) -> str:
    """A question that could not be answered, with the reason in words."""
    return (
        f'<article class="turn" id="t{number}" data-turn="{number}"><h2 class="q" dir="auto">{escaped(question)}</h2>'
        f'<p class="notice" role="alert">{escaped(message)}</p></article>'
    )


def _searched(answer: Answer) -> str:
    if answer.standalone_question == answer.question:
        return ""
    return (
        f'<p class="sq">Searched for: “<span class="sq-text" dir="auto">{escaped(answer.standalone_question)}</span>” '
        '<button type="button" class="link" data-do="edit-search">edit</button></p>'
    )


def _notice(answer: Answer) -> str:
    return f'<p class="notice">{escaped(answer.notice)}</p>' if answer.notice else ""


def _body(answer: Answer, number: int) -> str:
    if answer.kind in ("small_talk", "clarification"):
        return f'<div class="a"><p dir="auto">{escaped(answer.text)}</p></div>'
    if answer.refused:
        return _refusal(answer, number)
    if not answer.sentences:
        return '<p class="working" role="status">Writing …</p>'
    paragraphs: list[list[str]] = [[]]
    for sentence in answer.sentences:
        if sentence.paragraph and paragraphs[-1]:
            paragraphs.append([])
        paragraphs[-1].append(_sentence(sentence, answer, number))
    text = "".join(f'<p dir="auto">{" ".join(parts)}</p>' for parts in paragraphs)
    return f'<div class="a">{text}</div>'


def _sentence(sentence: Sentence, answer: Answer, number: int) -> str:
    text, position = "", 0
    for start, end in sentence.emphasis:
        text += escaped(sentence.text[position:start]) + f"<strong>{escaped(sentence.text[start:end])}</strong>"
        position = end
    text += escaped(sentence.text[position:])
    if not sentence.supported:
        return f'<span class="unsupported">{text} <span class="tag">not supported by your documents</span></span>'
    notes = {note.number: note for note in answer.citations}
    return text + "".join(_mark(notes[mark], number) for mark in sentence.citations if mark in notes)


def _mark(note: Citation, number: int) -> str:
    place = _place(note)
    quote = " ".join(note.quote.split())
    return (
        f'<button type="button" class="fn" data-panel="t{number}n{note.number}" aria-expanded="false" '
        f'aria-label="Footnote {note.number}: {escaped(place)}">{note.number}'
        f'<span class="tip" role="tooltip" dir="auto">“{escaped(_cut(quote, 320))}”<em>{escaped(place)}</em></span></button>'
    )


def _refusal(answer: Answer, number: int) -> str:
    missing = ""
    if answer.missing_words:
        words = ", ".join(f"“{escaped(word)}”" for word in answer.missing_words)
        missing = f"<p class=\"sq\">No document contains {words}.</p>"
    nearest = "".join(
        f'<li><button type="button" class="link" data-panel="t{number}p{place}" aria-expanded="false">'
        f"{escaped(_place(passage))}</button> <span dir=\"auto\">– “{escaped(_cut(' '.join(passage.text.split()), 150))}”</span></li>"
        for place, passage in enumerate(answer.passages[:3], start=1)
    )
    near = f'<p class="sq">The nearest passages:</p><ul class="near">{nearest}</ul>' if nearest else ""
    return f'<div class="a none"><p>{escaped(answer.text)} <span class="reason" dir="auto">{escaped(answer.reason)}</span></p>{missing}{near}</div>'


def _meta(answer: Answer) -> str:
    if not answer.done:
        return ""
    parts = []
    if answer.refused:
        parts.append('<span><span class="dot weak" aria-hidden="true">●</span> not in your documents</span>')
    elif answer.citations:
        level = escaped(answer.confidence)
        parts.append(
            f'<span><span class="dot {level}" aria-hidden="true">●</span> {escaped(_WORDS.get(answer.confidence, ""))}</span>'
        )
        count = len(answer.citations)
        checked = all(sentence.supported for sentence in answer.sentences)
        parts.append(f"<span>{count} footnote{'s' if count > 1 else ''}{', all checked' if checked else ''}</span>")
        plain = json.dumps(copied(answer))
        parts.append(f'<button type="button" data-do="copy" data-text="{escaped(plain)}">Copy</button>')
    if answer.kind in ("answer", "refusal"):
        parts.append('<button type="button" data-do="retry">Retry</button>')
        parts.append('<button type="button" data-do="edit-question">Edit question</button>')
    return f'<div class="meta">{"".join(parts)}</div>' if parts else ""


def copied(answer: Answer) -> str:
    """What "Copy" puts on the clipboard: the answer with its marks, and the footnotes they point to."""
    notes = [f"[{note.number}] {_place(note)}: “{' '.join(note.quote.split())}”" for note in answer.citations]
    return "\n".join([answer.text, "", *notes])


def _place(item: Citation | Passage) -> str:
    name = item.title or item.document_id
    return f"{name}, {item.location}" if item.location else name


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1].rsplit(" ", 1)[0] + " …"


def _passage_of(note: Citation, answer: Answer) -> Passage | None:
    return next((passage for passage in answer.passages if passage.id == note.passage_id), None)


def _panel(panel: str, item: Citation | Passage, passage: Passage | None, text_of: ReadText) -> str:
    """The source of a footnote: where it stands, the quote highlighted in its context, and why it was found."""
    text = text_of(item.source)
    start, end = max(0, item.start - AROUND), min(len(text), item.end + AROUND)
    before, quote, after = text[start : item.start], text[item.start : item.end], text[item.end : end]
    before = before if start == 0 else "… " + before.partition(" ")[2]
    after = after if end == len(text) else after.rpartition(" ")[0] + " …"
    name = escaped(item.document_id)
    page = f"#page={item.page}" if item.page else ""
    is_file = not item.source.endswith("#" + item.document_id)  # a record's "original" would be the whole corpus file
    link = (
        f' · <a href="/original/{key_of(item.source)}{page}" target="_blank" rel="noopener">open original</a>' if is_file else ""
    )
    where = " · ".join(part for part in (name, escaped(item.location)) if part)
    return (
        f'<section id="{panel}" class="source"><h2 tabindex="-1" dir="auto">{escaped(item.title or item.document_id)}</h2>'
        f'<div class="where">{where}{link}</div>'
        f'<div class="doc" dir="auto"><span class="dim">{escaped(before)}</span>'
        f'<mark>{escaped(quote)}</mark><span class="dim">{escaped(after)}</span></div>'
        f"{_why(item, passage)}</section>"
    )


def _why(item: Citation | Passage, passage: Passage | None) -> str:
    if passage is None:
        return ""
    why, rows = passage.why, []
    if why.keyword_rank:
        words = ", ".join(why.matched_words) or "none"
        rows.append((f"Words in common: {words}", f"rank {why.keyword_rank} · {why.keyword_score:.1f}"))
    if why.dense_rank:
        rows.append(("Meaning", f"rank {why.dense_rank} · {why.dense_score:.2f}"))
    if why.fused_rank:
        rows.append(("Both together", f"rank {why.fused_rank} · {why.fused_score:.2f}"))
    if why.reranker_score is not None:
        rows.append(("Read with the question", f"{why.reranker_score:.1f}"))
    if isinstance(item, Citation):
        rows.append(("Supports the sentence", "verbatim" if item.support == 1.0 else f"{item.support:.2f}"))
    cells = "".join(f"<tr><td dir=\"auto\">{escaped(name)}</td><td>{escaped(value)}</td></tr>" for name, value in rows)
    return f"<details><summary>Why this passage?</summary><table>{cells}</table></details>"


def welcome(documents: int) -> str:
    """What an empty chat says."""
    if documents:
        count = f"{documents:,} document{'s are' if documents > 1 else ' is'} ready."
        return (
            '<div class="welcome"><h2>Ask your documents</h2>'
            f"<p>{count} Every sentence of an answer carries a footnote; open it to read the passage it comes from. "
            "What your documents do not say, Footnote does not make up.</p></div>"
        )
    return (
        '<div class="welcome"><h2>Add your documents first</h2><p>Footnote answers from your own files alone. Open '
        "<strong>Documents</strong> and add some: text, Markdown, PDF, Word, HTML and more. They stay on this machine.</p></div>"
    )


def documents(listed: Sequence[DocumentInfo], most: int = 500) -> str:
    """The list of documents with what was read of each, and what went wrong."""
    if not listed:
        return '<p class="sq">No documents yet.</p>'
    rows = "".join(_document(info) for info in listed[:most])
    more = f'<p class="sq">… and {len(listed) - most:,} more.</p>' if len(listed) > most else ""
    return f'<ul class="documents">{rows}</ul>{more}'


def _document(info: DocumentInfo) -> str:
    pages = f" · {info.pages} pages" if info.pages else ""
    state = f"{info.passages} passage{'s' if info.passages != 1 else ''}{pages}" if info.status == "ready" else "not read"
    remarks = "".join(f'<div class="remark" dir="auto">{escaped(text)}</div>' for text in (info.error, *info.notes) if text)
    return (
        f'<li class="{"ready" if info.status == "ready" else "failed"}"><span class="name" dir="auto" '
        f'title="{escaped(info.source)}">{escaped(info.title or info.document_id)}</span>'
        f'<span class="state">{state}</span>'
        f'<button type="button" class="link" data-do="remove" data-source="{escaped(info.source)}" '
        f'aria-label="Remove {escaped(info.document_id)}">remove</button>{remarks}</li>'
    )
