"""E-books (EPUB 2 and 3): the chapters in reading order."""

from __future__ import annotations

import posixpath
import re
from contextlib import nullcontext
from typing import Any
from urllib.parse import unquote

from footnoted.index.errors import LoadError
from footnoted.index.loaders.archive import Archive
from footnoted.index.loaders.builder import TextBuilder
from footnoted.index.loaders.markup.elements import roles_of, tag_of
from footnoted.index.loaders.markup.notes import marks_elsewhere, page_of
from footnoted.index.loaders.markup.tree import add_tree
from footnoted.index.loaders.registry import Source
from footnoted.index.types import LoadedDocument

_DC = "{http://purl.org/dc/elements/1.1/}"
_FONT_OBFUSCATION = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")
_CONTENTS = frozenset({"toc", "page-list", "landmarks", "loi", "lot"})
_CHAPTERS = ("application/xhtml+xml", "text/html", "application/x-dtbook+xml")


def load_epub(source: Source) -> LoadedDocument:
    """The text of all chapters of the spine; the table of contents is left out, since it repeats their headings."""
    archive = Archive(source)
    _refuse_protected(archive)
    package_name = _package_name(archive)
    package = archive.xml(package_name)
    builder = TextBuilder()
    notes: list[str] = []
    chapters: list[tuple[str, Any]] = []
    for part in _parts(package, posixpath.dirname(package_name), notes):
        if part in archive:
            chapters.append((part, _parsed(archive.read(part))))
        else:
            notes.append(f"The chapter {part} is missing from the file.")
    marks = _marks(chapters)
    contents = _contents_parts(package, posixpath.dirname(package_name))
    for part, tree in chapters:
        if tree is None:
            continue
        with builder.block("contents") if part in contents else nullcontext():
            page = page_of(
                tree, {element for element in tree.iter("nav") if roles_of(element) & _CONTENTS}, marks[part]
            )
            add_tree(tree, builder, page)
    return builder.build(
        title=next(iter(_values(package, "title")), ""),
        media_type="application/epub+zip",
        notes=notes,
        metadata=_metadata(package),
    )


def _parts(package: Any, folder: str, notes: list[str]) -> list[str]:
    """The names of the chapters in reading order, without the book's own navigation."""
    chapters = {
        item.get("id"): posixpath.normpath(posixpath.join(folder, unquote(item.get("href") or "")))
        for item in package.iter("{*}item")
        if item.get("media-type") in _CHAPTERS and "nav" not in (item.get("properties") or "").split()
    }
    order = list(dict.fromkeys(reference.get("idref") for reference in package.iter("{*}itemref")))
    if not any(identifier in chapters for identifier in order):
        order = list(chapters)
        notes.append("The book does not say the order of its chapters; they follow its list of contents.")
    return [chapters[identifier] for identifier in order if identifier in chapters]


def _contents_parts(package: Any, folder: str) -> set[str]:
    """Chapters that are a list of contents, as older books name them."""
    return {
        posixpath.normpath(posixpath.join(folder, unquote((reference.get("href") or "").partition("#")[0])))
        for reference in package.iter("{*}reference")
        if reference.get("type") in ("toc", "loi", "lot")
    }


def _parsed(data: bytes) -> Any | None:
    from footnoted.index.loaders.markup.html import decode_page, parse

    return parse(decode_page(data))


def _marks(chapters: list[tuple[str, Any]]) -> dict[str, dict[str, str]]:
    """For each chapter the marks that other chapters give to its notes, by their ids."""
    found: dict[str, dict[str, str]] = {part: {} for part, _ in chapters}
    for part, tree in chapters:
        elsewhere = marks_elsewhere(tree) if tree is not None and tag_of(tree) else {}
        for (file, name), mark in elsewhere.items():
            target = posixpath.normpath(posixpath.join(posixpath.dirname(part), unquote(file)))
            if target in found and target != part:
                found[target].setdefault(name, mark)
    return found


def _metadata(package: Any) -> dict[str, str]:
    """Author, date, language and publisher, each only if the book tells it."""
    date = next((value[:10] for value in _values(package, "date") if re.match(r"\d{4}-\d{2}-\d{2}", value)), "")
    found = {
        "author": "; ".join(_values(package, "creator")),
        "date": date,
        "language": next(iter(_values(package, "language")), ""),
        "publisher": next(iter(_values(package, "publisher")), ""),
    }
    return {name: value for name, value in found.items() if value}


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
