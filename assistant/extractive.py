"""Answers without a language model: the best sentences of the best passages, verbatim. Same index, same answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from assistant.answers import Citation, Sentence
from assistant.evidence import Candidate, Scorer, candidates, scored
from index.keywords import content_words, stem, words
from index.types import Passage

PASSAGES_READ = 3  # sentences of further passages were the best ones too seldom to pay for reading them
_SEVERAL = re.compile(
    r"\b(?:why|how (?!(?:many|much|long|old|far|tall|high|big|large|often|fast|deep)\b)|list|which (?:are|were)|"
    r"explain|describe|compare|differ\w*|advantages?|reasons?|effects?|causes?|steps?|types|kinds|ways|"
    r"what (?:are|were|happen\w*))\b",
    re.IGNORECASE,
)
_NUMBER = r"(?:[$€£]\s?)?\d[\d,.]*(?:\s?(?:%|percent|million|billion|trillion|thousand|hundred))?"
_NUMBER_WORD = (
    r"\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|"
    r"eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand|million|billion|dozen)\b"
)
_MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?|"
    r"Nov(?:ember)?|Dec(?:ember)?)"
)
_DATE = (
    rf"\b(?:\d{{1,2}}\s+{_MONTH}\.?(?:\s+\d{{4}})?|{_MONTH}\.?\s+\d{{1,2}}(?:,?\s+\d{{4}})?|{_MONTH}\.?\s+\d{{4}}|"
    r"\d{4}-\d{2}-\d{2}|(?:1\d|20)\d{2}s?)\b"
)
_NAME = r"\b(?:[A-Z][\w’'-]+(?:\s+(?:of|de|van|von|der|bin|al|the)\s+(?=[A-Z]))?\s?)+"


@dataclass(frozen=True, slots=True)
class Extract:
    """What the extractive answerer made: its sentences and citations, and the best sentence's score (a logit).

    ``evidence`` is the best sentence with the one before it: what the answer rests on.
    """

    sentences: tuple[Sentence, ...]
    citations: tuple[Citation, ...]
    score: float
    evidence: str


def extract(
    question: str,
    passages: Sequence[Passage],
    scorer: Scorer,
    headings_of: Callable[[Passage], Iterable[tuple[int, int]]] = lambda passage: (),
) -> Extract | None:
    """The sentences that answer ``question``, in reading order; ``None`` when no passage has a sentence.

    Args:
        passages: best first, with the reranker's logits.
        headings_of: spans of the passage's document that are headings.
    """
    read = passages[:PASSAGES_READ]
    logits = _logits(question, read, scorer)
    found = [candidate for passage in read for candidate in candidates(passage, headings_of(passage))]
    if not found:
        return None
    scores = scored(question, found, logits, scorer)
    ranked = sorted(zip(found, scores, strict=True), key=lambda pair: (-pair[1], pair[0].passage.id, pair[0].start))
    chosen = _chosen(question, ranked)
    return _written(question, chosen, *ranked[0])


def _logits(question: str, passages: Sequence[Passage], scorer: Scorer) -> dict[str, float]:
    unknown = [passage for passage in passages if passage.why.reranker_score is None]
    logits = {passage.id: passage.why.reranker_score for passage in passages if passage.why.reranker_score is not None}
    logits.update(zip((p.id for p in unknown), scorer.scores(question, [p.text for p in unknown]), strict=True))
    return logits


def _chosen(question: str, ranked: Sequence[tuple[Candidate, float]]) -> list[Candidate]:
    """Enough sentences for the question and no more, with the one before where a sentence needs it."""
    several = _SEVERAL.search(question) is not None
    most, margin = (3, 3.0) if several else (2, 1.0)
    best = ranked[0][1]
    kept: list[Candidate] = []
    for candidate, score in ranked:
        if len(kept) == most or best - score > margin or (kept and score < 0):
            break
        if not any(_says_the_same(candidate.text, other.text) for other in kept):
            kept.append(candidate)
    lead = kept[0]
    if lead.depends and lead.before is not None and lead.before not in kept:
        kept.append(lead.before)
    return _in_reading_order(kept)


def _says_the_same(one: str, other: str) -> bool:
    first, second = ({stem(word) for word in content_words(text)} for text in (one, other))
    return len(first & second) >= 0.8 * min(len(first), len(second))


def _in_reading_order(kept: Sequence[Candidate]) -> list[Candidate]:
    """Documents in the order of their best sentence, the sentences of each in the order of its text."""
    sources = list(dict.fromkeys(candidate.passage.source for candidate in kept))
    return sorted(kept, key=lambda candidate: (sources.index(candidate.passage.source), candidate.start))


def _written(question: str, chosen: Sequence[Candidate], best: Candidate, score: float) -> Extract:
    sentences, citations = [], []
    for number, candidate in enumerate(chosen, start=1):
        text = " ".join(candidate.text.split())
        after = chosen[number - 2] if number > 1 else None
        apart = after is not None and after.passage.source != candidate.passage.source
        sentences.append(Sentence(text, (number,), True, emphasis(question, text), apart))
        citations.append(cite(number, candidate.passage, candidate.start, candidate.end, candidate.text, 1.0))
    return Extract(tuple(sentences), tuple(citations), score, best.in_context)


def cite(number: int, passage: Passage, start: int, end: int, quote: str, support: float) -> Citation:
    """A footnote for a span of a passage's document."""
    return Citation(
        number, passage.id, passage.source, passage.document_id, passage.title, passage.page, passage.location,
        start, end, quote, support,
    )  # fmt: skip


def emphasis(question: str, text: str) -> tuple[tuple[int, int], ...]:
    """Spans of ``text`` that look like the answer: a date for "when", a number for "how many", a name for "who".

    Nothing is marked when there are more than two of them: then it cannot be told which one answers.
    """
    asked = question.casefold()
    if re.search(r"\bwhen\b|\b(?:what|which) (?:year|date|day|month|century|decade)\b", asked):
        pattern = _DATE
    elif re.search(
        r"\bhow (?:many|much|long|old|far|tall|high|big|large)\b|\bwhat (?:percent\w*|number|share)\b", asked
    ):
        pattern = f"{_NUMBER}|(?i:{_NUMBER_WORD})"
    elif re.search(r"\bwho(?:m|se)?\b", asked):
        pattern = _NAME
    else:
        return ()
    known = {stem(word) for word in words(question)}
    spans = []
    for match in re.finditer(pattern, text):
        piece = match.group().rstrip(" .,")
        told = all(stem(word) in known for word in words(piece)) or (pattern is _NAME and re.fullmatch(_MONTH, piece))
        if piece and not told and not _opens(text, match, pattern):
            spans.append((match.start(), match.start() + len(piece)))
    return tuple(spans) if len(spans) <= 2 else ()


def _opens(text: str, match: re.Match, pattern: str) -> bool:
    """Whether a "name" is only the capital at the start of a sentence ("The", "In")."""
    return pattern is _NAME and match.start() == 0 and len(match.group().split()) == 1
