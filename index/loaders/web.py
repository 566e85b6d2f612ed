"""HTML pages: the article without menus, and never without the article."""

from __future__ import annotations

import re
from typing import Any

from index.loaders.encodings import decode
from index.loaders.markup_tree import add_tree, tag_of, visible_text
from index.loaders.source import Source
from index.loaders.text import TextBuilder, one_line
from index.types import LoadedDocument

_DECLARED = re.compile(rb"""(?:charset\s*=\s*["']?\s*|<\?xml[^>]{0,200}encoding\s*=\s*["'])([\w.:-]{2,40})""", re.IGNORECASE)
_MENU_TAGS = frozenset({"nav", "dialog"})
_MENU_ROLES = frozenset({"navigation", "search", "banner", "contentinfo", "menu", "menubar", "toolbar", "dialog", "complementary"})


def load_html(source: Source) -> LoadedDocument:
    """The readable text of a page, with its headings; the title is the page's ``<title>``, else its first ``<h1>``."""
    return page_document(source.data)


def page_document(data: bytes, declared: str | None = None, *, whole: bool = False) -> LoadedDocument:
    """A page's bytes to its text; ``declared`` is an encoding told from outside, ``whole`` keeps more than the article."""
    builder = TextBuilder()
    tree = parse(decode_page(data, declared))
    if tree is None:
        return builder.build(media_type="text/html")
    add_tree(tree, builder, boilerplate(tree))
    return builder.build(title=title_of(tree), media_type="text/html")


def decode_page(data: bytes, declared: str | None = None) -> str:
    """The characters of a page, by what it says of itself unless that cannot be true."""
    found = _DECLARED.search(data[:4096])
    return decode(data, found[1].decode("ascii", "replace") if found else declared).text


def parse(page: str) -> Any | None:
    """The tree of a page, or ``None`` when there is nothing to parse."""
    from lxml import html

    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    data = page.encode("utf-8", "replace")
    if not data.strip():
        return None
    return html.document_fromstring(data, parser=parser, ensure_head_body=True)


def title_of(tree: Any) -> str:
    """What the page calls itself."""
    for path in (".//head/title", ".//h1", ".//title"):
        for element in tree.iterfind(path):
            title = one_line(visible_text(element) if tag_of(element) != "title" else "".join(element.itertext()))
            if title:
                return title
    return ""


def boilerplate(tree: Any) -> set[Any]:
    """Elements that are no part of any article: menus, hidden parts, page headers and footers."""
    return {element for element in tree.iter() if _is_boilerplate(element)}


def _is_boilerplate(element: Any) -> bool:
    tag = tag_of(element)
    if not tag or tag in ("html", "body", "main", "article"):
        return False
    if tag in _MENU_TAGS or (element.get("role") or "").lower() in _MENU_ROLES:
        return True
    if element.get("hidden") is not None or (element.get("aria-hidden") or "").lower() == "true":
        return True
    style = (element.get("style") or "").replace(" ", "").lower()
    return "display:none" in style or "visibility:hidden" in style
