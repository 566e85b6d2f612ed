"""Opening a file of questions: its form by name and content, its text, and the packages that some forms need."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType

from footnoted.assistant.evaluation.errors import QuestionsError
from footnoted.index.text.encodings import decode

FORMS = {
    ".jsonl": "jsonl", ".json": "json", ".csv": "csv", ".tsv": "csv", ".xlsx": "xlsx", ".parquet": "parquet",
    ".yaml": "yaml", ".yml": "yaml",
}  # fmt: skip
TABLES = ("csv", "xlsx", "parquet")
_FIRST_BYTES = 4096
# What a file begins with says more than its name: programs save a workbook as "questions.csv".
_MAGIC = {b"PK\x03\x04": "xlsx", b"PAR1": "parquet"}
_OLD_OFFICE = b"\xd0\xcf\x11\xe0"


def form_of(path: Path) -> str:
    """One of the values of ``FORMS``; a file with another ending is JSON lines, or JSON if it begins with "["."""
    try:
        with open(path, "rb") as stream:
            first = stream.read(_FIRST_BYTES)
    except OSError as error:
        raise QuestionsError(f"{path} cannot be read: {error.strerror or error}.") from error
    if first.startswith(_OLD_OFFICE):
        raise QuestionsError(f"{path} is an old or encrypted Excel file: save it as .xlsx without a password, or .csv.")
    for magic, form in _MAGIC.items():
        if first.startswith(magic):
            return form
    listed = first.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"[")
    return FORMS.get(path.suffix.lower(), "json" if listed else "jsonl")


def read_text(path: Path) -> str:
    """The text of a file in whatever encoding it has; raises :class:`QuestionsError` for one that is not text."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise QuestionsError(f"{path} cannot be read: {error.strerror or error}.") from error
    text = decode(data).text
    if "\x00" in text:
        raise QuestionsError(f"{path} is not a text file.")
    return text


def optional_package(name: str, install: str, path: Path) -> ModuleType:
    """The module ``name``, which Footnote itself does not need; the error says which package to install."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        kind = path.suffix or "such"
        raise QuestionsError(
            f"{path} needs the package {install} for {kind} files: pip install 'footnoted[tables]'."
        ) from error
