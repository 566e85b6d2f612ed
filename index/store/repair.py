"""Compare the vector and the keyword index with the catalog, and rebuild from it what is missing or damaged.

The catalog is the truth. A passage whose text belongs to a document must be in both indexes; one that belongs to no
document (left by a killed writer, or about to be deleted) may be in either until the next writer removes it.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Set
from contextlib import closing, suppress
from pathlib import Path
from typing import NamedTuple

from footnoted.index.errors import HomeUnusable, IndexDamaged
from footnoted.index.models.base import TextEmbeddings, embedded_text
from footnoted.index.store.catalog import Catalog
from footnoted.index.store.home import Home
from footnoted.index.store.keywords import KEYWORDS_VERSION, Keywords
from footnoted.index.store.vectors import Vectors

LONG = 1000  # passages, whose embedding takes up to a minute: nobody waits longer for an answer
Rows = list[tuple[int, int, str, str, str, str]]  # (passage id, content id, title, heading, text, columns)

_BATCH = 256
_ROOM = 50_000_000  # bytes: a full disk makes good files look damaged, and leaves no room for new ones


class Stopped(Exception):
    """The work was given up because the index is being closed."""


class _NoVectors(Vectors):
    """Takes the place of a vector index that is being rebuilt: nothing is found in it."""

    def __init__(self) -> None:
        pass

    def search(self, *_: object) -> list[tuple[int, float]]:  # type: ignore[override]
        return []

    def vectors_of(self, ids: object) -> dict[int, list[float]]:
        return {}

    def count(self) -> int:
        return 0

    def reopen(self) -> None:
        pass

    def close(self) -> None:
        pass


class Stores(NamedTuple):
    """The two derived indexes, open; ``partial`` when there is no vector index yet."""

    vectors: Vectors
    keywords: Keywords

    @property
    def partial(self) -> bool:
        return isinstance(self.vectors, _NoVectors)

    def close(self) -> None:
        self.vectors.close()
        self.keywords.close()


def sound(home: Home, catalog: Catalog) -> Stores | None:
    """The derived indexes if they can be opened and hold a plausible number of passages, else ``None``.

    This is what every opening pays: two counts and one vector read. A writer stores passages before a document
    points to them and deletes them after, so each count lies between that of held passages and that of all.
    """
    try:
        vectors, keywords = home.stores(catalog.edition())
        stores = Stores(Vectors(vectors), Keywords(keywords))
    except IndexDamaged:
        return None
    try:
        stores.vectors.probe()
        held = catalog.count_passages(held=True)
        counts = stores.vectors.count(), stores.keywords.count()
        if held <= min(counts) and max(counts) <= catalog.count_passages():
            return stores
    except IndexDamaged:
        pass
    stores.close()
    return None


def words_only(home: Home, catalog: Catalog) -> Stores | None:
    """The keyword index alone, if it is whole and making the missing vectors would keep a person waiting."""
    held = catalog.count_passages(held=True)
    folders = home.stores(catalog.edition())
    missing = held
    with suppress(IndexDamaged), closing(Vectors(folders[0])) as vectors:
        vectors.probe()
        missing -= vectors.count()
    if missing <= LONG:
        return None
    with suppress(IndexDamaged):
        keywords = Keywords(folders[1])
        if held <= keywords.count() <= catalog.count_passages():
            return Stores(_NoVectors(), keywords)
    return None


def restored(
    home: Home, catalog: Catalog, embeddings: TextEmbeddings, stopped: Callable[[], bool] = lambda: False
) -> tuple[Stores, list[str]]:
    """The derived indexes in step with the catalog, and what had to be done. Call it with the writer's lock held.

    When it is ``stopped`` in the middle, the next call goes on where it was.

    Raises HomeUnusable when the disk is full.
    """
    _require_room(home)
    done: list[str] = []
    folders = home.stores(catalog.edition())
    vectors = _opened(Vectors, folders[0], "vector", done)
    keywords = _opened(Keywords, folders[1], "keyword", done)

    def embed(rows: Rows) -> None:
        if stopped():
            vectors.close()
            raise Stopped
        texts = [embedded_text(*row[2:]) for row in rows]
        vectors.add([row[0] for row in rows], [row[1] for row in rows], embeddings.embed_documents(texts))

    _bring_in_step(catalog, vectors, "vector", embed, done)
    if not keywords.count():
        catalog.set("keywords_version", KEYWORDS_VERSION)
    _bring_in_step(catalog, keywords, "keyword", lambda rows: keywords.add(row[:5] for row in rows), done)
    if done:
        catalog.advance()
    return Stores(vectors, keywords), done


def problems(home: Home, catalog: Catalog) -> list[str]:
    """Everything that is wrong with the derived indexes, each as one sentence; empty if nothing is."""
    found: list[str] = []
    folders = home.stores(catalog.edition())
    for kind, folder, name in ((Vectors, folders[0], "vector"), (Keywords, folders[1], "keyword")):
        store: Vectors | Keywords | None = None
        try:
            store = kind(folder)
            store.probe()
            found.extend(_differences(catalog, store, name))
        except IndexDamaged as error:
            found.append(str(error))
        if store is not None:
            store.close()
    return found


def _differences(catalog: Catalog, store: Vectors | Keywords, name: str) -> Iterator[str]:
    present = store.ids()
    missing = len(catalog.all_passage_ids(held=True) - present)
    extra = len(present - catalog.all_passage_ids())
    if missing:
        yield f"{_passages(missing)} not in the {name} index."
    if extra:
        yield f"{_passages(extra)} in the {name} index but in no document."
    if store.count() != len(present):
        yield f"The {name} index counts {store.count()} passages but holds {len(present)}."


def _passages(number: int) -> str:
    return "1 passage is" if number == 1 else f"{number} passages are"


def _require_room(home: Home) -> None:
    free = shutil.disk_usage(home.folder).free
    if free < _ROOM:
        raise HomeUnusable(
            f"The search index in {home.folder} cannot be read and there are only {free // 1_000_000} MB left on its "
            "disk: make room and try again."
        )


def _opened(kind: type[Vectors] | type[Keywords], folder: Path, name: str, done: list[str]):
    """The index in ``folder``, or a new empty one where it cannot be used."""
    store: Vectors | Keywords | None = None
    try:
        store = kind(folder)
        store.probe()
        if store.count() == len(store.ids()):
            return store
    except IndexDamaged:
        pass
    if store is not None:
        store.close()
    kind.destroy(folder)
    done.append(f"The {name} index could not be used and was rebuilt.")
    return kind(folder)


def _bring_in_step(
    catalog: Catalog, store: Vectors | Keywords, name: str, add: Callable[[Rows], None], done: list[str]
) -> None:
    present = store.ids()
    extra = present - catalog.all_passage_ids()
    missing = catalog.all_passage_ids(held=True) - present
    if extra:
        store.delete(sorted(extra))
        done.append(f"{len(extra)} passages that belong to no document were deleted from the {name} index.")
    if missing:
        for rows in _rows(catalog, missing):
            add(rows)
        done.append(f"{len(missing)} passages were put back into the {name} index.")


def _rows(catalog: Catalog, wanted: Set[int]) -> Iterator[Rows]:
    """The passages ``wanted`` as the catalog has them, in batches."""
    batch: Rows = []
    after = 0
    while page := catalog.all_passages(after):
        after = page[-1]["id"]
        batch.extend(tuple(row) for row in page if row["id"] in wanted)
        while len(batch) >= _BATCH:
            yield batch[:_BATCH]
            batch = batch[_BATCH:]
    if batch:
        yield batch


__all__ = ["Stopped", "Stores", "problems", "restored", "sound", "words_only"]
