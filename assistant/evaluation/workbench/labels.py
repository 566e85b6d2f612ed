"""The labels that people give to answers: one JSON line each, in a file beside the question set.

A label is bound to the question, its wording and the answer's text. A new answer needs a new label; where the answer of
another run is word for word the same, the label applies to it, too.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from footnoted.assistant.evaluation.errors import EvaluationError, InvalidLine, QuestionsError
from footnoted.assistant.evaluation.metrics.grading import abstained, answer_text
from footnoted.assistant.evaluation.question_sets.jsonl import parse_line, type_name

RIGHT, PARTLY, WRONG, REFUSE = VERDICTS = ("right", "partly", "wrong", "refuse")
PERSON = "person"  # what ``graded_by`` says where a label decided
LONGEST_NAME, LONGEST_NOTE = 60, 2000
SECONDS_OF_A_WRITE = 0.05  # far more than another process needs to append a line

Key = tuple[str, str, str]  # of an answer: the question's id, its wording, the hash of the answer's text


class LabelsError(EvaluationError):
    """A label cannot be read, saved or used; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Label:
    """What one person says about one answer; an empty ``verdict`` withdraws what they said before.

    ``verdict`` is one of ``VERDICTS``; "refuse" means that the assistant should have refused. ``answer`` is the hash of
    the answer's text (:func:`answer_hash`), ``refused`` whether the answer was a refusal, ``at`` the time in UTC.
    """

    id: str
    question: str
    answer: str
    verdict: str
    grader: str
    refused: bool = False
    note: str = ""
    at: str = ""

    @property
    def key(self) -> Key:
        """Which answer it judges."""
        return self.id, self.question, self.answer

    @property
    def right(self) -> bool:
        """Whether the answer is right; in part is not."""
        return self.verdict == RIGHT

    def to_dict(self) -> dict:
        """The line of the file, without fields that say nothing."""
        row = {
            "id": self.id, "question": self.question, "answer": self.answer, "refused": self.refused,
            "verdict": self.verdict or None, "grader": self.grader, "note": self.note, "at": self.at,
        }  # fmt: skip
        return {name: value for name, value in row.items() if value != ""}


Labels = dict[Key, dict[str, Label]]  # answer -> grader -> the label that counts


def labels_path(questions: Path) -> Path:
    """Where the labels of a question set are: ``labels.jsonl`` in its folder, or ``NAME.labels.jsonl`` beside a file.

    ``questions.jsonl`` in a folder and the folder itself are the same set, so they have the same file.
    """
    if questions.is_dir():
        return questions / "labels.jsonl"
    if questions.stem == "questions":
        return questions.parent / "labels.jsonl"
    return questions.with_name(f"{questions.stem}.labels.jsonl")


def answer_hash(text: str) -> str:
    """SHA-256 (hexadecimal) of an answer's text in UTF-8, runs of white space counting as one space."""
    return hashlib.sha256(" ".join(text.split()).encode("utf-8", "surrogatepass")).hexdigest()


def judged_text(record: Mapping) -> str | None:
    """The text that a person judges: the sentences without footnote marks; None where there is no answer.

    All refusals of a question are the same answer, whatever reason they give.
    """
    answer = record.get("answer")
    if answer is None or record.get("error"):
        return None
    if abstained(record):
        return "" if answer["kind"] == "refusal" else str(answer["text"])
    return answer_text(record)


def key_of(record: Mapping) -> Key | None:
    """The key of a record's answer; None where there is nothing to judge."""
    text = judged_text(record)
    return None if text is None else (str(record["id"]), str(record["question"]), answer_hash(text))


def labels_for(record: Mapping, labels: Labels) -> dict[str, Label]:
    """Grader -> label, for exactly this answer."""
    key = key_of(record)
    return {} if key is None else labels.get(key, {})


def verdict_of(given: Sequence[Label]) -> str:
    """The verdict that most graders gave; empty when two have as many votes, or when nobody gave one."""
    votes = Counter(label.verdict for label in given).most_common(2)
    return votes[0][0] if votes and (len(votes) == 1 or votes[0][1] > votes[1][1]) else ""


def right_of(given: Sequence[Label]) -> bool | None:
    """Whether most graders call the answer right; None when as many do as do not."""
    right = sum(label.right for label in given)
    return None if 2 * right == len(given) else 2 * right > len(given)


def says_answerable(label: Label) -> bool | None:
    """What a label says about the question itself: do the documents answer it? None where it does not say."""
    if label.refused:
        return {RIGHT: False, PARTLY: True, WRONG: True}.get(label.verdict)
    return {RIGHT: True, PARTLY: True, REFUSE: False}.get(label.verdict)


def read_labels(path: Path) -> Labels:
    """The labels that count: for each answer and grader the last line; none where there is no file.

    A last line without its end is what an interrupted write left, and is ignored. Raises :class:`QuestionsError` for
    any other line that is no label; the message names file and line.
    """
    try:
        lines = path.read_bytes().split(b"\n")
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise QuestionsError(f"{path} cannot be read: {error.strerror or error}.") from error
    found: Labels = {}
    for number, raw in enumerate(lines, start=1):
        try:
            row = parse_line(raw, first=number == 1)
            if row is None:
                continue
            label = label_of(row)
        except InvalidLine as error:
            if number == len(lines):
                break
            raise QuestionsError(
                f"{path}, line {number}: {error}; correct or delete this line, the other labels are not lost."
            ) from error
        of_answer = found.setdefault(label.key, {})
        of_answer.pop(label.grader, None)
        if label.verdict:
            of_answer[label.grader] = label
    return {key: given for key, given in found.items() if given}


def label_of(row: Mapping) -> Label:
    """The label of a line; raises :class:`InvalidLine` with what is wrong."""
    texts = {name: row.get(name, "") for name in ("id", "question", "answer", "grader", "note", "at")}
    for name, value in texts.items():
        if not isinstance(value, str) or (not value and name in ("id", "question", "answer", "grader")):
            raise InvalidLine(f'"{name}" must be a string, found {type_name(row.get(name))}')
    verdict, refused = row.get("verdict"), row.get("refused", False)
    if verdict is not None and verdict not in VERDICTS:
        raise InvalidLine(f'"verdict" must be {", ".join(VERDICTS)} or null, found {json.dumps(verdict)}')
    if not isinstance(refused, bool):
        raise InvalidLine(f'"refused" must be true or false, found {type_name(refused)}')
    return Label(**texts, verdict=verdict or "", refused=refused)


def new_label(record: Mapping, verdict: str, grader: str, note: str = "") -> Label:
    """A label of a record's answer, made now; raises :class:`LabelsError` for one that makes no sense."""
    key = key_of(record)
    if key is None:
        raise LabelsError("There is no answer to grade here: the question failed, or only retrieval was measured.")
    if verdict and verdict not in VERDICTS:
        raise LabelsError(f"A verdict is one of {', '.join(VERDICTS)}.")
    refused = abstained(record)
    if refused and verdict == REFUSE:
        raise LabelsError("This answer is a refusal already: it is right, or wrong when the documents do answer.")
    name = checked_name(grader)
    if len(note) > LONGEST_NOTE:
        raise LabelsError(f"A note has at most {LONGEST_NOTE} characters; this one has {len(note)}.")
    return Label(*key, verdict, name, refused, note.strip(), datetime.now(UTC).isoformat(timespec="seconds"))


def checked_name(grader: str) -> str:
    """A grader's name on one line; raises :class:`LabelsError` for an empty, long or unprintable one."""
    name = " ".join(grader.split())
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise LabelsError(f"A grader needs a name of 1 to {LONGEST_NAME} printable characters.")
    return name


def append_label(path: Path, label: Label) -> None:
    """Add a label at the end of the file, and return when it is on the disk.

    The line is written in one piece, so that several processes can add to the same file. Raises :class:`LabelsError`
    when it cannot be saved.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0), 0o666)
        try:
            begin = b"" if ends_whole(file) else b"\n"
            line = begin + json.dumps(label.to_dict(), ensure_ascii=not encodable(label)).encode() + b"\n"
            if os.write(file, line) != len(line):
                raise OSError("the disk is full")
            os.fsync(file)
        finally:
            os.close(file)
    except OSError as error:
        raise LabelsError(f"The label could not be saved in {path}: {error.strerror or error}.") from error


def encodable(label: Label) -> bool:
    """Whether all texts can be written as UTF-8: half a surrogate pair, which JSON can hold, cannot."""
    try:
        "".join((label.id, label.question, label.note, label.grader)).encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def ends_whole(file: int) -> bool:
    """Whether a file ends with a whole line; what an interrupted write left after the last one is cut off.

    A last line that is whole but for its end, as some editors leave it, is kept: then the answer is False.
    """
    size = os.fstat(file).st_size
    if not size or byte_at(file, size - 1) == b"\n":
        return True
    time.sleep(SECONDS_OF_A_WRITE)  # another process may be about to write the rest
    if os.fstat(file).st_size != size:
        return ends_whole(file)
    os.lseek(file, 0, os.SEEK_SET)
    content = b""
    while part := os.read(file, 1 << 20):
        content += part
    last = content.rpartition(b"\n")[2]
    try:
        label_of(parse_line(last) or {})
    except InvalidLine:
        os.ftruncate(file, len(content) - len(last))
        return True
    return False


def byte_at(file: int, place: int) -> bytes:
    """One byte of an open file."""
    os.lseek(file, place, os.SEEK_SET)
    return os.read(file, 1)
