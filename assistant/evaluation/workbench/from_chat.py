"""Answers that readers of the chat called not helpful: items to grade, and lines of a question set when graded."""

from __future__ import annotations

from pathlib import Path

from footnoted.assistant.evaluation.question_sets.jsonl import read_lines
from footnoted.assistant.evaluation.workbench.items import Item
from footnoted.assistant.evaluation.workbench.labels import REFUSE, RIGHT, Label, LabelsError, labels_path
from footnoted.assistant.web.conversations.conversations import history_of, turns_judged
from footnoted.assistant.web.conversations.feedback_questions import IS_ANSWERED, NO_ANSWER, line_of, save_line

CONVERSATIONS = "conversations.sqlite3"
QUESTION_SET = "questions.jsonl"
SIDE = "chat"
LONGEST_ANSWER = 2000


def chat_items(home: Path, labels: Path | None = None) -> list[Item]:
    """The answers in the data folder ``home`` that got a thumbs-down, oldest first.

    Their labels are beside the data folder's own question set, unless ``labels`` names a file. Raises HomeUnusable
    when the conversations cannot be read.
    """
    place = labels or labels_path(home / QUESTION_SET)
    found = []
    for turn, before in turns_judged(home / CONVERSATIONS, "down"):
        answer = turn.answer
        follow_up = answer.get("standalone_question", turn.question) != turn.question
        record = {
            "id": f"chat-{turn.id}",
            "question": turn.question,
            "history": history_of(before) if follow_up else [],
            "searched_for": answer.get("standalone_question") or turn.question,
            "fields": {},
            "answerable": None,
            "answers": [],
            "gold": None,
            "passages": [dict(passage) for passage in answer.get("passages", ())],
            "answer": {"kind": "answer", "text": "", "sentences": [], "citations": [], **answer},
            "right": None,
            "graded_by": "",
            "error": "",
        }
        found.append(Item(((SIDE, record),), place, {}, turn.id, turn.reason))
    return found


def right_answer_given(path: Path, item: Item) -> str:
    """The right answer as the line of the question set has it, where the reader or a grader gave one before."""
    if not path.is_file():
        return ""
    wrong: list[str] = []
    rows = (row for _, row in read_lines(path, wrong) if row.get("id") == item.record["id"])
    answers = [answer for row in rows if row.get("status") != "accepted" for answer in row.get("answers") or ()]
    return str(answers[0]) if answers else ""


def question_line(item: Item, label: Label, right: str = "") -> dict:
    """The line of a question set that a graded answer of the chat makes.

    It is accepted, so that ``footnote evaluate`` asks it, when it is clear what the right answer is: the answer itself,
    a refusal, or ``right``, what the grader wrote. Else it is a draft. Raises :class:`LabelsError` for an answer that
    is not of the chat, or a text that is too long.
    """
    right = right.strip()
    if item.turn is None:
        raise LabelsError("This question is from a question set already.")
    if len(right) > LONGEST_ANSWER:
        raise LabelsError(f"A right answer has at most {LONGEST_ANSWER} characters; this one has {len(right)}.")
    fault = NO_ANSWER if label.verdict == REFUSE else IS_ANSWERED if label.refused else ""
    good = label.verdict == RIGHT
    line = line_of(
        item.record["answer"] | {"question": item.record["question"]},
        item.turn,
        verdict="up" if good else "down",
        fault="" if good else fault,
        right="" if label.verdict == REFUSE or (good and label.refused) else right,
        history=item.record["history"],
    )
    clear = good or label.verdict == REFUSE or bool(right)
    return line | {"status": "accepted" if clear else "draft"}


def add_question(path: Path, item: Item, label: Label, right: str = "") -> str:
    """Put the line into the question set at ``path``, in place of an earlier one; returns what happened in a sentence.

    Raises :class:`LabelsError` when it cannot be written.
    """
    line = question_line(item, label, right)
    try:
        count = save_line(path, line)
    except (OSError, ValueError) as error:
        raise LabelsError(f"{path} cannot be written: {getattr(error, 'strerror', None) or error}.") from error
    words = "1 question" if count == 1 else f"{count} questions"
    how = "footnote evaluate asks it from now on." if line["status"] == "accepted" else (
        "It is a draft, as nobody has said what the right answer is."
    )  # fmt: skip
    return f"Added to {path.name}, which has {words} now. {how}"
