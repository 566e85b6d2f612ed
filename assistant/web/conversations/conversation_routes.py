"""Routes for conversations: the list, one with its turns, export and import, and what readers think."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from footnoted.assistant.errors import AssistantError
from footnoted.assistant.web import answer_html, panels_html
from footnoted.assistant.web.conversations import conversation_export, conversation_import, feedback_questions
from footnoted.assistant.web.conversations.conversations import Turn, history_of
from footnoted.assistant.web.html import number
from footnoted.assistant.web.replies import Reply, as_json, as_text

if TYPE_CHECKING:
    from footnoted.assistant.web.service import Service

QUESTION_SET = "questions.jsonl"  # in the data folder


def get_conversations(service: Service, user: str, search: str = "", current: str = "", zone: str = "0") -> Reply:
    """The user's conversations as a list of links; ``zone`` is the reader's clock in minutes ahead of UTC."""
    minutes = -number(zone[1:]) if zone.startswith("-") else number(zone)
    listed = service.conversations.listed(user, search.strip())
    if search.strip() and not listed:
        return Reply('<p class="empty">Nothing found</p>')
    return Reply(panels_html.conversations_html(listed, current, minutes=minutes))


def get_conversation(service: Service, user: str, id: str = "") -> Reply:
    """The turns of a conversation, or the welcome of an empty one."""
    turns = service.conversations.turns(user, id) if id else []
    if not turns:
        count = sum(info.status == "ready" for info in service.documents(user))
        problem = service.models.listed()[0]["problem"]
        return Reply(panels_html.welcome_html(count, service.suggestions(user), problem))
    return Reply("".join(_turn(service, user, turn, turns) for turn in turns))


def _turn(service: Service, user: str, turn: Turn, turns: list[Turn]) -> str:
    last = turn is turns[-1]
    stopped = not turn.answer.get("done", True) and turn.id not in service.live
    further = service.next_questions(user, turn.answer, [old.question for old in turns]) if last else []
    return answer_html.turn_html(
        turn.answer, turn=turn.id, last=last, verdict=turn.verdict, stopped=stopped, further=further
    )


def get_further(service: Service, user: str, turn: str = "0") -> Reply:
    """Follow-up questions after an answer."""
    answered = service.conversations.turn(user, number(turn))
    asked = [old.question for old in service.conversations.turns_before(user, answered.id)]
    further = service.next_questions(user, answered.answer, asked)
    return Reply(panels_html.questions_html(further, "Follow-up questions"))


def get_export(service: Service, user: str, id: str = "", format: str = "md", turn: str = "") -> Reply:
    """A conversation, or one answer of it for the clipboard, with its footnotes whole."""
    if turn:
        one = service.conversations.turn(user, number(turn))
        return as_text(
            conversation_export.to_markdown([one]) if format != "html" else conversation_export.to_fragment(one)
        )
    turns, title = service.conversations.turns(user, id), service.conversations.get(user, id).name
    makers: dict[str, tuple[Callable[[list[Turn], str], str], str]] = {
        "md": (conversation_export.to_markdown, "text/markdown"),
        "html": (conversation_export.to_html, "application/octet-stream"),
        "json": (conversation_export.to_json, "application/json"),
    }  # fmt: skip
    if format not in makers:
        raise AssistantError("A conversation can be exported as md, html or json.")
    make, media_type = makers[format]
    attached = {"content-disposition": f'attachment; filename="conversation.{format}"', "cache-control": "no-store"}
    return Reply(make(turns, title), f"{media_type}; charset=utf-8", headers=attached)


def post_import(service: Service, user: str, exported: str = "") -> Reply:
    """Import an exported conversation as a new one of this user."""
    title, turns = conversation_import.read(exported)
    conversation = service.conversations.begin(user, title or turns[0].question)
    for turn in turns:
        service.conversations.add(user, conversation, turn.question, turn.to_dict())
    return as_json({"id": conversation})


def post_rename(service: Service, user: str, id: str = "", name: str = "") -> Reply:
    """Give a conversation another name."""
    return as_json({"name": service.conversations.rename(user, id, name).name})


def post_delete(service: Service, user: str, id: str = "") -> Reply:
    """Delete a conversation."""
    service.conversations.delete(user, id)
    return as_json({})


def post_judge(service: Service, user: str, turn: str = "0", verdict: str = "", reason: str = "") -> Reply:
    """Keep thumbs up or down with a reason."""
    service.conversations.judge(user, number(turn), verdict, reason)
    return as_json({})


def post_question(
    service: Service, user: str, turn: str = "0", verdict: str = "", fault: str = "", right: str = ""
) -> Reply:
    """Put an answer, as its reader judged it, into the question set."""
    judged = service.conversations.turn(user, number(turn))
    before = service.conversations.turns_before(user, judged.id)
    line = feedback_questions.line_of(
        judged.answer, judged.id, verdict=verdict, fault=fault, right=right.strip()[:2000], history=history_of(before)
    )
    count = feedback_questions.save_line(service.folder / QUESTION_SET, line)
    words = "1 question" if count == 1 else f"{count} questions"
    return as_json({"said": f"Added as a draft to {QUESTION_SET} in the data folder, which has {words} now."})
