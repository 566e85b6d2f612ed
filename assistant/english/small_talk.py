"""Greetings, thanks and "what can you do?" get a short honest reply, not a search."""

from __future__ import annotations

import re

_GREETING = re.compile(r"(?:hi|hello|hey|good (?:morning|afternoon|evening|day)|greetings)(?: there| footnote)?")
_THANKS = re.compile(
    r"(?:ok(?:ay)?,? |great,? |perfect,? )?(?:thanks?|thank you|thx|cheers)(?: (?:you|a lot|very much|so much))?"
)
_BYE = re.compile(r"(?:bye|goodbye|see you)(?: later)?")
_ABOUT = re.compile(
    r"(?:what can you do|who are you|what are you|help|how (?:do|does) (?:you|this) work|what is this|"
    r"how can you help(?: me)?)"
)


def reply_to(question: str, documents: int) -> str | None:
    """A reply to small talk; ``None`` when the question is a real one. ``documents`` is how many are indexed."""
    said = re.sub(r"[\s!?.,]+$", "", question.strip().casefold())
    if _ABOUT.fullmatch(said):
        return (
            "I answer questions from your documents and put a footnote behind every sentence, so that you can check "
            f"it. What your documents do not say, I do not make up. {_known(documents)}"
        )
    if _GREETING.fullmatch(said):
        return f"Hello. Ask me about your documents. {_known(documents)}"
    if _THANKS.fullmatch(said):
        return "You are welcome."
    if _BYE.fullmatch(said):
        return "Goodbye."
    return None


def _known(documents: int) -> str:
    if not documents:
        return "There are none yet: add some first."
    return f"{documents:,} {'is' if documents == 1 else 'are'} indexed."
