"""Many people asking one server while documents are added: errors, lost documents, waiting times and memory.

    python tests/benchmarks/load.py [--users 32] [--minutes 10] [--questions 2000] [--documents 300] [--every 3]
                                     [--write]

Starts ``footnote serve`` with the bundled models on a new data folder that holds documents of squad2 and asks its
questions, each user one after another without a pause, over a connection of its own. Meanwhile somebody uploads a
document every few seconds. It goes on until both the minutes and ``--questions`` are over. Exit code 1 when a question
failed, a document was lost, or memory grew by more than 5 % from the first 400 questions on.
"""

from __future__ import annotations

import argparse
import http.client
import itertools
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from measures import BENCH, REPOSITORY, write_results

WARM_UP = 400  # questions: by then every thread has had some of each kind, and the longest passages were read
MOST_GROWTH = 0.05


class Load:
    """One run against a server at ``port``: what was asked, what came back, how long it took."""

    def __init__(self, port: int, questions: list[str]) -> None:
        self.port, self.questions = port, itertools.cycle(questions)
        self.seconds: list[float] = []
        self.errors: list[str] = []
        self.uploaded: list[str] = []
        self.memory: list[tuple[int, float]] = []
        self.over = threading.Event()
        self._next = threading.Lock()

    def user(self) -> None:
        """Ask until it is over."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=300)
        while not self.over.is_set():
            with self._next:
                question = next(self.questions)
            begun = time.perf_counter()
            try:
                answer = request(connection, "POST", "/api/answer", {"question": question})
                if not answer.get("done"):
                    self.errors.append(f"unfinished: {question}")
            except (OSError, ValueError, http.client.HTTPException) as error:
                self.errors.append(f"{type(error).__name__}: {error}")
                connection.close()
            self.seconds.append(time.perf_counter() - begun)
        connection.close()

    def writer(self, every: float) -> None:
        """Upload a document now and then, and wait until it is in the index."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=300)
        for number in itertools.count():
            if self.over.wait(every):
                break
            name, word = f"load-{number}.txt", f"loadword{number:05d}"
            body = (
                f'--b\r\ncontent-disposition: form-data; name="files"; filename="{name}"\r\n\r\n'
                f"The parcel {word} was sent on day {number}. It weighs {number} grams.\r\n--b--\r\n"
            )
            connection.request("POST", "/api/documents", body, {"content-type": "multipart/form-data; boundary=b"})
            reply = connection.getresponse()
            job = json.loads(reply.read())
            while not job.get("done") and reply.status == 202:
                time.sleep(0.2)
                job = request(connection, "GET", f"/api/jobs/{job['job']}")
            if reply.status != 202 or not job["report"]["added"]:
                self.errors.append(f"upload: {job}")
            else:
                self.uploaded.append(word)
        connection.close()

    def lost(self) -> int:
        """How many uploaded documents are not among the first found by the word that only they have.

        Among all others of their kind: the first place may go to one that is nearer in meaning, as all are alike.
        """
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=300)
        found = 0
        for word in self.uploaded:
            reply = request(connection, "POST", "/api/search", {"question": word, "k": 20, "rerank": False})
            found += any(word in passage["text"] for passage in reply["passages"])
        connection.close()
        return len(self.uploaded) - found

    def watcher(self, process: int) -> None:
        """The memory of the server, every second, beside how many questions were answered by then."""
        while not self.over.wait(1.0):
            self.memory.append((len(self.seconds), resident(process)))


def request(connection: http.client.HTTPConnection, method: str, path: str, body: object = None) -> dict:
    """A JSON reply. Raises ValueError when it is an error."""
    headers = {"content-type": "application/json"}
    connection.request(method, path, None if body is None else json.dumps(body), headers)
    reply = connection.getresponse()
    value = json.loads(reply.read())
    if reply.status >= 400:
        raise ValueError(f"{reply.status}: {value}")
    return value


def resident(process: int) -> float:
    """Megabytes that a process holds."""
    status = Path(f"/proc/{process}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1000


def figures(load: Load, minutes: float, users: int, lost: int) -> dict:
    """The table of a run."""
    warm = [size for asked, size in load.memory if asked >= min(WARM_UP, len(load.seconds) // 4)]
    part = max(len(warm) // 10, 1)
    first, last = statistics.median(warm[:part]), statistics.median(warm[-part:])
    ordered = sorted(load.seconds)
    return {
        "users": users, "minutes": round(minutes, 1), "questions": len(ordered), "errors": len(load.errors),
        "questions_a_second": round(len(ordered) / minutes / 60, 2),
        "p50_seconds": round(statistics.median(ordered), 2),
        "p95_seconds": round(ordered[int(len(ordered) * 0.95)], 2), "slowest_seconds": round(ordered[-1], 2),
        "documents_added": len(load.uploaded), "documents_lost": lost, "memory_mb_warm": round(first),
        "memory_mb_end": round(last), "memory_growth": round(last / first - 1, 4), "cores": os.cpu_count(),
    }  # fmt: skip


def started(home: str, port: int) -> subprocess.Popen:
    """A server that is ready."""
    process = subprocess.Popen(
        [sys.executable, "-m", "footnoted.assistant", "serve", "--port", str(port)], cwd=REPOSITORY,
        env=os.environ | {"FOOTNOTE_HOME": home, "FOOTNOTE_QUESTIONS_WAITING": "1000"}, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    limit = time.monotonic() + 120
    while time.monotonic() < limit and process.poll() is None:
        time.sleep(0.5)
        try:
            request(http.client.HTTPConnection("127.0.0.1", port, timeout=5), "GET", "/ready")
            return process
        except (OSError, ValueError):
            continue
    raise SystemExit("The server did not become ready.")


def main() -> int:
    """Run it; the exit code says whether everything held."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--users", type=int, default=32)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--questions", type=int, default=2000, help="at least so many")
    parser.add_argument("--documents", type=int, default=300, help="of squad2, in the index from the beginning")
    parser.add_argument("--every", type=float, default=3.0, help="seconds between uploads")
    parser.add_argument("--port", type=int, default=7991)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    questions = [json.loads(line)["question"] for line in (BENCH / "squad2" / "questions.jsonl").open()]
    with tempfile.TemporaryDirectory() as home:
        corpus = Path(home) / "corpus.jsonl"
        with (BENCH / "squad2" / "corpus.jsonl").open() as lines:
            corpus.write_text("".join(itertools.islice(lines, options.documents)))
        adding = [sys.executable, "-m", "footnoted.assistant", "add", str(corpus), "--home", home, "--json"]
        subprocess.run(adding, cwd=REPOSITORY, check=True, stdout=subprocess.DEVNULL)
        process = started(home, options.port)
        try:
            load = Load(options.port, questions)
            threads = [threading.Thread(target=load.user) for _ in range(options.users)]
            threads.append(threading.Thread(target=load.writer, args=(options.every,)))
            threads.append(threading.Thread(target=load.watcher, args=(process.pid,)))
            for thread in threads:
                thread.start()
            begun = time.monotonic()
            while time.monotonic() - begun < options.minutes * 60 or len(load.seconds) < options.questions:
                time.sleep(1)
            load.over.set()
            minutes = (time.monotonic() - begun) / 60
            for thread in threads:
                thread.join()
            measured = figures(load, minutes, options.users, load.lost())
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(30)
    for name, value in measured.items():
        print(f"{name:20} {value}")
    for error in load.errors[:10]:
        print(error)
    if options.write:
        write_results("load", measured)
    bad = measured["errors"] or measured["documents_lost"] or measured["memory_growth"] > MOST_GROWTH
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
