"""The whole way with the real models: the sample article, a public question set, no network, a served model."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from places import REPOSITORY
from small_indexes import assert_holds

from footnoted.assistant import REFUSAL, open_assistant
from footnoted.assistant.cli import main
from footnoted.assistant.settings import Settings
from footnoted.index import open_index

QUESTIONS = 20
RELEASED = "When was the annual country report on terrorism released?"


def read(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def same(answer):
    return replace(answer, timings={})


# The sample article ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def seed_home(shared, tmp_path_factory) -> Path:
    home = tmp_path_factory.mktemp("seed") / "home"
    assert main(["add", str(shared / "seed"), "--home", str(home)]) == 0
    return home


@pytest.fixture(scope="module")
def seed(seed_home):
    with open_assistant(seed_home) as assistant:
        yield assistant


def test_a_question_gets_its_date_and_quotes_the_sentence_it_stands_in(seed_home, capsys):
    assert main(["ask", RELEASED, "--home", str(seed_home)]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "which was released on June 24. [1]" in shown
    assert "[1] 000_0319b98637130d0c.txt: “Pakistan remained a safe harbor" in shown


def test_a_question_that_the_documents_do_not_answer_is_refused_with_the_nearest_passages(seed_home, capsys):
    assert main(["ask", "Who is the prime minister of Canada?", "--home", str(seed_home)]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith(REFUSAL)
    assert "The nearest passages:" in shown and "000_0319b98637130d0c.txt" in shown
    assert "canada" in shown


def test_every_citation_of_every_sample_question_reads_back(seed, shared):
    right = 0
    for case in read(shared / "seed" / "questions.jsonl"):
        answer = seed.answer(case["question"], case.get("history", ()))
        assert_holds(answer, seed.index.text_of)
        right += answer.refused if not case["answerable"] else any(wanted in answer.text for wanted in case["answers"])
        for citation in answer.citations:
            assert "Accessibility links" not in citation.quote and "16x9 Image" not in citation.quote
    assert right >= 9, "of 12"


def test_the_boilerplate_of_the_page_does_no_harm(seed):
    passages = seed.index.retrieve("army tanks in Miran Shah", k=5)
    answer = seed.answer("Where did Pakistani army tanks form a column?")
    assert_holds(answer, seed.index.text_of)
    assert passages and answer.text.count("Pakistani army tanks form a column") <= 1, (
        "the doubled caption is shown once"
    )


def test_adding_twice_changes_nothing_and_the_answer_stays_the_same(seed, shared):
    before = same(seed.answer(RELEASED))
    report = seed.index.add(shared / "seed")
    assert (len(report.added), len(report.changed), len(report.unchanged), report.passages_embedded) == (0, 0, 1, 0)
    assert same(seed.answer(RELEASED)) == before


# A public question set ---------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_every_citation_of_twenty_public_questions_reads_back(shared, tmp_path):
    cases = read(shared / "bench" / "squad2" / "questions.jsonl")[:QUESTIONS]
    needed = {name for case in cases for name in [*case["relevant"], *case["related"]]}
    corpus = read(shared / "bench" / "squad2" / "corpus.jsonl")
    kept = [record for record in corpus if record["id"] in needed]
    kept += [record for record in corpus if record["id"] not in needed][::30]
    file = tmp_path / "corpus.jsonl"
    file.write_text("".join(json.dumps(record) + "\n" for record in kept), encoding="utf-8")
    texts = {record["id"]: record["text"] for record in kept}
    contained = refused = 0
    with open_index(tmp_path / "home") as index:
        assert len(index.add(file).added) == len(kept) > len(needed)
        assistant = open_assistant(index=index)
        for case in cases:
            answer = assistant.answer(case["question"])
            assert_holds(answer, index.text_of)
            for citation in answer.citations:
                assert citation.quote in texts[citation.document_id]
            contained += case["answerable"] and any(
                wanted.casefold() in answer.text.casefold() for wanted in case["answers"]
            )
            refused += case["answerable"] and answer.refused
    answerable = sum(case["answerable"] for case in cases)
    assert contained >= 0.7 * answerable
    assert refused <= 0.1 * answerable


# Without a network -------------------------------------------------------------------------------------------------


def without_network(*arguments: str) -> subprocess.CompletedProcess:
    """Runs ``footnote`` where no network exists at all: in a network namespace of its own, without even a loopback."""
    unshare = shutil.which("unshare")
    if unshare is None or subprocess.run([unshare, "-n", "true"], capture_output=True).returncode != 0:
        pytest.skip("a network namespace cannot be made here: run as root with util-linux installed")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "FOOTNOTE_"))}
    return subprocess.run(
        [unshare, "-n", sys.executable, "-W", "error::ResourceWarning", "-m", "footnoted.assistant", *arguments],
        capture_output=True, text=True, timeout=120, cwd=REPOSITORY, env=environment,
    )  # fmt: skip


def test_adding_and_asking_work_with_the_network_cut_off(tmp_path):
    file, home = tmp_path / "mill.txt", tmp_path / "home"
    file.write_text("The mill of Kell was built by Anna Brandt. The mill burnt down in 1950.\n")
    added = without_network("--home", str(home), "add", str(file))
    assert added.returncode == 0
    assert all(" documents, " in line for line in added.stderr.splitlines()), "progress, on a slow machine, and no more"
    assert added.stdout.startswith("1 added")
    asked = without_network("ask", "--home", str(home), "--json", "When did the mill burn down?")
    assert (asked.returncode, asked.stderr) == (0, "")
    answer = json.loads(asked.stdout)
    assert answer["citations"][0]["quote"] == "The mill burnt down in 1950."


# A real server that speaks the OpenAI protocol ---------------------------------------------------------------------


class _Server(ThreadingHTTPServer):
    """Answers ``/v1/chat/completions`` in the way ``behaviour`` names."""

    daemon_threads = True
    behaviour = "good"
    says = ""

    def handle_error(self, request, client_address) -> None:
        pass  # a client that went away is part of these tests


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def log_message(self, *_: object) -> None:
        pass

    def _send(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        behaviour = self.server.behaviour
        if self.path != "/v1/chat/completions" or request["model"] != "local":
            self._send(404, "application/json", b'{"error": {"message": "no such thing here"}}')
        elif behaviour == "error":
            self._send(500, "application/json", b'{"error": {"message": "out of memory"}}')
        elif behaviour == "garbage":
            self._send(200, "text/html", b"<html><body>Welcome to the router</body></html>")
        elif behaviour == "hangs":
            time.sleep(5)
        else:
            self._stream(cut=behaviour == "cut")

    def _stream(self, cut: bool) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        words = self.server.says.split(" ")
        for number, word in enumerate(words):
            if cut and number == len(words) - 3:
                self.wfile.write(b'data: {"id": "1", "cho')
                return
            self._event({"role": "assistant", "content": word if number == 0 else f" {word}"}, None)
        self._event({}, "stop")
        self.wfile.write(b"data: [DONE]\n\n")

    def _event(self, delta: dict, reason: str | None) -> None:
        choice = {"index": 0, "delta": delta, "finish_reason": reason}
        event = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "local", "choices": [choice]}
        self.wfile.write(f"data: {json.dumps(event)}\n\n".encode())


@contextmanager
def serving(behaviour: str, says: str = "") -> Iterator[str]:
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.behaviour, server.says = behaviour, says
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/v1"
        finally:
            server.shutdown()
            thread.join()


def asking(seed, base_url: str, timeout: float = 30.0):
    settings = Settings(model="openai:local", base_url=base_url, model_timeout=timeout)
    return open_assistant(index=seed.index, settings=settings)


def test_a_served_model_answers_with_checked_citations(seed):
    says = "The report was released on June 24. [1] It was published by the U.S. State Department. [9]"
    with serving("good", says) as base_url:
        snapshots = list(asking(seed, base_url).stream(RELEASED))
    for snapshot in snapshots:
        assert_holds(snapshot, seed.index.text_of)
    answer = snapshots[-1]
    assert (answer.model, answer.notice, answer.done) == ("openai:local", "", True)
    assert answer.sentences[0].supported and "June 24" in answer.citations[0].quote
    assert len(snapshots) > 2, "it is shown as it arrives"


@pytest.mark.parametrize("behaviour", ["error", "garbage", "hangs", "gone"])
def test_a_server_that_fails_leaves_the_quotes_and_a_notice(seed, behaviour):
    says = "The report was released on June 24. [1] It was published by the U.S. State Department. [1]"
    with serving(behaviour, says) as base_url:
        base_url = "http://127.0.0.1:9/v1" if behaviour == "gone" else base_url
        started = time.monotonic()
        answer = asking(seed, base_url, timeout=1.0 if behaviour == "hangs" else 30.0).answer(RELEASED)
        assert time.monotonic() - started < 20
    assert_holds(answer, seed.index.text_of)
    assert answer.notice and "\n" not in answer.notice and len(answer.notice) < 400
    assert [citation.quote for citation in answer.citations] == [c.quote for c in seed.answer(RELEASED).citations]


def test_a_server_that_breaks_off_leaves_the_finished_sentences(seed):
    says = "The report was released on June 24. [1] It was published by the department of the United States. [1]"
    with serving("cut", says) as base_url:
        answer = asking(seed, base_url).answer(RELEASED)
    assert_holds(answer, seed.index.text_of)
    assert answer.text == "The report was released on June 24. [1]" and "broke off" in answer.notice
