"""How sure an answer is, in words: clear, likely or weak; of the answers called clear, 19 in 20 are to be right.

A score alone does not tell: a sentence can be near a question and answer a part of it, or its opposite. So an answer is
clear only when its best sentence holds every word of the question that carries its topic, nothing in it denies or
concedes, and the cross-encoder finds that both this sentence and the whole answer (docs/answers.md has the figures).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.evidence import Scorer
from index.keywords import STOPWORDS, content_words, stem, words

CLEAR, LIKELY = 6.0, 4.0  # logits: of the whole answer, and for "clear" of its best sentence, too
HALF = 0.5  # share of the question's words from which an answer can be likely
_CONTRARY = re.compile(
    r"\b(?:not|never|cannot|no|without|except|neither|nor|non|rather|although|though|however|unless|until)\b|n['’]t\b",
    re.IGNORECASE,
)


def confidence(
    question: str, sentences: Sequence[str], around: str, lead: str, scorer: Scorer, best: float = CLEAR
) -> str:
    """The confidence of an answer in words.

    Args:
        sentences: what is shown.
        around: title, heading and the sentence before the best one, which say what it speaks of; the whole answer
            where it takes a sentence of each of two documents.
        lead: the sentence that answers best.
        best: the score of the best sentence that was found.
    """
    whole, told = " ".join(sentences), {stem(word) for word in words(f"{around} {lead}")}
    asked = {stem(word) for word in content_words(question) if word not in STOPWORDS}
    held = {stem(word) for word in words(f"{around} {whole}")}
    covered = len(asked & held) / len(asked) if asked else 0.0
    score = scorer.scores(question, [whole])[0]
    if (
        min(score, best) >= CLEAR
        and asked <= told
        and asked
        and not _CONTRARY.search(question)
        and not _CONTRARY.search(lead)
    ):
        return "clear"
    return "likely" if score >= LIKELY and covered >= HALF else "weak"
