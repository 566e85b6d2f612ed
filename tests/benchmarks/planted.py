"""Three regressions planted on purpose: ``footnote compare`` must find each, and its gate must fail.

    python tests/benchmarks/planted.py [--limit N] [--home DIR] [--runs DIR] [--only NAME] [--write]

The reranker switched off, passages of 50 tokens in place of 256, and a threshold of 99, which refuses everything. Each
is run with ``footnote evaluate`` as the good run is that it is compared with. A setting is planted by its environment
variable; the length of passages, for which there is none, by the chunker's default. The good run with answers is made
twice: two identical runs must differ nowhere.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from footnoted.assistant.evaluation.metrics.comparison import any_difference

BENCH = Path(__file__).resolve().parents[3] / "shared" / "bench"


@dataclass(frozen=True, slots=True)
class Planted:
    """What is planted into a run of ``set``, and the metric that must be found worse."""

    set: str
    metric: str
    options: tuple[str, ...] = ("--retrieval-only",)
    environment: dict[str, str] = field(default_factory=dict)
    tokens: int = 0


PLANTED = {
    "reranker off": Planted("squad2", "retrieval.ndcg@10", environment={"FOOTNOTE_RERANKER": "off"}),
    "passages of 50 tokens": Planted("clapnq", "retrieval.evidence_recall@5", tokens=50),
    "threshold 99": Planted("squad2", "answers.right", ("--limit", "100"), {"FOOTNOTE_THRESHOLD": "99"}),
}


def footnote(words: list[str], environment: dict[str, str] | None = None, tokens: int = 0) -> tuple[int, str]:
    """Exit code and standard error of the command line in a process of its own."""
    program = [__file__, "--cut", str(tokens)] if tokens else ["-m", "footnoted.assistant"]
    done = subprocess.run(
        [sys.executable, *program, *words],
        env=os.environ | (environment or {}),
        cwd=Path(__file__).resolve().parents[2],
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stdout + done.stderr


def cut_and_run(tokens: int, words: list[str]) -> int:
    """The command line with passages of another length."""
    from footnoted.assistant.cli import main as command_line
    from footnoted.index.adding import contents

    contents.spans = partial(contents.spans, target=tokens)  # type: ignore[assignment]
    return command_line(words)


def evaluated(planted: Planted, folder: Path, home: Path, limit: list[str], *, bad: bool, gate: str = "") -> int:
    """Run the set and return the exit code; an index with other passages has a home of its own."""
    tokens = planted.tokens if bad else 0
    words = ["evaluate", str(BENCH / planted.set), *planted.options, *limit, "--output", str(folder)]
    words += ["--home", f"{home}-{tokens}" if tokens else str(home), *(["--gate", gate] if gate else [])]
    code, said = footnote(words, planted.environment if bad else {}, tokens)
    if code not in (0, 1) or (code and not gate):
        raise SystemExit(f"{' '.join(words)}\n{said}")
    return code


def found(name: str, planted: Planted, runs: Path, home: Path, limit: list[str]) -> dict:
    """What the comparisons and the gate say of one planted regression."""
    good, bad = (runs / f"{name.replace(' ', '-')}-{kind}" for kind in ("good", "bad"))
    evaluated(planted, good, home, limit, bad=False)
    section, metric = planted.metric.split(".")
    low = json.loads((good / "metrics.json").read_text())[section][metric]["interval"][0]
    gate = f"{planted.metric}>={low:.3f}"
    failed = evaluated(planted, bad, home, limit, bad=True, gate=gate)
    worse, _ = footnote(["compare", str(good), str(bad), "--fail-if-worse"])
    comparison = json.loads((bad / "comparison.json").read_text())
    entry = comparison["metrics"][section][metric]
    every = [(part, key) for part, entries in comparison["metrics"].items() for key, row in entries.items()
             if row and row["significant"] and not row["better"]]  # fmt: skip
    result = {
        "differs": comparison["settings"],
        "metric": planted.metric,
        **{key: entry[key] for key in ("a", "b", "wins", "losses", "n", "p", "p_adjusted", "significant")},
        "worse": [".".join(pair) for pair in every],
        "gate": gate,
        "gate_failed": failed == 1,
        "compare_exit_code": worse,
    }
    if "--retrieval-only" not in planted.options:
        again = runs / f"{name.replace(' ', '-')}-again"
        evaluated(planted, again, home, limit, bad=False)
        footnote(["compare", str(good), str(again)])
        result["twin_differs"] = any_difference(json.loads((again / "comparison.json").read_text()))
    result["found"] = entry["significant"] and entry["b"] < entry["a"] and failed == worse == 1
    print(f"{name} ({planted.set}): {json.dumps(result, indent=1)}", flush=True)
    return result


def main() -> int:
    if sys.argv[1:2] == ["--cut"]:
        return cut_and_run(int(sys.argv[2]), sys.argv[3:])
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    cache = Path.home() / ".cache" / "footnote-benchmarks"
    parser.add_argument("--limit", type=int, default=0)
    parser.add_argument("--only", choices=PLANTED)
    parser.add_argument("--home", type=Path, default=cache / "home")
    parser.add_argument("--runs", type=Path, default=cache / "planted")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    limit = ["--limit", str(options.limit)] if options.limit else []
    chosen = {name: row for name, row in PLANTED.items() if options.only in (None, name)}
    results = {name: found(name, row, options.runs, options.home, limit) for name, row in chosen.items()}
    if options.write:
        asked = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=True)
        path = Path(__file__).parent / "results" / f"planted-{asked.stdout.strip()}.json"
        path.write_text(json.dumps(results, indent=1) + "\n")
    return 0 if all(row["found"] and not row.get("twin_differs") for row in results.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
