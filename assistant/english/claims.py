"""Where a sentence claims something other than a span that has its words: roles swapped, denied, another deed.

"Kell beat Ulm" has all words of "Ulm beat Kell"; "the mill was built in 1950" nearly all of "the mill burnt down in
1950". A cross-encoder and a count of words hardly tell these apart.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from footnoted.assistant.english.answer_kinds import NAME, values
from footnoted.assistant.english.negation import ASKS_NOT
from footnoted.index.store.keywords import STOPWORDS, stem, words

Likeness = Callable[[str, str], float]
SAME_DEED = (
    0.93  # cosine of a sentence with itself when one verb is put for another; "built" for "erected", not "burnt"
)
MOST_NEW = 2  # words of a sentence that its span lacks; with more of them the words alone decide
BETWEEN = 6  # words between two names that one verb joins

_SYMMETRIC_WORDS = """
    marry married divorce met meet fought fight play played border borders join merged equal resemble and or between
    with near versus
    """
_SYMMETRIC = {stem(word) for word in _SYMMETRIC_WORDS.split()}
_PLAIN = {"beaten": "beat", "bitten": "bit", "taken": "took", "given": "gave", "driven": "drove", "written": "wrote"}
_DENIES = re.compile(r"\b(?:not|never|no longer|cannot)\b(?! only| just)|n['’]t\b", re.IGNORECASE)
_LIMITS = re.compile(r"\b(?:until|unless|only|except)\b", re.IGNORECASE)
_AUXILIARY_WORDS = "is are was were be been being has have had did does do will would can could may might to"
AUXILIARY = frozenset(_AUXILIARY_WORDS.split())
_PAST_WORDS = """
    won wrote built sold bought lost met led made gave took left held ran became began sang fought beat found died broke
    chose came drew drove fell flew grew hid hit kept knew laid paid put read rose said saw sent set shot spent stole
    swam taught told thought threw wore burnt burned caught cut hurt let spoke stood struck swept understood withdrew
    """
_PAST = frozenset(_PAST_WORDS.split())


def claims_otherwise(sentence: str, evidence: str, likeness: Likeness | None = None, about: str = "") -> str:
    """What ``sentence`` claims that ``evidence`` does not say, in a few words; "" when nothing is seen.

    Args:
        likeness: cosine of two texts; without it another deed or subject is not looked for.
        about: title and heading of the evidence, which may name what it speaks of.
    """
    if swapped(sentence, evidence):
        return "roles swapped"
    if denied(sentence, evidence):
        return "denied"
    if likeness is not None and (deed := other_deed(sentence, evidence, likeness)):
        return deed
    if likeness is not None and (subject := other_subject(sentence, evidence, likeness, about)):
        return subject
    return ""


def swapped(sentence: str, evidence: str) -> bool:
    """Whether two names do to one another in the sentence what they do the other way round in the evidence."""
    known = _named(sentence) | _named(evidence) | (_opening(sentence) & _opening(evidence))
    claimed, said = (list(_deeds(text, known)) for text in (sentence, evidence))
    pairs = [(one, other) for one in claimed for other in said if one[0] == other[0]]
    the_same = any(one[1] & other[1] and one[2] & other[2] for one, other in pairs)
    return not the_same and any(one[1] & other[2] and one[2] & other[1] for one, other in pairs)


def _named(text: str) -> set[str]:
    """Words that are a name somewhere in a text, not only by the capital of its first word."""
    return {word for value in values(text, NAME) for word in value.key}


def _opening(text: str) -> set[str]:
    """The word that a text opens with, unless it is one that any sentence can open with."""
    return {word for word in words(text)[:1] if word not in STOPWORDS}


def _deeds(text: str, known: set[str]) -> Iterator[tuple[str, set[str], set[str]]]:
    """(verb, who does it, to whom) of each two neighbouring names: a "by" before the second makes it the doer."""
    name = r"[A-Z][\w'-]*\w"
    found = [
        (match.start(), match.end(), held)
        for match in re.finditer(rf"{name}(?: {name})*", text)
        if (held := {word for word in words(match.group()) if word in known})
    ]
    for first, second in zip(found, found[1:], strict=False):
        between = text[first[1] : second[0]]
        said = words(between)
        if not said or len(said) > BETWEEN or re.search(r"[;:!?]|\.\s", between):
            continue
        verbs = [stem(word) for word in said if word not in STOPWORDS and word not in AUXILIARY]
        if not verbs or any(stem(word) in _SYMMETRIC for word in said):
            continue
        doer, other = (second, first) if said[-1] == "by" or said[-2:] == ["by", "the"] else (first, second)
        yield _PLAIN.get(verbs[0], verbs[0]), doer[2], other[2]


def denied(sentence: str, evidence: str) -> bool:
    """Whether the evidence says "not" right before a word that the sentence claims without one."""
    if ASKS_NOT.search(sentence) or _LIMITS.search(evidence):
        return False
    claimed = {stem(word) for word in words(sentence) if word not in STOPWORDS}
    for match in _DENIES.finditer(evidence):
        behind = [word for word in words(evidence[match.end() : match.end() + 60]) if word not in STOPWORDS]
        if behind and stem(behind[0]) in claimed:
            return True
    return False


def other_deed(sentence: str, evidence: str, likeness: Likeness) -> str:
    """A verb of the sentence for which the evidence has another one that does not mean the same; "" if none."""
    held = {stem(word) for word in words(evidence)}
    claimed = [word for word in words(sentence) if word not in STOPWORDS]
    new = [word for word in dict.fromkeys(claimed) if stem(word) not in held]
    deeds = [word for word in new if is_verb(word, sentence)]
    known = {stem(word) for word in claimed}
    instead = [word for word in dict.fromkeys(words(evidence)) if is_verb(word, evidence) and stem(word) not in known]
    if not deeds or len(new) > MOST_NEW or not instead:
        return ""
    for word in deeds:
        alike = max(
            likeness(sentence, re.sub(rf"\b{re.escape(word)}\b", other, sentence, flags=re.I)) for other in instead
        )
        if alike >= SAME_DEED:
            return ""
    return deeds[0]


def other_subject(sentence: str, evidence: str, likeness: Likeness, about: str = "") -> str:
    """The noun that a sentence is about where the evidence is about another one ("the tunnel is …"); "" if none."""
    held = {stem(word) for word in words(f"{about} {evidence}")}
    claimed, said = subject_of(sentence), subject_of(evidence)
    new = [word for word in dict.fromkeys(words(sentence)) if word not in STOPWORDS and stem(word) not in held]
    known = {stem(word) for word in words(sentence)}
    if len(claimed) != 1 or len(said) != 1 or claimed[0] not in new or stem(said[0]) in known or len(new) > MOST_NEW:
        return ""
    other = re.sub(rf"\b{re.escape(claimed[0])}\b", said[0], sentence, flags=re.I)
    return claimed[0] if likeness(sentence, other) < SAME_DEED else ""


def subject_of(text: str) -> list[str]:
    """The words before the first verb of a text that are no pronouns and the like; [] when no verb is seen."""
    found: list[str] = []
    for word in words(text):
        if word in AUXILIARY or is_verb(word, text):
            return found
        if word not in STOPWORDS:
            found.append(word)
    return []


def is_verb(word: str, text: str) -> bool:
    """Whether a word looks like a verb in the text: its ending, or what stands before it."""
    if word in STOPWORDS or not word.isalpha():
        return False
    if word in _PAST or (word.endswith("ed") and len(word) > 4):
        return bool(re.search(rf"(?<!\bthe )(?<!\ba )\b{word}\b", text))  # not "the Red …": as written
    before = re.search(rf"\b([a-z]+)(?:\s+\w+ly)?\s+{word}\b", text, re.IGNORECASE)
    return before is not None and before[1].lower() in AUXILIARY and word.endswith(("ing", "n", "t"))
