"""A run as traces: one for each question, with spans for retrieval, reranking and the answer.

The attributes are those of OpenInference (which Phoenix reads), of OpenTelemetry's conventions for generative AI, and
of Langfuse's experiments. Every id is computed from the run, so that a run that is sent twice is there once.

https://github.com/Arize-ai/openinference/blob/main/spec/semantic_conventions.md
https://github.com/open-telemetry/semantic-conventions-genai/tree/main/docs/gen-ai
https://langfuse.com/integrations/native/opentelemetry/experiments
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from footnoted.assistant.evaluation.exporting.rows import metric_values
from footnoted.assistant.evaluation.metrics.distributions import outcome
from footnoted.assistant.evaluation.metrics.grading import answer_text
from footnoted.assistant.evaluation.running.ranked_documents import base_name

Attributes = dict[str, Any]
GAP = 1_000_000  # nanoseconds between two questions, and the least that a span lasts
EVENT = "gen_ai.evaluation.result"


@dataclass(frozen=True, slots=True)
class TraceSpan:
    """One span; times are nanoseconds since 1970, ``parent`` is None for the root, ``events`` are scores."""

    name: str
    trace_id: int
    span_id: int
    parent: int | None
    start: int
    end: int
    attributes: Attributes
    events: tuple[Attributes, ...] = ()
    error: str = ""


def run_key(run: Mapping) -> str:
    """What identifies a run: its settings and when it was started."""
    return hashlib.sha256(f"{run['fingerprint']} {run['started']}".encode()).hexdigest()[:16]


def traces_of(run: Mapping, records: Sequence[Mapping]) -> Iterator[list[TraceSpan]]:
    """The spans of each question, its root first."""
    values = metric_values(records)
    clock = int(datetime.fromisoformat(run["started"]).timestamp()) * 1_000_000_000
    for record in records:
        spans = trace_of(run, record, values[record["id"]], clock)
        clock = spans[0].end + GAP
        yield spans


def trace_of(run: Mapping, record: Mapping, scores: Mapping[str, float], start: int) -> list[TraceSpan]:
    """The spans of one question that begins at ``start``."""
    key = f"{run_key(run)} {record['id']}"
    trace, root = number_of(f"{key} trace", 16), number_of(f"{key} question", 8)
    end, found = durations(record, start)
    shared = shared_attributes(run, record, root)
    attributes = {**shared, **question_attributes(record), **score_attributes(scores)}
    events = tuple({"gen_ai.evaluation.name": name, "gen_ai.evaluation.score.value": v} for name, v in scores.items())
    spans = [TraceSpan("question", trace, root, None, start, end, attributes, events, record["error"])]
    if record["passages"] or record["documents"]:
        retrieval = number_of(f"{key} retrieval", 8)
        given = {**shared, **retrieval_attributes(record)}
        spans.append(TraceSpan("retrieval", trace, retrieval, root, start, found, given))
        ranked = [passage for passage in record["passages"] if reranker_score(passage) is not None]
        if ranked:
            begun = max(start, min(found - 1, found - int(record["timings"].get("rerank", 0) * 1_000_000)))
            given = {**shared, **reranker_attributes(run, record, ranked)}
            spans.append(TraceSpan("rerank", trace, number_of(f"{key} rerank", 8), retrieval, begun, found, given))
    if record["answer"]:
        given = {**shared, **answer_attributes(run, record)}
        spans.append(TraceSpan("answer", trace, number_of(f"{key} answer", 8), root, min(found, end - 1), end, given))
    return spans


def number_of(text: str, size: int) -> int:
    """A number of ``size`` bytes that depends on the text alone; never 0, which is no id."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:size], "big") or 1


def durations(record: Mapping, start: int) -> tuple[int, int]:
    """When the question and its retrieval ended."""
    timings = record["timings"]
    retrieve = max(int(timings.get("retrieve", 0) * 1_000_000), 2)
    total = max(int(timings.get("total", 0) * 1_000_000), retrieve, GAP)
    return start + total, start + retrieve


def shared_attributes(run: Mapping, record: Mapping, root: int) -> Attributes:
    """What every span of a question has, since Langfuse filters by span."""
    key = run_key(run)
    shared: Attributes = {
        "langfuse.trace.name": f"{run['name']}: {record['id']}",
        "langfuse.trace.tags": ["footnote", str(run["name"]), outcome(record)],
        "langfuse.environment": "experiment",
        "langfuse.experiment.id": key,
        "langfuse.experiment.name": f"{run['name']} {run['started']}",
        "langfuse.experiment.dataset.id": str(run["settings"].get("questions", "")),
        "langfuse.experiment.item.id": record["id"],
        "langfuse.experiment.item.root_observation_id": f"{root:016x}",
        "footnote.run": key,
        "footnote.question_id": record["id"],
    }
    conversation = record["fields"].get("conversation")
    return shared | ({"session.id": str(conversation)} if isinstance(conversation, (str, int)) else {})


def question_attributes(record: Mapping) -> Attributes:
    """The root: what was asked, what was said, what would have been right."""
    said = said_in(record)
    expected = json_text(record["answers"]) if record["answerable"] is not False else "a refusal"
    about = {
        "id": record["id"], "answerable": record["answerable"], "right": record["right"], "outcome": outcome(record),
        "graded_by": record["graded_by"], "expected": record["answers"], "relevant": record["relevant"],
        **{f"field.{name}": value for name, value in record["fields"].items()},
    }  # fmt: skip
    return {
        **in_and_out(record["question"], said, "CHAIN"),
        "langfuse.observation.input": record["question"],
        "langfuse.observation.output": said,
        "langfuse.experiment.item.expected_output": expected,
        "metadata": json_text(about),
        "tag.tags": ["footnote", outcome(record)],
    }


def score_attributes(scores: Mapping[str, float]) -> Attributes:
    """The metrics of the question, as OpenInference writes evaluations."""
    found: Attributes = {}
    for number, (name, value) in enumerate(scores.items()):
        at = f"evaluations.{number}.evaluation"
        found |= {f"{at}.name": name, f"{at}.score": float(value), f"{at}.annotator_kind": "CODE"}
        found[f"langfuse.observation.metadata.{name.replace('.', '_')}"] = float(value)
    return found


def retrieval_attributes(record: Mapping) -> Attributes:
    """The search: what was searched for and what was found, best first."""
    passages = record["passages"] or [{"text": "", "document": name, "score": None} for name in record["documents"]]
    ranked = [{"id": document_name(passage), "score": passage["score"]} for passage in passages]
    query = record["searched_for"] or record["question"]
    return {
        **in_and_out(query, json_text(ranked), "RETRIEVER"),
        "output.mime_type": "application/json",
        **documents("retrieval.documents", passages),
        "gen_ai.operation.name": "retrieval",
        "gen_ai.retrieval.query.text": query,
        "gen_ai.retrieval.documents": json_text(ranked),
    }


def reranker_attributes(run: Mapping, record: Mapping, passages: Sequence[Mapping]) -> Attributes:
    """The cross-encoder's scores."""
    scored = [{**passage, "score": reranker_score(passage)} for passage in passages]
    query = record["searched_for"] or record["question"]
    return {
        "openinference.span.kind": "RERANKER",
        "input.value": query,
        "input.mime_type": "text/plain",
        "reranker.query": query,
        "reranker.model_name": str(run["settings"].get("reranker", "")),
        "reranker.top_k": len(scored),
        **documents("reranker.output_documents", scored),
    }


def answer_attributes(run: Mapping, record: Mapping) -> Attributes:
    """The answer: a call of a language model where one was used, with its tokens, and its citations."""
    answer, usage = record["answer"], record.get("usage") or {}
    model = str(answer.get("model") or run["settings"].get("model") or "")
    provider, colon, name = model.partition(":")
    asked = bool(usage) or (bool(colon) and "/" not in provider and " " not in provider)
    cited = [
        {"document": document_name(citation), **{name: citation.get(name) for name in ("number", "page", "quote")}}
        for citation in answer["citations"]
    ]
    found = {
        **in_and_out(record["question"], said_in(record), "LLM" if asked else "CHAIN"),
        "metadata": json_text({"kind": answer["kind"], "score": answer.get("score"), "citations": cited}),
        "footnote.model": model,
    }
    if asked:
        used = name if colon else model
        found |= {"llm.model_name": used, "gen_ai.operation.name": "chat", "gen_ai.request.model": used}
        found |= {"llm.provider": provider, "gen_ai.provider.name": provider} if colon else {}
    for ours, theirs in (("input_tokens", "prompt"), ("output_tokens", "completion")):
        if ours in usage:
            found |= {f"llm.token_count.{theirs}": usage[ours], f"gen_ai.usage.{ours}": usage[ours]}
    if usage:
        found["llm.token_count.total"] = sum(usage.values())
    return found


def in_and_out(given: str, said: str, kind: str) -> Attributes:
    """The kind of a span with its input and output as texts."""
    return {
        "openinference.span.kind": kind,
        "input.value": given,
        "input.mime_type": "text/plain",
        "output.value": said,
        "output.mime_type": "text/plain",
    }


def documents(prefix: str, passages: Sequence[Mapping]) -> Attributes:
    """Passages as OpenInference writes documents, numbered from 0."""
    found: Attributes = {}
    for number, passage in enumerate(passages):
        at = f"{prefix}.{number}.document"
        found |= {f"{at}.id": document_name(passage), f"{at}.content": passage["text"]}
        if passage["score"] is not None:
            found[f"{at}.score"] = float(passage["score"])
        about = {name: passage.get(name) for name in ("page", "location", "relevant", "id")}
        found[f"{at}.metadata"] = json_text({name: value for name, value in about.items() if value not in (None, "")})
    return found


def document_name(passage: Mapping) -> str:
    """The document of a passage or citation; of a file only its name, not where it is on this computer."""
    name = str(passage["document"])
    return base_name(name) if name == passage.get("source") else name


def reranker_score(passage: Mapping) -> float | None:
    """The score that the reranker gave a passage, if it scored it."""
    return (passage.get("why") or {}).get("reranker_score")


def said_in(record: Mapping) -> str:
    """What the system said: its answer, its refusal, or its error."""
    answer = record["answer"] or {}
    return answer_text(record) or answer.get("text", "") or record["error"]


def json_text(value: object) -> str:
    """A value as JSON in a text."""
    return json.dumps(value, ensure_ascii=False, default=str)
