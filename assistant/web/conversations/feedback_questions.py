"""An answer and what its reader thinks of it as a draft line of a question set, which ``footnote evaluate`` can ask."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from footnoted.index.store.private import write_private

NO_ANSWER = "It should have said that it is not in the documents."
IS_ANSWERED = "My documents do answer this."
_writing = threading.Lock()


def line_of(
    answer: Mapping, number: int, *, verdict: str, fault: str = "", right: str = "",
    history: Sequence[Mapping[str, str]] = (),
) -> dict:  # fmt: skip
    """The line for one answer.

    A good answer is its own label: its quotes bear the answer, its documents are relevant. Of a bad one only the
    question is kept, and what the reader said the answer is.

    Args:
        verdict: "up" or "down".
        fault: what the reader chose as wrong; two of the choices say whether there is an answer at all.
        right: the right answer in the reader's words.
        history: earlier messages, for a question that leans on them.
    """
    good = verdict == "up"
    refused = bool(answer.get("refused"))
    answerable = fault != NO_ANSWER and (good != refused or bool(right) or (not refused and not good))
    notes = list(answer.get("citations", ())) if good and not refused else []
    answers = [right] if right else [sentence["text"] for sentence in answer.get("sentences", ())] if notes else []
    line: dict = {
        "id": f"chat-{number}",
        "question": answer["question"],
        "answers": answers if answerable else [],
        "relevant": list(dict.fromkeys(note["source"] for note in notes)),
        "evidence": [
            {"document": note["source"], "start": note["start"], "end": note["end"], "text": note["quote"]}
            for note in notes
        ],
        "answerable": answerable,
        "status": "draft",
    }
    if answer.get("standalone_question", answer["question"]) != answer["question"] and history:
        line["history"] = [dict(message) for message in history]
    return line


def save_line(path: Path, line: Mapping) -> int:
    """Put a line into a question set, in place of an earlier one of the same answer; returns how many it has now."""
    with _writing:
        rows = []
        if path.exists():
            rows = [row for row in path.read_text(encoding="utf-8").split("\n") if row.strip()]
        rows = [row for row in rows if _id_of(row) != line["id"]]
        rows.append(json.dumps(line, ensure_ascii=True))
        partial = path.with_name(path.name + ".partial")
        with write_private(partial) as file:
            file.write("\n".join(rows) + "\n")
        partial.replace(path)
        return len(rows)


def _id_of(row: str) -> object:
    try:
        return json.loads(row).get("id")
    except (ValueError, AttributeError):
        return None
