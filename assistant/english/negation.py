"""Where a question and the sentence nearest to it differ in what decides: a "not", an opposite, a prefix.

A sentence can be about all that a question is about and still not answer it ("what did they not do", "when did Eastern
forces invade" of a passage on Western forces). Cross-encoders hardly see this; these rules do.
"""

from __future__ import annotations

import re
from collections import defaultdict

from footnoted.index.store.keywords import STOPWORDS, stem, words

ASKS_NOT = re.compile(r"\b(?:not|never|cannot|without|except|neither|nor|no longer)\b|n['’]t\b", re.IGNORECASE)
# "Wasn't he …?", "Is it not …?" expect a yes.
_EXPECTS_YES = re.compile(
    r"^\W*(?:(?:and|but|so) )?(?:\w+n['’]t\b|(?:is|are|was|were|do|does|did|has|have|can|could|will|would|should)\b)|"
    r"n['’]t (?:it|he|she|they|you|we|i|there)\s*\?",
    re.IGNORECASE,
)
# "It never expires, correct?" is answered by when it does.
_ASKS = re.compile(r"\b(?:who|whom|whose|what|which|when|where|why|how)\b|^\W*(?:name|list|give)\b", re.IGNORECASE)
# What stands for a "not" in an answer.
_SAYS_NOT = re.compile(
    r"\b(?:not|never|cannot|no longer|neither|nor|no|none|nothing|nobody|without|unable|except|fail\w*|lack\w*|"
    r"refus\w*|prohibit\w*|forb\w+|den(?:y|ied|ies)|rarely|hardly|few|impossible|illegal)\b|n['’]t\b",
    re.IGNORECASE,
)
_PREFIXED = re.compile(r"(?:non|un|in|im|il|ir|dis|ab|anti|mis)-?([a-z]{4,})")
_WORD = re.compile(r"[a-z]+(?:-[a-z]+)*")
# "… though books are not", "… but not in the park": what is denied was said before.
_LEFT_OUT = re.compile(
    r"(?:\bnot|n['’]t)\W*$|^\W*(?:and |or )?(?:not|never|nor) (?:in|on|at|by|to|for|from|with|of|during|an?|the)\b",
    re.IGNORECASE,
)
_ASKS_WHY = re.compile(r"\b(?:why|how come|reasons?)\b", re.IGNORECASE)
_CLAUSE = re.compile(r"[,;:()–—]|\b(?:but|although|though|while|whereas)\b")
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


def otherwise(question: str, evidence: str, nearest: str = "") -> str:
    """Why ``evidence`` says otherwise than what is asked or claimed; "" if it does not.

    Args:
        evidence: the sentence nearest to the question with what stands around it.
        nearest: that sentence alone, where it is known.
    """
    nearest = nearest or evidence
    asks_yes = _EXPECTS_YES.search(question) or ("?" in question and not _ASKS.search(question))
    denies = ASKS_NOT.search(question) and not asks_yes
    if denies and not (_says_not(nearest, question) and _of_the_same(question, nearest)):
        return "The question asks what is not so; the nearest passage only says what is."
    if asks_yes:
        return ""  # "Is parking free?" is answered by what it costs
    if opposite := _opposite(question, evidence):
        return f"The nearest passage says “{opposite[1]}”, not “{opposite[0]}”."
    if prefixed := _other_prefix(question, nearest):
        return f"The nearest passage says “{prefixed[1]}”, not “{prefixed[0]}”."
    return ""


def _of_the_same(question: str, nearest: str) -> bool:
    """Whether the sentence denies what the question denies, as far as it has the word behind the question's "not".

    "Why can I not log in?" is answered by what one has to do to log in.
    """
    behind = "" if _ASKS_WHY.search(question) else _denied(question)
    clauses = _clauses_with(behind, nearest)
    if any(_LEFT_OUT.search(clause) for clause in _CLAUSE.split(nearest)):
        return True
    return not behind or not clauses or any(_says_not(clause, question) for clause in clauses)


def _denied(text: str) -> str:
    """The stem of the word that a text denies: the first of content behind its "not"."""
    match = ASKS_NOT.search(text)
    behind = [word for word in words(text[match.end() :]) if _carries(word)][:1] if match else []
    return stem(behind[0]) if behind else ""


def _carries(word: str) -> bool:
    return word not in STOPWORDS and not word.endswith("ly")


def _opposite(question: str, evidence: str) -> tuple[str, str] | None:
    """A word of the question, and its opposite that the evidence has instead of it."""
    if ASKS_NOT.search(question):
        return None
    asked, said = set(words(question)), set(words(evidence))
    for word in words(question):
        opposite = OPPOSITES.get(word, set()) & said
        if opposite and word not in said and not OPPOSITES[word] & asked:
            return word, min(opposite)
    return None


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
    if ASKS_NOT.search(question):
        return None  # "not solved" and "unsolved" are the same
    asked, said = ({stem(word): word for word in _parts(text)} for text in (question, evidence))
    for texts, other, flipped in ((asked, said, False), (said, asked, True)):
        for known, word in texts.items():
            bare = _bare(word)
            if bare and known not in other and (kept := other.get(stem(bare))) and stem(bare) not in texts:
                written = word if flipped else kept
                if not any(_SAYS_NOT.search(clause) for clause in _clauses_with(stem(written), evidence)):
                    return (kept, word) if flipped else (word, kept)
    return None


def _clauses_with(known: str, text: str) -> list[str]:
    """The parts of a sentence between its commas and "but"s that have a word of this stem."""
    return [clause for clause in _CLAUSE.split(text) if known in {stem(word) for word in _parts(clause)}]


def _parts(text: str) -> list[str]:
    """The words of a text, those with a hyphen both whole and in parts: "non-Islamist", but not its "Islamist"."""
    whole = _WORD.findall(text.lower())
    return [part for word in whole for part in ([word] if _bare(word) else [word, *word.split("-")])]
