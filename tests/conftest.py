"""What all tests share: a clean environment, no network beyond this machine, and where the shared data lies."""

from __future__ import annotations

import ipaddress
import os
import shutil
import socket
import tempfile
from pathlib import Path

import pytest
from places import REPOSITORY, SHARED

# Before anything of ours is imported: no setting of the person who runs the tests, and never their data folder.
for name in [name for name in os.environ if name.startswith("FOOTNOTE_") and name != "FOOTNOTE_SHARED"]:
    del os.environ[name]
_home = tempfile.TemporaryDirectory(prefix="footnote-tests-")
os.environ["FOOTNOTE_HOME"] = str(Path(_home.name) / "home")
os.environ["HF_HUB_OFFLINE"] = "1"  # a model hub is never asked, not even to look whether a name exists

_refused: list[str] = []


def _is_local(host: object) -> bool:
    if host in (None, "", b"", "localhost", b"localhost", socket.gethostname()):
        return True
    try:
        address = ipaddress.ip_address(host.decode() if isinstance(host, bytes) else str(host).split("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def _refuse(what: str) -> None:
    _refused.append(what)
    raise OSError(f"No network in tests: {what}")


_connect, _connect_ex, _getaddrinfo = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo


def _guarded_connect(self: socket.socket, address):
    if self.family in (socket.AF_INET, socket.AF_INET6) and not _is_local(address[0]):
        _refuse(f"connection to {address[0]}")
    return _connect(self, address)


def _guarded_connect_ex(self: socket.socket, address):
    if self.family in (socket.AF_INET, socket.AF_INET6) and not _is_local(address[0]):
        _refuse(f"connection to {address[0]}")
    return _connect_ex(self, address)


def _guarded_getaddrinfo(host, *arguments, **options):
    if not _is_local(host):
        _refuse(f"look-up of {host}")
    return _getaddrinfo(host, *arguments, **options)


# Set for the whole run, not for each test, because libraries keep threads that outlive a test.
socket.socket.connect = _guarded_connect  # type: ignore[method-assign]
socket.socket.connect_ex = _guarded_connect_ex  # type: ignore[method-assign]
socket.getaddrinfo = _guarded_getaddrinfo


@pytest.fixture(autouse=True)
def no_network():
    """Fails a test during which anything reached for another machine, even where a library swallowed the error."""
    _refused.clear()
    yield
    assert not _refused, f"tried to leave this machine: {', '.join(_refused)}"


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the repository."""
    return REPOSITORY


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of shared test data beside the repository (``FOOTNOTE_SHARED`` names another); skips without it."""
    if not SHARED.is_dir():
        pytest.skip("the shared data is not there: put it beside the repository or set FOOTNOTE_SHARED")
    return SHARED


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of the system's chromium; skips without one."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if path := shutil.which(name):
            return path
    pytest.skip("chromium is not installed: run 'apt-get install chromium'")


@pytest.fixture(scope="module")
def browser(chromium: str):
    """A running chromium; each test opens a profile of its own in it."""
    from chat_doubles import browser_of

    with browser_of(chromium) as running:
        yield running


@pytest.fixture(scope="session")
def likeness():
    """The cosine of two texts, as the bundled model tells it."""
    from footnoted.index.models.embed import open_embeddings

    embeddings = open_embeddings()

    def cosine(one: str, other: str) -> float:
        first, second = embeddings.embed_documents([one, other])
        return sum(a * b for a, b in zip(first, second, strict=True))

    return cosine


@pytest.fixture(scope="session")
def support(likeness):
    """How a text supports a sentence, as the whole check with the bundled models sees it."""
    from small_indexes import passage

    from footnoted.assistant.quoting.evidence import candidates
    from footnoted.assistant.writing.verify import best_support
    from footnoted.index.models.rerank import open_reranker

    scorer = open_reranker()
    return lambda sentence, text: best_support(sentence, candidates(passage(text)), scorer, likeness=likeness)


@pytest.fixture(scope="module")
def people(tmp_path_factory):
    """Four people with accounts and collections: see :func:`server_doubles.team`."""
    from server_doubles import team

    with team(tmp_path_factory.mktemp("people")) as made:
        yield made


@pytest.fixture(scope="module")
def address(people):
    """The address of a real server for :func:`people`."""
    from server_doubles import serving

    with serving(people.application) as url:
        yield url


@pytest.fixture(scope="module")
def web_server():
    """A web server on this machine, for what fetches pages."""
    from web_server import WebServer

    running = WebServer()
    yield running
    running.stop()


@pytest.fixture
def server(web_server):
    """The same, without pages."""
    web_server.pages.clear()
    web_server.asked.clear()
    return web_server


def _forbid_skip(report) -> None:
    """In continuous integration everything is there, so a skipped test is a test that did not do its work."""
    if report.skipped and not hasattr(report, "wasxfail") and os.environ.get("CI") and SHARED.is_dir():
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"A test may not be skipped in continuous integration. {reason}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    _forbid_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector):
    report = yield
    _forbid_skip(report)
    return report
