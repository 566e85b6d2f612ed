"""A footnote names the page that its quote begins on, also where its passage begins on the page before."""

from __future__ import annotations

import pytest
from pdf_files import make_pdf
from small_indexes import index_of

from footnoted.assistant.chain import open_assistant

PAGES = ("The harbour was dug in 1905.", "The bridge was opened in 1931.", "The tower was closed in 1967.")


@pytest.fixture(scope="module")
def assistant(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    with index_of(folder, {"a.txt": "Nothing of this."}, real=True) as index:
        index.add(make_pdf(folder / "town.pdf", [[(50, 50, text)] for text in PAGES]))
        assert index.catalog.count_passages() == 2, "one passage holds all three pages"
        yield open_assistant(index=index)


@pytest.mark.parametrize(("thing", "page"), [("harbour dug", 1), ("bridge opened", 2), ("tower closed", 3)])
def test_the_page_is_that_of_the_quote(assistant, thing: str, page: int) -> None:
    answer = assistant.answer(f"When was the {thing}?")
    assert answer.citations
    for note in answer.citations:
        assert (note.page, note.location) == (1 + PAGES.index(note.quote), f"page {note.page}")
    assert page in [note.page for note in answer.citations]
