"""Keyword search: BM25 over title, headings and text (tantivy). The only file that imports tantivy."""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from functools import cache, lru_cache, wraps
from pathlib import Path
from typing import Any, TypeVar

from footnoted.index.errors import IndexDamaged
from footnoted.index.store.home import delete_store
from footnoted.index.store.private import private_folder
from footnoted.index.text.folding import search_form
from footnoted.index.text.languages import common_words, language_of, pairs, stem_in, stems, unspaced

Result = TypeVar("Result")

KEYWORDS_VERSION = "3"
"""Changes whenever the same text would be indexed under other words: then ``footnote reindex`` is needed."""

# Words that carry no topic: in a query they only cost time and let long passages win.
STOPWORDS = frozenset(
    """
    a about above after again against all am an and any are as at be because been before being below between both
    but by can could did do does doing down during each few for from further had has have having he her here hers
    him his how i if in into is it its itself just me more most my no nor not now of off on once only or other our
    ours out over own s same she should so some such t than that the their theirs them then there these they this
    those through to too under until up us very was we were what when where which while who whom whose why will with
    would you your yours according tell please
    """.split()  # noqa: SIM905  (a list of a hundred literals is harder to read)
)
_FIELDS = (("text", 1.0), ("title", 0.6), ("heading", 0.4))
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_HOW_MANY = re.compile(r"\bhow (?:many|much|often|long|old|far|tall|high|big|large|deep|fast)\b", re.IGNORECASE)
_JOINED = re.compile(r"[^\W_]+(?:[_.:/#+-]{1,2}[^\W_]+)+")
_MOST_JOINED = 8  # of a question

_stemming = threading.Lock()


@lru_cache(maxsize=1)
def _stemmer():
    import snowballstemmer

    return snowballstemmer.stemmer("english")


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """The English stem of a lower-case word (Porter 2)."""
    with _stemming:  # a stemmer keeps the word it works on: two threads would get stems of one another's words
        return _stemmer().stemWord(word)


def words(text: str) -> list[str]:
    """The words of a text in lower case, possessive endings removed, in order.

    Where a script puts no spaces between words, every two neighbouring characters stand for a word. Raised, lowered and
    wide characters and ligatures are as they would be typed: "CO₂" is "co2".
    """
    text = search_form(text)
    every = _WORD.findall(text)
    if not unspaced(text):
        lower = [word.lower() for word in every]
        return [*map(_plain, lower)] if "'" in text or "’" in text else lower
    return [part for word in every for part in (pairs(word) if unspaced(word) else [_plain(word.lower())])]


def unaccented(text: str) -> str:
    """A text without its accents: "Céloron" is "Celoron"."""
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def _plain(word: str) -> str:
    return word[:-2] if word.endswith(("'s", "’s")) else word


def content_words(text: str) -> list[str]:
    """The words of a question that carry its topic, each once; all of them if every one is a stop word."""
    every = list(dict.fromkeys(words(text)))
    return [word for word in every if word not in STOPWORDS] or every


def topical_words(question: str) -> list[str]:
    """The words of a question that the documents should have: no stop words, and not the "many" of "how many"."""
    asked = _HOW_MANY.sub(" ", question)
    return [word for word in content_words(asked) if word not in STOPWORDS]


def joined_names(text: str) -> list[str]:
    """Names written as one piece from several words or numbers: "FOOTNOTE_HOME", "HX-1950", "v1.2.3".

    Not "two-hop": words joined by hyphens are often written apart, "U.S." in several ways, and dates and decimals too.
    """
    found = (name for name in _JOINED.findall(text) if _is_one_name(name))
    return list(dict.fromkeys(found))[:_MOST_JOINED]


def holds_name(text: str, name: str) -> bool:
    """Whether a text contains a name from :func:`joined_names` as it is written, whatever its case."""
    name, text = search_form(name), search_form(text)
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text, re.IGNORECASE) is not None


def _is_one_name(piece: str) -> bool:
    letters, mixed = any(map(str.isalpha, piece)), any(map(str.isdigit, piece))
    long = all(len(part) > 2 for part in re.split(r"[\W_]+", piece))
    return letters and (mixed or "_" in piece or (long and not piece.replace("-", "").isalpha()))


@cache
def _english():
    import tantivy

    return (
        tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
        .filter(tantivy.Filter.remove_long(60))
        .filter(tantivy.Filter.lowercase())
        .filter(tantivy.Filter.ascii_fold())
        .filter(tantivy.Filter.stemmer("english"))
        .build()
    )


def matched_words(question: str, text: str) -> tuple[str, ...]:
    """The words of the question (stop words aside) that the text contains in any inflection, in question order.

    They are compared as the search compares them.
    """
    text = search_form(text)
    language = language_of(text)
    asked = [word for word in content_words(question) if word not in common_words(language)]
    there, two = set(_english().analyze(text)), set(pairs(text)) if unspaced(text) else set()
    found = {word for word in asked if word in two or _all_in(_english().analyze(word), there)}
    if language not in ("", "english"):
        stemmed = {stem_in(language, word) for word in words(text)}
        found |= {word for word in asked if stem_in(language, word) in stemmed}
    return tuple(word for word in asked if word in found)


def _all_in(terms: list[str], there: set[str]) -> bool:
    return bool(terms) and there.issuperset(terms)


def _others(text: str) -> list[str]:
    """What is indexed of a text besides its words: stems of another language than English, and pairs of characters."""
    return [*stems(text, language_of(text) or "english"), *pairs(text, singles=True)]


def _damage_told(method: Callable[..., Result]) -> Callable[..., Result]:
    """A method whose errors, when tantivy cannot read its files, are IndexDamaged."""

    @wraps(method)
    def told(self: Keywords, *given: Any, **options: Any) -> Result:
        try:
            return method(self, *given, **options)
        except (OSError, ValueError) as error:
            raise self._damaged(error) from error
        except BaseException as error:
            if type(error).__name__ != "PanicException":  # what a panic of Rust becomes, which has no name to import
                raise
            raise self._damaged(error) from error

    return told


class Keywords:
    """A tantivy index in ``folder``. Search from any thread; write from one process at a time.

    Raises IndexDamaged when its files cannot be read.
    """

    @_damage_told
    def __init__(self, folder: Path) -> None:
        import tantivy

        self._folder = folder
        self._lock = threading.Lock()
        schema = (
            tantivy.SchemaBuilder()
            .add_unsigned_field("passage", stored=True, indexed=True, fast=True)
            .add_unsigned_field("content", stored=False, indexed=True)
            .add_text_field("title", stored=False, tokenizer_name="english")
            .add_text_field("heading", stored=False, tokenizer_name="english")
            .add_text_field("text", stored=False, tokenizer_name="english")
            .add_text_field("others", stored=False, tokenizer_name="given")  # stems and pairs of other languages
            .build()
        )
        private_folder(folder)
        self._index = tantivy.Index(schema, path=str(folder), reuse=True)
        self._index.register_tokenizer("english", _english())
        given = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace())
        self._given = given.filter(tantivy.Filter.lowercase()).filter(tantivy.Filter.ascii_fold()).build()
        self._index.register_tokenizer("given", self._given)
        self.reload()

    def _damaged(self, error: BaseException) -> IndexDamaged:
        reason = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        return IndexDamaged(f"The keyword index in {self._folder} cannot be used ({reason}).")

    def probe(self) -> None:
        """Nothing: tantivy looks for all its files when it opens."""

    def close(self) -> None:
        """Nothing: tantivy holds no lock between writes."""

    @classmethod
    def destroy(cls, folder: Path) -> None:
        """Delete the files of an index that cannot be opened."""
        delete_store(folder)

    def _writer(self, heap_size: int):
        writer = self._index.writer(heap_size=heap_size, num_threads=1)
        # A writer killed before its commit can leave a file of the name that the next one makes: "FileAlreadyExists".
        writer.garbage_collect_files()
        return writer

    @_damage_told
    def add(self, rows: Iterable[tuple[int, int, str, str, str]]) -> None:
        """Add (passage id, content id, title, heading, text) rows; on disk and searchable when this returns."""
        import tantivy

        with self._lock:
            writer = self._writer(heap_size=64_000_000)
            for passage, content, *written in rows:
                title, heading, text = map(search_form, written)
                document = tantivy.Document()
                document.add_unsigned("passage", passage)
                document.add_unsigned("content", content)
                document.add_text("title", title)
                document.add_text("heading", heading)
                document.add_text("text", text)
                document.add_text("others", " ".join(_others(f"{title} {heading} {text}")))
                writer.add_document(document)
            writer.commit()
            writer.wait_merging_threads()
            self._index.reload()

    @_damage_told
    def delete(self, ids: Iterable[int]) -> None:
        """Remove passages by id; unknown ids are skipped."""
        import tantivy

        # By query: deleting by term makes a signed number of the id, which matches nothing.
        chosen = tantivy.Query.term_set_query(self._index.schema, "passage", list(ids))
        with self._lock:
            writer = self._writer(heap_size=15_000_000)
            writer.delete_documents_by_query(chosen)
            writer.commit()
            writer.wait_merging_threads()
            self._index.reload()

    @_damage_told
    def reload(self) -> None:
        """Pick up what another process has committed."""
        self._index.reload()

    @_damage_told
    def count(self) -> int:
        """The number of passages that a search can find."""
        return self._index.searcher().num_docs

    @_damage_told
    def ids(self) -> set[int]:
        """The ids of all passages in this index."""
        import tantivy

        searcher = self._index.searcher()
        hits = searcher.search(tantivy.Query.all_query(), limit=max(1, searcher.num_docs)).hits
        return {searcher.doc(address)["passage"][0] for _, address in hits}

    @_damage_told
    def search(self, question: str, most: int, contents: Sequence[int] | None = None) -> list[tuple[int, float]]:
        """(passage id, BM25 score) of the best passages, best first; only from ``contents`` when given."""
        import tantivy

        question = search_form(question)
        language = language_of(question)
        asked = [word for word in content_words(question) if word not in common_words(language)]
        terms = list(dict.fromkeys(term for word in asked for term in _english().analyze(word)))
        others = [*stems(question, language), *pairs(question)]
        if not (terms or others) or (contents is not None and not contents):
            return []
        schema = self._index.schema
        wanted = [(term, field, weight) for term in terms for field, weight in _FIELDS]
        wanted += [(term, "others", 1.0) for term in dict.fromkeys(self._given.analyze(" ".join(others)))]
        clauses = [
            (tantivy.Query.term_query(schema, field, term, index_option="freq"), weight)
            for term, field, weight in wanted
        ]
        for parts in (_english().analyze(name) for name in joined_names(question)):
            if len(parts) > 1:
                clauses += [(tantivy.Query.phrase_query(schema, field, parts), weight) for field, weight in _FIELDS]
        query = tantivy.Query.boolean_query(
            [(tantivy.Occur.Should, tantivy.Query.boost_query(clause, weight)) for clause, weight in clauses]
        )
        if contents is not None:
            chosen = tantivy.Query.const_score_query(
                tantivy.Query.term_set_query(schema, "content", list(contents)), 0.0
            )
            query = tantivy.Query.boolean_query([(tantivy.Occur.Must, query), (tantivy.Occur.Must, chosen)])
        searcher = self._index.searcher()
        hits = searcher.search(query, limit=most).hits
        found = [(searcher.doc(address)["passage"][0], float(score)) for score, address in hits]
        # Equal scores in the order of ids: the same index and question always give the same list.
        return sorted(found, key=lambda pair: (-pair[1], pair[0]))

    @_damage_told
    def terms(self, prefix: str, contents: Sequence[int] | None = None) -> dict[str, int]:
        """The stems in texts and titles that begin with ``prefix``, and how many passages have each."""
        import tantivy

        searcher, schema = self._index.searcher(), self._index.schema
        chosen = None if contents is None else tantivy.Query.term_set_query(schema, "content", list(contents))
        found: dict[str, int] = {}
        for field in ("text", "title"):
            for term, count in searcher.terms_with_prefix(field, prefix, chosen):
                if count:
                    found[term] = max(count, found.get(term, 0))
        return found

    @_damage_told
    def having(self, term: str, most: int, contents: Sequence[int] | None = None) -> list[int]:
        """Ids of passages whose text or title has a stem as :meth:`terms` gives it, at most ``most``."""
        import tantivy

        schema, searcher = self._index.schema, self._index.searcher()
        anywhere = [
            (tantivy.Occur.Should, tantivy.Query.term_query(schema, field, term)) for field in ("text", "title")
        ]
        query = tantivy.Query.boolean_query(anywhere)
        if contents is not None:
            chosen = tantivy.Query.term_set_query(schema, "content", list(contents))
            query = tantivy.Query.boolean_query([(tantivy.Occur.Must, query), (tantivy.Occur.Must, chosen)])
        return [searcher.doc(address)["passage"][0] for _, address in searcher.search(query, limit=most).hits]
