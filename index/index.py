"""The façade: one open index, behind the small interface that everybody else uses."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from langchain_core.embeddings import Embeddings

from footnoted.index.adding.reindex import reindex
from footnoted.index.adding.run import Given
from footnoted.index.adding.sync import add
from footnoted.index.adding.watch import watch
from footnoted.index.errors import IndexDamaged
from footnoted.index.loaders.own_loaders import OwnLoaders
from footnoted.index.models.base import TextEmbeddings
from footnoted.index.models.embed import BUNDLED
from footnoted.index.models.rerank import Reranker, open_reranker
from footnoted.index.pages.fetch import Fetcher
from footnoted.index.pages.public_addresses import parse_allowed
from footnoted.index.pages.sitemap import MOST_PAGES
from footnoted.index.search.filters import collection_name, condition, restricted
from footnoted.index.search.langchain import langchain_retriever
from footnoted.index.search.retrieve import Retriever
from footnoted.index.search.spelling import doubtful, respelled
from footnoted.index.store import listing
from footnoted.index.store.catalog import Catalog
from footnoted.index.store.home import Home
from footnoted.index.store.keywords import Keywords, topical_words
from footnoted.index.store.live import LiveIndex, opened_embeddings
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
)

if TYPE_CHECKING:
    from footnoted.index.loaders.own_loaders import Loader


WORDS_ONLY = "The vector index is being rebuilt: until it is ready, only the words of the question are searched."
LEFT_OUT = "The stored text of a document is damaged and was left out: 'footnote doctor' says which, and what to do."


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
        self.loaders = OwnLoaders(loaders)
        self.live = LiveIndex(home, embeddings, check_model=check_model)
        self.reranker: Reranker | None = (
            open_reranker(reranker or BUNDLED) if reranker is None or isinstance(reranker, str) else reranker
        )

    @property
    def home(self) -> Home:
        """The data folder."""
        return self.live.home

    @property
    def catalog(self) -> Catalog:
        """The catalog: texts, spans and metadata, which everything else is derived from."""
        return self.live.catalog

    @property
    def embeddings(self) -> TextEmbeddings:
        """The embedding model; another one after another process has reindexed."""
        return self.live.embeddings

    @property
    def vectors(self) -> Vectors:
        """The vector index as it is on disk now."""
        return self.live.vectors

    @property
    def keywords(self) -> Keywords:
        """The keyword index as it is on disk now."""
        return self.live.keywords

    @property
    def restoring(self) -> bool:
        """Whether only words are searched for the time being, because the vector index is being rebuilt."""
        return self.live.restoring

    @property
    def notice(self) -> str:
        """What a reader must know of what was not searched: a sentence or two, usually nothing."""
        said = [WORDS_ONLY] if self.restoring else []
        return " ".join([*said, LEFT_OUT] if self.catalog.has_damage() else said)

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
        given = Given(named, metadata, password, Fetcher(parse_allowed(allow)), max_pages)
        return add(self.live, self.loaders, every, progress=progress, given=given)

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
        """Add files and folders now and after each burst of changes, until ``stop`` is set; yields a report for each.

        A failure is yielded like a report and does not stop the watch. The writer's lock is held during a sync only.
        ``polling`` looks at the folders every few seconds even where the system sends notifications; the rest is as
        for :meth:`add`.

        Raises:
            SourceNotFound: a path is not there. FilterInvalid: the collection's name is none.
        """
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

    def check(self) -> list[str]:
        """Compare the vector and the keyword index with the catalog; the problems found, each as one sentence."""
        return self.live.check()

    def repair(self) -> list[str]:
        """Make the vector and the keyword index agree with the catalog again; what was done, each as one sentence."""
        return self.live.repair()

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
        live = self.live
        name, target = (live.model_name, live.embeddings) if embeddings is None else opened_embeddings(embeddings)
        done = reindex(live, target, name, everything=everything, progress=progress)
        live.take_model(name, target)
        return done

    def remove(self, source: str) -> list[str]:
        """Remove a document (by source or own id), a file with all its records, or everything under a folder.

        Returns the removed sources. Raises SourceNotFound when nothing of that name is there.
        """
        with self.live.writing("footnote remove"):
            removed = listing.remove(self.catalog, source)
            self.live.collect_garbage()
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
                self.live.current()  # after a reindex by another process, the question is embedded by the new model
                found = Retriever(self.live, self.reranker).retrieve(question, k, filter=filter, rerank=rerank)
            except IndexDamaged:
                if not chances:
                    raise
                if chances == 2:
                    self.live.let_go()  # opening it again repairs what can be seen at once
                else:
                    self.live.make_words_anew()
                continue
            if self.catalog.edition() == edition:  # else the index was exchanged between search and look-up
                break
        return found

    def as_retriever(self, k: int = 5, **options):
        """This index as a LangChain ``BaseRetriever``: its documents carry source, title, page, start, end, score."""
        return langchain_retriever(partial(self.retrieve, k=k, **options))

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
            return question  # nearly all questions; so the filter is applied once, by the search
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
        self.live.close()

    def __enter__(self) -> Index:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
