"""Routes for the documents: the list, which ones to ask, what was read of them, adding, moving, removing."""

from __future__ import annotations

import hashlib
import json
import shutil
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from footnoted.assistant.errors import AssistantError
from footnoted.assistant.web.documents import coverage, list_html
from footnoted.assistant.web.documents.uploads import job_html, job_in_short, upload_path
from footnoted.assistant.web.html import number
from footnoted.assistant.web.replies import Reply, as_json
from footnoted.index.errors import SourceNotFound
from footnoted.index.store.private import private_folder

if TYPE_CHECKING:
    from footnoted.assistant.web.service import Service


def get_state(service: Service, user: str) -> Reply:
    """What the page needs to know: how many documents, their collections, the models, is anything being added."""
    running = [key for key, job in service.jobs.items() if not job.done and job.user == user]
    collections = [{"name": name, "documents": count} for name, count in service.collections(user).items()]
    return as_json({
        "documents": sum(info.status == "ready" for info in service.documents(user)), "collections": collections,
        "models": service.models.listed(), "jobs": running,
        "account": service.rights.caller(user).name, "upload_bytes": service.upload_bytes,
    })  # fmt: skip


def get_documents(
    service: Service, user: str, search: str = "", collection: str = "", state: str = "", most: str = "100"
) -> Reply:
    """The list of documents."""
    every = service.documents(user)
    return Reply(
        list_html.documents_html(
            every, list_html.fitting(every, search, collection, state), min(number(most, 100), 5000)
        )
    )


def get_scope(service: Service, user: str, search: str = "", chosen: str = "[]", collections: str = "[]") -> Reply:
    """Which documents and collections can be asked, with those ticked that are chosen."""
    every = service.documents(user)
    return Reply(
        list_html.scope_html(every, service.collections(user), search.strip(), _texts(chosen), _texts(collections))
    )


def _texts(encoded: str) -> list[str]:
    try:
        values = json.loads(encoded)
    except (ValueError, RecursionError):
        return []
    return [value for value in values if isinstance(value, str)] if isinstance(values, list) else []


def get_coverage(service: Service, user: str) -> Reply:
    """What was read of the documents, and what was not."""

    def same(source: str) -> object:
        row = service.index.catalog.document(source)
        return row["content_id"] if row else source

    return Reply(coverage.coverage_html(coverage.coverage_of(service.documents(user), service.index.stored, same)))


def get_job(service: Service, user: str, id: str = "") -> Reply:
    """How far an upload has come."""
    job = service.jobs.get(id)
    if job is None or job.user != user:
        raise SourceNotFound("There is no such upload.")
    return as_json({"html": job_html(job), "short": job_in_short(job), "done": job.done})


def post_remove(service: Service, user: str, key: str = "") -> Reply:
    """Remove a document from the index; the file stays unless it was uploaded here."""
    info = service.document(user, key)
    service.rights.require_write(user, info)
    removed = service.index.remove(info.source)
    path = Path(info.path)
    if path.is_relative_to(service.uploads):
        path.unlink(missing_ok=True)
    return as_json({"removed": len(removed)})


def post_reread(service: Service, user: str, key: str = "") -> Reply:
    """Look at a document's file or page again, now."""
    info = service.document(user, key)
    service.rights.require_write(user, info)
    return as_json({"job": service.start_adding(user, [info.path], None)})


def post_move(service: Service, user: str, key: str = "", collection: str = "") -> Reply:
    """Put a document into another collection."""
    info = service.document(user, key)
    service.rights.require_write(user, info)
    service.index.set_collection(info.source, service.rights.target(user, collection) or collection)
    service.forget_list()
    return as_json({})


def post_fetch(service: Service, user: str, url: str = "", collection: str = "") -> Reply:
    """Add the page at an address."""
    address = url.strip()
    if not address.lower().startswith(("http://", "https://")):
        raise AssistantError("This is not the address of a web page: it begins with https:// or http://.")
    return as_json({"job": service.start_adding(user, [address[:2000]], service.rights.target(user, collection))})


def post_samples(service: Service, user: str) -> Reply:
    """Add the sample documents, so that a first visitor has something to ask."""
    paths = []
    for item in resources.files("footnoted.assistant.web").joinpath("samples").iterdir():
        with resources.as_file(item) as file:
            target = upload_path(service.uploads, item.name, hashlib.sha256(file.read_bytes()).hexdigest())
            private_folder(service.uploads)
            private_folder(target.parent)
            shutil.copyfile(file, target)
        paths.append(target)
    return as_json({"job": service.start_adding(user, sorted(paths), service.rights.target(user, ""))})
