"""When to say "not in your documents", with the reason in words; and how sure an answer is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from assistant.facts import numbers
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
    if lacking := _numbers_nowhere(question, passages):
        return f"There are passages on this, but none that mentions {' or '.join(sorted(lacking))}."
    return ""


def _numbers_nowhere(question: str, passages: Sequence[Passage]) -> list[str]:
    """Numbers of two digits or more in the question that none of the passages contains: another year, another amount."""
    asked = {number for number in re.findall(r"\d[\d,]*\d", question)}
    read = frozenset[str]().union(*(numbers(f"{passage.title} {passage.text}") for passage in passages))
    return [number for number in asked if number.replace(",", "").lstrip("0") not in read]


def reason_to_refuse_extract(extract: Extract | None) -> str:
    """Why an extract is no answer, in words; empty when it is one."""
    return "" if extract is not None else "The passages found hold no sentence that could answer."


def confidence(score: float) -> str:
    """The score of the best sentence (a logit) in words."""
    return "clear" if score >= CLEAR else "likely" if score >= LIKELY else "weak"
