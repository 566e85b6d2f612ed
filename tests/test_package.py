"""The package as it is installed: the command, what its start costs, the files of the wheel, the pinned versions."""

from __future__ import annotations

import importlib.metadata
import re
import shutil
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
    result = run(sys.executable, "-X", "importtime", "-m", "footnoted.assistant", "--help", cwd=repository)
    trace = [line for line in result.stderr.splitlines() if line.startswith("import time:")]
    imported = {line.rsplit("|", 1)[-1].strip().split(".")[0] for line in trace}
    assert "argparse" in imported, "the trace of imports could not be read"
    assert not imported & HEAVY
    assert "footnote" in result.stdout


def test_help_returns_in_half_a_second(repository: Path) -> None:
    seconds = []
    for _ in range(5):  # the best of some: other work on the machine is not our start-up time
        begun = time.perf_counter()
        run(sys.executable, "-m", "footnoted.assistant", "--help", cwd=repository)
        seconds.append(time.perf_counter() - begun)
    assert min(seconds) < 0.5


@pytest.fixture(scope="module")
def wheel(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built without a network from the files of the repository alone."""
    folder = tmp_path_factory.mktemp("wheel")
    for name in run("git", "ls-files", "-co", "--exclude-standard", cwd=repository).stdout.splitlines():
        if name.startswith(("assistant/", "index/", "prompts/")) or "/" not in name:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            if (repository / name).is_file():
                shutil.copy(repository / name, folder / name)
    run(
        sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check", "--no-deps", "--no-index",
        "--no-build-isolation", "--wheel-dir", str(folder / "dist"), ".", cwd=folder,
    )  # fmt: skip
    (built,) = (folder / "dist").glob("*.whl")
    return built


def test_the_wheel_holds_the_packages_and_their_data(repository: Path, wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    tracked = run("git", "ls-files", "assistant", "index", "prompts", cwd=repository).stdout.split()
    assert {f"footnoted/{name}" for name in tracked} <= names
    assert {name.split("/")[0] for name in names} == {"footnoted", f"{wheel.name.rsplit('-py3', 1)[0]}.dist-info"}
    assert not [name for name in names if name.endswith(".pyc")]
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
    names = needed(["footnoted[openai,office-passwords,dev]"]) - {"footnoted"}
    pinned = pins(repository)
    assert len(names) > 50
    assert names <= set(pinned)
    installed = {name: importlib.metadata.version(name).split("+")[0] for name in names}
    assert installed == {name: pinned[name] for name in names}


def test_no_dependency_has_a_licence_that_binds_those_who_only_use_footnote() -> None:
    for name in needed(["footnoted[openai,office-passwords,dev]"]):
        metadata = importlib.metadata.metadata(name)
        named = [
            line for field in ("License-Expression", "License", "Classifier") for line in metadata.get_all(field, [])
        ]
        # Some put the whole text of every bundled part's licence there: only names are compared.
        assert not [line for line in named if len(line) < 200 and re.search(r"affero|agpl", line, re.I)], name


def test_the_version_is_the_newest_one_of_the_changelog(repository: Path, project: dict) -> None:
    versions = re.findall(r"^## (\S+)", (repository / "CHANGELOG.md").read_text(encoding="utf-8"), re.M)
    released = next(one for one in versions if one != "Unreleased")
    assert released == project["version"] == importlib.metadata.version("footnoted")
    shown = run(sys.executable, "-m", "footnoted.assistant", "--version", cwd=repository).stdout
    assert shown.split() == ["footnote", project["version"]]


OWN_PROJECT = """
import app, assistant.talk, index
from footnoted.assistant import open_assistant
from footnoted.index import open_index

assert (app.MINE, assistant.talk.MINE, index.MINE) == (True, True, True)
with open_index("home") as opened:
    report = opened.add(["notes.txt", "notes.html"])
    assert len(report.added) == 2 and not report.skipped, report
    found = opened.retrieve("When did the mill burn down?", k=1)[0]
    assert opened.text_of(found.source)[found.start : found.end] == found.text
with open_assistant("home") as asked:
    print(asked.answer("When did the mill burn down?").text)
"""


@pytest.fixture(scope="module")
def elsewhere(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the wheel installed in it, beside the packages that this one has; its interpreter."""
    folder = tmp_path_factory.mktemp("elsewhere")
    run(sys.executable, "-m", "venv", "--without-pip", str(folder / "venv"), cwd=folder)
    python = folder / "venv" / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    run(
        sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--disable-pip-version-check",
        "--no-deps", "--no-index", str(wheel), cwd=folder,
    )  # fmt: skip
    inside, here = (
        Path(
            run(str(program), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=folder).stdout.strip()
        )
        for program in (python, sys.executable)
    )
    # A folder named in a .pth file is searched, but its own .pth files are not read: the checkout stays out of it.
    (inside / "packages-of-the-tests.pth").write_text(f"{here}\n")
    return python


def test_the_wheel_works_beside_a_project_with_the_same_names(elsewhere: Path, tmp_path: Path) -> None:
    (tmp_path / "index.py").write_text("MINE = True\n")
    (tmp_path / "app.py").write_text("MINE = True\n")
    (tmp_path / "assistant").mkdir()
    (tmp_path / "assistant" / "__init__.py").write_text("")
    (tmp_path / "assistant" / "talk.py").write_text("MINE = True\n")
    (tmp_path / "notes.txt").write_text("The mill of Kell was built by Anna Brandt. The mill burnt down in 1950.\n")
    (tmp_path / "notes.html").write_text("<p>The bridge of Kell was opened in 1931.</p>\n")  # read in another process
    (tmp_path / "own.py").write_text(OWN_PROJECT)
    where = run(str(elsewhere), "-c", "import footnoted.index as one; print(one.__file__)", cwd=tmp_path).stdout
    assert Path(where.strip()).is_relative_to(elsewhere.parents[1])
    assert "1950. [1]" in run(str(elsewhere), "own.py", cwd=tmp_path).stdout
    command = str(elsewhere.with_name("footnote"))
    assert "1950" in run(command, "ask", "When did the mill burn down?", "--home", "home", cwd=tmp_path).stdout
