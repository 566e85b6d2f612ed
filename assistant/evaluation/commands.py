"""``footnote evaluate``, ``compare``, ``questions`` and ``review``: arguments, terminal output and exit codes."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path

from footnoted.assistant.evaluation.question_commands import READ, add_column, add_questions, show_note
from footnoted.assistant.evaluation.workbench.command import add_review

FINE, FAILED, USAGE = 0, 1, 2


def add_commands(subparsers: argparse._SubParsersAction) -> None:
    """Register the four commands; each sets ``run`` to a function from the parsed arguments to an exit code."""
    add_evaluate(subparsers)
    add_compare(subparsers)
    add_questions(subparsers, guarded, positive)
    add_review(subparsers, guarded)


def add_evaluate(subparsers: argparse._SubParsersAction) -> None:
    """``footnote evaluate QUESTIONS``."""
    about = "Run a question set and measure retrieval, answers, citations and abstention."
    parser = subparsers.add_parser("evaluate", help=about, description=about)
    parser.add_argument("questions", type=Path, help=f"{READ} with questions.jsonl and corpus.jsonl")
    add_column(parser)
    parser.add_argument(
        "--corpus", type=Path, help="the documents to ask about (default: the set's corpus, else the index in use)"
    )
    parser.add_argument("--limit", type=positive, metavar="N", help="ask N questions, spread evenly over the set")
    parser.add_argument("--retrieval-only", action="store_true", help="measure retrieval only, without answers")
    parser.add_argument("--model", help="the model that answers (default: the one in the settings)")
    parser.add_argument("--judge", metavar="MODEL", help="also let this chat model judge the answers")
    parser.add_argument("--output", type=Path, metavar="DIR", help="the run's folder (default: in footnote-runs)")
    parser.add_argument("--baseline", type=Path, metavar="RUN", help="compare with this earlier run")
    parser.add_argument(
        "--gate", action="append", default=[], metavar="METRIC>=VALUE", help="exit with 1 unless this is true"
    )
    parser.add_argument("--drafts", action="store_true", help="also ask drafts that nobody has reviewed yet")
    parser.add_argument(
        "--prices", type=Path, metavar="FILE", help="prices of models, to measure the cost of a question"
    )
    parser.add_argument("--ranking", type=Path, metavar="FILE", help="measure this TREC run instead of searching")
    add_other_systems(parser)
    parser.add_argument("--home", help="the data folder (default: the one in the settings)")
    parser.add_argument("--json", action="store_true", help="print metrics.json instead of tables")
    parser.set_defaults(run=guarded(run_evaluate))


def add_other_systems(parser: argparse.ArgumentParser) -> None:
    """The options to evaluate another system than our own assistant."""
    parser.add_argument("--answers", type=Path, metavar="FILE", help="grade the answers in this .jsonl, .json or .csv")
    parser.add_argument("--callable", metavar="MODULE:FUNCTION", help="ask this Python function")
    parser.add_argument("--url", help="ask this OpenAI-compatible server, such as http://127.0.0.1:8000/v1")
    parser.add_argument(
        "--allow-missing", action="store_true", help="questions that the file lacks count as not answered"
    )


def add_compare(subparsers: argparse._SubParsersAction) -> None:
    """``footnote compare RUN_A RUN_B``."""
    about = "Compare two runs of a question set: paired differences, p-values, won and lost questions."
    parser = subparsers.add_parser("compare", help=about, description=about)
    parser.add_argument("first", type=Path, metavar="RUN_A", help="the folder of the earlier run")
    parser.add_argument("second", type=Path, metavar="RUN_B", help="the folder of the later run")
    parser.add_argument(
        "--by", action="append", metavar="FIELD", help="slice by this field of the questions; repeatable"
    )
    parser.add_argument("--output", type=Path, metavar="DIR", help="where to write the comparison (default: in RUN_B)")
    parser.add_argument("--fail-if-worse", action="store_true", help="exit with 1 when a metric is significantly worse")
    parser.add_argument("--json", action="store_true", help="print comparison.json instead of tables")
    parser.set_defaults(run=guarded(run_compare))


def positive(text: str) -> int:
    """A whole number of at least 1, for argparse."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number of at least 1, not {text!r}")
    return int(text)


def guarded(command: Callable[[argparse.Namespace], int]) -> Callable[[argparse.Namespace], int]:
    """The command, with our own errors reported in one sentence and as an exit code."""

    def run(arguments: argparse.Namespace) -> int:
        from footnoted.assistant.errors import AssistantError
        from footnoted.assistant.evaluation.errors import EvaluationError, GateError, QuestionsError
        from footnoted.index.errors import IndexingError

        try:
            return command(arguments)
        except (EvaluationError, AssistantError, IndexingError) as error:
            print(f"footnote: {error}", file=sys.stderr)
            return USAGE if isinstance(error, (GateError, QuestionsError)) else FAILED

    return run


def run_evaluate(arguments: argparse.Namespace) -> int:
    """Run a question set; 1 when a gate fails."""
    from footnoted.assistant.evaluation.metrics.gates import check_metric_name, parse_gate
    from footnoted.assistant.evaluation.reports.comparison import write_comparison
    from footnoted.assistant.evaluation.reports.run import write_reports
    from footnoted.assistant.evaluation.reports.terminal import print_comparison, print_result, progress_bar
    from footnoted.assistant.evaluation.running.evaluate import Options, evaluate
    from footnoted.assistant.evaluation.running.runs import compare_runs

    gates = tuple(parse_gate(text) for text in arguments.gate)
    for gate in gates:
        check_metric_name(gate)
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
        judge=arguments.judge,
        ranking=arguments.ranking,
        answers=arguments.answers,
        callable=arguments.callable,
        url=arguments.url,
        allow_missing=arguments.allow_missing,
        prices=arguments.prices,
        drafts=arguments.drafts,
        columns=dict(arguments.column),
    )
    with progress_bar(quiet=arguments.json) as progress:
        progress.note = show_note
        result = evaluate(options, progress)
    write_reports(result, options.baseline)
    if arguments.json:
        print(json.dumps(result.metrics, indent=2, ensure_ascii=False))
        for outcome in result.gates:
            print(f"gate {outcome.message}", file=sys.stderr)
    else:
        print_result(result)
    if options.baseline:
        comparison = compare_runs(options.baseline, result.folder)
        write_comparison(comparison, result.folder)
        if not arguments.json:
            print_comparison(comparison)
    return FINE if all(outcome.passed for outcome in result.gates) else FAILED


def run_compare(arguments: argparse.Namespace) -> int:
    """Compare two runs; 1 with ``--fail-if-worse`` when the second is significantly worse in any metric."""
    from footnoted.assistant.evaluation.reports.comparison import measured_metrics, write_comparison
    from footnoted.assistant.evaluation.reports.terminal import print_comparison
    from footnoted.assistant.evaluation.running.runs import compare_runs

    comparison = compare_runs(arguments.first, arguments.second, arguments.by)
    write_comparison(comparison, arguments.output or arguments.second)
    if arguments.json:
        print(json.dumps(comparison, indent=2, ensure_ascii=False))
    else:
        print_comparison(comparison)
    worse = [name for name, entry in measured_metrics(comparison) if entry["significant"] and not entry["better"]]
    if worse and arguments.fail_if_worse:
        print(f"footnote: significantly worse: {', '.join(worse)}.", file=sys.stderr)
        return FAILED
    return FINE
