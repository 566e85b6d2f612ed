"""A Markdown table of several runs: ``python -m footnoted.assistant.evaluation.reports.results_table RUN…``."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from footnoted.assistant.evaluation.errors import RunError
from footnoted.assistant.evaluation.running.runs import read_metrics

COLUMNS = (
    ("retrieval", "recall@5"),
    ("retrieval", "recall@10"),
    ("retrieval", "ndcg@10"),
    ("retrieval", "mrr@10"),
    ("retrieval", "evidence_recall@5"),
    ("answers", "right"),
    ("answers", "graded"),
    ("answers", "words"),
    ("answers", "contains"),
    ("answers", "f1"),
    ("citations", "relevant_cited"),
    ("citations", "citation_precision"),
    ("citations", "citation_recall"),
    ("citations", "supported_share"),
    ("citations", "support_f1"),
    ("abstention", "precision"),
    ("abstention", "recall"),
    ("abstention", "answered_wrongly"),
)
LATENCIES = (("retrieve", "p50"), ("retrieve", "p95"), ("total", "p50"), ("total", "p95"))
TURNS = {"first_questions": "first questions", "follow_ups": "follow-ups"}


def results_table(runs: Sequence[Mapping]) -> str:
    """One row for each metric, one column for each run, given as its ``metrics.json``; a dash means "not measured"."""
    heads = [f"{run['run']['name']} ({run['questions']['asked']} of {run['run']['of']})" for run in runs]
    table = rows(heads, runs, COLUMNS)
    times = [[run["latency_ms"].get(f"{stage}_{part}") for run in runs] for stage, part in LATENCIES]
    for (stage, part), entries in zip(LATENCIES, times, strict=True):
        cells = [f"{entry['value']:.0f}" if entry else "–" for entry in entries]
        table.append(f"| latency_ms.{stage}_{part} | " + " | ".join(cells) + " |")
    return "\n".join(table) + "\n"


def turns_table(run: Mapping) -> str:
    """The same for the first questions and the follow-ups of one run, given as its ``metrics.json``."""
    counts, parts = run["questions"], [run[name] for name in TURNS]
    asked = (counts["asked"] - counts["follow_ups"], counts["follow_ups"])
    heads = [f"{title} ({count})" for title, count in zip(TURNS.values(), asked, strict=True)]
    return "\n".join(rows(heads, parts, COLUMNS)) + "\n"


def rows(heads: Sequence[str], runs: Sequence[Mapping], columns: Sequence[tuple[str, str]]) -> list[str]:
    """The lines of a Markdown table; a metric that no run measured, or that holds by construction, is left out."""
    lines = ["| | " + " | ".join(heads) + " |", "|---|" + "---|" * len(runs)]
    for section, name in columns:
        entries = [run[section].get(name) for run in runs]
        entries = [None if entry and entry.get("by_construction") else entry for entry in entries]
        if any(entry and entry["value"] is not None for entry in entries):
            lines.append(f"| {section}.{name} | " + " | ".join(map(cell, entries)) + " |")
    return lines


def cell(entry: Mapping | None) -> str:
    """A value with its interval; a dash if it was not measured, or did not exist yet when the run was made."""
    if entry is None or entry["value"] is None:
        return "–"
    low, high = entry["interval"]
    return f"{entry['value']:.3f} ({low:.2f}–{high:.2f})"


def main(folders: Sequence[str]) -> int:
    """Print the table of these runs; 2 if none are given, 1 if one cannot be read."""
    if not folders:
        print("usage: python -m footnoted.assistant.evaluation.reports.results_table RUN…", file=sys.stderr)
        return 2
    try:
        print(results_table([read_metrics(Path(folder)) for folder in folders]), end="")
    except RunError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
