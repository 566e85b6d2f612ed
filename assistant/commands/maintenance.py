"""``footnote doctor | reindex``: check and repair the index, and rebuild it with another model."""

from __future__ import annotations

import argparse

from footnoted.assistant.commands.common import AddCommand, open_index_for, plain, print_json


def add_commands(command: AddCommand) -> None:
    """Register the commands of this module."""
    doctor = command("doctor", _doctor, "Check the index, the models, the disk, permissions and versions.")
    doctor.add_argument("--repair", action="store_true", help="rebuild what is missing or broken from the catalog")
    reindex = command("reindex", _reindex, "Embed the stored texts with another model, beside the index in use.")
    reindex.add_argument("--embedding-model", help="'bundled', or a sentence-transformers name or folder")
    reindex.add_argument("--all", action="store_true", help="embed everything again, even if nothing has changed")


def _doctor(options: argparse.Namespace) -> int:
    if broken := _broken(options):
        if options.json:
            print_json({"problems": broken, "repaired": [], "left": broken, "note": ""})
        else:
            print("\n".join(map(plain, broken)))
        return 1
    with open_index_for(options) as index:
        found = index.check()
        done = index.repair() if options.repair else []
        left = index.check() if options.repair else found
    around, note = _around(options)
    if options.json:
        print_json({"problems": found + around, "repaired": done, "left": left + around, "note": note})
        return 1 if left or around else 0
    for line in (*found, *done, *around, *([note] if note else [])):
        print(plain(line))
    if not left:
        print("Catalog, vectors and keywords agree.")
    elif not options.repair:
        print("'footnote doctor --repair' rebuilds what is missing or broken.")
    return 1 if left or around else 0


def _broken(options: argparse.Namespace) -> list[str]:
    """Damage of the databases, without which nothing else can be opened."""
    from footnoted.assistant.settings import load_settings
    from footnoted.index.store.damage import damaged_databases
    from footnoted.index.store.home import Home

    return damaged_databases(Home(load_settings(home=options.home).home or None))


def _around(options: argparse.Namespace) -> tuple[list[str], str]:
    """Problems of models, disk, permissions and versions, and a remark; the stores are not opened for it."""
    from footnoted.index.store.health import examine, unfinished

    with _index_of_any_model(options) as index:
        return examine(index.live, index.reranker), unfinished(index.live)


def _index_of_any_model(options: argparse.Namespace):
    """The index of the data folder, opened here although its model may be another one, or gone."""
    from footnoted.assistant.settings import load_settings
    from footnoted.index.index import Index
    from footnoted.index.store.home import Home

    settings = load_settings(home=options.home)
    return Index(Home(settings.home or None), None, settings.reranker, check_model=False)


def _reindex(options: argparse.Namespace) -> int:
    from footnoted.assistant.progress import showing
    from footnoted.assistant.settings import load_settings

    model = load_settings(embedding_model=options.embedding_model).embedding_model
    # Beside a server that runs on this folder, too: it goes on answering and takes the new index when it is ready.
    with _index_of_any_model(options) as index, showing(options.json) as progress:
        done = index.reindex(model or None, everything=options.all, progress=progress)
    if options.json:
        print_json(done.to_dict())
    elif done.documents:
        print(
            f"{done.documents} documents in {done.passages} passages are indexed with {done.embedding_model}; "
            f"{done.passages_embedded} passages embedded in {done.seconds:.1f} s."
        )
    else:
        print(f"Nothing to do: the index is up to date with {done.embedding_model} and this version.")
    return 0
