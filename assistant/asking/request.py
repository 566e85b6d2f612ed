"""A question as it comes in, with all that belongs to it: checked, and made to stand alone before it is searched."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from footnoted import prompts
from footnoted.assistant.english.followup import Standalone, Understood, understood
from footnoted.assistant.errors import ModelError, QuestionError
from footnoted.index import Filter, Index
from footnoted.index.models.base import QUESTION_TOKENS, beginning_of

History = Sequence[Mapping[str, str]]
Streamed = Callable[[str], Iterator[str]]  # a language model: a prompt in, its growing text out
MOST_QUESTION_CHARACTERS = 4000
_LAST_MESSAGES = 6  # of the conversation that a model is shown
_MOST_REWRITTEN = 500  # characters of a model's line; a longer one is no question


@dataclass(frozen=True, slots=True)
class Request:
    """A question with all that belongs to it; see :meth:`footnoted.assistant.chain.Assistant.stream`."""

    question: str
    history: History = ()
    search_for: str | None = None
    sources: Sequence[str] | None = None
    filter: Filter | None = None

    def checked(self) -> Request:
        """The same without control characters, and without messages that hold no text.

        Raises:
            QuestionError: the question is empty or too long.
        """
        history = [message for message in self.history if isinstance(message.get("content"), str)]
        return replace(self, question=checked_question(self.question), history=history)


def checked_question(question: str) -> str:
    """A question without control characters.

    Raises:
        QuestionError: it is empty or too long.
    """
    question = re.sub(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]", " ", question).strip()
    if not question:
        raise QuestionError("The question is empty: ask something about your documents.")
    if len(question) > MOST_QUESTION_CHARACTERS:
        raise QuestionError(
            f"The question has {len(question)} characters; {MOST_QUESTION_CHARACTERS} are allowed: shorten it."
        )
    return question


def understood_question(request: Request, index: Index, model: Streamed | None) -> Understood:
    """What is searched for: the words that were set, else the question as it may be meant, spelt as the documents do.

    Args:
        model: rewrites a question that lacks something; without one it is given words of the conversation.
    """
    count_tokens = index.embeddings.count_tokens
    meant = understood(beginning_of(request.question, count_tokens), request.history)
    if wanted := (request.search_for or "").strip():
        return replace(meant, chosen=Standalone.of(beginning_of(wanted, count_tokens)))
    if model and (line := _rewritten(request, meant, model)):
        meant = replace(meant, completed=line)

    def respelled(question: Standalone) -> Standalone:
        cut = beginning_of(question.text, count_tokens)
        text = index.respelled(cut, sources=request.sources, filter=request.filter)
        return question if text == question.text else Standalone.of(text)

    return replace(meant, alone=respelled(meant.alone), completed=meant.completed and respelled(meant.completed))


def is_cut(request: Request, question: Standalone) -> bool:
    """Whether the question was too long to be read with every passage, so that only its beginning is searched for."""
    asked = (request.search_for or "").strip() or request.question
    return len(asked) > len(question.text) + QUESTION_TOKENS


def _rewritten(request: Request, meant: Understood, model: Streamed) -> Standalone | None:
    """The question as a model rewrites it; ``None`` when it lacks nothing, or the model gives no usable line."""
    if meant.readings[0] != meant.completed:
        return None
    last = request.history[-_LAST_MESSAGES:]
    talk = "\n".join(f"{message.get('role', 'user')}: {message.get('content', '')}" for message in last)
    try:
        *_, text = model(prompts.fill("condense", history=talk, question=request.question))
    except ModelError:
        return None
    line = next((line.strip(" \"'") for line in text.splitlines() if line.strip()), "")
    return Standalone.of(line) if 0 < len(line) <= _MOST_REWRITTEN else None
