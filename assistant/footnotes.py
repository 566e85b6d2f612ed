"""An answer as one text for readers that are not ours: chat clients, agents, chains."""

from __future__ import annotations

from footnoted.assistant.answers import Answer

NOTES = "\n\n---\n"  # between an answer and its footnotes; what follows is no part of what was said


def with_notes(answer: Answer) -> str:
    """The text of an answer, and below it why it was refused, what a reader must know, and the footnotes."""
    said = [line for line in (answer.reason, answer.notice) if line]
    notes = [
        f"[{note.number}] {' '.join(note.title.split())}{f', {note.location}' if note.location else ''}: "
        f"“{' '.join(note.quote.split())}”"
        for note in answer.citations
    ]
    return answer.text + (" " + " ".join(said) if said else "") + (NOTES + "\n".join(notes) if notes else "")
