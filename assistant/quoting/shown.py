"""Quoted text as a reader sees it: without the marks of Markdown and HTML that make it bold, a link or a heading."""

from __future__ import annotations

import re
from pathlib import PurePath

_MARKDOWN = frozenset({".md", ".markdown", ".mdown", ".mkd", ".mdx", ".ipynb"})
_IMAGE = re.compile(r"!\[([^\[\]]*)\]\([^()\s]*(?:\([^()\s]*\)[^()\s]*)*(?:\s+\"[^\"]*\")?\)")
_LINK = re.compile(r"(?<!!)\[([^\[\]]+)\](?:\([^()\s]*(?:\([^()\s]*\)[^()\s]*)*(?:\s+\"[^\"]*\")?\)|\[[^\[\]]*\])")
_ADDRESS = re.compile(r"<((?:https?|mailto):[^<>\s]+)>")
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,200}>|<!--.*?-->", re.DOTALL)
_STRONG = re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1", re.DOTALL)
_EMPHASIS = re.compile(r"(?<![\w*])([*_])(?=[^\s*_])([^*_\n]+?)(?<=[^\s*_])\1(?![\w*])")
_DELETED = re.compile(r"~~(?=\S)(.+?)(?<=\S)~~")
_CODE = re.compile(r"(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.DOTALL)
_HEADING = re.compile(r"^ {0,3}#{1,6}[ \t]+|[ \t]+#+[ \t]*$|\n[ \t]*(?:=+|-+)[ \t]*$")
_QUOTED = re.compile(r"(?:^|\n)[ \t]*(?:>[ \t]?)+")
_NOTE = re.compile(r"\[\^[^\]\s]+\](?::[ \t]*)?")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")


def shown(text: str, source: str = "") -> str:
    """The words of a quoted stretch on one line. ``source`` names its document: only Markdown has single ``*``.

    What is code inside a sentence keeps its characters.
    """
    markdown = PurePath(source).suffix.lower() in _MARKDOWN
    if not any(mark in text for mark in "*_`[<~#>\\\n"):
        return " ".join(text.split())
    code: list[str] = []

    def kept(found: re.Match[str]) -> str:
        code.append(found[2].strip())
        return f"\x00{len(code) - 1}\x00"

    text = _CODE.sub(kept, text)
    if markdown:
        text = _QUOTED.sub("\n", _HEADING.sub("", _NOTE.sub("", text)))
    text = _LINK.sub(r"\1", _IMAGE.sub(r"\1", _ADDRESS.sub(r"\1", text)))
    text = _DELETED.sub(r"\1", _STRONG.sub(r"\2", _TAG.sub(" ", text)))
    if markdown:
        text = _ESCAPED.sub(r"\1", _EMPHASIS.sub(r"\2", text))
    text = re.sub("\x00(\\d+)\x00", lambda found: code[int(found[1])], text)
    return " ".join(text.split())
