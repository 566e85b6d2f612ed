"""How a question is answered: made standalone, searched, answered, cited and checked, streamed as growing answers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Generator, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from footnoted.assistant.answers import REFUSAL, Answer, Citation, Sentence, render_text
from footnoted.assistant.asking.in_parts import answered_in_parts
from footnoted.assistant.asking.request import History, Request, is_cut, understood_question
from footnoted.assistant.asking.stages import Watch, in_threads
from footnoted.assistant.asking.turns import Turn, searchable, support
from footnoted.assistant.english.followup import Standalone, Understood
from footnoted.assistant.english.injection import addresses
from footnoted.assistant.english.parts import parts_of
from footnoted.assistant.english.small_talk import reply_to
from footnoted.assistant.english.wanted import wanted
from footnoted.assistant.errors import ModelError
from footnoted.assistant.quoting import abstain, extractive, threshold, whole_blocks
from footnoted.assistant.quoting.citations import on_their_pages
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

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.runnables import Runnable
    from langchain_core.tools import BaseTool

BEGINNING = "The question is long: only its beginning was searched for."
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
            return Path(named.removeprefix(PREFIX)).name  # the path of the file is not shown
        return named if named != EXTRACTIVE else type(self.model).__name__

    def answer(
        self, question: str, history: History = (), *, search_for: str | None = None,
        sources: Sequence[str] | None = None, filter: Filter | None = None,
    ) -> Answer:  # fmt: skip
        """The answer to ``question``; see :meth:`stream`."""
        *_, last = self._snapshots(Request(question, history, search_for, sources, filter))
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
        return self._snapshots(Request(question, history, search_for, sources, filter))

    async def aanswer(
        self, question: str, history: History = (), *, search_for: str | None = None,
        sources: Sequence[str] | None = None, filter: Filter | None = None,
    ) -> Answer:  # fmt: skip
        """:meth:`answer` for code that runs in an event loop."""
        snapshots = in_threads(self._snapshots(Request(question, history, search_for, sources, filter)))
        return [snapshot async for snapshot in snapshots][-1]

    def astream(
        self, question: str, history: History = (), *, search_for: str | None = None,
        sources: Sequence[str] | None = None, filter: Filter | None = None,
    ) -> AsyncIterator[Answer]:  # fmt: skip
        """:meth:`stream` for code that runs in an event loop: every snapshot is made in a thread."""
        return in_threads(self._snapshots(Request(question, history, search_for, sources, filter)))

    def as_runnable(self) -> Runnable:
        """This assistant as a LangChain ``Runnable``: see :func:`footnoted.assistant.runnable.as_runnable`."""
        return as_runnable(self.answer, self.aanswer)

    def as_tool(self, *, filter: Filter | None = None) -> BaseTool:
        """This assistant as a LangChain tool for agents: see :func:`footnoted.assistant.runnable.as_tool`."""
        return as_tool(self.answer, self.aanswer, filter=filter)

    def _snapshots(self, request: Request) -> Generator[Answer, None, None]:
        request = request.checked()
        if reply := self._small_talk(request, Watch()):
            yield reply
            return
        # A language model takes a question apart itself.
        parts = parts_of(request.question) if self.model is None and request.search_for is None else ()
        if parts:
            yield from answered_in_parts(request, parts, lambda part: list(self._of_one_part(part))[-1])
        else:
            yield from self._of_one_part(request)

    def _of_one_part(self, request: Request) -> Generator[Answer, None, None]:
        watch = Watch()
        with watch.stage("standalone"):
            rewrites = self.model and not is_small(self.settings.model)  # a small one answers instead of rewriting
            meant = understood_question(request, self.index, self._streamed if rewrites else None)
        readings = searchable(meant)
        if not readings:
            yield self._asked_back(request, meant.alone, watch)
            return
        found = [self._searched(request, meant, reading, watch) for reading in readings]
        turn, extract, reason = max(found, key=lambda one: support(one[0], one[1], one[2], meant))
        if extract is None or reason:
            yield self._refused(turn, reason, extract)
        elif self.model is None:
            yield self._quoted(turn, extract)
        else:
            yield from self._written(turn, extract)

    def _small_talk(self, request: Request, watch: Watch) -> Answer | None:
        reply = reply_to(request.question, self.index.catalog.count_documents())
        if not reply or request.search_for is not None:
            return None
        asked = request.question
        return Answer(asked, asked, reply, kind="small_talk", model=self.model_name, timings=watch.done())

    def _asked_back(self, request: Request, question: Standalone, watch: Watch) -> Answer:
        """What to name, where a question names nothing that could be searched for."""
        return Answer(
            request.question, question.text, abstain.WHAT_ABOUT, kind="clarification", model=self.model_name,
            timings=watch.done(),
        )  # fmt: skip

    def _searched(
        self, request: Request, meant: Understood, question: Standalone, watch: Watch
    ) -> tuple[Turn, Extract | None, str]:
        """The answer to one reading as it starts, with its passages, their sentences that may answer, or why not."""
        with watch.stage("retrieve"):
            found = self.index.retrieve(
                question.text, self.settings.passages, sources=request.sources, filter=request.filter
            )
        passages, notice = tuple(found), BEGINNING if is_cut(request, question) else self.index.notice
        start = Answer(
            request.question, question.text, passages=passages, model=self.model_name, notice=notice, done=False,
            other_question=meant.other_than(question),
        )  # fmt: skip
        with watch.stage("extract"):
            extract = extractive.extract(question, passages, self._scorer, self._candidates)
        turn = Turn(question, start, watch)
        return turn, extract, self._reason_to_refuse(turn, extract)

    def _reason_to_refuse(self, turn: Turn, extract: Extract | None) -> str:
        reason = abstain.reason_to_refuse(turn.question, turn.start.passages, extract, self.threshold)
        if extract and not reason and self.model is None:
            reason = abstain.said_otherwise(turn.question, extract)
        return abstain.NO_DOCUMENTS if reason and not self.index.catalog.count_documents() else reason

    def _refused(self, turn: Turn, reason: str, extract: Extract | None, notice: str = "") -> Answer:
        return replace(
            turn.start,
            text=REFUSAL,
            refused=True,
            kind="refusal",
            reason=reason,
            notice=notice or turn.start.notice,
            missing_words=tuple(self.index.missing_words(turn.question.text)),
            score=extract.score if extract else 0.0,
            timings=turn.watch.done(),
            done=True,
        )

    def _quoted(self, turn: Turn, extract: Extract, notice: str = "") -> Answer:
        """The sentences themselves as the answer."""
        with turn.watch.stage("blocks"):
            sentences, citations = self._whole_block(turn, extract) or (extract.sentences, extract.citations)
        answer = replace(
            turn.start,
            text=render_text(sentences),
            sentences=sentences,
            citations=citations,
            score=extract.score,
            notice=notice or turn.start.notice,
            done=True,
        )
        leads = [candidate for candidate, _ in extract.ranked[:1]]
        with turn.watch.stage("confidence"):
            answer = replace(answer, confidence=self._confidence(turn, answer, leads, extract))
        return self._contradicted(turn, answer, leads, extract)

    def _quoted_instead(self, turn: Turn, extract: Extract, notice: str) -> Answer:
        """Quotes where a model's words do not hold; a refusal where the nearest sentence says something else."""
        if reason := abstain.said_otherwise(turn.question, extract):
            return self._refused(turn, reason, extract, notice)
        return self._quoted(turn, extract, notice)

    def _whole_block(self, turn: Turn, extract: Extract) -> tuple[tuple[Sentence, ...], tuple[Citation, ...]] | None:
        """The list, section, table or code that answers, where the question asks for more than a fact."""
        asked, passages = turn.question.text, turn.start.passages
        return whole_blocks.answered_by(asked, wanted(asked), extract.ranked, passages, self._document, self._scorer)

    def _document(self, passage: Passage) -> whole_blocks.Document:
        catalog = self.index.catalog
        row = catalog.document(passage.source)
        content = row["content_id"] if row else -1
        return whole_blocks.Document(
            catalog.structure(passage.source), lambda start, end: catalog.excerpt(content, start, end)
        )

    def _written(self, turn: Turn, extract: Extract) -> Iterator[Answer]:
        """The model's sentences as they arrive, each checked; the extractive answer where too little holds."""
        yield replace(turn.start, timings=turn.watch.so_far())
        small = is_small(self.settings.model)
        # A small model only shortens the extractive answer: what it finds elsewhere is seldom what was asked.
        found = list(extract.chosen) if small else self._spans(turn.start.passages)
        shown = generative.shown_short(extract.chosen) if small else generative.shown_whole(turn.start.passages)
        checker = generative.Checker([one.passage for one in shown], found, self._scorer, self._likeness)
        try:
            text = yield from self._growing(turn, shown, checker, small)
        except ModelError as failure:
            yield self._quoted_instead(turn, extract, f"{failure} These are quotes from your documents instead.")
            return
        yield self._finished(turn, extract, text, checker, small)

    def _growing(
        self, turn: Turn, shown: Sequence[generative.Shown], checker: generative.Checker, small: bool
    ) -> Generator[Answer, None, str]:
        """A snapshot for each further sentence of the model; returns its whole text."""
        text, count = "", 0
        with turn.watch.stage("answer"):
            for raw in self._streamed(generative.prompt(turn.question.text, shown, small)):
                text = generative.plain(raw) if small else raw
                sentences = generative.written(text, complete=False)
                if len(sentences) > count and not generative.is_refusal(text):
                    count = len(sentences)
                    yield self._snapshot(turn, checker, sentences)
        return text

    def _finished(
        self, turn: Turn, extract: Extract, text: str, checker: generative.Checker, small: bool
    ) -> Answer:  # fmt: skip
        """What the model wrote as the last answer, where it holds; else quotes, or a refusal."""
        if small and generative.says_nothing(text):
            notice = "The model found no answer in the sentences it was shown: these are quotes from them."
            return self._quoted_instead(turn, extract, notice)
        if generative.is_refusal(text):
            return self._refused(turn, "The model found no answer in the passages.", extract)
        cut = generative.breaks_off(text)
        last = self._snapshot(turn, checker, generative.written(text, complete=not cut))
        lead = extract.ranked[0][0] if small else None
        asked = turn.question.text
        if notice := generative.why_quotes(asked, last.sentences, last.citations, extract.sentences, lead):
            return self._quoted_instead(turn, extract, notice)
        support, spans = min(citation.support for citation in last.citations), checker.spans(last.citations)
        whole = all(one.supported for one in last.sentences)
        sure = self._confidence(turn, last, spans, extract) if whole else "weak"
        sure = "likely" if sure == "clear" and support < SURE else sure
        notice = "The model broke off: its last, unfinished sentence is left out." if cut else turn.start.notice
        last = replace(last, confidence=sure, score=support, notice=notice, done=True)
        return self._contradicted(turn, last, spans, extract)

    def _confidence(self, turn: Turn, answer: Answer, leads: Sequence[Candidate], extract: Extract) -> str:
        shown = [sentence.text for sentence in answer.sentences]
        about = " ".join(f"{lead.passage.title} {lead.passage.heading}" for lead in leads)
        quoted = {(citation.source, citation.start) for citation in answer.citations}
        evidence = " ".join(lead.in_context if _is_quoted(lead.before, quoted) else lead.text for lead in leads)
        if len({citation.source for citation in answer.citations}) > 1:  # one names what the other one tells
            evidence = " ".join([*(citation.title for citation in answer.citations), *shown])
        return confidence(turn.question, shown, about, evidence, self._scorer, extract.score)

    def _contradicted(self, turn: Turn, answer: Answer, leads: Sequence[Candidate], extract: Extract) -> Answer:
        """The answer with what other documents say against it, each footnote on its page."""
        with turn.watch.stage("contradictions"):
            found = with_contradictions(answer, leads, extract.ranked, self._likeness, self._date_of)
        sure = found.confidence if not found.contradictions or found.confidence != "clear" else "likely"
        citations = on_their_pages(found.citations, self.index.sections_of)
        return replace(found, citations=citations, confidence=sure, timings=turn.watch.done())

    def _snapshot(self, turn: Turn, checker: generative.Checker, sentences: Sequence[generative.Written]) -> Answer:
        checked, citations = checker.check(sentences)
        text, timings = render_text(checked), turn.watch.so_far()
        return replace(turn.start, text=text, sentences=checked, citations=citations, timings=timings)

    def _streamed(self, text: str) -> Iterator[str]:
        return generative.streamed(self.model, text, self.settings.model_timeout)

    def _likeness(self, one: str, other: str) -> float:
        """The cosine of two texts (embeddings have length 1)."""
        first, second = self.index.embeddings.embed_documents([one, other])
        return sum(a * b for a, b in zip(first, second, strict=True))

    def _date_of(self, source: str) -> str:
        row = self.index.catalog.document(source)
        return row["date"] if row else ""

    def _spans(self, passages: Sequence[Passage]) -> list[Candidate]:
        return [candidate for passage in passages for candidate in self._candidates(passage)]

    def _candidates(self, passage: Passage) -> list[Candidate]:
        """The evidence in a passage: not what speaks to the model."""
        orders = [(passage.start + start, passage.start + end) for start, end in addresses(passage.text)]
        return candidates(passage, self.index.catalog.structure(passage.source), orders)

    def close(self) -> None:
        """Close the index."""
        self.index.close()

    def __enter__(self) -> Assistant:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _is_quoted(candidate: Candidate | None, quoted: set[tuple[str, int]]) -> bool:
    return candidate is not None and (candidate.passage.source, candidate.start) in quoted
