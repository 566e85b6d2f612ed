"""Where a question and the sentence nearest to it differ in what decides: a "not", an opposite, a name, a number.

A sentence can be about all that a question is about and still not answer it ("what did they not do", "when did Eastern
forces invade" of a passage on Western forces). Cross-encoders hardly see this; these rules do.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from difflib import SequenceMatcher

from assistant.facts import names, numbers
from index.keywords import stem, words

ASKS_NOT = re.compile(r"\b(?:not|never|cannot|without|except|neither|nor|no longer)\b|n['’]t\b", re.IGNORECASE)
# "Wasn't he …?", "Is it not …?" expect a yes.
_EXPECTS_YES = re.compile(
    r"^\W*(?:(?:and|but|so) )?(?:\w+n['’]t\b|(?:is|are|was|were|do|does|did|has|have|can|could|will|would|should)\b)|"
    r"n['’]t (?:it|he|she|they|you|we|i|there)\s*\?",
    re.IGNORECASE,
)
# What stands for a "not" in an answer.
_SAYS_NOT = re.compile(
    r"\b(?:not|never|cannot|no longer|neither|nor|no|none|nothing|nobody|without|unable|except|fail\w*|lack\w*|"
    r"refus\w*|prohibit\w*|forb\w+|den(?:y|ied|ies)|rarely|hardly|few|impossible|illegal)\b|n['’]t\b",
    re.IGNORECASE,
)
_PREFIXED = re.compile(r"(?:non|un|in|im|il|ir|dis|ab|anti|mis)-?([a-z]{4,})")
_WORD = re.compile(r"[a-z]+(?:-[a-z]+)*")
_PAIRS = (
    "western/eastern northern/southern north/south east/west left/right largest/smallest larger/smaller "
    "biggest/smallest "
    "highest/lowest higher/lower more/less most/least increase/decrease increased/decreased increases/decreases "
    "maximum/minimum oldest/youngest older/younger earliest/latest best/worst better/worse begin/end began/ended "
    "male/female men/women public/private win/lose won/lost allow/prohibit allowed/prohibited accept/reject "
    "accepted/rejected majority/minority strong/weak stronger/weaker strongest/weakest upper/lower rich/poor "
    "richest/poorest internal/external import/export imports/exports support/oppose supported/opposed agree/disagree "
    "rise/fall rose/fell fast/slow faster/slower always/never possible/impossible legal/illegal dependent/independent "
    "finite/infinite positive/negative gain/loss inside/outside above/below simple/complex easy/difficult "
    "similar/different same/different shorter/longer shortest/longest fewer/more fewest/most ancient/modern "
    "winner/loser open/closed opens/closes opened/closed buy/sell bought/sold start/stop started/stopped "
    "safe/dangerous safe/unsafe "
    "true/false guilty/innocent alive/dead married/divorced succeeded/failed success/failure free/paid "
    "mandatory/optional required/optional permitted/forbidden permitted/prohibited allowed/forbidden "
    "hired/fired appointed/dismissed approved/rejected granted/denied"
)
OPPOSITES: dict[str, set[str]] = defaultdict(set)
for _pair in _PAIRS.split():
    _one, _other = _pair.split("/")
    OPPOSITES[_one].add(_other)
    OPPOSITES[_other].add(_one)

MANY = 5  # names and numbers of a question
_SAME_NAME = 0.8  # likeness from which a name is taken for a spelling of another ("Celeron", "Céloron")


def otherwise(question: str, evidence: str, nearest: str = "") -> str:
    """Why ``evidence`` says otherwise than what is asked or claimed; "" if it does not.

    Args:
        evidence: the sentence nearest to the question with what stands around it.
        nearest: that sentence alone, where it is known.
    """
    nearest = nearest or evidence
    denies = ASKS_NOT.search(question) and not _EXPECTS_YES.search(question)
    if denies and not _says_not(nearest, question):
        return "It asks what is not so; the nearest passage only says what is."
    asked, said = set(words(question)), set(words(evidence))
    for word in words(question) if not ASKS_NOT.search(question) else ():
        opposite = OPPOSITES.get(word, set()) & said
        if opposite and word not in said and not OPPOSITES[word] & asked:
            return f"The nearest passage says “{min(opposite)}”, not “{word}”."
    if prefixed := _other_prefix(question, nearest):
        return f"The nearest passage says “{prefixed[1]}”, not “{prefixed[0]}”."
    return ""


def _says_not(text: str, question: str) -> bool:
    """Whether a text denies something: with a "not", or with a prefix before a word of the question."""
    if _SAYS_NOT.search(text):
        return True
    asked = {stem(word) for word in words(question)}
    return any(stem(bare) in asked for word in _WORD.findall(text.lower()) if (bare := _bare(word)))


def _bare(word: str) -> str:
    """A word without its negating prefix ("abnormal": "normal"), or "" when it has none."""
    match = _PREFIXED.fullmatch(word)
    return match[1] if match else ""


def _other_prefix(question: str, evidence: str) -> tuple[str, str] | None:
    """A word of the question, and the one of the evidence, that differ by a negating prefix: "abnormal", "normal"."""
    if _SAYS_NOT.search(evidence) or ASKS_NOT.search(question):
        return None  # "unsolved" and "not solved" are the same
    asked, said = ({stem(word): word for word in _parts(text)} for text in (question, evidence))
    for texts, other, flipped in ((asked, said, False), (said, asked, True)):
        for known, word in texts.items():
            bare = _bare(word)
            if bare and known not in other and (kept := other.get(stem(bare))) and stem(bare) not in texts:
                return (kept, word) if flipped else (word, kept)
    return None


def _parts(text: str) -> list[str]:
    """The words of a text, those with a hyphen both whole and in parts: "non-Islamist", but not its "Islamist"."""
    whole = _WORD.findall(text.lower())
    return [part for word in whole for part in ([word] if _bare(word) else [word, *word.split("-")])]


def not_mentioned(question: str, texts: Iterable[str]) -> list[str]:
    """Names, and numbers of two digits or more, of the question that no text has, as the question writes them.

    A question that names many things is one of several steps, whose last one may stand in a document that was not
    found: there, a single one that is lacking says nothing.
    """
    read = " ".join(texts)
    had = numbers(read) | {found.replace(",", "").lstrip("0") or "0" for found in re.findall(r"\d[\d,]*", read)}
    asked = [match.group() for match in re.finditer(r"(?<![\w.])(?:\d{1,3}(?:,\d{3})+|\d{2,})(?![\w.]*\d)", question)]
    lacking = [number for number in asked if (number.replace(",", "").lstrip("0") or "0") not in had]
    plain = _unaccented(read)
    known = set(words(plain))
    called = names(question)
    for match in re.finditer(r"[^\W\d_][\w’'-]*\w", question):
        name = re.sub(r"['’]s$", "", match.group())
        if name.casefold() in called and not _is_there(_unaccented(name), plain, known):
            lacking.append(name)
    lacking = list(dict.fromkeys(lacking))
    return [] if len(lacking) == 1 and len(called) + len(asked) >= MANY else lacking


def _is_there(name: str, text: str, known: set[str]) -> bool:
    if name in text or any(name.startswith(word) or word.startswith(name) for word in known if len(word) >= 4):
        return True
    parts = words(name)
    if parts and all(part in known or stem(part) in {stem(word) for word in known} for part in parts):
        return True
    alike = (word for word in known if abs(len(word) - len(name)) <= 2 and word[:1] == name[:1])
    return any(SequenceMatcher(None, name, word).ratio() >= _SAME_NAME for word in alike)


def _unaccented(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character))
