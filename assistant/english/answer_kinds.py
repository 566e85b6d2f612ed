"""What kind of words a question asks for (a date, a number, a name, yes or no), and where they stand in a text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

from footnoted.assistant.english.facts import ASKING, MONTHS
from footnoted.assistant.english.quantities import Quantity, quantities
from footnoted.index.store.keywords import STOPWORDS, stem, words

DATE, NUMBER, NAME, YES_OR_NO = "date", "number", "name", "yes or no"
VALUED = (DATE, NUMBER, NAME)

_ASKS_DATE = re.compile(
    r"\bwhen\b|\b(?:what|which|in what|in which) (?:exact )?(?:year|date|day|month|century|decade)\b", re.IGNORECASE
)
_ASKS_NUMBER = re.compile(
    r"\bhow (?:many|much|long|old|far|tall|high|big|large|deep|wide|heavy|fast|often)\b|"
    r"\bwhat (?:is|was|were|are)?\s?(?:the )?(?:\w+ )?(?:percent\w*|number|share|population|height|length|price|cost|"
    r"area|distance|weight|depth|width|speed|age|amount|temperature)\b",
    re.IGNORECASE,
)
_ASKS_NAME = re.compile(r"\bwho(?:m|se)?\b", re.IGNORECASE)
_ASKS = {DATE: _ASKS_DATE, NUMBER: _ASKS_NUMBER, NAME: _ASKS_NAME}  # "how old was she when": the first one counts
_ASKS_YES = re.compile(
    r"\s*(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|may|must|should)\b(?!.*\b(?:or|what|who|when|"
    r"where|which|why|how)\b)",
    re.IGNORECASE,
)
_MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?|"
    r"Nov(?:ember)?|Dec(?:ember)?)"
)
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
_DATE = re.compile(
    rf"\b(?:{_DAY}\s+(?:of\s+)?{_MONTH}\.?(?:,?\s+\d{{4}})?|{_MONTH}\.?\s+{_DAY}(?:,?\s+\d{{4}})?(?!\d)|"
    rf"{_MONTH}\.?,?\s+\d{{4}}|\d{{4}}-\d{{2}}-\d{{2}}|(?:1\d|20)\d{{2}}s?)\b"
)
_NAME = re.compile(r"\b(?:[A-Z][\w’'.-]*\w(?:\s+(?:of|de|van|von|der|bin|al|the)\s+(?=[A-Z]))?\s?)+")
_CURRENCY_OR_PERCENT = re.compile(r"\s?(?:%|percent\b|(?:million|billion|trillion|thousand|hundred)\b)")
_SAME_NAME = 0.8
PLACED = re.compile(r"\b(?:in|at|near|on|to|from|into)\s(?:the\s)?$|[\"“`]\s?$", re.IGNORECASE)
_OPENERS = frozenset(
    [
        "although",
        "though",
        "however",
        "while",
        "whereas",
        "since",
        "despite",
        "like",
        "unlike",
        "another",
        "every",
        "some",
        "many",
        "one",
    ]
)


@dataclass(frozen=True, slots=True)
class Value:
    """Words of a text that can answer a question of their kind: ``text[start:end]``.

    ``key`` is the value in one form: (year, month, day) of a date with ``None`` for what is not said, the words of a
    name; a number keeps its :class:`Quantity`.
    """

    start: int
    end: int
    text: str
    kind: str
    key: tuple = ()
    quantity: Quantity | None = None


def kind_of(question: str) -> str:
    """What a question asks for: "date", "number", "name", "yes or no", or "" when it is unclear."""
    asked = ((match, kind) for kind, pattern in _ASKS.items() for match in pattern.finditer(question))
    first = min(
        ((match.start(), kind) for match, kind in asked if not _relative(question[: match.start()], kind)), default=None
    )
    if first:
        return first[1]
    return YES_OR_NO if _ASKS_YES.match(question) else ""


def _relative(before: str, kind: str) -> bool:
    """Whether a "who" or "when" behind these words asks nothing: "a relative who died", "what to do when I am ill"."""
    spoken = words(before)
    if kind == NAME:
        return bool(spoken) and before[-2:-1].isalnum() and spoken[-1] not in STOPWORDS | ASKING
    return kind == DATE and any(word in ("what", "how", "which", "where", "why") for word in spoken)


def values(text: str, kind: str, question: str = "") -> list[Value]:
    """The values of a kind in a text, without those that the question itself says."""
    finder = {DATE: _dates, NUMBER: _numbers, NAME: _names}.get(kind)
    if finder is None:
        return []
    told = {stem(word) for word in words(question)}
    return [value for value in finder(text) if not all(stem(word) in told for word in words(value.text))]


def _dates(text: str) -> Iterator[Value]:
    for match in _DATE.finditer(text):
        piece = match.group()
        year = next(iter(re.findall(r"\d{4}", piece)), None)
        month = next(
            (MONTHS[word.casefold()] for word in re.findall(r"[A-Za-z]{3,}", piece) if word.casefold() in MONTHS), None
        )
        day = next(iter(re.findall(r"(?<!\d)\d{1,2}(?!\d)", piece)), None)
        if iso := re.fullmatch(r"(\d{4})-(\d{2})-(\d{2})", piece):
            year, month, day = iso[1], int(iso[2]), iso[3]
        decade = piece.endswith("s") and year is not None and year.endswith("0") and month is None
        key = (f"{year[:3]}?" if decade and year else year, month, int(day) if day else None)
        yield Value(match.start(), match.end(), piece, DATE, key)


def _numbers(text: str) -> Iterator[Value]:
    taken = [(match.start(), match.end()) for match in _DATE.finditer(text)]
    for quantity in quantities(text):
        if any(start < quantity.end and quantity.start < end for start, end in taken):
            continue
        start = (
            quantity.start
            + len(text[quantity.start : quantity.end])
            - len(text[quantity.start : quantity.end].lstrip())
        )
        more = _CURRENCY_OR_PERCENT.match(text, quantity.end)
        end = more.end() if more else quantity.end
        yield Value(start, end, text[start:end], NUMBER, (), quantity)


def _names(text: str) -> Iterator[Value]:
    for match in _NAME.finditer(text):
        piece = match.group().rstrip(" .,’'")
        start = match.start()
        while piece and piece.split()[0].casefold() in STOPWORDS | _OPENERS:  # "The", "In" at the start of a sentence
            first = piece.split()[0]
            skipped = len(piece) - len(piece[len(first) :].lstrip())
            start, piece = start + skipped, piece[skipped:]
        known = [word.casefold() for word in piece.split()]
        if not piece or all(word in MONTHS for word in known):
            continue
        if match.start() == 0 and start == 0 and len(known) == 1 and not piece.isupper():
            continue  # only the capital at the start of a sentence
        yield Value(start, start + len(piece), piece, NAME, tuple(words(piece)))


def agree(one: Value, other: Value) -> bool:
    """Whether two values of one kind can be the same, one of them perhaps less exact ("1950" and "3 May 1950")."""
    if one.kind == DATE:
        return all(_agree_in(first, second) for first, second in zip(one.key, other.key, strict=True))
    if one.kind == NAME:
        return _same_name(one.key, other.key)
    if one.quantity is None or other.quantity is None:
        return one.text.casefold() == other.text.casefold()
    if one.quantity.unit and one.quantity.unit == other.quantity.unit:
        return abs(one.quantity.size - other.quantity.size) <= 0.02 * max(
            abs(one.quantity.size), abs(other.quantity.size)
        )
    return _rounded_alike(one.quantity.value, other.quantity.value)


def _agree_in(first: object, second: object) -> bool:
    if first is None or second is None:
        return True
    one, other = str(first), str(second)
    return one[:3] == other[:3] if "?" in one + other else one == other


def _rounded_alike(one: float, other: float) -> bool:
    """Equal, or one is the other rounded: 4.5 million and 4,512,000."""
    return one == other or (min(one, other) >= 1000 and abs(one - other) <= 0.02 * max(one, other))


def _same_name(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    shorter, longer = sorted((one, other), key=len)
    return all(
        any(SequenceMatcher(None, word, known).ratio() >= _SAME_NAME for known in longer) for word in shorter
    ) or ("".join(word[0] for word in longer) in ("".join(shorter), "".join(word[0] for word in shorter)))


def same_word(one: str, other: str) -> bool:
    """Whether two words in lower case are forms of one: "burn" and "burnt"."""
    return stem(one) == stem(other) or (min(len(one), len(other)) >= 4 and one[:4] == other[:4])


def emphasis(question: str, text: str) -> tuple[tuple[int, int], ...]:
    """Spans of ``text`` that look like the answer: a date for "when", a number for "how many", a name for "who".

    Nothing is marked when there are more than two of them: then it is unclear which one answers.
    """
    kind = kind_of(question)
    found = values(text, kind, question)
    if kind == NAME:  # a "who" is no place and no work
        found = [value for value in found if not PLACED.search(text[: value.start])]
    spans = tuple((value.start, value.end) for value in found)
    return spans if len(spans) <= 2 else ()
