"""From a tree of HTML (or XHTML) elements to blocks of text: paragraphs, headings, lists, tables, quotes, notes."""

from __future__ import annotations

import re

from footnoted.index.loaders.builder import TextBuilder
from footnoted.index.loaders.markup.elements import (
    BLOCKS,
    HEADINGS,
    LISTS,
    NEVER,
    VERBATIM,
    Element,
    classes_of,
    code_of,
    language_of,
    roles_of,
    tag_of,
    visible_text,
    whole_number,
)
from footnoted.index.loaders.markup.formulas import formula_text
from footnoted.index.loaders.markup.inline import described, resolved, whole, words
from footnoted.index.loaders.markup.lists import Counters, leading_box, marker
from footnoted.index.loaders.markup.notes import Page
from footnoted.index.loaders.markup.tables import cells_of_table, is_data_table
from footnoted.index.loaders.text import clean, one_line, tidy
from footnoted.index.types import BlockKind

_ONLY_BOXES = re.compile(r"(?:\s*\[[x ]\])+\s*")
_REPLIES = re.compile(r"gmail_quote|moz-|yahoo_quoted|protonmail_quote|cite")
_CONTENTS = frozenset({"toc", "contents", "table-of-contents", "tableofcontents", "page-list", "landmarks"})


def add_tree(root: Element, builder: TextBuilder, page: Page | None = None) -> set[Element]:
    """Add what a reader of ``root`` would see, in order. Returns the notes that were added."""
    walker = _Walker(builder, page or Page())
    walker.walk(root)
    return walker.notes


class _Walker:
    """Collects inline text until a block ends."""

    def __init__(self, builder: TextBuilder, page: Page) -> None:
        self.builder = builder
        self.page = page
        self.inline: list[str] = []
        self.images: list[str] = []
        self.tight = False  # the next block is an item of a list that follows another item
        self.after_term = False  # what is collected ends with a term that is to be defined
        self.captions = 0
        self.counters: Counters = {}
        self.opened: list[tuple[Element, BlockKind]] = []  # the blocks that are open, and the elements they are of
        self.marks: list[tuple[Element, str, bool]] = []  # marks to write before the next words, and if they are tight
        self.defined: dict[Element, bool] = {}  # lists of terms: whether the last term has its definition
        self.boxes: set[Element] = set()
        self.notes: set[Element] = set()

    # Walking ----------------------------------------------------------------------------------------------------------

    def walk(self, root: Element) -> None:
        """Walk without recursion, so that a deeply nested page cannot exhaust the stack."""
        stack: list[tuple[Element, bool]] = [(root, False)]
        while stack:
            element, leaving = stack.pop()
            tag = tag_of(element)
            if leaving:
                self.leave(element, tag)
                self.inline.append(_unbroken(element.tail))
                continue
            if element is not root:
                stack.append((element, True))
            if not tag or tag in NEVER or element in self.page.skip or self.special(element, tag):
                continue
            if tag in BLOCKS and not (self.after_term and tag in ("dd", "div", "p") and self.ends_with_term()):
                self.flush()
                self.enter(element, tag)
                self.after_term = False
            elif tag == "dd":
                self.define(element)
            self.inline.append(_unbroken(element.text))
            stack.extend((child, False) for child in reversed(element))
        self.flush()
        self.leave(root, "")

    def ends_with_term(self) -> bool:
        return "".join(self.inline).rstrip().endswith(":")

    def leave(self, element: Element, tag: str) -> None:
        if tag == "dt" and (term := "".join(self.inline).strip()):
            self.after_term = True  # the term stays with its definition
            self.inline.append(" " if term.endswith(":") else ": ")
        elif tag in BLOCKS:
            self.flush()
            self.captions -= tag in ("figcaption", "caption") and element not in self.page.skip
            self.marks = [mark for mark in self.marks if mark[0] is not element]
        while any(owner is element for owner, _ in self.opened):
            self.builder.end()
            self.opened.pop()

    def enter(self, element: Element, tag: str) -> None:
        """Begin the blocks that an element is."""
        if element in self.page.notes:
            self.open_note(element)
            return
        if _is_contents(element, tag, self.page):
            self.open(element, "contents")
        if tag in LISTS or tag == "dl":
            first = next((child for child in element if tag_of(child) == "li"), None)
            if first is None or first not in self.page.notes:
                self.open(element, "list", 0, "ordered" if tag == "ol" else "")
        elif tag == "li":
            self.open_item(element)
        elif tag in ("dt", "dd"):
            self.tight = self.tight or tag == "dd"
            self.define(element)
        elif tag == "blockquote":
            self.open_quote(element)
        elif tag in ("figcaption", "caption"):
            self.captions += 1

    # Blocks that hold others ------------------------------------------------------------------------------------------

    def open(self, element: Element, kind: BlockKind, level: int = 0, label: str = "") -> None:
        if self.marks and visible_text(element, self.page.skip).strip():
            self.write_marks()
        self.builder.begin(kind, level, label)
        self.opened.append((element, kind))

    def depth(self, *kinds: BlockKind) -> int:
        return sum(kind in kinds for _, kind in self.opened)

    def open_item(self, item: Element) -> None:
        nested = any(tag_of(owner) == "li" for owner, _ in self.opened)
        self.tight = item.getprevious() is not None or nested
        mark = marker(item, self.counters)
        if mark == "-" and (box := leading_box(item)) is not None:
            mark = "[x]" if box.get("checked") is not None else "[ ]"
            self.boxes.add(box)
        self.open(item, "item", max(1, self.depth("list")), mark)
        self.marks.append((item, mark, self.tight))

    def open_note(self, note: Element) -> None:
        mark = self.page.notes[note]
        self.notes.add(note)
        self.open(note, "footnote", 0, mark)
        if mark:
            self.marks.append((note, mark, tag_of(note) == "li" and note.getprevious() is not None))

    def open_quote(self, element: Element) -> None:
        told = element.get("type") == "cite" or _REPLIES.search(" ".join(classes_of(element)))
        kind: BlockKind = "reply" if told else "quote"
        sources = [] if told else [part for part in element.iter("cite", "footer") if part not in self.page.skip]
        said = one_line(words(sources[-1], self.page)).lstrip("—–- ") if sources else ""
        self.open(element, kind, 1 + self.depth("quote", "reply"), said if len(said) <= 100 else "")

    def define(self, element: Element) -> None:
        """Begin an entry of a list of terms with the first of its terms, and end it with its last definition."""
        holder = next(element.iterancestors("dl"), None)
        if holder is None or (holder, "list") not in self.opened:
            return
        if tag_of(element) == "dt" and self.defined.get(holder, True):
            while self.opened[-1] != (holder, "list"):
                self.builder.end()
                self.opened.pop()
        if self.opened[-1] == (holder, "list"):
            self.open(holder, "item", self.depth("list"), "")
        self.defined[holder] = tag_of(element) == "dd"

    # Words ------------------------------------------------------------------------------------------------------------

    def write_marks(self, gap: str = " ") -> None:
        for number, (_, mark, tight) in enumerate(self.marks, 1):
            self.builder.mark(mark, tight=tight, gap=gap if number == len(self.marks) else " ")
            self.tight = False
        self.marks = []

    def emit(self, text: str, kind: BlockKind = "paragraph", label: str = "", gap: str = " ") -> None:
        """Add words of one kind behind the marks that stand before them."""
        self.write_marks(gap)
        (self.builder.line if self.tight else self.builder.paragraph)(text, kind, 0, label)
        self.tight = False

    def flush(self) -> None:
        lines = [" ".join(line.split()) for line in tidy(resolved("".join(self.inline))).split("\n")]
        self.inline.clear()
        # Old pages start a paragraph with two line breaks in a row.
        for text in re.split(r"\n{2,}", "\n".join(lines).strip("\n")):
            text = self.without_own_mark(text)
            if text and not _ONLY_BOXES.fullmatch(text):
                self.emit(text, "caption" if self.captions else "paragraph")
        images, self.images = self.images, []
        for text in images:
            self.emit(text, "image")

    def without_own_mark(self, text: str) -> str:
        """A note's words without the mark that they begin with, for it is written before them."""
        if not self.marks or self.marks[-1][0] not in self.page.notes:
            return text
        bare = re.escape(self.marks[-1][1].strip("[]"))
        own = rf"[\[(]{bare}[\])][.:]?|{bare}(?:[.:)](?=\s|$)|$)|\[\s*\][.:]?|\(\s*\)[.:]?"
        return re.sub(rf"^(?:{own})\s*", "", text, count=1)

    # Elements that are read as a whole --------------------------------------------------------------------------------

    def special(self, element: Element, tag: str) -> bool:
        if element in self.boxes:
            return True
        text = whole(element, tag, self.page)
        if tag in HEADINGS or (tag in ("div", "p", "span") and "heading" in roles_of(element)):
            self.heading(element, HEADINGS.get(tag) or whole_number(element.get("aria-level"), 2))
        elif tag == "br":
            self.inline.append("\n")
        elif tag in VERBATIM:
            self.flush()
            self.emit(clean(code_of(element, self.page.skip)), "code", language_of(element), "\n")
        elif tag == "table" and is_data_table(element):
            self.flush()
            self.table(element)
        elif tag == "math" and element.get("display") == "block":
            self.flush()
            self.emit(formula_text(element), "formula")
        elif tag == "img" and not text and element not in self.page.skip:
            self.images += filter(None, [described(element)])
        elif text is not None:
            self.inline.append(_unbroken(text))
        else:
            return False
        return True

    def heading(self, element: Element, level: int) -> None:
        self.flush()
        if title := one_line(words(element, self.page)):
            self.write_marks()
            self.builder.heading(title, level)
            self.tight = False

    def table(self, table: Element) -> None:
        for caption in table.iterchildren("caption"):
            if text := one_line(words(caption, self.page)):
                self.emit(text, "caption")
        if self.marks and visible_text(table, self.page.skip).strip():
            self.write_marks("\n")
        self.builder.table(cells_of_table(table, self.page))
        self.tight = False


def _is_contents(element: Element, tag: str, page: Page) -> bool:
    """Whether it is a list of what the page holds: it says so, or it has nothing but links into the page."""
    if tag not in ("nav", "div", "section", "ol", "ul", "aside"):
        return False
    if _CONTENTS & {*roles_of(element), *classes_of(element), (element.get("id") or "").lower()}:
        return True
    if tag not in LISTS:
        return False
    links = element.findall(".//a")
    if len(links) < 3 or not all((link.get("href") or "").startswith("#") for link in links):
        return False
    if any(link in page.references or link.getparent() in page.references for link in links):
        return False
    linked = "".join(visible_text(link) for link in links)
    return len("".join(linked.split())) == len("".join(visible_text(element).split()))


def _unbroken(text: str | None) -> str:
    """Line breaks in the source of a page are only spaces."""
    return " ".join(re.split(r"[\r\n\f]+", text)) if text else ""
