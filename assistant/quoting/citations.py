"""Footnotes: one made for a span of a document, put on the page that it begins on, and numbered by first use."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from footnoted.assistant.answers import Answer, Citation, Sentence, render_text
from footnoted.index.types import Passage, Section, section_at


def cite(number: int, passage: Passage, start: int, end: int, quote: str, support: float) -> Citation:
    """A footnote for a span of a passage's document."""
    return Citation(
        number, passage.id, passage.source, passage.document_id, passage.title, passage.page, passage.location,
        start, end, quote, support,
    )  # fmt: skip


def on_their_pages(
    citations: Sequence[Citation], sections_of: Callable[[str], Sequence[Section]]
) -> tuple[Citation, ...]:
    """Each footnote with the page that its quote begins on: a passage may begin on the page before.

    Args:
        sections_of: the pages of a document, by source.
    """
    sections = {note.source: sections_of(note.source) for note in citations if note.page is not None}
    placed = []
    for note in citations:
        part = section_at(sections.get(note.source, ()), note.start)
        placed.append(replace(note, page=part.number, location=part.label) if part else note)
    return tuple(placed)


def renumbered(answer: Answer, sentences: Sequence[Sentence], citations: Sequence[Citation]) -> Answer:
    """The answer with these sentences and the citations that they use, numbered in the order of first use."""
    used = list(dict.fromkeys(number for sentence in sentences for number in sentence.citations))
    numbers = {old: new for new, old in enumerate(used, start=1)}
    by_number = {citation.number: citation for citation in citations}
    told = tuple(
        replace(sentence, citations=tuple(numbers[number] for number in sentence.citations)) for sentence in sentences
    )
    notes = tuple(replace(by_number[old], number=new) for old, new in numbers.items())
    return replace(answer, sentences=told, citations=notes, text=render_text(told))
