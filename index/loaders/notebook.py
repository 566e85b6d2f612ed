"""Notebooks (.ipynb): text and code of the cells with their printed output; pictures and program data are left out."""

from __future__ import annotations

import json
from typing import Any

from footnoted.index.loaders.plain import load_code, load_markdown
from footnoted.index.loaders.registry import Source
from footnoted.index.loaders.text import TextBuilder
from footnoted.index.text.encodings import decode
from footnoted.index.types import LoadedDocument

_LONGEST_OUTPUT = 4000  # characters; what is longer is a log or a table of data


def load_notebook(source: Source) -> LoadedDocument:
    """The cells in their order; a file that is no notebook is read as the text it is."""
    try:
        cells = json.loads(decode(source.data, source.charset).text)["cells"]
        builder, title = _built(source, cells)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return load_code(source)
    return builder.build(title=title, media_type="application/x-ipynb+json")


def _built(source: Source, cells: list[dict[str, Any]]) -> tuple[TextBuilder, str]:
    builder, title = TextBuilder(), ""
    for cell in cells:
        text = _joined(cell.get("source"))
        if cell.get("cell_type") == "markdown":
            part = load_markdown(Source(source.name, text.encode("utf-8", "replace")))
            builder.document(part)
            title = title or part.title
            continue
        builder.paragraph(text)
        for output in cell.get("outputs") or ():
            shown = output.get("text") or (output.get("data") or {}).get("text/plain")
            builder.paragraph(_joined(shown)[:_LONGEST_OUTPUT])
    return builder, title


def _joined(lines: object) -> str:
    return lines if isinstance(lines, str) else "".join(map(str, lines)) if isinstance(lines, list) else ""
