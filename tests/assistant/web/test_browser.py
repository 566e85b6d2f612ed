"""The chat as a reader meets it: the real application, real models and real index, driven in a real chromium."""

from __future__ import annotations

import asyncio
import json
import threading
from pathlib import Path

import pytest
from chat_doubles import ask, opened, served
from small_indexes import index_of

from footnoted.assistant.chain import open_assistant
from footnoted.assistant.web import chat

pytestmark = pytest.mark.browser

TRAM = (
    "Minutes of the city council.\n\nThe council approved the tram line between the station and the harbour "
    "on 14 March 2024 by 31 votes to 12. The mayor thanked the working group.\n\n"
    "The tram line will cost 412 million euros."
)
QUESTION = "When did the council approve the tram line?"


@pytest.fixture(scope="module")
def assistant(tmp_path_factory):
    bakery = (
        "The bakery opens at seven. Its rye bread is baked with sourdough from 1921. "
        "The oldest oven of the bakery is a stone oven."
    )
    gallium = "The melting point of gallium is 29.76 degrees Celsius."
    documents = {"tram.txt": TRAM, "bakery.txt": bakery, "gallium.txt": gallium}
    index = index_of(tmp_path_factory.mktemp("browser"), documents, real=True)
    index.warm_up()
    yield open_assistant(index=index)
    index.close()


@pytest.fixture(scope="module")
def address(assistant):
    with served(assistant) as address:
        yield address


@pytest.fixture
def page(browser, address):
    page = opened(browser, address)
    yield page
    problems = list(page.problems)
    page.context.close()
    assert not problems


def test_a_question_is_answered_and_its_footnote_opens_the_quote(page) -> None:
    ask(page, QUESTION)
    assert "14 March 2024" in page.inner_text("#fn-live .a")
    page.hover("#fn-live .fn")
    assert "14 March 2024" in page.inner_text("#fn-tip")
    page.click("#fn-live .fn")
    page.wait_for_selector("#fn-mark")
    assert "14 March 2024" in page.inner_text("#fn-mark")
    place = page.locator("#fn-mark").bounding_box()
    assert place["y"] > 0 and place["y"] + place["height"] < 860, "scrolled to the quote"
    assert page.get_attribute("#fn-live .fn", "aria-expanded") == "true"
    assert "tram.txt" in page.inner_text("#fn-source header")
    page.click("#fn-source .why summary")
    assert "Supports the sentence" in page.inner_text("#fn-source table")
    page.keyboard.press("Escape")
    assert page.is_hidden("#fn-source")
    assert page.input_value("#fn-ask textarea") == ""


def test_what_is_not_in_the_documents_is_refused_with_the_nearest_passages(page) -> None:
    ask(page, "Who is the prime minister of Canada?")
    assert "Not in your documents." in page.inner_text("#fn-live .none")
    page.locator("#fn-live .near").first.click()
    page.wait_for_selector("#fn-mark")
    assert page.inner_text("#fn-mark")


def test_what_was_searched_for_can_be_edited(page) -> None:
    ask(page, QUESTION)
    ask(page, "And what will it cost?")
    assert page.inner_text("#fn-live .sq").startswith("Searched for")
    page.click("#fn-live [data-do=search]")
    page.fill("#fn-prompt-text", "What is the bread baked with?")
    page.click("#fn-prompt .send")
    page.wait_for_function("() => document.querySelector('#fn-live .a')?.innerText.includes('sourdough')")
    assert page.locator("#fn-history .turn").count() == 1, "the answer took the place of the one it replaces"


def test_the_other_reading_of_a_question_is_one_click_away(page) -> None:
    ask(page, QUESTION)
    ask(page, "And what will it cost?")
    searched = page.inner_text("#fn-live .sq q")
    page.click("#fn-live [data-do=reread]")
    page.wait_for_function("() => document.querySelector('#fn-live [data-do=reread]')?.innerText.includes('(')")
    assert searched in page.inner_text("#fn-live [data-do=reread]"), "and the way back is as near"
    assert page.locator("#fn-history .turn").count() == 1


def test_a_question_asked_before_the_event_of_the_last_answer_has_ended_is_answered(page, monkeypatch) -> None:
    answered = chat.answered

    async def ends_late(*arguments):
        async for shown in answered(*arguments):
            yield shown
        await asyncio.sleep(2)

    monkeypatch.setattr(chat, "answered", ends_late)
    ask(page, QUESTION)
    ask(page, "What is the bread baked with?")
    assert "sourdough" in page.inner_text("#fn-live .a")
    page.wait_for_timeout(2500)
    assert "sourdough" in page.inner_text("#fn-live .a")
    assert page.locator("#fn-history .turn").count() == 1


def test_a_reload_keeps_the_conversation_and_the_draft(page) -> None:
    ask(page, QUESTION)
    page.fill("#fn-ask textarea", "a draft")
    page.reload()
    page.wait_for_selector("#fn-history .fn")
    assert "14 March 2024" in page.inner_text("#fn-history .a")
    page.wait_for_selector("body[data-ready]")
    assert page.input_value("#fn-ask textarea") == "a draft"
    page.click("#fn-history .fn")
    page.wait_for_selector("#fn-mark")


def test_two_browsers_do_not_see_each_other(browser, address, page) -> None:
    ask(page, QUESTION)
    page.wait_for_selector("#fn-conversations a")
    other = opened(browser, page.url)
    assert other.locator(".turn").count() == 0
    assert other.locator("#fn-conversations a").count() == 0
    other.context.close()


def test_retry_edit_rename_export_and_delete(page) -> None:
    ask(page, "When does the bakery open?")
    first = page.get_attribute("#fn-live .turn", "data-turn")
    page.click("#fn-live [data-do=retry]")
    page.wait_for_function(
        "old => document.querySelector('#fn-live .turn[data-done=\"1\"]')?.dataset.turn > old", arg=first
    )
    assert "seven" in page.inner_text("#fn-live .a") and page.locator("#fn-history .turn").count() == 0
    act_on_conversation(page, "Rename")
    page.fill("#fn-prompt-text", "Bread")
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.querySelector('#fn-conversations a').innerText === 'Bread'")
    act_on_conversation(page, "Delete")
    page.click("#fn-prompt .send")
    page.wait_for_selector(".welcome")
    page.wait_for_function("() => !document.querySelector('#fn-conversations a')")


def act_on_conversation(page, action: str) -> None:
    page.hover("#fn-conversations li")
    page.click("#fn-conversations [data-do=more]")
    page.click(f"#fn-menu button:has-text('{action}')")


def test_an_exported_conversation_comes_back_whole(page, tmp_path) -> None:
    ask(page, QUESTION)
    ask(page, "When does the bakery open?")
    with page.expect_download() as download:
        act_on_conversation(page, "Export as JSON")
    exported = download.value.path().read_text(encoding="utf-8")
    turns = json.loads(exported)["turns"]
    assert [turn["question"] for turn in turns] == [QUESTION, "When does the bakery open?"]
    assert turns[1]["answer"]["citations"][0]["quote"] == "The bakery opens at seven."
    (tmp_path / "export.json").write_text(exported, encoding="utf-8")
    before, address = page.inner_text("#fn-live .a"), page.url
    page.set_input_files("#fn-import", tmp_path / "export.json")
    page.wait_for_function("before => location.href !== before && document.body.dataset.ready", arg=address)
    page.wait_for_selector("#fn-history .turn:nth-child(2) .fn")
    assert page.inner_text("#fn-history .turn:last-child .a") == before
    page.locator("#fn-history .turn:last-child .fn").first.click()
    page.wait_for_selector("#fn-mark")
    assert page.inner_text("#fn-mark") == "The bakery opens at seven."
    with page.expect_download() as again:
        act_on_conversation(page, "Export as JSON")
    came_back = json.loads(again.value.path().read_text(encoding="utf-8"))["turns"]
    assert [strip(turn["answer"]) for turn in came_back] == [strip(turn["answer"]) for turn in turns]


def strip(answer: dict) -> dict:
    return {name: value for name, value in answer.items() if name != "timings"}


def test_documents_are_uploaded_asked_alone_and_removed(page, tmp_path) -> None:
    page.click("[data-do=documents]")
    (tmp_path / "lighthouse.txt").write_text("The lighthouse was painted red in 1871 by Jonas Berg.", encoding="utf-8")
    (tmp_path / "broken.pdf").write_bytes(b"not a PDF")
    page.set_input_files("#fn-files", [tmp_path / "lighthouse.txt", tmp_path / "broken.pdf"])
    page.wait_for_function("() => document.querySelector('#fn-progress').innerText.includes('1 added')")
    assert "broken.pdf" in page.inner_text("#fn-progress")
    page.locator("li", has_text="lighthouse").locator("[data-do=only]").click()
    assert "Only lighthouse.txt" in page.inner_text("#fn-tools")
    ask(page, "Who painted the lighthouse?")
    assert "Jonas Berg" in page.inner_text("#fn-live .a")
    page.click("[data-do=documents]")
    page.locator("li", has_text="lighthouse").locator("[data-do=act]").click()
    page.click("#fn-menu button:has-text('Remove')")
    page.click("#fn-prompt .send")
    page.wait_for_function("() => !document.querySelector('#fn-document-list').innerText.includes('lighthouse')")


def test_the_keyboard_alone_reaches_everything(page) -> None:
    page.locator("#fn-nav button").first.focus()
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.matches('#fn-ask textarea')")
    page.keyboard.type("first")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("second")
    assert page.input_value("#fn-ask textarea") == "first\nsecond"
    ask(page, QUESTION)
    page.locator("#fn-live .fn").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#fn-mark")
    assert page.evaluate("document.activeElement.id") == "fn-source-title"
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.matches('.fn')"), "focus goes back to the footnote"


@pytest.mark.parametrize(("width", "scheme"), [(360, "light"), (390, "dark"), (900, "light"), (1440, "dark")])
def test_no_width_scrolls_sideways(browser, address, width: int, scheme: str) -> None:
    page = opened(browser, address, viewport={"width": width, "height": 800}, color_scheme=scheme)
    ask(page, QUESTION + " " + "x" * 200)
    ask(page, QUESTION)
    page.click("#fn-live .fn")
    page.wait_for_selector("#fn-mark")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("#fn-source").bounding_box()["width"] <= width
    page.context.close()


@pytest.mark.parametrize(("width", "height"), [(390, 700), (1440, 700)])
def test_a_new_answer_ends_above_the_box_and_its_question_stays_in_view(browser, address, width, height) -> None:
    page = opened(browser, address, viewport={"width": width, "height": height})
    for _ in range(3):
        ask(page, QUESTION)
    ask(page, "Who is the prime minister of Canada?")
    page.wait_for_function(
        "() => document.querySelector('#fn-live .none').getBoundingClientRect().top"
        " < document.querySelector('#fn-composer').getBoundingClientRect().top"
    )
    top, bottom, box = page.evaluate(
        "['#fn-live .q', '#fn-live .meta', '#fn-composer'].map((name, place) =>"
        " document.querySelector(name).getBoundingClientRect()[place === 1 ? 'bottom' : 'top'])"
    )
    assert top >= 0 and (bottom <= box + 1 or top < 120), "all of it is in view, or as much as there is room for"
    page.context.close()


def test_an_answer_is_copied_with_its_footnotes(page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    ask(page, QUESTION)
    page.click("#fn-live [data-do=copy]")
    page.wait_for_selector("#fn-live [data-do=copy]:has-text('Copied')")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert "[^1]" in copied and "14 March 2024" in copied.split("[^1]:")[1]
    html = page.evaluate(
        "navigator.clipboard.read().then(items => items[0].getType('text/html')).then(blob => blob.text())"
    )
    assert "<sup>" in html and "14 March 2024" in html
    page.evaluate("getSelection().selectAllChildren(document.querySelector('#fn-live .a'))")
    page.keyboard.press("Control+c")
    by_hand = page.evaluate("navigator.clipboard.readText()")
    assert "[1]" in by_hand.split("\n")[0] and "[1] tram.txt: “" in by_hand


def test_appearance_and_length_are_chosen_and_kept(page) -> None:
    page.click("[data-do=settings]")
    page.wait_for_selector("#fn-models input")
    page.check("#fn-settings [value=dark]")
    page.check("#fn-settings [value=long]")
    page.keyboard.press("Escape")
    dark = "getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(dark) == "rgb(23, 22, 20)"
    page.reload()
    page.wait_for_selector("body[data-ready]")
    assert page.evaluate(dark) == "rgb(23, 22, 20)"
    ask(page, "When does the bakery open?")
    assert page.locator("#fn-live .fn").count() == 3, "the sentence that follows is there too"


def test_what_a_reader_thinks_is_kept_and_becomes_a_question(page, assistant) -> None:
    ask(page, QUESTION)
    page.click("#fn-live [data-verdict=up]")
    page.fill("#fn-reason", "The date is right.")
    page.check("#fn-keep")
    page.click("#fn-feedback .send")
    page.wait_for_selector("#fn-toast:has-text('questions.jsonl')")
    assert page.get_attribute("#fn-live [data-verdict=up]", "aria-pressed") == "true"
    lines = (Path(assistant.index.home.folder) / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(lines[-1])["question"] == QUESTION
    page.reload()
    page.wait_for_selector("#fn-history [data-verdict=up][aria-pressed=true]")


def test_a_question_to_go_on_with_is_asked_with_a_click(page) -> None:
    page.wait_for_selector(".welcome .next button")
    suggested = page.locator(".welcome .next button").first.inner_text()
    page.locator(".welcome .next button").first.click()
    page.wait_for_selector("#fn-live .turn[data-done='1']")
    assert page.inner_text("#fn-live .q") == suggested and page.locator("#fn-live .fn").count()
    assert page.locator(".welcome").count() == 0
    ask(page, "When does the bakery open?")
    page.locator("#fn-live .next button").first.click()
    page.wait_for_function("() => document.querySelectorAll('#fn-history .turn').length === 2")
    page.wait_for_selector("#fn-live .turn[data-done='1']")
    assert page.locator("#fn-history .next").count() == 0, "only the last answer is gone on from"


def test_the_last_question_is_edited(page) -> None:
    ask(page, QUESTION)
    page.click("#fn-live [data-do=edit]")
    page.fill("#fn-prompt-text", "When does the bakery open?")
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.querySelector('#fn-live .a')?.innerText.includes('seven')")
    page.wait_for_selector("#fn-live .turn[data-done='1']")
    assert page.locator("#fn-history .turn").count() == 0
    page.reload()
    page.wait_for_selector("#fn-history .turn")
    assert page.locator("#fn-history .turn").count() == 1


def test_the_address_of_a_conversation_opens_it_for_its_owner_alone(browser, page) -> None:
    ask(page, QUESTION)
    page.wait_for_selector("#fn-conversations a")
    mine = page.context.new_page()
    mine.goto(page.url)
    mine.wait_for_selector("#fn-history .fn")
    other = opened(browser, page.url)
    assert other.locator(".turn").count() == 0 and "no such conversation" in other.inner_text("#fn-toast")
    assert "?c=" not in other.url
    other.context.close()


def test_each_conversation_keeps_its_own_draft_and_many_are_searched(page, address) -> None:
    ask(page, QUESTION)
    page.fill("#fn-ask textarea", "half a question")
    page.click("[data-do=new]")
    page.wait_for_selector("body[data-ready]")
    page.wait_for_selector("#fn-conversations a")
    assert page.input_value("#fn-ask textarea") == ""
    page.fill("#fn-find", "nothing of this")
    page.wait_for_function("() => document.querySelector('#fn-conversations').innerText.includes('Nothing found')")
    page.fill("#fn-find", "COUNCIL")
    page.click("#fn-conversations a")
    page.wait_for_selector("#fn-history .turn")
    page.wait_for_selector("body[data-ready]")
    assert page.input_value("#fn-ask textarea") == "half a question"


class Slow:
    """The assistant, but every snapshot waits until the test lets it go."""

    def __init__(self, assistant) -> None:
        self.inner, self.go = assistant, threading.Event()
        self.index, self.settings, self.model_name = assistant.index, assistant.settings, "slow"

    async def astream(self, question, history, **options):
        import asyncio
        from dataclasses import replace

        answer = self.inner.answer(question, history, **options)
        yield replace(answer, done=False)
        while not self.go.is_set():
            await asyncio.sleep(0.05)
        yield answer


def test_nothing_is_asked_twice_or_empty(browser, assistant) -> None:
    slow = Slow(assistant)
    with served(slow) as address:
        page = opened(browser, address)
        page.click("#fn-send")
        page.keyboard.press("Enter")
        page.fill("#fn-ask textarea", QUESTION)
        page.keyboard.press("Enter")
        page.wait_for_selector("#fn-live .fn")
        page.fill("#fn-ask textarea", "When does the bakery open?")
        page.keyboard.press("Enter")
        page.wait_for_selector("#fn-toast:has-text('press Stop')")
        assert page.input_value("#fn-ask textarea") == "When does the bakery open?", "it waits in the box"
        slow.go.set()
        page.wait_for_selector("#fn-live .turn[data-done='1']")
        page.keyboard.press("Enter")
        page.wait_for_function("() => document.querySelector('#fn-live .a')?.innerText.includes('seven')")
        assert page.locator("#fn-history .turn").count() == 1 and not page.problems
        page.context.close()


def test_an_answer_can_be_stopped_and_what_there_is_stays(browser, assistant) -> None:
    with served(Slow(assistant)) as address:
        page = opened(browser, address)
        page.fill("#fn-ask textarea", QUESTION)
        page.click("#fn-send")
        page.wait_for_selector("#fn-live .fn")
        assert page.get_attribute("#fn-live .turn", "aria-busy") == "true"
        page.click("#fn-live .fn")
        page.wait_for_selector("#fn-mark")
        page.keyboard.press("Escape")
        page.click("#fn-stop")
        page.wait_for_selector("#fn-history .turn")
        assert "stopped" in page.inner_text("#fn-history .meta")
        assert "14 March 2024" in page.inner_text("#fn-history .a")
        page.context.close()
