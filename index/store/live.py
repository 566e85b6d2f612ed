"""A data folder in use: its catalog, its embedding model, and the two derived indexes, opened and kept in step.

The derived indexes are opened when they are first needed, opened again when another process has written, and rebuilt
from the catalog when they are damaged. Whoever writes does so inside :meth:`LiveIndex.writing`.
"""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from langchain_core.embeddings import Embeddings

from footnoted.index.errors import IndexDamaged, IndexingError, ModelMismatch
from footnoted.index.models.base import TextEmbeddings
from footnoted.index.models.embed import BUNDLED, as_text_embeddings, open_embeddings
from footnoted.index.store import damage, repair
from footnoted.index.store.catalog import Catalog
from footnoted.index.store.home import Home
from footnoted.index.store.keywords import KEYWORDS_VERSION, Keywords
from footnoted.index.store.vectors import Vectors


class LiveIndex:
    """The open parts of one data folder. Reading is safe from any thread and process; writers take turns."""

    def __init__(self, home: Home, embeddings: Embeddings | str | None, *, check_model: bool = True) -> None:
        """Open the catalog; the derived indexes are opened later.

        Args:
            embeddings: a model, its name, or ``None`` for the one that the index was made with.
            check_model: refuse a wrong model now rather than when it is first used.

        Raises:
            HomeUnusable: the folder cannot be used. ModelMismatch: the index was made with another embedding model.
        """
        self.home = home
        self.catalog = Catalog(home.catalog)
        self.model_name: str
        self.embeddings: TextEmbeddings
        self._choose(embeddings)
        if check_model:
            try:
                self.require_model()
            except ModelMismatch:
                self.catalog.close()
                raise
        self._opening = threading.RLock()
        self._generation, self._edition = self.catalog.generation(), self.catalog.edition()
        self._stores: repair.Stores | None = None
        self._restorer: threading.Thread | None = None
        self._closing = threading.Event()

    # The embedding model ---------------------------------------------------------------------------------------------

    def _choose(self, wanted: Embeddings | str | None) -> None:
        """Take the model that is wanted; ``None`` follows the index, also after another process has reindexed it."""
        self._follows = wanted is None
        if wanted is None:
            self.model_name = self.catalog.get("embedding_model") or BUNDLED
            self.embeddings = open_embeddings(self.model_name, trusted=False)
        else:
            self.model_name, self.embeddings = opened_embeddings(wanted)

    def require_model(self) -> None:
        """Check that the model is the one that the index is made with now. Raises ModelMismatch."""
        made_with = self.catalog.get("embedding_identity")
        if not made_with or made_with == self.embeddings.identity or not self.catalog.count_passages():
            return
        if self._follows:
            self._choose(None)
        if self.embeddings.identity != made_with:
            raise ModelMismatch(
                f"The index in {self.home.folder} was made with the embedding model {made_with}, but "
                f"{self.embeddings.identity} is set: 'footnote reindex' changes the index to the one that is set, or "
                "unset it."
            )

    def take_model(self, name: str, embeddings: TextEmbeddings) -> None:
        """Use the model that the index was just reindexed with."""
        with self._opening:
            self.model_name, self.embeddings = name, embeddings

    # The derived indexes ---------------------------------------------------------------------------------------------

    @property
    def vectors(self) -> Vectors:
        """The vector index as it is on disk now."""
        return self.current().vectors

    @property
    def keywords(self) -> Keywords:
        """The keyword index as it is on disk now."""
        return self.current().keywords

    @property
    def restoring(self) -> bool:
        """Whether only words are searched for the time being, because the vector index is being rebuilt."""
        stores = self._stores
        return stores is not None and stores.partial

    def current(self) -> repair.Stores:
        """Both derived indexes, open and up to date; repaired first if need be.

        Raises:
            ModelMismatch: another process has reindexed with another model than the one that is set.
            HomeUnusable, IndexBusy: they are damaged and cannot be repaired now.
        """
        with self._opening:
            stores = self._refreshed() or self._opened()
            if stores and not (stores.partial and self.home.held):
                return stores
            if not self.home.held and (words := repair.words_only(self.home, self.catalog)):
                return self._restoring(words)
        # The writer's lock is taken first and the other second, as everywhere: a writer opens the stores too.
        with self.home.writing("restoring the search index"), self._opening:
            if self._stores is None or self._stores.partial:
                self.require_model()
                self._stores, _ = repair.restored(self.home, self.catalog, self.embeddings)
                self._note_opening()
            return self._stores

    def _restoring(self, words: repair.Stores) -> repair.Stores:
        """Let the keyword index answer alone while a thread rebuilds the vectors."""
        self._stores = words
        if self._restorer is None or not self._restorer.is_alive():
            self._restorer = threading.Thread(target=self._restore, name="restoring the vector index", daemon=True)
            self._restorer.start()
        return words

    def _restore(self) -> None:
        """What that thread does; it ends with the index, and the next process that opens the index goes on."""
        try:
            with self.home.writing("restoring the search index"):
                made, _ = repair.restored(self.home, self.catalog, self.embeddings, self._closing.is_set)
                with self._opening:
                    self.let_go()
                    self._note_opening()
                    self._stores = made
        except (IndexingError, repair.Stopped):  # the next question tries again
            self.let_go()

    def _refreshed(self) -> repair.Stores | None:
        """The open stores, reopened if another process has written since; ``None`` if there are none to use."""
        now = self.catalog.generation()
        if self._stores is None or now == self._generation:
            return self._stores
        self.require_model()
        if self.catalog.edition() != self._edition or self._stores.partial:
            self.let_go()  # what is open is an earlier edition's, perhaps deleted, or no vector index at all
            return None
        try:
            self._stores.vectors.reopen()
            self._stores.keywords.reload()
        except IndexDamaged:
            self._stores = None
        self._generation = now
        return self._stores

    def _opened(self) -> repair.Stores | None:
        self.require_model()
        self._note_opening()
        self._stores = repair.sound(self.home, self.catalog)
        return self._stores

    def _note_opening(self) -> None:
        """What is opened next belongs to this generation or a later one."""
        self._generation, self._edition = self.catalog.generation(), self.catalog.edition()

    def let_go(self) -> None:
        """Close the stores; they are opened, and repaired if need be, when they are next used."""
        with self._opening:
            if self._stores is not None:
                self._stores.close()
                self._stores = None

    # Writing ---------------------------------------------------------------------------------------------------------

    @contextmanager
    def writing(self, purpose: str) -> Iterator[None]:
        """Hold the writer's lock, with what a killed writer left behind cleared away."""
        with self.home.writing(purpose):
            self.require_model()  # another process may have been first to write into a new folder
            self.home.delete_old_editions(self.catalog.edition())
            self.collect_garbage()
            if not self.catalog.count_passages():
                self._begin()
            try:
                yield
            finally:
                _return_memory()

    def _begin(self) -> None:
        """Note the model that an empty index will be made with; vectors of another model leave nothing behind."""
        if self.catalog.get("embedding_identity") not in ("", self.embeddings.identity):
            self.let_go()  # Chroma fixes the dimensions of a collection with its first vector, even when all are gone
            Vectors.destroy(self.home.stores(self.catalog.edition())[0])
            self.catalog.advance()
        self.catalog.set("embedding_model", self.model_name)
        self.catalog.set("embedding_identity", self.embeddings.identity)
        self.catalog.set("keywords_version", KEYWORDS_VERSION)

    def advance(self) -> None:
        """Tell every process that the derived indexes have changed."""
        with self._opening:
            self._generation = self.catalog.advance()

    def collect_garbage(self) -> None:
        """Delete contents that no document points to, derived indexes first: a kill leaves them to the next run."""
        orphans = self.catalog.orphans()
        if not orphans:
            return
        passages = [number for _, ids in orphans for number in ids]
        self.vectors.delete(passages)
        self.keywords.delete(passages)
        self.catalog.delete_contents(content for content, _ in orphans)
        self.advance()

    def check(self) -> list[str]:
        """Compare the vector and the keyword index with the catalog; the problems found, each as one sentence."""
        with self.home.writing("checking the search index"):
            return repair.problems(self.home, self.catalog)

    def repair(self) -> list[str]:
        """Make the vector and the keyword index agree with the catalog again; what was done, each as one sentence."""
        with self.home.writing("repairing the search index"):
            self.require_model()
            with self._opening:
                self.let_go()
                self._stores, done = repair.restored(self.home, self.catalog, self.embeddings)
                self._note_opening()
            self.collect_garbage()
            done += damage.read_again(self.catalog)
        return done

    def make_words_anew(self) -> None:
        """Rebuild the keyword index, of which damage is only seen by searching, and repair the vectors."""
        with self.home.writing("repairing the search index"):
            self.let_go()
            Keywords.destroy(self.home.stores(self.catalog.edition())[1])
            self.repair()

    def close(self) -> None:
        """Close all files. Nothing can be used afterwards."""
        self._closing.set()
        if self._restorer is not None:
            self._restorer.join()
        with self._opening:
            self.let_go()
            self.catalog.close()


def opened_embeddings(wanted: Embeddings | str) -> tuple[str, TextEmbeddings]:
    """A model with the name that opens it again, or "" when it is an object of the caller's."""
    return (wanted, open_embeddings(wanted)) if isinstance(wanted, str) else ("", as_text_embeddings(wanted))


@cache
def _trimmer():
    """glibc's ``malloc_trim``; ``None`` where there is no such thing."""
    try:
        return ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):
        return None


def _return_memory() -> None:
    """Give memory that a write has freed back to the system; takes some milliseconds, and other threads go on.

    Adding a document takes tens of megabytes for a moment (the keyword writer's buffer, a store that is reopened). The
    C library keeps what is freed in pieces for later, and a server that adds documents all day grows by them.
    """
    if trim := _trimmer():
        trim(0)
