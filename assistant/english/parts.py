"""The parts of a question that asks for several things: two questions in one, or two things to compare."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from footnoted.index.store.keywords import content_words

MOST = 4
_ASKS = r"what|who|whom|whose|when|where|why|how|which"
_AUXILIARY = r"is|are|was|were|do|does|did|can|could|should|must|may|will|would|has|have"
_PRONOUN = "i|you|he|she|it|we|they|there|this|that|these|those|my|your|his|her|its|our|their"
# "…, and when …", "… and how …", "…; is it …": a second question in the same sentence. "… and is buried here" and
# "… and was the largest" go on with the first one.
_SECOND = re.compile(
    rf"(?:\s*[,;]\s*(?:and|but|or)\s+|\s*;\s*|\s+(?:and|but|or)\s+)(?:also\s+|then\s+)?"
    rf"(?=(?P<asks>what|who|when|where|why|how|which)\b|(?:is|are|was|were|has|have)\s+(?:{_PRONOUN})\b|"
    rf"(?:do|does|did|can|could|should|must|may|will|would)\s+(?:{_PRONOUN}|the|an?|any|all|both|one)\b)",
    re.IGNORECASE,
)
_WHILE = re.compile(r",\s+(?:while|whereas)\s+(?!also\b|\w+ing\b)", re.IGNORECASE)  # "Does A say …, while B says …?"
_SENTENCE = re.compile(r"(?<=\?)\s+")
_OPENS = re.compile(
    rf"(?:(?:and|but|so|also|then)\s+)*(?:{_ASKS}|{_AUXILIARY}|tell|explain|describe|list|name|show|give|please)\b",
    re.IGNORECASE,
)
_ENDS_OPEN = re.compile(rf"\b(?:{_ASKS}|and|or|of|the|an?)\s*\Z", re.IGNORECASE)
_THING = r"(?:[^,?;:.]|\.(?!\s)){2,80}?"
_COMPARED = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\b(?:differences?|distinctions?|contrast)\s+between\s+(?P<one>{_THING})\s+and\s+(?P<other>{_THING})\s*[?.]*\Z",
        rf"\A(?:please\s+)?(?:compare|contrast)\s+(?P<one>{_THING})\s+(?:and|with|to|against|versus|vs\.?)\s+"
        rf"(?P<other>{_THING})\s*[?.]*\Z",
        rf"\Ahow\s+(?:does|do|did|is|are)\s+(?P<one>{_THING})\s+(?:differ(?:ent)?\s+from|compare\s+(?:to|with))\s+"
        rf"(?P<other>{_THING})\s*[?.]*\Z",
        rf"\A(?P<one>{_THING})\s+(?:versus|vs\.?)\s+(?P<other>{_THING})\s*[?.]*\Z",
    )
)
_EITHER = re.compile(
    rf"\A(?P<asked>(?:which|who|what)\b[^,:?]{{3,100}})[,:]\s*(?P<one>{_THING})\s*,?\s+or\s+(?P<other>{_THING})\s*\?*\Z",
    re.IGNORECASE,
)
_THAN = re.compile(
    rf"\A(?P<verb>is|are|was|were|does|do|did|has|have)\s+(?P<one>{_THING})\s+"
    rf"(?P<how>(?!rather\b|other\b)\w+er|(?:more|less|fewer)(?:\s+\w+)?)\s+than\s+(?P<other>(?!\d){_THING})\s*\?*\Z",
    re.IGNORECASE,
)
_SHARED_NOUN = re.compile(r"(?!(?:the|an?|my|our|your)\b)[a-z]\S*(?:\s+\S+)*\s+(?P<noun>[a-z]\S*)")


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a question: what is asked, and the few words it is shown under.

    ``compared`` says that the parts are things to compare: one text may tell of all of them at once.
    """

    question: str
    label: str
    compared: bool = False


def parts_of(question: str) -> tuple[Part, ...]:
    """The parts of a question in their order, at most :data:`MOST`; none where it asks for one thing.

    >>> [part.question for part in parts_of("When was the bridge built, and who designed it?")]
    ['When was the bridge built?', 'Who designed it?']
    >>> [part.label for part in parts_of("What is the difference between a lease and a loan?")]
    ['A lease', 'A loan']
    """
    compared = _compared(question.strip())
    if compared:
        return compared
    found = [asked for sentence in _SENTENCE.split(question.strip()) for asked in _questions_in(sentence)]
    if not 2 <= len(found) <= MOST or not all(map(_asks, found)):
        return ()
    return tuple(Part(_closed(asked), _closed(asked)) for asked in found)


def _questions_in(sentence: str) -> Iterator[str]:
    """The questions that a sentence joins; the sentence itself where a cut would leave a piece that asks nothing."""
    begin = 0
    for joint in _SECOND.finditer(sentence):
        before, behind = sentence[begin : joint.start()], sentence[joint.end() :]
        whole = _asks(before) and len(before.split()) > 2 and not _ENDS_OPEN.search(before)
        if whole and _asks(behind) and not _goes_on(before, joint["asks"]):
            yield before
            begin = joint.end()
    yield sentence[begin:]


def _goes_on(before: str, asks: str | None) -> bool:
    """Whether "and who …" goes on with a clause ("the man who was king and who is buried here") and asks nothing."""
    return asks is not None and asks.lower() in before.lower().split()[1:]


def _asks(text: str) -> bool:
    return _OPENS.match(text.strip()) is not None and len(text.split()) > 1 and bool(content_words(text))


def _compared(question: str) -> tuple[Part, ...]:
    for pattern in _COMPARED:
        if found := pattern.search(question):
            return _things(found["one"], found["other"], "{}")
    if _asks(question) and len(sides := _WHILE.split(question)) == 2 and all(map(content_words, sides)):
        first, second = _closed(sides[0]), _capital(sides[1].strip(" ?."))  # the second one is a statement
        return (Part(first, first), Part(second, second))
    if found := _EITHER.match(question):
        return _things(found["one"], found["other"], found["asked"].strip() + ", {}?")
    if found := _THAN.match(question):
        return _things(found["one"], found["other"], f"{found['verb']} {{}} {found['how']}?")
    return ()


def _things(one: str, other: str, asked: str) -> tuple[Part, ...]:
    if not content_words(one) or not content_words(other):
        return ()
    if " " not in one and one.islower() and (shared := _SHARED_NOUN.fullmatch(other)):
        one = f"{one} {shared['noun']}"  # "primary and archaeological sources"
    return tuple(Part(_capital(asked.replace("{}", thing)), _capital(thing), True) for thing in (one, other))


def _closed(asked: str) -> str:
    """With a capital at its beginning and one question mark at its end."""
    asked = re.sub(r"\A(?:and|but|so|also|then)\s+", "", asked.strip(), flags=re.IGNORECASE)
    return _capital(asked.rstrip(" ?.,;") + "?")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
