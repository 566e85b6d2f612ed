"""The report of a run: an HTML page of metrics, plots and questions, worst first, written with its other files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

from footnoted.assistant.evaluation.metrics import distributions
from footnoted.assistant.evaluation.metrics.catalogue import meaning_of, shown_sections
from footnoted.assistant.evaluation.metrics.summary import share_table
from footnoted.assistant.evaluation.question_sets.trec import write_qrels, write_trec_run
from footnoted.assistant.evaluation.reports import plots, several_runs
from footnoted.assistant.evaluation.reports.comparison import by_section, comparison_lines
from footnoted.assistant.evaluation.reports.comparison import table as metric_tables
from footnoted.assistant.evaluation.reports.page import figure, page, tag
from footnoted.assistant.evaluation.reports.people import people_html
from footnoted.assistant.evaluation.reports.questions import Sources, question_block
from footnoted.assistant.evaluation.reports.text import escaped, junit_report, markdown_report, notes, slice_rows
from footnoted.assistant.evaluation.running.evaluate import Result
from footnoted.assistant.evaluation.running.records import read_records
from footnoted.assistant.evaluation.running.runs import warnings

QUESTIONS_SHOWN = 300
NUMBER = '<th class="n">{}</th>'


def html_report(
    run: Mapping, records: Sequence[Mapping], metrics: Mapping, baseline: Sequence[Mapping] = (), compared: str = ""
) -> str:
    """The whole page; ``baseline`` are the records of an earlier run to plot beside this one.

    ``compared`` is HTML about earlier runs.
    """
    ndcg = share_table(records)["retrieval"]["ndcg@10"]
    shown = distributions.worst_first(records, ndcg)[:QUESTIONS_SHOWN]
    sources = Sources()
    questions = "".join(question_block(record, sources) for record in shown)
    more = f", the {len(shown)} worst of {len(records)} (all are in records.jsonl)" if len(shown) < len(records) else ""
    body = [
        f"<h1>{escape(run['name'])}</h1>{facts(run, metrics)}{outcome_bar(records)}",
        gate_list(metrics.get("gates", [])),
        f"<h2>Metrics</h2>{metrics_table(metrics)}",
        *(f'<p class="soft">{escape(sentence)}</p>' for sentence in notes(metrics)),
        *(slice_table(field, values) for field, values in metrics.get("slices", {}).items()),
        f"<h2>Compared with earlier runs</h2>{compared}" if compared else "",
        people_html(metrics),
        side_table("Judge model", metrics.get("judge", {})),
        side_table("Tokens per question", metrics.get("usage", {})),
        *(folded(title, metrics_table(metrics[name])) for name, title in TURNS.items() if name in metrics),
        f'<h2>Plots</h2><div class="plots">{all_plots(records, baseline)}</div>',
        f"<h2>Questions, worst first{more}</h2>{questions}",
        f"<h2>Sources</h2>{sources.blocks()}",
    ]
    return page(f"Evaluation of {run['name']}", "".join(body))


TURNS = {"first_questions": "First questions only", "follow_ups": "Follow-ups only"}


def facts(run: Mapping, metrics: Mapping) -> str:
    """What was run, in one line, and the settings in a folded table."""
    counts = metrics["questions"]
    settings = "".join(
        f"<tr><th>{escape(name)}</th><td>{escape(str(v))}</td></tr>" for name, v in run["settings"].items()
    )
    shown = "".join(f'<p class="bad">{escape(warning)}</p>' for warning in warnings(run))
    return (
        f'<p class="soft">{counts["asked"]} questions ({counts["answerable"]} answerable, '
        f"{counts['not_answerable']} not, {counts['not_labelled']} not labelled, "
        f"{counts['follow_ups']} follow-ups), {counts['errors']} errors; finished {escape(str(run['finished']))}</p>"
        f"{shown}<details><summary>Settings</summary><table>{settings}</table></details>"
    )


def outcome_bar(records: Sequence[Mapping]) -> str:
    """The outcomes of the questions as one bar; nothing if none was graded."""
    counts = distributions.outcomes(records)
    kinds = ("g0", "g1", "g0", "b0", "b1", "b2", "b1", "b2", "u0")
    parts = [
        (name, counts[name], kind) for name, kind in zip(distributions.OUTCOMES, kinds, strict=True) if name in counts
    ]
    return plots.stacked_bar(parts) if set(counts) - {"not graded"} else ""


def folded(title: str, content: str) -> str:
    """A part that is folded until it is opened."""
    return f"<details><summary>{escape(title)}</summary>{content}</details>"


def gate_list(results: Sequence[Mapping]) -> str:
    """Each gate with its result."""
    rows = "".join(
        f"<li>{tag('passed', 'good') if row['passed'] else tag('failed', 'bad')}{escape(row['message'])}</li>"
        for row in results
    )
    return f"<h2>Gates</h2><ul>{rows}</ul>" if rows else ""


def metrics_table(metrics: Mapping) -> str:
    """All metrics with their intervals; or the reason if they were not measured."""
    names = (
        "<th>metric</th>",
        NUMBER.format("value"),
        '<th>95 % interval</th><th class="wide"></th>',
        NUMBER.format("n"),
    )
    head = f'<tr>{"".join(names)}<th class="wide">meaning</th></tr>'
    rows = []
    for section in shown_sections(metrics):
        rows.append(f'<tr class="section"><th colspan="6">{section}</th></tr>')
        shown = {name: entry for name, entry in metrics[section].items() if not entry.get("by_construction")}
        for name, entry in shown.items():
            rows.append(metric_row(section, name, entry, meaning_of(metrics, section, name)))
    return f'<div class="scroll"><table>{head}{"".join(rows)}</table></div>'


def slice_table(field: str, values: Mapping) -> str:
    """The headline metrics of each value of a field."""
    rows = "".join(
        f'<tr><td>{escape(value)}</td><td class="n">{count}</td><td>{"<br>".join(map(escape, cells))}</td></tr>'
        for value, count, cells in slice_rows(values)
    )
    head = f"<tr><th>{escape(field)}</th>{NUMBER.format('questions')}<th>metrics</th></tr>"
    return f'<h2>By {escape(field)}</h2><div class="scroll"><table>{head}{rows}</table></div>'


def side_table(title: str, entries: Mapping) -> str:
    """A small table of a section of its own; nothing if none of its metrics was measured."""
    rows = (
        f'<tr><td>{escape(name)}</td><td class="n">{entry["value"]:.3f}</td><td class="n">{entry["n"]}</td></tr>'
        for name, entry in entries.items()
        if entry["value"] is not None
    )
    shown = "".join(rows)
    head = f"<tr><th>metric</th>{NUMBER.format('value')}{NUMBER.format('n')}</tr>"
    return f"<h2>{title}</h2><table>{head}{shown}</table>" if shown else ""


def metric_row(section: str, name: str, entry: Mapping, meaning: str) -> str:
    """One line of the table."""
    if entry["value"] is None:
        return (
            f'<tr><td>{escape(name)}</td><td class="n">–</td>'
            f'<td colspan="4" class="soft">not measured: {escape(entry["reason"])}</td></tr>'
        )
    places = 1 if section == "latency_ms" else 3
    value, (low, high) = entry["value"], entry["interval"]
    bar = plots.interval_bar(value, low, high) if 0 <= low <= high <= 1 and section != "latency_ms" else ""
    return (
        f'<tr><td>{escape(name)}</td><td class="n">{value:.{places}f}</td>'
        f'<td class="whole">{low:.{places}f} to {high:.{places}f}</td>'
        f'<td class="wide">{bar}</td><td class="n">{entry["n"]}</td><td class="soft wide">{escape(meaning)}</td></tr>'
    )


def all_plots(records: Sequence[Mapping], baseline: Sequence[Mapping]) -> str:
    """The four plots, without those for which there is no data."""
    recall = {name: distributions.recall_by_k(rows) for name, rows in (("this run", records), ("baseline", baseline))}
    kept = {name: points for name, points in recall.items() if points}
    curve = distributions.accuracy_by_coverage(records)
    trade = plots.line_chart(
        {"a higher threshold": curve}, "share of questions answered", "right, of those", {"now": curve[-1:]}
    )
    return (
        figure(plots.line_chart(kept, "k", "recall"), "Share of the relevant documents among the first k.")
        + figure(trade if curve else "", "Abstention: the effect of a higher threshold on the answer's score.")
        + figure(plots.histogram(distributions.latency_groups(records), "milliseconds"), "How long a question took.")
        + figure(plots.histogram(distributions.score_groups(records), "score"), "Scores of right and wrong results.")
    )


def write_reports(result: Result, baseline: Path | None = None, comparison: Mapping | None = None) -> None:
    """``report.html``, ``report.md``, ``junit.xml`` and the ranking as ``run.trec`` and ``qrels.trec``.

    ``baseline`` is the folder of an earlier run to plot beside this one, ``comparison`` that of earlier runs with it.
    """
    earlier = read_records(baseline) if baseline else ()
    folder, run, records, metrics = result.folder, result.run, result.records, result.metrics
    lines, table = compared_with(comparison) if comparison else ((), "")
    (folder / "report.html").write_text(html_report(run, records, metrics, earlier, table), encoding="utf-8")
    (folder / "report.md").write_text(markdown_report(run, records, metrics, lines), encoding="utf-8")
    (folder / "junit.xml").write_text(junit_report(run, records, metrics), encoding="utf-8")
    scores = {record["id"]: record["scores"] for record in records}
    write_trec_run(folder / "run.trec", {record["id"]: record["documents"] for record in records}, scores)
    write_qrels(folder / "qrels.trec", {record["id"]: record["relevant"] for record in records})


def compared_with(comparison: Mapping) -> tuple[list[str], str]:
    """The table of a comparison as lines of Markdown and as HTML."""
    if "pairs" in comparison:
        runs = several_runs.runs_in_words(comparison)
        lines, table = several_runs.markdown_table(comparison), several_runs.html_table(comparison)
    else:
        runs = [f"{side}: {run['folder']}" for side, run in zip("AB", comparison["runs"], strict=True)]
        lines, table = comparison_lines(comparison), metric_tables(by_section(comparison))
    listed = "".join(f"<li>{escape(line)}</li>" for line in runs)
    return [*(f"- {escaped(line)}" for line in runs), "", *lines], f"<ul>{listed}</ul>{table}"
