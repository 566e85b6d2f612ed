"""Figures of ranked lists with their intervals, vectors kept by content, and results kept by commit."""

from __future__ import annotations

import hashlib
import json
import math
import re
import sqlite3
import subprocess
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy

REPOSITORY = Path(__file__).resolve().parents[2]
BENCH = REPOSITORY.parent / "shared" / "bench"
RESULTS = Path(__file__).parent / "results"
CACHE = Path.home() / ".cache" / "footnote-benchmarks"
FIGURES = ("nDCG@10", "Recall@5", "Recall@10", "MRR@10")
RESAMPLES = 2000


def figures(ranked: Sequence[str], relevant: set[str]) -> dict[str, float]:
    """nDCG@10, Recall@5, Recall@10 and MRR@10 of one ranked list of documents, with binary relevance."""
    gains = [1 / math.log2(rank + 1) for rank, document in enumerate(ranked[:10], start=1) if document in relevant]
    ideal = sum(1 / math.log2(rank + 1) for rank in range(1, min(10, len(relevant)) + 1))
    first = next((rank for rank, document in enumerate(ranked[:10], start=1) if document in relevant), 0)
    return {
        "nDCG@10": sum(gains) / ideal,
        "Recall@5": len(relevant & set(ranked[:5])) / len(relevant),
        "Recall@10": len(relevant & set(ranked[:10])) / len(relevant),
        "MRR@10": 1 / first if first else 0.0,
    }


def interval(values: Sequence[float]) -> tuple[float, float, float]:
    """The mean and its 95 % interval by the bootstrap over questions (percentiles, always the same resamples)."""
    every = numpy.asarray(values, dtype=float)
    chosen = numpy.random.default_rng(0).integers(0, len(every), (RESAMPLES, len(every)))
    low, high = numpy.percentile(every[chosen].mean(axis=1), [2.5, 97.5])
    return round(float(every.mean()), 4), round(float(low), 4), round(float(high), 4)


def spread(milliseconds: Sequence[float]) -> dict[str, float]:
    """Median and 95th percentile."""
    p50, p95 = numpy.percentile(list(milliseconds), [50, 95])
    return {"p50": round(float(p50), 2), "p95": round(float(p95), 2)}


class KeptVectors:
    """Vectors by model and text in a SQLite file, so that a text is embedded once however often a benchmark runs."""

    def __init__(self, path: Path, model: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._connection = sqlite3.connect(path, check_same_thread=False)
        self._connection.execute("CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB)")
        self._model = model

    def _key(self, text: str) -> bytes:
        return hashlib.sha256(f"{self._model}\0{text}".encode("utf-8", "surrogatepass")).digest()

    def get(self, texts: Sequence[str], embed: Callable[[list[str]], Sequence[Sequence[float]]]) -> list[list[float]]:
        """The vectors of ``texts``, of which ``embed`` is asked for those that are not known."""
        result: list[list[float]] = []
        for start in range(0, len(texts), 256):  # kept as it goes: an interrupted run loses little
            part = list(texts[start : start + 256])
            known = {text: row[0] for text in part if (row := self._row(text))}
            lacking = [text for text in dict.fromkeys(part) if text not in known]
            for text, vector in zip(lacking, embed(lacking) if lacking else [], strict=True):
                known[text] = numpy.asarray(vector, dtype=numpy.float32).tobytes()
                self._connection.execute("INSERT OR IGNORE INTO vectors VALUES (?, ?)", (self._key(text), known[text]))
            self._connection.commit()
            result += [numpy.frombuffer(known[text], dtype=numpy.float32).tolist() for text in part]
        return result

    def _row(self, text: str) -> tuple[bytes] | None:
        return self._connection.execute("SELECT vector FROM vectors WHERE key = ?", (self._key(text),)).fetchone()


def commit() -> str:
    """The short name of the commit that is measured."""
    found = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=REPOSITORY, capture_output=True, text=True)
    return found.stdout.strip() or "unknown"


def write_results(name: str, results: Mapping) -> None:
    """Save results as ``results/<name>-<commit>.json``, with the time, by which the newest are told."""
    results = {"written": datetime.now(UTC).isoformat(timespec="seconds")} | dict(results)
    (RESULTS / f"{name}-{commit()}.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


def newest_results(name: str) -> dict:
    """The results of the benchmark ``name`` that were written last, with the commit they are of."""
    paths = [path for path in RESULTS.glob(f"{name}-*.json") if re.fullmatch(rf"{name}-\w+", path.stem)]
    found = [json.loads(path.read_text(encoding="utf-8")) | {"commit": path.stem.rpartition("-")[2]} for path in paths]
    if not found:
        raise SystemExit(f"There are no results of {name} yet: run its benchmark with --write.")
    return max(found, key=lambda results: results.get("written", ""))


def write_block(page: Path, name: str, text: str) -> None:
    """Put ``text`` between ``<!-- name -->`` and ``<!-- end of name -->`` in a page."""
    old = page.read_text(encoding="utf-8")
    marked = re.compile(rf"(<!-- {re.escape(name)} -->\n).*?(<!-- end of {re.escape(name)} -->)", re.S)
    if not marked.search(old):
        raise SystemExit(f"{page.name} has no block <!-- {name} -->.")
    page.write_text(marked.sub(lambda found: f"{found[1]}{text.strip()}\n{found[2]}", old), encoding="utf-8")


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table; all columns but the first are aligned to the right."""
    lines = [header, ["---", *["--:"] * (len(header) - 1)], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
