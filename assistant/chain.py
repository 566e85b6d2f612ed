"""The way of a question: made standalone, searched, answered, cited and checked, streamed as growing answers."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from footnoted.assistant.answers import REFUSAL, Answer, Citation, render_text
from footnoted.assistant.english.followup import lacks_something, standalone
from footnoted.assistant.english.injection import addresses
from footnoted.assistant.english.small_talk import reply_to
from footnoted.assistant.errors import ModelError, QuestionError
from footnoted.assistant.quoting import abstain, extractive, threshold
from footnoted.assistant.quoting.confidence import confidence
from footnoted.assistant.quoting.contradictions import with_contradictions
from footnoted.assistant.quoting.evidence import Candidate, Scorer, candidates
from footnoted.assistant.quoting.extractive import Extract
from footnoted.assistant.runnable import as_runnable, as_tool
from footnoted.assistant.settings import Settings, load_settings
from footnoted.assistant.writing import generative
from footnoted.assistant.writing.local_model import PREFIX
from footnoted.assistant.writing.models import EXTRACTIVE, is_small, open_model
from footnoted.index import Filter, Index, Passage, open_index
from footnoted.index.models.rerank import BundledReranker
from footnoted.index.types import section_at

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.runnables import Runnable
    from langchain_core.tools import BaseTool

History = Sequence[Mapping[str, str]]
MOST_QUESTION_CHARACTERS = 4000
WORDS_ONLY = "The vector index is being made again: until it is ready, only the words of the question are searched."
SURE = 0.9  # support of each sentence from which a model's answer can be clear


def open_assistant(
    home: str | Path | None = None,
    *,
    model: str | BaseChatModel | None = None,
    index: Index | None = None,
    settings: Settings | None = None,
) -> Assistant:
    """An assistant over the index in ``home``.

    Args:
        model: "extractive" (default), "provider:model", or a LangChain chat model object.
        index: an open index to use instead of opening one.
        settings: all settings at once; when not given they come from the environment.

    Raises:
        SettingsError, ModelError, index.IndexingError: with one sentence saying what is wrong.
    """
    named = model if isinstance(model, str) else None
    if settings is None:
        settings = load_settings(home=home, model=named)
    else:
        settings = replace(settings, home=str(home or settings.home), model=named or settings.model)
    chat_model = open_model(settings) if model is None or isinstance(model, str) else model
    index = index or open_index(
        settings.home or None, embeddings=settings.embedding_model or None, reranker=settings.reranker
    )
    return Assistant(index, chat_model, settings)


class Assistant:
    """Questions in, cited answers out. ``stream`` is the one implementation; ``answer`` is its last snapshot."""

    def __init__(self, index: Index, model: BaseChatModel | None, settings: Settings) -> None:
        self.index, self.model, self.settings = index, model, settings
        # Sentences are chosen and checked by a cross-encoder even where the reranker of the search is off.
        self._scorer: Scorer = index.reranker or BundledReranker()

    @property
    def scorer_identity(self) -> str:
        """The cross-encoder that chooses sentences; scores and thresholds of another one mean something else."""
        return str(getattr(self._scorer, "identity", type(self._scorer).__name__))

    @property
    def threshold(self) -> float:
        """The score below which a question is refused: the one set, else the index's calibrated one, else -3."""
        if self.settings.threshold is not None:
            return self.settings.threshold
        calibrated = threshold.stored(self.index, self.scorer_identity)
        return threshold.THRESHOLD if calibrated is None else calibrated

    def quoting(self, threshold: float) -> Assistant:
        """An assistant over the same index that only quotes, with a threshold of its own. Do not close it."""
        return Assistant(self.index, None, replace(self.settings, model=EXTRACTIVE, threshold=threshold))

    @property
    def model_name(self) -> str:
        """The model's name for a reader: "extractive", or what was set."""
        if self.model is None:
            return EXTRACTIVE
        named = self.settings.model
        if named.startswith(PREFIX):
            return Path(named.removeprefix(PREFIX)).name  # where the file lies is nobody's business
        return named if named != EXTRACTIVE else type(self.model).__name__

    def answer(
        self, question: str, history: History = (), *, search_for: str | None = None,
        sources: Sequence[str] | None = None, filter: Filter | None = None,
    ) -> Answer:  # fmt: skip
        """The answer to ``question``; see :meth:`stream`."""
        *_, last = self.stream(question, history, search_for=search_for, sources=sources, filter=filter)
        return last

    def stream(
        self, question: str, history: History = (), *, search_for: str | None = None,
        sources: Sequence[str] | None = None, filter: Filter | None = None,
    ) -> Generator[Answer, None, None]:  # fmt: skip
        """Growing snapshots of one answer; the last has ``done`` set. Stopping early leaves a valid answer.

        Args:
            history: earlier messages, oldest first: ``[{"role": "user" | "assistant", "content": …}]``.
            search_for: search with these words instead of the question made standalone.
            sources: answer from these documents alone (their sources or own ids).
            filter: the same by collection, type, title, date or metadata.

        Raises:
            QuestionError: the question is empty or too long.
        """
        question = checked_question(question)
        history = [message for message in history if isinstance(message.get("content"), str)]
        watch = _Watch()
        if (reply := reply_to(question, self.index.catalog.count_documents())) and search_for is None:
            yield Answer(question, question, reply, kind="small_talk", model=self.model_name, timings=watch.done())
            return
        with watch.stage("standalone"):
            searched = (search_for or "").strip()
            if not searched:
                searched = self.index.respelled(self._standalone(question, history), sources=sources, filter=filter)
        if abstain.is_too_vague(searched):
            yield Answer(
                question,
                searched,
                abstain.WHAT_ABOUT,
                kind="clarification",
                model=self.model_name,
                timings=watch.done(),
            )
            return
        with watch.stage("retrieve"):
            passages = tuple(self.index.retrieve(searched, self.settings.passages, sources=sources, filter=filter))
        notice = WORDS_ONLY if self.index.restoring else ""
        start = Answer(question, searched, passages=passages, model=self.model_name, notice=notice, done=False)
        with watch.stage("extract"):
            extract = extractive.extract(searched, passages, self._scorer, self._left_out)
        reason = abstain.reason_to_refuse(searched, passages, extract, self.threshold)
        if extract is None or reason:
            empty = not self.index.catalog.count_documents()
            yield self._refused(start, abstain.NO_DOCUMENTS if empty else reason, watch, extract)
        elif self.model is None:
            yield self._extracted(start, extract, watch)
        else:
            yield replace(start, timings=watch.so_far())
            yield from self._generated(start, extract, watch)

    async def aanswer(
        self, question: str, history: History = (), *, search_for: str | None = None,
        sources: Sequence[str] | None = None, filter: Filter | None = None,
    ) -> Answer:  # fmt: skip
        """:meth:`answer` for code that runs in an event loop."""
        stream = self.astream(question, history, search_for=search_for, sources=sources, filter=filter)
        return [snapshot async for snapshot in stream][-1]

    async def astream(
        self, question: str, history: History = (), *, search_for: str | None = None,
        sources: Sequence[str] | None = None, filter: Filter | None = None,
    ) -> AsyncIterator[Answer]:  # fmt: skip
        """:meth:`stream` for code that runs in an event loop: every snapshot is made in a thread."""
        snapshots = self.stream(question, history, search_for=search_for, sources=sources, filter=filter)
        try:
            while (snapshot := await asyncio.to_thread(next, snapshots, None)) is not None:
                yield snapshot
        finally:
            with suppress(ValueError):  # cancelled while the thread is at work: it ends with the snapshot it is making
                snapshots.close()

    def as_runnable(self) -> Runnable:
        """This assistant as a LangChain ``Runnable``: see :func:`footnoted.assistant.runnable.as_runnable`."""
        return as_runnable(self.answer, self.aanswer)

    def as_tool(self, *, filter: Filter | None = None) -> BaseTool:
        """This assistant as a LangChain tool for agents: see :func:`footnoted.assistant.runnable.as_tool`."""
        return as_tool(self.answer, self.aanswer, filter=filter)

    def _standalone(self, question: str, history: History) -> str:
        if self.model is None or not history or not lacks_something(question):
            return standalone(question, history)
        from footnoted import prompts

        talk = "\n".join(f"{message.get('role', 'user')}: {message.get('content', '')}" for message in history[-6:])
        try:
            *_, text = self._streamed(prompts.fill("condense", history=talk, question=question))
        except ModelError:
            return standalone(question, history)
        line = next((line.strip(" \"'") for line in text.splitlines() if line.strip()), "")
        return line if 0 < len(line) <= 500 else standalone(question, history)

    def _refused(self, start: Answer, reason: str, watch: _Watch, extract: Extract | None) -> Answer:
        return replace(
            start,
            text=REFUSAL,
            refused=True,
            kind="refusal",
            reason=reason,
            missing_words=tuple(self.index.missing_words(start.standalone_question)),
            score=extract.score if extract else 0.0,
            timings=watch.done(),
            done=True,
        )

    def _extracted(self, start: Answer, extract: Extract, watch: _Watch, notice: str = "") -> Answer:
        """The sentences themselves as the answer; a refusal where the nearest one says something else."""
        if reason := abstain.said_otherwise(start.standalone_question, extract):
            return self._refused(replace(start, notice=notice or start.notice), reason, watch, extract)
        answer = replace(
            start,
            text=render_text(extract.sentences),
            sentences=extract.sentences,
            citations=extract.citations,
            score=extract.score,
            notice=notice or start.notice,
            done=True,
        )
        leads = [candidate for candidate, _ in extract.ranked[:1]]
        with watch.stage("confidence"):
            answer = replace(answer, confidence=self._confidence(answer, leads, extract.score))
        return self._contradicted(answer, leads, extract, watch)

    def _confidence(self, answer: Answer, leads: Sequence[Candidate], best: float) -> str:
        shown = [sentence.text for sentence in answer.sentences]
        about = " ".join(f"{lead.passage.title} {lead.passage.heading}" for lead in leads)
        quoted = {(citation.source, citation.start) for citation in answer.citations}
        evidence = " ".join(lead.in_context if _is_quoted(lead.before, quoted) else lead.text for lead in leads)
        if len({citation.source for citation in answer.citations}) > 1:  # one names what the other one tells
            evidence = " ".join([*(citation.title for citation in answer.citations), *shown])
        return confidence(answer.standalone_question, shown, about, evidence, self._scorer, best)

    def _contradicted(self, answer: Answer, leads: Sequence[Candidate], extract: Extract, watch: _Watch) -> Answer:
        """The answer with what other documents say against it."""
        with watch.stage("contradictions"):
            found = with_contradictions(answer, leads, extract.ranked, self._likeness, self._date_of)
        sure = found.confidence if not found.contradictions or found.confidence != "clear" else "likely"
        return replace(found, citations=self._on_their_pages(found.citations), confidence=sure, timings=watch.done())

    def _on_their_pages(self, citations: Sequence[Citation]) -> tuple[Citation, ...]:
        """Each footnote with the page that its quote begins on: a passage may begin on the page before."""
        sections = {note.source: self.index.sections_of(note.source) for note in citations if note.page is not None}
        placed = []
        for note in citations:
            part = section_at(sections.get(note.source, ()), note.start)
            placed.append(replace(note, page=part.number, location=part.label) if part else note)
        return tuple(placed)

    def _likeness(self, one: str, other: str) -> float:
        """The cosine of two texts (embeddings have length 1)."""
        first, second = self.index.embeddings.embed_documents([one, other])
        return sum(a * b for a, b in zip(first, second, strict=True))

    def _date_of(self, source: str) -> str:
        row = self.index.catalog.document(source)
        return row["date"] if row else ""

    def _generated(self, start: Answer, extract: Extract, watch: _Watch) -> Iterator[Answer]:
        """The model's sentences as they arrive, each checked; the extractive answer where too little holds."""
        small = is_small(self.settings.model)
        # A small model only shortens the extractive answer: what it finds elsewhere is seldom what was asked.
        found = list(extract.chosen) if small else self._spans(start.passages)
        shown = generative.shown_short(extract.chosen) if small else generative.shown_whole(start.passages)
        checker = generative.Checker([one.passage for one in shown], found, self._scorer, self._likeness)
        text, count, failure = "", 0, ""
        with watch.stage("answer"):
            try:
                for raw in self._streamed(generative.prompt(start.standalone_question, shown, small)):
                    text = generative.plain(raw) if small else raw
                    sentences = generative.written(text, complete=False)
                    if len(sentences) > count and not generative.is_refusal(text):
                        count = len(sentences)
                        yield self._snapshot(start, checker, sentences, watch)
            except ModelError as error:
                failure = str(error)
        if failure:
            notice = f"{failure} These are quotes from your documents instead."
            yield self._extracted(start, extract, watch, notice)
            return
        if small and generative.says_nothing(text):
            notice = "The model found no answer in the sentences it was shown: these are quotes of them."
            yield self._extracted(start, extract, watch, notice)
            return
        if generative.is_refusal(text):
            yield self._refused(start, "The model found no answer in the passages.", watch, extract)
            return
        cut = generative.breaks_off(text)
        last = self._snapshot(start, checker, generative.written(text, complete=not cut), watch)
        question, lead = start.standalone_question, extract.ranked[0][0] if small else None
        if notice := generative.why_quotes(question, last.sentences, last.citations, extract.sentences, lead):
            yield self._extracted(start, extract, watch, notice)
            return
        support = min(citation.support for citation in last.citations)
        spans = checker.spans(last.citations)
        sure = (
            "weak" if not all(one.supported for one in last.sentences) else self._confidence(last, spans, extract.score)
        )
        sure = "likely" if sure == "clear" and support < SURE else sure
        notice = "The model broke off: its last, unfinished sentence is left out." if cut else start.notice
        last = replace(last, confidence=sure, score=support, notice=notice, done=True)
        yield self._contradicted(last, spans, extract, watch)

    def _streamed(self, text: str) -> Iterator[str]:
        return generative.streamed(self.model, text, self.settings.model_timeout)

    def _snapshot(self, start: Answer, checker: generative.Checker, sentences: list, watch: _Watch) -> Answer:
        checked, citations = checker.check(sentences)
        return replace(
            start, text=render_text(checked), sentences=checked, citations=citations, timings=watch.so_far()
        )  # fmt: skip

    def _spans(self, passages: Sequence[Passage]) -> list[Candidate]:
        return [candidate for passage in passages for candidate in candidates(passage, self._left_out(passage))]

    def _left_out(self, passage: Passage) -> list[tuple[int, int]]:
        """Spans of the passage's document that are no evidence: headings, and what speaks to the model."""
        orders = [(passage.start + start, passage.start + end) for start, end in addresses(passage.text)]
        return [*self.index.catalog.headings(passage.source), *orders]

    def close(self) -> None:
        """Close the index."""
        self.index.close()

    def __enter__(self) -> Assistant:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _is_quoted(candidate: Candidate | None, quoted: set[tuple[str, int]]) -> bool:
    return candidate is not None and (candidate.passage.source, candidate.start) in quoted


def checked_question(question: str) -> str:
    question = re.sub(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]", " ", question).strip()
    if not question:
        raise QuestionError("The question is empty: ask something about your documents.")
    if len(question) > MOST_QUESTION_CHARACTERS:
        raise QuestionError(
            f"The question has {len(question)} characters; {MOST_QUESTION_CHARACTERS} are allowed: shorten it."
        )
    return question


class _Watch:
    """Milliseconds of each stage."""

    def __init__(self) -> None:
        self._started = time.perf_counter()
        self._stages: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        begun = time.perf_counter()
        try:
            yield
        finally:
            self._stages[name] = self._stages.get(name, 0.0) + round((time.perf_counter() - begun) * 1000, 2)

    def so_far(self) -> dict[str, float]:
        return dict(self._stages)

    def done(self) -> dict[str, float]:
        return self._stages | {"total": round((time.perf_counter() - self._started) * 1000, 2)}
