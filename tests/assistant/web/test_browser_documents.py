"""Documents in the browser: sent, dropped, moved, chosen to be asked, read and searched; typing goes on."""

from __future__ import annotations

import pytest
from chat_doubles import ask, opened, served
from pdf_files import make_pdf
from small_indexes import index_of

from footnoted.assistant.chain import open_assistant

pytestmark = pytest.mark.browser

HEBREW = "המועצה אישרה את קו הרכבת הקלה ב-14 במרץ 2024."
DOCUMENTS = {
    "minutes.txt": "The cost of the tram line is 412 million euros. The council approved it on 14 March 2024.",
    "press.txt": "The cost of the tram line is 398 million euros.",
    "hebrew.txt": HEBREW,
    "long.txt": "Nothing is said here. " * 600
    + "The keeper of the lighthouse was paid 12 crowns. "
    + "The end. " * 900,
}
# Drops files on the page as a person would: the browser gives a script no way to make entries of a folder.
DROP = """(names) => { const carried = new DataTransfer();
  for (const name of names) carried.items.add(new File(['The ship ' + name + ' was built in 1902.'], name));
  for (const kind of ['dragenter', 'dragover', 'drop'])
    document.body.dispatchEvent(new DragEvent(kind, { dataTransfer: carried, bubbles: true, cancelable: true })); }"""


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    folder = tmp_path_factory.mktemp("documents")
    with index_of(folder, DOCUMENTS, real=True) as index:
        pages = ["About the harbour.", "The bridge was opened in 1931.", "The end."]
        make_pdf(folder / "bridge.pdf", [[(50, 50, text)] for text in pages])
        index.add(folder / "bridge.pdf")
        with served(open_assistant(index=index)) as address:
            yield address


@pytest.fixture
def page(browser, address):
    page = opened(browser, address, permissions=["clipboard-read", "clipboard-write"])
    yield page
    problems = list(page.problems)
    page.context.close()
    assert not problems


def act(page, name: str, action: str) -> None:
    """One entry of the menu beside a document of the list."""
    page.locator("#fn-document-list li", has_text=name).locator("[data-do=act]").click()
    page.click(f"#fn-menu button:has-text('{action}')")


def added(page, count: int) -> None:
    page.wait_for_function(
        "words => document.querySelector('#fn-progress').innerText.includes(words)", arg=f"{count} added"
    )


def test_a_folder_and_dropped_files_are_added_and_moved(page, tmp_path) -> None:
    (tmp_path / "ships" / "old").mkdir(parents=True)
    for name in ("anna.txt", "old/berta.txt", ".hidden.txt"):
        (tmp_path / "ships" / name).write_text(f"The ship {name} was built in 1901.", encoding="utf-8")
    page.click("[data-do=documents]")
    page.fill("#fn-into", "ships")
    page.set_input_files("#fn-folder", tmp_path / "ships")
    added(page, 2)
    page.keyboard.press("Escape")
    page.evaluate(DROP, ["carla.txt", "broken.xyz"])
    page.wait_for_selector("#fn-documents[open]")
    added(page, 1)
    assert "broken.xyz" in page.inner_text("#fn-progress .bad")
    page.select_option("#fn-collection", "ships")
    page.wait_for_function("() => document.querySelectorAll('.documents li').length === 3")
    act(page, "berta", "Move")
    page.fill("#fn-prompt-text", "fleet")
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.querySelectorAll('.documents li').length === 2")
    act(page, "carla", "Read it again")
    page.wait_for_function("() => document.querySelector('#fn-progress').innerText.includes('lready there')")
    page.click("#fn-coverage summary")
    page.wait_for_selector("#fn-coverage dl")
    assert "English" in page.inner_text("#fn-coverage") and "broken.xyz" not in page.inner_text("#fn-coverage")


def test_an_address_of_this_machine_is_refused_in_words(page) -> None:
    page.click("[data-do=documents]")
    page.fill("#fn-url", "http://localhost:1/x")
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.querySelector('#fn-progress').innerText.includes('Not added')")
    assert "localhost" in page.inner_text("#fn-progress")


def test_only_what_is_chosen_is_asked(page) -> None:
    page.click("[data-do=scope]")
    page.locator("#fn-scope-list label", has_text="press.txt").click()
    page.click("[data-do=scoped]")
    assert "Only press.txt" in page.inner_text("#fn-tools")
    ask(page, "What is the cost of the tram line?")
    assert "398 million" in page.inner_text("#fn-live .a") and "412" not in page.inner_text("#fn-live")
    assert "Asked only: press.txt" in page.inner_text("#fn-live .sq")
    page.reload()
    page.wait_for_selector("body[data-ready]")
    assert "Only press.txt" in page.inner_text("#fn-tools"), "the choice survives a reload"
    page.click("#fn-tools [data-do=everything]")
    assert "All documents" in page.inner_text("#fn-tools")
    ask(page, "What is the cost of the tram line?")
    sides = page.locator("#fn-live .against blockquote")
    assert {sides.nth(n).locator("b").inner_text()[:3] for n in range(sides.count())} == {"398", "412"}


def test_a_pdf_opens_at_the_page_of_its_quote(page) -> None:
    ask(page, "When was the bridge opened?")
    page.click("#fn-live .fn")
    page.wait_for_selector("#fn-mark")
    assert "page 2 of 3" in page.inner_text("#fn-source .where")
    link = page.locator("#fn-source .where a")
    assert link.get_attribute("href").endswith("#page=2") and link.get_attribute("target") == "_blank"
    sent = page.request.get(page.url.split("?")[0] + link.get_attribute("href").removeprefix("./"))
    assert sent.headers["content-type"] == "application/pdf" and sent.body().startswith(b"%PDF")


def test_text_from_right_to_left_stands_so(page) -> None:
    ask(page, "מתי אישרה המועצה את קו הרכבת הקלה?")
    assert page.evaluate("getComputedStyle(document.querySelector('#fn-live .q')).direction") == "rtl"
    page.locator("#fn-live .fn, #fn-live .near").first.click()
    page.wait_for_selector("#fn-mark")
    assert page.evaluate("getComputedStyle(document.querySelector('#fn-source .doc')).direction") == "rtl"
    assert page.inner_text("#fn-mark").strip() in HEBREW


def test_a_long_document_is_searched_and_shown_further(page) -> None:
    page.click("[data-do=documents]")
    page.click("#fn-document-list [data-do=read] >> text=long.txt")
    page.wait_for_selector("#fn-source .around")
    before = len(page.inner_text("#fn-source .doc"))
    page.click("#fn-source .around")
    page.wait_for_function("before => document.querySelector('#fn-source .doc').innerText.length > before", arg=before)
    page.click("#fn-source summary")
    page.fill("#fn-inside", "paid 12 crowns")
    page.click("#fn-found button")
    page.wait_for_function("() => document.querySelector('#fn-mark').innerText === 'paid 12 crowns'")
    place = page.locator("#fn-mark").bounding_box()
    assert 0 < place["y"] < 860
    page.click("#fn-source .around >> nth=0")
    page.wait_for_function("() => document.querySelectorAll('#fn-source .around').length < 2")


def test_typing_does_not_wait_for_an_upload(page, tmp_path) -> None:
    for number in range(40):
        text = "\n\n".join(
            f"Room {number} holds chest {part} with {part * 7} coins of old silver." for part in range(60)
        )
        (tmp_path / f"room{number}.txt").write_text(text, encoding="utf-8")
    page.click("[data-do=documents]")
    page.set_input_files("#fn-files", sorted(tmp_path.glob("*.txt")))
    page.wait_for_selector("#fn-progress progress[value]")
    page.keyboard.press("Escape")
    page.evaluate(
        """() => { window.late = []; document.querySelector('#fn-ask textarea').addEventListener('keydown', () => {
        const at = performance.now(); requestAnimationFrame(() => window.late.push(performance.now() - at)); }) }"""
    )
    page.click("#fn-ask textarea")
    page.keyboard.type("What is in chest 7?", delay=20)
    page.wait_for_timeout(300)
    assert page.is_visible("#fn-busy"), "the upload was under way all the while"
    late = sorted(page.evaluate("window.late"))
    assert page.input_value("#fn-ask textarea") == "What is in chest 7?"
    assert late[len(late) // 2] < 100, late
