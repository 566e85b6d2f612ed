"""An answer as plain text with its footnotes below: for a terminal, and for chat clients, agents and chains."""

from __future__ import annotations

import textwrap

from footnoted.assistant.answers import Answer, render_text

_WIDTH = 100
NOTES = "\n\n---\n"  # between an answer and its footnotes; what follows is no part of what was said


def answer_for_terminal(answer: Answer) -> str:
    """The answer, its footnotes with file, place and quote; on a refusal the nearest passages."""
    parts = []
    if answer.standalone_question != answer.question:
        parts.append(_plain(f"Searched for: {answer.standalone_question}"))
    if answer.other_question:
        parts.append(_plain(f"It could also mean: {answer.other_question}"))
    if answer.notice:
        parts.append(_plain(answer.notice))
    parts.append(_said(answer))
    if answer.refused:
        parts.append(answer.reason)
        if answer.missing_words:
            parts.append(f"No document contains: {', '.join(answer.missing_words)}.")
        nearest = answer.passages[:3]
        if nearest:
            lines = [f"  - {_place(passage)}: {_shortened(passage.text)}" for passage in nearest]
            parts.append("\n".join(["The nearest passages:", *lines]))
    if answer.contradictions:
        against = [_plain(f"  - {found.in_words()}") for found in answer.contradictions]
        parts.append("\n".join(["Your documents disagree:", *against]))
    notes = [
        textwrap.fill(f"[{note.number}] {_place(note)}: “{_plain(note.quote)}”", _WIDTH, subsequent_indent="    ")
        for note in answer.citations
    ]
    parts.extend(["\n".join(notes)] if notes else [])
    if answer.confidence:
        parts.append(f"Confidence: {answer.confidence}.")
    return "\n\n".join(part for part in parts if part)


def _said(answer: Answer) -> str:
    """The words of the answer, no line longer than the terminal but those of code."""
    if not answer.sentences:
        return "\n\n".join(textwrap.fill(_plain(part), _WIDTH) for part in answer.text.split("\n\n"))
    parts = []
    for block in answer.blocks:
        text = _plain(render_text(block.sentences) if block.form != "heading" else block.sentences[0].text)
        if block.form in ("list", "table"):
            lines = [
                textwrap.fill(line, _WIDTH, subsequent_indent=" " * (len(line) - len(line.lstrip()) + 3))
                for line in text.split("\n")
            ]
            parts.append("\n".join(lines))
        else:
            parts.append(text if block.form == "code" else textwrap.fill(text, _WIDTH))
    return "\n\n".join(parts)


def with_notes(answer: Answer) -> str:
    """The text of an answer, then why it was refused and what a reader must know, and below it the footnotes."""
    said = [line for line in (answer.reason, answer.notice) if line]
    notes = [
        f"[{note.number}] {' '.join(note.title.split())}{f', {note.location}' if note.location else ''}: "
        f"“{' '.join(note.quote.split())}”"
        for note in answer.citations
    ]
    return answer.text + (" " + " ".join(said) if said else "") + (NOTES + "\n".join(notes) if notes else "")


def _place(item) -> str:
    name = item.document_id if item.title in ("", item.document_id) else f"{item.title} ({item.document_id})"
    return _plain(f"{name}, {item.location}" if item.location else name)


def _shortened(text: str) -> str:
    return textwrap.shorten(_plain(text), 160, placeholder=" …")


def _plain(text: str) -> str:
    """Document text without the control characters that would drive a terminal."""
    return "".join(character if character.isprintable() or character == "\n" else " " for character in text)
