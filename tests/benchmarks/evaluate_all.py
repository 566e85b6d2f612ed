"""Every question set next to the repository through ``footnote evaluate``, and the tables of docs/evaluation.md.

    python tests/benchmarks/evaluate_all.py [--sets seed,squad2,…] [--limit N] [--runs DIR] [--home DIR]
                                            [--reuse] [--write]

Each set is one run of the command, which is printed, in a folder below ``--runs``; an interrupted one goes on, and with
``--reuse`` a finished one is taken as it is, so that sets can be run at different times. The figures of its ranking are
computed anew by pytrec_eval from the run file and must be the same to six digits. ``--write`` puts the tables between
the marks in docs/evaluation.md and all metrics under ``results/`` by commit.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytrec_eval

from footnoted.assistant.evaluation.metrics.ranking import MEASURES
from footnoted.assistant.evaluation.reports.results_table import results_table, turns_table
from footnoted.assistant.evaluation.running.runs import read_metrics

REPOSITORY = Path(__file__).resolve().parents[2]
SHARED = REPOSITORY.parent / "shared"
PAGE = REPOSITORY / "docs" / "evaluation.md"
SETS = ("seed", "squad2", "clapnq", "mtrag", "hotpotqa500", "scifact", "wice")
FEWEST_FOLLOW_UPS = 10  # for figures of their own
MARKED = re.compile(r"(<!-- results: .*? -->\n).*?(<!-- end of results -->)", re.S)
TREC = {"recall@": "recall_", "hit@": "success_", "ndcg@": "ndcg_cut_"}


def command(name: str, folder: Path, home: Path, limit: int) -> list[str]:
    """The words of the command that runs one set."""
    place = [str(SHARED / "bench" / name)]
    if name == "seed":
        place = [str(SHARED / "seed" / "questions.jsonl"), "--corpus", str(next((SHARED / "seed").glob("*.txt")))]
    limited = ["--limit", str(limit)] if limit else []
    return ["evaluate", *place, *limited, "--output", str(folder), "--home", str(home)]


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


def commit() -> str:
    """The commit that is checked out, briefly."""
    asked = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=True)
    return asked.stdout.strip()


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
    if not judged:
        return 0
    measures = {"recall.1,3,5,10", "success.1,5", "ndcg_cut.5,10", "map", "recip_rank"}
    scores = pytrec_eval.RelevanceEvaluator(judged, measures).evaluate(ranked)
    for name in MEASURES:
        known = next((name.replace(ours, theirs) for ours, theirs in TREC.items() if name.startswith(ours)), name)
        found = [values["recip_rank" if name == "mrr@10" else known] for values in scores.values()]
        if name == "mrr@10":  # trec_eval has no cut-off for it
            found = [value if value >= 0.1 else 0.0 for value in found]
        expected = sum(found) / len(judged)
        if abs(metrics["retrieval"][name]["value"] - expected) > 5e-7:
            raise SystemExit(f"{folder.name}: {name} is {metrics['retrieval'][name]['value']}, pytrec_eval: {expected}")
    return len(MEASURES)


def tables(results: list[dict]) -> str:
    """Everything between the marks of the page."""
    minutes = ", ".join(f"{run['run']['name']} {run['seconds'] / 60:.1f}" for run in results)
    talks = [run for run in results if run["questions"]["follow_ups"] >= FEWEST_FOLLOW_UPS and "follow_ups" in run]
    commits = ", ".join(dict.fromkeys(run["commit"] for run in results))
    parts = [f"Made at commit {commits}.\n", results_table(results)]
    parts += [f"First questions and follow-ups of {run['run']['name']} apart:\n\n{turns_table(run)}" for run in talks]
    parts.append(f"Minutes on two cores, with the index of the corpus made before: {minutes}.\n")
    return "\n".join(parts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    cache = Path.home() / ".cache" / "footnote-benchmarks"
    parser.add_argument("--sets", default=",".join(SETS))
    parser.add_argument("--limit", type=int, default=0)
    parser.add_argument("--runs", type=Path, default=cache / "runs")
    parser.add_argument("--home", type=Path, default=cache / "home")
    parser.add_argument("--reuse", action="store_true", help="take finished runs as they are")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    results = [
        run_set(name, options.runs / f"{name}-{options.limit or 'all'}", options.home, options.limit, options.reuse)
        for name in options.sets.split(",")
    ]
    print(text := tables(results))
    if options.write:
        page = PAGE.read_text(encoding="utf-8")
        assert MARKED.search(page), f"{PAGE} has no marks to write between"
        PAGE.write_text(MARKED.sub(lambda match: f"{match[1]}\n{text}\n{match[2]}", page), encoding="utf-8")
        path = Path(__file__).parent / "results" / f"evaluation-{commit()}.json"
        path.write_text(json.dumps({run["run"]["name"]: run for run in results}, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
