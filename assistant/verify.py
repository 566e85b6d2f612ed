"""Does a passage support a sentence? Finds the span that supports it best, and says how strongly."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.evidence import Candidate, Scorer
from assistant.facts import missing_facts
from index.keywords import content_words, stem, words

READ = 6  # spans read by the cross-encoder for a sentence: those that share the most words with it
SUPPORTED = 0.5


@dataclass(frozen=True, slots=True)
class Support:
    """The span that supports a sentence best, and how strongly (0..1; supported from ``SUPPORTED`` on)."""

    candidate: Candidate
    score: float


def coverage(sentence: str, evidence: str) -> float:
    """The share of the sentence's content words that the evidence contains in any inflection."""
    wanted = {stem(word) for word in content_words(sentence)}
    had = {stem(word) for word in words(evidence)}
    return len(wanted & had) / len(wanted) if wanted else 0.0


def support_score(logit: float, covered: float, lacking: int) -> float:
    """One score in 0..1 from the cross-encoder's logit, the word coverage, and the number of facts not found."""
    value = 0.35 * logit + 5.0 * covered - 1.5 * lacking - 3.5
    return 1.0 / (1.0 + math.exp(-max(-60.0, min(60.0, value))))


def best_support(
    sentence: str, found: Sequence[Candidate], scorer: Scorer, marked: frozenset[str] = frozenset()
) -> Support | None:
    """The span among ``found`` that supports ``sentence`` best; ``None`` when there are no spans.

    Args:
        marked: ids of passages that the sentence itself names; on equal support they win.
    """
    if not found:
        return None
    ranked = sorted(
        found, key=lambda span: (-coverage(sentence, _context(span)), span.passage.id not in marked, span.start)
    )[:READ]
    logits = scorer.scores(sentence, [_context(span) for span in ranked])
    best: Support | None = None
    for span, logit in zip(ranked, logits, strict=True):
        evidence = _context(span)
        around = f"{span.passage.title} {span.passage.heading} {evidence}"
        score = support_score(logit, coverage(sentence, evidence), len(missing_facts(sentence, around)))
        bonus = 0.02 if span.passage.id in marked else 0.0
        if best is None or score + bonus > best.score:
            best = Support(span, score)
    return best


def _context(span: Candidate) -> str:
    """The span with the sentence before it where it cannot be understood alone."""
    return f"{span.before.text} {span.text}" if span.depends and span.before is not None else span.text
