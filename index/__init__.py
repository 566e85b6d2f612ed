"""Documents in, passages out: ``open_index(home).retrieve("question")``. Imports nothing else of this project."""

from index.errors import IndexingError
from index.types import (
    CollectionInfo,
    DocumentInfo,
    Filter,
    Heading,
    LoadedDocument,
    Passage,
    Progress,
    Report,
    Section,
    Why,
)

__all__ = [
    "CollectionInfo",
    "DocumentInfo",
    "Filter",
    "Heading",
    "Index",
    "IndexingError",
    "LoadedDocument",
    "Passage",
    "Progress",
    "Report",
    "Section",
    "Why",
    "open_index",
]


def __getattr__(name: str):
    # Late, so that `footnote --help` does not pay for Chroma, tantivy and LangChain.
    if name in ("Index", "open_index"):
        from index import index as opened

        return getattr(opened, name)
    raise AttributeError(f"module 'index' has no attribute {name!r}")
