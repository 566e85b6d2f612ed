"""An open index: the catalog with its derived vector and keyword indexes, kept in step, behind one small interface."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from langchain_core.embeddings import Embeddings

from footnoted.index.adding import sync
from footnoted.index.errors import IndexDamaged, IndexingError, ModelMismatch
from footnoted.index.loaders.own_loaders import OwnLoaders
from footnoted.index.models.base import TextEmbeddings, embedded_text
from footnoted.index.models.embed import BUNDLED, EMBEDDED_AT_ONCE, as_text_embeddings, open_embeddings
from footnoted.index.models.rerank import Reranker, open_reranker
from footnoted.index.pages.fetch import Fetcher
from footnoted.index.pages.public_addresses import parse_allowed
from footnoted.index.pages.sitemap import MOST_PAGES
from footnoted.index.search.filters import collection_name, condition, restricted
from footnoted.index.search.retrieve import Retriever, langchain_retriever
from footnoted.index.search.spelling import doubtful, respelled
from footnoted.index.store import listing, repair
from footnoted.index.store.catalog import Catalog
from footnoted.index.store.home import Home
from footnoted.index.store.keywords import KEYWORDS_VERSION, Keywords, topical_words
from footnoted.index.store.memory import give_back
from footnoted.index.store.vectors import Vectors
from footnoted.index.types import (
    CollectionInfo,
    DocumentInfo,
    Filter,
    LoadedDocument,
    Passage,
    Progress,
    Reindexed,
    Report,
    Section,
)  # fmt: skip

if TYPE_CHECKING:
    from footnoted.index.loaders.own_loaders import Loader

_PART = 256  # passages whose vectors are in memory at a time


def open_index(
    home: str | Path | None = None,
    *,
    embeddings: Embeddings | str | None = None,
    reranker: Reranker | str | None = None,
    loaders: Mapping[str, Loader] | None = None,
) -> Index:
    """Open (or create) the index in a data folder.

    Args:
        home: the data folder; ``FOOTNOTE_HOME`` or ``~/.footnote`` when not given.
        embeddings: "bundled", a sentence-transformers name or folder, or a LangChain ``Embeddings``; when not given,
            the model that the index was made with.
        reranker: "bundled" (default), "off", a cross-encoder's name or folder, or an object with ``scores``.
        loaders: by file ending (".xyz"), what reads such a file in place of ours: called with its path, it gives the
            text, a :class:`LoadedDocument` or LangChain documents, the parts of one file. When its attribute
            ``version`` changes, its files are read again.

    Raises:
        HomeUnusable: the folder or a loader cannot be used. ModelMismatch: it was made with another embedding model.
    """
    return Index(Home(home), embeddings, reranker, loaders)


class Index:
    """Documents in, passages out. Reading is safe from any thread and process; writers take turns."""

    def __init__(
        self,
        home: Home,
        embeddings: Embeddings | str | None,
        reranker: Reranker | str | None,
        loaders: Mapping[str, Loader] | None = None,
        *,
        check_model: bool = True,
    ) -> None:
        """See :func:`open_index`. Without ``check_model`` a wrong model is refused when it is used, not now."""
        self.home, self.loaders = home, OwnLoaders(loaders)
        self.catalog = Catalog(home.catalog)
        self.embeddings: TextEmbeddings
        self._choose(embeddings)
        if check_model:
            try:
                self._require_model()
            except ModelMismatch:
                self.catalog.close()
                raise
        self.reranker: Reranker | None = (
            open_reranker(reranker or BUNDLED) if reranker is None or isinstance(reranker, str) else reranker
        )
        self._opening = threading.RLock()
        self._generation, self._edition = self.catalog.generation(), self.catalog.edition()
        self._stores: repair.Stores | None = None
        self._restorer: threading.Thread | None = None
        self._closing = threading.Event()

    def _choose(self, wanted: Embeddings | str | None) -> None:
        """Take the embedding model that is wanted; ``None``: the index's own, also after another process reindexed."""
        self._follows = wanted is None
        if wanted is None:
            self._name = self.catalog.get("embedding_model") or BUNDLED
            self.embeddings = open_embeddings(self._name, trusted=False)
        else:
            self._name, self.embeddings = _opened_embeddings(wanted)

    def _require_model(self) -> None:
        """See that the model is the one that the index is made with now. Raises ModelMismatch."""
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

    # The derived indexes: opened late, opened anew when another process has written, made anew when they are damaged --

    @property
    def vectors(self) -> Vectors:
        """The vector index as it is on disk now."""
        return self._current().vectors

    @property
    def keywords(self) -> Keywords:
        """The keyword index as it is on disk now."""
        return self._current().keywords

    def _current(self) -> repair.Stores:
        with self._opening:
            stores = self._refreshed() or self._opened()
            if stores and not (stores.partial and self.home.held):
                return stores
            if not self.home.held and (words := repair.words_only(self)):
                return self._restoring(words)
        # The writer's lock is taken first and the other second, as everywhere: whoever writes opens the stores too.
        with self.home.writing("restoring the search index"), self._opening:
            if self._stores is None or self._stores.partial:
                self._require_model()
                self._stores, _ = repair.restored(self)
                self._note_opening()
            return self._stores

    def _restoring(self, words: repair.Stores) -> repair.Stores:
        """Let the keyword index answer alone while a thread makes the vectors again."""
        self._stores = words
        if self._restorer is None or not self._restorer.is_alive():
            self._restorer = threading.Thread(target=self._restore, name="restoring the vector index", daemon=True)
            self._restorer.start()
        return words

    def _restore(self) -> None:
        """What that thread does; it ends with the index, and whoever opens the index next goes on."""
        try:
            with self.home.writing("restoring the search index"):
                made, _ = repair.restored(self, self._closing.is_set)
                with self._opening:
                    self._let_go()
                    self._note_opening()
                    self._stores = made
        except (IndexingError, repair.Stopped):  # the next question tries again
            self._let_go()

    @property
    def restoring(self) -> bool:
        """Whether only words are searched for the time being, because the vector index is being made again."""
        stores = self._stores
        return stores is not None and stores.partial

    def _refreshed(self) -> repair.Stores | None:
        """The open stores, opened anew if another process has written since; ``None`` if there are none to use."""
        now = self.catalog.generation()
        if self._stores is None or now == self._generation:
            return self._stores
        self._require_model()
        if self.catalog.edition() != self._edition or self._stores.partial:
            self._let_go()  # what is open is an earlier edition's, perhaps deleted, or no vector index at all
            return None
        try:
            self._stores.vectors.reopen()
            self._stores.keywords.reload()
        except IndexDamaged:
            self._stores = None
        self._generation = now
        return self._stores

    def _opened(self) -> repair.Stores | None:
        self._require_model()
        self._note_opening()
        self._stores = repair.sound(self)
        return self._stores

    def _note_opening(self) -> None:
        """What is opened next is of this generation or a later one."""
        self._generation, self._edition = self.catalog.generation(), self.catalog.edition()

    def _let_go(self) -> None:
        """Close the stores; they are opened, and if need be repaired, when they are next used."""
        with self._opening:
            if self._stores is not None:
                self._stores.close()
                self._stores = None

    def _advance(self) -> None:
        with self._opening:
            self._generation = self.catalog.advance()

    @contextmanager
    def writing(self, purpose: str) -> Iterator[None]:
        """Hold the writer's lock with what a killed writer left behind cleared away."""
        with self.home.writing(purpose):
            self._require_model()  # another process may have been first to write into a new folder
            self.home.delete_old_editions(self.catalog.edition())
            self.collect_garbage()
            if not self.catalog.count_passages():
                self._begin()
            try:
                yield
            finally:
                give_back()

    def _begin(self) -> None:
        """Note the model that an empty index will be made with; vectors of another model leave nothing behind."""
        if self.catalog.get("embedding_identity") not in ("", self.embeddings.identity):
            self._let_go()  # Chroma fixes the dimensions of a collection with its first vector, even when all are gone
            Vectors.destroy(self.home.stores(self.catalog.edition())[0])
            self.catalog.advance()
        self.catalog.set("embedding_model", self._name)
        self.catalog.set("embedding_identity", self.embeddings.identity)
        self.catalog.set("keywords_version", KEYWORDS_VERSION)

    # Writing -----------------------------------------------------------------------------------------------------

    def add(
        self,
        paths: Sequence[str | Path] | str | Path,
        *,
        collection: str | None = None,
        metadata: Mapping[str, str | int | float] | None = None,
        progress: Callable[[Progress], None] | None = None,
        password: str | None = None,
        allow: Sequence[str] = (),
        max_pages: int = MOST_PAGES,
    ) -> Report:
        """Bring the index in line with files, folders and web pages: see :func:`footnoted.index.adding.sync.add`.

        Args:
            collection: the collection of these documents; when not given, the one that they, or the other documents
                of their folder, are in, else "default".
            metadata: fields of one's own for these documents, to filter by; ``None`` keeps what was given before.
            password: for encrypted files.
            allow: addresses, networks or host names (each perhaps with ``:port``) that pages may be fetched from
                although they are not public.
            max_pages: how many pages of a sitemap are read.

        Raises:
            FilterInvalid: the collection's name is none. IndexBusy: another process is writing.
            FetchError: ``allow`` cannot be understood.
        """
        every = [paths] if isinstance(paths, (str, Path)) else list(paths)
        named = None if collection is None else collection_name(collection)
        given = sync.Given(named, metadata, password, Fetcher(parse_allowed(allow)), max_pages)
        return sync.add(self, every, progress=progress, given=given)

    def watch(
        self,
        paths: Sequence[str | Path] | str | Path,
        *,
        stop: threading.Event | None = None,
        polling: bool = False,
        collection: str | None = None,
        metadata: Mapping[str, str | int | float] | None = None,
        password: str | None = None,
    ) -> Iterator[Report | Exception]:
        """Add files and folders now and after each burst of changes, until ``stop`` is set; gives what came of each.

        A failure is given like a report and ends nothing. The writer's lock is held during a sync only. ``polling``
        looks by the clock even where the system sends notifications; the rest is as for :meth:`add`.

        Raises:
            SourceNotFound: a path is not there. FilterInvalid: the collection's name is none.
        """
        from footnoted.index.adding.watch import watch

        every = [paths] if isinstance(paths, (str, Path)) else list(paths)
        named = None if collection is None else collection_name(collection)

        def add(there: Sequence[Path]) -> Report:
            return self.add(there, collection=named, metadata=metadata, password=password)

        suffixes = self.loaders.suffixes
        return watch(add, every, stop=stop, polling=polling, without=self.home.folder, suffixes=suffixes)

    def set_collection(self, source: str, collection: str) -> None:
        """Move a document, with all others of its file, to a collection. Raises SourceNotFound, FilterInvalid."""
        name = collection_name(collection)
        with self.home.writing("moving a document to a collection"):
            self.catalog.set_collection(self._document(source)["path"], name)

    def store(self, fresh: Mapping[str, LoadedDocument], told: Callable[[int], None] = lambda _: None) -> int:
        """Cut, embed and store texts by content key, still belonging to no document; returns the passages embedded.

        ``told`` is called with the characters of each part that is embedded: a text may be as long as thousands.
        """
        if not fresh:
            return 0
        cut = {key: sync.passages_of(document, self.embeddings) for key, document in fresh.items()}
        rows: list[tuple[int, int, str, str, str]] = []
        with self.catalog.transaction() as connection:
            for key, document in fresh.items():
                content, ids = self.catalog.insert_content(connection, key, document, cut[key])
                for number, span in zip(ids, cut[key], strict=True):
                    rows.append((number, content, document.title, span.heading, document.text[span.start : span.end]))
        for start in range(0, len(rows), _PART):
            self._derive(rows[start : start + _PART], told)
        self._advance()
        return len(rows)

    def _derive(self, rows: Sequence[tuple[int, int, str, str, str]], told: Callable[[int], None]) -> None:
        """Put (passage id, content id, title, heading, text) rows into the vector and the keyword index."""
        vectors: list[list[float]] = []
        for start in range(0, len(rows), EMBEDDED_AT_ONCE):
            part = rows[start : start + EMBEDDED_AT_ONCE]
            vectors += self.embeddings.embed_documents(
                [embedded_text(title, heading, text) for _, _, title, heading, text in part]
            )
            told(sum(len(text) for *_, text in part))
        self.vectors.add([row[0] for row in rows], [row[1] for row in rows], vectors)
        self.keywords.add(rows)

    def collect_garbage(self) -> None:
        """Delete contents that no document points to, derived indexes first: a kill leaves them to the next run."""
        orphans = self.catalog.orphans()
        if not orphans:
            return
        passages = [number for _, ids in orphans for number in ids]
        self.vectors.delete(passages)
        self.keywords.delete(passages)
        self.catalog.delete_contents(content for content, _ in orphans)
        self._advance()

    def check(self) -> list[str]:
        """Compare the vector and the keyword index with the catalog; the problems found, each as one sentence."""
        with self.home.writing("checking the search index"):
            return repair.problems(self)

    def repair(self) -> list[str]:
        """Make the vector and the keyword index agree with the catalog again; what was done, each as one sentence."""
        with self.home.writing("repairing the search index"):
            self._require_model()
            with self._opening:
                self._let_go()
                self._stores, done = repair.restored(self)
                self._note_opening()
            self.collect_garbage()
        return done

    def reindex(
        self,
        embeddings: Embeddings | str | None = None,
        *,
        everything: bool = False,
        progress: Callable[[Progress], None] | None = None,
    ) -> Reindexed:
        """Embed the stored texts with another model, or as a new version of Footnote does.

        Args:
            embeddings: as for :func:`open_index`; when not given, the model of this index.
            everything: also make anew what would come out the same.

        Raises:
            ModelUnavailable, HomeUnusable, IndexBusy: nothing was changed, or the next ``reindex`` goes on.
        """
        from footnoted.index.adding import reindex

        name, target = (self._name, self.embeddings) if embeddings is None else _opened_embeddings(embeddings)
        done = reindex.reindex(self, target, name, everything=everything, progress=progress)
        with self._opening:
            self._name, self.embeddings = name, target
        return done

    def remove(self, source: str) -> list[str]:
        """Remove a document (by source or own id), a file with all its records, or everything under a folder.

        Returns the removed sources. Raises SourceNotFound when nothing of that name is there.
        """
        with self.writing("footnote remove"):
            removed = listing.remove(self.catalog, source)
            self.collect_garbage()
            return removed

    # Reading -----------------------------------------------------------------------------------------------------

    def retrieve(
        self, question: str, k: int = 5, *, sources: Sequence[str] | None = None, filter: Filter | None = None,
        rerank: bool = True,
    ) -> list[Passage]:  # fmt: skip
        """The ``k`` best passages for a question, best first, each with the reason for its place.

        Args:
            sources: restrict the search, before ranking and exactly, to these documents (sources or own ids).
            filter: the same by collection, type, title, date or metadata; with ``sources``, both must hold.
            rerank: read the best candidates with the cross-encoder (slower, better).
        """
        if sources is not None:
            filter = restricted(filter, sources)
        for chances in (2, 1, 0):
            edition = self.catalog.edition()
            try:
                self._current()  # after a reindex by another process, the question is embedded by the new model
                found = Retriever(self).retrieve(question, k, filter=filter, rerank=rerank)
            except IndexDamaged:
                if not chances:
                    raise
                self._let_go()  # opening it again repairs it
                continue
            if self.catalog.edition() == edition:  # else the index was exchanged between search and look-up
                break
        return found

    def as_retriever(self, k: int = 5, **options):
        """This index as a LangChain ``BaseRetriever``: its documents carry source, title, page, start, end, score."""
        return langchain_retriever(self, k, **options)

    def documents(self) -> list[DocumentInfo]:
        """Every document in the index, and every file that could not be read, by source."""
        return listing.documents(self.catalog)

    def collections(self) -> list[CollectionInfo]:
        """Every collection that holds documents, by name."""
        return [CollectionInfo(*row) for row in self.catalog.collections()]

    def _document(self, source: str):
        row = self.catalog.document(source) or self.catalog.document(str(Path(source).expanduser().resolve()))
        if row is None:
            raise listing.unknown(source)
        return row

    def source_of(self, name: str) -> str:
        """The source of a document given by source, path, or own id. Raises SourceNotFound."""
        return self._document(name)["source"]

    def text_of(self, source: str) -> str:
        """The stored text of a document, by source, path, or its own id when only one document has it."""
        return self.catalog.content(self._document(source)["content_id"]).text

    def stored(self, source: str) -> LoadedDocument:
        """The stored text of a document with its sections and headings."""
        return self.catalog.content(self._document(source)["content_id"])

    def sections_of(self, source: str) -> tuple[Section, ...]:
        """The pages, slides or sheets of a document as spans of its text."""
        return self.stored(source).sections

    def original_of(self, source: str) -> Path | None:
        """The file that a document was read from, if it is still there."""
        path = Path(self._document(source)["path"])
        return path if path.is_file() else None

    def missing_words(self, question: str, *, filter: Filter | None = None) -> list[str]:
        """The words of a question (stop words aside) that no passage contains in any inflection.

        Args:
            filter: look at these documents only.
        """
        contents, keywords = self._contents(filter), self.keywords
        return [word for word in topical_words(question) if not keywords.search(word, 1, contents)]

    def respelled(self, question: str, *, sources: Sequence[str] | None = None, filter: Filter | None = None) -> str:
        """``question`` with misspelt words as the documents write them; see :mod:`footnoted.index.search.spelling`."""
        if not doubtful(question):
            return question  # nearly all questions: what a filter lets through is looked up once, by the search
        contents = self._contents(filter if sources is None else restricted(filter, sources))
        with suppress(IndexDamaged):  # the search that follows makes it again
            return respelled(question, self.keywords, self._texts_of, contents)
        return question

    def _contents(self, filter: Filter | None) -> list[int] | None:
        """Ids of the texts that a filter lets through; ``None`` for all."""
        chosen = condition(filter, self.catalog.sources_named)
        return None if chosen is None else self.catalog.contents_where(chosen)

    def _texts_of(self, passages: Sequence[int]) -> list[str]:
        return [f"{one.title} {one.text}" for one in self.catalog.passages(passages).values()]

    def warm_up(self) -> None:
        """Load models and stores now rather than at the first question."""
        self.retrieve("warm up", k=1)

    def close(self) -> None:
        """Let go of all files. The index cannot be used afterwards."""
        self._closing.set()
        if self._restorer is not None:
            self._restorer.join()
        with self._opening:
            self._let_go()
            self.catalog.close()

    def __enter__(self) -> Index:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _opened_embeddings(wanted: Embeddings | str) -> tuple[str, TextEmbeddings]:
    """A model with the name that opens it again, or "" when it is an object of the caller's."""
    return (wanted, open_embeddings(wanted)) if isinstance(wanted, str) else ("", as_text_embeddings(wanted))
