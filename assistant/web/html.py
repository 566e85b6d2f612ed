"""Untrusted text made safe for a page: escaped, and unable to reorder or hide the text around it."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping

# Marks that change the direction of what follows, and controls that a reader cannot see.
_INVISIBLE = re.compile("[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
# Characters that a template of Gradio's could give a meaning; its templates take values as data, this makes sure.
_TEMPLATE = {ord(character): f"&#{ord(character)};" for character in "{}$`"}


def escaped(text: object) -> str:
    """Text for an element or a quoted attribute: no character of it is markup."""
    return html.escape(_CONTROL.sub("\ufffd", str(text)), quote=True).translate(_TEMPLATE)


def name(text: object) -> str:
    """A file name or title on one line, without marks that would turn "gpj.exe" into "exe.jpg"; escaped."""
    return escaped(" ".join(_INVISIBLE.sub("", str(text)).split()))


def place(item: Mapping) -> str:
    """The document's title and where in it, for a reader; not yet escaped."""
    title = item.get("title") or item.get("document_id") or "Document"
    return f"{title}, {item['location']}" if item.get("location") else str(title)


def shortened(text: str, most: int = 180) -> str:
    """The beginning of a text on one line, cut at a word; not yet escaped."""
    line = " ".join(text.split())
    return line if len(line) <= most else line[:most].rsplit(" ", 1)[0] + " …"


def number(text: object, otherwise: int = 0) -> int:
    """A whole number that a page sent, or ``otherwise`` where it sent something else."""
    line = str(text)
    return int(line) if line.isascii() and line.isdigit() and len(line) < 12 else otherwise


def labelled(document: str, message: str) -> str:
    """A message about a document after the document's name, unless it begins with that name already; escaped."""
    if message.startswith(document):
        return escaped(message)
    return f"<bdi>{name(document)}</bdi>: {escaped(message)}"


def readable(text: str) -> str:
    """The words of a passage on one line, without what Markdown puts around them; for a look at it, never a quote."""
    lines = [re.sub(r"^\s*(?:#{1,6}\s+|[-*+]\s+|>\s*)", "", line) for line in text.split("\n")]
    plain = " ".join(line for line in lines if re.search(r"\w", line))
    return " ".join(re.sub(r"`|\*\*", "", plain.replace("|", " ")).split())
