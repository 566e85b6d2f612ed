"""Writes the reports of a run or a comparison into its folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from footnoted.assistant.evaluation.question_sets.trec import write_qrels, write_run
from footnoted.assistant.evaluation.reports.report_comparison import html_comparison, markdown_comparison
from footnoted.assistant.evaluation.reports.report_html import html_report
from footnoted.assistant.evaluation.reports.report_text import junit_report, markdown_report
from footnoted.assistant.evaluation.running.options import Result
from footnoted.assistant.evaluation.running.records import read_records
from footnoted.assistant.evaluation.running.runs import write_json


def write_reports(result: Result, baseline: Path | None = None) -> None:
    """``report.html``, ``report.md``, ``junit.xml`` and the ranking as ``run.trec`` and ``qrels.trec``."""
    earlier = read_records(baseline) if baseline else ()
    folder, run, records, metrics = result.folder, result.run, result.records, result.metrics
    (folder / "report.html").write_text(html_report(run, records, metrics, earlier), encoding="utf-8")
    (folder / "report.md").write_text(markdown_report(run, records, metrics), encoding="utf-8")
    (folder / "junit.xml").write_text(junit_report(run, records, metrics), encoding="utf-8")
    write_run(folder / "run.trec", {record["id"]: record["documents"] for record in records})
    write_qrels(folder / "qrels.trec", {record["id"]: record["relevant"] for record in records})


def write_comparison(comparison: Mapping, folder: Path) -> None:
    """``comparison.json``, ``comparison.html`` and ``comparison.md``."""
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / "comparison.json", dict(comparison))
    (folder / "comparison.html").write_text(html_comparison(comparison), encoding="utf-8")
    (folder / "comparison.md").write_text(markdown_comparison(comparison), encoding="utf-8")
