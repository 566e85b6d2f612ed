"""A turn of a conversation as HTML: the question as a heading, the answer with its footnotes as buttons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from footnoted.assistant.rendering.stored import sentences_in
from footnoted.assistant.web.blocks_html import render_html
from footnoted.assistant.web.html import escaped, name, place, readable, shortened
from footnoted.assistant.web.panels_html import questions_html

CONFIDENCE = {"clear": "clear", "likely": "likely", "weak": "weak: read the source"}


def turn_html(
    answer: Mapping, *, turn: int, last: bool = False, verdict: str = "", stopped: bool = False,
    further: Sequence[str] = (), waiting: int = 0,
) -> str:  # fmt: skip
    """One question with its answer (``Answer.to_dict()``). Everything in it may be hostile and is escaped.

    Args:
        turn: the number by which the page asks for the turn's footnotes.
        last: the turn can be edited.
        further: follow-up questions.
        waiting: how many questions of others are answered before this one.
    """
    done = bool(answer.get("done", True)) or stopped
    parts = [f'<h2 class="q" dir="auto">{escaped(answer["question"])}</h2>', _searched_for(answer, turn, last)]
    if answer.get("asked_only"):
        parts.append(f'<p class="sq">Asked only: <bdi>{name(answer["asked_only"])}</bdi></p>')
    if answer.get("notice"):
        parts.append(f'<p class="notice" role="note" dir="auto">{escaped(answer["notice"])}</p>')
    if answer.get("refused"):
        parts.append(_refusal(answer, turn))
    elif answer.get("sentences"):
        parts.append(f'<div class="a" dir="auto">{_sentences(answer, turn)}</div>')
    elif done:
        said = escaped(answer.get("text") or "Stopped before the first word.")
        parts.append(f'<div class="a" dir="auto"><p>{said}</p></div>')
    else:
        said = f"Waiting: {waiting} ahead of you …" if waiting else "Reading your documents …"
        parts.append(f'<p class="wait"><span class="dots" aria-hidden="true"></span>{said}</p>')
    parts.append(_contradictions(answer, turn))
    if done:
        parts.append(_meta(answer, turn, last, verdict, stopped))
        parts.append(questions_html(further, "Follow-up questions"))
    busy = "false" if done else "true"
    opening = f'<article class="turn" data-turn="{turn}" data-done="{int(done)}" aria-busy="{busy}">'
    return f"{opening}{''.join(parts)}</article>"


def error_html(question: str, message: str, turn: int = 0) -> str:
    """A question that could not be answered, with one sentence saying why, to be asked again if it was kept."""
    again = f'data-turn="{turn}" data-question="{escaped(question)}"'
    tools = "".join(
        f'<button type="button" data-do="{do}" {again}>{label}</button>'
        for do, label in (("retry", "Retry"), ("edit", "Edit"))
        if turn
    )
    return (
        f'<article class="turn" data-turn="{turn}" data-done="1"><h2 class="q" dir="auto">{escaped(question)}</h2>'
        f'<p class="notice bad" role="alert" dir="auto">{escaped(message)}</p>'
        f'<div class="meta"><span class="tools">{tools}</span></div></article>'
    )


def footnote_button(citation: Mapping, turn: int) -> str:
    """The mark behind a sentence: its quote shows on hover and focus, its source opens on click and Enter."""
    number = int(citation["number"])
    where, quote = place(citation), shortened(citation["quote"], 400)
    return (
        f'<button type="button" class="fn" data-turn="{turn}" data-note="{number}" data-where="{name(where)}"'
        f' data-quote="{escaped(quote)}" aria-expanded="false" aria-controls="fn-source"'
        f' aria-label="Footnote {number}: {name(where)}">{number}</button>'
    )


def _searched_for(answer: Mapping, turn: int, last: bool) -> str:
    """What was searched for where it is not what was asked, and the other way to read it, one click away."""
    searched, other = answer.get("standalone_question") or "", answer.get("other_question") or ""
    asked = f'data-turn="{turn}" data-question="{escaped(answer["question"])}"'
    parts = []
    if searched and searched != answer["question"]:
        parts.append(
            f'<p class="sq">Searched for: <q dir="auto">{escaped(searched)}</q> <button type="button" class="link"'
            f' data-do="search" {asked} data-text="{escaped(searched)}" aria-label="Edit what was searched for">edit'
            "</button></p>"
        )
    if other and last:
        words = "only what I asked" if other == answer["question"] else f"“{other}”"
        parts.append(
            f'<p class="sq other">Not what you meant? <button type="button" class="link" data-do="reread" {asked}'
            f' data-text="{escaped(other)}">Search for <bdi>{escaped(words)}</bdi></button></p>'
        )
    return "".join(parts)


def _sentences(answer: Mapping, turn: int) -> str:
    cited = {citation["number"]: citation for citation in answer.get("citations", ())}
    return render_html(
        sentences_in(answer), lambda number: footnote_button(cited[number], turn) if number in cited else ""
    )


def _refusal(answer: Mapping, turn: int) -> str:
    nearest = "".join(
        f'<li><button type="button" class="link near" data-turn="{turn}" data-passage="{number}" aria-expanded="false"'
        f' aria-controls="fn-source"><bdi>{name(place(passage))}</bdi></button>'
        f' <span class="soft" dir="auto">“{escaped(shortened(readable(passage["text"])))}”</span></li>'
        for number, passage in enumerate(answer.get("passages", ())[:3])
    )
    words = ", ".join(f"“{escaped(word)}”" for word in answer.get("missing_words", ()))
    return (
        f'<div class="a none"><p dir="auto">{escaped(answer.get("text", ""))}</p>'
        + (f'<p class="reason" dir="auto">{escaped(answer["reason"])}</p>' if answer.get("reason") else "")
        + (f'<p class="reason">No document contains {words}.</p>' if words else "")
        + (f'<p class="reason">The nearest passages:</p><ul class="nearest">{nearest}</ul>' if nearest else "")
        + "</div>"
    )


def _contradictions(answer: Mapping, turn: int) -> str:
    cited = {citation["number"]: citation for citation in answer.get("citations", ())}
    rows = []
    for found in answer.get("contradictions", ()):
        numbers = found["citations"]
        if not all(number in cited for number in numbers):
            continue
        dates = found.get("dates") or ("",) * len(numbers)
        said = found["values"] if found["kind"] != "yes or no" else ("",) * len(numbers)
        sides = zip(numbers, said, dates, strict=True)
        rows.append(f"<div>{''.join(_side(cited[number], value, date, turn) for number, value, date in sides)}</div>")
    if not rows:
        return ""
    title = "Your documents disagree"
    return f'<section class="against" aria-label="{title}"><h3>{title}</h3>{"".join(rows)}</section>'


def _side(citation: Mapping, value: str, date: str, turn: int) -> str:
    """One of several documents that disagree: what it says, where, and from when it is."""
    shown = f'<b dir="auto">{escaped(value)}</b>' if value else ""
    dated = f' · <span class="dated">{escaped(date)}</span>' if date else ""
    return (
        f'<blockquote dir="auto">{shown}{escaped(shortened(citation["quote"], 400))}'
        f"<footer><bdi>{name(place(citation))}</bdi>{dated}{footnote_button(citation, turn)}</footer></blockquote>"
    )


def _meta(answer: Mapping, turn: int, last: bool, verdict: str, stopped: bool) -> str:
    notes = len(answer.get("citations", ()))
    said = []
    if answer.get("refused"):
        said.append('<span><span class="dot weak" aria-hidden="true">●</span> not in your documents</span>')
    elif answer.get("confidence"):
        level = str(answer["confidence"])
        kind = " weak" if level == "weak" else " likely" if level == "likely" else ""
        words = escaped(CONFIDENCE.get(level, level))
        said.append(f'<span><span class="dot{kind}" aria-hidden="true">●</span> {words}</span>')
    if notes:
        flawed = any(not sentence.get("supported", True) for sentence in answer.get("sentences", ()))
        checked = "" if flawed or stopped else ", all checked" if notes > 1 else ", checked"
        said.append(f"<span>{notes} footnote{'s' if notes > 1 else ''}{checked}</span>")
    if stopped:
        said.append("<span>stopped</span>")
    if answer.get("model", "extractive") != "extractive" and notes:
        said.append(f"<span>{name(answer['model'])}</span>")
    again = f'data-turn="{turn}" data-question="{escaped(answer["question"])}"'
    tools = [f'<button type="button" data-do="copy" data-turn="{turn}">Copy</button>'] if answer.get("text") else []
    if last:
        tools.append(f'<button type="button" data-do="retry" {again}>Retry</button>')
        tools.append(f'<button type="button" data-do="edit" {again}>Edit</button>')
    for value, label in (("up", "Helpful"), ("down", "Not helpful")) if answer.get("text") else ():
        pressed = "true" if verdict == value else "false"
        tools.append(
            f'<button type="button" data-do="judge" data-turn="{turn}" data-verdict="{value}"'
            f' aria-pressed="{pressed}">{label}</button>'
        )
    return f'<div class="meta">{"".join(said)}<span class="tools">{"".join(tools)}</span></div>'
