"""What several commands share: opening what they work on, options, and printing."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path

AddCommand = Callable[..., argparse.ArgumentParser]
"""``command(name, run, explanation, as_json=True)`` gives a new parser; ``run`` maps its options to an exit code."""


def model_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", help="'extractive' (default) or a chat model as provider:model")
    parser.add_argument("--base-url", help="the address of an OpenAI-compatible server")


def field(text: str) -> tuple[str, str]:
    """``KEY=VALUE`` for argparse."""
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form KEY=VALUE")
    return name.strip(), value.strip()


def positive(text: str) -> int:
    try:
        value = int(text)
    except ValueError:
        value = 0
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of 1 or more")
    return value


def port(text: str) -> int:
    value = positive(text)
    if value > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port (1 to 65535)")
    return value


INDEX_SETTINGS = ("embedding_model", "reranker")
ANSWER_SETTINGS = (*INDEX_SETTINGS, "model", "base_url", "threshold", "passages")


def server_for(options: argparse.Namespace, settings, compared: tuple[str, ...]):
    """The server that runs on this data folder with the same settings, to use it; ``None`` if there is none."""
    from footnoted.assistant.server import remote_index
    from footnoted.index.store.home import default_home

    if getattr(options, "direct", False):
        return None
    folder = Path(settings.home).expanduser().absolute() if settings.home else default_home()
    return remote_index.find(folder, {name: getattr(settings, name) for name in compared})


def open_index_for(options: argparse.Namespace):
    """The index in the data folder: through the server that runs there, else opened here."""
    from footnoted.assistant.settings import load_settings

    settings = load_settings(home=options.home, embedding_model=getattr(options, "embedding_model", None))
    if served := server_for(options, settings, INDEX_SETTINGS):
        return served
    from footnoted.index import open_index

    _choose_vector_server(settings)
    return open_index(settings.home or None, embeddings=settings.embedding_model or None, reranker=settings.reranker)


def open_assistant_for(options: argparse.Namespace):
    from footnoted.assistant.chain import open_assistant
    from footnoted.assistant.settings import load_settings

    settings = load_settings(home=options.home, model=options.model, base_url=options.base_url)
    _choose_vector_server(settings)
    return open_assistant(settings=settings)


def _choose_vector_server(settings) -> None:
    from footnoted.index.store.home import Home
    from footnoted.index.store.vector_server import choose_vector_server

    choose_vector_server(Home(settings.home or None).folder, settings.chroma_url)


def asking_for(options: argparse.Namespace):
    """What answers a question: the server that runs on the data folder, else an assistant opened here."""
    from footnoted.assistant.server.remote_index import RemoteAssistant
    from footnoted.assistant.settings import load_settings

    settings = load_settings(home=options.home, model=options.model, base_url=options.base_url)
    served = server_for(options, settings, ANSWER_SETTINGS)
    return RemoteAssistant(served) if served else open_assistant_for(options)


def print_json(value: object) -> None:
    as_is = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    print(json.dumps(value, ensure_ascii=not as_is, indent=2))


def print_result(options: argparse.Namespace, value: dict, sentence: str) -> int:
    """Print what a command did, as JSON or as a sentence; returns exit code 0."""
    if options.json:
        print_json(value)
    else:
        print(sentence)
    return 0


def plain(text: str) -> str:
    """Text from a document on one line, without control characters that would drive a terminal."""
    return "".join(character if character.isprintable() else " " for character in text)


def counted(number: int, thing: str) -> str:
    """ "1 page", "12 pages"."""
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"


def filter_options(parser: argparse.ArgumentParser) -> None:
    """The options that restrict a question to some documents: see :func:`filter_of`."""
    parser.add_argument("--source", action="append", metavar="SOURCE", help="only this document (can be repeated)")
    parser.add_argument("--collection", action="append", metavar="NAME", help="only this collection (can be repeated)")
    parser.add_argument(
        "--type", action="append", metavar="TYPE", help="only this file ending or media type (can be repeated)"
    )
    parser.add_argument("--title", default="", metavar="WORDS", help="only documents with these words in the title")
    parser.add_argument("--after", default="", metavar="DATE", help="only documents of this date or later (2024-03-01)")
    parser.add_argument("--before", default="", metavar="DATE", help="only documents of an earlier date than this")
    parser.add_argument(
        "--metadata", action="append", type=field, metavar="KEY=VALUE", help="only with this field (can be repeated)"
    )


def filter_of(index, options: argparse.Namespace):
    """The filter of :func:`filter_options`; an unknown name is an error, so that a typo is not "nothing found"."""
    from footnoted.index.errors import SourceNotFound
    from footnoted.index.types import Filter

    known = {collection.name for collection in index.collections()} if options.collection else set()
    for name in options.collection or ():
        if name not in known:
            raise SourceNotFound(f"No collection called {name!r} is in the index: there are {_listed(known)}.")
    fields: dict[str, list[str]] = {}
    for name, value in options.metadata or ():
        fields.setdefault(name, []).append(value)
    return Filter(
        sources=[index.source_of(name) for name in options.source] if options.source else None,
        collections=options.collection,
        types=options.type,
        title=options.title,
        after=options.after,
        before=options.before,
        metadata=fields,
    )


def _listed(names: set[str]) -> str:
    return ", ".join(sorted(names)) or "none"
