"""Lines of a column into blocks: paragraphs with hyphens at line ends undone, rows of tables kept on one line."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal

from footnoted.index.loaders.pdf.lines import Line
from footnoted.index.loaders.pdf.scripts import RAISED

_ITEM = re.compile(r"(?:[•▪▫‣●○◦■□–—*·]|[-] |\(?\d{1,3}[.)]|\(?[a-zA-Z][.)]) *\S")
_BULLET = re.compile(r"[•▪▫‣●○◦■□]")
_LEADER = re.compile(r"(?:\. ?){4,}|…{2,}")
_ENDS_SENTENCE = re.compile(r"[.!?:;。！？：][\"'”’)\]]*$")
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u3000-\u303f\uff00-\uffef]")


@dataclass(slots=True)
class Block:
    """Lines that belong together; ``rows`` when each of them is a row (of a table) or an item by itself.

    ``note`` says that it holds notes: at the "foot" of its page, or "here", below a table.
    """

    lines: list[Line]
    rows: bool = False
    note: Literal["", "foot", "here"] = ""

    @property
    def fixed(self) -> bool:
        """Whether it is code."""
        return self.lines[0].fixed

    @property
    def size(self) -> float:
        """The height of its lines."""
        return median(line.row.size for line in self.lines)


def blocks_of(lines: Sequence[Line]) -> list[Block]:
    """Group the lines of one column into paragraphs and tables."""
    if not lines:
        return []
    left = median(line.row.left for line in lines)
    right = max(line.row.right for line in lines)
    steps = [after.row.bottom - line.row.bottom for line, after in zip(lines, lines[1:], strict=False)]
    pitch = median(step for step in steps if step > 0) if any(step > 0 for step in steps) else lines[0].row.size
    blocks = [Block([lines[0]], lines[0].fixed or len(lines[0].cells) > 1)]
    for number in range(1, len(lines)):
        line, before = lines[number], lines[number - 1]
        if line.fixed != before.fixed or (line.fixed and not 0 < line.row.bottom - before.row.bottom < 3.5 * pitch):
            blocks.append(Block([line], line.fixed or len(line.cells) > 1))
        elif line.fixed:
            blocks[-1].lines.append(line)
        elif _is_new_block(before, line, pitch, left, right):
            blocks.append(Block([line], len(line.cells) > 1))
        elif len(line.cells) > 1 or blocks[-1].rows or _stands_alone(before, line, left, right):
            if not blocks[-1].rows and len(blocks[-1].lines) > 1:
                blocks.append(Block([line], True))
            else:
                blocks[-1].rows = True
                blocks[-1].lines.append(line)
        else:
            blocks[-1].lines.append(line)
    return blocks


def _is_new_block(before: Line, line: Line, pitch: float, left: float, right: float) -> bool:
    """White space above, another font size, a first-line indent, or a last line that ended early."""
    em = line.row.size
    step = line.row.bottom - before.row.bottom
    if len(line.cells) > 1 and len(before.cells) > 1:
        return step > 3.2 * max(pitch, em) or step < 0
    same_large = line.row.size > 1.15 * pitch and len(line.cells) == 1
    if step > (1.5 * em if same_large else 1.35 * max(min(pitch, 1.6 * em), 0.9 * em)) or step < 0:
        return True
    if abs(line.row.size - before.row.size) > 0.15 * max(line.row.size, before.row.size) and not before.broken:
        return True
    if (len(line.cells) > 1) != (len(before.cells) > 1):
        return True
    if len(line.cells) > 1 or before.broken:
        return False
    if line.text[0] in RAISED and line.text[1:2] not in ",.)":
        return True  # the next note at the foot of a page
    indented = line.row.left - before.row.left > 0.6 * em and before.row.left < left + 0.3 * em
    sentence_ended = bool(_ENDS_SENTENCE.search(before.text))
    if indented and (sentence_ended or line.row.left - before.row.left < 3 * em) and not _ITEM.match(before.text):
        return sentence_ended
    return sentence_ended and before.row.right < right - 0.2 * (right - left)


def _stands_alone(before: Line, line: Line, left: float, right: float) -> bool:
    """Items of a list, entries with leaders, and lines after one that ended far before the margin."""
    if before.broken:
        return False
    if _LEADER.search(before.text) or _BULLET.match(line.text):
        return True
    if _ITEM.match(line.text) and (_ENDS_SENTENCE.search(before.text) or _ITEM.match(before.text)):
        return True
    return before.row.right < right - 0.4 * (right - left)


def block_text(block: Block, known: Counter[str]) -> str:
    """The text of a block: rows stay on lines of their own, lines of a paragraph become one."""
    if block.fixed:
        return code_text(block.lines)
    if block.rows:
        pieces: list[str] = []
        broken = False
        for line in block.lines:
            if broken and pieces and len(line.cells) == 1:
                pieces[-1] = continued(pieces[-1], line.text, True, known)
            else:
                pieces.append(line.text)
            broken = line.broken
        return "\n".join(pieces)
    text = block.lines[0].text
    for before, line in zip(block.lines, block.lines[1:], strict=False):
        text = continued(text, line.text, before.broken, known)
    return text


def code_text(lines: Sequence[Line]) -> str:
    """Lines of code with their indentation and the empty lines between them."""
    left = min(line.row.left for line in lines)
    words = [word for line in lines for piece in line.row.pieces for word in piece.words]
    width = median((word.right - word.left) / max(1, len(word.text)) for word in words) or 1.0
    steps = [after.row.bottom - before.row.bottom for before, after in zip(lines, lines[1:], strict=False)]
    pitch = min((step for step in steps if step > 0), default=lines[0].row.size)
    shown: list[str] = []
    for number, line in enumerate(lines):
        text = ""
        for word in (word for piece in line.row.pieces for word in piece.words):
            place = min(200, round((word.left - left) / width))
            text += " " * max(place - len(text), 0) + word.text + ("-" if word.broken else "")
        shown += [""] * min(2, round(steps[number - 1] / pitch) - 1 if number else 0) + [text]
    return "\n".join(shown)


def continued(text: str, following: str, broken: bool, known: Counter[str]) -> str:
    """Two lines of a paragraph as one; ``broken`` if a hyphen at the end of the first was removed already."""
    ends_with_hyphen = text.endswith(("-", "\u2010")) and len(text) > 1 and text[-2].isalpha()
    if broken or ends_with_hyphen:
        stem = text if broken else text[:-1]
        if not following[:1].isalpha():
            return stem + ("-" if broken or ends_with_hyphen else "") + following
        return stem + _hyphen_between(stem, following, known) + following
    if _CJK.match(text[-1:]) and _CJK.match(following[:1]):
        return text + following
    return f"{text} {following}"


def _hyphen_between(stem: str, following: str, known: Counter[str]) -> str:
    """Nothing for a word that was only divided at the line's end, "-" for one that is written with a hyphen.

    The document itself decides, by how it writes the word elsewhere; else a capital or a digit keeps the hyphen, and
    so does what has hyphens already (state-of-the-art) and every address.
    """
    token = stem.split()[-1] if stem.split() else ""
    if re.search(r"[/@\\]|[^\W\d_]-[^\W\d_]", token):
        return "-"
    first = re.split(r"[^\w\-']", stem)[-1].lower()
    second = re.split(r"[^\w\-']", following)[0].lower()
    together, apart = known[first + second], known[f"{first}-{second}"]
    if together != apart:
        return "" if together > apart else "-"
    return "" if following[:1].islower() and not first[-1:].isdigit() else "-"


def words_known(texts: Iterable[str]) -> Counter[str]:
    """How often each word is written inside a line, for ``_hyphen_between``."""
    known: Counter[str] = Counter()
    for text in texts:
        known.update(word.strip("-'") for word in re.findall(r"[\w\-']+", text.lower()))
    return known
