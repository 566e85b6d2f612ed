"""Retrieval of this version beside that of an earlier commit, on the same question sets, in one run.

    python tests/benchmarks/retrieval_before.py COMMIT [--sets mtrag,tatqa,…] [--limit N] [--cache DIR] [--write]

The commit is checked out into a temporary folder and asked in a process of its own. Vectors and scores of the bundled
models are kept by content, so what both versions share costs nothing the second time. Printed for each set: how many
passages each version has, how many of them the other one lacks, the seconds for cutting the corpus into passages, and
nDCG@10 of ``Index.retrieve`` before and now, with the difference by question and its 95 % interval.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from cached import KeptBundledEmbeddings, KeptScores
from measures import BENCH, CACHE, REPOSITORY, figures, interval, table, write_results

from footnoted.index import open_index

DEPTH = 20


def asked(name: str, limit: int) -> list[dict]:
    """The questions that have a relevant document, spread evenly; a follow-up as a person wrote it out."""
    lines = (BENCH / name / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    chosen = [one for one in map(json.loads, lines) if one["relevant"]]
    if limit and limit < len(chosen):
        chosen = [chosen[place * len(chosen) // limit] for place in range(limit)]
    return [{**one, "searched": one.get("standalone") or one["question"]} for one in chosen]


def measured(name: str, limit: int, cache: Path) -> dict:
    """nDCG@10 of each question, and the passages, of the version that is imported."""
    from footnoted.index.adding.chunk import spans
    from footnoted.index.loaders.load import load

    models = KeptBundledEmbeddings(cache / "vectors.sqlite"), KeptScores(cache / "scores.sqlite")
    documents = load(BENCH / name / "corpus.jsonl").documents
    begun = time.process_time()
    cut = [text.text[span.start : span.end] for text in documents for span in spans(text, models[0].count_tokens)]
    seconds = time.process_time() - begun
    found = {}
    with (
        tempfile.TemporaryDirectory() as home,
        open_index(home, embeddings=models[0], reranker=models[1]) as index,
    ):
        index.add(BENCH / name / "corpus.jsonl")
        for question in asked(name, limit):
            ranked = list(dict.fromkeys(one.document_id for one in index.retrieve(question["searched"], DEPTH)))
            found[question["id"]] = figures(ranked, set(question["relevant"]))["nDCG@10"]
    return {"passages": cut, "seconds": seconds, "ndcg": found}


def in_checkout(root: Path, name: str, limit: int, cache: Path) -> dict:
    """The same of the version in a folder, asked in a process of its own."""
    links = root / ".links" / "footnoted"
    links.mkdir(parents=True, exist_ok=True)
    for folder in ("assistant", "index", "prompts"):
        if not (links / folder).exists():
            (links / folder).symlink_to(root / folder)
    paths = [str(root / ".links"), str(Path(__file__).parent)]
    done = subprocess.run(
        [sys.executable, __file__, "--inside", name, "--limit", str(limit), "--cache", str(cache)],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)}, capture_output=True, text=True,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(f"{name} in {root}: {done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def compared(before: dict, now: dict) -> dict:
    """Both versions' figures on a set, and their difference."""
    old, new = set(before["passages"]), set(now["passages"])
    ids = sorted(before["ndcg"])
    differences = [now["ndcg"][one] - before["ndcg"][one] for one in ids]
    return {
        "questions": len(ids), "passages": len(new), "only before": len(old - new), "only now": len(new - old),
        "seconds": [round(before["seconds"], 1), round(now["seconds"], 1)],
        "before": interval([before["ndcg"][one] for one in ids])[0],
        "now": interval([now["ndcg"][one] for one in ids])[0],
        "difference": interval(differences),
    }  # fmt: skip


def shown(results: dict[str, dict]) -> str:
    """The results as a table."""
    rows = [
        [
            name, str(one["questions"]), str(one["passages"]), f"{one['only before']} / {one['only now']}",
            "{} / {}".format(*one["seconds"]), f"{one['before']:.4f}", f"{one['now']:.4f}",
            "{:+.4f} ({:+.4f} to {:+.4f})".format(*one["difference"]),
        ]
        for name, one in results.items()
    ]  # fmt: skip
    head = ["", "questions", "passages", "only before / now", "cutting, s", "nDCG@10 before", "now", "difference"]
    return table(head, rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("commit", nargs="?", default="")
    parser.add_argument("--sets", default="", help="all that have a corpus of their own if not given")
    parser.add_argument("--limit", type=int, default=0, metavar="N", help="N questions of each set, spread evenly")
    parser.add_argument("--cache", type=Path, default=CACHE / "before")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--inside", default="", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        print(json.dumps(measured(options.inside, options.limit, options.cache)))
        return
    if not options.commit:
        parser.error("name the commit to compare with")
    from question_sets import SETS  # not by the version of before, which may lack what it imports

    results = {}
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "before"
        command = ["git", "worktree", "add", "--detach", "--quiet", str(tree), options.commit]
        subprocess.run(command, cwd=REPOSITORY, check=True)
        try:
            for name in options.sets.split(",") if options.sets else [one for one in SETS if one != "seed"]:
                old, new = (in_checkout(root, name, options.limit, options.cache) for root in (tree, REPOSITORY))
                results[name] = compared(old, new)
                print(shown({name: results[name]}).splitlines()[-1], flush=True)
        finally:
            subprocess.run(["git", "worktree", "remove", "--force", str(tree)], cwd=REPOSITORY, check=False)
    print(f"\n{shown(results)}")
    if options.write:
        write_results("retrieval-before", {"against": options.commit, "sets": results})


if __name__ == "__main__":
    main()
