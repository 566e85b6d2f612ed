"""The record of one question: everything needed to see why it is right or wrong; and the file of the records."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from pathlib import Path

from footnoted.assistant.answers import Answer
from footnoted.assistant.evaluation.errors import RunError
from footnoted.assistant.evaluation.metrics.citations import matched_units
from footnoted.assistant.evaluation.metrics.grading import grade
from footnoted.assistant.evaluation.question_sets.questions import Question
from footnoted.assistant.evaluation.running.ranked_documents import (
    document_key,
    gold_units,
    matching_label,
    ranked_documents,
    verbatim_gold,
)
from footnoted.index.types import Passage, Why

RECORDS = "records.jsonl"
PASSAGE_FIELDS = tuple(item.name for item in fields(Passage))
STAGES = ("dense_rank", "keyword_rank", "fused_rank", "reranker_score")
WHY_FIELDS = tuple(item.name for item in fields(Why))
SECONDS_BETWEEN_SYNCS = 1.0
TextOf = Callable[[str], str | None]


def make_record(
    question: Question,
    searched_for: str,
    passages: Sequence[Passage],
    answer: Answer | None,
    timings: Mapping[str, float],
    text_of: TextOf,
    error: str = "",
    beyond: Sequence[Passage] = (),
    depth: int | None = None,
) -> dict:
    """Put together one question's record; ``timings`` maps stages to milliseconds.

    ``beyond`` are passages from the stages before the reranker, used to locate relevant documents that are missing
    from the ranking; they are not kept and count for no metric. ``depth`` is the number of documents that the ranking
    goes down to; None: as many as there are.
    """
    labels = question.relevant
    gold = gold_units(question, text_of)
    documents = ranked_documents(passages, labels)
    record = {
        "id": question.id,
        "question": question.question,
        "history": [dict(turn) for turn in question.history],
        "follow_up": bool(question.history),
        "answerable": question.answerable,
        "answers": list(question.answers),
        "relevant": dict(labels),
        "gold": gold,
        "verbatim_gold": verbatim_gold(question, text_of),
        "only": list(question.only),
        "fields": dict(question.extra),
        "searched_for": searched_for,
        "documents": [document for document, _ in documents[:depth]],
        "scores": [passages[number - 1].score for _, number in documents[:depth]],
        "depth": depth,
        "relevant_ranks": relevant_ranks(labels, passages, documents, beyond),
        "passages": [passage_row(number, passage, labels, gold) for number, passage in enumerate(passages, start=1)],
        "answer": answer_row(answer, labels, text_of) if answer is not None else None,
        "timings": {stage: round(milliseconds, 3) for stage, milliseconds in timings.items()},
        "error": error,
    }
    graded = grade(record)
    record |= {"right": graded.right, "graded_by": graded.by, "share": graded.share, "grading": graded.why}
    return record


def relevant_ranks(
    labels: Mapping[str, int],
    passages: Sequence[Passage],
    documents: Sequence[tuple[str, int]],
    beyond: Sequence[Passage] = (),
) -> dict[str, dict | None]:
    """For each relevant document its rank and that of its first passage at each stage; None if no stage found it.

    ``rank`` is None for a document that only the stages before the reranker found, below the depth of the ranking.
    """
    places = {document: (rank, number) for rank, (document, number) in enumerate(documents, start=1)}
    deeper: dict[str, Passage] = {}
    for passage in beyond:
        deeper.setdefault(document_key(passage.document_id, passage.source, labels), passage)
    found: dict[str, dict | None] = {}
    for label in labels:
        rank, number = places.get(label, (None, None))
        first = passages[number - 1] if number else deeper.get(label)
        found[label] = rank_entry(rank, number, first.why) if first else None
    return found


def rank_entry(rank: int | None, number: int | None, why: Why | None) -> dict:
    """The rank of a relevant document, the number of its first passage, and the ranks of that passage at each stage."""
    return {"rank": rank, "passage": number, **{name: getattr(why, name, None) for name in STAGES}}


def passage_row(number: int, passage: Passage, labels: Mapping[str, int], gold: Mapping | None) -> dict:
    """A retrieved passage with the reason for its rank; ``bears`` lists the gold units that are in it."""
    # Not passage.to_dict(): copying deeply took most of the time an evaluation adds to the search.
    row = {name: getattr(passage, name) for name in PASSAGE_FIELDS}
    row["why"] = {name: getattr(passage.why, name) for name in WHY_FIELDS}
    key = document_key(passage.document_id, passage.source, labels)
    # As for citations: a short answer may be anywhere by chance, so it counts only in a relevant document.
    counts = gold and (gold["kind"] == "evidence" or not labels or key in labels)
    bears = sorted(matched_units([passage.text], gold["units"], gold["kind"])[0]) if gold and counts else []
    return {"rank": number, "document": key, "relevant": key in labels, "bears": bears, **row}


def answer_row(answer: Answer, labels: Mapping[str, int], text_of: TextOf) -> dict:
    """The answer without its passages; each citation says whether it is verbatim and in a relevant document."""
    row = answer.to_dict()
    del row["passages"]
    for citation in row["citations"]:
        key = document_key(citation["document_id"], citation["source"], labels)
        stored = text_of(citation["source"])
        quote = None if stored is None else stored[citation["start"] : citation["end"]]
        citation["document"] = key
        citation["relevant"] = matching_label(citation["document_id"], citation["source"], labels) is not None
        citation["verbatim"] = None if stored is None else quote == citation["quote"]
    return row


class RecordFile:
    """Appends records so that a crash loses at most the last second: written at once, synced about every second."""

    def __init__(self, path: Path) -> None:
        self._stream = path.open("a", encoding="utf-8", newline="\n")
        self._synced = time.monotonic()

    def append(self, record: Mapping) -> None:
        """Write one record as one line."""
        self._stream.write(json.dumps(record, ensure_ascii=False) + "\n")
        self._stream.flush()
        if time.monotonic() - self._synced >= SECONDS_BETWEEN_SYNCS:
            os.fsync(self._stream.fileno())
            self._synced = time.monotonic()

    def close(self) -> None:
        """Sync and close."""
        self._stream.flush()
        os.fsync(self._stream.fileno())
        self._stream.close()


def read_records(folder: Path) -> list[dict]:
    """The records of a run in the order they were made; an incomplete last line is left out.

    Raises :class:`RunError` when there are none or an earlier line is damaged.
    """
    path = folder / RECORDS
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError as error:
        raise RunError(f"{folder} contains no run: {path.name} cannot be read ({error.strerror or error}).") from error
    records = []
    for number, line in enumerate(lines, start=1):
        if not line:
            continue
        try:
            records.append(json.loads(line))
        except ValueError as error:
            if number >= len(lines):
                break
            raise RunError(
                f"{path}, line {number}: not JSON; the run is damaged, run it again into an empty folder."
            ) from error
    return records


def rewrite_records(folder: Path, records: Sequence[Mapping]) -> None:
    """Replace the records of a finished run in one step."""
    write_records(folder / RECORDS, records)


def write_records(path: Path, records: Sequence[Mapping]) -> None:
    """Write all records in one step: a reader finds the old file or the new one."""
    temporary = path.with_name(f".{path.name}.new")
    with open(temporary, "w", encoding="utf-8", newline="\n") as stream:
        stream.writelines(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(temporary, path)


def drop_torn_line(path: Path) -> None:
    """Cut off what an interrupted write left after the last complete line."""
    if path.is_file():
        content = path.read_bytes()
        whole = content[: content.rfind(b"\n") + 1]
        if len(whole) != len(content):
            with open(path, "r+b") as stream:
                stream.truncate(len(whole))
