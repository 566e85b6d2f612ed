"""Clients that send or read too slowly are cut off, and those that only take their time are not."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
import time

import pytest
import uvicorn
from server_doubles import free_port

from footnoted.assistant.server.application import TimedProtocol

LIMIT = 0.6


class Quick(TimedProtocol):
    """The same with limits for a test."""

    header_seconds = read_seconds = LIMIT


async def application(scope, receive, send) -> None:
    """As good as endless bytes at ``/endless``, else two words with a pause longer than the limit between them."""
    if scope["type"] != "http":
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    if scope["path"] == "/endless":
        for _ in range(5000):
            await send({"type": "http.response.body", "body": b"x" * 65536, "more_body": True})
            await asyncio.sleep(0)
        return
    await send({"type": "http.response.body", "body": b"slow ", "more_body": True})
    await asyncio.sleep(LIMIT * 1.5)
    await send({"type": "http.response.body", "body": b"answer"})


@pytest.fixture(scope="module")
def server():
    """(the server, its port)"""
    port = free_port()
    running = uvicorn.Server(uvicorn.Config(application, port=port, log_level="error", http=Quick, ws="none",
                                            timeout_graceful_shutdown=1))  # fmt: skip
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    while not running.started:
        time.sleep(0.02)
    yield running, port
    running.should_exit = True
    thread.join(10)


def connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=10)


def closed_after(connection: socket.socket, begun: float) -> float:
    """The seconds until the server closes a connection on which it says nothing."""
    with contextlib.suppress(ConnectionError):
        while connection.recv(65536):
            pass
    return time.monotonic() - begun


@pytest.mark.parametrize("said", ["", "GET / HTTP/1.1\r\nHost: a\r\nX-Long: "], ids=["nothing", "half a header"])
def test_headers_that_do_not_come_are_not_waited_for(server, said) -> None:
    begun = time.monotonic()
    with connect(server[1]) as connection:
        connection.sendall(said.encode())
        assert LIMIT * 0.5 < closed_after(connection, begun) < LIMIT + 3


def test_a_header_byte_by_byte_has_an_end(server) -> None:
    begun = time.monotonic()
    with connect(server[1]) as connection, pytest.raises(ConnectionError):
        connection.sendall(b"GET / HTTP/1.1\r\nX: ")
        while time.monotonic() < begun + 8:
            connection.sendall(b"y")
            time.sleep(0.1)
    assert time.monotonic() - begun < LIMIT + 4


def test_the_second_request_of_a_connection_has_the_same_limit(server) -> None:
    with connect(server[1]) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        said = b""
        while not said.endswith(b"0\r\n\r\n"):
            said += connection.recv(1000)
        assert b"slow " in said and b"answer" in said, "a slow answer is not a slow client"
        begun = time.monotonic()
        connection.sendall(b"GET / HT")
        assert closed_after(connection, begun) < LIMIT + 3


def test_a_reader_that_stops_is_cut_off(server) -> None:
    running, port = server
    with connect(port) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.sendall(b"GET /endless HTTP/1.1\r\nHost: a\r\n\r\n")
        until = time.monotonic() + 10
        while not running.server_state.connections and time.monotonic() < until:
            time.sleep(0.01)
        while running.server_state.connections and time.monotonic() < until:
            time.sleep(0.05)
        assert not running.server_state.connections


def test_a_reader_that_goes_on_is_not(server) -> None:
    with connect(server[1]) as connection:
        connection.sendall(b"GET /endless HTTP/1.1\r\nHost: a\r\n\r\n")
        until, read = time.monotonic() + LIMIT * 3, 0
        while time.monotonic() < until:
            piece = connection.recv(65536)
            assert piece
            read += len(piece)
            time.sleep(0.02)
        assert read > 65536
