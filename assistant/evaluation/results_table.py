"""A Markdown table of several runs, for the documentation: ``python -m assistant.evaluation.results_table RUN…``."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from assistant.evaluation.errors import RunError
from assistant.evaluation.runs import read_metrics

COLUMNS = (
    ("retrieval", "recall@5"),
    ("retrieval", "ndcg@10"),
    ("answers", "right"),
    ("answers", "contains"),
    ("answers", "f1"),
    ("citations", "citation_precision"),
    ("citations", "citation_recall"),
    ("citations", "supported_share"),
    ("citations", "support_f1"),
    ("abstention", "precision"),
    ("abstention", "recall"),
    ("abstention", "answered_wrongly"),
)


def results_table(runs: Sequence[Mapping]) -> str:
    """One row for each metric, one column for each run, given as its ``metrics.json``; a dash is "not measured"."""
    heads = [f"{run['run']['name']} ({run['questions']['asked']} of {run['run']['of']})" for run in runs]
    lines = ["| | " + " | ".join(heads) + " |", "|---|" + "---|" * len(runs)]
    for section, name in COLUMNS:
        cells = [cell(run[section].get(name)) for run in runs]
        lines.append(f"| {section}.{name} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def cell(entry: Mapping | None) -> str:
    """A value with its interval; a dash where it was not measured, or not yet known when the run was made."""
    if entry is None or entry["value"] is None:
        return "–"
    low, high = entry["interval"]
    return f"{entry['value']:.3f} ({low:.2f}–{high:.2f})"


def main(folders: Sequence[str]) -> int:
    """Print the table of these runs; 2 without any, 1 when one cannot be read."""
    if not folders:
        print("usage: python -m assistant.evaluation.results_table RUN…", file=sys.stderr)
        return 2
    try:
        print(results_table([read_metrics(Path(folder)) for folder in folders]), end="")
    except RunError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
