"""Questions that a text answers itself, made from its own plain statements: to start with, and as follow-ups."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest

LOOKED_AT = 20_000  # characters from the beginning of a document
NEAR = 2_500  # characters on either side of a passage
_SUBJECT = r"(?P<subject>(?:The|An?)\s+[^\W\d_][\w'’ -]{3,55}?|[A-Z][\w'’-]+(?: [A-Z][\w'’-]+){0,3})"
# "The default port of the web chat is 7860." – a subject of a few plain words, a form of "to be", what it is.
_IS = re.compile(_SUBJECT + r"\s+(?P<verb>is|are|was|were)\s+(?P<rest>[^:;?!|]{2,200})\.")
# "The bridge was rebuilt by the town in 1871." – a participle and a year or a date.
_WHEN = re.compile(
    _SUBJECT + r"\s+(?P<verb>was|were)\s+(?P<done>\w+ed|born|built|rebuilt|held|made|begun|written|sold|sent)\b"
    r"[^.;:?!|]{0,120}?\s(?:in|on)\s(?:[A-Z][a-z]{2,8}\s|\d{1,2}\s[A-Z][a-z]{2,8}\s)?(?:\d{1,2},\s)?\d{4}\b.*\.",
    re.DOTALL,
)
_ANY = re.compile(r"^What \w+ an? ")
# A subject with one of these refers back or holds a clause; a rest that begins so tells what happens to the subject.
_UNFIT = re.compile(
    r"\b(?:that|which|who|this|these|those|it|they|he|she|there|what|when|where|if|not|also|only|both|all|each|every|"
    r"one|other|same|first|last|next|and|or|but|is|are|was|were|can|will|may|must)\b",
    re.IGNORECASE,
)
_HAPPENS = re.compile(
    r"(?:not|also|only|then|still|always|never|now|done|made|kept|read|shown|set|put|left|told|born|built|held|too|so|as|"
    r"in|on|at|by|for|with|to|from|\w+ed|\w+ing)\b",
    re.IGNORECASE,
)


def questions_of(text: str) -> Iterator[str]:
    """Questions such as "What is the default port of the web chat?" in the order of the text."""
    for paragraph in re.split(r"\n\s*\n", text[:LOOKED_AT]):
        line = " ".join(paragraph.split())
        if not line.startswith(("#", "|", "-", "*", "`", ">")):
            for sentence in re.split(r"(?<=[.!?]) (?=[A-Z])", line):
                if question := _question(sentence):
                    yield question


def _question(sentence: str) -> str:
    """The question that a sentence answers, or nothing."""
    when = _WHEN.fullmatch(sentence)
    found = when or _IS.fullmatch(sentence)
    if found is None or _UNFIT.search(found["subject"]):
        return ""
    subject = re.sub(r"^(The|An?)\b", lambda article: article[0].lower(), found["subject"])
    if when:
        return f"When {found['verb']} {subject} {found['done']}?"
    named = found["subject"] == subject  # a name needs no second word to be worth a question, "the command" does
    if _HAPPENS.match(found["rest"]) or not (named or subject.count(" ") > 1):
        return ""
    return f"What {found['verb']} {subject}?"


def suggestions(texts: Iterable[str], most: int = 3) -> list[str]:
    """Up to ``most`` different questions, one from each text before a second from any.

    "What is the exit code?" goes before "What is a passage?", which often has its answer in many places.
    """
    made = [list(questions_of(text)) for text in texts]
    asked: dict[str, None] = {}  # in order, each once
    for indefinite in (False, True):
        fitting = [[question for question in some if bool(_ANY.match(question)) is indefinite] for some in made]
        asked |= dict.fromkeys(question for turn in zip_longest(*fitting) for question in turn if question)
    return list(asked)[:most]


def further(
    places: Sequence[tuple[str, int, int]], asked: Iterable[str], quoted: Iterable[str], most: int = 3
) -> list[str]:
    """Up to ``most`` questions that the surroundings of passages answer, the best passage's first.

    Args:
        places: (text of a document, start, end) of each passage, best first.
        asked: questions that were asked already.
        quoted: sentences that were just read: what they answer is known.
    """
    known = {_folded(question) for question in asked}
    known |= {_folded(question) for sentence in quoted for question in questions_of(sentence)}
    found: dict[str, str] = {}
    for text, start, end in places:
        begin = text.rfind("\n\n", 0, max(0, start - NEAR)) + 1
        for question in questions_of(text[begin : end + NEAR]):
            if _folded(question) not in known and not _ANY.match(question):
                found.setdefault(_folded(question), question)
    return list(found.values())[:most]


def _folded(question: str) -> str:
    return " ".join(re.findall(r"\w+", question.casefold()))
