"""From a tree of HTML (or XHTML) elements to blocks of text: paragraphs, headings, list items, rows of tables."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from footnoted.index.loaders.builder import TextBuilder, row
from footnoted.index.loaders.text import clean, one_line, tidy

_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_BLOCKS = frozenset(
    """
    address article aside blockquote body caption center dd details div dl dt fieldset figcaption figure footer form
    header hgroup hr html legend li main menu nav ol p section summary table tbody td tfoot th thead tr ul
    """.split()  # noqa: SIM905
)
_NEVER = frozenset(
    """
    annotation annotation-xml audio button canvas datalist embed head iframe input link map meta noscript object option
    script select source style svg template textarea title track video
    """.split()  # noqa: SIM905
)

_BORDER = "\x1f"
Element = Any  # lxml's elements have no public type


def tag_of(element: Element) -> str:
    """The local name in lower case; empty for comments and processing instructions."""
    return element.tag.rpartition("}")[2].lower() if isinstance(element.tag, str) else ""


def add_tree(root: Element, builder: TextBuilder, skip: frozenset[Element] | set[Element] = frozenset()) -> None:
    """Add what a reader of ``root`` would see, in order; elements in ``skip`` are left out with everything in them."""
    _Walker(builder, skip).block(root)


class _Walker:
    """Collects inline text until a block ends. Recursion is over blocks; parsers limit how deep a tree can be."""

    def __init__(self, builder: TextBuilder, skip: frozenset[Element] | set[Element]) -> None:
        self.builder = builder
        self.skip = skip
        self.inline: list[str] = []
        self.tight = False  # the next block is an item of a list that follows another item
        self.after_term = False  # what is collected ends with a term that is to be defined
        self.counters: dict[Element, int] = {}

    def flush(self) -> None:
        lines = [" ".join(line.split()) for line in tidy("".join(self.inline)).split("\n")]
        self.inline.clear()
        # Old pages start a paragraph with two line breaks in a row.
        for text in re.split(r"\n{2,}", "\n".join(lines).strip("\n")):
            if text and self.tight:
                self.builder.line(text)
            elif text:
                self.builder.paragraph(text)
            if text:
                self.tight = False

    def block(self, root: Element) -> None:
        """Walk without recursion, so that a deeply nested page cannot exhaust the stack."""
        stack: list[tuple[Element, bool]] = [(root, False)]
        while stack:
            element, leaving = stack.pop()
            tag = tag_of(element)
            if leaving:
                if tag == "dt" and (term := "".join(self.inline).strip()):
                    self.after_term = True  # the term stays with its definition
                    self.inline.append(" " if term.endswith(":") else ": ")
                elif tag in _BLOCKS:
                    self.flush()
                self.inline.append(_unbroken(element.tail))
                continue
            if element is not root:
                stack.append((element, True))
            if not tag or tag in _NEVER or element in self.skip:
                continue
            if self.special(element, tag):
                continue
            if tag in _BLOCKS:
                if self.after_term and tag in ("dd", "div", "p") and "".join(self.inline).rstrip().endswith(":"):
                    self.inline.append(_unbroken(element.text))
                    stack.extend((child, False) for child in reversed(element))
                    continue
                self.flush()
                self.tight = self.tight or tag == "dd"
                if tag == "li":
                    self.tight = element.getprevious() is not None or _is_nested(element)
                    self.inline.append(self.marker(element))
                self.after_term = False
            self.inline.append(_unbroken(element.text))
            stack.extend((child, False) for child in reversed(element))
        self.flush()

    def special(self, element: Element, tag: str) -> bool:
        """Elements that are handled as a whole."""
        if tag in _HEADINGS:
            self.flush()
            self.builder.heading(visible_text(element, self.skip), _HEADINGS[tag])
        elif tag == "br":
            self.inline.append("\n")
        elif tag == "pre":
            self.flush()
            self.builder.paragraph(clean(visible_text(element, self.skip)))
        elif tag == "table" and _is_data_table(element):
            self.flush()
            self.table(element)
        else:
            return False
        return True

    def marker(self, item: Element) -> str:
        """What is put before an item of a list: its number when the list counts, else a dash."""
        holder = item.getparent()
        if holder is None or tag_of(holder) != "ol":
            return "- "
        number = _whole(item.get("value"), self.counters.get(holder, _whole(holder.get("start"), 1)))
        self.counters[holder] = number + 1
        return f"{number}. "

    def table(self, table: Element) -> None:
        for caption in table.iterchildren("{*}caption"):
            self.builder.paragraph(one_line(visible_text(caption, self.skip)))
        rows = [tr for tr in table.iter("{*}tr") if tr not in self.skip]
        self.builder.rows(row(cells) for cells in self.grid(rows))

    def grid(self, rows: Sequence[Element]) -> Iterator[list[str]]:
        """The cells of each row in their columns; a cell over several rows is repeated, so that each stands alone."""
        hanging: dict[int, tuple[str, int]] = {}  # column -> a text that continues, and for how many more rows
        for tr in rows:
            cells: dict[int, str] = {}
            column, begun = 0, dict(hanging)
            for cell in tr:
                if tag_of(cell) not in ("td", "th") or cell in self.skip:
                    continue
                while column in begun:
                    column += 1
                cells[column] = one_line(visible_text(cell, self.skip, ", "))
                if (rest := _span(cell, "rowspan") - 1) > 0:
                    hanging[column] = (cells[column], rest + 1)
                column += _span(cell, "colspan")
            for place, (text, left) in list(hanging.items()):
                if place in begun and cells:
                    cells.setdefault(place, text)
                hanging[place] = (text, left - 1)
                if left <= 1:
                    del hanging[place]
            yield [cells.get(place, "") for place in range(max(cells, default=-1) + 1)]


def _span(cell: Element, name: str) -> int:
    """How many rows or columns a cell spans; no more than a table can sensibly have."""
    value = (cell.get(name) or "1").strip()
    return min(1000, int(value)) if value.isdecimal() and int(value) > 0 else 1


def _is_nested(item: Element) -> bool:
    """Whether this is the first item of a list inside an item of another."""
    holder = item.getparent()
    above = holder.getparent() if holder is not None else None
    return above is not None and tag_of(above) == "li" and bool((above.text or "").strip())


def _whole(value: str | None, otherwise: int) -> int:
    value = (value or "").strip()
    return int(value) if value.lstrip("-").isdecimal() and len(value) < 10 else otherwise


def _unbroken(text: str | None) -> str:
    """Line breaks in the source of a page are only spaces."""
    return " ".join(re.split(r"[\r\n\f]+", text)) if text else ""


def visible_text(element: Element, skip: frozenset[Element] | set[Element] = frozenset(), between: str = " ") -> str:
    """All text inside, on one stretch; ``between`` separates blocks inside (items of a list in a cell)."""
    pieces: list[str] = []
    stack: list[tuple[Element, bool]] = [(element, False)]
    while stack:
        current, leaving = stack.pop()
        tag = tag_of(current)
        if leaving:
            pieces.append(_BORDER if tag in _BLOCKS else "")
            pieces.append(current.tail or "")
            continue
        if current is not element:
            stack.append((current, True))
        if not tag or tag in _NEVER or current in skip:
            continue
        pieces.append(_BORDER if tag in _BLOCKS and current is not element else "\n" if tag == "br" else "")
        pieces.append(current.text or "")
        stack.extend((child, False) for child in reversed(current))
    parts = "".join(pieces).split(_BORDER)
    return parts[0] if len(parts) == 1 else between.join(part.strip() for part in parts if part.strip())


def _is_data_table(table: Element) -> bool:
    """Tables that lay out a page hold tables, headings or long blocks in their cells; those are walked as blocks."""
    if any(tag_of(inside) in ("table", *_HEADINGS) for inside in table.iterdescendants()):
        return False
    longest = max((len(visible_text(cell)) for cell in table.iter("{*}td")), default=0)
    return longest <= 1500
