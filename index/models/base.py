"""What the index needs from an embedding model, and what a model reads of a passage."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from langchain_core.embeddings import Embeddings

# A question is read again with each of about a hundred passages and sentences: one that fills the model would cost ten
# times as much as usual. Real questions have 10 to 40.
QUESTION_TOKENS = 128
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


def beginning_of(question: str, count_tokens: Callable[[Sequence[str]], list[int]], most: int = QUESTION_TOKENS) -> str:
    """As much of a question, from its beginning, as models read with every passage: whole words of ``most`` tokens."""
    if len(question) <= most or count_tokens([question])[0] <= most:
        return question
    fits, over = 0, len(question)
    while over - fits > 1:
        middle = (fits + over) // 2
        fits, over = (middle, over) if count_tokens([question[:middle]])[0] <= most else (fits, middle)
    beginning = question[:fits]
    whole = question[fits].isspace() or beginning[-1:].isspace() or " " not in beginning.strip()
    return beginning if whole else beginning.rsplit(None, 1)[0]


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
