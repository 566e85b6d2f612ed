"""What the commands show in a terminal: a progress bar during the work, then tables."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from footnoted.assistant.evaluation.metrics.catalogue import meaning_of, shown_sections
from footnoted.assistant.evaluation.reports.people import people_lines, value_text
from footnoted.assistant.evaluation.reports.text import HEADLINE, notes, slice_rows
from footnoted.assistant.evaluation.running.evaluate import ProgressCallbacks, Result
from footnoted.assistant.evaluation.running.runs import warnings
from footnoted.assistant.progress import LOG_EVERY_SECONDS
from footnoted.index.types import Progress as Added

WIDE = 120  # columns: the width at which there is room for the meanings of the metrics


@contextmanager
def progress_bar(quiet: bool) -> Iterator[ProgressCallbacks]:
    """A bar on standard error for the corpus, then for the questions; lines now and then in a log; none if quiet."""
    if quiet:
        yield ProgressCallbacks()
        return
    if not sys.stderr.isatty():
        yield ProgressCallbacks(question=log_lines())
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, TextColumn("{task.fields[seen]}"), console=Console(stderr=True)) as bar:
        corpus = bar.add_task("Indexing the corpus", total=None, visible=False, seen="")
        asking = bar.add_task("Asking", total=None, visible=False, seen="")
        right = [0, 0]

        def added(progress: Added) -> None:
            done, total = progress.documents_done, progress.documents_total
            bar.update(corpus, visible=True, completed=done, total=total or None)

        def asked(number: int, total: int, record: dict) -> None:
            if record["right"] is not None:
                right[0] += record["right"]
                right[1] += 1
            seen = f"{right[0]} of {right[1]} right" if right[1] else ""
            bar.update(asking, visible=True, completed=number, total=total, seen=seen)

        yield ProgressCallbacks(added, asked)


def log_lines() -> Callable[[int, int, dict], None]:
    """Prints how many questions are done, at most every ``LOG_EVERY_SECONDS``."""
    last = time.monotonic()

    def asked(number: int, total: int, record: dict) -> None:
        nonlocal last
        if time.monotonic() - last >= LOG_EVERY_SECONDS:
            last = time.monotonic()
            print(f"{number} of {total} questions", file=sys.stderr, flush=True)

    return asked


def print_result(result: Result) -> None:
    """The tables of a run, its gates and where everything is."""
    from rich.console import Console
    from rich.markup import escape

    console = Console()
    counts = result.metrics["questions"]
    console.print(
        f"[bold]{escape(result.run['name'])}[/]: {counts['asked']} questions, {counts['answerable']} answerable, "
        f"{counts['not_answerable']} not, {counts['not_labelled']} not labelled, {counts['follow_ups']} follow-ups, "
        f"{counts['errors']} errors"
    )
    for warning in warnings(result.run):
        console.print(warning, style="yellow", markup=False, highlight=False)
    if others := dict.fromkeys(name for record in result.records for name in record["fields"]):
        console.print(f"Other fields, used only for slices: {', '.join(others)}.", markup=False)
    console.print(metrics_table(result.metrics, explain=console.width >= WIDE))
    for sentence in notes(result.metrics):
        console.print(sentence, markup=False, highlight=False)
    if graded := counts["graded_by"]:
        methods = ", ".join(f"{name} ({count})" for name, count in graded.items())
        console.print(f"Right or wrong was decided by: {methods}.", highlight=False)
    if not result.run.get("retrieval_only") and (ungraded := counts["not_graded"]):
        console.print(f"Not graded, and in no share of right answers: {ungraded} questions.", highlight=False)
    for group, title in (("first_questions", "first questions"), ("follow_ups", "follow-ups")):
        if group in result.metrics:
            console.print(f"{title} only: {headline(result.metrics[group])}", highlight=False)
    for field, values in result.metrics.get("slices", {}).items():
        console.print(f"\nBy {field}:", markup=False, highlight=False)
        for value, count, cells in slice_rows(values):
            listed = "".join(f"\n    {cell}" for cell in cells)
            console.print(f"  {value} ({count}){listed}", markup=False, highlight=False)
    for section in ("judge", "usage"):
        for name, entry in result.metrics.get(section, {}).items():
            if entry["value"] is not None:
                of_people = name.endswith("_people")  # what the judge is worth, and how sure that is
                value = value_text(entry) if of_people else f"{entry['value']:.4g} {entry.get('currency', '')}"
                console.print(f"{section} {name}: {escape(value)}")
    for line in people_lines(result.metrics):
        console.print(line, markup=False, highlight=False)
    for outcome in result.gates:
        style = "yellow" if outcome.passed and outcome.empty else "green" if outcome.passed else "bold red"
        console.print(f"[{style}]gate {escape(outcome.message)}[/]", highlight=False)
    console.print(f"{result.folder}: report.html, report.md, junit.xml, metrics.json, records.jsonl", markup=False)


def headline(metrics: Mapping) -> str:
    """The most important metrics on one line; those that were measured."""
    shown = ((name, metrics[section].get(name)) for section, name in HEADLINE)
    return ", ".join(f"{name} {entry['value']:.3f}" for name, entry in shown if entry and entry["value"] is not None)


def metrics_table(metrics: Mapping, explain: bool):
    """A rich table of all metrics with intervals, or the reason if not measured; ``explain`` adds meanings."""
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    table.add_column("metric", no_wrap=True)
    table.add_column("value", justify="right", no_wrap=True)
    table.add_column("95 % interval", no_wrap=True)
    table.add_column("n", justify="right", no_wrap=True)
    table.add_column("meaning" if explain else "", style="dim")
    for section in shown_sections(metrics):
        table.add_row(f"[bold]{section}[/]")
        missing: dict[str, list[str]] = {}
        for name, entry in metrics[section].items():
            if entry.get("by_construction"):
                continue
            if entry["value"] is None:
                missing.setdefault(entry["reason"], []).append(name)
                continue
            places = 1 if section == "latency_ms" else 3
            value, low, high = (f"{number:.{places}f}" for number in (entry["value"], *entry["interval"]))
            meaning = escape(meaning_of(metrics, section, name)) if explain else ""
            table.add_row(f"  {name}", value, f"{low} to {high}", str(entry["n"]), meaning)
        for reason, names in missing.items():
            table.add_row(
                f"  {names[0]}" + (f" and {len(names) - 1} more" if names[1:] else ""), "–", "not measured", "", reason
            )
    return table


def print_comparison(comparison: Mapping, most: int = 10) -> None:
    """Both runs side by side; lost questions first."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from footnoted.assistant.evaluation.metrics.comparison import any_difference, metric_differs
    from footnoted.assistant.evaluation.reports.comparison import differences_in_words, power_in_words, verdict

    console = Console()
    folders = (f"{side}: {run['folder']}" for side, run in zip("AB", comparison["runs"], strict=True))
    console.print("\n".join([*folders, *differences_in_words(comparison)]), markup=False, highlight=False)
    interval = ["95 % interval"] if console.width >= WIDE else []
    header = ("metric", "A", "B", "B - A", *interval, "p", "p (Holm)", "wins", "losses")
    table = Table(*header, box=None, pad_edge=False)
    alike = 0
    for section, entries in comparison["metrics"].items():
        shown = {name: entry for name, entry in entries.items() if entry and metric_differs(entry)}
        alike += sum(entry is not None for entry in entries.values()) - len(shown)
        if shown:
            table.add_row(f"[bold]{section}[/]")
        for name, entry in shown.items():
            style = ("green" if entry["better"] else "bold red") if entry["significant"] else None
            cells = [f"  {name}", f"{entry['a']:.3f}", f"{entry['b']:.3f}", f"{entry['difference']:+.3f}"]
            cells += [f"{entry['interval'][0]:+.3f} to {entry['interval'][1]:+.3f}" for _ in interval]
            cells += [f"{entry['p']:.4f}", f"{entry['p_adjusted']:.4f}", str(entry["wins"]), str(entry["losses"])]
            table.add_row(*cells, style=style)
    if any_difference(comparison):
        console.print(table)
        console.print(f"{alike} metrics do not differ.", highlight=False)
    console.print(f"\n{verdict(comparison)}", style="bold", markup=False, highlight=False)
    console.print(power_in_words(comparison), markup=False, highlight=False)
    for row in comparison["changed"][:most]:
        console.print(f"\n[bold]{row['outcome']}[/] {escape(row['question'])} [dim]{escape(row['id'])}[/]")
        for side in ("a", "b"):
            console.print(
                f"  {side.upper()}: {escape(row[side]['answer'] or str(row[side]['ranks']))}", highlight=False
            )
    if len(comparison["changed"]) > most:
        console.print(f"\n… and {len(comparison['changed']) - most} more in the files of the comparison.")


def print_several(comparison: Mapping) -> None:
    """Several runs in one table: the metrics that differ in any pair."""
    from rich.console import Console
    from rich.table import Table

    from footnoted.assistant.evaluation.reports.several_runs import (
        NOTE,
        runs_in_words,
        several_header,
        several_rows,
        several_verdicts,
    )

    console = Console()
    rows = several_rows(comparison, intervals=console.width >= WIDE)
    console.print("\n".join(runs_in_words(comparison)), markup=False, highlight=False)
    table = Table(*several_header(comparison), box=None, pad_edge=False)
    table.columns[0].overflow = "fold"  # a name that is cut off could be another metric's
    for name, cells, differs in rows:
        if differs:
            table.add_row(name, *cells)
    if table.row_count:
        console.print(table)
        console.print(NOTE, markup=False, highlight=False)
    console.print(f"{sum(not differs for *_, differs in rows)} metrics do not differ.", highlight=False)
    console.print("\n".join(several_verdicts(comparison)), style="bold", markup=False, highlight=False)
