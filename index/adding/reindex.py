"""Rebuild the index from the stored texts beside the live one, which keeps answering until the new one is ready.

Used when the embedding model changes, and when a new version cuts passages or indexes words differently. The new stores
lie in a folder of their own (an edition); one catalog transaction makes them the live ones.
"""

from __future__ import annotations

import shutil
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress

from footnoted.index.adding import reindex_catalog
from footnoted.index.adding.chunk import CHUNKER_VERSION, Span
from footnoted.index.adding.contents import BATCH_PASSAGES, content_key, passages_of
from footnoted.index.adding.reindex_draft import Draft, DraftPassage
from footnoted.index.errors import HomeUnusable, IndexDamaged, IndexingError
from footnoted.index.models.base import TextEmbeddings, embedded_text
from footnoted.index.models.embed import EMBEDDED_AT_ONCE
from footnoted.index.store.catalog import Catalog
from footnoted.index.store.home import FOR_EVER
from footnoted.index.store.keywords import KEYWORDS_VERSION, Keywords
from footnoted.index.store.live import LiveIndex
from footnoted.index.store.private import private_folder
from footnoted.index.store.vectors import Vectors
from footnoted.index.types import LoadedDocument, Progress, Reindexed, section_at

_PASSAGE_BYTES = 3000  # what a passage takes in the stores and in the draft, besides its vector and its text
_SPARE_BYTES = 100_000_000


def reindex(
    live: LiveIndex,
    target: TextEmbeddings,
    name: str,
    *,
    everything: bool = False,
    progress: Callable[[Progress], None] | None = None,
) -> Reindexed:
    """Rebuild the index with the model ``target``, called ``name`` if it can be opened by name.

    Other processes may read and write meanwhile. Killed at any moment, the live index is whole and the next run goes
    on. Passages whose model and version are the same keep their vectors, unless ``everything`` is to be rebuilt.

    Raises:
        IndexBusy: another process is reindexing. HomeUnusable: there is too little room on the disk.
    """
    started = time.monotonic()
    with live.home.reindexing():
        live.home.delete_old_editions(live.catalog.edition())
        if not everything and not stale(live.catalog, target):
            live.home.delete_draft(live.catalog.edition())
            return Reindexed(target.identity, 0, 0, 0, time.monotonic() - started)
        require_room(live, target)
        work = _Work(live, target, everything, progress)
        try:
            work.store()
            with live.home.writing("footnote reindex", wait=FOR_EVER):
                work.catch_up()
                work.switch(name)
                work.close()
                with suppress(OSError, IndexingError):  # they may lie elsewhere than in the folder
                    Vectors.destroy(live.home.stores(work.edition - 1)[0])
                live.home.delete_old_editions(work.edition)
        finally:
            work.close()
    return Reindexed(
        target.identity, live.catalog.count_documents(), work.passages, work.embedded, time.monotonic() - started
    )


def stale(catalog: Catalog, target: TextEmbeddings) -> list[str]:
    """Why the index is not as ``target`` and this version would make it, each as one sentence; empty if it is."""
    found: list[str] = []
    identity = catalog.get("embedding_identity")
    if not catalog.count_passages():
        return found
    if identity != target.identity:
        found.append(f"The index was made with the embedding model {identity}, not with {target.identity}.")
    else:
        other = sum(
            key != content_key(catalog.content(number), identity)
            for number, key in reindex_catalog.held_contents(catalog).items()
        )
        if other:
            texts = "1 text was" if other == 1 else f"{other} texts were"
            found.append(f"{texts} cut into passages by another version of Footnote.")
    if catalog.get("keywords_version", "1") != KEYWORDS_VERSION:
        found.append("The keyword index was made by another version of Footnote.")
    return found


def _text(catalog: Catalog, content: int) -> LoadedDocument | None:
    """A stored text, unless it was deleted in the meantime."""
    try:
        return catalog.content(content)
    except KeyError:
        return None


def require_room(live: LiveIndex, target: TextEmbeddings) -> None:
    """Raise HomeUnusable if the new stores would not fit on the disk beside the old ones."""
    passages, characters = live.catalog.count_passages(), reindex_catalog.count_characters(live.catalog)
    needed = passages * (_PASSAGE_BYTES + 12 * target.dimensions) + 4 * characters + _SPARE_BYTES
    free = shutil.disk_usage(live.home.folder).free
    if free < needed:
        raise HomeUnusable(
            f"Reindexing needs about {needed // 1_000_000} MB beside the index in {live.home.folder}, but only "
            f"{free // 1_000_000} MB are left on its disk: make room and try again."
        )


def _passage(number: int, content: int, span: Span, document: LoadedDocument) -> DraftPassage:
    section = section_at(document.sections, span.start)
    page, location = (section.number, section.label) if section else (None, "")
    text = document.text[span.start : span.end]
    return DraftPassage(number, content, span.start, span.end, span.heading, text, page, location, span.columns)


class _Work:
    """One reindex under way: the draft, the two new stores, and what is known of the old ones."""

    def __init__(
        self, live: LiveIndex, target: TextEmbeddings, everything: bool, progress: Callable[[Progress], None] | None
    ) -> None:
        self.live, self.target, self.everything, self.progress = live, target, everything, progress
        self.passages = self.embedded = self.characters = self.under_way = self.documents = 0
        self.edition = live.catalog.edition() + 1
        self.old: Vectors | None = None
        self.draft, self.vectors, self.keywords = self._resumed() or self._begun()
        self.sizes = reindex_catalog.content_sizes(live.catalog)
        self.totals = sum(number for number, _ in self.sizes.values()), sum(size for _, size in self.sizes.values())
        self._count(self.draft.done())

    def _open(self) -> tuple[Draft, Vectors, Keywords]:
        vectors, keywords = self.live.home.stores(self.edition)
        private_folder(vectors.parent)
        draft = Draft(self.live.home.draft(self.edition))
        try:
            return draft, Vectors(vectors), Keywords(keywords)
        except IndexDamaged:
            draft.close()
            raise

    def _stamp(self) -> str:
        return f"{self.target.identity} {CHUNKER_VERSION} {KEYWORDS_VERSION} {int(self.everything)}"

    def _resumed(self) -> tuple[Draft, Vectors, Keywords] | None:
        """What a killed reindex of the same kind left, without what it had not finished; else ``None``."""
        if not self.live.home.draft(self.edition).is_file():
            return None
        try:
            draft, vectors, keywords = self._open()
        except (sqlite3.Error, IndexDamaged):
            return None
        try:
            if draft.get("stamp") == self._stamp():
                half_done = draft.forget(draft.under_way())
                vectors.delete(half_done)
                keywords.delete(half_done)
                return draft, vectors, keywords
        except (sqlite3.Error, IndexDamaged):
            pass
        draft.close()
        vectors.close()
        return None

    def _begun(self) -> tuple[Draft, Vectors, Keywords]:
        Vectors.destroy(self.live.home.stores(self.edition)[0])
        self.live.home.delete_draft(self.edition - 1)
        draft, vectors, keywords = self._open()
        draft.note("identity", self.target.identity)
        draft.note("stamp", self._stamp())
        return draft, vectors, keywords

    def close(self) -> None:
        self.draft.close()
        self.vectors.close()
        if self.old is not None:
            self.old.close()
            self.old = None

    # Beside the live index -------------------------------------------------------------------------------------------

    def store(self) -> None:
        """Store every text that belongs to a document and is not in the new stores yet."""
        while todo := sorted(reindex_catalog.held_contents(self.live.catalog).keys() - self.draft.done()):
            for batch in self._batches(todo):
                self._store(batch)

    def _batches(self, contents: Iterable[int]) -> Iterator[dict[int, LoadedDocument]]:
        """Texts in batches of about a second's embedding; those deleted in the meantime are skipped."""
        batch: dict[int, LoadedDocument] = {}
        weight = 0
        for number in contents:
            document = _text(self.live.catalog, number)
            if document is None:
                continue
            batch[number] = document
            weight += max(1, len(document.text) // 800)
            if weight >= BATCH_PASSAGES:
                yield batch
                batch, weight = {}, 0
        if batch:
            yield batch

    def _store(self, batch: dict[int, LoadedDocument]) -> None:
        keys = {number: content_key(document, self.target.identity) for number, document in batch.items()}
        fresh = self._cut(batch)
        shared = set(self.draft.begin(keys.items(), fresh))
        fresh = [passage for passage in fresh if passage.content_id not in shared]
        for start in range(0, len(fresh), 2 * BATCH_PASSAGES):
            self._derive(fresh[start : start + 2 * BATCH_PASSAGES], batch)
        self.draft.finish(batch)
        self.passages += len(fresh)
        self._count(batch)

    def _cut(self, batch: dict[int, LoadedDocument]) -> list[DraftPassage]:
        cut = [(number, span) for number, document in batch.items() for span in passages_of(document, self.target)]
        first = reindex_catalog.reserve_passages(self.live.catalog, len(cut))
        return [_passage(first + place, number, span, batch[number]) for place, (number, span) in enumerate(cut)]

    def _derive(self, passages: list[DraftPassage], batch: dict[int, LoadedDocument]) -> None:
        vectors = self._known_vectors(passages)
        lacking = [passage for passage in passages if passage.id not in vectors]
        texts = [embedded_text(batch[one.content_id].title, one.heading, one.text, one.columns) for one in lacking]
        for start in range(0, len(texts), EMBEDDED_AT_ONCE):
            part = slice(start, start + EMBEDDED_AT_ONCE)
            embedded = self.target.embed_documents(texts[part])
            vectors |= {one.id: vector for one, vector in zip(lacking[part], embedded, strict=True)}
            self.embedded += len(embedded)
            self.tell(sum(len(one.text) for one in lacking[part]))
        self.vectors.add(
            [one.id for one in passages], [one.content_id for one in passages], [vectors[one.id] for one in passages]
        )
        self.keywords.add(
            (one.id, one.content_id, batch[one.content_id].title, one.heading, one.text) for one in passages
        )

    def _known_vectors(self, passages: list[DraftPassage]) -> dict[int, list[float]]:
        """The live index's vectors of passages that the same model and version made of the same text."""
        catalog = self.live.catalog
        if self.everything or catalog.get("embedding_identity") != self.target.identity:
            return {}
        known: dict[int, int] = {}
        for number in {passage.content_id for passage in passages}:
            document = _text(self.live.catalog, number)
            if document is None or catalog.content_id(content_key(document, self.target.identity)) != number:
                continue
            places = reindex_catalog.passage_places(catalog, number)
            known |= {
                places[one.start, one.end]: one.id
                for one in passages
                if one.content_id == number and (one.start, one.end) in places
            }
        if not known:
            return {}
        with suppress(IndexDamaged):  # then they are embedded again
            self.old = self.old or Vectors(self.live.home.stores(catalog.edition())[0])
            return {known[number]: vector for number, vector in self.old.vectors_of(known).items()}
        return {}

    # With the writer's lock held -------------------------------------------------------------------------------------

    def catch_up(self) -> None:
        """Bring the new stores in line with what was added and removed meanwhile, and check that all is in them."""
        for _ in range(3):
            self._drop(self.draft.done() - reindex_catalog.held_contents(self.live.catalog).keys())
            self.store()
            expected = self.draft.passage_ids()
            wrong = [expected ^ self.vectors.ids(), expected ^ self.keywords.ids()]
            if not any(wrong):
                return
            for extra in (wrong[0] | wrong[1]) - expected:
                self.vectors.delete([extra])
                self.keywords.delete([extra])
            self._drop(self.draft.contents_of((wrong[0] | wrong[1]) & expected))
        raise IndexDamaged(f"The new index in {self.live.home.folder} does not hold what was written into it.")

    def _drop(self, contents: Iterable[int]) -> None:
        gone = self.draft.forget(contents)
        if gone:
            self.vectors.delete(gone)
            self.keywords.delete(gone)

    def switch(self, name: str) -> None:
        """From this commit on, the new stores are the live ones in every process."""
        reindex_catalog.adopt(
            self.live.catalog,
            self.draft.contents(),
            self.draft.passages(),
            {
                "edition": str(self.edition),
                "embedding_model": name,
                "embedding_identity": self.target.identity,
                "keywords_version": KEYWORDS_VERSION,
            },
            CHUNKER_VERSION,
        )
        self.passages = self.live.catalog.count_passages()

    def _count(self, contents: Iterable[int]) -> None:
        for number in contents:
            documents, characters = self.sizes.get(number, (0, 0))
            self.documents += documents
            self.characters += characters
        self.under_way = 0
        self.tell(0)

    def tell(self, characters: int) -> None:
        """Report how far this has come: these characters are embedded, of a batch that is not stored yet."""
        self.under_way += characters
        if self.progress is not None:
            documents, characters = self.totals
            done = min(self.characters + self.under_way, characters)
            self.progress(Progress(self.documents, documents, self.passages, "", done, characters))
