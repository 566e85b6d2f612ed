"""What programs send and get, as the OpenAPI schema shows it; every length has a limit."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from footnoted.assistant.asking.request import MOST_QUESTION_CHARACTERS
from footnoted.index.types import Filter

Name = Annotated[str, Field(min_length=1, max_length=64)]
Text = Annotated[str, Field(max_length=1000)]
Question = Annotated[str, Field(min_length=1, max_length=MOST_QUESTION_CHARACTERS)]
Source = Annotated[str, Field(max_length=4096)]


class _Given(BaseModel):
    """What is sent: a misspelt field is an error, not silence."""

    model_config = ConfigDict(extra="forbid")


class Message(_Given):
    """An earlier message of the conversation."""

    role: Literal["user", "assistant"]
    content: Annotated[str, Field(max_length=20_000)]


class FilterModel(_Given):
    """Which documents to search: every given condition must hold."""

    sources: list[Source] | None = Field(None, max_length=1000)
    collections: list[Name] | None = Field(None, max_length=1000)
    types: list[Text] | None = Field(None, max_length=100)
    title: Text = ""
    after: Text = ""
    before: Text = ""
    metadata: dict[Text, str | int | float | list[str]] = Field(default_factory=dict, max_length=50)

    def as_filter(self) -> Filter:
        """The same as the index takes it."""
        return Filter(**self.model_dump())


class AnswerRequest(_Given):
    """A question. With ``stream`` (or ``Accept: text/event-stream``) the answer comes as server-sent events."""

    question: Question
    history: list[Message] = Field(default_factory=list, max_length=100)
    search_for: Annotated[str, Field(max_length=MOST_QUESTION_CHARACTERS)] | None = None
    filter: FilterModel | None = None
    stream: bool = False


class PageRequest(_Given):
    """The address of a web page or a sitemap."""

    url: Annotated[str, Field(min_length=1, max_length=2000)]
    collection: Name | None = None


class SearchRequest(_Given):
    """A question to the index alone."""

    question: Question
    k: int = Field(5, ge=1, le=100)
    rerank: bool = True
    filter: FilterModel | None = None


class CitationModel(BaseModel):
    """A footnote: a verbatim span of a stored document."""

    number: int
    passage_id: str
    source: str
    document_id: str
    title: str
    page: int | None
    location: str
    start: int
    end: int
    quote: str
    support: float


class SentenceModel(BaseModel):
    """A sentence with the numbers of its footnotes."""

    text: str
    citations: list[int]
    supported: bool
    emphasis: list[tuple[int, int]]
    paragraph: bool
    form: Literal["sentence", "heading", "item", "row", "code", "note"] = "sentence"
    mark: str = ""
    depth: int = 0
    cells: list[str] = []
    columns: list[str] = []


class PassageModel(BaseModel):
    """A passage that was found, and why."""

    model_config = ConfigDict(extra="allow")
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
    why: dict


class AnswerModel(BaseModel):
    """An answer, the same everywhere: see ``assistant.Answer``."""

    model_config = ConfigDict(extra="allow")
    question: str
    standalone_question: str
    other_question: str = ""
    text: str
    sentences: list[SentenceModel]
    citations: list[CitationModel]
    passages: list[PassageModel]
    refused: bool
    kind: str
    reason: str
    notice: str
    confidence: str
    score: float
    missing_words: list[str]
    model: str
    timings: dict[str, float]
    done: bool


class SearchResult(BaseModel):
    """Passages, best first."""

    passages: list[PassageModel]


class DocumentModel(BaseModel):
    """A document in the index. ``key`` names it in addresses."""

    model_config = ConfigDict(extra="allow")
    key: str
    source: str
    document_id: str
    title: str
    status: str
    error: str
    media_type: str
    passages: int
    pages: int
    characters: int
    bytes: int
    added_at: str
    collection: str


class DocumentList(BaseModel):
    """A page of the list of documents; ``total`` counts all of them."""

    documents: list[DocumentModel]
    total: int


class DocumentText(BaseModel):
    """The stored text that footnotes are spans of."""

    source: str
    text: str


class Removed(BaseModel):
    """What was taken out of the index."""

    removed: list[str]


class JobModel(BaseModel):
    """Files being added. ``report`` is there when ``done``: what was added, changed, unchanged, skipped and why."""

    job: str
    done: bool
    documents_done: int
    documents_total: int
    passages_done: int
    error: str
    report: dict | None


class CollectionModel(BaseModel):
    """A collection that the caller may read."""

    name: str
    documents: int
    passages: int
    writable: bool
    public: bool
    shared_with: list[str]


class CollectionList(BaseModel):
    """All collections that the caller may read."""

    collections: list[CollectionModel]


class Sharing(_Given):
    """Who may read a collection besides its owner."""

    public: bool = False
    shared_with: list[Name] = Field(default_factory=list, max_length=1000)


class ConversationModel(BaseModel):
    """A conversation of the caller's own."""

    id: str
    name: str
    created_at: str
    updated_at: str


class ConversationList(BaseModel):
    """The caller's conversations, latest first."""

    conversations: list[ConversationModel]


class TurnModel(BaseModel):
    """A question and its answer."""

    id: int
    question: str
    answer: dict
    asked_at: str
    verdict: str
    reason: str


class ConversationTurns(BaseModel):
    """A conversation with its questions and answers."""

    name: str
    turns: list[TurnModel]


class ErrorBody(BaseModel):
    """What went wrong: a word for programs and a sentence for people."""

    code: str
    message: str


class ErrorModel(BaseModel):
    """Every error of this interface."""

    error: ErrorBody


class Status(BaseModel):
    """Whether the server runs, or is ready to answer."""

    status: str
