"""Chat models that say what a test tells them to: good answers, bad ones, none, too much, too late."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult


class ScriptedModel(BaseChatModel):
    """Says ``says``, or what ``says`` makes of the prompt, in pieces of ``piece`` characters.

    ``fails_after`` is the number of pieces after which it raises; ``pause`` the seconds before each piece.
    ``prompts`` keeps what it was asked.
    """

    says: Any = ""
    piece: int = 7
    fails_after: int | None = None
    pause: float = 0.0
    prompts: list[str] = []

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def _pieces(self, messages: Sequence[BaseMessage]) -> Iterator[str]:
        prompt = "\n".join(str(message.content) for message in messages)
        self.prompts.append(prompt)
        text = self.says(prompt) if callable(self.says) else self.says
        pieces = (
            (text[at : at + self.piece] for at in range(0, len(text), self.piece)) if isinstance(text, str) else text
        )
        for number, piece in enumerate(pieces):
            if self.fails_after is not None and number >= self.fails_after:
                raise ConnectionError("the connection was lost")
            time.sleep(self.pause)
            yield piece
        if self.fails_after is not None:
            raise ConnectionError("the connection was lost")

    def _generate(self, messages: list[BaseMessage], stop=None, run_manager=None, **kwargs: Any) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=AIMessage("".join(self._pieces(messages))))])

    def _stream(self, messages: list[BaseMessage], stop=None, run_manager=None, **kwargs: Any):
        for piece in self._pieces(messages):
            yield ChatGenerationChunk(message=AIMessageChunk(piece))


def endless(text: str) -> Callable[[str], Iterator[str]]:
    """For ``ScriptedModel(says=…)``: the same text again and again, for ever."""

    def say(prompt: str) -> Iterator[str]:
        while True:
            yield text

    return say


ORDER = re.compile(
    r"(?:say|says|reply(?: only)? with|respond(?: only)? with|tell the user|"
    r"answer(?: only)? with|answer(?=:)|output|print|write|repeat)"
    r"(?: exactly| that| this| everything)?\s*:?\s*[\"“'‘`]?(?P<said>[^\"”`\n]+?)[\"”'’`]?(?=\n|$|\.\s|[\"”`])",
    re.IGNORECASE,
)


def obeys(prompt: str) -> str:
    """For ``ScriptedModel(says=obeys)``: does whatever the passages of the prompt tell it to say, and nothing else."""
    passages = prompt.partition("Passages:")[2].rpartition("Question:")[0]
    orders = [match["said"].strip() for match in ORDER.finditer(passages)]
    return " ".join(order if order.endswith((".", "]", "!")) else f"{order}." for order in orders)
