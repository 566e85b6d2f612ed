"""The values that modules exchange: a loaded document, its parts, and a retrieved passage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Literal, get_args

DEFAULT_COLLECTION = "default"


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a document that a citation can name: ``text[start:end]`` is page 12, or sheet Sales.

    ``number`` counts from 1 and is set for pages and slides; ``label`` is what a reader is shown.
    """

    start: int
    end: int
    label: str
    number: int | None = None


def section_at(sections: Sequence[Section], position: int) -> Section | None:
    """The section that contains a position of the text."""
    return next((part for part in sections if part.start <= position < part.end), None)


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading inside a text: ``text[start:end]`` is its line, ``title`` its words; ``level`` 1 is the highest."""

    start: int
    end: int
    level: int
    title: str


BlockKind = Literal[
    "heading", "paragraph", "list", "item", "table", "row", "cell", "code", "quote", "caption", "formula", "footnote",
    "image", "cue", "reply", "field", "entry", "front_matter", "contents", "running_head", "navigation",
]  # fmt: skip
BLOCK_KINDS: tuple[BlockKind, ...] = get_args(BlockKind)
NO_CONTENT: frozenset[BlockKind] = frozenset({"front_matter", "contents", "running_head", "navigation"})
"""Kinds of block that say where something is, or what the file is: searched, but no evidence for an answer."""


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a document and what it is: ``text[start:end]``. Blocks nest, and overlap in no other way.

    ======================  =============================================  ==============================
    ``kind``                ``level``                                      ``label``
    ======================  =============================================  ==============================
    heading                 1 is the highest                               its words, without marks
    list                                                                   "ordered" or empty
    item                    depth, from 1                                  its mark: "-", "3.", "[x]"
    row                                                                    "header" or empty
    cell                    its column, from 1                             "header" or empty
    code                                                                   its language
    quote, reply            depth, from 1                                  who is quoted, if that is said
    footnote                                                               its mark
    image                                                                  "recognised" if a machine read it
    cue                     start in milliseconds                          who speaks
    field                                                                  its name, with the path to it
    ======================  =============================================  ==============================

    A table has rows, a row has cells, a list has items; an item, a quote, a footnote and a reply may have any blocks
    inside. ``entry`` is a line of a log; ``navigation``, ``contents``, ``running_head`` and ``front_matter`` are in
    the text without being content.
    """

    kind: BlockKind
    start: int
    end: int
    level: int = 0
    label: str = ""


@dataclass(frozen=True, slots=True)
class LoadedDocument:
    """What a loader made of a file (or of one line of a ``.jsonl`` corpus).

    ``text`` is what is stored, searched and quoted; offsets everywhere count its characters (code points). ``blocks``
    are in the order of the text, each before those inside it; empty where a loader knows nothing of them.
    ``title`` is the document's own title or empty; ``record_id`` is set only for records of a corpus file.
    ``notes`` are sentences for the report: what could not be read, and why.
    """

    text: str
    title: str = ""
    sections: tuple[Section, ...] = ()
    headings: tuple[Heading, ...] = ()
    blocks: tuple[Block, ...] = ()
    record_id: str | None = None
    media_type: str = "text/plain"
    notes: tuple[str, ...] = ()
    metadata: Mapping[str, str | int | float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Why:
    """Why a passage was retrieved: its rank (from 1) and score at every stage; ``None`` where a stage did not find it.

    ``dense_score`` is a cosine, ``keyword_score`` a BM25 score, ``fused_score`` lies in 0..1,
    ``reranker_score`` is the cross-encoder's raw logit (above 0: more likely relevant than not). ``joined`` are the ids
    of the adjacent passages that are shown as this one, itself included; its ranks and scores are those of the best.
    """

    dense_rank: int | None = None
    dense_score: float | None = None
    keyword_rank: int | None = None
    keyword_score: float | None = None
    matched_words: tuple[str, ...] = ()
    fused_rank: int | None = None
    fused_score: float | None = None
    reranker_score: float | None = None
    joined: tuple[str, ...] = ()


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
    """One row of the list of documents. ``status`` is "ready" or "failed" (then ``error`` says why).

    ``date`` (YYYY-MM-DD, or empty) is the document's own where its format has one, else the day its file last changed.
    """

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
    collection: str = DEFAULT_COLLECTION
    date: str = ""
    metadata: Mapping[str, str | int | float] = field(default_factory=dict)

    def to_dict(self) -> dict:
        """A JSON-ready dictionary with the same field names."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class CollectionInfo:
    """One collection: its name, and how many documents and passages are in it."""

    name: str
    documents: int
    passages: int


@dataclass(frozen=True, slots=True)
class Filter:
    """Which documents to search; whatever is ``None`` or empty restricts nothing, and all that is given must hold.

    Args:
        sources: sources, or own ids that only one document has.
        collections: names of collections.
        types: media types ("application/pdf") or file endings ("pdf").
        title: words that the title contains, in any order, whatever their case.
        after: the document's date is this or later: "2024", "2024-03" or "2024-03-01".
        before: the document's date is earlier than this.
        metadata: fields and the value (or list of possible values) that each has.
    """

    sources: Sequence[str] | None = None
    collections: Sequence[str] | None = None
    types: Sequence[str] | None = None
    title: str = ""
    after: str = ""
    before: str = ""
    metadata: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an ``add`` or a ``reindex`` has come: documents and passages done and known so far.

    The time left follows from ``work_done`` of ``work_total`` characters; those of files not yet read are estimated.
    ``current`` is the name of the file that is being read, or empty after a batch was stored.
    """

    documents_done: int
    documents_total: int
    passages_done: int
    current: str
    work_done: float = 0.0
    work_total: float = 0.0


@dataclass(frozen=True, slots=True)
class Report:
    """What an ``add`` did. ``skipped`` maps a path to the reason; ``notes`` to remarks on documents that were read.

    ``unsupported`` are the skipped files of a folder whose ending no loader knows.
    """

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    skipped: Mapping[str, str] = field(default_factory=dict)
    unsupported: tuple[str, ...] = ()
    notes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    passages_embedded: int = 0
    seconds: float = 0.0

    def to_dict(self) -> dict:
        """A JSON-ready dictionary with the same field names."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Reindexed:
    """What a ``reindex`` did. ``documents`` is 0 when the index was already up to date and nothing was done."""

    embedding_model: str
    documents: int
    passages: int
    passages_embedded: int
    seconds: float

    def to_dict(self) -> dict:
        """A JSON-ready dictionary with the same field names."""
        return asdict(self)
