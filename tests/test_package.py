"""The package as it is installed: the command, what its start costs, the files of the wheel, the pinned versions."""

from __future__ import annotations

import importlib.metadata
import re
import subprocess
import sys
import time
import tomllib
import zipfile
from pathlib import Path

import pytest

HEAVY = {
    "chromadb", "gradio", "langchain", "numpy", "onnxruntime", "sentence_transformers", "tantivy", "torch",
    "transformers",
}  # fmt: skip


def run(*command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=60, check=True)


@pytest.fixture(scope="module")
def project(repository: Path) -> dict:
    return tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_the_command_is_installed(project: dict) -> None:
    (command,) = importlib.metadata.entry_points(group="console_scripts", name="footnote")
    assert command.value == project["scripts"]["footnote"]
    assert callable(command.load())


def test_help_imports_nothing_heavy(repository: Path) -> None:
    result = run(sys.executable, "-X", "importtime", "-m", "assistant", "--help", cwd=repository)
    trace = [line for line in result.stderr.splitlines() if line.startswith("import time:")]
    imported = {line.rsplit("|", 1)[-1].strip().split(".")[0] for line in trace}
    assert "argparse" in imported, "the trace of imports could not be read"
    assert not imported & HEAVY
    assert "footnote" in result.stdout


def test_help_returns_in_half_a_second(repository: Path) -> None:
    seconds = []
    for _ in range(5):  # the best of some: other work on the machine is not our start-up time
        begun = time.perf_counter()
        run(sys.executable, "-m", "assistant", "--help", cwd=repository)
        seconds.append(time.perf_counter() - begun)
    assert min(seconds) < 0.5


def test_the_wheel_holds_the_packages_and_their_data(repository: Path, tmp_path: Path) -> None:
    run(sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path), cwd=repository)
    (wheel,) = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    tracked = run("git", "ls-files", "app.py", "assistant", "index", "prompts", cwd=repository).stdout.split()
    assert set(tracked) <= names
    assert {"app.py", "assistant/cli.py", "index/__init__.py"} <= names
    assert not [name for name in names if name.startswith(("tests", "docs", ".")) or name.endswith(".pyc")]
    assert any(name.endswith("licenses/LICENSE") for name in names)


def pins(repository: Path) -> dict[str, str]:
    lines = (repository / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return {normal(name): version for name, version in (line.split("==") for line in lines if not line.startswith("#"))}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def needed(requirements: list[str]) -> set[str]:
    """The distributions that ``requirements`` need in this environment, directly or through others."""
    from packaging.requirements import Requirement

    seen: set[tuple[str, frozenset[str]]] = set()
    waiting = [Requirement(line) for line in requirements]
    while waiting:
        requirement = waiting.pop()
        wanted = normal(requirement.name), frozenset(requirement.extras)
        if wanted in seen:
            continue
        seen.add(wanted)
        for below in map(Requirement, importlib.metadata.requires(requirement.name) or []):
            extras = {"", *requirement.extras}
            if below.marker is None or any(below.marker.evaluate({"extra": extra}) for extra in extras):
                waiting.append(below)
    return {name for name, _ in seen}


def test_every_dependency_is_pinned_to_the_version_that_is_tested(repository: Path) -> None:
    names = needed(["footnote[openai,office-passwords,dev]"]) - {"footnote"}
    pinned = pins(repository)
    assert len(names) > 50
    assert names <= set(pinned)
    installed = {name: importlib.metadata.version(name).split("+")[0] for name in names}
    assert installed == {name: pinned[name] for name in names}


def test_no_dependency_has_a_licence_that_binds_those_who_only_use_footnote() -> None:
    for name in needed(["footnote[openai,office-passwords,dev]"]):
        metadata = importlib.metadata.metadata(name)
        named = [
            line for field in ("License-Expression", "License", "Classifier") for line in metadata.get_all(field, [])
        ]
        # Some put the whole text of every bundled part's licence there: only names are compared.
        assert not [line for line in named if len(line) < 200 and re.search(r"affero|agpl", line, re.I)], name


def test_the_version_is_the_newest_one_of_the_changelog(repository: Path, project: dict) -> None:
    versions = re.findall(r"^## (\S+)", (repository / "CHANGELOG.md").read_text(encoding="utf-8"), re.M)
    assert versions[0] == project["version"] == importlib.metadata.version("footnote")
    shown = run(sys.executable, "-m", "assistant", "--version", cwd=repository).stdout
    assert shown.split() == ["footnote", versions[0]]
