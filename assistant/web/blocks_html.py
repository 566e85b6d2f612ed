"""The blocks of an answer as HTML: lists, tables and code as elements, everything of a document escaped."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from footnoted.assistant.answers import AnswerBlock, Sentence, blocks_of
from footnoted.assistant.web.html import escaped

FOLDED = 15  # items or rows that are shown at once; what follows is a click away
FLAG = '<span class="flag">not supported by your documents</span>'


def render_html(sentences: Sequence[Sentence], note: Callable[[int], str]) -> str:
    """The sentences as HTML; ``note`` is the element that stands for the mark of a footnote."""
    return "".join(_block(block, note) for block in blocks_of(sentences))


def _block(block: AnswerBlock, note: Callable[[int], str]) -> str:
    marks = ["".join(map(note, numbers)) for numbers in block.marks]
    told = list(zip(block.sentences, marks, strict=True))
    if block.form == "heading":
        return f'<h3 dir="auto">{escaped(block.sentences[0].text)}{marks[0]}</h3>'
    if block.form == "code":
        ((code, mark),) = told
        return f'<div class="code"><pre dir="ltr" tabindex="0"><code>{escaped(code.text)}</code></pre>{mark}</div>'
    if block.form == "list":
        return _folded(told, _list, "items")
    if block.form == "table":
        return _folded(told, _table, "rows")
    kind = ' class="own-words"' if block.sentences[0].form == "note" else ""
    return f"<p{kind}>{' '.join(_said(sentence) + mark for sentence, mark in told)}</p>"


def _said(sentence: Sentence) -> str:
    if not sentence.supported:
        return f'<span class="unsupported" dir="auto">{escaped(sentence.text)}</span>{FLAG}'
    return f'<span dir="auto">{emphasised(sentence.text, sentence.emphasis)}</span>'


def emphasised(text: str, spans: Sequence[tuple[int, int]]) -> str:
    """Text, escaped, with the words of these spans made strong."""
    parts, position = [], 0
    for start, end in sorted(spans):
        if position <= start < end <= len(text):
            parts += [escaped(text[position:start]), f"<strong>{escaped(text[start:end])}</strong>"]
            position = end
    return "".join([*parts, escaped(text[position:])])


Told = Sequence[tuple[Sentence, str]]


def _folded(told: Told, shown: Callable[[Told], str], noun: str) -> str:
    """All of it, or the first part with the rest behind a summary to open."""
    if len(told) <= FOLDED + 3:
        return shown(told)
    # The mark of the footnote stands behind the last one, which is folded away: the first part shows it as well.
    last, mark = told[FOLDED - 1]
    first = [*told[: FOLDED - 1], (last, mark or told[-1][1])]
    more = f"<summary>Show all {len(told)} {noun}</summary>"
    return f'{shown(first)}<details class="rest">{more}{shown(told[FOLDED:])}</details>'


def _list(told: Told) -> str:
    """Items as nested lists; each list counts if its first item does."""
    parts: list[str] = []
    open_lists: list[tuple[int, str]] = []
    for item, mark in told:
        while open_lists and open_lists[-1][0] > item.depth and len(open_lists) > 1:
            parts.append(f"</li></{open_lists.pop()[1]}>")
        if not open_lists or item.depth > open_lists[-1][0]:
            tag = "ol" if _number(item) else "ul"
            open_lists.append((item.depth, tag))
            parts.append(f"<{tag}>")
        else:
            parts.append("</li>")
        value = f' value="{_number(item)}"' if open_lists[-1][1] == "ol" and _number(item) else ""
        parts.append(f'<li{value} dir="auto">{_box(item)}{_said(item)}{mark}')
    parts += [f"</li></{tag}>" for _, tag in reversed(open_lists)]
    return "".join(parts)


def _number(item: Sentence) -> str:
    found = re.fullmatch(r"\(?(\d{1,6})[.)]", item.mark)
    return found[1] if found else ""


def _box(item: Sentence) -> str:
    """The box of a task, or a mark that a list of HTML cannot show ("a)", "§ 3")."""
    if item.mark in ("[x]", "[ ]"):
        return "☑ " if item.mark == "[x]" else "☐ "
    return f"{escaped(item.mark)} " if any(map(str.isalnum, item.mark)) and not _number(item) else ""


def _table(told: Told) -> str:
    columns = told[0][0].columns
    head = ""
    if any(columns):
        names = "".join(f'<th scope="col" dir="auto">{escaped(name)}</th>' for name in columns)
        head = f"<thead><tr>{names}</tr></thead>"
    rows = []
    for row, mark in told:
        cells = [f'<td dir="auto">{escaped(cell)}' for cell in row.cells]
        rows.append(f"<tr>{'</td>'.join(cells)}{mark}</td></tr>")
    return f'<div class="scroll" tabindex="0"><table>{head}<tbody>{"".join(rows)}</tbody></table></div>'
