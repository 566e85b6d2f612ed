"""The comparison of more than two runs: one table for terminal, Markdown and HTML, then each pair by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from string import ascii_uppercase

from footnoted.assistant.evaluation.metrics.comparison import metric_differs
from footnoted.assistant.evaluation.reports.comparison import (
    QUESTIONS_SHOWN,
    by_section,
    changed_block,
    measured_metrics,
    power_in_words,
    slice_tables,
    table,
)
from footnoted.assistant.evaluation.reports.page import page
from footnoted.assistant.evaluation.reports.text import escaped
from footnoted.assistant.evaluation.running.runs import write_json

NOTE = (
    "p (Holm): paired randomisation test, two-sided, adjusted for testing all metrics of all these pairs at once; "
    "below .05 a difference is called significant (*)."
)
Row = tuple[str, list[str], bool]  # metric, cells, whether anything differs


def letter(number: int) -> str:
    """What a run is called in a table: A, B, …, and R27 and so on after Z."""
    return ascii_uppercase[number] if number < len(ascii_uppercase) else f"R{number + 1}"


def pair_name(pair: Mapping) -> str:
    """A pair as a difference, the later run first: "C − A"."""
    return f"{letter(pair['second'])} − {letter(pair['first'])}"


def several_header(comparison: Mapping) -> list[str]:
    """The names of the columns: the runs, then each pair with its p-value."""
    runs = [letter(number) for number in range(len(comparison["runs"]))]
    return ["metric", *runs, *(cell for pair in comparison["pairs"] for cell in (pair_name(pair), "p (Holm)"))]


def several_rows(comparison: Mapping, intervals: bool = True) -> list[Row]:
    """A row for each metric that at least one pair of runs measured; ``intervals`` of the differences take space."""
    rows: list[Row] = []
    for section, found in comparison["values"].items():
        for name, values in found.items():
            entries = [pair["metrics"][section][name] for pair in comparison["pairs"]]
            if not any(entries):
                continue
            cells = ["–" if value is None else f"{value:.3f}" for value in values]
            for entry in entries:
                cells.append(difference_in_words(entry, intervals) if entry else "–")
                cells.append(f"{entry['p_adjusted']:.4f}" if entry else "–")
            rows.append((f"{section}.{name}", cells, any(entry and metric_differs(entry) for entry in entries)))
    return rows


def difference_in_words(entry: Mapping, interval: bool = True) -> str:
    """A difference with its interval, and a star if it is significant: "+0.031* (+0.01 to +0.05)"."""
    low, high = entry["interval"]
    shown = f"{entry['difference']:+.3f}{'*' if entry['significant'] else ''}"
    return f"{shown} ({low:+.2f} to {high:+.2f})" if interval else shown


def runs_in_words(comparison: Mapping) -> list[str]:
    """Each run with its letter and folder, and how many questions were compared."""
    found = [f"{letter(number)}: {run['folder']}" for number, run in enumerate(comparison["runs"])]
    left_out = sum(comparison["questions"]["left_out"])
    more = f" ({left_out} that not all runs have with the same labels are left out)" if left_out else ""
    return [*found, f"{comparison['questions']['all']} questions{more}."]


def several_verdicts(comparison: Mapping) -> list[str]:
    """What is significant for each pair, in a sentence."""
    found = []
    for pair in comparison["pairs"]:
        words = [
            f"{name} {'better' if entry['better'] else 'worse'} ({entry['difference']:+.3f})"
            for name, entry in measured_metrics(pair)
            if entry["significant"]
        ]
        found.append(f"{pair_name(pair)}: {', '.join(words) if words else 'no difference is significant'}.")
    return found


def markdown_table(comparison: Mapping) -> list[str]:
    """The table as lines of Markdown."""
    header = several_header(comparison)
    rows = ["| " + " | ".join([name, *cells]) + " |" for name, cells, _ in several_rows(comparison)]
    return ["| " + " | ".join(header) + " |", "|---|" + "---:|" * (len(header) - 1), *rows]


def html_table(comparison: Mapping) -> str:
    """The table as HTML; rows in which nothing differs are greyed."""
    name, *others = several_header(comparison)
    head = f"<th>{name}</th>" + "".join(f'<th class="n">{escape(other)}</th>' for other in others)
    rows = []
    for metric, cells, differs in several_rows(comparison):
        shown = "".join(f'<td class="n">{escape(cell)}</td>' for cell in cells)
        rows.append(f'<tr class="{"" if differs else "soft"}"><td>{escape(metric)}</td>{shown}</tr>')
    return f'<div class="scroll"><table><tr>{head}</tr>{"".join(rows)}</table></div><p class="soft">{NOTE}</p>'


def several_html(comparison: Mapping) -> str:
    """The whole page: the table, then each pair with its lost and won questions and slices."""
    name = comparison["runs"][-1]["name"]
    listed = "".join(f"<li>{escape(line)}</li>" for line in runs_in_words(comparison))
    said = "".join(f"<li>{escape(line)}</li>" for line in several_verdicts(comparison))
    body = [f"<h1>{escape(name)}: {len(comparison['runs'])} runs</h1><ul>{listed}</ul><ul>{said}</ul>"]
    body.append(f"<h2>Metrics</h2>{html_table(comparison)}")
    for pair in comparison["pairs"]:
        changed = pair["changed"]
        title = f"{escape(pair_name(pair))}: questions lost and won ({len(changed)})"
        blocks = "".join(changed_block(row) for row in changed[:QUESTIONS_SHOWN])
        changes = ", ".join(f"{setting}: {change}" for setting, change in pair["settings"].items())
        differs = f'<p class="soft">What differs: {escape(changes)}.</p>' if changes else ""
        inner = table(by_section(pair)) + slice_tables(pair)
        body.append(f"<h2>{title}</h2>{differs}{blocks}<details><summary>All metrics</summary>{inner}</details>")
        body.append(f'<p class="soft">{escape(power_in_words(pair))}</p>')
    return page(f"Comparison of {name}", "".join(body))


def several_markdown(comparison: Mapping) -> str:
    """The table and what it comes to."""
    listed: Sequence[str] = [
        f"- {escaped(line)}" for line in (*runs_in_words(comparison), *several_verdicts(comparison))
    ]
    return "\n".join(["# Comparison", "", *listed, "", *markdown_table(comparison), "", NOTE]) + "\n"


def write_several(comparison: Mapping, folder: Path) -> None:
    """``comparison.json``, ``comparison.html`` and ``comparison.md``."""
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / "comparison.json", dict(comparison))
    (folder / "comparison.html").write_text(several_html(comparison), encoding="utf-8")
    (folder / "comparison.md").write_text(several_markdown(comparison), encoding="utf-8")
