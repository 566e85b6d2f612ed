"""Vectors on a Chroma server: two processes and a writer see the same, and a server that goes away comes back."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from chroma_server import chroma
from doubles import assert_in_step, open_double
from fastapi import FastAPI, Request, Response
from server_doubles import free_port, serving

from footnoted.index.errors import HomeUnusable, StoreUnreachable
from footnoted.index.store.vector_server import choose_vector_server, server_of


@pytest.fixture
def server(tmp_path):
    if not Path(sys.executable).with_name("chroma").exists():
        pytest.skip("the command chroma is not installed beside this Python")
    folder = tmp_path / "server"
    folder.mkdir()
    return folder, free_port()


def file(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text)
    return path


@pytest.mark.slow
def test_two_processes_and_a_writer_work_on_one_server(tmp_path, server):
    folder, port = server
    home = tmp_path / "home"
    choose_vector_server(home, f"http://127.0.0.1:{port}")
    with chroma(folder, port), open_double(home) as one, open_double(home) as other, open_double(home) as writer:
        writer.add([file(tmp_path, "mill.txt", "The mill burnt down in 1950.")])
        assert one.retrieve("mill", 1) and other.retrieve("mill", 1)
        assert not (home / "vectors").exists()
        for number in range(5):
            writer.add([file(tmp_path, f"{number}.txt", f"Number {number} is a zeppelin of {1900 + number}.")])
            for reader in (one, other):
                assert reader.retrieve(f"Number {number}", 1)[0].document_id == f"{number}.txt"
                assert reader.vectors.count() == writer.vectors.count() == number + 2
        writer.remove("mill.txt")
        assert all("mill" not in passage.text for passage in one.retrieve("mill", 9))
        assert_in_step(writer)


@pytest.mark.slow
def test_a_server_that_goes_away_is_told_and_comes_back(tmp_path, server):
    folder, port = server
    home = tmp_path / "home"
    choose_vector_server(home, f"http://127.0.0.1:{port}")
    with open_double(home) as index:
        with pytest.raises(StoreUnreachable, match=f"http://127.0.0.1:{port} does not answer"):
            index.add([file(tmp_path, "early.txt", "Too early.")])
        with chroma(folder, port):
            index.add([file(tmp_path, "mill.txt", "The mill burnt down in 1950.")])
        for _ in range(2):
            with pytest.raises(StoreUnreachable, match="nothing is lost"):
                index.retrieve("mill", 1)
        with pytest.raises(StoreUnreachable):
            index.add([file(tmp_path, "late.txt", "Nobody is there.")])
        with open_double(home) as other, pytest.raises(StoreUnreachable):
            other.retrieve("mill", 1)
        with chroma(folder, port):
            embedded = len(index.embeddings.embedded)
            assert index.retrieve("mill", 1)[0].document_id == "mill.txt"
            assert len(index.embeddings.embedded) == embedded, "nothing was made again"
            index.add([tmp_path / "late.txt", tmp_path / "early.txt"])
            assert_in_step(index)
        shutil.rmtree(folder)
        folder.mkdir()
        with chroma(folder, port):  # the server lost its data: made again from the stored texts
            assert index.retrieve("mill", 1)[0].document_id == "mill.txt"
            assert_in_step(index)


@pytest.mark.slow
def test_vectors_move_to_a_server_and_back(tmp_path, server):
    folder, port = server
    home = tmp_path / "home"
    with open_double(home) as index:
        index.add([file(tmp_path, "mill.txt", "The mill burnt down in 1950.")])
    with chroma(folder, port):
        choose_vector_server(home, f"http://127.0.0.1:{port}")
        choose_vector_server(home, "")
        with open_double(home) as index:
            assert index.retrieve("mill", 1)
            assert_in_step(index)
    choose_vector_server(home, "embedded")
    with open_double(home) as index:
        assert_in_step(index)


def door(port: int, key: str) -> FastAPI:
    """Lets through to a server whoever brings the key."""
    application = FastAPI()

    @application.api_route("/{path:path}", methods=["GET", "POST", "PUT", "DELETE"])
    async def forward(path: str, request: Request) -> Response:
        if request.headers.get("x-chroma-token") != key or request.headers.get("authorization") != f"Bearer {key}":
            return Response(json.dumps({"error": "AuthError", "message": "no key"}), 401, media_type="application/json")
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as inner:
            body, asked = await request.body(), request.url.query
            headers = {"content-type": request.headers.get("content-type", "application/json")}
            reply = await inner.request(request.method, f"/{path}?{asked}", content=body, headers=headers, timeout=60)
        return Response(reply.content, reply.status_code, media_type=reply.headers.get("content-type"))

    return application


@pytest.mark.slow
def test_a_server_with_a_key_and_tenants(tmp_path, server, monkeypatch):
    folder, port = server
    home = tmp_path / "home"
    mill = file(tmp_path, "mill.txt", "The mill burnt down in 1950.")
    with chroma(folder, port), serving(door(port, "open-sesame")) as url:
        made = httpx.post(f"http://127.0.0.1:{port}/api/v2/tenants", json={"name": "acme"})
        made = httpx.post(f"http://127.0.0.1:{port}/api/v2/tenants/acme/databases", json={"name": "papers"})
        assert made.status_code == 200
        choose_vector_server(home, f"{url}acme/papers")
        # In a process of its own: Chroma leaves the connection of a client that is turned away to the collector.
        code = "import sys; from doubles import open_double; open_double(sys.argv[1]).add([sys.argv[2]])"
        tests = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
        (tmp_path / "key").write_text("open-sesame\n")
        key = {"FOOTNOTE_CHROMA_KEY_FILE": str(tmp_path / "key")}
        wrong = {"FOOTNOTE_CHROMA_KEY": "abracadabra", "FOOTNOTE_CHROMA_URL": url}
        elsewhere = key | {"FOOTNOTE_CHROMA_URL": "https://vectors.example"}
        for given in (wrong, elsewhere):  # a key is sent only to the server that the environment names too
            ran = subprocess.run(
                [sys.executable, "-c", code, str(home), str(mill)], capture_output=True, env=tests | given
            )
            assert b"StoreUnreachable" in ran.stderr and b"asks for a key" in ran.stderr and ran.returncode == 1
        for name, value in (key | {"FOOTNOTE_CHROMA_URL": f"{url}acme/papers"}).items():
            monkeypatch.setenv(name, value)
        with open_double(home) as index:
            index.add([mill])
            assert index.retrieve("mill", 1)[0].document_id == "mill.txt"
            assert_in_step(index)
        held = httpx.get(f"http://127.0.0.1:{port}/api/v2/tenants/acme/databases/papers/collections").json()
        assert [collection["name"] for collection in held] == [server_of(home / "vectors").collection]
    assert "open-sesame" not in (home / "chroma.json").read_text()


@pytest.mark.parametrize(
    "url",
    [
        "x",
        "http://",
        "ftp://a",
        "http://a:b",
        "http://a/path",
        "127.0.0.1:8000",
        "http://a/b/c/d",
        "http://u:p@a",
        "http://[a",
        "http://h?key=abc",
    ],
)
def test_an_address_that_is_none_is_refused(tmp_path, url):
    with pytest.raises(HomeUnusable, match="not the address") as caught:
        choose_vector_server(tmp_path, url)
    assert "abc" not in str(caught.value)
    assert server_of(tmp_path / "vectors") is None


@pytest.mark.parametrize(
    ("named", "sent"),
    [
        ("https://vectors.example:8443", True),
        ("https://VECTORS.example:8443/acme/papers", True),
        ("", False),
        ("http://vectors.example:8443", False),
        ("https://vectors.example", False),
        ("https://vectors.example.evil:8443", False),
        ("https://evil@vectors.example:8443", False),
        ("https://[a", False),
    ],
)
def test_the_key_is_for_the_server_that_the_environment_names(tmp_path, monkeypatch, named, sent):
    choose_vector_server(tmp_path, "https://vectors.example:8443")
    monkeypatch.setenv("FOOTNOTE_CHROMA_KEY", "open-sesame")
    monkeypatch.setenv("FOOTNOTE_CHROMA_URL", named)
    assert server_of(tmp_path / "vectors").key == ("open-sesame" if sent else "")


def test_each_edition_has_a_collection_of_its_own(tmp_path):
    choose_vector_server(tmp_path, "https://vectors.example:8443")
    first, second = server_of(tmp_path / "vectors"), server_of(tmp_path / "edition-2" / "vectors")
    assert (first.host, first.port, first.secure) == ("vectors.example", 8443, True)
    assert first.collection.endswith("-1") and second.collection == first.collection[:-1] + "2"
    (tmp_path / "chroma.json").write_text("{")
    with pytest.raises(HomeUnusable, match="names the server"):
        server_of(tmp_path / "vectors")
