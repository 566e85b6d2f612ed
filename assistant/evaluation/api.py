"""``evaluate()``: what ``footnote evaluate`` does, for a program or a notebook, by the same code."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from footnoted.assistant.evaluation.errors import EvaluationError, QuestionsError

# All else is imported when it is called, so that importing this name takes no time.
if TYPE_CHECKING:
    from footnoted.assistant.evaluation.evaluated import Evaluation
    from footnoted.assistant.evaluation.running.options import Options

SPELLED = {"subject": "an open index or assistant", "callable": "a function", "answers": "answers", "url": "an address"}


def evaluate(
    questions: Any,
    system: Any = None,
    *,
    corpus: str | Path | None = None,
    limit: int | None = None,
    retrieval_only: bool = False,
    model: str | None = None,
    judge: str | None = None,
    metrics: Sequence[str | Callable[..., Any]] = (),
    baseline: str | Path | Sequence[str | Path] | None = None,
    gates: Sequence[str] = (),
    output: str | Path | None = None,
    ranking: str | Path | None = None,
    allow_missing: bool = False,
    drafts: bool = False,
    prices: str | Path | None = None,
    columns: Mapping[str, str] | None = None,
    home: str | Path | None = None,
    progress: bool = False,
    judge_base_url: str | None = None,
    depth: int | None = None,
    slices: Sequence[str] = (),
) -> Evaluation:
    """Run a question set and measure the results; the options are those of ``footnote evaluate``.

    ``questions`` is the path of a set, a list of dictionaries (as the lines of a ``questions.jsonl``) or a data frame.
    ``system`` is what is evaluated: None (the index in use, or ``corpus``), an open index or assistant of ours, a
    function from a question to an answer (also an asynchronous one), rows of answers (with "question" or "id",
    "answer", "contexts" …; or a file of them), or the address of an OpenAI-compatible server. ``metrics`` are
    metrics of your own, as functions (of a ``MetricRecord``) or by name, and ``gates`` bounds such as "recall@5>=.9".

    Without ``output`` nothing of the run stays on disk. Nothing is printed unless ``progress`` is true. It can be
    called from any thread, and in a notebook: where an event loop runs, the work is done in another thread, and an
    asynchronous function gets a loop of its own. A gate that fails is no error: see ``passed``.

    Raises :class:`EvaluationError`, and what the index and the assistant raise when they cannot be opened.
    """
    from footnoted.assistant.evaluation.custom_metrics.loading import load_metrics
    from footnoted.assistant.evaluation.given_data import names, questions_from, system_options
    from footnoted.assistant.evaluation.metrics.gates import check_metric_name, parse_gate
    from footnoted.assistant.evaluation.running.options import Options, check_options

    chosen = system_options(system)
    if model is not None and chosen.get("model") is not None:
        raise QuestionsError("model has no meaning with an open assistant, which has one: leave one of them out.")
    named = {**columns} if columns else {}
    own = load_metrics(names(metrics, "metrics"))
    options = Options(
        questions=questions_from(questions, named),
        corpus=path_or_none(corpus),
        limit=checked_number("limit", limit),
        retrieval_only=retrieval_only,
        model=model,
        judge=judge,
        output=path_or_none(output),
        judge_base_url=judge_base_url,
        depth=checked_number("depth", depth),
        slices=tuple(names(slices, "slices")),
        baselines=tuple(Path(folder) for folder in names(baseline, "baseline")),
        gates=tuple(parse_gate(text) for text in names(gates, "gates")),
        ranking=path_or_none(ranking),
        metrics=own,
        allow_missing=allow_missing,
        drafts=drafts,
        prices=path_or_none(prices),
        columns=named,
        home=None if home is None else str(home),
        **{name: value for name, value in chosen.items() if name != "model"},
    )
    check_options(options, lambda name: SPELLED.get(name, name))
    for gate in options.gates:
        check_metric_name(gate, [metric.name for metric in own])
    if chosen.get("model"):
        options = replace(options, model=chosen["model"])
    return in_own_thread(lambda stopped: run(options, progress, stopped))


def run(options: Options, show: bool, stopped: Callable[[], bool]) -> Evaluation:
    """The run in the folder that was asked for, with its reports, or in one that is gone afterwards."""
    from footnoted.assistant.evaluation.commands import compared, show_comparison
    from footnoted.assistant.evaluation.evaluated import evaluation_of
    from footnoted.assistant.evaluation.reports.run import write_reports
    from footnoted.assistant.evaluation.reports.terminal import progress_bar
    from footnoted.assistant.evaluation.running.evaluate import evaluate as run_evaluation

    notes: list[str] = []
    with ExitStack() as opened:
        progress = opened.enter_context(progress_bar(quiet=not show))
        progress.note = notes.append
        progress.question = stoppable(progress.question, stopped)
        kept = options.output is not None
        if not kept:
            folder = Path(opened.enter_context(TemporaryDirectory(prefix="footnote-"))) / "run"
            options = replace(options, output=folder)
        result = run_evaluation(options, progress)
        comparison = compared([*options.baselines, result.folder], latest_with_each=True) if options.baselines else None
        if kept:
            write_reports(result, options.baselines[0] if options.baselines else None, comparison)
            if comparison is not None:
                show_comparison(comparison, result.folder, quiet=True)
        return evaluation_of(result, comparison, result.folder if kept else None, "\n".join(filter(None, notes)))


def stoppable(report: Callable[[int, int, dict], None] | None, stopped: Callable[[], bool]):
    """The progress callback that ends the run once it was interrupted; what was asked is kept in its folder."""

    def asked(number: int, total: int, record: dict) -> None:
        if stopped():
            raise EvaluationError(f"The evaluation was interrupted after {number} of {total} questions.")
        if report is not None:
            report(number, total, record)

    return asked


def in_own_thread(work: Callable[[Callable[[], bool]], Evaluation]) -> Evaluation:
    """The result of ``work``; where an event loop runs in this thread (a notebook), it is done in another one.

    An interruption (Ctrl-C, the stop button of a notebook) ends the run after the question that is being asked.
    """
    stop = threading.Event()
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return work(stop.is_set)
    with ThreadPoolExecutor(1, "footnote-evaluation") as pool:
        future = pool.submit(work, stop.is_set)
        try:
            return future.result()
        except BaseException:
            stop.set()
            raise


def path_or_none(given: str | Path | None) -> Path | None:
    """A path, where one was given."""
    return None if given is None else Path(given)


def checked_number(name: str, value: int | None) -> int | None:
    """Raises :class:`QuestionsError` for what is no whole number of at least 1."""
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
        raise QuestionsError(f"{name} must be a whole number of at least 1, not {value!r}.")
    return value
