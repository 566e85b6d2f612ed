"""The tables of docs/answers.md: figures of answers with their intervals, from the records of runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from measures import table as page_table
from question_sets import SETS

from footnoted.assistant.evaluation.metrics.summary import metric_entry, resampling_units, summarise

SHOWN = {
    "answers": ("right", "right_in_brief", "graded", "share", "contains", "f1", "token_recall"),
    "citations": (
        "relevant_cited",
        "citation_precision",
        "citation_recall",
        "document_precision",
        "document_recall",
        "verbatim_share",
    ),
    "abstention": ("precision", "recall", "f1", "refused_answerable"),
    "latency_ms": ("total_p50", "total_p95"),
}
WORDS = ("clear", "likely", "weak")
FEWEST = 4  # questions
ROWS = {
    "right, of those graded": "answers.right",
    "right in at most 60 words": "answers.right_in_brief",
    "graded, of the answerable": "answers.graded",
    "gold answer contained": "answers.contains",
    "token F1": "answers.f1",
    "a relevant document cited": "citations.relevant_cited",
    "citation precision": "citations.citation_precision",
    "citation recall": "citations.citation_recall",
    "a relevant document cited, of citations": "citations.document_precision",
    "refusals that are right": "abstention.precision",
    "refused, of those without an answer": "abstention.recall",
    "refused, of those with one": "abstention.refused_answerable",
    "abstention F1": "abstention.f1",
}
PLAIN_ROWS = {"words in an answer": "answers.words", "milliseconds, median": "latency_ms.total_p50"}
COUNTED_ROWS = {
    "right of those called clear": "confidence.clear",
    "right of those called likely": "confidence.likely",
    "right of those called weak": "confidence.weak",
    "of those called clear, unanswerable counted": "confidence.clear_all",
}


OVERVIEW = {
    "right, of those graded": "answers.right",
    "refused, of those without an answer": "abstention.recall",
    "refused, of those with one": "abstention.refused_answerable",
}


def figures_of(records: Sequence[dict]) -> dict[str, Any]:
    """The figures of a set: metric to value, interval and n."""
    metrics = summarise(records)
    found = {f"{section}.{name}": metrics[section][name] for section, names in SHOWN.items() for name in names}
    answered = [record for record in records if record["answer"] and record["answer"]["kind"] == "answer"]
    found["answers.words"] = measured(answered, words_in)
    can = [record for record in answered if record["answerable"] is not False]
    for word in WORDS:
        called = [record for record in can if record["answer"]["confidence"] == word and record["right"] is not None]
        found[f"confidence.{word}"] = measured(called, lambda record: record["right"])
    every = [one for one in answered if one["answer"]["confidence"] == "clear" and one["right"] is not None]
    found["confidence.clear_all"] = measured(every, lambda record: record["right"])
    found["confidence.clear_share"] = measured(can, lambda record: record["answer"]["confidence"] == "clear")
    found["answers.contradicted"] = measured(answered, lambda record: bool(record["answer"]["contradictions"]))
    shown = {
        name: {"value": entry["value"], "interval": entry.get("interval"), "n": entry["n"]}
        for name, entry in found.items()
    }
    ungraded = sum(record["right"] is None for record in can)
    return {"asked": len(records), "not_graded": ungraded} | shown


def words_in(record: dict) -> int:
    """The number of words of an answer."""
    return len(" ".join(one["text"] for one in record["answer"]["sentences"]).split())


def measured(records: Sequence[dict], value: Callable[[dict], float]) -> dict[str, Any]:
    """A mean with its interval; the questions of one conversation are drawn together."""
    units = resampling_units(records)
    shares = [(float(value(record)), 1.0) for record in records]
    return metric_entry(shares, "no answer", [units[record["id"]] for record in records])


def cell(entry: dict[str, Any]) -> str:
    """A figure with its interval, ".887 (.84–.93)"; a dash where fewer than four questions give it."""
    if entry["value"] is None or entry["n"] < FEWEST:
        return "–"
    low, high = (f"{bound:.2f}".removeprefix("0") for bound in entry["interval"])
    return f"{entry['value']:.3f} ({low}–{high})".removeprefix("0")


def share(entry: dict[str, Any]) -> str:
    """A share and of how many it is one, ".92 (109)"."""
    return f"{entry['value']:.2f} ({entry['n']})".removeprefix("0") if entry["n"] else "–"


def overview(results: dict[str, Any]) -> str:
    """One row for each set: what matters first."""
    header = ["", "questions", "right, of those graded", "not graded", "refused, of those without an answer",
              "refused, of those with one", "words", "ms, median"]  # fmt: skip
    rows = []
    for name in (one for one in SETS if one in results):
        found = results[name]
        shown = {label: cell(found[metric]) for label, metric in OVERVIEW.items()}
        words, time = (found[metric]["value"] for metric in PLAIN_ROWS.values())
        rows.append([
            name, str(found["asked"]), shown["right, of those graded"], str(found["not_graded"]),
            shown["refused, of those without an answer"], shown["refused, of those with one"],
            "–" if words is None else f"{words:.0f}", "–" if time is None else f"{time:.0f}",
        ])  # fmt: skip
    return page_table(header, rows)


def documentation(results: dict[str, Any]) -> str:
    """The table of docs/answers.md: a column for each set."""
    names = [name for name in SETS if name in results]
    rows = [[label, *(cell(results[name][metric]) for name in names)] for label, metric in ROWS.items()]
    rows += [
        [label, *("–" if (one := results[name][metric])["value"] is None else f"{one['value']:.0f}" for name in names)]
        for label, metric in PLAIN_ROWS.items()
    ]
    rows += [[label, *(share(results[name][metric]) for name in names)] for label, metric in COUNTED_ROWS.items()]
    against = [results[name]["answers.contradicted"] for name in names]
    rows.append(
        ["answers that claim a contradiction", *(f"{round(one['value'] * one['n'])} of {one['n']}" for one in against)]
    )
    header = ["", *(f"{name} ({results[name]['asked']})" for name in names)]
    return f"Measured at commit {results['commit']}.\n\n{overview(results)}\n\n{page_table(header, rows)}"
