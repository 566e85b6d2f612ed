"""Markdown, verbatim, with its blocks: markdown-it-py (MIT) says which lines each block has, and this where in them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from footnoted.index.loaders.text_files.front_matter import FrontMatter, front_matter
from footnoted.index.text.blocks import headings_of, ordered
from footnoted.index.types import Block, BlockKind, Heading, LoadedDocument

_MARK = re.compile(r"[ \t>]*(?P<mark>[-*+]|\d{1,9}[.)])(?=[ \t]|$)")
_TASK = re.compile(r"[ \t]+(\[[ xX]\])(?=[ \t])")
_QUOTED = re.compile(r"[ \t>]*")
_NOTE = re.compile(r"[ \t>]*\[\^(?P<mark>[^\]\s]+)\]:[ \t]*")
_REFERENCE = re.compile(r"[ \t]*\[[^\]]+\]:[ \t]*\S+.*")
_COMMENT = re.compile(r"\s*<!--.*-->\s*", re.DOTALL)
_FENCE = re.compile(r"[ \t>]*(?:`{3,}|~{3,})")
_IMAGE = re.compile(r"!\[(?P<words>[^\]]+)\]\([^)]*\)")
_FORMULA = re.compile(r"\$\$.*\$\$|\\\[.*\\\]", re.DOTALL)
_BAR = re.compile(r"(?<!\\)\|")
_ANCHOR_LINK = re.compile(r"\[[^\]]*\]\(#[^)]*\)")
_FEWEST_LINKS = 3  # entries that make a list of links into the document its contents


def markdown(text: str) -> LoadedDocument:
    """A document from Markdown; its text is ``text``, unchanged."""
    front = front_matter(text)
    blocks = ordered([*front.blocks, *_Walker(text, front.end).walk()])
    headings = headings_of(blocks)
    return LoadedDocument(
        text=text,
        title=str(front.metadata.get("title", "")) or first_title(headings),
        headings=headings,
        blocks=blocks,
        media_type="text/markdown",
        metadata=_without_title(front),
    )


def _without_title(front: FrontMatter) -> dict[str, str | int | float]:
    return {name: value for name, value in front.metadata.items() if name != "title"}


def first_title(headings: Sequence[Heading]) -> str:
    """The first heading, when no other one is higher: a document that starts lower has no title."""
    if not headings or headings[0].level > min(heading.level for heading in headings):
        return ""
    return headings[0].title


def plain_title(title: str) -> str:
    """The words of a Markdown heading: links to their text, without emphasis marks and anchors."""
    title = re.sub(r"!?\[([^\[\]]*)\]\([^()\s]*\)", r"\1", title)
    title = re.sub(r"\{#[\w-]+\}\s*$", "", title)
    return re.sub(r"[*`]+|(?<!\w)_+|_+(?!\w)", "", title).strip()


def _tokens(text: str) -> list[Any]:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"maxNesting": 50}).enable("table").parse(text)


@dataclass(slots=True)
class _Walker:
    """Turns the tokens of the parser, which know only lines, into spans."""

    text: str
    begin: int
    starts: list[int] = field(init=False)  # where each line begins
    marks: dict[int, int] = field(default_factory=dict)  # line -> behind the last mark of an item on it
    depths: dict[str, int] = field(default_factory=lambda: {"list": 0, "quote": 0})
    done: int = 0  # the first line that no block has claimed

    def __post_init__(self) -> None:
        behind = (self.begin + found.end() for found in re.finditer("\n", self.text[self.begin :]))
        self.starts = [self.begin, *behind, len(self.text) + 1]

    def walk(self) -> Iterator[Block]:
        tokens = _tokens(self.text[self.begin :])
        for number, token in enumerate(tokens):
            if token.map is None or token.nesting < 0 or token.type == "inline":
                self.leave(token)
                continue
            first, last = token.map
            if token.level == 0:
                yield from self.between(first)
                self.done = max(self.done, last)
            made = self.made(token, tokens[number + 1] if number + 1 < len(tokens) else None, tokens, number)
            for block in made:
                if block.start < block.end:
                    yield block
        yield from self.between(len(self.starts) - 1)

    def leave(self, token: Any) -> None:
        if token.type in ("bullet_list_close", "ordered_list_close"):
            self.depths["list"] -= 1
        elif token.type == "blockquote_close":
            self.depths["quote"] -= 1

    def made(self, token: Any, inline: Any, tokens: Sequence[Any], number: int) -> Iterator[Block]:
        first, last = token.map
        words = inline.content if inline is not None and inline.type == "inline" else ""
        kind = token.type
        if kind == "heading_open":
            yield self.block("heading", first, last, int(token.tag[1:]), plain_title(words))
        elif kind == "paragraph_open":
            yield from self.paragraph(first, last, words)
        elif kind in ("bullet_list_open", "ordered_list_open"):
            self.depths["list"] += 1
            contents = _is_contents(self.text[self.starts[first] : self.starts[last]])
            label = "ordered" if kind == "ordered_list_open" else ""
            yield self.block("contents" if contents else "list", first, last, 0, label)
        elif kind == "list_item_open":
            yield self.item(first, last)
        elif kind == "blockquote_open":
            self.depths["quote"] += 1
            yield self.block("quote", first, last, self.depths["quote"])
        elif kind in ("fence", "code_block"):
            yield self.code(token, first, last)
        elif kind == "table_open":
            yield self.block("table", first, last)
        elif kind == "tr_open":
            yield from self.row(first, tokens[number + 1].type == "th_open")
        elif kind == "html_block":
            whole = self.text[self.starts[first] : self.starts[last] - 1]
            yield self.block("navigation" if _COMMENT.fullmatch(whole) else "paragraph", first, last)

    def block(self, kind: BlockKind, first: int, last: int, level: int = 0, label: str = "") -> Block:
        """The block on the lines from ``first`` to before ``last``, behind the mark of an item that it stands in."""
        start = self.marks.get(first) or _QUOTED.match(self.text, self.starts[first]).end()  # type: ignore[union-attr]
        if kind == "quote" and first not in self.marks:
            start = self.starts[first]
        elif kind == "code":
            start = self.marks.get(first, self.starts[first])
        start, end = min(start, self.starts[last] - 1), self.starts[last] - 1
        held = self.text[start:end]
        begin = start if kind == "code" else start + len(held) - len(held.lstrip())
        return Block(kind, begin, max(begin, start + len(held.rstrip())), level, label)

    def paragraph(self, first: int, last: int, words: str) -> Iterator[Block]:
        whole = self.block("paragraph", first, last)
        if note := _NOTE.match(self.text, whole.start, whole.end):
            yield Block("footnote", whole.start, whole.end, 0, note["mark"])
            yield Block("paragraph", note.end(), whole.end)
        elif (image := _IMAGE.fullmatch(words.strip())) and image["words"].strip():
            yield Block("image", whole.start, whole.end)
        elif _FORMULA.fullmatch(words.strip()):
            yield Block("formula", whole.start, whole.end)
        else:
            yield whole

    def item(self, first: int, last: int) -> Block:
        begin = self.marks.get(first, self.starts[first])
        found = _MARK.match(self.text, begin, self.starts[first + 1] - 1)
        whole = self.block("item", first, last, self.depths["list"])
        if found is None:
            return whole
        mark, behind = found["mark"], found.end()
        if task := _TASK.match(self.text, behind):
            mark, behind = f"[{task[1][1].lower()}]", task.end()
        self.marks[first] = behind
        return Block("item", found.start("mark"), max(whole.end, behind), self.depths["list"], mark)

    def code(self, token: Any, first: int, last: int) -> Block:
        """What is between the fences."""
        if token.type == "fence":
            language = token.info.split()[0].strip("{}.").lower() if token.info.strip() else ""
            closed = last - 1 > first and _FENCE.match(self.text, self.starts[last - 1])
            return (
                self.block("code", first + 1, last - 1 if closed else last, 0, language)
                if last > first + 1
                else (Block("code", 0, 0))
            )
        return self.block("code", first, last)

    def row(self, line: int, header: bool) -> Iterator[Block]:
        """A row with its cells: what stands between bars that are not escaped."""
        whole = self.block("row", line, line + 1, 0, "header" if header else "")
        yield whole
        bars = [found.start() for found in _BAR.finditer(self.text, whole.start, whole.end)]
        bounds = [*([whole.start - 1] if not bars or bars[0] > whole.start else []), *bars]
        bounds += [whole.end] if not bars or bars[-1] < whole.end - 1 else []
        for column, (before, behind) in enumerate(zip(bounds, bounds[1:], strict=False), 1):
            held = self.text[before + 1 : behind]
            start, end = before + 1 + len(held) - len(held.lstrip()), before + 1 + len(held.rstrip())
            yield Block("cell", start, max(start, end), column, "header" if header else "")

    def between(self, line: int) -> Iterator[Block]:
        """Lines that the parser made no block of: the addresses of links, and short notes that look like them."""
        for number in range(self.done, line):
            start, end = self.starts[number], self.starts[number + 1] - 1
            if note := _NOTE.match(self.text, start, end):
                if note.end() < end:
                    yield Block("footnote", start, end, 0, note["mark"])
            elif _REFERENCE.fullmatch(self.text, start, end):
                yield Block("navigation", start, end)


def _is_contents(lines: str) -> bool:
    """Whether a list only says where something is in the document: each item is a link into it."""
    items = [line for line in lines.split("\n") if line.strip()]
    linked = sum(bool(_ANCHOR_LINK.fullmatch(re.sub(r"^[ \t>]*(?:[-*+]|\d+[.)])[ \t]+", "", item))) for item in items)
    return len(items) >= _FEWEST_LINKS and linked == len(items)
