"""The command ``footnote review``: opens the workbench in the browser, or prints what the labels say so far."""

from __future__ import annotations

import argparse
import getpass
import json
import socket
import sys
import webbrowser
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from footnoted.assistant.evaluation.metrics.gates import Gate
    from footnoted.assistant.evaluation.workbench.items import Run

FINE, FAILED = 0, 1
HOST, PORT = "127.0.0.1", 7870


def add_review(subparsers: argparse._SubParsersAction, guarded: Callable) -> None:
    """``footnote review RUN…``; ``guarded`` wraps a command's function."""
    about = "Grade the answers of runs in the browser: right, partly, wrong or should have refused."
    more = "Labels are kept beside the question set (labels.jsonl); footnote evaluate and calibrate use them."
    parser = subparsers.add_parser("review", help=about, description=f"{about} {more}")
    parser.add_argument("runs", nargs="*", type=Path, metavar="RUN", help="the folder of a run; several are joined")
    parser.add_argument("--chat", action="store_true", help="also grade answers that readers of the chat did not like")
    parser.add_argument("--grader", metavar="NAME", help="whose labels these are (default: your user name)")
    parser.add_argument(
        "--labels", type=Path, metavar="FILE", help="the .jsonl file of labels (default: beside the question set)"
    )
    parser.add_argument(
        "--add-to", type=Path, metavar="FILE",
        help="the .jsonl question set that graded answers of the chat are added to (default: in the data folder)",
    )  # fmt: skip
    parser.add_argument("--open-verdicts", action="store_true", help="show the automatic verdict before you grade")
    parser.add_argument("--port", type=port, default=PORT, help=f"the port on {HOST} (default: {PORT})")
    parser.add_argument("--no-browser", action="store_true", help="only print the address, do not open it")
    parser.add_argument("--summary", action="store_true", help="print what the labels say; do not open the workbench")
    parser.add_argument(
        "--gate", action="append", default=[], metavar="METRIC>=VALUE",
        help="with --summary: exit with 1 unless this is true of each run",
    )  # fmt: skip
    parser.add_argument("--home", help="the data folder (default: the one in the settings)")
    parser.add_argument("--json", action="store_true", help="with --summary: print JSON")
    parser.set_defaults(run=guarded(run_review))


def port(text: str) -> int:
    """A port, for argparse."""
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port (1 to 65535)")
    return int(text)


def run_review(arguments: argparse.Namespace) -> int:
    """Open the workbench until it is interrupted, or print the summary."""
    from footnoted.assistant.evaluation.metrics.gates import check_metric_name, parse_gate
    from footnoted.assistant.evaluation.workbench.bench import Bench, Opened
    from footnoted.assistant.evaluation.workbench.from_chat import QUESTION_SET, chat_items
    from footnoted.assistant.evaluation.workbench.items import join_runs, read_runs
    from footnoted.assistant.evaluation.workbench.labels import LabelsError, checked_name

    if not arguments.runs and not arguments.chat:
        raise LabelsError("Name the folder of a run, or give --chat for the answers that readers did not like.")
    gates = [parse_gate(text) for text in arguments.gate]
    for gate in gates:
        check_metric_name(gate)
    for option, given in (("--gate", gates), ("--json", arguments.json)):
        if given and not arguments.summary:
            raise LabelsError(f"{option} has no meaning without --summary.")
    if arguments.summary and not arguments.runs:
        raise LabelsError("--summary needs the folder of a run.")
    for option, path in (("--labels", arguments.labels), ("--add-to", arguments.add_to)):
        if path is not None and (path.suffix != ".jsonl" or path.is_dir()):
            raise LabelsError(f"{option} needs the name of a .jsonl file, not {path}.")
    runs = read_runs(arguments.runs, arguments.labels)
    if arguments.summary:
        return show_summary(runs, gates, arguments.json)
    items, notes = join_runs(runs) if runs else ([], [])
    home = data_folder(arguments.home)
    if arguments.chat:
        from_chat = chat_items(home, arguments.labels)
        if not from_chat and not items:
            raise LabelsError(f"No reader of the chat in {home} has called an answer not helpful: nothing to grade.")
        notes += [] if from_chat else ["No reader of the chat has called an answer not helpful."]
        items += from_chat
    grader = checked_name(arguments.grader if arguments.grader is not None else user_name())
    add_to = arguments.add_to or home / QUESTION_SET
    bench = Bench(Opened(items, runs, notes, grader, add_to, not arguments.open_verdicts))
    for note in notes:
        print(note, file=sys.stderr)
    return serve(bench, arguments.port, not arguments.no_browser)


def data_folder(home: str | None) -> Path:
    """The data folder in use."""
    from footnoted.assistant.settings import load_settings
    from footnoted.index.store.home import default_home

    settings = load_settings(home=home)
    return Path(settings.home).expanduser().absolute() if settings.home else default_home()


def user_name() -> str:
    """The name of whoever runs the command, or "grader" where the system has none."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "grader"


def serve(bench, number: int, browser: bool) -> int:
    """Serve the workbench on this computer until Ctrl-C."""
    import uvicorn

    from footnoted.assistant.evaluation.workbench.application import create_app
    from footnoted.assistant.evaluation.workbench.labels import LabelsError

    with socket.socket() as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((HOST, number))
        except OSError as error:
            raise LabelsError(
                f"Port {number} on {HOST} cannot be used ({error.strerror or error}): choose another with --port."
            ) from error
        listening.listen()
        address = f"http://{HOST}:{number}/"
        print(f"The workbench is open at {address} (Ctrl-C stops it; every label is saved at once)", flush=True)
        if browser:
            webbrowser.open(address)
        settings = uvicorn.Config(
            create_app(bench), log_level="warning", server_header=False, timeout_graceful_shutdown=1,
            proxy_headers=False, ws="none",
        )  # fmt: skip
        uvicorn.Server(settings).run(sockets=[listening])
    return FINE


def show_summary(runs: Sequence[Run], gates: Sequence[Gate], as_json: bool) -> int:
    """Print what people's labels say about each run; 1 when a gate fails for one of them."""
    from footnoted.assistant.evaluation.metrics.gates import check_gate
    from footnoted.assistant.evaluation.reports.people import people_lines
    from footnoted.assistant.evaluation.running.runs import read_metrics
    from footnoted.assistant.evaluation.workbench.labels import read_labels
    from footnoted.assistant.evaluation.workbench.people import label_details, label_metrics

    found, failed = {}, False
    for run in runs:
        records, labels = list(run.records.values()), read_labels(run.labels)
        told = {"labels": label_metrics(records, labels), "people": label_details(records, labels)}
        results = [check_gate(gate, read_metrics(run.folder) | told) for gate in gates]
        failed = failed or not all(result.passed for result in results)
        found[run.name] = told | {"gates": [result.message for result in results]}
        if not as_json:
            print(f"{run.name}:")
            print("\n".join(people_lines(told) or ["  No person has graded an answer of this run."]))
            print("".join(f"  gate {result.message}\n" for result in results), end="")
    if as_json:
        print(json.dumps(found, indent=2, ensure_ascii=False))
    return FAILED if failed else FINE
