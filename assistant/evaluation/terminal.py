"""What the commands show on a terminal: a progress bar while they work, tables when they are done."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from assistant.evaluation.metrics.catalogue import BY_SECTION, SECTIONS
from assistant.evaluation.options import Result, Told
from index.types import Progress as Added

WIDE = 120  # columns from which on the meanings of the metrics fit beside them


@contextmanager
def progress_bar(quiet: bool) -> Iterator[Told]:
    """A bar on standard error for the corpus and then the questions; nothing when quiet or not on a terminal."""
    if quiet or not sys.stderr.isatty():
        yield Told()
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

        yield Told(added, asked)


def print_result(result: Result) -> None:
    """The tables of a run, its gates and where everything is."""
    from rich.console import Console
    from rich.markup import escape

    console = Console()
    counts = result.metrics["questions"]
    console.print(
        f"[bold]{escape(result.run['name'])}[/]: {counts['asked']} questions, {counts['answerable']} answerable, "
        f"{counts['not_answerable']} not, {counts['follow_ups']} follow-ups, {counts['errors']} errors"
    )
    console.print(metrics_table(result.metrics, explain=console.width >= WIDE))
    for name, entry in result.metrics.get("judge", {}).items():
        console.print(f"judge {name}: {'not measured' if entry['value'] is None else round(entry['value'], 3)}")
    for outcome in result.gates:
        console.print(
            f"[{'green' if outcome.passed else 'bold red'}]gate {escape(outcome.message)}[/]", highlight=False
        )
    console.print(f"{result.folder}: report.html, report.md, junit.xml, metrics.json, records.jsonl", markup=False)


def metrics_table(metrics: Mapping, explain: bool):
    """A rich table of all metrics with intervals, the not measured ones with the reason; ``explain`` adds meanings."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    table.add_column("metric", no_wrap=True)
    table.add_column("value", justify="right", no_wrap=True)
    table.add_column("95 % interval", no_wrap=True)
    table.add_column("n", justify="right", no_wrap=True)
    table.add_column("meaning" if explain else "", style="dim")
    for section in SECTIONS:
        table.add_row(f"[bold]{section}[/]")
        missing: dict[str, list[str]] = {}
        for name, entry in metrics[section].items():
            if entry["value"] is None:
                missing.setdefault(entry["reason"], []).append(name)
                continue
            known = BY_SECTION.get(section, {}).get(name)
            places = 1 if section == "latency_ms" else 3
            value, low, high = (f"{entry[part]:.{places}f}" for part in ("value", "low", "high"))
            table.add_row(
                f"  {name}", value, f"{low} to {high}", str(entry["n"]), known.meaning if known and explain else ""
            )
        for reason, names in missing.items():
            table.add_row(
                f"  {names[0]}" + (f" and {len(names) - 1} more" if names[1:] else ""), "–", "not measured", "", reason
            )
    return table


def print_comparison(comparison: Mapping, most: int = 10) -> None:
    """Both runs side by side; questions that were lost first."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console()
    counts = comparison["questions"]
    console.print(
        f"A: {comparison['runs'][0]['folder']}\nB: {comparison['runs'][1]['folder']}", markup=False, highlight=False
    )
    console.print(f"{counts['both']} questions in both; settings: {comparison['settings'] or 'the same'}", markup=False)
    table = Table("metric", "A", "B", "B - A", "p", "p (Holm)", "wins", "losses", box=None, pad_edge=False)
    for section, entries in comparison["metrics"].items():
        for name, entry in entries.items():
            if entry is None:
                continue
            style = ("green" if entry["better"] else "bold red") if entry["significant"] else None
            cells = [f"{section}.{name}", f"{entry['a']:.3f}", f"{entry['b']:.3f}", f"{entry['difference']:+.3f}"]
            cells += [f"{entry['p']:.4f}", f"{entry['p_adjusted']:.4f}", str(entry["wins"]), str(entry["losses"])]
            table.add_row(*cells, style=style)
    console.print(table)
    for row in comparison["changed"][:most]:
        console.print(f"\n[bold]{row['outcome']}[/] {escape(row['question'])} [dim]{escape(row['id'])}[/]")
        for side in ("a", "b"):
            console.print(
                f"  {side.upper()}: {escape(row[side]['answer'] or str(row[side]['ranks']))}", highlight=False
            )
    if len(comparison["changed"]) > most:
        console.print(f"\n… and {len(comparison['changed']) - most} more in the comparison's files.")
