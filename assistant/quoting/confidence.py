"""How sure an answer is, in words: clear, likely or weak; of the answers called clear, 19 in 20 should be right.

A score alone is not enough: a sentence can be near a question and answer a part of it, or its opposite. So an answer is
clear only when something is asked, its best sentence is whole and itself holds every word of the question that carries
its topic, nothing in it denies or concedes, and the cross-encoder finds that both this sentence and the whole answer do
answer (docs/answers.md has the figures).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from footnoted.assistant.english.followup import Standalone
from footnoted.assistant.quoting.evidence import Scorer
from footnoted.index.store.keywords import STOPWORDS, content_words, stem, words

CLEAR, LIKELY = 6.0, 4.0  # logits: of the whole answer, and for "clear" of its best sentence, too
HALF = 0.5  # share of the question's words from which an answer can be likely
_CONTRARY = re.compile(
    r"\b(?:not|never|cannot|no|without|except|neither|nor|non|rather|although|though|however|unless|until)\b|n['’]t\b",
    re.IGNORECASE,
)


# A topic ("pagination options") asks nothing that could be answered clearly.
_ASKS = re.compile(
    r"[?？؟]|\b(?:who|whom|whose|what|which|when|where|why|how)\b|"
    r"^\W*(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|may|must|"
    r"name|list|give|tell|show|explain|describe|define|compare)\b",
    re.IGNORECASE,
)

_POINTS = re.compile(r"\b(?:this|these|those)\b", re.IGNORECASE)  # "this library": which one, nobody said
_WHOLE = re.compile(r"[.!?…。！？|][\"'”’»)\]*_`]*\s*$")  # a sentence to its end, or a row of a table; not a caption


def confidence(
    question: Standalone, sentences: Sequence[str], about: str, evidence: str, scorer: Scorer, best: float = CLEAR
) -> str:
    """The confidence of an answer in words.

    Args:
        sentences: what is shown.
        about: title and heading of what is quoted: they may name what it speaks of.
        evidence: the sentence that answers best, with the one before it where that is shown; the whole answer where it
            takes a sentence of each of two documents.
        best: the score of the best sentence that was found.
    """
    text, whole, told = question.text, " ".join(sentences), {stem(word) for word in words(evidence)}
    asked = {stem(word) for word in content_words(text) if word not in STOPWORDS}
    held = told | {stem(word) for word in words(f"{about} {whole}")}
    covered = len(asked & held) / len(asked) if asked else 0.0
    score = scorer.scores(text, [whole])[0]
    plain = _ASKS.search(text) and _WHOLE.search(evidence) and not _CONTRARY.search(f"{text} {evidence}")
    which_one = _POINTS.search(text) and not question.alone
    if min(score, best) >= CLEAR and asked and asked <= told and plain and not which_one:
        return "clear"
    return "likely" if score >= LIKELY and covered >= HALF else "weak"
