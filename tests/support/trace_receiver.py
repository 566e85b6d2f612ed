"""A server that takes OpenTelemetry's traces over HTTP, as Langfuse and Phoenix do, and decodes what it is sent."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span


class TraceReceiver(ThreadingHTTPServer):
    """Keeps each span once, by its ids, as the servers do; ``status`` is what it replies."""

    def __init__(self, status: int = 200) -> None:
        super().__init__(("127.0.0.1", 0), TraceHandler)
        self.status = status
        self.spans: dict[tuple[bytes, bytes], Span] = {}
        self.resources: list[dict[str, Any]] = []
        self.paths: list[str] = []
        self.headers: list[dict[str, str]] = []

    def named(self, name: str) -> list[Span]:
        return [span for span in self.spans.values() if span.name == name]


class TraceHandler(BaseHTTPRequestHandler):
    server: TraceReceiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        body = gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body
        self.server.paths.append(self.path)
        self.server.headers.append({name.lower(): value for name, value in self.headers.items()})
        if self.server.status == 200:
            assert self.headers["Content-Type"] == "application/x-protobuf"
            for sent in ExportTraceServiceRequest.FromString(body).resource_spans:
                self.server.resources.append(values_of(sent.resource.attributes))
                for scope in sent.scope_spans:
                    self.server.spans |= {(span.trace_id, span.span_id): span for span in scope.spans}
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *arguments: object) -> None:
        """Nothing: tests read no log."""


def values_of(attributes: Any) -> dict[str, Any]:
    """Attributes as a dictionary."""
    found = {}
    for item in attributes:
        kind = item.value.WhichOneof("value")
        value = getattr(item.value, kind)
        found[item.key] = [one.string_value for one in value.values] if kind == "array_value" else value
    return found


@contextmanager
def trace_receiver(status: int = 200) -> Iterator[tuple[str, TraceReceiver]]:
    """The address of a receiver, and the receiver."""
    server = TraceReceiver(status)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
