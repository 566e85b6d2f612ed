"""HTML pages: the article without the menus around it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container
from typing import Any

from footnoted.index.loaders.builder import TextBuilder
from footnoted.index.loaders.markup.elements import classes_of, roles_of, style_of, tag_of, visible_text
from footnoted.index.loaders.markup.notes import Page, page_of
from footnoted.index.loaders.markup.page_metadata import page_metadata
from footnoted.index.loaders.markup.tables import is_data_table
from footnoted.index.loaders.markup.tree import add_tree
from footnoted.index.loaders.registry import Source
from footnoted.index.loaders.text import one_line
from footnoted.index.text.encodings import decode
from footnoted.index.types import LoadedDocument

_DECLARED = re.compile(
    rb"""(?:charset\s*=\s*["']?\s*|<\?xml[^>]{0,200}encoding\s*=\s*["'])([\w.:-]{2,40})""", re.IGNORECASE
)
_CONTAINERS = frozenset({"div", "main", "article", "section", "body", "table", "tbody", "tr", "td", "center", "form"})
_FEWEST_WORDS = 25
_ENOUGH = 0.95
_FEWEST_KEPT = 0.5
_FEWEST_CHARACTERS = 20
_CONTENT_NAMES = frozenset(
    """
    content main main-content maincontent article article-body articlebody post-content entry-content page-content
    story-body bodycontent mw-content-text
    """.split()  # noqa: SIM905
)
_MENU_TAGS = frozenset({"nav", "dialog"})
_MENU_ROLES = frozenset("navigation search banner contentinfo menu menubar toolbar dialog complementary".split())  # noqa: SIM905
_STRUCK_OUT = "Words that are struck out were left out."
_OWN_FRAMES = frozenset({"article", "main", "section", "blockquote", "figure"})
_NEVER_BOILERPLATE = frozenset({"footnote", "footnotes", "endnote", "endnotes", "rearnote", "rearnotes"})
_FRAME_TAGS = frozenset({"header", "footer", "aside"})


def load_html(source: Source) -> LoadedDocument:
    """The readable text of a page, with its headings; the title is the page's ``<title>``, else its first ``<h1>``."""
    return page_document(source.data, source.charset)


def page_document(data: bytes, declared: str | None = None, *, whole: bool = False) -> LoadedDocument:
    """From a page's bytes to its text.

    ``declared`` is an encoding declared from outside; ``whole`` keeps more than the article.
    """
    text = decode_page(data, declared)
    tree = parse(text)
    if tree is None:
        return TextBuilder().build(media_type="text/html")
    page = page_of(tree, boilerplate(tree))
    everything = _built(tree, page)
    title, metadata = title_of(tree), page_metadata(tree)
    notes = [_STRUCK_OUT] if any("".join(part.itertext()).strip() for part in tree.iter("del", "s", "strike")) else []
    region = None if whole else article_region(text, tree, page.skip)
    if region is not None and region is not tree and not _holds_all(region, tree, page.skip):
        article = _built(region, page)
        if _keeps_enough(article, everything, tree, page.skip) and not _named_content_is_outside(
            region, tree, page.skip
        ):
            return article.build(title=title, media_type="text/html", notes=notes, metadata=metadata)
        notes.append("The article could not be separated from the rest of the page, so all of its text was kept.")
    if not len(everything):
        everything = _built(tree, Page())
    return everything.build(title=title, media_type="text/html", notes=notes, metadata=metadata)


def _built(root: Any, page: Page) -> TextBuilder:
    """What stands inside ``root``, and the notes that it refers to, wherever they are."""
    builder = TextBuilder()
    read = add_tree(root, builder, page)
    inside = {*root.iter()}
    wanted = {mark for element, mark in page.references.items() if element in inside}
    for note, mark in page.notes.items():
        hidden = note not in inside or any(above in page.skip for above in note.iterancestors())
        if mark in wanted and hidden and note not in read and note not in page.skip:
            add_tree(note, builder, page)
    return builder


def article_region(page: str, tree: Any, skip: Container[Any]) -> Any | None:
    """The smallest element that holds nearly all of what trafilatura takes for the article; ``None`` if it finds none.

    trafilatura itself loses cells of tables and lists inside them, so it only says where the article is: the text is
    then read from the page's own elements.
    """
    from trafilatura import bare_extraction

    found = bare_extraction(page, favor_recall=True, include_comments=False, include_tables=True, with_metadata=False)
    words = Counter((getattr(found, "text", "") or "").split())
    if words.total() < _FEWEST_WORDS:
        return None
    region = tree.find("body") if tree.find("body") is not None else tree
    whole = _held(region, words, skip)
    while True:
        held = [(_held(child, words, skip), child) for child in region if _may_hold_article(child)]
        best = max(held, key=lambda item: item[0], default=(0, None))
        if best[1] is None or best[0] < _ENOUGH * whole:
            return region
        region = best[1]


def _may_hold_article(element: Any) -> bool:
    """Whether an element may be all of the article; a table of data has words around it, however few they are."""
    tag = tag_of(element)
    return tag in _CONTAINERS and not (tag == "table" and is_data_table(element))


def _held(element: Any, words: Counter[str], skip: Container[Any]) -> int:
    """How many of the article's words an element holds."""
    return (Counter(visible_text(element, skip).split()) & words).total()


def _holds_all(region: Any, tree: Any, skip: Container[Any]) -> bool:
    """Whether there are no words outside a region: to read it would give the same again."""
    body = tree.find("body") if tree.find("body") is not None else tree
    return visible_text(region, skip).split() == visible_text(body, skip).split()


def _keeps_enough(article: TextBuilder, everything: TextBuilder, tree: Any, skip: Container[Any]) -> bool:
    """Whether the article holds most of the page's running text (text in links is mostly menus)."""
    linked = sum(len(visible_text(link, skip)) for link in tree.iter("a") if link not in skip)
    return len(article) >= _FEWEST_KEPT * max(1, len(everything) - linked)


def _named_content_is_outside(region: Any, tree: Any, skip: Container[Any]) -> bool:
    """Whether the page marks something outside the region as its content, other than a menu."""
    inside = {region, *region.iterdescendants(), *region.iterancestors()}
    for element in tree.iter():
        named = {element.get("id") or "", *(element.get("class") or "").split()} if tag_of(element) else set()
        if tag_of(element) not in ("main", "article") and not {name.lower() for name in named} & _CONTENT_NAMES:
            continue
        if element in inside or any(above in skip for above in (element, *element.iterancestors())):
            continue
        linked = sum(len(visible_text(link, skip)) for link in element.iter("a"))
        if len(visible_text(element, skip)) - linked > _FEWEST_CHARACTERS:
            return True
    return False


def decode_page(data: bytes, declared: str | None = None) -> str:
    """The characters of a page, in the encoding that it declares unless that cannot be right."""
    found = _DECLARED.search(data[:4096])
    return decode(data, declared or (found[1].decode("ascii", "replace") if found else None)).text


def parse(page: str) -> Any | None:
    """The tree of a page, or ``None`` when there is nothing to parse."""
    from lxml import html

    # huge_tree: without it everything below the 255th level is lost.
    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True)
    data = page.encode("utf-8", "replace")
    if not data.strip():
        return None
    tree = html.document_fromstring(data, parser=parser, ensure_head_body=True)
    for frames in tree.iter("noframes"):  # of a page of frames, what browsers without frames show
        if frames.text and frames.text.strip():
            return html.document_fromstring(frames.text, ensure_head_body=True)
    return tree


def title_of(tree: Any) -> str:
    """What the page calls itself."""
    for path in (".//head/title", ".//h1", ".//title"):
        for element in tree.iterfind(path):
            title = one_line(visible_text(element) if tag_of(element) != "title" else "".join(element.itertext()))
            if title:
                return title
    return ""


def boilerplate(tree: Any) -> set[Any]:
    """Elements that are not part of an article: menus, hidden parts, page headers and footers."""
    return {element for element in tree.iter() if _is_boilerplate(element)}


def _is_boilerplate(element: Any) -> bool:
    tag = tag_of(element)
    if not tag or tag in ("html", "body", "main", "article") or roles_of(element) & _NEVER_BOILERPLATE:
        return False
    if tag in _FRAME_TAGS and not any(tag_of(above) in _OWN_FRAMES for above in element.iterancestors()):
        return not element.xpath("boolean(.//h1)") or tag == "footer"
    if tag in _MENU_TAGS or (element.get("role") or "").lower() in _MENU_ROLES:
        return True
    if not element.attrib:
        return False
    style = style_of(element)
    if "line-through" in style:
        return True
    if any("math" in name for name in classes_of(element)) and next(element.iter("math"), None) is not None:
        return False  # hidden for those who see its picture
    if element.get("hidden") is not None or (element.get("aria-hidden") or "").lower() == "true":
        return True
    return any(hidden in style for hidden in ("display:none", "visibility:hidden", "font-size:0;")) or style.endswith(
        "font-size:0"
    )
