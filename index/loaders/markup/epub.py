"""E-books (EPUB 2 and 3): the chapters in reading order."""

from __future__ import annotations

import posixpath
import re
from typing import Any
from urllib.parse import unquote

from footnoted.index.errors import LoadError
from footnoted.index.loaders.archive import Archive
from footnoted.index.loaders.builder import TextBuilder
from footnoted.index.loaders.markup.tree import add_tree
from footnoted.index.loaders.registry import Source
from footnoted.index.types import LoadedDocument

_DC = "{http://purl.org/dc/elements/1.1/}"
_FONT_OBFUSCATION = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")
_CHAPTERS = ("application/xhtml+xml", "text/html", "application/x-dtbook+xml")


def load_epub(source: Source) -> LoadedDocument:
    """The text of all chapters of the spine; the table of contents is left out, since it repeats their headings."""
    archive = Archive(source)
    _refuse_protected(archive)
    package_name = _package_name(archive)
    package = archive.xml(package_name)
    folder = posixpath.dirname(package_name)
    chapters = {
        item.get("id"): item
        for item in package.iter("{*}item")
        if item.get("media-type") in _CHAPTERS and "nav" not in (item.get("properties") or "").split()
    }
    builder = TextBuilder()
    notes: list[str] = []
    order = list(dict.fromkeys(reference.get("idref") for reference in package.iter("{*}itemref")))
    if not any(identifier in chapters for identifier in order):
        order = list(chapters)
        notes.append("The book does not say the order of its chapters; they follow its list of contents.")
    for item in (chapters[identifier] for identifier in order if identifier in chapters):
        part = posixpath.normpath(posixpath.join(folder, unquote(item.get("href") or "")))
        if part in archive:
            _chapter(archive.read(part), builder)
        else:
            notes.append(f"The chapter {part} is missing from the file.")
    authors = "; ".join(_values(package, "creator"))
    dated = next((value[:10] for value in _values(package, "date") if re.match(r"\d{4}-\d{2}-\d{2}", value)), "")
    return builder.build(
        title=next(iter(_values(package, "title")), ""),
        media_type="application/epub+zip",
        notes=notes,
        metadata=({"author": authors} if authors else {}) | ({"date": dated} if dated else {}),
    )


def _chapter(data: bytes, builder: TextBuilder) -> None:
    from footnoted.index.loaders.markup.html import decode_page, parse

    tree = parse(decode_page(data))
    if tree is not None:
        add_tree(tree, builder)


def _package_name(archive: Archive) -> str:
    if "META-INF/container.xml" in archive:
        for root in archive.xml("META-INF/container.xml").iter("{*}rootfile"):
            if root.get("full-path") in archive:
                return root.get("full-path")
    for part in archive.parts:
        if part.endswith(".opf"):
            return part
    raise LoadError(f"{archive.name} is damaged or not an e-book: its list of contents is missing.")


def _refuse_protected(archive: Archive) -> None:
    """Copy protection encrypts chapters; hidden fonts alone do no harm."""
    if "META-INF/encryption.xml" not in archive:
        return
    for method in archive.xml("META-INF/encryption.xml").iter("{*}EncryptionMethod"):
        parent = method.getparent()
        if parent.tag.endswith("}EncryptedData") and method.get("Algorithm") not in _FONT_OBFUSCATION:
            raise LoadError(f"{archive.name} is copy-protected, so it cannot be read.")


def _values(package: Any, name: str) -> list[str]:
    return [element.text.strip() for element in package.iter(f"{_DC}{name}") if element.text and element.text.strip()]
