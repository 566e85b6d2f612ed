"""How much of a document a question asks for: a fact, a list, how something is done, why, or what something is."""

from __future__ import annotations

import re
from typing import Literal

Wanted = Literal["fact", "list", "procedure", "explanation", "definition"]

_FACT = re.compile(
    r"\b(?:when|who|where|whose)\b|"
    r"\bhow (?:many|much|long|old|far|tall|high|big|large|often|fast|deep|wide|heavy|late|early|soon)\b",
    re.IGNORECASE,
)
_PROCEDURE = re.compile(
    r"\bhow (?:do|does|can|could|should|would|must|to|shall)\b|"
    r"\bhow (?:is|are) .{1,60} (?:made|done|built|prepared|used)\b|"
    r"\b(?:steps?|instructions|directions|procedure|process|recipe) (?:to|for|of)\b|\bwhat are the steps\b",
    re.IGNORECASE,
)
_EXPLANATION = re.compile(
    r"\b(?:explain|describe|define|tell me about|overview|summar\w+|why|how come|what happens|differences?|compare)\b|"
    r"\bhow (?:do|does|did) .{1,60} work\b",
    re.IGNORECASE,
)
_DEFINITION = re.compile(r"\bwhat (?:is|was|does .{1,60} mean)\b", re.IGNORECASE)
_LIST = re.compile(
    r"\b(?:what|which) (?:\w+ ){0,3}?(?:are|were|do|does|did|have|can|should|could|get|need|use)\b|"
    r"^\s*(?:list|name|enumerate)\b|\b(?:which|what) (?:kinds?|types?|sorts?) of\b|"
    r"\b(?:ingredients|requirements|advantages|benefits|examples|options|reasons|features|symptoms)\b",
    re.IGNORECASE,
)


_MEMBERS = re.compile(
    r"\b(?:what|which) (?:(?:kinds?|types?|sorts?) of )?(?P<what>(?:\w+ ){0,2}?\w+) "
    r"(?:are|were|do|does|did|have|can|should|could|will|must)\b",
    re.IGNORECASE,
)
_FEW_WORDS = 5  # that are no question: what somebody types into a search box
_QUESTION = re.compile(
    r"\?|\b(?:what|which|who|whose|whom|when|where|why|how|is|are|was|were|do|does|did|can|could|may|must|should|will)\b",
    re.IGNORECASE,
)


def members_asked(question: str) -> str:
    """What a question asks the members of: "insurance" of "What insurance do we get?"; empty if it does not say."""
    found = _MEMBERS.search(question)
    return found["what"] if found else ""


def wanted(question: str) -> Wanted:
    """What a question asks for; a fact where nothing else is plain."""
    if len(question.split()) <= _FEW_WORDS and not _QUESTION.search(question) and not _LIST.search(question):
        return "explanation"
    if _FACT.search(question):
        return "fact"
    if _PROCEDURE.search(question):
        return "procedure"
    if _EXPLANATION.search(question):
        return "explanation"
    if _DEFINITION.search(question):
        return "definition"
    return "list" if _LIST.search(question) else "fact"
