"""A server over a small index with three people: what each may see is in a word that nobody else's document has."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import uvicorn
from doubles import open_double
from fastapi.testclient import TestClient

from footnoted.assistant.chain import open_assistant
from footnoted.assistant.server import application
from footnoted.assistant.server.accounts import accounts
from footnoted.assistant.settings import Settings

DOCUMENTS = {
    "default": (
        "tram.txt",
        "The council approved the tram line on 14 March 2024. The tram line will cost 412 million.",
    ),
    "~anna": ("diary.txt", "Anna keeps the zirconium key under the blue flowerpot. The zirconium key opens the shed."),
    "~ben": ("letter.txt", "Ben hides the palladium coin in the old piano. The palladium coin is from 1871."),
    "team": ("plan.txt", "The gadolinium plan begins in October 2025. The gadolinium plan needs four people."),
}
accounts.HASHING |= {"time_cost": 1, "memory_cost": 64, "parallelism": 1}  # what is hashed here is no secret
WORDS = {"default": "tram", "~anna": "zirconium", "~ben": "palladium", "team": "gadolinium"}
PASSWORD = "correct horse battery"


@dataclass
class Team:
    """The running application and what opens it for each person."""

    application: object
    state: object
    tokens: dict[str, str]

    def client(self, name: str = "", **options) -> TestClient:
        """A client with the token of this person, or of nobody."""
        headers = {"authorization": f"Bearer {self.tokens[name]}"} if name else {}
        return TestClient(self.application, headers=headers, **options)

    def key_of(self, collection: str) -> str:
        """The key of the one document in a collection."""
        return next(
            info["key"] for info in self.client("root").get("/api/documents").json()["documents"]
            if info["collection"] == collection
        )  # fmt: skip


@contextmanager
def team(folder: Path, people: bool = True, local_only: bool = False, **settings) -> Iterator[Team]:
    """anna and ben with a collection each, "team" shared by anna's hand with carl, and root who may all."""
    index = open_double(folder / "home")
    for collection, (name, text) in DOCUMENTS.items():
        path = folder / "documents" / collection.strip("~") / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        assert not index.add([path], collection=collection).skipped
    assistant = open_assistant(
        index=index, settings=replace(Settings(home=str(folder / "home"), threshold=-1.0), **settings)
    )
    made = application.create_app(assistant, local_only=local_only)
    state, tokens = made.state.footnote, {}
    if people:
        for name in ("anna", "ben", "carl", "root"):
            state.accounts.add_user(name, PASSWORD, admin=name == "root")
            tokens[name] = state.accounts.add_token(name)
        users = {user.name: user for user in state.accounts.users()}
        state.accounts.set_rule("team", owner=users["anna"], shared=[users["carl"]])
    try:
        yield Team(made, state, tokens)
    finally:
        made.state.footnote.close()
        index.close()


def sent_events(text: str) -> list[tuple[str, object]]:
    """The server-sent events in a reply: (name, data)."""
    events = []
    for block in text.strip().split("\n\n"):
        name, data = block.split("\n")
        events.append((name.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return events


def free_port() -> int:
    """A port of this machine that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def serving(application, port: int = 0) -> Iterator[str]:
    """The address of a real server over an application, stopped afterwards."""
    port = port or free_port()
    settings = uvicorn.Config(application, port=port, log_level="error", timeout_graceful_shutdown=1, ws="none")
    server = uvicorn.Server(settings)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    limit = time.monotonic() + 30
    while not server.started and time.monotonic() < limit:
        time.sleep(0.02)
    assert server.started, "the server did not start"
    try:
        yield f"http://127.0.0.1:{port}/"
    finally:
        server.should_exit = True
        thread.join(10)
