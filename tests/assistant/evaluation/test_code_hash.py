"""The hash of our own code: what an index depends on is found by following imports, in a checkout and installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from footnoted.assistant.evaluation.running.code_hash import (
    code_hash,
    imported_files,
    index_files,
    installed_packages,
    product_files,
)

RECORDS, DOCUMENTS = Path("corpus.jsonl"), Path("documents")


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Our packages in a folder where they may be changed, laid out as they are installed."""
    folder = tmp_path_factory.mktemp("site") / "footnoted"
    for name, place in installed_packages().items():
        shutil.copytree(place, folder / name.rpartition(".")[2], ignore=shutil.ignore_patterns("__pycache__"))
    return {name: folder / name.rpartition(".")[2] for name in installed_packages()}


@pytest.fixture(scope="module")
def before(copied: dict[str, Path]) -> dict[str, str]:
    return hashes(copied)


def hashes(packages: Mapping[str, Path]) -> dict[str, str]:
    return {
        "records": code_hash(index_files(RECORDS, packages)),
        "documents": code_hash(index_files(DOCUMENTS, packages)),
        "results": code_hash(product_files(packages)),
    }


@pytest.mark.parametrize(
    ("path", "changed"),
    [
        ("index/adding/sync.py", {"records", "documents", "results"}),  # named
        ("index/text/sentences.py", {"records", "documents", "results"}),  # imported by what cuts
        ("index/models/bundled.py", {"records", "documents", "results"}),  # imported by what embeds
        ("index/text/languages.py", {"records", "documents", "results"}),  # imported by the keyword index
        ("index/store/live.py", {"records", "documents", "results"}),  # imported by what stores
        ("index/index.py", {"results"}),
        ("index/loaders/corpus.py", {"records", "documents", "results"}),
        ("index/loaders/office/sheets.py", {"documents", "results"}),  # named by the registry alone
        ("index/loaders/pdf/headings.py", {"documents", "results"}),  # imported by what the registry names
        ("index/search/retrieve.py", {"results"}),
        ("assistant/web/chat.py", {"results"}),
        ("assistant/evaluation/metrics/ranking.py", {"results"}),
        ("prompts/judge_correct.md", {"results"}),
    ],
)
def test_a_change_counts_where_the_changed_file_takes_part(
    copied: dict[str, Path], before: dict[str, str], path: str, changed: set[str]
) -> None:
    file = copied["footnoted.index"].parent / path
    content = file.read_bytes()
    file.write_bytes(content + b"\n# another version")
    try:
        after = hashes(copied)
    finally:
        file.write_bytes(content)
    assert {name for name in after if after[name] != before[name]} == changed


def test_which_imports_are_followed(tmp_path: Path) -> None:
    files = {
        "__init__.py": "from footnoted.index.unused import x",
        "start.py": "import os\nfrom typing import TYPE_CHECKING\nfrom footnoted.index import module\n"
        "if TYPE_CHECKING:\n    from footnoted.index.typing_only import x\n"
        "else:\n    from footnoted.index.run import x\n"
        "def f():\n    from footnoted.index.late import x",
        "module.py": "import footnoted.index.start\nfrom footnoted.index.folder import name",
        "folder/__init__.py": "from footnoted.index.folder.inside import name",
        "folder/inside.py": "name = 'footnoted.index.unused:x'",
        **dict.fromkeys(("run.py", "late.py", "typing_only.py", "unused.py"), "x = 1"),
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    found = imported_files(["footnoted.index.start"], {"footnoted.index": tmp_path})
    names = {name.removeprefix("footnoted.index.") for name in found}
    assert names == {"start", "module", "folder", "folder.inside", "run", "late"}
    with pytest.raises(ModuleNotFoundError):
        imported_files(["footnoted.index.gone"], {"footnoted.index": tmp_path})


def test_the_hash_is_the_same_in_a_checkout_and_installed(copied: dict[str, Path], tmp_path: Path) -> None:
    program = (
        "from pathlib import Path;"
        "from footnoted.assistant.evaluation.running.code_hash import *;"
        "print(installed_packages()['footnoted.index']);"
        "print(code_hash(index_files(Path('documents'))), code_hash(product_files()))"
    )
    site = copied["footnoted.index"].parents[1]
    shown = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(site), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    place, *theirs = shown.stdout.split()
    assert Path(place) == copied["footnoted.index"]
    ours = code_hash(index_files(DOCUMENTS)), code_hash(product_files())
    assert tuple(theirs) == ours
