"""``footnote evaluate``, ``compare``, ``questions``, ``runs`` and ``review``: arguments, output and exit codes."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path

from footnoted.assistant.evaluation.question_commands import READ, add_column, add_questions, show_note
from footnoted.assistant.evaluation.run_commands import add_runs
from footnoted.assistant.evaluation.workbench.command import add_review

FINE, FAILED, USAGE = 0, 1, 2


def add_commands(subparsers: argparse._SubParsersAction) -> None:
    """Register the commands; each sets ``run`` to a function from the parsed arguments to an exit code."""
    add_evaluate(subparsers)
    add_compare(subparsers)
    add_questions(subparsers, guarded, positive)
    add_runs(subparsers, guarded)
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
    parser.add_argument(
        "--judge-base-url", metavar="URL",
        help="the judge's OpenAI-compatible server; its key is in FOOTNOTE_JUDGE_API_KEY (default: the answering "
        "model's, if the judge has the same provider)",
    )  # fmt: skip
    parser.add_argument(
        "--depth", type=positive, metavar="N", help="rank N documents for each question, 10 or more (default: 10)"
    )
    parser.add_argument("--output", type=Path, metavar="DIR", help="the run's folder (default: in footnote-runs)")
    parser.add_argument(
        "--baseline", type=Path, action="append", default=[], metavar="RUN",
        help="compare with this earlier run; repeatable",
    )  # fmt: skip
    parser.add_argument(
        "--slice", action="append", default=[], metavar="FIELD",
        help="also measure the questions of each value of this field; repeatable",
    )  # fmt: skip
    parser.add_argument(
        "--gate", action="append", default=[], metavar="METRIC>=VALUE", help="exit with 1 unless this is true"
    )
    parser.add_argument(
        "--metric", action="append", default=[], metavar="NAME",
        help="also measure this metric of an installed package, or MODULE:FUNCTION of your own; repeatable",
    )  # fmt: skip
    parser.add_argument("--list-metrics", action=ListMetrics, help="list the metrics, also those of installed packages")
    parser.add_argument(
        "--export", type=Path, action="append", default=[], metavar="FILE",
        help="also write the records as a table, a .csv or .parquet file; repeatable",
    )  # fmt: skip
    parser.add_argument("--drafts", action="store_true", help="also ask drafts that nobody has reviewed yet")
    parser.add_argument(
        "--prices", type=Path, metavar="FILE", help="prices of models, to measure the cost of a question"
    )
    parser.add_argument("--ranking", type=Path, metavar="FILE", help="measure this TREC run instead of searching")
    add_other_systems(parser)
    parser.add_argument("--home", help="the data folder (default: the one in the settings)")
    parser.add_argument("--json", action="store_true", help="print metrics.json instead of tables")
    parser.set_defaults(run=guarded(run_evaluate))


class ListMetrics(argparse.Action):
    """Prints the metrics and ends the command, as ``--help`` does."""

    def __init__(self, option_strings, dest, help=None) -> None:
        super().__init__(option_strings, dest, nargs=0, default=argparse.SUPPRESS, help=help)

    def __call__(self, parser, namespace, values, option_string=None) -> None:
        from footnoted.assistant.evaluation.custom_metrics.loading import installed_metrics, origin_of
        from footnoted.assistant.evaluation.metrics.catalogue import METRICS

        for metric in METRICS:
            print(f"{metric.section}.{metric.name}: {metric.meaning}")
        for entry in installed_metrics():
            print(f"custom.{entry.name}: {entry.value}, of {origin_of(entry)}; measured with --metric {entry.name}")
        parser.exit()


def add_other_systems(parser: argparse.ArgumentParser) -> None:
    """The options to evaluate another system than our own assistant."""
    parser.add_argument("--answers", type=Path, metavar="FILE", help="grade the answers in this .jsonl, .json or .csv")
    parser.add_argument("--callable", metavar="MODULE:FUNCTION", help="ask this Python function")
    parser.add_argument("--url", help="ask this OpenAI-compatible server, such as http://127.0.0.1:8000/v1")
    parser.add_argument(
        "--allow-missing", action="store_true", help="questions that the file lacks count as not answered"
    )


def add_compare(subparsers: argparse._SubParsersAction) -> None:
    """``footnote compare RUN_A RUN_B …``."""
    about = "Compare runs of a question set: paired differences, p-values, won and lost questions."
    parser = subparsers.add_parser("compare", help=about, description=about)
    parser.add_argument("first", type=Path, metavar="RUN_A", help="the folder of the earlier run")
    parser.add_argument("second", type=Path, metavar="RUN_B", help="the folder of the later run")
    parser.add_argument("more", type=Path, nargs="*", metavar="RUN", help="further runs, each compared with RUN_A")
    parser.add_argument("--all-pairs", action="store_true", help="compare every run with every other")
    parser.add_argument(
        "--by", "--slice", action="append", metavar="FIELD", help="slice by this field of the questions; repeatable"
    )
    parser.add_argument(
        "--output", type=Path, metavar="DIR", help="where to write the comparison (default: in the last run)"
    )
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
    from footnoted.assistant.evaluation.custom_metrics.loading import load_metrics
    from footnoted.assistant.evaluation.exporting.tables import check_table, write_table
    from footnoted.assistant.evaluation.metrics.gates import check_metric_name, parse_gate
    from footnoted.assistant.evaluation.reports.run import write_reports
    from footnoted.assistant.evaluation.reports.terminal import print_result, progress_bar
    from footnoted.assistant.evaluation.running.evaluate import Options, evaluate

    gates = tuple(parse_gate(text) for text in arguments.gate)
    for path in arguments.export:
        check_table(path)
    metrics = load_metrics(arguments.metric)
    for gate in gates:
        check_metric_name(gate, [metric.name for metric in metrics])
    options = Options(
        questions=arguments.questions,
        corpus=arguments.corpus,
        limit=arguments.limit,
        retrieval_only=arguments.retrieval_only,
        model=arguments.model,
        output=arguments.output,
        baselines=tuple(arguments.baseline),
        slices=tuple(arguments.slice),
        gates=gates,
        home=arguments.home,
        judge=arguments.judge,
        judge_base_url=arguments.judge_base_url,
        depth=arguments.depth,
        ranking=arguments.ranking,
        answers=arguments.answers,
        callable=arguments.callable,
        url=arguments.url,
        allow_missing=arguments.allow_missing,
        prices=arguments.prices,
        drafts=arguments.drafts,
        columns=dict(arguments.column),
        metrics=metrics,
    )
    with progress_bar(quiet=arguments.json) as progress:
        progress.note = show_note
        result = evaluate(options, progress)
    comparison = compared([*options.baselines, result.folder], latest_with_each=True) if options.baselines else None
    write_reports(result, options.baselines[0] if options.baselines else None, comparison)
    for path in arguments.export:
        write_table(path, result.records)
    if arguments.json:
        print(json.dumps(result.metrics, indent=2, ensure_ascii=False))
        for outcome in result.gates:
            print(f"gate {outcome.message}", file=sys.stderr)
    else:
        print_result(result)
    if comparison:
        show_comparison(comparison, result.folder, quiet=arguments.json)
    return FINE if all(outcome.passed for outcome in result.gates) else FAILED


def compared(
    folders: list[Path], fields: list[str] | None = None, all_pairs: bool = False, latest_with_each: bool = False
) -> dict:
    """The comparison of runs: each with the first, unless every pair is wanted or the last run with each other."""
    from footnoted.assistant.evaluation.running.runs import compare_many, compare_runs

    if len(folders) == 2:
        return compare_runs(folders[0], folders[1], fields)
    last = len(folders) - 1
    pairs = [(0, second) for second in range(1, len(folders))]
    if all_pairs:
        pairs = [(first, second) for second in range(1, len(folders)) for first in range(second)]
    elif latest_with_each:
        pairs = [(first, last) for first in range(last)]
    return compare_many(folders, pairs, fields)


def show_comparison(comparison: dict, folder: Path, quiet: bool) -> None:
    """Write a comparison into a folder, and print it unless ``quiet``."""
    from footnoted.assistant.evaluation.reports.comparison import write_comparison
    from footnoted.assistant.evaluation.reports.several_runs import write_several
    from footnoted.assistant.evaluation.reports.terminal import print_comparison, print_several

    several = "pairs" in comparison
    (write_several if several else write_comparison)(comparison, folder)
    if not quiet:
        (print_several if several else print_comparison)(comparison)


def run_compare(arguments: argparse.Namespace) -> int:
    """Compare runs; 1 with ``--fail-if-worse`` when a later one is significantly worse in any metric."""
    from footnoted.assistant.evaluation.reports.comparison import measured_metrics

    folders = [arguments.first, arguments.second, *arguments.more]
    comparison = compared(folders, arguments.by, arguments.all_pairs)
    show_comparison(comparison, arguments.output or folders[-1], quiet=arguments.json)
    if arguments.json:
        print(json.dumps(comparison, indent=2, ensure_ascii=False))
    worse = [
        name
        for pair in comparison.get("pairs", [comparison])
        for name, entry in measured_metrics(pair)
        if entry["significant"] and not entry["better"]
    ]
    if worse and arguments.fail_if_worse:
        print(f"footnote: significantly worse: {', '.join(dict.fromkeys(worse))}.", file=sys.stderr)
        return FAILED
    return FINE
