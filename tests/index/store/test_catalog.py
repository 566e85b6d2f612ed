"""The catalog: all or nothing, one connection a thread, spans cut out of texts of any script."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from footnoted.index.adding.chunk import Span
from footnoted.index.errors import HomeUnusable
from footnoted.index.search.filters import condition
from footnoted.index.store.catalog import Catalog, FileRecord
from footnoted.index.types import Filter, Heading, LoadedDocument, Section


@pytest.fixture
def catalog(tmp_path: Path):
    catalog = Catalog(tmp_path / "catalog.sqlite")
    yield catalog
    catalog.close()


def store(catalog: Catalog, source: str, document: LoadedDocument, spans: list[Span], key: str = "") -> list[int]:
    """A document under ``source``, whose own id is the last part of it."""
    with catalog.transaction() as connection:
        content, ids = catalog.insert_content(connection, key or source, document, spans)
        row = {
            "source": source, "path": source, "document_id": source.split("/")[-1], "title": document.title,
            "media_type": "text/plain", "notes": "[]", "metadata": "{}", "content_id": content, "added_at": "now",
        }  # fmt: skip
        catalog.upsert_document(connection, row)
    return ids


@pytest.mark.parametrize(
    "text", ["plain text", "é e\u0301 ñ", "😀👩‍👩‍👧🇩🇪 emoji", "日本語の文", "مرحبا بالعالم", "a\nb\tc\u2028d"],
    ids=["plain", "combining", "emoji", "japanese", "arabic", "white space"],
)  # fmt: skip
def test_offsets_count_characters_in_every_script(catalog: Catalog, text: str) -> None:
    spans = [Span(start, start + 2, "") for start in range(0, len(text) - 1, 2)]
    ids = store(catalog, "/a", LoadedDocument(text), spans)
    stored = catalog.passages(ids)
    assert [stored[number].text for number in ids] == [text[span.start : span.end] for span in spans]
    assert [row["text"] for row in catalog.all_passages()] == [text[span.start : span.end] for span in spans]
    assert catalog.content(stored[ids[0]].content_id).text == text


def test_a_document_comes_back_as_it_was(catalog: Catalog) -> None:
    document = LoadedDocument(
        "Title\n\nBody", "Title", (Section(0, 11, "page 1", 1),), (Heading(0, 5, 1, "Title > “x”"),)
    )
    (number,) = store(catalog, "/a", document, [Span(0, 11, "Title")])
    stored = catalog.passages([number])[number]
    assert (stored.page, stored.location, stored.heading, stored.title) == (1, "page 1", "Title", "Title")
    assert catalog.content(stored.content_id) == document
    assert [(one.start, one.end) for one in catalog.structure("/a").headings] == [(0, 5)]


def test_a_transaction_is_all_or_nothing(catalog: Catalog) -> None:
    with pytest.raises(RuntimeError), catalog.transaction() as connection:
        catalog.insert_content(connection, "key", LoadedDocument("text"), [Span(0, 4, "")])
        raise RuntimeError
    assert catalog.content_id("key") is None
    assert catalog.count_passages() == 0
    catalog.set("still", "usable")


def test_a_failed_commit_leaves_the_catalog_usable(catalog: Catalog) -> None:
    with pytest.raises(sqlite3.IntegrityError), catalog.transaction() as connection:
        connection.execute("PRAGMA defer_foreign_keys = ON")  # so that only COMMIT finds the mistake
        connection.execute("INSERT INTO passages (content_id, start, \"end\", heading) VALUES (99, 0, 1, '')")
    catalog.set("still", "usable")
    assert catalog.get("still") == "usable"
    assert catalog.count_passages() == 0


def test_ids_are_never_used_again(catalog: Catalog) -> None:
    first = store(catalog, "/a", LoadedDocument("text"), [Span(0, 4, "")])
    with catalog.transaction() as connection:
        catalog.remove_sources(connection, ["/a"])
    catalog.delete_contents([content for content, _ in catalog.orphans()])
    assert catalog.count_passages() == 0
    assert store(catalog, "/a", LoadedDocument("text"), [Span(0, 4, "")]) > first


def test_orphans_are_contents_of_no_document_and_are_never_shown(catalog: Catalog) -> None:
    (kept,) = store(catalog, "/a", LoadedDocument("text"), [Span(0, 4, "")])
    with catalog.transaction() as connection:
        content, (orphan,) = catalog.insert_content(connection, "new", LoadedDocument("next"), [Span(0, 4, "")])
    assert catalog.orphans() == [(content, [orphan])]
    assert catalog.passages([kept, orphan]).keys() == {kept}
    assert (catalog.count_passages(), catalog.count_passages(held=True)) == (2, 1)
    assert (catalog.all_passage_ids(), catalog.all_passage_ids(held=True)) == ({kept, orphan}, {kept})


def test_of_several_documents_with_one_text_the_first_chosen_one_stands_for_it(catalog: Catalog) -> None:
    (number,) = store(catalog, "/b", LoadedDocument("text"), [Span(0, 4, "")], key="same")
    with catalog.transaction() as connection:
        row = dict(connection.execute("SELECT * FROM documents").fetchone()) | {"source": "/a", "document_id": "a"}
        catalog.upsert_document(connection, row)
    assert catalog.passages([number])[number].source == "/a"
    only_b, only_c = (condition(Filter(sources=[name]), list) for name in ("/b", "/c"))
    assert catalog.passages([number], only_b)[number].source == "/b"
    assert catalog.passages([number], only_c) == {}


def test_more_ids_than_sqlite_takes_variables(catalog: Catalog) -> None:
    text = "x" * 3000
    ids = store(catalog, "/a", LoadedDocument(text), [Span(n, n + 1, "") for n in range(3000)])
    assert len(catalog.passages(ids)) == 3000
    pages, after = [], 0
    while page := catalog.all_passages(after, 700):
        pages.append(len(page))
        after = page[-1]["id"]
    assert pages == [700, 700, 700, 700, 200]


def test_a_document_is_found_by_its_own_id_only_when_one_has_it(catalog: Catalog) -> None:
    store(catalog, "/x/note", LoadedDocument("one"), [])
    assert catalog.document("note")["source"] == "/x/note"
    store(catalog, "/y/note", LoadedDocument("two"), [])
    assert catalog.document("note") is None
    assert catalog.document("/y/note")["source"] == "/y/note"


def test_a_file_record_comes_back_as_it_was(catalog: Catalog) -> None:
    record = FileRecord("/a", "/", 3, 2**62, "hash", "1", "it’s broken", ("one", "two"), 2**61)
    with catalog.transaction() as connection:
        catalog.upsert_file(connection, record)
    assert catalog.file("/a") == record
    assert catalog.files() == [record]
    assert catalog.file("/b") is None


def test_two_openings_see_each_others_generation(catalog: Catalog, tmp_path: Path) -> None:
    other = Catalog(tmp_path / "catalog.sqlite")
    assert catalog.generation() == other.generation() == 0
    assert (catalog.advance(), other.advance(), catalog.generation()) == (1, 2, 2)
    other.close()


def test_threads_that_end_give_their_connections_back(catalog: Catalog) -> None:
    def read() -> None:
        assert catalog.generation() == 0

    before = len(os.listdir("/proc/self/fd"))
    for _ in range(50):
        thread = threading.Thread(target=read)
        thread.start()
        thread.join()
    assert len(os.listdir("/proc/self/fd")) <= before + 4


CLOSED_WHILE_READ = """
import sys, threading
from pathlib import Path
from footnoted.index.store.catalog import Catalog
from footnoted.index.errors import IndexClosed

for turn in range(40):
    catalog = Catalog(Path(sys.argv[1]) / f"{turn}.sqlite")
    catalog.set("key", "value" * 10_000)
    told, begun = [], threading.Barrier(4)

    def read():
        assert catalog.get("key")
        begun.wait()
        try:
            while True:
                catalog.get("key")
        except IndexClosed as error:
            told.append(str(error))

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    begun.wait()
    catalog.close()
    for thread in threads:
        thread.join(10)
    assert len(told) == 3, told
"""


def test_closing_while_threads_read_tells_them_and_does_not_crash(tmp_path: Path) -> None:
    """In a process of its own: SQLite crashes when a connection is closed in the middle of a query."""
    ran = subprocess.run(
        [sys.executable, "-c", CLOSED_WHILE_READ, str(tmp_path)], capture_output=True, text=True, timeout=60
    )
    assert ran.returncode == 0, ran.stderr[-1000:]


def test_a_catalog_that_is_no_database_is_refused_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "catalog.sqlite").write_bytes(b"this is no database at all, only some text" * 100)
    with pytest.raises(HomeUnusable, match=r"\(file is not a database\): 'footnote restore"):
        Catalog(tmp_path / "catalog.sqlite")
