"""Runs as OpenTelemetry traces, sent to a real receiver, which decodes them."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest
from evaluation_doubles import WrittenIndex, questions_of, run
from other_systems import QUESTIONS, RAGAS, lines
from trace_receiver import trace_receiver, values_of

from footnoted.assistant.cli import main
from footnoted.assistant.evaluation.exporting import otlp
from footnoted.assistant.evaluation.exporting.otlp import send_traces, traces_endpoint
from footnoted.assistant.evaluation.exporting.traces import traces_of
from footnoted.index.types import Why

pytest.importorskip("opentelemetry.exporter.otlp.proto.http", reason="needs the extra 'exports'")
TEXTS = {"a": "Rome fell in 476. Its last emperor was Romulus.", "b": "Armstrong walked on the Moon in 1969."}
ROWS = (
    {"id": "rome", "question": "When did Rome fall?", "answers": ["476"], "relevant": ["a"], "conversation": "c1"},
    {"id": "mars", "question": "Who is the king of Mars?", "answerable": False},
    {"id": "bad", "question": "What fails?", "answers": ["x"]},
)


class RerankedIndex(WrittenIndex):
    """As its base, with the scores that a cross-encoder would have given."""

    def retrieve(self, question: str, k: int = 5, *, rerank: bool = True):
        from dataclasses import replace

        found = super().retrieve(question, k, rerank=rerank)
        return [replace(item, why=Why(reranker_score=3.0 - place)) for place, item in enumerate(found)]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch) -> Path:
    """A finished run of our own assistant, with a wrong answer, a refusal and a failure."""
    from footnoted.assistant.errors import ModelError

    monkeypatch.chdir(tmp_path)
    index = RerankedIndex(TEXTS, {"When did Rome fall?": ["a", "b"], "Who is the king of Mars?": ["b"]})
    said = {"When did Rome fall?": [("a", "Rome fell in 476.")], "What fails?": ModelError("The model is away.")}
    stamp = {"reranker": "cross", "model": "openai:gpt-x"}
    return run(tmp_path / "run", questions_of(*ROWS), index, said, stamp=stamp).folder


def exported(folder: Path, url: str, *options: str) -> int:
    return main(["runs", "export", str(folder), url, "--to", "otlp", *options])


def test_each_question_is_a_trace_with_spans_that_phoenix_and_langfuse_read(folder: Path, capsys) -> None:
    with trace_receiver() as (url, server):
        assert exported(folder, url, "--project", "mine", "--header", "Authorization=Basic abc") == 0
    assert f"3 traces sent to {url}/v1/traces." in capsys.readouterr().out
    assert server.paths == ["/v1/traces"] and server.headers[0]["authorization"] == "Basic abc"
    assert server.resources[0]["openinference.project.name"] == "mine"
    roots = {values_of(span.attributes)["footnote.question_id"]: span for span in server.named("question")}
    assert set(roots) == {"rome", "mars", "bad"} and len({span.trace_id for span in roots.values()}) == 3
    rome = roots["rome"]
    root = values_of(rome.attributes)
    assert root["openinference.span.kind"] == "CHAIN" and root["input.value"] == "When did Rome fall?"
    assert root["output.value"] == "Rome fell in 476." and root["session.id"] == "c1"
    assert json.loads(root["metadata"])["right"] is True
    assert root["langfuse.experiment.item.root_observation_id"] == rome.span_id.hex()
    assert root["langfuse.observation.input"] == root["input.value"]
    assert json.loads(root["langfuse.experiment.item.expected_output"]) == ["476"]
    spans = {span.name: span for span in server.spans.values() if span.trace_id == rome.trace_id}
    assert set(spans) == {"question", "retrieval", "rerank", "answer"}
    assert spans["retrieval"].parent_span_id == spans["answer"].parent_span_id == rome.span_id
    assert spans["rerank"].parent_span_id == spans["retrieval"].span_id and not rome.parent_span_id
    for span in spans.values():
        assert rome.start_time_unix_nano <= span.start_time_unix_nano < span.end_time_unix_nano
        assert span.end_time_unix_nano <= rome.end_time_unix_nano
        assert values_of(span.attributes)["langfuse.experiment.item.id"] == "rome"


def test_retrieved_documents_and_the_answer(folder: Path) -> None:
    with trace_receiver() as (url, server):
        assert exported(folder, url) == 0
    searches = (values_of(span.attributes) for span in server.named("retrieval"))
    (found,) = [search for search in searches if search["footnote.question_id"] == "rome"]
    assert found["openinference.span.kind"] == "RETRIEVER" and found["input.value"] == "When did Rome fall?"
    assert found["retrieval.documents.0.document.id"] == "a"
    assert found["retrieval.documents.0.document.content"] == TEXTS["a"]
    assert found["retrieval.documents.1.document.score"] == 1 / 2
    assert json.loads(found["retrieval.documents.0.document.metadata"])["relevant"] is True
    assert found["gen_ai.operation.name"] == "retrieval"
    assert json.loads(found["gen_ai.retrieval.documents"])[0] == {"id": "a", "score": 1.0}
    (ranked, *_) = (values_of(span.attributes) for span in server.named("rerank"))
    assert ranked["openinference.span.kind"] == "RERANKER" and ranked["reranker.model_name"] == "cross"
    assert ranked["reranker.output_documents.0.document.score"] == 3.0
    answers = [values_of(span.attributes) for span in server.named("answer")]
    assert {answer["openinference.span.kind"] for answer in answers} == {"CHAIN"}  # no model was asked
    assert json.loads(answers[0]["metadata"])["citations"][0]["quote"] == "Rome fell in 476."


def test_where_a_file_is_on_this_computer_is_not_sent(folder: Path) -> None:
    records = [json.loads(line) for line in (folder / "records.jsonl").read_text().splitlines()]
    for item in (records[0]["passages"][0], records[0]["answer"]["citations"][0]):
        item["document"] = item["source"] = "/home/anna/private/rome.pdf"
    lines(folder / "records.jsonl", records)
    with trace_receiver() as (url, server):
        assert exported(folder, url) == 0
    sent = [str(value) for span in server.spans.values() for value in values_of(span.attributes).values()]
    assert any("rome.pdf" in text for text in sent) and not [text for text in sent if "anna" in text]


def test_the_call_of_a_language_model(folder: Path) -> None:
    records = [json.loads(line) for line in (folder / "records.jsonl").read_text().splitlines()]
    records[0]["answer"]["model"] = "openai:gpt-x"
    records[0]["usage"] = {"input_tokens": 12, "output_tokens": 3}
    lines(folder / "records.jsonl", records)
    with trace_receiver() as (url, server):
        assert exported(folder, url) == 0
    (found,) = [
        attributes
        for attributes in (values_of(span.attributes) for span in server.named("answer"))
        if attributes["openinference.span.kind"] == "LLM"
    ]
    assert found["llm.model_name"] == found["gen_ai.request.model"] == "gpt-x"
    assert found["llm.provider"] == found["gen_ai.provider.name"] == "openai"
    assert found["gen_ai.usage.input_tokens"] == found["llm.token_count.prompt"] == 12
    assert found["llm.token_count.total"] == 15 and found["gen_ai.operation.name"] == "chat"


def test_scores_and_errors(folder: Path) -> None:
    with trace_receiver() as (url, server):
        assert exported(folder, url) == 0
    roots = {values_of(span.attributes)["footnote.question_id"]: span for span in server.named("question")}
    attributes = values_of(roots["rome"].attributes)
    names = {name: value for name, value in attributes.items() if name.endswith(".evaluation.name")}
    at = {value: name.removesuffix(".name") for name, value in names.items()}["answers.right"]
    assert attributes[f"{at}.score"] == 1.0 and attributes[f"{at}.annotator_kind"] == "CODE"
    events = [values_of(event.attributes) for event in roots["rome"].events if event.name == "gen_ai.evaluation.result"]
    scores = {event["gen_ai.evaluation.name"]: event["gen_ai.evaluation.score.value"] for event in events}
    assert scores["answers.right"] == 1.0 and scores["retrieval.recall@1"] == 1.0 and len(scores) == len(names)
    assert roots["bad"].status.code == 2 and "The model is away." in roots["bad"].status.message
    assert roots["rome"].status.code == 1
    assert values_of(roots["mars"].attributes)["langfuse.experiment.item.expected_output"] == "a refusal"


def test_sending_twice_does_not_double(folder: Path) -> None:
    with trace_receiver() as (url, server):
        assert exported(folder, url) == 0
        once = dict(server.spans)
        assert exported(folder, url) == 0
    assert server.spans == once and len(server.paths) == 2


def test_a_run_of_another_system_and_large_runs_in_parts(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(otlp, "BATCH", 5_000)
    paths = lines(tmp_path / "q.jsonl", QUESTIONS), lines(tmp_path / "a.jsonl", RAGAS)
    assert main(["evaluate", str(paths[0]), "--answers", str(paths[1]), "--output", "theirs"]) == 0
    with trace_receiver() as (url, server):
        assert exported(tmp_path / "theirs", url) == 0
    assert len(server.paths) > 1 and len(server.named("question")) == 5
    assert {values_of(span.attributes)["openinference.span.kind"] for span in server.named("answer")} == {"CHAIN"}


def test_langfuse_is_told_the_version_and_headers_come_from_the_environment(folder: Path, monkeypatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "Authorization=Basic%20from-the-environment")
    with trace_receiver() as (url, server):
        assert exported(folder, f"{url}/api/public/otel/") == 0
    assert server.paths == ["/api/public/otel/v1/traces"]
    assert server.headers[0]["authorization"] == "Basic from-the-environment"
    assert server.headers[0]["x-langfuse-ingestion-version"] == "4"


@pytest.mark.parametrize("status", [401, 404])
def test_a_server_that_refuses(folder: Path, capsys, caplog, status: int) -> None:
    with trace_receiver(status) as (url, _):
        assert exported(folder, url, "--header", "Authorization=Basic a-key-that-stays-here") == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and str(status) in said and url in said and "a-key-that-stays-here" not in said
    assert logging.getLogger(otlp.LOGGER).propagate and not caplog.records


def test_a_server_that_is_away(folder: Path, capsys, monkeypatch) -> None:
    monkeypatch.setattr(otlp, "SECONDS", 0.5)
    assert exported(folder, "http://127.0.0.1:9") == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "did not take the traces" in said and "Traceback" not in said


@pytest.mark.parametrize("address", ["ftp://x", "nonsense", "http://", "http://key@127.0.0.1/"])
def test_what_is_no_address(folder: Path, capsys, address: str) -> None:
    assert exported(folder, address) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_addresses() -> None:
    assert traces_endpoint("http://127.0.0.1:6006") == "http://127.0.0.1:6006/v1/traces"
    assert traces_endpoint("https://host/a/v1/traces/") == "https://host/a/v1/traces"


def test_halves_of_characters_are_sent_as_question_marks(folder: Path) -> None:
    finished = json.loads((folder / "run.json").read_text())
    records = [json.loads(line) for line in (folder / "records.jsonl").read_text().splitlines()]
    records[0]["question"] = "half \ud800"
    with trace_receiver() as (url, server):
        assert send_traces(url, traces_of(finished, records), "p") == 3
    assert any(values_of(span.attributes)["input.value"] == "half ?" for span in server.named("question"))


def test_a_missing_package_is_named(folder: Path, capsys, monkeypatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    assert exported(folder, "http://127.0.0.1:9") == 1
    assert "pip install 'footnoted[exports]'" in capsys.readouterr().err
