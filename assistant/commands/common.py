"""What several commands share: opening what they work on, options, and printing."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable

AddCommand = Callable[..., argparse.ArgumentParser]
"""``command(name, run, explanation, as_json=True)`` gives a new parser; ``run`` maps its options to an exit code."""


def model_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", help="'extractive' (default) or a chat model as provider:model")
    parser.add_argument("--base-url", help="where an OpenAI-compatible model is served")


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


def open_index_for(options: argparse.Namespace):
    from assistant.settings import load_settings
    from index import open_index

    settings = load_settings(home=options.home, embedding_model=getattr(options, "embedding_model", None))
    return open_index(settings.home or None, embeddings=settings.embedding_model or None, reranker=settings.reranker)


def open_assistant_for(options: argparse.Namespace):
    from assistant.chain import open_assistant
    from assistant.settings import load_settings

    return open_assistant(settings=load_settings(home=options.home, model=options.model, base_url=options.base_url))


def print_json(value: object) -> None:
    as_is = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    print(json.dumps(value, ensure_ascii=not as_is, indent=2))


def plain(text: str) -> str:
    """Text from a document on one line, without control characters that would drive a terminal."""
    return "".join(character if character.isprintable() else " " for character in text)


def sources_of(index, options: argparse.Namespace) -> list[str] | None:
    """The documents a question is restricted to, each looked up so that a misspelt name is not "nothing found"."""
    return None if not options.source else [index.source_of(name) for name in options.source]
