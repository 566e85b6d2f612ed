"""What a loader is given: the bytes of one file, its name for messages, and the options of the caller."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Source:
    """One file (or attachment) to read. ``ocr``: ``None`` uses an engine if there is one, ``False`` never does.

    ``depth`` counts how deep the file lies in other files (an attachment of a message is at 1). ``charset`` is the
    encoding that a web server told.
    """

    name: str
    data: bytes
    password: str | None = None
    ocr: bool | None = None
    depth: int = 0
    charset: str | None = None

    @property
    def suffix(self) -> str:
        """The suffix in lower case with its dot, or an empty string."""
        stem, dot, suffix = self.name.rpartition(".")
        return f".{suffix.lower()}" if dot and stem else ""
