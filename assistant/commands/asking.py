"""``footnote search | ask``: questions to the index and to the assistant."""

from __future__ import annotations

import argparse
import sys
import textwrap

from footnoted.assistant.commands.common import (
    AddCommand,
    asking_for,
    filter_of,
    filter_options,
    model_options,
    open_index_for,
    plain,
    positive,
    print_json,
)


def add_commands(command: AddCommand) -> None:
    """Register the commands of this module."""
    search = command("search", _search, "Show the passages that are found for a question, and why.")
    search.add_argument("question", metavar="QUESTION")
    search.add_argument("-k", type=positive, default=5, metavar="K", help="how many passages (default: 5)")
    filter_options(search)
    search.add_argument("--no-rerank", action="store_true", help="skip the cross-encoder: faster, less exact")
    ask = command("ask", _ask, "Answer a question from the documents, with footnotes.")
    ask.add_argument("question", metavar="QUESTION")
    filter_options(ask)
    model_options(ask)


def _search(options: argparse.Namespace) -> int:
    from footnoted.assistant.asking.request import checked_question

    with open_index_for(options) as index:
        passages = index.retrieve(
            checked_question(options.question),
            options.k,
            filter=filter_of(index, options),
            rerank=not options.no_rerank,
        )
        if notice := getattr(index, "notice", ""):
            print(notice, file=sys.stderr)
    if options.json:
        print_json([passage.to_dict() for passage in passages])
        return 0
    for number, passage in enumerate(passages, start=1):
        place = ", ".join(part for part in (passage.document_id, passage.location, passage.heading) if part)
        print(f"[{number}] {plain(place)}  ({passage.score:.2f}: {_reason(passage.why)})")
        print(textwrap.indent(textwrap.fill(plain(passage.text), 100), "    "))
    if not passages:
        print("Nothing was found.")
    return 0


def _reason(why) -> str:
    parts = [f"words {', '.join(why.matched_words)} (rank {why.keyword_rank})"] if why.keyword_rank else []
    parts += [f"meaning {why.dense_score:.2f} (rank {why.dense_rank})"] if why.dense_rank else []
    parts += [f"read with the question {why.reranker_score:.1f}"] if why.reranker_score is not None else []
    parts += [f"{len(why.joined)} adjacent passages"] if why.joined else []
    return "; ".join(parts)


def _ask(options: argparse.Namespace) -> int:
    from footnoted.assistant.render_text import answer_for_terminal

    with asking_for(options) as assistant:
        answer = assistant.answer(options.question, filter=filter_of(assistant.index, options))
    if options.json:
        print_json(answer.to_dict())
    else:
        print(answer_for_terminal(answer))
    return 0
