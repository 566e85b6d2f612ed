"""The values that cross module borders: a loaded document, its parts, and a retrieved passage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a document that a citation can name: ``text[start:end]`` is page 12, or sheet Sales.

    ``number`` counts from 1 and is set for pages and slides; ``label`` is what a reader is shown.
    """

    start: int
    end: int
    label: str
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading inside a text: ``text[start:end]`` is its line, ``title`` its words, ``level`` 1 is highest."""

    start: int
    end: int
    level: int
    title: str


@dataclass(frozen=True, slots=True)
class LoadedDocument:
    """What a loader made of a file (or of one line of a ``.jsonl`` corpus).

    ``text`` is what is stored, searched and quoted; offsets everywhere count its characters (code points).
    ``title`` is the document's own title or empty; ``record_id`` is set only for records of a corpus file.
    ``notes`` are sentences for the report: what could not be read, and why.
    """

    text: str
    title: str = ""
    sections: tuple[Section, ...] = ()
    headings: tuple[Heading, ...] = ()
    record_id: str | None = None
    media_type: str = "text/plain"
    notes: tuple[str, ...] = ()
    metadata: Mapping[str, str | int | float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Why:
    """Why a passage was retrieved: its rank (from 1) and score at every stage; ``None`` where a stage did not find it.

    ``dense_score`` is a cosine, ``keyword_score`` a BM25 score, ``fused_score`` lies in 0..1,
    ``reranker_score`` is the cross-encoder's raw logit (above 0: more likely relevant than not).
    """

    dense_rank: int | None = None
    dense_score: float | None = None
    keyword_rank: int | None = None
    keyword_score: float | None = None
    matched_words: tuple[str, ...] = ()
    fused_rank: int | None = None
    fused_score: float | None = None
    reranker_score: float | None = None


@dataclass(frozen=True, slots=True)
class Passage:
    """A span of a stored document: ``text_of(source)[start:end] == text``.

    ``source`` names the document in the index; ``document_id`` is a corpus record's own id (else the file's name);
    ``page`` counts from 1; ``location`` is what a reader is shown ("page 12", "sheet Sales", or empty);
    ``heading`` is the path of headings above it ("Guide > Install"); ``score`` orders a result list.
    """

    id: str
    text: str
    source: str
    document_id: str
    title: str
    page: int | None
    location: str
    heading: str
    start: int
    end: int
    score: float
    why: Why = Why()

    def to_dict(self) -> dict:
        """A JSON-ready dictionary with the same field names."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class DocumentInfo:
    """One row of the list of documents. ``status`` is "ready" or "failed" (then ``error`` says why)."""

    source: str
    document_id: str
    title: str
    status: str
    error: str
    notes: tuple[str, ...]
    media_type: str
    passages: int
    pages: int
    characters: int
    bytes: int
    added_at: str
    path: str

    def to_dict(self) -> dict:
        """A JSON-ready dictionary with the same field names."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an ``add`` has come: documents and passages done and known so far."""

    documents_done: int
    documents_total: int
    passages_done: int
    current: str


@dataclass(frozen=True, slots=True)
class Report:
    """What an ``add`` did. ``skipped`` maps a path to the reason; ``notes`` to remarks on documents that were read."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    skipped: Mapping[str, str] = field(default_factory=dict)
    notes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    passages_embedded: int = 0
    seconds: float = 0.0

    def to_dict(self) -> dict:
        """A JSON-ready dictionary with the same field names."""
        return asdict(self)
