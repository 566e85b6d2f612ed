"""Commands on a data folder that a server runs on: they go through it, and say what they would say without it."""

from __future__ import annotations

import json
import os
import re
import socket
import stat
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import uvicorn
from doubles import open_double

from footnoted import index
from footnoted.assistant.answers import Answer, Citation, Sentence
from footnoted.assistant.chain import open_assistant
from footnoted.assistant.cli import main
from footnoted.assistant.server import application, control, remote_index, routes
from footnoted.assistant.server.remote_index import ANNOUNCEMENT, revived
from footnoted.assistant.settings import Settings
from footnoted.index.types import Passage, Report, Why

MILL = "The mill of Kell was built by Anna Brandt. The mill burnt down in 1950.\n"


@contextmanager
def running(home):
    """A real server on a free port over an index with doubles; gives its state."""
    held = open_double(home)
    assistant = open_assistant(index=held, settings=Settings(home=str(home)))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    made = application.create_app(assistant, local_only=True)
    routes.announce(made, made.state.footnote, f"http://127.0.0.1:{port}")
    server = uvicorn.Server(uvicorn.Config(made, port=port, log_level="error", timeout_graceful_shutdown=1, ws="none"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    limit = time.monotonic() + 30
    while not server.started and time.monotonic() < limit:
        time.sleep(0.02)
    try:
        yield made.state.footnote
    finally:
        server.should_exit = True
        thread.join(10)
        made.state.footnote.close()
        held.close()


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    folder = tmp_path_factory.mktemp("served")
    (folder / "mill.txt").write_text(MILL)
    with running(folder / "home") as state:
        yield folder, state


@pytest.fixture
def run(capsys, monkeypatch):
    def command(*arguments) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        shown = capsys.readouterr()
        return code, re.sub(r"[\d.]+ s\.", "S", shown.out), re.sub(r"[\d.]+ s\b", "S", shown.err)

    return command


TIMES = re.compile(r'"added_at": "[^"]*"')


@pytest.fixture
def nothing_is_opened(monkeypatch):
    def refused(*_, **__):
        raise AssertionError("the store was opened beside the server")

    monkeypatch.setattr("footnoted.index.index.open_index", refused)


def test_every_command_goes_through_the_server(served, run, nothing_is_opened, monkeypatch):
    folder, state = served
    home, file = folder / "home", folder / "mill.txt"
    monkeypatch.chdir(folder)
    assert run("add", "mill.txt", "--home", home)[1].startswith("1 added")
    assert str(file) in run("list", "--home", home)[1]
    assert run("show", "mill.txt", "--home", home)[1] == MILL
    assert "Anna Brandt" in run("search", "Who built the mill?", "--home", home)[1]
    answer = json.loads(run("ask", "Who built the mill?", "--home", home, "--json")[1])
    assert answer["citations"] and Answer(**answer | {}).text == answer["text"]
    assert run("doctor", "--home", home)[:2] == (0, "Catalog, vectors and keywords agree.\n")
    assert run("ask", "Who built the mill?", "--source", "nope", "--home", home)[0] == 1
    assert run("remove", "./mill.txt", "--home", home)[1] == f"removed: {file}\n"
    assert not state.index.documents()


def test_what_is_said_and_returned_is_the_same(served, run, monkeypatch, tmp_path):
    """Each command through the server and, in another folder, without one."""
    folder, _ = served
    monkeypatch.setattr("footnoted.index.open_index", lambda home, **options: open_double(home))
    monkeypatch.setattr(index, "open_index", lambda home, **options: open_double(home), raising=False)
    monkeypatch.chdir(folder)
    (folder / "bad.xyz").write_bytes(b"\x00\x01")
    for command in (
        ["list"], ["add", "mill.txt", "missing.txt", "bad.xyz"], ["add", "mill.txt"], ["list"], ["list", "--json"],
        ["search", " "],
        ["show", "mill.txt"], ["show", "missing.txt"], ["remove", "missing.txt"], ["remove", "bad.xyz"],
        ["remove", "mill.txt"], ["doctor"], ["doctor", "--repair", "--json"],
    ):  # fmt: skip
        through = run(*command, "--home", folder / "home")
        without = run(*command, "--home", tmp_path / "other")
        expected = re.sub(r'"(added_at)": "[^"]*"', r'"\1": ""', without[1])
        assert (through[0], re.sub(r'"(added_at)": "[^"]*"', r'"\1": ""', through[1])) == (without[0], expected), (
            command
        )
        assert through[2] == without[2], command


def test_direct_and_other_settings_do_without_it(served, monkeypatch):
    folder, _ = served
    found = remote_index.find(folder / "home", {"model": "extractive"})
    assert isinstance(found, remote_index.RemoteIndex)
    assert remote_index.find(folder / "home", {"model": "openai:other"}) is None
    opened = []
    monkeypatch.setattr(
        index, "open_index", lambda home, **options: opened.append(home) or open_double(home), raising=False
    )
    assert main(["--home", str(folder / "home"), "list", "--direct"]) == 0 and opened


def test_the_secret_is_the_owners_and_goes_with_the_server(tmp_path):
    with running(tmp_path / "home") as state:
        path = tmp_path / "home" / ANNOUNCEMENT
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        held = json.loads(path.read_text())
        assert held["pid"] == os.getpid() and len(held["token"]) > 30
        import urllib.error
        import urllib.request

        for authorization in ("", "Bearer x", f"Bearer {held['token'][:-1]}"):
            request = urllib.request.Request(
                held["url"] + "/control/call", b'{"name": "documents", "given": {}}', {"authorization": authorization}
            )
            with pytest.raises(urllib.error.HTTPError) as refused:
                urllib.request.urlopen(request)
            assert refused.value.code == 401
            refused.value.close()
        assert state.accounts.add_user("anna", "correct horse", admin=True)
        assert remote_index.find(tmp_path / "home", {}).documents() == [], "also where people have to log in"
    assert not path.exists()


def test_a_stale_announcement_is_ignored(tmp_path, served):
    folder, _ = served
    home = tmp_path / "home"
    home.mkdir()
    held = json.loads((folder / "home" / ANNOUNCEMENT).read_text())
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free = probe.getsockname()[1]
    for changed in (
        {"url": f"http://127.0.0.1:{free}"},  # nobody is there
        {"token": "of another run"},  # a server is there, but not ours
        {"url": "nonsense"},
        {"url": None},
    ):
        (home / ANNOUNCEMENT).write_text(json.dumps(held | changed))
        assert remote_index.find(home, {}) is None, changed
    for text in ("", "{", "[]", "null", "{}"):
        (home / ANNOUNCEMENT).write_text(text)
        assert remote_index.find(home, {}) is None


def test_an_impostor_is_not_sent_the_secret(tmp_path):
    """The port of a killed server may be another program's by now."""
    seen = []

    class Impostor(BaseHTTPRequestHandler):
        def do_GET(self):
            seen.append(dict(self.headers) | {"path": self.path})
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'{"proof": "yes"}')

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Impostor) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        url = f"http://127.0.0.1:{server.server_port}"
        (tmp_path / ANNOUNCEMENT).write_text(json.dumps({"url": url, "token": "secret-token", "settings": {}}))
        assert remote_index.find(tmp_path, {}) is None
        thread.join(5)
    assert seen and "secret-token" not in str(seen)


def test_progress_comes_while_it_is_made_and_a_stopped_command_stops_the_work(served):
    folder, state = served
    files = folder / "many"
    files.mkdir()
    for number in range(300):
        (files / f"{number}.txt").write_text(f"Document {number} tells of the number {number}.")
    found, seen = remote_index.find(folder / "home", {}), []

    def stop(progress):
        seen.append(progress)
        if progress.documents_done >= 3:
            raise KeyboardInterrupt

    state.index.embeddings.delay = 0.02
    with pytest.raises(KeyboardInterrupt):
        found.add([files], progress=stop)
    limit = time.monotonic() + 20
    while any(thread.name == "footnote-add" for thread in threading.enumerate()) and time.monotonic() < limit:
        time.sleep(0.05)
    state.index.embeddings.delay = 0.0
    assert seen[-1].documents_total == 300
    assert len(state.index.documents()) < 300, "the server went on without us"
    report = found.add([files])
    assert len(report.added) + len(report.unchanged) == 300
    state.index.remove(str(files))


def test_values_come_back_as_they_were():
    why = Why(dense_rank=1, matched_words=("mill",))
    passage = Passage("1", "x", "/s", "s", "t", None, "", "", 0, 1, 0.5, why)
    answer = Answer(
        "q", "q", "t", (Sentence("t", (1,), emphasis=((0, 1),)),),
        (Citation(1, "1", "/s", "s", "t", 2, "", 0, 1, "x", 1.0),),
        (passage,), timings={"total": 1.0},
    )  # fmt: skip
    report = Report(added=("a",), skipped={"b": "c"}, notes={"d": ("e", "f")}, seconds=1.5)
    for value in (answer, report, passage):
        assert revived(type(value), json.loads(json.dumps(control.plain(value)))) == value
