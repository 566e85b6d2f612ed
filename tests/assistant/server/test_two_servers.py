"""Two real servers over one Chroma server, while a third process adds documents: all see the same, and soon."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest
from chroma_server import chroma
from places import REPOSITORY
from server_doubles import free_port

SOON = 5.0  # seconds after which a new document must be seen
WRITER = """
import sys
from footnoted.index import open_index
with open_index(sys.argv[1], reranker="off") as index:
    for path in sys.stdin:
        index.add([path.strip()])
        print("added", flush=True)
"""


@contextmanager
def running(environment: dict[str, str], port: int):
    """``footnote serve``; a client of it when it is ready."""
    command = [sys.executable, "-m", "footnoted.assistant", "serve", "--port", str(port)]
    process = subprocess.Popen(command, cwd=REPOSITORY, env=environment, stdout=subprocess.DEVNULL)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
            limit = time.monotonic() + 90
            while time.monotonic() < limit:
                assert process.poll() is None, "the server ended"
                try:
                    if client.get("/ready").status_code == 200:
                        break
                except httpx.TransportError:
                    pass
                time.sleep(0.2)
            yield client
    finally:
        process.terminate()
        assert process.wait(30) is not None


def seen(client: httpx.Client, word: str) -> bool:
    reply = client.post("/api/search", json={"question": word, "k": 20, "rerank": False})
    assert reply.status_code == 200, reply.text
    return any(word in passage["text"] for passage in reply.json()["passages"])


def documents(client: httpx.Client) -> list[str]:
    return sorted(one["title"] for one in client.get("/api/documents").json()["documents"])


@pytest.mark.slow
def test_two_servers_and_a_writer_on_one_chroma_server(tmp_path):
    if not Path(sys.executable).with_name("chroma").exists():
        pytest.skip("the command chroma is not installed beside this Python")
    (tmp_path / "vectors").mkdir()
    home, port = tmp_path / "home", free_port()
    environment = os.environ | {
        "FOOTNOTE_HOME": str(home),
        "FOOTNOTE_CHROMA_URL": f"http://127.0.0.1:{port}",
        "FOOTNOTE_RERANKER": "off",
    }
    (tmp_path / "mill.txt").write_text("The mill burnt down in 1950.")
    with ExitStack() as stack:
        stack.enter_context(chroma(tmp_path / "vectors", port))
        added = subprocess.run(
            [sys.executable, "-m", "footnoted.assistant", "add", str(tmp_path / "mill.txt")],
            cwd=REPOSITORY, env=environment, capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        assert added.returncode == 0, added.stderr
        servers = [stack.enter_context(running(environment, free_port())) for _ in range(2)]
        writer = stack.enter_context(
            subprocess.Popen(
                [sys.executable, "-c", WRITER, str(home)],
                cwd=REPOSITORY,
                env=environment,
                text=True,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )  # fmt: skip
        )
        stack.callback(writer.kill)
        for number in range(4):
            path, word = tmp_path / f"parcel-{number}.txt", f"parcelword{number:03d}"
            path.write_text(f"The parcel {word} was sent on day {number}.")
            print(path, file=writer.stdin, flush=True)
            assert writer.stdout.readline() == "added\n"
            limit = time.monotonic() + SOON
            while not all(seen(server, word) for server in servers):
                assert time.monotonic() < limit, f"{word} was not seen in {SOON:g} seconds"
            assert documents(servers[0]) == documents(servers[1])
        # Each server writes too: one after the other, and both while the writer lives.
        for number, server in enumerate(servers):
            name, word = f"letter-{number}.txt", f"letterword{number}"
            job = server.post("/api/documents", files={"files": (name, f"The letter {word} is lost.")}).json()
            while not job.get("done"):
                time.sleep(0.1)
                job = server.get(f"/api/jobs/{job['job']}").json()
            assert job["report"]["added"], job
            assert all(seen(each, word) for each in servers)
        assert documents(servers[0]) == documents(servers[1])
        assert len(documents(servers[0])) == 7
        answers = [
            each.post("/api/answer", json={"question": "When did the mill burn down?"}).json() for each in servers
        ]
        assert all("1950" in answer["text"] and answer["citations"] for answer in answers)
        status = [each.get("/api/documents").json() for each in servers]
        assert sum(one["passages"] for one in status[0]["documents"]) == 7
