"""Uploaded files on their way to disk: in pieces, never whole in memory, and apart for each collection."""

from __future__ import annotations

import hashlib
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from footnoted.index.types import DEFAULT_COLLECTION

if TYPE_CHECKING:
    from fastapi import UploadFile

    from footnoted.assistant.web.service import Service

_PIECE = 1 << 20


def keep(service: Service, uploaded: UploadFile, collection: str) -> Path:
    """Write an uploaded file below ``uploads/`` of the data folder; returns where it is.

    Kept by its content, so that no file takes another's place because of its name; and by its collection, so that the
    same file in two collections is two documents.
    """
    folder = service.folder / "uploads"
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / f".{secrets.token_hex(8)}.partial"
    digest = hashlib.sha256()
    try:
        with partial.open("wb") as target:
            while piece := uploaded.file.read(_PIECE):
                digest.update(piece)
                target.write(piece)
        path = service.upload_path(uploaded.filename or "document", digest.hexdigest())
        if collection != DEFAULT_COLLECTION:
            path = folder / hashlib.sha256(collection.encode()).hexdigest()[:16] / path.relative_to(folder)
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.rename(path)
    finally:
        partial.unlink(missing_ok=True)
    return path
