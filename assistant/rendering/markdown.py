"""The blocks of an answer as Markdown: lists, tables and code as Markdown writes them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from footnoted.assistant.answers import AnswerBlock, Sentence, blocks_of

_NOT_IN_A_NAME = re.compile(r"[^\w+#.-]")
UNSUPPORTED = " *(not supported by your documents)*"


def render_markdown(
    sentences: Sequence[Sentence],
    note: Callable[[int], str] = lambda number: f" [{number}]",
    plain: Callable[[str], str] = lambda text: text,
) -> str:
    """The sentences with the marks of their footnotes.

    Args:
        note: how the mark of a footnote is written.
        plain: makes words safe that are not meant as Markdown.
    """
    return "\n\n".join(_block(block, note, plain) for block in blocks_of(sentences))


def _block(block: AnswerBlock, note: Callable[[int], str], plain: Callable[[str], str]) -> str:
    marks = ["".join(map(note, numbers)) for numbers in block.marks]
    marks = [
        mark + ("" if sentence.supported else UNSUPPORTED)
        for mark, sentence in zip(marks, block.sentences, strict=True)
    ]
    if block.form == "code":
        (code,) = block.sentences
        fence = "`" * max([3, *(len(run) + 1 for run in re.findall(r"`{3,}", code.text))])
        language = _NOT_IN_A_NAME.sub("", code.mark)
        return f"{fence}{language}\n{code.text}\n{fence}\n{marks[0].strip()}".rstrip()
    if block.form == "table":
        return _table(block.sentences, marks, plain)
    if block.form == "list":
        return "\n".join(
            f"{_indent(block.sentences, place)}{_mark(item)} {plain(item.text)}{mark}"
            for place, (item, mark) in enumerate(zip(block.sentences, marks, strict=True))
        )
    if block.form == "heading":
        return f"**{plain(block.sentences[0].text)}**{marks[0]}"
    return " ".join(f"{plain(one.text)}{mark}" for one, mark in zip(block.sentences, marks, strict=True))


def _mark(item: Sentence) -> str:
    if re.fullmatch(r"\[[ x]\]", item.mark):
        return f"- {item.mark}"
    number = re.fullmatch(r"\(?(\d{1,9})[.)]", item.mark)
    return f"{number[1]}." if number else "-"


def _indent(items: Sequence[Sentence], place: int) -> str:
    """As many spaces as the items above it need."""
    least = min(item.depth for item in items)
    return "   " * (items[place].depth - least)


def _table(rows: Sequence[Sentence], marks: Sequence[str], plain: Callable[[str], str]) -> str:
    def line(cells: Sequence[str]) -> str:
        return "| " + " | ".join(plain(cell).replace("|", "\\|") or " " for cell in cells) + " |"

    head = [line(rows[0].columns), "|" + " --- |" * len(rows[0].columns)]
    body = [
        line([*row.cells[:-1], row.cells[-1]]).removesuffix(" |") + f"{mark} |"
        for row, mark in zip(rows, marks, strict=True)
    ]
    return "\n".join([*head, *body])
