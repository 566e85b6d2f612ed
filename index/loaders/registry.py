"""What a loader is given and gives back, which loader reads which suffix, and the one place that calls loaders."""

from __future__ import annotations

import importlib
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from footnoted.index.errors import EmptyFile, LoadError, UnknownFormat
from footnoted.index.loaders.ocr.engine import engine
from footnoted.index.types import LoadedDocument

MAXIMUM_BYTES = 1_000_000_000

_LOADERS = {
    "text": "footnoted.index.loaders.text_files.plain:load_text",
    "code": "footnoted.index.loaders.text_files.plain:load_code",
    "markdown": "footnoted.index.loaders.text_files.plain:load_markdown",
    "rst": "footnoted.index.loaders.text_files.plain:load_rst",
    "html": "footnoted.index.loaders.markup.html:load_html",
    "pdf": "footnoted.index.loaders.pdf.load:load_pdf",
    "docx": "footnoted.index.loaders.office.word:load_docx",
    "pptx": "footnoted.index.loaders.office.slides:load_pptx",
    "xlsx": "footnoted.index.loaders.office.sheets:load_xlsx",
    "doc": "footnoted.index.loaders.office.legacy:load_doc",
    "xls": "footnoted.index.loaders.office.legacy:load_xls",
    "ppt": "footnoted.index.loaders.office.legacy:load_ppt",
    "rtf": "footnoted.index.loaders.rich_text.load:load_rtf",
    "odt": "footnoted.index.loaders.opendocument.texts:load_odt",
    "odp": "footnoted.index.loaders.opendocument.slides:load_odp",
    "ods": "footnoted.index.loaders.opendocument.sheets:load_ods",
    "csv": "footnoted.index.loaders.tables.delimited:load_csv",
    "epub": "footnoted.index.loaders.markup.epub:load_epub",
    "eml": "footnoted.index.loaders.mail.eml:load_eml",
    "msg": "footnoted.index.loaders.mail.outlook:load_msg",
    "jsonl": "footnoted.index.loaders.corpus:load_jsonl",
    "ipynb": "footnoted.index.loaders.text_files.plain:load_notebook",
    "settings": "footnoted.index.loaders.text_files.settings:load_settings",
    "transcript": "footnoted.index.loaders.text_files.transcripts:load_transcript",
    "picture": "footnoted.index.loaders.ocr.pictures:load_picture",
}

_SUFFIXES_OF = {
    "text": "txt text log",
    "markdown": "md markdown mdown mkd mdx",
    "rst": "rst rest",
    "html": "html htm xhtml",
    "pdf": "pdf",
    "docx": "docx docm dotx",
    "pptx": "pptx pptm ppsx",
    "xlsx": "xlsx xlsm xltx",
    "doc": "doc dot",
    "xls": "xls xlt",
    "ppt": "ppt pps pot",
    "rtf": "rtf",
    "odt": "odt ott fodt",
    "odp": "odp otp fodp",
    "ods": "ods ots fods",
    "csv": "csv tsv tab",
    "epub": "epub",
    "eml": "eml",
    "msg": "msg",
    "jsonl": "jsonl ndjson",
    "ipynb": "ipynb",
    "picture": "png jpg jpeg tif tiff webp bmp",
    "settings": "json json5 yaml yml toml ini cfg conf properties",
    "transcript": "vtt srt",
    "code": "adoc asm awk bash bat bib c cc clj cmake cpp cs css cxx d dart diff el elm erl ex exs f90 fish "
    "fs go gradle graphql groovy h hh hpp hs htaccess hxx java jl js jsx kt kts less lisp lua m makefile "
    "ml mli mm nim nix org pas patch php pl pm proto ps1 py pyi pyx r rake rb rkt rs sass scala scm scss "
    "sh sol sql svelte swift tcl tex textile tf ts tsx v vb vhdl vim vue xml xsl zig zsh",
}

SUFFIXES: dict[str, str] = {
    f".{suffix}": name for name, suffixes in _SUFFIXES_OF.items() for suffix in suffixes.split()
}
"""Every suffix that can be read, with its dot and in lower case, and the name of its loader."""


def suffixes_to_look_for() -> frozenset[str]:
    """The suffixes of files to take from a folder: pictures only where there is an engine to read them."""
    return frozenset(suffix for suffix, name in SUFFIXES.items() if name != "picture" or engine())


TEXTUAL = frozenset({"text", "code", "markdown", "rst", "csv", "jsonl", "ipynb", "settings", "transcript"})
"""Loaders of files that are text already."""

IN_PROCESS = frozenset({"text", "code", "rst", "csv", "jsonl", "transcript"})
"""Loaders so simple that they need no separate process: no parser of somebody else's is in them."""


@dataclass(frozen=True, slots=True)
class Source:
    """One file (or attachment) to read. ``ocr``: ``None`` uses an engine if there is one, ``False`` never does.

    ``depth`` counts how deep the file lies in other files (an attachment of a message is at 1). ``charset`` is the
    encoding that a web server declared. ``working`` is called, where it is given, before each step of a long reading.
    """

    name: str
    data: bytes
    password: str | None = None
    ocr: bool | None = None
    depth: int = 0
    charset: str | None = None
    working: Callable[[], None] | None = None

    @property
    def suffix(self) -> str:
        """The suffix in lower case with its dot, or an empty string."""
        stem, dot, suffix = self.name.rpartition(".")
        return f".{suffix.lower()}" if dot and stem else ""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What one file gave: its documents, and a sentence for each part (line of a corpus) that could not be read."""

    documents: tuple[LoadedDocument, ...]
    problems: tuple[str, ...] = ()


def read_file(
    path: Path,
    password: str | None = None,
    ocr: bool | None = None,
    *,
    charset: str | None = None,
    working: Callable[[], None] | None = None,
) -> Loaded:
    """Read one file in this process."""
    loader_name(path)
    return load_source(Source(path.name, read_bytes(path), password, ocr, charset=charset, working=working))


def loader_name(path: str | Path) -> str:
    """Which loader reads this file, by its suffix; raises ``UnknownFormat``."""
    path = Path(path)
    name = SUFFIXES.get(path.suffix.lower())
    if name is None:
        kind = f"files ending in {path.suffix}" if path.suffix else "files without a suffix"
        raise UnknownFormat(f"{path.name} cannot be read: there is no loader for {kind}.")
    return name


def read_bytes(path: Path) -> bytes:
    """The bytes of a regular file that is not empty; every difficulty is a ``LoadError``."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise LoadError(f"{path.name} is not a regular file.")
        if status.st_size > MAXIMUM_BYTES:
            raise LoadError(f"{path.name} is larger than {MAXIMUM_BYTES // 1_000_000} MB; split it into smaller files.")
        data = path.read_bytes()
    except OSError as error:
        raise LoadError(f"{path.name} cannot be opened: {error.strerror or error}.") from error
    except ValueError as error:
        raise LoadError(f"{path.name!r} is not a possible file name.") from error
    if not data:
        raise EmptyFile(f"{path.name} is empty.")
    return data


def load_source(source: Source) -> Loaded:
    """Read bytes that are already in memory; what a parser raises on damaged input becomes a ``LoadError``."""
    name = SUFFIXES.get(source.suffix)
    if name is None:
        raise UnknownFormat(f"{source.name} cannot be read: there is no loader for this kind of file.")
    try:
        result = _function(name)(source)
    except LoadError:
        raise
    except MemoryError as error:
        raise LoadError(f"{source.name} needs more memory than there is to read it.") from error
    except ImportError as error:
        raise LoadError(f"{source.name} cannot be read because the package {error.name} is not installed.") from error
    except Exception as error:  # an edge: parsers raise anything on damaged bytes
        raise LoadError(f"{source.name} is damaged or not a {name} file ({type(error).__name__}).") from error
    loaded = result if isinstance(result, Loaded) else Loaded((result,))
    if not any(document.text.strip() for document in loaded.documents) and not loaded.problems:
        raise EmptyFile(f"{source.name} holds no text.")
    return loaded


def _function(name: str) -> Callable[[Source], LoadedDocument | Loaded]:
    module, _, function = _LOADERS[name].partition(":")
    return getattr(importlib.import_module(module), function)
