"""Sending traces to a server that speaks OpenTelemetry's protocol over HTTP, such as Langfuse or Phoenix."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from footnoted.assistant.evaluation.errors import EvaluationError, QuestionsError
from footnoted.assistant.evaluation.exporting.tables import clean
from footnoted.assistant.evaluation.exporting.traces import EVENT, TraceSpan
from footnoted.assistant.version import VERSION

PATH = "/v1/traces"
LANGFUSE = "/api/public/otel"
BATCH = 1_000_000  # characters of a request: servers refuse bodies of more than some megabytes
SECONDS = 30.0
LOGGER = "opentelemetry.exporter.otlp.proto.http"


def send_traces(
    address: str, traces: Iterable[Sequence[TraceSpan]], project: str, headers: Mapping[str, str] | None = None
) -> int:
    """Send traces and return how many. Headers are also read from ``OTEL_EXPORTER_OTLP_HEADERS``, as everywhere.

    Raises :class:`EvaluationError` when a package is missing, or the server cannot be reached or refuses.
    """
    endpoint = traces_endpoint(address)
    given = {name.lower(): value for name, value in (headers or {}).items()}
    if LANGFUSE in endpoint:  # without it what was sent appears minutes later
        given.setdefault("x-langfuse-ingestion-version", "4")
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.trace.export import SpanExportResult
    except ImportError as error:
        raise EvaluationError(
            "Sending traces needs the package opentelemetry-exporter-otlp-proto-http: pip install 'footnoted[exports]'."
        ) from error
    count = 0
    with said_by_the_exporter() as said:
        exporter = OTLPSpanExporter(endpoint, headers=given, timeout=SECONDS)
        try:
            for batch in batches(traces):
                spans = [readable(span, project) for trace in batch for span in trace]
                if exporter.export(spans) is not SpanExportResult.SUCCESS:
                    reason = " ".join(said[-1].split())[:300].rstrip(".") if said else "no reason was given"
                    sent = f" after {count} traces (sending again adds only what is missing)" if count else ""
                    raise EvaluationError(f"{endpoint} did not take the traces{sent}: {reason}.")
                count += len(batch)
        finally:
            exporter.shutdown()
    return count


def traces_endpoint(address: str) -> str:
    """The address to send to; of a base address, that of its traces. Raises :class:`QuestionsError`."""
    import httpx

    try:
        url = httpx.URL(address)
    except httpx.InvalidURL as error:
        raise QuestionsError(f"{address!r} is not the address of a server ({error}).") from error
    if url.scheme not in ("http", "https") or not url.host:
        raise QuestionsError(f"Traces are sent to an address such as http://127.0.0.1:6006, not to {address!r}.")
    if url.userinfo:
        raise QuestionsError("Give the key as a header, not in the address: OTEL_EXPORTER_OTLP_HEADERS, or --header.")
    path = url.path.rstrip("/")
    return str(url.copy_with(path=path if path.endswith(PATH) else path + PATH))


def batches(traces: Iterable[Sequence[TraceSpan]]) -> Iterator[list[Sequence[TraceSpan]]]:
    """The traces in parts of about ``BATCH`` characters; a trace is never divided."""
    part: list[Sequence[TraceSpan]] = []
    size = 0
    for trace in traces:
        own = sum(len(str(value)) for span in trace for value in span.attributes.values())
        if part and size + own > BATCH:
            yield part
            part, size = [], 0
        part.append(trace)
        size += own
    if part:
        yield part


def readable(span: TraceSpan, project: str) -> Any:
    """A span in the form of OpenTelemetry's SDK, with the ids that were computed for it."""
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import Event, ReadableSpan
    from opentelemetry.sdk.util.instrumentation import InstrumentationScope
    from opentelemetry.trace import SpanContext, SpanKind, Status, StatusCode, TraceFlags

    def context(identity: int) -> SpanContext:
        return SpanContext(span.trace_id, identity, is_remote=False, trace_flags=TraceFlags(TraceFlags.SAMPLED))

    resource = {"service.name": "footnote", "service.version": VERSION, "openinference.project.name": project}
    return ReadableSpan(
        span.name,
        context=context(span.span_id),
        parent=None if span.parent is None else context(span.parent),
        resource=Resource(resource),
        attributes={name: sendable(value) for name, value in span.attributes.items()},
        events=[Event(EVENT, event, span.end) for event in span.events],
        kind=SpanKind.INTERNAL,
        status=Status(StatusCode.ERROR, clean(span.error)) if span.error else Status(StatusCode.OK),
        start_time=span.start,
        end_time=span.end,
        instrumentation_scope=InstrumentationScope("footnote", VERSION),
    )


def sendable(value: Any) -> Any:
    """A value whose texts UTF-8 can hold."""
    if isinstance(value, str):
        return clean(value)
    return [clean(str(item)) for item in value] if isinstance(value, list) else value


@contextmanager
def said_by_the_exporter() -> Iterator[list[str]]:
    """What the exporter logs, which alone says why something was not taken; none of it reaches the terminal."""
    said: list[str] = []

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said.append(record.getMessage())

    logger, listener = logging.getLogger(LOGGER), Listener(logging.WARNING)
    before = logger.propagate
    logger.addHandler(listener)
    logger.propagate = False
    try:
        yield said
    finally:
        logger.removeHandler(listener)
        logger.propagate = before
