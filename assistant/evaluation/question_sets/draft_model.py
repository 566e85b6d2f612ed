"""Has a chat model propose questions; only those whose quote stands in the document, word for word, are kept."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from footnoted import prompts
from footnoted.assistant.evaluation.question_sets.draft import line
from footnoted.assistant.writing.generative import streamed
from footnoted.index.text.sentences import sentences

WINDOW = 1500  # characters of a document that the model is shown at a time
STEP = 5  # every fifth window first, then those behind them
REPLY = re.compile(r"Question:\s*(?P<question>.+?)\s*\nAnswer:\s*(?P<answer>.+?)\s*\nQuote:\s*(?P<quote>.+)", re.DOTALL)


def proposing(model: Any, seconds: float) -> Callable[[str, str], Iterator[dict]]:
    """The function that draws questions from one document, given as (text, source); it raises ``ModelError``."""

    def proposals(text: str, source: str) -> Iterator[dict]:
        for start, end in windows(text):
            *_, reply = streamed(model, prompts.fill("draft_question", text=text[start:end]), seconds)
            found = REPLY.search(reply)
            place = found and place_of(found["quote"], text, start, end)
            if found and place:
                yield line(source, *place, text[slice(*place)], found["question"], found["answer"], "model")

    return proposals


def windows(text: str) -> list[tuple[int, int]]:
    """Runs of whole sentences of about ``WINDOW`` characters, those from all over the document first."""
    found: list[tuple[int, int]] = []
    for start, end in sentences(text):
        if found and end - found[-1][0] <= WINDOW:
            found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
    return [found[number] for step in range(STEP) for number in range(step, len(found), STEP)]


def place_of(quote: str, text: str, start: int, end: int) -> tuple[int, int] | None:
    """Where the quote stands in ``text[start:end]``, blanks and quotation marks around it aside; None if nowhere."""
    words = quote.strip().strip("\"“”'‘’").split()
    match = re.compile(r"\s+".join(map(re.escape, words))).search(text, start, end) if words else None
    return match.span() if match else None
