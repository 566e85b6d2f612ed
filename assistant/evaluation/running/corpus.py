"""A question set's corpus as an index, built once and kept by the content of the corpus and the models that read it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from footnoted.assistant.evaluation.errors import QuestionsError
from footnoted.assistant.evaluation.question_sets.jsonl import kind_of, read_lines, write_lines
from footnoted.index.types import Progress

BLOCK = 1 << 20
FINISHED = "finished.json"


def content_key(corpus: Path) -> str:
    """A hash of a file's bytes, or of a folder's place and the names and bytes of the files in it."""
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
    stamp = json.dumps(dict(settings), sort_keys=True, default=str)
    key = hashlib.sha256(f"{content_key(corpus)}{stamp}".encode()).hexdigest()[:16]
    return caches / f"{corpus.resolve().parent.name if corpus.is_file() else corpus.resolve().name}-{key}"


def build_once(index, corpus: Path, home: Path, progress: Callable[[Progress], None] | None = None) -> dict:
    """Put the corpus into the open ``index`` at ``home``, unless that was finished before; returns what was done.

    A ``.jsonl`` corpus is copied into ``home`` with its fields named as the index expects, so that its sources stay
    readable. An interrupted build goes on, since the index skips what it has.
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
        raise QuestionsError(f"Nothing of {corpus} could be read: {next(iter(report.skipped.values()))}")
    done = {"corpus": str(corpus), "documents": len(index.documents()), "skipped": dict(report.skipped)}
    done["seconds"] = round(report.seconds, 1)
    marker.write_text(json.dumps(done, ensure_ascii=False), encoding="utf-8")
    return done


def corpus_rows(corpus: Path) -> Iterator[dict]:
    """The records of a ``.jsonl`` corpus as ``{"id", "title", "text", …}``; BEIR calls the first ``_id``.

    Raises :class:`QuestionsError` that names the line without an id or text, or with an id that was there before.
    """
    lines: dict[str, int] = {}
    for number, row in read_lines(corpus):
        identifier = row.pop("_id", None) if row.get("id") in (None, "") else row.get("id")
        if isinstance(identifier, bool) or not isinstance(identifier, (str, int)) or identifier == "":
            raise QuestionsError(f'{corpus}, line {number}: "id" must be a text, found {kind_of(identifier)}.')
        if not isinstance(row.get("text"), str):
            raise QuestionsError(f'{corpus}, line {number}: "text" must be a text, found {kind_of(row.get("text"))}.')
        if str(identifier) in lines:
            first = lines[str(identifier)]
            raise QuestionsError(f'{corpus}, line {number}: the id "{identifier}" is that of line {first} too.')
        lines[str(identifier)] = number
        yield {**row, "id": str(identifier), "title": row.get("title") or "", "text": row["text"]}
