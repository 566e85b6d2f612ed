"""``footnote calibrate``: the refusal threshold from your own questions, with the trade-off as a table and a plot."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from footnoted.assistant.commands.common import AddCommand, counted, plain, print_json
from footnoted.assistant.evaluation.question_commands import add_column

if TYPE_CHECKING:
    from footnoted.assistant.calibration import Calibration
    from footnoted.assistant.evaluation.question_sets.questions import Question

ROWS = 12


def add_commands(command: AddCommand) -> None:
    """Register the commands of this module."""
    calibrate = command(
        "calibrate", _calibrate, "Choose from your own questions when to say that something is not in your documents."
    )
    calibrate.add_argument(
        "questions", nargs="?", type=Path, metavar="QUESTIONS",
        help='a question set whose questions say "answerable": true or false; where they do not, labels of people do',
    )  # fmt: skip
    add_column(calibrate)
    calibrate.add_argument(
        "--most-refused", type=_percent, default=3.0, metavar="PERCENT",
        help="how many in a hundred answerable questions may be refused (default: 3)",
    )  # fmt: skip
    calibrate.add_argument("--plot", type=Path, metavar="FILE", help="where to write the plot, an HTML page")
    calibrate.add_argument("--dry-run", action="store_true", help="only show the trade-off; change nothing")
    calibrate.add_argument("--reset", action="store_true", help="go back to the threshold that Footnote comes with")


def _percent(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < 100:
        raise argparse.ArgumentTypeError(f"{text!r} is not a percentage from 0 to below 100")
    return value


def _calibrate(options: argparse.Namespace) -> int:
    from footnoted.assistant.calibration import CalibrationError, calibrate, enough, score_questions
    from footnoted.assistant.chain import open_assistant
    from footnoted.assistant.quoting.threshold import forget, store
    from footnoted.assistant.settings import load_settings

    if bool(options.questions) == options.reset:
        raise CalibrationError("Give a file of questions, or --reset to go back to the threshold Footnote comes with.")
    settings = load_settings(home=options.home, model="extractive")
    questions = () if options.reset else _questions(options.questions, dict(options.column))
    if not options.reset:
        enough(questions)
        _check_writable(options.plot)
    with open_assistant(settings=settings) as assistant:
        if options.reset:
            return _reset(forget(assistant.index), options.json)
        scored = score_questions(assistant, questions, _progress if not options.json else lambda done, total: None)
        found = calibrate(scored, assistant.threshold, options.most_refused / 100)
        if not options.dry_run:
            store(assistant.index, found.chosen.threshold, assistant.scorer_identity)
    if options.plot:
        options.plot.write_text(_page(found), encoding="utf-8")
    if options.json:
        print_json(found.to_dict() | {"stored": not options.dry_run})
    else:
        _show(found, options, overridden=settings.threshold)
    return 0


def _questions(path: Path, columns: dict[str, str]) -> Sequence[Question]:
    from footnoted.assistant.calibration import CalibrationError
    from footnoted.assistant.evaluation.errors import EvaluationError
    from footnoted.assistant.evaluation.question_sets.files import read_question_set
    from footnoted.assistant.evaluation.workbench.labels import labels_path, read_labels
    from footnoted.assistant.evaluation.workbench.people import answerable_by_people

    try:
        found = read_question_set(path, columns)
        labels = read_labels(labels_path(path))
    except EvaluationError as error:
        raise CalibrationError(str(error)) from error
    if found.note:
        print(plain(found.note), file=sys.stderr)
    questions, decided, opposed = answerable_by_people(found.questions, labels)
    if decided:
        print(f"Labels of people say whether {counted(len(decided), 'question')} can be answered.", file=sys.stderr)
    if opposed:
        named = plain(", ".join(opposed[:5])) + (f" and {len(opposed) - 5} more" if opposed[5:] else "")
        print(f"Labels of people contradict the question set, which counts: {named}.", file=sys.stderr)
    return questions


def _check_writable(path: Path | None) -> None:
    from footnoted.assistant.calibration import CalibrationError

    if path is not None and (path.is_dir() or not path.parent.is_dir()):
        raise CalibrationError(f"The plot cannot be written to {path}: name a file in a folder that exists.")


def _reset(there: bool, as_json: bool) -> int:
    if as_json:
        print_json({"reset": there})
    else:
        print("The calibrated threshold is removed." if there else "No threshold was calibrated: nothing to remove.")
    return 0


def _progress(done: int, total: int) -> None:
    if sys.stderr.isatty():
        print(f"\rasked {done} of {total}", end="\n" if done == total else "", file=sys.stderr, flush=True)


def _show(found: Calibration, options: argparse.Namespace, overridden: float | None) -> None:
    print(f"{found.answerable} answerable and {found.unanswerable} unanswerable questions.\n")
    print("threshold   answerable refused   unanswerable refused")
    step = max(1, len(found.points) // ROWS)
    rows = {point.threshold: point for point in (*found.points[::step], found.points[-1], found.before, found.chosen)}
    for threshold, point in sorted(rows.items()):
        marks = [word for word, other in (("chosen", found.chosen), ("until now", found.before)) if point == other]
        line = f"{threshold:9.2f}   {point.refused_answerable:18.1%}   {point.refused_unanswerable:20.1%}"
        print(f"{line}   {', '.join(marks)}".rstrip())
    print()
    if found.chosen.refused_answerable > found.most_refused:
        print(
            f"No threshold refuses at most {found.most_refused:.0%} of the answerable questions: "
            "rules on names, numbers and negations refuse the others."
        )
    if options.dry_run:
        print("Nothing was changed (--dry-run).")
    else:
        print(f"The threshold of this index is now {found.chosen.threshold:.2f}.")
        if overridden is not None:
            print("FOOTNOTE_THRESHOLD is set and takes precedence: unset it to use the new one.")
    if options.plot:
        print(f"{plain(str(options.plot))}: the trade-off as a plot.")


def _page(found: Calibration) -> str:
    from footnoted.assistant.evaluation.reports.page import figure, page
    from footnoted.assistant.evaluation.reports.plots import line_chart

    by_threshold = {
        "answerable refused": [(point.threshold, point.refused_answerable) for point in found.points],
        "unanswerable refused": [(point.threshold, point.refused_unanswerable) for point in found.points],
    }
    curve = {"thresholds": [(point.refused_answerable, point.refused_unanswerable) for point in found.points]}
    marks = {
        "chosen": [(found.chosen.refused_answerable, found.chosen.refused_unanswerable)],
    }
    chosen = {"chosen": [(found.chosen.threshold, found.chosen.refused_unanswerable)]}
    plots = figure(
        line_chart(by_threshold, "threshold", "share refused", chosen),
        "How many questions are refused as the threshold rises.",
    ) + figure(
        line_chart(curve, "share of answerable refused", "share of unanswerable refused", marks),
        "The same as a trade-off: up is good, right is bad.",
    )
    counts = f"{found.answerable} answerable and {found.unanswerable} unanswerable questions"
    return page(
        "Refusal threshold",
        f"<h1>Refusal threshold</h1><p>{counts}. Chosen: {found.chosen.threshold:.2f}; "
        f"it refuses {found.chosen.refused_answerable:.1%} of the answerable and "
        f'{found.chosen.refused_unanswerable:.1%} of the unanswerable ones.</p><div class="plots">{plots}</div>',
    )
