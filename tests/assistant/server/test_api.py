"""The HTTP interface: the same answers as everywhere, documents in and out, and one form for every error."""

from __future__ import annotations

import json
import time

import pytest
from server_doubles import sent_events, team
from small_indexes import assert_holds

from footnoted.assistant.server.interfaces.api import Json

QUESTION = "When did the council approve the tram line?"


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """A server without accounts, as on one's own machine."""
    with team(tmp_path_factory.mktemp("alone"), people=False, local_only=True) as made:
        yield made


@pytest.fixture
def client(alone):
    from fastapi.testclient import TestClient

    with TestClient(alone.application, base_url="http://127.0.0.1:7860") as client:
        yield client


def finished(client, job: dict) -> dict:
    limit = time.monotonic() + 20
    while not job["done"] and time.monotonic() < limit:
        time.sleep(0.05)
        job = client.get(f"/api/jobs/{job['job']}").json()
    return job


def test_an_answer_is_the_same_as_everywhere(client, alone):
    given = client.post("/api/answer", json={"question": QUESTION}).json()
    ours = json.loads(json.dumps(alone.state.assistant.answer(QUESTION).to_dict()))
    for answer in (given, ours):
        answer.pop("timings")
    assert given == ours and given["citations"]
    assert_holds(alone.state.assistant.answer(QUESTION), alone.state.index.text_of)
    assert client.post("/api/answer", json={"question": "Who won the chess tournament?"}).json()["refused"]


@pytest.mark.parametrize("how", [{"json": {"stream": True}}, {"headers": {"accept": "text/event-stream"}}])
def test_an_answer_grows_in_events(client, how):
    body = {"question": QUESTION} | how.get("json", {})
    reply = client.post("/api/answer", json=body, headers=how.get("headers"))
    assert reply.headers["content-type"].startswith("text/event-stream")
    events = sent_events(reply.text)
    assert {name for name, _ in events} == {"answer"}
    assert events[-1][1]["done"] and events[-1][1]["citations"]


def test_a_follow_up_and_a_filter_are_understood(client):
    history = [{"role": "user", "content": QUESTION}, {"role": "assistant", "content": "On 14 March 2024."}]
    followed = client.post("/api/answer", json={"question": "And what will it cost?", "history": history}).json()
    assert "tram" in followed["standalone_question"]
    elsewhere = {"question": QUESTION, "filter": {"collections": ["team"]}}
    assert all(p["document_id"] == "plan.txt" for p in client.post("/api/answer", json=elsewhere).json()["passages"])


def test_passages_are_found(client, alone):
    found = client.post("/api/search", json={"question": "gadolinium plan", "k": 2}).json()["passages"]
    assert found[0]["document_id"] == "plan.txt" and len(found) == 2
    text = alone.state.index.text_of(found[0]["source"])
    assert text[found[0]["start"] : found[0]["end"]] == found[0]["text"]
    assert found[0]["why"]["matched_words"]


def test_documents_go_in_and_out(client, alone):
    files = [("files", ("../../light.txt", b"The lighthouse was built in 1871.")), ("files", ("bad.xyz", b"\x00\x01"))]
    accepted = client.post("/api/documents", files=files, data={"collection": "sea"})
    assert accepted.status_code == 202 and accepted.headers["location"].startswith("/api/jobs/")
    report = finished(client, accepted.json())["report"]
    assert len(report["added"]) == 1 and "bad.xyz" in str(report["skipped"])
    listed = client.get("/api/documents", params={"collection": "sea"}).json()
    assert "sea" in [each["name"] for each in client.get("/api/collections").json()["collections"]]
    # What can never be read is said in the report and does not stay.
    assert listed["total"] == 1 and {info["status"] for info in listed["documents"]} == {"ready"}
    info = next(info for info in listed["documents"] if info["status"] == "ready")
    assert client.get(f"/api/documents/{info['key']}").json() == info
    assert "lighthouse" in client.get(f"/api/documents/{info['key']}/text").json()["text"]
    assert str(alone.state.folder / "uploads") in info["path"], "whatever its name says"
    assert client.delete(f"/api/documents/{info['key']}").json() == {"removed": [info["source"]]}
    assert client.get(f"/api/documents/{info['key']}").status_code == 404
    page = client.get("/api/documents", params={"limit": 1, "offset": 1}).json()
    assert len(page["documents"]) == 1 and page["total"] > 1


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("POST", "/api/answer", {"question": "  "}, 422, "question_invalid"),
        ("POST", "/api/answer", {"question": "x" * 4001}, 422, "invalid"),
        ("POST", "/api/answer", {"question": "Why?", "colour": "blue"}, 422, "invalid"),
        ("POST", "/api/answer", {}, 422, "invalid"),
        ("POST", "/api/answer", [1], 422, "invalid"),
        ("POST", "/api/answer", {"question": " ", "stream": True}, 422, "question_invalid"),
        ("POST", "/api/search", {"question": "x", "k": 0}, 422, "invalid"),
        ("POST", "/api/search", {"question": "x", "filter": {"after": "soon"}}, 422, "filter_invalid"),
        ("GET", "/api/documents/%2e%2e%2f%2e%2e%2fetc%2fpasswd", None, 404, "not_found"),
        ("GET", "/api/jobs/nothing", None, 404, "not_found"),
        ("GET", "/api/answer", None, 405, "method_not_allowed"),
        ("PUT", "/api/collections/x", {"public": True}, 403, "forbidden"),
        ("GET", "/api/documents?limit=0", None, 422, "invalid"),
    ],
)
def test_every_error_has_one_form(client, method, path, body, status, code):
    reply = client.request(method, path, json=body) if body is not None else client.request(method, path)
    assert reply.status_code == status
    assert reply.json()["error"]["code"] == code and reply.json()["error"]["message"].endswith(".")
    assert "Traceback" not in reply.text


def test_a_request_carries_its_number(client):
    assert client.get("/health", headers={"x-request-id": "abc-1"}).headers["x-request-id"] == "abc-1"
    assert client.get("/health", headers={"x-request-id": "a b<c>"}).headers["x-request-id"] != "a b<c>"
    assert client.get("/api/nothing").headers["x-request-id"]


def test_half_a_surrogate_pair_can_be_sent():
    assert json.loads(Json({"text": "\ud83d"}).body) == {"text": "\ud83d"}


def test_health_readiness_and_figures(client, alone):
    assert client.get("/health").json() == {"status": "ok"}
    assert client.get("/ready").status_code == 503
    alone.state.warm.set()
    assert client.get("/ready").json() == {"status": "ready"}
    client.post("/api/answer", json={"question": QUESTION})
    figures = client.get("/metrics").text
    assert (
        'footnote_answers_total{kind="answer"}' in figures
        and 'footnote_stage_seconds_count{stage="retrieve"}' in figures
    )
    assert (
        'route="api/answer"' in figures
        and "footnote_documents" in figures
        and "footnote_questions_waiting 0.0" in figures
    )


def test_the_description_loads_nothing_from_elsewhere(client):
    schema = client.get("/api/openapi.json").json()
    assert {"/api/answer", "/api/search", "/api/documents", "/health", "/ready", "/metrics"} <= set(schema["paths"])
    assert not any(path.startswith(("/chat", "/gradio_api", "/login", "/control")) for path in schema["paths"])
    page = client.get("/api/docs")
    assert (
        "POST /api/answer" in page.text and "<script" not in page.text and "http" not in page.text.replace("HTTP", "")
    )
    assert "script-src" not in page.headers["content-security-policy"]


def test_conversations_of_the_chat_can_be_read_by_their_owner(client):
    client.get("/")
    from footnoted.assistant.web import guard

    service = client.app.state.service
    key = guard.user_key(client.cookies[guard.COOKIE])
    conversation = service.conversations.begin(key, QUESTION)
    service.conversations.add(key, conversation, QUESTION, {"text": "On 14 March."})
    assert client.get("/api/conversations").json()["conversations"][0]["id"] == conversation
    assert client.get(f"/api/conversations/{conversation}").json()["turns"][0]["answer"]["text"] == "On 14 March."
    assert client.delete(f"/api/conversations/{conversation}").status_code == 204
    assert client.get(f"/api/conversations/{conversation}").status_code == 404
