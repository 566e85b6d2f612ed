"""``footnote search | ask`` restricted to some documents: every option of a filter, alone and with others."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from footnoted.assistant.cli import main


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three notes on one mill, in two collections, of two types and three years. Tests only read it."""
    folder = tmp_path_factory.mktemp("asking")
    home = folder / "home"
    for name, year, text, language, more in (
        ("old.txt", 2001, "The mill of Kell was built by Anna Brandt.", "en", ()),
        ("new.md", 2020, "# Mill today\n\nThe mill of Kell is a museum.", "de", ("--collection", "Town")),
        ("last.md", 2024, "# Mill fire\n\nThe mill of Kell burnt down.", "fr", ("--collection", "Town")),
    ):
        (folder / name).write_text(text)
        time = datetime(year, 5, 6, tzinfo=UTC).timestamp()
        os.utime(folder / name, (time, time))
        assert main(["--home", str(home), "add", str(folder / name), "--metadata", f"lang={language}", *more]) == 0
    return home


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ((), {"old.txt", "new.md", "last.md"}),
        (("--collection", "Town"), {"new.md", "last.md"}),
        (("--collection", "Town", "--collection", "default"), {"old.txt", "new.md", "last.md"}),
        (("--type", "md"), {"new.md", "last.md"}),
        (("--type", "text/plain"), {"old.txt"}),
        (("--title", "mill fire"), {"last.md"}),
        (("--after", "2020"), {"new.md", "last.md"}),
        (("--before", "2020-05"), {"old.txt"}),
        (("--metadata", "lang=de"), {"new.md"}),
        (("--metadata", "lang=de", "--metadata", "lang=en"), {"new.md", "old.txt"}),
        (("--metadata", "lang=de", "--source", "old.txt"), set()),
        (("--collection", "Town", "--after", "2021"), {"last.md"}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_search_shows_the_documents_of_the_filter(home: Path, capsys, options: tuple, expected: set) -> None:
    assert main(["--home", str(home), "--json", "search", "the mill of Kell", *options]) == 0
    assert {passage["document_id"] for passage in json.loads(capsys.readouterr().out)} == expected


def test_an_answer_comes_from_the_documents_of_the_filter(home: Path, capsys) -> None:
    question = "What is the mill of Kell today?"
    assert main(["--home", str(home), "--json", "ask", question, "--collection", "Town"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert {passage["document_id"] for passage in answer["passages"]} == {"new.md", "last.md"}
    assert main(["--home", str(home), "--json", "ask", question, "--before", "2000"]) == 0
    assert json.loads(capsys.readouterr().out)["refused"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--collection", "Twon"), "No collection called 'Twon' is in the index: there are Town, default."),
        (("--after", "May 2020"), "'May 2020' is not a date: write 2024, 2024-03 or 2024-03-01."),
        (("--source", "nothing.txt"), "No document called nothing.txt"),
    ],
)
def test_a_slip_is_one_sentence_and_not_nothing_found(home: Path, capsys, options: tuple, said: str) -> None:
    for command in ("search", "ask"):
        assert main(["--home", str(home), command, "the mill", *options]) == 1
        assert said in capsys.readouterr().err
    with pytest.raises(SystemExit) as stopped:
        main(["--home", str(home), "search", "the mill", "--metadata", "lang"])
    assert stopped.value.code == 2
