"""What the documentation shows is true: its Python runs, its commands, options, variables and links exist."""

from __future__ import annotations

import argparse
import dataclasses
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from places import REPOSITORY

PAGES = sorted([*REPOSITORY.glob("*.md"), *(REPOSITORY / "docs").rglob("*.md")])


def name_of(path: Path) -> str:
    return path.relative_to(REPOSITORY).as_posix()


def blocks(path: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", path.read_text(encoding="utf-8"), re.M | re.S)


def commands(path: Path) -> Iterator[list[str]]:
    """The words of every ``footnote …`` that a page shows, in blocks and inside sentences."""
    text = path.read_text(encoding="utf-8")
    lines = [line for block in blocks(path, "(?:sh|bash|console)") for line in block.splitlines()]
    lines += re.findall(r"(?<!`)`(footnote [^`]+)`(?!`)", re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S))
    for line in lines:
        for part in re.split(r"&&|\|\|?|;", line.removeprefix("$ ")):
            words = shlex.split(part, comments=True)
            while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):
                words = words[1:]
            if words and words[0] in ("footnote", ".venv/bin/footnote") and len(words) > 1:
                yield words[1:]


def subcommands(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            return dict(action.choices)
    return {}


def options(parser: argparse.ArgumentParser) -> set[str]:
    return {option for action in parser._actions for option in action.option_strings}


@pytest.fixture(scope="module")
def parser() -> argparse.ArgumentParser:
    from footnoted.assistant import cli

    return cli._parser()


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "python")], ids=name_of)
def test_python_examples_run(page: Path, tmp_path: Path) -> None:
    """All Python blocks of a page, one after another as a reader would run them, in the folder of the repository."""
    script = tmp_path / "examples.py"
    script.write_text("\n".join(blocks(page, "python")).replace('"example-home"', repr(str(tmp_path / "home"))))
    result = subprocess.run(
        [sys.executable, str(script)],
        cwd=REPOSITORY,
        env=os.environ | {"FOOTNOTE_HOME": str(tmp_path / "default")},
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout.strip()


def test_the_readme_shows_both_packages_and_what_they_promise(tmp_path: Path) -> None:
    shown = "\n".join(blocks(REPOSITORY / "README.md", "python"))
    for name in ("open_index", ".retrieve(", "as_retriever(", "open_assistant", ".answer(", ".stream("):
        assert name in shown


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_commands_and_their_options_exist(page: Path, parser: argparse.ArgumentParser) -> None:
    known = subcommands(parser)
    for words in commands(page):
        if words[0].startswith("-"):
            assert words[0] in options(parser), words
            continue
        here = known.get(words[0])
        assert here is not None, f"there is no command 'footnote {words[0]}'"
        if len(words) > 1 and words[1] in subcommands(here):
            here = subcommands(here)[words[1]]
        for word in words[1:]:
            if word.startswith("--"):
                assert word.split("=")[0] in options(here) | options(parser), words


def test_the_commands_of_the_pages_are_found() -> None:
    assert ["serve"] in list(commands(REPOSITORY / "README.md"))
    assert ["list"] in list(commands(REPOSITORY / "docs" / "guide.md"))


def test_the_reference_has_every_command_and_option(parser: argparse.ArgumentParser) -> None:
    reference = (REPOSITORY / "docs" / "reference.md").read_text(encoding="utf-8")
    for name, command in subcommands(parser).items():
        assert f"footnote {name}" in reference
        section = re.search(rf"^### `footnote {name}\b.*?(?=^##)", reference + "\n##", re.M | re.S)
        assert section, f"docs/reference.md has no section for 'footnote {name}'"
        inner = [command, *subcommands(command).values()]
        own = set().union(*(options(each) for each in inner)) - options(parser) - {"-h", "--help", "--home", "--json"}
        missing = {option for option in own if option.startswith("--") and f"`{option}" not in section.group()}
        assert not missing, f"footnote {name}"


def test_every_setting_is_in_the_reference_and_every_variable_shown_is_a_setting() -> None:
    from footnoted.assistant.settings import SECRETS, Settings

    settings = {f"FOOTNOTE_{field.name.upper()}" for field in dataclasses.fields(Settings)}
    keys = {
        "FOOTNOTE_ENDPOINT_KEY",
        "FOOTNOTE_RERANKER_KEY",
        "FOOTNOTE_CHROMA_KEY",
    }  # read where a model or a store is opened
    settings |= keys
    reference = (REPOSITORY / "docs" / "reference.md").read_text(encoding="utf-8")
    assert settings == set(re.findall(r"^\| `(FOOTNOTE_[A-Z_]+)` \|", reference, re.M))
    for page in PAGES:
        shown = set(re.findall(r"\bFOOTNOTE_[A-Z_]+\b", page.read_text(encoding="utf-8"))) - {"FOOTNOTE_SHARED"}
        files = {f"FOOTNOTE_{name.upper()}_FILE" for name in SECRETS} | {f"{key}_FILE" for key in keys}
        assert shown <= settings | files, name_of(page)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_make_targets_and_variables_exist(page: Path) -> None:
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.M))
    text = page.read_text(encoding="utf-8")
    shown = set(re.findall(r"(?:^|`|&& )make ([a-z-]+)", text, re.M))
    assert shown <= targets
    for variable in re.findall(r"make [a-z-]+ ([A-Z_]+)=", text):
        assert variable in makefile


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_inside_the_repository_lead_somewhere(page: Path) -> None:
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if not re.match(r"[a-z]+:", target):
            assert (page.parent / target.split("#")[0]).exists(), target
