"""Web pages in the index: added by address, by sitemap, again when they changed, and kept when they are gone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from doubles import open_double
from web_server import WebServer, reply

from footnoted.index import Index
from footnoted.index.errors import FetchError, SourceNotFound

ARTICLE = "<title>Harbour</title><body><main><h1>The harbour</h1><p>The harbour of Kiel has {} cranes.</p></main>"
XML = '<?xml version="1.0"?><{0} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{1}</{0}>'


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    with open_double(tmp_path / "home") as opened:
        yield opened


def add(index: Index, server: WebServer, *paths: str | Path, **options):
    urls = [server.url(path) if isinstance(path, str) and path.startswith("/") else path for path in paths]
    return index.add(urls, allow=[server.address], **options)


def sitemap(server: WebServer, *locations: str, kind: str = "urlset") -> str:
    entry = "url" if kind == "urlset" else "sitemap"
    urls = (server.url(place) if place.startswith("/") else place for place in locations)
    return XML.format(kind, "".join(f"<{entry}><loc>{url}</loc></{entry}>" for url in urls))


def serve_xml(server: WebServer, path: str, text: str) -> None:
    server.pages[path] = lambda handler: reply(handler, text.encode(), "application/xml")


def test_a_page_is_a_document_under_its_address(index: Index, server: WebServer) -> None:
    server.pages["/harbour"] = lambda handler: reply(
        handler, ARTICLE.format(3).encode(), Last_Modified="Mon, 01 Jan 2024 10:00:00 GMT"
    )
    report = add(index, server, "/harbour#top")
    source = server.url("/harbour")
    assert report.added == (source,)
    (info,) = index.documents()
    assert (info.source, info.title, info.path, info.date) == (source, "Harbour", source, "2024-01-01")
    assert info.media_type == "text/html"
    (passage,) = index.retrieve("cranes of the harbour", 1)
    assert passage.source == source
    assert index.text_of(source)[passage.start : passage.end] == passage.text
    assert index.original_of(source) is None
    assert "3 cranes" in index.text_of(server.url("/harbour"))


def test_an_unchanged_page_embeds_nothing(index: Index, server: WebServer) -> None:
    def page(handler) -> None:
        if handler.headers.get("If-None-Match") == '"1"':
            reply(handler, b"", "", status=304)
        else:
            reply(handler, ARTICLE.format(3).encode(), ETag='"1"')

    server.pages["/told"] = page
    server.pages["/untold"] = ARTICLE.format(4)
    add(index, server, "/told", "/untold")
    again = add(index, server, "/told", "/untold")
    assert (again.added, again.changed, again.passages_embedded) == ((), (), 0)
    assert len(again.unchanged) == 2
    assert [headers.get("If-None-Match") for path, headers in server.asked if path == "/told"] == [None, '"1"']
    index.remove(server.url("/told"))
    assert add(index, server, "/told").added == (server.url("/told"),)  # asked for without its ETag


def test_a_changed_page_is_swapped(index: Index, server: WebServer) -> None:
    server.pages["/a"] = ARTICLE.format(3)
    add(index, server, "/a")
    server.pages["/a"] = ARTICLE.format(5)
    assert add(index, server, "/a").changed == (server.url("/a"),)
    assert "5 cranes" in index.text_of(server.url("/a"))
    assert len(index.documents()) == 1


def test_a_page_that_is_gone_keeps_its_last_version(index: Index, server: WebServer) -> None:
    server.pages["/a"] = ARTICLE.format(3)
    add(index, server, "/a")
    del server.pages["/a"]
    report = add(index, server, "/a")
    (reason,) = report.skipped.values()
    assert "is gone (the server answers 404). The version read before is kept." in reason
    assert index.retrieve("cranes", 1)
    assert index.documents()[0].error == reason
    assert index.documents()[0].bytes == len(ARTICLE.format(3))
    server.pages["/a"] = ARTICLE.format(3)
    assert add(index, server, "/a").unchanged == (server.url("/a"),)
    assert index.documents()[0].error == ""


def test_pages_and_files_in_one_run_and_one_bad_address(index: Index, server: WebServer, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("The lighthouse is red.")
    server.pages["/a"] = ARTICLE.format(3)
    server.pages["/b.csv"] = lambda handler: reply(
        handler, "Ort,Größe\nKiel,3\n".encode("cp1252"), "text/csv; charset=cp1252"
    )
    report = add(index, server, "/a", "/b.csv", "http://169.254.169.254/meta", "ftp://x/", tmp_path / "a.txt")
    assert len(report.added) == 3
    assert set(report.skipped) == {"http://169.254.169.254/meta", "ftp://x/"}
    assert "Größe: 3" in index.text_of(server.url("/b.csv"))


def test_a_corpus_at_an_address(index: Index, server: WebServer) -> None:
    lines = "\n".join(json.dumps({"id": name, "text": f"Text {name}"}) for name in "ab")
    server.pages["/c.jsonl"] = lambda handler: reply(handler, lines.encode(), "application/x-ndjson")
    assert add(index, server, "/c.jsonl").added == tuple(f"{server.url('/c.jsonl')}#{name}" for name in "ab")
    assert add(index, server, "/c.jsonl").passages_embedded == 0


def test_a_damaged_page_is_a_line_of_the_report(index: Index, server: WebServer) -> None:
    server.pages["/a.pdf"] = lambda handler: reply(handler, b"%PDF-1.4 and no more", "application/pdf")
    server.pages["/empty"] = " "
    report = add(index, server, "/a.pdf", "/empty")
    assert "is damaged" in report.skipped[server.url("/a.pdf")]
    assert "holds no text" in report.skipped[server.url("/empty")]
    assert not report.added


def test_a_sitemap_gives_the_pages_of_its_own_host(index: Index, server: WebServer) -> None:
    for name in "ab":
        server.pages[f"/{name}"] = ARTICLE.format(name)
    elsewhere = ("http://10.0.0.1/x", "https://example.org/y", "ftp://x/", "not an address")
    serve_xml(server, "/sitemap.xml", sitemap(server, "/a", "/b", "/a", "/gone", *elsewhere))
    report = add(index, server, "/sitemap.xml")
    assert report.added == (server.url("/a"), server.url("/b"))
    assert list(report.skipped) == [server.url("/gone")]
    assert report.notes[server.url("/sitemap.xml")] == (
        "4 addresses of the sitemap lead to another host or are not valid, and were left out.",
    )
    assert [path for path, _ in server.asked] == ["/sitemap.xml", "/a", "/b", "/gone"]
    assert add(index, server, "/sitemap.xml").passages_embedded == 0
    assert index.remove(server.url("/")) == [server.url("/a"), server.url("/b")]


def test_a_list_of_sitemaps_and_a_limit_of_pages(index: Index, server: WebServer) -> None:
    for number in range(9):
        server.pages[f"/{number}"] = ARTICLE.format(number)
    serve_xml(server, "/all.xml", sitemap(server, "/one.xml", "/two.xml", "/all.xml", "/none.xml", kind="sitemapindex"))
    serve_xml(server, "/one.xml", sitemap(server, "/0", "/1", "/2"))
    serve_xml(server, "/two.xml", sitemap(server, "/3", "/4", "/5"))
    report = add(index, server, "/all.xml", max_pages=4)
    assert report.added == tuple(server.url(f"/{number}") for number in range(4))
    assert "lists more than 4 pages; the first 4 were read" in report.notes[server.url("/all.xml")][-1]


def test_a_huge_sitemap_and_a_hostile_one(index: Index, server: WebServer) -> None:
    serve_xml(server, "/huge.xml", sitemap(server, *(f"/{number}" for number in range(50_000))))
    report = add(index, server, "/huge.xml", max_pages=3)
    assert len(report.skipped) == 3 and len(server.asked) == 4
    entities = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;"><!ENTITY f SYSTEM "file:///etc/passwd">]>'
    evil = sitemap(server, "/&f;&b;").replace("?>", f"?>{entities}", 1)
    serve_xml(server, "/evil.xml", evil)
    report = add(index, server, "/evil.xml")
    assert list(report.skipped) == [server.url("/")]  # of the entities, nothing is left
    assert "passwd" not in str(server.asked) and "root" not in str(server.asked)


def test_an_xml_file_that_is_no_sitemap_is_a_page(index: Index, server: WebServer) -> None:
    serve_xml(server, "/note.xml", "<note>Meet at the pier.</note>")
    assert add(index, server, "/note.xml").added == (server.url("/note.xml"),)


def test_removing_and_what_was_never_added(index: Index, server: WebServer) -> None:
    server.pages["/a"] = ARTICLE.format(3)
    add(index, server, "/a", "/missing")
    assert index.remove(server.url("/a")) == [server.url("/a")]
    assert index.remove(server.url("/missing")) == [server.url("/missing")]
    assert not index.documents()
    with pytest.raises(SourceNotFound):
        index.remove(server.url("/a"))


def test_an_exception_that_makes_no_sense_stops_everything(index: Index) -> None:
    with pytest.raises(FetchError, match="is not an address, network or host name"):
        index.add("http://127.0.0.1/", allow=["everything!"])


def test_the_command_line(
    server: WebServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    from footnoted.assistant.cli import main

    monkeypatch.setenv("FOOTNOTE_HOME", str(tmp_path / "home"))
    server.pages["/a"] = ARTICLE.format(3)
    assert main(["add", server.url("/a#x")]) == 1
    assert f"skipped: {server.url('/a')} is not fetched: 127.0.0.1 is not a public address" in capsys.readouterr().out
    monkeypatch.setenv("FOOTNOTE_FETCH_ALLOW", f"10.0.0.0/8, {server.address}")
    assert main(["add", server.url("/a#x")]) == 0
    assert capsys.readouterr().out.startswith("1 added")
    assert main(["add", "http://a@b/"]) == 1
    monkeypatch.setenv("FOOTNOTE_FETCH_ALLOW", "everything!")
    assert main(["add", server.url("/a")]) == 1
    assert (
        capsys.readouterr().err
        == "footnote: 'everything!' is not an address, network or host name that could be allowed.\n"
    )
