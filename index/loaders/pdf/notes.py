"""Notes at the foot of a page, and the raised marks in its text that point to them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from footnoted.index.loaders.pdf.lines import Line
from footnoted.index.loaders.pdf.paragraphs import Block, continued
from footnoted.index.loaders.pdf.parts import Part
from footnoted.index.loaders.pdf.scripts import PLAIN, RAISED, without_endings
from footnoted.index.loaders.text import tidy

_SMALLER = 0.95  # than the running text
_UPPER = 0.4  # of the height of the text: no note at the foot of a page begins above it
_DIGITS = "⁰¹²³⁴⁵⁶⁷⁸⁹"
_LETTERS = "ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏ"
_ONE = rf"⁽?(?:[{_DIGITS}]{{1,3}}|[{_LETTERS}])⁾?"
_RUN = re.compile(rf"(?<![{RAISED}]){_ONE}(?:[,⁻–]\s?{_ONE})*(?![{RAISED}])")
_HAS_RAISED = re.compile(f"[{RAISED}]")
_RAISED_MARK = re.compile(rf"⁽?([{_DIGITS}]{{1,3}}|[{_LETTERS}])⁾?[.)]?\s*(?=\S)")
_PLAIN_MARK = re.compile(r"[\[(]?(\d{1,3}|[a-k])[\]).]?\s+(?=\S)")
_SIGN = re.compile(r"([*†‡§¶#]{1,3})\s*(?=\w)")
# What a raised 2 or 3 behind it makes a square or a cube, and what a raised number makes a power.
_UNIT = re.compile(
    r"(?:\d[\d.,]*\s*|[/·⋅]\s*|per\s+|square\s+)(?:[kcdmµμn]?m|in|ft|yd|mi|s|sec|min|h|kg|g|l|cal|Pa|[kM]?W|V|A|K|J|N)$"
)
_POWER = re.compile(r"(?:^|[\s(=+\-−×·/,])(?:[A-Za-zα-ωΑ-Ω]|[×x·]\s*10|10|2)$|[)\]]$|[×=+−]\s*\w{1,3}$")
_NUMBER_TO_SQUARE = re.compile(r"(?<![\d.,])\d{1,2}$")
_TITLES = re.compile(
    r"(?:\d+\.?\s+|[ivx]+\.?\s+)?(?:notes|endnotes|end notes|footnotes|references|bibliography|works cited|literature|"
    r"anmerkungen|endnoten|fußnoten|literatur|literaturverzeichnis|notas|referencias|notes de fin|références|note|"
    r"noten|примечания|литература|参考文献|注释)\W*$",
    re.IGNORECASE,
)


def mark_notes(columns: Sequence[Sequence[Block]], body: float) -> None:
    """Set ``note`` of the blocks of one page that are notes: small letters behind a mark, below the text or a table.

    ``body`` is the height of the lines of the running text. A number on the line is only a mark if the page has it
    raised, too.
    """
    text = " ".join(line.text for blocks in columns for block in blocks for line in block.lines)
    used = {mark for marks in map(_values, _RUN.finditer(text)) for mark in marks}
    if not used and not re.search(r"[*†‡§¶]", text):
        return
    tops = [block.lines[0].row.top for blocks in columns for block in blocks]
    lowest = max(block.lines[-1].row.bottom for blocks in columns for block in blocks)
    middle = min(tops) + _UPPER * (lowest - min(tops))
    twice = _used_elsewhere(used, text)
    for blocks in columns:
        small = [block.size <= _SMALLER * body and not block.fixed for block in blocks]
        foot = len(blocks)
        while foot and small[foot - 1] and blocks[foot - 1].lines[0].row.top > middle:
            foot -= 1
        for number, block in enumerate(blocks):
            raised = _RAISED_MARK.match(block.lines[0].text)
            if number < foot:
                own = small[number] and raised is not None and raised[1].translate(PLAIN) in twice
                block.note = "here" if own else ""
            else:
                known = raised is not None or _plain_mark(block.lines[0].text, used, text) is not None
                block.note = "foot" if known or (number > foot and blocks[number - 1].note) else ""


def _used_elsewhere(used: set[str], text: str) -> set[str]:
    """The raised marks that a text has more than once: in front of the note, and where it belongs."""
    counts = Counter(mark for marks in map(_values, _RUN.finditer(text)) for mark in marks)
    return {mark for mark in used if counts[mark] > 1}


def _plain_mark(text: str, used: set[str], page: str) -> str | None:
    if (found := _PLAIN_MARK.match(text)) and found[1] in used:
        # "12 FREE CULTURE" is the foot of page 12.
        words = text[found.end() :].split()
        return found[1] if len(words) > 3 or (words[-1][-1] in ".)" and not text.isupper()) else None
    sign = _SIGN.match(text)
    return sign[1] if sign and re.search(rf"[\w.,;:)%]{re.escape(sign[1])}(?![*\w])", page) else None


def notes_of(blocks: Sequence[Block], page: int, known: Counter[str]) -> list[Part]:
    """The notes of a page, one for each mark."""
    found: list[Part] = []
    for block in blocks:
        for lines in _by_mark(block.lines):
            text = lines[0].text
            for before, line in zip(lines, lines[1:], strict=False):
                text = continued(text, line.text, before.broken, known)
            text = tidy(text).strip()
            mark = _RAISED_MARK.match(text) or _PLAIN_MARK.match(text) or _SIGN.match(text)
            own = Block(list(lines), False, block.note)
            if mark:
                found.append(Part("footnote", page, own, text[mark.end() :], label=mark[1].translate(PLAIN)))
            elif found and found[-1].kind == "footnote":
                last = found[-1]
                last.text = continued(last.text, text, last.block.lines[-1].broken, known)
                last.block = own
            else:
                found.append(Part("paragraph", page, own, text))
    return found


def _by_mark(lines: Sequence[Line]) -> Iterator[list[Line]]:
    """The lines of a block, cut where the next mark begins one."""
    group: list[Line] = []
    last: str | None = None
    for line in lines:
        raised = _RAISED_MARK.match(line.text)
        plain = _PLAIN_MARK.match(line.text)
        mark = raised[1].translate(PLAIN) if raised else plain[1] if plain else ""
        following = bool(last and mark.isdigit() and last.isdigit() and int(mark) == int(last) + 1)
        if group and (raised or following or _SIGN.match(line.text)):
            yield group
            group = []
        if not group:
            last = mark
        group.append(line)
    if group:
        yield group


def noted_behind(parts: Sequence[Part]) -> set[str]:
    """The numbers of the notes or references at the end of a document, under a heading that says so."""
    found: set[str] = set()
    inside = False
    for part in parts:
        if part.kind in ("heading", "paragraph") and len(part.text) < 40 and _TITLES.match(part.text):
            inside = True
        elif inside and part.kind == "heading":
            inside = False
        elif inside:
            texts = [item.mark for item in part.items] or [part.text]
            marks = (_RAISED_MARK.match(f"{text} x") or re.match(r"[\[(]?(\d{1,3})[\]).]", text) for text in texts)
            found |= {mark[1].translate(PLAIN) for mark in marks if mark}
    return found if "1" in found and len(found) > 1 else set()


def mark_references(pages: Sequence[Sequence[Part]], notes: Sequence[Sequence[Part]]) -> None:
    """Write the raised marks in the text of all pages that belong to a note as ``[1]``."""
    behind = noted_behind([part for page in pages for part in page])
    for parts, foot in zip(pages, notes, strict=True):
        everything = [*parts, *foot]
        if not any(_HAS_RAISED.search(part.text) or part.items or part.rows for part in everything):
            continue
        own = {part.label for part in everything if part.kind == "footnote"}
        texts = [text for part in everything for text in _texts(part)]
        shown = iter([without_endings(text) for text in with_marks(texts, own, behind)])
        for part in everything:
            if part.rows:
                for _, line in part.rows:
                    line.cells = [next(shown) for _ in line.cells]
            elif part.items:
                for item in part.items:
                    item.text = next(shown)
            else:
                part.text = next(shown)


def _texts(part: Part) -> list[str]:
    if part.rows:
        return [text for _, line in part.rows for text in line.cells]
    return [item.text for item in part.items] or [part.text]


def with_marks(texts: Sequence[str], own: set[str], behind: set[str]) -> list[str]:
    """The texts of a page with the raised marks of notes as ``[1]``, set apart from the word before them.

    ``own`` are the marks of the notes on the page, ``behind`` those at the end of the document. A raised number behind
    a unit, a ten or a letter is a power; a 2 or 3 behind a small number is only a mark if it is one nowhere else.
    """
    clear = {
        mark
        for text in texts
        if not text.isascii() and _HAS_RAISED.search(text)
        for run in _RUN.finditer(text)
        if _place(text[: run.start()]) == "word"
        for mark in _values(run)
    }

    def shown(text: str) -> str:
        pieces, done = [], 0
        for run in _RUN.finditer(text):
            marks, place = _values(run), _place(text[: run.start()])
            noted = set() if place == "power" else own
            if place == "number" and _NUMBER_TO_SQUARE.search(text[: run.start()]):
                noted = own - (clear & {"2", "3"})
            if not marks or not (set(marks) <= noted or (place == "word" and set(marks) <= behind)):
                continue
            pieces.append(text[done : run.start()].rstrip())
            pieces.append(f"{' ' if pieces[-1] or len(pieces) > 1 else ''}[{', '.join(marks)}]")
            done = run.end()
            if text[done : done + 1].isalnum():
                pieces.append(" ")
        return "".join([*pieces, text[done:]])

    return [text if text.isascii() or not _HAS_RAISED.search(text) else shown(text) for text in texts]


def _place(before: str) -> str:
    """What a raised number stands behind: "word", "number", or "power" if it is one."""
    if _UNIT.search(before) or _POWER.search(before[-20:]):
        return "power"
    return "number" if before[-1:].isdigit() else "word" if before.strip() else "power"


def _values(run: re.Match[str]) -> list[str]:
    """The marks of a run of raised characters; those of a range are all in it."""
    found: list[str] = []
    for sign, one in re.findall(rf"(^|[,⁻–])\s?⁽?([{_DIGITS}]+|[{_LETTERS}])⁾?", run[0]):
        value = one.translate(PLAIN)
        if sign in ("⁻", "–") and found and found[-1].isdigit() and value.isdigit():
            if not 0 < int(value) - int(found[-1]) < 40:
                return []
            found += map(str, range(int(found[-1]) + 1, int(value)))
        found.append(value)
    return found
