"""The command line: footnote add | list | show | remove | search | ask | calibrate | serve | evaluate | ….

Every command gives exit code 0 when it did what was asked, 1 when it could not (with one sentence on standard error),
2 when it was called wrongly, and 130 after Ctrl-C. Heavy libraries are imported by the command that needs them.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

from footnoted.assistant.commands import asking, backup, calibrating, documents, maintenance, serving, users
from footnoted.assistant.errors import AssistantError
from footnoted.assistant.evaluation import commands as evaluation
from footnoted.assistant.version import VERSION
from footnoted.index.errors import IndexingError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code."""
    for stream in (sys.stdout, sys.stderr):  # text that the terminal's encoding lacks must not end a command
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
        print("Stopped. What was reported as done is kept; run the same command again to continue.", file=sys.stderr)
        return 130
    except OSError as error:
        return _say(f"{error.strerror or error}{': ' + str(error.filename) if error.filename else ''}.")
    except Exception as error:  # nobody is helped by a traceback; what was reported as done is kept
        return _say(_unforeseen(error))


def _unforeseen(error: Exception) -> str:
    """A sentence for what nobody thought of, such as a damaged row: what it was, and where."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    said = " ".join(str(error).split())[:200]
    return (
        f"This failed for an unforeseen reason ({type(error).__name__}: {said}; {Path(place.filename).name}, line "
        f"{place.lineno}): 'footnote doctor' examines the data folder; if it finds nothing, please report this."
    )


def _say(message: str) -> int:
    print(f"footnote: {message}", file=sys.stderr)
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="footnote", description="Ask your own documents; every sentence of an answer has a footnote you can open."
    )
    parser.add_argument("--version", action="version", version=f"footnote {VERSION}")
    parser.add_argument("--home", help="the data folder; can be given before or after the command")
    parser.add_argument("--json", action="store_true", help="print JSON; can be given before or after the command")
    parser.add_argument(
        "--direct", action="store_true", help="bypass the server on the data folder; can be given before or after, too"
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")

    def command(name: str, run, explanation: str, *, as_json: bool = True) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=explanation, description=explanation)
        added.add_argument("--home", help="the data folder (default: FOOTNOTE_HOME, or ~/.footnote)")
        if as_json:
            added.add_argument("--json", action="store_true", help="print JSON for a program to read")
            added.add_argument("--direct", action="store_true", help="bypass the server that runs on the data folder")
        added.set_defaults(run=run)
        return added

    for module in (documents, asking, calibrating, serving, maintenance, users, backup):
        module.add_commands(command)
    evaluation.add_commands(commands)
    for added in commands.choices.values():  # an option before the command counts unless it is repeated after it
        for action in added._actions:
            if action.dest in ("home", "json", "direct"):
                action.default = argparse.SUPPRESS
    return parser
