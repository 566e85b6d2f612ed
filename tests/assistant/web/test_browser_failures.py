"""A question that the server refuses or never hears, in a real browser: the page says so and keeps the question."""

from __future__ import annotations

import pytest
from chat_doubles import ask, opened, served
from server_doubles import serving
from small_indexes import index_of

from footnoted.assistant.chain import open_assistant
from footnoted.assistant.server.application import create_app
from footnoted.assistant.settings import Settings

pytestmark = pytest.mark.browser
BOX = "#fn-ask textarea"
DOCUMENTS = {"tram.txt": "The tram to the harbour was opened on 14 March 2024. It runs every ten minutes."}


@pytest.fixture(scope="module")
def assistant(tmp_path_factory):
    index = index_of(tmp_path_factory.mktemp("failures"), DOCUMENTS)
    yield open_assistant(index=index, settings=Settings(threshold=-1.0))
    index.close()


@pytest.fixture
def page(browser, assistant):
    with served(assistant) as address:
        page = opened(browser, address)
        ask(page, "When was the tram opened?")
        yield page
        page.context.close()


def send(page, question: str = "How often does it run?") -> None:
    page.fill(BOX, question)
    page.keyboard.press("Enter")


def assert_it_can_be_asked_again(page, said: str) -> None:
    page.wait_for_function("said => document.querySelector('#fn-toast').textContent.includes(said)", arg=said)
    assert page.input_value(BOX) == "How often does it run?"
    assert not page.evaluate("document.body.classList.contains('asking')")
    assert page.locator("#fn-history .turn").count() >= 1, "what was said before is still shown"


@pytest.mark.parametrize("part", ["join", "data"])
def test_a_connection_that_breaks_keeps_the_question_and_the_page_finds_the_server_again(page, part: str) -> None:
    page.route(f"**/gradio_api/queue/{part}**", lambda route: route.abort())
    send(page)
    assert_it_can_be_asked_again(page, "The server does not answer")
    with page.expect_navigation(wait_until="load"):  # it looks for the server every two seconds
        page.unroute_all()
    page.wait_for_selector("body[data-ready]")
    assert page.input_value(BOX) == "How often does it run?", "over the page's own reload too"
    page.locator(BOX).press("Enter")
    page.wait_for_function("() => document.querySelector('#fn-live .a')?.innerText.includes('ten minutes')")


def test_a_server_that_fails_in_the_middle_of_an_answer_keeps_the_question(page, assistant, monkeypatch) -> None:
    async def failing(self, *args, **options):
        raise RuntimeError("a programming error")
        yield

    monkeypatch.setattr(type(assistant), "astream", failing)
    send(page)
    assert_it_can_be_asked_again(page, "Something went wrong while answering")
    monkeypatch.undo()
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.querySelector('#fn-live .a')?.innerText.includes('ten minutes')")


def test_a_question_too_many_is_refused_in_words_and_can_be_sent_later(browser, assistant) -> None:
    application = create_app(assistant)  # as on a network: one person may not take all of it
    limits = application.state.footnote.rate
    with serving(application) as address:
        page = opened(browser, address)
        ask(page, "When was the tram opened?")
        free, limits._most = limits._most, 0.0
        send(page)
        assert_it_can_be_asked_again(page, "Too many requests: wait a moment.")
        limits._most = free
        limits._held.clear()
        page.keyboard.press("Enter")
        page.wait_for_function("() => document.querySelector('#fn-live .a')?.innerText.includes('ten minutes')")
        page.context.close()
    application.state.footnote.close()


def test_the_last_footnote_that_was_clicked_is_the_one_that_opens(page) -> None:
    """The first click's answer comes late: it may not take the place of what was clicked after it."""
    first = []
    page.route("**/chat/source**", lambda route: first.append(route) if not first else route.continue_())
    turn = page.get_attribute(".fn", "data-turn")
    page.evaluate(f"void footnote.openSource('source', {{ turn: {turn}, note: 1 }}, null)")  # not waited for
    page.evaluate("void footnote.openSource('read', { key: 'no such document' }, null)")
    page.wait_for_selector("#fn-toast:has-text('no longer in the index')")
    first[0].continue_()
    page.wait_for_timeout(300)
    assert page.is_hidden("#fn-source")
