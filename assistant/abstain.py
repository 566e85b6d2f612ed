"""When to say "not in your documents", with the reason in words; and how sure an answer is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from assistant.mismatch import not_mentioned, otherwise
from index.keywords import STOPWORDS, content_words
from index.types import Passage

if TYPE_CHECKING:
    from assistant.extractive import Extract

WHAT_ABOUT = "What would you like to know? Name what the question is about."
CLEAR, LIKELY = 6.0, 3.0  # logits of the best sentence (docs/decisions.md)
READ_FOR_TOPIC = 3


def is_too_vague(question: str) -> bool:
    """Whether a question names nothing that could be searched for."""
    return all(word in STOPWORDS for word in content_words(question)) and not re.search(r"[^\x00-\x7f]", question)


def best_logit(passages: Sequence[Passage]) -> float:
    """The reranker's best logit among the first passages; 0 where no reranker ran."""
    logits = [p.why.reranker_score for p in passages[:READ_FOR_TOPIC] if p.why.reranker_score is not None]
    return max(logits, default=0.0)


def reason_to_refuse(question: str, passages: Sequence[Passage], threshold: float) -> str:
    """Why the passages cannot answer the question, in words; empty when they may."""
    if not passages:
        return "Nothing is indexed that could be searched." if not question else "Nothing was found."
    if best_logit(passages) < threshold:
        return "No passage is about this."
    texts = [f"{passage.title} {passage.heading} {passage.text}" for passage in passages]
    if lacking := not_mentioned(question, texts):
        named = " or ".join(f"“{word}”" for word in lacking)
        return f"There are passages on this, but none that mentions {named}."
    return ""


def reason_to_refuse_extract(question: str, extract: Extract | None) -> str:
    """Why an extract is no answer, in words; empty when it is one."""
    if extract is None:
        return "The passages found hold no sentence that could answer."
    return otherwise(question, extract.evidence)


def confidence(score: float) -> str:
    """The score of the best sentence (a logit) in words."""
    return "clear" if score >= CLEAR else "likely" if score >= LIKELY else "weak"
