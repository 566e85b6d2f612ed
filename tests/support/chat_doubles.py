"""A running chat for tests: a real server on a free port of this machine, and a browser that may not leave it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from server_doubles import serving

from footnoted.assistant.server.application import create_app

BROWSER = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


@contextmanager
def served(assistant) -> Iterator[str]:
    """The address of a chat over ``assistant``, as one person's own machine serves it, that is stopped afterwards."""
    application = create_app(assistant, local_only=True)
    try:
        with serving(application) as address:
            yield address
    finally:
        application.state.footnote.close()


@contextmanager
def browser_of(chromium: str):
    """Debian's chromium, driven by Playwright."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=BROWSER)
        try:
            yield browser
        finally:
            browser.close()


def opened(browser, address: str, **options):
    """A page in a profile of its own, ready to use; ``page.problems`` collects errors and requests to other hosts."""
    context = browser.new_context(**({"viewport": {"width": 1440, "height": 860}} | options))
    page = context.new_page()
    page.set_default_timeout(20_000)
    page.problems = []
    page.on("pageerror", lambda error: page.problems.append(f"error: {error}"))
    page.on("dialog", lambda dialog: (page.problems.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    page.on("request", lambda request: None if _local(request.url, address) else page.problems.append(request.url))
    page.goto(address)
    page.wait_for_selector("body[data-ready]")
    page.wait_for_selector("p.loading", state="detached")  # Gradio's own notice, which can outlast it on a busy machine
    return page


def _local(url: str, address: str) -> bool:
    return url.startswith((address.split("?")[0], "data:", "blob:"))


def ask(page, question: str) -> None:
    """Type a question, send it with Enter, and wait until the answer is whole."""
    before = page.locator("#fn-live .turn").get_attribute("data-turn") if page.locator("#fn-live .turn").count() else ""
    page.fill("#fn-ask textarea", question)
    page.keyboard.press("Enter")
    page.wait_for_function(
        "before => { const t = document.querySelector('#fn-live .turn');"
        " return t && t.dataset.turn !== before && t.dataset.done === '1' }",
        arg=before,
    )
