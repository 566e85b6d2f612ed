"""A web server of our own on loopback, whose pages a test writes as functions."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Page = Callable[[BaseHTTPRequestHandler], None]


class WebServer:
    """Serves ``pages`` (path -> function, or text of an HTML page) and remembers what was ``asked``."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        self.pages: dict[str, Page | str] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.stopping = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                outer.asked.append((self.path, dict(self.headers)))
                page = outer.pages.get(self.path)
                self.close_connection = True
                try:
                    if page is None:
                        reply(self, b"nothing here", "text/plain", status=404)
                    elif isinstance(page, str):
                        reply(self, page.encode(), "text/html; charset=utf-8")
                    else:
                        page(self)
                except OSError:
                    pass  # the one that asked has hung up, as it should

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer((host, 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()
        self.port: int = self._server.server_address[1]
        self.address = f"{host}:{self.port}"

    def url(self, path: str) -> str:
        return f"http://{self.address}{path}"

    def stop(self) -> None:
        self.stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def reply(
    handler: BaseHTTPRequestHandler,
    body: bytes,
    kind: str = "text/html",
    *,
    status: int = 200,
    length: int | None = None,
    **headers: str,
) -> None:
    """Answer with a body; ``headers`` with ``_`` for ``-``."""
    handler.send_response(status)
    if kind:
        handler.send_header("Content-Type", kind)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.send_header("Content-Length", str(len(body) if length is None else length))
    handler.send_header("Connection", "close")
    handler.end_headers()
    handler.wfile.flush()
    time.sleep(0.002)  # the body comes in a packet of its own
    handler.wfile.write(body)
