"""A question with a history into one that stands alone, without a language model: what it lacks is taken from before.

Only a question that shows it lacks something is changed, so that a new topic does not drag the old one along. It is
given words of the conversation, in brackets behind it. A year or a name that replaces another one ("and in 2020?",
"what about Germany?") is put in its place.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from footnoted.index.store.keywords import STOPWORDS, content_words, stem, words

# Words that point back. "It", "there", "that" and "one" also stand in complete questions: see _COMPLETE.
_PERSON = re.compile(r"\b(?:he|she|him|his|her|hers)\b", re.IGNORECASE)
_POINTER = re.compile(
    r"\b(?:it|its|they|them|their|theirs|there|which one|that one|the ones?|the (?:former|latter)|"
    r"(?:this|these|those|that)(?! (?:year|month|week|morning|evening|century|time|days?)\b)"
    r"(?!\s+(?:is|are|was|were|has|have|had|can|could|will|would|may|might)\b.*\?)|"
    r"the (?:other|others|same|first|second|last|next|previous) ?(?:ones?|two)?(?=\s*\?|\s*$))\b",
    re.IGNORECASE,
)
_COMPLETE = re.compile(
    r"\b(?:is|are|was|were|be|been) there\b|\bthere (?:is|are|was|were)\b|"
    r"\bit (?:takes?|took|costs?|means?)\b.*\bto\b|"
    r"\bis it (?:true|possible|legal|safe|necessary|okay|ok|allowed|worth|common|normal)\b|"
    r"\bwhat time is it\b|\bthat (?:the|a|an|all|every|no|some)\b",
    re.IGNORECASE,
)
_BEGINS_IN_THE_MIDDLE = re.compile(
    r"^\s*(?:and|but|or|so|then|also|what about|how about|what else|who else|where else|anything|why(?: not)?\s*\??$|"
    r"how so|how come\s*\??$|really|in which|since when|until when|tell me more|more|compared|for example|"
    r"(?:any|some|(?:are|is|were|was) there (?:any )?|what|which|who are the)?\s*other)\b",
    re.IGNORECASE,
)
_IN_PLACE = re.compile(
    r"^\s*(?:and|or|but|so)?,?\s*(?:then\s+)?(?:what|how)?\s*(?:about|in|for|of|by|on|at|to|from|with|since|during)?\s*"
    r"(?P<new>[^?.!]+?)\s*[?.!]*\s*$",
    re.IGNORECASE,
)
_ASKS = re.compile(r"^\W*(?:who|what|where|when|which|how)\s+(?:is|are|was|were|do|does|did|has|have)\b", re.IGNORECASE)
# "What is an enterprise?", "What are funds?": a word whose meaning is asked for is a topic by itself.
_DEFINES = re.compile(
    r"^\W*(?:(?:what|who)(?:'s|\s+(?:is|are|was|were))\s+(?:an?\s+\w+|(?!the\b|\w+er\b|more\b|less\b)\w+(?:s|ion|ity|ing|ism))|"
    r"(?:define|explain)\s+\w+)\W*$",
    re.IGNORECASE,
)
_ASKS_WHO = re.compile(r"^\W*(?:\w+\W+){0,2}?(?:who|whom|whose|which)\b", re.IGNORECASE)
_ASKS_WHAT = re.compile(r"^\W*(?:\w+\W+){0,2}?(?:which|what|where)\b", re.IGNORECASE)
_NAME = re.compile(r"(?:[A-Z][\w'’.-]*\w|[A-Z])(?:\s+(?:(?:of|the|de|von|van|al|bin)\s+)?(?:[A-Z][\w'’-]*\w|[A-Z]\b))*")
_WITH_GIVEN = re.compile(r"(.+\S) \(([^()?]+)\)")
_YEAR = re.compile(r"\b(?:1[0-9]|20)\d\d\b")
_AS_WRITTEN = re.compile(r"[^\W_]+(?:[-'’.][^\W_]+)*")
# What people say about a conversation, not about its subject.
_TALK = """
    mean means meant say said tell explain know think guess wonder understand understanding seeing please question
    answer thanks thank sorry okay ok yes no great course really word term keep kindly help like want need let give
    show make get sure much many happen happens happened
"""
_QUESTIONING = """
    who whom whose what which when where why how is are was were do does did can could will would should has have had
    may might must in on at of for by to from
"""
_NO_TOPIC = STOPWORDS | frozenset(_TALK.split())
_NO_NAME = STOPWORDS | frozenset(_QUESTIONING.split())
_FEW_WORDS = 1
_ENOUGH_WORDS, _ENOUGH_WITH_A_NAME = 5, 3  # of a question that begins with "and" or "what about", to stand alone
_MOST_WORDS = 12
_NAMES_OF_AN_ANSWER = 2


@dataclass(frozen=True, slots=True)
class Standalone:
    """A question that can be searched for: what was asked, and the words that the conversation gave it.

    >>> Standalone("How tall is it?", "Eiffel Tower").text
    'How tall is it? (Eiffel Tower)'
    """

    asked: str
    given: str = ""

    @classmethod
    def of(cls, text: str) -> Standalone:
        """The question of a text alone, where the words in brackets behind it may have been given to it."""
        match = _WITH_GIVEN.fullmatch(text)
        return cls(match[1], match[2]) if match and lacks_something(match[1]) else cls(text)

    @property
    def text(self) -> str:
        """The whole, as it is searched for."""
        return f"{self.asked} ({self.given})" if self.given else self.asked

    @property
    def alone(self) -> str:
        """What was asked without what it was given; empty when nothing was given, or a lone "?" was asked."""
        return self.asked if self.given and len(self.asked) > 1 else ""


@dataclass(frozen=True, slots=True)
class Topic:
    """What the conversation is about."""

    question: Standalone = Standalone("")  # the last question made standalone
    own: str = ""  # the last question as it was asked
    root: str = ""  # the last question that lacked nothing: it names the subject
    answer: str = ""  # to the last question

    def followed_by(self, question: str) -> Topic:
        """The topic once ``question`` was asked."""
        whole, own = _completed(question, self), " ".join(question.split())
        return Topic(whole, own, self.root if whole.given and whole.asked == own else whole.text)


def standalone(question: str, history: Sequence[Mapping[str, str]] = ()) -> Standalone:
    """``question`` with the words of the conversation that it lacks; as it is when it lacks nothing.

    ``history`` is ``[{"role": "user" | "assistant", "content": …}, …]``, oldest first.
    """
    topic = Topic()
    for message in history:
        content = message.get("content", "")
        topic = topic.followed_by(content) if message.get("role") == "user" else replace(topic, answer=content)
    return _completed(question, topic)


def lacks_something(question: str) -> bool:
    """Whether a question cannot stand alone: it points back, begins in the middle, or names hardly anything."""
    carried = [word for word in content_words(question) if word not in STOPWORDS]
    enough = _ENOUGH_WITH_A_NAME if _names(question) else _ENOUGH_WORDS
    begins_in_the_middle = len(carried) < enough and _BEGINS_IN_THE_MIDDLE.match(question) is not None
    few = len(carried) <= _FEW_WORDS and not (_DEFINES.match(question) or (_ASKS.match(question) and _names(question)))
    return points_back(question) or begins_in_the_middle or few


def points_back(question: str) -> bool:
    """Whether a question has a pronoun for something that it does not name itself."""
    person, pointer = _PERSON.search(question), _POINTER.search(_COMPLETE.sub(" ", question))
    if person:
        return not _names(question[: person.start()])
    return pointer is not None and not _has_its_own(question, pointer.group())


def _has_its_own(question: str, pointer: str) -> bool:
    """Whether what a possessive points to stands before it ("How did Rome lose its empire?", "a cat … its fur")."""
    if pointer.casefold() not in {"its", "their"}:
        return False
    before = question[: question.casefold().find(f"{pointer.casefold()} ")]
    return bool(_names(before) or re.search(r"\b(?:an?|do|does|did) \w+(?: \w+)*$", before.strip()))


def _completed(question: str, topic: Topic) -> Standalone:
    question = " ".join(question.split())
    if not topic.question.text or not lacks_something(question):
        return Standalone.of(question)
    if exchanged := _exchanged(question, topic):
        return exchanged
    said = {stem(word) for word in words(question)}
    lacking = [word for word in _carried(question, topic) if not {stem(part) for part in words(word)} <= said]
    return Standalone(question, " ".join(lacking[:_MOST_WORDS])) if lacking else Standalone.of(question)


def _exchanged(question: str, topic: Topic) -> Standalone | None:
    """The question before with its year or its only name exchanged for that of this one; else nothing."""
    match = _IN_PLACE.match(question)
    if match is None or points_back(question):
        return None
    before = topic.question
    # The first word has a capital whatever it is: "Height?" is no name.
    new = match["new"] if match.start("new") else match["new"][:1].lower() + match["new"][1:]
    for pattern in (_YEAR, _NAME):
        fresh = [found for found in pattern.findall(new) if not _opens_only(found)]
        old = [found for found in pattern.findall(_without_opening(before.text)) if not _opens_only(found)]
        rest = [word for word in content_words(pattern.sub(" ", new)) if word not in STOPWORDS]
        if len(fresh) == 1 and len(old) == 1 and not rest:
            if fresh[0] == old[0]:
                return None
            return Standalone(*(part.replace(old[0], fresh[0]) for part in (before.asked, before.given)))
    return None


def _without_opening(question: str) -> str:
    """A question without its first word where that is capital only because it is the first."""
    first, _, rest = question.partition(" ")
    return rest if first.casefold() in _NO_NAME else question


def _opens_only(name: str) -> bool:
    return name.casefold() in _NO_NAME


def _names(text: str) -> list[str]:
    """The names in a text, as far as capitals tell."""
    return [name for name in _NAME.findall(_without_opening(text.strip())) if not _opens_only(name)]


def _carried(question: str, topic: Topic) -> list[str]:
    """The words that the conversation has for a question that lacks something, the nearest first.

    They are those of the last question and of the one that named the subject; of what was asked between, only names,
    or a talk would drag all its words along.
    """
    names = _names(topic.own)
    chosen = re.search(r"\bthe (former|latter)\b", question, re.IGNORECASE)
    if chosen and len(names) > 1:
        return [names[0] if chosen.group(1).casefold() == "former" else names[-1], *_topical(topic.own, names)]
    found = [*_topical(topic.own), *_topical(topic.root)]
    found += [word for word in _topical(topic.question.text) if not word.islower()]
    asked_for = _ASKS_WHO if _PERSON.search(question) else _ASKS_WHAT
    if points_back(question) and asked_for.match(topic.own):
        found += _names_of(topic.answer, topic.own)
    return list(dict.fromkeys(found))


def _topical(text: str, without: Sequence[str] = ()) -> list[str]:
    """The words of a text as they are written there (capitals kept), without those that carry no subject."""
    left_out = {part.casefold() for name in without for part in _AS_WRITTEN.findall(name)}
    return [
        word
        for word in dict.fromkeys(_AS_WRITTEN.findall(text))
        if not {word.casefold(), re.split("['’]", word.casefold())[0]} & (_NO_TOPIC | left_out)
    ]


def _names_of(answer: str, question: str) -> list[str]:
    """The names that the first sentence of an answer adds: "who founded it?" is answered by whom "he" then means."""
    first = re.split(r"(?<=[.!?])\s|\n|\[\d", answer.strip(), maxsplit=1)[0]
    asked = {stem(word) for word in words(question)}
    added = [name for name in _names(first) if not {stem(word) for word in words(name)} & asked]
    return added[:_NAMES_OF_AN_ANSWER]
