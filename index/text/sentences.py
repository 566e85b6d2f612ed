"""Where sentences begin and end in a text, as spans; lines of lists, tables and headings count as sentences.

Sentence boundaries inside a paragraph come from ``sentencex`` (Wikimedia, MIT), which knows abbreviations.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

Span = tuple[int, int]

_LIST_ITEM = re.compile(r"\s*(?:[-*•‣◦·▪–+]|\(?\d{1,3}[.)]|\(?[a-zA-Z][.)])\s+\S")
_TERMINAL = re.compile(r"[.!?:;。！？][\"'”’)\]]*\s*$")
_WRAP_SHARE = 0.6  # a line that fills less of its paragraph's width than this was ended by its author


def trimmed(text: str, start: int, end: int) -> Span:
    """The span without white space at its ends; ``(start, start)`` if nothing else is in it."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def paragraphs(text: str, start: int = 0, end: int | None = None) -> Iterator[Span]:
    """Spans between blank lines, without surrounding white space."""
    end = len(text) if end is None else end
    position = start
    for blank in re.finditer(r"\n[ \t\r\f\v\u00a0]*\n\s*|\f", text[start:end]):
        span = trimmed(text, position, start + blank.start())
        if span[0] < span[1]:
            yield span
        position = start + blank.end()
    span = trimmed(text, position, end)
    if span[0] < span[1]:
        yield span


def _blocks(text: str, start: int, end: int) -> Iterator[Span]:
    """The parts of a paragraph that a line break really separates: list items, table rows, short lines of verse.

    A line break inside a hard-wrapped paragraph separates nothing: its lines are about equally long.
    """
    lines = [(start + match.start(), start + match.end()) for match in re.finditer(r"[^\n]+", text[start:end])]
    width = max(stop - begin for begin, stop in lines)
    block = lines[0][0]
    for (begin, stop), (after, after_stop) in zip(lines, lines[1:], strict=False):
        line, following = text[begin:stop], text[after:after_stop]
        filled = (stop - begin) >= _WRAP_SHARE * width and width >= 40
        table = "|" in line and "|" in following or "\t" in line
        if table or _LIST_ITEM.match(following) or (not filled and not _continues(line, following)):
            yield trimmed(text, block, stop)
            block = after
    yield trimmed(text, block, lines[-1][1])


def _continues(line: str, following: str) -> bool:
    """Whether a short line runs on into the next one: no end mark, and the next line starts in lower case."""
    return not _TERMINAL.search(line) and following.lstrip()[:1].islower()


def sentences(text: str, start: int = 0, end: int | None = None) -> list[Span]:
    """Spans of the sentences of ``text[start:end]`` in order, not overlapping, without white space at their ends."""
    from sentencex import get_sentence_boundaries

    spans: list[Span] = []
    for paragraph_start, paragraph_end in paragraphs(text, start, end):
        for block_start, block_end in _blocks(text, paragraph_start, paragraph_end):
            # A line break within a block is only a wrap: to the segmenter it is a space (same length, same offsets).
            block = text[block_start:block_end].replace("\n", " ")
            for boundary in get_sentence_boundaries("en", block):
                span = trimmed(text, block_start + boundary["start_index"], block_start + boundary["end_index"])
                if span[0] < span[1]:
                    spans.append(span)
    return _joined(text, spans)


def _joined(text: str, spans: list[Span]) -> list[Span]:
    """Spans with fragments put back: a closing quote or bracket alone, or a continuation in lower case."""
    result: list[Span] = []
    for span in spans:
        piece = text[span[0] : span[1]]
        if (
            result
            and not any(character.isalnum() for character in piece)
            and "\n\n" not in text[result[-1][1] : span[0]]
        ):
            result[-1] = (result[-1][0], span[1])
        else:
            result.append(span)
    return result
