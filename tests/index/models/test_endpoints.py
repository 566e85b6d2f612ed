"""Models behind an address: a real server on loopback speaks both protocols, and fails in many ways."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import zlib
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, PlainTextResponse, RedirectResponse, StreamingResponse
from places import REPOSITORY
from server_doubles import serving

from footnoted.index import open_index
from footnoted.index.errors import ModelMismatch, ModelUnavailable
from footnoted.index.models.embed import open_embeddings
from footnoted.index.models.endpoints import Endpoint, OpenAIEmbeddings, TEIEmbeddings, TEIReranker
from footnoted.index.models.rerank import open_reranker

TEXT = "The tram to the harbour was opened on 14 March 2024."


def vector_of(text: str, dimensions: int) -> list[float]:
    """Which words a text has."""
    found = [0.01] * dimensions
    for word in text.casefold().replace(".", " ").replace("?", " ").split():
        found[zlib.crc32(word.encode()) % dimensions] += 3.0
    return found


@dataclass
class Server:
    """What the server does next, and what it was asked."""

    failures: list[object] = field(default_factory=list)
    model: str = "acme/words"
    dimensions: int = 48
    asked: list[tuple[str, int]] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    address: str = ""


def replies(server: Server, path: str, body: dict) -> object:
    texts = body.get("inputs") or body.get("input") or body.get("texts") or []
    server.asked.append((path, len(texts)))
    vectors = [vector_of(text, server.dimensions) for text in texts]
    if path == "tokenize":
        return [[{"text": word} for word in ["[CLS]", *text.split(), "[SEP]"]] for text in texts]
    if path == "embeddings":
        return {"data": [{"index": n, "embedding": vectors[n]} for n in reversed(range(len(texts)))]}
    if path == "rerank":
        words = set(body["query"].casefold().strip("?").split())
        scored = [len(words & set(text.casefold().strip(".").split())) - 1.0 for text in texts]
        assert body["raw_scores"] is True
        return [{"index": n, "score": scored[n]} for n in reversed(range(len(texts)))]
    return vectors


async def slowly():
    """Never a pause long enough for a timeout between two pieces."""
    for _ in range(40):
        yield b" "
        await asyncio.sleep(0.05)


def application(server: Server) -> FastAPI:
    app = FastAPI()

    @app.get("/info")
    def info(request: Request):
        server.keys.add(request.headers.get("authorization", ""))
        return {"model_id": server.model, "model_sha": "abc", "max_input_length": 512}

    @app.post("/{path:path}")
    async def reply(path: str, request: Request):
        server.keys.add(request.headers.get("authorization", ""))
        if server.failures:
            failure = server.failures.pop(0)
            if failure == "hang":
                await asyncio.sleep(1.5)
            elif failure == "garbage":
                return PlainTextResponse("<html>")
            elif failure == "trickle":
                return StreamingResponse(slowly())
            elif failure == "endless":
                return StreamingResponse(b"[" * 65536 for _ in range(1000))
            elif failure == "gzip":
                return PlainTextResponse("no gzip", headers={"content-encoding": "gzip"})
            elif failure == "redirect":
                return RedirectResponse("http://192.0.2.1/embed", 307)
            elif isinstance(failure, int):
                return JSONResponse({"error": "no"}, failure)
            else:
                return JSONResponse(failure)
        return JSONResponse(replies(server, path.removeprefix("v1/"), await request.json()))

    return app


@pytest.fixture(scope="module")
def running():
    server = Server()
    with serving(application(server)) as url:
        server.address = url.rstrip("/")
        yield server


@pytest.fixture
def server(running: Server) -> Server:
    running.failures, running.asked, running.keys = [], [], set()
    running.model, running.dimensions = "acme/words", 48
    return running


def quick(server: Server, path: str = "") -> Endpoint:
    return Endpoint(server.address + path, seconds=0.5, pauses=(0.01, 0.01), largest=2_000_000)


def test_both_protocols_give_vectors_of_length_one_in_the_order_of_the_texts(server: Server) -> None:
    texts = [f"text {number}" for number in range(70)]
    tei, openai = TEIEmbeddings(quick(server)), OpenAIEmbeddings(quick(server, "/v1"), "words")
    found = tei.embed_documents(texts)
    assert found == openai.embed_documents(texts) and len(found) == 70
    assert all(abs(sum(value * value for value in vector) - 1) < 1e-9 for vector in found)
    assert [count for path, count in server.asked if path == "embed" and count > 1] == [32, 32, 6]
    assert tei.embed_query("text 3") == found[3]
    assert (tei.identity, openai.identity) == ("tei/acme/words/abc", "openai/words/48")
    assert tei.count_tokens(["three words here"]) == [5] and openai.count_tokens(["three words here"])[0] >= 5
    assert tei.max_tokens == 512 and tei.dimensions == 48


def test_a_cross_encoder_behind_an_address(server: Server) -> None:
    reranker = TEIReranker(quick(server))
    texts = ["nothing", "when was the tram opened", "the tram"]
    assert reranker.scores("When was the tram opened?", texts) == [-1.0, 4.0, 1.0]
    assert reranker.identity == "tei/acme/words/abc" and reranker.scores("x", []) == []


def test_a_server_that_is_busy_for_a_moment_is_asked_again(server: Server) -> None:
    server.failures = [503, 429]
    assert len(TEIEmbeddings(quick(server)).embed_query("once")) == 48


@pytest.mark.parametrize(
    ("failures", "said"),
    [
        ([500], "status 500"),
        ([401], "status 401"),
        ([503, 503, 503], "status 503"),
        (["garbage"], "not JSON"),
        (["gzip"], "does not work"),
        (["redirect"], "status 307"),
        (["hang"], "does not work"),
        ([[]], "unexpected reply"),
        ([{"data": "?"}], "unexpected reply"),
        ([[["a", "b"]]], "unexpected reply"),
        ([[[]]], "unexpected reply"),
        ([[[1.0], [1.0]]], "unexpected reply"),
        (["trickle"], "no complete reply"),
        (["endless"], "more than 2,000,000 bytes"),
    ],
)
def test_every_failure_is_one_sentence(server: Server, failures: list, said: str) -> None:
    server.failures = failures
    with pytest.raises(ModelUnavailable, match=said) as caught:
        TEIEmbeddings(quick(server)).embed_query("text")
    assert server.address in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize("order", [(0, 0, 1), (0, 1), (1, 2, 3), (0, 1, "2"), (0, 1, 2, 3)])
def test_a_reply_that_names_a_text_twice_or_not_at_all_is_refused(server: Server, order: tuple) -> None:
    server.failures = [
        [{"index": n, "score": 1.0} for n in order],
        {"data": [{"index": n, "embedding": [1.0]} for n in order]},
    ]
    with pytest.raises(ModelUnavailable, match="unexpected reply"):
        TEIReranker(quick(server)).scores("question", ["a", "b", "c"])
    with pytest.raises(ModelUnavailable, match="unexpected reply"):
        OpenAIEmbeddings(quick(server), "words").embed_documents(["a", "b", "c"])


def test_nobody_at_the_address(unused_port: int) -> None:
    endpoint = Endpoint(f"http://127.0.0.1:{unused_port}", seconds=0.5, pauses=(0.01,))
    with pytest.raises(ModelUnavailable, match="check that it runs"):
        TEIEmbeddings(endpoint).embed_query("text")


@pytest.fixture
def unused_port() -> int:
    from server_doubles import free_port

    return free_port()


@pytest.mark.parametrize(
    "name",
    [
        "tei:http://[a",
        "tei:http://a:b",
        "tei:http://a?key=secret",
        "tei:",
        "tei:ftp://127.0.0.1",
        "tei:http://user:secret@127.0.0.1",
        "openai:http://x",
        "openai:m@",
        "openai:@x",
    ],
)
def test_what_is_no_address_is_refused_without_telling_secrets(name: str) -> None:
    with pytest.raises(ModelUnavailable, match="give") as caught:
        open_embeddings(name)
    assert "secret" not in str(caught.value)


def test_a_key_is_sent_only_to_an_address_that_the_caller_names(server: Server, tmp_path: Path, monkeypatch) -> None:
    """A data folder from somebody else must not collect the keys of whoever opens it."""
    monkeypatch.setenv("FOOTNOTE_ENDPOINT_KEY", "for-embedding")
    monkeypatch.setenv("FOOTNOTE_RERANKER_KEY", "for-reranking")
    name = f"tei:{server.address}"
    (tmp_path / "tram.txt").write_text(TEXT)
    with open_index(tmp_path / "home", embeddings=name, reranker="off") as index:
        index.add(tmp_path / "tram.txt")
    assert server.keys == {"Bearer for-embedding"}
    server.keys.clear()
    with open_index(tmp_path / "home", reranker="off") as index:
        index.embeddings.embed_query("text")
        assert server.keys == {""}
        server.failures = [401]
        with pytest.raises(ModelUnavailable, match="name the model too"):
            index.embeddings.embed_query("text")
    server.keys.clear()
    open_reranker(name).scores("question", ["text"])
    assert server.keys == {"Bearer for-reranking"}


def test_a_key_that_no_header_can_carry_is_named(server: Server, monkeypatch) -> None:
    monkeypatch.setenv("FOOTNOTE_ENDPOINT_KEY", "schl\u00fcssel")
    with pytest.raises(ModelUnavailable, match="FOOTNOTE_ENDPOINT_KEY"):
        TEIEmbeddings(quick(server)).embed_query("text")


def test_openai_has_no_reranking() -> None:
    with pytest.raises(ModelUnavailable, match="cannot rerank"):
        open_reranker("openai:model@http://127.0.0.1:1/v1")


def test_another_model_behind_the_address_is_refused_and_vectors_of_another_length_too(server, tmp_path: Path) -> None:
    (tmp_path / "tram.txt").write_text(TEXT)
    name = f"tei:{server.address}"
    with open_index(tmp_path / "home", embeddings=name, reranker=name) as index:
        assert index.add(tmp_path / "tram.txt").passages_embedded == 1
        assert index.retrieve("When was the tram opened?", 1)[0].why.reranker_score == 3.0
    server.model = "acme/other"
    with pytest.raises(ModelMismatch, match="acme/words"):
        open_index(tmp_path / "home", embeddings=name)
    server.model = "acme/words"
    embeddings = TEIEmbeddings(quick(server))
    assert embeddings.dimensions == 48
    server.dimensions = 32
    with pytest.raises(ModelUnavailable, match="different lengths"):
        embeddings.embed_query("text")


def test_from_the_command_line_with_a_key_that_is_kept_nowhere(server: Server, tmp_path: Path) -> None:
    (tmp_path / "tram.txt").write_text(TEXT)
    (tmp_path / "key").write_text("a-secret-key\n")
    home = tmp_path / "home"

    def footnote(*words: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            [sys.executable, "-m", "footnoted.assistant", *words, "--home", str(home)], cwd=REPOSITORY,
            capture_output=True, text=True, timeout=60, env=os.environ | {
                "FOOTNOTE_EMBEDDING_MODEL": f"openai:words@{server.address}/v1", "FOOTNOTE_THRESHOLD": "-9",
                "FOOTNOTE_RERANKER": f"tei:{server.address}", "FOOTNOTE_ENDPOINT_KEY_FILE": str(tmp_path / "key"),
                "FOOTNOTE_RERANKER_KEY_FILE": str(tmp_path / "key"),
            },
        )  # fmt: skip

    added = footnote("add", str(tmp_path / "tram.txt"))
    assert added.returncode == 0, added.stderr
    asked = footnote("ask", "When was the tram opened?", "--json")
    assert asked.returncode == 0 and "14 March 2024" in json.loads(asked.stdout)["text"]
    assert server.keys == {"Bearer a-secret-key"}
    for file in home.rglob("*"):
        assert not file.is_file() or b"a-secret-key" not in file.read_bytes()
    server.failures = [500] * 9
    refused = footnote("search", "When was the tram opened?")
    assert refused.returncode == 1 and "status 500" in refused.stderr and "Traceback" not in refused.stderr
