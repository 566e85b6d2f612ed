"""What a question costs as the index grows: embedding it, the first stage; and, set by set, the cross-encoder.

    python tests/benchmarks/speed.py [--sizes 1000,10000,100000] [--cache DIR] [--write] [--docs]

A real index is filled to each size and asked real questions one after another. Its texts are passages of the question
sets, cut at 150 words; beyond the first ten thousand they are copies in which one word in seven is another word of the
sets. Up to ten thousand the vectors are real; beyond, those of kind "latent" of ``vectors.py``, which are a little
harder to search, stand for them. The cross-encoder reads as few passages as it takes, which depends on how well they
answer and not on the size: it is measured on the question sets as they are, each with the index of its own corpus.
Times are in milliseconds, of an index in use: its files are in memory, and half of the questions warm it up for the
other half. Run it on a quiet machine.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy
import vectors
from cached import KeptBundledEmbeddings
from charts import growth_chart
from measures import BENCH, CACHE, REPOSITORY, commit, newest_results, spread, table, write_block, write_results
from vectors import STEP, keep_real

from footnoted.index import open_index
from footnoted.index.adding.chunk import CHUNKER_VERSION, Span
from footnoted.index.models.embed import BundledEmbeddings
from footnoted.index.search.retrieve import LOOKED_AT, Retriever, fused
from footnoted.index.types import LoadedDocument

SETS = ("squad2", "clapnq", "mtrag", "hotpotqa500", "scifact")
WORDS = 150
ASKED, READ_AGAIN = 200, 80  # questions for the first stage, and of each set for the cross-encoder; half are counted
GOAL = 10.0  # ms that the first stage may add to the embedding at 100,000 passages
PAGE = REPOSITORY / "docs" / "retrieval.md"
PICTURE = REPOSITORY / "docs" / "images" / "retrieval-cost.svg"


class Given(BundledEmbeddings):
    """The bundled model; ``embed_query`` gives a vector that was set, when one was: then only the rest is timed."""

    def __init__(self) -> None:
        super().__init__()
        self.given: list[float] | None = None

    def embed_query(self, text: str) -> list[float]:
        return super().embed_query(text) if self.given is None else self.given


def texts_of_sets() -> list[str]:
    found = []
    for name in SETS:
        lines = (BENCH / name / "corpus.jsonl").read_text(encoding="utf-8").splitlines()
        found += [" ".join(json.loads(line)["text"].split()[:WORDS]) for line in lines]
    random = numpy.random.default_rng(0)
    return [found[number] for number in random.permutation(len(found))]


def questions_of(name: str) -> list[str]:
    """The questions of a set that its passages answer, in an order of their own."""
    lines = (BENCH / name / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    found = [question["question"] for question in map(json.loads, lines) if question["relevant"]]
    return [found[number] for number in numpy.random.default_rng(1).permutation(len(found))]


def questions_of_sets() -> list[str]:
    found = [question for name in SETS for question in questions_of(name)]
    return [found[number] for number in numpy.random.default_rng(1).permutation(len(found))[:ASKED]]


class Corpus:
    """Texts and vectors by number, the same on every call."""

    def __init__(self, folder: Path) -> None:
        self._texts = texts_of_sets()
        self._words = [word for text in self._texts for word in text.split()]  # drawn from as often as they occur
        self._real = numpy.load(folder / "real.npy")

    def text(self, number: int) -> str:
        if number < STEP:
            return self._texts[number]
        random = numpy.random.default_rng([3, number])
        words = self._texts[number % STEP].split()
        for place in numpy.flatnonzero(random.random(len(words)) < 1 / 7):
            words[place] = self._words[random.integers(len(self._words))]
        return " ".join(words)

    def vectors(self, start: int, end: int) -> numpy.ndarray:
        return self._real[start:end]


def fill(index, corpus: Corpus, size: int, *, with_vectors: bool = True) -> None:
    """Grow an index to ``size`` passages, each a document of its own, in large batches."""
    have = index.catalog.count_passages()
    assert index.vectors.count() == index.keywords.count() == have  # open from here on: opened later, they are repaired
    with index.writing("a benchmark"):
        for start in range(have, size, 5000):
            end = min(size, start + 5000)
            rows = []
            with index.catalog.transaction() as connection:
                for number in range(start, end):
                    text = corpus.text(number)
                    document = LoadedDocument(text, record_id=str(number), media_type="application/x-ndjson")
                    key = hashlib.sha256(str(number).encode()).hexdigest()
                    content, ids = index.catalog.insert_content(connection, key, document, [Span(0, len(text), "")])
                    index.catalog.upsert_document(connection, {
                        "source": f"corpus.jsonl#{number}", "path": "corpus.jsonl", "document_id": str(number),
                        "title": str(number), "media_type": document.media_type, "notes": "[]", "metadata": "{}",
                        "content_id": content, "added_at": "2026-01-01T00:00:00+00:00",
                    })  # fmt: skip
                    rows.append((ids[0], content, "", "", text))
            if with_vectors:
                contents = [row[1] for row in rows]
                index.vectors.add([row[0] for row in rows], contents, corpus.vectors(start, end).tolist())
            index.keywords.add(rows)
            index.catalog.advance()


def timed(action: Callable[[int], object], times: int) -> list[float]:
    """Milliseconds of each call for the second half of the questions; the first, others, bring caches into use."""
    result = []
    for number in range(times):
        started = time.perf_counter()
        action(number)
        result.append((time.perf_counter() - started) * 1000)
    return result[times // 2 :]


def first_stage(index, model: Given, asked: Sequence[str], embedded: Sequence[list[float]]) -> dict[str, dict]:
    """The whole first stage without the embedding of the question, and its parts."""
    retriever = Retriever(index.live, index.reranker)
    dense = [retriever_dense(index, vector) for vector in embedded]
    keyword = [retriever.keyword(question) for question in asked]
    both = [[number for number, _ in fused(*pair)[:LOOKED_AT]] for pair in zip(dense, keyword, strict=True)]

    def whole(number: int) -> None:
        model.given = embedded[number]
        index.retrieve(asked[number], 10, rerank=False)

    found = {
        "first stage": spread(timed(whole, len(asked))),
        "vectors": spread(timed(lambda n: retriever_dense(index, embedded[n]), len(asked))),
        "words": spread(timed(lambda n: retriever.keyword(asked[n]), len(asked))),
        "catalog": spread(timed(lambda n: index.catalog.passages(both[n]), len(asked))),
    }
    model.given = None
    return found


def retriever_dense(index, vector: list[float]) -> list[tuple[int, float]]:
    return index.vectors.search(vector, 100)


def measured(index, model: Given, asked: Sequence[str]) -> dict[str, dict]:
    """All that a question costs at this size."""
    embedded = [model.embed_query(question) for question in asked]
    found = {"embedding": spread(timed(lambda n: model.embed_query(asked[n]), len(asked)))}
    found |= first_stage(index, model, asked, embedded)
    found["embedding and first stage"] = spread(timed(lambda n: index.retrieve(asked[n], 10, rerank=False), len(asked)))
    return found


class Counting:
    """A reranker that counts what it reads."""

    def __init__(self, reranker) -> None:
        self.reranker, self.identity, self.read = reranker, reranker.identity, 0

    def scores(self, question: str, texts: Sequence[str]) -> list[float]:
        self.read += len(texts)
        return self.reranker.scores(question, texts)


def reading_again(cache: Path) -> Iterator[dict]:
    """One row for each set: what a search takes with all its stages, and how many passages the cross-encoder reads."""
    for name in SETS:
        model = KeptBundledEmbeddings(cache / "vectors.sqlite")
        with open_index(cache / "indexes" / f"{name}-{CHUNKER_VERSION}", embeddings=model) as index:
            index.add(BENCH / name / "corpus.jsonl")
            yield {"set": name} | searched(index, questions_of(name)[:READ_AGAIN])


def searched(index, asked: Sequence[str]) -> dict[str, dict]:
    """What whole searches take, and how many passages are read again."""
    counting = index.reranker = Counting(index.reranker)
    counts = []

    def whole(number: int) -> None:
        before = counting.read
        index.retrieve(asked[number], 10)
        counts.append(counting.read - before)

    taken = spread(timed(whole, len(asked)))
    return {"with reranking": taken, "passages read": spread(counts[len(asked) // 2 :])}


def rows(options: argparse.Namespace) -> Iterator[dict]:
    """One row for each size."""
    folder = options.cache / "stores"
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "real.npy").exists():
        keep_real(options.cache, folder)
    corpus, asked, model = Corpus(folder), questions_of_sets(), Given()
    sizes = sorted(int(size) for size in options.sizes.split(","))
    home = options.cache / "speed"
    shutil.rmtree(home, ignore_errors=True)
    for size in [size for size in sizes if size <= STEP]:
        with open_index(home, embeddings=model) as index:
            fill(index, corpus, size)
        with open_index(home, embeddings=model) as index:
            yield {"size": size, "made": "real vectors"} | measured(index, model, asked)
    for size in [size for size in sizes if size > STEP]:
        yield synthetic(options.cache, corpus, asked, model, size)


def synthetic(cache: Path, corpus: Corpus, asked: Sequence[str], model: Given, size: int) -> dict:
    """The first stage alone, on the vectors that ``vectors.py`` built; the index is kept, for it takes long to fill."""
    home = cache / f"speed-{size}"
    if not (home / "filled").exists():
        shutil.rmtree(home, ignore_errors=True)
        built = vectors.built("latent", size, "ours", cache / "stores")
        home.mkdir(parents=True)
        with open_index(home, embeddings=model) as index:
            fill(index, corpus, size, with_vectors=False)
        shutil.rmtree(home / "vectors", ignore_errors=True)
        shutil.copytree(built, home / "vectors")  # passage ids and content ids count from 1 in both
        (home / "filled").touch()
    embedded = [vector.tolist() for vector in vectors.queries("latent")][: len(asked)]
    in_memory(home)
    with open_index(home, embeddings=model) as index:
        assert index.catalog.count_passages() == index.vectors.count() == index.keywords.count() == size
        found = first_stage(index, model, asked[: len(embedded)], embedded)
    return {"size": size, "made": "synthetic vectors"} | found


def in_memory(home: Path) -> None:
    """Read all files once: a disk's first answer is not what is measured."""
    for path in home.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                while file.read(1 << 24):
                    pass


def documentation(results: dict) -> str:
    """The table of docs/retrieval.md."""
    columns = [key for row in results["rows"] for key in row if isinstance(row[key], dict)]
    labels = list(dict.fromkeys(columns))
    header = ["p50 / p95, ms", *(f"{row['size']:,} passages" for row in results["rows"])]
    lines = [
        [
            label,
            *(f"{row[label]['p50']:.1f} / {row[label]['p95']:.1f}" if label in row else "" for row in results["rows"]),
        ]
        for label in labels
    ]
    again = table(
        ["set", "with reranking, p50 / p95, ms", "passages read, p50 / p95"],
        [
            [
                row["set"],
                f"{row['with reranking']['p50']:.0f} / {row['with reranking']['p95']:.0f}",
                f"{row['passages read']['p50']:.0f} / {row['passages read']['p95']:.0f}",
            ]
            for row in results["reading again"]
        ],
    )
    picture = f"![Milliseconds of the first stage and its parts by number of passages](images/{PICTURE.name})"
    return f"Measured at commit {results['commit']}.\n\n{table(header, lines)}\n\n{picture}\n\n{again}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="1000,10000,100000")
    parser.add_argument("--cache", type=Path, default=CACHE)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--docs", action="store_true")
    options = parser.parse_args()
    found: list[dict] = []
    for row in rows(options):
        found.append(row | {"commit": commit()})
        print(json.dumps(row), flush=True)
    met = True
    for row in [row for row in found if row["size"] == 100_000]:
        met = row["first stage"]["p50"] < GOAL
        print("PASS" if met else "FAIL", f"the first stage adds {row['first stage']['p50']} ms to the embedding")
    again = []
    for row in reading_again(options.cache):
        again.append(row)
        print(json.dumps(row), flush=True)
    if options.write:
        write_results("speed", {"rows": found, "reading again": again})
    if options.docs:
        results = newest_results("speed")
        write_block(PAGE, "speed", documentation(results))
        series = {
            label: [(row["size"], row[label]["p50"]) for row in results["rows"] if label in row]
            for label in ("first stage", "vectors", "words", "catalog")
        }
        PICTURE.write_text(growth_chart(series, "passages", "milliseconds, median"), encoding="utf-8")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
