"""The command ``footnote runs export``: a finished run as a table, in MLflow, or as OpenTelemetry traces."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

FINE = 0
FORMATS = ("csv", "parquet", "mlflow", "otlp")
EXPERIMENT = "footnote"


def add_runs(subparsers: argparse._SubParsersAction, guarded: Callable) -> None:
    """``footnote runs``; ``guarded`` wraps a command's function."""
    about = "Hand finished runs to other programs."
    parser = subparsers.add_parser("runs", help=about, description=about)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    about = "write a run as a table, log it to MLflow, or send it as OpenTelemetry traces (Langfuse, Phoenix)"
    export = commands.add_parser("export", help=about, description=about[0].upper() + about[1:])
    export.add_argument("folder", type=Path, metavar="RUN", help="the folder of a finished run")
    export.add_argument(
        "output", metavar="OUTPUT",
        help="a .csv or .parquet file; for mlflow a tracking URI or a folder; for otlp the address of a server",
    )  # fmt: skip
    export.add_argument("--to", choices=FORMATS, help="what to write (default: what a .csv or .parquet ends with)")
    export.add_argument(
        "--experiment", metavar="NAME", help=f"mlflow: the experiment to log to (default: {EXPERIMENT})"
    )
    export.add_argument("--project", metavar="NAME", help=f"otlp: the project in Phoenix (default: {EXPERIMENT})")
    export.add_argument(
        "--header", type=header, action="append", metavar="NAME=VALUE",
        help="otlp: a header to send; repeatable (default: those in OTEL_EXPORTER_OTLP_HEADERS)",
    )  # fmt: skip
    export.set_defaults(run=guarded(run_export))


def header(text: str) -> tuple[str, str]:
    """A header as NAME=VALUE, for argparse."""
    name, equals, value = text.partition("=")
    plain = text.isascii() and text.isprintable() and not any(letter in name for letter in ' ":;,()<>@[]{}?/\\')
    if not (equals and name and plain):
        raise argparse.ArgumentTypeError("must be written as NAME=VALUE, in plain letters")  # the value may be a key
    return name, value.strip()


def run_export(arguments: argparse.Namespace) -> int:
    """Export a finished run."""
    from footnoted.assistant.evaluation.errors import QuestionsError
    from footnoted.assistant.evaluation.exporting.tables import FORMATS as TABLES
    from footnoted.assistant.evaluation.running.records import read_records
    from footnoted.assistant.evaluation.running.runs import finished_run, read_metrics

    folder, output = arguments.folder, arguments.output
    to = arguments.to or TABLES.get(Path(output).suffix.lower())
    if to is None:
        raise QuestionsError(f"Say with --to what to write to {output}: {', '.join(FORMATS)}.")
    for name, needed in (("experiment", "mlflow"), ("project", "otlp"), ("header", "otlp")):
        if getattr(arguments, name) is not None and to != needed:
            raise QuestionsError(f"--{name} has no meaning with --to {to}: leave it out.")
    run, records = finished_run(folder), read_records(folder)
    if to == "mlflow":
        from footnoted.assistant.evaluation.exporting.mlflow_store import log_run

        print(log_run(output, arguments.experiment or EXPERIMENT, folder, run, read_metrics(folder)))
    elif to == "otlp":
        from footnoted.assistant.evaluation.exporting.otlp import send_traces, traces_endpoint
        from footnoted.assistant.evaluation.exporting.traces import traces_of

        project, headers = arguments.project or EXPERIMENT, dict(arguments.header or ())
        count = send_traces(output, traces_of(run, records), project, headers)
        print(f"{count} traces sent to {traces_endpoint(output)}.")
    else:
        from footnoted.assistant.evaluation.exporting.tables import write_table

        if TABLES.get(Path(output).suffix.lower()) != to:
            raise QuestionsError(f"{output} must end in .{to}.")
        print(f"{write_table(Path(output), records)} questions written to {output}.")
    return FINE
