"""What an operator watches: requests, answers, stages and waiting lines as Prometheus reads them, and log lines."""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from footnoted.assistant.answers import Answer
    from footnoted.assistant.server.limits import Gate
    from footnoted.index.store.catalog import Catalog

LOG = logging.getLogger("footnote.requests")
GROUPS = (
    "/api/answer", "/api/search", "/api/documents", "/api/jobs", "/api/collections", "/api/conversations", "/v1/",
    "/mcp", "/chat/", "/gradio_api/", "/control/", "/login", "/logout", "/health", "/ready", "/metrics",
)  # fmt: skip
SECONDS = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0)


def group_of(path: str) -> str:
    """A path's name in the metrics: there are only a few, whatever is asked for."""
    return next((group.strip("/") for group in GROUPS if path.startswith(group)), "page")


class Metrics:
    """Counters of one server, in a registry of its own."""

    def __init__(self, gate: Gate, catalog: Catalog) -> None:
        from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

        self.registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        self.requests = Counter(
            "footnote_requests", "Requests by what was asked for and the status of the reply.",
            ["route", "method", "status"], registry=registry,
        )  # fmt: skip
        self.seconds = Histogram(
            "footnote_request_seconds", "Seconds from a request to the end of its reply.", ["route"],
            buckets=SECONDS, registry=registry,
        )  # fmt: skip
        self.answers = Counter("footnote_answers", "Answers by their kind.", ["kind"], registry=registry)
        self.stages = Histogram(
            "footnote_stage_seconds",
            "Seconds of each stage of an answer.",
            ["stage"],
            buckets=SECONDS,
            registry=registry,
        )
        Gauge("footnote_questions_waiting", "Questions in line.", registry=registry).set_function(lambda: gate.waiting)
        Gauge("footnote_questions_running", "Questions being answered.", registry=registry).set_function(
            lambda: gate.running
        )
        Gauge("footnote_documents", "Documents in the index.", registry=registry).set_function(catalog.count_documents)
        Gauge("footnote_passages", "Passages in the index.", registry=registry).set_function(catalog.count_passages)

    def text(self) -> tuple[bytes, str]:
        """All metrics as Prometheus reads them, and their media type."""
        from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

        return generate_latest(self.registry), CONTENT_TYPE_LATEST

    def answered(self, answer: Answer) -> None:
        """Count an answer and how long its stages took."""
        self.answers.labels(answer.kind).inc()
        for stage, milliseconds in answer.timings.items():
            self.stages.labels(stage).observe(milliseconds / 1000.0)

    def replied(self, method: str, path: str, status: int, seconds: float) -> None:
        """Count a request."""
        route = group_of(path)
        known = method if method in ("GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS") else "other"
        self.requests.labels(route, known, str(status)).inc()
        self.seconds.labels(route).observe(seconds)


class JsonLines(logging.Formatter):
    """A log record as one line of JSON: its message is an event's name, ``record.fields`` what belongs to it."""

    def format(self, record: logging.LogRecord) -> str:
        when = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + f".{int(record.msecs):03d}Z"
        fields: Mapping[str, object] = getattr(record, "fields", {})
        return json.dumps({"time": when, "level": record.levelname.lower(), "event": record.getMessage(), **fields})


def log_to_stderr() -> None:
    """Write a line of JSON to standard error for each request."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    LOG.handlers, LOG.propagate = [handler], False
    LOG.setLevel(logging.INFO)
