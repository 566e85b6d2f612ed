"""Answer metrics as SQuAD defines them, and the containment measures that suit answers in sentences."""

from __future__ import annotations

import re
import string
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence

# Verdicts on a claim (SciFact, FEVER) are labels of a classifier, not texts that an answer could contain.
CLAIM_VERDICTS = {"SUPPORT", "SUPPORTS", "SUPPORTED", "CONTRADICT", "CONTRADICTS", "REFUTES", "NOT_ENOUGH_INFO"}
INSIDE_WORDS = "'’.,"  # "don't", "U.S.", "1,234": as SQuAD, taken out without leaving a gap
WITHOUT_SPACES = re.compile("[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
YES_OR_NO = {"yes", "no", "true", "false"}


def normalise(text: str) -> str:
    """SQuAD's normalisation: lower case, no ASCII punctuation, no articles (a, an, the), single spaces.

    Source: ``normalize_answer`` in the official evaluation script of SQuAD 2.0 (Rajpurkar et al. 2018).
    """
    lowered = "".join(character for character in text.lower() if character not in string.punctuation)
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", lowered).split())


def exact_match(prediction: str, golds: Sequence[str]) -> float:
    """1 when the normalised prediction equals a normalised gold answer (SQuAD 2.0's ``compute_exact``).

    An empty prediction is a refusal; no gold answer (or none left after normalising) means "not answerable".
    """
    return best_score(golds, lambda gold: float(normalise(gold) == normalise(prediction)))


def token_f1(prediction: str, golds: Sequence[str]) -> float:
    """Harmonic mean of token precision and recall against the best gold answer (SQuAD 2.0's ``compute_f1``).

    When either side is empty (a refusal, not answerable) it is 1 if both are, else 0.
    """
    return best_score(golds, lambda gold: token_overlap(prediction, gold)[2])


def token_recall(prediction: str, golds: Sequence[str]) -> float:
    """Share of the best gold answer's tokens in the prediction; suits long answers better than F1.

    Source: Adlakha et al. 2024, "Evaluating Correctness and Faithfulness of Instruction-Following Models for QA".
    """
    return best_score(golds, lambda gold: token_overlap(prediction, gold)[1])


def contains(prediction: str, golds: Sequence[str]) -> float:
    """1 when the normalised prediction contains a normalised gold answer, on token bounds.

    Source: answer inclusion as used in open-domain question answering (Chen et al. 2017, DrQA). An empty gold answer
    is contained only in an empty prediction (a refusal).
    """
    return best_score(golds, lambda gold: float(contains_tokens(normalise(prediction), normalise(gold))))


def best_score(golds: Sequence[str], score: Callable[[str], float]) -> float:
    """The best score over the gold answers; as in SQuAD 2.0, none left after normalising means the empty answer."""
    return max(score(gold) for gold in ([gold for gold in golds if normalise(gold)] or [""]))


def token_overlap(prediction: str, gold: str) -> tuple[float, float, float]:
    """Precision, recall and F1 of the bags of normalised tokens."""
    predicted, expected = normalise(prediction).split(), normalise(gold).split()
    if not predicted or not expected:
        same = float(predicted == expected)
        return same, same, same
    common = sum((Counter(predicted) & Counter(expected)).values())
    if not common:
        return 0.0, 0.0, 0.0
    precision, recall = common / len(predicted), common / len(expected)
    return precision, recall, 2 * precision * recall / (precision + recall)


def contains_tokens(text: str, part: str) -> bool:
    """Whether ``text`` contains ``part``, bounded by spaces; an empty part is only in an empty text."""
    return f" {part} " in f" {text} " if part else not text


def contained(text: str, part: str) -> bool:
    """Whether ``text`` contains ``part`` in any language: case, punctuation, width and articles aside.

    Words are compared whole, but in scripts that write without spaces (Chinese, Japanese, Thai) any run of letters is
    looked for. An empty part is contained in nothing.
    """
    return plain_contains(plain(text), part)


def plain_contains(whole: str, part: str) -> bool:
    """The same, for a text that :func:`plain` was already called for."""
    wanted = plain(part)
    if not wanted:
        return False
    if WITHOUT_SPACES.search(wanted):
        return wanted.replace(" ", "") in whole.replace(" ", "")
    return contains_tokens(whole, wanted)


def plain(text: str) -> str:
    """Words in lower case and one width, without punctuation of any script and English articles."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    kept = "".join(" " if unicodedata.category(one)[0] in "PZ" and one not in INSIDE_WORDS else one for one in folded)
    kept = "".join(one for one in kept if one not in INSIDE_WORDS)
    return " ".join(word for word in kept.split() if word not in ("a", "an", "the"))


def textual_answers(answers: Sequence[str]) -> list[str]:
    """The answers that are texts; a question with only verdicts on claims does not count for answer metrics."""
    return [answer for answer in answers if answer not in CLAIM_VERDICTS]
