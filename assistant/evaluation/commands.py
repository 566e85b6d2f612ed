"""The commands ``footnote evaluate``, ``compare`` and ``questions``: arguments, terminal output and exit codes."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path

FINE, FAILED, USAGE = 0, 1, 2


def add_commands(subparsers: argparse._SubParsersAction) -> None:
    """Register the three commands; each sets ``run`` to a function from the parsed arguments to an exit code."""
    add_evaluate(subparsers)


def add_evaluate(subparsers: argparse._SubParsersAction) -> None:
    """``footnote evaluate QUESTIONS``."""
    parser = subparsers.add_parser("evaluate", help="run a question set and measure retrieval, answers and citations")
    parser.add_argument("questions", type=Path, help="a .jsonl file, or a folder with questions.jsonl and corpus.jsonl")
    parser.add_argument("--corpus", type=Path, help="a .jsonl corpus or a folder to ask (default: the set's, else the index in use)")
    parser.add_argument("--limit", type=positive, metavar="N", help="ask N questions, spread evenly over the set")
    parser.add_argument("--retrieval-only", action="store_true", help="measure retrieval and ask for no answers")
    parser.add_argument("--model", help="the model that answers (default: the one that is set)")
    parser.add_argument("--output", type=Path, metavar="DIR", help="where the run is kept (default: a folder in footnote-runs)")
    parser.add_argument("--baseline", type=Path, metavar="RUN", help="compare with this earlier run")
    parser.add_argument("--gate", action="append", default=[], metavar="METRIC>=VALUE", help="exit 1 unless it holds; repeatable")
    parser.add_argument("--home", help="the data folder (default: the one that is set)")
    parser.add_argument("--json", action="store_true", help="print metrics.json instead of tables")
    parser.set_defaults(run=guarded(run_evaluate))


def positive(text: str) -> int:
    """A whole number from 1 on, for argparse."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number from 1 on, not {text!r}")
    return int(text)


def guarded(command: Callable[[argparse.Namespace], int]) -> Callable[[argparse.Namespace], int]:
    """The command with the errors of the product told in one sentence and as an exit code."""

    def run(arguments: argparse.Namespace) -> int:
        from assistant.errors import AssistantError
        from assistant.evaluation.errors import EvaluationError, GateError, QuestionsError
        from index.errors import IndexingError

        try:
            return command(arguments)
        except (EvaluationError, AssistantError, IndexingError) as error:
            print(f"footnote: {error}", file=sys.stderr)
            return USAGE if isinstance(error, (GateError, QuestionsError)) else FAILED
        except KeyboardInterrupt:
            print("footnote: interrupted; the same command goes on where it stopped.", file=sys.stderr)
            return FAILED

    return run


def run_evaluate(arguments: argparse.Namespace) -> int:
    """Run a question set; 1 when a gate fails."""
    from assistant.evaluation.evaluate import Options, evaluate
    from assistant.evaluation.gates import check_name, parse_gate

    gates = tuple(parse_gate(text) for text in arguments.gate)
    for gate in gates:
        check_name(gate)
    options = Options(
        questions=arguments.questions,
        corpus=arguments.corpus,
        limit=arguments.limit,
        retrieval_only=arguments.retrieval_only,
        model=arguments.model,
        output=arguments.output,
        baseline=arguments.baseline,
        gates=gates,
        home=arguments.home,
    )
    result = evaluate(options)
    if arguments.json:
        print(json.dumps(result.metrics, indent=2, ensure_ascii=False))
    for outcome in result.gates:
        print(f"gate {outcome.message}", file=sys.stderr if arguments.json else sys.stdout)
    return FINE if all(outcome.passed for outcome in result.gates) else FAILED
