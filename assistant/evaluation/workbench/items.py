"""What is graded: the answers of one or several runs joined question by question, and answers that chat readers judged.

Answers that are word for word the same are one answer: grading it once counts for every run that gave it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from footnoted.assistant.evaluation.errors import RunError
from footnoted.assistant.evaluation.metrics.slices import slice_fields, slice_values
from footnoted.assistant.evaluation.running.records import RECORDS, read_records
from footnoted.assistant.evaluation.running.runs import read_run
from footnoted.assistant.evaluation.workbench.labels import LabelsError, key_of, labels_path

NEEDED = {"id": str, "question": str, "history": list, "fields": dict, "answers": list, "passages": list}
ANSWER_NEEDED = {"kind": str, "text": str, "sentences": list, "citations": list}
NOTHING_TO_GRADE = "{folder} has no answers to grade: only retrieval, or the check of citations, was measured there."


@dataclass(frozen=True, slots=True)
class Run:
    """A run whose answers are shown: its name on the page, its records by question id, and the file of its labels."""

    name: str
    folder: Path
    records: Mapping[str, Mapping]
    labels: Path


@dataclass(frozen=True, slots=True)
class Item:
    """One question with the record of each run that asked it: ``sides`` are (run's name, record).

    For an answer from the chat ``turn`` is its number there, and ``reason`` what its reader said.
    """

    sides: tuple[tuple[str, Mapping], ...]
    labels: Path
    slices: Mapping[str, Sequence[str]] = field(default_factory=dict)
    turn: int | None = None
    reason: str = ""

    @property
    def record(self) -> Mapping:
        """The first run's record, which has the question and its labels."""
        return self.sides[0][1]

    def answers(self) -> list[tuple[str, list[str], Mapping]]:
        """(hash, names of the runs that gave it, record) of each different answer; failed ones are left out."""
        found: dict[str, tuple[str, list[str], Mapping]] = {}
        for name, record in self.sides:
            if (key := key_of(record)) is not None:
                found.setdefault(key[2], (key[2], [], record))[1].append(name)
        return list(found.values())


def read_runs(folders: Sequence[Path], labels: Path | None = None) -> list[Run]:
    """The runs in these folders; ``labels`` is where their labels are kept, by default beside their question set.

    Raises :class:`RunError` for a folder without a finished run with answers, or a damaged one.
    """
    if twice := next((folder for number, folder in enumerate(folders) if folder in folders[:number]), None):
        raise RunError(f"{twice} is given twice.")
    short = [folder.resolve().name for folder in folders]
    names = short if len(set(short)) == len(short) else [str(folder) for folder in folders]
    return [read_one(name, folder, labels) for name, folder in zip(names, folders, strict=True)]


def read_one(name: str, folder: Path, labels: Path | None) -> Run:
    """One run; see :func:`read_runs`."""
    run = read_run(folder)
    if not run.get("finished"):
        raise RunError(f"The run in {folder} is not finished: run the same evaluate command again to continue it.")
    records = read_records(folder)
    for number, record in enumerate(records, start=1):
        if not is_record(record):
            raise RunError(f"{folder / RECORDS}, line {number}: not the record of a question; run it again elsewhere.")
    if not any(record["answer"] for record in records):
        raise RunError(NOTHING_TO_GRADE.format(folder=folder))
    return Run(name, folder, {record["id"]: record for record in records}, labels or labels_of_run(folder, run))


def is_record(record: object) -> bool:
    """Whether it has what is shown of a record."""
    if not isinstance(record, dict) or not has(record, NEEDED):
        return False
    listed = [(record["passages"], {"text", "start", "end"}), (record["history"], {"role", "content"})]
    answer = record.get("answer")
    if answer is not None:
        if not isinstance(answer, dict) or not has(answer, ANSWER_NEEDED):
            return False
        listed += [(answer["sentences"], {"text"}), (answer["citations"], {"number", "quote", "start", "end"})]
    whole = all(isinstance(part, dict) and needed <= part.keys() for found, needed in listed for part in found)
    return whole and {"right", "graded_by", "error"} <= record.keys()


def has(row: Mapping, needed: Mapping[str, type]) -> bool:
    """Whether all these fields are there, each of its type."""
    return all(isinstance(row.get(name), kind) for name, kind in needed.items())


def labels_of_run(folder: Path, run: Mapping) -> Path:
    """The file of labels of the question set that a run was made with."""
    questions = Path(str(run.get("questions") or ""))
    if not run.get("questions") or not questions.exists():
        raise LabelsError(
            f"The question set of {folder} is not at {questions} any more: say with --labels where its labels are kept."
        )
    return labels_path(questions.resolve())


def join_runs(runs: Sequence[Run]) -> tuple[list[Item], list[str]]:
    """The runs' questions, in the order of the first run that has them, and notes about those that do not fit.

    A question is the same one if id, wording and earlier turns are. Raises :class:`RunError` when the runs have none
    in common, and :class:`LabelsError` when they keep their labels in different files.
    """
    if len(files := dict.fromkeys(run.labels for run in runs)) > 1:
        raise LabelsError(
            f"These runs keep their labels in different files ({', '.join(map(str, files))}): they were made with "
            "different question sets. Review them one by one, or give one file with --labels."
        )
    joined: dict[str, list[tuple[str, Mapping]]] = {}
    different: dict[str, None] = {}
    for run in runs:
        for name, record in run.records.items():
            sides = joined.setdefault(name, [])
            if sides and asked(sides[0][1]) != asked(record):
                different[name] = None
            else:
                sides.append((run.name, record))
    if len(runs) > 1 and not any(len(sides) > 1 for sides in joined.values()):
        raise RunError(
            f"{' and '.join(str(run.folder) for run in runs)} have no question in common (same id and wording): "
            "they were made with different question sets. Review them one by one."
        )
    notes = []
    if alone := sum(len(sides) < len(runs) for sides in joined.values()) - len(different):
        notes.append(f"Only some of the runs asked {alone} of the {len(joined)} questions.")
    if different:
        named = ", ".join(list(different)[:5]) + (f" and {len(different) - 5} more" if len(different) > 5 else "")
        notes.append(f"The wording differs between the runs, so the first one is shown: {named}.")
    firsts = [sides[0][1] for sides in joined.values()]
    fields = slice_fields(firsts)
    items = [
        Item(tuple(sides), runs[0].labels, {name: slice_values(sides[0][1], name) for name in fields})
        for sides in joined.values()
    ]
    return items, notes


def asked(record: Mapping) -> tuple:
    """What makes a question the same one."""
    return record["question"], record["history"]
