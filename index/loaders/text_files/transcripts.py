"""Subtitles and transcripts (.vtt, .srt): the cues of a speaker joined to sentences, each with its time."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass

from footnoted.index.errors import LoadError
from footnoted.index.loaders.registry import Source
from footnoted.index.loaders.text import one_line
from footnoted.index.loaders.text_files.plain import text_of
from footnoted.index.text.blocks import ordered
from footnoted.index.types import Block, LoadedDocument, Section

_TIME = r"(?:(\d{1,4}):)?(\d{1,2}):(\d{2})[.,](\d{1,3})"
_TIMING = re.compile(rf"\s*{_TIME}\s*-->\s*{_TIME}")
_VOICE = re.compile(r"<v(?:\.[^\s>]*)?\s+([^>]+)>")
_SPEAKER = re.compile(r"\s*(?:>>\s*)?([^\W\d_][\w.'’ -]{0,38}[\w.])\s*:\s+(?=\S)")
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,80}>|<\d[\d:.]*>|\{\\[^}]*\}")
_END = re.compile(r"[.!?…。！？][\"'”’)\]]*$")
_PAUSE = 4_000  # milliseconds of silence after a sentence that begin a new paragraph
_LONG = 600  # characters after which the next sentence does


@dataclass(frozen=True, slots=True)
class _Cue:
    start: int  # milliseconds
    end: int
    speaker: str
    text: str


def load_transcript(source: Source) -> LoadedDocument:
    """A paragraph for each turn of a speaker ("Anna: …"); sections say at what time it begins.

    Raises:
        LoadError: no line says when something is spoken.
    """
    cues = list(_without_copies(_cues(text_of(source))))
    if not cues:
        raise LoadError(f"{source.name} has no cues: no line says when something is spoken.")
    pieces: list[str] = []
    blocks: list[Block] = []
    sections: list[Section] = []
    length = 0
    for paragraph in _paragraphs(cues):
        start = length + (2 if pieces else 0)
        said, inside = _said(paragraph, start)
        pieces.append(said)
        length = start + len(said)
        blocks += [Block("paragraph", start, length, 0, paragraph[0].speaker), *inside]
        sections.append(Section(start, length, f"at {_clock(paragraph[0].start)}"))
    speakers = list(dict.fromkeys(cue.speaker for cue in cues if cue.speaker))
    return LoadedDocument(
        text="\n\n".join(pieces),
        sections=tuple(sections),
        blocks=ordered(blocks),
        media_type="text/vtt" if source.suffix == ".vtt" else "application/x-subrip",
        metadata={"speakers": ", ".join(speakers)[:500]} if speakers else {},
    )


def _said(paragraph: list[_Cue], start: int) -> tuple[str, list[Block]]:
    """The words of a turn behind the speaker's name, and the block of each cue."""
    said = f"{paragraph[0].speaker}: " if paragraph[0].speaker else ""
    inside: list[Block] = []
    for number, cue in enumerate(paragraph):
        said += " " if number else ""
        inside.append(Block("cue", start + len(said), start + len(said) + len(cue.text), cue.start, cue.speaker))
        said += cue.text
    return said, inside


def _cues(text: str) -> Iterator[_Cue]:
    """The cues of a file, in either format; notes and styles are left out."""
    speaker = ""
    for part in re.split(r"\n[ \t]*\n", text):
        lines = part.strip("\n").split("\n")
        place = next((number for number, line in enumerate(lines[:3]) if _TIMING.match(line)), None)
        if place is None:
            continue
        found = _TIMING.match(lines[place])
        assert found is not None
        first, last = _milliseconds(found.groups()[:4]), _milliseconds(found.groups()[4:])
        for voice, words in _voices("\n".join(lines[place + 1 :])):
            named = _SPEAKER.match(words) if not voice else None
            speaker = voice or (named[1] if named else speaker if _goes_on(words) else "")
            said = one_line(words[named.end() :] if named else words)
            if said:
                yield _Cue(first, last, speaker, said)


def _goes_on(words: str) -> bool:
    """Whether a cue without a name can be of the speaker before it: one that begins with a dash is of another."""
    return not words.lstrip().startswith(("-", "–", ">>"))


def _voices(words: str) -> Iterator[tuple[str, str]]:
    """What each speaker says in a cue: ``<v Anna>…``; without such marks all of it is of nobody."""
    parts = _VOICE.split(words)
    for speaker, said in zip(["", *(one_line(html.unescape(one)) for one in parts[1::2])], parts[::2], strict=True):
        plain = html.unescape(_TAG.sub("", said))
        if plain.strip():
            yield speaker, plain


def _without_copies(cues: Iterator[_Cue]) -> Iterator[_Cue]:
    """Automatic captions show a line again while the next one appears: what was said is said once."""
    before: _Cue | None = None
    for cue in cues:
        fresh = cue.text
        if before and cue.speaker == before.speaker and cue.start <= before.end + 100:
            shown = f"{before.text} "
            fresh = f"{cue.text} ".removeprefix(shown).rstrip() if f"{cue.text} ".startswith(shown) else cue.text
        if fresh:
            yield _Cue(cue.start, cue.end, cue.speaker, fresh)
        before = cue


def _paragraphs(cues: list[_Cue]) -> Iterator[list[_Cue]]:
    """Turns of one speaker, divided where a sentence has ended and a pause or a long stretch of words says so."""
    held: list[_Cue] = []
    for cue in cues:
        if held:
            ended = _END.search(held[-1].text) is not None
            long = sum(len(one.text) for one in held) > _LONG
            pause = cue.start - held[-1].end > _PAUSE
            if cue.speaker != held[-1].speaker or (ended and (long or pause)):
                yield held
                held = []
        held.append(cue)
    if held:
        yield held


def _milliseconds(parts: tuple[str | None, ...]) -> int:
    hours, minutes, seconds, fraction = parts
    return (int(hours or 0) * 3600 + int(minutes or 0) * 60 + int(seconds or 0)) * 1000 + int(
        (fraction or "0").ljust(3, "0")
    )


def _clock(milliseconds: int) -> str:
    minutes, seconds = divmod(milliseconds // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}"
