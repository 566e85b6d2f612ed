"""Footnotes of a page: which links refer to one, where the notes are, and what only leads back to the text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from footnoted.index.loaders.markup.elements import (
    BLOCKS,
    HEADINGS,
    Element,
    classes_of,
    roles_of,
    tag_of,
    visible_text,
)
from footnoted.index.loaders.text import one_line

_REFERENCES = frozenset("footnote-ref footnote-reference footnoteref noteref fnref footnotecall footnote-link".split())  # noqa: SIM905
_BACK = frozenset(
    "backlink footnote-back footnote-backref reversefootnote mw-cite-backlink fn-backref footnote-return".split()  # noqa: SIM905
)
_FURNITURE = frozenset("mw-editsection headerlink anchorjs-link hash-link linenos linenodiv gutter lineno".split())  # noqa: SIM905
_NOTES = frozenset({"footnote", "endnote", "rearnote"})
_NO_NOTE = frozenset({"body", "html", "main", "article", "table", "tbody", "thead", "tr", "td", "th", "dl", "ol", "ul"})
_LONGEST_MARK = 12


@dataclass(frozen=True, slots=True)
class Page:
    """What is known of a page before it is read.

    ``skip`` is left out with all inside; ``references`` are links to notes (or what holds them) and their marks
    ("[1]"); ``notes`` are the blocks of the notes and their marks, empty where nothing refers to them.
    """

    skip: frozenset[Element] | set[Element] = frozenset()
    references: Mapping[Element, str] = field(default_factory=dict)
    notes: Mapping[Element, str] = field(default_factory=dict)


def page_of(root: Element, skip: frozenset[Element] | set[Element], marks: Mapping[str, str] | None = None) -> Page:
    """Look for notes; ``marks`` are those that other chapters give to the ids of this one."""
    left_out, links, named, notes = set(skip), list[Element](), dict[str, Element](), dict[Element, str]()
    for element in root.iter():
        tag = tag_of(element)
        if not tag or not element.attrib:
            continue
        for name in (element.get("id"), element.get("name") if tag == "a" else None):
            if name:
                named.setdefault(name, element)
        roles = roles_of(element)
        if _is_furniture(element, tag, roles):
            left_out.add(element)
        elif tag == "a" and "#" in (element.get("href") or ""):
            links.append(element)
        if roles & _NOTES and tag in BLOCKS or tag in ("p", "li", "aside", "div") and "footnote" in classes_of(element):
            notes[element] = ""
    references = _references(links, named, notes, left_out)
    for name, mark in (marks or {}).items():
        if name in named and (block := _block_of(named[name])) is not None:
            notes[block] = notes.get(block) or mark
    return Page(left_out, references, notes)


def _references(
    links: list[Element], named: Mapping[str, Element], notes: dict[Element, str], left_out: set[Element]
) -> dict[Element, str]:
    """The links that refer to notes, in the order of the page; of two that lead to each other the first one does."""
    references: dict[Element, str] = {}
    referring: set[Element] = set()
    for link in links:
        text = one_line(visible_text(link))
        target = named.get((link.get("href") or "").rpartition("#")[2])
        if target is not None and target in referring:
            if len(text) <= _LONGEST_MARK:
                left_out.add(link)
            continue
        if not _refers(link, text, target):
            continue
        parent = link.getparent()
        alone = tag_of(parent) in ("sup", "span") and one_line(visible_text(parent)) == text
        holder = parent if alone else link
        references[holder] = bracketed(text)
        referring.update((link, parent, holder, *link))
        block = _block_of(target) if target is not None else None
        if block is not None and not any(above in notes for above in block.iterancestors()):
            notes[block] = notes.get(block) or bracketed(text)
    return references


def marks_elsewhere(root: Element) -> dict[tuple[str, str], str]:
    """The notes in other files that a chapter refers to: file and id as the link has them, and the mark."""
    found: dict[tuple[str, str], str] = {}
    for link in root.iter("a"):
        file, hash_sign, name = (link.get("href") or "").partition("#")
        text = one_line(visible_text(link))
        if file and hash_sign and name and _refers(link, text, None):
            found.setdefault((file, name), bracketed(text))
    return found


def bracketed(text: str) -> str:
    """The mark of a note as it is written behind a word: ``[1]``."""
    return f"[{text.strip('[]() ') or '*'}]"


def _refers(link: Element, text: str, target: Element | None) -> bool:
    """Whether a link is the mark of a note: it says so, or it is raised (or in brackets) and short."""
    if not text or len(text) > _LONGEST_MARK:
        return False
    if target is not None and (tag_of(target) in HEADINGS or tag_of(target) in _NO_NOTE):
        return False
    parent = link.getparent()
    raised = tag_of(parent) == "sup" or any(tag_of(child) == "sup" for child in link)
    said = {"noteref"} & roles_of(link) or _REFERENCES & {*classes_of(link), *classes_of(parent)}
    return bool(said) or raised or (text.startswith("[") and text[1:-1].isdecimal() and target is not None)


def _block_of(target: Element) -> Element | None:
    """The block that a note is, from the element that a link leads to."""
    for element in (target, *target.iterancestors()):
        tag = tag_of(element)
        if tag in _NO_NOTE or tag in HEADINGS:
            return None
        if tag == "dt":
            parent = element.getparent()
            return parent if len(parent.findall("dt")) == 1 else None
        if tag in BLOCKS:
            return element
    return None


def _is_furniture(element: Element, tag: str, roles: frozenset[str]) -> bool:
    """Numbers of pages and lines, links to edit, links back: short things that are no words of the text."""
    classes = {*classes_of(element)} if element.get("class") else set()
    return bool(
        classes & _BACK
        or (classes & _FURNITURE and tag in ("a", "span", "td", "div"))
        or (roles & {"backlink", "pagebreak"} and len(visible_text(element).strip()) <= _LONGEST_MARK)
        or element.get("rev") == "footnote"
    )
