"""What a message repeats of earlier ones: lines behind ">", and all that stands below "On Monday Ann wrote:"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby

from footnoted.index.loaders.text import clean
from footnoted.index.text.blocks import headings_of, ordered, parents, shifted
from footnoted.index.text.structure import inferred
from footnoted.index.types import Block, LoadedDocument

_QUOTED = re.compile(r"(?:[ \t]?>)+ ?")
_MARKED = re.compile(r"\s*(?:[-*•+]|\(?\w{1,3}[.)])\s")
_HEAD_LINES = 8
_WRAPPED = 60  # a line this long was cut by a program; a shorter one by its writer
_VERB = (
    r"(?:wrote|writes|schrieb|a écrit|écrit|escribió|ha scritto|escreveu|schreef|skrev|napisał\(?a?\)?|pisze|пишет|"
    r"написал\(?а?\)?|写道|のメール|님이 작성)"
)
_WROTE = re.compile(rf"(?P<before>.*?)\s*{_VERB}(?P<after>[^:：]*)\s*[:：]$")
_FROM = re.compile(r"\W*(?:From|Von|De|Da|Van|Från|Fra|Od|От|差出人|发件人|보낸 사람)\W{0,3}[:：]\W{0,3}(?P<who>\S.*)")
_SENT = re.compile(
    r"\W*(?:Sent|Date|Gesendet|Datum|Envoyé|Fecha|Enviado|Enviada|Inviato|Data|Verzonden|Skickat|Sendt|Dato|Wysłan\w|"
    r"Отправлено|Дата|送信日時|发送时间|日期|보낸 날짜)(?: \w+)?\W{0,3}[:：]"
)
_SUBJECT = re.compile(
    r"\W*(?:Subject|Betreff|Objet|Asunto|Oggetto|Assunto|Onderwerp|Ämne|Emne|Temat|Тема|件名|主题|主旨|제목)\W{0,3}[:：]"
)
_DIVIDER = re.compile(
    r"-{2,}\s*(?:Original Message|Forwarded message|Ursprüngliche Nachricht|Weitergeleitete Nachricht|"
    r"Message d'origine|Message transféré|Mensaje original|Messaggio originale)\s*-{2,}",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"\s*[<\[(](?:mailto:)?[^<>\s]*@[^<>]*[>\])]")


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of a body: how deep it is quoted, and its words behind the signs that say so."""

    depth: int
    prefix: str
    words: str


def plain_body(text: str, *, flowed: bool = False) -> LoadedDocument:
    """A body of plain text with its blocks. Quoted lines that a program has cut are joined; the rest stays as it is.

    ``flowed``: lines that end with a space go on in the next one (RFC 3676).
    """
    lines = _joined([_line(line) for line in clean(text).strip("\n").rstrip().split("\n")], flowed)
    starts: list[int] = []
    pieces: list[str] = []
    at = 0
    for line in lines:
        starts.append(at + len(line.prefix))
        pieces.append(line.prefix + line.words)
        at += len(pieces[-1]) + 1
    said = "\n".join(pieces)
    depths, people = _depths(lines)
    blocks = ordered([*_replies(lines, depths, people, starts), *_words(said, lines, depths, starts)])
    return LoadedDocument(said, blocks=levelled(blocks))


def _line(line: str) -> _Line:
    found = _QUOTED.match(line)
    # Mailboxes write ">" before a line of a body that begins with "From ".
    if found is None or line.startswith(">From "):
        return _Line(0, "", line)
    return _Line(found[0].count(">"), found[0], line[found.end() :])


def _joined(lines: Sequence[_Line], flowed: bool) -> list[_Line]:
    """The lines of a paragraph as one where a program has cut it."""
    result: list[_Line] = []
    for line in lines:
        before = result[-1] if result else None
        soft = before and flowed and before.words.endswith(" ") and before.words != "-- "
        cut = before and line.depth and len(before.words) >= _WRAPPED and not _MARKED.match(line.words)
        if before and before.depth == line.depth and before.words.strip() and line.words.strip() and (soft or cut):
            result[-1] = replace(before, words=f"{before.words.rstrip()} {line.words.lstrip()}")
        else:
            result.append(line)
    return result


def _depths(lines: Sequence[_Line]) -> tuple[list[int], dict[int, str]]:
    """How deep each line is quoted, with what stands below the head of an earlier message; and who is quoted where."""
    deeper, last_head = 0, -_HEAD_LINES
    depths: list[int] = []
    people: dict[int, str] = {}
    for number, line in enumerate(lines):
        # Behind ">" a head needs no help: the signs say how deep it is.
        ahead = [one.words for one in lines[number : number + _HEAD_LINES]]
        if line.depth == 0 and number >= last_head + 4 and (who := head_of_message(ahead)) is not None:
            deeper, last_head = deeper + 1, number
            people[number] = who
        depths.append(line.depth + deeper)
        if (who := who_wrote(line.words)) is None:
            continue
        following = next((n for n in range(number + 1, min(number + 5, len(lines))) if lines[n].words.strip()), None)
        if following is None:
            continue
        people.setdefault(following, who)
        if lines[following].depth == line.depth:
            people.setdefault(number, who)
            deeper += line.depth == 0 and any(map(str.isdigit, line.words))
    return depths, people


def _replies(
    lines: Sequence[_Line], depths: Sequence[int], people: dict[int, str], starts: Sequence[int]
) -> Iterator[Block]:
    """A block for each stretch of lines that are quoted at least as deep as its level."""
    for level in range(1, min(max(depths, default=0), 50) + 1):
        for deep, group in groupby(enumerate(depths), partial(_is_deep, level)):
            held = [number for number, _ in group if lines[number].words.strip()]
            if deep and held:
                first, last = held[0], held[-1]
                end = starts[last] + len(lines[last].words.rstrip())
                yield Block("reply", starts[first] - len(lines[first].prefix), end, level, people.get(first, ""))


def _is_deep(level: int, line: tuple[int, int]) -> bool:
    return line[1] >= level


def _words(text: str, lines: Sequence[_Line], depths: Sequence[int], starts: Sequence[int]) -> Iterator[Block]:
    """The paragraphs, lists and tables: of quoted lines each is one, of others those that the lines show."""
    for (prefixed, _), group in groupby(range(len(lines)), lambda number: (bool(lines[number].prefix), depths[number])):
        held = [number for number in group if lines[number].words.strip()]
        if prefixed:
            for number in held:
                words = lines[number].words
                first = starts[number] + len(words) - len(words.lstrip())
                yield Block("paragraph", first, starts[number] + len(words.rstrip()))
        elif held:
            start, end = starts[held[0]], starts[held[-1]] + len(lines[held[-1]].words)
            yield from shifted(inferred(LoadedDocument(text[start:end])), start)


def with_replies(body: LoadedDocument) -> LoadedDocument:
    """A body in HTML whose earlier messages, below their heads, are blocks of their own."""
    tops = [block for block, above in zip(body.blocks, parents(body.blocks), strict=True) if above == -1]
    added: list[Block] = []
    divided = False
    for number, block in enumerate(tops):
        words = body.text[block.start : block.end]
        following = tops[number + 1] if number + 1 < len(tops) else None
        if block.kind != "paragraph" or len(words) > 1000:
            continue
        lines = words.split("\n")
        headless, divided = divided, len(lines) == 1 and _DIVIDER.fullmatch(words.strip()) is not None
        if headless:
            continue
        if (who := head_of_message(lines)) is not None:
            added.append(Block("reply", block.start, tops[-1].end, 1, who))
        elif following and any(map(str.isdigit, words)) and (who := who_wrote(words)) is not None:
            if following.kind in ("reply", "quote"):
                body = replace(body, blocks=_as_reply(body.blocks, following, who))
            else:
                added.append(Block("reply", following.start, tops[-1].end, 1, who))
    # One that goes on to the end holds those that begin later, and all blocks of both.
    blocks = levelled(ordered([*added, *body.blocks]))
    return replace(body, blocks=blocks, headings=headings_of(blocks))


def _as_reply(blocks: Sequence[Block], one: Block, who: str) -> tuple[Block, ...]:
    found = blocks.index(one)
    return (*blocks[:found], replace(one, kind="reply", label=one.label or who), *blocks[found + 1 :])


def levelled(blocks: Sequence[Block]) -> tuple[Block, ...]:
    """Quotes and replies with the depth at which they lie in each other."""
    levels: list[int] = []
    result: list[Block] = []
    for block, above in zip(blocks, parents(blocks), strict=True):
        quoted = block.kind in ("quote", "reply")
        levels.append((levels[above] if above >= 0 else 0) + quoted)
        result.append(replace(block, level=levels[-1]) if quoted else block)
    return tuple(result)


def who_wrote(line: str) -> str | None:
    """The name in "On Monday, 4 March 2024, Ann Lee <ann@example.org> wrote:"; empty if there is none in it."""
    found = _WROTE.fullmatch(line.strip()) if len(line) <= 300 else None
    if found is None:
        return None
    after = _ADDRESS.sub("", found["after"]).strip(" ,:")
    before = re.split(r"[,\d]", _ADDRESS.sub("", found["before"]))[-1].strip()
    return after or re.sub(r"^(?:[AaPp]\.?[Mm]\.?|On|Am|Le|El|Il|Em|Op|Den|Uhr|h)\s+", "", before)


def head_of_message(lines: Sequence[str]) -> str | None:
    """Who wrote the message whose head these lines begin with (From, Sent, Subject); ``None`` if they are none."""
    if lines and _DIVIDER.fullmatch(lines[0].strip()):
        named = next((found for line in lines[1:4] if (found := _FROM.match(line))), None)
        return _ADDRESS.sub("", named["who"]).strip() if named else ""
    named = _FROM.match(lines[0]) if lines else None
    told = [any(form.match(line) for line in lines[1:_HEAD_LINES]) for form in (_SENT, _SUBJECT)]
    return _ADDRESS.sub("", named["who"]).strip(" \"'*") if named and all(told) else None
