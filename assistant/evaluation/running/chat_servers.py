"""An OpenAI-compatible server as the system that is evaluated, which includes a running Footnote's ``/v1``."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import Any

from footnoted.assistant.answers import Answer, Citation, Sentence
from footnoted.assistant.evaluation.errors import EvaluationError
from footnoted.assistant.evaluation.question_sets.questions import Question
from footnoted.assistant.evaluation.running.other_systems import Given, Quote
from footnoted.assistant.evaluation.running.subject import without_password
from footnoted.assistant.render_text import NOTES
from footnoted.index.models.endpoints import limited_reply

LARGEST = 16 << 20  # bytes of a reply
SHOWN = 200  # characters of what a server says about an error
REPLY = "it sent no answer that this protocol has"


class ServerFailed(EvaluationError):
    """The server cannot be reached, is too slow, refuses, or sends what is no answer."""


class ChatServer:
    """Asks one server; ``seconds`` is how long a request with its reply may take."""

    def __init__(self, opened: ExitStack, address: str, key: str = "", seconds: float = 120.0) -> None:
        """Raises :class:`EvaluationError` for anything but an http address."""
        import httpx

        self.address, self._seconds = address.rstrip("/"), seconds
        try:
            url = httpx.URL(self.address)
        except httpx.InvalidURL as error:
            raise EvaluationError(f"{address!r} is not the address of a server ({error}).") from error
        if url.scheme not in ("http", "https") or not url.host:
            raise EvaluationError(f"--url must be an address such as http://127.0.0.1:8000/v1, not {address!r}.")
        if not (key.isascii() and key.isprintable()):
            raise EvaluationError("The key in FOOTNOTE_EVALUATION_KEY has characters that a key cannot have.")
        headers = {"authorization": f"Bearer {key}"} if key else {}
        self.name = without_password(self.address)
        # No redirects: the key is for this address alone.
        self._client = opened.enter_context(httpx.Client(timeout=seconds, headers=headers, follow_redirects=False))

    def first_model(self) -> str:
        """The name of the first model that the server lists."""
        found = self._json("/models")
        try:
            return str(found["data"][0]["id"])
        except (KeyError, IndexError, TypeError) as error:
            raise ServerFailed(f"{self.name} lists no models: give --model.") from error

    def answers(self, model: str) -> Callable[[Question], Given]:
        """The function that asks ``model`` a question, after the earlier turns as messages."""

        def give(question: Question) -> Given:
            turns = [{"role": turn["role"], "content": turn["content"]} for turn in question.history]
            messages = [*turns, {"role": "user", "content": question.question}]
            started = time.perf_counter()
            reply = self._json("/chat/completions", {"model": model, "messages": messages, "stream": False})
            spent = (time.perf_counter() - started) * 1000
            try:
                return given_in(reply, spent)
            except (KeyError, IndexError, TypeError, AttributeError, ValueError) as error:
                raise ServerFailed(f"{self.name} cannot be understood: {REPLY}.") from error

        return give

    def _json(self, path: str, body: object = None) -> Any:
        """The JSON that the server replies; raises :class:`ServerFailed` with one sentence."""
        import httpx

        try:
            status, content = self._reply(path, body)
        except httpx.TimeoutException as error:
            raise ServerFailed(f"{self.name} did not answer within {self._seconds:g} seconds.") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ServerFailed(f"{self.name} cannot be reached: {error or type(error).__name__}.") from error
        if status >= 300:
            raise ServerFailed(f"{self.name}{path} replied with status {status}{reason_in(content)}.")
        try:
            return json.loads(content)
        except (ValueError, RecursionError) as error:
            raise ServerFailed(f"{self.name}{path} sent no JSON.") from error

    def _reply(self, path: str, body: object) -> tuple[int, bytes]:
        return limited_reply(self._client, self.address + path, body, self._seconds, LARGEST)


def reason_in(content: bytes) -> str:
    """What an error message of the protocol says, in brackets; empty if the reply is none."""
    try:
        error = json.loads(content)["error"]
        said = error["message"] if isinstance(error, dict) else error
    except (ValueError, RecursionError, KeyError, TypeError):
        return ""
    return f" ({' '.join(str(said).split())[:SHOWN].rstrip('.')})" if said else ""


def given_in(reply: Mapping, milliseconds: float) -> Given:
    """What a reply gives: its text, its annotations as quotes, its tokens; and all that a Footnote adds.

    A Footnote's text ends with its footnotes, which are no part of what was said.
    """
    message = reply["choices"][0]["message"]
    own = message.get("footnote") if isinstance(message.get("footnote"), Mapping) else {}
    names = {passage["source"]: passage["document_id"] for passage in own.get("passages", ())}
    names |= {citation["source"]: citation["document_id"] for citation in own.get("citations", ())}
    text = text_of(message.get("content"))
    return Given(
        answer=text.partition(NOTES)[0] if own else text,
        contexts=[passage["text"] for passage in own.get("passages", ())],
        documents=[passage["document_id"] or passage["source"] for passage in own.get("passages", ())],
        quotes=quotes_in(message.get("annotations") or (), names),
        said=own_answer(own) if own else None,
        refused=bool(message.get("refusal")) or own.get("kind", "answer") != "answer",
        milliseconds=milliseconds,
        usage=tokens_of(reply.get("usage") or {}),
    )


def own_answer(own: Mapping) -> Answer:
    """The answer of a Footnote, with the footnotes of each sentence; the passages are the contexts of the reply."""
    sentences = tuple(
        Sentence(
            str(one["text"]),
            tuple(int(number) for number in one["citations"]),
            bool(one["supported"]),
            tuple((int(start), int(end)) for start, end in one.get("emphasis", ())),
        )
        for one in own.get("sentences", ())
    )
    citations = tuple(
        Citation(
            int(one["number"]), str(one["passage_id"]), str(one["source"]),
            str(one["document_id"] or one["source"]), str(one["title"]), None, "",
            int(one["start"]), int(one["end"]), str(one["quote"]), float(one["support"]),
        )
        for one in own.get("citations", ())
    )  # fmt: skip
    kind = str(own.get("kind") or "answer")
    return Answer(
        question=str(own.get("question") or ""),
        standalone_question=str(own.get("standalone_question") or ""),
        text=str(own.get("text") or ""),
        sentences=sentences,
        citations=citations,
        refused=kind == "refusal",
        kind=kind,
        reason=str(own.get("reason") or ""),
        notice=str(own.get("notice") or ""),
        confidence=str(own.get("confidence") or ""),
        score=float(own.get("score") or 0.0),
        model=str(own.get("model") or ""),
    )


def text_of(content: object) -> str:
    """The text of a message, which may come in parts."""
    if content is None or isinstance(content, str):
        return content or ""
    if not isinstance(content, list):
        raise TypeError("neither text nor parts")
    return "\n".join(part["text"] for part in content if part.get("type") == "text")


def quotes_in(annotations: object, names: Mapping[str, str]) -> list[Quote]:
    """The citations among the annotations that quote something, each once; ``names`` maps a source to its id."""
    found: dict[Quote, None] = {}
    for annotation in annotations if isinstance(annotations, (list, tuple)) else ():
        cited = annotation.get("url_citation") or {}
        if quote := cited.get("quote"):
            source = str(cited.get("source") or cited.get("url") or "")
            found[Quote(str(quote), names.get(source) or source)] = None
    return list(found)


def tokens_of(usage: Mapping) -> dict[str, int] | None:
    """The tokens that a server reports; None where it reports none, or zero."""
    spent = {"input_tokens": usage.get("prompt_tokens"), "output_tokens": usage.get("completion_tokens")}
    counts = {name: int(count or 0) for name, count in spent.items()}
    return counts if any(counts.values()) else None
