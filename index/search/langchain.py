"""Passages for LangChain: a retriever whose documents carry the span that they were cut from."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from footnoted.index.types import Passage

if TYPE_CHECKING:
    from langchain_core.retrievers import BaseRetriever


def langchain_retriever(retrieve: Callable[[str], list[Passage]]) -> BaseRetriever:
    """What ``retrieve`` finds as a LangChain ``BaseRetriever``."""
    from langchain_core.callbacks import CallbackManagerForRetrieverRun
    from langchain_core.documents import Document
    from langchain_core.retrievers import BaseRetriever

    class FootnoteRetriever(BaseRetriever):
        """Passages as LangChain documents, with the span they were cut from in the metadata."""

        def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
            return [
                Document(
                    page_content=passage.text,
                    id=passage.id,
                    metadata={
                        "source": passage.source,
                        "document_id": passage.document_id,
                        "title": passage.title,
                        "page": passage.page,
                        "location": passage.location,
                        "start": passage.start,
                        "end": passage.end,
                        "score": passage.score,
                    },
                )
                for passage in retrieve(query)
            ]

    return FootnoteRetriever()
