"""What a small model sees of a question and the talk before it: kinds and places of words, not what they are about."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from footnoted.index.store.keywords import STOPWORDS, stem

Features = dict[str, float]

_TOKEN = re.compile(r"\d{1,3}(?:,\d{3})+|[^\W_]+(?:[-'’.][^\W_]+)*")
_MARK = re.compile(r"\[\d+(?:,\s*\d+)*\]")
_SENTENCE_END = re.compile(r"[.!?:]\s*$")
_ITEM = re.compile(r"\s*(?:[-*•–]|\d{1,2}[.)])\s+")
_ENUMERATED = re.compile(r",\s+(?:and\s+|or\s+)?|\s+(?:and|or)\s+")
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "former": 1, "last": -1, "latter": -1}
_STEPS = (1, 2, 3, 4, 6, 9, 13, 20)
MOST_ANSWER_WORDS = 60  # of an answer; what stands further down is seldom what is meant
MOST_TURNS = 6  # of a talk are read
_LONG_ITEM = 12  # words; what commas part in a longer one are clauses


@dataclass(frozen=True, slots=True)
class Token:
    """A word as it is written, with its stem; ``opens``: it begins a sentence, so that its capital says nothing.

    ``item`` is the place from 1 of the list item that the word stands in, ``from_end`` the same from the end with -1.
    """

    text: str
    stem: str
    content: bool = False
    name: bool = False
    number: bool = False
    opens: bool = False
    item: int = 0
    from_end: int = 0

    @property
    def spoken(self) -> str:
        """The word as a model knows it."""
        return self.text.casefold().replace("’", "'")


@dataclass(frozen=True, slots=True)
class Turn:
    """A question of the talk, as it was asked and as it was searched for, and the answer that it got."""

    asked: tuple[Token, ...]
    whole: tuple[Token, ...]
    answer: tuple[Token, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether the question lacked nothing, and so named the subject."""
        return {token.stem for token in self.whole if token.content} <= {token.stem for token in self.asked}


def tokens(text: str, item: tuple[int, int] = (0, 0)) -> tuple[Token, ...]:
    """The words of a text in order; footnote marks are none."""
    text = _MARK.sub(" ", text)
    found: list[Token] = []
    end = 0
    for match in _TOKEN.finditer(text):
        word = match.group()
        plain = re.sub(r"['’]s$", "", word).casefold()
        opens = not found or bool(_SENTENCE_END.search(text[end : match.start()]))
        carries = plain not in STOPWORDS and len(plain) > 1 and re.split("['’]", plain)[0] not in STOPWORDS
        name = carries and word[:1].isupper() and (not opens or not word[1:].islower())
        if name and found and found[-1].opens and found[-1].content and found[-1].text[:1].isupper():
            found[-1] = replace(found[-1], name=True)  # "Elm Marsh was founded …": both are of the name
        found.append(Token(word, stem(plain), carries, name, word[:1].isdigit(), opens, *item))
        end = match.end()
    return tuple(found)


def answer_tokens(answer: str) -> tuple[Token, ...]:
    """The first words of an answer, those of its list items with the place of the item."""
    lines = [line for line in _MARK.sub("", answer).split("\n") if line.strip()]
    items = [number for number, line in enumerate(lines) if _ITEM.match(line)]
    if len(items) > 1:
        listed = {number: (place, place - 1 - len(items)) for place, number in enumerate(items, start=1)}
        found = [token for number, line in enumerate(lines) for token in tokens(line, listed.get(number, (0, 0)))]
        return tuple(found[: 2 * MOST_ANSWER_WORDS])
    parts = _ENUMERATED.split(answer)
    if len(parts) > 1 and all(len(part.split()) <= _LONG_ITEM for part in parts):
        places = [(number, number - 1 - len(parts)) for number in range(1, len(parts) + 1)]
        every = [token for part, place in zip(parts, places, strict=True) for token in tokens(part, place)]
        return tuple(every[:MOST_ANSWER_WORDS])
    return tokens(answer)[:MOST_ANSWER_WORDS]


def turn(asked: str, whole: str, answer: str = "") -> Turn:
    """A turn of the talk from its texts."""
    return Turn(tokens(asked), tokens(whole), answer_tokens(answer))


def question_features(question: Sequence[Token], talk: Sequence[Turn], known: Collection[str]) -> Features:
    """What says whether a question needs the talk before it.

    Args:
        known: words in lower case that the model was taught; all others count only by their kind and place.
    """
    content, said = [token for token in question if token.content], _said(talk)
    last = {token.stem for token in (*talk[-1].whole, *talk[-1].answer) if token.content}
    new = [token for token in content if token.stem not in said]
    found: Features = {"bias": 1.0}
    counts = {"words": len(question), "content": len(content), "new": len(new), "old": len(content) - len(new)}
    for name, count in counts.items():
        found |= _at_least(name, count)
    truths = {
        "new name": any(token.name for token in new),
        "number": any(token.number for token in question),
        "of the last turn": any(token.stem in last for token in content),
        "name of the talk": any(token.name and token.stem in said for token in content),
        "only new": bool(content) and len(new) == len(content),
    }
    found |= {name: 1.0 for name, true in truths.items() if true}
    for place, token in enumerate(question):
        if token.spoken in known:
            found |= {f"has {token.spoken}": 1.0, f"has {token.spoken}, content {min(len(content), 3)}": 1.0}
            if any(one.name for one in question[:place]):
                found[f"has {token.spoken} after a name"] = 1.0
            if any(one.content for one in question[:place]):
                found[f"has {token.spoken} after content"] = 1.0
    return found | _patterns([_kind(token, known) for token in question])


def _patterns(kinds: Sequence[str]) -> Features:
    """Neighbours of a question, its beginning, its end, and the whole of a short one, by the kinds of its words."""
    found = {f"{one} {other}": 1.0 for one, other in pairwise(["^", *kinds, "$"])}
    found |= {f"begins {' '.join(kinds[:count])}": 1.0 for count in (2, 3)}
    found[f"ends {' '.join(kinds[-2:])}"] = 1.0
    if len(kinds) <= 5:
        found[f"is {' '.join(kinds)}"] = 1.0
    return found


def word_features(
    question: Sequence[Token], talk: Sequence[Turn], known: Collection[str]
) -> list[tuple[Token, Features]]:
    """The words of the talk that a question does not have, each with what says whether the question lacks it."""
    own = {token.stem for token in question}
    asks, ordinals = _asks(question, talk, known), {_ORDINALS.get(token.spoken, 0) for token in question} - {0}
    places = _places(talk)
    found = []
    for key, (token, where) in places.items():
        if key in own:
            continue
        features = _of_word(where, own)
        if ordinals and any(one.part == "answer" and not one.back and one.token.item for one in where):
            chosen = any({one.token.item, one.token.from_end} & ordinals for one in where if not one.back)
            features["item asked for" if chosen else "item not asked for"] = 1.0
        kind = "name" if token.name else "number" if token.number else "word"
        spot = _spot(where)
        features |= {f"{kind} {spot}": 1.0, kind: 1.0}
        if token.spoken in known:  # "much", "first": said about many topics, so it names none
            features |= {f"is {token.spoken}": 1.0, "is known": 1.0}
        features |= {f"{kind} {spot}, {ask}": 1.0 for ask in asks}
        features |= {f"{kind}, {ask}": 1.0 for ask in asks}
        found.append((token, features))
    return found


def _asks(question: Sequence[Token], talk: Sequence[Turn], known: Collection[str]) -> list[str]:
    """What a question is like, to be combined with what each word is like."""
    content, said = [token for token in question if token.content], _said(talk)
    before = {token.spoken for token in talk[-1].asked}
    spoken = dict.fromkeys(token.spoken for token in question if token.spoken in known)
    asks = [f"has {word}" for word in spoken]
    asks += [f"has {word} now" for word in spoken if word not in before]
    asks += [f"before has {token.spoken}" for token in talk[-1].asked if token.spoken in known]
    asks += [f"content {min(len(content), 4)}", f"words {min(len(question), 6)}"]
    truths = {
        "new name": any(token.name and token.stem not in said for token in question),
        "number": any(token.number for token in question),
        "nothing old": not any(token.stem in said for token in content),
    }
    return asks + [name for name, true in truths.items() if true]


@dataclass(frozen=True, slots=True)
class _Place:
    """One occurrence of a word: turns back, part (asked, given, answer), place in it, and its neighbours.

    ``root``: the turn is the last one whose question lacked nothing, and so named the topic; ``earlier``: it is before
    the last one that opened a topic, with nothing of what was said until then.
    """

    token: Token
    back: int
    root: bool
    earlier: bool
    part: str
    place: int
    length: int
    before: Token | None
    after: Token | None


def _places(talk: Sequence[Turn]) -> dict[str, tuple[Token, list[_Place]]]:
    """Each word of a talk by its stem, as it is best written, with where it stands."""
    talk = talk[-MOST_TURNS:]
    root = max((number for number, one in enumerate(talk) if one.complete), default=0)
    opened = max((number for number, one in enumerate(talk) if one.complete and _opens(one, talk[:number])), default=0)
    found: dict[str, tuple[Token, list[_Place]]] = {}
    for number, one in enumerate(talk):
        own = {token.stem for token in one.asked}
        given = tuple(token for token in one.whole if token.stem not in own)
        for part, said in (("asked", one.asked), ("given", given), ("answer", one.answer)):
            for place, token in enumerate(said):
                if not token.content:
                    continue
                before = said[place - 1] if place else None
                after = said[place + 1] if place + 1 < len(said) else None
                back = len(talk) - 1 - number
                where = _Place(token, back, number == root, number < opened, part, place, len(said), before, after)
                kept, places = found.get(token.stem, (token, []))
                found[token.stem] = (token if token.name and not kept.name else kept, [*places, where])
    return found


def _opens(one: Turn, before: Sequence[Turn]) -> bool:
    """Whether a question opens a topic: it says something, and nothing of what was said before."""
    content = {token.stem for token in one.asked if token.content}
    return len(content) > 1 and not content & _said(before)


def _of_word(where: Sequence[_Place], own: Collection[str]) -> Features:
    found: Features = {"bias": 1.0}
    found |= _at_least("back", min(one.back for one in where)) | _at_least("count", len(where))
    for one in where:
        found[f"{one.part} {min(one.back, 3)}"] = 1.0
        if one.root:
            found[f"{one.part} root"] = 1.0
        if one.back == 0:
            found[f"{one.part} quarter {one.place * 4 // one.length}"] = 1.0
            found |= {f"{one.part} {name}": value for name, value in _at_least("word", one.place).items()}
            if one.place == one.length - 1:
                found[f"{one.part} last"] = 1.0
        for side, beside in (("before", one.before), ("after", one.after)):
            if beside is None:
                continue
            if beside.stem in own and beside.content:
                found[f"{side} is asked"] = 1.0
            if beside.name:
                found[f"{side} is a name"] = 1.0
            if not beside.content and one.back == 0:
                found[f"{one.part} {side} {beside.spoken}"] = 1.0
    if all(one.earlier for one in where):
        found["of an earlier topic"] = 1.0
    found[f"in {'+'.join(sorted({one.part for one in where}))}"] = 1.0
    return found


def _spot(where: Sequence[_Place]) -> str:
    """The nearest place of a word: what was asked before what was given before what was answered."""
    order = {"asked": 0, "given": 1, "answer": 2}
    best = min(where, key=lambda one: (min(one.back, 2), order[one.part]))
    topic = " root" if any(one.root for one in where) else " earlier" if best.earlier else ""
    return f"{best.part} {min(best.back, 2)}{topic}"


def _kind(token: Token, known: Collection[str]) -> str:
    if token.spoken in known:
        return token.spoken
    return "NUMBER" if token.number else "NAME" if token.name else "WORD"


def _said(talk: Sequence[Turn]) -> set[str]:
    return {token.stem for one in talk for token in (*one.asked, *one.whole, *one.answer)}


def _at_least(name: str, count: int) -> Features:
    return {f"{name} from {step}": 1.0 for step in _STEPS if count >= step}
