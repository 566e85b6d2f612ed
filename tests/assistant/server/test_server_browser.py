"""The chat in a real browser on a server with accounts: logging in, asking within one's own documents, logging out."""

from __future__ import annotations

import pytest
from chat_doubles import ask, browser_of
from server_doubles import PASSWORD, serving, team

pytestmark = pytest.mark.browser


def test_a_person_logs_in_and_asks_their_own_documents(chromium, tmp_path):
    with team(tmp_path) as people, serving(people.application) as address, browser_of(chromium) as browser:
        context = browser.new_context()
        page = context.new_page()
        page.set_default_timeout(20_000)
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.goto(address)
        assert page.url.endswith("/login?next=/")
        page.fill("#name", "anna")
        page.fill("#password", "wrong password")
        page.keyboard.press("Enter")
        page.wait_for_selector("[role=alert]")
        page.fill("#name", "anna")
        page.fill("#password", PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_selector("body[data-ready]")
        ask(page, "Where does Anna keep the zirconium key?")
        assert "flowerpot" in page.inner_text("#fn-live")
        ask(page, "Where is the palladium coin?")
        assert "piano" not in page.inner_text("#fn-live")
        assert not any("footnote_session" in cookie for cookie in page.evaluate("document.cookie").split(";"))
        page.click("[data-do=settings]")
        page.wait_for_selector("#fn-account:has-text('Logged in as anna')")
        page.click("[data-do=logout]")
        page.wait_for_selector("#password")
        page.goto(address)
        assert "/login" in page.url and not problems
