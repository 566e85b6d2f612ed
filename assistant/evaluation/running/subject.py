"""What is evaluated: an index, and an assistant on it. The index of a corpus is built once and kept.

It is kept by the content of the corpus, the embedding model and the code that builds an index.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from footnoted.assistant.evaluation.errors import EvaluationError, QuestionsError
from footnoted.assistant.evaluation.question_sets.files import corpus_rows
from footnoted.assistant.evaluation.question_sets.jsonl import write_lines
from footnoted.assistant.evaluation.running.code_hash import code_hash, index_files
from footnoted.assistant.evaluation.running.ranked_documents import DEPTH, PASSAGES
from footnoted.assistant.settings import Settings
from footnoted.index.errors import IndexingError
from footnoted.index.types import Progress

BLOCK = 1 << 20
FINISHED = "finished.json"


@dataclass(slots=True)
class Subject:
    """What is evaluated: an open index and, unless only retrieval is measured, an open assistant on it."""

    index: Any
    assistant: Any = None

    def text_of(self, name: str) -> str | None:
        """The stored text of a document by source, id or file name; None if the index has no such document."""
        try:
            return self.index.text_of(name)
        except (IndexingError, KeyError):
            return None


class CachingReranker:
    """A reranker that keeps the logits of the current question.

    The assistant searches for the few passages of its answer, and the ranking is measured on a longer search, since
    the results of a longer search do not begin with those of a shorter one. Both score the same passages with
    the cross-encoder, which takes nearly all of the time of a search: so the second one is almost free.
    """

    def __init__(self, reranker: Any) -> None:
        self._reranker = reranker
        self._known: dict[tuple[str, str], float] = {}
        self.spent = 0.0  # milliseconds since it was last cleared

    def __getattr__(self, name: str) -> Any:
        return getattr(self._reranker, name)

    def forget(self) -> None:
        """Clear the cache, so that the next question takes its full time even if it was asked before."""
        self._known.clear()
        self.spent = 0.0

    def scores(self, question: str, texts: Sequence[str]) -> list[float]:
        """As the reranker does."""
        unknown = [text for text in dict.fromkeys(texts) if (question, text) not in self._known]
        if unknown:
            started = time.perf_counter()
            found = self._reranker.scores(question, unknown)
            self.spent += (time.perf_counter() - started) * 1000
            self._known |= {(question, text): logit for text, logit in zip(unknown, found, strict=True)}
        return [self._known[question, text] for text in texts]


def open_subject(
    opened: ExitStack,
    corpus: Path | None,
    settings: Settings,
    retrieval_only: bool = False,
    progress: Callable[[Progress], None] | None = None,
    depth: int = DEPTH,
) -> tuple[Subject, dict]:
    """The index (of the corpus, or the one in use) and the assistant, and the settings that decide the results."""
    from footnoted.index import open_index
    from footnoted.index.store.home import Home

    home: Path | None = Path(settings.home) if settings.home else None
    content = ""
    if corpus is not None:
        content = content_key(corpus)
        made_with = {"embedding_model": settings.embedding_model, "code": code_hash(index_files(corpus))}
        home = corpus_home(corpus, Home(home).folder / "evaluation", made_with)
    embeddings = settings.embedding_model or None
    index = opened.enter_context(open_index(home, embeddings=embeddings, reranker=settings.reranker))
    if corpus is not None:
        build_once(index, corpus, Home(home).folder, progress)
    elif not index.documents():
        raise EvaluationError("The index in use contains no documents: add some, or give --corpus.")
    if index.reranker is not None:
        index.reranker = CachingReranker(index.reranker)
    assistant = None
    if not retrieval_only:
        from footnoted.assistant import open_assistant

        assistant = open_assistant(index=index, settings=settings)
    subject = Subject(index, assistant)
    return subject, subject_settings(subject, content, settings, depth)


def subject_settings(subject: Subject, content: str, settings: Settings, depth: int = DEPTH) -> dict:
    """What decides the results besides the questions: documents, models, thresholds."""
    index, assistant = subject.index, subject.assistant
    known = index.documents()
    documents = [[info.document_id if content else info.source, info.characters, info.passages] for info in known]
    listed = json.dumps(sorted(documents), ensure_ascii=False).encode()
    return {
        "corpus": content or "index in use",
        "documents": hashlib.sha256(listed).hexdigest(),
        "indexed": f"{len(known)} documents, {sum(info.passages for info in known)} passages",
        "embedding_model": getattr(index.embeddings, "identity", ""),
        "reranker": getattr(index.reranker, "identity", "off"),
        "model": settings.model if assistant else None,
        "base_url": without_password(settings.base_url) if assistant else "",
        "threshold": assistant.threshold
        if assistant
        else None,  # from the settings, or stored with the index, or the default
        "passages": settings.passages,
        "retrieval_only": assistant is None,
        "depth": [depth, PASSAGES],
    }


def without_password(url: str) -> str:
    """A URL without the user name and password that it may contain."""
    scheme, mark, rest = url.partition("://")
    return f"{scheme}{mark}{rest.rpartition('@')[2]}"


def content_key(corpus: Path) -> str:
    """A hash of a file's bytes, or of a folder's path and the names and bytes of its files."""
    if not corpus.exists():
        raise QuestionsError(f"There is no corpus at {corpus}.")
    digest = hashlib.sha256()
    if corpus.is_dir():
        digest.update(str(corpus.resolve()).encode())
    for path in [corpus] if corpus.is_file() else sorted(path for path in corpus.rglob("*") if path.is_file()):
        name = path.suffix if corpus.is_file() else path.relative_to(corpus).as_posix()
        digest.update(f"{len(name)}:{name}:{path.stat().st_size}:".encode())
        with open(path, "rb") as stream:
            while block := stream.read(BLOCK):
                digest.update(block)
    return digest.hexdigest()


def corpus_home(corpus: Path, caches: Path, settings: Mapping[str, object]) -> Path:
    """The folder of the index of this corpus, made with these settings, below ``caches``."""
    described = json.dumps(dict(settings), sort_keys=True, default=str)
    key = hashlib.sha256(f"{content_key(corpus)}{described}".encode()).hexdigest()[:16]
    return caches / f"{corpus.resolve().parent.name if corpus.is_file() else corpus.resolve().name}-{key}"


def build_once(index, corpus: Path, home: Path, progress: Callable[[Progress], None] | None = None) -> dict:
    """Add the corpus to the open ``index`` at ``home``, unless that was done before; returns what was done.

    A ``.jsonl`` corpus is copied into ``home`` with its fields named as the index expects, so that its sources stay
    readable. An interrupted build is continued, since the index skips what it has.
    """
    marker = home / FINISHED
    if marker.is_file():
        return json.loads(marker.read_text(encoding="utf-8"))
    target = corpus
    if corpus.is_file() and corpus.suffix == ".jsonl":
        target = home / "corpus.jsonl"
        write_lines(target, corpus_rows(corpus))
    report = index.add([target], progress=progress)
    if report.skipped and not index.documents():
        raise QuestionsError(f"Nothing in {corpus} could be read: {next(iter(report.skipped.values()))}")
    done = {"corpus": str(corpus), "documents": len(index.documents()), "skipped": dict(report.skipped)}
    done["seconds"] = round(report.seconds, 1)
    marker.write_text(json.dumps(done, ensure_ascii=False), encoding="utf-8")
    return done
