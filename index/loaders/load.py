"""From a file to its text: the public face of the loaders.

``SUFFIXES`` says what can be read, ``discover`` finds it in a folder, ``load`` reads a file in this process and
``load_isolated`` reads it in a separate process with limits. Parsers are imported when they are first needed.
"""

from __future__ import annotations

from pathlib import Path

from footnoted.index.loaders.discovery import Found, discover
from footnoted.index.loaders.isolate import Limits, load_isolated
from footnoted.index.loaders.registry import SUFFIXES, Loaded, read_file

__all__ = ["PARSER_VERSION", "SUFFIXES", "Found", "Limits", "Loaded", "discover", "load", "load_isolated"]

PARSER_VERSION = "5"
"""Changes whenever a loader gives a different text for the same bytes, so that documents are read again."""


def load(path: str | Path, *, password: str | None = None, ocr: bool | None = None) -> Loaded:
    """Read one file in this process; for files from strangers use ``load_isolated``.

    A ``.jsonl`` corpus gives a document for each good line and a problem for each bad one; every other file gives one
    document. ``ocr``: ``None`` reads scanned pages if an engine is installed, ``False`` never does.

    Raises:
        LoadError: or one of its children, with one sentence that names the file and says what is wrong.
    """
    return read_file(Path(path), password, ocr)
