"""OpenTelemetry, where it is configured: a span for each request and one below it for each stage of its answer.

It is configured by the variables that OpenTelemetry itself defines (``OTEL_EXPORTER_OTLP_ENDPOINT`` and others). What
is sent names routes, times and kinds of answers, never a question or a text.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from footnoted.assistant.errors import SettingsError
from footnoted.assistant.server.metrics import group_of

if TYPE_CHECKING:
    from opentelemetry.sdk.trace.export import SpanExporter

    from footnoted.assistant.server.visit import Visit

ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
UNTRACED = ("/health", "/ready", "/metrics")  # asked every few seconds by machines


def exporter_of_environment() -> SpanExporter | None:
    """Where OpenTelemetry's variables say that spans go; ``None`` when they name nothing.

    Raises SettingsError for a protocol whose package is not installed.
    """
    if not any(map(os.environ.get, ENDPOINTS)) or os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return None
    protocol = next(filter(None, map(os.environ.get, PROTOCOLS)), "grpc")
    try:
        if protocol == "grpc":
            from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as OverGrpc

            return OverGrpc()
        if protocol == "http/protobuf":
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as OverHttp

            return OverHttp()
    except ImportError:
        package = f"opentelemetry-exporter-otlp-proto-{protocol.partition('/')[0]}"
        raise SettingsError(f"OpenTelemetry over {protocol} needs a package: pip install {package}") from None
    raise SettingsError(f"{PROTOCOLS[1]} must be 'grpc' or 'http/protobuf', not {protocol!r}.")


class Tracing:
    """Makes spans of finished requests and sends them in the background."""

    def __init__(self, exporter: SpanExporter) -> None:
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        name = {} if os.environ.get("OTEL_SERVICE_NAME") else {"service.name": "footnote"}
        # A provider of our own: an application around us may have set up the one of the process.
        self._provider = TracerProvider(resource=Resource.create(name), shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("footnote")

    def note(
        self, scope: Mapping[str, Any], headers: Mapping[str, str], visit: Visit, status: int, seconds: float
    ) -> None:
        """A finished request: its span continues a trace that its headers name (W3C Trace Context)."""
        from opentelemetry.trace import SpanKind, Status, StatusCode, set_span_in_context
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        if scope["path"] in UNTRACED:
            return
        end = time.time_ns()
        route = group_of(scope["path"])
        span = self._tracer.start_span(
            f"{scope['method']} {route}",
            TraceContextTextMapPropagator().extract(headers),
            SpanKind.SERVER,
            {
                "http.request.method": scope["method"],
                "http.response.status_code": status,
                "footnote.route": route,
                "footnote.request_id": visit.request_id,
            }
            | {f"footnote.{name}": str(visit.log[name]) for name in ("kind", "model") if name in visit.log},
            start_time=end - int(seconds * 1e9),
        )
        if status >= 500:
            span.set_status(Status(StatusCode.ERROR))
        stages = visit.log.get("stages")
        parts = {name: part for name, part in stages.items() if name != "total"} if isinstance(stages, dict) else {}
        # How long a stage took is measured, and in which order; its start is computed backwards from the end.
        begun = end - int(sum(parts.values()) * 1e6)
        for name, milliseconds in parts.items():
            stage = self._tracer.start_span(name, set_span_in_context(span), start_time=begun)
            begun += int(milliseconds * 1e6)
            stage.end(begun)
        span.end(end)

    @classmethod
    def from_environment(cls) -> Tracing | None:
        """As the environment configures it; ``None`` without a configuration. Raises SettingsError."""
        exporter = exporter_of_environment()
        return None if exporter is None else cls(exporter)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """As long as the server runs; what is left is sent at the end."""
        try:
            yield
        finally:
            await asyncio.to_thread(self._provider.shutdown)
