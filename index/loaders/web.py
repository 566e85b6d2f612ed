"""HTML pages: the article without menus, and never without the article."""

from __future__ import annotations

import re
from typing import Any

from index.errors import EmptyFile
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
    found = _DECLARED.search(source.data[:4096])
    page = decode(source.data, found[1].decode("ascii", "replace") if found else None).text
    tree = parse(page)
    if tree is None:
        raise EmptyFile(f"{source.name} holds no text.")
    builder = TextBuilder()
    add_tree(tree, builder, boilerplate(tree))
    return builder.build(title=title_of(tree), media_type="text/html")


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
