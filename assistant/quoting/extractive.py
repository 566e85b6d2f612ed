"""Answers without a language model: the best sentences of the best passages, verbatim. Same index, same answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from footnoted.assistant.answers import Citation, Sentence
from footnoted.assistant.english.about_documents import asks_for
from footnoted.assistant.english.answer_kinds import VALUED, kind_of, values
from footnoted.assistant.english.followup import Standalone
from footnoted.assistant.quoting.citations import cite
from footnoted.assistant.quoting.evidence import Candidate, Scorer, as_asked, candidates, naming, scored
from footnoted.assistant.quoting.second_document import joined
from footnoted.assistant.quoting.sentences import sentence_of
from footnoted.index.store.keywords import content_words, stem
from footnoted.index.types import Passage

MOST_FURTHER = 4
PASSAGES_READ = 3  # sentences of further passages were the best ones too seldom to pay for reading them
_SEVERAL = re.compile(
    r"\b(?:why|how (?!(?:many|much|long|old|far|tall|high|big|large|often|fast|deep)\b)|list|which (?:are|were)|"
    r"explain|describe|compare|differ\w*|advantages?|reasons?|effects?|causes?|steps?|types|kinds|ways|process|purpose|"
    r"meaning|mean|impact|story|background|role|functions?|tell me about|"
    r"what (?:are|were|happen\w*))\b",
    re.IGNORECASE,
)

_EXPLAINS = re.compile(
    r"\b(?:why|how (?!(?:many|much|long|old|far|tall|high|big|large|often|fast|deep)\b)|explain|describe|process|story|"
    r"happen\w*|mean|meaning|difference)\b",
    re.IGNORECASE,
)
_YEAR = re.compile(r"(?<!\d)(?:1[0-9]|20)\d{2}(?!\d)")
LITTLE = 8  # words that a sentence adds to those of the question
MOST = 0.6  # of the question's words
AFTER = 6.0  # logits that the sentence behind the best one may score below it, where an explanation is asked for


@dataclass(frozen=True, slots=True)
class Extract:
    """What the extractive answerer made: its sentences and citations, and the best sentence's score (a logit).

    ``evidence`` is the best sentence, with the one before it where it takes that to be understood. ``ranked`` is every
    sentence that was read, with its score, best first; ``chosen`` are those of the answer, in its order.
    """

    sentences: tuple[Sentence, ...]
    citations: tuple[Citation, ...]
    score: float
    evidence: str
    ranked: tuple[tuple[Candidate, float], ...] = field(default=(), compare=False)
    chosen: tuple[Candidate, ...] = field(default=(), compare=False)


def extract(
    question: Standalone,
    passages: Sequence[Passage],
    scorer: Scorer,
    evidence_in: Callable[[Passage], list[Candidate]] = candidates,
) -> Extract | None:
    """The sentences that answer ``question``, in reading order; ``None`` when no passage has a sentence.

    Args:
        passages: best first, with the reranker's logits.
        evidence_in: the sentences of a passage that can answer something.
    """
    known: dict[str, list[Candidate]] = {}

    def sentences_of(passage: Passage) -> list[Candidate]:
        if passage.id not in known:
            known[passage.id] = [one for one in evidence_in(passage) if _is_asked_for(question.text, one)]
        return known[passage.id]

    read = passages[:PASSAGES_READ]
    text = question.text
    logits = _logits(text, read, scorer)
    found = [candidate for passage in read for candidate in sentences_of(passage)]
    if not found:
        return None
    scores = scored(text, found, logits, scorer)
    if question.alone:
        scores = as_asked(question.alone, found, scores, scorer)
    scores = naming(text, found, scores)
    ranked = sorted(zip(found, scores, strict=True), key=lambda pair: (-pair[1], pair[0].passage.id, pair[0].start))
    chosen = _chosen(text, ranked)
    chosen += joined(
        text,
        chosen,
        passages,
        sentences_of,
        lambda others: scorer.scores(text, [other.text for other in others]),
    )
    ranked += _further(text, ranked[0][0], passages[PASSAGES_READ:], scorer, sentences_of)
    return _written(text, chosen, ranked)


def _is_asked_for(question: str, candidate: Candidate) -> bool:
    """The head of a document answers only what asks for it: "tags: travel" says nothing about travelling."""
    return not candidate.metadata or asks_for(question, candidate.metadata)


def _further(
    question: str,
    lead: Candidate,
    passages: Sequence[Passage],
    scorer: Scorer,
    sentences_of: Callable[[Passage], Sequence[Candidate]],
) -> list[tuple[Candidate, float]]:
    """Sentences of further passages that hold what the best one holds of the question: they may contradict it."""
    asked = {stem(word) for word in content_words(question)}
    wanted = asked & {stem(word) for word in content_words(lead.text)}
    others = [passage for passage in passages if passage.source != lead.passage.source]
    found = [
        candidate
        for passage in others
        for candidate in sentences_of(passage)
        if len(wanted) > 1 and wanted <= {stem(word) for word in content_words(candidate.text)}
    ][:MOST_FURTHER]
    alone = scorer.scores(question, [candidate.text for candidate in found]) if found else []
    logits = _logits(question, others, scorer) if found else {}
    scores = [0.7 * score + 0.3 * logits[one.passage.id] for score, one in zip(alone, found, strict=True)]
    return sorted(zip(found, scores, strict=True), key=lambda pair: (-pair[1], pair[0].passage.id, pair[0].start))


def _logits(question: str, passages: Sequence[Passage], scorer: Scorer) -> dict[str, float]:
    unknown = [passage for passage in passages if passage.why.reranker_score is None]
    logits = {passage.id: passage.why.reranker_score for passage in passages if passage.why.reranker_score is not None}
    logits.update(zip((p.id for p in unknown), scorer.scores(question, [p.text for p in unknown]), strict=True))
    return logits


def _chosen(question: str, ranked: Sequence[tuple[Candidate, float]]) -> list[Candidate]:
    """Enough sentences for the question and no more, with the neighbours that the best one needs."""
    several = _SEVERAL.search(question) is not None
    most, margin = (3, 3.0) if several else (2, 1.0)
    best = ranked[0][1]
    kept: list[Candidate] = []
    for candidate, score in ranked:
        if len(kept) == most or best - score > margin or (kept and score < 0):
            break
        if kept and (_of_another_year(question, candidate) or _of_another_row(question, candidate, kept)):
            continue
        if not any(_says_the_same(candidate.text, other.text) for other in kept):
            kept.append(candidate)
    lead = kept[0]
    following = {id(candidate.before): candidate for candidate, _ in ranked if candidate.before and not candidate.opens}
    if lead.depends and lead.before is not None and not lead.row:  # a row says the names of its columns itself
        kept.append(lead.before)
    kind = kind_of(question)
    if kind in VALUED and not any(values(candidate.text, kind, question) for candidate in kept):
        # "His most notable work is X.": who wrote it is said next to it.
        beside = [lead.before if not lead.opens else None, following.get(id(lead))]
        kept += [one for one in beside if one and values(one.text, kind, question)][:1]
    after = following.get(id(lead))
    if after:
        explains = len(kept) < most and _EXPLAINS.search(question) and dict(ranked)[after] > best - AFTER
        answered = kind in VALUED and values(lead.text, kind, question)
        kept += [after] if explains or (not answered and _says_little(question, lead)) else []
    return _in_reading_order(list(dict.fromkeys(kept)))


def _says_little(question: str, lead: Candidate) -> bool:
    """Whether a sentence has neither most of the question's words nor many others: what follows has the rest.

    "Where did the settlers move?": "The change prompted most of them to leave. Most went to Cuba."
    """
    asked, said, held = (
        {stem(word) for word in content_words(text)} for text in (question, lead.text, lead.understood)
    )
    return len(said - asked) < LITTLE and len(asked & held) < MOST * len(asked)


def _of_another_row(question: str, candidate: Candidate, kept: Sequence[Candidate]) -> bool:
    """Whether it is a row beside one of the same table that has more of the question's words."""
    if not candidate.cells:
        return False
    asked = {stem(word) for word in content_words(question)}
    held = len(asked & {stem(word) for word in content_words(candidate.text)})
    beside = [one for one in kept if one.cells and _table(one) == _table(candidate)]
    return any(held < len(asked & {stem(word) for word in content_words(one.text)}) for one in beside)


def _table(row: Candidate) -> tuple[str, int]:
    table = row.unit.inside("table") if row.unit else None
    return row.passage.source, table.start if table else -1


def _of_another_year(question: str, candidate: Candidate) -> bool:
    """Whether a sentence (with its title) names a year, but none of those that the question names."""
    asked, said = (set(_YEAR.findall(text)) for text in (question, f"{candidate.passage.title} {candidate.text}"))
    return bool(asked and said and not asked & said)


def _says_the_same(one: str, other: str) -> bool:
    first, second = ({stem(word) for word in content_words(text)} for text in (one, other))
    return len(first & second) >= 0.8 * min(len(first), len(second))


def _in_reading_order(kept: Sequence[Candidate]) -> list[Candidate]:
    """Documents in the order of their best sentence, the sentences of each in the order of its text."""
    sources = list(dict.fromkeys(candidate.passage.source for candidate in kept))
    return sorted(kept, key=lambda candidate: (sources.index(candidate.passage.source), candidate.start))


def _written(question: str, chosen: Sequence[Candidate], ranked: Sequence[tuple[Candidate, float]]) -> Extract:
    best, score = ranked[0]
    sentences, citations = [], []
    for number, candidate in enumerate(chosen, start=1):
        after = chosen[number - 2] if number > 1 else None
        apart = after is not None and after.passage.source != candidate.passage.source
        sentences.append(sentence_of(question, candidate, number, paragraph=apart, alone=True))
        citations.append(cite(number, candidate.passage, candidate.start, candidate.end, candidate.text, 1.0))
    return Extract(tuple(sentences), tuple(citations), score, best.understood, tuple(ranked), tuple(chosen))
