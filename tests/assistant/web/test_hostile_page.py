"""Sixty hostile documents, names, questions and answers in a real browser: nothing runs, nothing leaves."""

from __future__ import annotations

import pytest
from chat_doubles import ask, browser_of, opened, served
from hostile import HOSTILE
from small_indexes import index_of

from footnoted.assistant.answers import Answer, Citation, Contradiction, Sentence
from footnoted.assistant.settings import Settings
from footnoted.index.types import Passage

pytestmark = pytest.mark.browser


class Hostile:
    """Answers every question with the hostile string that it names by number, in every field there is."""

    model_name = "extractive"

    def __init__(self, index) -> None:
        self.index, self.settings = index, Settings()
        self.texts = {info.document_id: (info.source, index.text_of(info.source)) for info in index.documents()}

    async def astream(self, question, history, **options):
        number = int(question.rsplit("#", 1)[1])
        word = HOSTILE[number]
        source, text = self.texts[f"{number}.txt"]
        passage = Passage("p", text, source, word, word, 1, word, word, 0, len(text), 1.0)
        notes = tuple(Citation(n, "p", source, word, word, 1, word, 0, len(text), text, 1.0) for n in (1, 2))
        sentences = (Sentence(word, (1, 2)), Sentence(word, (), supported=False))
        told = {"notice": word, "contradictions": (Contradiction(word, (1, 2), (word, word), (word, word)),)}
        yield Answer(question, word, word, sentences, notes, (passage,), **told, done=False)
        yield Answer(question, word, word, sentences, notes, (passage,), **told)


@pytest.fixture(scope="module")
def page(chromium, tmp_path_factory):
    # A file with control characters is refused as no text at all, so they come in the answers alone.
    readable = ["".join(c for c in word if c >= " " or c in "\t\n") for word in HOSTILE]
    documents = {f"{number}.txt": f"Document {number}. {word}" for number, word in enumerate(readable)}
    index = index_of(tmp_path_factory.mktemp("hostile"), documents)
    with served(Hostile(index)) as address, browser_of(chromium) as browser:
        yield opened(browser, address)
    index.close()


@pytest.mark.parametrize("number", range(len(HOSTILE)))
def test_nothing_runs_and_nothing_leaves(page, number: int) -> None:
    word = HOSTILE[number]
    ask(page, f"{word} #{number}")
    page.locator("#fn-live .fn").first.hover()
    page.evaluate("document.querySelector('#fn-live .fn').click()")  # the page may still be moving below a mouse
    begins = f"Document {number}."
    page.wait_for_function("text => document.querySelector('#fn-mark')?.textContent.startsWith(text)", arg=begins)
    assert page.evaluate("window.hacked") is None
    shown = page.locator("#fn-live, #fn-source, #fn-tip, #fn-conversations")
    live = "script, img, iframe, object, embed, link, style, form, input:not(#fn-inside), video, audio, svg, math, base"
    assert shown.locator(f"{live}, meta").count() == 0
    assert not page.problems
    page.keyboard.press("Escape")


def test_the_list_of_documents_and_a_reload_do_no_harm(page) -> None:
    page.reload()
    page.wait_for_selector("#fn-history .turn")
    assert page.locator("#fn-history .turn").count() == len(HOSTILE)
    page.click("[data-do=documents]")
    page.wait_for_selector(".documents li")
    assert page.evaluate("window.hacked") is None and not page.problems


def test_the_policy_itself_stops_what_escaping_would_have_let_through(page) -> None:
    """Were a tag ever to slip through, the browser would still neither run it nor ask another host for it."""
    asked: list[str] = []
    page.on("requestfinished", lambda request: asked.append(request.url) if "192.0.2.1" in request.url else None)
    page.evaluate(
        """() => { const box = document.createElement('div'); document.body.append(box);
        box.innerHTML = '<img src=x onerror="window.hacked=1"><a id=bad href="javascript:window.hacked=1">x</a>';
        const s = document.createElement('script'); s.textContent = 'window.hacked=1'; box.append(s);
        const i = new Image(); i.src = 'http://192.0.2.1/pixel.png'; document.getElementById('bad').click(); }"""
    )
    page.wait_for_timeout(300)
    assert page.evaluate("window.hacked") is None
    assert not asked
