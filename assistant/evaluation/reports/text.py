"""The report of a run as Markdown for people, and as JUnit XML for continuous integration."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from footnoted.assistant.evaluation.metrics.catalogue import shown_sections
from footnoted.assistant.evaluation.metrics.distributions import worst_first
from footnoted.assistant.evaluation.metrics.power import in_words
from footnoted.assistant.evaluation.metrics.summary import share_table
from footnoted.assistant.evaluation.reports.people import automatic_text, measured_by_people, people_rows, said_text

QUESTIONS_SHOWN = 20
# What XML 1.0 does not allow even escaped.
NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def markdown_report(run: Mapping, records: Sequence[Mapping], metrics: Mapping, compared: Sequence[str] = ()) -> str:
    """Metrics with intervals as a table, gates, and the worst questions; ``compared`` are lines about earlier runs."""
    counts = metrics["questions"]
    lines = [f"# Evaluation of {escaped(run['name'])}", ""]
    lines += [f"{counts['asked']} questions, {counts['answerable']} answerable, {counts['not_answerable']} not, "
              f"{counts['follow_ups']} follow-ups, {counts['errors']} errors, "
              f"{counts['not_graded']} not graded.", ""]  # fmt: skip
    lines += [
        f"- {'passed' if gate['passed'] else '**failed**'}: {escaped(gate['message'])}" for gate in metrics["gates"]
    ]
    lines += ["", *metrics_lines(metrics), "", *notes_lines(metrics), *slice_lines(metrics.get("slices", {}))]
    if measured_by_people(metrics):
        lines += ["## Graded by people", ""]
        lines += [f"- {escaped(name)}: {escaped(value)}" for name, value, _ in people_rows(metrics)]
        lines += [
            f"- {escaped(row['id'])}: automatic {escaped(automatic_text(row))}, people {escaped(said_text(row))}"
            for row in metrics["people"]["differences"][:QUESTIONS_SHOWN]
        ]
        lines += [""]
    lines += ["## Compared with earlier runs", "", *compared, ""] if compared else []
    lines += ["## Worst questions", ""]
    worst = worst_first(records, share_table(records)["retrieval"]["ndcg@10"])
    for record in worst[:QUESTIONS_SHOWN]:
        said = record["answer"]["text"] if record["answer"] else ", ".join(record["documents"][:3])
        verdict = {True: "right", False: "wrong", None: "not graded"}[record["right"]]
        by = f" by {record['graded_by']}" if record["graded_by"] else ""
        lines.append(f"- {verdict}{by}: {escaped(record['question'])} ({escaped(record['id'])})")
        lines.append(f"  - expected: {escaped(' / '.join(record['answers']) or ', '.join(record['relevant']) or '–')}")
        lines.append(f"  - got: {escaped(record['error'] or said or '–')}")
    return "\n".join(lines) + "\n"


def metrics_lines(metrics: Mapping) -> list[str]:
    """A Markdown table of all metrics."""
    lines = ["| metric | value | 95 % interval | n |", "|---|---:|---|---:|"]
    for section in shown_sections(metrics):
        for name, entry in metrics[section].items():
            if entry.get("by_construction"):
                continue
            if entry["value"] is None:
                lines.append(f"| {section}.{name} | – | not measured: {entry['reason']} | 0 |")
                continue
            places = 1 if section == "latency_ms" else 3
            value, low, high = (f"{number:.{places}f}" for number in (entry["value"], *entry["interval"]))
            lines.append(f"| {section}.{name} | {value} | {low} to {high} | {entry['n']} |")
    return lines


HEADLINE = (
    ("retrieval", "recall@5"),
    ("retrieval", "ndcg@10"),
    ("answers", "right"),
    ("answers", "words"),
    ("abstention", "answered_wrongly"),
)


def notes(metrics: Mapping) -> list[str]:
    """Sentences on what the metrics can and cannot show."""
    shown = {name: metrics[section][name] for section, name in HEADLINE if name != "words"}
    found = [in_words(shown)]
    given = [
        f"{section}.{name} {entry['value']:.3f} ({entry['n']})"
        for section in shown_sections(metrics)
        for name, entry in metrics[section].items()
        if entry.get("by_construction")
    ]
    if given:
        found.append(f"1 by construction, so no result (anything less is a defect): {', '.join(given)}.")
    return [sentence for sentence in found if sentence]


def notes_lines(metrics: Mapping) -> list[str]:
    """The same as paragraphs."""
    return [line for sentence in notes(metrics) for line in (sentence, "")]


def slice_rows(values: Mapping) -> list[tuple[str, int, list[str]]]:
    """For each value of a field its name, its number of questions, and its metrics with their intervals."""
    rows = []
    for value, part in values.items():
        cells = []
        for name, entry in part["metrics"].items():
            low, high = entry["interval"]
            cells.append(f"{name} {entry['value']:.3f} ({low:.3f} to {high:.3f}, n {entry['n']})")
        few = ["fewer than 10 questions: too few to say much"] if part["few"] else []
        rows.append((value, part["n"], [*few, *cells]))
    return rows


def slice_lines(slices: Mapping) -> list[str]:
    """A list for each field that the questions are sliced by."""
    lines: list[str] = []
    for field, values in slices.items():
        lines += [f"## By {escaped(field)}", ""]
        lines += [f"- {escaped(value)} ({count}): {', '.join(cells)}" for value, count, cells in slice_rows(values)]
        lines.append("")
    return lines


def escaped(text: object) -> str:
    """A text on one line, escaped so that Markdown shows it as it is."""
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in str(text)).split())
    line = line if len(line) <= 300 else f"{line[:300]}…"
    return escape(re.sub(r"([\\`*_\[\]|#!])", r"\\\1", line), quote=False)


def junit_report(run: Mapping, records: Sequence[Mapping], metrics: Mapping) -> str:
    """A suite of gates, whose failures fail a build, and one of questions, where only errors do.

    A wrong answer is reported in the output of its question and is not a failure: gates decide about those.
    """
    root = Element("testsuites", name=xml_text(f"evaluation of {run['name']}"))
    failed = [gate for gate in metrics["gates"] if not gate["passed"]]
    suite = SubElement(
        root, "testsuite", name="gates", tests=str(len(metrics["gates"])), failures=str(len(failed)), errors="0"
    )
    for gate in metrics["gates"]:
        case = SubElement(suite, "testcase", classname="gates", name=xml_text(gate["gate"]))
        if not gate["passed"]:
            SubElement(case, "failure", message=xml_text(gate["message"]))
    errors = sum(bool(record["error"]) for record in records)
    suite = SubElement(root, "testsuite", name="questions", tests=str(len(records)), failures="0", errors=str(errors))
    for record in records:
        timings = record["timings"]
        seconds = timings.get("total", timings.get("retrieve", 0.0)) / 1000
        name = xml_text(f"{record['id']}: {record['question']}")
        case = SubElement(suite, "testcase", classname="questions", name=name, time=f"{seconds:.3f}")
        if record["error"]:
            SubElement(case, "error", message=xml_text(record["error"]))
        if record["right"] is False:
            output = SubElement(case, "system-out")
            output.text = xml_text(f"wrong: {record['answer']['text'] if record['answer'] else 'no answer'}")
    indent(root)
    return tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def xml_text(text: str) -> str:
    """The text without the characters that XML does not allow."""
    return NOT_XML.sub("�", text)
