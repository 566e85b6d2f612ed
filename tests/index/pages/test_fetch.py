"""Pages fetched from a server of our own on loopback, which is allowed explicitly; everything else is refused."""

from __future__ import annotations

import gzip
import itertools
import os
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from web_server import WebServer, reply

from footnoted.index.errors import FetchError
from footnoted.index.pages.fetch import Fetcher, FetchLimits, is_url, page_url
from footnoted.index.pages.public_addresses import parse_allowed

QUICK = FetchLimits(bytes=200_000, seconds=1.0, read_seconds=0.4, redirects=3)


@pytest.fixture
def fetcher(server: WebServer) -> Fetcher:
    return Fetcher(parse_allowed([server.address]), QUICK)


def test_a_page_with_its_type_and_validators(server: WebServer, fetcher: Fetcher) -> None:
    server.pages["/a?b=ü"] = "never asked for in this spelling"
    server.pages["/a?b=%C3%BC"] = lambda handler: reply(
        handler, b"<p>Hi", "text/html; charset=latin-1", ETag='"1"', Last_Modified="Mon, 01 Jan 2024 00:00:00 GMT"
    )
    page = fetcher.fetch(server.url("/a?b=ü#part"))
    assert (page.data, page.suffix, page.charset, page.etag) == (b"<p>Hi", ".html", "latin-1", '"1"')
    assert page.url == page.final_url == server.url("/a?b=%C3%BC")
    ((_, headers),) = server.asked
    assert headers["Host"] == server.address
    assert not {"Cookie", "Authorization", "Referer"} & set(headers)


def test_an_unchanged_page_is_not_sent_again(server: WebServer, fetcher: Fetcher) -> None:
    server.pages["/a"] = lambda handler: reply(handler, b"", "", status=304)
    page = fetcher.fetch(server.url("/a"), etag='"1"', last_modified="Mon, 01 Jan 2024 00:00:00 GMT")
    assert page.not_modified
    assert server.asked[0][1]["If-None-Match"] == '"1"'
    with pytest.raises(FetchError, match="answers 304"):
        fetcher.fetch(server.url("/a"))


def test_proxies_and_credentials_of_the_environment_are_not_used(
    server: WebServer, fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password secret\n")
    os.chmod(tmp_path / ".netrc", 0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    server.pages["/a"] = "<p>direct"
    assert fetcher.fetch(server.url("/a")).data == b"<p>direct"
    assert "Authorization" not in server.asked[0][1]


# Where a connection may go -------------------------------------------------------------------------------------------

SPELLINGS = [
    "127.0.0.1", "127.1", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "017700000001", "127.0.0.1.", "localhost",
    "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:0:0:1]", "0.0.0.0", "0", "①②⑦.⓪.⓪.①", "127.0.0.1。",
]  # fmt: skip


@pytest.mark.parametrize("host", SPELLINGS)
def test_no_spelling_of_this_machine_is_reached(server: WebServer, host: str) -> None:
    with pytest.raises(FetchError, match="is not a public address|there is no host|is not a web address"):
        Fetcher(limits=QUICK).fetch(f"http://{host}:{server.port}/a")
    assert not server.asked


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("file:///etc/passwd", "only http:// and https://"),
        ("ftp://example.org/", "only http:// and https://"),
        ("gopher://127.0.0.1:70/_x", "only http:// and https://"),
        ("http://good@127.0.0.1/", "an address with a user name"),
        ("http://example.org:80@127.0.0.1/", "an address with a user name"),
        ("http://example.org\\@127.0.0.1/", "a backslash"),
        ("http://exa\nmple.org/", "a control character"),
        ("http://example.org/\r\nHost: x", "a control character"),
        ("http://[fe80::1%25eth0]/", "not a web address"),
        ("http://", "not a web address"),
        ("http://a:0/", "not a web address"),
        ("http://a:99999/", "not a web address"),
        ("http://[::1", "not a web address"),
    ],
)
def test_addresses_that_are_refused_by_their_look(url: str, words: str) -> None:
    assert is_url(url)
    with pytest.raises(FetchError, match=words) as caught:
        Fetcher().fetch(url)
    assert "secret" not in str(caught.value)


def test_files_are_no_addresses(tmp_path: Path) -> None:
    assert not any(map(is_url, ["a.txt", "/tmp/a:b", "C:\\a", tmp_path, "http:/x", "mailto:a@b"]))


def test_one_spelling_for_a_page() -> None:
    assert page_url(" HTTPS://Bücher.Example:443#top ") == "https://xn--bcher-kva.example/"
    assert page_url("http://a:80/x%20y?q=[1]") == "http://a/x%20y?q=[1]"
    assert page_url("http://[0:0::1]:81/") == "http://[::1]:81/"


@pytest.mark.parametrize("answer", [["10.0.0.1"], ["93.184.216.34", "169.254.169.254"], ["::ffff:10.0.0.1"]])
def test_a_name_that_leads_inside_is_refused(answer: list[str]) -> None:
    with pytest.raises(FetchError, match="inside.example is at .* is not a public address"):
        Fetcher(limits=QUICK, resolve=lambda host, port: answer).fetch("http://inside.example/")


def test_the_address_that_was_checked_is_the_one_that_is_asked(server: WebServer) -> None:
    """A name that answers differently the second time (DNS rebinding) is never looked up a second time."""
    answers = iter([["127.0.0.1"], ["192.0.2.1"]])
    fetcher = Fetcher(parse_allowed([f"127.0.0.1:{server.port}"]), QUICK, lambda host, port: next(answers))
    server.pages["/a"] = "<p>checked"
    assert fetcher.fetch(f"http://rebound.example:{server.port}/a").data == b"<p>checked"
    assert server.asked[0][1]["Host"] == f"rebound.example:{server.port}"
    assert next(answers) == ["192.0.2.1"]


@pytest.mark.parametrize(
    "target",
    ["http://127.0.0.1:{other}/", "http://[::1]/", "http://10.0.0.1/", "//169.254.169.254/meta", "http://2130706433/"],
)
def test_a_redirect_does_not_lead_inside(server: WebServer, fetcher: Fetcher, target: str) -> None:
    other = server.port % 65535 + 1
    server.pages["/a"] = lambda handler: reply(handler, b"", status=302, Location=target.format(other=other))
    with pytest.raises(FetchError, match="is not a public address"):
        fetcher.fetch(server.url("/a"))
    assert len(server.asked) == 1


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://x/", "http://a@b/"])
def test_a_redirect_does_not_leave_the_web(server: WebServer, fetcher: Fetcher, target: str) -> None:
    server.pages["/a"] = lambda handler: reply(handler, b"", status=301, Location=target)
    with pytest.raises(FetchError, match="cannot be fetched"):
        fetcher.fetch(server.url("/a"))


def test_redirects_are_followed_and_counted(server: WebServer, fetcher: Fetcher) -> None:
    for number in range(6):
        server.pages[f"/{number}"] = lambda handler, number=number: reply(
            handler, b"", status=302, Location=f"./{number + 1}"
        )
    server.pages["/6"] = "<p>end"
    page = fetcher.fetch(server.url("/3"))
    assert (page.url, page.final_url, page.data) == (server.url("/3"), server.url("/6"), b"<p>end")
    with pytest.raises(FetchError, match="redirects more than 3 times"):
        fetcher.fetch(server.url("/0"))
    server.pages["/b"] = lambda handler: reply(handler, b"", status=302, Location="/c")
    server.pages["/c"] = lambda handler: reply(handler, b"", status=307, Location="/b#again")
    with pytest.raises(FetchError, match="redirects in a loop"):
        fetcher.fetch(server.url("/b"))


def test_a_page_of_a_sitemap_stays_on_its_host(server: WebServer, fetcher: Fetcher) -> None:
    server.pages["/a"] = lambda handler: reply(handler, b"", status=302, Location=f"http://localhost:{server.port}/b")
    with pytest.raises(FetchError, match="leads to another host, localhost"):
        fetcher.fetch(server.url("/a"), host=server.address)


# Limits --------------------------------------------------------------------------------------------------------------


def test_a_large_page_is_refused_by_its_header_or_while_it_comes(server: WebServer, fetcher: Fetcher) -> None:
    server.pages["/told"] = lambda handler: reply(handler, b"x", "text/plain", length=10**12)

    def endless(handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "text/plain")
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        for _ in itertools.takewhile(lambda _: not server.stopping.is_set(), itertools.count()):
            handler.wfile.write(b"ffff\r\n" + b"x" * 0xFFFF + b"\r\n")

    server.pages["/endless"] = endless
    for path in ("/told", "/endless"):
        with pytest.raises(FetchError, match=r"is larger than 0.2 MB"):
            fetcher.fetch(server.url(path))


def test_a_bomb_is_not_unpacked(server: WebServer, fetcher: Fetcher) -> None:
    bomb = gzip.compress(bytes(100_000_000))
    assert len(bomb) < QUICK.bytes
    server.pages["/bomb"] = lambda handler: reply(handler, bomb, "text/plain", Content_Encoding="gzip")
    started = time.monotonic()
    with pytest.raises(FetchError, match=r"is larger than 0.2 MB"):
        fetcher.fetch(server.url("/bomb"))
    assert time.monotonic() - started < 0.5


@pytest.mark.parametrize(
    ("encoding", "data"),
    [
        ("gzip", gzip.compress(b"<p>packed", mtime=0)),
        ("deflate", zlib.compress(b"<p>packed")),
        ("deflate", zlib.compress(b"<p>packed")[2:-4]),
    ],
    ids=["gzip", "deflate", "deflate without its header"],
)
def test_packed_pages(server: WebServer, fetcher: Fetcher, encoding: str, data: bytes) -> None:
    server.pages["/a"] = lambda handler: reply(handler, data, Content_Encoding=encoding)
    assert fetcher.fetch(server.url("/a")).data == b"<p>packed"


@pytest.mark.parametrize(
    ("encoding", "data", "words"),
    [
        ("gzip", b"<p>not packed", "proper HTTP"),
        ("gzip", gzip.compress(b"<p>cut" * 100, mtime=0)[:-20], "in the middle"),
        ("br", b"", "compressed in an unknown way"),
        ("gzip, gzip", gzip.compress(b"", mtime=0), "compressed in an unknown way"),
    ],
)
def test_pages_that_are_packed_badly(
    server: WebServer, fetcher: Fetcher, encoding: str, data: bytes, words: str
) -> None:
    server.pages["/a"] = lambda handler: reply(handler, data, Content_Encoding=encoding)
    with pytest.raises(FetchError, match=words):
        fetcher.fetch(server.url("/a"))


def slowly(data: bytes, pause: float):
    def page(handler) -> None:
        for byte in data:
            handler.wfile.write(bytes([byte]))
            time.sleep(pause)

    return page


@pytest.mark.parametrize(
    "page",
    [
        slowly(b"HTTP/1.1 200 OK\r\nX-A: " + b"a" * 500, 0.05),
        slowly(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 500\r\n\r\n" + b"a" * 400, 0.02),
        slowly(b"H" * 2, 0.6),
        lambda handler: [handler.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n") or time.sleep(0.01) for _ in range(200)],
    ],
    ids=["its head byte by byte", "its body byte by byte", "no answer", "always asked to go on"],
)
def test_a_slow_server_does_not_hold_us_up(server: WebServer, fetcher: Fetcher, page) -> None:
    server.pages["/a"] = page
    started = time.monotonic()
    with pytest.raises(FetchError, match="too slow|proper HTTP"):
        fetcher.fetch(server.url("/a"))
    assert time.monotonic() - started < 1.6


def test_a_resolver_that_hangs_and_a_name_that_does_not_exist() -> None:
    waiting = threading.Event()
    slow = Fetcher(limits=QUICK, resolve=lambda host, port: [str(waiting.wait(5))])
    with pytest.raises(FetchError, match="looking up far.example takes too long"):
        slow.fetch("http://far.example/")
    waiting.set()

    def unknown(host: str, port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    with pytest.raises(FetchError, match="there is no host no.example, or this machine is offline"):
        Fetcher(resolve=unknown).fetch("http://no.example/")


# What is answered ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "words"),
    [(404, "is gone"), (410, "is gone"), (403, "not open to everyone"), (500, "answers 500"), (503, "try again later")],
)
def test_a_page_that_is_not_there(server: WebServer, fetcher: Fetcher, status: int, words: str) -> None:
    server.pages["/a"] = lambda handler: reply(handler, b"", status=status)
    with pytest.raises(FetchError, match=words):
        fetcher.fetch(server.url("/a"))


@pytest.mark.parametrize(
    ("path", "kind", "suffix"),
    [
        ("/a", "text/html", ".html"),
        ("/a.php", "TEXT/HTML;charset=x", ".html"),
        ("/a.md", "text/plain", ".md"),
        ("/a.exe", "text/plain", ".txt"),
        ("/a.pdf", "text/plain", ".txt"),
        ("/a", "application/pdf", ".pdf"),
        ("/a.docx", "application/octet-stream", ".docx"),
        ("/a.py", "text/x-python", ".py"),
        ("/a.epub", "", ".epub"),
        ("/a.xml", "application/xml", ".xml"),
        ("/a", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ".xlsx"),
    ],
)
def test_the_type_of_a_page_decides_how_it_is_read(
    server: WebServer, fetcher: Fetcher, path: str, kind: str, suffix: str
) -> None:
    server.pages[path] = lambda handler: reply(handler, b"x", kind)
    assert fetcher.fetch(server.url(path)).suffix == suffix


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/a", "image/png"),
        ("/a.pdf", "video/mp4"),
        ("/a", ""),
        ("/a", "application/octet-stream"),
        ("/a", "font/woff2"),
    ],
)
def test_a_type_that_cannot_be_read_is_not_fetched(server: WebServer, fetcher: Fetcher, path: str, kind: str) -> None:
    server.pages[path] = lambda handler: reply(handler, b"x", kind, length=100_000)
    started = time.monotonic()
    with pytest.raises(FetchError, match="cannot be read"):
        fetcher.fetch(server.url(path))
    assert time.monotonic() - started < 0.4


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"SSH-2.0-OpenSSH\r\n", "proper HTTP"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 2000 + b"\r\n", "proper HTTP"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000 + b"\r\n\r\n", "proper HTTP"),
        (b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 9\r\n\r\nabc", "in the middle"),
        (b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "proper HTTP"),
        (b"", "proper HTTP|connection broke"),
    ],
    ids=["another protocol", "many headers", "a long header", "cut off", "bad chunks", "nothing"],
)
def test_nonsense_for_an_answer(server: WebServer, fetcher: Fetcher, data: bytes, words: str) -> None:
    server.pages["/a"] = lambda handler: handler.wfile.write(data)
    with pytest.raises(FetchError, match=words):
        fetcher.fetch(server.url("/a"))


def test_nobody_listens(server: WebServer) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with pytest.raises(FetchError, match="cannot be reached: Connection refused"):
            Fetcher(parse_allowed(["127.0.0.1"]), QUICK).fetch(f"http://127.0.0.1:{port}/")


OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 5\r\n\r\n<p>ok"


@contextmanager
def encrypted(certificate: Path, says: bytes, times: int) -> Iterator[tuple[int, list[str | None]]]:
    """An https server that says one thing; gives its port, and fills in which names it was told."""
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(certificate)
    told: list[str | None] = []
    serving.sni_callback = lambda connection, name, context: told.append(name)
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            for _ in range(times):
                raw, _ = listening.accept()
                try:
                    with serving.wrap_socket(raw, server_side=True) as connection:
                        connection.recv(10_000)
                        connection.sendall(says)
                except OSError:
                    raw.close()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listening.getsockname()[1], told
        thread.join()


def test_a_certificate_is_checked_against_the_name_that_was_asked_for(tmp_path: Path) -> None:
    """The connection goes to an address, but the name is what the server is told and has to prove."""
    certificate = certificate_for("good.example", tmp_path)
    trusting = ssl.create_default_context(cafile=str(certificate))
    with encrypted(certificate, OK, 3) as (port, told):
        allowed = parse_allowed([f"127.0.0.1:{port}"])
        local = Fetcher(allowed, QUICK, lambda host, port: ["127.0.0.1"], trusting)
        assert local.fetch(f"https://good.example:{port}/").data == b"<p>ok"
        with pytest.raises(FetchError, match="its certificate is not valid"):
            local.fetch(f"https://other.example:{port}/")
        with pytest.raises(FetchError, match="its certificate is not valid"):
            Fetcher(allowed, QUICK, lambda host, port: ["127.0.0.1"]).fetch(f"https://good.example:{port}/")
    assert told == ["good.example", "other.example", "good.example"]


def test_a_redirect_does_not_lead_from_https_to_http(server: WebServer, tmp_path: Path) -> None:
    server.pages["/"] = "<p>open to everybody on the way"
    certificate = certificate_for("good.example", tmp_path)
    there = f"HTTP/1.1 302 Found\r\nLocation: http://good.example:{server.port}/\r\nContent-Length: 0\r\n\r\n"
    with encrypted(certificate, there.encode(), 1) as (port, _):
        allowed = parse_allowed([f"127.0.0.1:{port}", f"127.0.0.1:{server.port}"])
        trusting = ssl.create_default_context(cafile=str(certificate))
        local = Fetcher(allowed, QUICK, lambda host, port: ["127.0.0.1"], trusting)
        with pytest.raises(FetchError, match="redirects from https to http"):
            local.fetch(f"https://good.example:{port}/")
    assert not server.asked


def certificate_for(name: str, folder: Path) -> Path:
    """A self-signed certificate with its key, in one file."""
    import datetime

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "certificate.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(secret + certificate.public_bytes(serialization.Encoding.PEM))
    return path
