"""A question that nobody waits for any more ends within a second, whichever way it was asked."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from doubles import OverlapReranker, open_double
from server_doubles import serving

from footnoted.assistant.chain import open_assistant
from footnoted.assistant.server import application
from footnoted.assistant.settings import Settings
from footnoted.index.models.base import QUESTION_TOKENS, beginning_of
from footnoted.index.models.bundled import run_each
from footnoted.index.models.stopping import GivenUp, given_up_when, go_on

QUESTION = "When was the tram line approved?"
USER = "a" * 32  # the secret of a browser's cookie


class SlowReranker(OverlapReranker):
    """Takes a fifth of a second for a text, as the bundled model on a busy machine, in the way of the bundled model."""

    def __init__(self) -> None:
        self.runs = 0
        self.began = threading.Event()

    def _one(self, pair: tuple[str, str]) -> float:
        self.runs += 1
        self.began.set()
        time.sleep(0.2)
        return super().scores(pair[0], [pair[1]])[0]

    def scores(self, question, texts):
        return run_each(self._one, [(question, text) for text in texts])


@pytest.fixture(scope="module")
def slow(tmp_path_factory):
    """A server whose answers take half a minute: (address, reranker, state)."""
    folder = tmp_path_factory.mktemp("slow")
    for number in range(12):
        sentences = [f"The tram line {number} {place} was approved on {place + 1} March 2024." for place in range(12)]
        (folder / f"{number}.txt").write_text("\n\n".join(sentences))
    reranker = SlowReranker()
    with open_double(folder / "home", reranker=reranker) as index:
        index.add([folder / f"{number}.txt" for number in range(12)])
        settings = Settings(home=str(folder / "home"), threshold=-1.0, questions_at_once=1)
        made = application.create_app(open_assistant(index=index, settings=settings))
        with serving(made) as address:
            yield address, reranker, made.state.footnote
        made.state.footnote.close()


def sent(address: str, path: str, body: dict | None, **headers: str) -> socket.socket:
    """A connection on which this request was sent and whose reply is not read."""
    parts = urlsplit(address)
    connection = socket.create_connection((parts.hostname, parts.port), timeout=10)
    content = json.dumps(body).encode() if body is not None else b""
    lines = [f"{'POST' if body is not None else 'GET'} {path} HTTP/1.1", f"Host: {parts.netloc}",
             f"Cookie: footnote_user={USER}", "Content-Type: application/json", f"Content-Length: {len(content)}",
             *(f"{name}: {value}" for name, value in headers.items())]  # fmt: skip
    connection.sendall("\r\n".join([*lines, "", ""]).encode() + content)
    return connection


def reply_to(connection: socket.socket) -> str:
    return connection.recv(65536).decode()


def asked_by_page(address: str) -> socket.socket:
    body = {"data": [QUESTION, {}], "fn_index": 0, "session_hash": "mine", "event_data": None, "trigger_id": None}
    with contextlib.closing(sent(address, "/gradio_api/queue/join", body)) as joining:
        assert " 200 " in reply_to(joining)
    return sent(address, "/gradio_api/queue/data?session_hash=mine", None)


MESSAGES = [{"role": "user", "content": QUESTION}]
CALL = {"jsonrpc": "2.0", "id": 1, "method": "tools/call"}
AGENT = {"Accept": "application/json, text/event-stream"}
WAYS = {
    "answer": lambda at: sent(at, "/api/answer", {"question": QUESTION}),
    "answer streamed": lambda at: sent(at, "/api/answer", {"question": QUESTION, "stream": True}),
    "search": lambda at: sent(at, "/api/search", {"question": QUESTION}),
    "chat": lambda at: sent(at, "/v1/chat/completions", {"messages": MESSAGES}),
    "chat streamed": lambda at: sent(at, "/v1/chat/completions", {"messages": MESSAGES, "stream": True}),
    "agent": lambda at: sent(
        at, "/mcp", CALL | {"params": {"name": "answer", "arguments": {"question": QUESTION}}}, **AGENT
    ),
    "page": asked_by_page,
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_a_question_ends_when_the_client_leaves(slow, way) -> None:
    address, reranker, state = slow
    reranker.began.clear()
    connection = WAYS[way](address)
    assert reranker.began.wait(15), reply_to(connection)
    assert state.gate.running == 1
    connection.close()
    time.sleep(1.0)
    runs = reranker.runs
    time.sleep(0.6)
    assert reranker.runs == runs, "it went on although nobody waits"
    assert state.gate.running == 0, "and the place is free"


def test_a_question_that_takes_too_long_is_given_up(slow, monkeypatch) -> None:
    address, reranker, state = slow
    monkeypatch.setattr(state, "settings", type(state.settings)(answer_seconds=0.5))
    with contextlib.closing(sent(address, "/api/answer", {"question": QUESTION})) as connection:
        assert " 503 " in reply_to(connection)
    time.sleep(0.6)
    runs = reranker.runs
    time.sleep(0.6)
    assert reranker.runs == runs


def test_work_goes_on_as_long_as_it_is_wanted() -> None:
    go_on()
    wanted = [False, False, True]
    done: list[int] = []
    with given_up_when(lambda: wanted[len(done)]), pytest.raises(GivenUp):
        for number in range(10):
            go_on()
            done.append(number)
    assert done == [0, 1]
    assert run_each(lambda number: number + 1, [1, 2, 3]) == [2, 3, 4]


def words(texts):
    return [len(text.split()) for text in texts]


@pytest.mark.parametrize(
    ("question", "count", "expected"),
    [
        ("Short?", words, "Short?"),
        ("one two " * 100, words, ("one two " * (QUESTION_TOKENS // 2)).strip()),
        ("1." * 1990, lambda texts: [len(text) for text in texts], "1." * (QUESTION_TOKENS // 2)),
    ],
    ids=["short", "words", "no spaces"],
)
def test_models_read_the_beginning_of_a_long_question(question, count, expected) -> None:
    assert beginning_of(question, count).strip() == expected


def test_a_long_question_is_answered_from_its_beginning_and_says_so(tmp_path: Path) -> None:
    class Counting(OverlapReranker):
        longest = 0

        def scores(self, question, texts):
            self.longest = max(self.longest, len(question.split()))
            return super().scores(question, texts)

    (tmp_path / "tram.txt").write_text("The council approved the tram line on 14 March 2024.")
    reranker = Counting()
    with open_double(tmp_path / "home", reranker=reranker) as index:
        index.add(tmp_path / "tram.txt")
        assistant = open_assistant(index=index, settings=Settings(home=str(tmp_path / "home"), threshold=-9.0))
        answer = assistant.answer("When was the tram line approved? " + "1. " * 1000)
        assert answer.question.endswith("1.") and len(answer.question) > 3000
        assert "only its beginning" in answer.notice
        assert 0 < reranker.longest <= QUESTION_TOKENS
        assert not assistant.answer(QUESTION).notice
