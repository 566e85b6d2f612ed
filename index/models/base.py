"""What the index asks of an embedding model, and how many tokens a text has at most where a model cannot count."""

from __future__ import annotations

from collections.abc import Sequence

from langchain_core.embeddings import Embeddings


class TextEmbeddings(Embeddings):
    """What the index asks of an embedding model besides LangChain's interface.

    ``identity`` names model, revision and treatment: two models of equal width are not interchangeable, so the index
    stores it and compares it. ``max_tokens`` is what the model reads of a text; ``count_tokens`` counts in its tokens.
    """

    identity: str
    max_tokens: int
    dimensions: int

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """The number of tokens of each text, special tokens included."""
        raise NotImplementedError


def generous_count(text: str) -> int:
    """Rather more than the tokens of a text, for a model that cannot count: words (1.6 each), or bytes (4 a token).

    Bytes count for scripts without spaces and for lines that are no words.
    """
    return int(max(len(text.split()) * 1.6, len(text.encode("utf-8", "replace")) / 4)) + 2
