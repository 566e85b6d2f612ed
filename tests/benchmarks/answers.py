"""Every question set next to the repository through ``footnote evaluate``: answers, refusals, ranking and times.

    python tests/benchmarks/answers.py [--sets seed,squad2,…] [--limit N] [--runs DIR] [--home DIR] [--reuse] [--write]

Each set is one run of the command, which is printed, in a folder below ``--runs``; an interrupted one goes on, and with
``--reuse`` a finished one is taken as it is, so that sets can be run at different times. Every figure has its 95 %
interval. ``right`` is of the questions that can be graded, by their kind of gold (docs/evaluation.md). ``clear``,
``likely`` and ``weak`` are the shares of right answers among those so called, over answerable questions; ``clear_all``
counts answers to questions that have none as wrong. Questions that are ``context_bound`` (tatqa) are asked about their
own document alone. The figures of the ranking are computed anew by pytrec_eval from the run file and must be the same
to six digits. ``--write`` keeps the figures by commit under ``results/`` and puts the tables between the marks of
docs/answers.md and docs/evaluation.md.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytrec_eval
from answer_tables import documentation, figures_of, overview
from measures import CACHE, REPOSITORY, RESULTS, commit, newest_results, write_block, write_results
from question_sets import CLAIMS, SETS, evaluated_files

from footnoted.assistant.evaluation.metrics.ranking import MEASURES
from footnoted.assistant.evaluation.reports.results_table import results_table, turns_table
from footnoted.assistant.evaluation.running.runs import read_metrics

ANSWERS, EVALUATION = REPOSITORY / "docs" / "answers.md", REPOSITORY / "docs" / "evaluation.md"
FEWEST_FOLLOW_UPS = 10  # for figures of their own
TREC = {"recall@": "recall_", "hit@": "success_", "ndcg@": "ndcg_cut_"}


def command(name: str, folder: Path, home: Path, limit: int) -> list[str]:
    """The words of the command that runs one set."""
    limited = ["--limit", str(limit)] if limit else []
    asked = evaluated_files(name, folder.parent / "questions")
    return ["evaluate", *asked, *limited, "--output", str(folder), "--home", str(home)]


def run_set(name: str, folder: Path, home: Path, limit: int, reuse: bool) -> dict:
    """Run one set, unless a finished run may be reused, and return its metrics with seconds and commit."""
    if not (reuse and finished(folder)):
        run_command(name, command(name, folder, home, limit))
        (folder / "commit").write_text(commit())
    metrics = read_metrics(folder)
    times = [datetime.fromisoformat(metrics["run"][name]) for name in ("started", "finished")]
    metrics["run"] |= {"name": name, "questions": os.path.relpath(metrics["run"]["questions"], REPOSITORY)}
    metrics["seconds"] = (times[1] - times[0]).total_seconds()
    metrics["commit"] = (folder / "commit").read_text()
    metrics["checked"] = same_as_pytrec_eval(folder, metrics)
    return metrics


def finished(folder: Path) -> bool:
    """Whether a run in this folder came to its end."""
    return (folder / "commit").is_file() and bool(read_metrics(folder)["run"]["finished"])


def run_command(name: str, words: list[str]) -> None:
    """Print the command and run it; SystemExit when it fails."""
    shown = " ".join(os.path.relpath(word, REPOSITORY) if word.startswith("/") else word for word in words)
    print(f"footnote {shown}", flush=True)
    done = subprocess.run(
        [sys.executable, "-m", "footnoted.assistant", *words], cwd=REPOSITORY, stdout=subprocess.DEVNULL
    )
    if done.returncode:
        raise SystemExit(f"{name}: exit code {done.returncode}")


def same_as_pytrec_eval(folder: Path, metrics: dict) -> int:
    """How many ranking metrics pytrec_eval gives the same from the run file; SystemExit when one differs."""
    with open(folder / "qrels.trec") as stream:
        judged = pytrec_eval.parse_qrel(stream)
    with open(folder / "run.trec") as stream:
        ranked = pytrec_eval.parse_run(stream)
    if not judged or metrics["retrieval"]["ndcg@10"]["value"] is None:  # asked about their own document alone
        return 0
    known = {name: _in_trec(name) for name in MEASURES}
    measures = {name.rpartition("_")[0] + "." + name.rpartition("_")[2] if "@" in ours else name
                for ours, name in known.items() if ours != "mrr@10"} | {"recip_rank"}  # fmt: skip
    scores = pytrec_eval.RelevanceEvaluator(judged, measures).evaluate(ranked)
    for name in MEASURES:
        found = [values["recip_rank" if name == "mrr@10" else known[name]] for values in scores.values()]
        if name == "mrr@10":  # trec_eval has no cut-off for it
            found = [value if value >= 0.1 else 0.0 for value in found]
        expected = sum(found) / len(judged)
        if metrics["retrieval"][name]["value"] is None:  # deeper than the rankings of the run
            continue
        if abs(metrics["retrieval"][name]["value"] - expected) > 5e-7:
            raise SystemExit(f"{folder.name}: {name} is {metrics['retrieval'][name]['value']}, pytrec_eval: {expected}")
    return len(MEASURES)


def _in_trec(name: str) -> str:
    """The name of a metric in trec_eval ("recall@5": "recall_5")."""
    return next((name.replace(ours, theirs) for ours, theirs in TREC.items() if name.startswith(ours)), name)


def tables(results: list[dict]) -> str:
    """Everything between the marks of the page."""
    minutes = ", ".join(f"{run['run']['name']} {run['seconds'] / 60:.1f}" for run in results)
    talks = [run for run in results if run["questions"]["follow_ups"] >= FEWEST_FOLLOW_UPS and "follow_ups" in run]
    commits = ", ".join(dict.fromkeys(run["commit"] for run in results))
    parts = [f"Made at commit {commits}.\n", results_table(results)]
    parts += [f"First questions and follow-ups of {run['run']['name']} apart:\n\n{turns_table(run)}" for run in talks]
    parts.append(f"Minutes on two cores, with the index of the corpus made before: {minutes}.\n")
    return "\n".join(parts)


def records_of(folder: Path) -> list[dict]:
    """The records of a run."""
    return [json.loads(line) for line in (folder / "records.jsonl").read_text(encoding="utf-8").splitlines()]


def write(name: str, results: dict) -> None:
    """Keep results by commit; sets measured for the same commit before are kept beside them."""
    path = RESULTS / f"{name}-{commit()}.json"
    known = json.loads(path.read_text()) if path.is_file() else {}
    known.pop("written", None)
    write_results(name, known | results)


def printed(results: dict[str, dict]) -> None:
    """The figures of each set, and one row for each."""
    for name, found in results.items():
        print(f"\n{name}: {found['asked']} questions", flush=True)
        for metric, entry in found.items():
            if isinstance(entry, dict) and entry["value"] is not None:
                low, high = entry["interval"]
                print(f"  {metric:32} {entry['value']:9.3f}  {low:8.3f} to {high:8.3f}  n {entry['n']}", flush=True)
    print(f"\n{overview(results)}\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", default=",".join((*SETS, CLAIMS)))
    parser.add_argument("--limit", type=int, default=0, metavar="N", help="ask N questions spread evenly over each set")
    parser.add_argument("--runs", type=Path, default=CACHE / "runs")
    parser.add_argument("--home", type=Path, default=CACHE / "home")
    parser.add_argument("--reuse", action="store_true", help="take finished runs as they are")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    runs, answers = [], {}
    for name in options.sets.split(","):
        folder = options.runs / f"{name}-{options.limit or 'all'}"
        runs.append(run_set(name, folder, options.home, options.limit, options.reuse))
        if name != CLAIMS:
            answers[name] = figures_of(records_of(folder))
    printed(answers)
    print(text := tables(runs))
    if options.write:
        write("answers", answers)
        write("evaluation", {run["run"]["name"]: run for run in runs})
        write_block(ANSWERS, "answers", documentation(newest_results("answers")))
        write_block(EVALUATION, "results", text)


if __name__ == "__main__":
    main()
