"""Cleaning of text, and the builder that keeps the spans of sections and headings right while a text grows."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from footnoted.index.types import Heading, LoadedDocument, Section

_NEWLINES = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_UNSTORABLE = re.compile("[\x00-\x08\x0e-\x1f\x7f\ufeff\ufffe\uffff]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_SPACES = re.compile("[ \t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]+")
_INVISIBLE = re.compile("[\u00ad\u200b\u2060\ufeff]")
_LIGATURES = str.maketrans(
    {"\ufb00": "ff", "\ufb01": "fi", "\ufb02": "fl", "\ufb03": "ffi", "\ufb04": "ffl", "\ufb05": "st", "\ufb06": "st"}
)


def clean(text: str) -> str:
    """``text`` as it can be stored: ``\\n`` for every kind of line break, no control characters, no lone surrogates.

    Everything else stays as it is. SQLite cannot hold lone surrogates and cuts text at NUL in places.
    """
    text = _UNSTORABLE.sub("", _NEWLINES.sub("\n", text))
    if _SURROGATE.search(text):
        # Halves of a pair that arrived as two characters become one again; a half alone is replaced.
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def tidy(text: str) -> str:
    """``clean`` text of a format with layout: one space for a run of them, composed letters, no invisible marks."""
    text = _INVISIBLE.sub("", clean(text)).translate(_LIGATURES)
    return unicodedata.normalize("NFC", _SPACES.sub(" ", text))


def one_line(text: str) -> str:
    """``tidy`` text on a single line, without spaces at its ends."""
    return " ".join(tidy(text).split())


def row(cells: Iterable[str]) -> str:
    """A row of a table as one line: ``cell | cell``.

    Empty cells keep their place, so that columns stay aligned, unless most of the row is empty.
    """
    values = [one_line(cell) for cell in cells]
    while values and not values[-1]:
        values.pop()
    filled = [value for value in values if value]
    return " | ".join(filled if len(filled) < 2 or len(filled) * 2 < len(values) else values)


class TextBuilder:
    """Puts a text together piece by piece and records where its sections and headings are."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._length = 0
        self._sections: list[Section] = []
        self._headings: list[Heading] = []

    def __len__(self) -> int:
        return self._length

    def _append(self, text: str) -> None:
        self._pieces.append(text)
        self._length += len(text)

    def _add(self, text: str, separator: str) -> int:
        """Append ``text`` after ``separator`` (nothing at the very start); returns where it starts."""
        if self._length:
            self._append(separator)
        start = self._length
        self._append(text)
        return start

    def paragraph(self, text: str) -> None:
        """Add a block of text, set off by a blank line. Its own line breaks stay. Blank text adds nothing."""
        text = clean(text).strip("\n")
        if text.strip():
            self._add(text.rstrip(), "\n\n")

    def line(self, text: str) -> None:
        """Add one line directly under the last one (rows of a table, items of a list)."""
        text = clean(text).strip()
        if text:
            self._add(text, "\n")

    def rows(self, lines: Iterable[str]) -> None:
        """Add a table: a blank line, then one line per row."""
        block = "\n".join(text for line in lines if (text := one_line(line)))
        self.paragraph(block)

    def heading(self, title: str, level: int) -> None:
        """Add a heading on a line of its own."""
        title = one_line(title)
        if title:
            start = self._add(title, "\n\n")
            self._headings.append(Heading(start, self._length, max(1, min(level, 9)), title))

    @contextmanager
    def section(self, label: str, number: int | None = None) -> Iterator[None]:
        """Everything added inside the ``with`` belongs to this section; one without text is not kept."""
        before = self._length
        yield
        if self._length > before:
            start = before + 2 if before else 0
            self._sections.append(Section(start, self._length, label, number))

    def document(self, part: LoadedDocument) -> None:
        """Add another document's text with its headings (an attachment, a chapter)."""
        if not part.text.strip():
            return
        start = self._add(part.text, "\n\n")
        for heading in part.headings:
            moved = Heading(heading.start + start, heading.end + start, heading.level, heading.title)
            self._headings.append(moved)

    def build(
        self,
        *,
        title: str = "",
        media_type: str = "text/plain",
        notes: Iterable[str] = (),
        metadata: Mapping[str, str | int | float] | None = None,
    ) -> LoadedDocument:
        """The finished document."""
        return LoadedDocument(
            text="".join(self._pieces),
            title=one_line(title),
            sections=tuple(self._sections),
            headings=tuple(self._headings),
            media_type=media_type,
            notes=tuple(notes),
            metadata=dict(metadata or {}),
        )
