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

_ASKS_NOT = re.compile(r"\b(?:not|never|cannot|without|except|neither|nor|no longer)\b|n['’]t\b", re.IGNORECASE)
# What can stand for a "not" in an answer; generously, since a refusal must be sure.
_SAYS_NOT = re.compile(
    r"\b(?:not|never|no|none|nor|neither|nothing|nobody|without|cannot|unable|except|rarely|few|fewer|fewest|less|least|"
    r"fail\w*|lack\w*|refus\w*|prohibit\w*|den(?:y|ied|ies)|absen\w*|only|instead|impossible|illegal|invalid|"
    r"insufficient\w*|ineligible|un(?!it|ti|de|io|iv|if|iq)\w+|non\w*|disallow\w*|disagree\w*)\b|n['’]t\b|\w+less\b",
    re.IGNORECASE,
)
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
    "similar/different shorter/longer shortest/longest fewer/more fewest/most ancient/modern winner/loser "
    "open/closed opens/closes opened/closed buy/sell bought/sold start/stop started/stopped safe/dangerous safe/unsafe "
    "true/false guilty/innocent alive/dead married/divorced succeeded/failed success/failure free/paid "
    "mandatory/optional required/optional permitted/forbidden permitted/prohibited allowed/forbidden "
    "hired/fired appointed/dismissed approved/rejected granted/denied"
)
OPPOSITES: dict[str, set[str]] = defaultdict(set)
for _pair in _PAIRS.split():
    _one, _other = _pair.split("/")
    OPPOSITES[_one].add(_other)
    OPPOSITES[_other].add(_one)

_SAME_NAME = 0.8  # likeness from which a name is taken for a spelling of another ("Celeron", "Céloron")


def otherwise(question: str, evidence: str) -> str:
    """Why ``evidence``, the sentence nearest to the question with its context, says otherwise; "" if it does not."""
    if _ASKS_NOT.search(question) and not _SAYS_NOT.search(evidence):
        return "It asks what is not so; the nearest passage only says what is."
    asked, said = set(words(question)), set(words(evidence))
    for word in words(question):
        opposite = OPPOSITES.get(word, set()) & said
        if opposite and word not in said and not OPPOSITES[word] & asked:
            return f"The nearest passage says “{min(opposite)}”, not “{word}”."
    return ""


def not_mentioned(question: str, texts: Iterable[str]) -> list[str]:
    """Names, and numbers of two digits or more, of the question that no text has, as the question writes them."""
    read = " ".join(texts)
    had = numbers(read) | {found.replace(",", "").lstrip("0") or "0" for found in re.findall(r"\d[\d,]*", read)}
    lacking = [
        match.group()
        for match in re.finditer(r"(?<![\w.])\d[\d,]*\d(?![\w.]*\d)", question)
        if (match.group().replace(",", "").lstrip("0") or "0") not in had
    ]
    plain = _unaccented(read)
    known = set(words(plain))
    for match in re.finditer(r"[^\W\d_][\w’'-]*\w", question):
        name = re.sub(r"['’]s$", "", match.group())
        if name.casefold() in names(question) and not _is_there(_unaccented(name), plain, known):
            lacking.append(name)
    return list(dict.fromkeys(lacking))


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
