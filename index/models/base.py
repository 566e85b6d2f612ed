"""What the index needs from an embedding model, and what a model reads of a passage."""

from __future__ import annotations

from collections.abc import Sequence

from langchain_core.embeddings import Embeddings

_LABEL_CHARACTERS = 200  # of a title, and of a heading path: what is longer would crowd out the passage itself


class TextEmbeddings(Embeddings):
    """What the index needs from an embedding model besides LangChain's interface.

    ``identity`` names model, revision and treatment: two models of equal width are not interchangeable, so the index
    stores it and compares it. ``max_tokens`` is how much of a text the model reads; ``count_tokens`` uses its tokens.
    """

    identity: str
    max_tokens: int
    dimensions: int

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """The number of tokens of each text, special tokens included."""
        raise NotImplementedError


def generous_count(text: str) -> int:
    """A high estimate of a text's tokens, for a model that cannot count: words (1.6 each), or bytes (4 a token).

    Bytes count for scripts without spaces and for lines that are not words.
    """
    return int(max(len(text.split()) * 1.6, len(text.encode("utf-8", "replace")) / 4)) + 2


def embedded_text(title: str, heading: str, text: str, columns: str = "") -> str:
    """What models read of a passage: its title and heading path above its own words, neither repeated.

    ``columns`` are the names of the columns of a table whose header is not in the passage.
    """
    opening = text[: len(title) + 80].casefold()
    lines = [shortened_label(part) for part in (title, heading) if part and part.casefold() not in opening]
    if len(lines) == 2 and lines[0].casefold() in lines[1].casefold():
        lines = lines[1:]
    return "\n".join([*lines, *([columns] if columns else []), text])


def shortened_label(label: str) -> str:
    """A title or heading path in at most 200 characters; the end of a path is kept, which is nearest to the text."""
    return label if len(label) <= _LABEL_CHARACTERS else "…" + label[1 - _LABEL_CHARACTERS :]
