"""Runs tests on modules with a fault in them: ``python planted_faults.py TEST…``, faults as JSON on standard input.

Each fault is ``[module, what stands there, what is put there]``; the answer is a JSON list of pytest's exit codes. One
process per fault, forked after the heavy packages were imported: starting Python anew would take most of the time.
"""

from __future__ import annotations

import contextlib
import importlib.abc
import importlib.util
import json
import os
import sys
import traceback
from pathlib import Path

import hypothesis  # noqa: F401
import ir_measures  # noqa: F401
import numpy  # noqa: F401
import pytest

import footnoted.assistant.answers
import footnoted.index.types  # noqa: F401


class Faulty(importlib.abc.MetaPathFinder, importlib.abc.SourceLoader):
    """Imports one module from changed source and leaves all others alone."""

    def __init__(self, module: str, right: str, wrong: str) -> None:
        self.module, self.right, self.wrong = module, right, wrong
        package, _, name = module.rpartition(".")
        self.path = Path(importlib.util.find_spec(package).submodule_search_locations[0]) / f"{name}.py"  # type: ignore

    def find_spec(self, fullname: str, path: object = None, target: object = None):
        return importlib.util.spec_from_loader(fullname, self) if fullname == self.module else None

    def get_filename(self, fullname: str) -> str:
        return str(self.path)

    def get_data(self, path: str | bytes) -> bytes:
        code = self.path.read_text(encoding="utf-8")
        assert self.right in code, f"{self.module} no longer has {self.right!r}: plant another fault"
        return code.replace(self.right, self.wrong, 1).encode()


def run(fault: list[str], tests: list[str]) -> int:
    """The exit code of pytest on the module with this fault, in a process of its own."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    code = 3  # whatever goes wrong before pytest says something
    try:
        sys.meta_path.insert(0, Faulty(*fault))
        with open(os.devnull, "w") as nothing, contextlib.redirect_stdout(nothing):
            code = int(pytest.main(["-q", "-x", "--assert=plain", "-p", "no:cacheprovider", "-p", "no:xdist", *tests]))
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


if __name__ == "__main__":
    print(json.dumps([run(fault, sys.argv[1:]) for fault in json.load(sys.stdin)]))
