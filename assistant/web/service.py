"""What a browser may ask the chat for besides answers: sources, originals, documents, conversations, feedback."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.conversations import ConversationNotFound, Conversations, Turn
from assistant.errors import AssistantError, Forbidden
from assistant.web import export, panels, suggest, transcript
from assistant.web.uploads import Job, add_in_background, job_html
from index.errors import IndexingError, SourceNotFound

if TYPE_CHECKING:
    from assistant.chain import Assistant
    from assistant.server.state import State
    from index.types import DocumentInfo

# Shown as plain text, never as what they are: an HTML file must not run in the chat's own origin.
AS_TEXT = {".txt", ".md", ".rst", ".csv", ".tsv", ".json", ".jsonl", ".xml", ".html", ".htm", ".eml", ".py", ".log"}
UNSAFE_IN_NAMES = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|\u202a-\u202e\u2066-\u2069]')


@dataclass(frozen=True, slots=True)
class Reply:
    """What a route answers: a body (text, or a file's path), its media type, a status, and further headers."""

    body: str | Path
    media_type: str = "text/html; charset=utf-8"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


def as_json(value: object) -> Reply:
    """A reply for the page's script."""
    return Reply(json.dumps(value), "application/json")


class Service:
    """The state of the chat: the assistant, the conversations, the uploads under way."""

    def __init__(self, assistant: Assistant) -> None:
        self.assistant, self.index = assistant, assistant.index
        self.folder = Path(self.index.home.folder)
        self.conversations = Conversations(self.folder / "conversations.sqlite3")
        self.live: dict[int, dict] = {}  # answers still growing, by turn
        self.jobs: dict[str, Job] = {}
        # A server with accounts says here which documents a user may see and change; alone, one may all.
        self.visible: Callable[[str, list[DocumentInfo]], list[DocumentInfo]] = lambda user, documents: documents
        self.require_write: Callable[[str, DocumentInfo], None] = lambda user, info: None
        self.state: State | None = None  # of the server around it
        self._listing = threading.Lock()
        self._listed: tuple[object, list[DocumentInfo]] = (None, [])

    def close(self) -> None:
        """Let go of the conversations and the accounts; the assistant belongs to the caller."""
        self.conversations.close()
        if self.state is not None:
            self.state.close()

    # Reading -----------------------------------------------------------------------------------------------------

    def documents(self, user: str) -> list[DocumentInfo]:
        """The documents that the user may see."""
        return self.visible(user, self._documents())

    def _documents(self) -> list[DocumentInfo]:
        """All documents, read again only when they may have changed."""
        with self._listing:
            now = (self.index.catalog.generation(), any(not job.done for job in self.jobs.values()))
            if now != self._listed[0] or now[1]:
                self._listed = (now, self.index.documents())
            return self._listed[1]

    def document(self, user: str, key: str) -> DocumentInfo:
        """A document by the key that pages use. Raises SourceNotFound."""
        for info in self.documents(user):
            if panels.document_key(info.source) == key:
                return info
        raise SourceNotFound("This document is no longer in the index.")

    def get_state(self, user: str) -> Reply:
        """What the page needs once: how many documents, which model, is anything being added."""
        running = [number for number, job in self.jobs.items() if not job.done and job.user == user]
        return as_json({"documents": len(self.documents(user)), "model": self.model_in_words(), "jobs": running})

    def model_in_words(self) -> str:
        """Where answers come from, for a person; never a key."""
        model = self.assistant.model_name
        return "your documents, word for word (no language model)" if model == "extractive" else model

    def get_conversations(self, user: str, search: str = "", current: str = "") -> Reply:
        """The user's conversations as a list of links."""
        return Reply(panels.conversations_html(self.conversations.listed(user, search.strip()), current))

    def get_conversation(self, user: str, id: str = "") -> Reply:
        """The turns of a conversation, or the welcome of an empty one."""
        turns = self.conversations.turns(user, id) if id else []
        if not turns:
            return Reply(panels.welcome_html(len(self.documents(user)), self.suggestions(user)))
        return Reply("".join(
            transcript.turn_html(
                turn.answer, turn=turn.id, last=turn is turns[-1], verdict=turn.verdict,
                stopped=not turn.answer.get("done", True) and turn.id not in self.live,
            ) for turn in turns
        ))  # fmt: skip

    def suggestions(self, user: str) -> list[str]:
        """A few questions that the documents answer themselves."""
        ready = [info.source for info in self.documents(user) if info.status == "ready"][:12]
        return suggest.suggestions(self.index.text_of(source) for source in ready)

    def get_source(self, user: str, turn: str = "0", note: str = "", passage: str = "") -> Reply:
        """A footnote's (or a retrieved passage's) document with the words highlighted."""
        number = int(turn) if turn.isdigit() else 0
        answer = self.live.get(number, {})
        owned = self.conversations.turn(user, number)
        answer = answer or owned.answer
        passages = {item["id"]: item for item in answer.get("passages", ())}
        if note:
            found = [item for item in answer.get("citations", ()) if str(item["number"]) == note]
        else:
            found = [item for place, item in enumerate(answer.get("passages", ())) if str(place) == passage]
        if not found:
            raise ConversationNotFound("There is no such footnote.")
        item = found[0]
        why = passages.get(item["passage_id"], {}).get("why") if note else item.get("why")
        return self._source(user, item, item["quote"] if note else item["text"], why, item.get("support"))

    def _source(self, user: str, item: Mapping, quote: str, why: Mapping | None, support: float | None) -> Reply:
        text, original, pages = None, None, 0
        try:
            if not any(info.source == item["source"] for info in self.documents(user)):
                raise SourceNotFound("This document is no longer in the index.")
            stored = self.index.stored(item["source"])
            text = stored.text
            pages = sum(1 for section in stored.sections if section.number is not None)
            if path := self.index.original_of(item["source"]):
                page = f"#page={int(item['page'])}" if item.get("page") and path.suffix.lower() == ".pdf" else ""
                original = f"./chat/original?key={panels.document_key(item['source'])}{page}"
        except SourceNotFound:
            pass
        return Reply(panels.source_html(
            item, text=text, start=item["start"], end=item["end"], quote=quote, why=why, support=support,
            original=original, pages=pages,
        ))  # fmt: skip

    def get_read(self, user: str, key: str = "") -> Reply:
        """A document from its beginning."""
        info = self.document(user, key)
        text = self.index.text_of(info.source)
        item = info.to_dict() | {"start": 0, "end": 0, "location": ""}
        return self._source(user, item, text[:0], None, None)

    def get_original(self, user: str, key: str = "") -> Reply:
        """The original file of an indexed document: a PDF is shown, text is text, all else is downloaded."""
        info = self.document(user, key)
        path = self.index.original_of(info.source)
        if path is None:
            raise SourceNotFound("The original file is no longer where it was.")
        suffix = path.suffix.lower()
        safe = re.sub(r"[^A-Za-z0-9._-]", "_", path.name)[:100]
        locked = {"content-security-policy": "default-src 'none'; sandbox", "cache-control": "private, no-store"}
        if suffix == ".pdf":  # Chromium's viewer does not start in a sandbox; a PDF has no scripts of this origin
            shown = {
                "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'",
                "content-disposition": f'inline; filename="{safe}"',
            }
            return Reply(path, "application/pdf", headers=locked | shown)
        if suffix in AS_TEXT:
            return Reply(path, "text/plain; charset=utf-8", headers=locked)
        attached = {"content-disposition": f'attachment; filename="{safe}"'}
        return Reply(path, "application/octet-stream", headers=locked | attached)

    def get_documents(self, user: str, search: str = "") -> Reply:
        """The list of documents."""
        return Reply(panels.documents_html(self.documents(user), search.strip()))

    def get_job(self, user: str, id: str = "") -> Reply:
        """How far an upload has come."""
        job = self.jobs.get(id)
        if job is None or job.user != user:
            raise SourceNotFound("There is no such upload.")
        return as_json({"html": job_html(job), "done": job.done})

    def get_export(self, user: str, id: str = "", format: str = "md", turn: str = "") -> Reply:
        """A conversation, or one answer of it for the clipboard, with its footnotes whole."""
        if turn:
            one = self.conversations.turn(user, int(turn) if turn.isdigit() else 0)
            return Reply(export.to_markdown([one]), "text/plain; charset=utf-8")
        turns, title = self.conversations.turns(user, id), self.conversations.get(user, id).name
        makers: dict[str, tuple[Callable[[list[Turn], str], str], str]] = {
            "md": (export.to_markdown, "text/markdown"), "html": (export.to_html, "application/octet-stream"),
            "json": (export.to_json, "application/json"),
        }  # fmt: skip
        if format not in makers:
            raise AssistantError("A conversation can be exported as md, html or json.")
        make, media_type = makers[format]
        attached = {"content-disposition": f'attachment; filename="conversation.{format}"', "cache-control": "no-store"}
        return Reply(make(turns, title), f"{media_type}; charset=utf-8", headers=attached)

    # Writing -----------------------------------------------------------------------------------------------------

    def post_rename(self, user: str, id: str = "", name: str = "") -> Reply:
        """Give a conversation another name."""
        return as_json({"name": self.conversations.rename(user, id, name).name})

    def post_delete(self, user: str, id: str = "") -> Reply:
        """Delete a conversation."""
        self.conversations.delete(user, id)
        return as_json({})

    def post_judge(self, user: str, turn: str = "0", verdict: str = "", reason: str = "") -> Reply:
        """Keep thumbs up or down with a reason."""
        self.conversations.judge(user, int(turn) if str(turn).isdigit() else 0, verdict, reason)
        return as_json({})

    def post_remove(self, user: str, key: str = "") -> Reply:
        """Take a document out of the index; the file stays unless it was uploaded here."""
        info = self.document(user, key)
        self.require_write(user, info)
        removed = self.index.remove(info.source)
        path = Path(info.path)
        if path.is_relative_to(self.folder / "uploads"):
            path.unlink(missing_ok=True)
        return as_json({"removed": len(removed)})

    def upload_path(self, filename: str, content_hash: str) -> Path:
        """Where an uploaded file is kept: by its content, so that no file takes another's place because of its name."""
        safe = UNSAFE_IN_NAMES.sub("_", filename.replace("\\", "/").rsplit("/", 1)[-1])
        stem, dot, suffix = safe.strip(". ").rpartition(".")
        safe = f"{stem[:80]}{dot}{suffix[:20]}" if stem else safe.strip(". ")[:80] or "document"
        return self.folder / "uploads" / content_hash[:16] / safe

    def keep(self, filename: str, content: bytes) -> Path:
        """Write an uploaded file into the data folder; returns where it is."""
        path = self.upload_path(filename, hashlib.sha256(content).hexdigest())
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            partial = path.with_name(path.name + ".partial")
            partial.write_bytes(content)
            partial.rename(path)
        return path

    def start_adding(self, user: str, paths: list[Path], collection: str | None = None) -> str:
        """Index uploaded files in the background; returns the id of the job."""
        job = add_in_background(self.index, user, paths, collection)
        self.jobs = dict(list(self.jobs.items())[-50:]) | {job.id: job}
        return job.id


def respond(service: Service, method: str, action: str, user: str, values: Mapping[str, str]) -> Reply:
    """Call the route ``action`` with the values that it takes; errors become one sentence with a status."""
    route = getattr(service, f"{method.lower()}_{action}", None) if re.fullmatch(r"[a-z]+", action) else None
    if route is None:
        return Reply("There is no such page.", "text/plain; charset=utf-8", 404)
    if not user:
        return Reply("Open the chat's page first.", "text/plain; charset=utf-8", 401)
    takes = route.__code__.co_varnames[2 : route.__code__.co_argcount]
    try:
        return route(user, **{key: str(values[key]) for key in takes if key in values})
    except (ConversationNotFound, SourceNotFound) as error:
        return Reply(str(error), "text/plain; charset=utf-8", 404)
    except Forbidden as error:
        return Reply(str(error), "text/plain; charset=utf-8", 403)
    except (AssistantError, IndexingError, OSError) as error:
        return Reply(str(error), "text/plain; charset=utf-8", 400)
