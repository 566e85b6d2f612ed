"""How quick the chat is, in a real browser: ``python tests/benchmarks/chat.py [--write]``.

An index of 10,000 passages (a quarter long ones, which the questions are about, the rest short records) is made with
the bundled models in a folder of its own; ``--home`` keeps it. Measured are the time from a click on "Ask" to the first
words of the answer (20 questions), from opening the page to being able to type and ask, and from a key to its letter on
the screen, at rest and while an upload is being indexed.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))

from chat_doubles import browser_of, opened, served  # noqa: E402

RESULTS = ROOT / "tests" / "benchmarks" / "results"
PASSAGES, PARAGRAPHS = 10_000, 3_600
TOWNS = ("Ahlbeck", "Brunn", "Carlow", "Dorsten", "Elgin", "Falun", "Gent", "Horta", "Imola", "Jena")
THINGS = ("lighthouse", "bridge", "library", "museum", "harbour", "theatre", "station", "market", "school", "tower")
# Watches for the first letter of the answer that follows, from the moment of the click.
FIRST_WORDS = """() => new Promise((resolve) => {
  const began = performance.now(), before = document.querySelector('#fn-live .turn')?.dataset.turn;
  const done = () => { const turn = document.querySelector('#fn-live .turn');
    if (turn && turn.dataset.turn !== before && turn.querySelector('.a')?.innerText.trim()) {
      watch.disconnect(); resolve(performance.now() - began); } };
  const watch = new MutationObserver(done);
  watch.observe(document.getElementById('fn-live'), { childList: true, subtree: true });
  document.querySelector('#fn-send').click();
})"""
# From a key's event to the frame after its letter was drawn.
KEYS = """() => { const area = document.querySelector('#fn-ask textarea'); window.keys = [];
  area.addEventListener('keydown', () => { const at = performance.now();
    requestAnimationFrame(() => setTimeout(() => window.keys.push(performance.now() - at))); }); }"""


def documents(folder: Path, paragraphs: int, verb: str = "built") -> list[str]:
    """Files of 40 long paragraphs each; returns 20 questions that they answer. Another ``verb`` makes other texts."""
    folder.mkdir(parents=True)
    filler = " ".join(f"Visitors of room {n} may see drawing {n * 7} in the morning and at noon." for n in range(9))
    for first in range(0, paragraphs, 40):
        parts = [
            f"The {THINGS[n // 10 % 10]} {n} of {TOWNS[n % 10]} was {verb} in {1500 + n % 500}. {filler}"
            for n in range(first, first + 40)
        ]
        (folder / f"{first}.txt").write_text("\n\n".join(parts), encoding="utf-8")
    asked = range(paragraphs // 40, paragraphs, paragraphs // 20)
    return [f"When was the {THINGS[n // 10 % 10]} {n} of {TOWNS[n % 10]} {verb}?" for n in asked]


def short_records(file: Path, count: int) -> None:
    """A corpus of ``count`` short records, which fill the index up to the size that is measured."""
    rows = [
        {"id": f"r{n}", "text": f"Invoice {n}: {n % 90} pieces of article {n * 13} were sent."} for n in range(count)
    ]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def first_words(page, questions: list[str]) -> list[float]:
    """Milliseconds from the click to the first words, for each question."""
    taken = []
    for question in questions:
        page.fill("#fn-ask textarea", question)
        page.wait_for_timeout(150)
        taken.append(page.evaluate(FIRST_WORDS))
        page.wait_for_function("() => !document.body.classList.contains('asking')")
        page.wait_for_timeout(200)
    return taken


def usable(browser, address: str) -> list[float]:
    """Milliseconds from the start of loading to a page that is ready, five times in fresh profiles."""
    taken = []
    for _ in range(5):
        began = time.perf_counter()
        page = opened(browser, address)
        taken.append((time.perf_counter() - began) * 1000)
        page.context.close()
    return taken


def typing(page, letters: int = 60) -> list[float]:
    """Milliseconds from key to letter."""
    page.evaluate(KEYS)
    page.click("#fn-ask textarea")
    for _ in range(letters):
        page.keyboard.press("a")
        page.wait_for_timeout(30)
    page.wait_for_timeout(200)
    taken = page.evaluate("window.keys")
    page.fill("#fn-ask textarea", "")
    return taken


def while_indexing(page, folder: Path) -> list[float]:
    """The same while an upload of some seconds is indexed; the test is void when it ended before the typing."""
    page.click("[data-do=documents]")
    page.set_input_files("#fn-files", sorted(folder.glob("*.txt")))
    page.wait_for_selector("#fn-progress progress")
    page.wait_for_function("() => document.querySelector('#fn-progress').innerText.includes('Reading')")
    page.keyboard.press("Escape")
    taken = typing(page)
    assert page.is_visible("#fn-busy"), "the upload ended too soon to tell anything"
    return taken


def told(values: list[float]) -> dict[str, float]:
    """p50, p95 and the worst of some milliseconds."""
    ordered = sorted(values)
    at = min(len(ordered) - 1, round(0.95 * len(ordered)))
    return {"p50": round(statistics.median(ordered)), "p95": round(ordered[at]), "worst": round(ordered[-1])}


def main() -> None:
    """Measure, print, and with ``--write`` keep the figures under the commit."""
    from footnoted.assistant import open_assistant

    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--write", action="store_true", help="keep the figures in tests/benchmarks/results")
    parser.add_argument("--home", help="where the index is made, or was made before")
    options = parser.parse_args()
    chromium = shutil.which("chromium") or sys.exit("chromium is not installed: run 'apt-get install chromium'")
    with tempfile.TemporaryDirectory() as scratch:
        home = Path(options.home or Path(scratch) / "home")
        questions = documents(Path(scratch) / "documents", PARAGRAPHS)
        assistant = open_assistant(home)
        if not assistant.index.catalog.count_documents():
            assistant.index.add(Path(scratch) / "documents")
            short_records(Path(scratch) / "corpus.jsonl", PASSAGES - assistant.index.catalog.count_passages())
            assistant.index.add(Path(scratch) / "corpus.jsonl")
        assistant.index.warm_up()
        documents(Path(scratch) / "more", 1200, "sold")  # known texts would not be embedded again
        with served(assistant) as address, browser_of(chromium) as browser:
            opened(browser, address).context.close()  # the server's own first time
            page = opened(browser, address)
            first_words(page, questions[:2])
            figures = {
                "passages": assistant.index.catalog.count_passages(),
                "first_words_ms": told(first_words(page, questions)),
                "page_usable_ms": told(usable(browser, address)),
                "key_to_letter_ms": told(typing(page)),
                "key_to_letter_while_indexing_ms": told(while_indexing(page, Path(scratch) / "more")),
            }
            page.wait_for_selector("#fn-busy", state="hidden", timeout=300_000)  # the upload
            page.context.close()
        assistant.close()
    print(json.dumps(figures, indent=2))
    if options.write:
        commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, cwd=ROOT)
        row = {"commit": commit.stdout.strip(), "at": datetime.now(UTC).isoformat(timespec="seconds")} | figures
        (RESULTS / f"chat-{row['commit']}.json").write_text(json.dumps(row, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
