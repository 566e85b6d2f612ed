"""The commands ``footnote questions draft | review | check | convert``."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

FINE, FAILED = 0, 1
FORMATS = (
    "beir", "ragas", "trec", "footnote", "jsonl", "json", "csv", "tsv", "xlsx", "squad", "deepeval", "promptfoo",
)  # fmt: skip


def add_questions(subparsers: argparse._SubParsersAction, guarded: Callable, positive: Callable) -> None:
    """``footnote questions``; ``guarded`` wraps a command's function, ``positive`` reads a whole number."""
    about = "Make question sets: propose, review, check and convert questions."
    parser = subparsers.add_parser("questions", help=about, description=about)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    draft = commands.add_parser("draft", help="propose questions from the documents, with their evidence spans")
    draft.add_argument("output", type=Path, metavar="FILE", help="the .jsonl file to write")
    draft.add_argument("--count", type=positive, default=20, metavar="N", help="at most this many (default: 20)")
    draft.add_argument("--model", help="let this chat model write the questions (default: patterns without a model)")
    draft.add_argument("--home", help="the data folder (default: the one in the settings)")
    draft.set_defaults(run=guarded(run_draft))

    review = commands.add_parser("review", help="accept, correct or drop drafts one by one")
    review.add_argument("questions", type=Path, metavar="FILE", help="the .jsonl file; it is rewritten")
    review.set_defaults(run=guarded(run_review))

    check = commands.add_parser(
        "check", help="find duplicates, answers that are not in the corpus, and questions that give the answer away"
    )
    check.add_argument("questions", type=Path, metavar="QUESTIONS", help=READ)
    add_column(check)
    check.add_argument("--corpus", type=Path, help="a .jsonl corpus (default: the set's, else the index in use)")
    check.add_argument("--home", help="the data folder (default: the one in the settings)")
    check.add_argument("--json", action="store_true", help="print JSON")
    check.set_defaults(run=guarded(run_check))

    convert = commands.add_parser("convert", help="write a question set in the format of another tool")
    convert.add_argument("questions", type=Path, metavar="QUESTIONS", help=f"{READ} (also BEIR's)")
    convert.add_argument(
        "output", type=Path, metavar="OUTPUT", help="a folder for beir, a file for the others (trec: qrels)"
    )
    convert.add_argument(
        "--to", choices=FORMATS, help="the format to write (default: the one that OUTPUT ends with, but not .json)"
    )
    add_column(convert)
    convert.add_argument(
        "--qrels", type=Path, metavar="FILE", help="take the relevant documents from this TREC or BEIR file"
    )
    convert.set_defaults(run=guarded(run_convert))


READ = "a .jsonl, .json, .csv, .tsv, .xlsx, .parquet or .yaml file, or a folder"


def add_column(parser: argparse.ArgumentParser) -> None:
    """``--column OURS=THEIRS``, which names the columns of somebody else's file."""

    def pair(text: str) -> tuple[str, str]:
        from footnoted.assistant.evaluation.question_sets.columns import parse_column

        try:
            return parse_column(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from error

    parser.add_argument(
        "--column", type=pair, action="append", default=[], metavar="OURS=THEIRS",
        help="the file's name for a field of ours, such as question=Prompt; repeatable (default: it is guessed)",
    )  # fmt: skip


def show_note(note: str) -> None:
    """Print a line beside the results, so that they can still be piped."""
    if note:
        print(note, file=sys.stderr)


@contextmanager
def opened_index(home: str | None):
    """The index in use, as the settings say."""
    from footnoted.assistant.settings import load_settings
    from footnoted.index import open_index

    settings = load_settings(home=home)
    with open_index(settings.home or None, embeddings=settings.embedding_model or None, reranker="off") as index:
        yield index


def run_draft(arguments: argparse.Namespace) -> int:
    """Propose questions; refuses to overwrite a file."""
    from footnoted.assistant.evaluation.errors import EvaluationError
    from footnoted.assistant.evaluation.question_sets.draft import draft
    from footnoted.assistant.evaluation.question_sets.jsonl import write_lines

    if arguments.output.exists():
        raise EvaluationError(f"{arguments.output} already exists: choose another name, or delete it first.")
    propose = None
    if arguments.model:
        from footnoted.assistant.evaluation.question_sets.draft import model_proposals
        from footnoted.assistant.settings import load_settings
        from footnoted.assistant.writing.models import open_model

        settings = load_settings(home=arguments.home, model=arguments.model)
        if model := open_model(settings):
            propose = model_proposals(model, settings.model_timeout)
    with opened_index(arguments.home) as index:
        rows = draft(index, arguments.count, propose)
    if not rows:
        raise EvaluationError("No sentence of your documents could be turned into a question: nothing was written.")
    write_lines(arguments.output, rows)
    print(f"{len(rows)} drafts in {arguments.output}. Review them: footnote questions review {arguments.output}")
    return FINE


def run_review(arguments: argparse.Namespace) -> int:
    """Ask a person about each draft; the file is rewritten, in one step, after each decision."""
    from footnoted.assistant.evaluation.question_sets.files import DRAFT, read_questions
    from footnoted.assistant.evaluation.question_sets.jsonl import RewrittenFile
    from footnoted.assistant.evaluation.question_sets.review import review

    path = arguments.questions
    read_questions(path)  # so that an invalid line is reported before the review begins
    file = RewrittenFile(path)
    if not any(row.get("status") == DRAFT for row in file.rows):
        print(f"{path} contains no drafts: there is nothing to review.")
        return FINE
    kept = review(file.rows, file.save, input)
    left = sum(row.get("status") == DRAFT for row in kept)
    dropped = len(file.rows) - len(kept)
    print(f"{path}: {len(kept) - left} questions to ask, {left} drafts left, {dropped} dropped.")
    return FINE


def run_check(arguments: argparse.Namespace) -> int:
    """Print what is wrong with a set; 1 when there are findings."""
    from footnoted.assistant.evaluation.question_sets.check import check
    from footnoted.assistant.evaluation.question_sets.files import corpus_rows, read_question_set
    from footnoted.assistant.evaluation.running.subject import Subject

    found = read_question_set(arguments.questions, dict(arguments.column))
    show_note(found.note)
    corpus = arguments.corpus or found.corpus
    if corpus is not None:
        findings = check(found.questions, {row["id"]: row["text"] for row in corpus_rows(corpus)}.get)
    else:
        with opened_index(arguments.home) as index:
            findings = check(found.questions, Subject(index).text_of if index.documents() else None)
    if arguments.json:
        rows = [{"id": item.id, "kind": item.kind, "message": item.message} for item in findings]
        print(json.dumps(rows, indent=2, ensure_ascii=False))
    else:
        for item in findings:
            print(f"{item.id}: {item.kind}: {item.message}")
        print(f"{len(found.questions)} questions, {len(findings)} findings.")
    return FAILED if findings else FINE


def run_convert(arguments: argparse.Namespace) -> int:
    """Write a set in another format."""
    from footnoted.assistant.evaluation.errors import EvaluationError
    from footnoted.assistant.evaluation.question_sets.exports import (
        BY_SUFFIX,
        without_place,
        write_other,
    )
    from footnoted.assistant.evaluation.question_sets.files import (
        corpus_rows,
        read_question_set,
        write_beir,
        write_ragas,
    )
    from footnoted.assistant.evaluation.question_sets.jsonl import write_lines
    from footnoted.assistant.evaluation.question_sets.trec import read_qrels, with_qrels, write_qrels

    if arguments.output.exists():
        raise EvaluationError(f"{arguments.output} already exists: choose another name, or delete it first.")
    to = arguments.to or BY_SUFFIX.get(arguments.output.suffix.lower())
    if to is None:
        raise EvaluationError(f"Say with --to in which format to write {arguments.output}: {', '.join(FORMATS)}.")
    found = read_question_set(arguments.questions, dict(arguments.column))
    show_note(found.note)
    if arguments.qrels:
        found = replace(found, questions=with_qrels(found.questions, read_qrels(arguments.qrels)))
    texts = {}
    if found.corpus and to in ("ragas", "squad", "deepeval"):
        texts = {row["id"]: row["text"] for row in corpus_rows(found.corpus)}
    if to == "beir":
        write_beir(arguments.output, found.questions, found.corpus)
    elif to == "trec":
        write_qrels(arguments.output, {question.id: question.relevant for question in found.questions})
    elif to == "ragas":
        write_ragas(arguments.output, found.questions, texts.get)
    elif to in ("footnote", "jsonl"):
        write_lines(arguments.output, (question.to_dict() for question in found.questions))
    else:
        write_other(to, arguments.output, found.questions, texts.get)
    show_note(without_place(to, found.questions))
    print(f"{len(found.questions)} questions written to {arguments.output}.")
    return FINE
