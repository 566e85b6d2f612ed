"""Several sentences of one document that support a sentence together, where none of them does alone.

A model says in one sentence what a document says in two or three. All words and facts of "the mill was built by Anna
Brandt in 1950" stand in "the mill was built by Anna Brandt. The mill burnt down in 1950", too: so a further sentence
lends its facts only when it speaks of what the sentence speaks of, and does not tell another deed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from footnoted.assistant.english.claims import AUXILIARY, is_verb
from footnoted.assistant.english.facts import names, numbers
from footnoted.assistant.quoting.evidence import Candidate
from footnoted.index.store.keywords import STOPWORDS, content_words, stem, words

MOST = 3  # sentences that support one together; a fourth let more claims stand that a page supports only in part
COVERED = 0.6  # share of the sentence's words that they must hold together
_PRONOUNS = frozenset({"he", "she", "it", "they"})
_YEAR = re.compile(r"(?:1\d|20)\d{2}")


def together(sentence: str, found: Sequence[Candidate], sure: bool = True) -> tuple[Candidate, ...]:
    """The sentences of one document that hold the most of ``sentence`` together, the fullest first; () if one does.

    Args:
        sure: only sentences that may support it together; without it those that hold most of it, however they do.
    """
    wanted = {stem(word) for word in content_words(sentence)}
    best: tuple[Candidate, ...] = ()
    most = 0
    for source in dict.fromkeys(span.passage.source for span in found):
        spans = [span for span in found if span.passage.source == source]
        held = [wanted & {stem(word) for word in words(span.text)} for span in spans]
        first = max(range(len(spans)), key=lambda number: (len(held[number]), -number))
        chosen, had = [first], set(held[first])
        lenders = [
            number
            for number, span in enumerate(spans)
            if number != first and held[number] and (not sure or lends(span, sentence))
        ]
        if sure and (not speaks_of(spans[first], sentence) or _other_number(spans[first], sentence)):
            continue
        while lenders and len(chosen) < MOST:
            further = max(lenders, key=lambda number: (len(held[number] - had), -abs(number - first), -number))
            if not held[further] - had:
                break
            chosen.append(further)
            had |= held[further]
        if len(chosen) > 1 and len(had) > most and (not sure or len(had) >= COVERED * len(wanted)):
            best, most = tuple(spans[number] for number in chosen), len(had)
    return best


def lends(span: Candidate, sentence: str) -> bool:
    """Whether a span tells of what ``sentence`` tells: one of its verbs, and no subject that it does not name."""
    claimed = {stem(word) for word in words(sentence)}
    deeds = [word for word in words(span.text) if is_verb(word, span.text)]
    if deeds and not any(stem(word) in claimed for word in deeds):
        return False
    return speaks_of(span, sentence)


def speaks_of(span: Candidate, sentence: str) -> bool:
    """Whether the subject of a span, its words before the first verb, is one that ``sentence`` names, or a pronoun."""
    claimed = {stem(word) for word in words(sentence)}
    said = words(span.text)
    verbs = [word for word in said if word in AUXILIARY or is_verb(word, span.text)]
    opening = said[: said.index(verbs[0])] if verbs else said
    if opening and opening[-1] in _PRONOUNS:
        return True
    titled = set(words(f"{span.passage.title} {span.passage.heading}"))
    if any(name not in titled and stem(name) not in claimed for name in names(span.text) & set(opening)):
        return False
    subject = [word for word in opening if word not in STOPWORDS]
    return span.depends or not subject or any(stem(word) in claimed for word in subject)


def of_another_deed(span: Candidate, sentence: str) -> bool:
    """Whether what ``sentence`` tells is told by the sentence before the span, and the span tells something else."""
    if span.before is None or span.row or lends(span, sentence):
        return False
    said = {stem(word) for word in words(span.before.text)} - {stem(word) for word in words(span.text)}
    return any(stem(word) in said for word in words(sentence) if is_verb(word, sentence))


def _other_number(span: Candidate, sentence: str) -> bool:
    """Whether a span has a year, month or number of its own where the sentence has another one."""
    claimed, said = numbers(sentence), numbers(span.text)
    return bool({_kind(one) for one in claimed - said} & {_kind(one) for one in said - claimed})


def _kind(number: str) -> str:
    return "month" if number.startswith("month") else "year" if _YEAR.fullmatch(number) else "number"
