"""A conversation exported with all its footnotes: as Markdown, as a page of its own, or as JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence

from footnoted.assistant.rendering.markdown import render_markdown
from footnoted.assistant.rendering.stored import sentences_in
from footnoted.assistant.web.blocks_html import render_html
from footnoted.assistant.web.conversations.conversations import Turn
from footnoted.assistant.web.html import escaped, name, place

_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>()#+!|~&=-])")


def plain(text: object) -> str:
    """Text on one line that Markdown shows as it stands: no link, image, tag or list comes of it."""
    line = _MARKDOWN.sub(r"\\\1", " ".join(str(text).split()))
    line = re.sub(r"^(\d+)([.)])", r"\1\\\2", line)  # a number and a point would open a list
    return re.sub(r"(?i)(https?|ftp|www)(?=[:.])", r"\1&#8203;", line)  # nor is an address made a link


def to_markdown(turns: Sequence[Turn], title: str = "") -> str:
    """Questions as headings, answers with ``[^1]`` footnotes numbered through, the quotes below."""
    lines = [f"# {plain(title)}", ""] if title else []
    notes: list[str] = []
    for turn in turns:
        answer = turn.answer
        lines += [f"## {plain(turn.question)}", ""]
        numbers = {}
        for citation in answer.get("citations", ()):
            numbers[citation["number"]] = len(notes) + 1
            notes.append(f"[^{len(notes) + 1}]: {plain(place(citation))}: “{plain(citation['quote'])}”")
        lines += [_answer_markdown(answer, numbers), ""]
        marks = {number: f"[^{note}]" for number, note in numbers.items()}
        for against in _against(answer, marks, plain):
            lines += [f"Your documents disagree: {against}", ""]
    return "\n".join([*lines, *notes]).rstrip() + "\n"


def _answer_markdown(answer: Mapping, numbers: Mapping[int, int]) -> str:
    if not answer.get("sentences"):
        return plain(" ".join([str(answer.get("text", "")), str(answer.get("reason", ""))]).strip())
    return render_markdown(
        sentences_in(answer), lambda number: f"[^{numbers[number]}]" if number in numbers else "", plain
    )


def _against(answer: Mapping, marks: Mapping[int, str], shown: Callable[[object], str]) -> list[str]:
    """One line for each contradiction: what each document says, with its footnote."""
    return [
        " against ".join(
            f"{shown(value)} {marks[number]}" for number, value in zip(found["citations"], found["values"], strict=True)
        )
        for found in answer.get("contradictions", ())
        if set(found["citations"]) <= set(marks)
    ]


def to_fragment(turn: Turn) -> str:
    """One answer as HTML for a clipboard, with its footnotes below it."""
    return _turn_html(turn, heading=False)


def to_html(turns: Sequence[Turn], title: str = "") -> str:
    """A page that stands alone, needs nothing from elsewhere, and may run or load nothing."""
    body = "".join(_turn_html(turn) for turn in turns)
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{name(title)}</title><style>body{{font:18px/1.6 Georgia,serif;max-width:42em;margin:2em auto}}"
        f"body{{padding:0 1em}}ol{{font-size:.8em}}</style><h1>{name(title)}</h1>{body}</html>"
    )


def _turn_html(turn: Turn, *, heading: bool = True) -> str:
    answer, mark = turn.answer, f"t{turn.id}n"

    def noted(number: int) -> str:
        return f'<sup><a href="#{mark}{int(number)}">{int(number)}</a></sup>'

    told = sentences_in(answer)
    said = f"<p>{escaped(answer.get('text', ''))} {escaped(answer.get('reason', ''))}"
    text = render_html(told, noted) if told else said
    marks = {note["number"]: noted(note["number"]) for note in answer.get("citations", ())}
    against = "".join(f"<p>Your documents disagree: {line}" for line in _against(answer, marks, escaped))
    notes = "".join(
        f'<li id="{mark}{int(note["number"])}" value="{int(note["number"])}">'
        f"<bdi>{name(place(note))}</bdi>: “{escaped(note['quote'])}”</li>"
        for note in answer.get("citations", ())
    )
    title = f'<h2 dir="auto">{escaped(turn.question)}</h2>' if heading else ""
    return f'{title}<div dir="auto">{text}{against}</div><ol>{notes}</ol>'


def to_json(turns: Sequence[Turn], title: str = "") -> str:
    """Every answer whole, as ``Answer.to_dict()`` gives it."""
    every = [{"question": turn.question, "asked_at": turn.asked_at, "answer": turn.answer} for turn in turns]
    return json.dumps({"name": title, "turns": every}, ensure_ascii=False, indent=2)
