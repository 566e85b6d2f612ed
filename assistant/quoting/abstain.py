"""When to say "not in your documents", with the reason in words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from footnoted.assistant.english.answer_kinds import VALUED, kind_of, values
from footnoted.assistant.english.facts import names
from footnoted.assistant.english.followup import Standalone
from footnoted.assistant.english.mentions import another_of_its_kind, not_mentioned
from footnoted.assistant.english.negation import otherwise
from footnoted.index.store.keywords import STOPWORDS, content_words, stem, words
from footnoted.index.types import Passage

if TYPE_CHECKING:
    from footnoted.assistant.quoting.extractive import Extract

WHAT_ABOUT = "What would you like to know? Name what the question is about."
NO_DOCUMENTS = "There are no documents yet: add some first."
NO_VALUE = 0.0  # the score below which an answer must at least be of the kind asked for
HALF = 0.6


def is_too_vague(question: str) -> bool:
    """Whether a question names nothing that could be searched for."""
    return all(word in STOPWORDS for word in content_words(question)) and not re.search(r"[^\x00-\x7f]", question)


def reason_to_refuse(
    question: Standalone, passages: Sequence[Passage], extract: Extract | None, threshold: float
) -> str:
    """Why the passages cannot answer the question, in words; empty when they may.

    The best sentence's score decides and not the passage's: passages on the topic of a question that they do not
    answer score as high as those that do (docs/decisions/answering.md).
    """
    if not passages:
        return "Nothing was found."
    if extract is None:
        return "None of the passages found has a sentence that could answer."
    if extract.score < threshold:
        return "No passage answers this."
    if lacking_kind := _no_value(question.text, extract):
        return lacking_kind
    texts = [f"{passage.title} {passage.heading} {passage.text}" for passage in passages]
    if lacking := _not_mentioned(question, texts):
        named = " or ".join(f"“{word}”" for word in lacking)
        return f"There are passages on this, but none that mentions {named}."
    return ""


def said_otherwise(question: Standalone, extract: Extract) -> str:
    """Why the best sentence, quoted as it is, is no answer: it is about another thing, or says otherwise; "" if not."""
    lead, asked = extract.ranked[0][0], question.alone or question.text
    if other := another_of_its_kind(asked, lead.text, lead.in_place):
        return f"The nearest passage is about “{other[1]}”, not “{other[0]}”."
    return otherwise(asked, extract.evidence, lead.text)


def _not_mentioned(question: Standalone, texts: Sequence[str]) -> list[str]:
    """As :func:`not_mentioned`; of what a follow-up was given from the conversation, one name is enough."""
    lacking = not_mentioned(question.alone or question.text, texts)
    if lacking or not question.alone:
        return lacking
    # The first word may be no name: it is not asked for, but its mention counts.
    given = question.given.strip()
    every = names(given, fragment=True)
    none_is_there = len(not_mentioned(given, texts, fragment=True)) >= len(every)
    return not_mentioned(given, texts) if none_is_there else []


def _no_value(question: str, extract: Extract) -> str:
    """Why a weak answer is none: it lacks the date, number or name asked for, and most of the question's words."""
    kind = kind_of(question)
    if kind not in VALUED or extract.score >= NO_VALUE or not extract.ranked:
        return ""
    lead = extract.ranked[0][0]
    asked = {stem(word) for word in content_words(question)}
    around = {stem(word) for word in words(lead.in_place)}
    if len(asked & around) >= HALF * len(asked):
        return ""
    if any(values(sentence.text, kind, question) for sentence in extract.sentences):
        return ""
    return f"There are passages on this, but none gives the {kind} asked for."
