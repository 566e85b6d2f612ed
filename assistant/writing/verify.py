"""Does a passage support a sentence? Finds the span that supports it best, and says how strongly."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from footnoted.assistant.english.claims import Likeness, claims_otherwise
from footnoted.assistant.english.facts import missing_facts
from footnoted.assistant.english.negation import otherwise
from footnoted.assistant.quoting.evidence import Candidate, Scorer
from footnoted.assistant.writing.joint_support import of_another_deed, together
from footnoted.index.store.keywords import content_words, stem, words

READ = 6  # spans read by the cross-encoder for a sentence: those that share the most words with it
SUPPORTED = 0.5


@dataclass(frozen=True, slots=True)
class Support:
    """The span that supports a sentence best, how strongly (0..1), and what of the sentence it lacks or denies.

    ``further`` are spans of the same document without which it would not hold.
    """

    candidate: Candidate
    score: float
    missing: frozenset[str] = frozenset()
    further: tuple[Candidate, ...] = ()

    @property
    def holds(self) -> bool:
        """Supported: strongly enough, with every number, date and name there, and no "not" or opposite against it."""
        return self.score >= SUPPORTED and not self.missing


def coverage(sentence: str, evidence: str) -> float:
    """The share of the sentence's content words that the evidence contains in any inflection."""
    wanted = {stem(word) for word in content_words(sentence)}
    had = {stem(word) for word in words(evidence)}
    return len(wanted & had) / len(wanted) if wanted else 0.0


def support_score(logit: float, covered: float, lacking: int) -> float:
    """One score in 0..1 from the cross-encoder's logit, the word coverage, and the number of facts not found.

    The weights separate supported from unsupported claims on WiCE better than each part alone; half way, at
    ``SUPPORTED``, nine in ten of the supported are kept and nine in ten of the unsupported are not
    (docs/decisions/writing.md).
    """
    value = 0.25 * logit + 6.0 * covered - 0.6 * lacking - 2.0
    return 1.0 / (1.0 + math.exp(-max(-60.0, min(60.0, value))))


def best_support(
    sentence: str,
    found: Sequence[Candidate],
    scorer: Scorer,
    marked: frozenset[str] = frozenset(),
    likeness: Likeness | None = None,
) -> Support | None:
    """The span among ``found`` that supports ``sentence`` best; ``None`` when there are no spans.

    Args:
        marked: ids of passages that the sentence itself names; on equal support they win.
        likeness: cosine of two texts, to tell another deed ("built" for "burnt") from the same in another word.
    """
    if not found:
        return None
    ranked = sorted(
        found,
        key=lambda span: (-coverage(sentence, _context(span, sentence)), span.passage.id not in marked, span.start),
    )[:READ]
    logits = scorer.scores(sentence, [_context(span, sentence) for span in ranked])
    supports = []
    for span, logit in zip(ranked, logits, strict=True):
        evidence, about = _context(span, sentence), f"{span.passage.title} {span.passage.heading}"
        missing = missing_facts(sentence, f"{about} {evidence}")
        if difference := otherwise(sentence, evidence):
            missing |= {difference}
        support = Support(span, support_score(logit, coverage(sentence, evidence), len(missing)), missing)
        if support.holds and (other := claims_otherwise(sentence, evidence, likeness, about)):
            support = replace(support, missing=missing | {other})
        supports.append(support)

    def preference(support: Support) -> tuple[bool, float]:
        return support.holds, support.score + (0.02 if support.candidate.passage.id in marked else 0.0)

    best = max(supports, key=preference)
    if best.holds:
        return best
    for sure in (True, False):
        joint = _joint_support(sentence, found, max(logits), likeness, sure)
        if joint and preference(joint) > preference(best):
            best = joint
    return best


def _joint_support(
    sentence: str, found: Sequence[Candidate], logit: float, likeness: Likeness | None, sure: bool
) -> Support | None:
    """The support by several spans of one document; ``None`` when there are none that say more than one does.

    Where they are not ``sure`` to say together what the sentence says, it has a score, but never holds.
    """
    spans = together(sentence, found, sure)
    if not spans:
        return None
    evidence = " ".join(span.text for span in sorted(spans, key=lambda span: span.start))
    missing = missing_facts(sentence, f"{spans[0].passage.title} {spans[0].passage.heading} {evidence}")
    score = support_score(logit, coverage(sentence, evidence), len(missing))
    if difference := otherwise(sentence, evidence):
        missing |= {difference}
    if not sure:
        missing |= {"what joins them"}
    elif score >= SUPPORTED and not missing:
        for said in (evidence, *(span.text for span in spans)):
            other = claims_otherwise(sentence, said, likeness if said is evidence else None)
            missing |= {other} if other else set()
    return Support(spans[0], score, missing, spans[1:])


def _context(span: Candidate, sentence: str) -> str:
    """The span with the sentence before it where it cannot be understood alone, and speaks of the same deed."""
    return span.in_context if span.depends and not of_another_deed(span, sentence) else span.text
