"""The command line: footnote add | list | show | remove | search | ask | serve | evaluate | ….

Every command gives exit code 0 when it did what was asked, 1 when it could not (with one sentence on standard error),
2 when it was called wrongly, and 130 after Ctrl-C. Heavy libraries are imported by the command that needs them.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import sys
import textwrap
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from assistant.errors import AssistantError
from assistant.evaluation import commands as evaluation
from index.errors import IndexingError

VERSION = "0.1.0"
NO_LOADER = " is left out: there is no loader for "


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code."""
    for stream in (sys.stdout, sys.stderr):  # document text that the terminal's encoding lacks is no reason to stop
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    parser = _parser()
    options = parser.parse_args(arguments)
    if not hasattr(options, "run"):
        parser.print_help()
        return 2
    try:
        return options.run(options)
    except (AssistantError, IndexingError) as error:
        return _say(str(error))
    except BrokenPipeError:  # the reader of our output went away, as `| head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        print("Stopped. What was reported as done is kept; run the same command again to go on.", file=sys.stderr)
        return 130
    except OSError as error:
        return _say(f"{error.strerror or error}{': ' + str(error.filename) if error.filename else ''}.")


def _say(message: str) -> int:
    print(f"footnote: {message}", file=sys.stderr)
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="footnote", description="Ask your own documents; every sentence of an answer has a footnote you can open."
    )
    parser.add_argument("--version", action="version", version=f"footnote {VERSION}")
    parser.add_argument("--home", help="the data folder; can stand before or after the command")
    parser.add_argument("--json", action="store_true", help="print JSON; can stand before or after the command")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")

    def command(name: str, run, explanation: str, *, as_json: bool = True) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=explanation, description=explanation)
        added.add_argument("--home", help="the data folder (default: FOOTNOTE_HOME, or ~/.footnote)")
        if as_json:
            added.add_argument("--json", action="store_true", help="print JSON for a program to read")
        added.set_defaults(run=run)
        return added

    add = command("add", _add, "Read files and folders into the index; run again, it does only what changed.")
    add.add_argument("paths", nargs="+", metavar="PATH", help="a file or a folder")
    add.add_argument("--password", help="for encrypted files")
    add.add_argument("--embedding-model", help="'bundled', or a sentence-transformers name or folder (new index only)")
    command("list", _list, "Show every document with its passages, pages and size, and what could not be read.")
    show = command("show", _show, "Print the stored text of a document.")
    show.add_argument("source", metavar="SOURCE", help="its source, path, or own id, as 'footnote list' shows it")
    remove = command("remove", _remove, "Remove documents from the index (never the files themselves).")
    remove.add_argument(
        "sources", nargs="+", metavar="SOURCE", help="a source, a path, a folder, or a document's own id"
    )
    search = command("search", _search, "Show the passages that are found for a question, and why.")
    search.add_argument("question", metavar="QUESTION")
    search.add_argument("-k", type=_positive, default=5, metavar="K", help="how many passages (default: 5)")
    search.add_argument("--source", action="append", metavar="SOURCE", help="only in this document (can be repeated)")
    search.add_argument("--no-rerank", action="store_true", help="without the cross-encoder: faster, less exact")
    ask = command("ask", _ask, "Answer a question from the documents, with footnotes.")
    ask.add_argument("question", metavar="QUESTION")
    ask.add_argument("--source", action="append", metavar="SOURCE", help="only from this document (can be repeated)")
    _model_options(ask)
    serve = command("serve", _serve, "Open the web chat.", as_json=False)
    serve.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: 127.0.0.1)")
    serve.add_argument("--port", type=_port, default=7860, help="the port to listen on (default: 7860)")
    _model_options(serve)
    doctor = command("doctor", _doctor, "Check the index: catalog, vectors and keywords against one another.")
    doctor.add_argument("--repair", action="store_true", help="rebuild what is missing or broken from the catalog")
    evaluation.add_commands(commands)
    for added in commands.choices.values():  # what stands before the command counts unless the command says otherwise
        for action in added._actions:
            if action.dest in ("home", "json"):
                action.default = argparse.SUPPRESS
    return parser


def _model_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", help="'extractive' (default) or a chat model as provider:model")
    parser.add_argument("--base-url", help="where an OpenAI-compatible model is served")


def _positive(text: str) -> int:
    try:
        value = int(text)
    except ValueError:
        value = 0
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of 1 or more")
    return value


def _port(text: str) -> int:
    value = _positive(text)
    if value > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port (1 to 65535)")
    return value


def _open_index(options: argparse.Namespace):
    from assistant.settings import load_settings
    from index import open_index

    settings = load_settings(home=options.home, embedding_model=getattr(options, "embedding_model", None))
    return open_index(settings.home or None, embeddings=settings.embedding_model or None, reranker=settings.reranker)


def _open_assistant(options: argparse.Namespace):
    from assistant.chain import open_assistant
    from assistant.settings import load_settings

    return open_assistant(settings=load_settings(home=options.home, model=options.model, base_url=options.base_url))


def _print_json(value: object) -> None:
    as_is = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    print(json.dumps(value, ensure_ascii=not as_is, indent=2))


def _plain(text: str) -> str:
    """Text from a document on one line, without control characters that would drive a terminal."""
    return "".join(character if character.isprintable() else " " for character in text)


# The commands -----------------------------------------------------------------------------------------------------


def _add(options: argparse.Namespace) -> int:
    from assistant.progress import showing

    with _open_index(options) as index, showing(quiet=options.json) as progress:
        report = index.add(options.paths, progress=progress, password=options.password)
    if options.json:
        _print_json(report.to_dict())
    else:
        print(
            f"{len(report.added)} added, {len(report.changed)} changed, {len(report.unchanged)} unchanged, "
            f"{len(report.removed)} removed, {len(report.skipped)} skipped; "
            f"{report.passages_embedded} passages embedded in {report.seconds:.1f} s."
        )
        for line in _skipped(report.skipped):
            print(f"skipped: {_plain(line)}")
        for path, notes in report.notes.items():
            for note in notes:
                print(f"note: {_plain(os.path.basename(path))}: {_plain(note)}")
    nothing = not (report.added or report.changed or report.unchanged)
    return 1 if report.skipped and (nothing or any(_unread(path, report.skipped) for path in options.paths)) else 0


def _unread(path: str, skipped: Mapping[str, str]) -> bool:
    """Whether a path that was named itself could not be read; a bad file inside a folder is only reported."""
    return path in skipped or str(Path(path).expanduser().resolve()) in skipped


def _skipped(reasons: Mapping[str, str]) -> list[str]:
    """A line for each file that was not read; files of a folder that no loader knows are counted by their ending."""
    known = {path: reason for path, reason in reasons.items() if NO_LOADER not in reason}
    endings = Counter(os.path.splitext(path)[1] or "no ending" for path in reasons if path not in known)
    if endings.total() < 4:
        return list(reasons.values())
    counted = ", ".join(f"{ending} ({count})" for ending, count in sorted(endings.items()))
    return [*known.values(), f"{endings.total()} files are left out: there is no loader for {counted}."]


def _list(options: argparse.Namespace) -> int:
    with _open_index(options) as index:
        documents = index.documents()
    if options.json:
        _print_json([document.to_dict() for document in documents])
        return 0
    for document in documents:
        pages = f", {document.pages} pages" if document.pages else ""
        size = f"{document.passages} passages{pages}, {document.characters:,} characters"
        print(_plain(document.source), "  ", size if document.status == "ready" else "failed", sep="")
        if document.error:
            print(f"    {_plain(document.error)}")
    ready = sum(document.status == "ready" for document in documents)
    print(
        f"{ready} documents, {len(documents) - ready} failed."
        if documents
        else "No documents yet: 'footnote add PATH'."
    )
    return 0


def _show(options: argparse.Namespace) -> int:
    with _open_index(options) as index:
        text = index.text_of(options.source)
    if options.json:
        _print_json({"source": options.source, "text": text})
    else:
        sys.stdout.write(text if text.endswith("\n") else text + "\n")
    return 0


def _remove(options: argparse.Namespace) -> int:
    with _open_index(options) as index:
        removed = [source for name in options.sources for source in index.remove(name)]
    if options.json:
        _print_json({"removed": removed})
    else:
        for source in removed:
            print(f"removed: {_plain(source)}")
    return 0


def _search(options: argparse.Namespace) -> int:
    from assistant.chain import checked_question

    with _open_index(options) as index:
        passages = index.retrieve(
            checked_question(options.question),
            options.k,
            sources=_sources(index, options),
            rerank=not options.no_rerank,
        )
    if options.json:
        _print_json([passage.to_dict() for passage in passages])
        return 0
    for number, passage in enumerate(passages, start=1):
        place = ", ".join(part for part in (passage.document_id, passage.location, passage.heading) if part)
        print(f"[{number}] {_plain(place)}  ({passage.score:.2f}: {_reason(passage.why)})")
        print(textwrap.indent(textwrap.fill(_plain(passage.text), 100), "    "))
    if not passages:
        print("Nothing was found.")
    return 0


def _reason(why) -> str:
    parts = [f"words {', '.join(why.matched_words)} (rank {why.keyword_rank})"] if why.keyword_rank else []
    parts += [f"meaning {why.dense_score:.2f} (rank {why.dense_rank})"] if why.dense_rank else []
    parts += [f"read with the question {why.reranker_score:.1f}"] if why.reranker_score is not None else []
    return "; ".join(parts)


def _sources(index, options: argparse.Namespace) -> list[str] | None:
    """The documents a question is restricted to, each looked up so that a misspelt name is not "nothing found"."""
    return None if not options.source else [index.source_of(name) for name in options.source]


def _ask(options: argparse.Namespace) -> int:
    from assistant.render_text import answer_for_terminal

    with _open_assistant(options) as assistant:
        answer = assistant.answer(options.question, sources=_sources(assistant.index, options))
    if options.json:
        _print_json(answer.to_dict())
    else:
        print(answer_for_terminal(answer))
    return 0


def _doctor(options: argparse.Namespace) -> int:
    with _open_index(options) as index:
        found = index.check()
        done = index.repair() if options.repair else []
        left = index.check() if options.repair else found
    if options.json:
        _print_json({"problems": found, "repaired": done, "left": left})
    else:
        for line in (*found, *done):
            print(_plain(line))
        if not left:
            print("Catalog, vectors and keywords agree.")
        elif not options.repair:
            print("'footnote doctor --repair' rebuilds what is missing or broken.")
    return 1 if left else 0


def _serve(options: argparse.Namespace) -> int:
    import app

    with _open_assistant(options) as assistant:
        app.launch(assistant, host=options.host, port=options.port)
    return 0
