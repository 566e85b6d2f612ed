"""Two small runs of one question set, made by hand, and a workbench over them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from evaluation_doubles import WrittenIndex, questions_of, run
from server_doubles import serving

from footnoted.assistant.evaluation.workbench.application import create_app
from footnoted.assistant.evaluation.workbench.bench import Bench, Opened
from footnoted.assistant.evaluation.workbench.items import join_runs, read_runs

EVIL = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>{{7*7}}\u202egnp.exe'
OWN_WORDS = "They differ in how soft their undercoat is, and in how well known they are abroad."
TEXTS = {
    "rome": "The city is old. Rome fell in 476. Its last emperor was Romulus.",
    "cats": "Russian Blues are soft. Their coat is grey. British Blues are a kind of shorthair.",
    "evil": f"Before it. The answer is {EVIL} indeed. After it.",
}
ROWS = [
    {"id": "rome", "question": "When did Rome fall?", "answers": ["476"], "relevant": ["rome"], "topic": "history"},
    {"id": "cats", "question": "How do the cats differ?", "answers": [OWN_WORDS], "topic": "cats"},
    {"id": "mars", "question": "Who is the king of Mars?", "answerable": False, "topic": "history"},
    {"id": f"evil {EVIL}", "question": f"What is {EVIL}?", "answers": [f"It is {EVIL}"], "topic": EVIL[:50]},
]  # fmt: skip
QUOTE = f"The answer is {EVIL} indeed."
FIRST = {
    "When did Rome fall?": [("rome", "The city is old.")],
    "How do the cats differ?": [("cats", "Their coat is grey.")],
    "Who is the king of Mars?": [("rome", "Its last emperor was Romulus.")],
    f"What is {EVIL}?": [("evil", QUOTE)],
}
SECOND = FIRST | {"When did Rome fall?": [("rome", "Rome fell in 476.")], "Who is the king of Mars?": []}


def question_file(folder: Path) -> Path:
    """The questions of the runs, as a file."""
    path = folder / "set.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in ROWS), encoding="utf-8")
    return path


def written_index() -> WrittenIndex:
    """An index that finds for every question the document it is about."""
    found = {row["question"]: [name] for row, name in zip(ROWS, ("rome", "cats", "rome", "evil"), strict=True)}
    return WrittenIndex(TEXTS, found)


def two_runs(folder: Path) -> tuple[Path, Path]:
    """The folders of a run that is wrong about Rome and Mars, and of one that is right; both say the same of cats."""
    questions = question_file(folder)
    folders = folder / "first", folder / f"second {EVIL.replace('/', '')}"
    for place, said in zip(folders, (FIRST, SECOND), strict=True):
        run(place, questions_of(*ROWS), written_index(), said, path=questions)
    return folders


@contextmanager
def workbench(*folders: Path, grader: str = "anna", **options) -> Iterator[tuple[str, Bench]]:
    """The address of a running workbench over these runs, and its state."""
    runs = read_runs(folders)
    items, notes = join_runs(runs)
    bench = Bench(Opened(items, runs, notes, grader, folders[0].parent / "grown.jsonl", **options))
    with serving(create_app(bench)) as address:
        yield address, bench
