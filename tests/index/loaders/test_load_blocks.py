"""What text files are made of: Markdown with its nesting, settings by path, logs by line, subtitles by speaker."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from footnoted.index.errors import LoadError
from footnoted.index.loaders.load import load
from footnoted.index.loaders.text_files.front_matter import front_matter
from footnoted.index.loaders.text_files.markdown import markdown
from footnoted.index.text.blocks import fault, leaves
from footnoted.index.text.structure import structure_of
from footnoted.index.text.units import sentences_of, units
from footnoted.index.types import Block, LoadedDocument


def read(path: Path, text: str) -> LoadedDocument:
    path.write_text(text, encoding="utf-8")
    (document,) = load(path).documents
    assert document.text == text
    assert fault(document.text, document.blocks) == ""
    return document


def of_kind(document: LoadedDocument, *kinds: str) -> list[tuple[str, int, str]]:
    return [(_text(document, one), one.level, one.label) for one in document.blocks if one.kind in kinds]


def _text(document: LoadedDocument, block: Block) -> str:
    return document.text[block.start : block.end]


def test_nested_lists_have_depth_and_marks() -> None:
    text = "1. Drain it.\n   Wait.\n   - use a hose\n   - [x] label it\n2. Refill it.\n\n* other\n"
    document = markdown(text)
    items = [(level, label) for _, level, label in of_kind(document, "item")]
    assert items == [(1, "1."), (2, "-"), (2, "[x]"), (1, "2."), (1, "*")]
    assert [label for _, _, label in of_kind(document, "list")] == ["ordered", "", ""]
    said = [text[unit.start : unit.end] for unit in sentences_of(text, structure_of(document))]
    assert said == ["1. Drain it.", "Wait.", "- use a hose", "- [x] label it", "2. Refill it.", "* other"]


def test_a_table_has_its_cells_in_their_columns() -> None:
    text = "| Name | Size |\n|:--|--:|\n| a\\|b | 12 m |\n| | `3` |\nx | y\n"
    document = markdown(text)
    assert [(words, column) for words, column, _ in of_kind(document, "cell")] == [
        ("Name", 1), ("Size", 2), ("a\\|b", 1), ("12 m", 2), ("`3`", 2), ("x", 1), ("y", 2),
    ]  # fmt: skip
    assert [label for *_, label in of_kind(document, "row")] == ["header", "", "", ""]


def test_code_is_what_stands_between_the_fences() -> None:
    document = markdown("Run:\n\n- so\n\n  ```sh\n  make\n\n  make test\n  ```\n\nText.\n\n    indented\n\n~~~\nopen")
    assert of_kind(document, "code") == [("  make\n\n  make test", 0, "sh"), ("    indented", 0, ""), ("open", 0, "")]
    said = [document.text[unit.start : unit.end] for unit in units(document.text, structure_of(document))]
    assert "```sh" not in " ".join(said)


def test_quotes_notes_pictures_and_what_is_no_content() -> None:
    text = (
        "- [One](#one)\n- [Two](#two)\n- [Three](#three)\n\n> He said\n> so.\n> > Twice.\n\nA note.[^a]\n\n"
        "![A red bridge](b.png)\n\n[^a]: It is short.\n\n[link]: https://example.org\n\n<!-- aside -->\n\n"
        "$$E = mc^2$$\n"
    )
    document = markdown(text)
    assert of_kind(document, "contents")[0][0].startswith("- [One]")
    assert [level for _, level, _ in of_kind(document, "quote")] == [1, 2]
    assert of_kind(document, "footnote") == [("[^a]: It is short.", 0, "a")]
    assert of_kind(document, "image") == [("![A red bridge](b.png)", 0, "")]
    assert [words for words, *_ in of_kind(document, "navigation")] == ["[link]: https://example.org", "<!-- aside -->"]
    assert of_kind(document, "formula") == [("$$E = mc^2$$", 0, "")]
    said = [text[unit.start : unit.end] for unit in sentences_of(text, structure_of(document))]
    assert "He said\n> so." in said, "a quoted line goes on in the next"


@pytest.mark.parametrize("fence", ["---", "+++"])
def test_front_matter_is_metadata_and_no_content(tmp_path: Path, fence: str) -> None:
    yaml = 'title: "The well"\nauthors:\n  - Jo\n  - name: Mia\ndate: 2024-05-01\nkeywords: [water, heat]\ndraft: false'
    toml = 'title = "The well"\nauthors = ["Jo", "Mia"]\ndate = 2024-05-01\nkeywords = ["water", "heat"]\ndraft = false'
    text = f"{fence}\n{toml if fence == '+++' else yaml}\n{fence}\n\nIt is deep.\n"
    document = read(tmp_path / "a.md", text)
    assert document.title == "The well"
    assert document.metadata == {"author": "Jo, Mia", "date": "2024-05-01", "tags": "water, heat", "draft": "false"}
    assert [label for *_, label in of_kind(document, "field")] == ["title", "authors", "date", "keywords", "draft"]
    assert document.blocks[-1].kind == "paragraph"


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("---\n\nA rule above.\n\n---\n", False),
        ("---\nJust: a field\n", False),
        ("---\ntitle: [broken\n---\nText.", True),
        ("---\na: &x [1]\nb: *x\n---\nText.", True),
        ("Text.\n---\na: b\n---\n", False),
    ],
)
def test_what_is_front_matter_and_what_is_not(text: str, is_one: bool) -> None:
    assert bool(front_matter(text).end) is is_one
    assert fault(text, markdown(text).blocks) == ""


MARKDOWN = st.lists(
    st.sampled_from(
        ["# H", "text a", "- item", "  - deeper", "1. one", "   more", "> quote", "> - in it", "```py", "code = 1",
         "```", "| a | b |", "|---|---|", "| c | |", "", "", "    indented", "[^1]: note", "[x]: /u", "<div>", "***",
         "- [ ] task", "===", "---", "> | a | b |", "> |---|---|", "\t- tab", "![alt](p)", "+++", "é日|"]
    ),
    max_size=14,
).map("\n".join)  # fmt: skip


@given(MARKDOWN)
@settings(max_examples=300, deadline=None)
def test_blocks_of_any_markdown_nest_and_no_word_is_lost(text: str) -> None:
    document = markdown(text)
    assert fault(text, document.blocks) == ""
    found = leaves(document.blocks)
    assert all(one.end <= other.start for one, other in zip(found, found[1:], strict=False))
    structure = structure_of(document)
    read_back = "".join(text[unit.start : unit.end] for unit in sentences_of(text, structure))
    for word in ("H", "item", "deeper", "one", "quote", "indented", "task", "é日"):
        assert read_back.count(word) == text.count(word)


def test_settings_are_fields_with_their_path(tmp_path: Path) -> None:
    yaml = read(tmp_path / "a.yaml", "server:\n  port: 8080\n  hosts: [a, b]\nsteps:\n  - run: make\n    name: Build\n")
    assert [(words, label) for words, _, label in of_kind(yaml, "field")] == [
        ("port: 8080", "server.port"), ("hosts: [a, b]", "server.hosts"), ("run: make", "steps[0].run"),
        ("name: Build", "steps[0].name"),
    ]  # fmt: skip
    json = read(tmp_path / "a.json", '{"queue": {"name": "q", "sizes": [1, 2]}, "on": true}')
    assert [label for *_, label in of_kind(json, "field")] == ["queue.name", "queue.sizes", "on"]
    toml = read(tmp_path / "a.toml", '# c\nname = "x"\n[tool.a]\nlist = [\n  1,\n  2,\n]\n[[jobs]]\nrun = "y"\n')
    assert [(words, label) for words, _, label in of_kind(toml, "field")] == [
        ('name = "x"', "name"), ("list = [\n  1,\n  2,\n]", "tool.a.list"), ('run = "y"', "jobs.run"),
    ]  # fmt: skip
    broken = read(tmp_path / "b.yaml", "a: [1\nb: }\n\nc: d\n")
    assert [block.kind for block in broken.blocks] == ["code", "code"]


def test_a_log_has_an_entry_for_each_line_and_its_continuation(tmp_path: Path) -> None:
    text = "2024-06-01 10:00:00 INFO up\n2024-06-01 10:00:01 ERROR down\n  at main.c\n2024-06-01 10:00:02 INFO on\n"
    document = read(tmp_path / "a.log", text)
    assert [words for words, *_ in of_kind(document, "entry")] == [
        "2024-06-01 10:00:00 INFO up", "2024-06-01 10:00:01 ERROR down\n  at main.c", "2024-06-01 10:00:02 INFO on",
    ]  # fmt: skip
    assert read(tmp_path / "a.txt", "In 2024 it opened.\n2024-06-01 was a day.\nNobody came.\n").blocks == ()


def test_cues_are_joined_to_sentences_of_their_speaker(tmp_path: Path) -> None:
    path = tmp_path / "a.vtt"
    path.write_text(
        "WEBVTT\n\nNOTE aside\n\nSTYLE\n::cue {}\n\n"
        "1\n00:00:01.000 --> 00:00:03.000 align:start\n<v Ana>The budget is\n\n"
        "00:00:03.000 --> 00:00:05.000\n<v Ana><c.loud>forty</c> euros &amp; no more.\n\n"
        "00:00:20.000 --> 00:00:22.000\n<v Ana>Later.\n\n01:00:22.500 --> 01:00:24.000\nBen: Yes.</v>\n",
        encoding="utf-8",
    )
    (document,) = load(path).documents
    assert document.text == "Ana: The budget is forty euros & no more.\n\nAna: Later.\n\nBen: Yes."
    assert [(one.level, one.label) for one in document.blocks if one.kind == "cue"] == [
        (1000, "Ana"), (3000, "Ana"), (20000, "Ana"), (3622500, "Ben"),
    ]  # fmt: skip
    assert [section.label for section in document.sections] == ["at 0:00:01", "at 0:00:20", "at 1:00:22"]
    assert document.metadata == {"speakers": "Ana, Ben"}
    said = [document.text[unit.start : unit.end] for unit in sentences_of(document.text, structure_of(document))]
    assert said == ["Ana: The budget is forty euros & no more.", "Ana: Later.", "Ben: Yes."]


def test_subtitles_that_repeat_while_they_grow_are_said_once(tmp_path: Path) -> None:
    path = tmp_path / "a.srt"
    path.write_text(
        "1\n00:00:01,000 --> 00:00:02,000\nthe light\n\n2\n00:00:02,000 --> 00:00:03,000\nthe light was red\n\n"
        "3\n00:00:03,000 --> 00:00:04,000\nthe light was red\n",
        encoding="utf-8",
    )
    (document,) = load(path).documents
    assert document.text == "the light was red"


def test_subtitles_without_a_cue_are_an_error(tmp_path: Path) -> None:
    path = tmp_path / "a.srt"
    path.write_text("Just a text.", encoding="utf-8")
    with pytest.raises(LoadError, match="no cues"):
        load(path)
