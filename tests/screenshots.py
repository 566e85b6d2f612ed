"""Makes the pictures of the documentation from a real index of the samples: ``python tests/screenshots.py``."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "support"))

from chat_doubles import ask, browser_of, opened, served  # noqa: E402

IMAGES = ROOT / "docs" / "images"
SAMPLES = ROOT / "assistant" / "web" / "samples"
QUESTIONS = ("Which warranty is there on the compressor?", "How was the motion to build the tram line carried?")
DISPUTED = "What is the cost of the tram line?"
STRANGE = "Who is the prime minister of Canada?"


def picture(page, name: str) -> None:
    """One PNG of what is visible, without a blinking cursor or a tip in the way."""
    page.mouse.move(0, 0)
    page.wait_for_timeout(400)
    page.screenshot(path=IMAGES / f"{name}.png", caret="hide", animations="disabled")


def press(page, button: str) -> None:
    """Press a button that a phone hides behind its menu."""
    page.evaluate(f"document.querySelector('{button}').click()")


def states(browser, address: str, suffix: str, **options) -> None:
    """The main states of the page for one size and colour scheme."""
    page = opened(browser, address, **options)
    picture(page, f"welcome{suffix}")
    for question in QUESTIONS:
        ask(page, question)
    page.locator("#fn-live .fn").first.click()
    page.wait_for_selector("#fn-mark")
    picture(page, f"answer{suffix}")
    page.keyboard.press("Escape")
    ask(page, DISPUTED)
    picture(page, f"disagree{suffix}")
    ask(page, STRANGE)
    picture(page, f"refusal{suffix}")
    press(page, "[data-do=documents]")
    page.wait_for_selector(".documents li")
    picture(page, f"documents{suffix}")
    page.keyboard.press("Escape")
    press(page, "[data-do=settings]")
    page.wait_for_selector("#fn-models label")
    picture(page, f"settings{suffix}")
    page.context.close()


def main() -> None:
    """Every state at desktop and phone width, light and dark."""
    from footnoted.assistant import open_assistant

    chromium = shutil.which("chromium") or sys.exit("chromium is not installed: run 'apt-get install chromium'")
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home:
        assistant = open_assistant(home)
        assistant.index.add(SAMPLES, collection="samples")
        assistant.index.add([ROOT / "docs" / name for name in ("guide.md", "chat.md", "formats.md")])
        with served(assistant) as address, browser_of(chromium) as browser:
            for scheme in ("light", "dark"):
                suffix = "" if scheme == "light" else "-dark"
                states(browser, address, suffix, viewport={"width": 1440, "height": 860}, color_scheme=scheme)
                phone = {"width": 390, "height": 844}
                states(browser, address, f"-phone{suffix}", viewport=phone, color_scheme=scheme)
        assistant.index.close()


if __name__ == "__main__":
    main()
