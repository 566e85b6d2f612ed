"""A server on loopback that speaks OpenAI's protocol and misbehaves as it is told: slow, failing, empty, endless."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

GOOD = "The mill burnt down in 1950. [1]"


def event(text: str) -> bytes:
    """A piece of an answer as the protocol streams it."""
    choice = {"index": 0, "delta": {"role": "assistant", "content": text}, "finish_reason": None}
    body = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "local", "choices": [choice]}
    return f"data: {json.dumps(body)}\n\n".encode()


class _Handler(BaseHTTPRequestHandler):
    behaviour = "good"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with suppress(OSError):  # the client has gone
            getattr(self, f"be_{self.behaviour}")()

    def begin(self, status: int = 200, kind: str = "text/event-stream") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Connection", "close")
        self.end_headers()

    def say(self, *pieces: str, pause: float = 0.0) -> None:
        self.begin()
        for piece in pieces:
            time.sleep(pause)
            self.wfile.write(event(piece))
            self.wfile.flush()
        self.wfile.write(b"data: [DONE]\n\n")

    def be_good(self) -> None:
        self.say(*(word + " " for word in GOOD.split()))

    def be_slow(self) -> None:
        self.say(*GOOD, pause=0.4)

    def be_hanging(self) -> None:
        time.sleep(5)

    def be_failing(self) -> None:
        self.begin(500, "application/json")
        self.wfile.write(b'{"error": {"message": "out of memory", "type": "server_error"}}')

    def be_unknown(self) -> None:
        self.begin(404, "text/html")
        self.wfile.write(b"<html><body>Not Found</body></html>")

    def be_breaking_off(self) -> None:
        self.begin()
        self.wfile.write(event("The mill burnt"))
        self.wfile.flush()
        self.connection.close()

    def be_empty(self) -> None:
        self.say("")

    def be_silent(self) -> None:
        self.say()

    def be_endless(self) -> None:
        self.begin()
        while True:
            self.wfile.write(event("The mill burnt down in 1950. "))

    def be_garbled(self) -> None:
        self.begin()
        self.wfile.write(b"data: {not json\n\n<html>502</html>\n\n")

    def be_inventing(self) -> None:
        self.say("Bananas hold potassium. [1] ", "Napoleon lost at Waterloo. [9]")

    def be_marking_wrongly(self) -> None:
        self.say("The mill burnt down in 1950. [0] [7] [99]")

    def be_repeating(self) -> None:
        self.say("The mill burnt down. [1]")

    def log_message(self, *arguments: object) -> None:
        """Nothing: tests read no log."""


@contextmanager
def serving(behaviour: str) -> Iterator[str]:
    """The base URL of a server that behaves so."""
    handler = type("Handler", (_Handler,), {"behaviour": behaviour})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
