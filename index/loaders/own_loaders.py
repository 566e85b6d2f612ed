"""Loaders that a program provides itself: for file endings that we cannot read, or that it reads differently.

They run in the program's own process and without limits: it knows its own code, and we do not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from footnoted.index.errors import EmptyFile, HomeUnusable, LoadError
from footnoted.index.loaders.registry import Loaded, suffixes_to_look_for
from footnoted.index.loaders.text import clean
from footnoted.index.text.blocks import fault
from footnoted.index.types import LoadedDocument, Section

if TYPE_CHECKING:
    from langchain_core.documents import Document

    Read = str | LoadedDocument | Iterable[Document]
    Loader = Callable[[Path], Read]

_BETWEEN = "\n\n"  # LangChain documents that are the parts of one file
_SUFFIX = re.compile(r"\.[^./\\\s]+")


class OwnLoaders:
    """By file ending; see ``loaders`` of :func:`footnoted.index.index.open_index`."""

    def __init__(self, loaders: Mapping[str, Loader] | None = None) -> None:
        """Raises HomeUnusable for anything that is not a file ending, or not callable."""
        self._by_suffix = {suffix.lower(): loader for suffix, loader in (loaders or {}).items()}
        for suffix, loader in self._by_suffix.items():
            if not _SUFFIX.fullmatch(suffix):
                raise HomeUnusable(f"loaders: {suffix!r} is not a file ending: write it as '.xyz'.")
            if not callable(loader):
                raise HomeUnusable(f"loaders: what is given for {suffix} cannot be called with a path.")
        self.suffixes = frozenset(self._by_suffix) | suffixes_to_look_for()
        """All endings to look for in a folder, ours too; pictures only where there is an engine to read them."""

    def _of(self, path: Path | str) -> Loader | None:
        """The program's loader for a file; web pages, which are named by their address, have none."""
        return self._by_suffix.get(path.suffix.lower()) if isinstance(path, Path) else None

    def version(self, path: Path | str) -> str:
        """Differs when a file was read by another loader, or another version of it; empty for ours."""
        loader = self._of(path)
        if loader is None:
            return ""
        kind = loader if hasattr(loader, "__qualname__") else type(loader)
        name = f"{kind.__module__}:{kind.__qualname__}:{getattr(loader, 'version', '')}"
        return "+" + re.sub(r"[^\w:<>-]", "_", name)

    def load(self, path: Path) -> Loaded | None:
        """What the program's loader makes of a file; ``None`` if there is no such loader. Raises LoadError."""
        loader = self._of(path)
        if loader is None:
            return None
        try:
            document = _document(loader(path))
        except LoadError:
            raise
        except Exception as error:  # code that is not ours may raise anything
            reason = " ".join(str(error).split())[:200]
            raise LoadError(
                f"{path.name} could not be read: the loader given for {path.suffix} failed "
                f"({type(error).__name__}{': ' if reason else ''}{reason})."
            ) from error
        if not document.text.strip():
            raise EmptyFile(f"{path.name} holds no text.")
        return Loaded((document,))


def _document(read: Read) -> LoadedDocument:
    if isinstance(read, str):
        return LoadedDocument(text=clean(read))
    if isinstance(read, LoadedDocument):
        if read.text != clean(read.text):  # its offsets would be wrong in the text without them
            raise ValueError("the text has characters that cannot be stored, such as \\r or NUL")
        if wrong := fault(read.text, read.blocks):
            raise ValueError(f"its blocks do not fit its text: {wrong}")
        return read
    return _joined(list(read))


def _joined(parts: list[Document]) -> LoadedDocument:
    """LangChain's documents as one: each that names its page (from 0, as LangChain counts) is a section."""
    text, sections = "", []
    for part in parts:
        content, page = clean(part.page_content), part.metadata.get("page")
        if content.strip():
            start = len(text) + (len(_BETWEEN) if text else 0)
            text = f"{text}{_BETWEEN if text else ''}{content}"
            if isinstance(page, int):
                sections.append(Section(start, len(text), f"page {page + 1}", page + 1))
    first = parts[0].metadata if parts else {}
    kept = {name: value for name, value in first.items() if isinstance(value, str | int | float)}
    own = {name: value for name, value in kept.items() if name not in ("source", "title", "page", "page_label")}
    return LoadedDocument(text, str(kept.get("title", "")), tuple(sections), metadata=own)
