"""Answers without a language model on a dozen question sets: right, cited, refused, how long, how fast, how sure.

    python tests/benchmarks/answers.py [--sets squad2,clapnq,…] [--limit N] [--cache DIR] [--records DIR]
                                       [--unseen N] [--write] [--docs]

Every figure is one of ``footnote evaluate``, with its 95 % interval over the questions. ``right`` is of the questions
that can be graded, by their kind of gold (docs/evaluation.md); ``graded`` says how many those are. ``clear``,
``likely`` and ``weak`` are the shares of right answers among those so called, over answerable questions;
``clear_all`` counts answers to questions that have none as wrong. ``--limit`` asks questions spread evenly over a
set. Questions that are ``context_bound`` (tatqa) are asked about their own document
alone. ``--unseen N`` prints the confidence also for the questions that ``--limit N`` leaves out: rules were made while
reading answers to the others. ``--write`` saves the table under ``results/`` by commit, and ``--docs`` puts the
newest one into docs/answers.md.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from measures import RESULTS, commit, newest_results, write_block, write_results
from measures import table as page_table

from footnoted.assistant import open_assistant
from footnoted.assistant.evaluation.metrics.summary import metric_entry, resampling_units, summarise
from footnoted.assistant.evaluation.question_sets.files import read_question_set, spread_sample
from footnoted.assistant.evaluation.question_sets.questions import Question
from footnoted.assistant.evaluation.running.runner import question_asker
from footnoted.assistant.evaluation.running.subject import CachingReranker, Subject
from footnoted.assistant.settings import Settings
from footnoted.index import open_index
from footnoted.index.adding.chunk import CHUNKER_VERSION

SHARED = Path(__file__).resolve().parents[3] / "shared"
SETS = (
    "seed", "squad2", "clapnq", "hotpotqa500", "mtrag", "scifact", "lihua", "tatqa", "nq_open", "multihoprag_evidence",
    "pubmedqa", "xquad",
)  # fmt: skip
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
PAGE = Path(__file__).resolve().parents[2] / "docs" / "answers.md"
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


def folder_of(name: str) -> Path:
    return SHARED / "seed" if name == "seed" else SHARED / "bench" / name


def questions_of(name: str) -> Sequence[Question]:
    found = read_question_set(folder_of(name) / "questions.jsonl" if name == "seed" else folder_of(name)).questions
    # "What was the revenue?" has an answer only in the report that it was asked about.
    bound = (question.extra.get("context_bound") is True for question in found)
    return [replace(one, only=tuple(one.relevant)) if scoped else one for one, scoped in zip(found, bound, strict=True)]


def records_of(name: str, cache: Path, limit: int, kept: Path | None) -> list[dict]:
    """A record of every question of a set, or of ``limit`` of them; those that ``kept`` has are not asked again."""
    folder = folder_of(name)
    chosen = spread_sample(tuple(questions_of(name)), limit or None)
    done: dict[str, dict] = {}
    if kept and kept.is_file():
        done = {record["id"]: record for record in map(json.loads, kept.read_text(encoding="utf-8").splitlines())}
    if any(question.id not in done for question in chosen):
        with open_index(cache / f"answers-{name}-{CHUNKER_VERSION}") as index:
            index.add(sorted(folder.glob("*.txt")) if name == "seed" else folder / "corpus.jsonl")
            index.reranker = CachingReranker(index.reranker)
            ask = question_asker(Subject(index, open_assistant(index=index, settings=Settings())))
            for question in chosen:
                if question.id not in done:
                    done[question.id] = ask(question)
                    if kept:
                        keep(kept, done[question.id])
    return [done[question.id] for question in chosen]


def keep(path: Path, record: dict) -> None:
    """Append a record to a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(record, ensure_ascii=False) + "\n")


def table(records: Sequence[dict]) -> dict[str, dict[str, Any]]:
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
    return {
        name: {"value": entry["value"], "interval": entry.get("interval"), "n": entry["n"]}
        for name, entry in found.items()
    }


def unseen(name: str, records: Sequence[dict], limit: int) -> dict[str, dict[str, Any]]:
    """The shares of right answers among those called clear and so on, without the questions that ``limit`` chooses."""
    seen = {question.id for question in spread_sample(tuple(questions_of(name)), limit)}
    others = [record for record in records if record["id"] not in seen]
    if not others:
        return {}
    return {f"unseen {metric}": entry for metric, entry in table(others).items() if metric.startswith("confidence.")}


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


def documentation(results: dict[str, Any]) -> str:
    """The table of docs/answers.md: a column for each set."""
    names = [name for name in SETS[1:] + SETS[:1] if name in results]
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
    return f"Measured at commit {results['commit']}.\n\n{page_table(header, rows)}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", default=",".join(SETS))
    parser.add_argument("--limit", type=int, default=0)
    parser.add_argument("--cache", type=Path, default=Path.home() / ".cache" / "footnote-benchmarks")
    parser.add_argument(
        "--records",
        type=Path,
        metavar="DIR",
        help="keep every answer there, to be read, and to go on from after an interruption",
    )
    parser.add_argument("--unseen", type=int, default=0, metavar="N")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--docs", action="store_true", help="put the newest results into docs/answers.md")
    options = parser.parse_args()
    options.cache.mkdir(parents=True, exist_ok=True)
    results: dict[str, dict] = {}
    for name in options.sets.split(","):
        records = records_of(name, options.cache, options.limit, options.records and options.records / f"{name}.jsonl")
        results[name] = {"asked": len(records)} | table(records)
        if options.unseen:
            results[name] |= unseen(name, records, options.unseen)
        print(f"\n{name}: {len(records)} questions", flush=True)
        for metric, entry in results[name].items():
            if metric != "asked" and entry["value"] is not None:
                low, high = entry["interval"]
                print(f"  {metric:32} {entry['value']:9.3f}  {low:8.3f} to {high:8.3f}  n {entry['n']}", flush=True)
    if options.write:
        write("answers", results)
    if options.docs:
        write_block(PAGE, "answers", documentation(newest_results("answers")))


def write(name: str, results: dict) -> None:
    """Keep results by commit; sets measured for the same commit before are kept beside them."""
    path = RESULTS / f"{name}-{commit()}.json"
    known = json.loads(path.read_text()) if path.is_file() else {}
    known.pop("written", None)
    write_results(name, known | results)


if __name__ == "__main__":
    main()
