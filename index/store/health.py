"""Whether an index is healthy, apart from whether its parts agree: model files, disk, permissions, versions.

Every problem is one sentence that says how to fix it.
"""

from __future__ import annotations

import os
import shutil

from footnoted.index.adding.reindex import stale
from footnoted.index.adding.reindex_draft import progress_of
from footnoted.index.errors import IndexingError
from footnoted.index.loaders.load import PARSER_VERSION
from footnoted.index.models.rerank import Reranker
from footnoted.index.store.damage import damaged_texts
from footnoted.index.store.live import LiveIndex

_LOW_BYTES = 500_000_000


def examine(live: LiveIndex, reranker: Reranker | None) -> list[str]:
    """Everything that is wrong with the surroundings of an index, each as one sentence that says how to fix it."""
    damaged = damaged_texts(live.catalog)
    versions = [] if damaged else _versions(live)  # which compares the texts
    return [*damaged, *_models(live, reranker), *_disk(live), *_rights(live), *versions]


def unfinished(live: LiveIndex) -> str:
    """A sentence on a reindex that was interrupted, or nothing."""
    draft = progress_of(live.home.draft(live.catalog.edition() + 1))
    if draft is None:
        return ""
    model, done = draft
    return (
        f"Reindexing with {model} was begun and has {done} of {live.catalog.count_documents()} documents: "
        "'footnote reindex' with that model goes on, without it the begun work is deleted."
    )


def _models(live: LiveIndex, reranker: Reranker | None) -> list[str]:
    found = []
    try:
        live.embeddings.embed_query("doctor")
    except IndexingError as error:
        found.append(str(error))
    try:
        if reranker is not None:
            reranker.scores("doctor", ["doctor"])
    except IndexingError as error:
        found.append(str(error))
    return found


def _disk(live: LiveIndex) -> list[str]:
    free = shutil.disk_usage(live.home.folder).free
    if free >= _LOW_BYTES:
        return []
    return [f"Only {free // 1_000_000} MB are left on the disk of {live.home.folder}: make room before adding more."]


def _rights(live: LiveIndex) -> list[str]:
    """Files that this user may not write, as after a command that was run as another user."""
    locked = []
    for folder, folders, files in os.walk(live.home.folder):
        for name in (*folders, *files):
            path = os.path.join(folder, name)
            if not os.access(path, os.R_OK | os.W_OK):
                locked.append(path)
    if not locked:
        return []
    more = f" and {len(locked) - 1} more" if len(locked) > 1 else ""
    return [
        f"{locked[0]}{more} cannot be read or written by you: give the folder to yourself with "
        f"'chown -R \"$USER\" {live.home.folder}'."
    ]


def _versions(live: LiveIndex) -> list[str]:
    found: list[str] = []
    if live.catalog.get("embedding_identity") == live.embeddings.identity:  # else opening it has said so
        found += [f"{sentence} Run 'footnote reindex'." for sentence in stale(live.catalog, live.embeddings)]
    older = live.catalog.read(
        "SELECT count(*) FROM files WHERE error = '' AND substr(parser, 1, instr(parser, '.') - 1) NOT IN ('', ?)"
        " AND instr(parser, '+') = 0",  # by a program's own loader, of which it alone knows
        PARSER_VERSION,
    )[0][0]
    if older:
        files = "1 file was" if older == 1 else f"{older} files were"
        found.append(f"{files} read by another version of Footnote: 'footnote add' reads what it is given again.")
    return found
