"""A hash of our own code: a cached index or an interrupted run that other code made is not continued.

What an index depends on is found by following imports, so that no list has to be kept. Everything is found through the
imported packages, in a checkout as well as installed.
"""

from __future__ import annotations

import ast
import hashlib
import importlib
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

PACKAGES = ("footnoted.assistant", "footnoted.index", "footnoted.prompts")
# Where the code starts that reads, cuts and stores documents; everything that these modules import counts too.
STORING = ("footnoted.index.adding.sync",)
JSONL_LOADER = "footnoted.index.loaders.corpus"
REGISTRY = "footnoted.index.loaders.registry"
REGISTERED = re.compile(r"(footnoted(?:\.\w+)+):\w+")  # how the registry names a loader, which it imports when needed

Packages = Mapping[str, Path]  # dotted name of a package -> its folder
Files = dict[str, Path]  # dotted name of a module, or package and path in it -> file


def installed_packages() -> Packages:
    """The folders of our packages."""
    return {name: Path(importlib.import_module(name).__path__[0]) for name in PACKAGES}


def product_files(packages: Packages | None = None) -> Files:
    """All code and prompts: what decides the results of a run."""
    files: Files = {}
    for name, folder in (packages or installed_packages()).items():
        for path in (*folder.rglob("*.py"), *folder.rglob("*.md")):
            files[f"{name}/{path.relative_to(folder).as_posix()}"] = path
    return files


def index_files(corpus: Path, packages: Packages | None = None) -> Files:
    """The code that decides how the index of this corpus turns out; of the loaders, those that may read it."""
    packages = packages or installed_packages()
    loaders = [JSONL_LOADER] if corpus.suffix == ".jsonl" else registered_loaders(packages)
    return imported_files([*STORING, *loaders], packages)


def registered_loaders(packages: Packages) -> list[str]:
    """The modules of all loaders, as the strings of the registry name them."""
    tree = ast.parse(existing_file(REGISTRY, packages).read_bytes())
    texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    return [match[1] for match in map(REGISTERED.fullmatch, texts) if match]


def imported_files(modules: Iterable[str], packages: Packages) -> Files:
    """These modules and all of ours that they import, directly or through others."""
    waiting = {name: existing_file(name, packages) for name in modules}
    found: Files = {}
    while waiting:
        name, path = waiting.popitem()
        found[name] = path
        for dotted in imported_names(ast.parse(path.read_bytes())):
            # What is imported from a module is a module itself, or a name that the module defines.
            for module in (dotted, dotted.rpartition(".")[0]):
                file = module_file(module, packages)
                if file is not None:
                    if module not in found:
                        waiting[module] = file
                    break
    return found


def imported_names(node: ast.AST) -> Iterator[str]:
    """What code imports, as dotted names, inside functions too; imports for type checkers alone are left out."""
    match node:
        case ast.Import(names=names):
            yield from (alias.name for alias in names)
        case ast.ImportFrom(module=str(module), names=names):
            yield from (f"{module}.{alias.name}" for alias in names)
        case ast.If(test=ast.Name(id="TYPE_CHECKING"), orelse=otherwise):
            for statement in otherwise:
                yield from imported_names(statement)
        case ast.expr():
            return  # holds no statements
        case _:
            for child in ast.iter_child_nodes(node):
                yield from imported_names(child)


def existing_file(name: str, packages: Packages) -> Path:
    """The file of a module of ours that must be there; raises ``ModuleNotFoundError``."""
    path = module_file(name, packages)
    if path is None:
        raise ModuleNotFoundError(f"There is no module {name}.", name=name)
    return path


def module_file(name: str, packages: Packages) -> Path | None:
    """The file of a module or package of ours, by its dotted name; None for anything else."""
    for package, folder in packages.items():
        if name == package or name.startswith(f"{package}."):
            place = folder.joinpath(*name.removeprefix(package).split(".")[1:])
            return next((path for path in (place / "__init__.py", place.with_suffix(".py")) if path.is_file()), None)
    return None


def code_hash(files: Files) -> str:
    """A hash of the names and contents of code files."""
    digest = hashlib.sha256()
    for name, path in sorted(files.items()):
        content = path.read_bytes()
        digest.update(f"{name}:{len(content)}:".encode())
        digest.update(content)
    return digest.hexdigest()[:16]
