"""Questions that one sentence cannot answer: of two things at once, or of a thing that only another document names.

"Are both A and B based in C?" takes a sentence on each; "what city is the university of X in?" takes the sentence that
names the university and one on that university.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from footnoted.assistant.english.answer_kinds import NAME, values
from footnoted.assistant.quoting.evidence import Candidate
from footnoted.index.store.keywords import content_words, stem, words
from footnoted.index.types import Passage

_COMPARES = re.compile(r"\b(?:both|or|and|than|same|between|compared?|also|in common)\b", re.IGNORECASE)
READ_OF_EACH = 4  # first sentences of a further passage that are looked at: they say what it is about

Sentences = Callable[[Passage], Sequence[Candidate]]
Score = Callable[[Sequence[Candidate]], Sequence[float]]


def joined(
    question: str, chosen: Sequence[Candidate], passages: Sequence[Passage], sentences_of: Sentences, score: Score
) -> list[Candidate]:
    """A sentence of another document that the chosen ones lack for the question, or none."""
    used = {candidate.passage.source for candidate in chosen}
    others = [passage for passage in passages if passage.source not in used]
    said = " ".join(f"{candidate.passage.title} {candidate.in_context}" for candidate in chosen)
    lacking = _lacking(question, said)
    if not others or not lacking:
        return []
    if _COMPARES.search(question):
        for name in _names(question):
            if _within(name, said):
                continue
            about = [passage for passage in others if _within(name, _plain_title(passage))]
            if about:
                return _best(about[0], sentences_of, score, lacking)
    if len(lacking) < 2:
        return []
    texts = " ".join(candidate.text for candidate in chosen)
    for passage in others:
        title = words(_plain_title(passage))
        if title and _within(title, texts) and not _within(title, question):
            return _best(passage, sentences_of, score, lacking)
    return []


def _best(passage: Passage, sentences_of: Sentences, score: Score, lacking: set[str]) -> list[Candidate]:
    """The sentence of a passage that holds most of the lacking words; of two alike the one scored higher."""
    found = list(sentences_of(passage))[:READ_OF_EACH]
    held = [len(lacking & {stem(word) for word in words(f"{one.passage.title} {one.text}")}) for one in found]
    most = max(held, default=0)
    best = [one for one, count in zip(found, held, strict=True) if count == most and most]
    if not best:
        return []
    scores = score(best) if len(best) > 1 else [0.0]
    return [best[max(range(len(best)), key=lambda number: (scores[number], -number))]]


def _lacking(question: str, said: str) -> set[str]:
    held = {stem(word) for word in words(said)}
    return {stem(word) for word in content_words(question)} - held


def _names(question: str) -> list[list[str]]:
    found = [list(value.key) for value in values(question, NAME)]
    return [*found, *(words(quoted) for quoted in re.findall(r"[\"“]([^\"”]{2,60})[\"”]", question))]


def _within(name: Sequence[str], text: str) -> bool:
    """Whether the words of a name stand in a text one after another."""
    return bool(name) and f" {' '.join(name)} " in f" {' '.join(words(text))} "


def _plain_title(passage: Passage) -> str:
    """A title without what is in brackets: "Goldoni (play)"."""
    return re.sub(r"\s*[(\[].*?[)\]]", "", passage.title)
