"""Documents in, passages out: ``open_index(home).retrieve("question")``. Imports nothing else of this project.

>>> with open_index("example-home") as index:
...     report = index.add("example.txt")
...     passage = index.retrieve("Who built the mill?", k=1)[0]
...     print(passage.title, passage.why.matched_words)
...     index.text_of(passage.source)[passage.start : passage.end] == passage.text
example.txt ('built', 'mill')
True
"""

from footnoted.index.errors import IndexingError
from footnoted.index.types import (
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
        from footnoted.index import index

        return getattr(index, name)
    raise AttributeError(f"module 'index' has no attribute {name!r}")
