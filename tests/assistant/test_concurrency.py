"""Many threads that ask one open index at once get what one gets, also while documents are added."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from small_indexes import index_of

QUESTIONS = [f"what does note {number} tell of animal{number}" for number in range(40)]


def asked(index, question: str) -> list:
    return index.retrieve(question, 5)


def test_sixteen_threads_get_the_answers_of_one(tmp_path: Path) -> None:
    notes = {f"{number}.txt": f"Note {number} tells of animal{number} and of its food." for number in range(60)}
    with index_of(tmp_path, notes) as index:
        alone = [asked(index, question) for question in QUESTIONS]
        assert [Path(passages[0].source).stem for passages in alone] == [str(number) for number in range(40)]
        with ThreadPoolExecutor(16) as threads:
            for _ in range(3):
                assert list(threads.map(lambda question: asked(index, question), QUESTIONS)) == alone


def test_threads_ask_while_documents_are_added(tmp_path: Path) -> None:
    with index_of(
        tmp_path, {f"{number}.txt": f"Note {number} tells of animal{number}." for number in range(20)}
    ) as index:
        later = tmp_path / "later"
        later.mkdir()
        with ThreadPoolExecutor(16) as threads:
            waiting = []
            for number in range(20, 30):
                (later / f"{number}.txt").write_text(f"Note {number} tells of animal{number}.")
                waiting += [threads.submit(asked, index, question) for question in QUESTIONS[:20]]
                assert not index.add(later).skipped
            found = [future.result() for future in waiting]
        assert [Path(passages[0].source).stem for passages in found] == [str(number) for number in range(20)] * 10
        assert Path(asked(index, "animal29")[0].source).stem == "29"
