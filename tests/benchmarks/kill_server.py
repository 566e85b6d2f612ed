"""A server killed again and again in the middle of answers and uploads: what was acknowledged is whole afterwards.

    python tests/benchmarks/kill_server.py [--kills 20] [--port 7993]

Each round starts ``footnote serve`` on the same data folder, asks and uploads from several threads, and ends it with
SIGKILL after a random time. After every round: each upload that was reported as added is in the index with its words,
the data folder holds every conversation that was there, and its database is sound. After the last, ``footnote doctor``
finds nothing that ``--repair`` does not mend. Exit code 1 when something was lost.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import closing, suppress
from pathlib import Path

from load import request, started
from measures import REPOSITORY

from footnoted.assistant.web.conversations.conversations import Conversations


def uploads(port: int, number: int, acknowledged: list[str], over: threading.Event) -> None:
    """Upload documents until the server is gone; what it reports as added is kept."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    with suppress(OSError, ValueError, http.client.HTTPException):
        for place in range(1000):
            if over.is_set():
                return
            word = f"killword{number:03d}x{place:03d}"
            body = (
                f'--b\r\ncontent-disposition: form-data; name="files"; filename="{word}.txt"\r\n\r\n'
                f"The parcel {word} was sent on day {place}.\r\n--b--\r\n"
            )
            connection.request("POST", "/api/documents", body, {"content-type": "multipart/form-data; boundary=b"})
            job = json.loads(connection.getresponse().read())
            while not job["done"]:
                time.sleep(0.02)
                job = request(connection, "GET", f"/api/jobs/{job['job']}")
            if job["report"]["added"]:
                acknowledged.append(word)


def asks(port: int, over: threading.Event) -> None:
    """Ask, streamed, until the server is gone."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    with suppress(OSError, ValueError, http.client.HTTPException):
        while not over.is_set():
            body = json.dumps({"question": "When was the parcel sent?", "stream": True})
            connection.request("POST", "/api/answer", body, {"content-type": "application/json"})
            connection.getresponse().read()


def lost(home: str, acknowledged: list[str], conversations: int) -> list[str]:
    """What should be there and is not, read from the data folder itself."""
    problems = []
    with closing(sqlite3.connect(Path(home) / "catalog.sqlite")) as catalog:
        texts = "\n".join(row[0] for row in catalog.execute(
            "SELECT text FROM contents WHERE id IN (SELECT content_id FROM documents)"
        ))  # fmt: skip
    problems += [f"document {word} is lost" for word in acknowledged if word not in texts]
    with closing(sqlite3.connect(Path(home) / "conversations.sqlite3")) as kept:
        if kept.execute("PRAGMA integrity_check").fetchone()[0] != "ok":
            problems.append("the conversations are damaged")
        if (found := kept.execute("SELECT count(*) FROM conversations").fetchone()[0]) != conversations:
            problems.append(f"{found} of {conversations} conversations are there")
    return problems


def main() -> int:
    """Run it; the exit code says whether everything held."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--port", type=int, default=7993)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    chance, acknowledged, problems = random.Random(options.seed), list[str](), list[str]()
    with tempfile.TemporaryDirectory() as home:
        for number in range(options.kills):
            kept = Conversations(Path(home) / "conversations.sqlite3")
            kept.add("user", kept.begin("user", f"Question {number}?"), "When?", {"text": "Then."})
            kept.close()
            process, over = started(home, options.port), threading.Event()
            threads = [threading.Thread(target=asks, args=(options.port, over)) for _ in range(3)]
            threads.append(threading.Thread(target=uploads, args=(options.port, number, acknowledged, over)))
            for thread in threads:
                thread.start()
            time.sleep(chance.uniform(0.3, 4.0))
            process.kill()
            process.wait()
            over.set()
            for thread in threads:
                thread.join()
            problems += lost(home, acknowledged, number + 1)
            print(
                f"kill {number + 1}: {len(acknowledged)} documents acknowledged, {len(problems)} problems", flush=True
            )
        doctor = [sys.executable, "-m", "footnoted.assistant", "doctor", "--repair", "--json", "--home", home]
        said = subprocess.run(doctor, cwd=REPOSITORY, env=os.environ, capture_output=True, text=True, check=False)
        left = json.loads(said.stdout)["left"] if said.stdout else [said.stderr]
        problems += [f"doctor: {line}" for line in left]
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
