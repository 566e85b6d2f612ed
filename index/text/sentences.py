"""Where sentences begin and end in a text, as spans; lines of lists, tables and headings count as sentences.

Sentence boundaries inside a paragraph come from ``sentencex`` (Wikimedia, MIT), which knows the abbreviations of many
languages. What it lacks is put back together: an abbreviation before a number, an initial before a name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

Span = tuple[int, int]

_LIST_ITEM = re.compile(r"\s*(?:[-*•‣◦·▪–+]|\(?\d{1,3}[.)]|\(?[a-zA-Z][.)])\s+\S")
_TERMINAL = re.compile(r"[.!?:;。！？][\"'”’)\]]*\s*$")
_LAST_WORD = re.compile(r"(?<![^\W\d_])([^\W\d_]{1,7})\.\s*$")
_INITIAL = re.compile(r"[\s(\"'“„«]*[^\W\d_]\.\s*")
_BEFORE_DIGITS = " \t\n$€£¥₹<>~≈±+-−–"
_VOWELS = "aeiouyàáâãäåæèéêëìíîïòóôõöøùúûüýœаеёиоуыэюя"
# Abbreviations with a vowel that stand before a number, in the languages that we know; "Abb. 3", "approx. 900".
_BEFORE_NUMBERS = frozenset(
    """
    abb abs alin anm app approx apr apt art aug av ca cap ch chap circa col cca dec dez déc ed eds eq eqs esp est etwa
    ex ext feb febr fev fig figs figg fol env hab incl inkl jan janv jul juil jun kap lit maart mai mar max märz min
    mio mai no nos nov num núm oct okt op par pag pág para pos prim resp ríj sec sect sep sept ser séc tab taf tel tom
    vol vols ust usw vers
    """.split()  # noqa: SIM905
)
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


def lines_of_meaning(text: str, start: int, end: int) -> Iterator[Span]:
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


def sentences(text: str, start: int = 0, end: int | None = None, language: str = "") -> list[Span]:
    """Spans of the sentences of ``text[start:end]`` in order, not overlapping, without white space at their ends.

    ``language`` is an ISO 639-1 code ("de"); empty stands for English.
    """
    spans: list[Span] = []
    for paragraph_start, paragraph_end in paragraphs(text, start, end):
        for block_start, block_end in lines_of_meaning(text, paragraph_start, paragraph_end):
            spans.extend(_in_line(text, block_start, block_end, language or "en"))
    return _joined(text, spans)


def _in_line(text: str, start: int, end: int, language: str) -> Iterator[Span]:
    """The sentences of a stretch of running text."""
    from sentencex import get_sentence_boundaries

    # A line break within a block is only a wrap: to the segmenter it is a space (same length, same offsets).
    block = text[start:end].replace("\n", " ")
    begin: int | None = None
    for boundary in get_sentence_boundaries(language, block):
        first, last = boundary["start_index"], boundary["end_index"]
        begin = first if begin is None else begin
        if last < len(block) and _goes_on(block[begin:last], block[last:]):
            continue
        span = trimmed(text, start + begin, start + last)
        begin = None
        if span[0] < span[1]:
            yield span


def _goes_on(said: str, following: str) -> bool:
    """Whether a sentence has not ended: at an abbreviation before a number, at an initial, or before a small letter."""
    rest = following.lstrip(_BEFORE_DIGITS)
    if _INITIAL.fullmatch(said):
        return True
    if (rest[:1].isdigit() or following.lstrip()[:1].islower()) and (last := _LAST_WORD.search(said)):
        word = last[1].casefold()
        return word in _BEFORE_NUMBERS or not any(vowel in word for vowel in _VOWELS)
    return False


def _joined(text: str, spans: list[Span]) -> list[Span]:
    """Spans with fragments put back: a closing quote or bracket alone."""
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
