"""Whether texts mention the names and numbers of a question, in any spelling near it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence, Set
from difflib import SequenceMatcher

from footnoted.assistant.english.facts import MONTHS, names, numbers
from footnoted.index.store.keywords import STOPWORDS, stem, unaccented, words

MANY = 5  # names and numbers of a question
_ALIKE = 0.8  # likeness from which a name is taken for a spelling of another ("Celeron", "Céloron")
_PART = 4  # letters that one of two names must have to be a form of the other ("German", "Germany")
_NUMBER = re.compile(r"(?<![\w.])(?:\d{1,3}(?:,\d{3})+|\d{2,})(?![\w.]*\d)")
_WORD = re.compile(r"[^\W\d_][\w’'-]*\w")
_RUN = re.compile(r"[A-Z][\w’'-]*(?:\s+(?:(?:of|the|and|for)\s+)*[A-Z][\w’'-]*)+")
# "Lake Orvel"; "article 56", "Chapter IV". Looked for at every word, since names follow one another.
_PAIRS = (
    re.compile(r"(?<![\w.])(?=([A-Z][a-z]{2,})\s+([A-Z][\w’'-]*\w))"),
    re.compile(r"(?<![\w.])(?=([A-Za-z][a-z]{2,})\s+(\d{1,4}|[IVX]+)\b(?![.,]\d))"),
)
_POINTS_BACK = re.compile(r"\b(?:he|she|it|they|him|her|his|its|their|them)\b", re.IGNORECASE)
_NO_NAME = STOPWORDS | set(MONTHS)
_DOTTED = re.compile(r"\b(?:[A-Za-z]\.){2,}")


def not_mentioned(question: str, texts: Iterable[str], fragment: bool = False) -> list[str]:
    """Names, and numbers of two digits or more, of the question that no text has, as the question writes them.

    A question that names many things is one of several steps, whose last one may stand in a document that was not
    found: there, a single one that is lacking says nothing.

    Args:
        fragment: the question is a piece out of a sentence; see :func:`footnoted.assistant.english.facts.names`.
    """
    read = _plain(" ".join(texts))
    had = numbers(read) | {_digits(found) for found in re.findall(r"\d[\d,]*", read)}
    asked = _NUMBER.findall(question)
    lacking = [number for number in asked if _digits(number) not in had]
    called = names(question, fragment)
    if called:
        lacking += [name for name in _lacking_in(_Text(read), question, called) if not _spells_out(question, name)]
    lacking = list(dict.fromkeys(lacking))
    return [] if len(lacking) == 1 and len(called) + len(asked) >= MANY else lacking


def _lacking_in(text: _Text, question: str, called: Set[str]) -> list[str]:
    """The names of a question that a text does not have, as the question writes them."""
    shortened = {word for run in _RUN.findall(_plain(question)) for word in run.split() if text.abbreviates(run)}
    wanted = [re.sub(r"['’]s$", "", found) for found in _WORD.findall(question)]
    return [
        name
        for name in wanted
        if name.casefold() in called and _plain(name) not in shortened and not text.names(_plain(name))
    ]


def another_of_its_kind(question: str, nearest: str, about: str) -> tuple[str, str] | None:
    """A name of the question and the one of the same kind that a sentence has instead: "Lake Orvel", "Lake Sime".

    Args:
        nearest: the sentence that answers best.
        about: what says what it speaks of: title, heading, the sentence itself and the one before.
    """
    if _POINTS_BACK.search(nearest):
        return None  # to what the text named earlier
    asked, said = _named_pairs(question), _named_pairs(nearest)
    known, told = words(about), words(question)
    for kind, own in asked:
        for other in (name for same, name in said if same == kind):
            if not _is_among(own, known) and not _is_among(other, told):
                return f"{kind} {own}", f"{kind} {other}"
    return None


def _is_among(name: str, known: Sequence[str]) -> bool:
    """Whether each word of a name is among these, in another form or spelling at least."""
    stems = {stem(word) for word in known}
    return all(stem(part) in stems or any(_one_name(part, word) for word in known) for part in words(name))


def _named_pairs(text: str) -> list[tuple[str, str]]:
    """Two words each, of a kind and its name: "Lake" and "Orvel", "article" and "56"; the kind with a capital."""
    found = []
    for match in (match for pattern in _PAIRS for match in pattern.finditer(text)):
        kind, own = match[1].casefold(), re.sub(r"['’]s$", "", match[2])
        if kind not in _NO_NAME and (own.casefold() not in _NO_NAME or own == "I"):
            found.append((kind.capitalize(), own))
    return list(dict.fromkeys(found))


class _Text:
    """A text without accents, and the words in it."""

    def __init__(self, read: str) -> None:
        self._read = read
        self._known = set(words(read))
        self._singular = {_singular(word) for word in self._known}
        capital = {part for word in _WORD.findall(read) if not word.islower() for part in words(word)}
        self._names = capital or self._known  # a text without any capital may name things all the same
        self._stems = {stem(word) for word in self._names}

    def names(self, name: str) -> bool:
        """Whether ``name`` stands there: as it is, in another form or spelling, or as the words it abbreviates."""
        lowered = name.casefold()
        if re.search(rf"(?<!\w){re.escape(lowered)}(?![^\W\d])", self._read.casefold()):  # "NIH" in "NIH3T3"
            return True
        if "_" in name:
            return False  # one piece: "FOOTNOTE_HOME" is not there because "footnote" and "home" are
        parts = words(" ".join(part for part in name.split("-") if not part.islower()))  # of "SF1-expressing": "SF1"
        if parts and all(_singular(part) in self._singular or stem(part) in self._stems for part in parts):
            return True
        return self._expands(name) or any(_one_name(lowered, other) for other in self._names)

    def _expands(self, name: str) -> bool:
        """Whether words with these initials stand there: "European Union" for "EU"."""
        return name.isupper() and name.isalpha() and re.search(_initials(name), self._read) is not None

    def abbreviates(self, run: str) -> bool:
        """Whether the initials of several names stand there: "EU" for "European Union"."""
        initials = "".join(word[0] for word in run.split() if word[0].isupper())
        return re.search(rf"(?<!\w){initials}(?!\w)", self._read) is not None


def _spells_out(question: str, name: str) -> bool:
    """Whether the question itself says what it abbreviates: "inflammatory eye disease (IED)"."""
    return name.isupper() and name.isalpha() and re.search(_initials(name), question, re.IGNORECASE) is not None


def _initials(name: str) -> str:
    """A pattern of words that begin with the letters of a name, one each, "of" and the like between them."""
    return r"\b" + r"[\w’'-]*[\s-]+(?:(?:of|the|and|for|in)\s+)*".join(name)


def _one_name(one: str, other: str) -> bool:
    shorter = min(len(one), len(other))
    if shorter >= _PART and (one.startswith(other) or other.startswith(one)):
        return True
    alike = abs(len(one) - len(other)) <= 2 and one[:1] == other[:1]
    return alike and SequenceMatcher(None, one, other).ratio() >= _ALIKE


def _singular(word: str) -> str:
    """A word without the ending of a plural. A stem would be too short: that of "marine" is "marin"."""
    return f"{word[:-3]}y" if word.endswith("ies") else word.removesuffix("s")


def _digits(number: str) -> str:
    return number.replace(",", "").lstrip("0") or "0"


def _plain(text: str) -> str:
    """A text without accents, and abbreviations without dots: "U.S." is "US"."""
    return _DOTTED.sub(lambda match: match.group().replace(".", ""), unaccented(text))
