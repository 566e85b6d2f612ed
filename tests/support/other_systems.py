"""A small question set and what another system answers to it: as rows of ragas, as a function, and as a server."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ROME = "Rome fell in 476. Its last emperor was Romulus."
MOON = "Armstrong walked on the Moon in 1969."
CAT = "A cat sleeps fifteen hours a day."
QUESTIONS = [
    {"id": "rome", "question": "When did Rome fall?", "answers": ["476"], "relevant": ["rome"]},
    {"id": "moon", "question": "Who walked on the Moon?", "answers": ["Armstrong"], "relevant": ["moon"],
     "evidence": ["Armstrong walked on the Moon"], "history": [{"role": "user", "content": "The Moon?"}]},
    {"id": "cat", "question": "How long does a cat sleep?", "answers": ["fifteen hours"], "relevant": ["cat"]},
    {"id": "none", "question": "Who is the king of Mars?", "answerable": False},
    {"id": "mars", "question": "How wide is Mars?", "answerable": False},
]  # fmt: skip
# The columns of a ragas data set; the questions are recognised by their wording.
RAGAS = [
    {"user_input": "When did  Rome fall?", "response": "It fell in 476 [1].", "retrieved_contexts": [ROME, CAT],
     "retrieved_context_ids": ["rome", "cat"]},
    {"user_input": "Who walked on the Moon?", "response": "Armstrong did.", "retrieved_contexts": [CAT, MOON],
     "retrieved_context_ids": ["cat", "moon"]},
    {"user_input": "How long does a cat sleep?", "response": "Ten hours.", "retrieved_contexts": [ROME],
     "retrieved_context_ids": ["rome"]},
    {"user_input": "Who is the king of Mars?", "response": "", "retrieved_contexts": [],
     "retrieved_context_ids": []},
    {"user_input": "How wide is Mars?", "response": "6792 km.", "retrieved_contexts": [],
     "retrieved_context_ids": []},
]  # fmt: skip


def lines(path: Path, rows: list[dict]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def answers_by_wording(question: str) -> dict:
    return next(row for row in RAGAS if " ".join(row["user_input"].split()) == question)


def ask(question: str) -> dict:
    """The system as a function."""
    row = answers_by_wording(question)
    return {"answer": row["response"], "contexts": row["retrieved_contexts"], "documents": row["retrieved_context_ids"]}


class ChatDouble(ThreadingHTTPServer):
    """Answers by the wording of the last message, and remembers what was asked."""

    def __init__(self, status: int = 200) -> None:
        super().__init__(("127.0.0.1", 0), ChatHandler)
        self.asked: list[dict] = []
        self.keys: list[str | None] = []
        self.status = status


class ChatHandler(BaseHTTPRequestHandler):
    server: ChatDouble

    def do_GET(self) -> None:
        self.reply(200, {"object": "list", "data": [{"id": "scripted"}]})

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append(asked)
        self.server.keys.append(self.headers.get("Authorization"))
        question = asked["messages"][-1]["content"]
        if self.server.status != 200 or "cat" in question:
            self.reply(self.server.status if self.server.status != 200 else 503, {"error": {"message": "too busy."}})
            return
        message = {"role": "assistant", "content": answers_by_wording(question)["response"]}
        usage = {"prompt_tokens": 10, "completion_tokens": 4}
        self.reply(200, {"choices": [{"index": 0, "message": message}], "usage": usage})

    def reply(self, status: int, body: dict) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *arguments: object) -> None:
        """Nothing: tests read no log."""


@contextmanager
def chat_double(status: int = 200) -> Iterator[tuple[str, ChatDouble]]:
    """The address of a scripted server, and the server."""
    server = ChatDouble(status)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1", server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
