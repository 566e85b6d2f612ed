"""Files that are text already: plain text, source code, Markdown and reStructuredText, verbatim; and notebooks."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from footnoted.index.errors import LoadError
from footnoted.index.loaders.builder import TextBuilder
from footnoted.index.loaders.registry import Source
from footnoted.index.loaders.text import clean
from footnoted.index.text.encodings import decode
from footnoted.index.types import Heading, LoadedDocument

_TERMINAL_COLOURS = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
_FRONT_DATE = re.compile(r"^date:[ \t]*[\"']?(\d{4}-\d{2}-\d{2})", re.MULTILINE)
_ATX = re.compile(r" {0,3}(#{1,6})(?:[ \t]+(.*))?$")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_SETEXT = re.compile(r" {0,3}(=+|-+)[ \t]*$")
_FRONT_TITLE = re.compile(r"^title:[ \t]*(.+)$", re.MULTILINE)
_ADORNMENT = re.compile(r"([^\w\s])\1+[ \t]*$")
_NO_PARAGRAPH = re.compile(r" {0,3}(?:[-*+>]|\d{1,9}[.)])(?:\s|$)| {4}|\t|\|")
_LONGEST_OUTPUT = 4000  # characters of a notebook's cell; what is longer is a log or a table of data


def load_text(source: Source) -> LoadedDocument:
    """Plain text, verbatim except for line breaks and control characters."""
    return LoadedDocument(text=text_of(source), media_type="text/plain")


def load_code(source: Source) -> LoadedDocument:
    """Source code and configuration, as text."""
    return LoadedDocument(text=text_of(source), media_type="text/x-source")


def load_markdown(source: Source) -> LoadedDocument:
    """Markdown as it was written; its headings become spans."""
    text = text_of(source)
    headings = tuple(markdown_headings(text))
    return LoadedDocument(
        text=text,
        title=_front_matter_title(text) or _first_title(headings),
        headings=headings,
        media_type="text/markdown",
        metadata={"date": dated[1]} if (dated := _FRONT_DATE.search(text[: _front_matter_end(text)])) else {},
    )


def load_rst(source: Source) -> LoadedDocument:
    """reStructuredText as it was written; its adorned titles become spans."""
    text = text_of(source)
    headings = tuple(rst_headings(text))
    return LoadedDocument(text=text, title=_first_title(headings), headings=headings, media_type="text/x-rst")


def load_notebook(source: Source) -> LoadedDocument:
    """Text and code of the cells with their printed output, without images and program data.

    A file that is not a notebook is read as the text it is.
    """
    try:
        cells = json.loads(decode(source.data, source.charset).text)["cells"]
        builder, title = _notebook_cells(source, cells)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return load_code(source)
    return builder.build(title=title, media_type="application/x-ipynb+json")


def _notebook_cells(source: Source, cells: list[dict[str, Any]]) -> tuple[TextBuilder, str]:
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


def text_of(source: Source) -> str:
    """The decoded and cleaned text of a file that should be text; raises ``LoadError`` for binary data."""
    text = decode(source.data, source.charset).text
    sample = text[:65536]
    if sum(character < " " and character not in "\t\n\r\f\x0b\x1b" for character in sample) > len(sample) / 20:
        raise LoadError(f"{source.name} is not a text file, although its name ends in {source.suffix}.")
    return clean(_TERMINAL_COLOURS.sub("", text))


def lines_with_offsets(text: str) -> Iterator[tuple[int, str]]:
    """Every line without its line break, and where it starts."""
    position = 0
    for line in text.split("\n"):
        yield position, line
        position += len(line) + 1


def markdown_headings(text: str) -> Iterator[Heading]:
    """ATX (``# A``) and setext (underlined) headings outside of code fences and front matter."""
    fence = ""
    previous: tuple[int, str] | None = None
    skip_until = _front_matter_end(text)
    for start, line in lines_with_offsets(text):
        if start < skip_until:
            continue
        opening = _FENCE.match(line)
        if fence:
            if opening and opening[1].startswith(fence) and not line.strip().strip(fence[0]):
                fence = ""
            previous = None
            continue
        if opening:
            fence, previous = opening[1], None
            continue
        atx, setext = _ATX.match(line), _SETEXT.match(line)
        if atx:
            title = _plain_title(re.sub(r"(?:^|[ \t]+)#+[ \t]*$", "", atx[2] or ""))
            if title:
                yield Heading(start, start + len(line), len(atx[1]), title)
            previous = None
        elif setext and previous:
            yield Heading(previous[0], start + len(line), 1 if setext[1][0] == "=" else 2, _plain_title(previous[1]))
            previous = None
        else:
            previous = (start, line) if line.strip() and not _NO_PARAGRAPH.match(line) else None


def rst_headings(text: str) -> Iterator[Heading]:
    """Titles with an underline (and perhaps an overline); the level is the order in which adornments first appear."""
    styles: list[tuple[str, bool]] = []
    lines = list(lines_with_offsets(text))
    for number in range(1, len(lines)):
        (start, title), (under_start, under) = lines[number - 1], lines[number]
        if not _ADORNMENT.match(under) or not title.strip() or _ADORNMENT.match(title):
            continue
        if len(under.rstrip()) < min(len(title.rstrip()), 4):
            continue
        above = lines[number - 2] if number > 1 else (0, "")
        overlined = bool(_ADORNMENT.match(above[1])) and above[1][:1] == under[:1]
        if not overlined and (title[0].isspace() or above[1].strip()):
            continue
        style = (under[0], overlined)
        if style not in styles:
            styles.append(style)
        yield Heading(
            above[0] if overlined else start, under_start + len(under), styles.index(style) + 1, title.strip()
        )


def _plain_title(title: str) -> str:
    """The words of a Markdown heading: links to their text, without emphasis marks and anchors."""
    title = re.sub(r"!?\[([^\[\]]*)\]\([^()\s]*\)", r"\1", title)
    title = re.sub(r"\{#[\w-]+\}\s*$", "", title)
    return re.sub(r"[*`]+|(?<!\w)_+|_+(?!\w)", "", title).strip()


def _front_matter_end(text: str) -> int:
    """Where a YAML block at the start ends; 0 when there is none."""
    if not text.startswith("---\n"):
        return 0
    end = text.find("\n---\n", 3)
    return end + 5 if end != -1 else 0


def _front_matter_title(text: str) -> str:
    found = _FRONT_TITLE.search(text[: _front_matter_end(text)])
    return found[1].strip().strip("\"'") if found else ""


def _first_title(headings: tuple[Heading, ...]) -> str:
    """The first heading, when no other one is higher: a document that starts lower has no title."""
    if not headings or headings[0].level > min(heading.level for heading in headings):
        return ""
    return headings[0].title
