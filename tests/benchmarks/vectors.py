"""Recall and cost of the vector index as it grows: the product's own class and settings against exact search.

    python tests/benchmarks/vectors.py [--sizes 10000,100000] [--kinds latent,…] [--cache DIR] [--write] [--docs]

For each kind of vectors and each size a real store is built (or taken from the cache) by the product's own class, and
beside it one with Chroma's defaults; 200 questions are then asked as the product asks them, 100 results each, and the
ten best are compared with exact search. A million takes an hour or more to build (``--sizes 1000000 --kinds latent``);
building goes on where it was interrupted, and what is measured is kept as it comes.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy
from measures import (
    BENCH,
    CACHE,
    REPOSITORY,
    RESULTS,
    commit,
    newest_results,
    spread,
    table,
    write_block,
    write_results,
)

from footnoted.index.adding.chunk import CHUNKER_VERSION
from footnoted.index.store.vectors import Vectors, breadth

DIMENSIONS = 384
QUERIES = 200
DEPTH = 10  # recall@10
POOL = 100  # results that the product asks for
STEP = 10_000  # vectors made and added at a time
SIZES = (10_000, 100_000, 200_000, 500_000, 1_000_000)  # a store of one size grows out of the one before
BREADTHS = (100, 200, 300, 400, 1000)  # searches measured beside the product's own
GOAL = 0.99
PAGE = REPOSITORY / "docs" / "retrieval.md"

Rows = numpy.ndarray  # float32, (number, 384), of length 1


def normal(rows: Rows) -> Rows:
    return rows / numpy.linalg.norm(rows, axis=1, keepdims=True)


def latent(generator: numpy.random.Generator, number: int) -> Rows:
    """48 latent dimensions and a little noise in all 384: about as hard as real embeddings, a little harder."""
    spread = numpy.random.default_rng(48).standard_normal((48, DIMENSIONS), dtype=numpy.float32)
    noise = generator.standard_normal((number, DIMENSIONS), dtype=numpy.float32)
    return generator.standard_normal((number, 48), dtype=numpy.float32) @ spread + 0.1 * 48**0.5 * noise


def clustered(generator: numpy.random.Generator, number: int) -> Rows:
    """The same, but around 1,000 centres: the distance to a centre is two thirds of that between centres."""
    random = numpy.random.default_rng(1000)
    centres = random.standard_normal((1000, 48), dtype=numpy.float32)
    spread = random.standard_normal((48, DIMENSIONS), dtype=numpy.float32)
    inner = centres[generator.integers(0, 1000, number)]
    inner = inner + 0.67 * generator.standard_normal((number, 48), dtype=numpy.float32)
    noise = generator.standard_normal((number, DIMENSIONS), dtype=numpy.float32)
    return inner @ spread + 0.1 * 48**0.5 * noise


def gaussian(generator: numpy.random.Generator, number: int) -> Rows:
    """Independent in all 384 dimensions: everything is about equally far from everything. No model makes such."""
    return generator.standard_normal((number, DIMENSIONS), dtype=numpy.float32)


KINDS: dict[str, Callable[[numpy.random.Generator, int], Rows]] = {
    "latent": latent,
    "clustered": clustered,
    "gaussian": gaussian,
}


def part(kind: str, number: int) -> Rows:
    """The ``number``-th ten thousand vectors of a kind; the same on every call."""
    if kind == "real":
        return numpy.load(Path(os.environ["FOOTNOTE_BENCH_VECTORS"]) / "real.npy")
    return normal(KINDS[kind](numpy.random.default_rng([1, number]), STEP))


def queries(kind: str) -> Rows:
    """Vectors made in the same way that are not in any store; for real ones the questions of the sets."""
    if kind == "real":
        return numpy.load(Path(os.environ["FOOTNOTE_BENCH_VECTORS"]) / "real-queries.npy")
    return normal(KINDS[kind](numpy.random.default_rng([2, 0]), QUERIES))


def keep_real(cache: Path, folder: Path) -> None:
    """10,000 passages of the question sets as the product cuts and embeds them, and 200 of their questions."""
    from cached import KeptBundledEmbeddings

    from footnoted.index import open_index

    model = KeptBundledEmbeddings(cache / "vectors.sqlite")
    rows: list[list[float]] = []
    asked: list[str] = []
    for name in ("squad2", "clapnq", "mtrag", "hotpotqa500", "scifact"):
        with open_index(cache / "indexes" / f"{name}-{CHUNKER_VERSION}", embeddings=model) as index:
            index.add(BENCH / name / "corpus.jsonl")
            found = index.vectors.vectors_of(index.catalog.all_passage_ids())
        rows += [found[number] for number in sorted(found)]
        lines = (BENCH / name / "questions.jsonl").read_text(encoding="utf-8").splitlines()
        asked += [record["question"] for record in map(json.loads, lines)]
    random = numpy.random.default_rng(0)
    chosen = numpy.array(rows, dtype=numpy.float32)[random.permutation(len(rows))[:STEP]]
    questions = [asked[number] for number in random.permutation(len(asked))[:QUERIES]]
    numpy.save(folder / "real.npy", chosen)
    numpy.save(folder / "real-queries.npy", numpy.array([model.embed_query(q) for q in questions], dtype=numpy.float32))


def exact(kind: str, size: int) -> list[set[int]]:
    """The ids (from 1) of the ten nearest vectors of each query."""
    asked = queries(kind)
    scores = numpy.full((len(asked), DEPTH), -2.0, dtype=numpy.float32)
    ids = numpy.zeros((len(asked), DEPTH), dtype=numpy.int64)
    for number in range(size // STEP):
        found = asked @ part(kind, number).T
        here = numpy.broadcast_to(numpy.arange(number * STEP + 1, (number + 1) * STEP + 1), found.shape)
        every, names = numpy.concatenate([scores, found], axis=1), numpy.concatenate([ids, here], axis=1)
        best = numpy.argpartition(-every, DEPTH, axis=1)[:, :DEPTH]
        scores, ids = numpy.take_along_axis(every, best, 1), numpy.take_along_axis(names, best, 1)
    return [set(row.tolist()) for row in ids]


# Stores --------------------------------------------------------------------------------------------------------------


class ChromaDefaults:
    """A collection as Chroma makes it when only the distance is chosen."""

    def __init__(self, folder: Path) -> None:
        import chromadb
        from chromadb.config import Settings

        self._client = chromadb.PersistentClient(str(folder), Settings(anonymized_telemetry=False))
        self._collection = self._client.get_or_create_collection(
            "passages", embedding_function=None, configuration={"hnsw": {"space": "cosine"}}
        )

    def add(self, ids: Sequence[int], contents: Sequence[int], vectors: Rows) -> None:
        for start in range(0, len(ids), 2000):
            chosen = slice(start, start + 2000)
            names = [str(number) for number in ids[chosen]]
            rows = [{"content": content} for content in contents[chosen]]
            self._collection.add(ids=names, embeddings=vectors[chosen], metadatas=rows)  # type: ignore[arg-type]

    def search(self, vector: list[float], most: int) -> list[tuple[int, float]]:
        answer = self._collection.query(query_embeddings=[vector], n_results=most, include=["distances"])  # type: ignore[arg-type]
        distances = answer["distances"] or [[]]
        return [(int(n), 1 - away) for n, away in zip(answer["ids"][0], distances[0], strict=True)]

    def count(self) -> int:
        return self._collection.count()

    def close(self) -> None:
        self._client.close()  # type: ignore[attr-defined]


STORES: dict[str, Callable] = {"ours": Vectors, "Chroma's defaults": ChromaDefaults}


def built(kind: str, size: int, settings: str, folder: Path) -> Path:
    """The store of that size, built now as far as it is not there; its cost lies beside it as JSON."""
    home = folder / f"{kind}-{size}-{'ours' if settings == 'ours' else 'defaults'}"
    note = home.with_suffix(".json")
    before = [smaller for smaller in SIZES if smaller < size and kind != "real"]
    if not note.exists():
        shutil.rmtree(home, ignore_errors=True)
        cost = {"count": 0, "cpu_seconds": 0.0, "seconds": 0.0}
        if before:
            smaller_home = built(kind, before[-1], settings, folder)
            shutil.copytree(smaller_home, home)
            cost = json.loads(smaller_home.with_suffix(".json").read_text())
        note.write_text(json.dumps(cost))
    cost = json.loads(note.read_text())
    if cost["count"] >= size:
        return home
    store = STORES[settings](home)
    for number in range(store.count() // STEP, size // STEP):
        rows = part(kind, number)
        ids = range(number * STEP + 1, (number + 1) * STEP + 1)
        cpu, started = time.process_time(), time.perf_counter()
        store.add(ids, ids, rows)
        cost = {
            "count": (number + 1) * STEP,
            "cpu_seconds": round(cost["cpu_seconds"] + time.process_time() - cpu, 1),
            "seconds": round(cost["seconds"] + time.perf_counter() - started, 1),
        }
        note.write_text(json.dumps(cost))
    if settings == "ours":
        store.add([], [], [])  # a store made by an earlier version gets the breadth that its size needs
    store.close()
    return home


# Measuring, in a process of its own so that memory can be told -------------------------------------------------------


def resident() -> float:
    """Megabytes of this process that are in memory."""
    pages = int(Path("/proc/self/statm").read_text().split()[1]) if Path("/proc/self/statm").exists() else 0
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def asked(store, kind: str, size: int) -> dict:
    """Recall and time of all queries, each asked once after a few to warm up."""
    vectors, nearest = [vector.tolist() for vector in queries(kind)], exact(kind, size)
    for vector in vectors[:10]:
        store.search(vector, POOL)
    found, times = [], []
    for vector in vectors:
        started = time.perf_counter()
        found.append([number for number, _ in store.search(vector, POOL)[:DEPTH]])
        times.append((time.perf_counter() - started) * 1000)
    hits = sum(len(nearest[place] & set(ids)) for place, ids in enumerate(found))
    return {"recall@10": round(hits / DEPTH / len(vectors), 4)} | spread(times)


def measured(kind: str, size: int, settings: str, home: Path) -> Iterator[dict]:
    """One row for the store as it is, and for ours one for each other breadth."""
    before = resident()
    store = STORES[settings](home)
    if settings == "ours":
        keeping(store, breadth(size))  # a store from the cache may have been made when it was another
    row = {"kind": kind, "size": size, "settings": settings} | asked(store, kind, size)
    row |= {"memory_mb": round(resident() - before), "disk_mb": round(on_disk(home))}
    cost = json.loads(home.with_suffix(".json").read_text())
    row |= {"build_cpu_seconds": cost["cpu_seconds"], "build_seconds": cost["seconds"]}
    if settings != "ours":
        yield row
        return
    yield row | {"breadth": breadth(size)}
    for candidates in BREADTHS if kind == "latent" else ():
        keeping(store, candidates)
        yield {"kind": kind, "size": size, "settings": f"ours, breadth {candidates}"} | asked(store, kind, size)
    keeping(store, breadth(size))


def keeping(store: Vectors, candidates: int) -> None:
    """Let searches keep that many candidates, whatever the size."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        store._collection.modify(configuration={"hnsw": {"ef_search": candidates}})
    store.reopen()


def on_disk(home: Path) -> float:
    """Megabytes of all files below a folder."""
    return sum(path.stat().st_size for path in home.rglob("*") if path.is_file()) / 1e6


# Showing -------------------------------------------------------------------------------------------------------------


def documentation(results: dict) -> str:
    """The table of docs/retrieval.md."""
    header = ["vectors", "number", "settings", "recall@10", "p50 ms", "p95 ms", "build CPU s", "memory MB", "disk MB"]
    rows = []
    for row in sorted(results["rows"], key=lambda row: ([*KINDS, "real"].index(row["kind"]), row["size"])):
        cells = [row["kind"], f"{row['size']:,}", row["settings"], f"{row['recall@10']:.3f}"]
        cells += [f"{row['p50']:.1f}", f"{row['p95']:.1f}"]
        cells += [f"{row[key]:,.0f}" if key in row else "" for key in ("build_cpu_seconds", "memory_mb", "disk_mb")]
        rows.append(cells)
    return table(header, rows)


def keep(results: dict, row: dict, write: bool) -> None:
    """Put a row in the place of an earlier one of the same store; on disk at once when results are written."""
    same = ("kind", "size", "settings")
    results["rows"] = [old for old in results["rows"] if [old[key] for key in same] != [row[key] for key in same]]
    results["rows"].append(row | {"commit": commit()})
    if write:
        write_results("vectors", {"rows": results["rows"]})


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="10000,100000")
    parser.add_argument("--kinds", default="latent,clustered,gaussian,real")
    parser.add_argument("--settings", default=",".join(STORES))
    parser.add_argument("--cache", type=Path, default=CACHE)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--docs", action="store_true")
    parser.add_argument("--measure", nargs=4, help=argparse.SUPPRESS)
    options = parser.parse_args()
    folder = options.cache / "stores"
    folder.mkdir(parents=True, exist_ok=True)
    os.environ["FOOTNOTE_BENCH_VECTORS"] = str(folder)
    if options.measure:
        kind, size, settings, home = options.measure
        for row in measured(kind, int(size), settings, Path(home)):
            print(json.dumps(row), flush=True)
        return 0
    results: dict = {"rows": newest_results("vectors")["rows"] if any(RESULTS.glob("vectors-*.json")) else []}
    missed = 0
    for kind in options.kinds.split(","):
        if kind == "real" and not (folder / "real-queries.npy").exists():
            keep_real(options.cache, folder)
        for size in [STEP] if kind == "real" else [int(size) for size in options.sizes.split(",")]:
            for settings in options.settings.split(","):
                home = built(kind, size, settings, folder)
                command = [sys.executable, __file__, "--cache", str(options.cache)]
                command += ["--measure", kind, str(size), settings, str(home)]
                with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
                    for line in process.stdout or ():
                        print(line, end="", flush=True)
                        keep(results, json.loads(line), options.write)
                        row = results["rows"][-1]
                        missed += row["settings"] == "ours" and kind != "gaussian" and row["recall@10"] < GOAL
                if process.returncode:
                    raise SystemExit(process.returncode)
    print("FAIL" if missed else "PASS", f"recall@10 of ours at least {GOAL} on latent, clustered and real vectors")
    if options.docs:
        write_block(PAGE, "vectors", documentation(newest_results("vectors")))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
