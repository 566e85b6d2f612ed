"""The workbench as a grader meets it, driven in a real chromium: keyboard, blind grading, phone, hostile texts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from chat_doubles import opened
from server_doubles import serving
from workbench_doubles import EVIL, two_runs, workbench

from footnoted.assistant.evaluation.workbench.application import create_app
from footnoted.assistant.evaluation.workbench.bench import Bench, Opened
from footnoted.assistant.evaluation.workbench.from_chat import chat_items
from footnoted.assistant.evaluation.workbench.labels import read_labels
from footnoted.assistant.web.conversations.conversations import Conversations

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> tuple[Path, Path]:
    return two_runs(tmp_path_factory.mktemp("runs"))


@pytest.fixture
def folders(made) -> Iterator[tuple[Path, Path]]:
    yield made
    (made[0].parent / "set.labels.jsonl").unlink(missing_ok=True)


def verdicts(folders: tuple[Path, Path], grader: str = "anna") -> dict[tuple[str, bool], str]:
    """(question's id, whether the answer is a refusal) -> the grader's verdict in the file."""
    given = read_labels(folders[0].parent / "set.labels.jsonl").values()
    return {(label.id, label.refused): label.verdict for one in given for name, label in one.items() if name == grader}


@pytest.fixture
def page(browser, folders):
    with workbench(*folders) as (address, _):
        page = opened(browser, address)
        yield page
        problems = list(page.problems)
        page.context.close()
    assert not problems


def saved(page, text: str) -> None:
    page.wait_for_function("text => document.getElementById('said').textContent === text", arg=text)
    page.evaluate("document.getElementById('said').textContent = ''")


def question(page, text: str) -> None:
    page.wait_for_function("text => document.querySelector('#item h2')?.innerText.startsWith(text)", arg=text)


def test_everything_by_keyboard(page, folders) -> None:
    question(page, "When did Rome fall?")
    assert page.locator(".answer").count() == 2 and page.locator(".revealed").count() == 0
    titles = page.locator(".answer > h3")
    assert all(title.startswith("Answer ") for title in titles.all_inner_texts()), "blind: their runs are not told"
    key = "answer => answer.querySelector('.said').innerText.includes('476')"
    wrong = 1 if page.locator(".answer").nth(0).evaluate(key) else 0
    if wrong:
        page.keyboard.press("ArrowRight")
    page.keyboard.press("3")
    saved(page, "Saved: wrong")
    assert page.locator(".revealed").count() == 1 and "wrong by number" in page.inner_text(".revealed")
    assert page.get_attribute(f".answer:nth-child({2 - wrong})", "data-active") == "true", "on to the one that is left"
    page.keyboard.press("n")
    page.keyboard.type("1 and 3 are keys, but not here")
    page.keyboard.press("Escape")
    page.keyboard.press("1")
    saved(page, "Saved: right")
    assert "first" in titles.all_inner_texts()
    page.keyboard.press("j")
    question(page, "How do the cats differ?")
    page.keyboard.press("2")
    saved(page, "Saved: partly right")
    page.keyboard.press("Enter")
    question(page, "Who is the king of Mars?")
    refusal = page.locator(".answer").evaluate_all("all => all.findIndex(one => one.querySelector('.refusal'))")
    page.keyboard.press("ArrowRight" if refusal else "ArrowLeft")
    page.keyboard.press("4")
    page.wait_for_selector("#toast:has-text('a refusal already')")
    page.keyboard.press("1")
    saved(page, "Saved: right")
    page.keyboard.press("4")
    saved(page, "Saved: should have refused")
    page.keyboard.press("0")
    saved(page, "Verdict taken back")
    page.keyboard.press("4")
    saved(page, "Saved: should have refused")
    given = read_labels(folders[0].parent / "set.labels.jsonl")
    of_rome = [label.verdict for one in given.values() for label in one.values() if label.id == "rome"]
    assert sorted(of_rome) == ["right", "wrong"]
    assert "1 and 3 are keys, but not here" in {label.note for one in given.values() for label in one.values()}
    assert verdicts(folders)[("mars", True)] == "right" and verdicts(folders)[("mars", False)] == "refuse"
    assert page.inner_text("#progress") == "5 of 6 answers graded"
    page.keyboard.press("k")
    question(page, "How do the cats differ?")


def test_filters_by_slice_and_by_won_and_lost(page) -> None:
    page.select_option("#outcome", "won")
    assert page.locator("#list li").count() == 0 and "While you grade blind" in page.inner_text("#count")
    page.locator("#outcome").press("Escape")
    page.keyboard.press("b")
    page.wait_for_function("() => document.querySelectorAll('#list li').length === 2")
    assert page.locator("#list .tags").all_inner_texts() == ["won", "won"]
    page.select_option("#outcome", "lost")
    assert page.locator("#list li").count() == 0
    page.select_option("#outcome", "not graded")
    assert page.locator("#list li").all_inner_texts() == ["How do the cats differ?\n(not graded)"]
    page.select_option("#outcome", "")
    page.select_option("#slice", '["topic","history"]')
    assert page.inner_text("#count") == "2 of 4 questions"
    page.fill("#search", "MARS")
    assert page.inner_text("#count") == "1 of 4 questions"


def test_help_results_and_footnotes(page) -> None:
    page.keyboard.press("?")
    assert "should have refused" in page.inner_text("#help")
    page.keyboard.press("Escape")
    assert page.is_hidden("#help")
    page.keyboard.press("3")
    saved(page, "Saved: wrong")
    page.keyboard.press("r")
    page.wait_for_selector("#summary[open]")
    assert "first" in page.inner_text("#summary") and "n 1" in page.inner_text("#summary")
    page.keyboard.press("Escape")
    page.locator(".answer .said sup a").first.click()
    assert page.evaluate("document.activeElement.className") == "note-of"


def test_two_graders_do_not_see_each_other_before_they_have_graded(page, browser, folders) -> None:
    page.keyboard.press("j")
    question(page, "How do the cats differ?")
    page.keyboard.press("2")
    saved(page, "Saved: partly right")
    with workbench(*folders, grader="ben") as (address, _):
        other = opened(browser, address)
        other.keyboard.press("j")
        question(other, "How do the cats differ?")
        assert "anna" not in other.inner_text("body")
        other.keyboard.press("1")
        saved(other, "Saved: right")
        assert "anna: partly right" in other.inner_text(".revealed")
        other.keyboard.press("r")
        other.wait_for_selector("#summary[open]")
        assert "anna and ben" in other.inner_text("#summary")
        assert not other.problems
        other.context.close()
    assert verdicts(folders) == {("cats", False): "partly"} and verdicts(folders, "ben") == {("cats", False): "right"}


def test_texts_of_documents_are_never_markup(page) -> None:
    page.keyboard.press("b")
    page.click("#list li:last-child button")
    question(page, "What is <img")
    shown = page.inner_text("#item")
    assert shown.count("<img src=x onerror=") >= 5, "question, expected, answer, quote and id"
    assert "<script>window.hacked=1</script>{{7*7}}" in shown
    assert page.locator("#item img, #list img, #item script, header img").count() == 0
    assert page.evaluate("window.hacked") is None
    assert "<img" in page.inner_text("#runs") and "\u202e" not in page.inner_text("#runs"), "the run's name"
    assert page.locator(f'#slice option:has-text("{EVIL[:8]}")').count() == 1


def test_what_cannot_be_saved_is_said_and_not_shown_as_saved(page, folders) -> None:
    question(page, "When did Rome fall?")
    (folders[0].parent / "set.labels.jsonl").mkdir()
    try:
        page.keyboard.press("1")
        page.wait_for_selector("#toast:has-text('set.labels.jsonl')")
        assert page.locator('[data-verdict][aria-pressed="true"]').count() == 0
        assert page.inner_text("#progress") == "0 of 6 answers graded"
    finally:
        (folders[0].parent / "set.labels.jsonl").rmdir()
    page.keyboard.press("1")
    saved(page, "Saved: right")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1440])
def test_it_fits_and_can_be_read_by_everyone(browser, folders, width: int, scheme: str) -> None:
    with workbench(*folders) as (address, _):
        size = {"width": width, "height": 760}
        page = opened(browser, address, viewport=size, color_scheme=scheme, reduced_motion="reduce")
        page.goto(f"{address}#3")
        page.reload()
        question(page, "What is <img")
        for verdict in ("right", "partly"):
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            found = Axe().run(page).response["violations"]
            assert not found, [f"{rule['id']}: {rule['nodes'][0]['html'][:200]}" for rule in found]
            page.click(f".grade [data-verdict={verdict}]")
            page.wait_for_selector(f"[data-verdict={verdict}][aria-pressed=true]")
        if width == 360:
            page.click("text=Next open")
            question(page, "When did Rome fall?")
            page.click("#toggle")
            page.click("#list li:nth-child(2) button")
            question(page, "How do the cats differ?")
        assert not page.problems
        page.context.close()


def test_an_answer_of_the_chat_is_graded_and_added_by_keyboard(browser, tmp_path) -> None:
    reason = "<img src=x onerror=window.hacked=1> No."
    kept = Conversations(tmp_path / "conversations.sqlite3")
    answer = {"question": "Who?", "kind": "refusal", "refused": True, "text": "Not in your documents.", "sentences": []}
    kept.judge("anna", kept.add("anna", kept.begin("anna", "Who?"), "Who?", answer), "down", reason)
    kept.close()
    bench = Bench(Opened(chat_items(tmp_path), [], [], "anna", tmp_path / "questions.jsonl"))
    with serving(create_app(bench)) as address:
        page = opened(browser, address)
        question(page, "Who?")
        assert f"The reader said: {reason}" in page.inner_text("#item") and page.is_hidden("#slice")
        page.keyboard.press("3")
        page.fill("#right-answer", "Ada")
        page.keyboard.press("Escape")
        page.keyboard.press("a")
        page.wait_for_selector("#toast:has-text('Added to questions.jsonl, which has 1 question now.')")
        assert not page.problems and page.evaluate("window.hacked") is None
        page.context.close()
    assert json.loads((tmp_path / "questions.jsonl").read_text(encoding="utf-8"))["answers"] == ["Ada"]
