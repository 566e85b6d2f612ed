"""The texts of a corpus without an index of it, in which the gold of a question is looked up for other systems too."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path

from footnoted.assistant.evaluation.question_sets.files import corpus_rows
from footnoted.index.errors import IndexingError
from footnoted.index.loaders.discovery import discover
from footnoted.index.loaders.isolate import load_isolated

TextOf = Callable[[str], str | None]
TEXTS_KEPT = 64  # documents of a folder that are kept when they have been read


class CorpusTexts:
    """Texts by the names that labels have for documents: their ids, paths or file names.

    ``listed`` are the documents as (id, source). The lines of a ``.jsonl`` corpus are read at once, the files of a
    folder when they are asked for. A name that several documents have names none of them.
    """

    def __init__(self, corpus: Path) -> None:
        """Raises :class:`QuestionsError` for a ``.jsonl`` corpus with a bad line."""
        self.listed: list[tuple[str, str]] = []
        self._texts: Mapping[str, str] = {}
        self._files: dict[str, Path | None] = {}
        if corpus.is_file() and corpus.suffix == ".jsonl":
            self._texts = {row["id"]: row["text"] for row in corpus_rows(corpus)}
            self.listed = [(name, f"{corpus}#{name}") for name in self._texts]
            return
        folder = corpus if corpus.is_dir() else corpus.parent
        exact: dict[str, Path] = {}
        for path in discover(corpus).files:
            relative = path.relative_to(folder).as_posix()
            self.listed.append((relative, str(path)))
            exact |= {relative: path, str(path): path, str(path.resolve()): path}
            self._files[path.name] = None if path.name in self._files else path
        self._files |= exact

    def text_of(self, name: str) -> str | None:
        """The text of a document; None if there is none of this name, or if it cannot be read."""
        if name in self._texts:
            return self._texts[name]
        path = self._files.get(name)
        return None if path is None else file_text(path)


@lru_cache(maxsize=TEXTS_KEPT)
def file_text(path: Path) -> str | None:
    """The text of a file as an index would store it; None if it cannot be read."""
    try:
        return "\n\n".join(document.text for document in load_isolated(path).documents)
    except IndexingError:
        return None


def quoted_verbatim(quote: str, document: str, text_of: TextOf) -> bool | None:
    """Whether a quote is in the text of the document it is from, white space aside; None if the text is not known."""
    text = text_of(document) if document else None
    return None if text is None else folded(quote) in folded(text)


def folded(text: str) -> str:
    """A text with its white space folded."""
    return " ".join(text.split())
