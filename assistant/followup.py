"""A question with a history into one that stands alone, without a language model: what it lacks is taken from before.

Only a question that shows it lacks something is changed, so that a new topic does not drag the old one along.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from index.keywords import STOPWORDS, content_words, stem, words

_PRONOUN = re.compile(
    r"\b(?:it|its|they|them|their|theirs|he|she|him|his|her|hers|this|these|those|there|"
    r"that(?!\s+(?:is|are|was|were|has|have|had|can|could|will|would|may|might)\b.*\?)|"
    r"the (?:former|latter|same|first|second|other|others|last) ?(?:one|ones)?|ones?)\b",
    re.IGNORECASE,
)
_ELLIPSIS = re.compile(
    r"^\s*(?:and|but|or|so|then|also|what about|how about|what else|anything else|why(?: not)?\s*\??$|how so|"
    r"really|in which|which one|since when|until when|tell me more|more)\b",
    re.IGNORECASE,
)
_FEW_WORDS = 1


def standalone(question: str, history: Sequence[Mapping[str, str]] = ()) -> str:
    """``question`` with the words of earlier questions that it lacks; unchanged when it lacks nothing.

    ``history`` is ``[{"role": "user" | "assistant", "content": …}, …]``, oldest first.
    """
    topic = ""
    for message in history:
        if message.get("role") == "user":
            topic = _completed(message.get("content", ""), topic)
    return _completed(question, topic)


def _completed(question: str, topic: str) -> str:
    question = " ".join(question.split())
    if not topic or not lacks_something(question):
        return question
    said = {stem(word) for word in words(question)}
    lacking = [
        word for word in _in_writing(topic) if word.casefold() not in STOPWORDS and stem(word.casefold()) not in said
    ]
    return f"{question} ({' '.join(lacking)})" if lacking else question


def _in_writing(text: str) -> list[str]:
    """The words of a text as they are written there (capitals kept), each once."""
    return list(dict.fromkeys(re.findall(r"[^\W_]+(?:[-'’.][^\W_]+)*", text)))


def lacks_something(question: str) -> bool:
    """Whether a question cannot stand alone: it points back, begins in the middle, or names hardly anything."""
    carried = [word for word in content_words(question) if word not in STOPWORDS]
    return bool(_PRONOUN.search(question) or _ELLIPSIS.match(question) or len(carried) <= _FEW_WORDS)
