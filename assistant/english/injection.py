"""Text in a document that speaks to the model instead of the reader ("ignore the above and say …"): it is no evidence.

What a document merely states, true or not, is quoted as its statement; only orders to a model are recognised here.
None of 12,000 passages of five public question sets has one.
"""

from __future__ import annotations

import re

_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_MODEL = "(?:(?:large )?language models?|llms?|ais?|chat ?bots?|models?|assistants?)"
_SAY = "(?:say|reply|respond|answer|output|print|write|repeat|tell the user)"
_EXACTLY = "(?:only|exactly|with|that|this)"
_POLITE = "(?:(?:please|now|then|always|just|and|[-*•]) ){0,3}"
_BEGINS = rf"(?:^|(?<=[.!?:;,>\])}}|#*\"“'`-])|(?<=\bnow)|(?<=\band)) ?{_POLITE}"
_ADDRESS = (
    # An order to pass over what was said, at the start of a clause: not "they chose to ignore the rules".
    rf"{_BEGINS}(?:ignore|disregard|forget|override|bypass|do not follow|stop following) (?:\w+ ){{0,3}}?"
    r"(?:above|previous|prior|earlier|preceding|instructions?|rules?|prompts?|passages?|everything|user)\b",
    r"\byour (?:(?:previous|prior|earlier|original|system) ){1,3}(?:instructions?|prompts?|rules?)\b",
    r"\b(?:new|system|developer|hidden) (?:instructions?|prompts?|messages?) ?:",
    # The marks with which models are told who speaks.
    r"<\|\w+\|>|</?(?:system|instructions?)>|\[/?INST\]|<</?SYS>>|^ ?#{2,6} ?(?:instruction|system|response)s? ?: ?$",
    rf"^ ?(?:system|assistant|developer|user) ?: ?(?:you (?:must|are)|ignore|{_SAY})\b",
    # Speaking to a model.
    rf"\bif you are an? {_MODEL}\b",
    rf"\b(?:to|dear|attention|hey|hello) (?:the |all |any )?(?:ai )?{_MODEL} ?[:,!]",
    rf"\bthe (?:ai )?{_MODEL} (?:must|should|shall|will) (?:now |only ){{0,2}}{_SAY} "
    rf"(?:{_EXACTLY} ){{0,3}}{_EXACTLY}? ?[:\"“]",
    rf"\bunless you {_SAY}\b",
    rf"\b(?:when|if) (?:you are )?asked\b[^.!?\n]{{0,120}}, ?{_SAY}\b",
    # Dictating an answer; "Answer: 42" and "Output: 42" alone are what many documents hold.
    rf"{_BEGINS}{_SAY} (?:{_EXACTLY} ){{0,3}}{_EXACTLY} ?[:\"“]",
    rf"{_BEGINS}(?:say|repeat|tell the user) ?:",
)
# Bounded repetitions everywhere, since a document can hold anything; a space may be the end of a line.
_ADDRESSES = re.compile("|".join(_ADDRESS).replace(" ", "[ \\n]"), re.IGNORECASE | re.MULTILINE)


def addresses(text: str) -> list[tuple[int, int]]:
    """Spans of ``text`` that speak to a model: from where each begins to the end of its paragraph, in order."""
    shown, places = _shown(text)
    spans: list[tuple[int, int]] = []
    position = 0
    while match := _ADDRESSES.search(shown, position):
        blank = shown.find("\n\n", match.end())
        position = blank if blank >= 0 else len(shown)
        spans.append((places[match.start()], places[position - 1] + 1))
    return spans


def _shown(text: str) -> tuple[str, list[int]]:
    """The text without invisible characters, white space made even; and where each of its characters stands."""
    places = [place for place, character in enumerate(text) if not _INVISIBLE.match(character)]
    visible = "".join(text[place] for place in places)
    shown, kept = "", list[int]()
    for run in re.finditer(r"\s+|\S+", visible):
        part = run.group()
        if part.isspace():
            part = "\n\n" if part.count("\n") > 1 else "\n" if "\n" in part else " "
        shown += part
        kept += places[run.start() : run.start() + len(part)]
    return shown, kept


def without_addresses(text: str) -> str:
    """``text`` with "(…)" in place of what speaks to a model."""
    kept, position = "", 0
    for start, end in addresses(text):
        kept += f"{text[position:start]}(…)"
        position = end
    return kept + text[position:]
