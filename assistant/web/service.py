"""The state of the chat that its routes share: the assistant, the conversations, the documents, the work under way."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from footnoted.assistant.errors import AssistantError
from footnoted.assistant.web import model_choice, panels_html, suggested_questions
from footnoted.assistant.web.conversations.conversations import Conversations
from footnoted.assistant.web.documents.uploads import Job, add_in_background, discard, discard_unreadable, sweep
from footnoted.index.errors import IndexClosed, SourceNotFound
from footnoted.index.types import DocumentInfo, Filter

if TYPE_CHECKING:
    from footnoted.assistant.chain import Assistant
    from footnoted.assistant.quoting.lengths import Sized
    from footnoted.assistant.server.accounts.user_rights import UserRights

JOBS_KEPT = 50


class Service:
    """One assistant's chat. A method that takes a user's key only shows what that user may see."""

    def __init__(self, assistant: Assistant, rights: UserRights, upload_bytes: int) -> None:
        """``rights`` says what each user may see and change; an upload may have ``upload_bytes``."""
        self.assistant, self.index = assistant, assistant.index
        self.folder = Path(self.index.home.folder)
        self.uploads = self.folder / "uploads"
        self.conversations = Conversations(self.folder / "conversations.sqlite3")
        self.models = model_choice.Models(assistant)
        self.live: dict[int, dict] = {}  # answers still growing, by turn
        self.jobs: dict[str, Job] = {}
        self.held: dict[tuple[str, str], list[Path]] = {}  # files of an upload that comes in several parts
        self.rights, self.upload_bytes = rights, upload_bytes
        self._adding = threading.Lock()
        self._listing = threading.Lock()
        self._listed: tuple[object, list[DocumentInfo]] = (None, [])
        sweep(self.index, self.uploads)

    def close(self) -> None:
        """Close the conversations; the assistant belongs to the caller."""
        self.conversations.close()

    # Documents ---------------------------------------------------------------------------------------------------

    def documents(self, user: str) -> list[DocumentInfo]:
        """The documents that the user may see."""
        return self.rights.visible(user, self._documents())

    def _documents(self) -> list[DocumentInfo]:
        """All documents, read again only when they may have changed."""
        with self._listing:
            now = (self.index.catalog.generation(), any(not job.done for job in self.jobs.values()))
            if now != self._listed[0] or now[1]:
                self._listed = (now, self.index.documents())
            return self._listed[1]

    def forget_list(self) -> None:
        """Have the list of documents read again: a document moved, which the index itself does not see."""
        with self._listing:
            self._listed = (None, [])

    def document(self, user: str, key: str) -> DocumentInfo:
        """A document by the key that pages use. Raises SourceNotFound."""
        for info in self.documents(user):
            if panels_html.document_key(info.source) == key:
                return info
        raise SourceNotFound("This document is no longer in the index.")

    def collections(self, user: str) -> dict[str, int]:
        """The collections that the user may see, by name, each with the number of its documents."""
        counts: dict[str, int] = {}
        for info in self.documents(user):
            counts[info.collection] = counts.get(info.collection, 0) + (info.status == "ready")
        return dict(sorted(counts.items()))

    def chosen(self, user: str, keys: Sequence[str], collections: Sequence[str]) -> tuple[Filter | None, str]:
        """The filter for documents (by key) and collections that a reader chose together, and its name for a reader.

        What is no longer there is ignored. Raises SourceNotFound when nothing is left.
        """
        if not keys and not collections:
            return None, ""
        held = self.documents(user)
        found = [info for info in held if panels_html.document_key(info.source) in set(keys)]
        named = sorted({info.collection for info in held} & set(collections))
        if not found and not named:
            raise SourceNotFound("What you chose to ask is no longer in the index: choose again, or ask all documents.")
        words = ", ".join([*named, *(info.title or info.document_id for info in found[:3])])
        words += f" and {len(found) - 3} more" if len(found) > 3 else ""
        if not found:
            return Filter(collections=named), words
        of_named = [info.source for info in held if info.collection in named and info.status == "ready"]
        return Filter(sources=[*(info.source for info in found), *of_named]), words

    def suggestions(self, user: str) -> list[str]:
        """A few questions that the documents answer themselves."""
        ready = [info.source for info in self.documents(user) if info.status == "ready"][:12]
        return suggested_questions.suggestions(self.index.text_of(source) for source in ready)

    def next_questions(self, user: str, answer: Mapping, asked: Sequence[str]) -> list[str]:
        """Follow-up questions, from around the passages of an answer, without those asked already."""
        held = {info.source for info in self.documents(user)}
        near = [passage for passage in answer.get("passages", ()) if passage["source"] in held]
        try:
            texts = [(self.index.text_of(p["source"]), p["start"], p["end"]) for p in near[:4]]
        except SourceNotFound:  # removed while we looked
            return []
        known = [*asked, answer["question"], answer.get("standalone_question", "")]
        return suggested_questions.further(texts, known, [note["quote"] for note in answer.get("citations", ())])

    # Adding ------------------------------------------------------------------------------------------------------

    def hold(self, user: str, group: str, paths: list[Path], *, last: bool) -> list[Path]:
        """Keep the files of one part of an upload until its last part is here; then all of them, else none."""
        held = self.held.setdefault((user, group[:80]), [])
        held += paths
        if not last:
            return []
        return self.held.pop((user, group[:80]))

    def start_adding(self, user: str, paths: Sequence[Path | str], collection: str | None = None) -> str:
        """Index files or pages in the background; returns the id of the job."""
        try:
            self.rights.require_free(user, paths)
        except AssistantError:
            self.discard(paths)
            raise
        allow = self.assistant.settings.allowed_pages
        job = add_in_background(self.index, user, paths, collection, self._adding, allow, self._over)
        self.jobs = dict(list(self.jobs.items())[-JOBS_KEPT:]) | {job.id: job}
        return job.id

    def _over(self, job: Job) -> None:
        with suppress(IndexClosed):  # the server stops: what it has read of an upload stays
            if job.error:
                discard(self.index, job.paths, self.uploads)
            elif job.report is not None:
                discard_unreadable(self.index, job.report, self.uploads)

    def discard(self, paths: Sequence[Path | str]) -> None:
        """Delete files of an upload that was refused, unless another one under way has the same."""
        wanted = {path for held in self.held.values() for path in held}
        wanted |= {Path(path) for job in self.jobs.values() if not job.done for path in job.paths}
        discard(self.index, [path for path in paths if Path(path) not in wanted], self.uploads)

    # Answering ---------------------------------------------------------------------------------------------------

    def assistant_for(self, model: str, length: str) -> Assistant | Sized:
        """The assistant that answers as a reader set it: see :class:`footnoted.assistant.web.model_choice.Models`."""
        return self.models.assistant_for(model, length)
