"""axe-core finds nothing against the page in any of its states: names for screen readers, contrast, order, roles."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from chat_doubles import ask, opened, served
from small_indexes import index_of

from footnoted.assistant.chain import open_assistant

pytestmark = pytest.mark.browser

DOCUMENTS = {
    "tram.txt": "The council approved the tram line on 14 March 2024. The tram line will cost 412 million euros.",
    "press.txt": "The tram line will cost 398 million euros.",
    "bakery.txt": "The bakery opens at seven. Its rye bread is baked with sourdough from 1921.",
}


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    with (
        index_of(tmp_path_factory.mktemp("accessibility"), DOCUMENTS, real=True) as index,
        served(open_assistant(index=index)) as address,
    ):
        yield address


def violations(page) -> list[str]:
    """What axe-core has against the page as it stands, one line for each rule."""
    found = Axe().run(page).response["violations"]
    return [f"{rule['id']} ({rule['impact']}): {rule['nodes'][0]['html'][:200]}" for rule in found]


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (1440, "dark"), (390, "light"), (390, "dark")])
def test_axe_finds_nothing(browser, address, width: int, scheme: str) -> None:
    page = opened(
        browser, address, viewport={"width": width, "height": 860}, color_scheme=scheme, reduced_motion="reduce"
    )
    found = {"welcome": violations(page)}
    ask(page, "How much will the tram line cost?")
    assert page.locator("#fn-live .against").count(), "this state has to be there to be looked at"
    ask(page, "Who is the prime minister of Canada?")
    found["answers"] = violations(page)
    page.click("#fn-history .fn")
    page.wait_for_selector("#fn-mark")
    page.click("#fn-source .why summary")
    found["source"] = violations(page)
    page.keyboard.press("Escape")
    for dialog, button, shown in (
        ("documents", "[data-do=documents]", ".documents li"), ("settings", "[data-do=settings]", "#fn-models label"),
        ("choice of documents", "[data-do=scope]", "#fn-scope-list label"),
        ("opinion", "#fn-live [data-verdict=down]", "#fn-feedback[open]"),
        ("menu", "#fn-conversations [data-do=more]", "#fn-menu button"),
    ):  # fmt: skip
        if dialog == "menu" and width < 1100:
            page.click("[data-do=menu]")
        page.evaluate(f"document.querySelector('{button}').click()")
        page.wait_for_selector(shown)
        if dialog == "documents":
            page.evaluate("document.querySelector('#fn-coverage').open = true")
            page.wait_for_selector("#fn-coverage dl")
        found[dialog] = violations(page)
        page.keyboard.press("Escape")
    page.context.close()
    assert not {state: rules for state, rules in found.items() if rules}


def test_axe_finds_what_is_wrong(browser, address) -> None:
    page = opened(browser, address)
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<button></button>')")
    assert any(line.startswith("button-name") for line in violations(page))
    page.context.close()
