"""Shows drafts of questions one by one to a person, who accepts, corrects or drops them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from footnoted.assistant.evaluation.question_sets.files import DRAFT
from footnoted.assistant.evaluation.question_sets.questions import parse_question, with_standard_names

CHOICES = "[a]ccept, [c]orrect, [n]ot answerable, [d]rop, [s]kip, [b]ack, [q]uit"
HELP = """  a  the question and its answers are right as they are
  c  rewrite the question or its answers, which also accepts it
  n  accept it as a question that the documents do not answer: the assistant should refuse it
  d  remove it from the file
  s  leave it as a draft for later; "footnote evaluate" does not ask drafts
  b  go back to the previous one
  q  stop here; your decisions are already saved"""


def review(
    rows: Sequence[Mapping],
    save: Callable[[list[dict]], None],
    ask: Callable[[str], str],
    show: Callable[[str], None] = print,
) -> list[dict]:
    """Ask about each draft in turn and return what is left; ``save`` is called with all rows after each decision.

    Rows that are not drafts are left as they are. The end of the input has the same effect as "quit".
    """
    kept: list[dict | None] = [dict(row) for row in rows]
    drafts = [number for number, row in enumerate(rows) if row.get("status") == DRAFT]
    place = 0
    while place < len(drafts):
        number = drafts[place]
        show(draft_text(kept[number] or rows[number], place + 1, len(drafts)))
        try:
            choice = ask(f"{CHOICES}? ").strip().lower()[:1]
            decided = decided_row(choice, with_standard_names(rows[number]), ask)
        except EOFError:
            break
        if choice == "q":
            break
        if choice == "b":
            place = max(0, place - 1)
        elif choice == "s":
            place += 1
        elif decided is UNDECIDED:
            show(HELP)
        else:
            kept[number] = decided
            save([row for row in kept if row is not None])
            place += 1
    return [row for row in kept if row is not None]


UNDECIDED: dict = {}


def decided_row(choice: str, row: dict, ask: Callable[[str], str]) -> dict | None:
    """The row after a choice: None if it is dropped, ``UNDECIDED`` if the choice decides nothing."""
    if choice == "a":
        return {**row, "status": "accepted"}
    if choice == "d":
        return None
    if choice == "n":
        return {**row, "answers": [], "relevant": [], "evidence": [], "answerable": False, "status": "accepted"}
    if choice == "c":
        question = ask("question (empty: unchanged)> ").strip()
        answers = [
            part.strip() for part in ask("answers, separated by | (empty: unchanged)> ").split("|") if part.strip()
        ]
        return {
            **row,
            "question": question or row["question"],
            "answers": answers or row.get("answers", []),
            "status": "corrected",
        }
    return UNDECIDED


def draft_text(row: Mapping, number: int, count: int) -> str:
    """A draft as text for a terminal: its evidence and where it is, question and answers."""
    question = parse_question(row, "")
    lines = ["", f"Draft {number} of {count}" + (f" ({row['status']} now)" if row.get("status") != DRAFT else "")]
    for turn in question.history:
        lines.append(f"  {turn['role']}: {turn['content']}")
    for evidence in question.evidence:
        lines.append(f"  “{evidence.text}” {evidence.document}")
    lines += [f"  Q: {question.question}", f"  A: {' | '.join(question.answers) or '(not answerable)'}"]
    return "\n".join(map(printable, lines))


def printable(text: str) -> str:
    """Text from a document without control characters that a terminal would act on."""
    return "".join(letter if letter.isprintable() else " " for letter in text)
