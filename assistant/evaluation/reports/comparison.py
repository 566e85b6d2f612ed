"""The comparison of two runs as an HTML page and as Markdown: differences, slices, won and lost questions."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from pathlib import Path

from footnoted.assistant.evaluation.metrics.comparison import any_difference, metric_differs
from footnoted.assistant.evaluation.metrics.power import in_words
from footnoted.assistant.evaluation.reports.page import page, tag
from footnoted.assistant.evaluation.reports.text import escaped
from footnoted.assistant.evaluation.running.runs import write_json

QUESTIONS_SHOWN = 200


def measured_metrics(comparison: Mapping) -> list[tuple[str, Mapping]]:
    """(section.metric, entry) of every metric that both runs measured."""
    sections = comparison["metrics"].items()
    return [(f"{part}.{name}", entry) for part, found in sections for name, entry in found.items() if entry is not None]


def verdict(comparison: Mapping) -> str:
    """The outcome in one sentence."""
    if not any_difference(comparison):
        return "The runs do not differ."
    significant = [(name, entry) for name, entry in measured_metrics(comparison) if entry["significant"]]
    if not significant:
        return "The runs differ, but no difference is significant."
    words = [
        f"{name} {'better' if entry['better'] else 'worse'} ({entry['difference']:+.3f})" for name, entry in significant
    ]
    return f"Significant: {', '.join(words)}."


def differences_in_words(comparison: Mapping) -> list[str]:
    """How the settings of the two runs differ, and on which questions they are compared, in sentences."""
    counts, settings = comparison["questions"], comparison["settings"]
    changes = ", ".join(f"{name}: {change}" for name, change in settings.items())
    found = [f"What differs: {changes}." if changes else "Both were made with the same settings and code."]
    left_out = (
        (counts["only_first"], "only in A"),
        (counts["only_second"], "only in B"),
        (counts["labels_differ"], "with different labels in B"),
    )
    if any(number for number, _ in left_out):
        parts = ", ".join(f"{number} {where}" for number, where in left_out if number)
        found.append(f"The runs asked different questions: only the {counts['both']} in both are compared ({parts}).")
    else:
        found.append(f"{counts['both']} questions, the same in both.")
    return found


def power_in_words(comparison: Mapping) -> str:
    """The smallest differences in the headline metrics that these questions can show, from what differed."""
    known = dict(measured_metrics(comparison))
    return in_words({name: known[name] for name in HEADLINES if name in known})


HEADLINES = ("retrieval.recall@5", "retrieval.ndcg@10", "answers.right", "abstention.answered_wrongly")
P_VALUE_NOTE = (
    "p: paired randomisation test, two-sided; p (Holm): the same, adjusted for testing all metrics at once; "
    "it decides what is significant. In the slices p is not adjusted: among many slices some differ by chance."
)


def html_comparison(comparison: Mapping) -> str:
    """The whole page."""
    first, second = comparison["runs"]
    body = [
        f"<h1>{escape(second['name'])}: two runs</h1><p>{escape(verdict(comparison))}</p>",
        f'<p class="soft">A: {escape(first["folder"])}, B: {escape(second["folder"])}. '
        f"{escape(' '.join(differences_in_words(comparison)))}</p>",
        f"<h2>Metrics</h2>{table(by_section(comparison))}",
        f'<p class="soft">{P_VALUE_NOTE}</p><p class="soft">{escape(power_in_words(comparison))}</p>',
    ]
    changed = comparison["changed"]
    body.append(f"<h2>Questions lost and won ({len(changed)})</h2>")
    body += [changed_block(row) for row in changed[:QUESTIONS_SHOWN]]
    body.append(slice_tables(comparison))
    body.append(f"<h2>Latency</h2>{latencies(comparison['latency_ms'])}")
    return page(f"Comparison of {second['name']}", "".join(body))


def slice_tables(comparison: Mapping) -> str:
    """A table for each field that the questions are sliced by; a slice of few questions says so."""
    found = []
    for field, values in comparison["slices"].items():
        groups = {slice_name(value, part): part["metrics"] for value, part in values.items() if part["metrics"]}
        found.append(f"<h2>By {escape(field)}</h2>{table(groups)}")
    return "".join(found)


def slice_name(value: str, part: Mapping) -> str:
    """A slice with its number of questions, and a warning where they are few."""
    return f"{value} ({part['n']}{', too few to say much' if part.get('few') else ''})"


def by_section(comparison: Mapping) -> dict[str, dict[str, Mapping]]:
    """Section -> metric -> entry, for the metrics that both runs measured."""
    return {
        part: {name: entry for name, entry in found.items() if entry} for part, found in comparison["metrics"].items()
    }


def table(groups: Mapping[str, Mapping[str, Mapping]]) -> str:
    """Metrics of both runs with their differences, in groups; those that do not differ are greyed."""
    adjusted = any("p_adjusted" in entry for entries in groups.values() for entry in entries.values())
    names = ("A", "B", "B − A", "95 % interval", "p", *(["p (Holm)"] if adjusted else []), "wins", "losses", "n")
    head = "<th>metric</th>" + "".join(f'<th class="n">{name}</th>' for name in names)
    rows = []
    for title, entries in groups.items():
        if entries:
            rows.append(f'<tr class="section"><th colspan="{len(names) + 1}">{escape(title)}</th></tr>')
        rows += [metric_row(name, entry, adjusted) for name, entry in entries.items()]
    return f'<div class="scroll"><table><tr>{head}</tr>{"".join(rows)}</table></div>'


def metric_row(name: str, entry: Mapping, adjusted: bool) -> str:
    """One metric of both runs."""
    chances = [f"{entry['p']:.4f}", *([f"{entry['p_adjusted']:.4f}"] if adjusted else [])]
    between = f"{entry['interval'][0]:+.3f} to {entry['interval'][1]:+.3f}"
    values = (f"{entry['a']:.3f}", f"{entry['b']:.3f}", f"{entry['difference']:+.3f}", between, *chances)
    cells = "".join(f'<td class="n">{value}</td>' for value in (*values, entry["wins"], entry["losses"], entry["n"]))
    kind = (
        ("good" if entry["better"] else "bad") if entry.get("significant") else "" if metric_differs(entry) else "soft"
    )
    return f'<tr class="{kind}"><td>{escape(name)}</td>{cells}</tr>'


def latencies(entries: Mapping[str, Mapping]) -> str:
    """Latencies of both runs, which are not tested."""
    rows = "".join(
        f'<tr><td>{escape(name)}</td><td class="n">{entry["a"]:.1f}</td><td class="n">{entry["b"]:.1f}</td>'
        f'<td class="n">{entry["difference"]:+.1f}</td></tr>'
        for name, entry in entries.items()
    )
    return (
        '<table><tr><th>milliseconds</th><th class="n">A</th><th class="n">B</th><th class="n">B − A</th></tr>'
        f'{rows}</table><p class="soft">Not tested: they depend on what else the machine was doing.</p>'
    )


def changed_block(row: Mapping) -> str:
    """A question that was won or lost, with both answers side by side."""
    sides = "".join(
        f"<div><b>{side.upper()}</b><blockquote>{escape(row[side]['error'] or row[side]['answer'] or '–')}</blockquote>"
        f'<p class="soft">ranks {escape(str(row[side]["ranks"]))}; '
        f"searched for {escape(row[side]['searched_for'])}</p></div>"
        for side in ("a", "b")
    )
    kind = "good" if row["outcome"] == "won" else "bad"
    expected = escape(" / ".join(row["answers"]) or "–")
    return (
        f"<details><summary>{tag(row['outcome'], kind)}{escape(row['question'])} "
        f'<span class="soft">{escape(row["id"])}</span></summary><p><b>Expected:</b> {expected}</p>'
        f'<div class="sides">{sides}</div></details>'
    )


def markdown_comparison(comparison: Mapping, most: int = 20) -> str:
    """The verdict, the metrics and the first lost and won questions."""
    lines = [
        "# Comparison",
        "",
        escaped(verdict(comparison)),
        "",
        escaped(" ".join(differences_in_words(comparison))),
        "",
    ]
    lines += [*comparison_lines(comparison), "", P_VALUE_NOTE, "", power_in_words(comparison), ""]
    lines += ["## Questions lost and won", ""]
    for row in comparison["changed"][:most]:
        lines.append(f"- {row['outcome']}: {escaped(row['question'])}")
        lines += [
            f"  - {side.upper()}: {escaped(row[side]['error'] or row[side]['answer'] or '–')}" for side in ("a", "b")
        ]
    return "\n".join(lines) + "\n"


def comparison_lines(comparison: Mapping) -> list[str]:
    """The metrics of both runs as a Markdown table."""
    lines = ["| metric | A | B | B − A | 95 % interval | p | p (Holm) | wins | losses |", "|---|" + "---:|" * 8]
    for name, entry in measured_metrics(comparison):
        low, high = entry["interval"]
        shown = f"| {name} | {entry['a']:.3f} | {entry['b']:.3f} | {entry['difference']:+.3f} "
        shown += f"| {low:+.3f} to {high:+.3f} | {entry['p']:.4f} "
        lines.append(f"{shown}| {entry['p_adjusted']:.4f} | {entry['wins']} | {entry['losses']} |")
    return lines


def write_comparison(comparison: Mapping, folder: Path) -> None:
    """``comparison.json``, ``comparison.html`` and ``comparison.md``."""
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / "comparison.json", dict(comparison))
    (folder / "comparison.html").write_text(html_comparison(comparison), encoding="utf-8")
    (folder / "comparison.md").write_text(markdown_comparison(comparison), encoding="utf-8")
