"""OpenTelemetry: what a real collector on loopback receives of a server, and that it receives no question."""

from __future__ import annotations

from concurrent import futures

import grpc
import pytest
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc
from server_doubles import serving, team

from footnoted.assistant.errors import SettingsError
from footnoted.assistant.server.tracing import Tracing

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


class Collector(trace_service_pb2_grpc.TraceServiceServicer):
    """Keeps the spans that it is sent."""

    def __init__(self) -> None:
        self.spans, self.services, self.raw = [], set(), b""

    def Export(self, request, context):
        self.raw += request.SerializeToString()
        for sent in request.resource_spans:
            self.services |= {one.value.string_value for one in sent.resource.attributes if one.key == "service.name"}
            self.spans += [span for scope in sent.scope_spans for span in scope.spans]
        return trace_service_pb2.ExportTraceServiceResponse()


@pytest.fixture
def collector(monkeypatch):
    server, made = grpc.server(futures.ThreadPoolExecutor(1)), Collector()
    trace_service_pb2_grpc.add_TraceServiceServicer_to_server(made, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{port}")
    yield made
    server.stop(None).wait()


def attributes(span) -> dict:
    return {one.key: one.value.string_value or one.value.int_value for one in span.attributes}


def test_a_span_for_each_request_with_the_stages_of_its_answer(collector, tmp_path):
    import httpx

    with team(tmp_path, people=False, local_only=True) as served:
        served.state.trace(Tracing.from_environment())
        with serving(served.application) as url, httpx.Client(base_url=url) as client:
            headers = {"traceparent": f"00-{TRACE}-{PARENT}-01", "x-request-id": "asked-1"}
            question = {"question": "When did the council approve the tram line?"}
            assert client.post("/api/answer", json=question, headers=headers).status_code == 200
            assert client.get("/api/nothing").status_code == 404
            assert client.get("/health").status_code == 200
    assert collector.services == {"footnote"}
    (answered,) = [span for span in collector.spans if span.name == "POST api/answer"]
    assert (answered.trace_id.hex(), answered.parent_span_id.hex()) == (TRACE, PARENT)
    told = attributes(answered)
    assert told["http.response.status_code"] == 200 and told["footnote.request_id"] == "asked-1"
    assert told["footnote.kind"] == "answer"
    stages = [span for span in collector.spans if span.parent_span_id == answered.span_id]
    assert {"retrieve", "extract"} <= {span.name for span in stages}
    for stage in stages:
        assert answered.start_time_unix_nano <= stage.start_time_unix_nano <= stage.end_time_unix_nano
        assert stage.end_time_unix_nano <= answered.end_time_unix_nano + 1000
    (lost,) = [span for span in collector.spans if span.name == "GET page" or "nothing" in span.name]
    assert attributes(lost)["http.response.status_code"] == 404
    assert not any("health" in span.name for span in collector.spans)
    assert b"council" not in collector.raw and b"tram" not in collector.raw


def test_nothing_is_traced_unless_asked_for(monkeypatch):
    monkeypatch.delenv("OTEL_EXPORTER_OTLP_ENDPOINT", raising=False)
    assert Tracing.from_environment() is None
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
    monkeypatch.setenv("OTEL_SDK_DISABLED", "true")
    assert Tracing.from_environment() is None


@pytest.mark.parametrize(("protocol", "said"), [("carrier-pigeon", "must be"), ("http/protobuf", "pip install")])
def test_a_protocol_that_cannot_be_spoken_is_one_sentence(monkeypatch, protocol, said):
    if protocol == "http/protobuf":
        monkeypatch.setitem(__import__("sys").modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_PROTOCOL", protocol)
    with pytest.raises(SettingsError, match=said):
        Tracing.from_environment()


def test_a_collector_that_is_away_stops_no_answer(monkeypatch, tmp_path):
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "1")
    with team(tmp_path, people=False, local_only=True) as served:
        served.state.trace(Tracing.from_environment())
        with served.client(base_url="http://127.0.0.1") as client:
            asked = client.post("/api/answer", json={"question": "When did the council approve the tram line?"})
            assert asked.status_code == 200 and "14 March 2024" in asked.json()["text"]
