"""Word documents (.docx)."""

from __future__ import annotations

from index.loaders.source import Source
from index.loaders.text import TextBuilder
from index.types import LoadedDocument


def load_docx(source: Source) -> LoadedDocument:
    """First, thin version."""
    import io

    import docx

    builder = TextBuilder()
    for paragraph in docx.Document(io.BytesIO(source.data)).paragraphs:
        builder.paragraph(paragraph.text)
    return builder.build(media_type="application/vnd.openxmlformats-officedocument.wordprocessingml.document")
