"""Files that are text already: plain text, source code, Markdown and reStructuredText, verbatim; and notebooks."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from footnoted.index.errors import LoadError
from footnoted.index.loaders.builder import TextBuilder
from footnoted.index.loaders.registry import Source
from footnoted.index.loaders.text import clean
from footnoted.index.loaders.text_files.markdown import first_title, markdown
from footnoted.index.text.blocks import ordered
from footnoted.index.text.encodings import decode
from footnoted.index.text.structure import inferred
from footnoted.index.types import Block, Heading, LoadedDocument

_TERMINAL_COLOURS = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
_ADORNMENT = re.compile(r"([^\w\s])\1+[ \t]*$")
_BETWEEN_BLANK_LINES = re.compile(r"[^\n]*\S[^\n]*(?:\n[^\n]*\S[^\n]*)*")
_LITERAL = re.compile(
    r"(?:^\.\. (?:code-block|code|sourcecode|highlight)::[ \t]*(?P<language>\S*)[^\n]*|::[ \t]*)\n"
    r"(?:[ \t]+:\w[^\n]*\n)*(?:[ \t]*\n)+(?P<code>[ \t]+\S[^\n]*(?:\n(?:[ \t]+\S[^\n]*|[ \t]*(?=\n[ \t]+\S)))*)",
    re.MULTILINE,
)
_BEGINNINGS = (
    r"\[?\d{4}[-/.]\d\d[-/.]\d\d[T ,_]",  # 2024-06-01 10:00:00
    r"\[?\d{1,2}:\d\d:\d\d",
    r"\[?[A-Z][a-z]{2} {1,2}\d{1,2} ",  # Jun  1
    r"\[?\d{1,2}/[A-Z][a-z]{2}/\d{4}[ :]",
    r"\S+ \S+ \S+ \[\d{1,2}/[A-Z][a-z]{2}/\d{4}",  # of a web server: the address first
    r"\[?(?:TRACE|DEBUG|INFO|NOTICE|WARN(?:ING)?|ERROR|FATAL|CRITICAL)\b",
)
_ENTRY = re.compile(rf"^(?:{'|'.join(_BEGINNINGS)})", re.MULTILINE)
_LINES_LOOKED_AT = 200
_FEWEST_ENTRIES = 3
_MOST_ARE_ENTRIES = 0.6  # of the lines; the others go on with an entry
_LONGEST_OUTPUT = 4000  # characters of a notebook's cell; what is longer is a log or a table of data


def load_text(source: Source) -> LoadedDocument:
    """Plain text, verbatim except for line breaks and control characters; a log has an entry for each of its lines."""
    text = text_of(source)
    return LoadedDocument(text=text, blocks=tuple(log_entries(text)), media_type="text/plain")


def load_code(source: Source) -> LoadedDocument:
    """Source code, as text; what stands between blank lines is a block."""
    text = text_of(source)
    return LoadedDocument(
        text=text, blocks=tuple(code_blocks(text, source.suffix.lstrip("."))), media_type="text/x-source"
    )


def code_blocks(text: str, language: str) -> Iterator[Block]:
    """Code between blank lines, as blocks of code."""
    for found in _BETWEEN_BLANK_LINES.finditer(text):
        yield Block("code", found.start(), found.end(), 0, language)


def log_entries(text: str) -> Iterator[Block]:
    """The entries of a log, each with the lines below it that go on; nothing for a text that is none.

    A log is a text of which nearly every line begins with a time, or with a level in brackets.
    """
    looked_at = text.split("\n", _LINES_LOOKED_AT)[:_LINES_LOOKED_AT]
    lines = sum(1 for line in looked_at if line.strip())
    if sum(1 for line in looked_at if _ENTRY.match(line)) < _MOST_ARE_ENTRIES * lines:
        return
    begun = [found.start() for found in _ENTRY.finditer(text)]
    if len(begun) < _FEWEST_ENTRIES:
        return
    for start, after in zip(begun, [*begun[1:], len(text)], strict=True):
        yield Block("entry", start, start + len(text[start:after].rstrip()))


def load_markdown(source: Source) -> LoadedDocument:
    """Markdown as it was written, with its blocks."""
    return markdown(text_of(source))


def load_rst(source: Source) -> LoadedDocument:
    """reStructuredText as it was written; its adorned titles become headings, its literal blocks code."""
    text = text_of(source)
    headings = tuple(rst_headings(text))
    plain = LoadedDocument(text=text, headings=headings)
    blocks = ordered(_with_code(text, tuple(inferred(plain))))
    return LoadedDocument(
        text=text, title=first_title(headings), headings=headings, blocks=blocks, media_type="text/x-rst"
    )


def _with_code(text: str, blocks: Sequence[Block]) -> Iterator[Block]:
    """The same blocks with the indented lines behind ``::`` as code in place of what they look like."""
    code = [
        Block("code", found.start("code"), found.end("code"), 0, found["language"] or "")
        for found in _LITERAL.finditer(text)
    ]
    yield from code
    for block in blocks:
        if not any(one.start < block.end and block.start < one.end for one in code):
            yield block
        elif block.kind == "paragraph" and (above := next((one for one in code if one.start > block.start), None)):
            held = text[block.start : min(block.end, above.start)].rstrip()
            if held:
                yield Block("paragraph", block.start, block.start + len(held))


def load_notebook(source: Source) -> LoadedDocument:
    """Text and code of the cells with their printed output, without images and program data.

    A file that is not a notebook is read as the text it is.
    """
    try:
        read = json.loads(decode(source.data, source.charset).text)
        builder, title = _notebook_cells(source, read["cells"], _language(read))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return load_code(source)
    return builder.build(title=title, media_type="application/x-ipynb+json")


def _language(notebook: dict[str, Any]) -> str:
    told = notebook.get("metadata", {}).get("language_info", {}).get("name", "")
    return told if isinstance(told, str) else ""


def _notebook_cells(source: Source, cells: list[dict[str, Any]], language: str) -> tuple[TextBuilder, str]:
    builder, title = TextBuilder(), ""
    for cell in cells:
        text = _joined(cell.get("source"))
        if cell.get("cell_type") == "markdown":
            part = load_markdown(Source(source.name, text.encode("utf-8", "replace")))
            builder.document(part)
            title = title or part.title
            continue
        builder.paragraph(text, "code", label=language)
        for output in cell.get("outputs") or ():
            shown = output.get("text") or (output.get("data") or {}).get("text/plain")
            builder.paragraph(_joined(shown)[:_LONGEST_OUTPUT], "code")
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
