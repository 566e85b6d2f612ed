"""``footnote doctor``: the index checked and repaired."""

from __future__ import annotations

import argparse

from assistant.commands.common import AddCommand, open_index_for, plain, print_json


def add_commands(command: AddCommand) -> None:
    """Register the commands of this module."""
    doctor = command("doctor", _doctor, "Check the index: catalog, vectors and keywords against one another.")
    doctor.add_argument("--repair", action="store_true", help="rebuild what is missing or broken from the catalog")


def _doctor(options: argparse.Namespace) -> int:
    with open_index_for(options) as index:
        found = index.check()
        done = index.repair() if options.repair else []
        left = index.check() if options.repair else found
    if options.json:
        print_json({"problems": found, "repaired": done, "left": left})
    else:
        for line in (*found, *done):
            print(plain(line))
        if not left:
            print("Catalog, vectors and keywords agree.")
        elif not options.repair:
            print("'footnote doctor --repair' rebuilds what is missing or broken.")
    return 1 if left else 0
