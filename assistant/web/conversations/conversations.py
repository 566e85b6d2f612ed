"""Conversations kept on the server: each user's own, named by their first question, with every answer stored whole."""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from footnoted.assistant.answers import Answer
from footnoted.assistant.errors import AssistantError
from footnoted.index.store.database import RESTORE, Database, unusable

LONGEST_NAME = 120
UNREADABLE = f"This answer is damaged in the data folder: {RESTORE}."
SCHEMA = """
CREATE TABLE IF NOT EXISTS conversations (
    id TEXT PRIMARY KEY, user TEXT NOT NULL, name TEXT NOT NULL, created_at TEXT NOT NULL, updated_at TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS conversations_of_user ON conversations (user, updated_at);
CREATE TABLE IF NOT EXISTS turns (
    id INTEGER PRIMARY KEY AUTOINCREMENT, conversation TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    question TEXT NOT NULL, answer TEXT NOT NULL, asked_at TEXT NOT NULL,
    verdict TEXT NOT NULL DEFAULT '', reason TEXT NOT NULL DEFAULT ''
);
CREATE INDEX IF NOT EXISTS turns_of_conversation ON turns (conversation, id);
"""


class ConversationNotFound(AssistantError):
    """There is no such conversation, or it is another user's: the reply is the same."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """One row of the list of conversations; times are ISO 8601 in UTC."""

    id: str
    name: str
    created_at: str
    updated_at: str


@dataclass(frozen=True, slots=True)
class Turn:
    """A question and its answer, which is ``Answer.to_dict()``; ``verdict`` is "up", "down" or empty."""

    id: int
    question: str
    answer: dict
    asked_at: str
    verdict: str = ""
    reason: str = ""


def name_from(question: str) -> str:
    """A conversation's name: its first question on one line, cut at a word."""
    line = " ".join(question.split())
    return line if len(line) <= 70 else line[:70].rsplit(" ", 1)[0] + " …"


class Conversations:
    """A SQLite file of conversations. Every method takes the user's key and sees that user's rows alone."""

    def __init__(self, path: Path) -> None:
        self._database = Database(path, SCHEMA)

    def begin(self, user: str, question: str) -> str:
        """Start a conversation named by its first question; returns its id, which cannot be guessed."""
        number, now = secrets.token_urlsafe(12), _now()
        with self._database.changing() as connection:
            connection.execute(
                "INSERT INTO conversations VALUES (?, ?, ?, ?, ?)", (number, user, name_from(question), now, now)
            )
        return number

    def listed(self, user: str, search: str = "") -> list[Conversation]:
        """The user's conversations, latest first; with ``search`` those whose name, questions or answers contain it."""
        like = "%" + search.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        rows = self._database.rows(
            "SELECT id, name, created_at, updated_at FROM conversations AS c WHERE user = ? AND (? = '' OR"
            " name LIKE ? ESCAPE '\\' OR EXISTS (SELECT 1 FROM turns WHERE conversation = c.id AND"
            " (question LIKE ? ESCAPE '\\' OR json_extract(answer, '$.text') LIKE ? ESCAPE '\\')))"
            " ORDER BY updated_at DESC, rowid DESC",
            (user, search, like, like, like),
        )
        return [Conversation(*row) for row in rows]

    def get(self, user: str, conversation: str) -> Conversation:
        """One conversation of the user. Raises ConversationNotFound."""
        rows = self._database.rows(
            "SELECT id, name, created_at, updated_at FROM conversations WHERE user = ? AND id = ?", (user, conversation)
        )
        if not rows:
            raise ConversationNotFound("There is no such conversation here: it was deleted, or it is somebody else's.")
        return Conversation(*rows[0])

    def turns(self, user: str, conversation: str) -> list[Turn]:
        """The questions and answers of a conversation, oldest first. Raises ConversationNotFound."""
        self.get(user, conversation)
        rows = self._database.rows(
            "SELECT id, question, answer, asked_at, verdict, reason FROM turns WHERE conversation = ? ORDER BY id",
            (conversation,),
        )
        return [_turn(row) for row in rows]

    def turns_before(self, user: str, number: int) -> list[Turn]:
        """The turns of the same conversation before this one. Raises ConversationNotFound."""
        self.turn(user, number)
        rows = self._database.rows("SELECT conversation FROM turns WHERE id = ?", (number,))
        return [turn for turn in self.turns(user, rows[0][0]) if turn.id < number]

    def turn(self, user: str, number: int) -> Turn:
        """One turn of the user. Raises ConversationNotFound."""
        rows = self._database.rows(
            "SELECT t.id, question, answer, asked_at, verdict, reason FROM turns AS t"
            " JOIN conversations AS c ON c.id = t.conversation WHERE c.user = ? AND t.id = ?",
            (user, number),
        )
        if not rows:
            raise ConversationNotFound("There is no such answer here: it was deleted, or it is somebody else's.")
        return _turn(rows[0])

    def add(self, user: str, conversation: str, question: str, answer: dict, *, replacing: int | None = None) -> int:
        """Store a turn at the end; ``replacing`` drops that turn and all after it first, in the same step."""
        self.get(user, conversation)
        with self._database.changing() as connection:
            if replacing is not None:
                connection.execute("DELETE FROM turns WHERE conversation = ? AND id >= ?", (conversation, replacing))
            number = connection.execute(
                "INSERT INTO turns (conversation, question, answer, asked_at) VALUES (?, ?, ?, ?)",
                (conversation, question, json.dumps(answer, ensure_ascii=True), _now()),
            ).lastrowid
            connection.execute("UPDATE conversations SET updated_at = ? WHERE id = ?", (_now(), conversation))
        return int(number or 0)

    def update(self, user: str, number: int, answer: dict) -> None:
        """Put a later snapshot of the same answer in place. Raises ConversationNotFound."""
        self.turn(user, number)
        with self._database.changing() as connection:
            connection.execute("UPDATE turns SET answer = ? WHERE id = ?", (json.dumps(answer), number))

    def judge(self, user: str, number: int, verdict: str, reason: str = "") -> None:
        """Keep what the user thinks of an answer: "up", "down" or empty, with a reason in words."""
        self.turn(user, number)
        with self._database.changing() as connection:
            connection.execute(
                "UPDATE turns SET verdict = ?, reason = ? WHERE id = ?",
                (verdict if verdict in ("up", "down") else "", reason[:1000], number),
            )

    def rename(self, user: str, conversation: str, name: str) -> Conversation:
        """Give a conversation another name; an empty one changes nothing."""
        self.get(user, conversation)
        if line := " ".join(name.split())[:LONGEST_NAME]:
            with self._database.changing() as connection:
                connection.execute("UPDATE conversations SET name = ? WHERE id = ?", (line, conversation))
        return self.get(user, conversation)

    def delete(self, user: str, conversation: str) -> None:
        """Delete a conversation with its turns. Raises ConversationNotFound."""
        self.get(user, conversation)
        with self._database.changing() as connection:
            connection.execute("DELETE FROM conversations WHERE id = ?", (conversation,))

    def close(self) -> None:
        """Close the file."""
        self._database.close()


def _turn(row: Sequence) -> Turn:
    """A turn; in place of an answer that cannot be read any more, it says so."""
    try:
        answer = json.loads(row[2])
        if not isinstance(answer, dict):
            raise ValueError("not an answer")
    except ValueError:
        answer = Answer(str(row[1]), str(row[1]), text=UNREADABLE, kind="clarification").to_dict()
    return Turn(row[0], row[1], answer, *row[3:])


def turns_judged(path: Path, verdict: str) -> list[tuple[Turn, list[Turn]]]:
    """Every user's turns with this verdict, each with the turns before it; for the owner of the data folder alone.

    The file is only read, also while a server writes to it. Empty where there is no file. Raises HomeUnusable when it
    cannot be read.
    """
    if not path.is_file():
        return []
    select = "SELECT id, question, answer, asked_at, verdict, reason FROM turns"
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=10)) as connection:
            found = []
            for number, conversation in connection.execute(
                "SELECT id, conversation FROM turns WHERE verdict = ? ORDER BY id", (verdict,)
            ).fetchall():
                rows = connection.execute(
                    f"{select} WHERE conversation = ? AND id <= ? ORDER BY id", (conversation, number)
                ).fetchall()
                turns = [_turn(row) for row in rows]
                found.append((turns[-1], turns[:-1]))
            return found
    except sqlite3.Error as error:
        raise unusable(error, path) from error


def history_of(turns: Sequence[Turn]) -> list[dict[str, str]]:
    """Turns as the messages that an assistant takes as its history."""
    messages = []
    for turn in turns:
        # The question as it was understood: an edited search is what the next question refers to.
        understood = turn.answer.get("standalone_question") or turn.question
        messages.append({"role": "user", "content": str(understood)})
        messages.append({"role": "assistant", "content": str(turn.answer.get("text", ""))})
    return messages


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")
